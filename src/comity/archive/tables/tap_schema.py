"""`TAP_SCHEMA` (TAP 1.1 §4): the tables that a reader sees, described as tables, and itself among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from comity.archive.tables.source import TableColumn, TableSource, duckdb_type, quoted


def _text(name: str, description: str) -> TableColumn:
    return TableColumn(name, "char", "*", description=description, principal=True, std=True)


def _whole(name: str, description: str) -> TableColumn:
    return TableColumn(name, "int", description=description, principal=True, std=True)


_DESCRIBED = {
    "schemas": (
        "The schemas that there are",
        (
            _text("schema_name", "Its name"),
            _text("description", "What it holds"),
            _text("utype", "Its data model"),
            _whole("schema_index", "Its place in a list"),
        ),
    ),
    "tables": (
        "The tables that there are",
        (
            _text("schema_name", "The schema that it is in"),
            _text("table_name", "Its full name, as queries write it"),
            _text("table_type", "table or view"),
            _text("description", "What it holds"),
            _text("utype", "Its data model"),
            _whole("table_index", "Its place in a list"),
        ),
    ),
    "columns": (
        "The columns of the tables",
        (
            _text("table_name", "The table that it is in"),
            _text("column_name", "Its name, as queries write it"),
            _text("datatype", "Its type, as VOTable has it"),
            _text("arraysize", "Its shape, as VOTable has it"),
            _text("xtype", "What its value stands for (DALI)"),
            _whole("size", "Its length; of older services"),
            _text("description", "What it holds"),
            _text("utype", "Its place in a data model"),
            _text("unit", "Its unit (VOUnits)"),
            _text("ucd", "Its UCD"),
            _whole("indexed", "1 when searches by it are fast"),
            _whole("principal", "1 when it is among the first to look at"),
            _whole("std", "1 when a standard defines it"),
            _whole("column_index", "Its place in the table"),
        ),
    ),
    "keys": (
        "The foreign keys between tables",
        (
            _text("key_id", "Its name"),
            _text("from_table", "The table that refers"),
            _text("target_table", "The table that is referred to"),
            _text("description", "What it means"),
            _text("utype", "Its utype"),
        ),
    ),
    "key_columns": (
        "The columns of foreign keys",
        (
            _text("key_id", "The key"),
            _text("from_column", "The column that refers"),
            _text("target_column", "The column that is referred to"),
        ),
    ),
}
#: The tables that describe tables.
TAP_SCHEMA: tuple[TableSource, ...] = tuple(
    TableSource(
        f"tap_schema.{name}", description, columns, (), is_hidden_when_empty=False,
        schema_description="The tables that this service has, described as tables.",
    )
    for name, (description, columns) in _DESCRIBED.items()
)  # fmt: skip
_KEYS = (
    ("tables_to_schemas", "tables", "schemas", "schema_name"),
    ("columns_to_tables", "columns", "tables", "table_name"),
    ("keys_to_from", "keys", "tables", "from_table"),
    ("keys_to_target", "keys", "tables", "target_table"),
    ("key_columns_to_keys", "key_columns", "keys", "key_id"),
)


def foreign_keys(source: TableSource) -> list[tuple[str, str, str]]:
    """The foreign keys of a table: which table they refer to, the column here, and the one there."""
    if source.schema != "tap_schema":
        return []
    return [
        (f"tap_schema.{to}", here, "table_name" if to == "tables" else here)
        for _, of, to, here in _KEYS
        if of == source.short
    ]


def rows(sources: Iterable[TableSource]) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table of TAP_SCHEMA, for tables that are seen."""
    listed = [*sources, *TAP_SCHEMA]
    schemas: dict[str, TableSource] = {}
    for source in listed:
        schemas.setdefault(source.schema, source)
    return {
        "schemas": [
            {"schema_name": n, "description": s.schema_description, "utype": None, "schema_index": i}
            for i, (n, s) in enumerate(schemas.items())
        ],
        "tables": [
            {"schema_name": s.schema, "table_name": written(s), "table_type": "table", "description": s.description,
             "utype": s.utype, "table_index": i}
            for i, s in enumerate(listed)
        ],
        "columns": [row for s in listed for row in _columns(s)],
        "keys": [
            {"key_id": k, "from_table": f"tap_schema.{f}", "target_table": f"tap_schema.{t}", "description": None, "utype": None}
            for k, f, t, _ in _KEYS
        ],
        "key_columns": [
            {"key_id": k, "from_column": c, "target_column": "table_name" if t == "tables" else c} for k, _, t, c in _KEYS
        ],
    }  # fmt: skip


def arrow(name: str, found: Sequence[Mapping[str, Any]]) -> Any:
    """A table of TAP_SCHEMA as an Arrow table."""
    import pyarrow as pa

    columns = _DESCRIBED[name][1]
    types = {"VARCHAR": pa.string(), "INTEGER": pa.int32()}
    return pa.Table.from_pylist(list(found), pa.schema([(c.name, types[duckdb_type(c)]) for c in columns]))


def written(source: TableSource) -> str:
    """The name of a table as a query must write it."""
    return ".".join(delimited(part) for part in source.name.split(".", 1))


#: Words that ADQL keeps for itself (ADQL 2.1 §2.1.2: SQL's and its own) and that columns are called by.
_WORDS = (
    "abs absolute action add all allocate alter and any are area as asc assertion at authorization avg begin "
    "between bit both box by cascade case cast catalog ceiling centroid char character check circle close coalesce "
    "collate column commit connect constraint contains continue convert coord1 coord2 coordsys cos cot count create "
    "cross current cursor date day deallocate decimal declare default deferrable degrees delete desc describe "
    "diagnostics disconnect distance distinct domain double drop else end escape except exception exec execute "
    "exists exp external extract false fetch first float floor for foreign found from full get global go goto grant "
    "group having hour identity ilike immediate in indicator initially inner input insert int integer intersect "
    "intersects interval into is isolation join key language last leading left level like local log log10 lower "
    "match max min minute mod module month names national natural nchar next no not null nullif numeric of offset "
    "on only open option or order outer output overlaps pad partial pi point polygon position power precision "
    "prepare preserve primary prior privileges procedure public radians rand read real references region relative "
    "restrict revoke right rollback round rows schema scroll second section select session set sin size smallint "
    "some space sql sqrt substring sum table tan temporary then time timestamp to top trailing transaction "
    "translate translation trim true truncate union unique unknown update upper usage user using value values "
    "varchar varying view when whenever where with work write year zone acos asin atan atan2 in_unit bigint "
)
_RESERVED = frozenset(_WORDS.split())


def delimited(name: str) -> str:
    """A name as a query must write it: quoted when it is no regular identifier, or a word of ADQL."""
    regular = name.isascii() and name.replace("_", "a").isalnum() and name[:1].isalpha()
    return name if regular and name.lower() not in _RESERVED else quoted(name)


def _columns(source: TableSource) -> list[dict[str, Any]]:
    return [
        {"table_name": written(source), "column_name": delimited(c.name), "datatype": c.datatype, "arraysize": c.arraysize,
         "xtype": c.xtype, "size": _size(c), "description": c.description, "utype": c.utype, "unit": c.unit, "ucd": c.ucd,
         "indexed": int(c.indexed), "principal": int(c.principal), "std": int(c.std), "column_index": i}
        for i, c in enumerate(source.columns)
    ]  # fmt: skip


def _size(column: TableColumn) -> int | None:
    return int(column.arraysize) if column.arraysize and column.arraysize.isdigit() else None
