"""`python -m deploy.chart_generator [--check]`: write, or say what is stale."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

import yaml

from deploy.chart_generator.consumers import consumers
from deploy.chart_generator.services import SERVICES
from deploy.chart_generator.settings_schema import secrets_schema, settings_schema
from deploy.chart_generator.values_table import table

HERE: Final = Path(__file__).parent
CHART: Final = HERE.parent / "chart"
_BEGIN: Final = "<!-- values: written by `python -m deploy.chart_generator` -->\n"


def chart_files() -> dict[Path, str]:
    """Every file that is written, with its content."""
    head, _, _ = (CHART / "README.md").read_text(encoding="utf-8").partition(_BEGIN)
    values = (CHART / "values.yaml").read_text(encoding="utf-8")
    return {
        CHART / "values.schema.json": json.dumps(values_schema(), indent=1, ensure_ascii=False) + "\n",
        CHART / "files" / "consumers.yaml": "# Written by `python -m deploy.chart_generator` from the topology.\n"
        + yaml.safe_dump(consumers(), sort_keys=True),
        CHART / "README.md": f"{head}{_BEGIN}\n{table(values)}",
    }


def values_schema() -> dict[str, Any]:
    """values.schema.yaml, with what each service can be told."""
    schema: dict[str, Any] = yaml.safe_load((HERE / "values.schema.yaml").read_text(encoding="utf-8"))
    schema["properties"]["service"]["enum"] = ["", *SERVICES]  # none at all is told in better words by the chart
    durables = sorted(one["durable"] for found in consumers().values() for one in found)
    schema["properties"]["keda"]["properties"]["consumers"]["items"] = {"enum": durables}
    schema["allOf"] = [
        {
            "if": {"properties": {"service": {"const": service}}, "required": ["service"]},
            "then": {"properties": {"settings": settings_schema(service), "secrets": secrets_schema(service)}},
        }
        for service in SERVICES
    ]
    return schema


def main() -> int:
    """Write the files, or compare them."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.chart_generator",
        description="Write what of the chart follows from code: schema, consumers, README.",
        epilog="Example:  python -m deploy.chart_generator --check",
    )
    parser.add_argument("--check", action="store_true", help="say what is stale and end with 1; write nothing")
    check = parser.parse_args().check
    stale = [path for path, text in chart_files().items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        if not check:
            path.write_text(chart_files()[path], encoding="utf-8")
        sys.stdout.write(f"{'stale' if check else 'written'}: {path.relative_to(HERE.parents[1])}\n")
    if check and stale:
        sys.stdout.write("run `python -m deploy.chart_generator`\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
