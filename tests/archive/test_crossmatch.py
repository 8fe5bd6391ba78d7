"""Sources of two catalogues are paired as astropy pairs them, after their motions, within their errors."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy import units as u
from astropy.coordinates import Distance, SkyCoord
from astropy.time import Time
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from comity.archive import ArchiveError, Everything, ingest
from comity.archive.catalogues import build, open_catalogue
from comity.archive.crossmatch import CANDIDATES, NORMALISED, SEPARATION, Match, Measured, crossmatch
from comity.archive.healpix import around, cells, offsets, separation
from comity.archive.motion import moved
from comity.archive.synthetic import EPOCH, drawn, seen_again, write
from comity.cli.app import app
from tests.archive.samples import new_archive

ALL = Everything()
GAIA_LIKE = Measured(epoch=EPOCH, pmra="pmra", pmdec="pmdec", ra_error="ra_error", dec_error="dec_error", error_mas=0.0)
LATER = Measured(epoch=2036.0, ra_error="ra_error", dec_error="dec_error")


def catalogue_of(folder, table, **build_options):
    file = folder.with_suffix(".parquet")
    pq.write_table(table, file)
    archive = new_archive(folder, {"id": folder.name})
    ingest(archive, folder.name, [file], stated={"calib_level": 3})
    build(archive, folder.name, ra="ra", dec="dec", **build_options)
    return open_catalogue(archive, folder.name, ALL)


@pytest.fixture(scope="module")
def surveys(tmp_path_factory):
    """A synthetic catalogue, and what another survey saw of it twenty years on."""
    folder = tmp_path_factory.mktemp("crossmatch")
    (batch,) = drawn(30_000)
    again = pa.Table.from_batches([seen_again(batch, 2036.0, seed=4, error_mas=20.0)])
    small = {"file_rows": 2_000, "group_rows": 256}
    return catalogue_of(folder / "first", pa.Table.from_batches([batch]), **small), catalogue_of(
        folder / "second", again, **small
    )


def together(tables) -> pa.Table:
    return pa.concat_tables(list(tables))


def test_the_nearest_are_those_of_astropy(surveys):
    first, second = surveys
    found = together(crossmatch(first, second, Match(600.0)))
    rows, others = (pa.concat_tables(c.all_rows()) for c in surveys)
    here, there = (SkyCoord(t["ra"].to_numpy() * u.deg, t["dec"].to_numpy() * u.deg) for t in (rows, others))
    index, away, _ = here.match_to_catalog_sky(there)
    near = away.arcsec <= 600.0
    assert found.num_rows == near.sum() > 1000
    assert found["source_id_first"].to_pylist() == rows["source_id"].to_numpy()[near].tolist()
    assert found["source_id_second"].to_pylist() == others["source_id"].to_numpy()[index[near]].tolist()
    assert found[SEPARATION].to_numpy() == pytest.approx(away.arcsec[near], abs=1e-6)


def test_all_within_a_radius_are_those_of_astropy(surveys):
    first, second = surveys
    found = together(crossmatch(first, second, Match(900.0, keep="all"), columns=(["source_id"], ["source_id"])))
    rows, others = (pa.concat_tables(c.all_rows()) for c in surveys)
    here, there = (SkyCoord(t["ra"].to_numpy() * u.deg, t["dec"].to_numpy() * u.deg) for t in (rows, others))
    left, right, _, _ = there.search_around_sky(here, 900 * u.arcsec)
    theirs = set(zip(rows["source_id"].to_numpy()[left], others["source_id"].to_numpy()[right], strict=True))
    ours = list(zip(found["source_id_first"].to_pylist(), found["source_id_second"].to_pylist(), strict=True))
    assert len(ours) == len(set(ours))
    assert set(ours) == theirs
    counted = dict(zip(*np.unique(rows["source_id"].to_numpy()[left], return_counts=True), strict=True))
    assert all(
        n == counted[s]
        for s, n in zip(found["source_id_first"].to_pylist(), found[CANDIDATES].to_pylist(), strict=True)
    )


def test_motions_and_errors_find_the_true_pairs_and_their_separations_are_rayleigh(surveys):
    first, second = surveys
    found = together(crossmatch(first, second, Match(10.0, sigma=5.0), measured=(GAIA_LIKE, LATER)))
    truth = found["source_id_first"].to_numpy() == found["source_id_second"].to_numpy()
    assert truth.mean() > 0.999
    assert truth.sum() == pytest.approx(second.rows, rel=1e-3)
    scaled = found[NORMALISED].to_numpy()[truth]
    for quantile in (0.1, 0.5, 0.9):  # P(x > k) = exp(-k²/2)
        assert np.quantile(scaled, quantile) == pytest.approx(np.sqrt(-2 * np.log(1 - quantile)), rel=0.03)
    # Without the motions most of them lie beyond five sigma.
    still = (GAIA_LIKE.__class__(ra_error="ra_error", dec_error="dec_error"), LATER)
    unmoved = together(crossmatch(first, second, Match(10.0, sigma=5.0), measured=still))
    assert unmoved.num_rows < 0.5 * found.num_rows


def test_a_motion_is_that_of_astropy_to_a_microarcsecond():
    random = np.random.default_rng(1)
    ra, dec = random.uniform(0, 360, 500), np.degrees(np.arcsin(random.uniform(-1, 1, 500)))
    dec[:50] = 89.9999
    pmra, pmdec = random.normal(0, 3000, (2, 500))
    place = SkyCoord(
        ra * u.deg, dec * u.deg, Distance(np.full(500, 1e6), u.pc), pm_ra_cosdec=pmra * u.mas / u.yr, pm_dec=pmdec * u.mas / u.yr,
        radial_velocity=np.zeros(500) * u.km / u.s, obstime=Time(2000.0, format="jyear", scale="tdb"),
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ERFA says that it takes these far stars to be still
        theirs = place.apply_space_motion(new_obstime=Time(2050.0, format="jyear", scale="tdb"))
    ours = moved(ra, dec, pmra, pmdec, 50.0)
    assert separation(*ours, theirs.ra.deg, theirs.dec.deg).max() * 3600e6 < 1.0


def test_barnards_star_is_where_hipparcos_motion_takes_it():
    # Hipparcos (ESA SP-1200), HIP 87937 at J1991.25, and Gaia DR3 4472832130942575872 at J2016.0 (Gaia Collaboration 2022).
    ra, dec = moved(np.array([269.45402305]), np.array([4.66828815]), np.array([-797.84]), np.array([10326.93]), 24.75)
    away = separation(ra, dec, 269.44850252543836, 4.739420051112412)
    assert away[0] * 3600 < 1.0  # its perspective acceleration and parallax are not in this motion


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 360), st.floats(-90, 90), st.integers(0, 12), st.floats(0, 360), st.floats(0, 1))
def test_what_lies_within_half_a_side_is_in_the_cells_around(ra, dec, order, towards, share):
    from comity.archive.healpix import SIDE_DEG

    near = around(cells(np.array([ra]), np.array([dec])), order)
    other = SkyCoord(ra * u.deg, dec * u.deg).directional_offset_by(
        towards * u.deg, share * 0.5 * SIDE_DEG / 2**order * u.deg
    )
    found = cells(np.array([other.ra.deg]), np.clip(np.array([other.dec.deg]), -90, 90))[0]
    assert ((near[:, 0] <= found) & (found < near[:, 1])).any()


def test_pairs_across_a_pole_and_across_0h_are_found(tmp_path):
    arc = 1 / 3600
    one = pa.table({"n": [1, 2, 3], "ra": [0.0, 0.0, 180.0], "dec": [90 - arc, arc, -90.0]})
    two = pa.table({"n": [1, 2, 3], "ra": [180.0, 360 - arc, 77.0], "dec": [90 - arc, 0.0, -90 + arc]})
    found = together(
        crossmatch(
            catalogue_of(tmp_path / "one", one), catalogue_of(tmp_path / "two", two), Match(3.0),
            measured=(Measured(error_mas=1000.0), Measured(error_mas=0.1)),
        )
    )  # fmt: skip
    assert sorted(zip(found["n_one"].to_pylist(), found["n_two"].to_pylist(), strict=True)) == [(1, 1), (2, 2), (3, 3)]
    apart = dict(zip(found["n_one"].to_pylist(), found[SEPARATION].to_pylist(), strict=True))
    assert [apart[n] for n in (1, 2, 3)] == pytest.approx([2.0, 2**0.5, 1.0])
    assert found[NORMALISED].to_numpy() == pytest.approx(found[SEPARATION].to_numpy(), rel=1e-6)


def test_offsets_are_their_separation():
    random = np.random.default_rng(2)
    ra, ra2 = random.uniform(0, 360, (2, 1000))
    dec, dec2 = np.degrees(np.arcsin(random.uniform(-1, 1, (2, 1000))))
    assert np.hypot(*offsets(ra, dec, ra2, dec2)) == pytest.approx(separation(ra, dec, ra2, dec2))
    assert offsets(10.0, 0.0, 10.5, 0.0) == pytest.approx((0.5, 0.0))


@pytest.mark.parametrize(
    ("match", "measured", "said"),
    [
        (Match(0.0), (Measured(), Measured()), "in arcseconds"),
        (Match(1.0, sigma=3.0), (Measured(error_mas=1.0), Measured()), "needs errors of both"),
        (Match(1.0), (Measured(pmra="pmra", pmdec="pmdec"), Measured()), "epochs"),
        (Match(1.0), (Measured(pmra="pmra"), Measured()), "both coordinates"),
        (Match(1.0), (Measured(ra_error="mag", dec_error="mag"), Measured()), "column mag is in mag"),
        (Match(1.0), (Measured(ra_error="ra_eror", dec_error="mag"), Measured()), "did you mean 'ra_error'"),
    ],
)
def test_what_cannot_be_matched_is_told(surveys, match, measured, said):
    with pytest.raises(ArchiveError, match=said):
        list(crossmatch(*surveys, match, measured=measured))


def test_a_synthetic_catalogue_is_the_same_for_the_same_seed(tmp_path):
    assert write(drawn(1000), tmp_path / "a.parquet") == 1000
    assert next(drawn(1000, seed=3)).equals(next(drawn(1500, seed=3)).slice(0, 1000))
    assert not next(drawn(10, seed=3)).equals(next(drawn(10, seed=4)))


def test_the_command_writes_the_pairs(tmp_path):
    def run(*arguments: object, code: int = 0) -> str:
        found = CliRunner().invoke(app, ["archive", *map(str, arguments)], env={"COLUMNS": "80"})
        assert found.exit_code == code, found.output
        return found.output

    (batch,) = drawn(3_000)
    pq.write_table(pa.Table.from_batches([batch]), tmp_path / "one.parquet")
    pq.write_table(pa.Table.from_batches([seen_again(batch, 2036.0, seed=4, error_mas=20.0)]), tmp_path / "two.parquet")
    place = tmp_path / "archive"
    with new_archive(place, {"id": "one"}, {"id": "two"}) as archive:
        for name in ("one", "two"):
            ingest(archive, name, [tmp_path / f"{name}.parquet"], stated={"calib_level": 3})
            build(archive, name)
    told = (
        "--motions",
        "one=pmra,pmdec@2016",
        "--errors",
        "one=ra_error,dec_error",
        "--errors",
        "two=0.02",
        "--epoch",
        "two=2036",
    )
    asked = ("crossmatch", place, "one", "two", "--radius", 10, "--out", tmp_path / "pairs.parquet", "--quiet")
    summary = json.loads(run(*asked, *told, "--sigma", 5, "--json"))
    pairs = pq.read_table(tmp_path / "pairs.parquet")
    assert summary["pairs"] == summary["matched"] == pairs.num_rows > 2_000
    assert pairs["source_id_one"].equals(pairs["source_id_two"])
    wide = json.loads(run(*asked[:5], 3600, *asked[6:], "--all", "--json"))
    pairs = pq.read_table(tmp_path / "pairs.parquet")
    assert wide["pairs"] == pairs.num_rows and wide["matched"] == len(set(pairs["source_id_one"].to_pylist()))
    none = json.loads(run(*asked[:5], 1e-6, *asked[6:], "--json"))
    assert none["pairs"] == 0 and pq.read_table(tmp_path / "pairs.parquet").column_names == pairs.column_names
    assert "did you mean 'one'" in run(*asked, "--errors", "onee=1", code=2)
    assert "@2016.0" in run(*asked, "--motions", "one=pmra,pmdec", code=2)
