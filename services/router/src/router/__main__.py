"""The command `router`."""

from functools import partial

import typer

from router.commands import doctor, files, replay, store, testing

cli = typer.Typer(
    help="Decides priority, tier and team of every message by rules, and says why. docs/rules.md describes the rules.",
    epilog="Example:  router rules > mine.yaml; router check mine.yaml; router explain --rules mine.yaml event.json",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@cli.command(epilog="Example:  ROUTER_RULES_FILE=mine.yaml ROUTER_NATS_URL=nats://127.0.0.1:4222 router serve")
def serve() -> None:
    """Run the service. Its settings are ROUTER_* environment variables; the README lists them."""
    from router import app
    from router.settings import RouterSettings
    from ventanilla_runtime.service import run
    from ventanilla_runtime.settings import read_or_end

    settings = read_or_end(RouterSettings, app.NAME)
    run(app.NAME, settings, partial(app.serve, settings=settings))


cli.command(epilog="Example:  router check mine.yaml && router publish mine.yaml")(files.check)
cli.command(epilog="Example:  intake-email parse mail.eml > event.json; router explain --rules mine.yaml event.json")(
    files.explain
)
cli.command(epilog="Example:  router rules > mine.yaml")(files.rules)
cli.command(epilog="Example:  router schema > rules.schema.json")(files.schema)
cli.command("test", epilog="Example:  router test cases.yaml --rules mine.yaml")(testing.try_cases)
cli.command(epilog='Example:  router publish mine.yaml --note "new team for billing"')(store.publish)
cli.command(epilog="Example:  router history")(store.history)
cli.command(epilog="Example:  router diff shipped in-force; router diff 3fa2 mine.yaml")(store.diff)
cli.command(epilog="Example:  router doctor; router doctor --json")(doctor.doctor)
cli.command(epilog="Example:  router replay --rules mine.yaml --since 30d --channel email")(replay.replay)
cli.command(epilog="Example:  router rollback; router rollback 3fa2")(store.rollback)


def main() -> None:
    """Entry point of the console script."""
    cli()


if __name__ == "__main__":
    main()
