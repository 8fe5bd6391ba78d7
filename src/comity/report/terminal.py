"""An answer on the terminal: what was planned, who pays, who gains, what binds, and why; within 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from textwrap import shorten

from rich import box
from rich.console import RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from comity.report.joints import interfaces
from comity.report.naming import Study
from comity.report.question import ReportInput
from comity.report.summary import STATUS, place_name
from comity.report.wording import counted, grouped, listed, percent, points, signed_percent
from comity.roadmap.answer_parts import Confidence, Exposure, Front, MissionReason

#: Rows of a table in the summary of a plan; each part's own command shows all.
MOST = 8


def plan_summary(given: ReportInput) -> Iterator[RenderableType]:
    """The answer in short: the figures, the missions with their dates, who pays what, what binds, what is left out."""
    study = Study(given)
    yield headline(study)
    yield missions(study)
    yield from interfaces(study, most=MOST)
    yield partners(study)
    if given.binding:
        yield binding(study, most=MOST)
    if given.reasons is not None:
        yield from reasons(study, only_out=True, most=MOST)
    else:
        yield from _left_out(study)


# --- the parts -------------------------------------------------------------------------------------------------------


def headline(study: Study) -> RenderableType:
    """Science, bound and gap, cost, and what cooperation and luck make of it."""
    plan, given, money = study.plan, study.given, study.money
    lines = Table.grid(padding=(0, 2))
    lines.add_column(style="bold", no_wrap=True)
    lines.add_column()
    lines.add_row("Science", f"{points(plan.value)} of {points(study.whole_value())} points")
    lines.add_row("Proof", f"no plan wins more than {points(plan.bound)} points: gap {percent(plan.gap, 2)}")
    lines.add_row("Status", STATUS[plan.status])
    lines.add_row("Cost", f"{money.words(plan.cost)} at {money.ec} prices")
    if given.comparison is not None:
        lines.add_row("Alone", _alone_in_short(study))
    if given.confidence is not None:
        lines.add_row("Confidence", _confidence_in_short(study, given.confidence))
    if given.exposure:
        lines.add_row("Exposure", _exposed_in_short(study, given.exposure))
    title = Text(study.programme.programme.name, style="bold underline")
    page = Table.grid()
    page.add_row(title)
    page.add_row(Padding(lines, (1, 0, 0, 2)))
    return Padding(page, (0, 0, 1, 0))


def missions(study: Study) -> Table:
    """The missions of the plan in order of delivery."""
    plan = study.plan
    table = _table(f"Missions in the plan: {len(plan.missions)} of {len(study.programme.missions)}")
    for name in ("Mission", "Begins", "Delivers"):
        table.add_column(name, no_wrap=name != "Mission")
    table.add_column("Success", justify="right", no_wrap=True)
    table.add_column(f"Cost [{study.money.unit}]".replace("[", "\\["), justify="right", no_wrap=True)
    table.add_column("Partners", ratio=1)
    for planned in study.delivered:
        who = sorted(planned.partners, key=lambda p: (p != study.lead(planned.mission), p))
        table.add_row(
            escape(study.mission(planned.mission)),
            str(min(e.start for e in study.elements_of[planned.mission])),
            str(planned.delivery),
            percent(planned.success, 0),
            study.money.number(study.cost_of(planned.mission)),
            escape(", ".join(map(study.partner, who[:3])) + (f" +{len(who) - 3}" if len(who) > 3 else "")),
        )
    return table


def partners(study: Study) -> Table:
    """Who pays what, what work comes back, and what each gains over going alone."""
    comparison, number = study.given.comparison, study.money.number
    table = _table(f"Who pays what, in {study.money.unit_at}")
    table.add_column("Partner", ratio=1)
    for name in ("Pays", "Work", "Return", "Missions", "Gain"):
        table.add_column(name, justify="right", no_wrap=True)
    part = {p: sum(p in m.partners for m in study.plan.missions) for p in study.contributors}
    for partner in study.contributors:
        account = study.plan.accounts.get(partner)
        if account is None:
            continue
        alone = comparison.alone.get(partner) if comparison is not None else None
        table.add_row(
            escape(study.partner(partner)),
            number(account.contribution),
            number(account.work),
            "" if account.return_coefficient is None else f"{account.return_coefficient:.2f}",
            str(part[partner]),
            "" if alone is None else "alone: 0" if alone.gain is None else signed_percent(alone.gain),
        )
    return table


def comparison(study: Study) -> Iterator[RenderableType]:
    """Together against alone, partner by partner; nothing when it was not asked."""
    found, number = study.given.comparison, study.money.number
    if found is None:
        return
    table = _table(f"Together and alone (points; {study.money.unit_at})")
    table.add_column("Partner", ratio=1)
    for name in ("Together", "Alone", "Gain", "Pays", "Alone", "Missions"):
        table.add_column(name, justify="right", no_wrap=True)
    for partner in study.contributors:
        alone = found.alone.get(partner)
        if alone is not None:
            table.add_row(
                escape(study.partner(partner)),
                points(alone.benefit_together),
                points(alone.benefit_alone),
                "" if alone.gain is None else signed_percent(alone.gain),
                number(alone.together_cost),
                number(alone.cost_alone),
                str(len(alone.missions)),
            )
    yield table
    yield _alone_in_short(study)


def duplication(study: Study, *, most: int | None = None) -> RenderableType:
    """What overlaps on the same objective, the costliest for science first."""
    ranked = sorted(study.given.duplication or (), key=lambda o: (-o.lost_value, -o.freed_cost, o.first, o.second))
    if not ranked:
        return "No two missions of the plan overlap on the same objective."
    table = _table(f"Done twice: {len(ranked)}")
    table.add_column("Objective", ratio=1)
    table.add_column("First", ratio=1)
    table.add_column("Second", ratio=1)
    for name in ("Overlap", "Frees", "Loses"):
        table.add_column(name, justify="right", no_wrap=True)
    for o in ranked[:most]:
        table.add_row(
            escape(study.objective(o.objective)),
            escape(f"{study.mission(o.first[0])}: {study.element(*o.first)}"),
            escape(f"{study.mission(o.second[0])}: {study.element(*o.second)}"),
            points(o.lost_value),
            study.money.number(o.freed_cost),
            points(o.value_if_dropped),
        )
    table.caption = (
        f"Overlap: points lost because both are done. Dropping the second frees {study.money.unit}, loses points."
    )
    return table


def binding(study: Study, *, most: int | None = None) -> RenderableType:
    """What holds the plan back, the most telling first."""
    ranked = sorted(study.given.binding or (), key=lambda b: (-b.marginal_value, b.kind, b.where))
    if not ranked:
        return "Nothing holds the plan back that one more unit would loosen."
    table = _table(_shown("What holds the plan back", len(ranked), most))
    table.add_column("Where", ratio=2)
    table.add_column("Limit", ratio=3)
    table.add_column("One more brings", ratio=3)
    table.add_column("Written in", ratio=2, overflow="fold")
    for b in ranked[:most]:
        place = "" if b.file is None else f"{PurePath(b.file).name}:{b.line}" if b.line is not None else b.file
        words = study.named(b.limit)
        limit = words if most is None else shorten(words, 60, placeholder=" ...")
        worth = f"{grouped(b.marginal_value, 2 if b.marginal_value < 10 else 0)} points a {b.unit}"
        table.add_row(escape(place_name(study, b.where)), escape(limit), escape(worth), escape(place))
    return table


def reasons(study: Study, *, only_out: bool = False, most: int | None = None) -> Iterator[RenderableType]:
    """Why missions are in the plan or not."""
    given = sorted(study.given.reasons or (), key=lambda r: (not r.in_plan, study.mission(r.mission), r.mission))
    groups = ((False, "Left out, and why"),) if only_out else ((True, "In the plan, and why"), (False, "Left out"))
    for in_plan, title in groups:
        group = [r for r in given if r.in_plan == in_plan]
        if group:
            yield _reasons(study, _shown(title, len(group), most), group[:most], first_only=only_out)


def _reasons(study: Study, title: str, group: Sequence[MissionReason], *, first_only: bool) -> Table:
    table = _table(title)
    table.add_column("Mission", ratio=2)
    table.add_column("Why", ratio=4)
    if not first_only:
        table.add_column("Otherwise", justify="right", no_wrap=True)
    for r in group:
        why = [study.named(w) for w in (r.reasons[:1] if first_only else r.reasons)]
        cells = [escape(study.mission(r.mission)), escape(" ".join(why))]
        if not first_only:
            cells.append("" if r.value_if_forced is None else _signed_points(r.value_if_forced))
        table.add_row(*cells)
    return table


def front(study: Study, drawn: Front) -> Table:
    """A Pareto front of real plans."""
    table = _table(f"Science against {drawn.x_axis}: {counted(len(drawn.points), 'plan')}")
    table.add_column("Plan", ratio=1)
    for name in ("Science", "Cost", "Worst gain", "Gap"):
        table.add_column(name, justify="right", no_wrap=True)
    for point in drawn.points:
        table.add_row(
            escape(point.label) + (" [bold](this plan)[/bold]" if point.is_chosen else ""),
            points(point.value),
            study.money.number(point.cost),
            "" if point.fairness is None else signed_percent(point.fairness),
            percent(point.gap, 2),
        )
    table.caption = f"Cost in {study.money.unit_at}; worst gain: of the worst-off partner over going alone."
    return table


def confidence(study: Study) -> Iterator[RenderableType]:
    """How sure cost and dates are; nothing when it was not asked."""
    sure = study.given.confidence
    if sure is None:
        return
    table = _table(f"Confidence in cost and dates: {counted(sure.draws, 'draw')}, seed {sure.seed}")
    for name in ("Percentile", "Whole cost", "Last delivery"):
        table.add_column(name, justify="right", no_wrap=True)
    for percentile, cost in sorted(sure.cost_percentiles.items()):
        finish = sure.finish_percentiles.get(percentile)
        table.add_row(str(percentile), study.money.number(cost), str(finish) if finish is not None else "")
    table.caption = f"Cost in {study.money.unit_at}."
    yield table
    yield _confidence_in_short(study, sure)
    late = sorted(sure.on_time.items(), key=lambda item: (item[1], item[0]))[:5]
    if late:
        worst = [f"{study.mission(m)} ({percent(p, 0)})" for m, p in late]
        yield f"Least likely on time: {escape(listed(worst))}."


# --- in short --------------------------------------------------------------------------------------------------------


def _alone_in_short(study: Study) -> str:
    found = study.given.comparison
    assert found is not None
    if found.value_alone_union <= 0:
        return "nothing: none of the partners can fly a mission alone"
    text = f"{points(found.value_alone_union)} points for {study.money.words(found.cost_alone_total)}"
    more = found.value_together / found.value_alone_union - 1
    text += f"; together {percent(abs(more))} {'more' if more >= 0 else 'less'}"
    if found.same_science_cost is not None:
        text += f", or the same for {study.money.words(found.same_science_cost)}"
    return text


def _confidence_in_short(study: Study, sure: Confidence) -> str:
    if set(sure.cost_percentiles.values()) == {sure.planned_cost}:
        return "not known: the programme states no spread of cost, under `programme: uncertainty:`"
    text = f"cost and date hold together with {percent(sure.joint_confidence)}"
    if sure.cost_for_70 is not None:
        text += f"; {study.money.words(sure.cost_for_70)} hold the cost with 70%"
    return text


def _exposed_in_short(study: Study, exposure: Sequence[Exposure]) -> str:
    worst = max(exposure, key=lambda e: (e.lost_value, e.partner))
    return f"without {escape(study.partner(worst.partner))} {percent(worst.lost_share)} of the science is lost"


def _left_out(study: Study) -> Iterator[str]:
    planned = {m.mission for m in study.plan.missions}
    out = [study.mission(m) for m in study.programme.missions if m not in planned]
    if out:
        yield f"[bold]Left out:[/bold] {escape(listed(out, 12))}."


def _table(title: str) -> Table:
    return Table(
        title=title.replace("[", "\\["),
        title_justify="left",
        title_style="bold",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        expand=False,
    )


def _shown(title: str, number: int, most: int | None) -> str:
    return f"{title}: {number}" if most is None or number <= most else f"{title}: the first {most} of {number}"


def _signed_points(value: float) -> str:
    return ("+" if value > 0 else "") + points(value)
