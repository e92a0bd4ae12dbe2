"""Rules as commands name them: a file, `in-force` or a hash (what is published), `shipped`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # rules and the broker's client are loaded by the commands that need them
    from router.domain.rules import RuleSet

RULES_HELP = "Rule file; or in-force (what is published), a hash or the start of one, shipped"
RulesOption = Annotated[
    str | None,
    typer.Option("--rules", metavar="FILE|in-force|HASH", help=f"{RULES_HELP}. Without it those of the router."),
]


def named_rules(ref: str | None) -> "RuleSet":
    """The rule set that is meant; None: the one that comes with the router. Without a broker leaves with a clear line.

    Raises:
        RulesRefused: it has mistakes or cannot be read; all of them are listed.
    """
    from router.adapters.rule_file import load_default_rules, load_rules, read_rules
    from router.publishing import SHIPPED, is_published, stored_texts

    if ref is None or ref == SHIPPED:
        return load_default_rules()
    if is_published(ref):
        from router.commands.session import with_broker

        return read_rules(with_broker(lambda broker: stored_texts(broker, [ref]))[ref], ref)
    return load_rules(Path(ref))
