"""What is reserved for emerging partners is neither committed nor spent for others."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.funding.ledger.reserve import USES, rooms, set_reserve
from comity.kinds import GUARDS, KINDS
from tests.record.makers import Scribe, officers

BANK, INCOME, AUTHORITY, FREE, SPENT = (
    "Assets:Bank:Main", "Income:Contributions:Esa", "Equity:Budget:Authority", "Equity:Budget:Available:Hera",
    "Equity:Budget:Spent:Hera",
)  # fmt: skip
OURS, THEIRS = "Expenses:Hera:Lander", "Expenses:Hera:Camera"
FOR_US, FOR_THEM = "Equity:Budget:Committed:Hera:Lander", "Equity:Budget:Committed:Hera:Camera"
CHART: dict[str, dict[str, Any]] = {
    **{name: {} for name in (BANK, INCOME, AUTHORITY, FREE, SPENT, FOR_US)},
    OURS: {"partner": "esa", "needs_commitment": True},
    THEIRS: {"partner": "rsa", "needs_commitment": True},
    FOR_THEM: {"partner": "rsa"},
    "Expenses:Office": {},
    "Income:InKind:Esa": {},
    "Expenses:InKind:Hera:Lander": {},
    "Equity:Exchange": {},
}
Leg = tuple[str, int]


class Pool(Scribe):
    """A ledger that reserves a tenth for RSA; amounts are whole euros."""

    def __init__(self, *, fraction: str | None = "1/10") -> None:
        super().__init__({p: officers(p) for p in ("esa", "rsa")}, kinds=KINDS, guards=GUARDS)
        opening = {"ledger": "pool", "currency": "EUR", "treasurers": ["esa"], "from": "2026-01-01"}
        assert self.write("ledger.open", opening, by="esa", keys=["esa", "rsa"]) is None
        assert self.write("ledger.account", {"ledger": "pool", "opens": CHART}, by="esa") is None
        self.count = 0
        if fraction is not None:
            self.reserves(fraction)

    def reserves(self, fraction: str) -> None:
        body = {"ledger": "pool", "fraction": fraction, "partners": ["rsa"]}
        assert self.write("inclusion.reserve", body, by="esa", keys=["esa", "rsa"]) is None

    def posts(self, *legs: Leg, currency: str = "EUR") -> str | None:
        self.count += 1
        postings = [[account, f"{amount}.00", currency] for account, amount in legs]
        one = {"date": "2026-02-01", "narration": "", "postings": postings}
        body = {"ledger": "pool", "journal": {"key": f"j{self.count}", "transactions": [one]}}
        return self.write("ledger.post", body, by="esa")

    def moves(self, amount: int, debit: str, credit: str, **more: str) -> str | None:
        return self.posts((debit, amount), (credit, -amount), **more)

    def pays(self, amount: int, expense: str, committed: str) -> str | None:
        return self.posts((expense, amount), (BANK, -amount), (committed, amount), (SPENT, -amount))


@pytest.fixture
def pool() -> Pool:
    found = Pool()
    assert found.moves(1000, BANK, INCOME) is None
    assert found.moves(1000, AUTHORITY, FREE) is None
    return found


def test_others_commit_all_but_the_reserve_and_its_partners_all_that_is_there(pool: Pool) -> None:
    assert pool.moves(900, FREE, FOR_US) is None
    said = pool.moves(1, FREE, FOR_US)
    assert said is not None
    assert "reserves 1/10 for rsa: of 1000.00 EUR authorised" in said
    assert "at most, and would come to 901.00" in said
    assert pool.moves(100, FREE, FOR_THEM) is None


def test_what_is_committed_for_them_is_paid_for_them(pool: Pool) -> None:
    assert pool.moves(900, FREE, FOR_US) is None
    assert pool.moves(100, FREE, FOR_THEM) is None
    said = pool.pays(60, OURS, FOR_THEM)
    assert said is not None and "pays 60.00 EUR of what is committed for rsa, and 0.00 of that" in said
    assert pool.pays(60, THEIRS, FOR_THEM) is None
    assert pool.pays(900, OURS, FOR_US) is None
    assert [(r.what, r.used, r.left) for r in rooms(pool.state, "pool")] == [
        ("committed", Decimal(900), Decimal(0)),
        ("spent", Decimal(900), Decimal(0)),
    ]


def test_no_budget_is_needed_to_keep_the_reserve(pool: Pool) -> None:
    assert pool.moves(900, "Expenses:Office", BANK) is None
    assert "expenses for others may come to 900.00 at most" in str(pool.moves(1, "Expenses:Office", BANK))
    assert pool.moves(10, INCOME, BANK) is None  # a refund is no spending, even where it makes the pool smaller
    assert pool.moves(5, BANK, "Expenses:Office") is None  # nor is what comes back


def test_another_currency_is_no_way_around_it(pool: Pool) -> None:
    exchanged = pool.posts((BANK, -500), ("Equity:Exchange", 500))
    assert exchanged is None
    assert pool.moves(500, BANK, "Equity:Exchange", currency="USD") is None
    assert "USD received" in str(pool.moves(451, "Expenses:Office", BANK, currency="USD"))
    assert pool.moves(450, "Expenses:Office", BANK, currency="USD") is None


def test_a_gift_in_kind_is_spent_on_what_it_was_given_for(pool: Pool) -> None:
    assert pool.moves(900, "Expenses:Office", BANK) is None
    assert pool.moves(300, "Expenses:InKind:Hera:Lander", "Income:InKind:Esa") is None


def test_a_reserve_that_comes_late_lets_stand_what_was_and_lets_it_grow_no_further() -> None:
    pool = Pool(fraction=None)
    assert pool.moves(1000, BANK, INCOME) is None
    assert pool.moves(1000, AUTHORITY, FREE) is None
    assert pool.moves(950, FREE, FOR_US) is None
    assert pool.pays(950, OURS, FOR_US) is None
    pool.reserves("1/10")
    assert pool.moves(1, FREE, FOR_US) is not None
    assert pool.moves(50, FREE, FOR_THEM) is None
    assert pool.pays(50, THEIRS, FOR_THEM) is None
    pool.reserves("1/100")
    assert [(r.what, r.used, r.limit) for r in rooms(pool.state, "pool")] == [
        ("committed", Decimal(950), Decimal(990)),
        ("spent", Decimal(950), Decimal(990)),
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("rcCpPx"), st.integers(1, 400)), max_size=25))
def test_what_is_counted_is_what_a_count_from_the_balances_gives(acts: list[tuple[str, int]]) -> None:
    pool = Pool()
    assert pool.posts((BANK, 1000), (INCOME, -1000), (AUTHORITY, 1000), (FREE, -1000)) is None
    for act, amount in acts:
        match act:
            case "r":
                pool.posts((BANK, amount), (INCOME, -amount), (AUTHORITY, amount), (FREE, -amount))
            case "c" | "C":
                pool.moves(amount, FREE, FOR_US if act == "c" else FOR_THEM)
            case "p" | "P":
                pool.pays(amount, *((OURS, FOR_US) if act == "p" else (THEIRS, FOR_THEM)))
            case _:
                pool.moves(amount, FOR_THEM, FREE)
        for room in rooms(pool.state, "pool"):
            assert room.used <= room.limit
    counted = {c: use for c, use in pool.state.get(USES, "pool").items() if any(use)}
    set_reserve(pool.state, "pool", Fraction(1, 10), ["rsa"], since="")
    assert {c: use for c, use in pool.state.get(USES, "pool").items() if any(use)} == counted
