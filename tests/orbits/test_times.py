from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.orbits import OrbitError
from comity.orbits.times import from_iso, from_scale, skyfield_times, tai_minus_utc, tdb_julian, to_iso, ut1_julian


@given(st.integers(0, 4_000_000_000_000))
def test_text_and_instants_turn_into_each_other(milliseconds: int) -> None:
    assert from_iso(to_iso(milliseconds / 1000)) == pytest.approx(milliseconds / 1000, abs=1e-6)


def test_dates_of_the_year_and_offsets_are_read() -> None:
    assert (
        from_iso("2026-060T12:00:00.5") == from_iso("2026-03-01T12:00:00.5Z") == from_iso("2026-03-01T13:00:00.5+01:00")
    )


def test_leap_seconds_are_those_of_bulletin_c() -> None:
    before, after = from_iso("2016-12-31T23:59:59Z"), from_iso("2017-01-01T00:00:00Z")
    assert tai_minus_utc([before, after]).tolist() == [36.0, 37.0]  # IERS Bulletin C 52


def test_other_clocks_are_read_as_utc() -> None:
    at = from_iso("2020-01-01T00:00:00Z")
    assert from_scale(at + 37.0, "TAI") == from_scale(at + 18.0, "GPS") == at
    assert from_scale(at + 69.184, "TT") == pytest.approx(at, abs=1e-6)
    with pytest.raises(OrbitError, match="time system 'MET' is not known"):
        from_scale(at, "MET")


def test_ut1_and_tdb_are_skyfields() -> None:
    at = np.array([from_iso("1990-05-01"), from_iso("2026-04-10T01:02:03Z")])
    right = skyfield_times(at)
    for (whole, fraction), other in ((ut1_julian(at), right.ut1_fraction), (tdb_julian(at), right.tdb_fraction)):
        np.testing.assert_allclose((whole - right.whole) + (fraction - other), 0, atol=1e-12)


def test_what_is_no_date_is_refused() -> None:
    with pytest.raises(OrbitError, match="is no date and time"):
        from_iso("tomorrow")
