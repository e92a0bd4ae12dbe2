"""Pods of the chart on this machine: their mounts laid out in a folder, their variables as a process gets them."""

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.support.chart import Manifest, container

SecretOf = Callable[[str, str, str], str]
"""(Secret, key, path in the volume) → what it holds."""


def lay_out(pod: Manifest, folder: Path, secret_of: SecretOf) -> dict[str, str]:
    """The environment of a pod's container, whose mounts lie in the folder."""
    moved: dict[str, str] = {}
    for mount in container(pod)["volumeMounts"]:
        here = folder / mount["name"]
        here.mkdir(parents=True, exist_ok=True)
        moved[mount["mountPath"]] = str(here)
        (volume,) = [one for one in pod["spec"]["volumes"] if one["name"] == mount["name"]]
        for source in volume.get("projected", {}).get("sources", []):
            for item in source["secret"]["items"]:
                content = secret_of(source["secret"]["name"], item["key"], item["path"])
                (here / item["path"]).write_text(f"{content}\n", encoding="utf-8")
    return {one["name"]: _moved(one["value"].replace("$$(", "$("), moved) for one in container(pod)["env"]}


def _moved(value: str, moved: Mapping[str, str]) -> str:
    for mount, here in moved.items():
        if value == mount or value.startswith(f"{mount}/"):
            return value.replace(mount, here, 1)
    return value
