"""Calls come to the budget to the cent, a year once; barter in a ledger is posted just so."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.funding.contributions import instalments
from comity.funding.contributions.barter import confirmation
from comity.funding.contributions.calls import call_amounts, call_dues, call_journal
from comity.funding.contributions.checks import number
from comity.funding.contributions.dues import interest_due
from comity.funding.contributions.payments import interest_journal, offset_journal
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
        assert before > second or (before == second and "called for already" in str(error))
        return
    assert sum(amounts.values()) * 100 + before == second


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


def test_a_larger_budget_calls_for_the_rest_and_a_smaller_one_for_nothing(fund):
    fund.budget(2026, "1000.00")
    assert fund.call("c26", 2026, ["2026-02-01"], carried="100.00") is None
    fund.budget(2026, "1600.00")
    assert fund.call("s26", 2026, ["2026-09-01"]) is None
    assert sum(i.units for i in instalments(fund.state, "pool")) == 150_000
    fund.budget(2026, "1599.99")
    with pytest.raises(Refused, match=r"0\.01 EUR more .* is called for already, by c26, s26; a call is not negative"):
        call_amounts(fund.state, "pool", 2026, "main")
    with pytest.raises(Refused, match="comes to nothing"):
        call_journal({"asa": Decimal(0)}, "EUR", key="c", day="2026-02-01", narration="")


def test_whoever_was_called_provisionally_for_more_than_its_share_is_credited(fund):
    fund.budget(2026, "1200.00")
    assert fund.call("p27", 2027, ["2027-01-31"], months=6) is None  # 300, 200, 100
    shares = {"asa": "3/4", "bsa": "1/12", "csa": "1/6"}
    fund.all("fund.key", {"ledger": "pool", "key": "main", "shares": shares, "source": "made for the test"})
    fund.budget(2027, "1200.00")
    assert fund.call("c27", 2027, ["2027-06-30"]) is None
    assert fund.balance("Income:Contributions:Bsa") == -100
    assert fund.balance("Liabilities:Advance:Bsa") == -100
    journal = offset_journal(fund.state, "pool", "bsa", "EUR", key="off-1", day="2027-07-01")
    fund.says("fund.offset", {"ledger": "pool", "partner": "bsa", "currency": "EUR", "journal": journal})
    assert [i.left for i in instalments(fund.state, "pool", "bsa")] == [10_000]
    assert fund.balance("Assets:Receivable:Bsa") == 100


def late(fund: Fund) -> None:
    """1,000 EUR of asa's are late since 1 January, at 10 cents a day; it is 11 April."""
    fund.all("fund.arrears_rule", {"ledger": "pool", "rate": "0.0365", "from": "2026-01-01"})
    fund.budget(2025, "2000.00")
    assert fund.call("c25", 2025, ["2026-01-01"]) is None
    fund.now = datetime(2026, 4, 11, tzinfo=UTC)


def charged(fund: Fund, key: str, through: str) -> None:
    journal = interest_journal(fund.state, "pool", "asa", through=through, key=key)
    fund.says("fund.interest", {"ledger": "pool", "partner": "asa", "through": through, "journal": journal})


def test_another_rate_keeps_the_interest_of_the_days_before(fund):
    late(fund)
    fund.all("fund.arrears_rule", {"ledger": "pool", "rate": "0.073", "from": "2026-04-11"})
    assert interest_due(fund.state, "pool", "asa", date(2026, 4, 11)) == {"EUR": 1000}
    assert interest_due(fund.state, "pool", "asa", date(2026, 4, 21)) == {"EUR": 1200}
    again = {"ledger": "pool", "rate": "0.5", "from": "2026-04-11"}
    assert "another one begins later" in fund.write("fund.arrears_rule", again, by="asa", keys=PARTIES)


def test_interest_charged_before_an_earlier_payment_was_booked_is_credited(fund):
    late(fund)
    charged(fund, "int-1", "2026-04-11")
    fund.pay("asa", "1000.00", "2026-03-02", "pay-1")  # after 60 days, not 100
    charged(fund, "int-2", "2026-04-11")
    assert fund.balance("Income:Interest:Asa") == -6
    assert fund.balance("Liabilities:Advance:Asa") == -4
    with pytest.raises(Refused, match="owes no interest"):
        interest_journal(fund.state, "pool", "asa", through="2026-05-11", key="int-3")
    with pytest.raises(Refused, match="charged through 2026-04-11 already"):
        interest_journal(fund.state, "pool", "asa", through="2026-04-10", key="int-3")


def test_interest_that_is_reversed_is_due_as_if_it_had_not_been_charged(fund):
    late(fund)
    charged(fund, "int-1", "2026-04-11")
    reverse(fund, "int-1", "2026-04-11")
    assert [i.left for i in instalments(fund.state, "pool", "asa")] == [100_000]
    assert interest_due(fund.state, "pool", "asa", date(2026, 4, 11)) == {"EUR": 1000}


@pytest.mark.parametrize("postings", [7, [7], [["Assets:Receivable:Asa"]], {}, None])
def test_a_journal_of_another_form_is_refused_with_the_right_one(fund, postings):
    fund.budget(2026, "600.00")
    journal = {"key": "c26", "transactions": [{"date": "2026-02-01", "narration": "", "postings": postings}]}
    body = {"ledger": "pool", "call": "c26", "year": 2026, "key": "main", "due": ["2026-02-01"], "journal": journal}
    assert "the journal must post" in fund.write("fund.call", body, by="asa")
