"""The charts of a plan itself: spending against budgets, who provides what, the flow of money, and science covered."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from comity.model.programme import POOL
from comity.report.figures import Chart, Table
from comity.report.naming import Study
from comity.report.summary import spent_in
from comity.report.wording import counted, percent, points
from comity.roadmap.answer import CashFlow

#: Missions in one matrix: what fits on a printed page.
MATRIX_MISSIONS = 46
#: Missions that a flow diagram shows by name; the cheaper ones beyond are drawn as one.
FLOW_MISSIONS = 30

ZERO = Decimal(0)
#: A common pool that pays a smaller part of the cost is drawn among the payers.
LEAST_POOL = Decimal("0.05")
#: How an amount is written that is nothing, or too small to be seen in the report's unit.
NOTHING = ("0", "0.0")


# --- spending --------------------------------------------------------------------------------------------------------


def spending(study: Study) -> list[Chart]:
    """A small chart for each paying partner: what it spends each year, under the line of its budget."""
    return [_spending_of(study, partner) for partner in study.contributors if _takes_part(study, partner)]


def _takes_part(study: Study, partner: str) -> bool:
    return any(spent_in(study, partner, year) for year in study.programme.programme.horizon.years)


def _spending_of(study: Study, partner: str) -> Chart:
    years = study.programme.programme.horizon.years
    money = study.money
    spent = [spent_in(study, partner, year) for year in years]
    budget = [study.programme.budget(partner, year) for year in years]
    total = sum(budget, ZERO)
    return Chart(
        id=f"spending-{study.contributors.index(partner) + 1}",
        kind="spending",
        title=study.partner(partner),
        height=150,
        wide=False,
        summary=f"{money.number(sum(spent, ZERO))} of {money.money(total)} over the horizon"
        + (f", {percent(sum(spent, ZERO) / total)}." if total else "."),
        drawing={
            "years": list(years),
            "spent": [money.scaled(a) for a in spent],
            "budget": [money.scaled(a) for a in budget],
            "colour": study.colour(partner),
            "unit": money.unit,
        },
    )


def spending_table(study: Study) -> Table:
    """Spent, and the budget, by partner and year."""
    years = study.programme.programme.horizon.years
    rows = []
    for partner in study.contributors:
        spent = [spent_in(study, partner, year) for year in years]
        budget = [study.programme.budget(partner, year) for year in years]
        rows.append(
            (study.partner(partner), "spent", *map(study.money.number, spent), study.money.number(sum(spent, ZERO)))
        )
        rows.append(
            (study.partner(partner), "budget", *map(study.money.number, budget), study.money.number(sum(budget, ZERO)))
        )
    return Table(
        ("Partner", study.money.unit, *map(str, years), "All"), tuple(rows), frozenset(range(2, len(years) + 3))
    )


def accounts_table(study: Study) -> Table:
    """What each paying partner gives and gets over the horizon."""
    unit = study.money.unit
    rows = []
    for partner in study.contributors:
        account = study.plan.accounts.get(partner)
        if account is not None:
            back = "–" if account.return_coefficient is None else f"{account.return_coefficient:.2f}"
            rows.append(
                (
                    study.full_partner(partner),
                    study.money.number(account.spent),
                    study.money.number(account.cash_paid),
                    study.money.number(account.cash_received),
                    study.money.number(account.contribution),
                    study.money.number(account.work),
                    back,
                    study.money.number(account.barter_debt),
                    points(account.benefit),
                    str(account.roles),
                )
            )
    return Table(
        (
            "Partner",
            f"On elements [{unit}]",
            f"Into the pool [{unit}]",
            f"From the pool [{unit}]",
            f"Contribution [{unit}]",
            f"Work [{unit}]",
            "Return",
            f"Barter debt [{unit}]",
            "Benefit [points]",
            "Roles",
        ),
        tuple(rows),
        frozenset(range(1, 10)),
    )


def pool_table(study: Study) -> Table | None:
    """The common pool year by year; None when it never holds anything."""
    flows: list[tuple[int, CashFlow]] = sorted(study.plan.cash.items())
    if not any(flow.paid or flow.received or flow.spent or flow.held for _, flow in flows):
        return None
    number = study.money.number

    def who(amounts: dict[str, Decimal]) -> str:
        return (
            "; ".join(f"{study.partner(p)} {number(a)}" for p, a in amounts.items() if number(a) not in NOTHING) or "–"
        )

    return Table(
        (
            "Year",
            f"Paid in [{study.money.unit}]",
            f"Received [{study.money.unit}]",
            f"Spent on elements [{study.money.unit}]",
            f"Held at the end [{study.money.unit}]",
        ),
        tuple(
            (str(y), who(dict(f.paid)), who(dict(f.received)), number(f.spent), number(f.held))
            for y, f in flows
            if any(number(a) not in NOTHING for a in (*f.paid.values(), *f.received.values(), f.spent, f.held))
        ),
        frozenset({3, 4}),
    )


# --- who provides what -----------------------------------------------------------------------------------------------


def _work_by_mission(study: Study) -> dict[str, dict[str, Decimal]]:
    found: dict[str, dict[str, Decimal]] = {m.mission: {} for m in study.delivered}
    for element in study.plan.elements:
        row = found.setdefault(element.mission, {})
        for worker, work in element.work.items():
            row[worker] = row.get(worker, ZERO) + work
    return found


def matrix(study: Study) -> list[Chart]:
    """Missions against partners: the value of the work that each does for each; as many charts as pages need."""
    work = _work_by_mission(study)
    workers = [p for p in study.working if any(p in row for row in work.values())]
    order = sorted(work, key=lambda m: (-study.cost_of(m), m))
    most = max((study.money.scaled(value) for row in work.values() for value in row.values()), default=0.0)
    return [
        _matrix(study, work, workers, order[at : at + MATRIX_MISSIONS], most, place)
        for place, at in enumerate(range(0, len(order), MATRIX_MISSIONS), start=1)
    ]


def _matrix(
    study: Study, work: dict[str, dict[str, Decimal]], workers: list[str], missions: list[str], most: float, place: int
) -> Chart:
    money = study.money
    cells = [
        [column, row, money.scaled(work[mission][worker])]
        for row, mission in enumerate(missions)
        for column, worker in enumerate(workers)
        if work[mission].get(worker)
    ]
    table = Table(
        ("Mission", *map(study.partner, workers), "All"),
        tuple(
            (
                study.mission(m),
                *(money.number(work[m][w]) if work[m].get(w) else "" for w in workers),
                money.number(sum(work[m].values(), ZERO)),
            )
            for m in missions
        ),
        frozenset(range(1, len(workers) + 2)),
    )
    return Chart(
        id=f"matrix-{place}",
        kind="matrix",
        title="Missions by partner" + ("" if place == 1 else ", continued"),
        height=118 + 17 * len(missions),
        table=table,
        summary=f"{len(missions)} missions, the costliest first, against {len(workers)} partners; the darker, the more work "
        f"[{money.unit}].",
        drawing={
            "missions": [study.mission(m) for m in missions],
            "partners": [study.partner(w) for w in workers],
            "cells": cells,
            "unit": money.unit,
            "most": most,
        },
    )


def flow(study: Study) -> Chart:
    """The flow of money: from those who pay (some through the common pool), through the missions, to those who do the work.

    The whole cost of an element is drawn, by the payers' and the workers' shares of it; into the pool, what is paid less
    what is received.
    """
    named = sorted(study.elements_of, key=lambda m: (-study.cost_of(m), m))[:FLOW_MISSIONS]
    links: dict[tuple[str, str], Decimal] = {}
    for payer, mission, worker, amount in _flows(study):
        middle = f"m:{mission}" if mission in named else "m:"
        for link in ((POOL if payer == POOL else f"p:{payer}", middle), (middle, f"w:{worker}")):
            links[link] = links.get(link, ZERO) + amount
    pooled = sum((v for (start, _), v in links.items() if start == POOL), ZERO)
    if pooled > LEAST_POOL * study.plan.cost:
        links |= {(f"p:{p}", POOL): paid for p in study.contributors if (paid := _into_the_pool(study, p)) > 0}
    nodes = dict.fromkeys(end for link in links for end in link)
    money = study.money
    hidden = len(study.elements_of) - len(named)

    def name(node: str) -> str:
        kind, _, identifier = node.partition(":")
        if kind == "m":
            return study.mission(identifier) if identifier else counted(hidden, "smaller mission")
        return study.partner(identifier or node)

    def colour(node: str) -> str:
        return {"m": "var(--quiet)", POOL: "var(--cx)"}.get(node.partition(":")[0]) or study.colour(node[2:])

    through = any(end == POOL for _, end in links)
    columns = ["p", POOL, "m", "w"] if through else [POOL, "m", "w"]

    def column(node: str) -> int:
        kind = node.partition(":")[0]
        return 0 if kind == "p" else columns.index(kind)

    longest = max(len(named), sum(n[0] == "w" for n in nodes))
    return Chart(
        id="flow",
        kind="flow",
        title="Who pays, for what, to whom",
        height=max(320, 60 + 20 * longest),
        summary="Flow of money from those who pay (left) through missions (middle) to those who do the work (right)"
        + ("; the common pool stands between." if through else "."),
        drawing={
            "unit": money.unit,
            "columns": len(columns),
            "nodes": [{"id": n, "name": name(n), "depth": column(n), "colour": colour(n)} for n in nodes],
            "links": [{"from": a, "to": b, "amount": money.scaled(v)} for (a, b), v in links.items() if v > 0],
        },
        table=Table(
            ("From", "To", money.unit),
            tuple(
                (name(a), name(b), money.number(v))
                for (a, b), v in sorted(links.items(), key=lambda e: (column(e[0][0]), -e[1], e[0]))
            ),
            frozenset({2}),
        ),
    )


def _into_the_pool(study: Study, partner: str) -> Decimal:
    flows = study.plan.cash.values()
    return sum((f.paid.get(partner, ZERO) - f.received.get(partner, ZERO) for f in flows), ZERO)


def _flows(study: Study) -> Iterator[tuple[str, str, str, Decimal]]:
    for planned in study.plan.elements:
        option = study.model_of(planned)[2]
        if option is None:
            continue
        for payer, paid in option.payer_shares.items():
            for worker, done in option.work_shares.items():
                yield payer, planned.mission, worker, planned.cost * paid * done


# --- science ---------------------------------------------------------------------------------------------------------


def science(study: Study) -> Chart:
    """How much of each objective's value is won, along the tree; beside it, by all going alone, where that is known."""
    comparison = study.given.comparison
    alone_by_leaf = dict(comparison.objectives_alone) if comparison is not None else {}
    rows: list[dict[str, Any]] = []
    table = []
    for objective, depth in _tree(study):
        leaves = _leaves_below(study, objective)
        worth = sum(float(study.programme.objectives[o].value or 0) for o in leaves)
        won = sum(study.plan.objectives[o].value for o in leaves if o in study.plan.objectives)
        alone = sum(alone_by_leaf.get(o, 0.0) for o in leaves) if alone_by_leaf else None
        rows.append(
            {
                "name": study.objective(objective),
                "depth": depth,
                "leaf": leaves == [objective],
                "worth": worth,
                "together": round(100 * won / worth, 2) if worth else 0,
                "alone": round(100 * alone / worth, 2) if alone is not None and worth else None,
                "text": f"{points(won)} of {points(worth)}",
            }
        )
        coverage = (
            study.plan.objectives[objective].coverage
            if leaves == [objective] and objective in study.plan.objectives
            else None
        )
        table.append(
            (
                "\u2003" * depth + study.objective(objective),
                points(worth),
                points(won),
                percent(won / worth if worth else 0),
                "–" if alone is None else points(alone),
                "–" if coverage is None else f"{coverage:.2f}",
            )
        )
    return Chart(
        id="science",
        kind="science",
        title="Part of each objective's value that is won",
        height=50 + 24 * len(rows),
        summary="Part of the value won by objective, together" + (" and alone." if alone_by_leaf else "."),
        drawing={"rows": rows, "alone": bool(alone_by_leaf)},
        table=Table(
            ("Objective", "Worth [points]", "Won together [points]", "Part won", "Won alone [points]", "Coverage"),
            tuple(table),
            frozenset({1, 2, 3, 4, 5}),
        ),
    )


def _tree(study: Study) -> Iterator[tuple[str, int]]:
    objectives = study.programme.objectives

    def below(parent: str | None, depth: int) -> Iterator[tuple[str, int]]:
        for identifier, objective in objectives.items():
            if objective.parent == parent:
                yield identifier, depth
                yield from below(identifier, depth + 1)

    return below(None, 0)


def _leaves_below(study: Study, objective: str) -> list[str]:
    children = [o for o, found in study.programme.objectives.items() if found.parent == objective]
    return [leaf for child in children for leaf in _leaves_below(study, child)] if children else [objective]
