"""A cone search finds what a look at every row finds, at the poles and across 0h too, and the nearest first."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from comity.archive import ArchiveError, Everything, ingest
from comity.archive.catalogues import build, open_catalogue
from comity.archive.cone import SEPARATION, cone
from comity.archive.healpix import CELLS, cells, cone_cover, separation
from tests.archive.samples import new_archive

PLACES = 4_000


def places() -> tuple[np.ndarray, np.ndarray]:
    """Places all over the sky, and many close to the poles, to 0h, and to the corners of cells."""
    random = np.random.default_rng(5)
    ra = random.uniform(0, 360, PLACES)
    dec = np.degrees(np.arcsin(random.uniform(-1, 1, PLACES)))
    dec[:400] = 90.0 - np.abs(random.normal(0, 0.5, 400))
    dec[400:800] = -90.0 + np.abs(random.normal(0, 0.5, 400))
    ra[800:1200] = random.normal(0, 0.5, 400) % 360.0
    ra[1200:1600] = random.choice([0.0, 45.0, 90.0, 180.0, 359.9999999], 400)
    dec[1600:1700], dec[1700:1800] = 90.0, np.degrees(np.arcsin(2 / 3))
    return ra, dec


@pytest.fixture(scope="module")
def sky(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cone")
    ra, dec = places()
    pq.write_table(pa.table({"n": np.arange(PLACES), "ra": ra, "dec": dec}), folder / "a.parquet")
    with new_archive(folder / "archive") as archive:
        ingest(archive, "sky", [folder / "a.parquet"], stated={"calib_level": 3})
        build(archive, "sky", ra="ra", dec="dec", file_rows=300, group_rows=40)
        yield open_catalogue(archive, "sky", Everything())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.floats(0, 360) | st.sampled_from([0.0, 360.0, 45.0, 359.99]),
    st.floats(-90, 90) | st.sampled_from([90.0, -90.0, 89.9, 0.0]),
    st.floats(0, 3) | st.floats(0, 180),
)
@example(0.0, 0.0, 180.0)
@example(0.0, 90.0, 0.0)
@example(359.9999999, 0.0, 1e-6)
def test_a_cone_finds_what_a_look_at_every_row_finds(sky, ra, dec, radius):
    all_ra, all_dec = places()
    away = SkyCoord(ra * u.deg, dec * u.deg).separation(SkyCoord(all_ra * u.deg, all_dec * u.deg)).deg
    found = cone(sky, ra, dec, radius)
    names = set(found["n"].to_pylist())
    assert len(names) == found.num_rows
    rim = 1e-10  # where the last digits of two formulas part
    assert set(np.flatnonzero(away <= radius - rim)) <= names <= set(np.flatnonzero(away <= radius + rim))
    told = found[SEPARATION].to_numpy()
    assert (np.diff(told) >= 0).all()
    assert told / 3600 == pytest.approx(away[found["n"].to_numpy()], abs=1e-9)


@given(st.floats(0, 360), st.floats(-90, 90), st.floats(1e-7, 60), st.floats(0, 360), st.floats(0, 1))
@settings(max_examples=200, deadline=None)
def test_a_cover_holds_every_place_within_the_cone(ra, dec, radius, towards, share):
    place = SkyCoord(ra * u.deg, dec * u.deg).directional_offset_by(
        towards * u.deg, share * radius * (1 - 1e-9) * u.deg
    )
    cell = cells(np.array([place.ra.deg]), np.array([np.clip(place.dec.deg, -90, 90)]))[0]
    cover = cone_cover(ra, dec, radius)
    assert (cover[:, 0] < cover[:, 1]).all() and (cover[1:, 0] > cover[:-1, 1]).all()
    assert cover[0, 0] >= 0 and cover[-1, 1] <= CELLS
    assert ((cover[:, 0] <= cell) & (cell < cover[:, 1])).any()


@given(*(st.floats(*r) for r in ((0, 360), (-90, 90), (0, 360), (-90, 90))))
@settings(deadline=None)
def test_separations_are_those_of_astropy(ra, dec, ra2, dec2):
    theirs = SkyCoord(ra * u.deg, dec * u.deg).separation(SkyCoord(ra2 * u.deg, dec2 * u.deg)).deg
    assert float(separation(ra, dec, ra2, dec2)) == pytest.approx(theirs, abs=1e-12)


def test_a_separation_of_a_microarcsecond_is_exact():
    assert float(separation(10.0, 60.0, 10.0, 60.0 + 1e-6 / 3600)) * 3600e6 == pytest.approx(1.0, rel=1e-3)


def test_the_nearest_are_those_that_a_limit_leaves(sky):
    every, some = cone(sky, 10.0, 20.0, 30.0), cone(sky, 10.0, 20.0, 30.0, limit=7)
    assert some.equals(every.slice(0, 7))
    assert cone(sky, 10.0, 20.0, 180.0, columns=["n"], limit=0).num_rows == 0
    assert cone(sky, 10.0, 20.0, 5.0, columns=["n"]).column_names == ["n", SEPARATION]
    assert cone(sky, 100.0, 33.3, 1e-9).schema.equals(every.schema)


@pytest.mark.parametrize(
    "given", [(float("nan"), 0, 1), (0, 91, 1), (0, 0, -1), (0, 0, 181), (400, 0, 1), (0, float("inf"), 1)]
)
def test_what_is_no_cone_is_refused(sky, given):
    with pytest.raises(ArchiveError, match="in degrees"):
        cone(sky, *given)


def test_only_the_row_groups_that_a_cone_touches_are_read(sky, monkeypatch):
    read = []
    for number in range(len(sky.stored.parts)):
        file = sky.stored.file(number)
        whole = file.reader

        class Counting:
            metadata = whole.metadata

            def __init__(self, reader):
                self.reader = reader

            def read_row_groups(self, groups, **named):
                read.extend(groups)
                return self.reader.read_row_groups(groups, **named)

        monkeypatch.setattr(file, "reader", Counting(whole))
    cone(sky, 200.0, 30.0, 0.5)
    assert len(read) <= 3
