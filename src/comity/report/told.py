"""The sections of a report that are tables: duplication, what binds, reasons, changes, sources, and how it was found."""

from __future__ import annotations

from collections.abc import Sequence

from comity.report.figures import Table
from comity.report.naming import Study
from comity.report.provenance import Provenance, safe_url
from comity.report.summary import STATUS, gain_words, place_name
from comity.report.wording import grouped, month_name, percent, points
from comity.roadmap.answer_parts import Change, Exposure


def gains_table(study: Study) -> Table | None:
    """Together against alone, for each paying partner; None without a comparison."""
    comparison = study.given.comparison
    if comparison is None:
        return None
    number = study.money.number
    unit = study.money.unit
    return Table(
        (
            "Partner",
            "Benefit together [points]",
            "Benefit alone [points]",
            "Gain",
            f"Cost together [{unit}]",
            f"Cost alone [{unit}]",
            f"Its science alone, had together [{unit}]",
            "Missions alone",
        ),
        tuple(
            (
                study.full_partner(p),
                points(a.benefit_together),
                points(a.benefit_alone),
                gain_words(a),
                number(a.together_cost),
                number(a.cost_alone),
                "–" if a.cost_for_same is None else number(a.cost_for_same),
                str(len(a.missions)),
            )
            for p in study.contributors
            for a in [comparison.alone.get(p)]
            if a is not None
        ),
        frozenset(range(1, 8)),
    )


def duplication_table(study: Study) -> Table:
    """Overlaps, the costliest for science first."""
    ranked = sorted(study.given.duplication or (), key=lambda o: (-o.lost_value, -o.freed_cost, o.first, o.second))

    def part(place: tuple[str, str]) -> str:
        return f"{study.mission(place[0])}: {study.element(*place)}"

    return Table(
        (
            "Objective",
            "First",
            "Second",
            "Lost to overlap [points]",
            f"Freed by dropping the second [{study.money.unit}]",
            "Lost by dropping it [points]",
            "Advice",
        ),
        tuple(
            (
                study.objective(o.objective),
                part(o.first),
                part(o.second),
                points(o.lost_value),
                study.money.number(o.freed_cost),
                points(o.value_if_dropped),
                o.advice,
            )
            for o in ranked
        ),
        frozenset({3, 4, 5}),
    )


def binding_table(study: Study) -> Table:
    """Limits that hold the plan back, the most telling first."""
    ranked = sorted(study.given.binding or (), key=lambda b: (-b.marginal_value, b.kind, b.where))
    return Table(
        ("Kind", "Where", "Limit", "One more is worth [points]", "One more", "Written in"),
        tuple(
            (
                b.kind.replace("_", " "),
                place_name(study, b.where),
                study.named(b.limit),
                grouped(b.marginal_value, 3 if b.marginal_value < 1 else 1),
                b.unit,
                "–" if b.file is None else f"{b.file}:{b.line}" if b.line is not None else b.file,
            )
            for b in ranked
        ),
        frozenset({3}),
    )


def reasons_table(study: Study) -> Table:
    """Why each mission is in the plan or not."""
    ranked = sorted(study.given.reasons or (), key=lambda r: (not r.in_plan, study.mission(r.mission), r.mission))
    return Table(
        ("Mission", "In the plan", "Why", "If it were the other way [points]"),
        tuple(
            (
                study.mission(r.mission),
                "yes" if r.in_plan else "no",
                study.named(" ".join(r.reasons)),
                "–"
                if r.value_if_forced is None
                else ("+" if r.value_if_forced > 0 else "") + points(r.value_if_forced),
            )
            for r in ranked
        ),
        frozenset({3}),
    )


def change_table(study: Study, change: Change) -> Table:
    """What replanning changes for whom."""
    number, unit = study.money.number, study.money.unit
    return Table(
        (
            "Partner",
            f"Contribution before [{unit}]",
            "after",
            f"Work before [{unit}]",
            "after",
            "Benefit before [points]",
            "after",
        ),
        tuple(
            (
                study.partner(c.partner),
                number(c.contribution_before),
                number(c.contribution_after),
                number(c.work_before),
                number(c.work_after),
                points(c.benefit_before),
                points(c.benefit_after),
            )
            for c in change.partners
        ),
        frozenset(range(1, 7)),
    )


def change_lines(study: Study, change: Change) -> list[tuple[str, str]]:
    """`(what, text)`: science and cost before and after; missions dropped, added, moved."""
    lines = [
        ("Science", f"{points(change.value_before)} → {points(change.value_after)} points"),
        ("Cost", f"{study.money.money(change.cost_before)} → {study.money.money(change.cost_after)}"),
    ]
    for what, missions in (("Dropped", change.dropped), ("Added", change.added)):
        lines.append((what, ", ".join(map(study.mission, missions)) or "none"))
    moved = (f"{study.mission(m.mission)} ({month_name(m.before)} → {month_name(m.after)})" for m in change.moved)
    lines.append(("Moved", ", ".join(moved) or "none"))
    return lines


def exposure_table(study: Study, exposure: Sequence[Exposure]) -> Table:
    """How much science the loss of each partner would cost."""
    return Table(
        ("Without", "Science lost [points]", "Of the plan's"),
        tuple((study.partner(e.partner), points(e.lost_value), percent(e.lost_share)) for e in exposure),
        frozenset({1, 2}),
    )


def documents(study: Study, found: Provenance) -> list[dict[str, str]]:
    """The documents cited, the most cited first."""
    listed = []
    for identifier, figures in found.documents.items():
        source = study.programme.sources.get(identifier)
        listed.append(
            {
                "name": source.name if source is not None else identifier,
                "publisher": source.publisher if source is not None else "",
                "date": source.date if source is not None else "",
                "url": safe_url(source) if source is not None else "",
                "figures": grouped(figures),
            }
        )
    return listed


def how_found(study: Study) -> list[tuple[str, str]]:
    """`(what, text)`: status, value, bound, gap, engine, seed, time, and what the answer belongs to."""
    plan = study.plan
    lines = [
        ("Status", STATUS[plan.status]),
        ("Science won", f"{grouped(plan.value, 3)} points"),
        ("No plan can win more than", f"{grouped(plan.bound, 3)} points"),
        ("Proven gap", percent(plan.gap, 3)),
        ("Whole cost", f"{grouped(plan.cost, 2)} {study.money.currency}@{study.money.ec}"),
    ]
    if plan.run is not None:
        run = plan.run
        lines += [
            ("Time", f"{grouped(run.seconds, 1)} s on {run.threads} thread{'s' if run.threads != 1 else ''}"),
            ("Seed", str(run.seed)),
            ("Engine", run.engine),
            ("Search", f"{grouped(run.iterations)} iterations, {grouped(run.columns)} columns"),
        ]
    if plan.frozen_before is not None:
        lines.append(("Fixed before", month_name(plan.frozen_before)))
    if plan.coalition is not None:
        lines.append(("Taking part", ", ".join(map(study.partner, plan.coalition))))
    lines.append(("Programme", f"{plan.programme}, SHA-256 {plan.programme_digest}"))
    return lines
