"""The texts of the router's sentences, one small YAML file for each language."""

from importlib import resources

import yaml

from ventanilla_contracts.words import LANGUAGES


def load_catalogues() -> dict[str, dict[str, str]]:
    """Language → key → text."""
    folder = resources.files("router").joinpath("words")
    found: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        entries = yaml.safe_load(folder.joinpath(f"{language}.yaml").read_text(encoding="utf-8"))
        found[language] = {str(key): str(text) for key, text in entries.items()}
    return found
