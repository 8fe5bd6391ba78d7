"""Obligations with a day as an iCalendar file (RFC 5545), for any calendar program."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from icalendar import Calendar, Event

from comity.governance.agreements.document import Agreement
from comity.governance.agreements.obligations import Obligation, obligations


def calendar(agreements: Iterable[Agreement], *, until: date | None = None, party: str | None = None) -> str:
    """The iCalendar text: one all-day event for each obligation that has a day, the same bytes for the same documents.

    `until` lets duties that come back be listed up to a day; `party` asks for one party's alone.
    """
    file = Calendar()
    file.add("prodid", "-//Comity//Agreements//EN")
    file.add("version", "2.0")
    file.add("calscale", "GREGORIAN")
    file.add("method", "PUBLISH")
    for agreement in agreements:
        owed = [o for o in obligations(agreement, until=until) if o.due is not None and party in (None, o.party)]
        for o in owed:
            file.add_component(_event(agreement, o))
    return bytes(file.to_ical()).decode("utf-8")


def _event(agreement: Agreement, owed: Obligation) -> Event:
    assert owed.due is not None
    event = Event()
    event.add("uid", f"{_name(owed)}@comity")
    event.add("dtstamp", _stamp(agreement))
    event.add("dtstart", owed.due)
    event.add("dtend", owed.due + timedelta(days=1))  # an all-day event ends on the day after (RFC 5545 §3.6.1)
    done = f" (done on {owed.done})" if owed.done else ""
    event.add("summary", f"{agreement.parties[owed.party].name}: {owed.what}{done}")
    where = f", {owed.article}" if owed.article else ""
    event.add("description", f"{agreement.agreement.title}{where}, clause {owed.clause}. Digest {agreement.digest}.")
    event.add("categories", [agreement.id, owed.party, owed.kind])
    event.add("status", "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    return event


def _name(owed: Obligation) -> str:
    text = "\n".join((owed.agreement, owed.clause, owed.party, owed.what, str(owed.due)))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _stamp(agreement: Agreement) -> datetime:
    """A moment that the document itself gives: a clock would make every export another file."""
    heading = agreement.agreement
    day = heading.signed or heading.in_force or date(1970, 1, 1)
    return datetime.combine(day, time(), UTC)
