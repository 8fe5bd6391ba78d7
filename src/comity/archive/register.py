"""The register of an archive: its datasets and products, in SQLite; a transaction that returned is safe.

The tables `dataset` and `product` have the columns that the rules of access ask for (`comity.policy.access_filter`), so
that what a reader may not see is left out where it lies.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from comity.archive.access import Access, Everything, Reader, milliseconds
from comity.archive.dataset import Dataset
from comity.archive.described import Described
from comity.archive.errors import ArchiveError
from comity.model.problems import nearest

#: The shape of the tables; a file of another shape is refused.
VERSION = 1
_ACCESS = """
    access TEXT NOT NULL, owner TEXT NOT NULL, team TEXT NOT NULL,
    public_from INTEGER, restriction TEXT, cleared TEXT"""
_TABLES = f"""
CREATE TABLE dataset (id TEXT PRIMARY KEY, described TEXT NOT NULL, added TEXT NOT NULL, {_ACCESS}) WITHOUT ROWID;
CREATE TABLE product (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, dataset TEXT NOT NULL REFERENCES dataset (id),
    name TEXT NOT NULL, version INTEGER NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL, ingested TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('current', 'superseded')), note TEXT,
    described TEXT NOT NULL, {_ACCESS},
    UNIQUE (dataset, name, version), UNIQUE (dataset, sha256, name)) STRICT;
CREATE INDEX product_sha256 ON product (sha256);
CREATE TABLE seen (
    path TEXT NOT NULL, dataset TEXT NOT NULL, size INTEGER NOT NULL, modified_ns INTEGER NOT NULL, sha256 TEXT NOT NULL,
    PRIMARY KEY (path, dataset)) WITHOUT ROWID, STRICT;
CREATE TABLE token (hash TEXT PRIMARY KEY, partner TEXT NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE change (number INTEGER PRIMARY KEY CHECK (number = 1), count INTEGER NOT NULL) STRICT;
INSERT INTO change VALUES (1, 0);
PRAGMA user_version = {VERSION};
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
    access: Access
    path: str
    modified_ns: int
    note: str | None = None


class Register:
    """An open register; a context manager."""

    def __init__(self, file: Path) -> None:
        self._database = sqlite3.connect(file, isolation_level=None, timeout=30.0, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute("PRAGMA foreign_keys = ON")
        found = self._database.execute("PRAGMA user_version").fetchone()[0]
        if found == 0:
            self._database.executescript(f"BEGIN IMMEDIATE; {_TABLES} COMMIT;")
        elif found != VERSION:
            self._database.close()
            raise ArchiveError(f"{file}: is of version {found}, this comity writes {VERSION}")

    def __enter__(self) -> Register:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets the file go."""
        self._database.close()

    @property
    def changes(self) -> int:
        """How often the register was changed: what was made from it is old when this has grown."""
        return int(self._database.execute("SELECT count FROM change").fetchone()[0])

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield self._database
            self._database.execute("UPDATE change SET count = count + 1")
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    # --- datasets ---------------------------------------------------------------------------------------------------

    def put_dataset(self, dataset: Dataset, access: Access) -> None:
        """Takes in a dataset, or what is new about one; its products follow in who may read them."""
        body = dataset.model_dump_json(exclude_defaults=True)
        values = access.values()
        with self._changing() as database:
            known = database.execute("SELECT described, added FROM dataset WHERE id = ?", (dataset.id,)).fetchone()
            added = known[1] if known else _now()
            database.execute(
                "INSERT INTO dataset VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET described = "
                "excluded.described, access = excluded.access, owner = excluded.owner, team = excluded.team, public_from = "
                "excluded.public_from, restriction = excluded.restriction, cleared = excluded.cleared",
                (dataset.id, body, added, *values),
            )
            database.execute(
                "UPDATE product SET access = ?, owner = ?, team = ?, public_from = ?, restriction = ?, cleared = ? "
                "WHERE dataset = ?",
                (*values, dataset.id),
            )

    def datasets(self, reader: Reader | Everything, at: datetime | None = None) -> list[tuple[Dataset, Access]]:
        """The datasets that a reader may see, in the order of their ids."""
        condition = reader.condition("dataset", "sqlite", at)
        rows = self._database.execute(
            "SELECT described, access, owner, team, public_from, restriction, cleared FROM dataset "
            f"WHERE {condition.sql} ORDER BY id",
            condition.parameters,
        )
        return [(Dataset.model_validate_json(row[0]), Access.of(row[1:])) for row in rows]

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
        with self._changing() as database:
            for product in products:
                outcomes.append(self._add_one(database, dataset, product, replaces))
                database.execute(
                    "INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?)",
                    (product.path, dataset, product.size, product.modified_ns, product.sha256),
                )
        return outcomes

    def _add_one(self, database: sqlite3.Connection, dataset: str, product: NewProduct, replaces: str | None) -> str:
        current = database.execute(
            "SELECT number, version, sha256 FROM product WHERE dataset = ? AND name = ? AND state = 'current'",
            (dataset, product.name),
        ).fetchone()
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
            database.execute(
                "UPDATE product SET state = 'superseded', note = ? WHERE number = ?", (replaces, current[0])
            )
        database.execute(
            "INSERT INTO product (id, dataset, name, version, sha256, size, ingested, state, note, described, access, owner, "
            "team, public_from, restriction, cleared) VALUES (?, ?, ?, ?, ?, ?, ?, 'current', ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                f"{dataset}/{product.name}" + (f"@{version}" if version > 1 else ""),
                dataset, product.name, version, product.sha256, product.size, _now(), product.note,
                json.dumps(product.described.to_dict(), ensure_ascii=False, allow_nan=False), *product.access.values(),
            ),
        )  # fmt: skip
        return "new" if version == 1 else "replaced"

    def seen(self, dataset: str) -> dict[str, tuple[int, int]]:
        """The files that were taken into a dataset: size [bytes] and time of change [ns since 1970] by path."""
        rows = self._database.execute("SELECT path, size, modified_ns FROM seen WHERE dataset = ?", (dataset,))
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
        condition = reader.condition("product", "sqlite", at)
        wanted, values = [f"({condition.sql})"], [*condition.parameters]
        if dataset is not None:
            wanted.append("dataset = ?")
            values.append(dataset)
        if not history:
            wanted.append("state = 'current'")
        yield from self._found(" AND ".join(wanted), values)

    def product(self, id: str, reader: Reader | Everything, at: datetime | None = None) -> Product:
        """The product of an id, whatever its state. ArchiveError when there is none that this reader may see."""
        condition = reader.condition("product", "sqlite", at)
        found = next(self._found(f"id = ? AND ({condition.sql})", [id, *condition.parameters]), None)
        if found is None:
            raise ArchiveError(f"there is no product {id!r}")
        return found

    def _found(self, where: str, values: Iterable[Any]) -> Iterator[Product]:
        rows = self._database.execute(
            "SELECT number, id, dataset, name, version, sha256, size, ingested, state, note, described, access, owner, team, "
            f"public_from, restriction, cleared FROM product WHERE {where} ORDER BY number",
            tuple(values),
        )
        for row in rows:
            yield Product(*row[:10], Described.from_dict(json.loads(row[10])), Access.of(row[11:17]))  # type: ignore[call-arg]

    # --- tokens -----------------------------------------------------------------------------------------------------

    def new_token(self, partner: str, expires: datetime) -> str:
        """A token by which a partner reads until a time; only its hash is kept."""
        token = secrets.token_urlsafe(32)
        with self._changing() as database:
            database.execute("INSERT INTO token VALUES (?, ?, ?)", (_hash(token), partner, milliseconds(expires)))
        return token

    def holder(self, token: str, at: datetime) -> str | None:
        """The partner of a token that holds at a time, or None."""
        found = self._database.execute(
            "SELECT partner FROM token WHERE hash = ? AND expires > ?", (_hash(token), milliseconds(at))
        ).fetchone()
        return None if found is None else str(found[0])

    def revoke_tokens(self, partner: str) -> int:
        """Ends all tokens of a partner; how many there were."""
        with self._changing() as database:
            return database.execute("DELETE FROM token WHERE partner = ?", (partner,)).rowcount

    def objects(self) -> dict[str, int]:
        """The hash and size of every object that a product names."""
        return dict(self._database.execute("SELECT sha256, size FROM product"))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
