"""The charts about what might have been: trade-off fronts, joint confidence, and S-curves."""

from __future__ import annotations

from decimal import Decimal

from comity.model.calendar import Month
from comity.report.figures import Chart, Table
from comity.report.naming import Study
from comity.report.wording import chance, grouped, listed, month_name, percent, points
from comity.roadmap.answer_parts import Confidence, Front

_AXES = {"cost": "Science against cost", "fairness": "Science against fairness"}


def fronts(study: Study) -> list[Chart]:
    """One chart for each Pareto front of more than one plan."""
    tradeoff = study.given.tradeoff
    return [] if tradeoff is None else [_front(study, front) for front in tradeoff.fronts if len(front.points) > 1]


def _front(study: Study, front: Front) -> Chart:
    money = study.money
    cost = front.x_axis == "cost"
    kept = [p for p in front.points if cost or p.fairness is not None]
    drawn = []
    for point in sorted(kept, key=lambda p: (p.cost if cost else Decimal(str(p.fairness)), p.value)):
        x = money.scaled(point.cost) if cost else round(100 * (point.fairness or 0.0), 2)
        drawn.append(
            {
                "x": x,
                "y": round(point.value, 2),
                "label": point.label,
                "chosen": point.is_chosen,
                "gap": percent(point.gap),
            }
        )
    return Chart(
        id=f"front-{front.x_axis}",
        kind="front",
        title=_AXES[front.x_axis],
        height=330,
        wide=False,
        summary=f"{len(kept)} real plans, none of which is worse than another on both axes; the plan of this report is marked.",
        drawing={
            "points": drawn,
            "xName": f"Cost [{money.unit_at}]" if cost else "Least gain of any partner [%]",
            "xUnit": money.unit if cost else "%",
            "yName": "Science [points]",
        },
        table=Table(
            ("Plan", f"Cost [{money.unit}]", "Science [points]", "Least gain", "Proven gap"),
            tuple(
                (
                    p.label + (" (this plan)" if p.is_chosen else ""),
                    money.number(p.cost),
                    points(p.value),
                    "–" if p.fairness is None else percent(p.fairness),
                    percent(p.gap),
                )
                for p in kept
            ),
            frozenset({1, 2, 3, 4}),
        ),
    )


def confidence(study: Study) -> list[Chart]:
    """The joint scatter of cost and date with its confidence level, and the S-curve of each."""
    sure = study.given.confidence
    return [] if sure is None else [_joint(study, sure), _cost_curve(study, sure), _date_curve(sure)]


def _joint(study: Study, sure: Confidence) -> Chart:
    money = study.money
    cost_only = sure.cost_confidence - sure.joint_confidence
    date_only = sure.schedule_confidence - sure.joint_confidence
    corners = {
        "both kept": sure.joint_confidence,
        "cost alone kept": cost_only,
        "date alone kept": date_only,
        "neither kept": 1 - sure.joint_confidence - cost_only - date_only,
    }
    lines = {percent(level / 100): line for level, line in sorted(sure.frontiers.items())}
    return Chart(
        id="joint",
        kind="joint",
        title="Joint confidence in cost and date",
        height=400,
        summary=(
            f"{grouped(len(sure.sample))} of {grouped(sure.draws)} draws beside the plan; planned cost and date are kept together "
            f"with {chance(sure.joint_confidence)}."
            + (f" On the lines, cost and date are kept together with {listed(list(lines))}." if lines else "")
        ),
        drawing={
            "sample": [[round(cost / 10**money.exponent, 1), int(month)] for cost, month in sure.sample],
            "cost": money.scaled(sure.planned_cost),
            "date": sure.planned_finish.index,
            "unit": money.unit_at,
            "corners": [[name, chance(part)] for name, part in corners.items()],
            "lines": [
                {"name": name, "points": [[money.scaled(p.cost), p.finish.index] for p in line]}
                for name, line in lines.items()
            ],
        },
        table=Table(("What", "Probability"), tuple((k, chance(v)) for k, v in corners.items()), frozenset({1})),
    )


def _cost_curve(study: Study, sure: Confidence) -> Chart:
    money = study.money
    steps = sorted(sure.cost_percentiles.items())
    return Chart(
        id="curve-cost",
        kind="curve",
        title="Probability of staying within a cost",
        height=300,
        wide=False,
        summary=f"S-curve of the cost; the plan's {money.money(sure.planned_cost)} holds with {chance(sure.cost_confidence)}.",
        drawing={
            "points": [[money.scaled(c), p] for p, c in steps],
            "plan": money.scaled(sure.planned_cost),
            "held": round(100 * sure.cost_confidence, 1),
            "xName": f"Cost [{money.unit_at}]",
            "months": False,
        },
        table=Table(
            ("Probability", f"Cost [{money.unit}]"),
            tuple((percent(p / 100), money.number(c)) for p, c in steps),
            frozenset({0, 1}),
        ),
    )


def _date_curve(sure: Confidence) -> Chart:
    steps: list[tuple[int, Month]] = sorted(sure.finish_percentiles.items())
    return Chart(
        id="curve-date",
        kind="curve",
        title="Probability that all is delivered by a date",
        height=300,
        wide=False,
        summary=f"S-curve of the last delivery; {month_name(sure.planned_finish)} holds with {chance(sure.schedule_confidence)}.",
        drawing={
            "points": [[m.index, p] for p, m in steps],
            "plan": sure.planned_finish.index,
            "held": round(100 * sure.schedule_confidence, 1),
            "xName": "Last delivery",
            "months": True,
        },
        table=Table(
            ("Probability", "Last delivery"), tuple((percent(p / 100), month_name(m)) for p, m in steps), frozenset({0})
        ),
    )


def on_time_table(study: Study) -> Table | None:
    """Each mission's probability of delivering in its planned month, the least sure first."""
    sure = study.given.confidence
    if sure is None or not sure.on_time:
        return None
    planned = {m.mission: m.delivery for m in study.plan.missions}
    missed = sure.no_window
    return Table(
        ("Mission", "Planned delivery", "On time", *(["Last window missed"] if missed else [])),
        tuple(
            (
                study.mission(m),
                month_name(planned[m]) if m in planned else "–",
                chance(p),
                *([chance(missed[m]) if m in missed else "–"] if missed else []),
            )
            for m, p in sorted(sure.on_time.items(), key=lambda e: (e[1], e[0]))
        ),
        frozenset({2, 3}),
    )


def limits_table(study: Study) -> Table | None:
    """Elements that delay may drive past a date or a longest wait, the most probable first."""
    sure = study.given.confidence
    if sure is None or not sure.broken_limits:
        return None
    rows = []
    for name, probability in sorted(sure.broken_limits.items(), key=lambda e: (-e[1], e[0])):
        mission, _, element = name.partition("/")
        rows.append((study.mission(mission), study.element(mission, element), chance(probability)))
    return Table(("Mission", "Element", "Probability"), tuple(rows), frozenset({2}))
