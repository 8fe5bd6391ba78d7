"""Accounts of a ledger: what each takes, whose it is, and which may never go to its other side."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, NamedTuple

from comity.funding.amounts import minor_digits
from comity.funding.errors import FundingError
from comity.funding.ledger.journal import check_account, check_date
from comity.model.problems import nearest
from comity.record import Refused, State

LEDGERS, ACCOUNTS, BALANCES = "ledgers", "ledger_accounts", "ledger_balances"

#: Budget control (`comity.funding.ledger.budget`): what was authorised, what of it can be committed, is, and was spent.
AUTHORITY = "Equity:Budget:Authority"
AVAILABLE, COMMITTED, SPENT = "Equity:Budget:Available", "Equity:Budget:Committed", "Equity:Budget:Spent"
_ATTRIBUTES = ("currencies", "overdraft", "partner", "mission", "element", "needs_commitment", "opened")


class AccountRow(NamedTuple):
    """An account: `currencies` that it takes (none: any), its `normal` side, and whether it may go to the other one.

    `opened` is the first day of which it takes postings; `closed` the day on which it was closed, or None. An expense that
    `needs_commitment` is paid out of a commitment alone.
    """

    name: str
    currencies: tuple[str, ...]
    normal: Literal["debit", "credit"]
    overdraft: bool
    partner: str | None
    mission: str | None
    element: str | None
    opened: date
    closed: date | None = None
    needs_commitment: bool = False


def accounts_of(state: State, ledger: str) -> tuple[AccountRow, ...]:
    """All accounts of a ledger by name, those that are closed too."""
    prefix = f"{ledger}/"
    found = state.section(ACCOUNTS).items()
    return tuple(sorted(_row(key.removeprefix(prefix), value) for key, value in found if key.startswith(prefix)))


def _row(name: str, value: Mapping[str, Any]) -> AccountRow:
    return AccountRow(
        name,
        tuple(value["currencies"]),
        normal_side(name),
        value["overdraft"],
        value["partner"],
        value["mission"],
        value["element"],
        date.fromisoformat(value["opened"]),
        date.fromisoformat(value["closed"]) if value["closed"] else None,
        value["needs_commitment"],
    )


def ledger_on(state: State, ledger: str) -> Any:
    """What the state holds of a ledger. Refused, with the nearest name, when there is none."""
    value = state.get(LEDGERS, ledger)
    if value is None:
        raise Refused(
            f"there is no ledger {ledger!r}; {nearest(ledger, state.section(LEDGERS)) or 'ledger.open opens one'}"
        )
    return value


def normal_side(account: str) -> Literal["debit", "credit"]:
    """The side on which an account grows: debit for assets and expenses, credit for what pays for them."""
    return "debit" if account.startswith(("Assets", "Expenses")) else "credit"


def open_account(state: State, ledger: str, name: str, given: Any) -> None:
    """Opens an account with the attributes given. Refused when it is there, or an attribute makes no sense."""
    value = ledger_on(state, ledger)
    try:
        check_account(name)
        account = _checked(name, given, first=value["from"])
    except FundingError as error:
        raise Refused(str(error)) from None
    there = state.get(ACCOUNTS, f"{ledger}/{name}")
    if there is not None:
        raise Refused(f"the account {name} is {'closed' if there['closed'] else 'open'} already; choose another name")
    partner = account["partner"]
    if partner is not None and state.get("parties", partner) is None:
        raise Refused(f"the account {name} is of {partner!r}, which is no party to this record; "
                      f"{nearest(partner, state.section('parties')) or 'its parties have accounts'}")  # fmt: skip
    state.put(ACCOUNTS, f"{ledger}/{name}", account)


def close_account(state: State, ledger: str, name: str, *, on: str) -> None:
    """Closes an account that is empty: it takes no postings any more. Refused otherwise."""
    value = open_on(state, ledger, name)
    left = {c: units for c, units in (state.get(BALANCES, f"{ledger}/{name}") or {}).items() if units}
    if left:
        raise Refused(f"the account {name} holds {', '.join(sorted(left))} still; it can be closed when it is empty")
    state.put(ACCOUNTS, f"{ledger}/{name}", {**value, "closed": on})


def open_on(state: State, ledger: str, name: str) -> Any:
    """What the state holds of an open account. Refused, with the nearest name, when there is none, or it is closed."""
    value = state.get(ACCOUNTS, f"{ledger}/{name}")
    if value is None:
        prefix = f"{ledger}/"
        known = [key.removeprefix(prefix) for key in state.section(ACCOUNTS) if key.startswith(prefix)]
        hint = nearest(name, known) or "ledger.account opens one"
        raise Refused(f"the ledger {ledger!r} has no account {name!r}; {hint}")
    if value["closed"]:
        raise Refused(f"the account {name} was closed on {value['closed']}")
    return value


def _checked(name: str, given: Any, *, first: str) -> dict[str, Any]:
    """The attributes of an account as the state holds them. FundingError says which makes no sense."""
    if not isinstance(given, Mapping):
        raise FundingError(f"the account {name}: its attributes are a map, not {given!r}")
    unknown = next((a for a in given if a not in _ATTRIBUTES), None)
    if unknown is not None:
        hint = nearest(unknown, _ATTRIBUTES) or f"it has {', '.join(_ATTRIBUTES)}"
        raise FundingError(f"the account {name} has no attribute {unknown!r}; {hint}")
    currencies = given.get("currencies", [])
    if not isinstance(currencies, list) or not all(isinstance(c, str) for c in currencies):
        raise FundingError(f"the account {name}: its currencies are a list such as ['EUR'], not {currencies!r}")
    for currency in currencies:
        minor_digits(currency)
    for attribute in ("overdraft", "needs_commitment"):
        if not isinstance(given.get(attribute, False), bool):
            raise FundingError(f"the account {name}: {attribute} is true or false, not {given[attribute]!r}")
    for attribute in ("partner", "mission", "element"):
        if not isinstance(given.get(attribute), str | None):
            raise FundingError(f"the account {name}: its {attribute} is an id, not {given[attribute]!r}")
    overdraft = given.get("overdraft", not _is_guarded(name))
    if overdraft and name.startswith((AVAILABLE, COMMITTED)):
        raise FundingError(f"the account {name} controls a budget and may not go negative; leave overdraft out")
    if given.get("needs_commitment") and (not name.startswith("Expenses:")):
        raise FundingError(f"the account {name} is no expense; only those of Expenses:<Mission> need a commitment")
    opened = given.get("opened", first)
    if check_date(opened) < check_date(first):
        raise FundingError(f"the account {name} opens on {opened}, and its ledger begins on {first}")
    return {
        "currencies": sorted(set(currencies)),
        "overdraft": overdraft,
        "partner": given.get("partner"),
        "mission": given.get("mission"),
        "element": given.get("element"),
        "needs_commitment": given.get("needs_commitment", False),
        "opened": opened,
        "closed": None,
    }


def _is_guarded(name: str) -> bool:
    """Whether an account may not go negative unless its attributes say otherwise: cash, escrow, and what controls a budget."""
    return f"{name}:".startswith(("Assets:Bank:", "Assets:Escrow:", f"{AVAILABLE}:", f"{COMMITTED}:"))
