"""The roadmap as a cooperative game: a coalition's value is the science that its members could do together alone.

The planner answers for each coalition, with only its members' means. Values are points of science: they can be divided in
thought, though not handed over; what is divided in the end is who pays how much. A plan is not proven to be the best, so a
coalition's value is at least that of every part of it (`covered`): where a search found less, the part's is taken, and
the difference is told as the search's gap.

Each answer is kept at once in a file, so that the work goes on after a kill where it was.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from comity.cluster import spread
from comity.funding.amounts import split
from comity.funding.errors import FundingError
from comity.funding.shares.game import Game, check_players, members
from comity.funding.shares.shapley import Sampled, sampled_shapley
from comity.model.problems import nearest
from comity.model.programme import Programme
from comity.roadmap.question import Question

#: Coalitions of so many partners are all solved: 4,095.
MOST_SOLVED = 12


class Reached(NamedTuple):
    """What a coalition's best plan found brings, at most could bring [points], and has each pay [amounts as text]."""

    value: float
    bound: float
    paid: dict[str, str]


@dataclass(frozen=True, slots=True)
class RoadmapGame:
    """The game of all coalitions, by how much a search fell short of a part's value, at most [points], by how much what all
    can do together is below what a part of them can [points], how many were planned anew, and what the plan of all has each
    pay, in the programme's currency.

    All together may do less than a part: rules of participation bind the whole partnership alone.
    """

    game: Game
    short_by: float
    barred_by: float
    solved: int
    paid: dict[str, Decimal]

    def paid_in_proportion(self, shares: Mapping[str, Fraction], currency: str) -> dict[str, Decimal]:
        """The same cost, divided in proportion to shares of the points, to the smallest unit of the currency.

        FundingError when a share is below nothing, or all are nothing.
        """
        return split(sum(self.paid.values(), Decimal(0)), shares, currency=currency)


def partners_of(programme: Programme, chosen: Sequence[str] = ()) -> tuple[str, ...]:
    """The players: those who can pay, or those who are chosen of them. FundingError names who is none."""
    able = tuple(p for p, partner in programme.partners.items() if partner.budget)
    for name in chosen:
        if name not in able:
            raise FundingError(f"{name!r} is no partner with a budget; {nearest(name, able) or ', '.join(able)}")
    return tuple(chosen) or able


def solvable(players: Sequence[str]) -> None:
    """FundingError when there are more players than all of whose coalitions are planned: ask for samples then."""
    check_players(players)
    if len(players) > MOST_SOLVED:
        raise FundingError(
            f"{len(players)} partners form {2 ** len(players) - 1:,} coalitions; all are solved for up to {MOST_SOLVED} "
            "partners, beyond that ask for samples"
        )


def roadmap_game(
    programme: Programme,
    players: Sequence[str],
    *,
    time_s: float = 5.0,
    seed: int = 0,
    kept: Kept | None = None,
    workers: int = 2,
    cluster: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> RoadmapGame:
    """The game of these partners, each coalition planned for up to `time_s` seconds on one core.

    Coalitions that `kept` holds are not planned again. `on_progress(done, all)` is called as answers come. FundingError
    when there are more than twelve players: ask for samples then.
    """
    solvable(players)
    groups = [members(players, m) for m in range(1, 1 << len(players))]
    kept = kept if kept is not None else Kept()
    missing = sum(g not in kept.values for g in groups)
    plan_coalitions(
        programme,
        groups,
        kept=kept,
        time_s=time_s,
        seed=seed,
        workers=workers,
        cluster=cluster,
        on_progress=on_progress,
    )
    values, whole = {g: kept.values[g].value for g in groups}, kept.values[groups[-1]]
    game, short = covered(players, values)
    barred = max(0.0, float(game.whole) - max(whole.value, whole.bound))
    if barred > 1e-3:  # what the rules keep all from is not the search's fault
        _, short = covered(players, {**values, groups[-1]: whole.value + barred})
    else:
        barred = 0.0
    paid = {p: Decimal(v) for p, v in whole.paid.items()}
    return RoadmapGame(game, short, barred, missing, {p: paid.get(p, Decimal(0)) for p in players})


def plan_coalitions(
    programme: Programme,
    groups: Sequence[frozenset[str]],
    *,
    kept: Kept,
    time_s: float = 5.0,
    seed: int = 0,
    workers: int = 2,
    cluster: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> None:
    """Plans those of the coalitions that are not kept yet, side by side, and keeps each answer as it comes."""
    # The largest first: they take the longest, and none of them should be the last alone.
    missing = sorted((g for g in groups if g not in kept.values), key=lambda g: (-len(g), sorted(g)))
    done = len(groups) - len(missing)
    if on_progress is not None:
        on_progress(done, len(groups))
    tasks = [(sorted(group),) for group in missing]
    asked = Question(time_s=time_s, seed=seed, threads=1, aims=("science",))
    for n, answer in spread(coalition_value, tasks, shared=(programme, asked), workers=workers, cluster=cluster):
        kept.add(missing[n], answer)
        done += 1
        if on_progress is not None:
            on_progress(done, len(groups))


def sampled_roadmap(
    programme: Programme,
    players: Sequence[str],
    *,
    orders: int,
    within: float | None = None,
    time_s: float = 5.0,
    seed: int = 0,
    kept: Kept | None = None,
    workers: int = 2,
    cluster: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Sampled:
    """The Shapley value [points] from random orders of the partners, for any number of them; otherwise as `roadmap_game`.

    Coalitions that are drawn are planned side by side; `within` stops earlier, once each interval is so narrow [points].
    The intervals say how far chance in the orders may lead astray, and nothing of the searches' gaps.
    """
    answers = kept if kept is not None else Kept()

    def ahead(groups: Sequence[frozenset[str]]) -> None:
        plan_coalitions(
            programme, groups, kept=answers, time_s=time_s, seed=seed, workers=workers, cluster=cluster,
            on_progress=on_progress,
        )  # fmt: skip

    def value(group: frozenset[str]) -> float:
        return round(answers.values[group][0], 3)

    return sampled_shapley(players, value, orders=orders, within=within, seed=seed, monotone=True, ahead=ahead)


def coalition_value(shared: tuple[Programme, Question], coalition: Sequence[str]) -> Reached:
    """The value and bound [points] of a coalition's best plan found; nothing where it has no plan."""
    from comity.roadmap import NoPlanError
    from comity.roadmap.planner import plan
    from comity.roadmap.problem import compile_problem

    programme, question = shared
    question = replace(question, coalition=frozenset(coalition))
    if not any(mission.possible for mission in compile_problem(programme, question).missions):
        return Reached(0.0, 0.0, {})
    try:
        found = plan(programme, question)
    except NoPlanError:
        return Reached(0.0, 0.0, {})
    paid = {p: str(a.contribution) for p, a in found.accounts.items() if a.contribution}
    return Reached(found.value, found.bound, paid)


def covered(players: Sequence[str], values: dict[frozenset[str], float]) -> tuple[Game, float]:
    """The game in which no coalition has less than a part of it, and the most that one was raised by.

    Values are taken to the thousandth of a point, so that luck in the last digits decides nothing.
    """
    table = [0.0] * (1 << len(players))
    raised = 0.0
    for mask in range(1, len(table)):
        own = round(values[members(players, mask)], 3)
        parts = max(table[mask ^ 1 << k] for k in range(len(players)) if mask >> k & 1)
        table[mask] = max(own, parts)
        raised = max(raised, parts - own)
    return Game("gain", tuple(players), tuple(Fraction(f"{v:.3f}") for v in table)), raised


class Kept:
    """Answers by coalition in a file, one a line, each on the medium before the next; a torn last line is left out.

    Without a file they are kept in memory. The first line says of which programme, players' means and terms they are;
    FundingError when the file is of others.
    """

    def __init__(self, file: Path | None = None, digest: str = "") -> None:
        self.values: dict[frozenset[str], Reached] = {}
        self._file: TextIO | None = None
        if file is None:
            return
        head = {"comity": "coalitions", "of": digest}
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = list(_whole_lines(file)) if file.exists() else []
        if lines and lines[0] != head:
            raise FundingError(f"{file}: holds coalitions of another programme, time or seed; name another folder")
        for line in lines[1:]:
            self.values[frozenset(line["coalition"])] = Reached(line["value"], line["bound"], line["paid"])
        kept = [head, *lines[1:]]
        text = "".join(json.dumps(line, sort_keys=True) + "\n" for line in kept)
        beside = file.with_suffix(".new")
        with beside.open("w", encoding="utf-8") as whole:  # without what was torn
            whole.write(text)
            whole.flush()
            os.fsync(whole.fileno())
        beside.replace(file)
        self._file = file.open("a", encoding="utf-8")

    def add(self, coalition: frozenset[str], answer: Reached) -> None:
        """Keeps an answer; it is safe when this returns."""
        self.values[coalition] = answer
        line = {"coalition": sorted(coalition), **answer._asdict()}
        if self._file is not None:
            self._file.write(json.dumps(line, sort_keys=True) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Lets the file go."""
        if self._file is not None:
            self._file.close()


def _whole_lines(file: Path) -> Iterator[dict[str, Any]]:
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True):
        if not line.endswith("\n"):
            return
        try:
            yield json.loads(line)
        except ValueError:
            return
