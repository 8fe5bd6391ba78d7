from datetime import date

import icalendar

from comity.governance.agreements.calendar_file import calendar
from comity.governance.agreements.obligations import obligations
from tests.governance.agreements.documents import MEMORANDUM, agreement, changed


def events(text: str) -> list[icalendar.Event]:
    return list(icalendar.Calendar.from_ical(text).walk("VEVENT"))


def test_each_obligation_with_a_day_is_an_all_day_event() -> None:
    found = events(calendar([agreement()]))

    assert sorted((e["DTSTART"].dt, str(e["SUMMARY"])) for e in found) == [
        (date(2030, 9, 1), "ESA: report"),
        (date(2030, 9, 1), "NASA: report"),
        (date(2031, 6, 30), "ESA: running cost (10 MEUR@2030)"),
        (date(2032, 5, 31), "ESA: Camera delivered"),
    ]
    assert all((e["DTEND"].dt - e["DTSTART"].dt).days == 1 for e in found)
    assert len({str(e["UID"]) for e in found}) == 4


def test_the_file_keeps_to_the_form_of_rfc_5545() -> None:
    text = calendar([agreement()])

    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert text.endswith("END:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))  # §3.1
    assert "\n" not in text.replace("\r\n", "")


def test_the_same_document_gives_the_same_bytes() -> None:
    assert calendar([agreement()]) == calendar([agreement()])


def test_one_party_s_calendar_holds_only_its_own() -> None:
    assert {str(e["SUMMARY"]).split(":")[0] for e in events(calendar([agreement()], party="nasa"))} == {"NASA"}


def test_a_duty_that_comes_back_is_listed_to_a_day_and_keeps_its_day_of_the_month() -> None:
    value = agreement(
        changed(MEMORANDUM, ("what: report, within: 6 months", "what: report, due: 2031-01-31, every: 1 month"))
    )

    found = [o.due for o in obligations(value, until=date(2031, 4, 30), parties=("nasa",)) if o.what == "report"]

    assert found == [date(2031, 1, 31), date(2031, 2, 28), date(2031, 3, 31), date(2031, 4, 30)]
