"""How fast missions are selected beside pabutools, on the same elections, with the same results.

    python -m benchmarks.selection [--voters 10000] [--files FOLDER]

Draws elections with a seed (or takes the Pabulib files of a folder), runs each rule here and by pabutools in the same
process, compares what was chosen, prints times and their ratio. Ours includes the conversion of ballots into arrays.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Collection, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from pabutools import election as peer
from pabutools import rules as peers
from pabutools.election.pabulib import parse_pabulib_from_string

from comity.funding.selection.election import Election, Project, Satisfaction, Voter
from comity.funding.selection.pabulib import pabulib_text, read_pabulib
from comity.funding.selection.rules import Completion, select

NEEDED = 20.0
SATISFACTIONS: dict[Satisfaction, Any] = {
    "cost": peer.Cost_Sat,
    "cardinality": peer.Cardinality_Sat,
    "points": peer.Additive_Cardinal_Sat,
}


def drawn(voters: int, projects: int, *, scoring: bool, seed: int) -> Election:
    """An election of districts: most of a ballot is near home, some is liked by all; costs over two orders."""
    draw = random.Random(seed)
    costs = [Fraction(round(10 ** draw.uniform(3, 5)), 1) for _ in range(projects)]
    liked = [draw.paretovariate(1.2) for _ in range(projects)]
    home = [draw.randrange(10) for _ in range(projects)]
    near = [[liked[p] * (8 if home[p] == d else 1) for p in range(projects)] for d in range(10)]
    electorate = []
    for v in range(voters):
        wanted = draw.choices(range(projects), near[draw.randrange(10)], k=draw.randint(2, 14))
        ballot = tuple(dict.fromkeys(wanted))
        points = tuple(Fraction(draw.randint(1, 5)) for _ in ballot) if scoring else ()
        electorate.append(Voter(f"v{v}", ballot, points))
    chosen = tuple(Project(f"p{p}", cost) for p, cost in enumerate(costs))
    budget = Fraction(round(sum(costs) * 2 / 5))
    return Election(budget, chosen, tuple(electorate), "scoring" if scoring else "approval")


def rivals(
    election: Election, instance: Any, profile: Any
) -> Iterator[tuple[str, Callable[[], Any], Callable[[], Any]]]:
    """Each rule by name, here and there."""
    scoring = election.vote_type == "scoring"
    greedy, shares, increase = (
        peers.greedy_utilitarian_welfare,
        peers.method_of_equal_shares,
        peers.exhaustion_by_budget_increase,
    )
    for sat in ("points",) if scoring else ("cost", "cardinality"):
        theirs = {"sat_class": SATISFACTIONS[sat]}
        grown = theirs | {"voter_budget_increment": 1}

        def ours(completion: Completion, sat: Satisfaction = sat) -> Callable[[], Any]:
            return lambda: select(election, satisfaction=sat, completion=completion)

        def combined(first: dict[str, Any], then: dict[str, Any]) -> Callable[[], Any]:
            return lambda: peers.completion_by_rule_combination(instance, profile, [shares, greedy], [first, then])

        yield (
            f"greedy {sat}",
            lambda sat=sat: select(election, rule="greedy", satisfaction=sat),
            lambda theirs=theirs: greedy(instance, profile, **theirs),
        )
        yield f"mes {sat}", ours("none"), lambda theirs=theirs: shares(instance, profile, **theirs)
        yield f"mes {sat} + greedy", ours("greedy"), combined(theirs, theirs)
        # Each of these takes pabutools a minute: one for each measure of satisfaction.
        if sat == "cost":
            yield f"mes {sat} + add1", ours("add1"), lambda grown=grown: shares(instance, profile, **grown)
        elif sat == "points":
            yield f"mes {sat} + add1u", ours("add1u"), combined(grown, theirs)
        else:
            yield (
                f"mes {sat} + increase",
                ours("increase"),
                lambda theirs=theirs: increase(instance, profile, shares, dict(theirs)),
            )
    if not scoring:
        yield (
            "phragmen",
            lambda: select(election, rule="phragmen"),
            lambda: peers.sequential_phragmen(instance, profile),
        )


def timed(act: Callable[[], Any]) -> tuple[Any, float]:
    """What it answers, and the seconds it took."""
    start = time.perf_counter()
    answer = act()
    return answer, time.perf_counter() - start


def measured(name: str, election: Election, only: Collection[str]) -> bool:
    """Prints a line a rule; is every result the same, and each rule but greedy fast enough?"""
    sys.setrecursionlimit(100_000)
    text = pabulib_text(election)
    instance, profile = parse_pabulib_from_string(text)
    well = True
    print(f"{name}: {len(election.voters)} voters, {len(election.projects)} projects, {election.vote_type} ballots")
    for rule, ours, theirs in rivals(election, instance, profile):
        if only and rule not in only:
            continue
        outcome, here = timed(ours)
        allocation, there = timed(theirs)
        same = {election.projects[p].id for p in outcome.chosen} == {p.name for p in allocation}
        well &= same and (there / here >= NEEDED or rule.startswith("greedy"))
        said = "same" if same else "DIFFERENT"
        print(
            f"  {rule:26} {here:8.3f} s   pabutools {there:8.2f} s   {there / here:6.1f}x   {said}, {outcome.runs} runs"
        )
        sys.stdout.flush()
    return well


def main() -> None:
    """Ends with 1 when a result differs or a rule is not fast enough."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--voters", type=int, default=10_000)
    arguments.add_argument("--files", type=Path, help="Pabulib files in place of drawn elections")
    arguments.add_argument("--only", action="append", default=[], help="a rule as printed; may be given again")
    given = arguments.parse_args()
    if given.files:
        named = [(f.name, read_pabulib(f)) for f in sorted(given.files.glob("*.pb"))]
    else:
        named = [
            ("drawn, seed 1", drawn(given.voters, 100, scoring=False, seed=1)),
            ("drawn, seed 2", drawn(given.voters, 100, scoring=True, seed=2)),
        ]
    well = [measured(name, election, given.only) for name, election in named]
    print("every result is the same and fast enough" if all(well) else "NOT every result is the same and fast enough")
    sys.exit(0 if all(well) else 1)


if __name__ == "__main__":
    main()
