"""FITS 4.0: what headers say of an image, cube, spectrum or table, with its world coordinates.

Source: Definition of the Flexible Image Transport System, version 4.0 (2018), and WCS papers I to IV by way of astropy.
Only keywords with a meaning laid down there, or in wide use (OBJECT, TELESCOP, INSTRUME, FILTER), are read.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from comity.archive.described import Column, Described, Plain, Provenance
from comity.archive.errors import UnreadableFile
from comity.archive.measured import footprint, iso_to_mjd, missing_of, without_none

#: Headers and units that one file may have.
MOST_UNITS, MOST_CARDS = 2000, 20_000
#: Spectral axes of WCS paper III that have a wavelength in vacuum, by the unit of their value.
_SPECTRAL = ("WAVE", "FREQ", "ENER", "WAVN")
_BUNIT_UCD = {"K": "phys.temperature", "Jy": "phot.flux.density", "adu": "phot.count", "count": "phot.count"}
#: TFORM letters (§7.3.1) as VOTable datatypes.
_TFORM = {
    "L": "boolean", "X": "bit", "B": "unsignedByte", "I": "short", "J": "int", "K": "long", "A": "char",
    "E": "float", "D": "double", "C": "floatComplex", "M": "doubleComplex",
}  # fmt: skip


def describe(path: Path) -> Described:
    """What a FITS file says of itself. UnreadableFile when it is broken, or larger on paper than on disk."""
    from astropy.io import fits
    from astropy.io.fits.verify import VerifyError

    size = path.stat().st_size
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with fits.open(path, memmap=True, lazy_load_hdus=True) as units:
                return _described(list(_checked(units, path, size)), path)
        except (OSError, VerifyError, ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
            if isinstance(error, UnreadableFile):
                raise
            raise UnreadableFile(f"{path}: not sound FITS: {str(error)[:200]}") from None


def _checked(units: Any, path: Path, size: int) -> Iterator[Any]:
    for number, unit in enumerate(units):
        if number >= MOST_UNITS or len(unit.header) > MOST_CARDS:
            raise UnreadableFile(f"{path}: more than {MOST_UNITS} units or {MOST_CARDS} cards in one; it is refused")
        place = unit.fileinfo() if hasattr(unit, "fileinfo") else None
        if place is None:
            raise UnreadableFile(f"{path}: unit {number} is not of the standard (SIMPLE = F); it is refused")
        # The shape of a compressed image is what it unpacks to; what lies in the file is the table that holds it.
        claimed = int(unit._bintable.size if hasattr(unit, "_bintable") and unit._bintable is not None else unit.size)
        if claimed < 0 or place["datLoc"] + claimed > size:
            raise UnreadableFile(
                f"{path}: unit {number} claims {claimed:,} bytes of data, the file ends before; it is cut short or false"
            )
        yield unit


def _described(units: list[Any], path: Path) -> Described:
    primary = units[0].header
    main = next((u for u in units if _has_data(u)), units[0])
    header = main.header.copy()
    for key in primary:
        if key and key not in header and key not in ("COMMENT", "HISTORY", "SIMPLE", "EXTEND"):
            header[key] = primary[key]
    remarks = [] if len(units) == 1 else [f"{len(units)} units; unit {units.index(main)} is described"]
    is_table = main.is_image is False
    found: dict[str, Plain] = {**_who(header), **_when(header, remarks)}
    columns: tuple[Column, ...] = ()
    rows = None
    if is_table:
        columns, rows = _columns(main.header), int(main.header["NAXIS2"])
        found |= _product_of_table(main.header, columns)
    else:
        found |= _axes(main, header, remarks)
    return Described(
        format="FITS",
        media_type="application/fits" if is_table else "image/fits",
        obscore=without_none(found),
        columns=columns,
        n_rows=rows,
        provenance=Provenance(
            facility=_text(header, "TELESCOP"),
            instrument=_text(header, "INSTRUME"),
            software=tuple(t for k in ("CREATOR", "PROGRAM", "SOFTWARE", "CAL_VER") if (t := _text(header, k))),
            parents=tuple(dict.fromkeys(str(v) for k, v in primary.items() if k.startswith("PARENT") and v)),
            made=_text(header, "DATE"),
            origin=_text(header, "ORIGIN"),
        ),
        missing=missing_of(found, positional=not is_table),
        remarks=tuple(remarks),
    )


def _has_data(unit: Any) -> bool:
    return bool(unit.header.get("NAXIS", 0)) and unit.size > 0


def _text(header: Any, key: str) -> str | None:
    value = header.get(key)
    text = str(value).strip() if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""
    return text or None


def _number(header: Any, *keys: str) -> float | None:
    for key in keys:
        value = header.get(key)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and np.isfinite(value):
            return float(value)
    return None


def _who(header: Any) -> dict[str, Plain]:
    return {
        "target_name": _text(header, "OBJECT"),
        "facility_name": _text(header, "TELESCOP"),
        "instrument_name": _text(header, "INSTRUME"),
        "obs_id": _text(header, "OBSID") or _text(header, "OBS_ID"),
        "obs_title": _text(header, "TITLE"),
        "obs_creation_date": _text(header, "DATE"),
    }


def _when(header: Any, remarks: list[str]) -> dict[str, Plain]:
    """Begin, end and exposure; §9.2: TIMESYS is UTC where it is not told, and DATE-OBS is of no stated part of the exposure."""
    scale = (_text(header, "TIMESYS") or "UTC").upper()
    start, stop = (
        _mjd(header, ("DATE-BEG", "DATE-OBS"), "MJD-BEG", scale),
        _mjd(header, ("DATE-END",), "MJD-END", scale),
    )
    exposure = _number(header, "XPOSURE", "EXPTIME", "EXPOSURE")
    if start is None and (average := _number(header, "MJD-OBS")) is not None:
        start = iso_to_mjd(f"MJD {average!r}", scale)
    if start is not None and stop is None and exposure is not None and "DATE-BEG" in header:
        stop = start + exposure / 86400.0
    if start is not None and "DATE-BEG" not in header and "MJD-BEG" not in header:
        remarks.append("t_min is DATE-OBS, of which no standard says that it is the beginning")
    return {"t_min": start, "t_max": stop, "t_exptime": exposure, "t_resolution": None}


def _mjd(header: Any, dates: tuple[str, ...], mjd: str, scale: str) -> float | None:
    for key in dates:
        text = _text(header, key)
        if text is None:
            continue
        if "T" not in text and (time := _text(header, key.replace("DATE", "TIME"))) and ":" in time:
            text = f"{text}T{time}"
        return iso_to_mjd(text, scale)
    number = _number(header, mjd)
    return None if number is None else iso_to_mjd(f"MJD {number!r}", scale)


def _axes(unit: Any, header: Any, remarks: list[str]) -> dict[str, Plain]:
    """The product's type, its place on the sky and its spectral range, by its axes' types."""
    from astropy.wcs import WCS, FITSFixedWarning

    shape = [int(header.get(f"NAXIS{n + 1}", 0)) for n in range(int(header.get("NAXIS", 0)))]
    found: dict[str, Plain] = {}
    bunit = _text(header, "BUNIT")
    if bunit in _BUNIT_UCD:
        found["o_ucd"] = _BUNIT_UCD[bunit]
    found |= _passband(header)
    types = [str(header.get(f"CTYPE{n + 1}", "")).strip().upper() for n in range(len(shape))]
    if not any(types):
        remarks.append("no world coordinates (CTYPEn): neither a place on the sky nor a spectral range is told")
        return found
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FITSFixedWarning)
        try:
            wcs = WCS(unit.header, naxis=len(shape))
        except Exception as error:  # wcslib's own classes, and whatever a broken header provokes in astropy
            remarks.append(f"world coordinates cannot be used: {str(error).splitlines()[0][:120]}")
            return found
    sky = wcs.has_celestial
    spectral = next((n for n, t in enumerate(types) if t[:4] in _SPECTRAL), None)
    found["dataproduct_type"] = _type(shape, types, sky=sky, spectral=spectral is not None)
    if any(t.startswith(("HPLN", "HPLT", "HGLN", "HGLT", "CRLN", "CRLT")) for t in types):
        remarks.append("its places are on the Sun (Thompson 2006), which have none on the sky: no s_ra, s_dec")
    elif sky:
        found |= footprint(wcs.celestial, remarks)
    if spectral is not None:
        found |= _spectrum(wcs, spectral, shape[spectral], remarks)
    stokes = next((n for n, t in enumerate(types) if t == "STOKES"), None)
    if stokes is not None:
        found["pol_xel"] = shape[stokes]
    return found


def _type(shape: list[int], types: list[str], *, sky: bool, spectral: bool) -> str | None:
    long = [n for n, t in enumerate(types) if shape[n] > 1 and t != "STOKES"]
    if sky:
        return "cube" if len(long) > 2 else "image"
    if spectral:
        return "spectrum" if len(long) == 1 else None
    if any(t in ("TIME", "UTC", "TT", "TAI", "TDB") for t in types):
        return "timeseries" if len(long) == 1 else None
    return None


def _spectrum(wcs: Any, axis: int, length: int, remarks: list[str]) -> dict[str, Plain]:
    from astropy import units

    try:
        ends = wcs.sub([axis + 1]).wcs_pix2world([[0.0], [length - 1.0]], 0).ravel()
        unit = units.Unit(str(wcs.wcs.cunit[axis]))
        metres = (ends * unit).to(units.m, equivalencies=units.spectral()).value
    except Exception as error:
        remarks.append(f"the spectral axis cannot be used: {str(error).splitlines()[0][:120]}")
        return {}
    if not (np.isfinite(metres).all() and (metres > 0).all()):
        remarks.append("the spectral axis does not come to positive wavelengths")
        return {}
    return {"em_min": float(metres.min()), "em_max": float(metres.max()), "em_xel": length}


def _passband(header: Any) -> dict[str, Plain]:
    """The wavelength that a solar telescope images, where it comes with its unit (SOLARNET metadata 2.1 §5.1)."""
    from astropy import units

    length, unit = _number(header, "WAVELNTH"), _text(header, "WAVEUNIT")
    if length is None or unit is None or length <= 0:
        return {}
    try:
        metres = float((length * units.Unit(unit)).to(units.m).value)
    except (ValueError, TypeError):
        return {}
    return {"em_min": metres, "em_max": metres}


def _columns(header: Any) -> tuple[Column, ...]:
    found = []
    for n in range(1, int(header.get("TFIELDS", 0)) + 1):
        form = str(header.get(f"TFORM{n}", "")).strip()
        ascii_table = header.get("XTENSION", "").strip() == "TABLE"
        if ascii_table:
            letter, repeat = form[:1], 1
            datatype = {"A": "char", "I": "long", "F": "double", "E": "double", "D": "double"}.get(letter, "char")
        else:
            digits = len(form) - len(form.lstrip("0123456789"))
            letter, repeat = form[digits : digits + 1], int(form[:digits] or 1)
            datatype = _TFORM.get(letter, "char" if letter in "PQ" else "")
        arraysize = "*" if datatype == "char" or letter in "PQ" else (str(repeat) if repeat != 1 else None)
        found.append(
            Column(
                name=str(header.get(f"TTYPE{n}", f"col{n}")).strip(),
                datatype=datatype,
                arraysize=arraysize,
                unit=_text(header, f"TUNIT{n}"),
                ucd=_text(header, f"TUCD{n}"),
                description=_text(header, f"TCOMM{n}"),
            )
        )
    return tuple(found)


def _product_of_table(header: Any, columns: tuple[Column, ...]) -> dict[str, Plain]:
    """Event lists and light curves say so (HDUCLAS1, OGIP 93-003; EXTNAME of Kepler and TESS); other tables are measurements."""
    kind = str(header.get("HDUCLAS1", "")).strip().upper()
    if kind == "EVENTS":
        return {"dataproduct_type": "event"}
    if kind == "LIGHTCURVE" or str(header.get("EXTNAME", "")).strip().upper() == "LIGHTCURVE":
        return {"dataproduct_type": "timeseries", "t_xel": int(header["NAXIS2"])}
    if kind == "SPECTRUM":
        return {"dataproduct_type": "spectrum"}
    return {"dataproduct_type": "measurements"} if columns else {}
