"""How the command is put together: quickly, and the same as all at once."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command, get_group
from typer.testing import CliRunner

from comity.cli.app import GROUPS, app
from comity.cli.groups import Groups

ROOT = Path(__file__).parents[2]
#: What takes long to load, and what only engines, reports and readers need.
HEAVY = (
    "astropy", "cdflib", "cedarpy", "cryptography", "currencyconverter", "dask", "fsspec", "h5py", "heyoka",
    "highspy", "icalendar", "importlib.metadata", "itur", "jinja2", "llvmlite", "matplotlib", "numba", "numpy",
    "orjson", "ortools", "pandas", "pint", "psycopg", "pyarrow", "pycountry", "pydantic", "scipy", "sgp4",
    "skyfield", "space_packet_parser", "sqlglot", "sqlite3", "starlette", "typst", "uvicorn", "xarray", "yaml",
)  # fmt: skip
#: What Typer itself loads to read the arguments of a command.
TYPERS = ("importlib.metadata", "pydantic")
#: The terminal's tables: a help page needs them, a command that does not speak to people does not.
TABLES = ("rich.console", "rich.table", "rich.progress")
LOADED = """
import sys
sys.argv = ["comity", *sys.argv[1:]]
from comity.cli.app import main
print(sorted(m for m in {heavy} + {tables} if m in sys.modules))
try:
    main()
except SystemExit:
    pass
print(sorted(m for m in {heavy} if m in sys.modules))
"""


@pytest.mark.parametrize(
    "asked", [("--help",), ("network", "--help"), ("network", "passes", "--help"), ("fund", "key", "--help")]
)
def test_a_help_page_loads_no_engine(asked: tuple[str, ...]) -> None:
    code = LOADED.format(heavy=HEAVY, tables=TABLES)
    done = subprocess.run(
        [sys.executable, "-c", code, *asked], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    first, *page, last = done.stdout.splitlines()
    assert "Usage: comity" in "\n".join(page)
    assert first == "[]"
    assert set(ast.literal_eval(last)) <= (set() if asked == ("--help",) else set(TYPERS))


def names(group: Any) -> Any:
    """The commands of a group and of its groups, with their help and options."""
    told = (group.help, sorted(o for p in group.params for o in p.opts), group.hidden, group.rich_help_panel)
    return told, {n: names(c) for n, c in getattr(group, "commands", {}).items()}


def test_groups_put_together_late_are_those_put_together_at_once() -> None:
    at_once = typer.Typer()
    at_once.registered_groups = app.groups
    late, soon = names(get_command(app))[1], names(get_group(at_once))[1]
    assert {n: late[n] for n in soon} == soon
    assert len(soon) > 10 and all(commands for _, commands in soon.values())
    assert len(GROUPS) == len(set(GROUPS))


def test_only_the_group_that_is_asked_for_is_put_together() -> None:
    def never(given: Any) -> None:
        """Never asked for: its parameter would be no option."""

    def spoken() -> None:
        typer.echo("spoken")

    top, one, other = (
        Groups(help="Top."),
        typer.Typer(name="one", help="One."),
        typer.Typer(name="other", help="Other."),
    )
    never.__annotations__["given"] = "NoSuchType"
    one.command("speak")(spoken)
    one.command("also")(spoken)
    other.command("never")(never)
    top.callback()(lambda: None)
    for group in (one, other):
        top.add_typer(group)
    assert "Other." in CliRunner().invoke(top, ["--help"]).output
    assert CliRunner().invoke(top, ["one", "speak"]).output == "spoken\n"
    with pytest.raises(NameError, match="NoSuchType"):
        CliRunner().invoke(top, ["other", "--help"], catch_exceptions=False)
