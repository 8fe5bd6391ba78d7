"""ADQL 2.1 into DuckDB's SQL: only what is allowed, only tables that the reader sees, every name quoted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from comity.archive.adql import shapes
from comity.archive.adql.allowed import MOST_NODES, check
from comity.archive.adql.dialect import parsed
from comity.archive.adql.errors import AdqlError, refused
from comity.archive.adql.meaning import Resolved, meaning, resolved
from comity.archive.adql.shapes import as_double, call, check_count, double, number
from comity.archive.tables.source import TableColumn
from comity.model.problems import nearest

#: Functions of ADQL 2.1 §2.3 that DuckDB has: least and most arguments, and its name there.
PLAIN: Mapping[str, tuple[int, int, str]] = {
    "ABS": (1, 1, "abs"), "CEILING": (1, 1, "ceil"), "DEGREES": (1, 1, "degrees"), "EXP": (1, 1, "exp"),
    "FLOOR": (1, 1, "floor"), "LOG": (1, 1, "ln"), "LOG10": (1, 1, "log10"), "MOD": (2, 2, "fmod"), "PI": (0, 0, "pi"),
    "POWER": (2, 2, "pow"), "RADIANS": (1, 1, "radians"), "SQRT": (1, 1, "sqrt"), "ROUND": (1, 2, "round"),
    "ACOS": (1, 1, "acos"), "ASIN": (1, 1, "asin"), "ATAN": (1, 1, "atan"), "ATAN2": (2, 2, "atan2"), "COS": (1, 1, "cos"),
    "SIN": (1, 1, "sin"), "TAN": (1, 1, "tan"), "COT": (1, 1, "cot"), "LOWER": (1, 1, "lower"), "UPPER": (1, 1, "upper"),
}  # fmt: skip
#: User-defined functions (§2.3.7), as TAPRegExt declares them: signature and description.
USER_DEFINED: Mapping[str, tuple[str, str]] = {
    "IVO_HEALPIX_INDEX": (
        "ivo_healpix_index(hpxOrder INTEGER, ra DOUBLE, dec DOUBLE) -> BIGINT",
        "The nested HEALPix pixel of an order (0 to 29) in which a position (degrees, or a POINT) lies.",
    ),
    "IVO_INTERVAL_OVERLAPS": (
        "ivo_interval_overlaps(l1 DOUBLE, h1 DOUBLE, l2 DOUBLE, h2 DOUBLE) -> INTEGER",
        "1 when the intervals [l1, h1] and [l2, h2] overlap, 0 when not.",
    ),
    "IVO_HASHLIST_HAS": (
        "ivo_hashlist_has(hashlist VARCHAR, item VARCHAR) -> INTEGER",
        "1 when a list whose items stand between # has an item, whatever its case, 0 when not.",
    ),
}
#: Declared by TAPRegExt as ADQL's geometry.
GEOMETRY = ("AREA", "BOX", "CENTROID", "CIRCLE", "CONTAINS", "COORD1", "COORD2", "COORDSYS", "DISTANCE", "INTERSECTS",
            "POINT", "POLYGON", "REGION")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Translated:
    """A query for DuckDB, what is told of its columns, the tables that it reads, and how many rows it asks for at most."""

    sql: str
    columns: tuple[TableColumn, ...]
    tables: frozenset[str]


def translated(text: str, tables: Mapping[str, Sequence[TableColumn]]) -> Translated:
    """A query on tables by `schema.name`. AdqlError says what in it is not ADQL 2.1, or not there, and where."""
    tree = parsed(text)
    check(tree)
    meant = resolved(tree, tables)
    _distinct(meant.columns)
    try:
        found = _Writer(meant).written()
        return Translated(found.sql("duckdb", identify=True), meant.columns, meant.tables)
    except RecursionError:
        raise AdqlError("the query is nested too deeply") from None


def _distinct(columns: Sequence[TableColumn]) -> None:
    if not columns:
        raise AdqlError("the query selects no columns")


class _Writer:
    """Rewrites a resolved query, node by node."""

    def __init__(self, meant: Resolved) -> None:
        self._meant = meant
        self._left = 4 * MOST_NODES
        self._own: Mapping[str, Callable[[exp.Anonymous], exp.Expr]] = {
            "TRUNCATE": self._truncate, "RAND": self._rand, "IN_UNIT": self._in_unit,
            "CONTAINS": self._predicate, "INTERSECTS": self._predicate, "DISTANCE": self._distance,
            "AREA": lambda n: shapes.area(self._shape(self._argument(n))),
            "COORD1": lambda n: self._coordinate(n, 0), "COORD2": lambda n: self._coordinate(n, 1),
            "COORDSYS": lambda n: exp.Literal.string("ICRS") if self._shape(self._argument(n)) else n,
            "IVO_HEALPIX_INDEX": self._healpix, "IVO_INTERVAL_OVERLAPS": self._overlaps,
            "IVO_HASHLIST_HAS": self._hashlist,
            **{name: lambda n: self._shape(n).value() for name in shapes.SHAPES},
        }  # fmt: skip

    def written(self) -> exp.Expr:
        """The whole query."""
        return self.rewrite(self._meant.tree)

    def rewrite(self, node: exp.Expr) -> exp.Expr:
        """A copy of a node in DuckDB's terms."""
        self._left -= 1
        if self._left < 0:
            raise AdqlError("the query comes to too many parts, once its geometry is written out")
        if isinstance(node, exp.Literal) and not node.is_string and not node.this.isdigit():
            return double(node.this)
        if isinstance(node, exp.Anonymous):
            return self._function(node)
        if isinstance(node, (exp.EQ, exp.NEQ)) and (found := self._compared(node)) is not None:
            return found
        if isinstance(node, exp.Neg):
            return exp.Neg(this=exp.Paren(this=self.rewrite(node.this)))
        if isinstance(node, exp.Cast):
            return self._cast(node)
        made = type(node)()
        for name, value in node.args.items():
            if isinstance(value, list):
                made.set(name, [self.rewrite(v) if isinstance(v, exp.Expr) else v for v in value])
            else:
                made.set(name, self.rewrite(value) if isinstance(value, exp.Expr) else value)
        return made

    # --- functions --------------------------------------------------------------------------------------------------

    def _function(self, node: exp.Anonymous) -> exp.Expr:
        name = str(node.this).upper()
        if name in self._own:
            return self._own[name](node)
        if name in PLAIN:
            low, high, there = PLAIN[name]
            check_count(node, low, high)
            return call(there, *map(self.rewrite, node.expressions))
        known = [*PLAIN, *self._own]
        hint = nearest(name, known) or "the service's capabilities list those that there are"
        raise refused(f"there is no function {name}; {hint}", node)

    def _truncate(self, node: exp.Anonymous) -> exp.Expr:
        check_count(node, 1, 2)
        return call(
            "adql_truncate", *(self.rewrite(n) for n in node.expressions), *([number(0)] * (2 - len(node.expressions)))
        )

    def _rand(self, node: exp.Anonymous) -> exp.Expr:
        check_count(node, 0, 1)
        return call("random")

    def _in_unit(self, node: exp.Anonymous) -> exp.Expr:
        from astropy import units

        check_count(node, 2, 2)
        value, wanted = node.expressions
        if not (isinstance(wanted, exp.Literal) and wanted.is_string):
            raise refused("the unit of IN_UNIT is a string", node)
        unit = meaning(value, self._meant.told).unit
        if unit is None:
            raise refused("nobody says in which unit the first argument of IN_UNIT is", node)
        try:
            factor = units.Unit(unit, format="vounit").to(units.Unit(wanted.this, format="vounit"))
        except (ValueError, TypeError) as error:
            raise refused(f"IN_UNIT: {str(error).splitlines()[0][:120]}", node) from None
        return exp.Paren(this=exp.Mul(this=exp.Paren(this=self.rewrite(value)), expression=double(repr(float(factor)))))

    def _healpix(self, node: exp.Anonymous) -> exp.Expr:
        check_count(node, 2, 3)
        order, *place = node.expressions
        if len(place) == 1:
            point = self._shape(place[0])
            if point.kind != "point":
                raise refused("ivo_healpix_index takes an order and a POINT", node)
            numbers = list(point.numbers)
        else:
            numbers = [self.rewrite(n) for n in place]
        whole = exp.Cast(this=self.rewrite(order), to=exp.DataType.build("int"))
        return call("adql_healpix_index", whole, *(as_double(n) for n in numbers))

    def _overlaps(self, node: exp.Anonymous) -> exp.Expr:
        check_count(node, 4, 4)
        l1, h1, l2, h2 = (exp.Paren(this=self.rewrite(n)) for n in node.expressions)
        both = exp.And(this=exp.LTE(this=l1, expression=h2), expression=exp.LTE(this=l2, expression=h1))
        return _as_number(exp.Paren(this=both))

    def _hashlist(self, node: exp.Anonymous) -> exp.Expr:
        check_count(node, 2, 2)
        listed, item = (call("lower", self.rewrite(n)) for n in node.expressions)
        split = call("string_split", listed, exp.Literal.string("#"))
        return _as_number(call("list_contains", split, item))

    # --- geometry ---------------------------------------------------------------------------------------------------

    def _shape(self, node: exp.Expr) -> shapes.Shape:
        return shapes.shape(node, lambda n: meaning(n, self._meant.told), self.rewrite)

    def _argument(self, node: exp.Anonymous) -> exp.Expr:
        check_count(node, 1, 1)
        argument = node.expressions[0]
        assert isinstance(argument, exp.Expr)
        return argument

    def _coordinate(self, node: exp.Anonymous, which: int) -> exp.Expr:
        point = self._shape(self._argument(node))
        if point.kind != "point":
            raise refused(f"{str(node.this).upper()} takes a point", node)
        return exp.Paren(this=as_double(point.numbers[which].copy()))

    def _distance(self, node: exp.Anonymous) -> exp.Expr:
        check_count(node, 2, 4)
        if len(node.expressions) == 4:
            return call("adql_distance", *map(self.rewrite, node.expressions))
        check_count(node, 2, 2)
        one, other = map(self._shape, node.expressions)
        return shapes.distance(one, other, node)

    def _predicate(self, node: exp.Anonymous) -> exp.Expr:
        return _as_number(self._holds(node))

    def _holds(self, node: exp.Anonymous) -> exp.Expr:
        check_count(node, 2, 2)
        one, other = map(self._shape, node.expressions)
        return shapes.predicate(str(node.this).upper(), one, other)

    def _compared(self, node: exp.EQ | exp.NEQ) -> exp.Expr | None:
        """`1 = CONTAINS(…)` as the condition itself, which a database can use to pass over what does not fit."""
        for one, other in ((node.this, node.expression), (node.expression, node.this)):
            if (
                isinstance(one, exp.Literal) and one.this in ("0", "1") and not one.is_string
                and isinstance(other, exp.Anonymous) and str(other.this).upper() in ("CONTAINS", "INTERSECTS")
            ):  # fmt: skip
                wanted = (one.this == "1") == isinstance(node, exp.EQ)
                holds = exp.Paren(this=self._holds(other))
                return holds if wanted else exp.Paren(this=exp.Not(this=holds))
        return None

    def _cast(self, node: exp.Cast) -> exp.Expr:
        kind = node.to
        value = self.rewrite(node.this)
        if kind.this in (exp.DataType.Type.VARCHAR, exp.DataType.Type.CHAR):
            text = exp.Cast(this=value, to=exp.DataType.build("text"))
            if kind.expressions:
                return call("left", text, number(int(kind.expressions[0].name)))
            return text
        if kind.expressions:
            raise refused("this type takes no length", node)
        if kind.this in (exp.DataType.Type.SMALLINT, exp.DataType.Type.INT, exp.DataType.Type.BIGINT):
            # ADQL 2.1 §4.6: a number is cut, not rounded.
            cut = value if _is_text(node.this, self._meant) else call("trunc", value)
            return exp.Cast(this=cut, to=kind.copy())
        return exp.Cast(this=value, to=kind.copy())


def _is_text(node: exp.Expr, meant: Resolved) -> bool:
    if isinstance(node, exp.Literal):
        return bool(node.is_string)
    told = meaning(node, meant.told)
    return bool(told.name) and told.datatype in ("char", "unicodeChar")


def _as_number(condition: exp.Expr) -> exp.Expr:
    return exp.Cast(this=condition, to=exp.DataType.build("int"))
