"""PDS4: what a label says of an observational product and of the data files that it names.

Source: PDS4 Information Model and PDS4 Standards Reference 1.x (classes Product_Observational, Observation_Area,
Primary_Result_Summary, Array, Table); structures by the library pds4_tools. A data file without a form of its own is told by
the label of its name beside it.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from comity.archive.described import Column, Described, Plain, Provenance
from comity.archive.errors import UnreadableFile
from comity.archive.measured import iso_to_mjd, missing_of, without_none

#: Bytes of a label; larger ones are refused.
MOST_LABEL = 32 * 2**20
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
#: processing_level of the Information Model as ObsCore's calib_level (ObsCore 1.1 §4.2) and as EPNcore's (EPN-TAP 2.0, CODMAC).
_LEVELS = {
    "Telemetry": (0, 1), "Raw": (1, 2), "Partially Processed": (1, 3), "Calibrated": (2, 3), "Derived": (3, 5),
}  # fmt: skip
#: Data objects that are a kind of product by their very class: ObsCore's word and EPNcore's.
_PRODUCTS = {
    "Array_2D_Image": ("image", "im"), "Array_2D_Map": ("image", "ma"), "Array_3D_Image": ("cube", "sc"),
    "Array_3D_Movie": ("cube", "mo"), "Array_3D_Spectrum": ("cube", "sc"), "Array_2D_Spectrum": ("spectrum", "sp"),
    "Array_1D_Spectrum": ("spectrum", "sp"), "Table_Character": ("measurements", "ca"), "Table_Binary": ("measurements", "ca"),
    "Table_Delimited": ("measurements", "ca"),
}  # fmt: skip
#: Target types of the Information Model as EPNcore's target_class.
_TARGETS = {
    "Asteroid": "asteroid", "Comet": "comet", "Dwarf Planet": "dwarf_planet", "Exoplanet System": "exoplanet",
    "Planet": "planet", "Satellite": "satellite", "Star": "star", "Sun": "star", "Dust": "interplanetary_medium",
    "Trans-Neptunian Object": "dwarf_planet", "Plasma Stream": "interplanetary_medium", "Ring": "ring", "Meteorite": "sample",
}  # fmt: skip
_TYPES = {"ASCII_Integer": "long", "ASCII_NonNegative_Integer": "long", "ASCII_Real": "double", "IEEE754MSBDouble": "double",
          "IEEE754LSBDouble": "double", "IEEE754MSBSingle": "float", "IEEE754LSBSingle": "float",
          "SignedMSB2": "short", "SignedLSB2": "short", "SignedMSB4": "int", "SignedLSB4": "int", "UnsignedByte": "unsignedByte",
          "ASCII_Boolean": "boolean"}  # fmt: skip


def describe(path: Path) -> Described:
    """What a label, or a data file by its label, says. UnreadableFile when the label is broken or its data are not there."""
    label = path if _is_label(path) else label_of(path)
    assert label is not None
    root = _root(label)
    named = list(_file_names(root))
    for name in named:
        if "/" in name or "\\" in name or not (label.parent / name).is_file():
            raise UnreadableFile(f"{label}: names the data file {name!r}, which is not beside it")
    structures = _structures(label)
    if path == label and named:  # the data files are the products, and say all of this; the label goes with them
        told = text_of(root, "Identification_Area", "title") or ""
        return Described(
            format="PDS4", media_type="application/xml", remarks=(f"the label of {', '.join(named)}: {told}",)
        )
    found, epn = _told(root, label)
    main = structures[0] if structures else None
    if main is not None and main.type in _PRODUCTS:
        found["dataproduct_type"], epn["dataproduct_type"] = _PRODUCTS[main.type]
    is_table = main is not None and main.is_table()
    who = {key: value for key, value in found.items() if value is not None}
    remarks = [f"described by its label {label.name}"]
    if len(structures) > 1:
        remarks.append(f"{len(structures)} data objects; the first is described")
    return Described(
        format="PDS4",
        media_type="application/xml" if path == label else "application/octet-stream",
        obscore=who,
        epncore=without_none(epn),
        columns=tuple(_columns(main)) if is_table else (),
        n_rows=int(main.meta_data["records"]) if is_table and main is not None else None,
        provenance=Provenance(
            facility=_word(found.get("facility_name")),
            instrument=_word(found.get("instrument_name")),
            parents=tuple(
                dict.fromkeys(
                    e.text.strip()
                    for r in root.iter(_tag(root, "Internal_Reference"))
                    if (e := r.find(_tag(root, "lid_reference"))) is not None
                    and e.text
                    and "derived_from" in (r.findtext(_tag(root, "reference_type")) or "")
                )
            ),
            made=_word(epn.get("creation_date")),
            origin=None if path == label else label.name,
        ),
        missing=missing_of(who, positional=False),
        remarks=tuple(remarks),
    )


def label_of(path: Path) -> Path | None:
    """The PDS4 label beside a data file that names it, or None."""
    for label in (path.with_suffix(".xml"), path.with_suffix(".XML"), path.with_suffix(".lblx")):
        if label != path and label.is_file() and _is_label(label) and path.name in _file_names(_root(label)):
            return label
    return None


def _is_label(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(4096)
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and b"http://pds.nasa.gov/pds4/" in head


def _root(label: Path) -> ElementTree.Element:
    if label.stat().st_size > MOST_LABEL:
        raise UnreadableFile(f"{label}: a label has {MOST_LABEL >> 20} MiB at most")
    text = label.read_bytes()
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise UnreadableFile(f"{label}: a PDS4 label has no DOCTYPE and no entities; it is refused")
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        line, column = error.position
        raise UnreadableFile(f"{label}:{line}:{column + 1}: not well-formed XML: {error}") from None


def _tag(root: ElementTree.Element, name: str) -> str:
    return f"{root.tag.partition('}')[0]}}}{name}" if root.tag.startswith("{") else name


def _file_names(root: ElementTree.Element) -> Iterator[str]:
    for file in root.iter(_tag(root, "File")):
        name = file.findtext(_tag(root, "file_name"))
        if name and name.strip():
            yield name.strip()


def _structures(label: Path) -> list[Any]:
    """The data objects of a product. UnreadableFile when one does not lie within its file."""
    import pds4_tools

    logging.getLogger("PDS4ToolsLogger").setLevel(logging.CRITICAL)
    try:
        structures = [s for s in pds4_tools.read(str(label), lazy_load=True, quiet=True) if s.type != "Header"]
        for structure in structures:
            _within(label, structure)
    except UnreadableFile:
        raise
    except Exception as error:  # the library's own classes, and whatever a broken label provokes in it
        raise UnreadableFile(f"{label}: its data objects cannot be read: {str(error)[:200]}") from None
    return structures


def _within(label: Path, structure: Any) -> None:
    told = structure.meta_data
    file = label.parent / Path(structure.parent_filename).name
    if structure.is_array():
        data_type = told["Element_Array"]["data_type"]
        digits = "".join(c for c in data_type if c.isdigit() and "IEEE754" not in data_type)
        width = {"UnsignedByte": 1, "SignedByte": 1}.get(data_type) or (
            8 if "Double" in data_type or "Complex8" in data_type else 4 if "Single" in data_type else int(digits or 1)
        )
        needed = int(told["offset"]) + math.prod(told.dimensions()) * width
    elif structure.is_table() and structure.type != "Table_Delimited":
        record = next(told[k] for k in told if k.startswith("Record"))
        needed = int(told["offset"]) + int(told["records"]) * int(record["record_length"])
    else:
        return
    if needed > file.stat().st_size:
        raise UnreadableFile(
            f"{label}: {structure.type} claims {needed:,} bytes of {file.name}, which has {file.stat().st_size:,}"
        )


def text_of(root: ElementTree.Element, *path: str) -> str | None:
    """The text of an element below others, its blanks made one; None when it is not there, empty, or nil."""
    node: ElementTree.Element | None = root
    for name in path:
        node = node.find(_tag(root, name)) if node is not None else None
    if node is None or node.get(_NIL) == "true" or not (node.text or "").strip():
        return None
    return " ".join((node.text or "").split())


def _told(root: ElementTree.Element, label: Path) -> tuple[dict[str, Plain], dict[str, Plain]]:
    text = partial(text_of, root)
    area = "Observation_Area"
    summary = (area, "Primary_Result_Summary")
    lid, version = text("Identification_Area", "logical_identifier"), text("Identification_Area", "version_id")
    if lid is None:
        raise UnreadableFile(f"{label}: has no logical_identifier, which every PDS4 product has")
    start, stop = (_mjd(text(area, "Time_Coordinates", f"{end}_date_time")) for end in ("start", "stop"))
    hosts, instruments = _system(root)
    level = text(*summary, "processing_level")
    calib, codmac = _LEVELS.get(level or "", (None, None))
    obscore: dict[str, Plain] = {
        "obs_id": lid,
        "obs_title": text("Identification_Area", "title"),
        "target_name": text(area, "Target_Identification", "name"),
        "facility_name": hosts,
        "instrument_name": instruments,
        "t_min": start,
        "t_max": stop,
        "calib_level": calib,
    }
    kind = text(area, "Target_Identification", "type")
    modified = [e.text for e in root.iter(_tag(root, "modification_date")) if e.text]
    epncore: dict[str, Plain] = {
        "granule_uid": f"{lid}::{version}",
        "granule_gid": lid.rsplit(":", 1)[0],
        "obs_id": lid,
        "target_name": obscore["target_name"],
        "target_class": _TARGETS.get(kind or ""),
        "time_min": None if start is None else start + 2400000.5,
        "time_max": None if stop is None else stop + 2400000.5,
        "instrument_host_name": hosts,
        "instrument_name": instruments,
        "processing_level": codmac,
        "measurement_type": None,
        "modification_date": max(modified).strip() if modified else None,
        "service_title": None,
    }
    return obscore, epncore


def _system(root: ElementTree.Element) -> tuple[str | None, str | None]:
    hosts, instruments = [], []
    for part in root.iter(_tag(root, "Observing_System_Component")):
        name, kind = (part.findtext(_tag(root, n)) or "" for n in ("name", "type"))
        if kind.strip() in ("Spacecraft", "Host", "Telescope", "Observatory", "Facility"):
            hosts.append(" ".join(name.split()))
        elif kind.strip() == "Instrument":
            instruments.append(" ".join(name.split()))
    return "#".join(hosts) or None, "#".join(instruments) or None


def _mjd(text: str | None) -> float | None:
    """A time of PDS4, which is UTC (Standards Reference §5C.4): a day alone means its beginning."""
    if text is None:
        return None
    whole = text.rstrip("Z")
    return iso_to_mjd(whole if "T" in whole else f"{whole}T00:00:00")


def _columns(table: Any) -> Iterator[Column]:
    for field in table.fields:
        told = field.meta_data
        kind = _TYPES.get(told.get("data_type", ""), "char")
        description = told.get("description")
        yield Column(
            name=told.full_name(),
            datatype=kind,
            arraysize="*" if kind == "char" else None,
            unit=told.get("unit"),
            description=" ".join(description.split()) if description else None,
        )


def _word(value: Plain) -> str | None:
    return value if isinstance(value, str) else None
