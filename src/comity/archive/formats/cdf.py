"""CDF 2.6 to 3.9: a time series by the ISTP guidelines, with leap seconds from the table of cdflib.

Sources: CDF User's Guide 3.9; ISTP Metadata Guidelines of NASA's Space Physics Data Facility
(https://spdf.gsfc.nasa.gov/istp_guide/istp_guide.html), whose names of attributes these are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from comity.archive.described import Bins, Described, Parameter, Plain, Provenance, Series
from comity.archive.errors import UnreadableFile
from comity.archive.measured import missing_of, without_none
from comity.archive.timeline import (
    MOST_PACKED,
    MOST_RECORDS,
    MOST_VALUES,
    NO_TIME,
    TIME_LENGTH,
    batch_of,
    coverage,
    fill_text,
    numeric_type,
    one_line,
    records_at_once,
    series_of,
    time_parameter,
    usable_names,
    valid_range,
)

if TYPE_CHECKING:
    import pyarrow as pa

#: CDF_EPOCH, CDF_EPOCH16, CDF_TIME_TT2000 (CDF User's Guide, table of data types).
EPOCHS = {31: "CDF_EPOCH", 32: "CDF_EPOCH16", 33: "CDF_TIME_TT2000"}
_TEXT = (51, 52)
#: Milliseconds from 0000-01-01, where CDF_EPOCH begins, to 1970.
_TO_1970_MS = 62_167_219_200_000
_DTYPES = {
    1: "i1", 41: "i1", 2: "i2", 4: "i4", 8: "i8", 11: "u1", 12: "u2", 14: "u4", 21: "f4", 44: "f4", 22: "f8", 45: "f8",
}  # fmt: skip
#: Variables that one file may have.
MOST_VARIABLES = 20_000
_TOLD = ("Discipline", "Instrument_type", "Logical_source", "Data_type", "Data_version", "Rules_of_use", "TEXT")


def describe(path: Path) -> Described:
    """What a CDF file says of itself. UnreadableFile when it is broken, or claims more records than it can hold."""
    with _Reading(path) as file:
        told = file.told
        remarks: list[str] = []
        series = _series(file, remarks)
        remarks += [f"{name}: {text[:400]}" for name in _TOLD if (text := told(name))]
        found: dict[str, Plain] = {
            **coverage(series),
            "facility_name": _long(told("Source_name")) or told("Mission_group"),
            "instrument_name": _long(told("Descriptor")) or told("Instrument"),
            "obs_id": told("Logical_file_id"),
            "obs_title": told("Logical_source_description") or told("TITLE"),
            "target_name": told("TARGET_NAME"),
        }
        return Described(
            format="CDF",
            media_type="application/x-cdf",
            obscore=without_none(found),
            series=series,
            n_rows=None if series is None else series.n_records,
            provenance=Provenance(
                facility=told("Source_name") or told("Mission_group"),
                instrument=told("Descriptor"),
                software=tuple(t for n in ("Generated_by", "Software_version") if (t := told(n))),
                parents=tuple(p for p in file.all_of("Parents") if p),
                made=told("Generation_date"),
                origin=told("PI_affiliation"),
            ),
            missing=missing_of(found, positional=False),
            remarks=tuple(remarks),
        )


def values(path: Path, series: Series) -> Iterator[pa.RecordBatch]:
    """The records of the series that `describe` found, in the file's order; those without a time are left out."""
    with _Reading(path) as file:
        time = file.variable(series.parameters[0].name)
        wanted = [file.variable(p.name) for p in series.parameters[1:]]
        step = records_at_once(series)
        for first in range(0, time.Last_Rec + 1, step):
            last = min(first + step - 1, time.Last_Rec)
            time_ns, known = file.times(time, first, last)
            columns = [
                file.column(v, p, first, last)[known] for v, p in zip(wanted, series.parameters[1:], strict=True)
            ]
            yield batch_of(series, time_ns[known], columns)


class _Reading:
    """An open CDF file; whatever cdflib meets in a broken one is an UnreadableFile."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> _Reading:
        import cdflib

        try:
            self.file = cdflib.CDF(self.path, string_encoding="latin-1")
            held = self.file.cdf_info()
            names = [*held.rVariables, *held.zVariables]
            if len(names) > MOST_VARIABLES:
                raise UnreadableFile(f"{self.path}: {len(names):,} variables; at most {MOST_VARIABLES:,} are read")
            self.variables = {n: self.file.varinq(n) for n in names}
            self.attributes = self.file.globalattsget()
            size = self.path.stat().st_size
            for one in self.variables.values():
                self._believable(one, size)
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (UnreadableFile, MemoryError, RecursionError)) or not isinstance(error, Exception):
            return
        # Nothing else is known of what a false offset makes cdflib do: struct, zlib, index, key, value, even assertion errors.
        raise UnreadableFile(f"{self.path}: not sound CDF: {type(error).__name__}: {str(error)[:160]}") from None

    def _believable(self, one: Any, size: int) -> None:
        records = one.Last_Rec + 1
        claimed = records * _values(one) * _width(one)
        room = size * (MOST_PACKED if one.Compress or self.file.cdf_info().Compressed else 1)
        sparse = str(one.Sparse) != "No_sparse"
        if min([records, *map(int, one.Dim_Sizes)], default=0) < 0 or records > MOST_RECORDS or _values(one) > 2**28:
            raise UnreadableFile(f"{self.path}: {one.Variable} claims absurd dimensions {records:,} × {one.Dim_Sizes}")
        if claimed > (size * MOST_PACKED if sparse else room):
            raise UnreadableFile(
                f"{self.path}: {one.Variable} claims {claimed:,} bytes, more than a file of {size:,} bytes can hold"
            )

    def told(self, name: str) -> str | None:
        """A global attribute as a line of text."""
        found = [t for t in self.all_of(name) if t]
        return "; ".join(found) or None

    def all_of(self, name: str) -> list[str]:
        """All entries of a global attribute."""
        held: Any = next((v for k, v in self.attributes.items() if k.casefold() == name.casefold()), [])
        return [plain_text(v) or "" for v in (held if isinstance(held, list) else [held])]

    def variable(self, name: str) -> Any:
        """A variable by name. UnreadableFile when the file has none."""
        if name not in self.variables:
            raise UnreadableFile(f"{self.path}: there is no variable {name!r}")
        return self.variables[name]

    def about(self, name: str) -> dict[str, Any]:
        """The attributes of a variable."""
        return dict(self.file.varattsget(name))

    def read(self, one: Any, first: int, last: int) -> NDArray[Any]:
        """The records from first to last, both included, of shape (n, *size)."""
        got = np.asarray(self.file.varget(one.Variable, startrec=first, endrec=last))
        return got.reshape(last - first + 1, *_shape(one))

    def times(self, one: Any, first: int, last: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Times in nanoseconds since 1970 UTC, and which of them are known."""
        fill = self.about(one.Variable).get("FILLVAL")
        return utc_ns(self.read(one, first, last), one.Data_Type, fill)

    def column(self, one: Any, parameter: Parameter, first: int, last: int) -> NDArray[Any]:
        """The values of a parameter as the series has them."""
        if one.Data_Type in EPOCHS:
            time_ns, known = self.times(one, first, last)
            texts = np.char.add(np.datetime_as_string(time_ns.astype("datetime64[ns]")), "Z")
            return np.where(known, texts, NO_TIME).astype(object)
        got = self.read(one, first, last)
        if one.Data_Type in _TEXT:
            return np.array([_mended(str(v)).rstrip("\x00 ") for v in got], dtype=object)
        return got


def utc_ns(raw: NDArray[Any], data_type: int, fill: Any = None) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """CDF times in nanoseconds since 1970 UTC, and which are known: neither fill, pad, nor outside of 1677 to 2262."""
    import cdflib

    if data_type == 33:
        tt = raw.astype(np.int64)
        known = tt > -(2**63) + 3  # pad and fill (CDF User's Guide, TT2000)
        if fill is not None:
            known &= tt != np.int64(np.asarray(fill).ravel()[0])
        found = np.zeros(tt.shape, np.int64)
        if known.any():
            ends = np.array([tt[known].min(), tt[known].max()])
            offsets = cdflib.cdfepoch.to_datetime(ends).astype(np.int64) - ends
            if offsets[0] == offsets[1]:  # no leap second between the first and the last
                found[known] = tt[known] + offsets[0]
            else:
                found[known] = cdflib.cdfepoch.to_datetime(tt[known]).astype(np.int64)
        return found, known
    if data_type == 31:
        whole = np.floor(raw.astype(np.float64))
        with np.errstate(invalid="ignore"):
            nanos = np.rint((raw - whole) * 1e6)
            milliseconds = whole - _TO_1970_MS
    else:
        milliseconds = (raw.real - _TO_1970_MS / 1000.0) * 1000.0
        nanos = np.floor(raw.imag / 1000.0)
    with np.errstate(invalid="ignore"):
        known = np.isfinite(milliseconds) & np.isfinite(nanos) & (np.abs(milliseconds) < 9.2e15)
    if fill is not None and data_type == 31:
        known &= raw != np.float64(np.asarray(fill).ravel()[0])
    found = np.zeros(raw.shape, np.int64)
    inside = known & (np.abs(milliseconds) < 9.2e12)
    found[inside] = milliseconds[inside].astype(np.int64) * 1_000_000 + nanos[inside].astype(np.int64)
    return found, inside


def _series(file: _Reading, remarks: list[str]) -> Series | None:
    clocks = [n for n, v in file.variables.items() if v.Data_Type in EPOCHS and v.Rec_Vary and not _shape(v)]
    about = {n: file.about(n) for n in file.variables}
    depends = Counter(str(a["DEPEND_0"]) for a in about.values() if a.get("DEPEND_0") in clocks)
    axis = max(clocks, key=lambda n: (depends[n], n.casefold() == "epoch"), default=None)
    if axis is None:
        remarks.append("no variable of CDF_EPOCH, CDF_EPOCH16 or CDF_TIME_TT2000 for each record: no time series")
        return None
    time = file.variables[axis]
    if time.Last_Rec < 0:
        remarks.append(f"{axis} has no records: no time series")
        return None
    time_ns, known = file.times(time, 0, time.Last_Rec)
    if not known.all():
        remarks.append(f"{int((~known).sum()):,} records have no time: left out of the series")
    if not known.any():
        return None
    others = [n for n in clocks if n != axis and depends[n]]
    if others:
        remarks.append(
            f"what depends on {', '.join(others)} is left out of the series: a series has one time, here {axis}"
        )
    parameters = [time_parameter(axis, plain_text(about[axis].get("CATDESC")) or "")]
    for name, one in file.variables.items():
        if name == axis or about[name].get("DEPEND_0") != axis or not one.Rec_Vary:
            continue
        if plain_text(about[name].get("VAR_TYPE")) == "ignore_data":
            continue
        made = _parameter(file, name, one, about, time, remarks)
        if made is not None:
            parameters.append(made)
    return series_of(usable_names(parameters, remarks), time_ns[known])


def _parameter(
    file: _Reading, name: str, one: Any, about: dict[str, dict[str, Any]], time: Any, remarks: list[str]
) -> Parameter | None:
    attributes = about[name]
    if one.Last_Rec != time.Last_Rec:
        kind = "is virtual" if plain_text(attributes.get("VIRTUAL")) else f"has {one.Last_Rec + 1:,} records"
        remarks.append(f"{name} {kind}, its time {time.Last_Rec + 1:,}: left out of the series")
        return None
    size = _shape(one)
    if int(np.prod(size)) > MOST_VALUES:
        remarks.append(f"{name} has {int(np.prod(size)):,} values a record: left out of the series")
        return None
    told: dict[str, Any] = {
        "description": plain_text(attributes.get("CATDESC")) or plain_text(attributes.get("FIELDNAM")) or "",
        "label": _labels(file, attributes, size),
    }
    units = _units(attributes)
    if one.Data_Type in EPOCHS and not size:
        return Parameter(name, "isotime", "UTC", NO_TIME, length=TIME_LENGTH, **told)
    if one.Data_Type in _TEXT and not size:
        return Parameter(name, "string", units, None, length=int(one.Num_Elements), **told)
    dtype = np.dtype(_DTYPES.get(one.Data_Type, "O"))
    number = numeric_type(dtype)
    if number is None:
        remarks.append(f"{name} is an array of {one.Data_Type_Description}: left out of the series")
        return None
    if dtype.kind in "iu" and dtype.itemsize == 8:
        remarks.append(f"{name} is of {one.Data_Type_Description}: exact as a double up to 2^53 only")
    bins = tuple(_bins(file, name, attributes, n, size, about) for n in range(len(size)))
    return Parameter(
        name, number, units, fill_text(attributes.get("FILLVAL"), dtype), size=size,
        bins=bins if any(b.centers for b in bins) else (),
        valid=valid_range(attributes.get("VALIDMIN"), attributes.get("VALIDMAX")), **told,
    )  # fmt: skip


def _bins(
    file: _Reading,
    name: str,
    attributes: dict[str, Any],
    n: int,
    size: tuple[int, ...],
    about: dict[str, dict[str, Any]],
) -> Bins:
    """What DEPEND_1, DEPEND_2, … say of a dimension (ISTP guide, variable attributes)."""
    named = plain_text(attributes.get(f"DEPEND_{n + 1}"))
    one = file.variables.get(named) if named else None
    if named is None or one is None or numeric_type(np.dtype(_DTYPES.get(one.Data_Type, "O"))) is None:
        return Bins(named or f"{name}_{n + 1}", None, None)
    told = about[named]
    if one.Rec_Vary and told.get("DEPEND_0") == attributes.get("DEPEND_0"):
        return Bins(named, _units(told), named if _shape(one) == (size[n],) else None)
    centers = np.asarray(file.file.varget(named), dtype=np.float64).ravel() if one.Last_Rec >= 0 else np.empty(0)
    sound = centers.size == size[n] and np.isfinite(centers).all() and plain_text(told.get("VAR_TYPE")) != "metadata"
    return Bins(named, _units(told), tuple(map(float, centers)) if sound else None)


def _labels(file: _Reading, attributes: dict[str, Any], size: tuple[int, ...]) -> str | tuple[str, ...] | None:
    pointer = plain_text(attributes.get("LABL_PTR_1"))
    if len(size) == 1 and pointer in file.variables and file.variables[pointer].Data_Type in _TEXT:
        texts = np.asarray(file.file.varget(pointer)).ravel()
        labels = tuple(plain_text(t) or "" for t in texts)
        if len(labels) == size[0] and all(labels):
            return labels
    return plain_text(attributes.get("LABLAXIS"))


def _units(attributes: dict[str, Any]) -> str | None:
    text = plain_text(attributes.get("UNITS"))
    return None if text is None or text.casefold() in ("none", "unitless", "dimensionless", "n/a") else text


def plain_text(value: Any) -> str | None:
    """An attribute as one line of text: UTF-8, or ISO 8859-1 as in older files, where it is none."""
    if isinstance(value, str):
        return one_line(_mended(value))
    if isinstance(value, (list, tuple, np.ndarray)):
        return one_line([_mended(v) if isinstance(v, str) else v for v in np.asarray(value, dtype=object).ravel()])
    return one_line(value)


def _mended(text: str) -> str:
    """Text was read as ISO 8859-1, which takes any byte; where the bytes are UTF-8 they are read as that."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except (UnicodeDecodeError, UnicodeEncodeError):
        return text


def _long(text: str | None) -> str | None:
    """The long form of ISTP's `SHORT>Long`."""
    return None if text is None else (text.partition(">")[2].strip() or text)


def _shape(one: Any) -> tuple[int, ...]:
    if one.Var_Type == "zVariable":
        return tuple(int(s) for s in one.Dim_Sizes)
    return tuple(int(s) for s, v in zip(one.Dim_Sizes, one.Dim_Vary, strict=False) if v)


def _values(one: Any) -> int:
    return int(np.prod([int(s) for s in one.Dim_Sizes], dtype=object)) if one.Dim_Sizes else 1


def _width(one: Any) -> int:
    return {32: 16, 31: 8, 33: 8}.get(one.Data_Type) or (
        int(one.Num_Elements) if one.Data_Type in _TEXT else np.dtype(_DTYPES.get(one.Data_Type, "i1")).itemsize
    )
