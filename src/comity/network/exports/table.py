"""A schedule as CSV (RFC 4180): a row for each track, in order of time."""

from __future__ import annotations

import csv
import io

from comity.network.allocation.answer import Schedule
from comity.network.allocation.question import Question, iso

COLUMNS = (
    "start_utc",
    "end_utc",
    "hours",
    "user",
    "agency",
    "request",
    "antennas",
    "stations",
    "owners",
    "busy_from_utc",
    "busy_until_utc",
)
#: What begins a formula in a spreadsheet (OWASP, "CSV Injection"), and the quote that keeps text from being one.
_GUARDED = "=+-@\t\r\n'"


def schedule_csv(question: Question, schedule: Schedule) -> str:
    """The schedule as CSV text; `busy` reaches from setup to the end of teardown. Antennas of an array are joined by `+`."""
    requests = {request.id: request for request in question.requests}
    antennas = {antenna.id: antenna for antenna in question.antennas}
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for track in sorted(schedule.tracks):
        request = requests.get(track.request)
        places = [antennas[name] for name in track.resource if name in antennas]
        rows.writerow(
            (
                iso(track.start),
                iso(track.end),
                f"{(track.end - track.start) / 3600:.4f}",
                _safe(request.user if request else ""),
                _safe(request.agency if request else ""),
                _safe(track.request),
                _safe("+".join(track.resource)),
                _safe("+".join(dict.fromkeys(a.station for a in places if a.station))),
                _safe("+".join(dict.fromkeys(a.owner for a in places if a.owner))),
                iso(track.start - (request.setup_s if request else 0)),
                iso(track.end + (request.teardown_s if request else 0)),
            )
        )
    return text.getvalue()


def _safe(value: str) -> str:
    return f"'{value}" if value[:1] in _GUARDED and value else value
