"""How well hours of antennas are shared beside the plain CP-SAT model, on the same weeks, in the same run.

    python -m benchmarks.allocation [--source FOLDER|ADDRESS] [--weeks W10_2018 ...] [--drawn 2] [--seconds 120]
                                    [--peer-seconds 60] [--aims balanced hours satisfied fairest]

Weeks are SatNet's of NASA's Deep Space Network, from its own site unless a folder is given, and synthetic ones
(`weeks_drawn`), which are said to be so. Both get two cores. Every schedule goes through the checker. Ratios are ours to the
peer's: of hours (more is better) and of U_rms (less is better).
"""

from __future__ import annotations

import argparse
import time
from typing import Literal

from benchmarks.peers.plain_allocation import solve
from benchmarks.weeks_drawn import week
from comity.network.allocation.answer import Schedule, Score
from comity.network.allocation.dsn import SATNET, import_week
from comity.network.allocation.question import Question
from comity.network.allocation.score import score
from comity.network.allocation.search import allocate
from comity.network.allocation.verify import check


def main() -> None:
    """Measures each week that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", default=SATNET)
    parser.add_argument("--weeks", nargs="*", default=["W10_2018", "W20_2018"])
    parser.add_argument("--drawn", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--peer-seconds", type=float, default=60.0)
    parser.add_argument("--aims", nargs="*", default=["balanced", "hours", "satisfied", "fairest"])
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    questions = [import_week(name, asked.source) for name in asked.weeks]
    questions += [week(seed=seed) for seed in range(asked.drawn)]
    for question in questions:
        measure(question, asked)


def measure(question: Question, asked: argparse.Namespace) -> None:
    """Prints the peer's two schedules, ours for each aim, and the ratios."""
    print(f"\n{question.name}: {len(question.requests)} requests, {len(question.antennas)} antennas")
    plain = {}
    aims: tuple[Literal["hours"], Literal["squares"]] = ("hours", "squares")
    for aim in aims:
        began = time.perf_counter()
        made = solve(question, aim=aim, time_s=asked.peer_seconds)
        plain[aim] = _line(f"plain CP-SAT, {aim}", question, made, time.perf_counter() - began)
    for aim in asked.aims:
        began = time.perf_counter()
        made = allocate(question, aim=aim, time_s=asked.seconds, seed=asked.seed)
        found = _line(f"comity, {aim}", question, made, time.perf_counter() - began)
        print(
            f"    hours x{found.hours / plain['hours'].hours:.3f} of the plain model's most, "
            f"U_rms x{found.u_rms / plain['squares'].u_rms:.3f} of its least; proved: at most {made.bound_hours:,.1f} h"
        )


def _line(name: str, question: Question, made: Schedule, seconds: float) -> Score:
    faults = check(question, made)
    if faults:
        raise SystemExit(f"{name}: {faults[0].message}")
    found = score(question, made)
    print(
        f"  {name:24} {found.hours:8,.1f} h of {found.requested_hours:,.1f}, U_rms {found.u_rms:.4f}, U_max {found.u_max:.3f}, "
        f"{found.satisfied}/{found.requests} requests, {found.served_users}/{found.users} missions whole, {seconds:.0f} s"
    )
    return found


if __name__ == "__main__":
    main()
