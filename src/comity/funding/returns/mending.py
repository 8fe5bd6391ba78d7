"""Where to place open contracts so that nobody's return stays below the threshold, at the least cost in science.

Each open contract goes to one of its offers. A partner's coefficient reaches the threshold t when its weighted value is
at least `t x its share of contributions x the weighted value of all contracts`, which is linear in the placements; so
the least loss is found and proven by CP-SAT in whole numbers. Where the numbers are too large for it they are rounded in
the placements' favour, and a placement that the exact check refuses is cut off and sought anew: what is answered is exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING, Any

from comity.funding.errors import FundingError
from comity.funding.returns.answer import Returns, rounded
from comity.funding.returns.coefficient import returns
from comity.funding.returns.question import Contract, OpenContract, ReturnKind, Statistics

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

#: Sums of numbers below this fit into CP-SAT's 64 bits with room to spare.
_LARGEST = 2**58
Choice = dict[str, int]


@dataclass(frozen=True, slots=True)
class Placement:
    """An open contract and the offer that it goes to; `best` is the one that it would go to for its science alone."""

    contract: OpenContract
    offer: int
    best: int

    @property
    def loss(self) -> Decimal:
        """Science given up [points]."""
        return self.contract.offers[self.best].science - self.contract.offers[self.offer].science

    @property
    def extra_price(self) -> Decimal:
        """Price above that of the best for science (negative: below)."""
        return self.contract.offers[self.offer].price - self.contract.offers[self.best].price


@dataclass(frozen=True, slots=True)
class Mending:
    """How all open contracts are placed. `feasible`: everybody protected reaches the threshold.

    When not feasible, the placement leaves the fewest below it, of these the least missing in all (where the numbers are
    large, to nine digits), of these the most science. `proven`: no placement is better. `before` are the returns without
    the open contracts, `for_science` with each at its best for science, `after` as placed.
    """

    threshold: Fraction
    feasible: bool
    proven: bool
    placements: tuple[Placement, ...]
    before: Returns
    for_science: Returns
    after: Returns
    below: tuple[str, ...]

    @property
    def loss(self) -> Decimal:
        """Science given up in all [points]."""
        return sum((p.loss for p in self.placements), Decimal(0))

    @property
    def extra_price(self) -> Decimal:
        """What it costs more than the best for science."""
        return sum((p.extra_price for p in self.placements), Decimal(0))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "threshold": f"{rounded(self.threshold, 6):f}",
            "feasible": self.feasible,
            "proven": self.proven,
            "science_lost": f"{self.loss:f}",
            "extra_price": f"{self.extra_price:f}",
            "below": list(self.below),
            "placements": [
                {
                    "contract": p.contract.id,
                    "supplier": p.contract.offers[p.offer].supplier,
                    "returns_to": {who: float(share) for who, share in p.contract.offers[p.offer].shares.items()},
                    "price": f"{p.contract.offers[p.offer].price:f}",
                    "science_lost": f"{p.loss:f}",
                    "instead_of": p.contract.offers[p.best].supplier if p.offer != p.best else None,
                }
                for p in self.placements
            ],
            "before": self.before.to_dict(self.threshold),
            "for_science": self.for_science.to_dict(self.threshold),
            "after": self.after.to_dict(self.threshold),
        }


def mend(
    statistics: Statistics,
    *,
    threshold: Fraction,
    kind: ReturnKind = "industrial",
    protected: Sequence[str] | None = None,
    since: date | None = None,
    until: date | None = None,
    time_s: float = 30.0,
) -> Mending:
    """The placement of all open contracts of a kind that costs least science, and then least money.

    `protected`: who must reach the threshold; default every member that contributes. Contracts and contributions from
    `since` to `until` count (default: to the last of them, open contracts included), in the overall coefficient.
    FundingError when there is no open contract of this kind, or a protected partner is none of the members.
    """
    opened = tuple(c for c in statistics.open if c.kind == kind and c.programme not in statistics.outside_overall)
    if not opened:
        raise FundingError(f"there is no open contract of kind {kind} to place; list some under open:, with offers")
    until = until or max(statistics.last, *(c.date for c in opened))
    since = since or statistics.first
    late = next((c for c in opened if not since <= c.date <= until), None)
    if late is not None:
        raise FundingError(f"open contract {late.id} is of {late.date}, outside the period {since} to {until}")
    before = returns(statistics, kind=kind, since=since, until=until)
    who = tuple(r.partner for r in before.rows if r.contribution > 0) if protected is None else tuple(protected)
    for partner in who:
        if partner not in statistics.members:
            raise FundingError(f"{partner!r} is no member; the members are {', '.join(statistics.members)}")
    who = tuple(p for p in who if before.of(p).contribution > 0)
    best = {c.id: _best(c) for c in opened}
    search = _Search(opened, _rows(statistics, opened, before, threshold, who), time_s)
    chosen, feasible, proven = search.run(best)

    def placed(choice: Mapping[str, int]) -> Returns:
        more: tuple[Contract, ...] = tuple(c.placed(c.offers[choice[c.id]]) for c in opened)
        with_them = replace(statistics, contracts=(*statistics.contracts, *more))
        return returns(with_them, kind=kind, since=since, until=until)

    after = placed(chosen)
    placements = tuple(Placement(c, chosen[c.id], best[c.id]) for c in opened)
    below = tuple(p for p in after.below(threshold) if p in who)
    return Mending(threshold, feasible, proven, placements, before, placed(best), after, below)


def _best(contract: OpenContract) -> int:
    """The offer with the most science, of equal ones the cheapest, then the first."""
    offers = contract.offers
    return min(range(len(offers)), key=lambda i: (-offers[i].science, offers[i].price, i))


@dataclass(frozen=True, slots=True)
class _Row:
    """One partner's condition: `sum of gains of the offers taken >= needed`, exact."""

    partner: str
    gains: Mapping[tuple[str, int], Fraction]
    needed: Fraction


def _rows(
    statistics: Statistics, opened: Sequence[OpenContract], before: Returns, threshold: Fraction, who: Sequence[str]
) -> tuple[_Row, ...]:
    rows = []
    for partner in who:
        row = before.of(partner)
        fair = threshold * row.contribution / before.contributed
        gains = {}
        for contract in opened:
            for i, offer in enumerate(contract.offers):
                value = contract.placed(offer).weighted
                inside = sum((s for p, s in offer.shares.items() if p in statistics.members), Fraction(0))
                gains[contract.id, i] = value * (offer.shares.get(partner, Fraction(0)) - fair * inside)
        rows.append(_Row(partner, gains, fair * before.contracted - row.weighted))
    return tuple(rows)


def _scaled(values: Sequence[Fraction]) -> list[Fraction]:
    """The same in proportion: whole numbers without a common divisor, or too large ones made smaller (not whole)."""
    scale = lcm(*(v.denominator for v in values)) if values else 1
    whole = [v * scale for v in values]
    common = gcd(*(abs(v.numerator) for v in whole)) or 1
    whole = [v / common for v in whole]
    size = sum(abs(v) for v in whole)
    return whole if size < _LARGEST else [v * _LARGEST / size for v in whole]


class _Search:
    """The same choice under several aims in turn."""

    def __init__(self, opened: Sequence[OpenContract], rows: Sequence[_Row], time_s: float) -> None:
        self.opened, self.rows, self.time_s = opened, rows, time_s
        self.keys = [(c.id, i) for c in opened for i in range(len(c.offers))]
        self.cuts: list[Choice] = []

    def run(self, best: Choice) -> tuple[Choice, bool, bool]:
        """`(choice, feasible, proven)`."""
        while True:
            found, proven = self._ask(everybody=True)
            if found is None:
                break
            if all(self._shortfall(row, found) <= 0 for row in self.rows):
                return found, True, proven
            self.cuts.append(found)
        impossible = proven
        self.cuts = []
        found, proven = self._ask(everybody=False)
        return found or best, False, proven and impossible

    def _shortfall(self, row: _Row, choice: Choice) -> Fraction:
        return row.needed - sum((row.gains[c, i] for c, i in choice.items()), Fraction(0))

    def _ask(self, *, everybody: bool) -> tuple[Choice | None, bool]:
        from ortools.sat.python import cp_model

        model = cp_model.CpModel()
        take = {key: model.new_bool_var(f"{key[0]} {key[1]}") for key in self.keys}
        for contract in self.opened:
            model.add_exactly_one(take[contract.id, i] for i in range(len(contract.offers)))
        for cut in self.cuts:
            model.add_bool_or(take[key].negated() for key in cut.items())
        aims: list[cp_model.LinearExprT] = [] if everybody else self._aims(model, take)
        if everybody:
            for row in self.rows:
                numbers = _scaled([*row.gains.values(), row.needed])
                gains = {key: _up(v) for key, v in zip(row.gains, numbers[:-1], strict=True)}
                model.add(sum(g * take[key] for key, g in gains.items()) >= _down(numbers[-1]))
        aims += [self._cost(take, "science"), self._cost(take, "price")]
        return self._minimise(model, take, aims)

    def _aims(self, model: cp_model.CpModel, take: Mapping[Any, cp_model.IntVar]) -> list[cp_model.LinearExprT]:
        """The fewest below, then the least missing in all: of one scale for all partners."""
        flat = [v for row in self.rows for v in (*row.gains.values(), row.needed)]
        numbers = iter(_scaled(flat))
        short: list[cp_model.IntVar] = []
        missing: list[cp_model.IntVar] = []
        for row in self.rows:
            gains = {key: _up(next(numbers)) for key in row.gains}
            needed = _down(next(numbers))
            most = abs(needed) + sum(map(abs, gains.values())) + 1
            short.append(model.new_bool_var(f"{row.partner} below"))
            missing.append(model.new_int_var(0, most, f"{row.partner} missing"))
            model.add(sum(g * take[key] for key, g in gains.items()) + missing[-1] >= needed)
            model.add(missing[-1] == 0).only_enforce_if(short[-1].negated())
        return [sum(short), sum(missing)]

    def _cost(self, take: Mapping[Any, cp_model.IntVar], what: str) -> cp_model.LinearExprT:
        offers = {(c.id, i): offer for c in self.opened for i, offer in enumerate(c.offers)}
        worth = [Fraction(-offers[k].science if what == "science" else offers[k].price) for k in self.keys]
        return sum(_up(v) * take[key] for key, v in zip(self.keys, _scaled(worth), strict=True))

    def _minimise(
        self, model: cp_model.CpModel, take: Mapping[Any, cp_model.IntVar], aims: Sequence[cp_model.LinearExprT]
    ) -> tuple[Choice | None, bool]:
        """One aim after another, each kept at its least; `(None, True)` when it is proven that there is no choice."""
        from ortools.sat.python import cp_model

        choice: Choice | None = None
        proven = True
        for aim in aims:
            model.minimize(aim)
            solver = cp_model.CpSolver()
            solver.parameters.max_time_in_seconds = self.time_s / len(aims)
            solver.parameters.num_workers = 1
            solver.parameters.random_seed = 0
            status = solver.solve(model)
            if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
                return choice, proven and status == cp_model.INFEASIBLE and choice is None
            proven = proven and status == cp_model.OPTIMAL
            choice = {c: i for (c, i), literal in take.items() if solver.boolean_value(literal)}
            model.add(aim <= solver.value(aim))  # not its objective_value, a float
            model.clear_hints()  # type: ignore[no-untyped-call]
            for key, literal in take.items():
                model.add_hint(literal, int(choice[key[0]] == key[1]))
        return choice, proven


def _up(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)


def _down(value: Fraction) -> int:
    return value.numerator // value.denominator
