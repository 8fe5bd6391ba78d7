"""The statements that a ledger's balances give: trial balance, income and expenditure, position, budget.

Their names and contents follow IPSAS 1 (statements of financial position and of financial performance, each with the
earlier period beside) and IPSAS 24 (budget against actual); what they are called here is what a fund's board calls them.
The statement of cash flows and that of a partner are modules of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from comity.funding.errors import FundingError
from comity.funding.ledger.headings import (
    ADVANCE,
    BANK,
    BUDGET,
    CONTRIBUTIONS,
    ESCROW,
    EXCHANGE,
    IN_KIND,
    INTEREST,
    PAYABLE,
    RECEIVABLE,
    SPENT_IN_KIND,
    Subject,
    group_of,
    group_title,
    spaced,
    within,
)
from comity.funding.ledger.periods import with_earlier, year_before
from comity.funding.ledger.statement import (
    ZERO,
    Amounts,
    Row,
    Statement,
    Table,
    brief,
    less,
    negative,
    row,
    total,
)

By = dict[str, dict[str, Decimal]]
#: The figures of an account, by measure.
Figures = dict[str, Amounts]

POSITION_ORDER = (BANK, ESCROW, RECEIVABLE, ADVANCE, PAYABLE)
INCOME_ORDER = (CONTRIBUTIONS, IN_KIND, INTEREST)


def trial_balance(of: Subject, on: date) -> Statement:
    """Every account's balance at the end of a day, as debit or credit; both columns come to the same in each currency."""
    held = _by_account(of.book.balances(on))
    rows = []
    for account, balance in sorted(held.items()):
        debit = {c: a for c, a in balance.items() if a > 0}
        credit = {c: -a for c, a in balance.items() if a < 0}
        rows.append(row(account, of.account(account), {"debit": debit, "credit": credit}, account=account))
    sums = _sums(rows, ("debit", "credit"))
    rows.append(row("total", "Total", sums, kind="total"))
    measures = {"debit": "Debit", "credit": "Credit"}
    balanced = not any(less(sums["debit"], sums["credit"]).values())
    return Statement(
        kind="trial-balance",
        title="Trial balance",
        ledger=of.ledger,
        currency=of.currency,
        end=on,
        tables=(Table("accounts", "Balances of all accounts", measures, tuple(rows), "rows"),),
        notes=("Debits equal credits in every currency." if balanced else "DEBITS AND CREDITS DIFFER.",),
    )


def income(of: Subject, start: date, end: date, *, earlier: tuple[date, date] | None = None) -> Statement:
    """What came in and what was spent in a period (both days included), by source and by mission, the earlier one beside.

    `earlier` is the period to compare with; by default the one of the same length just before. FundingError when a period
    ends before it begins.
    """
    earlier, measures = with_earlier(start, end, earlier)
    figures = _two(_moved(of, start, end), _moved(of, *earlier))
    earned = {a: _negated(f) for a, f in figures.items() if within(a, "Income")}
    spent = {a: f for a, f in figures.items() if within(a, "Expenses")}
    came = [*_grouped(earned, group_of, group_title, of.leaf, INCOME_ORDER)]
    came_total = _sums(came, measures, kind="line")
    went = [*_by_mission(spent, of)]
    went_total = _sums(went, measures, kind="line")
    result = {m: less(came_total[m], went_total[m]) for m in measures}
    rows = [
        row("income", "Income", kind="heading"),
        *came,
        row("total-income", "Total income", came_total, kind="total"),
        row("expenditure", "Expenditure", kind="heading"),
        *went,
        row("total-expenditure", "Total expenditure", went_total, kind="total"),
        row("surplus", "Surplus (deficit) of the period", result, kind="total"),
    ]
    return Statement(
        kind="income",
        title="Statement of income and expenditure",
        ledger=of.ledger,
        currency=of.currency,
        start=start,
        end=end,
        earlier=earlier,
        tables=(Table("income", "Income and expenditure", measures, tuple(rows)),),
        notes=(
            "Income is shown when it is called, expenditure when it is booked, whether or not cash has moved.",
            "What is given in kind stands on both sides, at the value at which it was accepted.",
        ),
    )


def position(of: Subject, on: date, *, earlier: date | None = None) -> Statement:
    """What the fund has, owes and is left with at the end of a day, and at the end of an earlier one beside.

    `earlier` is one year before by default. The accounts of budget control are left out: they say what may be spent.
    """
    earlier = earlier or year_before(on)
    if earlier >= on:
        raise FundingError(f"the day to compare with, {earlier}, is not before {on}")
    every = _two(_by_account(of.book.balances(on)), _by_account(of.book.balances(earlier)))
    figures = {a: f for a, f in every.items() if not within(a, BUDGET)}
    measures = {"period": brief(on), "earlier": brief(earlier)}
    assets = {a: f for a, f in figures.items() if within(a, "Assets")}
    owed = {a: _negated(f) for a, f in figures.items() if within(a, "Liabilities")}
    equity = {a: _negated(f) for a, f in figures.items() if within(a, "Equity")}
    results = [f for a, f in figures.items() if within(a, "Income") or within(a, "Expenses")]
    have, owe, own = (
        [*_grouped(part, group_of, group_title, of.leaf, POSITION_ORDER)] for part in (assets, owed, equity)
    )
    surplus = {m: negative(total(f[m] for f in results)) for m in measures}
    own.append(row("accumulated", "Accumulated surplus (deficit)", surplus, depth=1, account="Income, Expenses"))
    sums = {key: _sums(part, measures, kind="line") for key, part in (("have", have), ("owe", owe), ("own", own))}
    rows = [
        row("assets", "Assets", kind="heading"),
        *have,
        row("total-assets", "Total assets", sums["have"], kind="total"),
        row("liabilities", "Liabilities", kind="heading"),
        *owe,
        row("total-liabilities", "Total liabilities", sums["owe"], kind="total"),
        row("equity", "Net assets", kind="heading"),
        *own,
        row("net-assets", "Total net assets", sums["own"], kind="total"),
    ]
    even = all(
        less(sums["have"][m], sums["owe"][m]) == _whole(sums["own"][m], sums["have"][m], sums["owe"][m])
        for m in measures
    )
    notes = [
        "Assets less liabilities are the net assets, in every currency." if even else "THE STATEMENT DOES NOT BALANCE."
    ]
    if any(within(a, EXCHANGE) for a in equity):
        notes.append(
            f"{group_title(EXCHANGE)}: what was given for or received in other currencies; it is no loss or gain."
        )
    return Statement(
        kind="position",
        title="Statement of financial position",
        ledger=of.ledger,
        currency=of.currency,
        end=on,
        earlier=(None, earlier),
        tables=(Table("position", "Financial position", measures, tuple(rows)),),
        notes=tuple(notes),
    )


def budget(of: Subject, on: date) -> Statement:
    """How far each mission's budget is used at the end of a day: appropriated, available, committed and spent.

    Beside it what was booked on the mission's accounts of expenses, which is the same as spent where every expense was
    committed before; and each commitment with what is left of it.
    """
    held = of.book.balances(on, under=BUDGET)
    by_mission: dict[str, By] = defaultdict(lambda: defaultdict(dict))
    spoken_for = {"Available": "available", "Committed": "committed", "Spent": "spent"}
    for (account, currency), amount in held.items():
        parts = account.split(":")
        if len(parts) > 3 and parts[2] in spoken_for:
            by = by_mission[of.mission(account)][spoken_for[parts[2]]]
            by[currency] = by.get(currency, ZERO) - amount
    for (account, currency), amount in of.book.balances(on, under="Expenses").items():
        if not within(account, SPENT_IN_KIND):
            by = by_mission[of.mission(account)]["booked"]
            by[currency] = by.get(currency, ZERO) + amount
    measures = {
        "appropriated": "Budget",
        "available": "Available",
        "committed": "Committed",
        "spent": "Spent",
        "booked": "Booked expenses",
    }
    rows = []
    for mission, found in sorted(by_mission.items()):
        whole = total(found[m] for m in spoken_for.values())
        rows.append(
            row(mission, mission, {"appropriated": whole, **{m: found[m] for m in [*spoken_for.values(), "booked"]}})
        )
    rows.append(row("total", "Total", _sums(rows, measures), kind="total"))
    commitments = tuple(_commitments(of, on))
    paid = {"committed": "Committed", "paid": "Used", "open": "Open"}
    tables = [Table("missions", "Budget and actual amounts by mission", measures, tuple(rows), "rows")]
    tables += [Table("commitments", "Commitments", paid, commitments, "rows")] if commitments else []
    return Statement(
        kind="budget",
        title="Budget execution",
        ledger=of.ledger,
        currency=of.currency,
        end=on,
        tables=tuple(tables),
        notes=("What is given in kind needs no budget and is left out.",),
    )


def _commitments(of: Subject, on: date) -> Iterator[Row]:
    made: dict[str, tuple[dict[str, Decimal], dict[str, Decimal]]] = defaultdict(lambda: ({}, {}))
    for (account, currency), (debits, credits) in of.book.movements(date.min, on, under=f"{BUDGET}:Committed").items():
        for by, amount in zip(made[account], (credits, debits), strict=True):
            by[currency] = by.get(currency, ZERO) + amount
    for account, (committed, used) in sorted(made.items()):
        label = f"{of.mission(account)}: {' · '.join(map(spaced, account.split(':')[4:])) or 'General'}"
        yield row(
            account, label, {"committed": committed, "paid": used, "open": less(committed, used)}, account=account
        )


# --- rows ----------------------------------------------------------------------------------------------------------------


def _by_account(balances: Mapping[tuple[str, str], Decimal]) -> By:
    found: By = defaultdict(dict)
    for (account, currency), amount in balances.items():
        if amount:
            found[account][currency] = amount
    return found


def _moved(of: Subject, start: date, end: date) -> By:
    """Net movement of the accounts of income and expenses."""
    return _by_account(
        {
            key: debits - credits
            for root in ("Income", "Expenses")
            for key, (debits, credits) in of.book.movements(start, end, under=root).items()
        }
    )


def _two(now: By, then: By) -> dict[str, Figures]:
    return {a: {"period": now.get(a, {}), "earlier": then.get(a, {})} for a in sorted({*now, *then})}


def _negated(figures: Figures) -> Figures:
    return {m: negative(by) for m, by in figures.items()}


def _sums(rows: Iterable[Row], measures: Iterable[str], *, kind: str = "line") -> dict[str, dict[str, Decimal]]:
    lines = [r for r in rows if r.kind == kind]
    return {m: total(r.figures.get(m, {}) for r in lines) for m in measures}


def _whole(amounts: Amounts, *others: Amounts) -> dict[str, Decimal]:
    """The amounts, zeros included for what currencies others have."""
    return {c: amounts.get(c, ZERO) for c in dict.fromkeys(c for o in (*others, amounts) for c in o)}


def _grouped(
    figures: Mapping[str, Figures],
    group: Callable[[str], str],
    title: Callable[[str], str],
    leaf: Callable[[str], str],
    order: tuple[str, ...],
) -> Iterator[Row]:
    """Rows under their groups: those named in `order` first; a group of one is one line."""
    groups: dict[str, list[str]] = defaultdict(list)
    for account in figures:
        groups[group(account)].append(account)
    for name in sorted(groups, key=lambda g: (order.index(g) if g in order else len(order), g)):
        accounts = sorted(groups[name], key=lambda a: (leaf(a), a))
        if len(accounts) == 1 and accounts[0] == name:
            yield row(name, title(name), figures[name], depth=1, account=name)
            continue
        lines = [row(a, leaf(a), figures[a], depth=2, account=a) for a in accounts]
        yield row(name, title(name), _sums(lines, lines[0].figures), kind="subtotal", depth=1, account=name)
        yield from lines


def _by_mission(figures: Mapping[str, Figures], of: Subject) -> Iterator[Row]:
    """Expenses under their missions; what was given in kind is marked."""

    def leaf(account: str) -> str:
        element = of.element(account)
        return f"{element} (in kind)" if within(account, SPENT_IN_KIND) else element

    yield from _grouped(figures, of.mission, str, leaf, ())
