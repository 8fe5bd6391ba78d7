"""A spacecraft's radio as a file or as options say it, and its link with a station."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from comity.model.base import Value
from comity.model.problems import nearest
from comity.model.value_file import read_value
from comity.network.coding import code as known_code
from comity.network.errors import NetworkError
from comity.network.link import (
    Budget,
    Demand,
    Losses,
    Receiver,
    Sender,
    link_budget,
    station_losses,
    station_receiver,
    station_sender,
)
from comity.network.stations import Decibels, Station

Loss = Field(default=0.0, ge=0, lt=300)


class Terminal(Value):
    """What a spacecraft sends or receives with, and what its data ask for; `station_…` where a station publishes nothing."""

    name: str = ""
    source: str = ""
    frequency_mhz: float = Field(ge=1, le=1e6)
    #: From the spacecraft to the station, or from the station to the spacecraft.
    direction: Literal["down", "up"] = "down"
    eirp_dbw: Decibels | None = None
    power_w: float | None = Field(default=None, gt=0)
    gain_dbi: Decibels | None = None
    circuit_loss_db: float = Loss
    pointing_loss_db: float = Loss
    g_over_t_db_k: Decibels | None = None
    noise_k: float | None = Field(default=None, gt=0)
    #: A code of the table, or the Eb/N0 [dB] that another one needs.
    code: str | None = None
    eb_n0_db: Decibels | None = None
    modulation_loss_db: float = Loss
    implementation_loss_db: float = Loss
    margin_db: float = Field(default=3.0, ge=-100, le=100)
    rate_bps: float | None = Field(default=None, gt=0)
    highest_bps: float | None = Field(default=None, gt=0)
    polarisation_loss_db: float = Loss
    other_loss_db: float = Loss
    zenith_loss_db: float | None = Field(default=None, ge=0, lt=300)
    weather_percent: float = Field(default=90.0, ge=0, lt=100)
    station_g_over_t_db_k: Decibels | None = None
    station_eirp_dbw: Decibels | None = None

    @model_validator(mode="after")
    def _one_demand(self) -> Terminal:
        if self.code is not None and self.eb_n0_db is not None:
            raise ValueError("`code` and `eb_n0_db` both say what the data need; give one of them")
        return self


def read_terminal(path: Path | None, changes: dict[str, Any] | None = None) -> Terminal:
    """The terminal of a YAML file, with changes laid over it; or of the changes alone.

    NetworkError lists all that is wrong, as `file:line:column: what`, or by the name of a field.
    """
    stated: dict[str, Any] = {}
    if path is not None:
        read, _ = read_value(path, Terminal, error=NetworkError)
        stated = read.model_dump(exclude_unset=True)
    changes = {name: value for name, value in (changes or {}).items() if value is not None}
    for one, other in (("code", "eb_n0_db"), ("eb_n0_db", "code")):
        if one in changes and other not in changes:
            stated.pop(other, None)
    if "frequency_mhz" not in stated | changes:
        raise NetworkError("on which carrier? give --frequency MHZ, or a --terminal FILE that has frequency_mhz")
    try:
        return Terminal.model_validate(stated | changes)
    except ValidationError as error:
        raise NetworkError(
            "\n".join(f"{'.'.join(map(str, e['loc'])) or 'terminal'}: {e['msg']}" for e in error.errors())
        ) from None


def stated_fields(given: list[str]) -> dict[str, Any]:
    """`power_w=5` and the like as fields and their values, for `read_terminal`. NetworkError for what has no such form."""
    fields: dict[str, Any] = {}
    for text in given:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or name not in Terminal.model_fields:
            near = nearest(name, Terminal.model_fields) or f"fields are {', '.join(Terminal.model_fields)}"
            raise NetworkError(f"{text!r} states no figure of a radio, as power_w=5 does; {near}")
        fields[name] = value
    return fields


def station_link(station: Station, terminal: Terminal, range_km: Any, elevation_deg: Any) -> Budget:
    """The link of a station with a terminal at ranges [km] and elevations [deg], numbers or arrays `(t,)`.

    NetworkError says which figure is missing, and what gives it.
    """
    sender, receiver = _down(station, terminal) if terminal.direction == "down" else _up(station, terminal)
    between = Losses(
        percent=terminal.weather_percent,
        polarisation_db=terminal.polarisation_loss_db,
        other_db=terminal.other_loss_db,
        zenith_db=terminal.zenith_loss_db or 0.0,
        source="as given, straight up",
    )
    if terminal.zenith_loss_db is None:
        between = station_losses(
            station, terminal.frequency_mhz, elevation_deg, percent=terminal.weather_percent, losses=between
        )
    return link_budget(
        sender, receiver, _demand(terminal), frequency_hz=terminal.frequency_mhz * 1e6, range_km=range_km,
        elevation_deg=elevation_deg, losses=between,
    )  # fmt: skip


def _down(station: Station, terminal: Terminal) -> tuple[Sender, Receiver]:
    power = 10 * math.log10(terminal.power_w) if terminal.power_w is not None else None
    if terminal.eirp_dbw is None and (power is None or terminal.gain_dbi is None):
        raise NetworkError("what does the spacecraft send with? give --eirp DBW, or --power W and --gain DBI")
    sender = Sender(
        eirp_dbw=terminal.eirp_dbw,
        power_dbw=power,
        circuit_loss_db=terminal.circuit_loss_db,
        gain_dbi=terminal.gain_dbi,
        pointing_loss_db=terminal.pointing_loss_db,
        source=terminal.source or "as given",
    )
    if terminal.station_g_over_t_db_k is not None:
        return sender, Receiver(g_over_t_db_k=terminal.station_g_over_t_db_k, source="as given")
    return sender, station_receiver(station, terminal.frequency_mhz)


def _up(station: Station, terminal: Terminal) -> tuple[Sender, Receiver]:
    if terminal.g_over_t_db_k is None and (terminal.gain_dbi is None or terminal.noise_k is None):
        raise NetworkError("what does the spacecraft receive with? give --g-over-t DB/K, or --gain DBI and --noise K")
    if terminal.g_over_t_db_k is not None and terminal.circuit_loss_db:
        raise NetworkError("a G/T counts the circuit's loss already; give no --circuit-loss with it")
    gain = terminal.gain_dbi - terminal.circuit_loss_db if terminal.gain_dbi is not None else None
    receiver = Receiver(
        g_over_t_db_k=terminal.g_over_t_db_k,
        gain_dbi=gain,
        noise_k=terminal.noise_k,
        pointing_loss_db=terminal.pointing_loss_db,
        source=terminal.source or "as given",
    )
    if terminal.station_eirp_dbw is not None:
        return Sender(eirp_dbw=terminal.station_eirp_dbw, source="as given"), receiver
    return station_sender(station, terminal.frequency_mhz), receiver


def _demand(terminal: Terminal) -> Demand:
    if terminal.code is not None:
        known = known_code(terminal.code)
        needed, source = known.eb_n0_db, f"{known.name}, {known.errors}"
    elif terminal.eb_n0_db is not None:
        needed, source = terminal.eb_n0_db, "as given"
    else:
        raise NetworkError(
            "how is it coded? give --code ID (rs-conv-1/2, turbo-1/6, …), or --required DB for its Eb/N0"
        )
    return Demand(
        needed,
        modulation_loss_db=terminal.modulation_loss_db,
        implementation_loss_db=terminal.implementation_loss_db,
        margin_db=terminal.margin_db,
        rate_bps=terminal.rate_bps,
        highest_bps=terminal.highest_bps if terminal.highest_bps is not None else math.inf,
        source=source,
    )
