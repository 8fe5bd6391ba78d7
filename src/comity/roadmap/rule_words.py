"""What a rule of a programme says, in a sentence with its numbers, and where it is written."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from comity.model.missions import After, Element, Mission
from comity.model.money import Money
from comity.model.programme import Programme
from comity.model.reading import Reading
from comity.model.rules import Barter, CashPool, EmergingPlace, ExportRule, InKind, MaximumShare, MinimumReturn
from comity.model.windows import Synodic
from comity.model.yaml_tree import Path
from comity.roadmap.admission import party_since, takers
from comity.roadmap.joining import Demand
from comity.roadmap.joining_words import joining_said
from comity.roadmap.problem import MILLION
from comity.roadmap.ways import Rule, Ways, interface_rule


def place(reading: Reading | None, path: Path) -> tuple[str | None, int | None]:
    """File and line of a path in a programme as read; of the nearest thing around it when it is not written itself."""
    if reading is None or not path:
        return None, None
    at = reading.positions.of(path, key=True)
    return (at.file, at.line) if at.line else (None, None)


def millions(programme: Programme, amount: float | Decimal) -> str:
    """An amount in millions of the programme's currency as people read it, such as `420.5 MEUR`."""
    return f"{round(float(amount), 2):,.10g} M{programme.programme.currency}"


def listed(names: Iterable[object], most: int = 4) -> str:
    """Names in a row, the last few of many left out."""
    every = list(map(str, names))
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def percent(fraction: Decimal) -> str:
    """A fraction as people read it."""
    return f"{float(fraction) * 100:g} %"


class Words:
    """Puts the rules of one programme into words."""

    def __init__(self, ways: Ways) -> None:
        self.ways, self.programme = ways, ways.programme

    def path(self, rule: Rule) -> Path:
        """Where a rule stands in the programme; () for what only the question says."""
        mission, _, element = rule.subject.partition("/")
        there: Path = ("missions", mission, "elements", element) if element else ("missions", mission)
        fixed: dict[str, Path] = {
            "committed": (*there, "committed"),
            "budget": ("partners", rule.subject, "budget"),
            "capacity": ("facilities", rule.subject, "capacity"),
            "launch_window": (*there, "launch_windows"),
            "treaty": (*there, "requires_treaties"),
            "capability": (*there, "requires", rule.name),
            "export_control": ("export_control", rule.name),
            "interface": ("missions", rule.subject, "interfaces", int(rule.name) if rule.kind == "interface" else 0),
        }
        if rule.kind in fixed:
            return fixed[rule.kind]
        if rule.kind == "precedence":
            after = self._element(rule).after
            return (*there, "after", next(i for i, a in enumerate(after) if a.element == rule.name))
        if rule.kind == "excludes":
            first = rule.name in self.programme.missions[rule.subject].excludes
            return ("missions", rule.subject if first else rule.name, "excludes")
        if rule.kind == "dates":
            return (*there, *self._first_date(self._element(rule)))
        if rule.name in self.programme.participation:
            return ("participation", rule.name)
        return there if rule.kind == "cash_pool" else ()

    def where(self, rule: Rule) -> str:
        """Whom or what it binds."""
        if rule.kind == "excludes":
            return f"{rule.subject} and {rule.name}"
        if rule.kind == "coalition":
            return "the coalition"
        if rule.kind == "interface":
            return self._demands(rule)[0].check.key
        return rule.subject or rule.name

    def says(self, rule: Rule) -> str:
        """The rule as a sentence."""
        said: str = getattr(self, f"_{rule.kind}")(rule)
        return said

    # --- missions ----------------------------------------------------------------------------------------------------

    def _mission(self, rule: Rule) -> Mission:
        return self.programme.missions[rule.subject.partition("/")[0]]

    def _element(self, rule: Rule) -> Element:
        return self._mission(rule).elements[rule.subject.partition("/")[2]]

    def _committed(self, rule: Rule) -> str:
        return f"mission {rule.subject} ({self._mission(rule).name}) is committed: it must be in every plan"

    def _required(self, rule: Rule) -> str:
        return f"mission {rule.subject} ({self._mission(rule).name}) is required by the question"

    def _barred(self, rule: Rule) -> str:
        return f"mission {rule.subject} ({self._mission(rule).name}) is barred by the question"

    def _settled(self, rule: Rule) -> str:
        settled = self.ways.question.settled
        mission, _, element = rule.subject.partition("/")
        if settled is None or not element:
            return f"mission {mission} has begun to deliver its science: it stays"
        option, start = settled.elements[mission, element]
        return f"{rule.subject} began in {start} by option {option}: what is begun is kept as it is"

    def _excludes(self, rule: Rule) -> str:
        return f"missions {rule.subject} and {rule.name} exclude each other"

    # --- dates -------------------------------------------------------------------------------------------------------

    @staticmethod
    def _first_date(element: Element) -> Path:
        for name in ("earliest", "latest", "finish_by"):
            if getattr(element, name) is not None:
                return (name,)
        options = enumerate(element.options)
        return next((("options", i, n) for i, o in options for n in ("earliest", "latest") if getattr(o, n)), ())

    def _dates(self, rule: Rule) -> str:
        element = self._element(rule)
        said = [f"starts in {element.earliest} or later"] if element.earliest is not None else []
        said += [f"starts in {element.latest} or before"] if element.latest is not None else []
        said += [f"is finished by the beginning of {element.finish_by}"] if element.finish_by is not None else []
        for option in element.options:
            said += [f"by {option.label} starts in {option.earliest} or later"] if option.earliest is not None else []
            said += [f"by {option.label} starts in {option.latest} or before"] if option.latest is not None else []
        return f"{rule.subject} {' and '.join(said)}; {self._takes(element)}"

    @staticmethod
    def _takes(element: Element) -> str:
        shortest = min(o.duration for o in element.options)
        return f"it takes {'at least ' if len(element.options) > 1 else ''}{_months(shortest)}"

    def _launch_window(self, rule: Rule) -> str:
        element = self._element(rule)
        spans = self.programme.windows(element) or ()
        kind = ""
        if isinstance(element.launch_windows, Synodic):
            kind = f" from {element.launch_windows.synodic[0]} to {element.launch_windows.synodic[1]}"
        windows = f"in a launch window{kind}: {listed(spans)}" if spans else f"in a launch window{kind}: there is none"
        return f"{rule.subject} starts {windows}"

    def _precedence(self, rule: Rule) -> str:
        after: After = next(a for a in self._element(rule).after if a.element == rule.name)
        there = self.programme.element(self._mission(rule).id, after.element)
        anchor = "finishes" if after.anchor == "finish" else "starts"
        lag = f"{_months(after.lag)} or more after" if after.lag else "after"
        latest = f", and at most {_months(after.max_lag)} after" if after.max_lag is not None else ""
        takes = self._takes(self.programme.missions[there[0]].elements[there[1]])
        needs = f", and {there[0]} must be in the plan" if there[0] != self._mission(rule).id else ""
        return f"{rule.subject} starts {lag} {'/'.join(there)} {anchor}{latest} ({takes}){needs}"

    # --- means -------------------------------------------------------------------------------------------------------

    def _budget(self, rule: Rule) -> str:
        years = self.ways.years
        if rule.subject not in self.programme.contributors:
            return f"{rule.subject} has no budget to pay from"
        total = sum(self.ways.budget(rule.subject, y) for y in range(len(years)))
        by_year = [self.ways.budget(rule.subject, y) for y in range(len(years))]
        spread = f"from {min(by_year):,.6g} to " if min(by_year) != max(by_year) else ""
        each = f"{spread}{millions(self.programme, max(by_year))} a year"
        return f"{rule.subject} has {millions(self.programme, total)} for {years[0]} to {years[-1]} ({each})"

    def _capacity(self, rule: Rule) -> str:
        steps = self.programme.facilities[rule.subject].capacity
        said = [str(q) if m.index == 0 else f"{q} from {m}" for m, q in sorted(steps.items())]
        return f"{rule.subject} holds {listed(said)} in any month"

    def _cash_pool(self, rule: Rule) -> str:
        pool = self.programme.participation.get(rule.name)
        if not isinstance(pool, CashPool):
            return f"{rule.subject} is paid by the common pool, and no rule founds one"
        said = f"the pool {rule.name} takes at most {percent(pool.maximum_paid)} of a year's budget"
        said += f" from {listed(pool.payers)}" if pool.payers else " from each partner"
        said += f", and gives to {listed(pool.receivers)}" if pool.receivers else ", and gives to nobody"
        return said + (f" at most {_plain(pool.maximum_received)} a year" if pool.maximum_received else "")

    # --- who may -----------------------------------------------------------------------------------------------------

    def _treaty(self, rule: Rule) -> str:
        mission = self._mission(rule)
        everybody = sorted({p for e in mission.elements.values() for o in e.options for p in takers(o)})
        outside = [p for p in everybody if party_since(self.programme, rule.name, p) is None]
        start = self.programme.programme.horizon.start
        late = [
            f"{p} is one since {since}"
            for p in everybody
            if (since := party_since(self.programme, rule.name, p)) is not None and since > start
        ]
        missing = [f"no party: {listed(outside)}"] if outside else []
        detail = f" ({'; '.join([*missing, *late[:4]])})" if missing or late else ""
        return f"all who take part in {rule.subject} must be party to {rule.name}{detail}"

    def _export_control(self, rule: Rule) -> str:
        export: ExportRule = self.programme.export_control[rule.name]
        what = "no technology" if "*" in export.technologies else f"no {listed(export.technologies)}"
        giver, receiver = ("anybody" if "*" in names else listed(names) for names in (export.giver, export.receiver))
        but = f" but {listed(export.except_receiver)}" if export.except_receiver else ""
        unless = f", unless under {listed(export.unless)}" if export.unless else ""
        return f"{what} may pass from {giver} to {receiver}{but} by {rule.name}{unless}"

    def _demands(self, rule: Rule) -> list[Demand]:
        return [demand for demand in self.ways.demands if interface_rule(demand) == rule]

    def _interface(self, rule: Rule) -> str:
        return joining_said(self.programme, self._demands(rule))

    def _capability(self, rule: Rule) -> str:
        element = self._element(rule)
        needed = element.requires[rule.name]
        level = [f"TRL {needed.trl}"] if needed.trl is not None else []
        level += [f"a heritage of {needed.heritage}"] if needed.heritage is not None else []
        barred = [w.option.label for w in self.ways.of[self._mission(rule).id, element.id] if _bars(w.allowed, rule)]
        return f"{rule.subject} needs {rule.name} at {' and '.join(level)}, which {listed(barred)} does not master"

    def _coalition(self, _rule: Rule) -> str:
        return f"only {listed(sorted(self.ways.question.coalition or ()), 8)} take part, with their own means"

    # --- participation -----------------------------------------------------------------------------------------------

    def _participation(self, rule: Rule) -> str:
        terms, who = self.programme.participation[rule.name], rule.subject
        if isinstance(terms, MinimumReturn):
            return f"work worth at least {percent(terms.minimum)} of what {who} contributes returns to it"
        if isinstance(terms, MaximumShare):
            return f"{who} contributes at most {percent(terms.maximum)} of all contributions"
        if isinstance(terms, InKind):
            return f"at least {percent(terms.minimum)} of what {who} contributes is its own work"
        if isinstance(terms, Barter):
            return f"{who} owes at most {_plain(terms.maximum_debt)} in barter"
        assert isinstance(terms, EmergingPlace)
        if rule.kind == "emerging_share":
            return f"emerging partners do at least {percent(terms.minimum_share)} of the work"
        return f"{who} has a part of the work of at least {terms.minimum_roles} elements"

    _minimum_return = _maximum_share = _in_kind = _barter = _emerging_share = _emerging_roles = _participation


def _bars(allowed: tuple[tuple[Rule, Any], ...], rule: Rule) -> bool:
    return any(r == rule for r, _ in allowed)


def _months(count: int) -> str:
    return f"{count} month{'' if count == 1 else 's'}"


def _plain(money: Money) -> str:
    return f"{float(money.amount / MILLION):,.10g} M{money.currency}"
