"""The kinds of entries of a ledger: opened, accounts, journals, reversals, periods."""

from __future__ import annotations

import re
from typing import Any

from comity.funding.amounts import minor_digits
from comity.funding.errors import FundingError
from comity.funding.ledger.accounts import LEDGERS, close_account, ledger_on, open_account
from comity.funding.ledger.journal import check_date
from comity.funding.ledger.posting import may_post, post, reverse
from comity.model.problems import nearest
from comity.record import Entry, Kind, Refused, State, by_all_or_decided, field, only

_LEDGER = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


def open_ledger(state: State, entry: Entry) -> None:
    """`ledger.open`: its name, usual currency, treasurers, first day, and the day on which its financial year starts."""
    only(entry, "ledger", "name", "currency", "treasurers", "from", "year_start")
    by_all_or_decided(state, entry)
    ledger = field(entry, "ledger", str)
    if not _LEDGER.fullmatch(ledger):
        raise Refused(f"{ledger!r} is no name of a ledger; write small letters, digits, '.', '_' and '-', such as hera")
    if state.get(LEDGERS, ledger) is not None:
        raise Refused(f"there is a ledger {ledger!r} already; choose another name")
    currency, year_start = field(entry, "currency", str), field(entry, "year_start", str, default="01-01")
    first = field(entry, "from", str, default=f"{entry.time[:4]}-01-01")
    try:
        minor_digits(currency)
        check_date(first)
        check_date(f"2001-{year_start}")  # a year without 29 February
    except FundingError as error:
        raise Refused(str(error)) from None
    value = {
        "name": field(entry, "name", str, default=ledger),
        "currency": currency,
        "treasurers": _treasurers(state, entry),
        "from": first,
        "year_start": year_start,
        "closed": None,
        "entry": entry.id,
    }
    state.put(LEDGERS, ledger, value)


def set_treasurers(state: State, entry: Entry) -> None:
    """`ledger.treasurers`: who may post from here on."""
    only(entry, "ledger", "treasurers")
    by_all_or_decided(state, entry)
    ledger, value = _ledger(state, entry)
    state.put(LEDGERS, ledger, {**value, "treasurers": _treasurers(state, entry)})


def _treasurers(state: State, entry: Entry) -> list[str]:
    given = field(entry, "treasurers", list)
    parties = state.section("parties")
    for one in given:
        if not isinstance(one, str) or one not in parties:
            hint = nearest(str(one), parties) or f"its parties are {', '.join(sorted(parties))}"
            raise Refused(f"treasurers are parties to this record, and {one!r} is none; {hint}")
    if not given:
        raise Refused("a ledger has a treasurer at least")
    return sorted(set(given))


def change_accounts(state: State, entry: Entry) -> None:
    """`ledger.account`: opens and closes accounts."""
    only(entry, "ledger", "opens", "closes")
    ledger, _ = _ledger(state, entry)
    may_post(state, entry, ledger)
    opens, closes = field(entry, "opens", dict, default={}), field(entry, "closes", list, default=[])
    if not opens and not closes:
        raise Refused("it opens no account and closes none")
    for name in closes:
        close_account(state, ledger, str(name), on=entry.time[:10])
    for name, given in opens.items():
        open_account(state, ledger, name, given)


def post_journal(state: State, entry: Entry) -> None:
    """`ledger.post`: a journal; `opens` are accounts that it opens first."""
    only(entry, "ledger", "journal", "opens")
    ledger, _ = _ledger(state, entry)
    may_post(state, entry, ledger)
    for name, given in field(entry, "opens", dict, default={}).items():
        open_account(state, ledger, name, given)
    post(state, entry, ledger, field(entry, "journal", dict))


def reverse_journal(state: State, entry: Entry) -> None:
    """`ledger.reverse`: a journal whose transactions are the exact opposites of others, named with their days."""
    only(entry, "ledger", "reverses", "journal")
    ledger, _ = _ledger(state, entry)
    named = field(entry, "reverses", list)
    originals: list[tuple[str, str]] = []
    for one in named:
        match one:
            case [str() as name, str() as day]:
                originals.append((name, day))
            case _:
                raise Refused(f'`reverses` is a list of names and days, as ["call-2026/0", "2026-01-31"], not {one!r}')
    reverse(state, entry, ledger, originals, field(entry, "journal", dict))


def close_period(state: State, entry: Entry) -> None:
    """`ledger.close`: nothing of this day or before it is posted any more."""
    only(entry, "ledger", "through")
    ledger, value = _ledger(state, entry)
    may_post(state, entry, ledger)
    through = _day(entry, "through")
    if value["closed"] and through <= value["closed"]:
        raise Refused(f"the ledger {ledger!r} is closed through {value['closed']} already")
    if through >= entry.time[:10]:
        raise Refused(f"{through} is not over yet; the last day that can be closed is the one before {entry.time[:10]}")
    state.put(LEDGERS, ledger, {**value, "closed": through})


def reopen_period(state: State, entry: Entry) -> None:
    """`ledger.reopen`: what was closed is closed through an earlier day only, or (`through` left out) not at all."""
    only(entry, "ledger", "through", "reason")
    by_all_or_decided(state, entry)
    ledger, value = _ledger(state, entry)
    field(entry, "reason", str)
    through = _day(entry, "through") if entry.body.get("through") is not None else None
    if not value["closed"] or (through or "") >= value["closed"]:
        stands = f"closed through {value['closed']}" if value["closed"] else "open"
        raise Refused(f"the ledger {ledger!r} is {stands}; it is reopened through an earlier day")
    state.put(LEDGERS, ledger, {**value, "closed": through})


def _ledger(state: State, entry: Entry) -> tuple[str, Any]:
    ledger = field(entry, "ledger", str)
    return ledger, ledger_on(state, ledger)


def _day(entry: Entry, name: str) -> str:
    try:
        return check_date(field(entry, name, str)).isoformat()
    except FundingError as error:
        raise Refused(f"the field {name} of {entry.kind}: {error}") from None


def _kind(name: str, apply: Any, about: str) -> Kind:
    # A body moves money only where the charter entrusts it with that: not each committee of the record may.
    return Kind(name, apply, about, decidable=True, entrusted=True)


KINDS = (
    _kind("ledger.open", open_ledger, "a ledger: its currency, treasurers and financial year"),
    _kind("ledger.treasurers", set_treasurers, "who may post in a ledger"),
    _kind("ledger.account", change_accounts, "opens and closes accounts of a ledger"),
    _kind("ledger.post", post_journal, "a journal of balanced transactions"),
    _kind("ledger.reverse", reverse_journal, "the exact opposites of transactions"),
    _kind("ledger.close", close_period, "a period in which nothing is posted any more"),
    _kind("ledger.reopen", reopen_period, "a closed period in which something is posted again"),
)
