"""How long exact power indices take, beside the same in plain Python by the definition's own generating functions.

    python -m benchmarks.power

Two hundred members with weights that fall off as contributions to international bodies do, in whole units of which there
are about ten thousand (a hundredth of a per cent each) or fewer. The peer is the algorithm of the textbooks (Bilbao et al.
2002): for each member a table of its own, of coalitions of the others by size and weight, in Python's whole numbers. That
both give the same fractions is asserted. The peer runs once on a smaller body and, if `--whole`, on all of it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from math import comb
from time import perf_counter

from rich.console import Console
from rich.table import Table

from comity.governance.bodies import shipped_body
from comity.governance.power import power
from comity.governance.power_game import Game, game_of, weighted_game


def contributions(members: int, total: int) -> tuple[int, ...]:
    """Whole weights of about a total, the n-th in proportion to 1/(n + 1.2): a few large members, many small ones."""
    shares = [1 / (n + 1.2) for n in range(members)]
    return tuple(max(1, round(total * share / sum(shares))) for share in shares)


def textbook(quota: int, weights: tuple[int, ...]) -> list[Fraction]:
    """Shapley–Shubik, from a table for each member of the coalitions of all others."""
    n, found = len(weights), []
    for member, weight in enumerate(weights):
        table = [[0] * quota for _ in range(n)]
        table[0][0] = 1
        for other, w in enumerate(weights):
            if other != member:
                for size in range(n - 1, 0, -1):
                    above, below = table[size], table[size - 1]
                    for at in range(quota - 1, w - 1, -1):
                        above[at] += below[at - w]
        swings = [sum(row[max(quota - weight, 0) :]) for row in table]
        found.append(sum((Fraction(c, n * comb(n - 1, s)) for s, c in enumerate(swings) if c), Fraction(0)))
    return found


def measured(ask: Callable[[], object], runs: int) -> float:
    """The best of some runs, in seconds."""
    times = []
    for _ in range(runs):
        began = perf_counter()
        ask()
        times.append(perf_counter() - began)
    return min(times)


def games(largest: int) -> dict[str, Game]:
    """What is measured, by name."""
    found: dict[str, Game] = {}
    for total in (1_000, 5_000, largest):
        weights = contributions(200, total)
        found[f"200 members, {sum(weights):,} votes, two thirds"] = weighted_game(-(-sum(weights) * 2 // 3), weights)
    council = shipped_body("eu-council")
    found["EU Council, 55 % of states and 65 % of people"] = game_of(
        council.power("qualified-majority").rule, council.members
    )
    return found


def main() -> None:
    """Prints seconds, and the peer's on what it can do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--largest", type=int, default=10_000, help="votes of the largest body of 200")
    parser.add_argument("--whole", action="store_true", help="the peer on 200 members too: takes minutes")
    given = parser.parse_args()
    table = Table(title="Shapley-Shubik and Banzhaf of all members, exactly")
    for column in ("Game", "comity", "textbook", "ratio"):
        table.add_column(column, justify="left" if column == "Game" else "right")
    for name, game in games(given.largest).items():
        table.add_row(name, f"{measured(partial(power, game), given.runs):.3f} s", "", "")
    for members, total in ((40, 1_000), *([(200, 1_000)] if given.whole else [])):
        weights = contributions(members, total)
        quota = -(-sum(weights) * 2 // 3)
        game = weighted_game(quota, weights)
        assert [m.shapley_shubik for m in power(game).members] == textbook(quota, weights)
        ours = measured(partial(power, game), given.runs)
        theirs = measured(partial(textbook, quota, weights), 1)
        table.add_row(
            f"{members} members, {sum(weights):,} votes", f"{ours:.3f} s", f"{theirs:.1f} s", f"{theirs / ours:.0f}"
        )
    Console().print(table)


if __name__ == "__main__":
    main()
