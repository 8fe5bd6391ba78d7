"""Contracts on the record: signed, claimed, accepted by decision, changed, and ended; money moves only with acceptance.

Where a milestone is accepted, the decision holds the payment itself: the journal that takes it out of escrow. Nothing
else takes money out of an escrow account (`comity.funding.ledger`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from comity.funding import ledger
from comity.funding.errors import FundingError
from comity.funding.ledger import account_part
from comity.funding.partnerships.contract import Contract, ContractMilestone
from comity.model.problems import nearest
from comity.record import Entry, Kind, Refused, State, by_all_or_decided, deciding_body, field, only

SECTION = "contracts"
RUNNING, FINISHED, ENDED = "running", "finished", "ended"
CAUSES = ("missed", "convenience")


# --- what stands ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MilestoneStanding:
    """Where a milestone stands on a day: `open`, `claimed`, `late` (in its grace), `missed` or `paid`."""

    id: str
    name: str
    due: date
    amount: Decimal
    status: str
    claimed: str | None
    paid: str | None


@dataclass(frozen=True, slots=True)
class ContractStanding:
    """Where a contract stands on a day. Money is in its currency; `growth` is what it costs now over what was signed."""

    contract: str
    provider: str
    status: str
    currency: str
    milestones: tuple[MilestoneStanding, ...]
    signed: Decimal
    price: Decimal
    paid: Decimal
    escrow: Decimal
    growth: Decimal
    missed: tuple[str, ...]
    may_end: bool


def contract_on(state: State, name: str) -> Any:
    """A contract as the record holds it. KeyError says what is near."""
    value = state.get(SECTION, name)
    if value is None:
        known = state.section(SECTION)
        raise KeyError(
            f"there is no contract {name!r}; {nearest(name, known) or ', '.join(known) or '`contract.sign` makes one'}"
        )
    return value


def standing(state: State, name: str, at: datetime) -> ContractStanding:
    """Where a contract stands at a moment. KeyError as above."""
    value = contract_on(state, name)
    terms = Contract.model_validate(value["document"])
    milestones = tuple(
        MilestoneStanding(
            m.id,
            m.name,
            m.due,
            terms.amount(m),
            _status(terms, m, value, at),
            value["claims"].get(m.id),
            value["paid"].get(m.id),
        )
        for m in terms.milestones
    )
    missed = tuple(m.id for m in milestones if m.status == "missed")
    signed = Decimal(value["signed_price"])
    return ContractStanding(
        contract=name,
        provider=terms.provider,
        status=value["status"],
        currency=terms.currency,
        milestones=milestones,
        signed=signed,
        price=terms.price,
        paid=sum((m.amount for m in milestones if m.status == "paid"), Decimal(0)),
        escrow=_in_escrow(state, terms),
        growth=terms.price / signed - 1,
        missed=missed,
        may_end=value["status"] == RUNNING and len(missed) >= terms.misses,
    )


def _status(terms: Contract, milestone: ContractMilestone, value: Mapping[str, Any], at: datetime) -> str:
    if milestone.id in value["paid"]:
        return "paid"
    if at.date() >= terms.missed_from(milestone):
        return "missed"
    if milestone.id in value["claims"]:
        return "claimed"
    return "late" if at.date() > milestone.due else "open"


def _in_escrow(state: State, terms: Contract) -> Decimal:
    balances = state.get("ledger_balances", f"{terms.ledger}/{terms.escrow}") or {}
    return ledger.from_minor(balances.get(terms.currency, 0), terms.currency)


def payment(
    terms: Contract, milestone: str, *, day: date, key: str, commitment: Sequence[Sequence[str]] = ()
) -> dict[str, Any]:
    """The journal that pays a milestone out of escrow; `commitment` are further postings that release its commitment."""
    one = _milestone(terms, milestone)
    amount = terms.amount(one)
    postings = [[terms.expense, f"{amount}", terms.currency], [terms.escrow, f"{-amount}", terms.currency]]
    narration = f"{terms.provider}: {one.name}"
    return {
        "key": key,
        "transactions": [
            {"date": day.isoformat(), "narration": narration, "postings": [*postings, *map(list, commitment)]}
        ],
    }


def return_of(state: State, terms: Contract, *, day: date, key: str) -> dict[str, Any] | None:
    """The journal that returns what is left in escrow, in every currency; None when nothing is."""
    left = state.get("ledger_balances", f"{terms.ledger}/{terms.escrow}") or {}
    postings = []
    for currency, units in sorted(left.items()):
        if units:
            amount = ledger.from_minor(units, currency)
            postings += [[terms.bank, f"{amount}", currency], [terms.escrow, f"{-amount}", currency]]
    narration = f"{terms.provider}: escrow returned"
    transaction = {"date": day.isoformat(), "narration": narration, "postings": postings}
    return {"key": key, "transactions": [transaction]} if postings else None


# --- entries -------------------------------------------------------------------------------------------------------------------


def sign(state: State, entry: Entry) -> None:
    """`contract.sign`: a contract with a provider; by a decision, or signed by all parties."""
    only(entry, "contract", "document")
    by_all_or_decided(state, entry)
    name, terms = field(entry, "contract", str), _terms(field(entry, "document", dict))
    if state.get(SECTION, name) is not None:
        raise Refused(f"there is a contract {name!r} already; contract.amend changes it")
    account_part(name)
    _accounts(state, terms)
    for other, held in state.section(SECTION).items():
        there = held["document"]
        if held["status"] != ENDED and (there["ledger"], there["escrow"]) == (terms.ledger, terms.escrow):
            raise Refused(
                f"{terms.escrow} holds the money of the contract {other!r}; this one has an account of its own"
            )
    if state.get("bodies", terms.approves) is None:
        raise Refused(
            f"there is no body {terms.approves!r} on the record, which accepts milestones; body.establish makes one"
        )
    state.put(
        SECTION,
        name,
        {
            "document": terms.model_dump(mode="json", exclude_defaults=True),
            "signed": entry.time,
            "signed_price": str(terms.price),
            "status": RUNNING,
            "claims": {},
            "paid": {},
            "changes": [],
        },
    )


def claim(state: State, entry: Entry) -> None:
    """`contract.claim`: that a milestone is met, with the evidence for each criterion by its SHA-256 or in words."""
    only(entry, "contract", "milestone", "evidence")
    name, value, terms = _running(state, entry)
    one = _unpaid(terms, value, field(entry, "milestone", str))
    evidence = field(entry, "evidence", dict)
    if lacking := [c for c in one.criteria if not isinstance(evidence.get(c), str) or not evidence[c]]:
        raise Refused(f"there is no evidence for {lacking[0]!r}; a claim shows each criterion of {one.id!r}")
    if unknown := next((c for c in evidence if c not in one.criteria), None):
        raise Refused(
            f"{unknown!r} is no criterion of {one.id!r}; {nearest(unknown, one.criteria) or ', '.join(one.criteria)}"
        )
    claimed = {"by": entry.author, "time": entry.time, "evidence": dict(evidence)}
    state.put(SECTION, name, {**value, "claims": {**value["claims"], one.id: claimed["time"]}})
    state.put("contract_claims", f"{name}/{one.id}", claimed)


def approve(state: State, entry: Entry) -> None:
    """`contract.approve`: a milestone is met, and is paid out of escrow; only as what a decision of its body does."""
    only(entry, "contract", "milestone", "ledger", "journal")
    name, value, terms = _decided(state, entry)
    one = _unpaid(terms, value, field(entry, "milestone", str))
    if one.id not in value["claims"]:
        raise Refused(f"nobody claimed the milestone {one.id!r} yet; contract.claim does, with its evidence")
    journal = _journal(entry, terms)
    _pays(terms, one, journal)
    ledger.post(state, entry, terms.ledger, journal)
    paid = {**value["paid"], one.id: entry.time}
    status = FINISHED if len(paid) == len(terms.milestones) else RUNNING
    state.put(SECTION, name, {**value, "paid": paid, "status": status})


def refuse(state: State, entry: Entry) -> None:
    """`contract.refuse`: what was claimed is not met; by a decision of its body."""
    only(entry, "contract", "milestone", "reason")
    name, value, terms = _decided(state, entry)
    one = _unpaid(terms, value, field(entry, "milestone", str))
    if one.id not in value["claims"]:
        raise Refused(f"nobody claimed the milestone {one.id!r}")
    field(entry, "reason", str)
    state.put(SECTION, name, {**value, "claims": {m: t for m, t in value["claims"].items() if m != one.id}})


def amend(state: State, entry: Entry) -> None:
    """`contract.amend`: other terms; by a decision of its body. What is paid stays as it was paid."""
    only(entry, "contract", "document", "reason")
    name, value, old = _decided(state, entry)
    new = _terms(field(entry, "document", dict))
    for what in ("provider", "ledger", "currency", "escrow", "expense", "bank", "approves"):
        if getattr(new, what) != getattr(old, what):
            raise Refused(f"{what} of a contract does not change; end this one and sign another")
    for m in old.milestones:
        if m.id in value["paid"] and m not in new.milestones:
            raise Refused(f"the milestone {m.id!r} is paid, and stays as it is")
    _accounts(state, new)
    change = {
        "time": entry.time,
        "reason": field(entry, "reason", str),
        "from": str(old.price),
        "to": str(new.price),
    }
    # What was claimed was of the milestone as it stood.
    claims = {m.id: value["claims"][m.id] for m in new.milestones if m.id in value["claims"] and m in old.milestones}
    document = new.model_dump(mode="json", exclude_defaults=True)
    status = FINISHED if len(value["paid"]) == len(new.milestones) else RUNNING
    state.put(
        SECTION,
        name,
        {**value, "document": document, "claims": claims, "changes": [*value["changes"], change], "status": status},
    )


def end(state: State, entry: Entry) -> None:
    """`contract.end`: before all is met, for cause (`missed`) or `convenience`; what is in escrow returns."""
    only(entry, "contract", "cause", "reason", "ledger", "journal")
    name, value, terms = _decided(state, entry, finished=True)
    cause = field(entry, "cause", str)
    if cause not in CAUSES:
        raise Refused(f"the cause is {' or '.join(CAUSES)}, not {cause!r}")
    now = standing(state, name, entry.at)
    if cause == "missed" and not now.may_end:
        raise Refused(
            f"{len(now.missed)} milestones are missed at {entry.time}, and {terms.misses} let it be ended for cause "
            f"(a milestone is missed {terms.grace_days} days after it was due)"
        )
    if "journal" in entry.body:
        journal = _journal(entry, terms)
        given = journal["transactions"][0]
        wanted = return_of(state, terms, day=date.fromisoformat(given["date"]), key=journal["key"])
        right = wanted["transactions"][0]["postings"] if wanted is not None else []
        if [list(p) for p in given["postings"]] != right:
            raise Refused(f"the journal returns what is in escrow: {right}")
        ledger.post(state, entry, terms.ledger, journal)
    if any((state.get("ledger_balances", f"{terms.ledger}/{terms.escrow}") or {}).values()):
        raise Refused(f"money would stay in {terms.escrow}; the journal returns all of it")
    field(entry, "reason", str)
    state.put(SECTION, name, {**value, "status": ENDED, "cause": cause, "ended": entry.time})


def _terms(document: Mapping[str, Any]) -> Contract:
    try:
        return Contract.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise Refused(f"the contract: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _accounts(state: State, terms: Contract) -> None:
    """Refused unless the ledger has the accounts that the contract moves money between."""
    for account in (terms.escrow, terms.expense, terms.bank):
        if state.get("ledger_accounts", f"{terms.ledger}/{account}") is None:
            raise Refused(f"the ledger {terms.ledger!r} has no account {account}; ledger.account opens it")
    if state.get("ledger_accounts", f"{terms.ledger}/{terms.escrow}")["overdraft"]:
        raise Refused(f"{terms.escrow} may go negative; what holds escrow may not")


def _milestone(terms: Contract, name: str) -> ContractMilestone:
    names = [m.id for m in terms.milestones]
    if name not in names:
        raise Refused(f"the contract has no milestone {name!r}; {nearest(name, names) or ', '.join(names)}")
    return terms.milestones[names.index(name)]


def _unpaid(terms: Contract, value: Mapping[str, Any], name: str) -> ContractMilestone:
    one = _milestone(terms, name)
    if one.id in value["paid"]:
        raise Refused(f"the milestone {name!r} is paid already")
    return one


def _running(state: State, entry: Entry, *, finished: bool = False) -> tuple[str, Any, Contract]:
    name = field(entry, "contract", str)
    try:
        value = contract_on(state, name)
    except KeyError as error:
        raise Refused(str(error.args[0])) from None
    if value["status"] != RUNNING and not (finished and value["status"] == FINISHED):
        raise Refused(f"the contract {name!r} is {value['status']}")
    return name, value, Contract.model_validate(value["document"])


def _decided(state: State, entry: Entry, *, finished: bool = False) -> tuple[str, Any, Contract]:
    name, value, terms = _running(state, entry, finished=finished)
    body = deciding_body(entry)
    if body != terms.approves:
        said = f"not by {body}" if body is not None else f"propose it there with decision.propose about {entry.kind}"
        raise Refused(f"{entry.kind} of {name!r} comes by a decision of {terms.approves}; {said}")
    return name, value, terms


def _journal(entry: Entry, terms: Contract) -> dict[str, Any]:
    """The journal of an entry, for the contract's ledger: of the right form, balanced, one transaction. Refused otherwise."""
    if field(entry, "ledger", str) != terms.ledger:
        raise Refused(f"the contract is kept in the ledger {terms.ledger!r}, not {entry.body['ledger']!r}")
    journal: dict[str, Any] = field(entry, "journal", dict)
    try:
        checked = ledger.check_journal(journal)
    except FundingError as error:
        raise Refused(str(error)) from None
    if len(checked) != 1:
        raise Refused(f"the journal has one transaction, not {len(checked)}")
    return journal


def _pays(terms: Contract, one: ContractMilestone, journal: Mapping[str, Any]) -> None:
    """Refused unless the journal pays just this milestone out of escrow; it may release its commitment besides."""
    amount = terms.amount(one)
    due = payment(terms, one.id, day=date.min, key="")["transactions"][0]["postings"]
    given = [list(p) for p in journal["transactions"][0]["postings"]]
    if given[:2] != due:
        raise Refused(f"the journal of {one.id!r} begins with the postings {due[0]} and {due[1]}")
    mission = terms.expense.split(":")[1]
    committed, spent = f"Equity:Budget:Committed:{mission}:", f"Equity:Budget:Spent:{mission}"
    released = booked = Decimal(0)
    for account, text, currency in given[2:]:
        if currency != terms.currency or not (account.startswith(committed) or account == spent):
            raise Refused(
                f"the journal of {one.id!r} also moves {account}; besides the payment it may release a commitment"
            )
        released += Decimal(text) if account != spent else 0
        booked -= Decimal(text) if account == spent else 0
    if len(given) > 2 and not released == booked == amount:
        raise Refused(f"the journal of {one.id!r} releases {released} of its commitment, not {amount}")


KINDS = (
    Kind(
        "contract.sign",
        sign,
        "a contract with a provider, its milestones and who accepts them",
        decidable=True,
        entrusted=True,
    ),
    Kind("contract.claim", claim, "that a milestone is met, with the evidence for each criterion"),
    Kind("contract.approve", approve, "a milestone is accepted and paid out of escrow", decidable=True),
    Kind("contract.refuse", refuse, "what was claimed is not met", decidable=True),
    Kind("contract.amend", amend, "other milestones, dates or amounts", decidable=True),
    Kind("contract.end", end, "ended for cause or convenience; what is in escrow returns", decidable=True),
)
