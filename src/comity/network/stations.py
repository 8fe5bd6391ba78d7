"""Ground stations: where they stand, how large they are, what they send and receive, each figure with its source.

A catalogue comes with comity; a file of one's own has the same form. What is not published is None, never a guess: the
functions that need it say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from comity.model.base import FrozenMap, Named, Value, cited_in
from comity.model.problems import Problem, nearest, problem
from comity.model.reading import Positions
from comity.model.value_file import listed, read_value
from comity.network.errors import NetworkError

#: The catalogue that comes with comity.
SHIPPED = Path(__file__).with_name("data") / "stations.yaml"
#: What agencies call a band [MHz]: the letters of IEEE Std 521-2019, but X begins at 7 GHz (and C ends there), where its uplinks lie.
BANDS = {
    "VHF": (30.0, 300.0),
    "UHF": (300.0, 1_000.0),
    "L": (1_000.0, 2_000.0),
    "S": (2_000.0, 4_000.0),
    "C": (4_000.0, 7_000.0),
    "X": (7_000.0, 12_000.0),
    "Ku": (12_000.0, 18_000.0),
    "K": (18_000.0, 27_000.0),
    "Ka": (27_000.0, 40_000.0),
}


def _band(value: Any) -> Any:
    by_name = {name.casefold(): name for name in BANDS}
    if str(value).casefold() not in by_name:
        near = nearest(str(value), BANDS)
        raise ValueError(f"'{value}' is no band; {near or 'bands are ' + ', '.join(BANDS)}")
    return by_name[str(value).casefold()]


def _span(value: Any) -> Any:
    return (value, value) if isinstance(value, (int, float)) else value


def _in_order(span: tuple[float, float]) -> tuple[float, float]:
    if not 0 < span[0] <= span[1]:
        raise ValueError(f"{span[0]:g} to {span[1]:g} is no range; the lower of two positive numbers comes first")
    return span


Band = Annotated[str, BeforeValidator(_band)]
Span = Annotated[tuple[float, float], BeforeValidator(_span), AfterValidator(_in_order)]
Decibels = Annotated[float, Field(ge=-300, le=300, allow_inf_nan=False)]


class Source(Value):
    """A document: `seen` says how it was looked at (the page itself, a copy, as quoted by another)."""

    title: str = Field(min_length=1)
    date: str = ""
    url: str = ""
    seen: str = ""


class Cited(Value):
    """A figure with where it comes from: a source's id and, after a comma, the place in it; or how it was estimated."""

    source: str = ""
    estimate: str = ""


class Ground(Cited):
    """A place [degrees, metres] on WGS 84. A height above the sea is taken for one above the ellipsoid (within 110 m)."""

    latitude_deg: float = Field(ge=-90, le=90)
    longitude_deg: float = Field(ge=-360, le=360)
    height_m: float | None = Field(default=None, ge=-500, le=9_000)
    height_above: Literal["ellipsoid", "sea"] = "ellipsoid"


class Diameter(Cited):
    """Of the main reflector [m]."""

    m: float = Field(gt=0, le=600)


class Lowest(Cited):
    """Down to where an antenna is used [deg]."""

    deg: float = Field(ge=0, lt=90)


class MaskPoint(Value):
    """The horizon's elevation at an azimuth [deg]; it runs straight between points."""

    azimuth_deg: float = Field(ge=0, le=360)
    elevation_deg: float = Field(ge=-5, lt=90)


class HorizonMask(Cited):
    """The horizon all around."""

    points: tuple[MaskPoint, ...] = Field(min_length=2)


class Watts(Cited):
    """Power of a transmitter [W]."""

    w: float = Field(gt=0)


class Gain(Cited):
    """Gain of an antenna [dBi]."""

    dbi: Decibels


class Eirp(Cited):
    """Power radiated, as if alike in all directions [dBW]."""

    dbw: Decibels


class Merit(Cited):
    """G/T [dB/K], at an elevation [deg] where the source says one."""

    db_k: Decibels
    elevation_deg: float | None = Field(default=None, ge=0, le=90)


class Chain(Cited):
    """Gain and noise of an antenna by elevation θ [deg], as DSN 810-005, module 104, appendix A, has them:

    G = `gain_dbi` - `gain_slope_per_deg2` (θ - `best_elevation_deg`)² (A-1, without air);
    T = `t1_k` + `t2_k` exp(-`decay_per_deg` θ) (A-3, antenna and microwave, without the sky).
    """

    gain_dbi: Decibels
    gain_slope_per_deg2: float = Field(default=0.0, ge=0)
    best_elevation_deg: float = Field(default=45.0, ge=0, le=90)
    t1_k: float = Field(gt=0)
    t2_k: float = Field(default=0.0, ge=0)
    decay_per_deg: float = Field(default=0.0, ge=0)


class Air(Cited):
    """Loss in the air straight up, as (percentage of time it is not exceeded, [dB]) pairs."""

    zenith_db: tuple[tuple[float, float], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _by_percentage(self) -> Air:
        shares = [share for share, _ in self.zenith_db]
        if shares != sorted(set(shares)) or not 0 <= shares[0] <= shares[-1] <= 100:
            raise ValueError("percentages of time go from 0 to 100, each once, the lowest first")
        if any(loss < 0 for _, loss in self.zenith_db):
            raise ValueError("a loss in decibels is positive")
        return self


class Service(Cited):
    """A band that an antenna works in; `mhz` is a range, or one frequency where its source names no more."""

    band: Band
    mhz: Span | None = None

    @model_validator(mode="after")
    def _within_its_band(self) -> Service:
        low, high = BANDS[self.band]
        if self.mhz is not None and not low <= self.mhz[0] <= self.mhz[1] <= high:
            right = [name for name, (a, b) in BANDS.items() if a <= self.mhz[0] and self.mhz[1] <= b]
            near = f", but in {right[0]}" if right else ""
            raise ValueError(
                f"{self.mhz[0]:g} to {self.mhz[1]:g} MHz is not in band {self.band}{near}; "
                f"{self.band} goes from {low:,.0f} to {high:,.0f} MHz"
            )
        return self


class Receives(Service):
    """What an antenna receives in a band."""

    g_over_t: Merit | None = None
    chain: Chain | None = None
    gain: Gain | None = None
    air: Air | None = None


class Transmits(Service):
    """What an antenna sends in a band."""

    eirp: Eirp | None = None
    power: Watts | None = None
    gain: Gain | None = None


class Station(Named):
    """An antenna on the ground; a `Place` for passes."""

    owner: str = Field(min_length=1)
    operator: str = ""
    network: str = ""
    country: str = Field(default="", max_length=2)
    position: Ground
    diameter: Diameter | None = None
    minimum_elevation: Lowest | None = None
    horizon: HorizonMask | None = None
    receives: tuple[Receives, ...] = ()
    transmits: tuple[Transmits, ...] = ()
    note: str = ""

    @property
    def latitude_deg(self) -> float:
        """North of the equator."""
        return self.position.latitude_deg

    @property
    def longitude_deg(self) -> float:
        """East of Greenwich."""
        return self.position.longitude_deg

    @property
    def height_m(self) -> float:
        """Above the ellipsoid; 0 where none is published."""
        return self.position.height_m or 0.0

    @property
    def diameter_m(self) -> float | None:
        """Of the main reflector."""
        return self.diameter.m if self.diameter else None

    @property
    def mask(self) -> tuple[tuple[float, float], ...]:
        """The horizon as (azimuth, elevation) pairs [deg], nowhere below the minimum elevation; empty when none is known."""
        low = self.minimum_elevation.deg if self.minimum_elevation else None
        if self.horizon:
            lowest = -90.0 if low is None else low
            return tuple((p.azimuth_deg, max(p.elevation_deg, lowest)) for p in self.horizon.points)
        return () if low is None else ((0.0, low),)

    @property
    def bands(self) -> tuple[str, ...]:
        """The bands that it sends or receives in, the lowest first."""
        used = {b.band for b in self.receives} | {b.band for b in self.transmits}
        return tuple(name for name in BANDS if name in used)

    def receiver(self, frequency_mhz: float) -> Receives | None:
        """What it receives with at a frequency: the narrowest range that holds it, or else the band."""
        return _serving(self.receives, frequency_mhz)

    def transmitter(self, frequency_mhz: float) -> Transmits | None:
        """What it sends with at a frequency."""
        return _serving(self.transmits, frequency_mhz)


class StationFile(Value):
    """A file of stations and the sources of their figures."""

    sources: FrozenMap[str, Source] = Field(default_factory=dict, validate_default=True)
    stations: FrozenMap[str, Station]


S = TypeVar("S", bound=Service)


def band_of(frequency_mhz: float) -> str | None:
    """The name of the band that a frequency lies in."""
    return next((name for name, (low, high) in BANDS.items() if low <= frequency_mhz < high), None)


def read_stations(path: Path | str | None = None) -> tuple[Station, ...]:
    """The stations of a YAML file, in its order, or those that come with comity.

    NetworkError lists all that is wrong with the file, each as `file:line:column: what`.
    """
    return tuple(read_station_file(path).stations.values())


def read_station_file(path: Path | str | None = None) -> StationFile:
    """The stations of a file with their sources. NetworkError as for `read_stations`."""
    file = SHIPPED if path is None else Path(path)
    read, positions = read_value(file, StationFile, error=NetworkError)
    problems = list(_problems(read, positions))
    if problems:
        raise NetworkError(listed(problems))
    named = {id: station.model_copy(update={"id": id}) for id, station in read.stations.items()}
    return StationFile.model_construct(sources=read.sources, stations=named)


def chosen(
    stations: tuple[Station, ...],
    *,
    band: str | None = None,
    owner: str | None = None,
    min_diameter_m: float | None = None,
    max_diameter_m: float | None = None,
) -> tuple[Station, ...]:
    """The stations that have a band, whose owner, operator or network has a word in its name, and of a size [m].

    A size that is not published is none that was asked for. NetworkError for a band or an owner that no station has.
    """
    if band is not None:
        try:
            band = str(_band(band))
        except ValueError as error:
            raise NetworkError(str(error)) from None
    if owner is not None:
        known = {name for s in stations for name in (s.owner, s.operator, s.network) if name}
        if not any(owner.casefold() in name.casefold() for name in known):
            raise NetworkError(
                f"no station of {owner!r}; {nearest(owner, known) or 'owners are ' + ', '.join(sorted(known))}"
            )
    return tuple(
        s
        for s in stations
        if (band is None or band in s.bands)
        and (owner is None or any(owner.casefold() in n.casefold() for n in (s.owner, s.operator, s.network)))
        and (min_diameter_m is None or (s.diameter_m or -1.0) >= min_diameter_m)
        and (max_diameter_m is None or (s.diameter_m or 1e9) <= max_diameter_m)
    )


def figures(station: Station) -> Iterator[tuple[str, Cited]]:
    """Every figure of a station that can have a source, with its place: `position`, `receives[0].g_over_t`, …"""
    for name in ("position", "diameter", "minimum_elevation", "horizon"):
        if (figure := getattr(station, name)) is not None:
            yield name, figure
    for name in ("receives", "transmits"):
        for k, entry in enumerate(getattr(station, name)):
            yield f"{name}[{k}]", entry
            for part in type(entry).model_fields:
                if isinstance(figure := getattr(entry, part), Cited):
                    yield f"{name}[{k}].{part}", figure


def source_ids(station: Station) -> tuple[str, ...]:
    """The sources that a station's figures and estimates name, each once."""
    return tuple(dict.fromkeys(id for _, figure in figures(station) for id in cited_by(figure)))


def cited_by(figure: Cited) -> tuple[str, ...]:
    """The sources that a figure names: what stands before a comma or colon, and in brackets in an estimate."""
    named = (figure.source.split(",")[0].split(":")[0].strip(),) if figure.source else ()
    return (*named, *cited_in(figure.estimate))


def _serving(entries: tuple[S, ...], frequency_mhz: float) -> S | None:
    holding = [e for e in entries if e.mhz and e.mhz[0] < e.mhz[1] and e.mhz[0] <= frequency_mhz <= e.mhz[1]]
    if holding:
        return min(holding, key=lambda e: e.mhz[1] - e.mhz[0] if e.mhz else 0.0)
    band = band_of(frequency_mhz)
    # A published range that leaves this frequency out is a no; one frequency alone, or none, stands for its band.
    return next((e for e in entries if e.band == band and not (e.mhz and e.mhz[0] < e.mhz[1])), None)


def _problems(read: StationFile, positions: Positions) -> Iterator[Problem]:
    """Sources that the file does not list, where they are named."""
    for id, station in read.stations.items():
        for place, figure in figures(station):
            path = ("stations", id, *_steps(place))
            for name in cited_by(figure):
                if name not in read.sources:
                    at = positions.of((*path, "source" if figure.source else "estimate"))
                    yield problem(at, path, f"no source {name!r} in `sources`", nearest(name, read.sources))


def _steps(place: str) -> Iterator[str | int]:
    """`receives[0].g_over_t` as steps into a file."""
    for part in place.split("."):
        name, _, index = part.partition("[")
        yield name
        if index:
            yield int(index.rstrip("]"))
