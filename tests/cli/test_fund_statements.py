"""`comity fund statement`, as its users call it; the fund is made up."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from comity.cli.app import app
from comity.funding.ledger.client import post_journal
from comity.funding.ledger.journal import Journal, Posting, Transaction
from comity.records import open_record
from tests.funding.ledger.example_ledger import LEDGER, open_example

RUNNER = CliRunner()
YEAR = ("--from", "2025-01-01", "--to", "2025-12-31")
RATES = """\
rates:
  - {currency: GBP, in: EUR, rate: "1.17", on: 2025-12-31}
  - {currency: JPY, in: EUR, rate: "0.0061", on: 2025-12-31}
"""


def statement(*arguments: str | Path, ends: int = 0) -> str:
    done = RUNNER.invoke(app, ["fund", "statement", *map(str, arguments)])
    assert done.exit_code == ends, f"{done.stdout}{done.stderr}"
    return done.stdout if ends == 0 else done.stdout + done.stderr


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("fund") / "pool.record"
    open_example(place)
    return place


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("trial-balance", ("--on", "2025-12-31")),
        ("income", YEAR),
        ("position", ("--on", "2025-12-31")),
        ("cash-flow", YEAR),
        ("budget", ("--on", "2025-12-31")),
    ],
)
def test_every_statement_is_shown_told_as_json_and_written(
    command: str, options: tuple[str, ...], pool: Path, folder: Path
) -> None:
    told = json.loads(statement(command, pool, LEDGER, *options, "--json"))
    assert told["statement"] == command and told["currencies"][0] == "EUR"
    assert told["title"] in statement(command, pool, LEDGER, *options)
    statement(command, pool, LEDGER, *options, "--csv", "s.csv", "--html", "s.html", "--pdf", "s.pdf")
    assert sorted(f.name for f in folder.iterdir()) == ["s.csv", "s.html", "s.pdf"]
    assert (folder / "s.pdf").read_bytes().startswith(b"%PDF")
    assert "Exploration pool" in (folder / "s.html").read_text(encoding="utf-8")


def test_the_commands_of_the_reference_are_there(pool: Path, folder: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/reference/statements.md").read_text(encoding="utf-8")
    rates = page.split("```yaml\n")[1].split("```")[0]
    others = "".join(f'  - {{currency: {c}, in: EUR, rate: "0.1", on: 2025-06-30}}\n' for c in ("SEK", "JPY"))
    (folder / "rates.yaml").write_text(rates + others, encoding="utf-8")
    commands = [line.split()[3:] for line in page.splitlines() if line.startswith("    comity fund statement ")]
    assert len(commands) == 7
    for command in commands:
        statement(*({"RECORD": str(pool), "LEDGER": LEDGER}.get(a, a) for a in command))


def test_a_narration_does_nothing_to_a_terminal_or_a_page(tmp_path: Path, folder: Path) -> None:
    place = tmp_path / "odd.record"
    keys = open_example(place)
    odd = 'a\x1b[31mb\x00c</td><script>x</script>[bold]#box[] $y$ "z" \u202e'
    legs = (("Assets:Receivable:Dlr", "1.00"), ("Income:Contributions:Dlr", "-1.00"))
    postings = tuple(Posting(account, Decimal(amount), "EUR") for account, amount in legs)
    with open_record(place) as record:
        journal = Journal("odd", (Transaction(date(2026, 1, 1), odd, postings),))
        post_journal(record, LEDGER, journal, author="dlr", keys=keys[:1])
    year = ("--from", "2026-01-01", "--to", "2026-12-31")
    text = statement("partner", place, LEDGER, "dlr", *year)
    assert "\x1b" not in text and "\u202e" not in text and "[bold]" in "".join(text.split())
    statement("partner", place, LEDGER, "dlr", *year, "--html", "o.html", "--pdf", "o.pdf", "--csv", "o.csv")
    assert "<script" not in (folder / "o.html").read_text(encoding="utf-8")


def test_a_partner_is_named_as_on_the_record(pool: Path, folder: Path) -> None:
    told = json.loads(statement("partner", pool, LEDGER, "snsa", *YEAR, "--json"))
    assert told["about"] == "Swedish National Space Agency"
    rows = {r["key"]: r for t in told["tables"] for r in t["rows"]}
    assert rows["closing"]["figures"]["amount"] == {"SEK": "86075000.00"}


def test_a_statement_of_the_past_is_of_what_was_on_the_record_then(pool: Path, folder: Path) -> None:
    told = statement("trial-balance", pool, LEDGER, "--on", "2025-12-31", "--as-of", "2026-01-10", ends=2)
    assert "no ledger 'pool'" in told
    now = json.loads(statement("trial-balance", pool, LEDGER, "--on", "2025-12-31", "--as-of", "2026-01-20", "--json"))
    assert now == json.loads(statement("trial-balance", pool, LEDGER, "--on", "2025-12-31", "--json"))


@pytest.mark.parametrize("form", ["beancount", "hledger"])
def test_an_export_asserts_balances_at_the_end_of_each_closed_period(form: str, pool: Path, folder: Path) -> None:
    statement("export", pool, LEDGER, "--to", form, "--out", "pool.txt")
    text = (folder / "pool.txt").read_text(encoding="utf-8")
    assert "alances at the end of 2024-12-31" in text and "alances at the end of 2025-12-31" in text
    assert statement("export", pool, LEDGER, "--to", form) == text


def test_a_reopened_period_is_asserted_no_more(tmp_path: Path, folder: Path) -> None:
    place = tmp_path / "reopened.record"
    keys = open_example(place)
    with open_record(place) as record:
        body = {"ledger": LEDGER, "through": "2024-12-31", "reason": "an invoice came late"}
        record.write("ledger.reopen", body, author="dlr", keys=keys)
    text = statement("export", place, LEDGER, "--to", "hledger")
    assert "end of 2024-12-31" in text and "end of 2025-12-31" not in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("income", "POOL", LEDGER, "--from", "2025-12-31", "--to", "2025-01-01"), "before it begins on 2025-12-31"),
        (("income", "POOL", LEDGER, "--from", "2025-13-01", "--to", "2025-01-01"), "is no date; write it as"),
        (("income", "POOL", LEDGER, *YEAR, "--beside", "2024"), "write its first and last day"),
        (("income", "POOL", LEDGER, "--from", "0001-01-01", "--to", "2025-12-31"), "no period as long before"),
        (("position", "POOL", LEDGER, "--on", "0001-03-01"), "no year before"),
        (("position", "POOL", LEDGER, "--on", "2024-12-31", "--beside", "2025-12-31"), "is not before 2024-12-31"),
        (("cash-flow", "POOL", "pol", *YEAR), "did you mean 'pool'?"),
        (("partner", "POOL", LEDGER, "snasa", *YEAR), "did you mean 'snsa'?"),
        (("cash-flow", "POOL", LEDGER, *YEAR, "--rates", "rates.yaml"), "there is no rate of SEK in EUR of 2025-12-31"),
        (("cash-flow", "POOL", LEDGER, *YEAR, "--rates", "none.yaml"), "none.yaml: No such file"),
        (("cash-flow", "POOL", LEDGER, *YEAR, "--pdf", "out.csv"), "name the same file"),
        (("cash-flow", "POOL", LEDGER, *YEAR, "--html", "none/out.html"), "none/out.html: cannot be written"),
        (("cash-flow", "POOL", LEDGER, *YEAR, "--html", "."), "is a folder"),
        (("cash-flow", "no.record", LEDGER, *YEAR), "there is no record here"),
    ],
)
def test_what_cannot_be_told_ends_with_2_and_writes_nothing(
    arguments: tuple[str, ...], said: str, pool: Path, folder: Path
) -> None:
    (folder / "rates.yaml").write_text(RATES, encoding="utf-8")
    given = [str(pool) if a == "POOL" else a for a in arguments]
    assert said in statement(*given, "--csv", "out.csv", ends=2)
    assert [f.name for f in folder.iterdir()] == ["rates.yaml"]


def test_a_file_that_is_there_stays_when_something_is_wrong(pool: Path, folder: Path) -> None:
    (folder / "out.csv").write_text("the last one", encoding="utf-8")
    statement("cash-flow", pool, LEDGER, *YEAR, "--csv", "out.csv", "--html", "none/out.html", ends=2)
    assert (folder / "out.csv").read_text(encoding="utf-8") == "the last one"


def test_rates_bring_all_into_one_currency(pool: Path, folder: Path) -> None:
    sek = '  - {currency: SEK, in: EUR, rate: "0.09", on: 2025-12-31}\n'
    (folder / "rates.yaml").write_text(RATES + sek, encoding="utf-8")
    options = ("--on", "2025-12-31", "--rates", "rates.yaml")
    told = json.loads(statement("position", pool, LEDGER, *options, "--json"))
    assets = next(r for r in told["tables"][0]["rows"] if r["key"] == "total-assets")
    # 96 549 499.00 + 12 985 999.50 × 1.17 + 328 500 000 × 0.0061 + 126 075 000.00 × 0.09, to the cent
    assert assets["translated"]["period"] == "125093718.42"
    assert "1 SEK = 0.09 EUR (31 December 2025)" in " ".join(statement("position", pool, LEDGER, *options).split())
