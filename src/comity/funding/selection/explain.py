"""Why a project was chosen or not, and what each voter paid for; and how outcomes compare."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from comity.funding.errors import FundingError
from comity.funding.selection.answer import Outcome, Purchase
from comity.funding.selection.election import Election
from comity.funding.selection.payments import Payments, payments
from comity.funding.selection.verify import supported
from comity.model.problems import nearest


@dataclass(frozen=True, slots=True)
class ProjectReason:
    """Why a project is in or out. `missing` is what its supporters lacked, at the end, to pay for it themselves."""

    project: str
    cost: Fraction
    chosen: bool
    place: int | None
    by: str
    price: Fraction | None
    supporters: int
    paid: tuple[tuple[str, Fraction], ...]
    missing: Fraction | None
    over_budget: Fraction | None


@dataclass(frozen=True, slots=True)
class VoterReason:
    """What a voter held, paid for what, and has left; and which chosen projects it supports."""

    voter: str
    held: Fraction | None
    paid: tuple[tuple[str, Fraction], ...]
    left: Fraction | None
    supported_chosen: tuple[str, ...]
    supported: int


@dataclass(frozen=True, slots=True)
class Standing:
    """An outcome in figures: `nothing` is the share of voters none of whose projects is chosen."""

    chosen: tuple[str, ...]
    cost: Fraction
    nothing: Fraction
    projects_each: Fraction
    cost_each: Fraction


class Explained:
    """Answers of why, for one outcome of one election."""

    def __init__(self, election: Election, outcome: Outcome) -> None:
        self.election, self.outcome = election, outcome
        self.payments: Payments | None = payments(election, outcome) if outcome.rule != "greedy" else None
        self.place = {p.project: n for n, p in enumerate(outcome.purchases, 1)}
        self.supports = [supported(v, outcome.satisfaction) for v in election.voters]

    def project(self, name: str) -> ProjectReason:
        """Why this project was chosen, or not. FundingError when there is none of this name."""
        p = _found(name, [x.id for x in self.election.projects], "project")
        cost = self.election.projects[p].cost
        who = [v for v, s in enumerate(self.supports) if p in s]
        bought: Purchase | None = self.outcome.purchases[self.place[p] - 1] if p in self.place else None
        paid = self.payments.paid.get(p, {}) if self.payments else {}
        missing = over = None
        if bought is None:
            spent = sum((self.election.projects[c].cost for c in self.outcome.chosen), Fraction(0))
            over = max(Fraction(0), spent + cost - self.election.budget)
            if self.payments:
                missing = max(Fraction(0), cost - sum((self.payments.left[v] for v in who), Fraction(0)))
        return ProjectReason(
            name,
            cost,
            bought is not None,
            self.place.get(p),
            bought.by if bought else "",
            bought.price if bought else None,
            len(who),
            tuple((self.election.voters[v].id, x) for v, x in paid.items()),
            missing,
            over,
        )

    def voter(self, name: str) -> VoterReason:
        """What this voter paid for. FundingError when there is none of this name."""
        v = _found(name, [x.id for x in self.election.voters], "voter")
        names = [p.id for p in self.election.projects]
        chosen = tuple(names[p] for p in self.supports[v] if p in self.place)
        if self.payments is None:
            return VoterReason(name, None, (), None, chosen, len(self.supports[v]))
        paid = self.payments.of_voter(v)
        left = self.payments.left[v]
        held = left + sum(paid.values())
        return VoterReason(
            name, held, tuple((names[p], x) for p, x in paid.items()), left, chosen, len(self.supports[v])
        )


def standing(election: Election, outcome: Outcome) -> Standing:
    """The outcome in figures."""
    chosen = set(outcome.chosen)
    got = [
        [election.projects[p].cost for p in supported(v, outcome.satisfaction) if p in chosen] for v in election.voters
    ]
    n = len(got)
    return Standing(
        chosen=tuple(election.projects[p].id for p in outcome.chosen),
        cost=sum((election.projects[p].cost for p in chosen), Fraction(0)),
        nothing=Fraction(sum(not g for g in got), n),
        projects_each=Fraction(sum(map(len, got)), n),
        cost_each=sum((sum(g, Fraction(0)) for g in got), Fraction(0)) / n,
    )


def _found(name: str, known: list[str], what: str) -> int:
    if name not in known:
        hint = nearest(name, known) or f"there are {len(known)}, such as {known[0]}"
        raise FundingError(f"there is no {what} {name!r}; {hint}")
    return known.index(name)
