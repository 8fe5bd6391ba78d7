"""The geometry of ADQL 2.1 §4.2 in DuckDB's SQL.

Points and circles become arithmetic that DuckDB does by itself; polygons and regions go as text to functions of ours
(`comity.archive.adql.extensions`). A shape is never a value on the way: it is known from the query what each one is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from comity.archive.adql.errors import refused
from comity.archive.regions import region
from comity.archive.tables.source import TableColumn

#: Frames that are ICRS to within what an archive's search needs, and the empty one (ADQL 2.1 §4.2.3: deprecated).
FRAMES = {"", "ICRS", "FK5", "J2000", "ICRS TOPOCENTER", "ICRS BARYCENTER", "ICRS GEOCENTER", "UNKNOWNFRAME"}
SHAPES = ("POINT", "CIRCLE", "BOX", "POLYGON", "REGION", "CENTROID")
Rewrite = Callable[[exp.Expr], exp.Expr]


@dataclass(frozen=True, slots=True)
class Shape:
    """`point` (lon, lat), `circle` (lon, lat, radius), `polygon` (lon, lat, lon, lat, …), or `text` that says a region."""

    kind: str
    numbers: tuple[exp.Expr, ...]

    def text(self) -> exp.Expr:
        """As DALI writes it; NULL where a number is none."""
        if self.kind == "text":
            return self.numbers[0].copy()
        parts = [exp.Literal.string(self.kind.upper()), *(n.copy() for n in self.numbers)]
        return call("concat_ws", exp.Literal.string(" "), *parts)

    def value(self) -> exp.Expr:
        """As a result has it (DALI 1.1 §3.3): an array of numbers, or the text."""
        return self.text() if self.kind == "text" else call("list_value", *(as_double(n.copy()) for n in self.numbers))


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A call of a function of DuckDB."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def as_double(node: exp.Expr) -> exp.Expr:
    """A number in double precision."""
    return exp.Cast(this=node, to=exp.DataType.build("double"))


def shape(node: exp.Expr, column: Callable[[exp.Expr], TableColumn], rewrite: Rewrite) -> Shape:
    """The shape that an expression stands for. AdqlError when it is none."""
    if isinstance(node, exp.Paren):
        return shape(node.this, column, rewrite)
    if isinstance(node, exp.Column):
        told = column(node)
        if (
            told.xtype in ("adql:REGION", "adql:region", "region", "polygon", "circle", "point")
            and told.datatype == "char"
        ):
            return Shape("text", (rewrite(node),))
        if told.xtype == "point":
            return Shape("point", tuple(call("list_extract", rewrite(node), number(n)) for n in (1, 2)))
        raise refused(
            f"column {node.name!r} holds no region: POINT(longitude, latitude) makes one of two columns", node
        )
    if not isinstance(node, exp.Anonymous) or str(node.this).upper() not in SHAPES:
        raise refused(
            "a geometry is expected here: POINT, CIRCLE, BOX, POLYGON, REGION or a column that holds regions", node
        )
    name = str(node.this).upper()
    given = _without_frame(node)
    if name == "REGION":
        return _region(node, given)
    if name == "CENTROID":
        return _centroid(shape(_only(node, given), column, rewrite))
    numbers: list[exp.Expr] = []
    for argument in given:
        if name != "POINT" and _is_point(argument, column):
            numbers += shape(argument, column, rewrite).numbers
        else:
            numbers.append(rewrite(argument))
    wanted = {
        "POINT": "longitude and latitude",
        "CIRCLE": "a point and a radius",
        "BOX": "a point, a width and a height",
    }
    if name == "POLYGON":
        if len(numbers) < 6 or len(numbers) % 2:
            raise refused("POLYGON takes three points at least", node)
        return Shape("polygon", tuple(numbers))
    if len(numbers) != {"POINT": 2, "CIRCLE": 3, "BOX": 4}[name]:
        raise refused(f"{name} takes {wanted[name]}, in degrees", node)
    if name == "BOX":
        return _box(*numbers)
    return Shape(name.lower(), tuple(numbers))


def _only(node: exp.Expr, given: Sequence[exp.Expr]) -> exp.Expr:
    if len(given) != 1:
        raise refused("one geometry is expected", node)
    return given[0]


def _without_frame(node: exp.Anonymous) -> list[exp.Expr]:
    """The arguments without the coordinate system, which older queries begin with."""
    given = list(node.expressions)
    name = str(node.this).upper()
    if name not in ("REGION", "CENTROID") and given and isinstance(given[0], exp.Literal) and given[0].is_string:
        if given[0].this.strip().upper() not in FRAMES:
            raise refused(f"coordinates are in ICRS here, not {given[0].this[:20]!r}", node)
        return given[1:]
    return given


def _is_point(node: exp.Expr, column: Callable[[exp.Expr], TableColumn]) -> bool:
    if isinstance(node, exp.Anonymous):
        return str(node.this).upper() in ("POINT", "CENTROID")
    return isinstance(node, exp.Column) and column(node).xtype == "point"


def _region(node: exp.Expr, given: Sequence[exp.Expr]) -> Shape:
    text = _only(node, given)
    if not (isinstance(text, exp.Literal) and text.is_string):
        raise refused("REGION takes a string", node)
    if region(text.this) is None:
        raise refused(f"no region of the sphere in ICRS: {text.this[:60]!r}", node)
    return Shape("text", (text.copy(),))


def _centroid(of: Shape) -> Shape:
    if of.kind in ("point", "circle"):
        return Shape("point", of.numbers[:2])
    middle = call("adql_centroid", of.text())
    return Shape("point", tuple(call("list_extract", middle.copy(), number(n)) for n in (1, 2)))


def _box(lon: exp.Expr, lat: exp.Expr, width: exp.Expr, height: exp.Expr) -> Shape:
    def beside(middle: exp.Expr, size: exp.Expr, sign: type[exp.Binary]) -> exp.Expr:
        half = exp.Div(this=exp.Paren(this=size.copy()), expression=number(2))
        return exp.Paren(this=sign(this=exp.Paren(this=middle.copy()), expression=half))

    signs = ((exp.Add, exp.Add), (exp.Sub, exp.Add), (exp.Sub, exp.Sub), (exp.Add, exp.Sub))
    return Shape("polygon", tuple(n for x, y in signs for n in (beside(lon, width, x), beside(lat, height, y))))


def number(value: int | float) -> exp.Expr:
    """A whole number, or one in double precision rather than as a decimal."""
    return exp.Literal.number(value) if isinstance(value, int) else double(repr(value))


def double(text: str) -> exp.Expr:
    """A number that is not whole, as it is written, in double precision."""
    return exp.Literal.number(text if "e" in text.lower() else f"{text}e0")


def distance(one: Shape, other: Shape, node: exp.Expr) -> exp.Expr:
    """Degrees between two points, by the haversine formula."""
    if one.kind != "point" or other.kind != "point":
        raise refused("DISTANCE is between two points", node)
    return call("adql_distance", *(n.copy() for n in (*one.numbers, *other.numbers)))


def predicate(name: str, one: Shape, other: Shape) -> exp.Expr:
    """CONTAINS(one, other): is one within other; INTERSECTS: have they a point in common. A boolean."""
    kinds = (one.kind, other.kind)
    if kinds == ("point", "circle"):
        return _within(one.numbers, other.numbers)
    if kinds == ("circle", "point") and name == "INTERSECTS":
        return _within(other.numbers, one.numbers)
    if kinds == ("circle", "circle"):
        apart = call("adql_distance", *(n.copy() for n in (*one.numbers[:2], *other.numbers[:2])))
        inner, outer = one.numbers[2].copy(), other.numbers[2].copy()
        if name == "CONTAINS":
            return exp.Paren(
                this=exp.LTE(
                    this=exp.Add(this=apart, expression=exp.Paren(this=inner)), expression=exp.Paren(this=outer)
                )
            )
        total = exp.Add(this=exp.Paren(this=inner), expression=exp.Paren(this=outer))
        return exp.Paren(this=exp.LTE(this=apart, expression=total))
    if one.kind == "point":
        return call("adql_holds_point", *(as_double(n.copy()) for n in one.numbers), other.text())
    if other.kind == "point" and name == "INTERSECTS":
        return call("adql_holds_point", *(as_double(n.copy()) for n in other.numbers), one.text())
    return call("adql_contains" if name == "CONTAINS" else "adql_intersects", one.text(), other.text())


def _within(point: Sequence[exp.Expr], circle: Sequence[exp.Expr]) -> exp.Expr:
    lon, lat = point
    at_lon, at_lat, radius = circle
    exact: exp.Expr = exp.LTE(
        this=call("adql_distance", *(n.copy() for n in (lon, lat, at_lon, at_lat))),
        expression=exp.Paren(this=radius.copy()),
    )
    if isinstance(lat, exp.Column) and all(_is_constant(n) for n in (at_lat, radius)):
        # A band of latitudes, by which whole blocks of a file are passed over.
        reach = exp.Add(this=exp.Paren(this=radius.copy()), expression=number(1e-9))
        low = exp.Sub(this=exp.Paren(this=at_lat.copy()), expression=exp.Paren(this=reach))
        high = exp.Add(this=exp.Paren(this=at_lat.copy()), expression=exp.Paren(this=reach.copy()))
        exact = exp.And(this=exp.Between(this=lat.copy(), low=low, high=high), expression=exact)
    return exp.Paren(this=exact)


def _is_constant(node: exp.Expr) -> bool:
    return not any(isinstance(n, (exp.Column, exp.Query, exp.Anonymous)) for n in node.walk())


def area(of: Shape) -> exp.Expr:
    """Square degrees."""
    return number(0.0) if of.kind == "point" else call("adql_area", of.text())


def check_count(node: exp.Anonymous, low: int, high: int) -> None:
    """AdqlError when a function has not as many arguments as it takes."""
    if not low <= len(node.expressions) <= high:
        many = str(low) if low == high else f"{low} to {high}"
        raise refused(f"{str(node.this).upper()} takes {many} arguments, not {len(node.expressions)}", node)
