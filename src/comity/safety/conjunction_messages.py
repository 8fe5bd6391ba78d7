"""Conjunctions as Conjunction Data Messages (CCSDS 508.0-B-1), for the operators of both objects.

A message must give the covariance of velocity, too. Where only that of position is known (`position_error`), it follows from
the mean motion n of a circular orbit: n times the standard deviation along the track for the radial velocity, of the radius
for the transverse one, of the normal for the normal one. The message says so in a comment, and DEFAULT for its method.
"""

from __future__ import annotations

import hashlib
import re
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from comity.messages import Block, Field, Message, Segment, text_of
from comity.orbits import Elements
from comity.orbits.states import turned
from comity.orbits.times import to_iso
from comity.safety.encounter import rtn_axes
from comity.safety.errors import SafetyError
from comity.safety.screening import Conjunction

Floats = NDArray[np.float64]
#: An international designator, which an OEM has for its id.
_COSPAR = re.compile(r"\d{4}-\d{3}[A-Z]{1,3}")
#: The lower triangle of a covariance, in the message's order.
_AXES = ("R", "T", "N", "RDOT", "TDOT", "NDOT")
_METHOD = "ALFANO-2005"
_DEFAULT = "Covariance by age and kind of orbit (Flohrer et al. 2008; 1.5 km a day along the track); velocity part from the mean motion"
_GIVEN = "Covariance of position of the ephemeris, between its instants in RTN axes; velocity part from the mean motion"


def message(one: Conjunction, *, created_s: float, originator: str = "COMITY") -> Message:
    """The message of a conjunction.

    SafetyError for a conjunction without covariances: a message cannot do without.
    """
    if one.covariance_km2 is None or one.other_covariance_km2 is None:
        raise SafetyError(f"{one.own.name} and {one.other.name}: {one.why or 'no covariance'}; no CDM can be written")
    axes = rtn_axes(one.position_km, one.velocity_km_s)
    apart = axes @ (one.other_position_km - one.position_km) * 1000
    moving = axes @ (one.other_velocity_km_s - one.velocity_km_s) * 1000
    header = {
        "CREATION_DATE": _time(created_s),
        "ORIGINATOR": originator,
        "MESSAGE_ID": message_id(one, originator=originator),
    }
    about = {
        "TCA": _time(one.tca_s),
        "MISS_DISTANCE": _number(one.miss_km * 1000),
        "RELATIVE_SPEED": _number(one.speed_km_s * 1000),
        **{f"RELATIVE_POSITION_{a}": _number(v) for a, v in zip("RTN", apart, strict=True)},
        **{f"RELATIVE_VELOCITY_{a}": _number(v) for a, v in zip("RTN", moving, strict=True)},
    }
    if one.probability is not None:
        about |= {"COLLISION_PROBABILITY": f"{one.probability:.6e}", "COLLISION_PROBABILITY_METHOD": _METHOD}
    return Message(
        kind="cdm",
        version="1.0",
        header=_block("header", header),
        relative=_block("relativeMetadataData", about, f"HBR {one.radius_m:g} [m]", *([one.why] if one.why else [])),
        segments=(_segment(one, 1), _segment(one, 2)),
        source=header["MESSAGE_ID"],
    )


def message_id(one: Conjunction, *, originator: str = "COMITY") -> str:
    """An id that is the same for the same approach of the same objects."""
    said = f"{originator} {one.own.id} {one.other.id} {to_iso(one.tca_s, digits=0)}"
    return f"{one.own.id}-{one.other.id}-{hashlib.sha256(said.encode()).hexdigest()[:12]}"


def text(one: Conjunction, form: Literal["kvn", "xml"], *, created_s: float, originator: str = "COMITY") -> str:
    """The message as KVN or XML."""
    return text_of(message(one, created_s=created_s, originator=originator), form)


def _segment(one: Conjunction, number: int) -> Segment:
    own = number == 1
    thing = one.own if own else one.other
    position = one.position_km if own else one.other_position_km
    velocity = one.velocity_km_s if own else one.other_velocity_km_s
    covariance = one.covariance_km2 if own else one.other_covariance_km2
    assert covariance is not None
    by_elements = isinstance(thing.motion, Elements)
    r, v = turned(position[None, None], velocity[None, None], np.array([one.tca_s]), "TEME", "GCRF")
    metadata = {
        "OBJECT": f"OBJECT{number}",
        "OBJECT_DESIGNATOR": str(thing.norad if thing.norad is not None else thing.id),
        "CATALOG_NAME": "SATCAT" if thing.norad is not None else "NONE",
        "OBJECT_NAME": thing.name,
        "INTERNATIONAL_DESIGNATOR": thing.id if _COSPAR.fullmatch(thing.id) else "UNKNOWN",
        "EPHEMERIS_NAME": "NONE",
        "COVARIANCE_METHOD": "DEFAULT" if by_elements else "CALCULATED",
        "MANEUVERABLE": "N/A",
        "REF_FRAME": "GCRF",
    }
    state = {axis: _number(value) for axis, value in zip("XYZ", r[0, 0], strict=True)}
    state |= {f"{axis}_DOT": _number(value) for axis, value in zip("XYZ", v[0, 0], strict=True)}
    origin = ("Position by SGP4 from mean elements" if by_elements else "Position by an ephemeris") + (
        "" if own else " of the catalogue"
    )
    return Segment(
        _block("metadata", metadata, origin),
        (
            _block("stateVector", state),
            _block("covarianceMatrix", _matrix(covariance, position, velocity), _DEFAULT if by_elements else _GIVEN),
        ),
    )


def _matrix(covariance_km2: Floats, position: Floats, velocity: Floats) -> dict[str, str]:
    """The lower triangle [m², m²/s, m²/s²]: position as given, velocity from the mean motion."""
    motion = float(np.linalg.norm(velocity) / np.linalg.norm(position))
    whole = np.zeros((6, 6))
    whole[:3, :3] = covariance_km2 * 1e6
    for axis, behind in ((3, 1), (4, 0), (5, 2)):
        whole[axis, axis] = motion**2 * whole[behind, behind]
    return {f"C{_AXES[i]}_{_AXES[j]}": _number(whole[i, j]) for i in range(6) for j in range(i + 1)}


def _block(name: str, values: dict[str, str], *comments: str) -> Block:
    said = [Field("COMMENT", comment) for comment in comments]
    return Block(name, (*said, *(Field(keyword, value) for keyword, value in values.items())))


def _number(value: float) -> str:
    """To twelve digits, with a point, as the book writes numbers."""
    return repr(float(f"{value:.12g}"))


def _time(time_s: float) -> str:
    return to_iso(time_s, digits=3).removesuffix("Z")
