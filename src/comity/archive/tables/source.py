"""A table that queries read: its columns as the standards describe them, and the files that it is made of.

A table consists of parts, each of which a reader may see wholly or not at all. What a reader may not see is no row that
is left out by a condition: its file is not among those that the query can open.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from comity.archive.access import Access, Everything, Reader


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column as VODataService 1.2 §3.3 has it; `datatype` and `arraysize` as in VOTable 1.4 §2.

    `sql` is the expression that makes it from the columns of the files; default: the column of the same name.
    """

    name: str
    datatype: str
    arraysize: str | None = None
    unit: str | None = None
    ucd: str | None = None
    utype: str | None = None
    xtype: str | None = None
    description: str = ""
    principal: bool = False
    indexed: bool = False
    std: bool = False
    sql: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Files of one access: of a dataset, or of the products of one that share who may read them."""

    id: str
    access: Access
    files: tuple[Path, ...]
    n_rows: int


@dataclass(frozen=True, slots=True)
class TableSource:
    """A table: `schema.name`, and its parts as Parquet files with the same columns.

    `of` says what the parts are to the rules: `dataset` for a catalogue, `product` where a row stands for a product; then
    the files have the column `product` (its id) besides. `rows_of` is a column that names for each row a dataset whose
    readers see it, besides those of the table. A table that `is_hidden_when_empty` is not even named to readers
    who may see none of its parts; the tables of a standard are there for everybody.
    """

    name: str
    description: str
    columns: tuple[TableColumn, ...]
    parts: tuple[Part, ...]
    of: str = "dataset"
    utype: str | None = None
    is_hidden_when_empty: bool = True
    schema_description: str = ""
    rows_of: str | None = None

    @property
    def schema(self) -> str:
        """What stands before the dot."""
        return self.name.partition(".")[0]

    @property
    def short(self) -> str:
        """What stands after it."""
        return self.name.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Visible:
    """A table as a reader sees it: the files it is read from, and `only` the rows with some values in a column of theirs."""

    source: TableSource
    files: tuple[Path, ...]
    n_rows: int
    only: tuple[str, frozenset[str]] | None = None

    def relation(self, values: Mapping[str, str]) -> str:
        """The SELECT for DuckDB that gives the table's columns; `values` are SQL expressions for `{name}` in theirs."""
        chosen = ", ".join(f"{_expression(c, values)} AS {quoted(c.name)}" for c in self.source.columns)
        if not self.files:
            typed = ", ".join(f"CAST(NULL AS {duckdb_type(c)}) AS {quoted(c.name)}" for c in self.source.columns)
            return f"SELECT {typed} WHERE 1 = 0"
        listed = ", ".join(literal(str(f)) for f in self.files)
        return f"SELECT {chosen} FROM read_parquet([{listed}], union_by_name = false)"


def visible(
    source: TableSource,
    reader: Reader | Everything,
    at: datetime,
    *,
    products: Mapping[str, Access] | None = None,
    datasets: frozenset[str] = frozenset(),
) -> Visible | None:
    """A table as a reader sees it at a time; None when it is not there for them.

    `products` are the products one by one, where the rules tell them apart (`by_product`); `datasets` those that the
    reader may see.
    """
    condition = reader.condition(source.of, "sqlite", at)
    rows = [(str(n), *part.access.values()) for n, part in enumerate(source.parts)]
    if source.of == "product" and products is not None:
        one_by_one = [(id, *access.values()) for id, access in products.items()]
        allowed = frozenset(_passing(source.of, condition.sql, condition.parameters, one_by_one))
        return Visible(source, tuple(f for p in source.parts for f in p.files), len(allowed), ("product", allowed))
    if source.of == "dataset":
        rows = [(part.id, *part.access.values()) for part in source.parts]
        passing = _passing(source.of, condition.sql, condition.parameters, rows)
        parts = [p for p in source.parts if p.id in passing]
    else:
        passing = _passing(source.of, condition.sql, condition.parameters, rows)
        parts = [p for n, p in enumerate(source.parts) if str(n) in passing]
    if not parts and source.is_hidden_when_empty:
        return None
    only = None if source.rows_of is None or isinstance(reader, Everything) else (source.rows_of, datasets)
    return Visible(source, tuple(f for p in parts for f in p.files), sum(p.n_rows for p in parts), only)


def by_product(reader: Reader | Everything, at: datetime) -> bool:
    """Do the rules name single products, so that parts are not enough?"""
    return '"product"."id"' in reader.condition("product", "sqlite", at).sql


def _passing(
    table: str, condition: str, values: Sequence[object], rows: Sequence[tuple[str | int | None, ...]]
) -> set[str]:
    database = sqlite3.connect(":memory:")
    try:
        database.execute(f"CREATE TABLE {table} (id, access, owner, team, public_from, restriction, cleared)")
        database.executemany(f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        return {str(r[0]) for r in database.execute(f"SELECT id FROM {table} WHERE {condition}", tuple(values))}
    finally:
        database.close()


def quoted(name: str) -> str:
    """A delimited identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A string of SQL."""
    return "'" + text.replace("'", "''") + "'"


#: DuckDB's types by VOTable's.
_TYPES = {
    "boolean": "BOOLEAN", "unsignedByte": "UTINYINT", "short": "SMALLINT", "int": "INTEGER", "long": "BIGINT",
    "float": "FLOAT", "double": "DOUBLE", "char": "VARCHAR", "unicodeChar": "VARCHAR",
}  # fmt: skip


def duckdb_type(column: TableColumn) -> str:
    """The type of a column in DuckDB: a list for an array that is no text."""
    plain = _TYPES[column.datatype]
    is_array = column.arraysize not in (None, "1") and column.datatype not in ("char", "unicodeChar")
    return f"{plain}[]" if is_array else plain


def _expression(column: TableColumn, values: Mapping[str, str]) -> str:
    if column.sql is None:
        return quoted(column.name)
    text = column.sql
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text
