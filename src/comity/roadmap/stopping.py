"""Which treaties, export rules, capabilities, launch windows and dates stand in the way of science, and of how much."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from comity.model.programme import Programme
from comity.model.reading import Reading
from comity.model.yaml_tree import Path
from comity.roadmap.admission import bars
from comity.roadmap.answer import Plan
from comity.roadmap.answer_parts import Binding, BindingKind
from comity.roadmap.lifting import (
    Lifting,
    looser_dates,
    wider_windows,
    without_export_rule,
    without_requirement,
    without_treaty,
)
from comity.roadmap.rule_words import listed, place
from comity.roadmap.shadow import Shadow


def stopping(shadow: Shadow, plan: Plan, reading: Reading | None) -> Iterator[Binding]:
    """Each rule on single missions whose lifting could bring something; the worth is a ceiling."""
    lifting = Lifting(shadow)
    yield from _treaties(lifting, reading)
    yield from _export_rules(lifting, reading)
    yield from _capabilities(lifting, reading)
    yield from _windows(lifting, plan, reading)
    yield from _dates(lifting, reading)


def _told(
    kind: BindingKind, where: str, limit: str, gain: float, unit: str, path: Path, reading: Reading | None
) -> Binding:
    file, line = place(reading, path)
    return Binding(kind=kind, where=where, limit=limit, marginal_value=gain, unit=unit, file=file, line=line)


def _treaties(lifting: Lifting, reading: Reading | None) -> Iterator[Binding]:
    programme, refusals = lifting.programme, lifting.shadow.problem.refusals
    for treaty in programme.treaties:
        missions = [m.id for m in programme.missions.values() if treaty in m.requires_treaties]
        gains = lifting.gains(without_treaty(programme, treaty), missions)
        if gains:
            refused = [r for (m, _, _), r in refusals.items() if m in missions and r.rule == "treaty"]
            limit = f"required by {listed(missions)}; refuses {_options(len(refused))}"
            limit += f" ({listed(dict.fromkeys(r.reason for r in refused), 2)})" if refused else ", and holds others up"
            limit += f"; without it {_who(gains)} could bring at most this much more"
            unit = "waiver of the treaty"
            yield _told("treaty", treaty, limit, sum(gains.values()), unit, ("treaties", treaty), reading)


def _export_rules(lifting: Lifting, reading: Reading | None) -> Iterator[Binding]:
    programme = lifting.programme
    barred = _barred(programme)
    for rule in programme.export_control:
        missions = barred.get(rule, {})
        gains = lifting.gains(without_export_rule(programme, rule), missions) if missions else {}
        if gains:
            count = sum(missions.values())
            limit = f"bars or times {count} pair{'' if count == 1 else 's'} of options in {listed(missions)}"
            limit += f"; without it {_who(gains)} could bring at most this much more"
            path: Path = ("export_control", rule)
            yield _told("export_control", rule, limit, sum(gains.values()), "licence for all of it", path, reading)


def _barred(programme: Programme) -> dict[str, dict[str, int]]:
    """By export rule and mission, how many pairs of options that meet at an interface the rule concerns."""
    count: dict[str, dict[str, int]] = {}
    for mission in programme.missions.values():
        for interface in mission.interfaces:
            ends = [programme.element(mission.id, end) for end in interface.between]
            one, other = (programme.missions[m].elements[e].options for m, e in ends)
            for a, b in product(one, other):
                for rule in {bar.rule for bar in bars(programme, interface, a, b)}:
                    missions = count.setdefault(rule, {})
                    missions[mission.id] = missions.get(mission.id, 0) + 1
    return count


def _capabilities(lifting: Lifting, reading: Reading | None) -> Iterator[Binding]:
    programme = lifting.programme
    refused = [k for k, r in lifting.shadow.problem.refusals.items() if r.rule == "capability"]
    for technology in programme.technologies:
        there = [k for k in refused if technology in programme.missions[k[0]].elements[k[1]].requires]
        missions = list(dict.fromkeys(m for m, _, _ in there))
        gains = lifting.gains(without_requirement(programme, technology), missions) if missions else {}
        if gains:
            named = listed(f"{m}/{e} by {o}" for m, e, o in there)
            limit = f"refuses {named}; mastered, it lets {_who(gains)} bring at most this much more"
            first = there[0]
            path: Path = ("missions", first[0], "elements", first[1], "requires", technology)
            unit = "waiver of the level required"
            yield _told("capability", technology, limit, sum(gains.values()), unit, path, reading)


def _windows(lifting: Lifting, plan: Plan, reading: Reading | None) -> Iterator[Binding]:
    programme = lifting.programme
    launches = {
        m.id: [e.id for e in m.elements.values() if e.launch_windows is not None]
        for m in programme.missions.values()
        if any(e.launch_windows is not None for e in m.elements.values())
    }
    starts = {(e.mission, e.element): e.start for e in plan.elements}
    for mission, gain in lifting.gains(wider_windows(programme), launches).items():
        element = launches[mission][0]
        spans = programme.windows(programme.missions[mission].elements[element]) or ()
        at = starts.get((mission, element))
        stands = f"the plan starts it in {at}" if at is not None else "not in the plan"
        limit = f"opens in {listed(spans)}; {stands}; at most this much more"
        path: Path = ("missions", mission, "elements", element, "launch_windows")
        where = ", ".join(f"{mission}/{e}" for e in launches[mission])
        yield _told("launch_window", where, limit, gain, "month at both ends of each window", path, reading)


def _dates(lifting: Lifting, reading: Reading | None) -> Iterator[Binding]:
    programme = lifting.programme
    dated: dict[str, dict[str, list[str]]] = {}
    for mission in programme.missions.values():
        for element in mission.elements.values():
            said = [
                f"{word} {date}"
                for word, date in (
                    ("not before", element.earliest),
                    ("not after", element.latest),
                    ("finished by", element.finish_by),
                )
                if date is not None
            ]
            by_option = any(o.earliest is not None or o.latest is not None for o in element.options)
            if said or by_option:
                dated.setdefault(mission.id, {})[element.id] = said or ["dates of its options"]
    for name, gain in lifting.gains(looser_dates(programme), dated).items():
        told = [f"{element} {' and '.join(words)}" for element, words in dated[name].items()]
        path: Path = ("missions", name, "elements", next(iter(dated[name])))
        limit = f"{listed(told, 3)}; at most this much more"
        yield _told("date", name, limit, gain, "year of room at each date", path, reading)


def _who(gains: dict[str, float]) -> str:
    return listed(name for _, name in sorted((-gain, name) for name, gain in gains.items()))


def _options(count: int) -> str:
    return f"{count} option{'' if count == 1 else 's'}"
