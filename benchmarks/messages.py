"""How fast an ephemeris message is read beside ccsds-ndm-py (compiled from Rust), with the same states.

    python -m benchmarks.messages [--states 20000] [--repeats 5]

Makes an OEM with a seed, reads it here (every rule of the book checked, each value with its line) and there, in KVN and in
XML, compares the states, and prints the best times and their ratio.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import ccsds_ndm as peer
import numpy as np

from comity.messages import Message, parse, text_of


def made(states: int, seed: int = 0) -> str:
    """An OEM of states a minute apart."""
    draw = random.Random(seed)
    start = datetime(2026, 3, 1)
    epochs = [(start + timedelta(minutes=i)).isoformat() for i in range(states)]
    rows = (" ".join([e, *(f"{draw.uniform(-7e3, 7e3):.9f}" for _ in range(6))]) for e in epochs)
    return "\n".join(
        (
            "CCSDS_OEM_VERS = 3.0\nCREATION_DATE = 2026-03-01T00:00:00\nORIGINATOR = ESA\nMETA_START\nOBJECT_NAME = MADE",
            "OBJECT_ID = 2026-001A\nCENTER_NAME = EARTH\nREF_FRAME = GCRF\nTIME_SYSTEM = UTC",
            f"START_TIME = {epochs[0]}\nSTOP_TIME = {epochs[-1]}\nMETA_STOP",
            *rows,
        )
    )


def best(read: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """The shortest of some readings [s], and what was read."""
    times, found = [], None
    for _ in range(repeats):
        began = time.perf_counter()
        found = read()
        times.append(time.perf_counter() - began)
    return min(times), found


def states_of(message: Message) -> Any:
    """The states that were read here."""
    rows = message.segments[0].rows
    assert rows is not None
    return rows.numbers(rows.columns[1:])


def main() -> None:
    """Reads both ways, and prints."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--states", type=int, default=20_000)
    asked.add_argument("--repeats", type=int, default=5)
    given = asked.parse_args()
    kvn = made(given.states)
    for form, text in (("kvn", kvn), ("xml", text_of(parse(kvn), "xml"))):
        ours, message = best(lambda text=text: parse(text), given.repeats)
        theirs, other = best(lambda text=text: peer.from_str(text), given.repeats)
        np.testing.assert_array_equal(states_of(message), other.segments[0].data.state_vector_numpy)
        print(
            f"{form}: {given.states:,} states, {len(text) / 1e6:.1f} MB: comity {ours:.3f} s, "
            f"ccsds-ndm-py {theirs:.3f} s, ratio {theirs / ours:.2f}"
        )


if __name__ == "__main__":
    main()
