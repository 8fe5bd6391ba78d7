from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.governance.agreements.periods import Period


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("1 year", date(2024, 2, 29), date(2025, 2, 28)),
        ("12 months", date(2023, 3, 31), date(2024, 3, 31)),
        ("1 month", date(2025, 1, 31), date(2025, 2, 28)),
        ("30 days", date(2020, 12, 16), date(2021, 1, 15)),  # the SKA Convention: last ratification, entry into force
        ("6 weeks", date(2025, 1, 1), date(2025, 2, 12)),
    ],
)
def test_a_period_ends_on_its_calendar_day(text: str, start: date, end: date) -> None:
    assert Period.parse(text).after(start) == end


def test_a_moment_keeps_its_hour() -> None:
    assert Period.parse("1 year").after(datetime(2030, 5, 6, 7, tzinfo=UTC)) == datetime(2031, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize("wrong", ["", "year", "1.5 years", "-3 days", "10", 12, None, "3 fortnights"])
def test_what_is_no_period_says_how_to_write_one(wrong: object) -> None:
    with pytest.raises(ValueError, match="is not a period; write such as 30 days"):
        Period.parse(wrong)


@given(st.integers(1, 500), st.sampled_from(["day", "week", "month", "year"]))
def test_a_period_reads_back_as_it_is_written(count: int, unit: str) -> None:
    period = Period.parse(f"{count} {unit}s")
    assert Period.parse(str(period)) == period


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.integers(0, 400), st.integers(0, 400))
def test_longer_periods_end_no_earlier(start: date, months: int, more: int) -> None:
    assert Period(months=months).after(start) <= Period(months=months + more).after(start)
