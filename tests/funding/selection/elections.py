"""Elections for the tests: drawn ones, and pabutools' view of the same election."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from pabutools.election.pabulib import parse_pabulib_from_string

from comity.funding.selection.election import Election, Project, Voter, VoteType
from comity.funding.selection.pabulib import pabulib_text


def approval(budget: int, costs: dict[str, int], ballots: list[str], weights: list[int] | None = None) -> Election:
    """Projects by name and cost; each ballot names its projects, parted by spaces."""
    names = list(costs)
    voters = tuple(
        Voter(f"v{n}", tuple(names.index(p) for p in ballot.split()), (), (weights or [1] * len(ballots))[n])
        for n, ballot in enumerate(ballots)
    )
    return Election(Fraction(budget), tuple(Project(p, Fraction(c)) for p, c in costs.items()), voters)


@st.composite
def elections(draw: st.DrawFn, kind: VoteType = "approval", *, weighted: bool = False) -> Election:
    """Small elections with many ties: few distinct costs, points and weights."""
    n = draw(st.integers(1, 7))
    names = draw(st.permutations([f"p{k}" for k in range(n)]))
    projects = tuple(Project(p, Fraction(draw(st.sampled_from([1, 2, 3, 4, 6, 7, 12])))) for p in names)
    voters = []
    for v in range(draw(st.integers(1, 9))):
        choices = tuple(draw(st.lists(st.integers(0, n - 1), unique=True, max_size=n)))
        points = tuple(Fraction(draw(st.sampled_from([1, 2, 3]))) for _ in choices) if kind == "scoring" else ()
        voters.append(Voter(f"v{v}", choices, points, draw(st.integers(1, 3)) if weighted else 1))
    return Election(Fraction(draw(st.integers(1, 30))), projects, tuple(voters), kind)


def as_pabutools(election: Election) -> tuple[Any, Any]:
    """The same election as pabutools reads it from our file."""
    pair: tuple[Any, Any] = parse_pabulib_from_string(pabulib_text(election))
    return pair
