"""What every section of a report needs to hand: names, colours, and the wording of money, for one report."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from comity.model.base import Named
from comity.model.missions import Element, Mission, Option
from comity.model.partners import Partner
from comity.model.programme import POOL, Programme
from comity.report.palette import partner_colours
from comity.report.question import ReportInput
from comity.report.wording import THIN, MoneyWording
from comity.roadmap.answer import Plan, PlannedElement, PlannedMission

_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


@dataclass(frozen=True)
class Study:
    """A report's input with its names and colours looked up."""

    given: ReportInput

    @property
    def programme(self) -> Programme:
        return self.given.programme

    @property
    def plan(self) -> Plan:
        return self.given.plan

    @cached_property
    def money(self) -> MoneyWording:
        """How amounts of this plan are written."""
        return MoneyWording.of(self.programme, self.plan.cost)

    @cached_property
    def colours(self) -> Mapping[str, str]:
        return partner_colours(self.programme, self.plan)

    @cached_property
    def elements_of(self) -> Mapping[str, tuple[PlannedElement, ...]]:
        """The planned elements of each planned mission, by start."""
        found: dict[str, list[PlannedElement]] = {m.mission: [] for m in self.plan.missions}
        for element in sorted(self.plan.elements, key=lambda e: (e.start, e.finish, e.element)):
            found.setdefault(element.mission, []).append(element)
        return {mission: tuple(elements) for mission, elements in found.items()}

    @cached_property
    def contributors(self) -> tuple[str, ...]:
        """The partners with a budget that take part, the largest contribution first."""
        taking_part = self.plan.coalition
        who = [p for p in self.programme.contributors if taking_part is None or p in taking_part]
        return tuple(sorted(who, key=lambda p: (-self.contribution(p), p)))

    @cached_property
    def paying(self) -> tuple[str, ...]:
        """The contributors that do contribute, the largest first."""
        return tuple(p for p in self.contributors if self.contribution(p) > 0)

    def contribution(self, partner: str) -> Decimal:
        account = self.plan.accounts.get(partner)
        return account.contribution if account is not None else Decimal(0)

    def colour(self, partner: str) -> str:
        return self.colours.get(partner, "var(--cx)")

    @cached_property
    def short_names(self) -> Mapping[str, str]:
        """Each partner's name as a chart has room for it; two that would read alike keep their whole names."""
        short = {p: short_name(partner) for p, partner in self.programme.partners.items()}
        seen = Counter(short.values())
        return {p: name if seen[name] == 1 else self.programme.partners[p].name for p, name in short.items()}

    def partner(self, partner: str) -> str:
        """A partner's short name; the common pool's; or the identifier when it is not known."""
        if partner == POOL and partner not in self.programme.partners:
            return "Common pool"
        return self.short_names.get(partner, partner)

    def full_partner(self, partner: str) -> str:
        """A partner's name, after its short one where they differ: `NASA, National Aeronautics and Space Administration`."""
        short = self.partner(partner)
        known = self.programme.partners.get(partner)
        if known is None:
            return short
        return known.name if known.name.startswith(short) else f"{short}, {known.name}"

    def mission(self, mission: str) -> str:
        known = self.programme.missions.get(mission)
        return known.name if known is not None else mission

    def element(self, mission: str, element: str) -> str:
        known = self.programme.missions[mission].elements.get(element) if mission in self.programme.missions else None
        return known.name if known is not None else element

    def objective(self, objective: str) -> str:
        known = self.programme.objectives.get(objective)
        return known.name if known is not None else objective

    def named(self, text: str) -> str:
        """An engine's text with names for the identifiers in it, and its numbers grouped as the report groups them."""
        return _THOUSANDS.sub(THIN, self._identifiers.sub(lambda found: self._named[found.group()], text))

    @cached_property
    def _named(self) -> Mapping[str, str]:
        """Names by identifier: of all partners, and of what else is called by several words joined (no word of prose)."""
        programme = self.programme
        kinds: tuple[Mapping[str, Named], ...] = (
            programme.missions,
            programme.facilities,
            programme.participation,
            programme.export_control,
        )
        joined = {i: named.name for kind in kinds for i, named in kind.items() if "-" in i}
        return joined | {p: self.partner(p) for p in programme.partners}

    @cached_property
    def _identifiers(self) -> re.Pattern[str]:
        longest_first = sorted(self._named, key=lambda i: (-len(i), i))
        return re.compile(r"(?<![\w/-])(?:" + "|".join(map(re.escape, longest_first)) + r")(?![\w/-])")

    def model_of(self, planned: PlannedElement) -> tuple[Mission, Element, Option | None]:
        """The mission, element and option that a planned element stands for."""
        mission = self.programme.missions[planned.mission]
        element = mission.elements[planned.element]
        return mission, element, next((o for o in element.options if o.label == planned.option), None)

    def cost_of(self, mission: str) -> Decimal:
        return sum((e.cost for e in self.elements_of.get(mission, ())), Decimal(0))

    def lead(self, mission: str) -> str:
        """The partner that does most of a mission's work; on a tie, the first by id."""
        done: dict[str, Decimal] = {}
        for element in self.elements_of.get(mission, ()):
            for worker, work in element.work.items():
                done[worker] = done.get(worker, Decimal(0)) + work
        return min(done, key=lambda p: (-done[p], p)) if done else ""

    def provider(self, planned: PlannedElement) -> str:
        """Who does most of an element's work."""
        return min(planned.work, key=lambda p: (-planned.work[p], p)) if planned.work else ""

    def whole_value(self) -> float:
        """The value of all objectives when wholly covered [points]."""
        return sum(float(self.programme.objectives[o].value or 0) for o in self.programme.leaves)

    @cached_property
    def delivered(self) -> tuple[PlannedMission, ...]:
        """The planned missions in order of delivery."""
        return tuple(sorted(self.plan.missions, key=lambda m: (m.delivery, m.mission)))

    @cached_property
    def working(self) -> tuple[str, ...]:
        """All partners (paying or paid) with a part in the plan, the largest work first."""
        done = {p: Decimal(0) for m in self.plan.missions for p in m.partners}
        for element in self.plan.elements:
            for worker, work in element.work.items():
                done[worker] = done.get(worker, Decimal(0)) + work
        return tuple(sorted(done, key=lambda p: (-done[p], p)))


#: A name no longer than this stands as it is.
SHORT = 18
_PUBLIC = ("agency", "intergovernmental", "public_body")


def short_name(partner: Partner) -> str:
    """`NASA`, `United Kingdom`: a name without what follows a comma or bracket; an agency's initials where it is still long.

    An agency's identifier is taken for its initials when it is one word that does not occur in the name.
    """
    base = partner.name.partition(" (")[0].partition(",")[0].strip()
    initials = partner.kind in _PUBLIC and partner.id.isalpha() and len(partner.id) <= 8
    if len(base) > SHORT and initials and partner.id.lower() not in partner.name.lower():
        return partner.id.upper()
    return base or partner.name


def themes(study: Study) -> dict[str, list[str]]:
    """The planned missions by theme, in the order of the files; missions without one under `Other missions`."""
    found: dict[str, list[str]] = {}
    planned = {m.mission: m for m in study.plan.missions}
    for mission in study.programme.missions.values():
        if mission.id in planned:
            found.setdefault(theme_name(study, mission.theme or ""), []).append(mission.id)
    unnamed = "Missions" if len(found) == 1 else "Other missions"
    return {
        theme or unnamed: sorted(
            ids, key=lambda m: (study.elements_of[m][0].start if study.elements_of[m] else planned[m].delivery, m)
        )
        for theme, ids in found.items()
    }


def theme_name(study: Study, theme: str) -> str:
    """A theme as people read it: by the name of the objective that it is called after, or its own words."""
    known = study.programme.objectives.get(theme)
    return known.name if known is not None else theme[:1].upper() + theme[1:].replace("-", " ").replace("_", " ")
