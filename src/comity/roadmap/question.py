"""What the planner is asked: a programme, who takes part, how long to search, and what is already settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from comity.model.calendar import Month
from comity.model.programme import Aim
from comity.roadmap.answer import CashFlow

Key = tuple[str, str]  # (mission, element)
Bills = Mapping[str, Mapping[int, Decimal]]  # payer -> year -> money


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What cannot change any more when a plan is made anew.

    `elements` maps (mission, element) to the option's label and the start month that it had; only those that began
    before `before` are listed. `delivered` are missions whose science has begun to flow: they stay, if they can.
    `paid` is what each of the elements had cost when `before` began, at the prices by which it was planned; `sunk` what
    earlier replannings had lost; `cash` how the common pool moved in the years gone by. `history.settled_by` makes all
    this of a plan.
    """

    before: Month
    elements: Mapping[Key, tuple[str, Month]]
    delivered: frozenset[str] = frozenset()
    paid: Mapping[Key, Bills] = field(default_factory=dict)
    sunk: Bills = field(default_factory=dict)
    cash: Mapping[int, CashFlow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """How to search.

    `time_s`: wall-clock seconds; `gap`: stop when the proven relative gap is no larger; `seed`, `threads`: of the
    solvers; `aims`: in lexicographic order (default: the programme's own); `tolerance`: how much of an aim that was
    reached may be given up for the next; `coalition`: the partners taking part (default: all); `settled`: replanning;
    `required`, `barred`: missions that must, or must not, be in the plan.
    """

    time_s: float = 60.0
    gap: float = 0.001
    seed: int = 0
    threads: int = 2
    aims: tuple[Aim, ...] | None = None
    tolerance: float = 0.005
    coalition: frozenset[str] | None = None
    settled: Settled | None = None
    required: frozenset[str] = field(default_factory=frozenset)
    barred: frozenset[str] = field(default_factory=frozenset)
