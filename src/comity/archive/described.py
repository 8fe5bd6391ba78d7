"""What a file says of itself: what was read in it, in the terms of the standards, and what it does not tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

#: A value of ObsCore or EPN-TAP.
Plain = str | int | float | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, as VOTable 1.4 §4.1 describes a field."""

    name: str
    datatype: str
    arraysize: str | None = None
    unit: str | None = None
    ucd: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Bins:
    """What lies along a dimension of a parameter (HAPI 3.2 §3.6.11): `centers` are numbers, or the name of a parameter."""

    name: str
    units: str | None
    centers: tuple[float, ...] | str | None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a time series, as HAPI 3.2 §3.6.6 describes it: `type` isotime, double, integer or string.

    `length` is in bytes, of strings and times; `size` the shape of one value, empty for a scalar; `label` one for all of it or
    one for each element; `bins` one for each dimension, or none; `valid` from what to what a value makes sense.
    """

    name: str
    type: str
    units: str | None
    fill: str | None
    description: str = ""
    size: tuple[int, ...] = ()
    length: int | None = None
    label: str | tuple[str, ...] | None = None
    bins: tuple[Bins, ...] = ()
    valid: tuple[float | None, float | None] | None = None

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Parameter:
        """From plain values."""
        label = plain["label"]
        bins = (Bins(b["name"], b["units"], _frozen(b["centers"])) for b in plain.get("bins", ()))
        told = {
            "size": tuple(plain["size"]),
            "label": _frozen(label),
            "bins": tuple(bins),
            "valid": _frozen(plain.get("valid")),
        }
        return cls(**{**plain, **told})


@dataclass(frozen=True, slots=True)
class Series:
    """That a file holds a time series: its time, its parameters, and from when to when (UTC, ISO 8601)."""

    parameters: tuple[Parameter, ...]
    start: str
    stop: str
    n_records: int
    cadence: str | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a product comes from (W3C PROV-DM): the activity's instrument and software, and the entities it used."""

    facility: str | None = None
    instrument: str | None = None
    software: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    made: str | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Described:
    """All that was read of a file.

    `obscore` and `epncore` hold only what the file tells, by the standards' names and units; `missing` the mandatory
    fields that it does not tell, which the dataset or the user must; `remarks` what was seen and not used.
    """

    format: str
    media_type: str
    obscore: Mapping[str, Plain] = field(default_factory=dict)
    epncore: Mapping[str, Plain] = field(default_factory=dict)
    columns: tuple[Column, ...] = ()
    n_rows: int | None = None
    series: Series | None = None
    provenance: Provenance = Provenance()
    missing: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Described:
        """The inverse of `to_dict`."""
        series = plain.get("series")
        return cls(
            format=plain["format"],
            media_type=plain["media_type"],
            obscore=plain["obscore"],
            epncore=plain["epncore"],
            columns=tuple(Column(**c) for c in plain["columns"]),
            n_rows=plain["n_rows"],
            series=None
            if series is None
            else Series(
                **{
                    **series,
                    "parameters": tuple(map(Parameter.from_dict, series["parameters"])),
                }
            ),
            provenance=Provenance(
                **{
                    **plain["provenance"],
                    "software": tuple(plain["provenance"]["software"]),
                    "parents": tuple(plain["provenance"]["parents"]),
                }
            ),
            missing=tuple(plain["missing"]),
            remarks=tuple(plain["remarks"]),
        )


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, (list, tuple)) else value
