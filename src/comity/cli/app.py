"""The `comity` command: assembles the groups of commands, each registered by a module of its own."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated

import typer

from comity.cli.groups import Groups

#: Modules whose `register(app)` adds their commands, in the order of the manual page.
GROUPS = (
    "comity.cli.programmes",
    "comity.cli.plan",
    "comity.cli.replan",
    "comity.cli.verify",
    "comity.cli.ask",
    "comity.cli.treaty",
    "comity.cli.agreement",
    "comity.cli.governance",
    "comity.cli.record",
    "comity.cli.keys",
    "comity.cli.proofs",
    "comity.cli.decisions",
    "comity.cli.disputes",
    "comity.cli.absence",
    "comity.cli.signing",
    "comity.cli.can",
    "comity.cli.adoption",
    "comity.cli.fund",
    "comity.cli.fund_keys",
    "comity.cli.fund_calls",
    "comity.cli.fund_inkind",
    "comity.cli.fund_barter",
    "comity.cli.fund_barter_hours",
    "comity.cli.fund_ledger",
    "comity.cli.fund_ledger_shown",
    "comity.cli.fund_statements",
    "comity.cli.fund_shares",
    "comity.cli.fund_returns",
    "comity.cli.fund_selection",
    "comity.cli.fund_partnerships",
    "comity.cli.fund_inclusion",
    "comity.cli.network",
    "comity.cli.network_stations",
    "comity.cli.network_passes",
    "comity.cli.network_allocate",
    "comity.cli.network_schedules",
    "comity.cli.network_exports",
    "comity.cli.ndm",
    "comity.cli.ndm_ephemerides",
    "comity.cli.telemetry",
    "comity.cli.standards",
    "comity.cli.interface",
    "comity.cli.interface_reports",
    "comity.cli.safety",
    "comity.cli.archive",
    "comity.cli.archive_catalogues",
    "comity.cli.archive_crossmatch",
    "comity.cli.archive_query",
    "comity.cli.archive_serve",
    "comity.cli.archive_series",
    "comity.cli.archive_publish",
    "comity.cli.archive_find",
    "comity.cli.archive_compare",
    "comity.cli.archive_demo",
)

MANUAL = (
    "Space agencies plan joint space-science missions: what to build together, who provides what, when, and who pays "
    "how much.\n\n"
    "A PROGRAMME is a folder of YAML files: partners and their budgets, scientific objectives, missions of elements "
    "with options, shared facilities, treaties, export-control and participation rules. Where PROGRAMME is asked for, "
    "give a folder or the name of a programme that comes with comity, such as jwst. "
    "Where PLAN is asked for, give a plan.json or the folder that holds one.\n\n"
    "Answers go to standard output, as JSON with --json; progress and errors go to standard error. Money is in the "
    "programme's currency and prices, months are UTC."
)

_EXAMPLES = {
    "comity new my-programme": "begin with one that checks clean",
    "comity check my-programme": "all its problems, with places",
    "comity show jwst --sources": "what is sourced, what estimated",
    "comity plan jwst --out out/jwst": "plan it, and explain the plan",
    "comity plan ska --coalition italy,canada": "what two can do alone",
    "comity verify out/jwst": "test every rule independently",
    "comity explain out/jwst": "why it is so, and what binds",
    "comity compare out/jwst": "each partner together and alone",
    "comity replan out/jwst --withdraw csa --from 2010-01": "what its leaving would change",
}
#: A longer example says for itself what it does, in a line of 80 columns.
_LEFT = 40
_EXIT_CODES = {
    "0": "all is well",
    "1": "a plan that breaks a rule; a bug; a failed disk",
    "2": "the input has problems, or wrong usage",
    "3": "no plan exists, or none was found in the time",
    "130": "interrupted, with nothing to show",
}
_FILES = {
    "PROGRAMME/**/*.yaml": "sections of a programme; `comity schema`",
    "DIR/plan.json": "a plan, lossless; `comity schema plan`",
    "DIR/findings.json": "what was found about the plan",
    "DIR/*.csv": "elements, payments, missions, cash, ...",
    "DIR/report.html": "the report; needs no network",
}


def _listing(title: str, lines: dict[str, str]) -> str:
    short = [left for left in lines if len(left) <= _LEFT]
    width = max(map(len, short))
    rows = [f"  {left:<{width}}   {right}" if left in short else f"  {left}" for left, right in lines.items()]
    return f"[bold]{title}[/bold]\n\n" + "\n\n".join(rows)


EPILOGUE = "\n\n".join(
    (_listing("Examples", _EXAMPLES), _listing("Exit codes", _EXIT_CODES), _listing("Files", _FILES))
)

app = Groups(
    name="comity",
    help=MANUAL,
    epilog=EPILOGUE,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"comity {version('comity')}")
        except PackageNotFoundError:
            print("comity (not installed)")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


for _group in GROUPS:
    import_module(_group).register(app)


def main() -> None:
    """Runs the command line; an interrupt ends it quietly with 130, a closed pipe like any other program."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
