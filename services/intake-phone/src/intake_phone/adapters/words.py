"""What is heard and read of calls, one YAML file for each language."""

from functools import cache
from importlib import resources

import yaml

from ventanilla_contracts.words import LANGUAGES


@cache
def load_words() -> dict[str, dict[str, str]]:
    """Language → key → text. Not to be changed: it is read once."""
    folder = resources.files("intake_phone").joinpath("words")
    found: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        entries = yaml.safe_load(folder.joinpath(f"{language}.yaml").read_text(encoding="utf-8"))
        found[language] = {str(key): str(text) for key, text in entries.items()}
    return found
