"""How good a plan, how soon, beside the strongest peer on the same instance.

    python -m benchmarks.roadmap --sizes 250,500,1000,2000,5000 --time 60

Every run is a process of its own, one after the other, so that peak memory is its own and nothing disturbs it. The
ratio is the peer's gap over ours; `-` stands for no plan found within the time. A plot of our time and gap against the
number of elements goes to `docs/images/roadmap-growth.svg`.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.instances import generate
from comity.model.programme import Programme

PLOT = Path(__file__).parent.parent / "docs" / "images" / "roadmap-growth.svg"
#: Seconds beyond the time asked for after which a run is stopped.
PATIENCE_S = 120


@dataclass(frozen=True, slots=True)
class Run:
    """One solver on one instance; seconds of wall clock, building included; GiB at the peak; gap None: no plan."""

    solver: str
    elements: int
    value: float | None
    bound: float
    gap: float | None
    seconds: float
    peak_gib: float


@dataclass(frozen=True, slots=True)
class Terms:
    """What every solver is given."""

    time_s: float
    gap: float
    seed: int
    threads: int


def _ours(programme: Programme, terms: Terms) -> tuple[str, float | None, float, float | None]:
    from comity.roadmap import plan

    found = plan(programme, time_s=terms.time_s, gap=terms.gap, seed=terms.seed, threads=terms.threads)
    return "comity", found.value, found.bound, found.gap


def _peer(module: str, step: int) -> Callable[[Programme, Terms], tuple[str, float | None, float, float | None]]:
    def run(programme: Programme, terms: Terms) -> tuple[str, float | None, float, float | None]:
        from importlib import import_module

        found = import_module(f"benchmarks.peers.{module}").solve(programme, step=step, **asdict(terms))
        return found.peer, found.value, found.bound, found.gap

    return run


#: The peers that `--peers` names: a solver, and months from one start on its grid to the next.
SOLVERS = {
    "comity": _ours,
    **{f"highs-{step}": _peer("plain_highs", step) for step in (1, 3, 6, 12)},
    **{f"cpsat-{step}": _peer("plain_cpsat", step) for step in (1, 3, 6, 12)},
}


def measure(solver: str, elements: int, terms: Terms, partners: int, years: int) -> Run:
    """Runs a solver here and now; reads the instance first, outside the time."""
    programme = generate(elements=elements, partners=partners, years=years, seed=terms.seed)
    began = time.perf_counter()
    name, value, bound, gap = SOLVERS[solver](programme, terms)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return Run(name, elements, None if value is None else float(value), float(bound), gap, seconds, peak)


def measured_apart(solver: str, elements: int, args: argparse.Namespace) -> Run | None:
    """As `measure`, in a process of its own; None when it failed, which is told on stderr."""
    command = [sys.executable, "-m", "benchmarks.roadmap", "--one", solver, "--sizes", str(elements)]
    for option in ("time", "gap", "seed", "threads", "partners", "years"):
        command += [f"--{option}", str(getattr(args, option))]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=args.time + PATIENCE_S, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        print(f"{solver} on {elements} elements: {error}", file=sys.stderr)
        return None
    return Run(**json.loads(done.stdout.splitlines()[-1]))


def show(rows: Sequence[tuple[Run | None, list[Run]]], console: Console) -> None:
    """The table: ours, then the peers of the same instance; the ratio is against ours."""
    table = Table(title="Roadmaps: gap, time, memory", caption="ratio: the peer's gap over ours")
    for heading in ("elements", "solver", "value", "bound", "gap", "seconds", "GiB", "ratio"):
        table.add_column(heading, justify="left" if heading == "solver" else "right", no_wrap=True)
    for ours, peers in rows:
        for run in [*([ours] if ours else []), *peers]:
            ratio = "-"
            if ours is not None and run is not ours and run.gap is not None and ours.gap:
                ratio = f"{run.gap / ours.gap:.1f}"
            value, gap = ("-", "-") if run.value is None or run.gap is None else (f"{run.value:.2f}", f"{run.gap:.2%}")
            table.add_row(f"{run.elements:,}", run.solver, value, f"{run.bound:.2f}", gap, f"{run.seconds:.1f}",
                          f"{run.peak_gib:.2f}", ratio)  # fmt: skip
        table.add_section()
    console.print(table)


def plot(runs: Sequence[Run], terms: str, to: Path) -> None:
    """Time and gap against the number of elements."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "comity"
    from matplotlib import pyplot

    figure, (above, below) = pyplot.subplots(2, 1, sharex=True, figsize=(7, 6), constrained_layout=True)
    sizes = [r.elements for r in runs]
    above.plot(sizes, [r.seconds for r in runs], "o-", color="#1f5fa8")
    above.set_ylabel("time [s]")
    above.set_title(f"Planning instances of {terms}")
    below.plot(sizes, [100 * (r.gap or 0.0) for r in runs], "o-", color="#b5541c")
    below.set_ylabel("proven gap [%]")
    below.set_xlabel("elements")
    for axes in (above, below):
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
    to.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(to, metadata={"Date": None})


def _arguments(argv: Sequence[str] | None) -> Any:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="250,500,1000,2000,5000", help="elements, separated by commas")
    parser.add_argument("--time", type=float, default=60.0, help="seconds for each run")
    parser.add_argument("--gap", type=float, default=0.001, help="relative gap at which a run stops")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--partners", type=int, default=40)
    parser.add_argument("--years", type=int, default=30)
    parser.add_argument(
        "--peers", default="highs-3", help=f"some of {', '.join(SOLVERS)}, separated by commas; or none"
    )
    parser.add_argument("--json", type=Path, help="where to write all runs")
    parser.add_argument("--no-plot", action="store_true")
    parser.add_argument("--one", choices=list(SOLVERS), help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """The command; 1 when one of our own runs failed."""
    args = _arguments(argv)
    sizes = [int(s) for s in args.sizes.split(",")]
    if args.one:
        terms = Terms(args.time, args.gap, args.seed, args.threads)
        print(json.dumps(asdict(measure(args.one, sizes[0], terms, args.partners, args.years))))
        return 0
    peers = [] if args.peers == "none" else args.peers.split(",")
    rows = []
    for size in sizes:
        ours = measured_apart("comity", size, args)
        rows.append((ours, [run for peer in peers if (run := measured_apart(peer, size, args))]))
    show(rows, Console(width=120))
    own = [ours for ours, _ in rows if ours]
    if args.json:
        args.json.write_text(
            json.dumps([asdict(r) for ours, others in rows for r in ([ours] if ours else []) + others], indent=1)
        )
    if len(own) > 1 and not args.no_plot:
        plot(own, f"{args.partners} partners and {args.years} years, at most {args.time:.0f} s", PLOT)
        print(PLOT)
    return 0 if len(own) == len(sizes) else 1


if __name__ == "__main__":
    sys.exit(main())
