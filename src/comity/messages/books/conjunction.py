"""Conjunction data messages (CCSDS 508.0-B-1, tables 3-1 to 3-4)."""

from __future__ import annotations

from comity.messages.books import Book, table

_AXES = ("R", "T", "N", "RDOT", "TDOT", "NDOT", "DRG", "SRP", "THR")
#: Powers of metre, kilogram and second of what each axis stands for (a position, a speed, area by mass, acceleration).
_POWERS = {"R": (1, 0, 0), "RDOT": (1, 0, -1), "DRG": (2, -1, 0), "SRP": (2, -1, 0), "THR": (1, 0, -2)}
TRIANGLE = tuple(tuple(f"C{a}_{b}" for b in _AXES[: i + 1]) for i, a in enumerate(_AXES))


def _unit(a: str, b: str) -> str:
    """Of the covariance of two axes, as the book writes it: `m**3/(kg*s)`."""
    one, other = (_POWERS.get(x, _POWERS["RDOT" if x.endswith("DOT") else "R"]) for x in (a, b))
    metre, mass, second = (x + y for x, y in zip(one, other, strict=True))
    below = [f"{name}**{-p}" if p < -1 else name for name, p in (("kg", mass), ("s", second)) if p]
    return f"m**{metre}" + (f"/{below[0]}" if len(below) == 1 else f"/({'*'.join(below)})" if below else "")


_COVARIANCE = "\n".join(
    f"C{a}_{b} {'M' if i < 6 else 'O'} real {_unit(a, b)}" for i, a in enumerate(_AXES) for b in _AXES[: i + 1]
)
_RELATIVE = [f"RELATIVE_{what}_{axis}" for what in ("POSITION", "VELOCITY") for axis in "RTN"]

CDM = Book(
    kind="cdm",
    title="Conjunction Data Message",
    source="CCSDS 508.0-B-1 §3",
    versions=("1.0",),
    header=table(
        "header",
        """
        CREATION_DATE  M epoch
        ORIGINATOR     M text
        MESSAGE_FOR    O text
        MESSAGE_ID     M text
        """,
    ),
    relative=table(
        "relativeMetadataData",
        """
        TCA                           M epoch
        MISS_DISTANCE                 M real m
        RELATIVE_SPEED                O real m/s
        RELATIVE_POSITION_R           O real m
        RELATIVE_POSITION_T           O real m
        RELATIVE_POSITION_N           O real m
        RELATIVE_VELOCITY_R           O real m/s
        RELATIVE_VELOCITY_T           O real m/s
        RELATIVE_VELOCITY_N           O real m/s
        START_SCREEN_PERIOD           O epoch
        STOP_SCREEN_PERIOD            O epoch
        SCREEN_VOLUME_FRAME           O {RTN,TVN}
        SCREEN_VOLUME_SHAPE           O {ELLIPSOID,BOX}
        SCREEN_VOLUME_X               O real m
        SCREEN_VOLUME_Y               O real m
        SCREEN_VOLUME_Z               O real m
        SCREEN_ENTRY_TIME             O epoch
        SCREEN_EXIT_TIME              O epoch
        COLLISION_PROBABILITY         O real
        COLLISION_PROBABILITY_METHOD  O text
        """,
        mandatory=True,
        wrapped=dict.fromkeys(_RELATIVE, "relativeStateVector"),
    ),
    metadata=table(
        "metadata",
        """
        OBJECT                     M {OBJECT1,OBJECT2}
        OBJECT_DESIGNATOR          M text
        CATALOG_NAME               M text
        OBJECT_NAME                M text
        INTERNATIONAL_DESIGNATOR   M text
        OBJECT_TYPE                O {PAYLOAD,ROCKET_BODY,DEBRIS,UNKNOWN,OTHER}
        OPERATOR_CONTACT_POSITION  O text
        OPERATOR_ORGANIZATION      O text
        OPERATOR_PHONE             O text
        OPERATOR_EMAIL             O text
        EPHEMERIS_NAME             M text
        COVARIANCE_METHOD          M {CALCULATED,DEFAULT}
        MANEUVERABLE               M {YES,NO,N/A}
        ORBIT_CENTER               O body
        REF_FRAME                  M {GCRF,EME2000,ITRF}
        GRAVITY_MODEL              O text
        ATMOSPHERIC_MODEL          O text
        N_BODY_PERTURBATIONS       O text
        SOLAR_RAD_PRESSURE         O {YES,NO}
        EARTH_TIDES                O {YES,NO}
        INTRACK_THRUST             O {YES,NO}
        """,
    ),
    data=table("data", ""),
    blocks=(
        table(
            "odParameters",
            """
            TIME_LASTOB_START    O epoch
            TIME_LASTOB_END      O epoch
            RECOMMENDED_OD_SPAN  O real d
            ACTUAL_OD_SPAN       O real d
            OBS_AVAILABLE        O int
            OBS_USED             O int
            TRACKS_AVAILABLE     O int
            TRACKS_USED          O int
            RESIDUALS_ACCEPTED   O real %
            WEIGHTED_RMS         O real
            """,
        ),
        table(
            "additionalParameters",
            """
            AREA_PC              O real m**2
            AREA_DRG             O real m**2
            AREA_SRP             O real m**2
            MASS                 O real kg
            CD_AREA_OVER_MASS    O real m**2/kg
            CR_AREA_OVER_MASS    O real m**2/kg
            THRUST_ACCELERATION  O real m/s**2
            SEDR                 O real W/kg
            """,
        ),
        table(
            "stateVector",
            """
            X      M real km
            Y      M real km
            Z      M real km
            X_DOT  M real km/s
            Y_DOT  M real km/s
            Z_DOT  M real km/s
            """,
            mandatory=True,
        ),
        table("covarianceMatrix", _COVARIANCE, mandatory=True, triangle=TRIANGLE),
    ),
    segments=(2, 2),
    schema="ndmxml-2.0.0-master-2.0.xsd",
)

BOOKS = (CDM,)
