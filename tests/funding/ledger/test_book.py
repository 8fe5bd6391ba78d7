"""The book: what it says of a record's journals, at any date, however it came to know them."""

import random
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from comity.funding.ledger import Transaction
from comity.funding.ledger.book import Book
from comity.funding.ledger.journal import LARGEST
from comity.governance import GUARDS
from comity.kinds import KINDS
from comity.record import RecordError, Refused
from comity.record.log import Log, open_log
from tests.funding.ledger.makers import BANK, CHART, INCOME, LANDER, Treasury, journal, paid, spent, transaction
from tests.governance.test_decisions import BOARD
from tests.record.makers import Scribe, officers


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own for each test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "comity" / "books"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with open_log(tmp_path / "trial.record", create=True) as log:
        yield log


def on(log: Log, scribe: Scribe) -> Log:
    """The log with all that was written."""
    log.append([e.to_bytes() for e in scribe.entries])
    return log


def story(count: int, *, seed: int = 0) -> tuple[Treasury, list[Transaction]]:
    """A ledger with so many journals of random days and amounts, and the transactions that count."""
    dice, treasury, counted = random.Random(seed), Treasury(), list[Transaction]()
    for n in range(count):
        day = (date(2026, 1, 1) + timedelta(days=dice.randrange(1_500))).isoformat()
        currency = dice.choice(["EUR", "USD"])
        some = [
            dice.choice([paid, spent])(f"{dice.randrange(10**6) / 100:.2f}", on=day, currency=currency)
            for _ in range(dice.randrange(1, 4))
        ]
        if treasury.post(f"j{n}", *some) is None:
            counted += some
    return treasury, counted


def sums(transactions: list[Transaction], through: date) -> dict[tuple[str, str], Decimal]:
    """The balances at the end of a day by plain addition."""
    found: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for one in transactions:
        for posting in one.postings if one.date <= through else ():
            found[posting.account, posting.currency] += posting.amount
    return {key: amount for key, amount in found.items() if amount}


def test_balances_at_any_date_are_the_sums_of_what_counts(log: Log):
    treasury, counted = story(120)
    assert len(treasury.fold.refusals) > 10, "some are refused, so that the book must tell them apart"
    with Book.open(on(log, treasury), treasury.state, "pool") as book:
        for day in (date(2026, 1, 1) + timedelta(days=n) for n in range(0, 1_500, 13)):
            assert book.balances(day) == sums(counted, day)
        assert book.balances() == sums(counted, date.max)
        assert {a for a, _ in book.balances(under="Assets")} == {BANK}
        assert book.balances(under="Assets:Ban") == {}


def test_movements_are_debits_and_credits_between_two_days(log: Log):
    treasury, counted = story(60, seed=1)
    start, end = date(2026, 11, 17), date(2028, 2, 29)
    debits: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    credits: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for account, amount, currency in (p for t in counted if start <= t.date <= end for p in t.postings):
        (debits if amount > 0 else credits)[account, currency] += abs(amount)
    wanted = {key: (debits[key], credits[key]) for key in debits.keys() | credits.keys() if debits[key] or credits[key]}
    with Book.open(on(log, treasury), treasury.state, "pool") as book:
        assert book.movements(start, end) == wanted
        assert book.movements(start, end, under=LANDER) == {k: v for k, v in wanted.items() if k[0] == LANDER}
        assert book.movements(end, start) == {}


def test_transactions_come_by_date_and_then_as_posted(log: Log):
    treasury, counted = story(40, seed=2)
    with Book.open(on(log, treasury), treasury.state, "pool") as book:
        found = list(book.transactions())
        assert [b.transaction for b in found] == sorted(counted, key=lambda t: t.date)
        some = list(book.transactions(date(2027, 1, 1), date(2027, 12, 31), under="Expenses:Hera"))
        assert [b.transaction for b in some] == [
            t for t in sorted(counted, key=lambda t: t.date) if t.date.year == 2027 and t.postings[0].account == LANDER
        ]
        assert list(book.transactions(limit=3)) == found[:3]
        entries = {e.id: e.body["journal"] for e in treasury.entries if "journal" in e.body}
        for b in found:
            key, _, number = b.name.rpartition("/")
            assert entries[b.entry]["key"] == key
            assert Transaction.from_body(entries[b.entry]["transactions"][int(number)]) == b.transaction
            assert book.named(b.name) == b
        assert book.named("j0/99") is book.named("nothing") is book.named("x/0") is None


def test_a_book_goes_on_from_where_it_was(log: Log, cache: Path):
    treasury, _ = story(10)
    with Book.open(on(log, treasury), treasury.state, "pool") as first:
        before = first.balances()
    assert treasury.post("late", paid("1000", on="2026-01-01")) is None
    with Book.open(on(log, treasury), treasury.state, "pool") as book:
        assert book.balances(date(2026, 1, 1))[BANK, "EUR"] == 1000
        assert book.balances()[BANK, "EUR"] == before[BANK, "EUR"] + 1000
    assert len(list(cache.glob("*.db"))) == 1


def test_a_book_of_another_history_is_made_anew(log: Log, cache: Path, tmp_path: Path):
    treasury, _ = story(10)
    with Book.open(on(log, treasury), treasury.state, "pool"):
        pass
    (file,) = cache.glob("*.db")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE journals SET head = 'another' WHERE number >= 3")
        connection.execute("UPDATE days SET debits = 0")
    with Book.open(log, treasury.state, "pool") as book:
        assert book.balances()[BANK, "EUR"] == Decimal(treasury.balance(BANK)) / 100


@pytest.mark.parametrize("damage", [b"no database at all" * 1000, b""])
def test_a_damaged_book_is_none(log: Log, cache: Path, damage: bytes):
    treasury, counted = story(5)
    with Book.open(on(log, treasury), treasury.state, "pool"):
        pass
    (file,) = cache.glob("*.db")
    file.write_bytes(damage)
    for _ in range(2):
        with Book.open(log, treasury.state, "pool") as book:
            assert book.balances() == sums(counted, date.max)


def test_without_a_cache_there_is_a_book_all_the_same(log: Log, cache: Path, monkeypatch: pytest.MonkeyPatch):
    treasury, counted = story(5)
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("HOME", raising=False)
    with Book.open(on(log, treasury), treasury.state, "pool") as book:
        assert book.balances() == sums(counted, date.max)
    cache.parent.parent.mkdir(exist_ok=True)
    (cache.parent.parent / "comity").write_text("a file where the folder would be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache.parent.parent))
    with Book.open(log, treasury.state, "pool") as book:
        assert book.balances() == sums(counted, date.max)


def test_a_book_as_of_an_earlier_state_says_what_was_known_then(log: Log):
    treasury, _ = story(20)
    with Book.open(on(log, treasury), treasury.state, "pool"):
        pass
    earlier = Treasury()
    for entry in treasury.entries[len(earlier.entries) : 12]:
        earlier.fold.take(entry)
    with Book.as_of(log, earlier.state, "pool") as book:
        assert {k: v for k, v in book.balances().items() if k[0] == BANK} == {
            (BANK, c): Decimal(earlier.balance(BANK, c)) / 100 for c in ("EUR", "USD") if earlier.balance(BANK, c)
        }


def test_a_state_that_the_log_does_not_hold_is_an_error(log: Log):
    treasury, _ = story(5)
    log.append([e.to_bytes() for e in treasury.entries[:-2]])
    with pytest.raises(RecordError, match="does not hold the"):
        Book.open(log, treasury.state, "pool")
    with pytest.raises(Refused, match="did you mean 'pool'"):
        Book.open(log, treasury.state, "poll")


def test_what_counts_only_later_is_booked_once(log: Log):
    """A journal that is refused, and counts when it comes again with another signature."""
    treasury = Treasury()
    early = treasury.entry("ledger.post", {"ledger": "pool", "journal": journal("early", spent("5"))}, by="esa")
    assert treasury.fold.take(early) is not None
    treasury.entries.append(early)
    assert treasury.post("money", paid("10")) is None
    again = treasury.entry("ledger.post", early.body, by="esa", keys=["esa", "nasa"], at=early.at, after=early.after)
    assert again.id == early.id
    assert treasury.fold.take(again) is None
    treasury.entries.append(again)
    with Book.open(on(log, treasury), treasury.state, "pool") as book:
        assert [b.name for b in book.transactions()] == ["money/0", "early/0"]
        assert book.balances()[BANK, "EUR"] == 5


def test_what_a_body_decides_is_booked(log: Log):
    parties = ("csa", "esa", "nasa")
    scribe = Scribe({p: officers(p) for p in parties}, kinds=KINDS, guards=GUARDS)
    everybody: dict[str, Any] = {"by": "esa", "keys": parties}
    assert scribe.write("body.establish", {"body": "board", "document": BOARD}, **everybody) is None
    mandate = {"kind": "ledger.post", "about": "pool", "body": "board", "decision": "budget"}
    opening = {"ledger": "pool", "currency": "EUR", "treasurers": ["esa"]}
    assert scribe.write("ledger.open", opening, **everybody) is None
    assert scribe.write("ledger.account", {"ledger": "pool", "opens": CHART}, by="esa") is None
    about = {"kind": "ledger.post", "body": {"ledger": "pool", "journal": journal("a", paid("10"))}}
    proposal = {
        "decision": "d",
        "body": "board",
        "kind": "budget",
        "title": "t",
        "about": about,
        "closes": "2026-03-01T00:00:00Z",
    }
    assert "no mandate of the charter entrusts" in (scribe.write("decision.propose", proposal, by="csa") or "")
    assert scribe.write("charter.set", {"mandates": {"posts": mandate}}, **everybody) is None
    assert scribe.write("decision.propose", proposal, by="csa") is None
    for party in parties:
        assert scribe.write("decision.vote", {"decision": "d", "version": 1, "vote": "yes"}, by=party) is None
    assert scribe.write("decision.close", {"decision": "d"}, by="nasa") is None
    assert scribe.state.get("decisions", "d")["status"] == "enacted"
    with Book.open(on(log, scribe), scribe.state, "pool") as book:
        assert book.balances() == {(BANK, "EUR"): 10, (INCOME, "EUR"): -10}
        assert [b.entry for b in book.transactions()] == [scribe.entries[-1].id]


def test_no_balance_grows_beyond_what_every_language_counts_exactly():
    treasury = Treasury()
    many = [transaction((BANK, "1000000000000", "EUR"), (INCOME, "-1000000000000", "EUR"))] * 90
    assert treasury.post("much", *many) is None
    assert "would hold more than 90071992547409.91 EUR" in (treasury.post("more", *many[:1]) or "")
    assert treasury.balance(BANK) <= LARGEST


def test_turnover_has_no_limit_and_is_summed_exactly(log: Log):
    treasury = Treasury({"Income:Contributions:Esa": {}, "Expenses:Hera:Lander": {}})
    amount, day = "90071992547.0991", "2026-03-01"  # in CLF, which has four decimal places: as much as an account holds
    there = transaction((LANDER, amount, "CLF"), (INCOME, f"-{amount}", "CLF"), on=day)
    back = transaction((LANDER, f"-{amount}", "CLF"), (INCOME, amount, "CLF"), on=day)
    for n in range(11):
        assert treasury.post(f"j{n}", *[there, back] * 100) is None
    assert treasury.post("last", there) is None
    assert 1_101 * LARGEST > 2**63
    with Book.open(on(log, treasury), treasury.state, "pool") as book:
        whole = 1_101 * Decimal("90071992547.0991")
        assert book.movements(date(2026, 3, 1), date(2026, 3, 1), under=LANDER) == {
            (LANDER, "CLF"): (whole, whole - Decimal("90071992547.0991"))
        }
        assert book.balances() == {(LANDER, "CLF"): Decimal(amount), (INCOME, "CLF"): -Decimal(amount)}
    assert len(treasury.state.digest()) == 64


def test_a_journal_of_two_thousand_of_the_largest_amounts_is_summed_and_read_back(log: Log):
    treasury = Treasury({"Income:Contributions:Esa": {}, "Expenses:Hera:Lander": {}})
    amount, day = "1000000000000.0000", date(2026, 3, 1)  # CLF: ten times 2**63 minor units in all
    many = [leg for _ in range(500) for leg in ((LANDER, amount, "CLF"), (INCOME, f"-{amount}", "CLF"))]
    there = transaction(*many, on="2026-03-01")
    assert treasury.post("largest", there, there.reversed("largest/0", on=day)) is None
    with Book.open(on(log, treasury), treasury.state, "pool") as book:
        whole = 500 * Decimal(amount)
        assert book.movements(day, day) == {(account, "CLF"): (whole, whole) for account in (LANDER, INCOME)}
        assert book.balances() == {}
        assert [len(b.transaction.postings) for b in book.transactions()] == [1_000, 1_000]


def test_no_day_moves_more_than_every_language_counts_exactly():
    treasury = Treasury()
    many = [transaction((BANK, "1000000000000", "EUR"), (INCOME, "-1000000000000", "EUR"), on="2026-02-01")] * 80
    away = [transaction((LANDER, "1000000000000", "EUR"), (BANK, "-1000000000000", "EUR"), on="2026-02-02")] * 80
    assert treasury.post("in", *many, *away) is None
    assert "would move more than 90071992547409.91 EUR on 2026-02-01" in (treasury.post("again", *many, *away) or "")
    assert len(treasury.state.digest()) == 64
