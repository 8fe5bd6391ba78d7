"""Tracking data messages (CCSDS 503.0-B-2, tables 3-2, 3-3 and 3-5; version 1.0: 503.0-B-1)."""

from __future__ import annotations

from comity.messages.books import NUMBERS, Book, table

_OBSERVED = """
ANGLE_1 deg
ANGLE_2 deg
CARRIER_POWER dBW
CLOCK_BIAS s
CLOCK_DRIFT s/s
DOPPLER_COUNT -
DOPPLER_INSTANTANEOUS km/s
DOPPLER_INTEGRATED km/s
DOR s
MAG -
PC_N0 dBHz
PR_N0 dBHz
PRESSURE hPa
RANGE *
RCS m**2
RECEIVE_FREQ Hz
RECEIVE_FREQ_n Hz
RECEIVE_PHASE_CT_n -
RHUMIDITY %
STEC TECU
TEMPERATURE K
TRANSMIT_FREQ_n Hz
TRANSMIT_FREQ_RATE_n Hz/s
TRANSMIT_PHASE_CT_n -
TROPO_DRY m
TROPO_WET m
VLBI_DELAY s
"""


def _observed() -> dict[str, str | None]:
    """Units by keyword; that of a range is told by RANGE_UNITS."""
    found: dict[str, str | None] = {}
    for line in _OBSERVED.split("\n"):
        if line:
            name, unit = line.split()
            for one in [name[:-1] + n for n in NUMBERS] if name.endswith("_n") else [name]:
                found[one] = None if unit in "-*" else unit
    return found


TDM = Book(
    kind="tdm",
    title="Tracking Data Message",
    source="CCSDS 503.0-B-2 §3",
    versions=("1.0", "2.0"),
    header=table("header", "CREATION_DATE M epoch\nORIGINATOR M text\nMESSAGE_ID O text 2.0+"),
    metadata=table(
        "metadata",
        """
        TRACK_ID                        O text 2.0+
        DATA_TYPES                      O text 2.0+
        TIME_SYSTEM                     M clock
        START_TIME                      O epoch
        STOP_TIME                       O epoch
        PARTICIPANT_n                   O text
        MODE                            O {SEQUENTIAL,SINGLE_DIFF}
        PATH                            O text
        PATH_1                          O text
        PATH_2                          O text
        EPHEMERIS_NAME_n                O text 2.0+
        TRANSMIT_BAND                   O text
        RECEIVE_BAND                    O text
        TURNAROUND_NUMERATOR            O int
        TURNAROUND_DENOMINATOR          O int
        TIMETAG_REF                     O {TRANSMIT,RECEIVE}
        INTEGRATION_INTERVAL            O real s
        INTEGRATION_REF                 O {START,MIDDLE,END}
        FREQ_OFFSET                     O real Hz
        RANGE_MODE                      O {COHERENT,CONSTANT,ONE_WAY}
        RANGE_MODULUS                   O real
        RANGE_UNITS                     O {km,s,RU}
        ANGLE_TYPE                      O {AZEL,RADEC,XEYN,XSYE}
        REFERENCE_FRAME                 O frame
        INTERPOLATION                   O text 2.0+
        INTERPOLATION_DEGREE            O int 2.0+
        DOPPLER_COUNT_BIAS              O real 2.0+
        DOPPLER_COUNT_SCALE             O int 2.0+
        DOPPLER_COUNT_ROLLOVER          O {YES,NO} 2.0+
        TRANSMIT_DELAY_n                O real s
        RECEIVE_DELAY_n                 O real s
        DATA_QUALITY                    O {RAW,VALIDATED,DEGRADED}
        CORRECTION_ANGLE_1              O real deg
        CORRECTION_ANGLE_2              O real deg
        CORRECTION_DOPPLER              O real km/s
        CORRECTION_MAG                  O real 2.0+
        CORRECTION_RANGE                O real
        CORRECTION_RCS                  O real m**2 2.0+
        CORRECTION_RECEIVE              O real Hz
        CORRECTION_TRANSMIT             O real Hz
        CORRECTION_ABERRATION_YEARLY    O real deg 2.0+
        CORRECTION_ABERRATION_DIURNAL   O real deg 2.0+
        CORRECTIONS_APPLIED             O {YES,NO}
        """,
        marks="META",
    ),
    data=table("data", ""),
    rows="observation",
    row_marks="DATA",
    columns={"": ("KEYWORD", "EPOCH", "VALUE")},
    units=_observed(),
    segments=(1, 1_000_000),
    schema="ndmxml-2.0.0-master-2.0.xsd",
)

BOOKS = (TDM,)
