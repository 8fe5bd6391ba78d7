"""The link budget: each term between a transmitter and the bits that come through, and the data rate that is left.

As the design control tables of JPL have it (DESCANSO 18, tables 5-3 and 5-4; DSN 810-005): all power is counted (Pt/N0), and
what modulation takes from the data stands with the demand. Decibels throughout; a loss is a positive number. Terms are arrays
over the ranges and elevations given, so that a whole pass is one call.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from comity.network.air import itur_loss_db, published_zenith_db, sky_noise_k, slant_loss_db
from comity.network.coding import Code, code
from comity.network.errors import NetworkError
from comity.network.stations import Chain, Station, band_of

Floats = NDArray[np.float64]
LIGHT_M_S = 299_792_458.0
#: Boltzmann's constant [dBW/K/Hz], exact since 2019.
BOLTZMANN_DB = 10 * math.log10(1.380649e-23)
#: What is not exceeded for 90 % of the time at the wettest complex of the DSN: up to X-band no dry weather takes more.
CLEAR_AIR_DB, CLEAR_AIR_UP_TO_MHZ = 0.058, 8_500.0
#: What to do where a station publishes nothing.
GIVE_MERIT = "give one with --station-g-over-t DB/K, or station_g_over_t_db_k in the terminal's file"
GIVE_EIRP = "give one with --station-eirp DBW, or station_eirp_dbw in the terminal's file"
CLEAR_AIR = "at most that of Canberra in X-band, 90 % of the time (810-005, 104L, table A-5, as quoted)"


@dataclass(frozen=True, slots=True)
class Sender:
    """What sends: its EIRP [dBW] as known, or from power [dBW], loss up to the antenna, gain [dBi]; less what pointing costs."""

    eirp_dbw: float | None = None
    power_dbw: float | None = None
    circuit_loss_db: float = 0.0
    gain_dbi: float | None = None
    pointing_loss_db: float = 0.0
    source: str = ""


@dataclass(frozen=True, slots=True)
class Receiver:
    """What receives: its G/T [dB/K] as known, or gain [dBi] and noise [K] by a station's `chain` or as two numbers."""

    g_over_t_db_k: float | None = None
    chain: Chain | None = None
    gain_dbi: float | None = None
    noise_k: float | None = None
    pointing_loss_db: float = 0.0
    source: str = ""


@dataclass(frozen=True, slots=True)
class Losses:
    """What lies between: the air straight up (or at each elevation, as `air_db`), polarisation, and anything else [dB]."""

    zenith_db: float = 0.0
    air_db: tuple[float, ...] | None = None
    percent: float = 90.0
    polarisation_db: float = 0.0
    other_db: float = 0.0
    source: str = ""


@dataclass(frozen=True, slots=True)
class Demand:
    """What the data ask for: Eb/N0 by a code (or as a number), losses of modulation and receiver, a margin to keep [dB]."""

    eb_n0_db: float
    modulation_loss_db: float = 0.0
    implementation_loss_db: float = 0.0
    margin_db: float = 3.0
    #: A rate [bit/s] whose margin is asked for, and the highest that the spacecraft can send.
    rate_bps: float | None = None
    highest_bps: float = math.inf
    source: str = ""

    @classmethod
    def of(cls, id: str, **more: Any) -> Demand:
        """The demand of a code of the table."""
        known: Code = code(id)
        return cls(known.eb_n0_db, source=f"{known.name}, {known.errors}", **more)


@dataclass(frozen=True, slots=True)
class Term:
    """A line of the budget: `value` is an array over the instants; `adds` is +1 for a gain, -1 for a loss, 0 for a result."""

    name: str
    value: Floats
    unit: str
    adds: int = 0
    how: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Budget:
    """A link at one or more instants. `rate_bps` keeps the margin that was asked for; `margin_db` is that of the asked rate."""

    terms: tuple[Term, ...]
    range_km: Floats
    elevation_deg: Floats
    pt_n0_db_hz: Floats
    rate_bps: Floats
    margin_db: Floats | None = None

    def term(self, name: str) -> Floats:
        """The values of a term by its name."""
        return next(t.value for t in self.terms if t.name == name)


@dataclass(slots=True)
class _Sheet:
    """Terms as they are written down, each as long as the instants."""

    shape: tuple[int, ...]
    terms: list[Term] = field(default_factory=list)

    def write(self, name: str, value: Any, unit: str = "dB", adds: int = 0, how: str = "") -> Floats:
        whole = np.broadcast_to(np.asarray(value, dtype=np.float64), self.shape).copy()
        self.terms.append(Term(name, whole, unit, adds, how))
        return whole


def free_space_loss_db(range_km: Any, frequency_hz: float) -> Floats:
    """20 log₁₀(4πdf/c) (ITU-R P.525)."""
    distance_m = np.asarray(range_km, dtype=np.float64) * 1e3
    return np.asarray(20.0 * np.log10(4.0 * math.pi * distance_m * frequency_hz / LIGHT_M_S))


def dish_gain_dbi(diameter_m: float, frequency_hz: float, efficiency: float) -> float:
    """The gain of a dish of an aperture efficiency."""
    return 10.0 * math.log10(efficiency * (math.pi * diameter_m * frequency_hz / LIGHT_M_S) ** 2)


def link_budget(
    sender: Sender,
    receiver: Receiver,
    demand: Demand,
    *,
    frequency_hz: float,
    range_km: Any,
    elevation_deg: Any = 90.0,
    losses: Losses | None = None,
) -> Budget:
    """The link at ranges [km] and elevations [deg] of the ground antenna, each a number or an array of one shape.

    Method: Pt/N0 = EIRP - free space - air - polarisation - other - pointing + G/T - k; the achievable rate is what keeps
    Eb/N0, losses of modulation and implementation, and the margin. NetworkError when a figure is missing or no number.
    """
    losses = losses or Losses()
    distance, elevation = np.broadcast_arrays(np.atleast_1d(range_km), np.atleast_1d(elevation_deg))
    distance, elevation = distance.astype(np.float64), elevation.astype(np.float64)
    _sound(sender, receiver, demand, losses, frequency_hz, distance)
    sheet = _Sheet(distance.shape)
    eirp = _eirp(sheet, sender)
    space = sheet.write("free-space loss", free_space_loss_db(distance, frequency_hz), adds=-1, how="20 log(4πdf/c)")
    loss_db = slant_loss_db(losses.zenith_db, elevation) if losses.air_db is None else np.asarray(losses.air_db)
    air = sheet.write("air", loss_db, adds=-1, how=losses.source)
    between = sheet.write("polarisation loss", losses.polarisation_db, adds=-1)
    other = sheet.write("other losses", losses.other_db, adds=-1)
    missed = sheet.write("receiver pointing loss", receiver.pointing_loss_db, adds=-1)
    merit = _merit(sheet, receiver, elevation, air, losses.percent)
    sheet.write("Boltzmann's constant", BOLTZMANN_DB, "dBW/K/Hz", adds=-1)
    pt_n0 = sheet.write("Pt/N0", eirp - space - air - between - other - missed + merit - BOLTZMANN_DB, "dBHz")
    return _rates(sheet, demand, distance, elevation, pt_n0)


def _eirp(sheet: _Sheet, sender: Sender) -> Floats:
    if sender.eirp_dbw is not None:
        sheet.write("EIRP", sender.eirp_dbw, "dBW", adds=1, how=sender.source)
        return sheet.write("EIRP as pointed", sender.eirp_dbw - sender.pointing_loss_db, "dBW")
    if sender.power_dbw is None or sender.gain_dbi is None:
        raise NetworkError("the sender has no EIRP; give it, or a power and an antenna's gain")
    power = sheet.write("transmit power", sender.power_dbw, "dBW", adds=1, how=sender.source)
    circuit = sheet.write("transmit circuit loss", sender.circuit_loss_db, adds=-1)
    gain = sheet.write("transmit antenna gain", sender.gain_dbi, "dBi", adds=1)
    missed = sheet.write("transmit pointing loss", sender.pointing_loss_db, adds=-1)
    return sheet.write("EIRP", power - circuit + gain - missed, "dBW")


def _merit(sheet: _Sheet, receiver: Receiver, elevation: Floats, air_db: Floats, percent: float) -> Floats:
    if receiver.g_over_t_db_k is not None:
        return sheet.write("G/T", receiver.g_over_t_db_k, "dB/K", adds=1, how=receiver.source)
    if (chain := receiver.chain) is not None:
        gain = chain.gain_dbi - chain.gain_slope_per_deg2 * (elevation - chain.best_elevation_deg) ** 2
        noise = chain.t1_k + chain.t2_k * np.exp(-chain.decay_per_deg * elevation) + sky_noise_k(air_db, percent)
    elif receiver.gain_dbi is not None and receiver.noise_k is not None:
        gain, noise = np.full(elevation.shape, receiver.gain_dbi), np.full(elevation.shape, receiver.noise_k)
    else:
        raise NetworkError("the receiver has no G/T; give it, or a gain and a noise temperature")
    dbi = sheet.write("receive antenna gain", gain, "dBi", adds=1, how=receiver.source)
    kelvin = sheet.write("system noise temperature", noise, "K")
    return sheet.write("G/T", dbi - 10 * np.log10(kelvin), "dB/K")


def _rates(sheet: _Sheet, demand: Demand, distance: Floats, elevation: Floats, pt_n0: Floats) -> Budget:
    needed = sheet.write("required Eb/N0", demand.eb_n0_db, adds=-1, how=demand.source)
    modulation = sheet.write("modulation loss", demand.modulation_loss_db, adds=-1)
    receiving = sheet.write("implementation loss", demand.implementation_loss_db, adds=-1)
    without_margin = pt_n0 - needed - modulation - receiving
    margin = None
    if demand.rate_bps is not None:
        asked = sheet.write("data rate asked", 10 * math.log10(demand.rate_bps), "dBbit/s", adds=-1)
        sheet.write("required Pt/N0", needed + modulation + receiving + asked, "dBHz")
        margin = sheet.write("margin", without_margin - asked, "dB")
    sheet.write("margin kept", demand.margin_db, adds=-1)
    most = np.minimum(10.0 ** ((without_margin - demand.margin_db) / 10.0), demand.highest_bps)
    rate = sheet.write("achievable data rate", most, "bit/s")
    return Budget(tuple(sheet.terms), distance, elevation, pt_n0, rate, margin)


def _sound(
    sender: Sender, receiver: Receiver, demand: Demand, losses: Losses, frequency_hz: float, distance: Floats
) -> None:
    if not 1e6 <= frequency_hz <= 1e12:
        raise NetworkError(f"{frequency_hz / 1e6:g} MHz is no carrier; frequencies go from 1 MHz to 1 THz")
    if not (np.isfinite(distance).all() and (distance > 0).all()):
        raise NetworkError("a range is a positive number of kilometres")
    if demand.rate_bps is not None and not demand.rate_bps > 0:
        raise NetworkError("a data rate is a positive number of bits a second")
    if receiver.noise_k is not None and not receiver.noise_k > 0:
        raise NetworkError("a noise temperature is a positive number of kelvin")
    lost = (
        sender.circuit_loss_db, sender.pointing_loss_db, receiver.pointing_loss_db, losses.zenith_db,
        losses.polarisation_db, losses.other_db, demand.modulation_loss_db, demand.implementation_loss_db,
    )  # fmt: skip
    if any(not 0 <= one < 300 for one in lost):
        raise NetworkError("a loss is a positive number of decibels")


def station_receiver(station: Station, frequency_mhz: float) -> Receiver:
    """What a station receives with, from what is published of it. NetworkError says what is missing."""
    served = station.receiver(frequency_mhz)
    if served is None:
        raise NetworkError(_not_served(station, frequency_mhz, "receives", tuple(r.band for r in station.receives)))
    if served.chain is not None:
        return Receiver(chain=served.chain, source=_cited(served.chain))
    if served.g_over_t is not None:
        return Receiver(g_over_t_db_k=served.g_over_t.db_k, source=_cited(served.g_over_t))
    raise NetworkError(f"no G/T of {station.id} in {served.band}-band is published; {GIVE_MERIT}")


def station_sender(station: Station, frequency_mhz: float) -> Sender:
    """What a station sends with, from what is published of it. NetworkError says what is missing."""
    served = station.transmitter(frequency_mhz)
    if served is None:
        raise NetworkError(_not_served(station, frequency_mhz, "sends", tuple(t.band for t in station.transmits)))
    if served.eirp is not None:
        return Sender(eirp_dbw=served.eirp.dbw, source=_cited(served.eirp))
    if served.power is not None and served.gain is not None:
        return Sender(power_dbw=10 * math.log10(served.power.w), gain_dbi=served.gain.dbi, source=_cited(served.power))
    raise NetworkError(f"no EIRP of {station.id} in {served.band}-band is published; {GIVE_EIRP}")


def station_losses(
    station: Station, frequency_mhz: float, elevation_deg: Any, *, percent: float = 90.0, losses: Losses | None = None
) -> Losses:
    """The air over a station: as published for it; else clear air up to X-band; else the ITU-R models.

    `percent` of the time the loss is no greater. NetworkError where neither says it.
    """
    losses = replace(losses or Losses(), percent=percent)
    served = station.receiver(frequency_mhz)
    if served is not None and served.air is not None:
        zenith = published_zenith_db(served.air, percent)
        if zenith is not None:
            return replace(losses, zenith_db=zenith, source=_cited(served.air))
    if percent <= 90.0 and frequency_mhz <= CLEAR_AIR_UP_TO_MHZ:
        return replace(losses, zenith_db=CLEAR_AIR_DB, source=CLEAR_AIR)
    if percent <= 90.0:
        raise NetworkError(
            f"no loss in the air is published for {station.id} at {frequency_mhz:g} MHz; give it straight up with "
            "--zenith-loss DB, or ask the ITU-R models with --weather 95 or more"
        )
    elevation = np.atleast_1d(np.asarray(elevation_deg, dtype=np.float64))
    loss = itur_loss_db(
        station.latitude_deg, station.longitude_deg, frequency_mhz, elevation, percent, station.diameter_m or 10.0
    )
    return replace(losses, air_db=tuple(loss.tolist()), source=f"ITU-R P.618, not exceeded {percent:g} % of the time")


def _cited(figure: Any) -> str:
    return str(figure.source or (f"estimate: {figure.estimate}" if figure.estimate else ""))


def _not_served(station: Station, frequency_mhz: float, verb: str, bands: tuple[str, ...]) -> str:
    if not bands:
        what = "G/T" if verb == "receives" else "EIRP"
        return f"in which bands {station.id} {verb} is not published, nor its {what}; {GIVE_MERIT if what == 'G/T' else GIVE_EIRP}"
    what = ", ".join(dict.fromkeys(bands))
    band = band_of(frequency_mhz)
    return f"{station.id} {verb} {what}, not {frequency_mhz:g} MHz" + (f" ({band}-band)" if band else "")
