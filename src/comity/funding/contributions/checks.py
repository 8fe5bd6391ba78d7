"""What entries about contributions share: partners' accounts, amounts and days in the right form, and just the right journal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from comity.funding import ledger as books
from comity.funding.amounts import amount_of, minor_digits
from comity.funding.errors import FundingError
from comity.funding.ledger import account_part
from comity.funding.ledger.accounts import ledger_on, open_account
from comity.funding.ledger.posting import may_post
from comity.model.problems import nearest
from comity.record import Entry, Refused, State, field

EXCHANGE = "Equity:Exchange"
_NUMBER = re.compile(r"[0-9]{1,30}([.][0-9]{1,30}|/[0-9]{1,30})?")


def receivable(partner: str) -> str:
    """The account of what a partner was called for and has not paid."""
    return f"Assets:Receivable:{account_part(partner)}"


def advance(partner: str) -> str:
    """The account of what a partner paid before it was called for."""
    return f"Liabilities:Advance:{account_part(partner)}"


def income(what: str, partner: str) -> str:
    """The account of a partner's Contributions, Interest or InKind."""
    return f"Income:{what}:{account_part(partner)}"


def post_opening(
    state: State, entry: Entry, ledger: str, journal: Mapping[str, Any], partners: Iterable[str], **others: Any
) -> None:
    """Posts a journal, and opens first those accounts of these partners that it uses and the ledger has not; and `others`."""
    may_post(state, entry, ledger)
    owned: dict[str, dict[str, Any]] = {EXCHANGE: {}, **others}
    for partner in partners:
        names = (income(what, partner) for what in ("Contributions", "Interest", "InKind"))
        owned |= {name: {"partner": partner} for name in (receivable(partner), advance(partner), *names)}
    for name in dict.fromkeys(posting[0] for posting in only_transaction(journal)["postings"]):
        if name in owned and state.get("ledger_accounts", f"{ledger}/{name}") is None:
            open_account(state, ledger, name, owned[name])
    books.post(state, entry, ledger, journal)


def ledger_named(state: State, entry: Entry) -> str:
    """The ledger that an entry names. Refused when there is none."""
    ledger: str = field(entry, "ledger", str)
    ledger_on(state, ledger)
    return ledger


def check_party(state: State, partner: str) -> None:
    """Refused when there is no such party."""
    known = state.section("parties")
    if partner not in known:
        raise Refused(f"{partner!r} is no party to this record; {nearest(partner, known) or ', '.join(sorted(known))}")


def amount_in(text: object, currency: str) -> Decimal:
    """The amount that a text gives. Refused when it is none in this currency."""
    try:
        return amount_of(text, currency)
    except FundingError as error:
        raise Refused(str(error)) from None


def to_minor(amount: Decimal, currency: str) -> int:
    """An amount in its currency's smallest unit."""
    return int(amount.scaleb(minor_digits(currency)))


def number(text: object) -> Fraction:
    """A number that is not negative, exactly. Refused unless it is text such as 1/3 or 0.25."""
    if not isinstance(text, str) or not _NUMBER.fullmatch(text) or not int(text.partition("/")[2] or 1):
        raise Refused(f"{text!r:.100} is no number; write it as text, as 1/3 or 0.25, and not negative")
    return Fraction(text)


def is_day(text: object) -> bool:
    """Whether it is a day such as 2027-01-31."""
    try:
        return isinstance(text, str) and len(text) == 10 and date.fromisoformat(text) is not None
    except ValueError:
        return False


def only_transaction(journal: Mapping[str, Any]) -> Mapping[str, Any]:
    """The one transaction of a journal's body. Refused when it has more, or none."""
    transactions = journal.get("transactions")
    if not isinstance(transactions, list) or len(transactions) != 1 or not isinstance(transactions[0], dict):
        raise Refused("the journal has one transaction")
    return transactions[0]


def day_of(journal: Mapping[str, Any]) -> str:
    """The day of a journal's one transaction."""
    day = only_transaction(journal).get("date")
    if not is_day(day):
        raise Refused(f"the journal's date {day!r} is none; write it as 2027-01-31")
    return str(day)


def narration_of(journal: Mapping[str, Any]) -> str:
    """The narration of a journal's one transaction."""
    return str(only_transaction(journal).get("narration", ""))


def check_same(journal: Mapping[str, Any], wanted: Mapping[str, Any], *, keyed: bool = False) -> None:
    """Refused unless a journal moves what it must, and nothing else; `keyed`: and has that key."""
    given, right = only_transaction(journal), wanted["transactions"][0]
    if given.get("postings") != right["postings"]:
        raise Refused(f"the journal must post {right['postings']}")
    if given.get("date") != right["date"]:
        raise Refused(f"the journal is of {right['date']}, not {given.get('date')}")
    if keyed and journal.get("key") != wanted["key"]:
        raise Refused(f"the journal's key is {wanted['key']!r}, the name of what it is for")
