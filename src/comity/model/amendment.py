"""What may happen to a programme after it was planned: each change a small immutable value, applied by a pure function.

A plan carries its amendments as plain dictionaries (`to_dict`), told apart by `kind`; `from_dict` reads them back.
`apply` makes a new programme of an old one and never changes the old.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from functools import reduce
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from comity.model.base import FrozenDict, Value
from comity.model.calendar import Month
from comity.model.missions import Element, Mission, Option
from comity.model.money import Money
from comity.model.partners import Partner
from comity.model.programme import POOL, Programme
from comity.model.rules import Barter, CashPool, EmergingPlace, ExportRule, ParticipationRule

#: Kinds that fly, and so are lost when the flight fails: what stays on the ground, or in heads, is not built again.
FLOWN = frozenset(
    {
        "launcher",
        "launch",
        "bus",
        "module",
        "lander",
        "rover",
        "orbiter",
        "probe",
        "sample_return",
        "crew_vehicle",
        "cargo_vehicle",
        "telescope",
        "instrument",
        "suit",
        "power",
        "robotics",
        "habitat",
        "relay",
        "integration",
    }
)
#: A launch is bought again at its whole price: nothing of it was designed for this mission.
_NO_COPY = frozenset({"launcher", "launch"})


T = TypeVar("T")


class _Amendment(Value):
    """What all amendments share: one text form, and that they make a new programme of an old one."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold; `from_dict` gives the same amendment back."""
        return {"kind": getattr(self, "kind"), **self.model_dump(mode="json", exclude_unset=True)}  # noqa: B009


class Withdraw(_Amendment):
    """A partner leaves at the beginning of a month.

    Its budget is nil from then on; in the year of leaving, as many twelfths remain as months have passed. Options in
    which it works or pays can start only if they still finish by then, so that what it cannot finish needs another
    option. Rules of participation no longer speak of it, nor does it hold an emerging partner's place; what it received
    from the common pool stays received. Its facilities stay for hire, and companies whose work returns to it stay too.
    """

    kind: Literal["withdraw"] = "withdraw"
    partner: str
    month: Month = Field(description="The first month without it.")

    def amend(self, programme: Programme) -> Programme:
        """The programme after it; ValueError when it speaks of what the programme does not have."""
        who = _known(programme.partners, self.partner, "partner")
        budget = who.budget and FrozenDict({year: self._remaining(year, money) for year, money in who.budget.items()})
        left = who.model_copy(update={"budget": budget, "emerging": None})

        def option(o: Option) -> Option:
            if self.partner not in o.work_shares and self.partner not in o.payer_shares:
                return o
            last = self.month.plus(-o.duration)
            return o.model_copy(update={"latest": last if o.latest is None else min(o.latest, last)})

        return _with(
            _each_option(programme, option),
            partners={**programme.partners, self.partner: left},
            participation=self._rules(programme),
        )

    def _remaining(self, year: int, money: Money) -> Money:
        if year == self.month.year:
            return _times(money, Decimal(self.month.month - 1) / 12)
        return money if year < self.month.year else _times(money, Decimal(0))

    def _rules(self, programme: Programme) -> dict[str, ParticipationRule]:
        rules: dict[str, ParticipationRule] = {}
        for name, rule in programme.participation.items():
            if isinstance(rule, EmergingPlace):
                if set(programme.emerging) != {self.partner}:  # the place of the last emerging partner goes with it
                    rules[name] = rule
                continue
            if isinstance(rule, CashPool):
                # No longer emerging, it would have received in the past what it may not.
                by_name = "emerging" in rule.receivers and programme.partners[self.partner].emerging is not None
                receivers = dict.fromkeys((*rule.receivers, *((self.partner,) if by_name else ())))
                rules[name] = rule.model_copy(update={"receivers": tuple(receivers)})
                continue
            usual = tuple(programme.partners) if isinstance(rule, Barter) else programme.contributors
            others = tuple(p for p in rule.partners or usual if p != self.partner)
            if others:
                rules[name] = rule.model_copy(update={"partners": others})
        return rules


class BudgetCut(_Amendment):
    """A partner's budget changes in some years: to `factor` of what it was, or by `amount` less (never below nil)."""

    kind: Literal["budget_cut"] = "budget_cut"
    partner: str
    years: tuple[int, ...] = Field(min_length=1)
    factor: Decimal | None = Field(default=None, ge=0, description="0.8 leaves 80 %.")
    amount: Money | None = Field(default=None, description="Taken away each year.")

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if (self.factor is None) == (self.amount is None):
            raise ValueError("a budget cut states either the factor that remains or the amount taken away")
        return self

    def amend(self, programme: Programme) -> Programme:
        """The programme after it; ValueError when it speaks of what the programme does not have."""
        who = _known(programme.partners, self.partner, "partner")
        if who.budget is None:
            raise ValueError(f"{self.partner} has no budget to cut")
        budget = dict(who.budget)
        for year in self.years:
            if year not in budget:
                raise ValueError(f"{self.partner} has no budget in {year}; it has from {min(budget)} to {max(budget)}")
            if self.factor is not None:
                budget[year] = _times(budget[year], self.factor)
            elif self.amount is not None:
                rest = programme.worth(budget[year]) - programme.worth(self.amount)
                header = programme.programme
                budget[year] = Money(max(Decimal(0), rest), header.currency, header.economic_conditions)
        changed = who.model_copy(update={"budget": FrozenDict(budget)})
        return _with(programme, partners={**programme.partners, self.partner: changed})


class LaunchFailure(_Amendment):
    """An element fails and takes with it all of its mission that flew: that must be built again from `month` on.

    Built again are the element and every element of the same mission that it comes after, directly or not, and that
    flies (`FLOWN`). A copy built to print takes `rebuild_duration` of the time (rounded up to months) and costs
    `rebuild_cost` of the first; both are assumptions, to be set where better is known. Launches cost and take what
    the first did.
    """

    kind: Literal["launch_failure"] = "launch_failure"
    mission: str
    element: str
    month: Month
    rebuild_cost: Decimal = Field(default=Decimal("0.6"), gt=0, le=2)
    rebuild_duration: Decimal = Field(default=Decimal("0.5"), gt=0, le=2)

    def amend(self, programme: Programme) -> Programme:
        """The programme after it; ValueError when it speaks of what the programme does not have."""
        mission = _known(programme.missions, self.mission, "mission")
        _known(mission.elements, self.element, f"element of {self.mission}")
        elements = {
            name: self._rebuilt(element) if name in lost(mission, self.element) else element
            for name, element in mission.elements.items()
        }
        return _with_elements(programme, mission, elements)

    def _rebuilt(self, element: Element) -> Element:
        def option(o: Option) -> Option:
            update: dict[str, Any] = {"earliest": self.month if o.earliest is None else max(o.earliest, self.month)}
            if element.kind not in _NO_COPY:
                update["cost"] = _times(o.cost, self.rebuild_cost)
                update["duration"] = max(1, math.ceil(o.duration * self.rebuild_duration))
            return o.model_copy(update=update)

        return element.model_copy(update={"options": tuple(map(option, element.options))})


class Delay(_Amendment):
    """An element takes `months` longer by any of its options, or cannot start before `not_before`, or both."""

    kind: Literal["delay"] = "delay"
    mission: str
    element: str
    months: int = Field(default=0, ge=0)
    not_before: Month | None = None

    @model_validator(mode="after")
    def _some_delay(self) -> Self:
        if self.months == 0 and self.not_before is None:
            raise ValueError("a delay states how many months longer the element takes, or before when it cannot start")
        return self

    def amend(self, programme: Programme) -> Programme:
        """The programme after it; ValueError when it speaks of what the programme does not have."""
        mission = _known(programme.missions, self.mission, "mission")
        element = _known(mission.elements, self.element, f"element of {self.mission}")
        update: dict[str, Any] = {
            "options": tuple(o.model_copy(update={"duration": o.duration + self.months}) for o in element.options)
        }
        if self.not_before is not None:
            update["earliest"] = max(element.earliest or self.not_before, self.not_before)
        return _with_elements(programme, mission, {**mission.elements, self.element: element.model_copy(update=update)})


class ExtraOption(Value):
    """An option that an element has besides those it had."""

    mission: str
    element: str
    option: Option


class Join(_Amendment):
    """A new partner, and options for elements that come with it."""

    kind: Literal["join"] = "join"
    partner: Partner = Field(description="With its `id`.")
    options: tuple[ExtraOption, ...] = ()

    @model_validator(mode="after")
    def _has_id(self) -> Self:
        if not self.partner.id or self.partner.id == POOL:
            raise ValueError(f"a partner that joins needs an id of its own, not {self.partner.id!r}")
        return self

    def amend(self, programme: Programme) -> Programme:
        """The programme after it; ValueError when it speaks of what the programme does not have."""
        if self.partner.id in programme.partners:
            raise ValueError(f"{self.partner.id} is a partner already")
        missing = [y for y in programme.programme.horizon.years if self.partner.budget and y not in self.partner.budget]
        if missing:
            raise ValueError(f"the budget of {self.partner.id} lacks {', '.join(map(str, missing))}")
        joined = _with(programme, partners={**programme.partners, self.partner.id: self.partner})
        for name in self.partner.capabilities:
            _known(programme.technologies, name, "technology")
        for name in (*self.partner.members, *((self.partner.return_to,) if self.partner.return_to else ())):
            _known(joined.partners, name, "partner")
        return reduce(_extra_option, self.options, joined)


class ExportRuleChange(_Amendment):
    """An export rule is new, reads otherwise, or (`rule: null`) falls."""

    kind: Literal["export_rule"] = "export_rule"
    id: str
    rule: ExportRule | None = Field(default=None, description="How it reads from now on; none when it falls.")

    def amend(self, programme: Programme) -> Programme:
        """The programme after it; ValueError when it speaks of what the programme does not have."""
        rules = dict(programme.export_control)
        if self.rule is None:
            _known(rules, self.id, "export rule")
            del rules[self.id]
        else:
            for technology in self.rule.technologies:
                if technology != "*":
                    _known(programme.technologies, technology, "technology")
            for agreement in self.rule.unless:
                _known(programme.agreements, agreement, "agreement")
            rules[self.id] = self.rule.model_copy(update={"id": self.id})
        return _with(programme, export_control=rules)


class Release(_Amendment):
    """A mission is no longer committed: it may be given up."""

    kind: Literal["release"] = "release"
    mission: str

    def amend(self, programme: Programme) -> Programme:
        """The programme after it; ValueError when it speaks of what the programme does not have."""
        mission = _known(programme.missions, self.mission, "mission")
        released = mission.model_copy(update={"committed": False})
        return _with(programme, missions={**programme.missions, mission.id: released})


Amendment = Annotated[
    Withdraw | BudgetCut | LaunchFailure | Delay | Join | ExportRuleChange | Release, Field(discriminator="kind")
]
_READER: TypeAdapter[Amendment] = TypeAdapter(Amendment)


def from_dict(raw: Mapping[str, Any]) -> Amendment:
    """The amendment that a plain dictionary tells of; ValueError saying what is wrong with it."""
    try:
        return _READER.validate_python(dict(raw))
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'amendment'}: {e['msg']}" for e in error.errors())
        raise ValueError(f"not an amendment: {told}") from error


def apply(programme: Programme, amendments: Iterable[Amendment | Mapping[str, Any]]) -> Programme:
    """The programme after the amendments, one by one in their order.

    ValueError, with the nearest name, when one speaks of what the programme does not have.
    """
    for amendment in amendments:
        known = from_dict(amendment) if isinstance(amendment, Mapping) else amendment
        programme = known.amend(programme)
    return programme


def lost(mission: Mission, element: str) -> frozenset[str]:
    """What is lost when an element fails: itself, and what it came after in its mission (directly or not) and flies."""
    found: set[str] = set()
    queue = [element]
    while queue:
        name = queue.pop()
        if name in found or name not in mission.elements:
            continue
        found.add(name)
        queue.extend(after.element for after in mission.elements[name].after if "/" not in after.element)
    return frozenset(n for n in found if n == element or mission.elements[n].kind in FLOWN)


# --- how a programme is made anew ------------------------------------------------------------------------------------


def _with(programme: Programme, **sections: Mapping[str, Any]) -> Programme:
    # A copy by model_copy would inherit the cached answers (contributors, digest) of the old programme.
    kept = {name: getattr(programme, name) for name in Programme.model_fields if name in programme.model_fields_set}
    return Programme(**{**kept, **sections})


def _with_elements(programme: Programme, mission: Mission, elements: Mapping[str, Element]) -> Programme:
    changed = mission.model_copy(update={"elements": FrozenDict(elements)})
    return _with(programme, missions={**programme.missions, mission.id: changed})


def _each_option(programme: Programme, change: Callable[[Option], Option]) -> Programme:
    missions = {}
    for name, mission in programme.missions.items():
        elements = {
            key: element.model_copy(update={"options": tuple(map(change, element.options))})
            for key, element in mission.elements.items()
        }
        missions[name] = mission.model_copy(update={"elements": FrozenDict(elements)})
    return _with(programme, missions=missions)


def _extra_option(programme: Programme, extra: ExtraOption) -> Programme:
    mission = _known(programme.missions, extra.mission, "mission")
    element = _known(mission.elements, extra.element, f"element of {extra.mission}")
    if extra.option.label in [o.label for o in element.options]:
        where = f"{extra.mission}/{extra.element}"
        raise ValueError(f"{where} has an option {extra.option.label!r} already; give it another id")
    for name in {*extra.option.work_shares, *extra.option.payer_shares} - {POOL}:
        _known(programme.partners, name, "partner")
    for name in extra.option.uses:
        _known(programme.facilities, name, "facility")
    more = element.model_copy(update={"options": (*element.options, extra.option)})
    return _with_elements(programme, mission, {**mission.elements, element.id: more})


def _known(named: Mapping[str, T], name: str, what: str) -> T:
    if name not in named:
        near = get_close_matches(name, list(named), n=1, cutoff=0.5)
        raise ValueError(f"no {what} is called {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    return named[name]


def _times(money: Money, factor: Decimal) -> Money:
    return Money(money.amount * factor, money.currency, money.ec)
