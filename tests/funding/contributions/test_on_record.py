"""Calls, payments, arrears, contributions in kind and barter, on a record."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.funding.contributions import arrears, instalments
from comity.funding.contributions.barter import confirmation, statement
from comity.funding.contributions.calls import call_amounts, call_dues, call_journal
from comity.funding.contributions.dues import Instalment, interest
from comity.funding.contributions.inkind import acceptance
from comity.funding.contributions.payments import interest_journal, offset_journal, payment_journal
from comity.funding.ledger import Journal, Transaction
from comity.kinds import GUARDS, KINDS
from tests.record.makers import Scribe, officers

PARTIES = ("asa", "bsa", "csa")
BANK = "Assets:Bank:Main"
BOARD = {
    "name": "Board",
    "organisation": "Trial",
    "sources": {"rules": {"title": "Rules of the Board", "checked": "made for the test"}},
    "members_source": "rules, annex",
    "members": [{"id": "asa"}],
    "powers": {"money": {"about": "money", "rule": {"needs": {"share": "1"}}, "source": "rules, 1"}},
}


class Fund(Scribe):
    """A record of three parties with a ledger, a board and a key of one half, one third and one sixth."""

    def __init__(self) -> None:
        super().__init__({p: officers(p) for p in PARTIES}, kinds=KINDS, guards=GUARDS)
        self.all("body.establish", {"body": "board", "document": BOARD})
        self.all("ledger.open", {"ledger": "pool", "currency": "EUR", "treasurers": ["asa"], "from": "2026-01-01"})
        accounts = [BANK, "Equity:Exchange", "Expenses:InKind:Relay:Antenna"]
        for p in ("Asa", "Bsa", "Csa"):
            accounts += [f"Assets:Receivable:{p}", f"Liabilities:Advance:{p}", f"Income:Contributions:{p}",
                         f"Income:Interest:{p}", f"Income:InKind:{p}"]  # fmt: skip
        self.says("ledger.account", {"ledger": "pool", "opens": {a: {} for a in accounts}})
        shares = {"asa": "1/2", "bsa": "1/3", "csa": "1/6"}
        self.all("fund.key", {"ledger": "pool", "key": "main", "shares": shares, "source": "made for the test"})

    def all(self, kind, body):
        assert self.write(kind, body, by="asa", keys=PARTIES) is None

    def says(self, kind, body, by="asa"):
        refused = self.write(kind, body, by=by)
        assert refused is None, refused

    def budget(self, year, total):
        self.all("fund.budget", {"ledger": "pool", "year": year, "total": total, "currency": "EUR"})

    def call(self, name, year, due, **how):
        currency, amounts = call_amounts(
            self.state, "pool", year, "main", carried=how.get("carried", "0"), months=how.get("months")
        )
        journal = call_journal(amounts, currency, key=name, day=due[0], narration=name)
        return self.write("fund.call", {"ledger": "pool", "call": name, "year": year, "key": "main", "due": due,
                                        "journal": journal, **how}, by="asa")  # fmt: skip

    def pay(self, partner, amount, day, key, currency="EUR", **how):
        journal = payment_journal(self.state, "pool", partner, amount=amount, currency=currency, bank=BANK, key=key,
                                  day=day, **how)  # fmt: skip
        self.says("fund.payment", {"ledger": "pool", "partner": partner, "amount": amount, "currency": currency,
                                   "bank": BANK, "journal": journal, **how})  # fmt: skip

    def balance(self, account, currency="EUR"):
        return Decimal((self.state.get("ledger_balances", f"pool/{account}") or {}).get(currency, 0)) / 100

    def decide(self, name, kind, body):
        closes = (self.now + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        proposal = {"decision": name, "body": "board", "kind": "money", "title": name, "closes": closes}
        self.says("decision.propose", {**proposal, "about": {"kind": kind, "body": body}})
        self.says("decision.vote", {"decision": name, "version": 1, "vote": "yes"})
        self.says("decision.close", {"decision": name})
        return self.state.get("decisions", name).get("obstacle")


@pytest.fixture
def fund():
    return Fund()


def test_a_budget_is_called_by_its_key_to_the_cent_in_instalments(fund):
    fund.budget(2026, "1000.00")
    assert fund.call("c26", 2026, ["2026-02-01", "2026-07-01"]) is None
    found = {p: [i.units for i in instalments(fund.state, "pool", p)] for p in PARTIES}
    assert found == {"asa": [25000, 25000], "bsa": [16667, 16666], "csa": [8334, 8333]}
    assert fund.balance("Assets:Receivable:Bsa") == Decimal("333.33")
    assert sum(fund.balance(f"Income:Contributions:{p}") for p in ("Asa", "Bsa", "Csa")) == -1000


def test_what_is_carried_over_lessens_the_call_and_never_makes_it_negative(fund):
    fund.budget(2026, "1000.00")
    assert call_amounts(fund.state, "pool", 2026, "main", carried="400.00")[1] == {
        "asa": Decimal(300), "bsa": Decimal(200), "csa": Decimal(100)
    }  # fmt: skip
    with pytest.raises(Exception, match="a call is not negative"):
        call_amounts(fund.state, "pool", 2026, "main", carried="1000.01")


def test_twelfths_of_last_year_are_settled_when_the_budget_comes(fund):
    fund.budget(2026, "1200.00")
    assert fund.call("p27", 2027, ["2027-01-31"], months=3) is None
    assert sum(i.units for i in instalments(fund.state, "pool")) == 30000
    fund.budget(2027, "1500.00")
    assert fund.call("c27", 2027, ["2027-06-30"]) is None
    assert sum(i.units for i in instalments(fund.state, "pool")) == 150000
    with pytest.raises(Exception, match="is not provisional"):
        call_amounts(fund.state, "pool", 2027, "main", months=1)


def test_a_payment_goes_to_the_oldest_due_and_the_rest_is_an_advance_that_is_offset_later(fund):
    fund.budget(2026, "1000.00")
    assert fund.call("c26", 2026, ["2026-02-01", "2026-07-01"]) is None
    fund.pay("csa", "200.00", "2026-02-01", "pay-1")
    assert [i.left for i in instalments(fund.state, "pool", "csa")] == [0, 0]
    assert fund.balance("Liabilities:Advance:Csa") == Decimal("-33.33")
    fund.budget(2027, "60.00")
    assert fund.call("c27", 2027, ["2027-02-01"]) is None
    journal = offset_journal(fund.state, "pool", "csa", "EUR", key="off-1", day="2027-02-01")
    fund.says("fund.offset", {"ledger": "pool", "partner": "csa", "currency": "EUR", "journal": journal})
    assert [i.left for i in instalments(fund.state, "pool", "csa")] == [0, 0, 0]
    assert fund.balance("Liabilities:Advance:Csa") == Decimal("-23.33")


def test_money_in_another_currency_is_taken_at_the_rate_named(fund):
    fund.budget(2026, "1000.00")
    assert fund.call("c26", 2026, ["2026-02-01"]) is None
    fund.pay("bsa", "360.00", "2026-02-01", "pay-1", currency="USD", into="EUR", rate="0.9259")
    assert fund.balance(BANK, "USD") == 360
    assert fund.balance("Equity:Exchange", "USD") == -360
    assert fund.balance("Equity:Exchange") == Decimal("333.32")
    assert fund.balance("Assets:Receivable:Bsa") == Decimal("0.01")


def test_interest_runs_until_each_part_is_paid_and_is_charged_once(fund):
    fund.all("fund.arrears_rule", {"ledger": "pool", "rate": "0.0365", "from": "2026-01-01"})
    fund.budget(2025, "2000.00")
    assert fund.call("c25", 2025, ["2026-01-01"]) is None
    fund.now = datetime(2026, 4, 11, tzinfo=UTC)
    fund.pay("asa", "400.00", "2026-02-20", "pay-1")  # 50 days after it was due
    [late, *_] = arrears(fund.state, "pool", date(2026, 4, 11))
    assert (late.partner, late.days, late.amount) == ("asa", 100, Decimal("600.00"))
    assert late.interest == Decimal("8.00")  # 1/10,000 a day: 400 for 50 days, 600 for 100
    journal = interest_journal(fund.state, "pool", "asa", through="2026-04-11", key="int-1")
    body = {"ledger": "pool", "partner": "asa", "through": "2026-04-11", "journal": journal}
    fund.says("fund.interest", body)
    assert fund.balance("Income:Interest:Asa") == -8
    again = {**body, "journal": {**journal, "key": "int-2"}}
    assert "no interest" in fund.write("fund.interest", again, by="asa")


def test_what_is_not_computed_so_is_not_posted(fund):
    fund.budget(2026, "1000.00")
    currency, amounts = call_amounts(fund.state, "pool", 2026, "main")
    wrong = call_journal({**amounts, "bsa": amounts["bsa"] - 1}, currency, key="c26", day="2026-02-01", narration="")
    body = {"ledger": "pool", "call": "c26", "year": 2026, "key": "main", "due": ["2026-02-01"], "journal": wrong}
    assert "the journal must post" in fund.write("fund.call", body, by="asa")
    right = call_journal(amounts, currency, key="c26", day="2026-02-01", narration="")
    assert "no treasurer" in fund.write("fund.call", {**body, "journal": right}, by="bsa")
    assert "come to 5/6" in fund.write(
        "fund.key", {"ledger": "pool", "key": "k", "shares": {"asa": "1/2", "bsa": "1/3"}}, by="asa", keys=PARTIES
    )
    for amount, currency, said in (("-1.00", "EUR", "more than nothing"), ("1.00", "EUX", "not an ISO 4217")):
        with pytest.raises(Exception, match=said):
            payment_journal(
                fund.state, "pool", "asa", amount=amount, currency=currency, bank=BANK, key="x", day="2026-02-01"
            )
    with pytest.raises(Exception, match="needs a rate"):
        payment_journal(fund.state, "pool", "asa", amount="1.00", currency="USD", bank=BANK, key="x", day="2026-02-01",
                        into="EUR")  # fmt: skip


def test_a_contribution_in_kind_is_valued_accepted_and_revalued_only_by_decision(fund):
    milestones = [{"id": "design", "name": "Design review", "part": "1/4", "criteria": ["held"]},
                  {"id": "delivery", "name": "Delivered", "part": "3/4", "criteria": ["accepted"]}]  # fmt: skip
    offered = {"offer": "antenna", "ledger": "pool", "mission": "relay", "element": "antenna", "counts": True,
               "deliverable": "an antenna", "milestones": milestones, "approves": "board"}  # fmt: skip
    fund.says("inkind.offer", offered, by="bsa")
    worth = {"offer": "antenna", "amount": "1000.00", "currency": "EUR", "economic_conditions": 2026}
    assert "did not sign" in fund.write("inkind.value", worth, by="bsa")
    fund.all("inkind.value", worth)
    fund.budget(2026, "600.00")
    assert fund.call("c26", 2026, ["2026-02-01"]) is None  # bsa owes 200
    journal = acceptance(fund.state, "antenna", "design", key="k-1", day="2026-03-01")
    body = {"offer": "antenna", "milestone": "design", "ledger": "pool", "journal": journal}
    assert "accepted by decisions of board" in fund.write("inkind.accept", body, by="asa")
    assert fund.decide("d-1", "inkind.accept", body) is None
    assert fund.balance("Expenses:InKind:Relay:Antenna") == 250
    assert fund.balance("Assets:Receivable:Bsa") == 0
    assert fund.balance("Income:InKind:Bsa") == -50
    assert [i.left for i in instalments(fund.state, "pool", "bsa")] == [0]
    dearer = {**worth, "amount": "1500.00", "reason": "another reflector"}
    assert "revalued only by a decision" in fund.write("inkind.revalue", dearer, by="asa", keys=PARTIES)
    assert fund.decide("d-2", "inkind.revalue", dearer) is None
    last = acceptance(fund.state, "antenna", "delivery", key="k-2", day="2026-04-01")
    assert last["transactions"][0]["postings"][0] == ["Expenses:InKind:Relay:Antenna", "1250.00", "EUR"]
    assert "less than what is accepted" in fund.decide("d-3", "inkind.revalue", {**dearer, "amount": "100.00"})


def accepted(fund):
    """BSA's antenna, of which a first milestone pays what BSA was called for, and 50 more."""
    milestones = [{"id": "design", "name": "Design review", "part": "1", "criteria": ["held"]}]
    offered = {"offer": "antenna", "ledger": "pool", "mission": "relay", "element": "antenna", "counts": True,
               "deliverable": "an antenna", "milestones": milestones, "approves": "board"}  # fmt: skip
    fund.says("inkind.offer", offered, by="bsa")
    fund.all("inkind.value", {"offer": "antenna", "amount": "250.00", "currency": "EUR", "economic_conditions": 2026})
    fund.budget(2026, "600.00")
    assert fund.call("c26", 2026, ["2026-02-01"]) is None
    journal = acceptance(fund.state, "antenna", "design", key="k-1", day="2026-03-01")
    body = {"offer": "antenna", "milestone": "design", "ledger": "pool", "journal": journal}
    assert fund.decide("d-1", "inkind.accept", body) is None
    return journal


def opposite(journal, key):
    [one] = journal["transactions"]
    turned = Transaction.from_body(one).reversed(f"{journal['key']}/0", on=date(2026, 3, 9))
    return Journal(key, (turned,)).to_body()


def test_an_acceptance_is_taken_back_with_its_value_by_the_body_that_gave_it_and_not_by_the_treasurer(fund):
    journal = accepted(fund)
    back = opposite(journal, "k-1-back")
    alone = {"ledger": "pool", "reverses": [["k-1/0", "2026-03-01"]], "journal": back}
    assert "not reversed by itself: it accepted 'design' of 'antenna'" in fund.write("ledger.reverse", alone, by="asa")
    body = {"offer": "antenna", "milestone": "design", "reason": "it broke", "ledger": "pool", "date": "2026-03-01",
            "journal": back}  # fmt: skip
    assert "revoked by a decision of board" in fund.write("inkind.revoke", body, by="asa")
    assert "not of 2026-03-02" in fund.decide("d-2", "inkind.revoke", {**body, "date": "2026-03-02"})
    assert fund.decide("d-3", "inkind.revoke", body) is None
    assert [i.left for i in instalments(fund.state, "pool", "bsa")] == [20000]
    for account in ("Expenses:InKind:Relay:Antenna", "Income:InKind:Bsa"):
        assert fund.balance(account) == 0
    assert "is not accepted" in fund.decide("d-4", "inkind.revoke", {**body, "journal": {**back, "key": "again"}})
    again = acceptance(fund.state, "antenna", "design", key="k-2", day="2026-04-01")
    once_more = {"offer": "antenna", "milestone": "design", "ledger": "pool", "journal": again}
    assert fund.decide("d-5", "inkind.accept", once_more) is None
    assert [i.left for i in instalments(fund.state, "pool", "bsa")] == [0]


def test_a_gift_that_both_sides_agreed_to_is_not_reversed(fund):
    opening = {"barter": "rides", "with": "bsa", "currency": "USD", "limit": "100.00", "ledger": "pool"}
    fund.says("barter.open", opening)
    fund.says("barter.confirm", {"barter": "rides"}, by="bsa")
    gift = {"barter": "rides", "what": "a launch", "quantity": "1", "value": "80.00", "date": "2026-02-01"}
    fund.says("barter.give", gift)
    journal = confirmation(fund.state.get("barters", "rides"), "rides", 1)
    fund.says("barter.confirm", {"barter": "rides", "number": 1, "ledger": "pool", "journal": journal}, by="bsa")
    body = {"ledger": "pool", "reverses": [["barter-rides-1/0", "2026-02-01"]], "journal": opposite(journal, "back")}
    assert "both sides of 'rides' agreed to it" in fund.write("ledger.reverse", body, by="asa")


def test_barter_is_one_account_that_both_see_and_neither_overdraws(fund):
    fund.says("barter.open", {"barter": "rides", "with": "bsa", "currency": "USD", "limit": "100.00"})
    gift = {"barter": "rides", "what": "a launch", "quantity": "1", "value": "80.00"}
    assert "has not confirmed" in fund.write("barter.give", gift, by="asa")
    fund.says("barter.confirm", {"barter": "rides"}, by="bsa")
    fund.says("barter.give", gift)
    assert "by the other side" in fund.write("barter.confirm", {"barter": "rides", "number": 1}, by="asa")
    fund.says("barter.confirm", {"barter": "rides", "number": 1}, by="bsa")
    fund.says("barter.give", gift)
    assert "would owe 160.00 USD" in fund.write("barter.confirm", {"barter": "rides", "number": 2}, by="bsa")
    fund.says("barter.give", {**gift, "what": "a module", "value": "70.00"}, by="bsa")
    fund.says("barter.confirm", {"barter": "rides", "number": 3})
    fund.says("barter.confirm", {"barter": "rides", "number": 2}, by="bsa")
    held = fund.state.get("barters", "rides")
    assert statement(held, "rides", "asa").owed_to_it == Decimal(90)
    assert statement(held, "rides", "bsa").owed_to_it == Decimal(-90)
    assert "no side" in fund.write("barter.give", gift, by="csa")


# --- properties ----------------------------------------------------------------------------------------------------------------

days = st.dates(date(2026, 1, 1), date(2029, 12, 31))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.lists(st.integers(1, 60), min_size=1, max_size=12))
def test_instalments_lose_no_cent(units, spread):
    amount = Decimal(units).scaleb(-2)
    parts = call_dues({"a": amount}, "EUR", [f"2026-{k % 12 + 1:02}-01" for k, _ in enumerate(spread)])
    assert sum(u for _, u in parts.get("a", [])) == units


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 10**7), days, days, days, days, st.lists(st.tuples(days, st.integers(1, 1000)), max_size=3))
def test_interest_over_two_spans_is_that_of_the_whole(units, due, a, b, c, paid):
    first, middle, last = sorted((a, b, c))
    one = Instalment("c", 0, "p", due, "EUR", units + sum(u for _, u in paid), tuple(sorted(paid)), True)
    rules = [{"rate": "0.05", "from": "2026-06-01"}, {"rate": "1/12", "from": "2028-02-01"}]

    def through(since, until):
        return interest(one, rules, since, until)

    whole = through(first, last)
    assert through(first, middle) + through(middle, last) == whole
    assert whole >= Fraction(0)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PARTIES), st.integers(1, 60_000)), max_size=8))
def test_payments_neither_make_nor_lose_a_cent(payments):
    fund = Fund()
    fund.budget(2026, "1000.00")
    assert fund.call("c26", 2026, ["2026-02-01", "2026-07-01", "2026-09-01"]) is None
    for k, (partner, units) in enumerate(payments):
        fund.pay(partner, f"{units // 100}.{units % 100:02}", "2026-03-01", f"pay-{k}")
    received = Decimal(sum(u for _, u in payments)) / 100
    assert fund.balance(BANK) == received
    owed = sum(fund.balance(f"Assets:Receivable:{p}") for p in ("Asa", "Bsa", "Csa"))
    ahead = -sum(fund.balance(f"Liabilities:Advance:{p}") for p in ("Asa", "Bsa", "Csa"))
    assert owed - ahead == 1000 - received
    assert owed == Decimal(sum(i.left for i in instalments(fund.state, "pool"))) / 100
    assert all(i.left >= 0 for i in instalments(fund.state, "pool"))
