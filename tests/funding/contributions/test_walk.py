"""Two partners and their pool from the command line: a key, a budget, a call, payments, arrears, in kind, barter, the books."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_record import comity

BY = ("--by", "asa", "--key", "asa.pem")
BOTH = (*BY, "--key", "bsa.pem")
BSA = ("--by", "bsa", "--key", "bsa.pem")
BANK = ("--bank", "Assets:Bank:Main")
MADE = ("pool", "c25", "--year", "2025", "--by-key", "main", "--due", "2025-03-01", "--due", "2025-07-01")
PAID = ("pool", "bsa", "500.00", "EUR", "--name", "pay-1", *BANK, "--date", "2025-03-11")
OFFER = """\
ledger: pool
mission: relay
element: antenna
deliverable: an antenna of 35 m
counts: true
approves: board
milestones:
  - {id: design, name: Design review, part: 1/4, criteria: [review held]}
  - {id: delivery, name: Delivered, part: 3/4, criteria: [accepted on site]}
"""
BOARD = """\
name: Board
organisation: Trial
sources: {rules: {title: Rules of the Board, checked: made for the test}}
members_source: rules, annex
members: [{id: asa}]
powers: {money: {about: money, rule: {needs: {share: "1"}}, source: "rules, 1"}}
"""


def fund(group: str, command: str, *arguments: str, ends: int = 0) -> str:
    return comity("fund", group, command, "pool.record", *arguments, ends=ends)


def called(*arguments: str, ends: int = 0) -> str:
    return fund("call", *arguments, ends=ends)


def owed(partner: str) -> list[str]:
    rows = json.loads(called("list", "pool", "--json"))
    return [r["left"] for r in rows if r["partner"] == partner]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the record of two partners, whose ledger has a bank account alone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("asa", "bsa"):
        comity("record", "key", "new", f"{name}.pem")
    comity("record", "init", "pool.record", "--programme", "pool", "--founder", "asa=asa.pem",
           "--founder", "bsa=bsa.pem", "--at", "2025-01-01")  # fmt: skip
    fund("ledger", "open", "pool", "--currency", "EUR", "--treasurer", "asa", "--from", "2025-01-01", *BOTH)
    fund("ledger", "account", "pool", "--open", "Assets:Bank:Main", *BY)
    called("key", "pool", "main", "--share", "asa=2/3", "--share", "bsa=1/3", "--source", "made for the test", *BOTH)
    called("budget", "pool", "2025", "1000.00", "EUR", *BOTH)
    return tmp_path


def test_a_year_is_called_paid_late_and_charged_with_interest():
    called("make", *MADE, "--date", "2025-01-15", *BY)
    assert owed("asa") == ["333.34", "333.33"]
    assert owed("bsa") == ["166.67", "166.66"]
    called("rule", "pool", "0.365", "--from", "2025-01-01", *BOTH)
    late = json.loads(called("arrears", "pool", "--on", "2025-03-11", "--json"))
    assert [(r["partner"], r["days"], r["amount"], r["interest"]) for r in late] == [
        ("asa", 10, "333.34", "3.33"),  # a thousandth a day
        ("bsa", 10, "166.67", "1.67"),
    ]
    called("pay", *PAID, *BY)
    assert owed("bsa") == ["0.00", "0.00"]
    called("interest", "pool", "bsa", "--name", "interest-1", "--through", "2025-03-11", *BY)
    called("offset", "pool", "bsa", "EUR", "--name", "offset-1", "--date", "2025-03-12", *BY)
    assert owed("bsa") == ["0.00", "0.00", "0.00"]
    balances = fund("ledger", "balance", "pool", "--json")
    assert "165.00" in balances  # ahead: 500.00 less 333.33 less 1.67
    assert all(len(line) <= 100 for line in called("show", "pool", "c25").splitlines())


def test_what_is_given_in_kind_pays_its_call_and_barter_stands_in_the_books(place: Path):
    (place / "board.yaml").write_text(BOARD, encoding="utf-8")
    (place / "offer.yaml").write_text(OFFER, encoding="utf-8")
    comity("record", "append", "pool.record", "body.establish",
           "--set", json.dumps({"body": "board", "document": _plain(BOARD)}), *BOTH)  # fmt: skip
    called("make", *MADE, "--date", "2025-01-15", *BY)
    fund("inkind", "offer", "antenna", "offer.yaml", *BSA)
    fund("inkind", "value", "antenna", "800.00", "EUR", "--prices", "2025", *BOTH)
    fund("inkind", "accept", "antenna", "design", "--decision", "d-1", "--kind", "money", "--closes", "2099-01-01",
         "--date", "2025-06-01", *BY)  # fmt: skip
    vote = json.dumps({"decision": "d-1", "version": 1, "vote": "yes"})
    comity("record", "append", "pool.record", "decision.vote", "--set", vote, *BY)
    comity("record", "append", "pool.record", "decision.close", "--set", '{"decision": "d-1"}', *BY)
    assert owed("bsa") == ["0.00", "133.33"]
    assert "200.00 of 800.00 EUR@2025" in fund("inkind", "list")

    fund("barter", "open", "rides", "--with", "bsa", "--currency", "EUR", "--limit", "90.00", "--ledger", "pool", *BY)
    fund("barter", "confirm", "rides", *BSA)
    gift = ("rides", "launch", "--quantity", "1", "--value", "80.00", "--date", "2025-08-01")
    fund("barter", "give", *gift, *BY)
    fund("barter", "confirm", "rides", "--number", "1", *BSA)
    assert "bsa owes asa 80.00 EUR" in fund("barter", "show", "rides")
    said = json.loads(fund("ledger", "balance", "pool", "--json", "--under", "Equity:Barter"))
    assert "'80.00'" in str(said)
    assert "'-80.00'" in str(said)
    fund("barter", "give", *gift, *BY)
    assert "would owe 160.00 EUR" in fund("barter", "confirm", "rides", "--number", "2", *BSA, ends=2)


WRONG: list[tuple[tuple[str, ...], str]] = [
    (("make", MADE[0], "again", *MADE[2:], *BY), "called for already"),
    (("make", *MADE, "--carried", "1.00", *BY), "'c25' is fund.call of other content already"),
    (("make", *MADE, "--date", "2025-01-16", *BY), "of other content already"),
    (("make", "pool", "p25", "--year", "2025", "--by-key", "main", "--due", "2025-02-01", "--months", "2", *BY),
     "is not provisional"),
    (("make", "pool", "c26", "--year", "2026", "--by-key", "man", "--due", "2026-02-01", *BY), "main"),
    (("pay", *PAID[:2], "0.00", *PAID[3:], *BY), "more than nothing"),
    (("pay", *PAID[:3], "EUX", *PAID[4:], *BY), "EUX"),
    (("pay", *PAID[:3], "USD", *PAID[4:], "--into", "EUR", *BY), "needs a rate"),
    (("pay", *PAID[:5], "pay-2", "--bank", "Expenses:Fun", *BY), "Assets:Bank"),
    (("pay", *PAID, *BSA), "no treasurer"),
    (("show", "pool", "c52"), "c25"),
    (("key", "pool", "k", "--share", "asa=1e9", *BOTH), "is no number"),
    (("key", "pool", "k", "--share", "asa=2/3", *BOTH), "not to 1"),
    (("budget", "pool", "2026", "1.001", "EUR", *BOTH), "decimal places"),
    (("interest", "pool", "bsa", "--name", "i", *BY), "owes no interest"),
]  # fmt: skip


def test_what_is_asked_for_again_is_answered_as_done():
    for arguments in (("make", *MADE), ("pay", *PAID[:-2])):
        first = json.loads(called(*arguments, "--date", "2025-01-15", *BY, "--json"))
        size = len(comity("record", "log", "pool.record"))
        assert first == json.loads(called(*arguments, "--date", "2025-01-15", *BY, "--json"))
        assert first == json.loads(called(*arguments, *BY, "--json"))  # on another day
        assert len(comity("record", "log", "pool.record")) == size
    assert "of other content" in called("pay", *PAID[:2], "1.00", *PAID[3:], *BY, ends=2)
    fund("ledger", "reverse", "pool", "pay-1/0", *BY)
    assert "was reversed" in called("pay", *PAID[:-2], *BY, ends=2)


def test_an_acceptance_is_revoked_from_the_command_line(place: Path):
    (place / "board.yaml").write_text(BOARD, encoding="utf-8")
    (place / "offer.yaml").write_text(OFFER, encoding="utf-8")
    comity("record", "append", "pool.record", "body.establish",
           "--set", json.dumps({"body": "board", "document": _plain(BOARD)}), *BOTH)  # fmt: skip
    fund("inkind", "offer", "antenna", "offer.yaml", *BSA)
    fund("inkind", "value", "antenna", "800.00", "EUR", "--prices", "2025", *BOTH)

    def decided(name: str, *arguments: str) -> None:
        fund("inkind", *arguments, "--decision", name, "--kind", "money", "--closes", "2099-01-01", *BY)
        vote = json.dumps({"decision": name, "version": 1, "vote": "yes"})
        comity("record", "append", "pool.record", "decision.vote", "--set", vote, *BY)
        comity("record", "append", "pool.record", "decision.close", "--set", json.dumps({"decision": name}), *BY)

    decided("d-1", "accept", "antenna", "design", "--date", "2025-06-01")
    assert "200.00 of 800.00 EUR@2025" in fund("inkind", "list")
    decided("d-2", "revoke", "antenna", "design", "--reason", "it was not theirs", "--date", "2025-07-01")
    assert "0 of 800.00 EUR@2025" in fund("inkind", "list")
    assert json.loads(fund("ledger", "balance", "pool", "--json"))["balances"] == []
    decided("d-3", "accept", "antenna", "design", "--date", "2025-08-01")
    assert "200.00 of 800.00 EUR@2025" in fund("inkind", "list")


def test_what_is_wrong_is_said_and_changes_nothing():
    called("make", *MADE, "--date", "2025-01-15", *BY)
    before = comity("record", "log", "pool.record", "--json")
    for arguments, said in WRONG:
        assert said in " ".join(called(*arguments, ends=2).split())
    assert comity("record", "log", "pool.record", "--json") == before


def _plain(text: str) -> object:
    from comity.model.yaml_tree import parse

    tree, errors = parse(text, "board.yaml")
    assert tree is not None
    assert not errors
    return tree.plain()
