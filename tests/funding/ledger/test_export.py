"""Exports, read by the programs that they are for: beancount, and hledger where it is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from beancount import loader
from beancount.core import data, realization
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from comity.funding.ledger.book import Book
from comity.funding.ledger.client import post_journal
from comity.funding.ledger.export_beancount import beancount
from comity.funding.ledger.export_hledger import described, hledger
from comity.funding.ledger.headings import Subject
from comity.funding.ledger.journal import Journal, Posting, Transaction
from comity.record import SigningKey
from comity.records import Founder, open_record
from tests.funding.ledger.example_ledger import LEDGER, open_example

HLEDGER = shutil.which("hledger")
needs_hledger = pytest.mark.skipif(HLEDGER is None, reason="no hledger on this machine (apt-get install hledger)")
CLOSED = (date(2024, 12, 31), date(2025, 12, 31))
Balances = dict[tuple[str, str], Decimal]


@pytest.fixture(scope="module")
def of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    place = tmp_path_factory.mktemp("fund") / "pool.record"
    open_example(place)
    with open_record(place) as record, Book.as_of(record.log, record.state, LEDGER) as book:
        yield Subject(book, ledger=LEDGER, currency="EUR")


# --- beancount -------------------------------------------------------------------------------------------------------------


def loaded(text: str) -> list[Any]:
    entries, errors, _ = loader.load_string(text)
    assert not errors, [e.message for e in errors[:5]]
    return list(entries)


def beancount_balances(entries: list[Any]) -> Balances:
    found = {}
    for account in realization.iter_children(realization.realize(entries)):
        for position in account.balance:
            found[account.account, position.units.currency] = position.units.number
    return found


def test_bean_check_finds_no_fault(of: Subject, tmp_path: Path) -> None:
    from beancount.scripts.check import main
    from click.testing import CliRunner

    file = tmp_path / "pool.beancount"
    file.write_text("".join(beancount(of, CLOSED)), encoding="utf-8")
    done = CliRunner().invoke(main, ["--no-cache", str(file)])
    assert (done.exit_code, done.output) == (0, "")


def test_beancount_comes_to_the_same_balances(of: Subject) -> None:
    entries = loaded("".join(beancount(of, CLOSED)))
    assert beancount_balances(entries) == of.book.balances()
    earlier = [e for e in entries if e.date <= CLOSED[0]]
    assert beancount_balances(earlier) == of.book.balances(CLOSED[0])


def test_beancount_asserts_every_balance_at_the_end_of_each_closed_period_and_of_all(of: Subject) -> None:
    entries = loaded("".join(beancount(of, CLOSED)))
    asserted = [e for e in entries if isinstance(e, data.Balance)]
    assert {e.date for e in asserted} == {date(2025, 1, 1), date(2026, 1, 1)}
    told = {(e.account, e.amount.currency): e.amount.number for e in asserted if e.date == date(2025, 1, 1)}
    assert {k: a for k, a in told.items() if a} == of.book.balances(CLOSED[0])
    assert all(e.tolerance == 0 for e in asserted)
    later = [e for e in loaded("".join(beancount(of))) if isinstance(e, data.Balance)]
    assert {e.date for e in later} == {date(2025, 12, 26)}


def test_a_wrong_balance_is_a_fault_to_beancount(of: Subject) -> None:
    text = "".join(beancount(of, CLOSED))
    wrong = text.replace("Assets:Bank:Main  24469749.50 ~ 0", "Assets:Bank:Main  24469749.51 ~ 0")
    _, errors, _ = loader.load_string(wrong)
    assert wrong != text and ["Balance failed" in e.message for e in errors] == [True]


def test_beancount_transactions_name_their_entry_key_and_links(of: Subject) -> None:
    entries = loaded("".join(beancount(of, CLOSED)))
    called = next(e for e in entries if isinstance(e, data.Transaction) and e.meta["key"] == "call-2025")
    booked = next(b for b in of.book.transactions() if b.name == "call-2025/0")
    assert called.links == {"call-2025"} and called.meta["entry"] == booked.entry and called.meta["number"] == 0
    opened = next(e for e in entries if isinstance(e, data.Open) and e.account == "Income:Contributions:Snsa")
    assert opened.currencies == ["SEK"] and opened.meta["partner"] == "snsa"


# --- hledger ---------------------------------------------------------------------------------------------------------------


def run_hledger(text: str, *arguments: str) -> str:
    assert HLEDGER is not None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pool.journal"
        file.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [HLEDGER, "-f", str(file), *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
    assert done.returncode == 0, done.stderr[:2000]
    return done.stdout


def hledger_balances(text: str, *more: str) -> Balances:
    rows, _ = json.loads(run_hledger(text, "balance", "-O", "json", "--flat", "--no-elide", *more))
    return {
        (name, a["acommodity"]): Decimal(a["aquantity"]["decimalMantissa"]).scaleb(-a["aquantity"]["decimalPlaces"])
        for name, _, _, amounts in rows
        for a in amounts
        if a["aquantity"]["decimalMantissa"]
    }


@needs_hledger
def test_hledger_check_finds_no_fault(of: Subject) -> None:
    text = "".join(hledger(of, CLOSED))
    assert run_hledger(text, "check", "--strict", "ordereddates") == ""
    assert "(balances) Balances at the end of 2024-12-31" in text


@needs_hledger
def test_hledger_comes_to_the_same_balances(of: Subject) -> None:
    text = "".join(hledger(of, CLOSED))
    assert hledger_balances(text) == of.book.balances()
    assert hledger_balances(text, "--end", "2025-01-01") == of.book.balances(CLOSED[0])


@needs_hledger
def test_hledger_transactions_name_their_entry_and_links(of: Subject) -> None:
    text = "".join(hledger(of, CLOSED))
    found = {t["tcode"]: t for t in json.loads(run_hledger(text, "print", "-O", "json"))}
    booked = next(b for b in of.book.transactions() if b.name == "call-2025/0")
    assert found["call-2025/0"]["ttags"] == [["entry", booked.entry], ["link", "call-2025"]]


@needs_hledger
def test_a_wrong_balance_is_a_fault_to_hledger(of: Subject) -> None:
    text = "".join(hledger(of, CLOSED)).replace("= 24469749.50 EUR", "= 24469749.51 EUR")
    with pytest.raises(AssertionError, match="balance assertion"):
        run_hledger(text, "check")


# --- narrations, and a ledger with nothing on it ---------------------------------------------------------------------------

NARRATIONS = st.lists(
    st.one_of(st.text(max_size=60), st.text(alphabet=' ;"\\\n\r\t|*!()[]=@:,#^é火\u2028\u00a0\x00\x1b', max_size=20)),
    min_size=1,
    max_size=40,
)


def told_of(narrations: list[str], folder: Path) -> tuple[str, str]:
    """A small ledger with these narrations, as beancount and as hledger."""
    key, at = SigningKey.from_seed(bytes(32)), datetime(2026, 1, 15, tzinfo=UTC)
    legs = (Posting("Assets:Bank:Main", Decimal("1.00"), "EUR"), Posting("Income:Gifts", Decimal("-1.00"), "EUR"))
    with open_record(folder / "small.record", create=True) as record:
        record.open_with("trial", {"esa": Founder((key,))}, at=at)
        opening = {"ledger": "small", "currency": "EUR", "treasurers": ["esa"], "from": "2025-01-01"}
        record.write("ledger.open", opening, author="esa", keys=[key], at=at)
        accounts = {p.account: {} for p in legs}
        record.write("ledger.account", {"ledger": "small", "opens": accounts}, author="esa", keys=[key], at=at)
        if narrations:
            journal = Journal("all", tuple(Transaction(date(2025, 3, 1), n, legs) for n in narrations))
            post_journal(record, "small", journal, author="esa", keys=[key], at=at)
        with Book.as_of(record.log, record.state, "small") as book:
            of = Subject(book, ledger="small", currency="EUR")
            return "".join(beancount(of)), "".join(hledger(of))


few = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
odd = example(
    ['he said "no"; then\nleft  quickly \\', "; all of it", "* (CODE) | note", "", " ", "2025-01-01 x", "\x00"]
)


@few
@given(NARRATIONS)
@odd
def test_beancount_reads_any_narration_back(narrations: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        text, _ = told_of(narrations, Path(folder))
    found = [e for e in loaded(text) if isinstance(e, data.Transaction)]
    assert [e.narration for e in sorted(found, key=lambda e: e.meta["number"])] == narrations


@needs_hledger
@few
@given(NARRATIONS)
@odd
def test_hledger_reads_any_narration_back_on_one_line(narrations: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _, text = told_of(narrations, Path(folder))
    run_hledger(text, "check", "--strict")
    printed = [t for t in json.loads(run_hledger(text, "print", "-O", "json")) if t["tcode"] != "balances"]
    assert [t["tdescription"] for t in printed] == [described(n) for n in narrations]


def test_beancount_takes_a_ledger_with_nothing_on_it(tmp_path: Path) -> None:
    text, _ = told_of([], tmp_path)
    assert [type(e).__name__ for e in loaded(text)] == ["Open", "Open"]


@needs_hledger
def test_hledger_takes_a_ledger_with_nothing_on_it(tmp_path: Path) -> None:
    _, text = told_of([], tmp_path)
    run_hledger(text, "check", "--strict")
