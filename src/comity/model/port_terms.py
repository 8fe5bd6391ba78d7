"""What each kind of port may state: the terms, in which unit each is, and what nature allows of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

PortKind = Literal[
    "docking",
    "mechanical",
    "power",
    "data",
    "thermal",
    "fluid",
    "atmosphere",
    "software",
    "language",
    "time",
    "units",
]
#: Which half it is. Docking and mechanical ports mate as active and passive, or are androgynous; the others give or take.
Role = Literal["active", "passive", "androgynous", "supply", "consume", "exchange"]
MATING: Final = ("active", "passive", "androgynous")
GIVING: Final = ("supply", "consume", "exchange")


class Term(NamedTuple):
    """A parameter that a kind of port may state: the unit that it is measured in (None for words), and what it means.

    A value lies between `least` and `most`, in the unit (None: without end); counts are whole.
    """

    unit: str | None
    meaning: str
    least: float | None = 0.0
    most: float | None = None


#: Absolute zero [degC], by the definition of the degree Celsius (SI Brochure, 9th edition, 2.3.1).
ABSOLUTE_ZERO = -273.15


#: What each kind of port may state. Ports of kind `units` name the exchanged values freely; each value is a unit.
TERMS: Final[Mapping[PortKind, Mapping[str, Term]]] = {
    "docking": {
        "mechanism": Term(None, "The gear: probe-and-drogue, apas-75, idss, cbm, ..."),
        "passage_diameter": Term("mm", "Clear way for crew and cargo."),
        "mating_diameter": Term("mm", "Outer diameter of the mating plane."),
        "guide_petals": Term("count", "Petals of the capture ring."),
        "petal_direction": Term(None, "inward or outward."),
        "hook_pairs": Term("count", "Pairs of active and passive hooks, or powered bolts."),
        "closing_speed": Term("m/s", "Along the axis at contact."),
        "lateral_misalignment": Term("mm", "Greatest at contact."),
    },
    "mechanical": {
        "mechanism": Term(None, "The fitting: marman-clamp, grapple-fixture, ..."),
        "bolt_circle_diameter": Term("mm", "Of the ring."),
        "bolts": Term("count", "How many."),
        "load": Term("N", "Axial: what one side can bear, what the other puts on it."),
        "mass": Term("kg", "What one side can carry, what the other weighs."),
    },
    "power": {
        "current_type": Term(None, "dc or ac."),
        "voltage": Term("V", "In steady state: what is delivered, what is accepted.", None),
        "frequency": Term("Hz", "Of alternating current."),
        "power": Term("W", "What is offered, what is needed."),
        "current": Term("A", "What is offered, what is needed."),
        "ripple": Term("V", "Peak to peak: what is delivered at most, what is tolerated."),
        "connector": Term(None, "Its type."),
        "grounding": Term(None, "single-point, structure, ..."),
    },
    "data": {
        "medium": Term(None, "radio, optical, wire, fibre."),
        "band": Term(None, "VHF, UHF, L, S, C, X, Ku, K, Ka, Q, V, W."),
        "frequency": Term("MHz", "Of the carrier: sent, received."),
        "polarisation": Term(None, "rhcp, lhcp, linear."),
        "modulation": Term(None, "BPSK, QPSK, GMSK, PCM/PM, FM, ..."),
        "coding": Term(None, "convolutional, reed-solomon, turbo, ldpc, none, ..."),
        "protocol": Term(None, "Of the link and above: ccsds-tm, ccsds-tc, aos, usl, ethernet, mil-std-1553b, ..."),
        "data_rate": Term("bit/s", "What is sent, what can be received."),
        "connector": Term(None, "Its type."),
    },
    "thermal": {
        "coolant": Term(None, "water, ammonia, freon, ..."),
        "temperature": Term("degC", "What is delivered, what is accepted.", ABSOLUTE_ZERO),
        "heat": Term("W", "What is taken away, what must be."),
        "flow": Term("kg/s", "What is delivered, what is needed."),
        "pressure": Term("kPa", "What is delivered, what is accepted."),
        "connector": Term(None, "Its type."),
    },
    "fluid": {
        "fluid": Term(None, "water, oxygen, nitrogen, hydrazine, xenon, ..."),
        "pressure": Term("kPa", "What is delivered, what is accepted."),
        "flow": Term("kg/s", "What is delivered, what is needed."),
        "temperature": Term("degC", "What is delivered, what is accepted.", ABSOLUTE_ZERO),
        "purity": Term("percent", "What is delivered, what is needed at least.", 0.0, 100.0),
        "connector": Term(None, "Its type."),
    },
    "atmosphere": {
        "gas": Term(None, "oxygen, nitrogen-oxygen."),
        "pressure": Term("kPa", "Total, absolute, with the hatch open."),
        "oxygen_pressure": Term("kPa", "Partial, absolute."),
        "temperature": Term("degC", "Of the cabin.", ABSOLUTE_ZERO),
    },
    "software": {
        "interface": Term(None, "The interface spoken: its name."),
        "version": Term(None, "Its version."),
        "format": Term(None, "Of what is exchanged: oem-kvn, xtce, votable, fits, ..."),
        "data_rate": Term("bit/s", "What is sent, what can be received."),
    },
    "language": {
        "language": Term(None, "ISO 639-1 code of what is spoken and written: en, ru, ja, ..."),
    },
    "time": {
        "scale": Term(None, "UTC, TAI, TT, TDB, TCB, TCG, GPS, GST, BDT, UT1, local."),
        "accuracy": Term("s", "Of the clock that gives it; of what is needed."),
        "format": Term(None, "ccsds-cuc, ccsds-cds, iso-8601, ..."),
    },
    "units": {},
}
