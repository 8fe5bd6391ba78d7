"""The reserved part of a pool: what is committed and spent for others never eats into it.

A ledger's reserve is a fraction for some partners. Of all that was authorised (Equity:Budget:Authority) commitments for
others, paid or not, come to the rest at most; and so do expenses for others of all that the pool has had (its income and
equity), in each currency by itself. An account is for a partner that it is of. What is committed for the reserve is paid for
them, too: in the same transaction as much is debited to expenses of theirs.

Contributions in kind and barter are not of the pool: who gives them has said what for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from comity.funding.ledger.accounts import ACCOUNTS, AUTHORITY, BALANCES, COMMITTED, SPENT
from comity.funding.ledger.journal import LARGEST, Checked, from_minor
from comity.record import Refused, State

RESERVES, USES = "inclusion_reserves", "inclusion_reserve_uses"
_BUDGET = "Equity:Budget"
_NOT_OF_THE_POOL = ("Income:InKind", "Expenses:InKind", "Equity:Barter")
#: What is told of, of which part, and what would be right.
_TOLD = {
    "committed": ("authorised", "commitments", "commit it for them, on an account of theirs"),
    "spent": ("received", "expenses", "spend it for them, on an account of theirs"),
}


@dataclass(frozen=True, slots=True)
class Use:
    """In one currency: what was authorised, what of it is committed or paid for others, what it received, and spent for others."""

    authorised: int = 0
    committed: int = 0
    received: int = 0
    spent: int = 0

    def plus(self, other: Use) -> Use:
        return Use(*(a + b for a, b in zip(self.plain(), other.plain(), strict=True)))

    def plain(self) -> list[int]:
        """As the state holds it: minor units."""
        return [self.authorised, self.committed, self.received, self.spent]


@dataclass(frozen=True, slots=True)
class Room:
    """How much is `committed`, or `spent`, for others in a currency, and how much may be: the rest of what is reserved."""

    what: str
    currency: str
    used: Decimal
    limit: Decimal

    @property
    def left(self) -> Decimal:
        return max(self.limit - self.used, Decimal(0))


def set_reserve(state: State, ledger: str, fraction: Fraction, partners: Iterable[str], *, since: str) -> None:
    """From here on this fraction is for these partners; what was used of it before stays, and grows no further."""
    theirs = sorted(partners)
    state.put(RESERVES, ledger, {"fraction": str(fraction), "partners": theirs, "since": since})
    state.put(USES, ledger, {currency: use.plain() for currency, use in _used(state, ledger, theirs).items()})


def rooms(state: State, ledger: str) -> tuple[Room, ...]:
    """What is committed and spent for others beside what may be, by currency. Empty when the ledger has no reserve."""
    held = state.get(RESERVES, ledger)
    found = []
    for currency, plain in sorted(state.get(USES, ledger).items()) if held else ():
        use = Use(*plain)
        for what in _TOLD:
            limit = _limit(held, getattr(use, _TOLD[what][0]))
            if limit or getattr(use, what):
                found.append(
                    Room(what, currency, from_minor(getattr(use, what), currency), from_minor(limit, currency))
                )
    return tuple(found)


def keep_reserve(state: State, ledger: str, key: str, checked: list[Checked]) -> None:
    """Counts what a journal commits and spends. Refused when it eats into the reserve, if the ledger has one."""
    held = state.get(RESERVES, ledger)
    if held is None:
        return
    before = {currency: Use(*plain) for currency, plain in state.get(USES, ledger).items()}
    after = dict(before)
    for number, transaction in enumerate(checked):
        try:
            for currency, use in _moved(state, ledger, transaction, held["partners"]).items():
                after[currency] = after.get(currency, Use()).plus(use)
        except Refused as error:
            raise Refused(f"transaction {key}/{number}: {error}") from None
    for currency, use in after.items():
        was = before.get(currency, Use())
        for what, (of, called, instead) in _TOLD.items():
            used, limit = getattr(use, what), _limit(held, getattr(use, of))
            if used > getattr(was, what) and used > limit:
                whole, most, would = (from_minor(n, currency) for n in (getattr(use, of), limit, used))
                raise Refused(
                    f"the ledger {ledger!r} reserves {held['fraction']} for {', '.join(held['partners'])}: of {whole} "
                    f"{currency} {of}, {called} for others may come to {most} at most, and would come to {would}; "
                    f"{instead}, or have the reserve changed (inclusion.reserve)"
                )
        if any(abs(n) > LARGEST for n in use.plain()):
            raise Refused(f"a ledger with a reserve counts {from_minor(LARGEST, currency)} {currency} at most in all")
    state.put(USES, ledger, {currency: use.plain() for currency, use in after.items()})


def _limit(held: Any, of: int) -> int:
    fraction = Fraction(held["fraction"])
    return of * (fraction.denominator - fraction.numerator) // fraction.denominator


def _moved(state: State, ledger: str, transaction: Checked, theirs: list[str]) -> dict[str, Use]:
    """What a transaction adds, by currency. Refused when what is reserved is paid for others."""
    found = {}
    for currency in sorted({c for _, c, _ in transaction.postings}):
        units = dict.fromkeys(("authorised", "committed", "released", "booked", "received", "spent", "theirs"), 0)
        for account, _, moved in (p for p in transaction.postings if p[1] == currency):
            part = _part(account, for_them=state.get(ACCOUNTS, f"{ledger}/{account}")["partner"] in theirs)
            if part is not None:
                units[part] += moved
        # Of what was booked as paid, so much was committed for them; the other way when a payment is reversed.
        through = min(units["released"], -units["booked"], key=abs) if units["released"] * units["booked"] < 0 else 0
        if through > max(units["theirs"], 0):
            paid, for_them = from_minor(through, currency), from_minor(units["theirs"], currency)
            raise Refused(
                f"it pays {paid} {currency} of what is committed for {', '.join(theirs)}, and {for_them} of that on expenses "
                "of theirs; both are the same, in one transaction"
            )
        found[currency] = Use(
            units["authorised"], -units["committed"] - units["booked"] - through, -units["received"], units["spent"]
        )
    return found


def _part(account: str, *, for_them: bool) -> str | None:
    """What a posting on an account counts as."""
    name = f"{account}:"
    if name.startswith(f"{AUTHORITY}:"):
        return "authorised"
    if name.startswith(f"{COMMITTED}:"):
        return "released" if for_them else "committed"
    if name.startswith(f"{SPENT}:"):
        return "booked"
    if name.startswith((f"{_BUDGET}:", *(f"{other}:" for other in _NOT_OF_THE_POOL))):
        return None
    if name.startswith(("Income:", "Equity:")):
        return "received"
    return ("theirs" if for_them else "spent") if name.startswith("Expenses:") else None


def _used(state: State, ledger: str, theirs: list[str]) -> dict[str, Use]:
    """What all postings so far come to: what was paid for them under a commitment was committed for them."""
    prefix, sums = f"{ledger}/", dict[str, dict[str, int]]()
    for name, balances in state.section(BALANCES).items():
        if not name.startswith(prefix):
            continue
        account = state.get(ACCOUNTS, name)
        part = _part(name.removeprefix(prefix), for_them=account["partner"] in theirs)
        for currency, units in balances.items() if part is not None else ():
            by = sums.setdefault(currency, {})
            by[str(part)] = by.get(str(part), 0) + units
            if part == "theirs" and account["needs_commitment"]:
                by["through"] = by.get("through", 0) + units
    return {
        currency: Use(
            by.get("authorised", 0),
            -by.get("committed", 0) - by.get("booked", 0) - min(by.get("through", 0), -by.get("booked", 0)),
            -by.get("received", 0),
            by.get("spent", 0),
        )
        for currency, by in sorted(sums.items())
    }
