"""How long the Shapley value and the nucleolus take, beside coopgame on the same games.

    python -m benchmarks.shares
    python -m benchmarks.shares --roadmap twelve

Games of gains that grow faster than the sum of what the players bring, each less up to a percent by chance, in thousandths:
what a roadmap's coalitions look like. The peer (coopgame, in Rust) computes in floating point; that both find the same is
asserted to nine digits. Its nucleolus in rational numbers takes up to ten players; ours is in rational numbers always, and
is asserted to be the same.

With `--roadmap FOLDER` it writes a drawn programme there instead, in which twelve partners can pay, for
`comity fund share roadmap FOLDER --time 1 --out KEPT`.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from time import perf_counter

from rich.console import Console
from rich.table import Table

from benchmarks.instances import generate
from comity.funding.shares.core import nucleolus
from comity.funding.shares.game import Game
from comity.funding.shares.shapley import shapley
from comity.model.writing import write


def roadmap_like(players: int) -> Game:
    """A game as above; the same for the same number of players."""
    luck = random.Random(players)
    weights = [luck.randint(1, 100) for _ in range(players)]
    values = [Fraction(0)]
    for mask in range(1, 1 << players):
        brought = sum(w for k, w in enumerate(weights) if mask >> k & 1)
        values.append(Fraction(f"{brought**1.1 * (1 - 0.01 * luck.random()):.3f}"))
    return Game("gain", tuple(f"p{k}" for k in range(players)), tuple(values))


def measured(ask: Callable[[], object], runs: int) -> float:
    """The best of some runs, in seconds."""
    times = []
    for _ in range(runs):
        began = perf_counter()
        ask()
        times.append(perf_counter() - began)
    return min(times)


def main() -> None:
    """Prints seconds, ours and the peer's."""
    import coopgame  # type: ignore[import-not-found, unused-ignore]

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rational", type=int, default=8, help="Up to so many players coopgame's rational one runs.")
    parser.add_argument(
        "--roadmap", metavar="FOLDER", help="Write the programme of twelve partners there, and nothing else."
    )
    asked = parser.parse_args()
    if asked.roadmap:
        write(generate(elements=40, partners=16, years=10, seed=6), asked.roadmap)  # four of the sixteen have no budget
        return
    table = Table(title="Shapley value and nucleolus")
    for column in ("Players", "Shapley", "coopgame", "Nucleolus", "coopgame", "coopgame, rational"):
        table.add_column(column, justify="right")
    for players in (6, 8, 10, 12, 14, 16):
        game = roadmap_like(players)
        theirs = coopgame.Game([float(v) for v in game.values[1:]])
        found = nucleolus(game)
        assert close(list(shapley(game).values()), coopgame.shapley(theirs))
        assert close(list(found.values()), coopgame.prenucleolus(theirs)["allocation"])
        times = [
            measured(partial(solve, given), asked.runs)
            for solve, given in (
                (shapley, game),
                (coopgame.shapley, theirs),
                (nucleolus, game),
                (coopgame.prenucleolus, theirs),
            )
        ]
        rational = "not run"
        if players <= asked.rational:
            began = perf_counter()
            answer = coopgame.nucleolus_exact([str(v) for v in game.values[1:]], "preimputation", "binary")
            rational = f"{perf_counter() - began:.3f} s"
            assert list(answer["allocation"]) == list(found.values())
        table.add_row(str(players), *(f"{t:.4f} s" for t in times), rational)
    Console().print(table)


def close(ours: list[Fraction], theirs: list[float]) -> bool:
    """Whether both are the same, to nine digits."""
    return all(abs(float(a) - b) <= 1e-9 * max(1.0, abs(b)) for a, b in zip(ours, theirs, strict=True))


if __name__ == "__main__":
    main()
