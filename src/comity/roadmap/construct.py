"""Whole plans by construction: missions are put in one after the other where budgets, facilities and rules leave room.

Each mission is planned by the same dynamic programme that prices it, with the months that nobody can afford closed, at
the prices of the linear programme and the science that is still to be won. A plan is then improved by taking missions out
and putting others in (ruin and recreate: Schrimpf et al. 2000, J. Comp. Physics 159:139).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from comity.roadmap.columns import Column, column, repaired, rounded_up
from comity.roadmap.joined import joins, unjoined
from comity.roadmap.master import Master, PriceTable
from comity.roadmap.pricing import ABSENT, NEVER, MissionPlan, MissionPricer, Prices
from comity.roadmap.problem import Bools, Choice, Floats, Problem


class Ledger:
    """What partners, the pool and facilities have left, and what science is won, as missions come and go."""

    def __init__(self, problem: Problem, master: Master) -> None:
        self.problem, self.master = problem, master
        n, years = len(problem.contributors), problem.n_years
        self.spent = np.zeros((n, years))
        self.pooled = -problem.pool_left
        self.used = np.zeros_like(problem.capacities)
        self.coverage = np.zeros(len(problem.objectives))
        self.rules = np.zeros(len(master.rules))
        self.chosen: dict[int, Column] = {}
        self.rights = np.array([r.right for r in master.rules])
        self.payers, self.receivers = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
        self.most_received = np.inf
        self.cap = np.zeros((n, years))
        for (p, y), v in master.paid.items():
            self.cap[p, y] = master.structural[v][1]
        for (p, _year), v in master.received.items():
            self.receivers[p] = True
            self.most_received = min(self.most_received, master.structural[v][1])
        self.limits = problem.budgets.copy()
        self.limits[:, : master.past] = np.inf
        self.carries = bool(problem.carry.any())
        self.excluded: dict[int, set[int]] = {}
        for a, b in problem.excludes:
            self.excluded.setdefault(a, set()).add(b)
            self.excluded.setdefault(b, set()).add(a)

    def put(self, column: Column, sign: float = 1.0) -> None:
        """Books a mission plan, or with -1 takes it out."""
        for p, y, amount in column.payments:
            self.spent[p, y] += sign * rounded_up(amount)
        for y, amount in column.pool:
            self.pooled[y] += sign * rounded_up(amount)
        for f, first, last, level in column.occupations:
            self.used[f, first:last] += sign * level
        for g, amount in column.science:
            self.coverage[g] += sign * amount
        if self.master.rules:
            self.rules += sign * self.master.rule_table.coefficients(column)
        if sign > 0:
            self.chosen[column.plan.mission] = column
        else:
            del self.chosen[column.plan.mission]

    # --- room ----------------------------------------------------------------------------------------------------

    def shortage(self, extra: Floats | None = None) -> tuple[Floats, Floats]:
        """(what is missing, what is free) by contributor and year, after what can be carried over; (n, years)."""
        spent = self.spent if extra is None else self.spent + extra
        if not self.carries:
            rest = self.limits - spent
            return np.maximum(0.0, -rest), np.maximum(0.0, rest)
        missing, free = np.zeros_like(spent), np.zeros_like(spent)
        carried = np.zeros(len(spent))
        for y in range(spent.shape[1]):
            rest = self.limits[:, y] + carried - spent[:, y]
            missing[:, y] = np.maximum(0.0, -rest)
            free[:, y] = np.maximum(0.0, rest)
            carried = np.minimum(free[:, y], self.problem.carry * np.maximum(0.0, self.problem.means[:, y]))
        return missing, free

    def affords(self, extra: Floats, pooled: Floats) -> bool:
        """Can the partners, with the pool's help, pay this besides what is booked?"""
        missing, _free = self.shortage(extra)
        if not missing.any() and not (self.pooled + pooled).any():
            return True
        short = missing > 1e-9
        if (short & ~self.receivers[:, None]).any() or (missing > self.most_received).any():
            return False
        # Money that is carried over is not offered to the pool here: a small loss that keeps the test exact and quick.
        offer = np.minimum(self.cap, self._uncarried(extra))
        return bool((missing.sum(axis=0) + self.pooled + pooled <= offer.sum(axis=0) + 1e-9).all())

    def _uncarried(self, extra: Floats) -> Floats:
        return np.maximum(0.0, np.where(np.isinf(self.limits), 0.0, self.limits) - self.spent - extra)

    def fits(self, column: Column) -> bool:
        """Is there room for a mission plan: money, facilities, other missions, and no rule made worse than broken?"""
        extra, pooled = np.zeros_like(self.spent), np.zeros(self.problem.n_years)
        for p, y, amount in column.payments:
            extra[p, y] = rounded_up(amount)
        for y, amount in column.pool:
            pooled[y] = rounded_up(amount)
        if self.excluded.get(column.plan.mission, set()) & set(self.chosen):
            return False
        for f, first, last, level in column.occupations:
            if (self.used[f, first:last] + level > self.problem.capacities[f, first:last] + 1e-9).any():
                return False
        return self.affords(extra, pooled) and self._agrees(column)

    def _agrees(self, column: Column) -> bool:
        """Precedence and interfaces with the missions already in."""
        problem, plan = self.problem, column.plan
        for arc in problem.cross_arcs:
            if arc.later[0] == plan.mission and plan.choices[arc.later[1]] != ABSENT:
                before = self.chosen.get(arc.earlier[0])
                if before is None or not self._follows(arc, before, column):
                    return False
            if arc.earlier[0] == plan.mission and arc.later[0] in self.chosen:
                after = self.chosen[arc.later[0]]
                if after.plan.choices[arc.later[1]] != ABSENT and not self._follows(arc, column, after):
                    return False
        for pair in problem.cross_pairs:
            for here, there in ((pair.first, pair.second), (pair.second, pair.first)):
                other = self.chosen.get(there[0])
                if here[0] != plan.mission or other is None:
                    continue
                if plan.choices[here[1]] == here[2] and other.plan.choices[there[1]] == there[2]:
                    starts = (plan.starts[here[1]], other.plan.starts[there[1]])
                    if pair.span is None or not all(pair.span[0] <= s <= pair.span[1] for s in starts):
                        return False
        return not problem.cross_needs or joins(problem, self._choices() | {plan.mission: plan.choices})

    def unjoined(self, mission: int) -> set[tuple[int, int]]:
        """(part, choice) of a mission that nothing joins to the missions already in."""
        crossing = self.problem.cross_needs or self.problem.cross_pairs
        return unjoined(self.problem, self._choices(), mission) if crossing else set()

    def _choices(self) -> dict[int, tuple[int, ...]]:
        return {m: c.plan.choices for m, c in self.chosen.items()}

    def _follows(self, arc: object, before: Column, after: Column) -> bool:
        from comity.roadmap.problem import CrossArc

        assert isinstance(arc, CrossArc)
        c = before.plan.choices[arc.earlier[1]]
        if c == ABSENT:
            return False
        choice = self.problem.missions[arc.earlier[0]].parts[arc.earlier[1]].choices[c]
        ready = before.plan.starts[arc.earlier[1]] + (0 if arc.from_start else choice.duration)
        wait = after.plan.starts[arc.later[1]] - ready
        return wait >= arc.lag and (arc.max_lag is None or wait <= arc.max_lag)

    # --- worth ---------------------------------------------------------------------------------------------------

    def marginal(self) -> Floats:
        """What one more unit of coverage of each objective would bring; (n_objectives,)."""
        slopes = np.zeros(len(self.coverage))
        for g, segments in enumerate(self.problem.segments):
            left = self.coverage[g]
            for width, slope in segments:
                if left < width - 1e-12:
                    slopes[g] = slope
                    break
                left -= width
        return slopes * self.problem.values

    def value(self) -> float:
        """Science won."""
        total = 0.0
        for g, segments in enumerate(self.problem.segments):
            left = self.coverage[g]
            for width, slope in segments:
                total += self.problem.values[g] * slope * min(max(left, 0.0), width)
                left -= width
        return total

    def broken_rules(self) -> Floats:
        """By how much each rule of participation is broken (cash through the pool left out)."""
        out: Floats = np.maximum(0.0, self.rules - self.rights - 1e-9)
        return out


class Builder:
    """Puts missions into a ledger, one by one."""

    def __init__(self, problem: Problem, master: Master, pricers: Sequence[MissionPricer], prices: Floats) -> None:
        self.problem, self.master, self.pricers = problem, master, pricers
        self.table: PriceTable = master.prepare_prices(prices)
        self.costs = [self.table.for_mission(m).costs for m in range(len(pricers))]
        self.found: list[Column] = []
        self.planned = 0  # how often a mission was planned
        self.paid: dict[int, Floats] = {}
        rule_prices = prices[master.rule_row : master.rule_row + len(master.rules)]
        usual = float(problem.values.sum()) / max(1.0, float(problem.budgets.sum()))
        self.penalties = np.array(
            [
                0.02 * float(problem.values.sum()) if r.role is not None else max(6 * w, 3 * usual)
                for r, w in zip(master.rules, rule_prices, strict=True)
            ]
        )

    def score(self, ledger: Ledger) -> float:
        """Science won, less a penalty for broken rules and for commitments not kept."""
        kept = sum(1 for m in self.problem.missions if m.committed and m.index not in ledger.chosen)
        return ledger.value() - float(self.penalties @ ledger.broken_rules()) - kept * self.master.penalty

    def _yearly(self, choice: Choice) -> Floats:
        """(n_months, n_years): millions paid in each year by start."""
        table = self.paid.get(id(choice))
        if table is None:
            running = np.concatenate([[0.0], choice.monthly.cumsum()])
            ends = np.searchsorted(self.problem.year_of, np.arange(self.problem.n_years), side="right")
            spent = running[np.clip(ends[None, :] - np.arange(self.problem.n_months)[:, None], 0, choice.duration)]
            table = np.diff(spent, axis=1, prepend=0.0).astype(np.float32)
            self.paid[id(choice)] = table
        return table

    def plan(self, ledger: Ledger, m: int, *, thrift: float = 1.0) -> Column | None:
        """The best plan of a mission that fits what is left; None when none is found."""
        mission = self.problem.missions[m]
        if not mission.possible:
            return None
        self.planned += 1
        _, free = ledger.shortage()
        free = np.where(np.isinf(free), 1e9, free)
        offer = np.minimum(ledger.cap, free)
        pool = offer.sum(axis=0) - ledger.pooled
        most = np.where(ledger.receivers[:, None], free + np.minimum(ledger.most_received, pool)[None, :], free)
        science = ledger.marginal()
        unjoined = ledger.unjoined(m)
        masked: list[list[Floats]] = []
        for part, costs in zip(mission.parts, self.costs[m], strict=True):
            rows = []
            for c, (choice, cost) in enumerate(zip(part.choices, costs, strict=True)):
                yearly = self._yearly(choice)
                open_ = choice.starts.copy()
                for p, share in choice.payers.items():
                    open_ &= (share * yearly <= most[p][None, :] + 1e-6).all(axis=1)
                if choice.pool_share:
                    open_ &= (choice.pool_share * yearly <= pool[None, :] + 1e-6).all(axis=1)
                for use in choice.occupations:
                    open_ &= self._room(ledger, use.facility, use.level, use.first, use.last)
                open_ &= (part.index, c) not in unjoined
                rows.append(np.where(open_, thrift * cost, NEVER))
            if not part.optional and not any((r < NEVER / 2).any() for r in rows):
                return None
            masked.append(rows)
        tried: set[tuple[int, ...]] = set()
        for _ in range(4):
            _, plans = self.pricers[m].best_plans(
                Prices(masked, science), above=-NEVER / 2 if mission.committed else 1e-9, most=4
            )
            fresh = [q for q in plans if (*q.choices, *q.starts) not in tried]
            if not fresh:
                return None
            for found in fresh:
                tried.add((*found.choices, *found.starts))
                plan = found if self.pricers[m].is_tree else repaired(self.problem, found)
                if plan is None or not self._affords(plan, most, pool):
                    continue
                col = column(self.problem, plan)
                if ledger.fits(col):
                    self.found.append(col)
                    return col
            self._push_apart(masked, mission.parts, fresh, ledger)
        return None

    def _affords(self, plan: MissionPlan, most: Floats, pool: Floats) -> bool:
        """Does a plan cost nobody more than all that it can have? A quick test before the exact one (`Ledger.fits`)."""
        paid, pooled = np.zeros_like(most), np.zeros_like(pool)
        for part, c, start in zip(self.problem.missions[plan.mission].parts, plan.choices, plan.starts, strict=True):
            if c != ABSENT:
                choice = part.choices[c]
                years = self._yearly(choice)[start]
                for p, share in choice.payers.items():
                    paid[p] += share * years
                if choice.pool_share:
                    pooled += choice.pool_share * years
        return bool((paid <= most + 1e-4).all() and (not pooled.any() or (pooled <= pool + 1e-4).all()))

    def _push_apart(
        self, masked: list[list[Floats]], parts: Sequence[object], plans: Sequence[MissionPlan], ledger: Ledger
    ) -> None:
        """Raises the cost of starts near those that together did not fit, so that the next try differs."""
        for plan in plans:
            for rows, c, start in zip(masked, plan.choices, plan.starts, strict=True):
                if c != ABSENT:
                    near = slice(max(0, start - 6), start + 7)
                    live = rows[c][near] < NEVER / 2
                    level = float(np.abs(rows[c][start])) * 0.3 + 0.02
                    rows[c][near] = np.where(live, rows[c][near] + level, rows[c][near])

    def _room(self, ledger: Ledger, facility: int, level: float, first: int, last: int) -> Bools:
        """(n_months,): may a use at this level start in this month?"""
        n = self.problem.n_months
        full = np.concatenate(
            [[0], (ledger.used[facility] + level > self.problem.capacities[facility] + 1e-9).cumsum()]
        )
        months = np.arange(n)
        room: Bools = full[np.minimum(months + last, n)] == full[np.minimum(months + first, n)]
        return room

    # --- construction and improvement ------------------------------------------------------------------------------

    def construct(self, order: Sequence[int], ledger: Ledger, *, thrift: float = 1.0) -> None:
        """Puts in the missions in an order, those that others wait for first where need be."""
        for m in order:
            if m not in ledger.chosen:
                col = self.plan(ledger, m, thrift=thrift)
                if col is not None:
                    ledger.put(col)

    def improve(
        self,
        ledger: Ledger,
        attraction: Floats,
        *,
        rounds: int,
        seed: int,
        stop: Callable[[], bool],
        on_better: Callable[[float], None],
    ) -> dict[int, Column]:
        """Ruin and recreate: the best selection seen; deterministic for a seed and a number of rounds."""
        rng = np.random.default_rng(seed)
        current, best = self.score(ledger), self.score(ledger)
        kept = dict(ledger.chosen)
        heat = 0.004 * max(1.0, abs(best))
        for turn in range(rounds):
            if stop():
                break
            before = dict(ledger.chosen)
            wanted = self._wanted(ledger, attraction, rng)
            gone = self._ruin(ledger, rng, wanted)
            outside = [
                m for m in range(len(self.pricers)) if m not in ledger.chosen and self.problem.missions[m].possible
            ]
            keys = attraction[outside] * np.exp(rng.normal(0.0, 0.7, len(outside)))
            order = [outside[i] for i in np.argsort(-keys)]
            if wanted is not None:
                order.remove(wanted)
                order.insert(0, wanted)
            self.construct(order[: len(gone) + 12], ledger, thrift=float(rng.choice([0.5, 0.8, 1.0])))
            score = self.score(ledger)
            warmth = heat * (1 - turn / rounds)
            if score >= current - warmth * rng.random():
                current = score
                if score > best + 1e-9:
                    best, kept = score, dict(ledger.chosen)
                    on_better(best)
            else:
                for m in [m for m in ledger.chosen if before.get(m) is not ledger.chosen[m]]:
                    ledger.put(ledger.chosen[m], -1.0)
                for m, col in before.items():
                    if m not in ledger.chosen:
                        ledger.put(col)
        return kept

    def _wanted(self, ledger: Ledger, attraction: Floats, rng: np.random.Generator) -> int | None:
        """A mission left out that is worth making room for; None in one turn of three."""
        outside = [m for m in range(len(self.pricers)) if m not in ledger.chosen and self.problem.missions[m].possible]
        if not outside or rng.random() < 0.33:
            return None
        weights = attraction[outside] / attraction[outside].sum()
        return int(rng.choice(outside, p=weights))

    def _ruin(self, ledger: Ledger, rng: np.random.Generator, wanted: int | None) -> list[int]:
        """Takes out some missions that share purses with one another, or with the mission that is wanted."""
        chosen = list(ledger.chosen)
        if not chosen:
            return []
        size = int(rng.integers(1, max(3, min(12, len(chosen) // 4 + 2))))
        if wanted is None:
            seed = ledger.chosen[chosen[int(rng.integers(len(chosen)))]]
            purse, year = seed.partners, float(seed.delivery)
        else:
            purse = frozenset(p for part in self.problem.missions[wanted].parts for c in part.choices for p in c.payers)
            year = float(rng.integers(self.problem.n_months))
        near = np.array(
            [
                sum(a for p, _, a in ledger.chosen[m].payments if p in purse) / (1e-9 + ledger.chosen[m].cost)
                + 1 / (1 + abs(ledger.chosen[m].delivery - year) / 24)
                + rng.random()
                for m in chosen
            ]
        )
        gone = [chosen[i] for i in np.argsort(-near)[:size]]
        for arc in self.problem.cross_arcs:  # what waits for a mission leaves with it
            if arc.earlier[0] in gone and arc.later[0] in ledger.chosen and arc.later[0] not in gone:
                gone.append(arc.later[0])
        for need in self.problem.cross_needs:  # and what is joined by an adapter of it
            joined = need.second[0]
            if {m for m, _, _ in need.any_of} & set(gone) and joined in ledger.chosen and joined not in gone:
                gone.append(joined)
        for m in gone:
            ledger.put(ledger.chosen[m], -1.0)
        return gone
