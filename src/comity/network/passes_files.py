"""Passes as text that other tools read: CSV and JSON, with units in the names."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from comity.network.link_passes import LinkedPass
from comity.network.passes import Pass
from comity.orbits.times import to_iso

INSTANTS = ("rise", "culmination", "set")


def pass_record(one: Pass, *, carrier_hz: float | None = None) -> dict[str, Any]:
    """A pass as a flat record: at rise, culmination and set the time (UTC), elevation, azimuth, range and its rate, light time,
    and the Doppler shift of a carrier when one is given."""
    record: dict[str, Any] = {
        "object": one.object_id,
        "station": one.station_id,
        "duration_s": round(one.duration_s, 3),
    }
    shifts = one.doppler_hz(carrier_hz) if carrier_hz is not None else None
    for k, instant in enumerate(INSTANTS):
        record[instant] = to_iso(one.times_s[k])
        record[f"{instant}_elevation_deg"] = round(one.elevation_deg[k], 4) + 0.0  # no -0.0
        record[f"{instant}_azimuth_deg"] = round(one.azimuth_deg[k], 4)
        record[f"{instant}_range_km"] = round(one.range_km[k], 4)
        record[f"{instant}_range_rate_km_s"] = round(one.range_rate_km_s[k], 6)
        record[f"{instant}_light_time_s"] = round(one.light_time_s[k], 9)
        if shifts is not None:
            record[f"{instant}_doppler_hz"] = round(shifts[k], 2)
    return {**record, "rises": one.rises, "sets": one.sets}


def passes_records(
    found: Sequence[Pass], *, carrier_hz: float | None = None, links: Sequence[LinkedPass | None] | None = None
) -> list[dict[str, Any]]:
    """Passes as flat records; with their links, in the same order, also the achievable rates and what comes over.

    Where a link is not known (None), its figures are None.
    """
    records = [pass_record(one, carrier_hz=carrier_hz) for one in found]
    for record, linked in zip(records, links or (), strict=links is not None):
        rates = linked.rates_bps if linked else (None, None, None)
        for instant, rate in zip(INSTANTS, rates, strict=True):
            record[f"{instant}_rate_bps"] = None if rate is None else round(rate, 3)
        record["highest_rate_bps"] = round(linked.highest_bps, 3) if linked else None
        record["volume_bit"] = round(linked.volume_bit, 1) if linked else None
    return records


def passes_csv(
    found: Sequence[Pass], *, carrier_hz: float | None = None, links: Sequence[LinkedPass | None] | None = None
) -> str:
    """Passes as CSV (RFC 4180), one a row, with a head that is the same when there are none."""
    out = io.StringIO(newline="")
    rows = passes_records(found, carrier_hz=carrier_hz, links=links)
    none = (0.0, 0.0, 0.0)
    blank = Pass("", "", none, none, none, none, none, rises=False, sets=False)
    head = passes_records([blank], carrier_hz=carrier_hz, links=None if links is None else [None])[0]
    writer = csv.DictWriter(out, list(head))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
