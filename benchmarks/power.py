"""How long exact power indices take, beside powerindex on the same games.

    python -m benchmarks.power

Two hundred members with weights that fall off as contributions to international bodies do, in whole units of which there
are a thousand to twenty thousand. The peer (powerindex, generating functions in floating point) does not reach 200: its
factorials overflow above 170 members, so that it is measured on fewer; that both find the same is asserted to nine digits.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
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


def two_thirds(members: int, total: int) -> Game:
    """A body of so many members that decides by two thirds of about so many votes."""
    weights = contributions(members, total)
    return weighted_game(-(-sum(weights) * 2 // 3), weights)


def of_powerindex(game: Game) -> tuple[list[float], list[float]]:
    """Shapley–Shubik and normalised Banzhaf as powerindex finds them."""
    from powerindex import Game as Theirs  # type: ignore[import-not-found, unused-ignore]

    (threshold,) = game.thresholds
    theirs = Theirs(threshold.quota, [*threshold.weights])
    theirs.calc_banzhaf()
    theirs.calc_shapley_shubik()
    return theirs.shapley_shubik, theirs.banzhaf


def same(game: Game) -> bool:
    """Whether both find the same, to nine digits."""
    shapley, banzhaf = of_powerindex(game)
    pairs = zip(power(game).members, shapley, banzhaf, strict=True)
    return all(
        abs(float(m.shapley_shubik) - s) < 1e-9 and abs(float(m.banzhaf_normalised) - b) < 1e-9 for m, s, b in pairs
    )


def measured(ask: Callable[[], object], runs: int) -> float:
    """The best of some runs, in seconds."""
    times = []
    for _ in range(runs):
        began = perf_counter()
        ask()
        times.append(perf_counter() - began)
    return min(times)


def main() -> None:
    """Prints seconds, and the peer's on what it can do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    table = Table(title="Shapley-Shubik and Banzhaf of all members")
    for column in ("Game", "comity", "powerindex", "ratio"):
        table.add_column(column, justify="left" if column == "Game" else "right")
    for members, total in ((40, 1_000), (100, 1_000)):
        game = two_thirds(members, total)
        assert same(game)
        ours, theirs = measured(partial(power, game), runs), measured(partial(of_powerindex, game), 1)
        name = f"{members} members, {sum(game.thresholds[0].weights):,} votes"
        table.add_row(name, f"{ours:.3f} s", f"{theirs:.2f} s", f"{theirs / ours:.0f}")
    for total in (1_000, 5_000, 10_000, 20_000):
        game = two_thirds(200, total)
        seconds = measured(partial(power, game), runs)
        table.add_row(f"200 members, {sum(game.thresholds[0].weights):,} votes", f"{seconds:.3f} s", "overflows", "")
    council = shipped_body("eu-council")
    for kind in ("qualified-majority", "reinforced-qualified-majority"):
        game = game_of(council.power(kind).rule, council.members)
        table.add_row(f"EU Council, {kind}", f"{measured(partial(power, game), runs):.3f} s", "not stated", "")
    Console().print(table)


if __name__ == "__main__":
    main()
