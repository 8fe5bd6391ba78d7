"""What is chosen from and by whom: projects with costs, voters with a budget share and a ballot, in exact numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Literal

import numpy as np
import numpy.typing as npt

from comity.funding.errors import FundingError

Ints = npt.NDArray[np.int64]
VoteType = Literal["approval", "choose-1", "ordinal", "cumulative", "scoring"]
Satisfaction = Literal["cost", "cardinality", "points", "borda"]


@dataclass(frozen=True, slots=True)
class Project:
    """What can be bought once, whole, at its cost; `about` holds the fields of its file that no rule reads."""

    id: str
    cost: Fraction
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Voter:
    """A delegate: the projects on the ballot (by place in the election), their points if any, and a budget weight."""

    id: str
    choices: tuple[int, ...]
    points: tuple[Fraction, ...] = ()
    weight: int = 1
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Election:
    """An instance of participatory budgeting. Voter i commands `budget × weight_i / Σ weights`."""

    budget: Fraction
    projects: tuple[Project, ...]
    voters: tuple[Voter, ...]
    vote_type: VoteType = "approval"
    meta: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def unit(self) -> int:
        """Money is counted in 1/unit, so that budget and costs are whole numbers."""
        return lcm(self.budget.denominator, *(p.cost.denominator for p in self.projects))

    @cached_property
    def costs(self) -> tuple[int, ...]:
        """The projects' costs, in 1/unit."""
        return tuple(int(p.cost * self.unit) for p in self.projects)

    @cached_property
    def weights(self) -> Ints:
        """The voters' weights, `(n_voters,)`."""
        return np.array([v.weight for v in self.voters], dtype=np.int64)

    @cached_property
    def point_unit(self) -> int:
        """Points are counted in 1/point_unit, so that they are whole numbers."""
        return lcm(1, *{x.denominator for v in self.voters for x in v.points})

    def usable(self) -> tuple[Satisfaction, ...]:
        """The measures of satisfaction that these ballots give."""
        if self.vote_type == "ordinal":
            return ("cost", "cardinality", "borda")
        return (
            ("cost", "cardinality", "points")
            if self.vote_type in ("scoring", "cumulative")
            else ("cost", "cardinality")
        )

    def marks(self, satisfaction: Satisfaction) -> Marks:
        """Each ballot's marks as sparse whole numbers: satisfaction = mark × scale of the project.

        `borda`: a project has as many points from an ordinal ballot as stand below it there (Borda 1781); the last has none.
        """
        lengths = np.array([len(v.choices) for v in self.voters], dtype=np.int64)
        voter = np.repeat(np.arange(len(self.voters)), lengths)
        project = np.fromiter((c for v in self.voters for c in v.choices), dtype=np.int64, count=int(lengths.sum()))
        mark = np.ones(len(project), dtype=np.int64)
        scale = [Fraction(1)] * len(self.projects)
        if satisfaction == "cost":
            scale = [p.cost for p in self.projects]
        elif satisfaction not in self.usable():
            what = {"points": "points", "borda": "an order"}[satisfaction]
            raise FundingError(
                f"the ballots are {self.vote_type}, without {what}; use --satisfaction {' or '.join(self.usable())}"
            )
        elif satisfaction == "points":
            unit = self.point_unit
            whole = [x.numerator * (unit // x.denominator) for v in self.voters for x in v.points]
            if whole and max(map(abs, whole)) * len(self.voters) >= 2**62:
                raise FundingError("the points have too many digits to be added up; round them")
            mark = np.array(whole, dtype=np.int64)
            scale = [Fraction(1, self.point_unit)] * len(self.projects)
        elif satisfaction == "borda":
            mark = np.array([below for n in lengths.tolist() for below in range(n - 1, -1, -1)], dtype=np.int64)
        return Marks(voter=voter, project=project, mark=mark, scale=tuple(scale), n_projects=len(self.projects))


@dataclass(frozen=True)
class Marks:
    """Sparse marks: `voter[k]` gives `project[k]` the whole number `mark[k]`; `scale[p]` turns it into satisfaction."""

    voter: Ints
    project: Ints
    mark: Ints
    scale: tuple[Fraction, ...]
    n_projects: int

    @cached_property
    def supporters(self) -> tuple[tuple[Ints, Ints], ...]:
        """Of each project: who marked it above zero, and the marks."""
        keep = self.mark > 0
        voter, project, mark = self.voter[keep], self.project[keep], self.mark[keep]
        order = np.argsort(project, kind="stable")
        ends = np.cumsum(np.bincount(project, minlength=self.n_projects))[:-1]
        return tuple(zip(np.split(voter[order], ends), np.split(mark[order], ends), strict=True))

    def totals(self) -> list[Fraction]:
        """The satisfaction of all voters together from each project, exactly."""
        sums = np.zeros(self.n_projects, dtype=np.int64)
        np.add.at(sums, self.project, self.mark)
        return [int(s) * scale for s, scale in zip(sums, self.scale, strict=True)]
