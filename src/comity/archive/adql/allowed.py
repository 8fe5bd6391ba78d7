"""What a query may be made of: each kind of node with the parts that it may have. All else is refused with its place."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from comity.archive.adql.errors import AdqlError, refused

#: Nodes of a query; tables that its FROM clauses come to, once the names of WITH are put in.
MOST_NODES, MOST_TABLES = 20_000, 64
_BINARY = ("this", "expression")
#: By kind of node the parts that ADQL has.
ALLOWED: Mapping[type[exp.Expr], tuple[str, ...]] = {
    exp.Select: ("with_", "expressions", "distinct", "from_", "joins", "where", "group", "having", "order", "limit", "offset"),
    exp.Union: ("with_", "this", "expression", "distinct", "order", "limit", "offset"),
    exp.Except: ("with_", "this", "expression", "distinct", "order", "limit", "offset"),
    exp.Intersect: ("with_", "this", "expression", "distinct", "order", "limit", "offset"),
    exp.Subquery: ("this", "alias"),
    exp.With: ("expressions",),
    exp.CTE: ("this", "alias"),
    exp.From: ("this",),
    exp.Join: ("this", "side", "kind", "on", "using", "method"),
    exp.Table: ("this", "db", "alias"),
    exp.TableAlias: ("this", "columns"),
    exp.Alias: ("this", "alias"),
    exp.Identifier: ("this", "quoted"),
    exp.Column: ("this", "table", "db"),
    exp.Star: (),
    exp.Literal: ("this", "is_string"),
    exp.Boolean: ("this",),
    exp.Null: (),
    exp.Where: ("this",),
    exp.Group: ("expressions",),
    exp.Having: ("this",),
    exp.Order: ("expressions",),
    exp.Ordered: ("this", "desc", "nulls_first"),
    exp.Limit: ("expression",),
    exp.Offset: ("expression",),
    exp.Distinct: ("expressions",),
    exp.Paren: ("this",),
    exp.Tuple: ("expressions",),
    exp.Add: _BINARY, exp.Sub: _BINARY, exp.Mul: _BINARY, exp.Div: _BINARY, exp.DPipe: _BINARY,
    exp.EQ: _BINARY, exp.NEQ: _BINARY, exp.LT: _BINARY, exp.LTE: _BINARY, exp.GT: _BINARY, exp.GTE: _BINARY,
    exp.And: _BINARY, exp.Or: _BINARY, exp.Not: ("this",), exp.Neg: ("this",), exp.Is: _BINARY,
    exp.Like: _BINARY, exp.ILike: _BINARY, exp.Escape: _BINARY,
    exp.Between: ("this", "low", "high"),
    exp.In: ("this", "expressions", "query"),
    exp.Exists: ("this",),
    exp.Case: ("this", "ifs", "default"),
    exp.If: ("this", "true"),
    exp.Cast: ("this", "to"),
    exp.DataType: ("this", "expressions", "nested"),
    exp.DataTypeParam: ("this",),
    exp.Count: ("this", "big_int"), exp.Sum: ("this",), exp.Avg: ("this",), exp.Min: ("this",), exp.Max: ("this",),
    exp.Coalesce: ("this", "expressions"),
    exp.Anonymous: ("this", "expressions"),
}  # fmt: skip
#: ADQL 2.1 §4.6.
TYPES = {
    exp.DataType.Type.SMALLINT, exp.DataType.Type.INT, exp.DataType.Type.BIGINT, exp.DataType.Type.FLOAT,
    exp.DataType.Type.DOUBLE, exp.DataType.Type.CHAR, exp.DataType.Type.VARCHAR, exp.DataType.Type.TIMESTAMP,
}  # fmt: skip
#: Parts that carry no meaning of their own, or only when they are false.
_SILENT = {"wrapped", "typed", "safe", "is_null", "nested", "copy", "join_mark"}


def check(tree: exp.Expr) -> None:
    """AdqlError says which part of a query is not ADQL, or that it is too large."""
    for count, node in enumerate(tree.walk()):
        if count > MOST_NODES:
            raise AdqlError(f"the query has more than {MOST_NODES:,} parts")
        allowed = ALLOWED.get(type(node))
        if allowed is None:
            raise refused(f"{_named(node)} is not ADQL", node)
        for part, value in node.args.items():
            if (
                part not in allowed
                and value not in (None, False, [], "")
                and not (part in _SILENT and value in (True, False))
            ):
                raise refused(f"{part.rstrip('_').upper()} of {_named(node)} is not ADQL", node)
        _check_one(node)
    if _tables(tree, {}) > MOST_TABLES:
        raise AdqlError(f"the query comes to more than {MOST_TABLES} tables, once the names of WITH are put in")


def _check_one(node: exp.Expr) -> None:
    if isinstance(node, exp.DataType) and node.this not in TYPES:
        raise refused(f"CAST knows no type {node.sql()[:30]}", node.parent)
    if isinstance(node, exp.Table) and not isinstance(node.this, exp.Identifier):
        raise refused("a table is a name, schema.table; there are no functions that give tables", node)
    if isinstance(node, exp.Anonymous) and not isinstance(node.this, str):
        raise refused("the name of a function is not quoted", node)
    if isinstance(node, (exp.Limit, exp.Offset)):
        number = node.args["expression"]
        if not (isinstance(number, exp.Literal) and not number.is_string and number.this.isdigit()):
            raise refused("TOP and OFFSET take a whole number", node)
    if isinstance(node, exp.Tuple) and not isinstance(node.parent, (exp.In, exp.Anonymous)):
        raise refused("a list in parentheses stands after IN only", node)
    if isinstance(node, exp.Join) and (node.args.get("method") or "NATURAL").upper() != "NATURAL":
        raise refused(f"{node.args['method']} JOIN is not ADQL", node)
    if isinstance(node, exp.Distinct) and node.args.get("on"):
        raise refused("DISTINCT ON is not ADQL", node)
    if isinstance(node, exp.Select) and not node.expressions:
        raise refused("SELECT says nothing to select", node)


def _tables(node: exp.Expr, known: Mapping[str, int]) -> int:
    """How many tables are read when each name of WITH is put in wherever it stands: no query may double itself away."""
    with_ = node.args.get("with_")
    if with_ is not None:
        known = dict(known)
        for named in with_.expressions:
            known[named.alias.lower()] = min(_tables(named.this, known), MOST_TABLES + 1)
    total = 0
    stack = [c for k, v in node.args.items() if k != "with_" for c in (v if isinstance(v, list) else [v])]
    while stack:
        part = stack.pop()
        if not isinstance(part, exp.Expr):
            continue
        if isinstance(part, exp.Table):
            total += known.get(part.name.lower(), 1) if not part.db else 1
        elif part.args.get("with_") is not None:
            total += _tables(part, known)
        else:
            stack += [c for v in part.args.values() for c in (v if isinstance(v, list) else [v])]
        if total > MOST_TABLES:
            break
    return total


def _named(node: exp.Expr) -> str:
    return type(node).__name__.upper()
