"""NASA's agreement with Rocketplane Kistler, as it went: three milestones paid, the fourth missed, ended, escrow returned."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from comity.funding.partnerships import standing
from comity.funding.partnerships.contract import Contract, load
from comity.funding.partnerships.kinds import payment, return_of
from comity.funding.partnerships.offers import DATA
from comity.kinds import GUARDS, KINDS
from tests.record.makers import Scribe, officers

COTS = DATA / "contracts" / "cots-rpk.yaml"
ESCROW, BANK, EXPENSE = "Assets:Escrow:Rpk", "Assets:Bank:Treasury", "Expenses:Cots:Rpk"
BOARD = {
    "name": "Board",
    "organisation": "Trial",
    "sources": {"rules": {"title": "Rules of the Board", "checked": "made for the test"}},
    "members_source": "rules, annex",
    "members": [{"id": "nasa"}],
    "powers": {"payment": {"about": "payments", "rule": {"needs": {"share": "1"}}, "source": "rules, 1"}},
}


@pytest.fixture
def scribe() -> Scribe:
    """A record on which the agreement is signed and 206.8 million dollars are in escrow."""
    scribe = Scribe({"nasa": officers("nasa")}, kinds=KINDS, guards=GUARDS, start=day(2006, 8, 18))

    def said(kind: str, body: dict) -> None:
        assert scribe.write(kind, body, by="nasa") is None

    said("body.establish", {"body": "board", "document": BOARD})
    said("ledger.open", {"ledger": "cots", "currency": "USD", "treasurers": ["nasa"], "from": "2006-08-01"})
    accounts = {BANK: {}, ESCROW: {}, EXPENSE: {}, "Income:Contributions:Nasa": {}}
    said("ledger.account", {"ledger": "cots", "opens": accounts})
    said(
        "ledger.post", {"ledger": "cots", "journal": moved("funds", BANK, "Income:Contributions:Nasa", "206800000.00")}
    )
    said("contract.sign", {"contract": "rpk", "document": load(COTS).model_dump(mode="json", exclude_defaults=True)})
    said("ledger.post", {"ledger": "cots", "journal": moved("escrow", ESCROW, BANK, "206800000.00")})
    return scribe


def moved(name: str, debit: str, credit: str, amount: str, day: str = "2006-08-20") -> dict:
    postings = [[debit, amount, "USD"], [credit, f"-{amount}", "USD"]]
    return {"key": name, "transactions": [{"date": day, "narration": name, "postings": postings}]}


def decided(scribe: Scribe, name: str, kind: str, body: dict, on: datetime) -> str | None:
    """What the board decides on a day; why that could not be done, or None."""
    scribe.now = max(scribe.now, on)
    closes = (scribe.now + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    proposal = {"decision": name, "body": "board", "kind": "payment", "title": name, "closes": closes}
    refused = scribe.write("decision.propose", {**proposal, "about": {"kind": kind, "body": body}}, by="nasa")
    assert refused is None, refused
    assert scribe.write("decision.vote", {"decision": name, "version": 1, "vote": "yes"}, by="nasa") is None
    assert scribe.write("decision.close", {"decision": name}, by="nasa") is None
    return scribe.state.get("decisions", name).get("obstacle")


def paid(scribe: Scribe, milestone: str, on: datetime, *, claim: bool = True, **changes: object) -> str | None:
    terms = load(COTS)
    scribe.now = max(scribe.now, on)
    one = next(m for m in terms.milestones if m.id == milestone)
    if claim:
        evidence = dict.fromkeys(one.criteria, "as the minutes say")
        assert (
            scribe.write("contract.claim", {"contract": "rpk", "milestone": milestone, "evidence": evidence}, by="nasa")
            is None
        )
    body = {"contract": "rpk", "milestone": milestone, "ledger": "cots",
            "journal": payment(terms, milestone, day=on.date(), key=f"rpk-{milestone}")}  # fmt: skip
    return decided(scribe, f"accept-{milestone}-{len(scribe.entries)}", "contract.approve", {**body, **changes}, on)


def balance(scribe: Scribe, account: str) -> int:
    return (scribe.state.get("ledger_balances", f"cots/{account}") or {}).get("USD", 0) // 100


def day(year: int, month: int, number: int) -> datetime:
    return datetime(year, month, number, 12, tzinfo=UTC)


def test_rocketplane_kistler_is_paid_three_times_and_ended_when_its_financing_is_missed(scribe: Scribe) -> None:
    assert paid(scribe, "plan", day(2006, 9, 20)) is None
    assert paid(scribe, "financing-1", day(2006, 10, 25)) is None
    assert paid(scribe, "requirements", day(2007, 2, 10)) is None
    assert balance(scribe, EXPENSE) == 30_100_000

    assert not standing(scribe.state, "rpk", day(2007, 6, 30)).may_end  # late, and in its grace
    assert ending(scribe, day(2007, 6, 29)) is not None
    now = standing(scribe.state, "rpk", day(2007, 7, 1))
    assert now.missed == ("financing-2",) and now.may_end

    assert ending(scribe, day(2007, 10, 18)) is None
    now = standing(scribe.state, "rpk", day(2007, 10, 20))
    assert (now.status, now.escrow) == ("ended", 0)
    assert balance(scribe, BANK) == 206_800_000 - 30_100_000


def ending(scribe: Scribe, on: datetime) -> str | None:
    journal = return_of(scribe.state, load(COTS), day=on.date(), key=f"rpk-ended-{on:%m%d}")
    body = {"contract": "rpk", "cause": "missed", "reason": "no financing", "ledger": "cots", "journal": journal}
    return decided(scribe, f"end-{on:%m%d}", "contract.end", body, on)


def test_a_treasurer_takes_nothing_out_of_escrow(scribe: Scribe) -> None:
    body = {"ledger": "cots", "journal": moved("grab", BANK, ESCROW, "1.00", "2006-09-01")}
    assert "money leaves Assets:Escrow:Rpk only when" in (scribe.write("ledger.post", body, by="nasa") or "")


def test_a_milestone_is_not_accepted_by_a_party_alone(scribe: Scribe) -> None:
    body = {"contract": "rpk", "milestone": "plan", "ledger": "cots",
            "journal": payment(load(COTS), "plan", day=day(2006, 9, 1).date(), key="x")}  # fmt: skip
    assert "comes by a decision of board" in (scribe.write("contract.approve", body, by="nasa") or "")


def test_what_nobody_claimed_is_not_paid(scribe: Scribe) -> None:
    assert "nobody claimed" in (paid(scribe, "plan", day(2006, 9, 20), claim=False) or "")
    assert balance(scribe, EXPENSE) == 0


def test_a_milestone_is_paid_once(scribe: Scribe) -> None:
    assert paid(scribe, "plan", day(2006, 9, 20)) is None
    again = payment(load(COTS), "plan", day=day(2006, 9, 25).date(), key="again")
    assert "paid already" in (paid(scribe, "plan", day(2006, 9, 25), claim=False, journal=again) or "")


@pytest.mark.parametrize(
    "postings",
    [
        [
            [EXPENSE, "7300000.00", "USD"],
            [ESCROW, "-7300000.00", "USD"],
            [BANK, "1.00", "USD"],
            [ESCROW, "-1.00", "USD"],
        ],
        [[BANK, "7300000.00", "USD"], [ESCROW, "-7300000.00", "USD"]],
        [[EXPENSE, "7300001.00", "USD"], [ESCROW, "-7300001.00", "USD"]],
        [[EXPENSE, "7300000.00", "USD"], [ESCROW, "-7300000.00", "USD"]] * 2,
    ],
)
def test_a_payment_is_that_of_the_milestone_and_no_other(scribe: Scribe, postings: list) -> None:
    journal = {"key": "odd", "transactions": [{"date": "2006-09-20", "narration": "odd", "postings": postings}]}
    assert paid(scribe, "plan", day(2006, 9, 20), journal=journal) is not None
    assert balance(scribe, ESCROW) == 206_800_000


def test_a_claim_shows_each_criterion(scribe: Scribe) -> None:
    body = {"contract": "rpk", "milestone": "plan", "evidence": {}}
    assert "no evidence for 'Review held'" in (scribe.write("contract.claim", body, by="nasa") or "")


def test_what_a_contract_costs_more_than_it_was_signed_for_is_told(scribe: Scribe) -> None:
    assert paid(scribe, "plan", day(2006, 9, 20)) is None
    document = load(COTS).model_dump(mode="json", exclude_defaults=True)
    document["milestones"][-1]["amount"] = "189880000.00"
    body = {"contract": "rpk", "document": document, "reason": "more tests"}
    assert decided(scribe, "more", "contract.amend", body, day(2006, 11, 1)) is None
    assert standing(scribe.state, "rpk", day(2006, 11, 5)).growth == Decimal("0.1")  # 20.68 on 206.8 million
    document["milestones"][0]["amount"] = "1.00"
    again = decided(scribe, "less", "contract.amend", {**body, "document": document}, day(2006, 11, 10))
    assert "is paid, and stays" in (again or "")


def test_a_contract_whose_milestones_repeat_is_refused_with_the_name() -> None:
    document = load(COTS).model_dump(mode="json", exclude_defaults=True)
    with pytest.raises(ValueError, match="'plan' stands there twice"):
        Contract.model_validate({**document, "milestones": document["milestones"] * 2})


# --- what must not be possible -----------------------------------------------------------------------------------------------


def test_a_day_of_a_week_is_no_date_of_a_posting(scribe: Scribe) -> None:
    body = {"ledger": "cots", "journal": moved("week", EXPENSE, BANK, "1.00", "2007-W01-1")}
    assert "write it as" in (scribe.write("ledger.post", body, by="nasa") or "")
    body["journal"]["transactions"][0]["date"] = []
    assert "its date is text" in (scribe.write("ledger.post", body, by="nasa") or "")


def test_a_payment_names_its_ledger_and_has_the_form_of_a_journal(scribe: Scribe) -> None:
    assert "ledger" in (paid(scribe, "plan", day(2006, 9, 20), ledger=None) or "")
    assert paid(scribe, "plan", day(2006, 9, 21), claim=False, journal={"key": "x", "transactions": [1]}) is not None
    assert balance(scribe, EXPENSE) == 0


def test_an_end_returns_escrow_to_the_bank_and_pays_nobody(scribe: Scribe) -> None:
    journal = moved("end", EXPENSE, ESCROW, "206800000.00", "2007-10-18")
    body = {"contract": "rpk", "cause": "convenience", "reason": "x", "ledger": "cots", "journal": journal}
    assert "the journal returns what is in escrow" in (
        decided(scribe, "end", "contract.end", body, day(2007, 10, 18)) or ""
    )
    assert balance(scribe, ESCROW) == 206_800_000


def test_one_escrow_account_holds_the_money_of_one_contract(scribe: Scribe) -> None:
    document = load(COTS).model_dump(mode="json", exclude_defaults=True)
    refused = scribe.write("contract.sign", {"contract": "second", "document": document}, by="nasa")
    assert "holds the money of the contract 'rpk'" in (refused or "")


def test_a_contract_keeps_its_accounts_and_its_money_comes_from_no_other_escrow(scribe: Scribe) -> None:
    document = load(COTS).model_dump(mode="json", exclude_defaults=True)
    for changes, said in (
        ({"bank": "Assets:Escrow:Other"}, "returns to a bank"),
        ({"bank": "Assets:Bank:Other"}, "bank of"),
    ):
        body = {"contract": "rpk", "document": {**document, **changes}, "reason": "x"}
        assert said in (decided(scribe, f"amend-{said[:4]}", "contract.amend", body, day(2006, 11, 1)) or "")


def test_what_a_contract_paid_is_not_reversed(scribe: Scribe) -> None:
    assert paid(scribe, "plan", day(2006, 9, 20)) is None
    postings = [[EXPENSE, "-7300000.00", "USD"], [ESCROW, "7300000.00", "USD"]]
    one = {"date": "2006-09-25", "narration": "back", "postings": postings, "links": ["rpk-plan/0"]}
    body = {
        "ledger": "cots",
        "reverses": [["rpk-plan/0", "2006-09-20"]],
        "journal": {"key": "back", "transactions": [one]},
    }
    assert scribe.write("ledger.reverse", body, by="nasa") is not None
    assert balance(scribe, EXPENSE) == 7_300_000


def test_a_claim_falls_when_its_milestone_changes(scribe: Scribe) -> None:
    evidence = {"Review held": "as the minutes say"}
    claim = {"contract": "rpk", "milestone": "plan", "evidence": evidence}
    assert scribe.write("contract.claim", claim, by="nasa") is None
    document = load(COTS).model_dump(mode="json", exclude_defaults=True)
    document["milestones"][0]["amount"] = "99000000.00"
    body = {"contract": "rpk", "document": document, "reason": "more"}
    assert decided(scribe, "more", "contract.amend", body, day(2006, 9, 10)) is None
    assert standing(scribe.state, "rpk", day(2006, 9, 12)).milestones[0].status == "open"


def test_what_is_left_in_escrow_of_a_finished_contract_returns(scribe: Scribe) -> None:
    assert paid(scribe, "plan", day(2006, 9, 20)) is None
    document = load(COTS).model_dump(mode="json", exclude_defaults=True)
    body = {"contract": "rpk", "document": {**document, "milestones": document["milestones"][:1]}, "reason": "enough"}
    assert decided(scribe, "enough", "contract.amend", body, day(2006, 10, 1)) is None
    assert standing(scribe.state, "rpk", day(2006, 10, 3)).status == "finished"
    journal = return_of(scribe.state, load(COTS), day=day(2006, 10, 5).date(), key="rest")
    body = {"contract": "rpk", "cause": "convenience", "reason": "done", "ledger": "cots", "journal": journal}
    assert decided(scribe, "rest", "contract.end", body, day(2006, 10, 5)) is None
    assert (balance(scribe, ESCROW), balance(scribe, BANK)) == (0, 199_500_000)
