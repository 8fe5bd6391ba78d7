"""Attitude data messages: APM and AEM (CCSDS 504.0-B-2, tables 3-1 to 4-4); version 1.0 of both in KVN (504.0-B-1).

The tables of version 1.0 follow the messages of that book that Orekit reads in its tests; its XML is not read.
"""

from __future__ import annotations

from comity.messages.books import Book, table

_HEADER = """
CLASSIFICATION  O text 2.0+
CREATION_DATE   M epoch
ORIGINATOR      M text
MESSAGE_ID      O text 2.0+
"""
_FRAMES = "REF_FRAME_A M text\nREF_FRAME_B M text\n"
_QUATERNION = ("Q1", "Q2", "Q3", "QC")
_RATES = tuple(f"{q}_DOT" for q in _QUATERNION)
_ANGLES = ("ANGLE_1", "ANGLE_2", "ANGLE_3")
_ANGVEL = ("ANGVEL_X", "ANGVEL_Y", "ANGVEL_Z")
_SPIN = ("SPIN_ALPHA", "SPIN_DELTA", "SPIN_ANGLE", "SPIN_ANGLE_VEL")
_NUTATION = ("NUTATION", "NUTATION_PER", "NUTATION_PHASE")
_MOMENTUM = ("MOMENTUM_ALPHA", "MOMENTUM_DELTA", "NUTATION_VEL")
#: Units of the columns of an AEM that have one (§4.2.4.6).
UNITS: dict[str, str | None] = {
    **dict.fromkeys(_RATES, "1/s"),
    **dict.fromkeys((*_ANGLES, *_SPIN[:3], "NUTATION", "NUTATION_PHASE", "MOMENTUM_ALPHA", "MOMENTUM_DELTA"), "deg"),
    **dict.fromkeys((*(f"{a}_DOT" for a in _ANGLES), *_ANGVEL, "SPIN_ANGLE_VEL", "NUTATION_VEL"), "deg/s"),
    "NUTATION_PER": "s",
}
#: Tags of XML around the columns of a line, by ATTITUDE_TYPE (table 7-5): that of the line, then those within.
TAGS = {
    "QUATERNION": ("quaternionEphemeris", dict.fromkeys(_QUATERNION, "quaternion")),
    "QUATERNION/DERIVATIVE": (
        "quaternionDerivative",
        dict.fromkeys(_QUATERNION, "quaternion") | dict.fromkeys(_RATES, "quaternionDot"),
    ),
    "QUATERNION/ANGVEL": (
        "quaternionAngVel",
        dict.fromkeys(_QUATERNION, "quaternion") | dict.fromkeys(_ANGVEL, "angVel"),
    ),
    "EULER_ANGLE": ("eulerAngle", {}),
    "EULER_ANGLE/DERIVATIVE": ("eulerAngleDerivative", {}),
    "EULER_ANGLE/ANGVEL": ("eulerAngleAngVel", {}),
    "SPIN": ("spin", {}),
    "SPIN/NUTATION": ("spinNutation", {}),
    "SPIN/NUTATION_MOM": ("spinNutationMom", {}),
}
_COLUMNS = {
    "QUATERNION": _QUATERNION,
    "QUATERNION/DERIVATIVE": (*_QUATERNION, *_RATES),
    "QUATERNION/ANGVEL": (*_QUATERNION, *_ANGVEL),
    "EULER_ANGLE": _ANGLES,
    "EULER_ANGLE/DERIVATIVE": (*_ANGLES, *(f"{a}_DOT" for a in _ANGLES)),
    "EULER_ANGLE/ANGVEL": (*_ANGLES, *_ANGVEL),
    "SPIN": _SPIN,
    "SPIN/NUTATION": (*_SPIN, *_NUTATION),
    "SPIN/NUTATION_MOM": (*_SPIN, *_MOMENTUM),
}
_OLD_COLUMNS = {
    "QUATERNION": _QUATERNION,
    "QUATERNION/DERIVATIVE": (*_QUATERNION, *_RATES),
    "QUATERNION/RATE": (*_QUATERNION, "RATE_1", "RATE_2", "RATE_3"),
    "EULER_ANGLE": _ANGLES,
    "EULER_ANGLE/RATE": (*_ANGLES, "RATE_1", "RATE_2", "RATE_3"),
    "SPIN": _SPIN,
    "SPIN/NUTATION": (*_SPIN, *_NUTATION),
}
_SCHEMA = "ndmxml-3.0.0-master-3.0.xsd"


def _lines(names: tuple[str, ...], need: str) -> str:
    return "\n".join(f"{name} {need} real {UNITS.get(name) or ''}" for name in names) + "\n"


def _columns(choices: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {kind: ("EPOCH", *columns) for kind, columns in choices.items()}


APM = Book(
    kind="apm",
    title="Attitude Parameter Message",
    source="CCSDS 504.0-B-2 §3",
    versions=("2.0",),
    header=table("header", _HEADER),
    metadata=table("metadata", "OBJECT_NAME M text\nOBJECT_ID M text\nCENTER_NAME O body\nTIME_SYSTEM M clock"),
    data=table("data", "EPOCH M epoch"),
    blocks=(
        table(
            "quaternionState",
            _FRAMES + _lines(_QUATERNION, "M") + _lines(_RATES, "O"),
            repeats=True,
            marks="QUAT",
            wrapped=dict.fromkeys(_QUATERNION, "quaternion") | dict.fromkeys(_RATES, "quaternionDot"),
        ),
        table(
            "eulerAngleState",
            _FRAMES + "EULER_ROT_SEQ M text\n" + _lines(_ANGLES, "M") + _lines(tuple(f"{a}_DOT" for a in _ANGLES), "O"),
            repeats=True,
            marks="EULER",
        ),
        table(
            "angularVelocity",
            _FRAMES + "ANGVEL_FRAME M text\n" + _lines(_ANGVEL, "M"),
            repeats=True,
            marks="ANGVEL",
        ),
        table(
            "spin",
            _FRAMES + _lines(_SPIN, "M") + _lines(_NUTATION, "O") + _lines(_MOMENTUM, "O"),
            repeats=True,
            marks="SPIN",
        ),
        table(
            "inertia",
            "INERTIA_REF_FRAME M text\n"
            + "\n".join(f"I{a} M real kg*m**2" for a in ("XX", "YY", "ZZ", "XY", "XZ", "YZ")),
            repeats=True,
            marks="INERTIA",
        ),
        table(
            "maneuverParameters",
            """
            MAN_EPOCH_START  M epoch
            MAN_DURATION     M real s
            MAN_REF_FRAME    M text
            MAN_TOR_X        M real N*m
            MAN_TOR_Y        M real N*m
            MAN_TOR_Z        M real N*m
            MAN_DELTA_MASS   O real kg
            """,
            repeats=True,
            marks="MAN",
        ),
    ),
    schema=_SCHEMA,
)

OLD_APM = Book(
    kind="apm",
    title="Attitude Parameter Message",
    source="CCSDS 504.0-B-1 §3",
    versions=("1.0",),
    header=table("header", _HEADER),
    metadata=table("metadata", "OBJECT_NAME M text\nOBJECT_ID M text\nCENTER_NAME O body\nTIME_SYSTEM M clock"),
    data=table("data", ""),
    blocks=(
        table(
            "quaternionState",
            "EPOCH M epoch\nQ_FRAME_A M text\nQ_FRAME_B M text\nQ_DIR M {A2B,B2A}\n"
            + _lines(_QUATERNION, "M")
            + _lines(_RATES, "O"),
            mandatory=True,
        ),
        table(
            "eulerElementsThree",
            """
            EULER_FRAME_A  M text
            EULER_FRAME_B  M text
            EULER_DIR      M {A2B,B2A}
            EULER_ROT_SEQ  M text
            RATE_FRAME     O {EULER_FRAME_A,EULER_FRAME_B}
            X_ANGLE        O real deg
            Y_ANGLE        O real deg
            Z_ANGLE        O real deg
            X_RATE         O real deg/s
            Y_RATE         O real deg/s
            Z_RATE         O real deg/s
            """,
        ),
        table(
            "eulerElementsSpin",
            "SPIN_FRAME_A M text\nSPIN_FRAME_B M text\nSPIN_DIR M {A2B,B2A}\n"
            + _lines(_SPIN, "M")
            + _lines(_NUTATION, "O"),
        ),
        table(
            "spacecraftParameters",
            "INERTIA_REF_FRAME O text\n"
            + "\n".join(f"I{a} O real kg*m**2" for a in ("11", "22", "33", "12", "13", "23")),
        ),
        table(
            "maneuverParameters",
            """
            MAN_EPOCH_START  M epoch
            MAN_DURATION     M real s
            MAN_REF_FRAME    M text
            MAN_TOR_1        M real N*m
            MAN_TOR_2        M real N*m
            MAN_TOR_3        M real N*m
            """,
            repeats=True,
        ),
    ),
    forms=("kvn",),
)

_AEM_TIMES = """
TIME_SYSTEM         M clock
START_TIME          M epoch
USEABLE_START_TIME  O epoch
USEABLE_STOP_TIME   O epoch
STOP_TIME           M epoch
"""
_AEM_INTERPOLATION = "INTERPOLATION_METHOD O text\nINTERPOLATION_DEGREE O int"

AEM = Book(
    kind="aem",
    title="Attitude Ephemeris Message",
    source="CCSDS 504.0-B-2 §4",
    versions=("2.0",),
    header=table("header", _HEADER),
    metadata=table(
        "metadata",
        "OBJECT_NAME M text\nOBJECT_ID M text\nCENTER_NAME O body\n"
        + _FRAMES
        + _AEM_TIMES.lstrip()
        + f"ATTITUDE_TYPE M {{{','.join(_COLUMNS)}}}\nEULER_ROT_SEQ O text\nANGVEL_FRAME O text\n"
        + _AEM_INTERPOLATION,
        marks="META",
    ),
    data=table("data", ""),
    rows="attitudeState",
    row_marks="DATA",
    columns=_columns(_COLUMNS),
    units=UNITS,
    tags=TAGS,
    segments=(1, 1_000_000),
    schema=_SCHEMA,
)

OLD_AEM = Book(
    kind="aem",
    title="Attitude Ephemeris Message",
    source="CCSDS 504.0-B-1 §4",
    versions=("1.0",),
    header=table("header", _HEADER),
    metadata=table(
        "metadata",
        "OBJECT_NAME M text\nOBJECT_ID M text\nCENTER_NAME O body\n"
        + _FRAMES
        + "ATTITUDE_DIR M {A2B,B2A}\n"
        + _AEM_TIMES.lstrip()
        + f"ATTITUDE_TYPE M {{{','.join(_OLD_COLUMNS)}}}\nQUATERNION_TYPE O {{FIRST,LAST}}\nEULER_ROT_SEQ O text\n"
        + "RATE_FRAME O text\n"
        + _AEM_INTERPOLATION,
        marks="META",
    ),
    data=table("data", ""),
    rows="attitudeState",
    row_marks="DATA",
    columns=_columns(_OLD_COLUMNS),
    units=UNITS,
    segments=(1, 1_000_000),
    forms=("kvn",),
)

BOOKS = (APM, OLD_APM, AEM, OLD_AEM)
