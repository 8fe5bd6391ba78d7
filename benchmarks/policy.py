"""How many decisions a second the rules give, beside cedarpy's plain call; and how long a list takes to filter.

    python -m benchmarks.policy --datasets 1000000

The rules are those that come with comity; agencies, datasets and questions are drawn. Every answer that cedarpy gives by
itself is compared with ours, and so is every row that the databases keep with the decisions on a sample of rows.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import cedarpy
import duckdb
import numpy as np
from rich.console import Console
from rich.table import Table

from comity.policy import Entity, Facts, Question, access_count, access_filter, dataset, partner, shipped
from comity.policy.catalogue import agencies, listed_classes, listed_entities
from comity.policy.decide import Decider, request
from comity.policy.facts import ACCESS, milliseconds

NOW = datetime(2026, 11, 24, tzinfo=UTC)
COLUMNS = ("id", "access", "owner", "team", "public_from", "restriction", "cleared")
#: Columns whose values repeat: as ENUM in DuckDB, which then compares numbers and not texts.
REPEATED = ("access", "owner", "team", "restriction", "cleared")


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is asked of the rules: agencies and companies in teams, and sets of data as rows."""

    partners: list[str]
    entities: list[Entity]
    rows: list[tuple[Any, ...]]


def draw(n_datasets: int, seed: int) -> Drawn:
    """Partners: the shipped agencies and 60 more; 50 teams of them; datasets of each kind, dates over ten years."""
    chosen = random.Random(seed)
    teams = [f"team-{n}" for n in range(50)]
    states = {**agencies(), **{f"institute-{n}": (chosen.choice(["US", "FR", "JP", "IN", "KE"]),) for n in range(60)}}
    entities = [e for e in listed_entities() if e.uid.type != "Partner"]
    entities += [partner(id, states=of, teams=chosen.sample(teams, 3)) for id, of in states.items()]
    partners, rows = [*states], list[tuple[Any, ...]]()
    for n in range(n_datasets):
        access = chosen.choices(ACCESS, (20, 50, 20, 10))[0]
        dated = access in ("proprietary", "embargo")
        start = milliseconds(NOW + timedelta(days=chosen.randrange(-1800, 1800))) if dated else None
        restricted = chosen.random() < 0.02
        rows.append(
            (
                f"data-{n}",
                access,
                chosen.choice(partners),
                chosen.choice(teams),
                start,
                chosen.choice(("safety", "security")) if restricted else None,
                chosen.choice(teams) if restricted else None,
            )
        )
    return Drawn(partners, entities, rows)


def as_entity(row: tuple[Any, ...]) -> Entity:
    """A row as the rules see it."""
    id, access, owner, team, start, restriction, cleared = row
    public_from = None if start is None else datetime.fromtimestamp(start / 1000, UTC)
    return dataset(
        id, access=access, owner=owner, team=team, public_from=public_from, restriction=restriction, cleared=cleared
    )


def questions(drawn: Drawn, names: list[str], count: int, seed: int) -> list[Question]:
    """Half about data and half about transfers, on a thousand days of ten years."""
    chosen, classes = random.Random(seed), [*listed_classes()]
    days = [NOW - timedelta(days=chosen.randrange(3650)) for _ in range(1000)]
    found = []
    for n in range(count):
        who, at = chosen.choice(drawn.partners), chosen.choice(days)
        if n % 2:
            found.append(Question(who, "read", chosen.choice(names), at))
        else:
            found.append(Question(who, "transfer", chosen.choice(classes), at, to=chosen.choice(drawn.partners)))
    return found


def seconds(work: Callable[[], object], *, times: int = 1, clock: Callable[[], float] = time.perf_counter) -> float:
    """The least seconds of some runs, by the clock on the wall or (`time.process_time`) of one core."""
    best = float("inf")
    for _ in range(times):
        start = clock()
        work()
        best = min(best, clock() - start)
    return best


def decisions(drawn: Drawn, seed: int) -> Iterator[tuple[str, float, float]]:
    """(what, decisions a second, how many times cedarpy's plain call)."""
    core, policies = partial(seconds, clock=time.process_time), shipped()
    few = [as_entity(row) for row in drawn.rows[:20_000]]
    facts = Facts.of([*drawn.entities, *few])
    asked = questions(drawn, [e.uid.id for e in few], 200_000, seed)
    sample = asked[:1000]
    # cedarpy's plain call: everything parsed before, one request after the other, the dataset among the entities.
    ready = [(request(facts, q), facts.handle_with([facts.about(q.action, q.what)])) for q in sample]
    plain: list[cedarpy.AuthzResult] = []
    took = core(lambda: plain.extend(cedarpy.is_authorized(r, policies.handle, e) for r, e in ready))
    base = len(sample) / took
    yield "cedarpy, is_authorized one by one, all parsed before", base, 1.0
    transfers = [request(facts, q) for q in sample if q.action == "transfer"]
    took = core(lambda: cedarpy.is_authorized_batch(transfers, policies.handle, facts.handle))
    yield "cedarpy, is_authorized_batch, transfers only", len(transfers) / took, len(transfers) / took / base

    ours = Decider(policies, facts).decide_all(sample)
    for answer, theirs in zip(ours, plain, strict=True):
        assert answer.allowed == theirs.allowed
        assert {r.id for r in answer.because} == set(theirs.diagnostics.id_annotations_by_reason.values())

    fresh = Decider(policies, facts)
    rate = len(asked) / core(lambda: fresh.decide_all(asked))
    yield "comity, a batch of 200,000, nothing remembered before", rate, rate / base
    rate = len(asked) / core(lambda: fresh.decide_all(asked), times=3)
    yield "comity, the same batch again", rate, rate / base
    rate = 20_000 / core(lambda: [fresh.decide_all((q,)) for q in asked[:20_000]])
    yield "comity, one by one", rate, rate / base


def filters(drawn: Drawn, seed: int) -> Iterator[tuple[str, int, float, float]]:
    """(what, rows kept, milliseconds, milliseconds of all cores together)."""
    chosen = random.Random(seed)
    who = chosen.choice(drawn.partners)
    policies, facts = shipped(), Facts.of(drawn.entities)
    condition = access_filter(policies, facts, who, NOW, dialect="duckdb")
    where, values = condition.sql, condition.parameters
    yield "the condition from the rules", 0, *both_clocks(lambda: access_filter(policies, facts, who, NOW))

    def ask(database: Any, what: str, rest: str = "") -> list[Any]:
        return database.execute(f"SELECT {what} FROM dataset WHERE {where} {rest}", values).fetchall()  # type: ignore[no-any-return]

    duck, page = in_duckdb(drawn), "ORDER BY id LIMIT 100"
    kept = ask(duck, "count(*)")[0][0]
    yield "DuckDB, count", kept, *both_clocks(lambda: ask(duck, "count(*)"))
    yield "DuckDB, first 100 by id", 100, *both_clocks(lambda: ask(duck, "id", page))
    lite = in_sqlite(drawn)
    assert ask(lite, "count(*)")[0][0] == kept
    yield "SQLite, count", kept, *both_clocks(lambda: ask(lite, "count(*)"))
    yield "SQLite, first 100 by id", 100, *both_clocks(lambda: ask(lite, "id", page))
    counting = access_count(policies, facts, who, NOW)
    add_indexes(lite)
    assert lite.execute(counting.sql, counting.parameters).fetchone()[0] == kept
    yield (
        "SQLite, count by access_count and indexes",
        kept,
        *both_clocks(lambda: lite.execute(counting.sql, counting.parameters).fetchone()),
    )

    sample = chosen.sample(drawn.rows, min(5000, len(drawn.rows)))
    known = Facts.of([*drawn.entities, *map(as_entity, sample)])
    answers = Decider(policies, known).decide_all([Question(who, "read", row[0], NOW) for row in sample])
    visible = {row[0] for row in ask(duck, "id")}
    assert all((row[0] in visible) == answer.allowed for row, answer in zip(sample, answers, strict=True))


def both_clocks(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds on the wall, and of all cores together: the least of some runs each."""
    return seconds(work, times=7) * 1000, seconds(work, times=7, clock=time.process_time) * 1000


def in_duckdb(drawn: Drawn) -> duckdb.DuckDBPyConnection:
    """The rows in DuckDB, with no index: it reads the columns whole."""
    duck = duckdb.connect(config={"threads": 2})
    arrays = {name: np.array([row[n] for row in drawn.rows], dtype=object) for n, name in enumerate(COLUMNS)}
    arrays["public_from"] = np.array([-1 if v is None else v for v in arrays["public_from"]], dtype=np.int64)
    duck.register("drawn", arrays)
    for name in REPEATED:
        duck.execute(f"CREATE TYPE {name}_type AS ENUM (SELECT DISTINCT {name} FROM drawn WHERE {name} IS NOT NULL)")
    columns = ", ".join(f"{name} {name}_type" for name in REPEATED)
    duck.execute(f"CREATE TABLE dataset (id TEXT, {columns}, public_from BIGINT)")
    duck.execute(f"INSERT INTO dataset SELECT id, {', '.join(REPEATED)}, nullif(public_from, -1) FROM drawn")
    return duck


def in_sqlite(drawn: Drawn) -> sqlite3.Connection:
    """The rows in SQLite, in the order of their ids: a page ends its reading once it is full."""
    lite = sqlite3.connect(":memory:")
    columns = (
        "id TEXT PRIMARY KEY, access TEXT, owner TEXT, team TEXT, public_from INTEGER, restriction TEXT, cleared TEXT"
    )
    lite.execute(f"CREATE TABLE dataset ({columns}) WITHOUT ROWID")
    lite.executemany("INSERT INTO dataset VALUES (?, ?, ?, ?, ?, ?, ?)", drawn.rows)
    return lite


def add_indexes(lite: sqlite3.Connection) -> None:
    """One index for each ground on which data may be read, with all that the rules read besides."""
    for columns in ("access, public_from, owner", "owner, access, public_from", "team, owner, access, public_from"):
        name = columns.split(",")[0]
        lite.execute(f"CREATE INDEX dataset_by_{name} ON dataset ({columns}, restriction, cleared)")
    lite.execute("ANALYZE")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    console, drawn = Console(), draw(given.datasets, given.seed)
    table = Table(
        "Decisions", "a second", "ratio", title=f"{len(shipped().rules)} rules, {len(drawn.partners)} partners"
    )
    for what, rate, ratio in decisions(drawn, given.seed):
        table.add_row(what, f"{rate:,.0f}", f"{ratio:.1f}")
    console.print(table)
    table = Table("Filter", "rows", "ms", "ms, all cores", title=f"{given.datasets:,} datasets")
    for what, rows, ms, cores in filters(drawn, given.seed):
        table.add_row(what, f"{rows:,}" if rows else "", f"{ms:.1f}", f"{cores:.1f}")
    console.print(table)


if __name__ == "__main__":
    main()
