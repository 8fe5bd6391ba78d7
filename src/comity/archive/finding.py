"""Finds products: by target, place on the sky, time, wavelength, mission, partner, licence, and words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from comity.archive.access import Everything, Reader
from comity.archive.dataset import Dataset
from comity.archive.errors import ArchiveError
from comity.archive.measured import iso_to_mjd
from comity.archive.names import Place, place_of
from comity.archive.obscore import PRODUCT_TYPES
from comity.archive.place import Archive
from comity.archive.query import QueryLimits, answered
from comity.model.problems import nearest

#: Degrees around an object that is named, unless it is said otherwise.
AROUND_DEG = 0.2
_COUNTS = {"region": 3, "wavelength_m": 2}
_COLUMNS = (
    "obs_collection", "obs_id", "obs_publisher_did", "dataproduct_type", "target_name", "s_ra", "s_dec", "t_min", "t_max",
    "em_min", "em_max", "facility_name", "instrument_name", "access_url", "access_estsize",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; all that is said must hold. Places in ICRS [deg], times in ISO 8601 (UTC), wavelengths in metres.

    `target` is the name of a product's target or an object whose place is known; `words` stand in what is told of a dataset
    or product.
    """

    words: tuple[str, ...] = ()
    target: str | None = None
    region: tuple[float, float, float] | None = None
    start: str | None = None
    stop: str | None = None
    wavelength_m: tuple[float, float] | None = None
    product_type: str | None = None
    mission: str | None = None
    partner: str | None = None
    licence: str | None = None
    instrument: str | None = None


def wanted_of(told: Mapping[str, str]) -> Wanted:
    """What is looked for, from texts by the names of `Wanted` (of a query's parameters); `words`, `region` and `wavelength_m` by blanks.

    ArchiveError names what is not known, or no number.
    """
    known = tuple(f.name for f in fields(Wanted))
    made: dict[str, Any] = {}
    for name, text in told.items():
        if name not in known:
            raise ArchiveError(f"there is no parameter {name!r}; {nearest(name, known) or ', '.join(known)}")
        if name == "words":
            made[name] = tuple(text.split())
        elif name in _COUNTS:
            try:
                made[name] = tuple(float(t) for t in text.replace(",", " ").split())
            except ValueError:
                made[name] = ()
            if len(made[name]) != _COUNTS[name]:
                raise ArchiveError(f"{name} {text!r}: is {_COUNTS[name]} numbers with blanks between them")
        elif text:
            made[name] = text
    return Wanted(**made)


@dataclass(frozen=True, slots=True)
class Hits:
    """The products that were found, as rows of ObsCore; where the target lies, if that was looked up."""

    rows: tuple[dict[str, Any], ...]
    place: Place | None
    is_cut: bool


def find(
    archive: Archive,
    wanted: Wanted,
    reader: Reader | Everything,
    *,
    at: datetime,
    online: bool = False,
    most: int = 1000,
    base_url: str = "",
) -> Hits:
    """The products that a reader may see and that are wanted, in the order of dataset and time.

    ArchiveError when a time, place or wavelength is none, or a name leads nowhere.
    """
    datasets = [d for d, _ in archive.register.datasets(reader, at)]
    place, conditions = _conditions(wanted, online=online)
    chosen = [d for d in datasets if _fits(d, wanted)]
    if len(chosen) < len(datasets):
        conditions.append(_in("obs_collection", [d.id for d in chosen]))
    for word in wanted.words:
        ids = [d.id for d in chosen if word.casefold() in _text_of(d).casefold()]
        conditions.append(f"({_in('obs_collection', ids)} OR {_told(word)})")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    text = f"SELECT {', '.join(_COLUMNS)} FROM ivoa.obscore{where} ORDER BY obs_collection, t_min, obs_id"
    found = answered(archive, reader, text, at=at, limits=QueryLimits(rows=most), base_url=base_url)
    return Hits(tuple(found.table.to_pylist()), place, found.is_cut)


def _conditions(wanted: Wanted, *, online: bool) -> tuple[Place | None, list[str]]:
    place: Place | None = None
    made: list[str] = []
    if wanted.target is not None:
        called = f"LOWER(target_name) = {_quoted(wanted.target.lower())}"
        try:
            place = place_of(wanted.target, online=online)
        except ArchiveError:
            if online:
                raise
            made.append(called)  # a planet or a comet, which has a name and no place
        else:
            ra, dec = place.ra_deg, place.dec_deg
            made.append(f"({called} OR {_near(ra, dec, wanted.region[2] if wanted.region else AROUND_DEG)})")
    elif wanted.region is not None:
        ra, dec, radius = wanted.region
        if not (0 <= ra < 360 and -90 <= dec <= 90 and 0 < radius <= 180):
            raise ArchiveError(
                f"region {ra:g} {dec:g} {radius:g}: is RA 0 to 360, Dec -90 to 90 and a radius to 180, in degrees"
            )
        made.append(_near(ra, dec, radius))
    if wanted.start is not None:
        start = _mjd(wanted.start)
        made.append(f"(t_max >= {start!r} OR (t_max IS NULL AND t_min >= {start!r}))")
    if wanted.stop is not None:
        made.append(f"t_min <= {_mjd(wanted.stop)!r}")
    if wanted.wavelength_m is not None:
        low, high = wanted.wavelength_m
        if not 0 < low <= high:
            raise ArchiveError(f"wavelength {low:g} to {high:g} m: both are above 0, the shorter first")
        made.append(f"em_min <= {high!r} AND em_max >= {low!r}")
    if wanted.product_type is not None:
        if wanted.product_type not in PRODUCT_TYPES:
            hint = nearest(wanted.product_type, PRODUCT_TYPES) or f"known are {', '.join(PRODUCT_TYPES)}"
            raise ArchiveError(f"there is no type of product {wanted.product_type!r}; {hint}")
        made.append(f"dataproduct_type = {_quoted(wanted.product_type)}")
    if wanted.instrument is not None:
        name = _quoted(f"%{_escaped(wanted.instrument.lower())}%")
        made.append(f"(LOWER(instrument_name) LIKE {name} OR LOWER(facility_name) LIKE {name})")
    return place, made


def _fits(dataset: Dataset, wanted: Wanted) -> bool:
    mission = (dataset.mission or "").partition("/")[0]
    return (
        (wanted.mission is None or wanted.mission in (mission, dataset.mission))
        and (wanted.partner is None or wanted.partner == dataset.owner)
        and (wanted.licence is None or wanted.licence.casefold() == dataset.licence.casefold())
    )


def _text_of(dataset: Dataset) -> str:
    return "\n".join(
        (dataset.id, dataset.title, dataset.description, *dataset.keywords, *(c.name for c in dataset.creators))
    )


def _told(word: str) -> str:
    like = _quoted(f"%{_escaped(word.lower())}%")
    fields = ("obs_title", "target_name", "obs_id", "facility_name", "instrument_name")
    return " OR ".join(f"LOWER({name}) LIKE {like}" for name in fields)


def _near(ra: float, dec: float, radius: float) -> str:
    """Does the field of a product come within a radius? A product without a stated field is its centre."""
    far = f"DISTANCE(POINT(s_ra, s_dec), POINT({ra!r}, {dec!r}))"
    return f"({far} <= {radius!r} + s_fov / 2.0 OR (s_fov IS NULL AND {far} <= {radius!r}))"


def _in(column: str, values: list[str]) -> str:
    return f"{column} IN ({', '.join(map(_quoted, values))})" if values else "1 = 0"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _escaped(text: str) -> str:
    """Of a pattern of LIKE no character is special: those that would be stand for any one character."""
    return text.replace("%", "_")


def _mjd(text: str) -> float:
    whole = text.rstrip("Z")
    found = iso_to_mjd(whole if "T" in whole else f"{whole}T00:00:00")
    if found is None:
        raise ArchiveError(f"{text}: is no time; write a day such as 2020-01-04, or 2020-01-04T12:00:00Z")
    return found
