"""How many draws of a plan's cost and date a second, beside OpenTURNS on the same plan.

    python -m benchmarks.confidence --draws 10000

The plan is made once (`--time` seconds) or read (`--plan plan.json`). Every run is a process of its own, one after the
other. Two peers: OpenTURNS draws and a plain loop schedules each draw; and OpenTURNS' drawing alone, with no schedule
at all, beside the whole of ours. That all answer the same question shows in their means and percentiles.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.peers import openturns_confidence as peer
from comity.model.programme import Programme
from comity.model.reading import load
from comity.roadmap.answer import Plan
from comity.roadmap.confidence import confidence, simulate
from comity.roadmap.plan_file import read_plan, write_plan

Floats = NDArray[np.float64]
ROOT = Path(__file__).parent.parent
RUNS = ("comity", "openturns-loop", "openturns-draws")


@dataclass(frozen=True, slots=True)
class Run:
    """Wall-clock seconds, GiB at the peak; mean cost, its 80th percentile [currency], and mean finish [month index]."""

    name: str
    draws: int
    seconds: float
    peak_gib: float
    mean_cost: float | None
    cost_80: float | None
    mean_finish: float | None

    @property
    def per_second(self) -> float:
        return self.draws / self.seconds


def measure(name: str, programme: Programme, plan: Plan, draws: int, seed: int) -> Run:
    """Runs one of `RUNS` here and now; all is imported before, and nothing is known of the plan."""
    if name.startswith("openturns"):
        import openturns  # noqa: F401

    costs = finishes = None
    began = time.perf_counter()
    if name == "comity":
        sure = confidence(programme, plan, draws=draws, seed=seed)
    elif name == "openturns-loop":
        costs, finishes = peer.costs_and_finishes(programme, plan, draws, seed)
    else:
        peer.sample(programme, plan, draws, seed)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    if name == "comity":
        assert sure.joint_confidence <= sure.cost_confidence
        costs, finishes = _again(programme, plan, draws, seed)
    told = (None, None, None)
    if costs is not None and finishes is not None:
        told = (float(costs.mean()), float(np.quantile(costs, 0.8)), float(finishes.mean()))
    return Run(name, draws, seconds, peak, *told)


def _again(programme: Programme, plan: Plan, draws: int, seed: int) -> tuple[Floats, Floats]:
    """Our draws themselves, of which the answer tells only the percentiles; outside the time."""
    parts = list(simulate(programme, plan, draws, seed))
    return np.concatenate([p.costs for p in parts]), np.concatenate([p.deliveries.max(axis=0) for p in parts])


def _apart(name: str, args: argparse.Namespace, plan: Path) -> Run:
    command = [sys.executable, "-m", "benchmarks.confidence", "--one", name, "--plan", str(plan)]
    for option in ("programme", "draws", "seed"):
        command += [f"--{option}", str(getattr(args, option))]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Run(**json.loads(done.stdout.splitlines()[-1]))


def show(runs: Sequence[Run], plan: Plan, console: Console) -> None:
    """The table; the ratio is our draws a second over the peer's."""
    ours = runs[0]
    table = Table(
        title=f"Confidence of {plan.programme}: {len(plan.missions)} missions, {len(plan.elements)} elements",
        caption="ratio: our draws a second over the peer's; openturns-draws schedules nothing",
    )
    for heading in ("run", "draws", "seconds", "draws/s", "GiB", "mean cost", "80 % cost", "mean finish", "ratio"):
        table.add_column(heading, justify="left" if heading == "run" else "right", no_wrap=True)
    for run in runs:
        told = [
            "-" if v is None else f"{v / scale:,.3f}"
            for v, scale in ((run.mean_cost, 1e9), (run.cost_80, 1e9), (run.mean_finish, 12))
        ]
        ratio = "-" if run is ours else f"{ours.per_second / run.per_second:.1f}"
        table.add_row(run.name, f"{run.draws:,}", f"{run.seconds:.2f}", f"{run.per_second:,.0f}",
                      f"{run.peak_gib:.2f}", *told, ratio)  # fmt: skip
    console.print(table)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programme", type=Path, default=ROOT / "programmes" / "global-2040")
    parser.add_argument("--plan", type=Path, help="a plan of it, in place of making one")
    parser.add_argument("--time", type=float, default=60.0, help="seconds for making the plan")
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="where to write all runs")
    parser.add_argument("--one", choices=RUNS, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """The command."""
    args = _arguments(argv)
    if args.one:
        run = measure(args.one, load(args.programme), read_plan(args.plan), args.draws, args.seed)
        print(json.dumps(asdict(run)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = args.plan
        if path is None:
            from comity.roadmap import plan

            path = Path(folder) / "plan.json"
            print(f"Planning {args.programme.name} for {args.time:.0f} s ...", file=sys.stderr)
            write_plan(plan(load(args.programme), time_s=args.time), path)
        runs = [_apart(name, args, path) for name in RUNS]
        show(runs, read_plan(path), Console(width=120))
    if args.json:
        args.json.write_text(json.dumps([asdict(r) for r in runs], indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
