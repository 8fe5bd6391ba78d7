"""The words in which ports speak: those of which there are no others, those that are usual, and what a band's letters mean."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final

#: Parameters that are said in these words only. Time scales: IAU and BIPM, the clocks of GPS, Galileo and BeiDou, or a local one.
CLOSED: Final[Mapping[str, tuple[str, ...]]] = {
    "current_type": ("dc", "ac"),
    "petal_direction": ("inward", "outward"),
    "medium": ("radio", "optical", "wire", "fibre"),
    "band": ("VHF", "UHF", "L", "S", "C", "X", "Ku", "K", "Ka", "Q", "V", "W"),
    "polarisation": ("rhcp", "lhcp", "linear"),
    "scale": ("UTC", "TAI", "TT", "TDB", "TCB", "TCG", "GPS", "GST", "BDT", "UT1", "local"),
}
#: Usual words of parameters that may be said in others: one of these written otherwise is a slip, not another word.
USUAL: Final[Mapping[str, tuple[str, ...]]] = {
    "mechanism": (
        "probe-and-drogue",
        "apollo-probe-and-drogue",
        "apas-75",
        "apas-95",
        "idss",
        "cbm",
        "ssvp",
        "marman-clamp",
        "grapple-fixture",
    ),
    "grounding": ("single-point", "structure"),
    "modulation": ("BPSK", "QPSK", "OQPSK", "8PSK", "GMSK", "PCM/PM", "PCM/PSK/PM", "FM"),
    "coding": ("convolutional", "reed-solomon", "turbo", "ldpc", "none"),
    "protocol": ("ccsds-tm", "ccsds-tc", "aos", "usl", "ethernet", "mil-std-1553b", "spacewire", "can"),
    "gas": ("oxygen", "nitrogen-oxygen"),
    "format": ("oem-kvn", "oem-xml", "xtce", "votable", "fits", "ccsds-cuc", "ccsds-cds", "iso-8601"),
}
#: The widest span that people mean by a band [MHz]: the letters of IEEE 521, with UHF as the ITU has it; X with its uplinks from
#: 7 GHz, Ku with its downlinks from 10.7 GHz, Ka with its downlinks from 17.7 GHz, S with its older lower end.
BANDS_MHZ: Final[Mapping[str, tuple[float, float]]] = {
    "vhf": (30.0, 300.0),
    "uhf": (300.0, 3_000.0),
    "l": (1_000.0, 2_000.0),
    "s": (1_550.0, 4_000.0),
    "c": (3_400.0, 8_000.0),
    "x": (7_000.0, 12_000.0),
    "ku": (10_700.0, 18_000.0),
    "k": (17_700.0, 27_000.0),
    "ka": (17_700.0, 40_000.0),
    "q": (33_000.0, 50_000.0),
    "v": (40_000.0, 75_000.0),
    "w": (75_000.0, 110_000.0),
}


def check_words(name: str, words: Iterable[str]) -> None:
    """ValueError for a word that a parameter does not have, or that is a usual one written otherwise."""
    for word in words:
        if name == "language" and not re.fullmatch("[a-zA-Z]{2}", word):
            raise ValueError(f"language: {word!r} is no ISO 639-1 code [word]; write two letters, such as en or ru")
        if name in CLOSED and word.casefold() not in {w.casefold() for w in CLOSED[name]}:
            raise ValueError(f"{name}: there is no {word!r} [word]; {_hint(word, CLOSED[name])}")
        for usual in USUAL.get(name, ()):
            if _bare(word) == _bare(usual) and word.casefold() != usual.casefold():
                raise ValueError(f"{name}: {word!r} is written otherwise [word]; write {usual}")


def check_band(bands: Iterable[str], spans_mhz: Iterable[tuple[float, float]]) -> None:
    """ValueError when a frequency [MHz] lies in none of the bands that the same port states."""
    told = tuple(bands)
    for low, high in spans_mhz if told else ():
        if not any(low <= BANDS_MHZ[b.casefold()][1] and high >= BANDS_MHZ[b.casefold()][0] for b in told):
            end = low if math.isfinite(low) else high
            raise ValueError(
                f"a frequency of {end:g} MHz is not in band {' or '.join(told)} [band]; "
                + "; ".join("{} is {:g} to {:g} MHz".format(b, *BANDS_MHZ[b.casefold()]) for b in told)
            )


def _hint(word: str, known: tuple[str, ...]) -> str:
    bare = _bare(word).removesuffix("band")
    for one in known:
        if _bare(one) == bare:
            return f"write {one}"
    near = get_close_matches(word.casefold(), [w.casefold() for w in known], n=1)
    meant = next((w for w in known if near and w.casefold() == near[0]), None)
    listed = f"it is one of {', '.join(known)}"
    return f"did you mean {meant!r}? {listed}" if meant else listed


def _bare(word: str) -> str:
    return "".join(c for c in word.casefold() if c.isalnum())
