"""What the names of a query mean: tables of the reader's list, columns of tables, and what is told of each.

Names are looked up without regard to case; every column gets its table, every star its columns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp
from sqlglot.errors import OptimizeError, SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope
from sqlglot.schema import MappingSchema

from comity.archive.adql.allowed import MOST_NODES
from comity.archive.adql.dialect import Adql
from comity.archive.adql.errors import AdqlError, refused
from comity.archive.tables.source import TableColumn, duckdb_type
from comity.model.problems import nearest

#: What nothing is told of.
UNKNOWN = TableColumn("", "char")
#: Functions whose value is one of their first argument's values, or of its kind.
_SAME = (exp.Min, exp.Max, exp.Paren, exp.Coalesce, exp.Neg)
_SAME_NAMED = {"ABS", "ROUND", "TRUNCATE", "FLOOR", "CEILING", "LOWER", "UPPER"}
_TOLD = {
    "DISTANCE": TableColumn("", "double", None, "deg", "pos.angDistance"),
    "AREA": TableColumn("", "double", None, "deg**2", "phys.angArea"),
    "COORD1": TableColumn("", "double", None, "deg", "pos.eq.ra"),
    "COORD2": TableColumn("", "double", None, "deg", "pos.eq.dec"),
    "POINT": TableColumn("", "double", "2", "deg", "pos.eq", None, "point"),
    "CENTROID": TableColumn("", "double", "2", "deg", "pos.eq", None, "point"),
    "CIRCLE": TableColumn("", "double", "3", "deg", "pos.outline", None, "circle"),
    "POLYGON": TableColumn("", "double", "*", "deg", "pos.outline", None, "polygon"),
    "BOX": TableColumn("", "double", "8", "deg", "pos.outline", None, "polygon"),
    "REGION": TableColumn("", "char", "*", None, "pos.outline", None, "adql:REGION"),
    "IVO_HEALPIX_INDEX": TableColumn("", "long", None, None, "pos.healpix"),
}


@dataclass(frozen=True, slots=True)
class Resolved:
    """A query whose names are all known: what is told of each column by its node, and of the columns of the result."""

    tree: exp.Query
    told: Mapping[int, TableColumn]
    columns: tuple[TableColumn, ...]
    tables: frozenset[str]


def resolved(tree: exp.Query, tables: Mapping[str, Sequence[TableColumn]]) -> Resolved:
    """The meaning of a query that `check` passed, for tables by `schema.name`. AdqlError names what is not known."""
    by_lower = {name.lower(): name for name in tables}
    used = _tables(tree, by_lower)
    for node in tree.find_all(exp.Identifier):
        node.meta["written"] = node.this
    schema: dict[str, Any] = {}
    for name in used:
        first, _, second = name.lower().partition(".")
        schema.setdefault(first, {})[second] = {c.name.lower(): duckdb_type(c) for c in tables[name]}
    try:
        found = qualify(
            tree,
            schema=MappingSchema(schema, dialect=Adql, normalize=False) if schema else None,
            dialect=Adql,
            expand_alias_refs=False,
            identify=True,
            validate_qualify_columns=True,
        )
        assert isinstance(found, exp.Query)
        if sum(1 for _ in found.walk()) > 3 * MOST_NODES:
            raise AdqlError("the query comes to too many columns")
        told, columns = _told(found, tables, by_lower)
    except (OptimizeError, SqlglotError) as error:
        raise _unknown(str(error), {c.name for name in used for c in tables[name]}) from None
    except RecursionError:
        raise AdqlError("the query is nested too deeply") from None
    return Resolved(found, told, columns, frozenset(used))


def _tables(tree: exp.Query, by_lower: Mapping[str, str]) -> set[str]:
    named = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    used = set()
    for table in tree.find_all(exp.Table):
        full = f"{table.db}.{table.name}".lower() if table.db else table.name.lower()
        if full in by_lower:
            used.add(by_lower[full])
        elif table.db or full not in named:
            # The nearest is looked for among what this reader sees, so that a message tells of nothing else.
            hint = nearest(full, by_lower) or "tap_schema.tables lists the tables that there are"
            raise refused(f"there is no table {full!r}; {hint}", table)
    return used


def _unknown(text: str, names: set[str]) -> AdqlError:
    """In plain words what the optimizer says, whose messages begin with the column that it means."""
    first = text.splitlines()[0]
    quoted = re.search(r"""['"]([^'"]+)['"]""", first)
    place = re.search(r"[Ll]ine:? (\d+), [Cc]ol(?:umn)?:? (\d+)", text)
    if quoted is None:
        return AdqlError(first[:200])
    name = quoted[1].split(".")[-1]
    # The place is that of the name's end.
    where = f", at line {place[1]}, column {max(1, int(place[2]) - len(name) + 1)}" if place else ""
    if "mbiguous" in first:
        return AdqlError(f"column {name!r} is in more than one of the tables: write table.{name}{where}")
    if name in names:
        return AdqlError(f"column {name!r} is in no table of this name, or in more than one: write table.{name}{where}")
    hint = nearest(name, names)
    return AdqlError(f"there is no column {name!r} here{where}" + (f"; {hint}" if hint else ""))


def _told(
    tree: exp.Query, tables: Mapping[str, Sequence[TableColumn]], by_lower: Mapping[str, str]
) -> tuple[dict[int, TableColumn], tuple[TableColumn, ...]]:
    told: dict[int, TableColumn] = {}
    outputs: dict[int, tuple[TableColumn, ...]] = {}
    last: Scope | None = None
    for scope in traverse_scope(tree):
        sources = {name: _source(source, tables, by_lower, outputs) for name, source in scope.sources.items()}
        for column in scope.columns:
            known = sources.get(column.table, {}).get(column.name.lower())
            if known is not None:
                told[id(column)] = known
        outputs[id(scope.expression)] = _outputs(scope, told, outputs)
        last = scope
    assert last is not None
    return told, outputs[id(last.expression)]


def _source(
    source: exp.Expr | Scope,
    tables: Mapping[str, Sequence[TableColumn]],
    by_lower: Mapping[str, str],
    outputs: Mapping[int, tuple[TableColumn, ...]],
) -> dict[str, TableColumn]:
    if isinstance(source, Scope):
        return {c.name.lower(): c for c in outputs.get(id(source.expression), ())}
    assert isinstance(source, exp.Table)
    name = by_lower.get(f"{source.db}.{source.name}".lower())
    if name is None:  # a name of WITH, where it does not hold
        raise refused(f"there is no table {source.name!r} here", source)
    return {c.name.lower(): c for c in tables[name]}


def _outputs(
    scope: Scope, told: Mapping[int, TableColumn], outputs: Mapping[int, tuple[TableColumn, ...]]
) -> tuple[TableColumn, ...]:
    if isinstance(scope.expression, exp.SetOperation):
        return outputs[id(_first(scope.expression))]
    assert isinstance(scope.expression, exp.Query)
    return tuple(_output(p, told) for p in scope.expression.selects)


def _first(query: exp.Expr) -> exp.Expr:
    """The SELECT whose columns a union has."""
    while isinstance(query, (exp.SetOperation, exp.Subquery)):
        query = query.this
    return query


def _output(projection: exp.Expr, told: Mapping[int, TableColumn]) -> TableColumn:
    known = meaning(projection.unalias(), told)
    if isinstance(projection, exp.Alias):
        alias = projection.args["alias"]
        written = alias.meta.get("written") if isinstance(alias, exp.Identifier) else None
        inner = projection.this
        if written is None and isinstance(inner, exp.Column) and known.name.lower() == projection.alias.lower():
            written = known.name
        elif isinstance(inner, exp.Column) and projection.alias.lower() == known.name.lower():
            written = known.name  # SELECT S_RA is the column s_ra
        return replace(known, name=written or _called(inner) or projection.alias)
    return replace(known, name=known.name or projection.alias_or_name)


def _called(node: exp.Expr) -> str | None:
    """What a column is called that nobody named: by its function."""
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower()
    if isinstance(node, (exp.Count, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Coalesce, exp.Cast)):
        return type(node).__name__.lower()
    return None


def meaning(node: exp.Expr, told: Mapping[int, TableColumn]) -> TableColumn:
    """Unit, UCD and so on of an expression, where they follow from its parts."""
    if isinstance(node, exp.Column):
        return told.get(id(node), UNKNOWN)
    if isinstance(node, _SAME):
        return replace(meaning(node.this, told), utype=None)
    if isinstance(node, exp.Avg | exp.Sum):
        inner = meaning(node.this, told)
        return replace(inner, utype=None, description="")
    if isinstance(node, exp.Cast):
        return replace(meaning(node.this, told), utype=None, xtype=None)
    if isinstance(node, exp.Count):
        return TableColumn("", "long", None, None, "meta.number")
    if isinstance(node, exp.Anonymous):
        name = str(node.this).upper()
        if name in _TOLD:
            return _TOLD[name]
        if name in _SAME_NAMED and node.expressions:
            return replace(meaning(node.expressions[0], told), utype=None)
        if name == "IN_UNIT" and len(node.expressions) == 2:
            return replace(meaning(node.expressions[0], told), utype=None, unit=node.expressions[1].name)
    if isinstance(node, exp.Add | exp.Sub):
        left, right = meaning(node.this, told), meaning(node.expression, told)
        if left.unit == right.unit:
            return TableColumn("", "double", None, left.unit)
    return UNKNOWN
