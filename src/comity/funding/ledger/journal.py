"""Journals of balanced transactions: what an entry moves, and the one form in which its body holds it.

    {"key": "call-2026-esa", "transactions": [
      {"date": "2026-01-31", "narration": "ESA pays its call",
       "postings": [["Assets:Bank:Main", "100.00", "EUR"], ["Assets:Receivable:Esa", "-100.00", "EUR"]],
       "links": ["call-2026"]}]}

Positive is debit, negative is credit. Accounts, dates and links are those of beancount (its language reference, "Accounts",
"Tags and links"), so that a ledger is exported as it stands.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple, Self

from comity.funding.amounts import amount_of, minor_digits
from comity.funding.errors import FundingError
from comity.model.problems import nearest

ROOTS = ("Assets", "Liabilities", "Equity", "Income", "Expenses")
#: No transaction of more postings, no journal of more transactions; an entry has at most 4 MiB besides.
MOST_POSTINGS = 1_000
MOST_TRANSACTIONS = 10_000

#: The most that an account holds, and moves on a day, in minor units: what is exact in JSON of every language.
LARGEST = 2**53 - 1

_PART = re.compile(r"[A-Z0-9][A-Za-z0-9-]*")
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_LINK = re.compile(r"[A-Za-z0-9._/-]{1,200}")
_NEEDED, _KNOWN = {"date", "narration", "postings"}, {"date", "narration", "postings", "links"}
#: An amount in the one form in which the record holds it, by decimal places; what `minor_units` reads.
_FORMS = {n: re.compile(rf"-?(?:0|[1-9][0-9]{{0,12}}){rf'[.][0-9]{{{n}}}' if n else ''}") for n in (0, 2, 3, 4)}
_USUAL = {n: re.compile(form.pattern.replace("{0,12}", "{0,11}")) for n, form in _FORMS.items()}  # below the largest
_LARGEST = {n: 10 ** (12 + n) for n in _FORMS}


class Posting(NamedTuple):
    """An amount on an account: positive is debit, negative is credit."""

    account: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Transaction:
    """Postings of one day that sum to nothing in each currency; `links` tie it to calls, contracts, other transactions."""

    date: datetime.date
    narration: str
    postings: tuple[Posting, ...]
    links: tuple[str, ...] = ()

    @classmethod
    def from_body(cls, body: Any) -> Self:
        """The transaction that a body holds. FundingError when it has another form, or does not balance."""
        checked = check_transaction(body)
        postings = tuple(Posting(a, from_minor(units, c), c) for a, c, units in checked.postings)
        return cls(date.fromisoformat(checked.date), body["narration"], postings, tuple(checked.links))

    def to_body(self) -> dict[str, Any]:
        """The form on the record; amounts to the currency's minor unit. FundingError when one has more places."""
        body: dict[str, Any] = {
            "date": self.date.isoformat(),
            "narration": self.narration,
            "postings": [[p.account, amount_text(p.amount, p.currency), p.currency] for p in self.postings],
        }
        return {**body, "links": list(self.links)} if self.links else body

    def reversed(self, name: str, *, on: datetime.date, narration: str = "") -> Transaction:
        """Its exact opposite on another day, linked to it by its name."""
        postings = tuple(p._replace(amount=-p.amount) for p in self.postings)
        return Transaction(on, narration or f"Reverses {name}: {self.narration}", postings, (name,))


@dataclass(frozen=True, slots=True)
class Journal:
    """Transactions that are posted together, all or none, once: `key` is the client's, and unique in a ledger."""

    key: str
    transactions: tuple[Transaction, ...]

    @classmethod
    def from_body(cls, body: Any) -> Self:
        """The journal that a body holds. FundingError says which transaction has another form, or does not balance."""
        check_journal(body)
        return cls(body["key"], tuple(map(Transaction.from_body, body["transactions"])))

    def to_body(self) -> dict[str, Any]:
        """The form on the record, as `from_body` reads it."""
        return {"key": self.key, "transactions": [t.to_body() for t in self.transactions]}

    def name(self, number: int) -> str:
        """What its transaction of a number (from 0) is called."""
        return f"{self.key}/{number}"


def account_part(name: str) -> str:
    """A partner's, mission's or contract's id as a part of an account's name.

    >>> account_part("esa"), account_part("lunar_gateway"), account_part("x.1")
    ('Esa', 'Lunar-gateway', 'X-1')
    """
    part = re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-")
    if not part:
        raise FundingError(f"{name!r} makes no part of an account's name; it needs a letter or a digit (A-Z, 0-9)")
    return part[0].upper() + part[1:]


@lru_cache(maxsize=65_536)
def check_account(name: str) -> str:
    """The name, when it may be an account's. FundingError says what would be right."""
    root, *parts = name.split(":")
    if root not in ROOTS:
        hint = nearest(root, ROOTS) or f"it begins with {', '.join(ROOTS)}"
        raise FundingError(f"{name!r} is no account: {root!r} is no root; {hint}")
    wrong = next((p for p in parts if not _PART.fullmatch(p)), None)
    if wrong is not None or not parts or len(name) > 200:
        what = f"its part {wrong!r} is not" if wrong is not None else "its parts, 200 characters in all, are"
        raise FundingError(f"{name!r} is no account: {what} of the form Bank, 2026 or Lander-1; as Assets:Bank:Main")
    return name


def amount_text(amount: Decimal, currency: str) -> str:
    """An amount as the record holds it: with all decimal places of its currency. FundingError when it has more.

    >>> amount_text(Decimal("100"), "EUR"), amount_text(Decimal("-0"), "JPY")
    ('100.00', '0')
    """
    return f"{amount_of(str(amount), currency) + 0:f}"


def minor_units(text: object, currency: str) -> int:
    """An amount of the record in the currency's smallest unit. FundingError when it has another form.

    >>> minor_units("-12.50", "EUR")
    -1250
    """
    digits = _digits(currency)
    if not isinstance(text, str) or not _FORMS[digits].fullmatch(text):
        right = amount_text(amount_of(text, currency), currency)  # says more of what is no amount at all
        raise FundingError(f"the amount {text!r} {currency} stands on the record as {right!r}")
    units = int(text.replace(".", ""))
    if abs(units) > _LARGEST[digits]:
        amount_of(text, currency)
    if text[0] == "-" and not units:
        raise FundingError(f"the amount {text!r} {currency} stands on the record without its sign")
    return units


def from_minor(units: int, currency: str) -> Decimal:
    """So many of a currency's smallest unit as an amount.

    >>> from_minor(-1250, "EUR")
    Decimal('-12.50')
    """
    return Decimal(units).scaleb(-_digits(currency))


class Checked(NamedTuple):
    """A transaction of the right form that balances, as the fold takes it: (account, currency, minor units)."""

    date: str
    postings: list[tuple[str, str, int]]
    links: Sequence[str]


def check_key(journal: Any) -> str:
    """The key of a journal's body, whose outer form is right. FundingError otherwise."""
    if not isinstance(journal, Mapping) or journal.keys() != {"key", "transactions"}:
        raise FundingError("a journal is a map of key and transactions")
    key = journal["key"]
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise FundingError(f"the key {key!r} of a journal is not made of letters, digits, '.', '_' and '-'")
    return key


def check_journal(journal: Any) -> list[Checked]:
    """The transactions of a journal's body, each of the right form and balanced. FundingError says which is not, and why."""
    key = check_key(journal)
    given = journal["transactions"]
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_TRANSACTIONS:
        raise FundingError(f"a journal has from 1 to {MOST_TRANSACTIONS:,} transactions")
    checked: list[Checked] = []
    try:
        for transaction in given:
            checked.append(check_transaction(transaction))
    except FundingError as error:
        raise FundingError(f"transaction {key}/{len(checked)}: {error}") from None
    return checked


def check_transaction(body: Any) -> Checked:
    """A transaction's body in the form that the fold takes. FundingError when it has another form, or does not balance."""
    if not isinstance(body, dict) or not _NEEDED <= body.keys() <= _KNOWN:
        raise FundingError(
            f"it is a map of date, narration and postings, and links if there are some, not {body!r:.200}"
        )
    day, narration, given, links = body["date"], body["narration"], body["postings"], body.get("links", ())
    if not isinstance(day, str):
        raise FundingError(f"its date is text such as 2026-01-31, not {day!r:.200}")
    check_date(day)
    if not isinstance(narration, str) or len(narration) > 1_000:
        raise FundingError(f"the narration is text of at most 1,000 characters, not {narration!r:.200}")
    if not isinstance(given, list) or not 2 <= len(given) <= MOST_POSTINGS:
        raise FundingError(f"it has from 2 to {MOST_POSTINGS:,} postings")
    postings: list[tuple[str, str, int]] = []
    sums: dict[str, int] = {}
    for posting in given:
        try:
            account, text, currency = posting
            units = int(text.replace(".", "")) if _IS_USUAL[currency](text) and account in _CHECKED else 0
        except (KeyError, TypeError, ValueError):
            units = 0
        if not units:  # unusual: nothing, or another form
            account, currency, units = _careful(posting)
        postings.append((account, currency, units))
        sums[currency] = sums.get(currency, 0) + units
    for currency, total in sums.items():
        if total:
            over = from_minor(total, currency)
            raise FundingError(
                f"it does not balance: its postings in {currency} sum to {over:+f}; debits (+) and credits (-) sum to nothing"
            )
    if links:
        check_links(links)
    return Checked(day, postings, links)


def _careful(posting: Any) -> tuple[str, str, int]:
    """A posting's account, currency and minor units. FundingError when it has another form."""
    try:
        account, text, currency = posting
        units = minor_units(text, currency)
        check_account(account)
    except FundingError:
        raise
    except (TypeError, ValueError):
        raise FundingError(
            'a posting is a list of account, amount and currency, as ["Assets:Bank:Main", "100.00", "EUR"], '
            f"not {posting!r:.200}"
        ) from None
    _IS_USUAL[currency] = _USUAL[_digits(currency)].fullmatch
    if len(_CHECKED) < 100_000:
        _CHECKED.add(account)
    return account, currency, units


#: Accounts that were checked, and by currency whether an amount has the record's form: most postings ask nothing else.
_CHECKED: set[str] = set()
_IS_USUAL: dict[str, Callable[[str], object]] = {}


def check_links(links: Any) -> None:
    """FundingError unless these may be a transaction's links."""
    if (
        not isinstance(links, list)
        or len(links) > 100
        or not all(isinstance(k, str) and _LINK.fullmatch(k) for k in links)
    ):
        raise FundingError(f"links are a list of words of letters, digits, '.', '_', '/' and '-', not {links!r:.200}")


@lru_cache(maxsize=65_536)
def check_date(text: object) -> date:
    """The day that a text such as 2026-01-31 gives. FundingError when it gives none."""
    try:
        day = date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:  # 2026-W01-1 is a date, too, and would sort after the year
        raise FundingError(f"{text!r} is no date; write it as 2026-01-31")
    return day


@lru_cache(maxsize=512)
def _digits(currency: str) -> int:
    return minor_digits(currency)
