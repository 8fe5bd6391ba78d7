"""Orbit data messages: OPM, OMM and OEM (CCSDS 502.0-B-3, tables 3-1 to 5-4; version 2.0: 502.0-B-2, 1.0: 502.0-B-1)."""

from __future__ import annotations

from comity.messages.books import Book, table

_HEADER = """
CLASSIFICATION  O text 3.0+
CREATION_DATE   M epoch
ORIGINATOR      M text
MESSAGE_ID      O text 3.0+
"""
_OBJECT = """
OBJECT_NAME          M text
OBJECT_ID            M text
CENTER_NAME          M body
REF_FRAME            M frame
REF_FRAME_EPOCH      O epoch 2.0+
TIME_SYSTEM          M clock
"""
_STATE = """
EPOCH  M epoch
X      M real km
Y      M real km
Z      M real km
X_DOT  M real km/s
Y_DOT  M real km/s
Z_DOT  M real km/s
"""
_SPACECRAFT = """
MASS             O real kg
SOLAR_RAD_AREA   O real m**2
SOLAR_RAD_COEFF  O real
DRAG_AREA        O real m**2
DRAG_COEFF       O real
"""
_AXES = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
#: Rows of the lower triangle of a covariance, as the messages name them.
TRIANGLE = tuple(tuple(f"C{a}_{b}" for b in _AXES[: i + 1]) for i, a in enumerate(_AXES))


def _cell(name: str) -> str:
    rates = name.count("DOT")
    return f"{name} M real {('km**2', 'km**2/s', 'km**2/s**2')[rates]}"


_COVARIANCE = "COV_REF_FRAME O axes\n" + "\n".join(_cell(name) for row in TRIANGLE for name in row)
_USER = table("userDefinedParameters", "USER_DEFINED_x O text", repeats=False)
_ODM_SCHEMA = "ndmxml-3.0.0-master-3.0.xsd"

OPM = Book(
    kind="opm",
    title="Orbit Parameter Message",
    source="CCSDS 502.0-B-3 §3",
    versions=("1.0", "2.0", "3.0"),
    header=table("header", _HEADER),
    metadata=table("metadata", _OBJECT),
    data=table("data", ""),
    blocks=(
        table("stateVector", _STATE, mandatory=True),
        table(
            "keplerianElements",
            """
            SEMI_MAJOR_AXIS            M real km
            ECCENTRICITY               M real
            INCLINATION                M real deg
            RA_OF_ASC_NODE             M real deg
            ARG_OF_PERICENTER          M real deg
            TRUE_ANOMALY|MEAN_ANOMALY  M real deg
            GM                         M real km**3/s**2
            """,
        ),
        table("spacecraftParameters", _SPACECRAFT),
        table("covarianceMatrix", _COVARIANCE, triangle=TRIANGLE),
        table(
            "maneuverParameters",
            """
            MAN_EPOCH_IGNITION  M epoch
            MAN_DURATION        M real s
            MAN_DELTA_MASS      M real kg
            MAN_REF_FRAME       M axes
            MAN_DV_1            M real km/s
            MAN_DV_2            M real km/s
            MAN_DV_3            M real km/s
            """,
            repeats=True,
        ),
        _USER,
    ),
    schema=_ODM_SCHEMA,
)

OMM = Book(
    kind="omm",
    title="Orbit Mean-elements Message",
    source="CCSDS 502.0-B-3 §4",
    versions=("2.0", "3.0"),
    header=table("header", _HEADER),
    metadata=table("metadata", _OBJECT + "MEAN_ELEMENT_THEORY M text"),
    data=table("data", ""),
    blocks=(
        table(
            "meanElements",
            """
            EPOCH                        M epoch
            SEMI_MAJOR_AXIS|MEAN_MOTION  M real km|rev/day
            ECCENTRICITY                 M real
            INCLINATION                  M real deg
            RA_OF_ASC_NODE               M real deg
            ARG_OF_PERICENTER            M real deg
            MEAN_ANOMALY                 M real deg
            GM                           O real km**3/s**2
            """,
            mandatory=True,
        ),
        table("spacecraftParameters", _SPACECRAFT),
        table(
            "tleParameters",
            """
            EPHEMERIS_TYPE         O int
            CLASSIFICATION_TYPE    O text
            NORAD_CAT_ID           O int
            ELEMENT_SET_NO         O int
            REV_AT_EPOCH           O int
            BSTAR|BTERM            O real 1/ER|m**2/kg
            MEAN_MOTION_DOT        O real rev/day**2
            MEAN_MOTION_DDOT|AGOM  O real rev/day**3|m**2/kg
            """,
        ),
        table("covarianceMatrix", _COVARIANCE, triangle=TRIANGLE),
        _USER,
    ),
    schema=_ODM_SCHEMA,
)

OEM = Book(
    kind="oem",
    title="Orbit Ephemeris Message",
    source="CCSDS 502.0-B-3 §5",
    versions=("1.0", "2.0", "3.0"),
    header=table("header", _HEADER),
    metadata=table(
        "metadata",
        _OBJECT
        + """
        START_TIME            M epoch
        USEABLE_START_TIME    O epoch
        USEABLE_STOP_TIME     O epoch
        STOP_TIME             M epoch
        INTERPOLATION         O {HERMITE,LAGRANGE,LINEAR}
        INTERPOLATION_DEGREE  O int
        """,
        marks="META",
    ),
    data=table("data", ""),
    blocks=(
        table(
            "covarianceMatrix",
            "EPOCH M epoch\n" + _COVARIANCE,
            repeats=True,
            marks="COVARIANCE",
            triangle=TRIANGLE,
        ),
    ),
    rows="stateVector",
    columns={"": ("EPOCH", *_AXES, "X_DDOT", "Y_DDOT", "Z_DDOT")},
    spare=3,
    units={
        **dict.fromkeys("XYZ", "km"),
        **dict.fromkeys(("X_DOT", "Y_DOT", "Z_DOT"), "km/s"),
        **dict.fromkeys(("X_DDOT", "Y_DDOT", "Z_DDOT"), "km/s**2"),
    },
    segments=(1, 1_000_000),
    schema=_ODM_SCHEMA,
)

BOOKS = (OPM, OMM, OEM)
