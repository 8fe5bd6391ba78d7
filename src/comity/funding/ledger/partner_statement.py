"""The statement of one partner: what was called and paid, given in kind, outstanding, in advance, bartered, spent for it."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal

from comity.funding.errors import FundingError
from comity.funding.ledger.book import Booked
from comity.funding.ledger.cash_flow import flows
from comity.funding.ledger.headings import (
    ADVANCE,
    CONTRIBUTIONS,
    IN_KIND,
    INTEREST,
    RECEIVABLE,
    SPENT_IN_KIND,
    Subject,
    within,
)
from comity.funding.ledger.journal import Transaction, account_part
from comity.funding.ledger.periods import in_order
from comity.funding.ledger.statement import ZERO, Row, Statement, Table, day_name, less, negative, row, total
from comity.model.problems import nearest

By = dict[str, Decimal]
AMOUNT = {"amount": "Amount"}
BARTER = "Equity:Barter"
#: How long what is outstanding has been so, in days from the call: the last bound of each class, and what it is called.
AGES = ((30, "30 days or less"), (90, "31 to 90 days"), (365, "91 to 365 days"), (None, "more than a year"))


def partners(of: Subject) -> tuple[str, ...]:
    """The identifiers of the partners that a ledger has accounts of."""
    return tuple(sorted({r.partner for r in of.rows.values() if r.partner}))


def partner_statement(
    of: Subject, partner: str, start: date, end: date, *, missions: Collection[str] | None = None
) -> Statement:
    """What a partner was called for and paid in a period, and how it stands at the end.

    `missions` are the identifiers of those that it takes part in; where they are not given, every mission's spending is
    shown. FundingError when the ledger has no account of the partner, or the period ends before it begins.
    """
    in_order(start, end)
    known = partners(of)
    if partner not in known:
        hint = nearest(partner, known) or (
            f"it has those of {', '.join(known)}" if known else "it has none of any partner"
        )
        raise FundingError(f"the ledger {of.ledger!r} has no account of a partner {partner!r}; {hint}")
    own = {a for a, r in of.rows.items() if r.partner == partner}
    name = of.called.get(partner, partner)
    tables = [
        Table("account", f"Account of {name}", AMOUNT, tuple(_account(of, own, start, end))),
        Table("outstanding", "Outstanding, by how long ago it was called", AMOUNT, tuple(_ages(of, own, end))),
        Table(
            "giving",
            "In kind and barter",
            {"period": "This period", "ever": "To date"},
            tuple(_giving(of, own, partner, start, end)),
        ),
        Table(
            "missions",
            "Spent on its missions" if missions is not None else "Spent on all missions",
            {"period": "This period", "ever": "To date"},
            tuple(_missions(of, missions, start, end)),
        ),
        Table(
            "entries",
            "Entries of the period",
            {"debit": "Called", "credit": "Paid or credited", "balance": "It owes"},
            tuple(_entries(of, own, start, end)),
            "rows",
        ),
    ]
    return Statement(
        kind="partner",
        title="Statement of a partner",
        about=name,
        ledger=of.ledger,
        currency=of.currency,
        start=start,
        end=end,
        tables=tuple(t for t in tables if t.rows),
        notes=(
            "Payments settle the oldest call first when what is outstanding is dated.",
            "A balance that the partner owes is positive; what it paid in advance is negative.",
        ),
    )


def _of(own: Collection[str], *groups: str) -> list[str]:
    return [a for a in own if any(within(a, g) for g in groups)]


def _held(of: Subject, on: date | None, accounts: Collection[str]) -> By:
    held = {} if on is None else of.book.balances(on)
    return _summed({k: a for k, a in held.items() if k[0] in accounts})


def _moved(of: Subject, start: date, end: date, accounts: Collection[str]) -> By:
    return _summed({k: d - c for k, (d, c) in of.book.movements(start, end).items() if k[0] in accounts})


def _summed(amounts: Mapping[tuple[str, str], Decimal]) -> By:
    return total({currency: amount} for (_, currency), amount in amounts.items())


def _account(of: Subject, own: Collection[str], start: date, end: date) -> Iterator[Row]:
    """From what it owed, over what was called and paid, to what it owes; advances count against it."""
    owing, advance = _of(own, RECEIVABLE), _of(own, ADVANCE)
    before = None if start == date.min else date.fromordinal(start.toordinal() - 1)
    opening, closing = _held(of, before, [*owing, *advance]), _held(of, end, [*owing, *advance])
    called = negative(_moved(of, start, end, _of(own, CONTRIBUTIONS)))
    interest = negative(_moved(of, start, end, _of(own, INTEREST)))
    paid = _paid(of, own, start, end)
    rest = less(less(closing, opening), total((called, interest, negative(paid))))
    yield row("opening", f"Owed before {day_name(start)}", {"amount": opening}, kind="total")
    yield row("called", "Contributions called", {"amount": called}, depth=1)
    yield row("interest", "Interest charged", {"amount": interest}, depth=1)
    yield row("paid", "Paid", {"amount": negative(paid)}, depth=1)
    if any(rest.values()):
        yield row("other", "Credited or charged otherwise", {"amount": rest}, depth=1)
    yield row("closing", f"Owed at {day_name(end)}", {"amount": closing}, kind="total")
    yield row("arrears", "of which outstanding", {"amount": _held(of, end, owing)}, depth=1)
    yield row("advances", "of which paid in advance", {"amount": _held(of, end, advance)}, depth=1)


def _paid(of: Subject, own: Collection[str], start: date, end: date) -> By:
    found: By = defaultdict(Decimal)
    for booked in _booked(of, own, start, end):
        for flow in flows(booked.transaction):
            if flow.account in own and not within(flow.account, IN_KIND):
                found[flow.currency] += flow.amount
    return dict(found)


def _ages(of: Subject, own: Collection[str], end: date) -> Iterator[Row]:
    """What is outstanding by the age of its call: credits settle the oldest debits first."""
    owing = _of(own, RECEIVABLE)
    open_: dict[str, deque[tuple[date, Decimal]]] = defaultdict(deque)
    credit: By = defaultdict(Decimal)
    for booked in _booked(of, owing, None, end):
        for posting in booked.transaction.postings:
            if posting.account in owing:
                if posting.amount > 0:
                    open_[posting.currency].append((booked.transaction.date, posting.amount))
                else:
                    credit[posting.currency] -= posting.amount
    by_age: dict[str, By] = {title: {} for _, title in AGES}
    for currency, calls in open_.items():
        for called, amount in calls:
            settled = min(amount, credit[currency])
            credit[currency] -= settled
            if amount > settled:
                by = by_age[_age((end - called).days)]
                by[currency] = by.get(currency, ZERO) + amount - settled
    for title, amounts in by_age.items():
        if amounts:
            yield row(title, title[0].upper() + title[1:], {"amount": amounts})


def _age(days: int) -> str:
    return next(title for bound, title in AGES if bound is None or days <= bound)


def _giving(of: Subject, own: Collection[str], partner: str, start: date, end: date) -> Iterator[Row]:
    kind = _of(own, IN_KIND)
    period, ever = negative(_moved(of, start, end, kind)), negative(_held(of, end, kind))
    if any(ever.values()) or any(period.values()):
        yield row("in-kind", "Accepted contributions in kind", {"period": period, "ever": ever})
    part = account_part(partner)
    for account in sorted(a for a in of.rows if within(a, BARTER)):
        first, *others = account.split(":")[2:]
        mirrored = ":".join([BARTER, *others, first])
        # Debit: the first owes the second. Where each of two has its account, that of the partner tells it.
        if part == first:
            sign, other = 1, others[0] if others else ""
        elif part in others and mirrored not in of.rows:
            sign, other = -1, first
        else:
            continue
        moved, held = (_moved(of, start, end, [account]), _held(of, end, [account]))
        period, ever = ({c: sign * a for c, a in by.items()} for by in (moved, held))
        label = f"Barter: owes {of.side(other)} (negative: is owed)"
        yield row(account, label, {"period": period, "ever": ever}, account=account)


def _missions(of: Subject, missions: Collection[str] | None, start: date, end: date) -> Iterator[Row]:
    wanted = None if missions is None else {*missions, *map(account_part, missions)}
    groups: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for account in of.rows:
        if within(account, "Expenses"):
            in_kind = within(account, SPENT_IN_KIND)
            parts = account.split(":")
            part = parts[2 if in_kind else 1] if len(parts) > 1 + in_kind else ""
            if wanted is None or (of.mission_id(account) or part) in wanted:
                groups[of.mission(account), in_kind].append(account)
    rows = []
    for (mission, in_kind), accounts in sorted(groups.items()):
        period, ever = _moved(of, start, end, accounts), _held(of, end, accounts)
        if any(period.values()) or any(ever.values()):
            rows.append(
                row(
                    f"{mission}{'/in-kind' if in_kind else ''}",
                    f"{mission}{' (in kind)' if in_kind else ''}",
                    {"period": period, "ever": ever},
                )
            )
    yield from rows
    if len(rows) > 1:
        yield row("total", "Total", {m: total(r.figures[m] for r in rows) for m in ("period", "ever")}, kind="total")


def _entries(of: Subject, own: Collection[str], start: date, end: date) -> Iterator[Row]:
    """Each transaction that changed what the partner owes, with what it owed after."""
    accounts = _of(own, RECEIVABLE, ADVANCE)
    before = None if start == date.min else date.fromordinal(start.toordinal() - 1)
    balance = _held(of, before, accounts)
    for booked in _booked(of, accounts, start, end):
        debit, credit = _sides(booked.transaction, accounts)
        if debit or credit:
            balance = total((balance, debit, negative(credit)))
            touched = {c: balance[c] for c in {*debit, *credit}}
            label = f"{booked.transaction.date} {booked.transaction.narration}".strip()
            yield row(booked.name, label, {"debit": debit, "credit": credit, "balance": touched}, account=booked.name)


def _booked(of: Subject, accounts: Collection[str], start: date | None, end: date) -> list[Booked]:
    """The transactions that touch any of these accounts, each once, by date."""
    found = {b.name: b for account in sorted(accounts) for b in of.book.transactions(start, end, under=account)}
    return sorted(found.values(), key=lambda b: b.transaction.date)


def _sides(transaction: Transaction, accounts: Collection[str]) -> tuple[By, By]:
    net = total({p.currency: p.amount} for p in transaction.postings if p.account in accounts)
    return {c: a for c, a in net.items() if a > 0}, {c: -a for c, a in net.items() if a < 0}
