"""Kills whoever appends to a record, again and again, and counts what was lost: nothing may be.

    python -m benchmarks.record_faults --kills 500
    python -m benchmarks.record_faults --kills 100 --place postgresql://user@host/database

A process appends with several threads and acknowledges each append on a pipe once it has returned; it is killed with
SIGKILL at a random moment: while it opens the record, appends, or makes a checkpoint of the write-ahead log. After each
kill every acknowledged entry must be there, at its index and once, the tree must be whole, and begin with the tree of
before. At the end everything is audited from its bytes.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time

from benchmarks.kills import Tally, check_all, kill_once
from comity.record.log import open_log


def main() -> None:
    """The command."""
    from rich.console import Console
    from rich.progress import track

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--place", help="an empty place for a record; by default a file in a temporary folder")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = given.place or f"{folder}/record.db"
        open_log(place, create=True).close()
        tally, dice = Tally(), random.Random(given.seed)
        started = time.monotonic()
        for _ in track(range(given.kills), description="killing", console=Console(stderr=True)):
            kill_once(place, tally, dice)
        check_all(place, tally)
        Console().print(
            f"{tally.kills} kills in {time.monotonic() - started:.0f} s: {tally.size} entries, of which "
            f"{len(tally.acknowledged)} acknowledged, all there and once; {tally.unsaid} were in without having been "
            "acknowledged; the tree is whole"
        )


if __name__ == "__main__":
    main()
