"""Plans of whole programmes for the report to show: each mission as early as its own elements allow, budgets unheeded."""

from __future__ import annotations

from comity.model.calendar import Month
from comity.model.missions import Mission
from comity.model.programme import Programme
from comity.roadmap.answer import Plan
from tests.example_programmes import Picks
from tests.plan_builder import build


def early_plan(programme: Programme, most_missions: int = 200) -> Plan:
    """The plan in which each mission (of the first so many that fit the horizon) starts as early as it can by itself."""
    picks: Picks = {}
    for mission in list(programme.missions.values())[:most_missions]:
        picks.update(_early(programme, mission, picks))
    return build(programme, picks)


def _early(programme: Programme, mission: Mission, others: Picks) -> Picks:
    horizon = programme.programme.horizon
    done: dict[str, tuple[Month, Month]] = {}
    picks: Picks = {}
    waiting = list(mission.elements.values())
    for _ in range(len(waiting) ** 2):
        if not waiting:
            break
        element = waiting.pop(0)
        option = element.options[0]
        before = [(programme.element(mission.id, a.element), a) for a in element.after]
        if any(m == mission.id and e not in done for (m, e), _ in before):
            waiting.append(element)
            continue
        start = max(horizon.start, *(m for m in (element.earliest, option.earliest) if m is not None), horizon.start)
        for (m, e), arc in before:
            if m == mission.id:
                start = max(start, done[e][arc.anchor == "finish"].plus(arc.lag))
            elif (m, e) not in others:
                return {}
        windows = programme.windows(element)
        if windows is not None:
            spans = [s for s in windows if s.last >= start]
            if not spans:
                return {}
            start = max(start, spans[0].first)
        finish = start.plus(option.duration)
        if start > horizon.end or (element.kind != "operations" and finish > horizon.end.plus(1)):
            return {}
        done[element.id] = (start, finish)
        picks[mission.id, element.id] = (option.label, str(start))
    return picks
