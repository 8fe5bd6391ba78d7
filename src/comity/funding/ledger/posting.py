"""What may be posted, by whom: the invariants of a ledger, enforced by the fold of the record.

The state holds, of each journal, who posted it and short digests of its transactions; of each account its balance in minor
units, and of those that may not go negative what moved on each day, so that a posting of an earlier day cannot make any day
since end below nothing.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from comity.funding.errors import FundingError
from comity.funding.ledger.accounts import BALANCES, ledger_on, normal_side, open_on
from comity.funding.ledger.budget import check_release
from comity.funding.ledger.journal import LARGEST, Checked, check_journal, from_minor
from comity.funding.ledger.reserve import keep_reserve
from comity.record import Entry, Refused, State, deciding_body

JOURNALS, HEADS, DAYS, BOUND = "ledger_journals", "ledger_heads", "ledger_days", "ledger_bound"
#: What leaves these accounts leaves them by the kinds of entry of this group alone: milestones accepted, contracts ended.
ESCROW, RELEASED_BY = "Assets:Escrow:", "contract."
#: Bytes of a digest.
DIGEST = 16


def post(state: State, entry: Entry, ledger: str, journal: Mapping[str, Any]) -> None:
    """Applies a journal (its body's form) to a ledger, in the fold of any kind of entry.

    Refused, with the transaction and the reason, unless its author is a treasurer of the ledger or a deciding body, its key
    is new, each transaction balances in each currency and is of a day in an open period, its accounts are open and take
    that currency, those that may not go negative do not at the end of any day, and what needs a commitment releases one.
    """
    may_post(state, entry, ledger)
    post_checked(state, entry, ledger, journal, _checked(journal))


def may_post(state: State, entry: Entry, ledger: str) -> None:
    """Refused unless an entry is by a treasurer of the ledger, or what a body decided."""
    treasurers = ledger_on(state, ledger)["treasurers"]
    if entry.author not in treasurers and deciding_body(entry) is None:
        raise Refused(
            f"{entry.author} is no treasurer of the ledger {ledger!r}; its treasurers are {', '.join(treasurers)}"
        )


def post_checked(state: State, entry: Entry, ledger: str, journal: Mapping[str, Any], checked: list[Checked]) -> None:
    """As `post`, of a journal whose form was checked already, by somebody who may."""
    name = f"{ledger}/{journal['key']}"
    there, whole = state.get(JOURNALS, name), digest_of(journal)
    if there is not None:
        same = "the" if there["digest"] == whole else "another"
        raise Refused(
            f"{same} journal {journal['key']!r} is posted already as entry {there['entry'][:12]}"
            + ("" if same == "the" else "; choose another key")
        )
    _move(state, ledger, journal["key"], checked, releases=entry.kind.startswith(RELEASED_BY))
    keep_reserve(state, ledger, journal["key"], checked)
    head = state.get(HEADS, ledger) or {"journals": 0, "head": ""}
    number = head["journals"]
    state.put(HEADS, ledger, {"journals": number + 1, "head": next_head(head["head"], entry.id)})
    digests = base64.b64encode(b"".join(transaction_digest(t.date, t.postings) for t in checked)).decode()
    state.put(
        JOURNALS, name, {"entry": entry.id, "number": number, "digest": whole, "digests": digests, "reversed": []}
    )


def _checked(journal: Mapping[str, Any]) -> list[Checked]:
    try:
        return check_journal(journal)
    except FundingError as error:
        raise Refused(str(error)) from None


# --- digests -------------------------------------------------------------------------------------------------------------------


def digest_of(journal: Mapping[str, Any]) -> str:
    """A journal's digest: the same for the same journal alone."""
    return hashlib.blake2b(orjson.dumps(journal, option=orjson.OPT_SORT_KEYS), digest_size=DIGEST).hexdigest()


def transaction_digest(day: str, postings: list[tuple[str, str, int]]) -> bytes:
    """What shows later that postings were those of a transaction: of its day, accounts, currencies and minor units."""
    return hashlib.blake2b(orjson.dumps([day, postings]), digest_size=DIGEST).digest()


def next_head(head: str, entry: str) -> str:
    """The digest of all journals of a ledger in their order, with one more; a book knows by it whose it is."""
    return hashlib.blake2b(f"{head} {entry}".encode(), digest_size=DIGEST).hexdigest()


# --- moving ------------------------------------------------------------------------------------------------------------------


class _Line:
    """An account in one currency while a journal is applied."""

    __slots__ = ("account", "currency", "days", "escrow", "guarded", "needs_commitment", "opened", "plain", "total")

    def __init__(self, state: State, ledger: str, account: str, currency: str) -> None:
        value = open_on(state, ledger, account)
        if value["currencies"] and currency not in value["currencies"]:
            raise Refused(f"the account {account} takes {', '.join(value['currencies'])}, and no {currency}")
        self.account, self.currency = account, currency
        self.opened: str = value["opened"]
        self.guarded = not value["overdraft"]
        self.needs_commitment: bool = value["needs_commitment"]
        self.escrow = account.startswith(ESCROW)
        self.plain = not (self.guarded or self.needs_commitment or self.escrow)
        self.total = 0
        self.days: dict[str, int] = {}


def _move(state: State, ledger: str, key: str, checked: list[Checked], *, releases: bool) -> None:
    """Takes the transactions together: all days' ends are as if they had come at once. `releases`: out of escrow, too."""
    value = ledger_on(state, ledger)
    first, closed = value["from"], value["closed"] or ""
    lines: dict[tuple[str, str], _Line] = {}
    for number, (day, postings, _) in enumerate(checked):
        try:
            if day <= closed:
                raise Refused(f"it is of {day}, and the ledger {ledger!r} is closed through {closed}")
            if day < first:
                raise Refused(f"it is of {day}, and the ledger {ledger!r} begins on {first}")
            needing = None
            for account, currency, units in postings:
                line = lines.get((account, currency))
                if line is None:
                    line = lines[account, currency] = _Line(state, ledger, account, currency)
                if day < line.opened:
                    raise Refused(f"it is of {day}, and the account {account} opened on {line.opened}")
                line.total += units
                if line.plain:
                    continue
                if line.guarded:
                    line.days[day] = line.days.get(day, 0) + units
                if line.needs_commitment:
                    needing = (needing or set()) | {account}
                if line.escrow and units < 0 and not releases:
                    raise Refused(
                        f"money leaves {account} only when a milestone is accepted or the contract ends (contract.approve, "
                        "contract.end)"
                    )
            if needing:
                check_release(postings, needing)
        except Refused as error:
            raise Refused(f"transaction {key}/{number}: {error}") from None
    for line in lines.values():
        _settle(state, ledger, line)


def _settle(state: State, ledger: str, line: _Line) -> None:
    name, currency = f"{ledger}/{line.account}", line.currency
    balances = state.get(BALANCES, name) or {}
    before = balances.get(currency, 0)
    after = before + line.total
    if abs(after) > LARGEST:
        most = from_minor(LARGEST, currency)
        raise Refused(f"the account {line.account} would hold more than {most} {currency}, the most it can")
    if line.guarded:
        _keep_days(state, f"{name}/{currency}", line, before)
    state.put(BALANCES, name, {**balances, currency: after})


def _keep_days(state: State, name: str, line: _Line, before: int) -> None:
    """Adds what moved on each day. Refused when some day would end below nothing."""
    first, last = min(line.days), state.get(DAYS, name) or ""
    known: dict[str, int] = {}
    if first <= last:
        for number in range(int(first[:4]), int(last[:4]) + 1):
            past = state.get(DAYS, f"{name}/{number:04}") or {}
            known |= {f"{number:04}-{day}": units for day, units in past.items() if f"{number:04}-{day}" >= first}
    running = before - sum(known.values())
    side = 1 if normal_side(line.account) == "debit" else -1
    for day in sorted(known.keys() | line.days.keys()):
        running += known.get(day, 0) + line.days.get(day, 0)
        if running * side < 0:
            short, units = from_minor(-running * side, line.currency), line.currency
            raise Refused(
                f"the account {line.account} may not go negative, and would be {short} {units} short on {day}"
            )
    for year in sorted({day[:4] for day in line.days}):
        some = dict(state.get(DAYS, f"{name}/{year}") or {})
        for day in line.days:
            if day[:4] == year:
                some[day[5:]] = some.get(day[5:], 0) + line.days[day]
                if abs(some[day[5:]]) > LARGEST:
                    most, units = from_minor(LARGEST, line.currency), line.currency
                    raise Refused(
                        f"the account {line.account} would move more than {most} {units} on {day}, the most it can"
                    )
        state.put(DAYS, f"{name}/{year}", some)
    state.put(DAYS, name, max(last, *line.days))


# --- reversing ---------------------------------------------------------------------------------------------------------------


def bind(state: State, ledger: str, key: str, why: str) -> None:
    """Keeps a journal from being reversed by itself, as something else stands with it; `why` says what, and what undoes both."""
    state.put(BOUND, f"{ledger}/{key}", why)


def reverse(
    state: State,
    entry: Entry,
    ledger: str,
    originals: list[tuple[str, str]],
    journal: Mapping[str, Any],
    *,
    undoes: str = "",
) -> None:
    """Applies a journal of exact opposites; `originals` are the name and day of what each of its transactions reverses.

    `undoes`: the key of a bound journal of which the caller undoes the rest. Refused, besides what `post` refuses, when one
    is not the opposite of its original, is dated before it, is not linked to it, comes a second time, or is bound.
    """
    may_post(state, entry, ledger)
    checked = _checked(journal)
    if len(originals) != len(checked):
        raise Refused(f"{len(checked)} transactions reverse {len(originals)}; each reverses one")
    for (name, day), transaction in zip(originals, checked, strict=True):
        if held := next((a for a, _, _ in transaction.postings if a.startswith(ESCROW)), None):
            raise Refused(f"the transaction {name} moved {held}; what a contract moved is not reversed")
        bound = state.get(BOUND, f"{ledger}/{name.rpartition('/')[0]}")
        if bound is not None and name != f"{undoes}/0":
            raise Refused(f"the transaction {name} is not reversed by itself: {bound}")
        _mark_reversed(state, ledger, name, day, transaction)
    post_checked(state, entry, ledger, journal, checked)


def _mark_reversed(state: State, ledger: str, name: str, day: str, opposite: Checked) -> None:
    key, _, text = name.rpartition("/")
    value = state.get(JOURNALS, f"{ledger}/{key}")
    digests = base64.b64decode(value["digests"]) if value else b""
    number = int(text) if text.isdecimal() and len(text) < 9 else len(digests)
    digest = digests[number * DIGEST : (number + 1) * DIGEST]
    if not digest:
        raise Refused(f"the ledger {ledger!r} has no transaction {name!r}; `comity fund ledger journal` lists them")
    if number in value["reversed"]:
        raise Refused(f"the transaction {name} is reversed already")
    if name not in opposite.links:
        raise Refused(f"the transaction that reverses {name} has it among its links")
    if opposite.date < day:
        raise Refused(f"the transaction {name} is of {day}; it cannot be reversed on {opposite.date}, before that")
    if transaction_digest(day, [(a, c, -units) for a, c, units in opposite.postings]) != digest:
        raise Refused(f"the transaction that reverses {name} is not its exact opposite, or {name} is not of {day}")
    state.put(JOURNALS, f"{ledger}/{key}", {**value, "reversed": sorted([*value["reversed"], number])})
