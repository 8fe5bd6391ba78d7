"""The tables of a book, and how the journals of a record get into them."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from comity.funding.ledger.accounts import ledger_on
from comity.funding.ledger.journal import check_transaction
from comity.funding.ledger.posting import HEADS, JOURNALS, next_head
from comity.record import BadEntry, Entry, RecordError, State
from comity.record.log import Log

#: How long a process waits while another brings the book up to date, and how many postings it takes at once.
PATIENCE_S = 600.0
AT_ONCE = 200_000
LARGE = 10**9

_TABLES = (
    # An account in one currency, what the other tables name by a number.
    "CREATE TABLE IF NOT EXISTS lines (id INTEGER PRIMARY KEY, account TEXT NOT NULL, currency TEXT NOT NULL, "
    "UNIQUE (account, currency)) STRICT",
    "CREATE TABLE IF NOT EXISTS journals (number INTEGER PRIMARY KEY, key TEXT NOT NULL, entry TEXT NOT NULL, "
    "head TEXT NOT NULL, place INTEGER NOT NULL, first INTEGER NOT NULL) STRICT",
    # Those of a journal have the numbers from its `first` on.
    "CREATE TABLE IF NOT EXISTS transactions (id INTEGER PRIMARY KEY, journal INTEGER NOT NULL, day INTEGER NOT NULL, "
    "body BLOB NOT NULL) STRICT",
    "CREATE INDEX IF NOT EXISTS transactions_by_day ON transactions (day, id)",
    "CREATE INDEX IF NOT EXISTS journals_by_key ON journals (key)",
    # Which transactions of a line there are by day.
    "CREATE TABLE IF NOT EXISTS touched (line INTEGER, day INTEGER, id INTEGER, PRIMARY KEY (line, day, id)) "
    "STRICT, WITHOUT ROWID",
    *(
        # Each sum in two numbers, of units of LARGE and of what is below one: SQLite's own would overflow beyond 2**63.
        f"CREATE TABLE IF NOT EXISTS {table} (period INTEGER, line INTEGER, debits_large INTEGER NOT NULL, "
        "debits INTEGER NOT NULL, credits_large INTEGER NOT NULL, credits INTEGER NOT NULL, "
        "PRIMARY KEY (period, line)) STRICT, WITHOUT ROWID"
        for table in ("years", "months", "days")
    ),
)
_NAMES = ("lines", "journals", "transactions", "touched", "years", "months", "days")


class Journalled(NamedTuple):
    """A journal that counts: its number in the ledger, key, entry, the head after it, its place on the log, its body."""

    number: int
    key: str
    entry: str
    head: str
    place: int
    transactions: list[Any]


def day_number(day: date) -> int:
    """A day as the tables hold it, in order: 2026-01-31 is 20260131."""
    return day.year * 10_000 + day.month * 100 + day.day


class Projection:
    """The tables in an SQLite database. What is in it was on the record, and counted."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def at(cls, file: Path) -> Projection:
        """The tables in a file, made unless they are there; several processes may ask and write at once."""
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        connection = sqlite3.connect(file, timeout=PATIENCE_S, isolation_level=None)
        try:
            # Whatever a crash takes is on the record still; WAL without a sync keeps the file whole unless the power fails.
            _switch_to_wal(connection)
            for setting in ("synchronous = NORMAL", "cache_size = -65536", "mmap_size = 1073741824"):
                connection.execute(f"PRAGMA {setting}")
            return cls._with_tables(connection)
        except BaseException:
            connection.close()
            raise

    @classmethod
    def in_memory(cls) -> Projection:
        return cls._with_tables(sqlite3.connect(":memory:", isolation_level=None))

    @classmethod
    def _with_tables(cls, connection: sqlite3.Connection) -> Projection:
        if connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'days'").fetchone() == (0,):
            connection.execute("BEGIN IMMEDIATE")
            for text in _TABLES:
                connection.execute(text)
            connection.execute("COMMIT")
        return cls(connection)

    def close(self) -> None:
        self._connection.close()

    # --- writing -------------------------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction; of several processes one after the other."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with suppress(sqlite3.Error):
                self._connection.rollback()
            raise
        self._connection.execute("COMMIT")

    def clear(self) -> None:
        """Empties all tables."""
        for name in _NAMES:
            self._connection.execute(f"DELETE FROM {name}")

    def load(self, journals: Iterable[Journalled]) -> None:
        """Adds journals, each the next; within `writing`. The sums are added up first, many postings at a time."""
        batch: list[Journalled] = []
        size = 0
        for journal in journals:
            batch.append(journal)
            size += sum(len(t["postings"]) for t in journal.transactions)
            if size >= AT_ONCE:
                self._load(batch)
                batch, size = [], 0
        if batch:
            self._load(batch)

    def _load(self, journals: list[Journalled]) -> None:
        run = self._connection.executemany
        (last,) = self._connection.execute("SELECT coalesce(max(id), 0) FROM transactions").fetchone()
        lines = {(account, currency): n for n, account, currency in self._connection.execute("SELECT * FROM lines")}
        known = len(lines)
        transactions: list[tuple[int, int, int, bytes]] = []
        touched: list[tuple[int, int, int]] = []
        sums: dict[tuple[int, int], list[int]] = {}
        heads: list[tuple[int, str, str, str, int, int]] = []
        for journal in journals:
            heads.append((*journal[:5], last + 1))
            for body in journal.transactions:
                last += 1
                checked = check_transaction(body)
                day = int(checked.date.replace("-", ""))
                transactions.append((last, journal.number, day, orjson.dumps(body)))
                touches = set()
                for account, currency, units in checked.postings:
                    line = lines.setdefault((account, currency), len(lines) + 1)
                    touches.add(line)
                    both = sums.setdefault((day, line), [0, 0])
                    both[units < 0] += abs(units)
                touched += [(line, day, last) for line in touches]
        run("INSERT INTO journals VALUES (?, ?, ?, ?, ?, ?)", heads)
        run("INSERT INTO transactions VALUES (?, ?, ?, ?)", transactions)
        run("INSERT INTO touched VALUES (?, ?, ?)", sorted(touched))
        run("INSERT INTO lines VALUES (?, ?, ?)", [(n, a, c) for (a, c), n in lines.items() if n > known])
        self._add_sums(sums)

    def _add_sums(self, days: Mapping[tuple[int, int], list[int]]) -> None:
        for table, width in (("days", 1), ("months", 100), ("years", 10_000)):
            sums: dict[tuple[int, int], list[int]] = {}
            for (day, line), (debits, credits) in days.items():
                both = sums.setdefault((day // width, line), [0, 0])
                both[0] += debits
                both[1] += credits
            self._connection.executemany(
                f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "debits_large = debits_large + excluded.debits_large, debits = debits + excluded.debits, "
                "credits_large = credits_large + excluded.credits_large, credits = credits + excluded.credits",
                [
                    (period, line, *divmod(debits, LARGE), *divmod(credits, LARGE))
                    for (period, line), (debits, credits) in sorted(sums.items())
                ],
            )

    # --- asking --------------------------------------------------------------------------------------------------------------

    def last(self) -> tuple[int, str, int]:
        """How many journals there are, the head after the last of them, and the place on the log after it."""
        found = self._connection.execute(
            "SELECT number + 1, head, place + 1 FROM journals ORDER BY number DESC LIMIT 1"
        )
        return found.fetchone() or (0, "", 0)

    def newest(self) -> tuple[int, str, int]:
        """How many journals there are, and the entry of the last of them and its place on the log."""
        found = self._connection.execute("SELECT number + 1, entry, place FROM journals ORDER BY number DESC LIMIT 1")
        return found.fetchone() or (0, "", 0)

    def head(self, journals: int) -> str | None:
        """The head after so many journals; None when there are fewer."""
        if not journals:
            return ""
        found = self._connection.execute("SELECT head FROM journals WHERE number = ?", [journals - 1]).fetchone()
        return None if found is None else found[0]

    def sums(self, through: int, under: str) -> dict[tuple[str, str], tuple[int, int]]:
        """Debits and credits in minor units by account and currency through the end of a day (`day_number`)."""
        year, month = through // 10_000, through // 100
        text = (
            "SELECT account, currency, sum(debits_large), sum(debits), sum(credits_large), sum(credits) FROM ("
            "SELECT * FROM years WHERE period < :year "
            "UNION ALL SELECT * FROM months WHERE period >= :year * 100 AND period < :month "
            "UNION ALL SELECT * FROM days WHERE period >= :month * 100 AND period <= :day"
            ") JOIN lines ON lines.id = line WHERE " + _UNDER + " GROUP BY line"
        )
        found = self._connection.execute(text, {"year": year, "month": month, "day": through, **_span(under)})
        return {
            (account, currency): (debits_large * LARGE + debits, credits_large * LARGE + credits)
            for account, currency, debits_large, debits, credits_large, credits in found
        }

    def transactions(
        self, first: int, last: int, under: str, limit: int | None
    ) -> Iterator[tuple[str, int, str, bytes]]:
        """Key of the journal, number in it, entry, and body as JSON, by day, then as posted."""
        if under:
            which = (
                "SELECT DISTINCT touched.day, touched.id FROM lines JOIN touched ON touched.line = lines.id "
                f"WHERE {_UNDER} AND touched.day BETWEEN :first AND :last ORDER BY touched.day, touched.id"
            )
        else:
            which = "SELECT day, id FROM transactions WHERE day BETWEEN :first AND :last ORDER BY day, id"
        text = (
            "SELECT key, id - first, entry, body FROM "
            f"({which} LIMIT :limit) AS asked JOIN transactions USING (id) "
            "JOIN journals ON journals.number = transactions.journal ORDER BY asked.day, asked.id"
        )
        limits = {"first": first, "last": last, "limit": -1 if limit is None else limit}
        yield from self._connection.execute(text, {**limits, **_span(under)})

    def transaction(self, key: str, number: int) -> tuple[str, bytes] | None:
        """The entry and the body, as JSON, of a transaction by its journal's key and its number in that."""
        found: tuple[str, bytes] | None = self._connection.execute(
            "SELECT entry, body FROM journals JOIN transactions ON id = first + ? AND journal = journals.number "
            "WHERE key = ?",
            (number, key),
        ).fetchone()
        return found


#: An account of a name, or below it: those between `A:B:` and `A:B;`, the next character.
_UNDER = "(:under = '' OR account = :under OR (account >= :below AND account < :beyond))"


def _span(under: str) -> dict[str, str]:
    return {"under": under, "below": f"{under}:", "beyond": f"{under};"}


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    # SQLite does not wait here, as it does elsewhere, while another process does the same.
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


# --- from the record -----------------------------------------------------------------------------------------------------------------


def head_of(state: State, ledger: str) -> tuple[int, str]:
    """How many journals a ledger has, and their head. Refused when there is no such ledger."""
    ledger_on(state, ledger)
    value = state.get(HEADS, ledger)
    return (value["journals"], value["head"]) if value else (0, "")


def bring_up_to(projection: Projection, log: Log, state: State, ledger: str) -> None:
    """Takes from the log what the projection lacks of what the state says; all anew when it is of another history.

    RecordError when the log does not hold what the state says.
    """
    wanted, head = head_of(state, ledger)
    if projection.head(wanted) == head and _is_of(projection, log, wanted):
        return
    with projection.writing():
        if projection.head(wanted) == head and _is_of(projection, log, wanted):
            return
        if projection.head(wanted) == head:  # and farther, on another copy of the record
            projection.clear()
        count, last, place = projection.last()
        if count < wanted:
            projection.load(_journals(log, state, ledger, count, last, place))
        if projection.head(wanted) != head:
            projection.clear()
            projection.load(_journals(log, state, ledger, 0, "", 0))
        if projection.head(wanted) != head:
            raise RecordError(
                f"{log.store.place}: the log does not hold the {wanted} journals of the ledger {ledger!r}"
            )


def _is_of(projection: Projection, log: Log, wanted: int) -> bool:
    """Is a projection just as far as is wanted, or farther, as another process may have brought it, on this very log?"""
    count, entry, place = projection.newest()
    if count <= wanted:
        return True
    leaf = next((leaf for _, leaf in log.read(place, place + 1)), None) if place < log.size else None
    try:
        return leaf is not None and Entry.from_bytes(leaf).id == entry
    except BadEntry:
        return False


def _journals(log: Log, state: State, ledger: str, count: int, head: str, place: int) -> Iterator[Journalled]:
    """The journals that count from a place on the log, as far as the state knows of them."""
    wanted, _ = head_of(state, ledger)
    if count == wanted:
        return
    for index, leaf in log.read(place):
        journal, entry = _journal_in(leaf, state, ledger)
        if journal is None:
            continue
        value = state.get(JOURNALS, f"{ledger}/{journal.get('key')}")
        if value is None or value["entry"] != entry or value["number"] != count:
            continue
        head = next_head(head, entry)
        yield Journalled(count, journal["key"], entry, head, index, journal["transactions"])
        count += 1
        if count == wanted:
            return


def _journal_in(leaf: bytes, state: State, ledger: str) -> tuple[Mapping[str, Any] | None, str]:
    """The journal of this ledger that an entry holds, or that a decision holds which it puts into effect; and the entry's id."""
    by_decision = b'"kind":"decision.' in leaf
    if not by_decision and b'"journal":{' not in leaf:
        return None, ""
    try:
        entry = Entry.from_bytes(leaf)
    except BadEntry:
        return None, ""
    body: Any = entry.body
    if by_decision and entry.kind in ("decision.close", "decision.enact"):
        value = state.get("decisions", str(body.get("decision")))
        body = value["about"]["body"] if value and value["about"] else {}
    journal = body.get("journal")
    return (journal, entry.id) if isinstance(journal, dict) and body.get("ledger") == ledger else (None, "")
