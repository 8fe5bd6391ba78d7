"""Simple Image Access 2.0: its parameters as a query on `ivoa.obscore`.

Values of one parameter are alternatives, parameters hold together (SIA 2.0 §2.1).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from comity.archive.dali import Parameters, UsageError, numbers
from comity.archive.regions import region
from comity.archive.tables.source import literal

STANDARD = "ivo://ivoa.net/std/SIA#query-2.0"
#: Values of one parameter.
MOST_VALUES = 100
#: Types of products that are images (§1).
IMAGES = ("image", "cube")
_COORDINATES = {"CIRCLE": (3, 3), "RANGE": (4, 4), "POLYGON": (6, 2_000)}
#: Intervals that must meet an interval of ObsCore, and intervals in which a value must lie.
_OVERLAPPING = {"BAND": ("em_min", "em_max"), "TIME": ("t_min", "t_max")}
_WITHIN = {
    "FOV": "s_fov",
    "SPATRES": "s_resolution",
    "SPECRP": "em_res_power",
    "EXPTIME": "t_exptime",
    "TIMERES": "t_resolution",
}
_EQUAL = {
    "ID": "obs_publisher_did", "COLLECTION": "obs_collection", "FACILITY": "facility_name", "INSTRUMENT": "instrument_name",
    "DPTYPE": "dataproduct_type", "TARGET": "target_name", "FORMAT": "access_format",
}  # fmt: skip
_STATES = {"I", "Q", "U", "V", "RR", "LL", "RL", "LR", "XX", "YY", "XY", "YX", "POLI", "POLA"}
_OTHERS = {"MAXREC", "RESPONSEFORMAT", "REQUEST", "VERSION", "UPLOAD"}


def sia_query(parameters: Parameters) -> str:
    """The query in ADQL. UsageError says which parameter is wrong, and what would be right."""
    if parameters.all("UPLOAD"):
        raise UsageError("UPLOAD is not taken here; TAP takes tables")
    conditions = []
    for name, values in ((n, parameters.all(n)) for n in parameters.names()):
        if len(values) > MOST_VALUES:
            raise UsageError(f"{name} is given {len(values)} times; at most {MOST_VALUES} are taken")
        write = _written(name)
        if write is not None and values:
            conditions.append("(" + " OR ".join(write(name, v) for v in values) + ")")
    if not parameters.all("DPTYPE"):
        conditions.append(f"dataproduct_type IN ({', '.join(map(literal, IMAGES))})")
    return f"SELECT * FROM ivoa.obscore WHERE {' AND '.join(conditions)}"


def _written(name: str) -> Callable[[str, str], str] | None:
    """What writes the condition of a parameter; None for one that is no condition, or that nobody knows (DALI 1.1 §2.4.1)."""
    fixed: Mapping[str, Callable[[str, str], str]] = {"POS": _position, "POL": _polarization, "CALIB": _calibration}
    if name in fixed:
        return fixed[name]
    if name in _OVERLAPPING:
        return _overlaps
    if name in _WITHIN:
        return _within
    return _equal if name in _EQUAL else None


def shape(name: str, text: str) -> str:
    """A position as CIRCLE, RANGE or POLYGON with its numbers. UsageError when it is none."""
    kind, _, rest = text.strip().partition(" ")
    least, most = _COORDINATES.get(kind.upper(), (0, 0))
    if not most:
        raise UsageError(
            f"{name}={text[:60]}: CIRCLE longitude latitude radius, RANGE or POLYGON is expected, in degrees"
        )
    found = numbers(name, rest)
    if not least <= len(found) <= most:
        raise UsageError(
            f"{name}={text[:60]}: {kind.upper()} takes {least} numbers{' at least' if most > least else ''}"
        )
    if kind.upper() == "RANGE":
        found = [_bounded(v, low) for v, low in zip(found, (0.0, 360.0, -90.0, 90.0), strict=True)]
    said = " ".join([kind.upper(), *(repr(v) for v in found)])
    if region(said) is None:
        raise UsageError(
            f"{name}={text[:60]}: no region of the sphere: longitudes 0 to 360, latitudes -90 to 90, less than half of it"
        )
    return said


def _bounded(value: float, end: float) -> float:
    """An end of a range that is open (`-Inf`, `+Inf`) as the end of what there is."""
    return end if math.isinf(value) else value


def _position(name: str, text: str) -> str:
    said = literal(shape(name, text))
    return (
        f"(1 = INTERSECTS(REGION({said}), s_region) OR "
        f"(s_region IS NULL AND 1 = CONTAINS(POINT(s_ra, s_dec), REGION({said}))))"
    )


def _interval(name: str, text: str) -> tuple[float, float]:
    found = numbers(name, text)
    if len(found) not in (1, 2) or found[0] > found[-1]:
        raise UsageError(f"{name}={text[:60]}: a number is expected, or an interval as two with a space between")
    return found[0], found[-1]


def _bounds(low: float, high: float, first: str, last: str) -> str:
    """That an interval of columns meets one of numbers."""
    parts = [f"{last} >= {low!r}"] if math.isfinite(low) else []
    parts += [f"{first} <= {high!r}"] if math.isfinite(high) else []
    return "(" + (" AND ".join(parts) or f"{first} IS NOT NULL") + ")"


def _overlaps(name: str, text: str) -> str:
    return _bounds(*_interval(name, text), *_OVERLAPPING[name])


def _within(name: str, text: str) -> str:
    return _bounds(*_interval(name, text), _WITHIN[name], _WITHIN[name])


def _equal(name: str, text: str) -> str:
    if "\x00" in text:
        raise UsageError(f"{name} has a NUL character")
    return f"{_EQUAL[name]} = {literal(text)}"


def _polarization(name: str, text: str) -> str:
    if text.strip().upper() not in _STATES:
        raise UsageError(f"{name}={text[:20]}: there are {', '.join(sorted(_STATES))}")
    return f"pol_states LIKE {literal(f'%/{text.strip().upper()}/%')}"


def _calibration(name: str, text: str) -> str:
    if text.strip() not in ("0", "1", "2", "3", "4"):
        raise UsageError(f"{name}={text[:20]}: 0 to 4 is expected")
    return f"calib_level = {text.strip()}"


def known_parameters() -> Sequence[str]:
    """The parameters that are taken."""
    return (
        "POS",
        *_OVERLAPPING,
        "POL",
        *_WITHIN,
        *_EQUAL,
        "CALIB",
        *sorted(_OTHERS - {"UPLOAD", "REQUEST", "VERSION"}),
    )
