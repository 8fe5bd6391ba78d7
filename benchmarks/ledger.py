"""How fast a ledger posts beside bare inserts of the same rows, and how soon it knows its balances at any date.

    python -m benchmarks.ledger --journals 60 --singles 5000 --postings 10000000

*Bare* inserts the same postings (transaction, number, day, narration, account, currency, amount in minor units; the first
two are the primary key) with as many a commit and the same durability: an fsync a commit. *Posted* is the whole way of a
client: a signed entry on the record, each signature and each invariant checked, durable when it returns. *Posted and
projected* has besides brought the book up to date, once at the end. Runs alternate, and the best of each counts.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from comity.funding.ledger.book import Book
from comity.funding.ledger.client import post_journal
from comity.funding.ledger.projection import Journalled, Projection
from comity.record import SigningKey
from comity.records import Founder, open_record
from tests.record.postgres import Cluster, programs

KEY = SigningKey.from_seed(bytes(32))
BANKS = [f"Assets:Bank:Bank-{n}" for n in range(20)]
EXPENSES = [f"Expenses:Mission-{m}:Element-{e}" for m in range(49) for e in range(20)]
START = date(2026, 1, 1)
YEARS = 30
RUNS = 3
Row = tuple[str, int, str, str, str, str, int]


def transaction(dice: random.Random, day: date) -> dict[str, Any]:
    """An invoice that is paid."""
    cents = dice.randrange(1, 10**6)
    amount = f"{cents // 100}.{cents % 100:02}"
    postings = [[dice.choice(EXPENSES), amount, "EUR"], [dice.choice(BANKS), f"-{amount}", "EUR"]]
    return {"date": day.isoformat(), "narration": f"Invoice {dice.randrange(10**6)}", "postings": postings}


def journals(count: int, transactions: int) -> list[dict[str, Any]]:
    """So many journals of a few days each, made beforehand."""
    dice = random.Random(0)
    return [
        {"key": f"j{n}", "transactions": [transaction(dice, START + timedelta(days=n)) for _ in range(transactions)]}
        for n in range(count)
    ]


def rows_of(journal: dict[str, Any]) -> list[Row]:
    """The same postings as rows."""
    return [
        (f"{journal['key']}/{i}", n, t["date"], t["narration"], account, currency, int(amount.replace(".", "")))
        for i, t in enumerate(journal["transactions"])
        for n, (account, amount, currency) in enumerate(t["postings"])
    ]


COLUMNS = (
    "transaction_ TEXT",
    "number INTEGER",
    "day TEXT",
    "narration TEXT",
    "account TEXT",
    "currency TEXT",
    "amount BIGINT",
)
TABLE = f"CREATE TABLE bare ({', '.join(COLUMNS)}, PRIMARY KEY (transaction_, number))"


def bare_sqlite(place: Path, batches: Sequence[list[Row]]) -> float:
    """Seconds for the rows, a commit a batch."""
    connection = sqlite3.connect(place, isolation_level=None)
    for setting in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -65536", "wal_autocheckpoint = 4096"):
        connection.execute(f"PRAGMA {setting}")
    connection.execute(TABLE)
    started = time.perf_counter()
    for batch in batches:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO bare VALUES (?, ?, ?, ?, ?, ?, ?)", batch)
        connection.execute("COMMIT")
    taken = time.perf_counter() - started
    connection.close()
    return taken


def bare_postgresql(url: str, batches: Sequence[list[Row]]) -> float:
    """Seconds for the rows, a commit a batch, by INSERT."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TABLE.encode())
        started = time.perf_counter()
        for batch in batches:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany("INSERT INTO bare VALUES (%s, %s, %s, %s, %s, %s, %s)", batch)
        return time.perf_counter() - started


def ours(place: Path | str, given: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """Seconds to post, and to post and then bring the book up to date."""
    author: dict[str, Any] = {"author": "esa", "keys": [KEY]}
    with open_record(place, create=True) as record:
        record.open_with("benchmark", {"esa": Founder((KEY,))})
        opening = {"ledger": "pool", "currency": "EUR", "treasurers": ["esa"], "from": START.isoformat()}
        record.write("ledger.open", opening, **author)
        chart: dict[str, Any] = {name: {} for name in (*BANKS, *EXPENSES, "Income:Contributions:Esa")}
        cash = [
            {"date": START.isoformat(), "narration": "",
             "postings": [[bank, "100000000000.00", "EUR"], ["Income:Contributions:Esa", "-100000000000.00", "EUR"]]}
            for bank in BANKS
        ]  # fmt: skip
        post_journal(record, "pool", {"key": "cash", "transactions": cash}, opens=chart, **author)
        Book.open(record.log, record.state, "pool").close()
        started = time.perf_counter()
        for journal in given:
            post_journal(record, "pool", journal, **author)
        posted = time.perf_counter() - started
        Book.open(record.log, record.state, "pool").close()
        return posted, time.perf_counter() - started


def posting(folder: Path, cluster: Cluster | None, count: int, transactions: int) -> Iterator[tuple[str, float, float]]:
    """What, postings a second, and the bare ones beside it."""
    given = journals(count, transactions)
    batches = [rows_of(journal) for journal in given]
    postings = sum(map(len, batches))
    for store in ("SQLite", "PostgreSQL") if cluster is not None else ("SQLite",):
        bare = posted = projected = float("inf")
        for run in range(RUNS):
            name = f"{store}-{transactions}-{run}"
            if store == "SQLite":
                bare = min(bare, bare_sqlite(folder / f"{name}.bare", batches))
                one, both = ours(folder / f"{name}.record", given)
            else:
                assert cluster is not None
                bare = min(bare, bare_postgresql(cluster.new_schema(), batches))
                one, both = ours(cluster.new_schema(), given)
            posted, projected = min(posted, one), min(projected, both)
        how = f"{store}, {transactions:,} transaction{'' if transactions == 1 else 's'} a commit"
        yield f"posted, {how}", postings / posted, postings / bare
        yield f"posted and projected, {how}", postings / projected, postings / bare


def balances(folder: Path, postings: int) -> tuple[list[float], float]:
    """Milliseconds of balances at days all over 30 years of so many postings, and seconds to load them."""
    projection = Projection.at(folder / "large.book")
    dice = random.Random(1)
    each, days = 1_000, YEARS * 365
    count = postings // (2 * each)

    def made() -> Iterator[Journalled]:
        for n in range(count):
            day = START + timedelta(days=n * days // count)
            some = [transaction(dice, day - timedelta(days=min(dice.randrange(30), n))) for _ in range(each)]
            yield Journalled(n, f"j{n}", "", f"h{n}", n, some)

    started = time.perf_counter()
    with projection.writing():
        projection.load(made())
    loaded = time.perf_counter() - started
    times = []
    with Book(projection) as book:
        for _ in range(50):
            on = START + timedelta(days=dice.randrange(days))
            started = time.perf_counter()
            held = book.balances(on)
            times.append(1e3 * (time.perf_counter() - started))
            assert sum(held.values()) == 0
    return times, loaded


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--journals", type=int, default=60, help="journals of 1,000 transactions")
    parser.add_argument("--singles", type=int, default=5_000, help="journals of one transaction")
    parser.add_argument("--postings", type=int, default=10_000_000, help="postings whose balances are asked; 0: none")
    parser.add_argument("--folder", type=Path, help="where the databases are made; by default the temporary folder")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="comity-ledger-", dir=given.folder))
    os.environ["XDG_CACHE_HOME"] = str(folder)
    cluster = Cluster() if programs() is not None else None
    try:
        run(folder, cluster, given)
    finally:
        if cluster is not None:
            cluster.stop()
        shutil.rmtree(folder)


def run(folder: Path, cluster: Cluster | None, given: argparse.Namespace) -> None:
    """Measures everything, and prints it."""
    console = Console(width=int(os.environ.get("COLUMNS", "110")))
    table = Table("what", "postings/s", "bare inserts/s", "ratio", box=None, pad_edge=False)
    for count, transactions in ((given.journals, 1_000), (given.singles, 1)):
        for what, speed, bare in posting(folder, cluster, count, transactions):
            table.add_row(what, f"{speed:,.0f}", f"{bare:,.0f}", f"{100 * speed / bare:.0f} %")
    console.print(table)
    if given.postings:
        times, loaded = balances(folder, given.postings)
        console.print(
            f"balances of {given.postings:,} postings, {len(BANKS) + len(EXPENSES):,} accounts, {YEARS} years, at 50 days: "
            f"{statistics.median(times):.0f} ms median, {max(times):.0f} ms at most; loaded in {loaded:.0f} s"
        )


if __name__ == "__main__":
    main()
