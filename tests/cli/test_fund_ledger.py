"""`comity fund ledger`, as its users call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_record import comity

BY = ("--by", "esa", "--key", "esa.pem")
PAY = """\
- date: 2025-03-01
  narration: ESA pays
  postings:
    - [Assets:Bank:Main, 100.00, EUR]
    - {account: Income:Contributions:Esa, amount: -100, currency: EUR}
"""
CSV = """\
transaction,date,narration,account,amount,currency
1,2025-03-02,ESA,Assets:Bank:Main,10,EUR
1,,,Income:Contributions:Esa,-10,EUR
"""


def ledger(command: str, *arguments: str, ends: int = 0) -> str:
    return comity("fund", "ledger", command, "hera.record", "pool", *arguments, ends=ends)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a record and its ledger."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    comity("record", "key", "new", "esa.pem")
    comity("record", "init", "hera.record", "--programme", "hera", "--founder", "esa=esa.pem")
    ledger("open", "--currency", "EUR", "--treasurer", "esa", "--from", "2025-01-01", *BY)
    ledger("account", "--open", "Assets:Bank:Main", "--currency", "EUR", *BY)
    (tmp_path / "chart.yaml").write_text(
        "Income:Contributions:Esa: {partner: esa}\nEquity:Budget:Authority:\nEquity:Budget:Available:Hera:\n"
    )
    ledger("account", "--chart", "chart.yaml", *BY)
    return tmp_path


def held() -> dict[str, str]:
    return {row["account"]: row["balance"] for row in json.loads(ledger("balance", "--json"))["balances"]}


def test_a_file_is_posted_once(place: Path) -> None:
    (place / "pay.yaml").write_text(PAY)
    first = json.loads(ledger("post", "pay.yaml", *BY, "--json"))
    again = json.loads(ledger("post", "pay.yaml", *BY, "--json"))
    assert (first["before"], again["before"], first["entry"]) == (False, True, again["entry"])
    (place / "more.csv").write_text(CSV)
    assert "1 transaction posted" in ledger("post", "more.csv", *BY)
    assert held() == {"Assets:Bank:Main": "110.00", "Income:Contributions:Esa": "-110.00"}
    assert "Assets:Bank:Main" in ledger("balance", "--on", "2025-03-01")
    assert "ESA pays" in ledger("journal", "--limit", "1")


def test_a_debit_and_a_credit_are_posted_and_reversed() -> None:
    sides = ("--debit", "Assets:Bank:Main", "--credit", "Income:Contributions:Esa")
    ledger("post", *sides, "--amount", "5", "--date", "2025-02-01", "--journal", "five", *BY)
    ledger("reverse", "five/0", "--date", "2025-02-02", *BY)
    assert held() == {}
    said = ledger("reverse", "five/0", "--date", "2025-02-02", "--journal", "other", *BY, ends=2)
    assert "five/0 is reversed already" in said
    assert json.loads(ledger("journal", "--json"))[0]["reversed"] is True
    assert "an amount is more than nothing" in ledger("post", *sides, "--amount", "-5", *BY, ends=2)
    assert "has no transaction 'six/0'" in ledger("reverse", "six/0", *BY, ends=2)


def test_a_commitment_opens_its_account_and_stays_within_the_budget() -> None:
    ledger("post", "--debit", "Equity:Budget:Authority", "--credit", "Equity:Budget:Available:Hera", "--amount", "80",
           "--date", "2025-02-01", *BY)  # fmt: skip
    commit = ("--mission", "hera", "--commitment", "c-1", "--date", "2025-02-01", *BY)
    assert "1.00 EUR short" in ledger("commit", "--amount", "81", *commit, ends=2)
    ledger("commit", "--amount", "30", *commit)
    assert held()["Equity:Budget:Committed:Hera:C-1"] == "-30.00"
    assert "never negative" in ledger("accounts")


def test_bad_input_is_told_with_its_place_and_changes_nothing(place: Path) -> None:
    before = comity("record", "state", "hera.record", "--json")
    wrong = {
        "unbalanced.yaml": (PAY.replace("-100", "-99"), "unbalanced.yaml:1:3: it does not balance"),
        "currency.yaml": (
            PAY.replace("EUR}", "EUX}"),
            "currency.yaml:5:67: 'EUX' is not an ISO 4217 currency; did you",
        ),
        "account.yaml": (PAY.replace("Bank:Main", "Bnk:Main"), "account.yaml:1:3: the ledger 'pool' has no account"),
        "overdraft.yaml": (PAY.replace("100.00", "-100").replace("amount: -100", "amount: 100"), "may not go negative"),
        "field.yaml": (
            PAY.replace("narration", "naration"),
            "field.yaml:2:3: a transaction has no field 'naration'; did",
        ),
        "row.csv": (CSV.replace("-10,EUR", "-10"), "row.csv:3:1: this row has 5 cells"),
        "column.csv": (CSV.replace("amount", "amout"), "did you mean 'amount'"),
        "date.csv": (CSV.replace("2025-03-02", "soon"), "date.csv:2:1: 'soon' is no date"),
        "empty.yaml": ("", "holds no transactions"),
    }
    for name, (text, said) in wrong.items():
        (place / name).write_text(text)
        assert said in ledger("post", name, *BY, ends=2), name
    assert "No such file" in ledger("post", "missing.yaml", *BY, ends=2)
    assert "give FILE, or all of" in ledger("post", "--debit", "Assets:Bank:Main", *BY, ends=2)
    assert comity("record", "state", "hera.record", "--json") == before


def test_a_closed_period_takes_nothing_until_it_is_reopened(place: Path) -> None:
    (place / "pay.yaml").write_text(PAY)
    ledger("close", "--through", "2025-12-31", *BY)
    assert "pay.yaml:1:3: it is of 2025-03-01, and the ledger 'pool' is closed" in ledger(
        "post", "pay.yaml", *BY, ends=2
    )
    ledger("reopen", "--through", "2025-01-31", "--reason", "audit", *BY)
    ledger("post", "pay.yaml", *BY)
    assert held()["Assets:Bank:Main"] == "100.00"
