"""What holds at every instant, whatever is posted, reversed, closed and reopened in whatever order."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from comity.funding.ledger import Posting, Transaction
from comity.record import Fold
from tests.funding.ledger.makers import CHART, Treasury, journal

GUARDED = ("Assets:Bank:Main", "Assets:Escrow:C1", "Equity:Budget:Available:Hera", "Equity:Budget:Committed:Hera:C1")
CHARTED: dict[str, dict[str, Any]] = {
    **CHART,
    "Expenses:Hera:Lander": {"needs_commitment": True},
    "Assets:Escrow:C1": {},
    "Equity:Exchange": {},
    "Equity:Budget:Authority": {},
    "Equity:Budget:Available:Hera": {},
    "Equity:Budget:Committed:Hera:C1": {},
    "Equity:Budget:Spent:Hera": {},
}
SIGN = {a: 1 if a.startswith("Assets") else -1 for a in GUARDED}
#: Few, so that they meet; of several months and years.
DAYS = st.sampled_from([date(2026, 1, 1) + timedelta(days=n) for n in (0, 1, 30, 31, 200, 364, 365, 500, 801, 802)])
ACCOUNTS = st.sampled_from(sorted(CHARTED))
AMOUNTS = st.sampled_from([Decimal(n) for n in ("-40", "-0.01", "0", "1", "15.5", "40", "100", "100.01")])
CURRENCIES = st.sampled_from(["EUR", "USD"])


@st.composite
def transactions(draw: st.DrawFn) -> Transaction:
    """One that balances, most often one that makes sense."""
    day, currency, amount = draw(DAYS), draw(CURRENCIES), draw(AMOUNTS)
    usual = [
        ("Assets:Bank:Main", "Income:Contributions:Esa"),
        ("Equity:Budget:Authority", "Equity:Budget:Available:Hera"),
        ("Equity:Budget:Available:Hera", "Equity:Budget:Committed:Hera:C1"),
        ("Assets:Escrow:C1", "Assets:Bank:Main"),
        ("Expenses:Hera:Lander", "Assets:Bank:Main"),
    ]
    debit, credit = draw(st.one_of(st.sampled_from(usual), st.tuples(ACCOUNTS, ACCOUNTS)))
    postings = [Posting(debit, amount, currency), Posting(credit, -amount, currency)]
    if debit.startswith("Expenses") and draw(st.booleans()):
        released = draw(st.sampled_from([amount, amount - 1]))
        postings += [Posting("Equity:Budget:Committed:Hera:C1", released, currency),
                     Posting("Equity:Budget:Spent:Hera", -released, currency)]  # fmt: skip
    if draw(st.integers(0, 9)) == 0:
        postings[1] = postings[1]._replace(amount=-amount + Decimal("0.01"))
    return Transaction(day, "a story", tuple(postings))


class Ledger(RuleBasedStateMachine):
    """A record on which anybody posts anything, beside plain lists of what was taken."""

    @initialize()
    def open(self) -> None:
        self.treasury = Treasury(CHARTED)
        self.taken: dict[str, Transaction] = {}
        self.reversed: set[str] = set()
        self.closed = date.min
        self.count = 0

    def _next(self) -> str:
        self.count += 1
        return f"j{self.count}"

    def _take(self, key: str, some: list[Transaction], refusal: str | None) -> None:
        if refusal is None:
            assert all(t.date > self.closed for t in some), "posted in a closed period"
            self.taken |= {f"{key}/{n}": t for n, t in enumerate(some)}

    @rule(some=st.lists(transactions(), min_size=1, max_size=3))
    def post(self, some: list[Transaction]) -> None:
        key = self._next()
        self._take(key, some, self.treasury.post(key, *some))

    @rule(data=st.data())
    def post_again(self, data: st.DataObject) -> None:
        if self.taken:
            key = data.draw(st.sampled_from(sorted(self.taken))).split("/")[0]
            assert self.treasury.post(key, *[t for n, t in self.taken.items() if n.split("/")[0] == key]) is not None

    @rule(data=st.data(), later=st.sampled_from([-1, 0, 1, 30, 400]), wrong=st.sampled_from([0, 0, 0, 1]))
    def reverse(self, data: st.DataObject, later: int, wrong: int) -> None:
        if not self.taken:
            return
        name = data.draw(st.sampled_from(sorted(self.taken)))
        original = self.taken[name]
        opposite = original.reversed(name, on=original.date + timedelta(days=later))
        if wrong:
            postings = tuple(p._replace(amount=p.amount * 2) for p in opposite.postings)
            opposite = replace(opposite, postings=postings)
        key = self._next()
        body = {"ledger": "pool", "reverses": [[name, original.date.isoformat()]], "journal": journal(key, opposite)}
        refusal = self.treasury.write("ledger.reverse", body, by="esa")
        if refusal is None:
            assert name not in self.reversed and later >= 0
            assert not wrong or all(p.amount == 0 for p in original.postings)
            self.reversed.add(name)
        self._take(key, [opposite], refusal)

    @rule(through=DAYS)
    def close(self, through: date) -> None:
        at = max(self.treasury.now, self.treasury.now.replace(year=2029))
        body = {"ledger": "pool", "through": through.isoformat()}
        if self.treasury.write("ledger.close", body, by="esa", at=at) is None:
            assert through > self.closed
            self.closed = through

    @rule(through=DAYS, keys=st.sampled_from([["esa"], ["esa", "nasa"]]))
    def reopen(self, through: date, keys: list[str]) -> None:
        body = {"ledger": "pool", "through": through.isoformat(), "reason": "a story"}
        if self.treasury.write("ledger.reopen", body, by="esa", keys=keys) is None:
            assert keys == ["esa", "nasa"] and through < self.closed
            self.closed = through

    @invariant()
    def each_balance_is_the_sum_of_what_was_taken_and_all_of_them_nothing(self) -> None:
        sums: defaultdict[tuple[str, str], int] = defaultdict(int)
        for one in self.taken.values():
            for account, amount, currency in one.postings:
                sums[account, currency] += int(amount * 100)
        held = {
            (account.removeprefix("pool/"), currency): units
            for account, value in self.treasury.state.section("ledger_balances").items()
            for currency, units in value.items()
        }
        assert {k: v for k, v in held.items() if v} == {k: v for k, v in sums.items() if v}
        for currency in ("EUR", "USD"):
            assert sum(v for (_, c), v in held.items() if c == currency) == 0

    @invariant()
    def what_may_not_go_negative_is_not_at_the_end_of_any_day(self) -> None:
        moved: defaultdict[tuple[str, str], defaultdict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for one in self.taken.values():
            for account, amount, currency in one.postings:
                if account in GUARDED:
                    moved[account, currency][one.date] += amount
        for (account, _), days in moved.items():
            running = Decimal()
            for day in sorted(days):
                running += days[day]
                assert running * SIGN[account] >= 0, (account, day)

    def teardown(self) -> None:
        # Whoever folds the same entries anew, and through its bytes, comes to the same state.
        if hasattr(self, "treasury"):
            again = Fold(self.treasury.fold.kinds, self.treasury.fold.guards)
            for entry in self.treasury.entries:
                again.take(entry)
            assert again.state.digest() == self.treasury.state.digest()


Ledger.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestLedger = Ledger.TestCase
