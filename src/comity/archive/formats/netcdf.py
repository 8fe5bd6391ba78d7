"""NetCDF 3 and 4: a time series by the CF conventions, packed values unpacked.

Sources: CF Conventions 1.12 (§4.4 time coordinate and calendars, §2.5.1 missing data, §8.1 packed data);
NetCDF classic format specification (https://docs.unidata.ucar.edu/netcdf-c/current/file_format_specifications.html).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
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

#: Calendars whose dates are those of UTC: CF §4.4.1; others have days that never were.
CALENDARS = ("standard", "gregorian", "proleptic_gregorian")
MOST_VARIABLES = 20_000
_TOLD = ("license", "processing_level", "Conventions", "references", "comment")


def describe(path: Path) -> Described:
    """What a NetCDF file says of itself. UnreadableFile when it is broken, or HDF5 that is no NetCDF."""
    with _opened(path) as data:
        attributes = {k: one_line(v) for k, v in data.attrs.items()}

        def told(*names: str) -> str | None:
            return next((t for n in names if (t := attributes.get(n))), None)

        remarks: list[str] = []
        series = _series(data, remarks)
        remarks += [f"{name}: {text[:400]}" for name in _TOLD if (text := told(name))]
        found: dict[str, Plain] = {
            **coverage(series),
            "facility_name": told("platform", "mission", "project"),
            "instrument_name": told("instrument", "sensor"),
            "obs_id": told("id", "dataset_name"),
            "obs_title": told("title"),
            "obs_creation_date": told("date_created", "creation_date"),
        }
        return Described(
            format="NetCDF",
            media_type="application/x-netcdf",
            obscore=without_none(found),
            series=series,
            n_rows=None if series is None else series.n_records,
            provenance=Provenance(
                facility=told("platform"),
                instrument=told("instrument"),
                software=tuple(t for n in ("history", "algorithm_version") if (t := told(n))),
                parents=tuple(t for n in ("input_files", "source_file") if (t := told(n))),
                made=told("date_created"),
                origin=told("institution"),
            ),
            missing=missing_of(found, positional=False),
            remarks=tuple(remarks),
        )


def values(path: Path, series: Series) -> Iterator[pa.RecordBatch]:
    """The records of the series that `describe` found, in the file's order; those without a time are left out."""
    with _opened(path) as data:
        axis = series.parameters[0].name
        (dimension,) = data[axis].dims
        step = records_at_once(series)
        for first in range(0, data.sizes[dimension], step):
            part = data.isel({dimension: slice(first, first + step)})
            time_ns, known = _times(part[axis])
            columns = [_column(part[p.name], p, str(dimension))[known] for p in series.parameters[1:]]
            yield batch_of(series, time_ns[known], columns)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    import xarray

    with path.open("rb") as file:
        head = file.read(4)
    if head[:3] == b"CDF" and head[3] not in (1, 2):
        raise UnreadableFile(
            f"{path}: NetCDF of kind {head[3]} is not read; NetCDF 3 (classic, 64-bit offset) and 4 are"
        )
    engine: Any = "scipy" if head[:3] == b"CDF" else "h5netcdf"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            # Nothing is decoded by xarray, so that integers stay integers and fill stays fill.
            with xarray.open_dataset(
                path, engine=engine, decode_cf=False, cache=False, create_default_indexes=False
            ) as data:
                _believable(data, path)
                yield data
        except (UnreadableFile, MemoryError, RecursionError):
            raise
        except Exception as error:  # whatever a broken file makes xarray, h5py or scipy raise
            raise UnreadableFile(f"{path}: not sound NetCDF: {type(error).__name__}: {str(error)[:160]}") from None


def _believable(data: Any, path: Path) -> None:
    if len(data.variables) > MOST_VARIABLES:
        raise UnreadableFile(f"{path}: {len(data.variables):,} variables; at most {MOST_VARIABLES:,} are read")
    size = path.stat().st_size
    for name, variable in data.variables.items():
        claimed = int(np.prod(variable.shape, dtype=object)) * variable.dtype.itemsize
        if claimed > size * MOST_PACKED or max(variable.shape, default=0) > MOST_RECORDS:
            raise UnreadableFile(
                f"{path}: {name} claims {claimed:,} bytes, more than a file of {size:,} bytes can hold"
            )


def _is_time(variable: Any) -> bool:
    units = one_line(variable.attrs.get("units")) or ""
    return len(variable.dims) == 1 and " since " in units and variable.dtype.kind in "iuf"


def _series(data: Any, remarks: list[str]) -> Series | None:
    clocks = [str(n) for n in data.variables if _is_time(data[n])]
    usual = [n for n in clocks if data[n].attrs.get("standard_name") == "time" or n in data.dims] or clocks
    sharing = {n: sum(v.dims[:1] == data[n].dims for v in data.variables.values()) for n in usual}
    axis = max(usual, key=lambda n: (sharing[n], n in data.dims), default=None)
    if axis is None:
        remarks.append("no variable counts time since a moment (CF §4.4): no time series")
        return None
    calendar = (one_line(data[axis].attrs.get("calendar")) or "standard").lower()
    if calendar not in CALENDARS:
        remarks.append(f"{axis} is of the calendar {calendar}, whose dates are not those of UTC: no time series")
        return None
    (dimension,) = data[axis].dims
    try:
        time_ns, known = _times(data[axis])
    except (ValueError, KeyError, OverflowError) as error:
        units = one_line(data[axis].attrs.get("units"))
        remarks.append(f"{axis} in {units!r} comes to no times of UTC ({str(error)[:80]}): no time series")
        return None
    if not known.all():
        remarks.append(f"{int((~known).sum()):,} records have no time: left out of the series")
    if not known.any():
        remarks.append(f"{axis} has no times: no time series")
        return None
    parameters = [time_parameter(axis, _description(data[axis]))]
    for name in data.variables:
        variable = data[name]
        if str(name) == axis or variable.dims[:1] != (dimension,):
            if dimension in variable.dims[1:]:
                remarks.append(f"{name} has its time not as the first dimension: left out of the series")
            continue
        made = _parameter(data, str(name), variable, remarks)
        if made is not None:
            parameters.append(made)
    return series_of(usable_names(parameters, remarks), time_ns[known])


def _parameter(data: Any, name: str, variable: Any, remarks: list[str]) -> Parameter | None:
    attributes = variable.attrs
    size = tuple(int(s) for s in variable.shape[1:])
    units = one_line(attributes.get("units"))
    units = None if units in (None, "1", "none", "None", "unitless") else units
    told: dict[str, Any] = {"description": _description(variable), "label": one_line(attributes.get("standard_name"))}
    if variable.dtype.kind in "SOU" and not size:
        texts = [_text(v) for v in variable.values]
        length = max((len(t.encode()) for t in texts), default=1)
        return Parameter(name, "string", units, None, length=max(length, 1), **told)
    kind = numeric_type(variable.dtype)
    if kind is None or int(np.prod(size)) > MOST_VALUES or 0 in size:
        remarks.append(f"{name} of {variable.dtype} with {size or 'one value'} a record: left out of the series")
        return None
    if variable.dtype.kind in "iu" and variable.dtype.itemsize == 8:
        remarks.append(f"{name} is of {variable.dtype}: exact as a double up to 2^53 only")
    fill = fill_text(attributes.get("_FillValue", attributes.get("missing_value")), variable.dtype)
    if _packing(variable) is not None:
        kind, fill = "double", "NaN"
    bins = tuple(_bins(data, name, str(d), n, size[n]) for n, d in enumerate(variable.dims[1:]))
    return Parameter(
        name, kind, units, fill, size=size, bins=bins if any(b.centers for b in bins) else (), valid=_valid(variable), **told
    )  # fmt: skip


def _valid(variable: Any) -> tuple[float | None, float | None] | None:
    """valid_range, or valid_min and valid_max (CF §2.5.1, of packed values where they are packed)."""
    attributes = variable.attrs
    both = np.ravel(attributes.get("valid_range", ()))
    ends = (both[0], both[1]) if both.size == 2 else (attributes.get("valid_min"), attributes.get("valid_max"))
    packing = _packing(variable)
    if packing is not None and all(e is not None for e in ends):
        first, last = sorted(float(np.ravel(e)[0]) * packing[0] + packing[1] for e in ends)
        return valid_range(first, last)
    return None if packing is not None else valid_range(*ends)


def _bins(data: Any, name: str, dimension: str, n: int, length: int) -> Bins:
    """The coordinate variable of a dimension (CF §5), where it has numbers."""
    variable = data.variables.get(dimension)
    if variable is None or variable.dims != (dimension,) or variable.dtype.kind not in "iuf" or variable.size != length:
        return Bins(dimension or f"{name}_{n + 1}", None, None)
    centers = np.asarray(variable.values, dtype=np.float64)
    told = one_line(variable.attrs.get("units"))
    return Bins(dimension, told, tuple(map(float, centers)) if np.isfinite(centers).all() else None)


def _description(variable: Any) -> str:
    return one_line(variable.attrs.get("long_name")) or one_line(variable.attrs.get("description")) or ""


def _packing(variable: Any) -> tuple[float, float] | None:
    scale, offset = variable.attrs.get("scale_factor"), variable.attrs.get("add_offset")
    if scale is None and offset is None:
        return None
    return float(1.0 if scale is None else np.ravel(scale)[0]), float(0.0 if offset is None else np.ravel(offset)[0])


def _column(variable: Any, parameter: Parameter, dimension: str) -> NDArray[Any]:
    raw = variable.values
    if parameter.type == "string":
        return np.array([_text(v) for v in raw], dtype=object)
    packing = _packing(variable)
    if packing is None:
        return np.asarray(raw)
    scale, offset = packing
    unpacked = raw.astype(np.float64) * scale + offset
    for key in ("_FillValue", "missing_value"):
        if key in variable.attrs:
            unpacked[np.isin(raw, np.asarray(variable.attrs[key]).astype(raw.dtype))] = np.nan
    return np.asarray(unpacked)


def _times(variable: Any) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Times in nanoseconds since 1970 UTC, and which of them are known: neither fill nor outside of 1677 to 2262."""
    from xarray.coding.times import decode_cf_datetime

    raw = np.asarray(variable.values)
    known = np.isfinite(raw) if raw.dtype.kind == "f" else np.ones(raw.shape, np.bool_)
    for key in ("_FillValue", "missing_value"):
        if key in variable.attrs:
            known &= ~np.isin(raw, np.asarray(variable.attrs[key]))
    found = np.zeros(raw.shape, np.int64)
    if known.any():
        calendar = (one_line(variable.attrs.get("calendar")) or "standard").lower()
        packing = _packing(variable)
        counts = raw[known] if packing is None else raw[known].astype(np.float64) * packing[0] + packing[1]
        when = decode_cf_datetime(counts, one_line(variable.attrs["units"]) or "", calendar, use_cftime=False)
        found[known] = np.asarray(when).astype("datetime64[ns]").astype(np.int64)
    return found, known


def _text(value: Any) -> str:
    return (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)).rstrip("\x00 ")
