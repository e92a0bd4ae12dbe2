"""Plain values as YAML: mappings, lists, texts, numbers, truth. No library is worth it for one document."""

import json
from collections.abc import Mapping, Sequence
from typing import Any


def yaml_text(value: Mapping[str, Any]) -> str:
    """The mapping as a document of YAML 1.2, which reads every text as JSON would."""
    return "\n".join(_lines(value, 0)) + "\n"


def _lines(value: Mapping[str, Any], depth: int) -> list[str]:
    pad = "  " * depth
    lines: list[str] = []
    for key, part in value.items():
        if isinstance(part, Mapping) and part:
            lines += [f"{pad}{key}:", *_lines(part, depth + 1)]
        elif isinstance(part, Sequence) and not isinstance(part, str) and part:
            lines += [f"{pad}{key}:", *_entries(part, depth + 1)]
        else:
            lines.append(f"{pad}{key}: {json.dumps(part, ensure_ascii=False)}")
    return lines


def _entries(values: Sequence[Any], depth: int) -> list[str]:
    pad = "  " * depth
    lines: list[str] = []
    for part in values:
        if isinstance(part, Mapping) and part:
            first, *rest = _lines(part, depth + 1)
            lines += [f"{pad}- {first.lstrip()}", *rest]
        else:
            lines.append(f"{pad}- {json.dumps(part, ensure_ascii=False)}")
    return lines
