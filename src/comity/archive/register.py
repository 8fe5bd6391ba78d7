"""The register of an archive: its datasets and products, in SQLite or PostgreSQL; a transaction that returned is safe.

The tables `dataset` and `product` have the columns that the rules of access ask for (`comity.policy.access_filter`), so
that what a reader may not see is left out where it lies.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from comity.archive.access import Access, Everything, Reader, milliseconds
from comity.archive.databases import Run, database_at
from comity.archive.dataset import Dataset
from comity.archive.described import Described
from comity.archive.errors import ArchiveError
from comity.model.problems import nearest
from comity.record import timestamp

#: What may be thought of a product (after the primary flags of QARTOD, IOC Manuals and Guides 54-3).
QUALITIES = ("good", "suspect", "bad")
_COLUMNS = "access, owner, team, public_from, restriction, cleared"
#: A team that nobody is in: no name of a team has a blank.
NOBODY = " nobody"
#: Rows that are read at once.
PAGE = 2_000
#: The shape of the tables; a file of another shape is refused.
VERSION = 1
_ACCESS = """
    access TEXT NOT NULL, owner TEXT NOT NULL, team TEXT NOT NULL,
    public_from BIGINT, restriction TEXT, cleared TEXT"""
_TABLES = f"""
CREATE TABLE dataset (
    id TEXT PRIMARY KEY, described TEXT NOT NULL, added TEXT NOT NULL, {_ACCESS}, rows_of TEXT) WITHOUT ROWID;
CREATE TABLE product (
    number BIGSERIAL PRIMARY KEY, id TEXT NOT NULL UNIQUE, dataset TEXT NOT NULL REFERENCES dataset (id),
    name TEXT NOT NULL, version INTEGER NOT NULL, sha256 TEXT NOT NULL, size BIGINT NOT NULL, ingested TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('current', 'superseded')), note TEXT,
    described TEXT NOT NULL, {_ACCESS},
    UNIQUE (dataset, name, version)) STRICT;
CREATE INDEX product_sha256 ON product (sha256);
CREATE TABLE seen (
    path TEXT NOT NULL, dataset TEXT NOT NULL, size BIGINT NOT NULL, modified_ns BIGINT NOT NULL, sha256 TEXT NOT NULL,
    PRIMARY KEY (path, dataset)) WITHOUT ROWID, STRICT;
CREATE TABLE token (hash TEXT PRIMARY KEY, partner TEXT NOT NULL, expires BIGINT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE flag (
    product TEXT PRIMARY KEY REFERENCES product (id), quality TEXT NOT NULL, why TEXT NOT NULL, at TEXT NOT NULL)
    WITHOUT ROWID, STRICT;
CREATE TABLE reading (
    number BIGSERIAL PRIMARY KEY, dataset TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, at TEXT NOT NULL,
    recorded INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE change (number INTEGER PRIMARY KEY CHECK (number = 1), count BIGINT NOT NULL) STRICT;
INSERT INTO change VALUES (1, 0);
CREATE TABLE about (version INTEGER NOT NULL) STRICT;
INSERT INTO about VALUES ({VERSION});
"""


@dataclass(frozen=True, slots=True)
class Product:
    """A file in the archive: its place in a dataset, its bytes' hash, what it says of itself, who may read it."""

    number: int
    id: str
    dataset: str
    name: str
    version: int
    sha256: str
    size: int
    ingested: str
    state: str
    note: str | None
    described: Described
    access: Access


@dataclass(frozen=True, slots=True)
class NewProduct:
    """What is to be registered."""

    name: str
    sha256: str
    size: int
    described: Described
    path: str
    modified_ns: int
    note: str | None = None


class Register:
    """An open register; a context manager."""

    def __init__(self, place: Path | str) -> None:
        self.database = database_at(place)
        self.database.prepare(_TABLES, VERSION)

    def __enter__(self) -> Register:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets the database go."""
        self.database.close()

    @property
    def changes(self) -> int:
        """How often the register was changed: what was made from it is old when this has grown."""
        return int(self.database.rows("SELECT count FROM change")[0][0])

    @contextmanager
    def _changing(self) -> Iterator[Run]:
        with self.database.writing() as run:
            yield run
            run("UPDATE change SET count = count + 1")

    # --- datasets ---------------------------------------------------------------------------------------------------

    def put_dataset(self, dataset: Dataset, access: Access) -> None:
        """Takes in a dataset, or what is new about one; its products follow in who may read them."""
        body = dataset.model_dump_json(exclude_defaults=True)
        values = access.values()
        with self._changing() as run:
            known = run("SELECT added, rows_of FROM dataset WHERE id = ?", (dataset.id,))
            added, rows_of = known[0] if known else (_now(), None)
            run(
                "INSERT INTO dataset VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET described = "
                "excluded.described, access = excluded.access, owner = excluded.owner, team = excluded.team, public_from = "
                "excluded.public_from, restriction = excluded.restriction, cleared = excluded.cleared",
                (dataset.id, body, added, *values, rows_of),
            )
            self._spread(run, dataset.id, access, rows_of)

    def give_rows_only(self, dataset: str, column: str | None) -> None:
        """That a dataset's rows are given by what a column of theirs names: then its files are for nobody but their owner, as they hold
        all rows. None takes it back."""
        with self._changing() as run:
            row = run(f"SELECT {_COLUMNS} FROM dataset WHERE id = ?", (dataset,))[0]
            run("UPDATE dataset SET rows_of = ? WHERE id = ?", (column, dataset))
            self._spread(run, dataset, Access.of(row), column)

    def rows_of(self, dataset: str) -> str | None:
        """The column that says of each row of a dataset whose it is, if there is one."""
        found = self.database.rows("SELECT rows_of FROM dataset WHERE id = ?", (dataset,))
        return None if not found or found[0][0] is None else str(found[0][0])

    @staticmethod
    def _spread(run: Run, dataset: str, access: Access, rows_of: str | None) -> None:
        run(
            "UPDATE product SET access = ?, owner = ?, team = ?, public_from = ?, restriction = ?, cleared = ? "
            "WHERE dataset = ?",
            (*_of_files(access, rows_of).values(), dataset),
        )

    def datasets(self, reader: Reader | Everything, at: datetime | None = None) -> list[tuple[Dataset, Access]]:
        """The datasets that a reader may see, in the order of their ids."""
        condition = reader.condition("dataset", self.database.dialect, at)
        rows = self.database.rows(
            "SELECT described, access, owner, team, public_from, restriction, cleared FROM dataset "
            f"WHERE {condition.sql}",
            condition.parameters,
        )
        found = [(Dataset.model_validate_json(row[0]), Access.of(row[1:])) for row in rows]
        return sorted(found, key=lambda pair: pair[0].id)

    def dataset(self, id: str, reader: Reader | Everything, at: datetime | None = None) -> tuple[Dataset, Access]:
        """One of them. ArchiveError, with the nearest name that the reader may see, when there is none for this reader."""
        seen = {d.id: (d, a) for d, a in self.datasets(reader, at)}
        if id in seen:
            return seen[id]
        hint = nearest(id, seen) or (f"there are {', '.join(list(seen)[:12])}" if seen else "there are none")
        raise ArchiveError(f"there is no dataset {id!r}; {hint}")

    # --- products ---------------------------------------------------------------------------------------------------

    def add(self, dataset: str, products: Sequence[NewProduct], *, replaces: str | None = None) -> list[str]:
        """Registers products in one transaction, and says of each `new`, `same` or `replaced`.

        A name that is taken by other bytes is an ArchiveError, and none is registered; unless `replaces` says why what was
        published is replaced: then it becomes the next version and the old one stays as `superseded`.
        """
        outcomes = []
        with self._changing() as run:
            for product in products:
                outcomes.append(self._add_one(run, dataset, product, replaces))
                run(
                    "INSERT INTO seen VALUES (?, ?, ?, ?, ?) ON CONFLICT (path, dataset) DO UPDATE SET size = excluded.size, "
                    "modified_ns = excluded.modified_ns, sha256 = excluded.sha256",
                    (product.path, dataset, product.size, product.modified_ns, product.sha256),
                )
        return outcomes

    def _add_one(self, run: Run, dataset: str, product: NewProduct, replaces: str | None) -> str:
        # Who may read is what the dataset says at this moment, whatever it said when the file was begun.
        *row, rows_of = run(f"SELECT {_COLUMNS}, rows_of FROM dataset WHERE id = ?", (dataset,))[0]
        access = _of_files(Access.of(row), rows_of)
        found = run(
            "SELECT number, version, sha256 FROM product WHERE dataset = ? AND name = ? AND state = 'current'",
            (dataset, product.name),
        )
        current = found[0] if found else None
        if current is not None and current[2] == product.sha256:
            return "same"
        version = 1
        if current is not None:
            if replaces is None:
                raise ArchiveError(
                    f"{product.path}: {dataset} has another file named {product.name!r}; nothing is replaced silently: "
                    "give it another name, or say why with --replaces"
                )
            version = int(current[1]) + 1
            run("UPDATE product SET state = 'superseded', note = ? WHERE number = ?", (replaces, current[0]))
        run(
            "INSERT INTO product (id, dataset, name, version, sha256, size, ingested, state, note, described, access, owner, "
            "team, public_from, restriction, cleared) VALUES (?, ?, ?, ?, ?, ?, ?, 'current', ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                f"{dataset}/{product.name}" + (f"@{version}" if version > 1 else ""),
                dataset, product.name, version, product.sha256, product.size, _now(), product.note,
                json.dumps(product.described.to_dict(), ensure_ascii=False, allow_nan=False), *access.values(),
            ),
        )  # fmt: skip
        return "new" if version == 1 else "replaced"

    def seen(self, dataset: str) -> dict[str, tuple[int, int]]:
        """The files that were taken into a dataset: size [bytes] and time of change [ns since 1970] by path."""
        rows = self.database.rows("SELECT path, size, modified_ns FROM seen WHERE dataset = ?", (dataset,))
        return {path: (size, modified) for path, size, modified in rows}

    def products(
        self,
        reader: Reader | Everything,
        *,
        dataset: str | None = None,
        at: datetime | None = None,
        history: bool = False,
    ) -> Iterator[Product]:
        """The products that a reader may see, in the order of ingest; with `history` those that were superseded, too."""
        condition = reader.condition("product", self.database.dialect, at)
        wanted, values = [f"({condition.sql})"], [*condition.parameters]
        if dataset is not None:
            wanted.append("dataset = ?")
            values.append(dataset)
        if not history:
            wanted.append("state = 'current'")
        yield from self._found(" AND ".join(wanted), values)

    def outline(self) -> list[tuple[str, Access, int, int]]:
        """By dataset and access of its current products: how many there are, and the largest number."""
        rows = self.database.rows(
            "SELECT dataset, access, owner, team, public_from, restriction, cleared, count(*), max(number) FROM product "
            "WHERE state = 'current' GROUP BY 1, 2, 3, 4, 5, 6, 7"
        )
        found = [(str(row[0]), Access.of(row[1:7]), int(row[7]), int(row[8])) for row in rows]
        return sorted(found, key=lambda one: (one[0], one[3]))

    def product(self, id: str, reader: Reader | Everything, at: datetime | None = None) -> Product:
        """The product of an id, whatever its state. ArchiveError when there is none that this reader may see."""
        condition = reader.condition("product", self.database.dialect, at)
        found = next(self._found(f"id = ? AND ({condition.sql})", [id, *condition.parameters]), None)
        if found is None:
            raise ArchiveError(f"there is no product {id!r}")
        return found

    def _found(self, where: str, values: Sequence[Any]) -> Iterator[Product]:
        last = 0
        while True:  # page by page, so that neither memory nor a transaction grows with the archive
            rows = self.database.rows(
                "SELECT number, id, dataset, name, version, sha256, size, ingested, state, note, described, access, owner, team, "
                f"public_from, restriction, cleared FROM product WHERE ({where}) AND number > ? ORDER BY number LIMIT {PAGE}",
                (*values, last),
            )
            for row in rows:
                yield Product(*row[:10], Described.from_dict(json.loads(row[10])), Access.of(row[11:17]))  # type: ignore[call-arg]
            if len(rows) < PAGE:
                return
            last = rows[-1][0]

    # --- tokens -----------------------------------------------------------------------------------------------------

    def new_token(self, partner: str, expires: datetime) -> str:
        """A token by which a partner reads until a time; only its hash is kept."""
        token = secrets.token_urlsafe(32)
        with self.database.writing() as run:
            run("INSERT INTO token VALUES (?, ?, ?)", (_hash(token), partner, milliseconds(expires)))
        return token

    def holder(self, token: str, at: datetime) -> str | None:
        """The partner of a token that holds at a time, or None."""
        found = self.database.rows(
            "SELECT partner FROM token WHERE hash = ? AND expires > ?", (_hash(token), milliseconds(at))
        )
        return str(found[0][0]) if found else None

    def revoke_tokens(self, partner: str) -> int:
        """Ends all tokens of a partner; how many there were."""
        with self.database.writing() as run:
            return int(run("DELETE FROM token WHERE partner = ?", (partner,)))

    # --- quality ----------------------------------------------------------------------------------------------------

    def flag(self, product: str, quality: str | None, why: str) -> None:
        """What is thought of a product's quality, and why; None takes it back. ArchiveError when there is no such product."""
        self.product(product, Everything())
        if quality is not None and quality not in QUALITIES:
            hint = nearest(quality, QUALITIES) or f"known are {', '.join(QUALITIES)}"
            raise ArchiveError(f"there is no quality {quality!r}; {hint}")
        with self._changing() as run:
            if quality is None:
                run("DELETE FROM flag WHERE product = ?", (product,))
            else:
                run(
                    "INSERT INTO flag VALUES (?, ?, ?, ?) ON CONFLICT (product) DO UPDATE SET quality = excluded.quality, "
                    "why = excluded.why, at = excluded.at",
                    (product, quality, why, _now()),
                )

    def flags(self) -> dict[str, tuple[str, str]]:
        """Quality and reason by product, of those that have one."""
        rows = self.database.rows("SELECT product, quality, why FROM flag")
        return {product: (quality, why) for product, quality, why in rows}

    # --- readings ---------------------------------------------------------------------------------------------------

    def note_reading(self, dataset: str, who: str, what: str, at: datetime) -> None:
        """That somebody reads what is not for everybody: safe before the first byte goes out."""
        with self.database.writing() as run:
            run(
                "INSERT INTO reading (dataset, who, what, at) VALUES (?, ?, ?, ?)",
                (dataset, who, what, timestamp(at.replace(microsecond=0))),
            )

    def readings(self) -> list[dict[str, Any]]:
        """All readings of what is not for everybody, in the order in which they came."""
        rows = self.database.rows("SELECT dataset, who, what, at, recorded FROM reading ORDER BY number")
        return [
            {"dataset": d, "who": who, "what": what, "at": at, "recorded": bool(recorded)}
            for d, who, what, at, recorded in rows
        ]

    def unrecorded(self, most: int = 10_000) -> Iterator[tuple[list[int], dict[str, Any]]]:
        """The readings that no record has yet, as bodies of `archive.read` with their numbers, by dataset."""
        rows = self.database.rows(
            "SELECT number, dataset, who, what, at FROM reading WHERE recorded = 0 ORDER BY dataset, number"
        )
        for dataset, group in groupby(rows, key=itemgetter(1)):
            all_ = list(group)
            for start in range(0, len(all_), most):
                part = all_[start : start + most]
                readings = [{"who": who, "what": what, "at": at} for _, _, who, what, at in part]
                yield [number for number, *_ in part], {"dataset": dataset, "readings": readings}

    def settle_readings(self, held: Mapping[str, int]) -> None:
        """Marks as recorded what a record holds beyond what is marked; `held` says how many readings it has by dataset."""
        for dataset, count in held.items():
            marked = self.database.rows("SELECT count(*) FROM reading WHERE dataset = ? AND recorded = 1", (dataset,))[
                0
            ][0]
            rows = self.database.rows(
                "SELECT number FROM reading WHERE dataset = ? AND recorded = 0 ORDER BY number LIMIT ?",
                (dataset, max(0, count - marked)),
            )
            self.mark_recorded([number for (number,) in rows])

    def mark_recorded(self, numbers: Sequence[int]) -> None:
        """That readings are on a record now."""
        with self.database.writing() as run:
            for number in numbers:
                run("UPDATE reading SET recorded = 1 WHERE number = ?", (number,))

    def objects(self) -> dict[str, int]:
        """The hash and size of every object that a product names."""
        return {str(row[0]): int(row[1]) for row in self.database.rows("SELECT sha256, size FROM product")}


def _of_files(access: Access, rows_of: str | None) -> Access:
    """Who may read the files of a dataset: as it says, but of one whose rows are given singly only the owner."""
    return (
        access
        if rows_of is None
        else Access("partners", access.owner, NOBODY, None, access.restriction, access.cleared)
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
