"""Passes as text that other tools read: CSV and JSON, with units in the names."""

from __future__ import annotations

import csv
import io
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
    found: list[Pass], *, carrier_hz: float | None = None, links: list[LinkedPass] | None = None
) -> list[dict[str, Any]]:
    """Passes as flat records; with their links, in the same order, also the highest achievable rate and what comes over."""
    records = [pass_record(one, carrier_hz=carrier_hz) for one in found]
    for record, linked in zip(records, links or (), strict=links is not None):
        record["highest_rate_bps"] = round(float(linked.budget.rate_bps.max()), 3)
        record["volume_bit"] = round(linked.volume_bit, 1)
    return records


def passes_csv(found: list[Pass], *, carrier_hz: float | None = None, links: list[LinkedPass] | None = None) -> str:
    """Passes as CSV (RFC 4180), one a row, with a head."""
    out = io.StringIO(newline="")
    rows = passes_records(found, carrier_hz=carrier_hz, links=links)
    head = list(rows[0]) if rows else ["object", "station", "duration_s", *INSTANTS, "rises", "sets"]
    writer = csv.DictWriter(out, head)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
