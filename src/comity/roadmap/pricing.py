"""The best plans of one mission at given prices: dynamic programming over its precedence tree.

At prices of money by partner and month, of facilities by month and of science by objective, each mission can be
planned on its own. Its elements hang on its delivery element as a tree; a pass from the leaves to that root finds, for
every year of delivery, the most profitable options and start months. Where option choices interact (success
probabilities multiply; two options may not meet), the few interacting classes of options are enumerated.

This is the pricing step of a Dantzig-Wolfe decomposition (Desrosiers & Lubbecke 2005, "A primer in column generation").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from comity.roadmap.problem import Arc, Floats, Need, Problem, Undertaking

NEVER = 1e15
ABSENT = -1


@dataclass(frozen=True, slots=True)
class MissionPlan:
    """One way to carry out a mission: the choice (ABSENT: not built) and start month of each part."""

    mission: int
    choices: tuple[int, ...]
    starts: tuple[int, ...]
    profit: float = field(compare=False, default=0.0)


@dataclass(frozen=True, slots=True)
class Prices:
    """What each (part, choice, start) costs, and what a unit of each objective's coverage brings."""

    costs: list[list[Floats]]  # [part][choice] -> (n_months,)
    science: Floats  # (n_objectives,)


@dataclass(slots=True)
class _Mode:
    """A combination of interacting classes: the choices left to each part, and the joint success probability."""

    allowed: list[tuple[int, ...] | None]  # per part; None: any
    may_be_absent: list[bool]
    success: float
    spans: list[tuple[int, int, int]]  # (part, first, last) start months


class MissionPricer:
    """Plans one mission at any prices. Built once, asked many times."""

    def __init__(self, problem: Problem, mission: Undertaking) -> None:
        self.problem = problem
        self.mission = mission
        self.n_months = problem.n_months
        self.children, self.is_tree = _tree(mission)
        self.modes = list(_modes(mission, problem.n_months))
        self.years = self._delivery_years()
        self.delivers = self._delivery_months()
        #: Parts whose own science depends on whether, or by whom, they are built.
        self.success_differs = [
            (not p.critical) and bool(p.contributes) and (p.optional or len({c.success for c in p.choices}) > 1)
            for p in mission.parts
        ]

    def _delivery_years(self) -> list[int]:
        root = self.mission.parts[self.mission.delivery]
        years: set[int] = set()
        for choice in root.choices:
            months = np.flatnonzero(choice.starts) + (0 if self.mission.delivers_at_start else choice.duration)
            years.update(int(y) for y in self.problem.year_of[months[months < self.n_months]])
        return sorted(years)

    def _delivery_months(self) -> list[NDArray[np.bool_]]:
        """For each choice of the delivery element: which starts deliver in which year, (years, months)."""
        rows = []
        years = np.array(self.years, dtype=np.int64)[:, None]
        for choice in self.mission.parts[self.mission.delivery].choices:
            delivery = np.arange(self.n_months) + (0 if self.mission.delivers_at_start else choice.duration)
            year = np.where(delivery < self.n_months, self.problem.year_of[np.minimum(delivery, self.n_months - 1)], -1)
            rows.append(year[None, :] == years)
        return rows

    def best_plans(self, prices: Prices, *, above: float, most: int) -> tuple[float, list[MissionPlan]]:
        """The best profit of any plan, and up to `most` plans that bring more than `above`, each of another delivery year.

        When precedence is not a tree some arcs are relaxed in the search: the profit stays an upper bound of what any plan
        can bring, and `columns.repaired` makes the plans obey all arcs. Without any plan the profit is -NEVER.
        """
        if not self.mission.possible or not self.years or not self.modes:
            return -NEVER, []
        passing = _Pass(self, prices)
        profits = np.stack([passing.profits(mode) for mode in self.modes])
        best_mode = profits.argmax(axis=0)
        best = profits.max(axis=0)
        wanted = [int(y) for y in np.argsort(-best, kind="stable")[:most] if best[y] > max(above, -NEVER / 2)]
        plans: list[MissionPlan] = []
        for mode in sorted({int(best_mode[y]) for y in wanted}):
            passing.profits(self.modes[mode])
            plans += [passing.trace(y, float(best[y])) for y in wanted if best_mode[y] == mode]
        return float(best.max()), sorted(plans, key=lambda plan: -plan.profit)


class _Pass:
    """One pricing of one mission; keeps the tables of the last mode, from which a plan is traced back.

    The cost of a part that depends on the year of delivery (its science) is kept apart from the part that depends on its
    start, so that the search over starts is done once for all years and modes wherever it can be.
    """

    def __init__(self, pricer: MissionPricer, prices: Prices) -> None:
        self.pricer = pricer
        self.mission = pricer.mission
        self.prices = prices
        self.discount = pricer.problem.discount[pricer.years]
        self.worth = [sum(prices.science[g] * a for g, a in p.contributes.items()) for p in self.mission.parts]
        self.mode: _Mode = pricer.modes[0]
        self.tables: dict[int, dict[int, Floats]] = {}
        self.absent: dict[int, Floats] = {}
        self.base: dict[tuple[int, int], Floats] = {}
        self.windows: dict[tuple[int, int, int | None, int | None], Floats] = {}

    # --- towards the root ----------------------------------------------------------------------------------------

    def profits(self, mode: _Mode) -> Floats:
        """The best profit for each delivery year, given a mode."""
        self.mode, self.tables, self.absent = mode, {}, {}
        root = self.mission.delivery
        self._fill(root)
        best = np.full(len(self.pricer.years), -NEVER)
        for c, table in self.tables[root].items():
            best = np.maximum(best, -np.where(self.pricer.delivers[c], table, NEVER).min(axis=1))
        fixed = sum(
            w * (1.0 if part.critical else part.choices[0].success)
            for w, part in zip(self.worth, self.mission.parts, strict=True)
            if w and self._always_there(part.index) and not self.pricer.success_differs[part.index]
        )
        total: Floats = best + fixed * mode.success * self.discount
        return total

    def _always_there(self, part: int) -> bool:
        return not self.mode.may_be_absent[part] and self.mode.allowed[part] != ()

    def _fill(self, part: int) -> None:
        """Tables cost[choice][year or 0, start] of a part and all that hangs on it, less its own science by year."""
        spec, children = self.mission.parts[part], self.pricer.children[part]
        for child, _ in children:
            self._fill(child)
        allowed = self.mode.allowed[part]
        spans = [(first, last) for p, first, last in self.mode.spans if p == part]
        tables: dict[int, Floats] = {}
        for c, choice in enumerate(spec.choices):
            if allowed is not None and c not in allowed:
                continue
            table = self.base.get((part, c))
            if table is None:
                table = np.where(choice.starts, self.prices.costs[part][c], NEVER)[None, :]
                self.base[part, c] = table
            if spans:
                table = table.copy()
                for first, last in spans:
                    table[:, :first] = NEVER
                    table[:, last + 1 :] = NEVER
            for child, arc in children:
                table = table + (self._free(child) if arc is None else self._message(child, arc, choice.duration))
            tables[c] = np.minimum(table, NEVER) if children else table
        self.tables[part] = tables
        if self.mode.may_be_absent[part]:
            self.absent[part] = sum((self._free(child) for child, _ in children), start=np.zeros((1, 1)))

    def _science(self, part: int, choice: int) -> Floats | float:
        """What a part's own science is worth by delivery year, (years, 1), where that depends on what is chosen."""
        if not self.worth[part] or not self.pricer.success_differs[part]:
            return 0.0
        own = 1.0 if self.mission.parts[part].critical else self.mission.parts[part].choices[choice].success
        worth: Floats = (self.worth[part] * own * self.mode.success * self.discount)[:, None]
        return worth

    def _free(self, part: int) -> Floats:
        """The least cost of a part and what hangs on it when nothing ties it to the rest, (years or 1, 1)."""
        out: Floats = np.full((1, 1), NEVER)
        for c, table in self.tables[part].items():
            out = np.minimum(out, table.min(axis=1, keepdims=True) - self._science(part, c))
        return np.minimum(out, self.absent[part]) if part in self.absent else out

    def _message(self, child: int, arc: Arc, parent_duration: int) -> Floats:
        """The least cost of a child's subtree for each start of its parent, (years or 1, n_months)."""
        out: Floats = np.full((1, self.pricer.n_months), NEVER)
        leaf = not self.pricer.children[child] and not self.mode.spans
        for c, table in self.tables[child].items():
            low, high = self._offsets(child, c, arc, parent_duration)
            window = self.windows.get((child, c, low, high)) if leaf else None
            if window is None:
                window = _window_min(table, low, high)
                if leaf:
                    self.windows[child, c, low, high] = window
            out = np.minimum(out, window - self._science(child, c))
        if child in self.absent:
            out = np.minimum(out, self.absent[child])
        return out

    def _offsets(self, child: int, choice: int, arc: Arc, parent_duration: int) -> tuple[int | None, int | None]:
        """The child's start lies in [parent's start + low, parent's start + high]; None is unbounded."""
        if arc.earlier == child:
            span = 0 if arc.from_start else self.mission.parts[child].choices[choice].duration
            return (None if arc.max_lag is None else -(span + arc.max_lag)), -(span + arc.lag)
        span = 0 if arc.from_start else parent_duration
        return span + arc.lag, (None if arc.max_lag is None else span + arc.max_lag)

    # --- back from the root --------------------------------------------------------------------------------------

    def trace(self, position: int, profit: float) -> MissionPlan:
        """The plan behind a profit of the last mode."""
        count = len(self.mission.parts)
        choices, starts = [ABSENT] * count, [0] * count
        root = self.mission.delivery
        best = (NEVER, ABSENT, 0)
        for c, table in self.tables[root].items():
            row = np.where(self.pricer.delivers[c][position], table[min(position, table.shape[0] - 1)], NEVER)
            at = int(row.argmin())
            if row[at] < best[0]:
                best = (float(row[at]), c, at)
        self._settle(root, best[1], best[2], position, choices, starts)
        return MissionPlan(self.mission.index, tuple(choices), tuple(starts), profit)

    def _settle(self, part: int, choice: int, start: int, position: int, choices: list[int], starts: list[int]) -> None:
        choices[part], starts[part] = choice, start
        duration = self.mission.parts[part].choices[choice].duration if choice != ABSENT else 0
        for child, arc in self.pricer.children[part]:
            best = (NEVER / 2, ABSENT, 0)
            for c, table in self.tables[child].items():
                row = table[min(position, table.shape[0] - 1)]
                first, last = 0, self.pricer.n_months - 1
                if choice != ABSENT and arc is not None:
                    low, high = self._offsets(child, c, arc, duration)
                    first = first if low is None else max(first, start + low)
                    last = last if high is None else min(last, start + high)
                if first <= last:
                    at = first + int(row[first : last + 1].argmin())
                    science = self._science(child, c)
                    cost = float(row[at]) - (float(science[position, 0]) if isinstance(science, np.ndarray) else 0.0)
                    if cost < best[0]:
                        best = (cost, c, at)
            if child in self.absent:
                absent = self.absent[child][min(position, self.absent[child].shape[0] - 1), 0]
                if absent <= best[0]:
                    best = (float(absent), ABSENT, 0)
            self._settle(child, best[1], best[2], position, choices, starts)


def _window_min(table: Floats, low: int | None, high: int | None) -> Floats:
    """`out[:, t] = min(table[:, t + low : t + high + 1])`; NEVER where the window is outside."""
    n = table.shape[1]
    out: Floats
    if low is None:
        assert high is not None
        running = np.minimum.accumulate(table, axis=1)
        index = np.arange(n) + high
        out = np.where(index < 0, NEVER, running[:, np.clip(index, 0, n - 1)])
        return out
    if high is None:
        running = np.minimum.accumulate(table[:, ::-1], axis=1)[:, ::-1]
        index = np.arange(n) + low
        out = np.where(index >= n, NEVER, running[:, np.clip(index, 0, n - 1)])
        return out
    if high < low:
        return np.full((1, n), NEVER)
    width = high - low + 1
    before, after = max(0, -low), max(0, high)
    padded = np.pad(table, ((0, 0), (before, after)), constant_values=NEVER)
    windows = np.lib.stride_tricks.sliding_window_view(padded, width, axis=1)
    out = windows[:, low + before : low + before + n].min(axis=2)
    return out


def _tree(mission: Undertaking) -> tuple[list[list[tuple[int, Arc | None]]], bool]:
    """For each part its children (with the arc between) when the parts hang on the delivery element as a forest.

    Arcs implied by others are dropped first. Of a cycle that remains, one arc is left to the repair step.
    """
    count = len(mission.parts)
    arcs = _needed(mission)
    neighbours: list[list[tuple[int, Arc]]] = [[] for _ in range(count)]
    for arc in arcs:
        neighbours[arc.earlier].append((arc.later, arc))
        neighbours[arc.later].append((arc.earlier, arc))
    children: list[list[tuple[int, Arc | None]]] = [[] for _ in range(count)]
    seen = {mission.delivery}
    queue = [mission.delivery]
    used = 0
    while queue:
        part = queue.pop(0)
        for other, arc in neighbours[part]:
            if other not in seen:
                seen.add(other)
                children[part].append((other, arc))
                queue.append(other)
                used += 1
        if not queue:
            loose = next((i for i in range(count) if i not in seen), None)
            if loose is not None:  # an island: free in time, tied to the root only by being in the mission
                seen.add(loose)
                children[mission.delivery].append((loose, None))
                queue.append(loose)
    return children, used == len(arcs)


def _needed(mission: Undertaking) -> list[Arc]:
    """The arcs less those that a chain of others through required parts implies."""
    unique = list(dict.fromkeys(mission.arcs))
    least = [min((c.duration for c in p.choices), default=0) for p in mission.parts]

    def longest(start: int, end: int, without: Arc) -> float:
        """The longest chain start -> end of finish-to-start arcs (months between start's finish and end's start)."""
        best = -np.inf
        for arc in unique:
            if arc is without or arc.earlier != start or arc.from_start:
                continue
            if arc.later == end:
                best = max(best, arc.lag)
            elif not mission.parts[arc.later].optional:
                best = max(best, arc.lag + least[arc.later] + longest(arc.later, end, without))
        return best

    kept = list(unique)
    for arc in unique:
        if arc.max_lag is None and not arc.from_start and longest(arc.earlier, arc.later, arc) >= arc.lag:
            kept.remove(arc)
    return kept


def _modes(mission: Undertaking, n_months: int) -> Iterator[_Mode]:
    """The combinations of interacting option classes."""
    parts = mission.parts
    signature: list[dict[int, tuple[object, ...]]] = []
    interacting: list[int] = []
    for part in parts:
        classes: dict[int, tuple[object, ...]] = {}
        for c, choice in enumerate(part.choices):
            met = tuple(
                sorted(
                    (
                        pair.second if pair.first == part.index else pair.first,
                        pair.second_choice if pair.first == part.index else pair.first_choice,
                        pair.span or (-1, -1),
                    )
                    for pair in mission.pairs
                    if (pair.first, pair.first_choice) == (part.index, c)
                    or (pair.second, pair.second_choice) == (part.index, c)
                )
            )
            joined = tuple(sorted(link for need in mission.needs for link in _links(need, part.index, c)))
            classes[c] = (choice.success if part.critical else 0.0, met, joined)
        signature.append(classes)
        tied = any(any(links) for _, *links in classes.values())
        if len(set(classes.values())) > 1 or (part.critical and part.optional) or tied:
            interacting.append(part.index)
    groups: list[list[tuple[int, ...]]] = []
    for index in interacting:
        by_class: dict[tuple[object, ...], list[int]] = {}
        for c, key in signature[index].items():
            by_class.setdefault(key, []).append(c)
        groups.append([tuple(g) for g in by_class.values()] + ([()] if parts[index].optional else []))
    settled = 1.0
    for part in parts:
        if part.critical and part.index not in interacting and part.choices:
            settled *= part.choices[0].success
    for taken in _combinations(mission, dict(zip(interacting, groups, strict=True))):
        spans = _meeting_spans(mission, taken)
        if spans is None:
            continue
        success = settled
        for index, group in taken.items():
            if group and parts[index].critical:
                success *= parts[index].choices[group[0]].success
        yield _Mode(
            allowed=[taken.get(p.index) for p in parts],
            may_be_absent=[p.optional and (p.index not in taken or taken[p.index] == ()) for p in parts],
            success=success,
            spans=spans,
        )


def _combinations(
    mission: Undertaking, groups: dict[int, list[tuple[int, ...]]]
) -> Iterator[dict[int, tuple[int, ...]]]:
    """One group of choices for each part, in every way in which no two of them never meet; cut off as soon as two do."""
    order = list(groups)
    never: dict[tuple[int, int], set[tuple[int, int]]] = {}
    for pair in mission.pairs:
        if pair.span is None:
            never.setdefault((pair.first, pair.first_choice), set()).add((pair.second, pair.second_choice))
            never.setdefault((pair.second, pair.second_choice), set()).add((pair.first, pair.first_choice))

    def grow(taken: dict[int, tuple[int, ...]]) -> Iterator[dict[int, tuple[int, ...]]]:
        if len(taken) == len(order):
            yield dict(taken)
            return
        part = order[len(taken)]
        for group in groups[part]:
            barred = set().union(*(never.get((part, choice), ()) for choice in group))
            if not any(choice in taken.get(other, ()) for other, choice in barred):
                yield from grow({**taken, part: group})

    yield from grow({})


def _links(need: Need, part: int, choice: int) -> Iterator[tuple[object, ...]]:
    """How a choice is tied by a need: as one of the two that are joined, or as one of those that join them."""
    one, other = (need.first, need.first_choice), (need.second, need.second_choice)
    if (part, choice) == one:
        yield (0, *other, need.any_of)
    if (part, choice) == other:
        yield (0, *one, need.any_of)
    if (part, choice) in need.any_of:
        yield (1, *one, *other, need.any_of)


def _meeting_spans(mission: Undertaking, taken: dict[int, tuple[int, ...]]) -> list[tuple[int, int, int]] | None:
    """The start months that the pairs in a combination demand; None when two of them may never meet, or nothing joins them."""
    spans: list[tuple[int, int, int]] = []
    for need in mission.needs:
        both = need.first_choice in taken.get(need.first, ()) and need.second_choice in taken.get(need.second, ())
        if both and not any(choice in taken.get(part, ()) for part, choice in need.any_of):
            return None
    for pair in mission.pairs:
        if pair.first_choice in taken.get(pair.first, ()) and pair.second_choice in taken.get(pair.second, ()):
            if pair.span is None:
                return None
            spans += [(pair.first, *pair.span), (pair.second, *pair.span)]
    return spans
