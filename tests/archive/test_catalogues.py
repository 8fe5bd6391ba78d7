"""Tables become catalogues in the order of HEALPix that others open, each reader seeing what is theirs, and none half made."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.table import Table
from hats.io.validation import is_valid_collection
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from comity.archive import Archive, ArchiveError, Everything, UnreadableFile, ingest
from comity.archive.catalogues import HEALPIX, build, catalogues, is_stale, open_catalogue
from comity.archive.catalogues.runs import FINEST, Runs
from comity.archive.formats.parquet import describe
from comity.archive.healpix import CELLS, cells, span
from comity.archive.product_tables import table
from comity.archive.synthetic import drawn, write
from comity.archive_rules import governed
from comity.cli.app import app
from tests.archive.samples import add_dataset, new_archive

ALL = Everything()
ROWS = 20_000


@pytest.fixture(scope="module")
def sky(tmp_path_factory):
    folder = tmp_path_factory.mktemp("catalogues")
    file = folder / "drawn.parquet"
    write(drawn(ROWS), file)
    with new_archive(folder / "archive") as archive:
        ingest(archive, "sky", [file], stated={"calib_level": 3})
        build(archive, "sky", file_rows=1_500, group_rows=200, run_bytes=200_000, margin_arcsec=3600.0)
        yield archive


def whole(catalogue, columns=None) -> pa.Table:
    return pa.concat_tables(catalogue.all_rows(columns))


def test_parquet_tells_units_and_ucds_and_a_false_one_is_refused(tmp_path):
    file = tmp_path / "a.parquet"
    write(drawn(100), file)
    told = {c.name: c for c in describe(file).columns}
    assert (told["ra"].unit, told["ra"].ucd, told["ra"].datatype) == ("deg", "pos.eq.ra;meta.main", "double")
    assert told["source_id"].unit is None
    plain = tmp_path / "plain.parquet"
    pq.write_table(pa.table({"ra": [1.0], "where": [[1, 2]]}), plain)
    assert [(c.name, c.unit, c.ucd, c.arraysize) for c in describe(plain).columns] == [
        ("ra", None, None, None),  # a name is no proof
        ("where", None, None, "*"),
    ]
    content = file.read_bytes()
    for broken in (content[:-20], content[:8], content[: len(content) // 2] + content[len(content) // 2 + 500 :]):
        file.write_bytes(broken)
        with pytest.raises(UnreadableFile):
            describe(file)


def test_a_votable_in_the_metadata_tells_units(tmp_path, sky):
    place = sky.room("catalogues", "sky") / "current" / "sky" / "dataset" / "_common_metadata"
    told = {c.name: c for c in describe(place).columns}
    assert (told["pmra"].unit, told["pmra"].ucd) == ("mas / yr", "pos.pm;pos.eq.ra") or told["pmra"].unit == "mas/yr"


def test_every_row_is_there_once_in_the_order_of_its_cell(sky):
    rows = whole(open_catalogue(sky, "sky", ALL))
    assert sorted(rows["source_id"].to_pylist()) == list(range(ROWS))
    found = rows[HEALPIX].to_numpy()
    assert (np.diff(found) >= 0).all()
    assert (found == cells(rows["ra"].to_numpy(), rows["dec"].to_numpy())).all()


def test_hats_finds_the_layout_valid_and_files_are_no_larger_than_asked(sky):
    folder = sky.room("catalogues", "sky") / "current"
    assert is_valid_collection(folder.resolve(), strict=True)
    folder = folder / "sky"
    sizes = [pq.read_metadata(f).num_rows for f in folder.resolve().rglob("Npix=*.parquet")]
    assert sum(sizes) == ROWS
    assert max(sizes) <= 1_500
    orders = {int(f.parts[-3].split("=")[1]) for f in folder.resolve().rglob("Npix=*.parquet")}
    assert len(orders) > 1  # the disk of the Galaxy is parted finer


def test_more_rows_in_one_place_than_a_file_should_have_come_in_their_order(tmp_path):
    schema = pa.schema([("n", pa.int64())])
    runs = Runs(tmp_path, schema, run_bytes=1)
    for start in range(0, 50, 10):
        batch = pa.RecordBatch.from_pydict({"n": list(range(start, start + 10))}, schema=schema)
        runs.add(batch, np.full(10, 7, dtype=np.int64))
    runs.settle()
    pieces = list(runs.rows(0, 64, 8))
    assert max(p.num_rows for p in pieces) <= 8
    assert pa.concat_tables(pieces)["n"].to_pylist() == list(range(50))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, CELLS - 1) | st.integers(0, 40), min_size=1, max_size=30), min_size=1, max_size=5),
    st.integers(1, 20),
)
def test_files_part_all_rows_each_once_and_none_is_too_large(batches, most):
    schema = pa.schema([("n", pa.int64())])
    with tempfile.TemporaryDirectory() as folder:
        runs = Runs(Path(folder), schema, run_bytes=400)
        number = 0
        for batch in batches:
            rows = list(range(number, number + len(batch)))
            runs.add(pa.RecordBatch.from_pydict({"n": rows}, schema=schema), np.array(batch, dtype=np.int64))
            number += len(batch)
        runs.settle()
        every = np.concatenate(batches)
        parts = runs.pixels(most)
        read = []
        for order, pixel, count in parts:
            assert count <= most or order == FINEST
            tables = list(runs.rows(*span(order, pixel), most))
            assert all(t.num_rows <= most for t in tables)
            rows = pa.concat_tables(tables)
            assert rows.num_rows == count
            read += list(zip(rows[HEALPIX].to_pylist(), rows["n"].to_pylist(), strict=True))
    # Along the sky, and those of one cell in the order in which they came.
    assert read == sorted(zip(every.tolist(), range(len(every)), strict=True))


def test_the_tables_of_four_formats_make_one_catalogue(tmp_path):
    values = {"name": ["a", "b"], "ra": [10.0, 350.0], "dec": [-80.0, 5.0], "n": [1, 2]}
    folder = tmp_path / "in"
    folder.mkdir()
    plain = Table(values)
    plain["ra"].unit = plain["dec"].unit = "deg"
    plain.write(folder / "a.fits")
    plain.write(folder / "b.vot", format="votable")
    plain.write(folder / "d.ecsv", format="ascii.ecsv")
    field = {"unit": "deg"}
    schema = pa.schema(
        [("name", "string"), pa.field("ra", pa.float64(), metadata=field), pa.field("dec", pa.float64(), metadata=field),
         ("n", pa.int64())]
    )  # fmt: skip
    pq.write_table(pa.table(values, schema=schema), folder / "c.parquet")
    with new_archive(tmp_path / "archive") as archive:
        done = ingest(archive, "sky", [folder], stated={"calib_level": 3})
        read = done.new
        assert read == 4, done.failed
        about = build(archive, "sky", ra="ra", dec="dec")
        assert about.rows == 2 * read
        assert sorted(whole(open_catalogue(archive, "sky", ALL))["name"].to_pylist()) == ["a"] * read + ["b"] * read
        with pytest.raises(ArchiveError, match=r"no column has the UCD pos.eq.ra;meta.main: name the column with --ra"):
            build(archive, "sky")
        with pytest.raises(ArchiveError, match=r"did you mean 'dec'"):
            build(archive, "sky", ra="ra", dec="decl")
        with pytest.raises(ArchiveError, match=r"column name is string"):
            build(archive, "sky", ra="name", dec="dec")


def test_undefined_values_of_fits_are_null_and_rows_without_a_place_are_counted(tmp_path):
    columns = [
        fits.Column("ra", "D", unit="deg", array=[10.0, np.nan, 30.0]),
        fits.Column("dec", "D", unit="deg", array=[0.0, 0.0, 95.0]),
        fits.Column("n", "J", null=-1, array=[-1, 5, 6]),
        fits.Column("v", "3E", array=np.arange(9.0).reshape(3, 3)),
        fits.Column("t", "4A", array=["ab", "c", ""]),
    ]
    file = tmp_path / "a.fits"
    fits.BinTableHDU.from_columns(columns).writeto(file)
    with new_archive(tmp_path / "archive") as archive:
        ingest(archive, "sky", [file], stated={"calib_level": 3})
        (product,) = archive.register.products(ALL)
        with table(archive, product) as found:
            rows = pa.Table.from_batches(found.batches())
        assert rows["n"].to_pylist() == [None, 5, 6]
        assert rows["v"].to_pylist()[1] == [3.0, 4.0, 5.0]
        assert rows["t"].to_pylist() == ["ab", "c", ""]
        about = build(archive, "sky", ra="ra", dec="dec")
        assert (about.rows, about.unplaced) == (1, 2)


def test_who_may_not_know_of_a_dataset_is_told_the_same_as_of_one_that_is_not_there(tmp_path):
    write(drawn(100), tmp_path / "a.parquet")
    hidden = {"id": "hidden", "access": "proprietary", "team": "miri", "public_from": "2030-01-01"}
    with new_archive(tmp_path / "archive", hidden) as archive:
        ingest(archive, "hidden", [tmp_path / "a.parquet"], stated={"calib_level": 3})
        build(archive, "hidden")
        public, csa = (governed(archive).reader(who) for who in ("public", "csa"))
        at = datetime(2027, 1, 1, tzinfo=UTC)
        assert open_catalogue(archive, "hidden", csa, at).rows == 100
        with pytest.raises(ArchiveError) as refused:
            open_catalogue(archive, "hidden", public, at)
        with pytest.raises(ArchiveError) as absent:
            open_catalogue(archive, "hidde", public, at)
        assert str(refused.value).replace("hidden", "X") == str(absent.value).replace("hidde", "X")
        assert catalogues(archive, public, at) == []
        assert open_catalogue(archive, "hidden", public, datetime(2031, 1, 1, tzinfo=UTC)).rows == 100


def test_a_row_is_seen_by_the_readers_of_the_dataset_that_it_names(tmp_path):
    rows = {"ra": [1.0, 2.0, 3.0, 4.0], "dec": [0.0] * 4, "dataset_id": ["sky", "theirs", None, "nobodys"]}
    pq.write_table(pa.table(rows), tmp_path / "a.parquet")
    theirs = {"id": "theirs", "access": "proprietary", "team": "miri", "public_from": "2030-01-01"}
    with new_archive(tmp_path / "archive", {"id": "sky"}, theirs) as archive:
        ingest(archive, "sky", [tmp_path / "a.parquet"], stated={"calib_level": 3})
        about = build(archive, "sky", ra="ra", dec="dec", rows_of="dataset_id")
        assert about.rows_by_dataset == {"": 1, "nobodys": 1, "sky": 1, "theirs": 1}
        at = datetime(2027, 1, 1, tzinfo=UTC)
        for who, seen in (("public", [1.0]), ("csa", [1.0, 2.0])):
            found = open_catalogue(archive, "sky", governed(archive).reader(who), at)
            assert found.rows == len(seen)
            assert sorted(whole(found, ["ra"])["ra"].to_pylist()) == seen
        assert open_catalogue(archive, "sky", ALL).rows == 4


def test_a_reader_goes_on_reading_while_a_new_version_is_made(tmp_path):
    write(drawn(500), tmp_path / "a.parquet")
    write(drawn(700), tmp_path / "b.parquet")
    with new_archive(tmp_path / "archive") as archive:
        ingest(archive, "sky", [tmp_path / "a.parquet"], stated={"calib_level": 3})
        build(archive, "sky")
        before = open_catalogue(archive, "sky", ALL)
        ingest(archive, "sky", [tmp_path / "b.parquet"], stated={"calib_level": 3})
        assert is_stale(archive, before)
        assert build(archive, "sky").version == 2
        assert (whole(before).num_rows, whole(open_catalogue(archive, "sky", ALL)).num_rows) == (500, 1200)
        build(archive, "sky")
        assert sorted(p.name for p in archive.room("catalogues", "sky").iterdir()) == [".lock", "current", "v2", "v3"]


def test_a_killed_building_leaves_the_old_version_and_is_cleared_away(tmp_path):
    write(drawn(150_000), tmp_path / "a.parquet")
    with new_archive(tmp_path / "archive") as archive:
        ingest(archive, "sky", [tmp_path / "a.parquet"], stated={"calib_level": 3})
        build(archive, "sky")
    program = (
        "import sys; from pathlib import Path; from comity.archive import Archive; from comity.archive.catalogues import build\n"
        "build(Archive(Path(sys.argv[1])), 'sky', file_rows=300, on_progress=lambda *_: print('.', flush=True))"
    )
    room = tmp_path / "archive" / "catalogues" / "sky"
    process = subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "archive")], stdout=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not list(room.glob(".building-*/hats/sky/dataset/*/*/*.parquet")) and time.monotonic() < deadline:
        assert process.poll() is None
        process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert list(room.glob(".building-*"))
    with Archive(tmp_path / "archive") as archive:
        assert open_catalogue(archive, "sky", ALL).about.version == 1
        assert build(archive, "sky").version == 2
    assert not list(room.glob(".building-*"))


def test_identifiers_of_64_bits_stay_whole_and_late_fractions_are_read(tmp_path):
    file = tmp_path / "a.csv"
    rows = "".join(f"{9_007_199_254_740_993 + n},{n % 360},0,{n}\n" for n in range(400_000))
    file.write_text(f"id,ra,dec,late\n{rows}5,1,1,0.5\n")  # beyond what is read at once
    with new_archive(tmp_path / "archive") as archive:
        ingest(archive, "sky", [file], stated={"calib_level": 3})
        build(archive, "sky", ra="ra", dec="dec")
        found = whole(open_catalogue(archive, "sky", ALL))
    assert found.schema.field("id").type == pa.int64()
    assert found.schema.field("late").type == pa.float64()
    assert set(found["id"].to_pylist()) == {9_007_199_254_740_993 + n for n in range(400_000)} | {5}
    assert 0.5 in found["late"].to_pylist()


def test_tables_that_do_not_go_together_are_told(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    pcsv.write_csv(pa.table({"ra": [1.0], "dec": [1.0]}), folder / "a.csv")
    pq.write_table(pa.table({"ra": [1.0], "dec": [1.0]}), folder / "b.parquet")
    pq.write_table(pa.table({"ra": [1.0], "other": [1.0]}), folder / "c.parquet")
    with new_archive(tmp_path / "archive") as archive:
        ingest(archive, "sky", [folder], stated={"calib_level": 3})
        with pytest.raises(ArchiveError, match=r"sky/c.parquet has other columns than sky/.*: dec, other"):
            build(archive, "sky", ra="ra", dec="dec")
        add_dataset(archive, id="empty")
        with pytest.raises(ArchiveError, match="has no tables"):
            build(archive, "empty")
        assert not (archive.room("catalogues", "sky") / "current").exists()


def test_the_command_makes_a_catalogue_and_finds_the_nearest(tmp_path):
    def run(*arguments: object, code: int = 0) -> str:
        found = CliRunner().invoke(app, ["archive", *map(str, arguments)], env={"COLUMNS": "80"})
        assert found.exit_code == code, found.output
        return found.output

    run("synthetic", tmp_path / "a.parquet", "--rows", "2000")
    assert "is there already" in run("synthetic", tmp_path / "a.parquet", code=2)
    new_archive(tmp_path / "archive").close()
    run("ingest", tmp_path / "archive", "sky", tmp_path / "a.parquet", "--set", "calib_level=3", "--quiet")
    assert "comity archive catalogue" in run("cone", tmp_path / "archive", "sky", "10", "-20", "5", code=2)
    made = json.loads(run("catalogue", tmp_path / "archive", "sky", "--quiet", "--json"))
    assert (made["rows"], made["files"]) == (2000, 12)
    found = json.loads(run("cone", tmp_path / "archive", "sky", "266", "-29", "20", "--limit", "5", "--json"))
    away = [r["_separation_arcsec"] for r in found["rows"]]
    assert len(away) == 5 and away == sorted(away)
    assert all(len(line) <= 80 for line in run("cone", tmp_path / "archive", "sky", "266", "-29", "20").splitlines())
    run("cone", tmp_path / "archive", "sky", "266", "-29", "20", "--out", tmp_path / "near.csv")
    assert pcsv.read_csv(tmp_path / "near.csv").num_rows > 5
    assert "from -90 to 90" in run("cone", tmp_path / "archive", "sky", "266", "99", "20", code=2)


def test_the_margin_holds_all_that_lies_close_to_a_file(sky):
    found = open_catalogue(sky, "sky", ALL)
    rows = whole(found)
    ra, dec, cell = (rows[n].to_numpy() for n in ("ra", "dec", HEALPIX))
    place = (sky.room("catalogues", "sky") / "current" / "sky_margin" / "dataset").resolve()
    checked = 0
    for part in found.stored.parts[::4]:
        first, after = span(part.order, part.pixel)
        inside = (cell >= first) & (cell < after)
        here = SkyCoord(ra[inside] * u.deg, dec[inside] * u.deg)
        _, away, _ = SkyCoord(ra * u.deg, dec * u.deg).match_to_catalog_sky(here)
        needed = set(rows["source_id"].to_numpy()[(away.arcsec <= 3600.0) & ~inside])
        file = place / part.place
        held = set(pq.ParquetFile(file).read(["source_id"])["source_id"].to_pylist()) if file.exists() else set()
        assert needed <= held
        assert not held & set(rows["source_id"].to_numpy()[inside])
        checked += len(needed)
    assert checked > 100
