"""A schedule in the XML of the CCSDS Simple Schedule Format (CCSDS 902.1-B-1, May 2018), written and read.

The structure (elements, attributes, enumerations, time code) follows an independent implementation of the book, Dr. Orbiteex
(github.com/dariol83/drorbiteex, CcsdsSimpleScheduleExporter, as of July 2024). The book's own schema,
`902x01b1TC1-SmplSchd.xsd`, was not at hand: what is written here was not validated against it.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from comity.network.allocation.answer import Schedule, Track
from comity.network.allocation.question import Question, Request
from comity.network.errors import NetworkError

NAMESPACE = "urn:ccsds:schema:cssm:1.0.0"
SCHEMA = "902x01b1TC1-SmplSchd.xsd"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
Status = Literal["TEST", "PROVISIONAL", "OPERATIONAL", "OTHER"]
STATUSES: tuple[Status, ...] = ("TEST", "PROVISIONAL", "OPERATIONAL", "OTHER")
#: What a track is for; `TBD` where nobody said.
SERVICES = (
    "APA-AZ/EL", "APA-X/Y", "DELTADOR", "DOPPLER", "OFFLINE-TMRECORDING", "OFFLINE-TMPROVISION", "RF-ONLY", "RANGING",
    "RESERVED", "TBD", "TELECOMMAND", "TELEMETRY", "TEST", "UNUSED", "VLBI",
)  # fmt: skip
#: `-NE` near Earth, `-DS` deep space.
BANDS = (
    "HF", "VHF", "UHF", "L", "S-NE", "S-DS", "C", "X-NE", "X-DS", "Ku", "K", "Ka-NE", "Ka-DS", "Ka-S", "V", "W", "mm",
    "O1", "O2", "N/A", "OTHER",
)  # fmt: skip
#: A file to read is no larger [bytes].
MAX_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Activity:
    """A scheduled activity as a file says it: whose, where, and when [POSIX seconds UTC]; one antenna each."""

    user: str
    package: str
    id: str
    site: str
    aperture: str
    track_start: int
    track_end: int
    busy_start: int
    busy_end: int
    status: str


def simple_schedule_xml(
    question: Question,
    schedule: Schedule,
    *,
    originator: str,
    made_s: int,
    status: Status = "PROVISIONAL",
    service: str = "TBD",
    band: str = "N/A",
) -> str:
    """The schedule as XML text: a package for each request, an activity for each antenna of each track.

    An aperture serves in one activity, so that a track of an array becomes one for each of its antennas, at the same time.
    `made_s` says when it was made (POSIX seconds UTC). NetworkError when status, service or band is none of the format's.
    """
    for what, given, known in (("status", status, STATUSES), ("service", service, SERVICES), ("band", band, BANDS)):
        if given not in known:
            raise NetworkError(f"'{given}' is no {what} of CCSDS 902.1; known: {', '.join(known)}")
    ET.register_namespace("", NAMESPACE)
    ET.register_namespace("xsi", _XSI)
    root = ET.Element(_tag("simpleSchedule"), {"srvMgtEntityType": "SIMPLE_SCHEDULE"})
    root.set(f"{{{_XSI}}}schemaLocation", f"{NAMESPACE} {SCHEMA}")
    header = {
        "originatingOrganization": originator,
        "generationTime": time_code_b(made_s),
        "status": status,
        "inclusionType": "START_INCLUSION",
        "version": "1",
        "startTime": time_code_b(question.start),
        "endTime": time_code_b(question.end),
    }
    ET.SubElement(root, _tag("simpleScheduleHeader"), header)
    requests = {request.id: request for request in question.requests}
    sites = {antenna.id: antenna.station or antenna.id for antenna in question.antennas}
    for name in dict.fromkeys(track.request for track in sorted(schedule.tracks)):
        request = requests.get(name)
        package = ET.SubElement(
            root,
            _tag("scheduledPackage"),
            {
                "user": request.user if request else "",
                "comment": "",
                "scheduledPackageId": name,
                "originatingRequestId": name,
            },
        )
        for number, track in enumerate((t for t in sorted(schedule.tracks) if t.request == name), 1):
            for aperture in track.resource:
                activity = _activity(
                    track, request, aperture, sites.get(aperture, aperture), f"{name}/{number}/{aperture}"
                )
                ET.SubElement(package, _tag("scheduledActivity"), activity).append(
                    ET.Element(_tag("serviceInfo"), {"serviceType": service, "frequencyBand": band})
                )
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def read_simple_schedule(text: str) -> tuple[Activity, ...]:
    """The activities of a Simple Schedule, in order of time. NetworkError says what is not as the format has it."""
    if len(text) > MAX_BYTES or "<!DOCTYPE" in text[:4096] or "<!ENTITY" in text:
        raise NetworkError("a Simple Schedule has no document type and no entities, and no more than 64 MiB")
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        line, column = error.position
        raise NetworkError(f"{line}:{column + 1}: not XML ({error.msg.split(':')[0]})") from None
    if root.tag != _tag("simpleSchedule"):
        raise NetworkError(f"the root is {root.tag}, not simpleSchedule of {NAMESPACE}")
    if root.find(_tag("simpleScheduleHeader")) is None:
        raise NetworkError("there is no simpleScheduleHeader")
    return tuple(sorted(_activities(root), key=lambda a: (a.track_start, a.site, a.aperture, a.id)))


def time_code_b(time_s: int) -> str:
    """CCSDS ASCII time code B (CCSDS 301.0-B-4 §3.5.1.2): year and day of the year.

    >>> time_code_b(1520208000)
    '2018-064T00:00:00.000Z'
    """
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%jT%H:%M:%S.000Z")


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _activity(track: Track, request: Request | None, aperture: str, site: str, identifier: str) -> dict[str, str]:
    return {
        "scheduledActivityId": identifier,
        "activityStatus": "COMMITTED",
        "siteRef": site,
        "apertureRef": aperture,
        "beginningOfTrack": time_code_b(track.start),
        "endOfTrack": time_code_b(track.end),
        "beginningOfActivity": time_code_b(track.start - (request.setup_s if request else 0)),
        "endOfActivity": time_code_b(track.end + (request.teardown_s if request else 0)),
    }


def _activities(root: ET.Element) -> Iterator[Activity]:
    for package in root.iter(_tag("scheduledPackage")):
        for one in package.iter(_tag("scheduledActivity")):
            called = one.get("scheduledActivityId", "")
            start, end = _time(one, "beginningOfTrack", called), _time(one, "endOfTrack", called)
            if end <= start:
                raise NetworkError(f"activity '{called}': endOfTrack is not after beginningOfTrack")
            yield Activity(
                user=package.get("user", ""),
                package=package.get("scheduledPackageId", ""),
                id=called,
                site=_given(one, "siteRef", called),
                aperture=_given(one, "apertureRef", called),
                track_start=start,
                track_end=end,
                busy_start=_time(one, "beginningOfActivity", called) if "beginningOfActivity" in one.attrib else start,
                busy_end=_time(one, "endOfActivity", called) if "endOfActivity" in one.attrib else end,
                status=_given(one, "activityStatus", called),
            )


def _given(element: ET.Element, name: str, called: str) -> str:
    value = element.get(name)
    if value is None:
        raise NetworkError(f"activity '{called}' has no {name}")
    return value


def _time(element: ET.Element, name: str, called: str) -> int:
    text = _given(element, name, called)
    for form in ("%Y-%jT%H:%M:%S.%fZ", "%Y-%jT%H:%M:%SZ"):
        try:
            return int(datetime.strptime(text, form).replace(tzinfo=UTC).timestamp())
        except ValueError:
            continue
    raise NetworkError(f"activity '{called}': {name} is '{text}', not in time code B as 2018-064T00:00:00.000Z")
