"""Ephemerides of an Orbit Ephemeris Message (CCSDS 502.0-B-3 §5), through the door of `comity.messages`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from comity.messages import Block, Message, MessageError, Segment, parse
from comity.messages.values import clock_readings
from comity.orbits.errors import OrbitError
from comity.orbits.interpolation import states_needed
from comity.orbits.objects import Arc, SpaceObject
from comity.orbits.oem_covariances import spreads, with_covariances
from comity.orbits.times import Floats, from_scales

#: Frames of messages and the one here that each is taken as: the axes of ICRF and GCRF are the same.
FRAMES = {"ICRF": "GCRF", "GCRF": "GCRF", "EME2000": "EME2000", "J2000": "EME2000", "TEME": "TEME", "ITRF": "ITRF"}
METHODS = ("LAGRANGE", "HERMITE", "LINEAR")
#: What is used where a message says nothing: it must then not be more exact than its states are dense.
METHOD, DEGREE = "HERMITE", 7


def read_oem(text: str, path: Path) -> tuple[SpaceObject, ...]:
    """The spacecraft of one or more OEMs in KVN or XML: one for each OBJECT_ID, its segments in order of time."""
    try:
        message = parse(text, str(path))
    except MessageError as error:
        raise OrbitError(str(error)) from None
    return ephemerides(message)


def ephemerides(message: Message) -> tuple[SpaceObject, ...]:
    """The spacecraft whose ephemerides a message holds. OrbitError when it holds none, or one that is not computed here."""
    named: dict[str, tuple[str, list[Arc]]] = {}
    segments = [s for one in message.each() if one.kind == "oem" for s in one.segments]
    if not segments:
        raise OrbitError(f"{message.source}: holds no ephemeris; it is of kind {message.kind.upper()}")
    for number, segment in enumerate(segments, start=1):
        meta = segment.metadata
        key, name = meta.get("OBJECT_ID") or "", meta.get("OBJECT_NAME") or ""
        named.setdefault(key, (name, []))[1].append(_arc(segment, f"{message.source}: segment {number}"))
    return tuple(
        SpaceObject(
            id=key,
            name=name,
            norad=None,
            motion=tuple(sorted(arcs, key=lambda a: a.usable_s)),
            source=message.source,
        )
        for key, (name, arcs) in named.items()
    )


def _arc(segment: Segment, where: str) -> Arc:
    meta, rows = segment.metadata, segment.rows
    assert rows is not None
    frame = _frame(meta, where)
    times = instants(rows.texts("EPOCH"), meta, where)
    method = (meta.get("INTERPOLATION") or METHOD).upper()
    if method not in METHODS:
        raise OrbitError(f"{where}: INTERPOLATION is {method}; known are {', '.join(METHODS)}")
    degree = 1 if method == "LINEAR" else int(meta.get("INTERPOLATION_DEGREE") or DEGREE)
    if degree < 1:
        raise OrbitError(f"{where}: INTERPOLATION_DEGREE is {degree}; it is 1 or more")
    if meta.get("INTERPOLATION") is None:
        while degree > 1 and states_needed(method, degree) > len(times):
            degree -= 2
    spans = [
        (meta.get(f"USEABLE_{name}_TIME") or meta.get(f"{name}_TIME") or "", at)
        for name, at in (("START", times[0]), ("STOP", times[-1]))
    ]
    (first, begins), (last, ends) = ((instants([text], meta, where)[0], at) for text, at in spans)
    arc = Arc(
        times_s=times,
        position_km=rows.numbers(("X", "Y", "Z")),
        velocity_km_s=rows.numbers(("X_DOT", "Y_DOT", "Z_DOT")),
        frame=frame,
        centre=_centre(meta.get("CENTER_NAME") or "", where),
        method="LAGRANGE" if method == "LINEAR" else method,
        degree=degree,
        usable_s=(float(max(first, begins)), float(min(last, ends))),
    )
    blocks = segment.blocks("covarianceMatrix")
    if not blocks:
        return arc
    known = instants([block.get("EPOCH") or "" for block in blocks], meta, where)
    return with_covariances(arc, spreads(segment, known), meta.get("REF_FRAME") or "")


def _frame(meta: Block, where: str) -> str:
    said = (meta.get("REF_FRAME") or "").upper()
    known = FRAMES.get("ITRF" if said.startswith("ITRF") else said)
    if known is None:
        raise OrbitError(f"{where}: REF_FRAME is {said}; computed are {', '.join(FRAMES)}")
    return known


def instants(epochs: list[str], meta: Block, where: str) -> Floats:
    """POSIX seconds UTC of epochs on the clock of a message."""
    read = clock_readings(epochs)
    if read is None:
        raise OrbitError(f"{where}: an epoch is none; write it as 2026-03-01T12:00:00.5")
    try:
        return np.asarray(from_scales(read, (meta.get("TIME_SYSTEM") or "").upper()), dtype=np.float64)
    except OrbitError as error:
        raise OrbitError(f"{where}: {error}") from None


def _centre(name: str, where: str) -> str:
    from comity.orbits.bodies import NAMES

    key = name.strip().lower()
    if key in ("earth", "solar system barycenter", "ssb"):
        return "earth" if key == "earth" else "solar system barycenter"
    if key.removesuffix(" barycenter") not in NAMES:
        raise OrbitError(f"{where}: CENTER_NAME is {name!r}; known are EARTH, {', '.join(NAMES).upper()}")
    return NAMES[key.removesuffix(" barycenter")]
