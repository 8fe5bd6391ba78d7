"""A selection as one self-contained HTML page: who supported what, what each paid, what is left, and why.

The pictures are bars and a table of HTML; the page loads nothing and runs nothing. Members with the same ballot and the same
weight are one row; what is beyond the rows and columns that a page holds is told together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from comity.funding.selection.answer import Outcome
from comity.funding.selection.election import Election
from comity.funding.selection.explain import Explained, ProjectReason, standing
from comity.report.assets import environment, style
from comity.report.selection_told import how_chosen, why_left_out
from comity.report.wording import NBSP, MoneyWording, counted, grouped, listed, percent

#: So many missions, and rows of members, a page shows one by one; and so many members of a row it names.
MOST_MISSIONS, MOST_ROWS, MOST_NAMES = 60, 40, 3
#: The members with a colour of their own; the others share a grey.
COLOURED = 8
RULES = {"mes": "Method of equal shares", "phragmen": "Sequential Phragmén", "greedy": "Greedy welfare"}
_SATISFIED = {
    "cost": "a mission is worth its cost to whoever named it",
    "cardinality": "each mission is worth the same to whoever named it",
    "points": "a mission is worth the points of the ballot",
    "borda": "a mission is worth as much as there are missions below it on the ballot",
}
_COMPLETED = {
    "greedy": "what is left is spent by greedy welfare",
    "add1": "all begin with more until nothing more fits",
    "add1u": "all begin with more until nothing more fits, and greedy welfare spends the rest",
    "increase": "the budget grows until nothing more fits",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: its length in percent of the whole width, its colour, and what it says."""

    width: float
    colour: str
    tip: str


@dataclass(frozen=True, slots=True)
class Mission:
    """A mission with its bar: who paid, or what its supporters have left; and why."""

    id: str
    name: str
    cost: str
    place: int | None
    parts: tuple[Part, ...]
    length: float
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """What a row of members is to a mission: `mark` is paid, named or nothing; `deep` how much of its money went there."""

    mark: str
    deep: float
    tip: str


@dataclass(frozen=True, slots=True)
class Row:
    """Members alike: what they held, paid and have left."""

    name: str
    full: str
    colour: str
    cells: tuple[Cell, ...]
    paid: str
    left: str
    parts: tuple[Part, ...]
    length: float
    why: str


def render_selection(election: Election, outcome: Outcome, *, title: str, completion: str = "none") -> str:
    """The page as HTML text."""
    page = environment().get_template("selection.html.j2")
    drawn = _Drawing(election, outcome)
    terms = [] if outcome.rule == "phragmen" else [_SATISFIED[outcome.satisfaction]]
    terms += [_COMPLETED[completion]] if completion in _COMPLETED else []
    return page.render(
        title=election.meta.get("description") or title,
        rule=RULES[outcome.rule],
        terms="; ".join(terms),
        keys=drawn.keys(),
        unit=drawn.money.unit,
        budget=drawn.budget_bar(),
        missions=drawn.missions(),
        unshown=len(election.projects) - len(drawn.shown),
        rows=drawn.rows(),
        pays=drawn.explained.payments is not None,
        lent=outcome.rule == "phragmen",
        raised=drawn.raised(),
        style=style("report.css"),
        own_style=style("selection.css"),
    )


class _Drawing:
    """An outcome with all that its page shows."""

    def __init__(self, election: Election, outcome: Outcome) -> None:
        self.election, self.outcome = election, outcome
        self.explained = Explained(election, outcome)
        self.standing = standing(election, outcome)
        self.money = _wording(election)
        self.paid = self.explained.payments.paid if self.explained.payments else {}
        chosen = list(outcome.chosen[:MOST_MISSIONS])
        named = self._named()
        others = sorted(set(range(len(election.projects))) - set(outcome.chosen), key=lambda p: (-named[p], p))
        self.shown = [*chosen, *others[: MOST_MISSIONS - len(chosen)]]
        self.groups, self.together = self._groups()
        self.group_of = {v: g for g, members in enumerate(self.groups) for v in members}

    def _named(self) -> list[int]:
        found = [0] * len(self.election.projects)
        for wanted in self.explained.supports:
            for p in wanted:
                found[p] += 1
        return found

    def _groups(self) -> tuple[list[list[int]], int | None]:
        """Members alike, those with the most money first; and which row, if one, is of all that a page has no rows for."""
        alike: dict[object, list[int]] = {}
        for v, voter in enumerate(self.election.voters):
            alike.setdefault((voter.choices, voter.points, voter.weight), []).append(v)
        groups = sorted(alike.values(), key=lambda members: (-self._weight(members), members[0]))
        if len(groups) > MOST_ROWS:
            return [*groups[: MOST_ROWS - 1], sorted(v for g in groups[MOST_ROWS - 1 :] for v in g)], MOST_ROWS - 1
        return groups, None

    def _weight(self, members: Sequence[int]) -> int:
        return sum(self.election.voters[v].weight for v in members)

    def _colour(self, group: int) -> str:
        return f"var(--c{group})" if group < COLOURED and group != self.together else "var(--cx)"

    def _name(self, group: int, most: int = MOST_NAMES) -> str:
        if group == self.together:
            return f"{counted(len(self.groups[group]), 'other member')}"
        return listed([self.election.voters[v].id for v in self.groups[group]], most)

    def said(self, amount: Fraction) -> str:
        """An amount with its unit."""
        return self.money.money(_decimal(amount)).strip()

    # --- the whole ---------------------------------------------------------------------------------------------------------

    def keys(self) -> list[tuple[str, str, str]]:
        """The figures at the head: figure, name, note."""
        budget, cost = self.election.budget, self.standing.cost
        return [
            (self.said(budget), "budget", counted(len(self.election.voters), "member")),
            (self.said(cost), "spent", f"{percent(float(cost / budget))} of the budget"),
            (self.said(budget - cost), "left", f"{percent(float((budget - cost) / budget))} of the budget"),
            (f"{len(self.outcome.chosen)} of {len(self.election.projects)}", "missions chosen", RULES[self.outcome.rule]),
            (percent(float(self.standing.nothing)), "left with nothing", "of the members, by what they named"),
        ]  # fmt: skip

    def budget_bar(self) -> list[Part]:
        """The budget by what was bought, in order, and what is left."""
        parts = [
            Part(
                _percent(self.election.projects[p].cost / self.election.budget),
                f"var(--c{n % 24})",
                f"{n + 1}. {self._mission(p)}: {self.said(self.election.projects[p].cost)}",
            )
            for n, p in enumerate(self.outcome.chosen)
        ]
        return [part for part in parts if part.width]

    def raised(self) -> str:
        """Where a completion gave members more money than the budget: what one weight then held beside its share."""
        share = self.election.budget / sum(v.weight for v in self.election.voters)
        held = self.outcome.endowment
        if held is None or held <= share:
            return ""
        return f"So that more is bought, each held {percent(float(held / share - 1))} more than its part of the budget."

    def _price(self, price: Fraction) -> str:
        """Money for one unit, which may be much smaller than what missions cost."""
        digits = 0 if price >= 1000 else 2
        return f"{grouped(_decimal(price), digits) if price >= Fraction(1, 10) else f'{float(price):.3g}'} {self.money.currency}".strip()

    # --- missions ------------------------------------------------------------------------------------------------------------

    def _mission(self, p: int) -> str:
        project = self.election.projects[p]
        return project.about.get("name") or project.id

    def missions(self) -> list[Mission]:
        """The missions, those that are chosen first, in the order in which they were."""
        dearest = max((self.election.projects[p].cost for p in self.shown), default=Fraction(0)) or Fraction(1)
        found = []
        for p in self.shown:
            project, reason = self.election.projects[p], self.explained.project(self.election.projects[p].id)
            backed = f"Named by {reason.supporters} of {counted(len(self.election.voters), 'member')}."
            found.append(
                Mission(
                    project.id,
                    self._mission(p),
                    self.said(project.cost),
                    reason.place,
                    self._funding(p, reason),
                    _percent(project.cost / dearest),
                    (backed, *self._why(p, reason)),
                )
            )
        return found

    def _funding(self, p: int, reason: ProjectReason) -> tuple[Part, ...]:
        """Who paid which part of a chosen mission; of another, what its supporters have left for it."""
        cost = reason.cost or Fraction(1)
        if not reason.chosen:
            had = cost - reason.missing if reason.missing is not None else Fraction(0)
            tip = f"its supporters have {self.said(had)} left"
            return (Part(_percent(had / cost), "var(--quiet)", tip),) if had > 0 else ()
        by_group = self._paid_by_group(p)
        if not by_group:
            return (Part(100, "var(--cx)", "out of the common rest"),) if reason.cost else ()
        return tuple(
            Part(_percent(amount / cost), self._colour(g), f"{self._name(g)}: {self.said(amount)}")
            for g, amount in sorted(by_group.items(), key=lambda pair: (-pair[1], pair[0]))
        )

    def _paid_by_group(self, p: int) -> dict[int, Fraction]:
        found: dict[int, Fraction] = {}
        for v, amount in self.paid.get(p, {}).items():
            group = self.group_of[v]
            found[group] = found.get(group, Fraction(0)) + amount
        return found

    def _why(self, p: int, reason: ProjectReason) -> list[str]:
        if not reason.chosen and not reason.supporters:
            return ["Not chosen."]
        if not reason.chosen:
            reasons = why_left_out(reason, self.said)
            return [f"Not chosen: {'; '.join(reasons)}."] if reasons else ["Not chosen: others came first."]
        said = [f"C{how_chosen(reason, self._price)[1:]}."]
        paid = sorted(self._paid_by_group(p).items(), key=lambda pair: (-pair[1], pair[0]))
        if paid:
            told = [f"{self._name(g)}{NBSP}{self.said(amount)}" for g, amount in paid]
            said.append(f"Paid by {listed(told, 6)}.")
        return said

    # --- members -------------------------------------------------------------------------------------------------------------

    def rows(self) -> list[Row]:
        """The members, those with the most money first."""
        held = [self._held(members) for members in self.groups]
        most = max((h for g, h in enumerate(held) if g != self.together), default=Fraction(0)) or Fraction(1)
        return [self._row(g, members, held[g], most) for g, members in enumerate(self.groups)]

    def _held(self, members: Sequence[int]) -> Fraction:
        made = self.explained.payments
        if made is None:
            return Fraction(self._weight(members))
        paid = sum((who.get(v, Fraction(0)) for who in made.paid.values() for v in members), Fraction(0))
        return paid + sum((made.left[v] for v in members), Fraction(0))

    def _row(self, group: int, members: list[int], held: Fraction, most: Fraction) -> Row:
        made = self.explained.payments
        paid = {p: self._paid_by_group(p).get(group, Fraction(0)) for p in self.outcome.chosen}
        whole = sum(paid.values(), Fraction(0))
        left = sum((made.left[v] for v in members), Fraction(0)) if made else Fraction(0)
        named = {p for v in members for p in self.explained.supports[v]}
        parts = [
            Part(_percent(amount / held), f"var(--c{n % 24})", f"{self._mission(p)}: {self.said(amount)}")
            for n, (p, amount) in enumerate(paid.items())
            if amount and held
        ]
        return Row(
            self._name(group),
            self._name(group, 20),
            self._colour(group),
            tuple(self._cell(p, p in named, paid.get(p, Fraction(0)), held) for p in self.shown),
            self.said(whole) if made else "–",
            self.said(left) if made else "–",
            tuple(parts),
            0 if group == self.together else _percent(held / most),
            self._told(named, paid, left, made is not None),
        )

    def _cell(self, p: int, named: bool, paid: Fraction, held: Fraction) -> Cell:
        if paid:
            return Cell("paid", round(0.3 + 0.7 * float(paid / held), 3), f"{self._mission(p)}: paid {self.said(paid)}")
        return Cell("named", 0, f"{self._mission(p)}: named") if named else Cell("", 0, "")

    def _told(self, named: set[int], paid: dict[int, Fraction], left: Fraction, pays: bool) -> str:
        chosen = sum(p in named for p in self.outcome.chosen)
        said = f"Named {counted(len(named), 'mission')}, of which {chosen} {'is' if chosen == 1 else 'are'} chosen."
        if not pays:
            return said
        most = sorted(((amount, p) for p, amount in paid.items() if amount), key=lambda pair: (-pair[0], pair[1]))
        told = [f"{self._mission(p)}{NBSP}({self.said(amount)})" for amount, p in most]
        return f"{said} Paid for {listed(told, 6) if told else 'nothing'}; {self.said(left)} left."


def _wording(election: Election) -> MoneyWording:
    """Amounts in the unit that suits what a member has, and what a mission may cost."""
    usual = min(election.budget / len(election.voters), election.budget / len(election.projects))
    exponent = 6 if usual >= 10**7 else 3 if usual >= 10**4 else 0
    return MoneyWording(election.meta.get("currency", ""), 0, exponent)


def _decimal(amount: Fraction) -> Decimal:
    return Decimal(amount.numerator) / Decimal(amount.denominator)


def _percent(part: Fraction) -> float:
    return round(max(0.0, float(part)) * 100, 3)
