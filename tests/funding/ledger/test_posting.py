"""What the fold takes from whom, and what it refuses; each refusal changes nothing."""

from datetime import date
from typing import Any

import pytest

from comity.funding.ledger import accounts_of
from tests.funding.ledger.makers import BANK, CHART, INCOME, LANDER, Treasury, journal, paid, spent, transaction

AVAILABLE, COMMITTED, SPENT = (f"Equity:Budget:{one}" for one in ("Available:Hera", "Committed:Hera:C1", "Spent:Hera"))
BUDGETED: dict[str, dict[str, Any]] = {
    **CHART,
    LANDER: {"needs_commitment": True},
    "Expenses:Hera:Probe": {"needs_commitment": True},
    "Equity:Budget:Authority": {},
    AVAILABLE: {},
    COMMITTED: {},
    SPENT: {},
}


def refused(treasury: Treasury, kind: str, body: dict[str, Any], **how: Any) -> str:
    """Why an entry is refused; it changes nothing but that it is known as refused."""
    before = {n: dict(treasury.state.section(n)) for n in treasury.state.sections if n != "refused"}
    reason = treasury.write(kind, {"ledger": "pool", **body}, **{"by": "esa", **how})
    assert reason is not None, "was taken"
    assert before == {n: dict(treasury.state.section(n)) for n in treasury.state.sections if n != "refused"}
    return reason


def not_posted(treasury: Treasury, key: str, *transactions: Any, **how: Any) -> str:
    return refused(treasury, "ledger.post", {"journal": journal(key, *transactions)}, **how)


def test_money_comes_and_goes():
    treasury = Treasury()
    assert treasury.post("a", paid("100"), paid("7.50", currency="USD"), spent("30.25")) is None
    assert (treasury.balance(BANK), treasury.balance(BANK, "USD"), treasury.balance(LANDER)) == (6975, 750, 3025)


def test_a_journal_is_posted_once():
    treasury = Treasury()
    assert treasury.post("a", paid("100")) is None
    first = treasury.entries[-1].id[:12]
    assert f"the journal 'a' is posted already as entry {first}" in not_posted(treasury, "a", paid("100"))
    assert "another journal 'a' is posted already" in not_posted(treasury, "a", paid("101"))


def test_only_treasurers_post_and_others_are_told_who_they_are():
    treasury = Treasury()
    assert "nasa is no treasurer of the ledger 'pool'; its treasurers are esa" in not_posted(
        treasury, "a", paid("1"), by="nasa"
    )
    body = {"ledger": "pool", "treasurers": ["nasa"]}
    assert "nasa did not sign" in refused(treasury, "ledger.treasurers", {"treasurers": ["nasa"]})
    assert treasury.write("ledger.treasurers", body, by="esa", keys=["esa", "nasa"]) is None
    assert treasury.post("a", paid("1"), by="nasa") is None
    assert "esa is no treasurer" in not_posted(treasury, "b", paid("1"))


def test_a_ledger_is_opened_by_all_or_not():
    treasury = Treasury()
    body: dict[str, Any] = {"ledger": "second", "currency": "EUR", "treasurers": ["esa"]}
    assert "nasa did not sign" in (treasury.write("ledger.open", body, by="esa") or "")
    for changes, said in (
        ({"ledger": "pool"}, "there is a ledger 'pool' already"),
        ({"ledger": "Two words"}, "no name of a ledger"),
        ({"currency": "EUX"}, "not an ISO 4217 currency"),
        ({"treasurers": ["eas"]}, "did you mean 'esa'"),
        ({"treasurers": []}, "has a treasurer at least"),
        ({"from": "soon"}, "is no date"),
        ({"year_start": "02-29"}, "is no date"),
    ):
        assert said in (treasury.write("ledger.open", {**body, **changes}, by="esa", keys=["esa", "nasa"]) or "")
    assert treasury.write("ledger.open", body, by="esa", keys=["esa", "nasa"]) is None
    assert treasury.state.get("ledgers", "second")["from"] == "2026-01-01"


def test_there_must_be_such_a_ledger_and_such_an_account():
    treasury = Treasury()
    body = {"ledger": "pol", "journal": journal("a", paid("1"))}
    assert "there is no ledger 'pol'; did you mean 'pool'?" in refused(treasury, "ledger.post", body)
    wrong = transaction(("Assets:Bank:Mian", "1", "EUR"), (INCOME, "-1", "EUR"))
    said = not_posted(treasury, "a", paid("1"), wrong)
    assert (
        "transaction a/1: the ledger 'pool' has no account 'Assets:Bank:Mian'; did you mean 'Assets:Bank:Main'?" in said
    )


def test_an_account_takes_its_currencies_alone():
    said = not_posted(Treasury(), "a", paid("1", currency="JPY"))
    assert f"the account {BANK} takes EUR, USD, and no JPY" in said


def test_what_may_not_go_negative_does_not_at_the_end_of_any_day():
    treasury = Treasury()
    assert treasury.post("a", paid("100", on="2026-03-01")) is None
    assert "30.00 EUR short on 2026-02-01" in not_posted(treasury, "b", spent("30", on="2026-02-01"))
    assert treasury.post("c", paid("50", on="2026-02-01"), spent("120", on="2026-04-01")) is None
    # By itself there is enough on 1 February, but 1 April has spent it.
    assert "10.00 EUR short on 2026-04-01" in not_posted(treasury, "d", spent("40", on="2026-02-01"))
    assert treasury.post("e", spent("30", on="2026-02-02")) is None
    assert treasury.balance(BANK) == 0


def test_days_of_other_years_count_as_well():
    treasury = Treasury()
    assert treasury.post("a", paid("100", on="2026-06-01"), spent("90", on="2029-01-02")) is None
    assert "10.00 EUR short on 2029-01-02" in not_posted(treasury, "b", spent("20", on="2027-07-01"))
    assert treasury.post("c", spent("10", on="2027-07-01")) is None


def test_an_overdraft_may_be_allowed_and_forbidden_of_any_account():
    chart = {**CHART, "Assets:Bank:Giro": {"overdraft": True}, "Liabilities:Advance:Esa": {"overdraft": False}}
    treasury = Treasury(chart)
    assert treasury.post("a", transaction(("Assets:Bank:Giro", "-5", "EUR"), (LANDER, "5", "EUR"))) is None
    said = not_posted(treasury, "b", transaction(("Liabilities:Advance:Esa", "5", "EUR"), (INCOME, "-5", "EUR")))
    assert "Liabilities:Advance:Esa may not go negative" in said


def test_a_closed_period_takes_nothing_until_it_is_reopened_by_all():
    treasury = Treasury()
    treasury.post("a", paid("100", on="2026-01-05"))
    at = {"at": treasury.now.replace(month=4)}
    assert treasury.write("ledger.close", {"ledger": "pool", "through": "2026-01-31"}, by="esa", **at) is None
    assert "closed through 2026-01-31" in not_posted(treasury, "b", paid("1", on="2026-01-31"))
    assert treasury.post("c", paid("1", on="2026-02-01")) is None
    assert "closed through 2026-01-31 already" in refused(treasury, "ledger.close", {"through": "2026-01-31"})
    assert "is not over yet" in refused(treasury, "ledger.close", {"through": "2026-04-01"})
    again = {"ledger": "pool", "through": "2026-01-15", "reason": "an invoice was found"}
    assert "nasa did not sign" in refused(treasury, "ledger.reopen", again)
    assert treasury.write("ledger.reopen", again, by="esa", keys=["esa", "nasa"]) is None
    assert treasury.post("d", paid("1", on="2026-01-31")) is None
    assert "closed through 2026-01-15" in not_posted(treasury, "e", paid("1", on="2026-01-15"))


def test_nothing_is_posted_before_the_ledger_or_the_account_begins():
    treasury = Treasury({**CHART, "Assets:Bank:New": {"opened": "2026-02-01"}})
    assert "begins on 2026-01-01" in not_posted(treasury, "a", paid("1", on="2025-12-31"))
    early = transaction(("Assets:Bank:New", "1", "EUR"), (INCOME, "-1", "EUR"), on="2026-01-31")
    assert "Assets:Bank:New opened on 2026-02-01" in not_posted(treasury, "a", early)


def test_accounts_are_opened_with_a_journal_and_closed_when_empty():
    treasury = Treasury()
    petty = transaction(("Assets:Bank:Petty", "5", "EUR"), (INCOME, "-5", "EUR"))
    assert treasury.post("a", petty, opens={"Assets:Bank:Petty": {"currencies": ["EUR"]}}) is None
    assert "holds EUR still" in refused(treasury, "ledger.account", {"closes": ["Assets:Bank:Petty"]})
    assert treasury.post("b", transaction(("Assets:Bank:Petty", "-5", "EUR"), (INCOME, "5", "EUR"))) is None
    assert treasury.write("ledger.account", {"ledger": "pool", "closes": ["Assets:Bank:Petty"]}, by="esa") is None
    assert "was closed on 2026-01-01" in not_posted(treasury, "c", petty)
    assert "is closed already" in refused(treasury, "ledger.account", {"opens": {"Assets:Bank:Petty": {}}})
    row = next(a for a in accounts_of(treasury.state, "pool") if a.name == "Assets:Bank:Petty")
    assert (row.normal, row.overdraft, row.closed) == ("debit", False, date(2026, 1, 1))


@pytest.mark.parametrize(
    ("account", "attributes", "said"),
    [
        ("Asset:Bank", {}, "did you mean 'Assets'"),
        ("Assets:Bank:X", {"curencies": ["EUR"]}, "did you mean 'currencies'"),
        ("Assets:Bank:X", {"currencies": ["EUX"]}, "not an ISO 4217 currency"),
        ("Assets:Bank:X", {"currencies": "EUR"}, "are a list such as"),
        ("Assets:Bank:X", {"overdraft": "no"}, "true or false"),
        ("Assets:Bank:X", {"partner": "eas"}, "did you mean 'esa'"),
        ("Assets:Bank:X", {"needs_commitment": True}, "is no expense"),
        ("Assets:Bank:X", {"opened": "2025-01-01"}, "its ledger begins on 2026-01-01"),
        ("Assets:Bank:X", [], "its attributes are a map"),
        ("Equity:Budget:Available:X", {"overdraft": True}, "controls a budget"),
        (BANK, {}, "is open already"),
    ],
)
def test_accounts_that_make_no_sense_are_not_opened(account: str, attributes: Any, said: str):
    assert said in refused(Treasury(), "ledger.account", {"opens": {account: attributes}})


# --- commitments ----------------------------------------------------------------------------------------------------------------


def budgeted() -> Treasury:
    """A mission with 800 EUR of budget, of which 500 are committed, and 1,000 EUR in the bank."""
    treasury = Treasury(BUDGETED)
    assert treasury.post(
        "budget",
        transaction(("Equity:Budget:Authority", "800", "EUR"), (AVAILABLE, "-800", "EUR")),
        transaction((AVAILABLE, "500", "EUR"), (COMMITTED, "-500", "EUR")),
        paid("1000"),
    ) is None  # fmt: skip
    return treasury


def payment(amount: str, released: str, booked: str) -> Any:
    return transaction((LANDER, amount, "EUR"), (BANK, f"-{amount}", "EUR"), (COMMITTED, released, "EUR"),
                       (SPENT, f"-{booked}", "EUR"), (AVAILABLE, str(int(booked) - int(released)), "EUR"))  # fmt: skip


def test_a_payment_releases_its_commitment():
    treasury = budgeted()
    assert treasury.post("a", payment("300", "300", "300")) is None
    assert (treasury.balance(COMMITTED), treasury.balance(SPENT)) == (-20000, -30000)


@pytest.mark.parametrize(
    ("released", "booked"), [("0", "0"), ("200", "200"), ("300", "0"), ("300", "200"), ("0", "300")]
)
def test_a_payment_without_the_release_of_as_much_is_refused(released: str, booked: str):
    said = not_posted(budgeted(), "a", payment("300", released, booked))
    assert "spends 300.00 EUR on Hera, which needs a commitment" in said


def test_no_more_is_committed_than_available_nor_paid_than_committed():
    treasury = budgeted()
    more = transaction((AVAILABLE, "301", "EUR"), (COMMITTED, "-301", "EUR"))
    assert f"{AVAILABLE} may not go negative, and would be 1.00 EUR short" in not_posted(treasury, "a", more)
    assert f"{COMMITTED} may not go negative" in not_posted(treasury, "b", payment("501", "501", "501"))


def test_what_moves_between_elements_or_comes_back_needs_no_commitment():
    treasury = budgeted()
    assert treasury.post("a", payment("300", "300", "300")) is None
    assert treasury.post("b", transaction(("Expenses:Hera:Probe", "100", "EUR"), (LANDER, "-100", "EUR"))) is None
    assert treasury.post("c", transaction((BANK, "20", "EUR"), (LANDER, "-20", "EUR"))) is None


# --- reversals -------------------------------------------------------------------------------------------------------------------


def reversal(treasury: Treasury, name: str, original: Any, *, on: str = "2026-02-01", key: str = "r") -> dict[str, Any]:
    opposite = original.reversed(name, on=date.fromisoformat(on))
    return {"ledger": "pool", "reverses": [[name, original.date.isoformat()]], "journal": journal(key, opposite)}


def test_a_transaction_is_reversed_by_its_opposite_once():
    treasury = budgeted()
    original = payment("300", "300", "300")
    assert treasury.post("a", spent("0"), original) is None
    body = reversal(treasury, "a/1", original)
    assert treasury.write("ledger.reverse", body, by="esa") is None
    assert (treasury.balance(BANK), treasury.balance(LANDER), treasury.balance(COMMITTED)) == (100000, 0, -50000)
    assert treasury.state.get("ledger_journals", "pool/a")["reversed"] == [1]
    again = reversal(treasury, "a/1", original, key="again")
    assert "a/1 is reversed already" in refused(treasury, "ledger.reverse", again)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda b: b["journal"]["transactions"][0]["postings"][0].__setitem__(0, LANDER), "is not its exact opposite"),
        (lambda b: b["reverses"][0].__setitem__(1, "2026-01-30"), "is not of 2026-01-30"),
        (lambda b: b["reverses"][0].__setitem__(0, "a/7"), "has no transaction 'a/7'"),
        (lambda b: b["reverses"][0].__setitem__(0, "b/0"), "has no transaction 'b/0'"),
        (lambda b: b["reverses"].append(["a/0", "2026-01-31"]), "1 transactions reverse 2"),
        (lambda b: b["reverses"].__setitem__(0, "a/0"), "is a list of names and days"),
        (lambda b: b["journal"]["transactions"][0].pop("links"), "has it among its links"),
        (lambda b: b["journal"]["transactions"][0].__setitem__("date", "2026-01-30"), "before that"),
    ],
)
def test_what_is_no_reversal(change: Any, said: str):
    treasury = Treasury()
    treasury.post("a", paid("100"))
    body = reversal(treasury, "a/0", paid("100"))
    change(body)
    assert said in refused(treasury, "ledger.reverse", body)


def test_what_was_spent_since_cannot_be_taken_back():
    treasury = Treasury()
    treasury.post("a", paid("100"), spent("60"))
    assert "60.00 EUR short" in refused(treasury, "ledger.reverse", reversal(treasury, "a/0", paid("100")))
