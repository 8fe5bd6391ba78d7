"""Processes that post to one ledger at once, and are killed meanwhile."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from comity.funding.ledger.client import post_journal
from comity.record import Refused
from comity.records import Founder, open_record
from tests.funding.ledger.makers import CHART, journal, paid, spent
from tests.record.makers import key

#: Children are forked from a server that has imported everything already.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.funding.ledger.writers", "comity.record.store.postgresql"])
ESA: dict[str, Any] = {"author": "esa", "keys": [key("esa")]}
POSTED, AGAIN, SHORT = "posted", "again", "short"


def begin(place: str, *, cash: str) -> None:
    """A record whose ledger has so much cash."""
    with open_record(place, create=True) as record:
        record.open_with("trial", {"esa": Founder((key("esa"),))})
        record.write(
            "ledger.open", {"ledger": "pool", "currency": "EUR", "treasurers": ["esa"], "from": "2026-01-01"}, **ESA
        )
        post_journal(record, "pool", journal("cash", paid(cash)), opens=CHART, **ESA)


def write(place: str, said: str, keys: Sequence[str]) -> None:
    """The child: a journal for each key, of which each spends 30 EUR if there is as much; it says what came of each."""
    handle = os.open(said, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    with open_record(place) as record:
        for name in keys:
            try:
                done = post_journal(record, "pool", journal(name, paid("10"), spent("30")), **ESA)
                outcome = AGAIN if done.before else POSTED
            except Refused as error:
                assert "may not go negative" in str(error), error
                outcome = SHORT
            os.write(handle, f"{name} {outcome}\n".encode())
    os.close(handle)


def storm(place: str, folder: Path, *, writers: int, each: int, kills: int, seed: int) -> dict[str, list[str]]:
    """So many writers at once, of whom some are killed at random moments and begun again until all are done.

    What was said of each key, in order.
    """
    dice = random.Random(seed)
    said = folder / "said"
    todo = {n: [f"w{n}-{i}" for i in range(each)] for n in range(writers)}
    running = {n: _begun(place, said, keys) for n, keys in todo.items()}
    done = 0
    while running:
        time.sleep(0.02)
        for n, child in list(running.items()):
            if child.is_alive():
                continue
            if child.exitcode == 0:
                del running[n]
            else:
                assert child.exitcode == -9, child.exitcode
                running[n] = _begun(place, said, todo[n])
        if running and done < kills and said.exists():
            running[dice.choice(sorted(running))].kill()
            done += 1
    assert done == kills, "all ended before enough were killed"
    outcomes: dict[str, list[str]] = {}
    for line in said.read_text().splitlines():
        name, outcome = line.split()
        outcomes.setdefault(name, []).append(outcome)
    return outcomes


def _begun(place: str, said: Path, keys: Sequence[str]) -> Any:
    child = PROCESSES.Process(target=write, args=(place, str(said), keys))
    child.start()
    return child
