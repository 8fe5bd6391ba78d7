"""The minister's page: one paragraph, the key figures, who gains, and three findings, all in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from comity.model.base import Named
from comity.report.naming import Study
from comity.report.wording import chance, counted, grouped, listed, percent, points, signed_percent
from comity.roadmap.answer_parts import Alone, Binding, Comparison


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A number that stands large, what it is, and a line beneath it."""

    number: str
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Gain:
    """A partner's row among `who pays, who gains`; lengths in percent of the longest, `pays` its contribution in words."""

    name: str
    colour: str
    pays: str
    together: float
    alone: float | None
    text: str
    tip: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding: what it is about, and what it says."""

    topic: str
    text: str


#: Kinds of limits that partners can move.
MEANS = ("budget", "facility", "capacity", "rule", "cash_pool")
#: So many payers are named on the first page.
LARGEST_PAYERS = 3
#: Less than alone by no more than this part is not less: the search itself is no finer.
NO_LESS = 1e-6

#: A gain of so much and more is told as `12 times`, not in percent.
MANY = 9
#: A limit's words stand on the first page when they are no longer than this.
SHORT_LIMIT = 60

STATUS = {
    "optimal": "proven best",
    "within_gap": "proven within the gap asked for",
    "feasible": "best found in the time given",
    "interrupted": "best found when it was interrupted: not proven",
}


def key_figures(study: Study) -> list[KeyFigure]:
    """Science, cost, partners, missions, proven gap and confidence."""
    plan, given = study.plan, study.given
    more = _more_science(study)
    figures = [
        KeyFigure(points(plan.value), "points of science", _beside(study, more)),
        KeyFigure(study.money.words(plan.cost), "whole cost", f"at {study.money.ec} prices"),
        KeyFigure(grouped(len(study.paying)), "paying partners", f"{len(study.working)} take part in all"),
        KeyFigure(grouped(len(plan.missions)), "missions", f"of {len(study.programme.missions)} proposed"),
        KeyFigure(percent(plan.gap), "proven gap", "to the best possible"),
    ]
    if given.confidence is not None:
        figures.append(KeyFigure(chance(given.confidence.joint_confidence), "confidence", "of keeping cost and date"))
    return figures


def _beside(study: Study, more: float | None) -> str:
    """What the science is set beside: that of going alone, or all there is."""
    if more is None:
        return f"of {points(study.whole_value())} at most"
    return f"{signed_percent(more)} on going alone" if more < MANY else f"{_times(more)} that of going alone"


def _more_science(study: Study) -> float | None:
    comparison = study.given.comparison
    if comparison is None or comparison.value_alone_union <= 0:
        return None
    return comparison.value_together / comparison.value_alone_union - 1


def _times(gain: float) -> str:
    return f"{grouped(gain + 1)} times"


def _more_words(gain: float) -> str:
    if gain >= MANY:
        return f"{_times(gain)} the"
    return f"{percent(abs(gain))} {'more' if gain >= 0 else 'less'}"


def paragraph(study: Study) -> str:
    """The plan in plain words."""
    return " ".join(_sentences(study))


def _sentences(study: Study) -> Iterator[str]:
    plan, money, given = study.plan, study.money, study.given
    horizon = study.programme.programme.horizon
    yield (
        f"Together, {counted(len(study.paying), 'paying partner')} can carry out {counted(len(plan.missions), 'mission')}, "
        f"of {len(study.programme.missions)} proposed, between {horizon.start.year} and {horizon.end.year}, for "
        f"{money.words(plan.cost)} at {money.ec} prices{_who_pays(study)}."
    )
    whole = study.whole_value()
    yield (
        f"That answers {percent(plan.value / whole if whole else 0)} of what the partners want to know: "
        f"{points(plan.value)} of {points(whole)} points."
    )
    comparison, more = given.comparison, _more_science(study)
    if comparison is not None and more is not None:
        yield (
            f"Going alone, all of them together would reach {points(comparison.value_alone_union)} points for "
            f"{money.words(comparison.cost_alone_total)}: working together wins {_more_words(more)} science."
        )
    elif comparison is not None:
        yield "Going alone, none of them could win any of it."
        if comparison.same_science_cost is not None:
            yield f"The science of going alone could be had together for {money.words(comparison.same_science_cost)}."
    if comparison is not None and more is not None:
        yield from _each_better_off(study, comparison)
    if plan.status == "optimal":
        yield "No plan within these budgets and rules wins more: this is proven."
    else:
        yield f"No plan within these budgets and rules can win more than {percent(_above(study))} more: this is proven."
    if given.confidence is not None:
        sure = given.confidence
        enough = (
            f"; {money.words(sure.cost_for_70)} would hold the cost with 70{chr(160)}%"
            if sure.cost_for_70 is not None
            else ""
        )
        yield f"Cost and date hold together with a probability of {chance(sure.joint_confidence)}{enough}."


def _who_pays(study: Study) -> str:
    """The largest payers and their part: `; NASA pays 32 % of it, ESA 19 % and CNSA 13 %`."""
    whole = sum((study.contribution(p) for p in study.paying), Decimal(0))
    if len(study.paying) < 2:
        return f"; {study.partner(study.paying[0])} pays it all" if study.paying else ""
    first, *others = study.paying[:LARGEST_PAYERS]
    parts = [f"{study.partner(first)} pays {percent(study.contribution(first) / whole)} of it"]
    return "; " + listed(parts + [f"{study.partner(p)} {percent(study.contribution(p) / whole)}" for p in others])


def _each_better_off(study: Study, comparison: Comparison) -> Iterator[str]:
    """Is each partner that pays better off than alone? The worst-off are named."""
    entries = [comparison.alone[p] for p in study.paying if p in comparison.alone]
    worse = [a for a in entries if a.benefit_together < a.benefit_alone * (1 - NO_LESS)]
    if not entries:
        return
    if not worse:
        every = {1: "It wins", 2: "Each of the two wins"}.get(len(entries), f"Each of the {len(entries)} wins")
        yield f"{every} at least as much as alone, by its own priorities."
        return
    worse.sort(key=lambda a: (a.gain or 0.0, a.partner))
    names = listed([f"{study.partner(a.partner)} ({signed_percent(a.gain or 0.0)})" for a in worse], 3)
    yield (
        f"{len(entries) - len(worse)} of the {len(entries)} win at least as much as alone, by their own priorities; "
        f"not so {names}."
    )


def _above(study: Study) -> float:
    plan = study.plan
    return plan.bound / plan.value - 1 if plan.value > 0 else 0.0


# --- who gains -------------------------------------------------------------------------------------------------------


def gains(study: Study) -> list[Gain]:
    """Each paying partner's benefit together and alone, the largest gain first; without a comparison, work and contribution."""
    comparison = study.given.comparison
    if comparison is None:
        return _work_and_contribution(study)
    entries = [a for p, a in comparison.alone.items() if p in study.contributors]
    longest = max((max(a.benefit_together, a.benefit_alone) for a in entries), default=0.0) or 1.0
    entries.sort(key=lambda a: (a.gain is None, -(a.gain or 0.0), -a.benefit_together, a.partner))
    return [
        Gain(
            name=study.partner(a.partner),
            colour=study.colour(a.partner),
            pays=study.money.number(study.contribution(a.partner)),
            together=100 * a.benefit_together / longest,
            alone=100 * a.benefit_alone / longest,
            text=gain_words(a),
            tip=f"{study.partner(a.partner)} pays {study.money.money(study.contribution(a.partner))}: "
            f"{points(a.benefit_together)} points together, {points(a.benefit_alone)} alone",
        )
        for a in entries
    ]


def gain_words(alone: Alone) -> str:
    """What a partner wins over going alone: `+25 %`, `12 times`."""
    if alone.gain is None:
        return "from 0" if alone.benefit_together > 0 else "–"
    return signed_percent(alone.gain) if alone.gain < MANY else _times(alone.gain)


def _work_and_contribution(study: Study) -> list[Gain]:
    money = study.money
    accounts = {p: study.plan.accounts[p] for p in study.contributors if p in study.plan.accounts}
    longest = max((max(a.work, a.contribution) for a in accounts.values()), default=Decimal(0)) or Decimal(1)
    return [
        Gain(
            name=study.partner(p),
            colour=study.colour(p),
            pays=money.number(a.contribution),
            together=float(100 * a.work / longest),
            alone=float(100 * a.contribution / longest),
            text=money.number(a.work),
            tip=f"{study.partner(p)}: work of {money.money(a.work)}, contribution of {money.money(a.contribution)}",
        )
        for p, a in accounts.items()
    ]


# --- findings --------------------------------------------------------------------------------------------------------


def findings(study: Study) -> list[Finding]:
    """What binds, what is done twice, and whom the plan depends on."""
    return [_what_binds(study), _done_twice(study), _exposed(study)]


def binding_words(study: Study, binding: Binding) -> str:
    """What one more unit of a limit is worth."""
    one_more = f"{binding.unit} more" if binding.unit[:1].isdigit() else f"one more {binding.unit}"
    return f"{one_more} would bring {grouped(binding.marginal_value, 2 if binding.marginal_value < 10 else 0)} points"


def _what_binds(study: Study) -> Finding:
    binding = study.given.binding
    if binding:
        told = [_bound_by(study, b) for b in _most_telling(binding)]
        if len(binding) > len(told):
            told.append(f"{counted(len(binding), 'limit')} hold the plan back in all.")
        return Finding("What binds", " ".join(told))
    used = sorted(((spent / budget, p, y) for p, y, spent, budget in _budget_use(study)), reverse=True)
    if not used:
        return Finding("What binds", "No partner's budget is touched.")
    tight = [u for u in used if u[0] >= Decimal("0.98")]
    share, partner, year = used[0]
    if len(tight) > 1:
        partners = sorted({study.partner(p) for _, p, _ in tight})
        return Finding(
            "What binds",
            f"In {len(tight)} cases a budget of the year is used to 98{chr(160)}% or more: by {listed(partners, 4)}.",
        )
    return Finding(
        "What binds", f"The tightest budget is that of {study.partner(partner)} in {year}: {percent(share)} used."
    )


def _most_telling(binding: Sequence[Binding]) -> list[Binding]:
    """The budget and the rule of which one more is worth most; where neither binds, whatever does.

    Limits in different units do not compare: these two are what governments can change.
    """
    ranked = sorted(binding, key=lambda b: (-b.marginal_value, b.kind, b.where))
    money = [b for b in ranked if b.kind == "budget"]
    rules = [b for b in ranked if b.kind in ("rule", "cash_pool", "treaty", "export_control")]
    return [*money[:1], *rules[:1]] or ranked[:1]


def _bound_by(study: Study, binding: Binding) -> str:
    limit = f", {study.named(binding.limit)}" if len(binding.limit) <= SHORT_LIMIT else ""
    return f"{place_name(study, binding.where)}{limit}: {binding_words(study, binding)}."


def _budget_use(study: Study) -> Iterator[tuple[str, int, Decimal, Decimal]]:
    for partner in study.contributors:
        for year in study.programme.programme.horizon.years:
            budget = study.programme.budget(partner, year)
            if budget > 0:
                yield partner, year, spent_in(study, partner, year), budget


def spent_in(study: Study, partner: str, year: int) -> Decimal:
    """A partner's payments on elements in a year, those sunk included, and its balance with the common pool."""
    on_elements = sum(
        (e.payments[partner].get(year, Decimal(0)) for e in study.plan.elements if partner in e.payments), Decimal(0)
    )
    sunk = study.plan.sunk.get(partner, {}).get(year, Decimal(0))
    cash = study.plan.cash.get(year)
    balance = (
        cash.paid.get(partner, Decimal(0)) - cash.received.get(partner, Decimal(0)) if cash is not None else Decimal(0)
    )
    return on_elements + sunk + balance


def _done_twice(study: Study) -> Finding:
    duplication = study.given.duplication
    if duplication:
        usual = study.plan.value / float(study.plan.cost) if study.plan.cost > 0 else 0.0
        poor = [o for o in duplication if o.value_if_dropped < usual * float(o.freed_cost)]
        first = max(poor or duplication, key=lambda o: (o.freed_cost if poor else o.lost_value, o.lost_value))
        missions = list(dict.fromkeys((first.first[0], first.second[0])))
        who = listed([study.mission(m) for m in missions])
        return Finding(
            "Done twice",
            (
                f"{who if len(missions) > 1 else f'Two parts of {who}'} overlap on “{study.objective(first.objective)}”; "
                f"dropping “{study.element(*first.second)}” frees {study.money.words(first.freed_cost)} and loses "
                f"{points(first.value_if_dropped)} points{'' if poor else ': it is worth keeping'}."
            ),
        )
    if duplication is not None:
        return Finding("Done twice", "No two missions of the plan overlap on the same objective.")
    leaves = [o for o in study.programme.leaves if o in study.plan.objectives]
    if not leaves:
        return Finding("Least answered", "The plan scores no objective.")
    least = min(leaves, key=lambda o: (study.plan.objectives[o].part, o))
    return Finding(
        "Least answered",
        f"“{study.objective(least)}”: {percent(study.plan.objectives[least].part)} of its value is won.",
    )


def _exposed(study: Study) -> Finding:
    exposure = study.given.exposure or (study.given.change.exposure if study.given.change is not None else None)
    if exposure:
        largest = max(e.lost_share for e in exposure)
        needed = [study.partner(e.partner) for e in exposure if e.lost_share > largest - NO_LESS]
        return Finding(
            "Exposure",
            f"The plan depends most on {listed(needed, 4)}: without {'it' if len(needed) == 1 else 'any one of them'}, "
            f"even the best new plan loses {percent(largest)} of the science.",
        )
    part = {p: sum(1 for m in study.plan.missions if p in m.partners) for p in study.working}
    if not part:
        return Finding("Exposure", "No partner has a part in the plan.")
    most = min(part, key=lambda p: (-part[p], p))
    return Finding(
        "Exposure",
        f"{study.partner(most)} has a part in {part[most]} of {counted(len(study.plan.missions), 'mission')}: "
        "more than any other.",
    )


def place_name(study: Study, where: str) -> str:
    """`esa 2031` as `ESA 2031`: identifiers in a place's words replaced by the names that people read."""
    programme = study.programme
    kinds: tuple[Mapping[str, Named], ...] = (
        programme.facilities,
        programme.participation,
        programme.export_control,
        programme.treaties,
    )
    words = []
    for word in where.split():
        known = next((kind[word] for kind in kinds if word in kind), None)
        mission, _, element = word.partition("/")
        if element and mission in programme.missions:
            words.append(f"{study.mission(mission)}: {study.element(mission, element)}")
        elif word in programme.partners:
            words.append(study.partner(word))
        else:
            words.append(known.name if known is not None else study.mission(word).replace("_", " "))
    text = " ".join(words)
    return text[:1].upper() + text[1:]
