"""The statement of cash flows, by the direct method: what came in from whom, what went out for what.

Cash is what stands at banks and in escrow. Names and classes follow IPSAS 2: operating, investing and financing activities,
cash at the beginning and at the end of the period. A fund's contributions, missions, suppliers and interest are operating.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

from comity.funding.amounts import split
from comity.funding.ledger.headings import (
    ADVANCE,
    BUDGET,
    CONTRIBUTIONS,
    EXCHANGE,
    INTEREST,
    PAYABLE,
    RECEIVABLE,
    Subject,
    group_title,
    is_cash,
    within,
)
from comity.funding.ledger.journal import Posting, Transaction
from comity.funding.ledger.periods import with_earlier
from comity.funding.ledger.statement import ZERO, Row, Statement, Table, less, row, total

#: Amounts by currency, under the name of an account or of whom they are from.
Held = dict[str, dict[str, Decimal]]
#: A class of flows, whether they were paid, and the line on which they stand.
Purpose = tuple[str, bool, str]
#: A period of more months is told from the first to the last month with flows.
MOST_MONTHS = 120
#: What each class of flows is called, in the order of the statement.
CLASSES = {
    "operating": "Operating activities",
    "investing": "Investing activities",
    "financing": "Financing activities",
    "exchange": "Exchanged between currencies",
}


@dataclass(frozen=True, slots=True)
class Flow:
    """Cash that one transaction brought in (positive) or took out (negative) for what stands on one other account."""

    on: date
    account: str
    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Share:
    """What one transaction did to one account of cash: moved from or to other such accounts, or in or out of the fund."""

    account: str
    currency: str
    outside: Decimal
    between: Decimal


def flows(transaction: Transaction) -> Iterator[Flow]:
    """The cash that a transaction moved in or out, by the accounts that it was for.

    Where a payment settles several things at once, and some of them without cash, the cash is divided in proportion to
    those that stand against it, to the cent (`split`).
    """
    for currency, postings in _by_currency(transaction).items():
        cash = sum((p.amount for p in postings if is_cash(p.account)), ZERO)
        if not cash:
            continue
        against: dict[str, Decimal] = defaultdict(Decimal)
        for posting in postings:
            if not is_cash(posting.account) and not within(posting.account, BUDGET):
                against[posting.account] -= posting.amount
        same = {a: amount for a, amount in against.items() if amount and (amount > 0) == (cash > 0)}
        # Cash that stands against budget control alone has nothing that it was for.
        parts = same or {BUDGET: cash}
        if sum(parts.values()) != cash:
            parts = split(cash, {a: abs(amount) for a, amount in same.items()}, currency=currency)
        for account, amount in parts.items():
            if amount:
                yield Flow(transaction.date, account, currency, amount)


def shares(transaction: Transaction) -> Iterator[Share]:
    """What a transaction did to each account of cash."""
    for currency, postings in _by_currency(transaction).items():
        moved: dict[str, Decimal] = defaultdict(Decimal)
        for posting in postings:
            if is_cash(posting.account):
                moved[posting.account] += posting.amount
        into = {a: amount for a, amount in moved.items() if amount > 0}
        out_of = {a: -amount for a, amount in moved.items() if amount < 0}
        between = min(sum(into.values(), ZERO), sum(out_of.values(), ZERO))
        for sign, side in ((1, into), (-1, out_of)):
            inner = split(between, side, currency=currency) if side and between else {}
            for account, amount in side.items():
                part = inner.get(account, ZERO)
                yield Share(account, currency, sign * (amount - part), sign * part)


def _by_currency(transaction: Transaction) -> Mapping[str, list[Posting]]:
    found: dict[str, list[Posting]] = defaultdict(list)
    for posting in transaction.postings:
        found[posting.currency].append(posting)
    return found


def cash_flow(of: Subject, start: date, end: date, *, earlier: tuple[date, date] | None = None) -> Statement:
    """What came in and what went out in a period (both days included), by class, by account and by month.

    `earlier` is the period whose activities stand beside; by default the one of the same length just before. FundingError
    when a period ends before it begins.
    """
    earlier, measures = with_earlier(start, end, earlier)
    now, then = _Period.of(of, start, end), _Period.of(of, *earlier)
    rows = tuple(_activities({"period": now, "earlier": then}))
    return Statement(
        kind="cash-flow",
        title="Statement of cash flows",
        ledger=of.ledger,
        currency=of.currency,
        start=start,
        end=end,
        earlier=earlier,
        tables=(
            Table("activities", "Cash flows by activity", measures, rows),
            _by_account(of, now),
            _by_month(now.flows, total(now.opening.values()), start, end),
        ),
        notes=(
            "By the direct method. Cash is what stands at banks and in escrow; what is in escrow is bound to its contract.",
            "What is exchanged between currencies leaves the cash of one and enters that of another.",
        ),
    )


@dataclass(frozen=True, slots=True)
class _Period:
    """The cash of a period: held by each account before and after, what each moved, and the flows, also by their purpose."""

    opening: Held
    closing: Held
    flows: list[Flow]
    moved: Mapping[str, Held]
    purposes: Mapping[Purpose, Held]

    @classmethod
    def of(cls, of: Subject, start: date, end: date) -> Self:
        found: list[Flow] = []
        moved: dict[str, Held] = defaultdict(lambda: defaultdict(lambda: defaultdict(Decimal)))
        for booked in of.book.transactions(start, end, under="Assets"):
            found += flows(booked.transaction)
            for share in shares(booked.transaction):
                by = moved[share.account]
                by["receipts" if share.outside > 0 else "payments"][share.currency] += share.outside
                by["between"][share.currency] += share.between
        purposes: dict[Purpose, Held] = defaultdict(lambda: defaultdict(lambda: defaultdict(Decimal)))
        for flow in found:
            line, below = _purpose(of, flow.account, flow.amount > 0)
            purposes[class_of(flow.account), flow.amount < 0, line][below][flow.currency] += flow.amount
        before = None if start == date.min else date.fromordinal(start.toordinal() - 1)
        return cls(_cash(of, before), _cash(of, end), found, moved, purposes)


# --- by activity ---------------------------------------------------------------------------------------------------------


def class_of(account: str) -> str:
    """The class of flows that an account's are of."""
    if within(account, EXCHANGE):
        return "exchange"
    if any(within(account, group) for group in ("Income", "Expenses", RECEIVABLE, ADVANCE, PAYABLE)):
        return "operating"
    return "investing" if within(account, "Assets") else "financing"


def _purpose(of: Subject, account: str, received: bool) -> tuple[str, str]:
    """The line of a flow, and the one below it that says from whom or for what."""
    if any(within(account, group) for group in (RECEIVABLE, ADVANCE, CONTRIBUTIONS)):
        return ("Contributions of partners" if received else "Contributions paid back"), of.leaf(account)
    if within(account, INTEREST):
        return ("Interest received" if received else "Interest paid"), of.leaf(account)
    if within(account, "Expenses"):
        return ("Refunds by missions" if received else "Missions"), of.mission(account)
    if within(account, PAYABLE):
        return ("Refunds by suppliers" if received else "Suppliers"), of.leaf(account)
    if within(account, EXCHANGE):
        return ("Received for other currencies" if received else "Given for other currencies"), ""
    return f"{group_title(':'.join(account.split(':')[:2]))}, {'received' if received else 'paid'}", of.leaf(account)


def _activities(periods: Mapping[str, _Period]) -> Iterator[Row]:
    """From the cash at the beginning, over each class of flows, to that at the end; of each period."""
    first = {m: total(p.opening.values()) for m, p in periods.items()}
    last = {m: total(p.closing.values()) for m, p in periods.items()}
    yield row("opening", "Cash at the beginning", first, kind="total")
    every = sorted({purpose for p in periods.values() for purpose in p.purposes})
    for name, title in CLASSES.items():
        purposes = [purpose for purpose in every if purpose[0] == name]
        if not purposes:
            continue
        yield row(name, title, kind="heading")
        for purpose in purposes:
            yield from _lines(f"{name}/{purpose[2]}", purpose, periods)
        net = {
            m: total(by for purpose in purposes for by in p.purposes.get(purpose, {}).values())
            for m, p in periods.items()
        }
        yield row(f"net-{name}", f"Net: {title[0].lower()}{title[1:]}", net, kind="total")
    yield row("change", "Net change in cash", {m: less(last[m], first[m]) for m in periods}, kind="total")
    yield row("closing", "Cash at the end", last, kind="total")


def _lines(key: str, purpose: Purpose, periods: Mapping[str, _Period]) -> Iterator[Row]:
    """What was for one purpose, and below it from whom or for what."""
    parts = {m: p.purposes.get(purpose, {}) for m, p in periods.items()}
    whole = {m: total(by.values()) for m, by in parts.items()}
    belows = sorted({below for by in parts.values() for below in by})
    if belows == [""]:
        yield row(key, purpose[2], whole, depth=1)
        return
    yield row(key, purpose[2], whole, kind="subtotal", depth=1)
    for below in belows:
        yield row(f"{key}/{below}", below, {m: by.get(below, {}) for m, by in parts.items()}, depth=2)


# --- by account, by month ------------------------------------------------------------------------------------------------


def _by_account(of: Subject, period: _Period) -> Table:
    opening, closing, moved = period.opening, period.closing, period.moved
    measures = {
        "opening": "At the beginning",
        "receipts": "In",
        "payments": "Out",
        "between": "Between accounts",
        "closing": "At the end",
    }
    rows = []
    for account in sorted({*opening, *closing, *moved}):
        by = moved.get(account, {})
        figures = {m: dict(by.get(m, {})) for m in ("receipts", "payments", "between")}
        rows.append(
            row(
                account,
                of.account(account),
                {"opening": opening.get(account, {}), **figures, "closing": closing.get(account, {})},
                account=account,
            )
        )
    sums = {m: total(r.figures[m] for r in rows) for m in measures}
    rows.append(row("total", "All cash", sums, kind="total"))
    return Table("accounts", "Cash by account", measures, tuple(rows), "rows")


def _by_month(found: Sequence[Flow], opening: Mapping[str, Decimal], start: date, end: date) -> Table:
    measures = {"receipts": "In", "payments": "Out", "closing": "At the end"}
    if (
        end.year - start.year
    ) * 12 + end.month - start.month > MOST_MONTHS:  # only those between the first and last flow
        days = [flow.on for flow in found]
        start, end = min(days, default=end), max(days, default=end)
    by_month: dict[str, dict[str, dict[str, Decimal]]] = {
        m: {"receipts": {}, "payments": {}} for m in _months(start, end)
    }
    for flow in found:
        by = by_month[f"{flow.on:%Y-%m}"]["receipts" if flow.amount > 0 else "payments"]
        by[flow.currency] = by.get(flow.currency, ZERO) + flow.amount
    moving = {c for figures in by_month.values() for by in figures.values() for c in by}
    held = {c: a for c, a in opening.items() if c in moving}
    rows = []
    for month, figures in by_month.items():
        held = total((held, *figures.values()))
        rows.append(row(month, month, {"closing": held, **figures}))
    return Table("months", "Cash by month", measures, tuple(rows))


def _months(start: date, end: date) -> Iterator[str]:
    for number in range(start.year * 12 + start.month - 1, end.year * 12 + end.month):
        yield f"{number // 12:04}-{number % 12 + 1:02}"


def _cash(of: Subject, on: date | None) -> Held:
    found: Held = defaultdict(dict)
    for (account, currency), amount in ({} if on is None else of.book.balances(on, under="Assets")).items():
        if is_cash(account):
            found[account][currency] = amount
    return dict(found)
