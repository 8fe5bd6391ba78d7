"""Mean elements of an Orbit Mean-elements Message (CCSDS 502.0-B-3 §4): KVN, XML, and the JSON and CSV of catalogues."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from comity.orbits.errors import OrbitError
from comity.orbits.objects import Elements, SpaceObject
from comity.orbits.times import DAY_S, from_iso, from_scale, utc_julian

REVOLUTIONS_PER_DAY = 2.0 * math.pi / 1440.0  # in rad/min
ANGLES = ("INCLINATION", "RA_OF_ASC_NODE", "ARG_OF_PERICENTER", "MEAN_ANOMALY")
_KVN = re.compile(r"\s*([A-Z0-9_]+)\s*=\s*(.*?)\s*(?:\[[^\]]*\])?\s*$")


def read_omm_kvn(text: str, path: Path) -> tuple[SpaceObject, ...]:
    """The objects of one or more OMMs in keyword-value notation."""
    messages: list[tuple[int, dict[str, str]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("COMMENT"):
            continue
        match = _KVN.match(line)
        if not match:
            raise OrbitError(f"{path}:{number}: {line.strip()[:40]!r} is no KEYWORD = value")
        key, value = match.groups()
        if key == "CCSDS_OMM_VERS":
            messages.append((number, {}))
        elif not messages:
            raise OrbitError(f"{path}:{number}: an OMM begins with CCSDS_OMM_VERS, this with {key}")
        elif key in messages[-1][1]:
            raise OrbitError(f"{path}:{number}: {key} is given twice in one message")
        messages[-1][1][key] = value
    return tuple(object_of(fields, f"{path}:{number}") for number, fields in messages)


def read_omm_xml(text: str, path: Path) -> tuple[SpaceObject, ...]:
    """The objects of an OMM, or of an NDM of OMMs, in XML."""
    return tuple(object_of(fields, f"{path}: message {n}") for n, fields in enumerate(_xml_fields(text, path), start=1))


def _xml_fields(text: str, path: Path) -> Iterator[dict[str, str]]:
    import xml.etree.ElementTree as ET

    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise OrbitError(f"{path}: a navigation message has no document type or entities of its own")
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        raise OrbitError(f"{path}:{error.position[0]}: is no whole XML ({error})") from None
    for message in (m for m in root.iter() if _tag(m) == "omm"):
        yield {_tag(e): (e.text or "").strip() for e in message.iter() if not len(e)}


def _tag(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def read_omm_json(text: str, path: Path) -> tuple[SpaceObject, ...]:
    """The objects of a JSON array of OMM fields, as catalogues hand them out."""
    try:
        rows = json.loads(text)
    except ValueError as error:
        raise OrbitError(f"{path}: is no whole JSON ({error})") from None
    rows = rows if isinstance(rows, list) else [rows]
    if not all(isinstance(row, dict) for row in rows):
        raise OrbitError(f"{path}: is no list of objects with OMM fields")
    return tuple(object_of(row, f"{path}: object {n}") for n, row in enumerate(rows, start=1))


def read_omm_csv(text: str, path: Path) -> tuple[SpaceObject, ...]:
    """The objects of a table with OMM keywords at its head."""
    rows = csv.DictReader(io.StringIO(text))
    return tuple(object_of(row, f"{path}:{rows.line_num}") for row in rows)


def object_of(fields: Mapping[str, Any], where: str) -> SpaceObject:
    """The object that the fields of one OMM describe. OrbitError says which field is missing or wrong."""
    theory = str(fields.get("MEAN_ELEMENT_THEORY") or "SGP4")
    if theory.upper().replace("/", "") not in ("SGP4", "SGP", "SDP4", "SGP4SDP4", "SGPSGP4"):
        raise OrbitError(f"{where}: MEAN_ELEMENT_THEORY is {theory!r}; only SGP4 is computed")
    for key, right in (("CENTER_NAME", "EARTH"), ("REF_FRAME", "TEME")):
        if (said := str(fields.get(key) or right)).upper() != right:
            raise OrbitError(f"{where}: {key} is {said!r}; SGP4 takes {right}")
    try:
        said_epoch = from_iso(_text(fields, "EPOCH", where))
        epoch_s = from_scale(said_epoch, str(fields.get("TIME_SYSTEM") or "UTC"))
    except OrbitError as error:
        raise OrbitError(f"{where}: {error}".replace(f"{where}: {where}", where)) from None
    inclination, node, perigee, anomaly = (math.radians(_number(fields, key, where)) for key in ANGLES)
    eccentricity, motion = _number(fields, "ECCENTRICITY", where), _number(fields, "MEAN_MOTION", where)
    if not 0 <= eccentricity < 1:
        raise OrbitError(f"{where}: ECCENTRICITY is {eccentricity}; it lies from 0 to below 1")
    if not motion > 0:
        raise OrbitError(f"{where}: MEAN_MOTION is {motion}; it must be above 0")
    whole, fraction = utc_julian(epoch_s)
    norad = _norad(fields, where)
    designator = str(fields.get("OBJECT_ID") or "")
    return SpaceObject(
        id=str(norad) if norad is not None else designator or str(fields.get("OBJECT_NAME") or where),
        name=str(fields.get("OBJECT_NAME") or designator or norad),
        norad=norad,
        motion=Elements(
            epoch_jd=float(whole),
            # Microseconds, as messages give them: what the seconds lose beyond is no part of the epoch.
            epoch_fraction=round(float(fraction) * DAY_S, 6) / DAY_S,
            mean_motion=motion * REVOLUTIONS_PER_DAY,
            eccentricity=eccentricity,
            inclination=inclination,
            node=node,
            perigee=perigee,
            mean_anomaly=anomaly,
            bstar=_number(fields, "BSTAR", where, missing=0.0),
            mean_motion_dot=_number(fields, "MEAN_MOTION_DOT", where, missing=0.0) * REVOLUTIONS_PER_DAY / 1440.0,
            mean_motion_ddot=_number(fields, "MEAN_MOTION_DDOT", where, missing=0.0) * REVOLUTIONS_PER_DAY / 1440.0**2,
        ),
        source=where,
    )


def _norad(fields: Mapping[str, Any], where: str) -> int | None:
    said = str(fields.get("NORAD_CAT_ID") or "").strip()
    if not said:
        return None
    if not said.isdigit():
        raise OrbitError(f"{where}: NORAD_CAT_ID is {said!r}; it is a whole number")
    return int(said)


def _text(fields: Mapping[str, Any], key: str, where: str) -> str:
    value = fields.get(key)
    if value is None or str(value).strip() == "":
        raise OrbitError(f"{where}: {key} is missing")
    return str(value)


def _number(fields: Mapping[str, Any], key: str, where: str, *, missing: float | None = None) -> float:
    if missing is not None and fields.get(key) in (None, ""):
        return missing
    said = _text(fields, key, where)
    try:
        value = float(said)
    except ValueError:
        raise OrbitError(f"{where}: {key} is {said!r}; it is a number") from None
    if not math.isfinite(value):
        raise OrbitError(f"{where}: {key} is {said!r}; it must be finite")
    return value
