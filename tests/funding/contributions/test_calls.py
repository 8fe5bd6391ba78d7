"""Calls come to the budget to the cent, a year once; barter in a ledger is posted just so."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.funding.contributions import instalments
from comity.funding.contributions.barter import confirmation
from comity.funding.contributions.calls import call_amounts, call_dues, number
from comity.funding.ledger import Journal, Transaction
from comity.record import Refused
from tests.funding.contributions.test_on_record import PARTIES, Fund


@pytest.fixture
def fund() -> Fund:
    return Fund()


@settings(max_examples=25, deadline=None)
@given(
    weights=st.lists(st.integers(1, 10**6), min_size=3, max_size=3),
    total=st.integers(0, 10**11),
    kept=st.fractions(0, 1),
    count=st.integers(1, 12),
)
def test_the_calls_come_to_the_total_whatever_shares_carry_over_and_instalments(weights, total, kept, count):
    fund, whole = Fund(), sum(weights)
    shares = {p: str(Fraction(w, whole)) for p, w in zip(PARTIES, weights, strict=True)}
    fund.all("fund.key", {"ledger": "pool", "key": "other", "shares": shares, "source": "drawn"})
    fund.budget(2026, str(Decimal(total).scaleb(-2)))
    carried = Decimal(int(total * kept)).scaleb(-2)
    currency, amounts = call_amounts(fund.state, "pool", 2026, "other", carried=str(carried))
    assert sum(amounts.values()) == Decimal(total).scaleb(-2) - carried
    days = [f"2026-{month:02}-01" for month in range(1, count + 1)]
    dues = call_dues(amounts, currency, days)
    assert {p: Decimal(sum(u for _, u in parts)).scaleb(-2) for p, parts in dues.items()} == {
        p: a for p, a in amounts.items() if a
    }


@settings(max_examples=15, deadline=None)
@given(first=st.integers(0, 10**8), second=st.integers(0, 10**8), months=st.lists(st.integers(1, 4), max_size=3))
def test_provisional_calls_and_the_one_by_budget_come_to_the_budget_or_it_is_refused(first, second, months):
    fund = Fund()
    fund.budget(2026, f"{first // 100}.{first % 100:02}")
    for k, some in enumerate(months):
        if first * some >= 1200:  # enough that somebody is called for a cent
            assert fund.call(f"p{k}", 2027, ["2027-01-31"], months=some) is None
    before = sum(i.units for i in instalments(fund.state, "pool"))
    fund.budget(2027, f"{second // 100}.{second % 100:02}")
    try:
        _, amounts = call_amounts(fund.state, "pool", 2027, "main")
    except Refused as error:
        assert "more than its share" in str(error)
        return
    assert sum(amounts.values()) * 100 + before == second
    assert all(amount >= 0 for amount in amounts.values())


def test_a_year_is_called_for_once_and_in_no_more_than_twelve_twelfths(fund):
    fund.budget(2026, "1200.00")
    assert fund.call("c26", 2026, ["2026-02-01"]) is None
    with pytest.raises(Refused, match="called for already, by 'c26'"):
        call_amounts(fund.state, "pool", 2026, "main")
    assert fund.call("p27", 2027, ["2027-01-31"], months=9) is None
    with pytest.raises(Refused, match="3 are left"):
        call_amounts(fund.state, "pool", 2027, "main", months=4)


@pytest.mark.parametrize("text", ["-1/3", "1/0", "1e9", "", "one", "1/3/4", ".5", 1])
def test_a_share_is_an_exact_number_in_text(text):
    with pytest.raises(Refused, match="is no number"):
        number(text)
    assert number("1/3") + number("0.25") == Fraction(7, 12)


def test_barter_in_a_ledger_is_two_accounts_that_mirror_each_other(fund):
    opened = {"barter": "rides", "with": "bsa", "currency": "EUR", "limit": "100.00", "ledger": "pool"}
    assert "there is no ledger 'pol'" in fund.write("barter.open", {**opened, "ledger": "pol"}, by="asa")
    fund.says("barter.open", opened)
    fund.says("barter.confirm", {"barter": "rides"}, by="bsa")
    fund.says("barter.give", {"barter": "rides", "what": "a launch", "quantity": "1", "value": "80.00"})
    right = confirmation(fund.state.get("barters", "rides"), "rides", 1)
    body = {"barter": "rides", "number": 1, "ledger": "pool", "journal": right}
    wrong = {**right, "key": "mine"}
    assert "is posted in the ledger 'pool' by" in fund.write("barter.confirm", {**body, "journal": wrong}, by="bsa")
    fund.says("barter.confirm", body, by="bsa")
    assert fund.balance("Equity:Barter:Bsa:Asa") == 80  # bsa owes asa
    assert fund.balance("Equity:Barter:Asa:Bsa") == -80


def test_what_is_reversed_in_the_ledger_is_due_again_or_not_called(fund):
    fund.budget(2026, "1000.00")
    assert fund.call("c26", 2026, ["2026-02-01"]) is None
    fund.pay("bsa", "400.00", "2026-02-01", "pay-1")
    assert [i.left for i in instalments(fund.state, "pool", "bsa")] == [0]
    reverse(fund, "pay-1", "2026-02-01")
    assert [i.left for i in instalments(fund.state, "pool", "bsa")] == [33333]
    assert fund.balance("Assets:Receivable:Bsa") == Decimal("333.33")
    assert fund.balance("Liabilities:Advance:Bsa") == 0
    reverse(fund, "c26", "2026-02-01")
    assert list(instalments(fund.state, "pool")) == []
    assert fund.call("c26-2", 2026, ["2026-03-01"]) is None
    assert fund.balance("Assets:Receivable:Bsa") == Decimal("333.33")


def reverse(fund: Fund, key: str, day: str) -> None:
    """Reverses the one transaction of a journal, as it stands in the entry that posted it."""
    body = next(e.body for e in fund.entries if e.body.get("journal", {}).get("key") == key)
    opposite = Transaction.from_body(body["journal"]["transactions"][0]).reversed(
        f"{key}/0", on=date.fromisoformat(day)
    )
    journal = Journal(f"undo-{key}", (opposite,)).to_body()
    fund.says("ledger.reverse", {"ledger": "pool", "reverses": [[f"{key}/0", day]], "journal": journal})
