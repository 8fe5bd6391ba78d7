"""What partners cover together, and where nobody looks, adds up to the sky; and none sees what is not theirs to know."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from mocpy import MOC
from typer.testing import CliRunner

from comity.archive import ArchiveError, Everything, ingest
from comity.archive.catalogues import build
from comity.archive.co_coverage import SKY_DEG2, co_coverage
from comity.archive.synthetic import drawn
from comity.archive_rules import governed
from comity.cli.app import app
from comity.report.sky import sky_svg
from tests.archive.samples import add_dataset, image, new_archive

AT = datetime(2027, 1, 1, tzinfo=UTC)
THEIRS = {"id": "south", "access": "proprietary", "team": "miri", "public_from": "2030-01-01"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """A catalogue above -30°, one below +30°, and two images of one place, ten and five minutes long, apart by a minute."""
    folder = tmp_path_factory.mktemp("coverage")
    rows = pa.Table.from_batches(drawn(60_000))
    pq.write_table(rows.filter(pc.greater(rows["dec"], -30.0)), folder / "north.parquet")
    pq.write_table(rows.filter(pc.less(rows["dec"], 30.0)), folder / "south.parquet")
    with new_archive(folder / "archive", {"id": "north"}, THEIRS, {"id": "seen"}, {"id": "again"}) as made:
        for name in ("north", "south"):
            ingest(made, name, [folder / f"{name}.parquet"], stated={"calib_level": 3})
            build(made, name)
        ingest(made, "seen", [image(folder / "a.fits", ra=10, dec=20, shape=(600, 600))], stated={"calib_level": 2})
        ingest(made, "again", [image(folder / "b.fits", ra=10, dec=20, shape=(300, 300))], stated={"calib_level": 2})
        yield made


def test_parts_add_up_to_the_sky(archive):
    told = co_coverage(archive, Everything(), ["north", "south"], AT, order=3).to_dict()
    north, south = (d["sky_deg2"] for d in told["datasets"])
    (both,) = told["pairs"]
    assert north + south - both["sky_deg2"] == pytest.approx(told["anybody_deg2"])
    assert told["anybody_deg2"] + told["nobody_deg2"] == pytest.approx(SKY_DEG2)
    assert told["everybody_deg2"] == both["sky_deg2"]
    # The zone between -30° and +30° is half of the sky; the cells of order 3 on its rims reach a little beyond.
    assert 0.5 * SKY_DEG2 < both["sky_deg2"] < 0.62 * SKY_DEG2


def test_images_share_what_the_smaller_one_shows_and_the_time_of_both(archive):
    told = co_coverage(archive, Everything(), ["seen", "again"], AT, order=12).to_dict()
    large, small = told["datasets"]
    assert large["sky_deg2"] == pytest.approx(100.0, rel=0.02)  # ten degrees by ten
    assert told["pairs"][0]["sky_deg2"] == pytest.approx(small["sky_deg2"]) == pytest.approx(25.0, rel=0.02)
    assert told["pairs"][0]["days"] == pytest.approx(600 / 86400, abs=3 / 86400)


def test_a_region_that_is_a_circle_is_covered(archive, tmp_path):
    add_dataset(archive, id="round")
    pq.write_table(pa.table({"n": [1]}), tmp_path / "a.parquet")
    ingest(archive, "round", [tmp_path / "a.parquet"], stated={"calib_level": 2, "s_region": "CIRCLE ICRS 10 20 2"})
    told = co_coverage(archive, Everything(), ["round"], AT, order=11).to_dict()
    assert told["datasets"][0]["sky_deg2"] == pytest.approx(
        2 * math.pi * (1 - math.cos(math.radians(2))) * math.degrees(1) ** 2, rel=0.05
    )


def test_a_dataset_that_a_reader_may_not_know_is_none(archive):
    public = governed(archive).reader("public")
    with pytest.raises(ArchiveError, match="there is no dataset 'south'"):
        co_coverage(archive, public, ["north", "south"], AT)
    with pytest.raises(ArchiveError, match="once"):
        co_coverage(archive, public, ["north", "north"], AT)


def test_the_picture_colours_each_part_once():
    maps = [
        (name, MOC.from_string(text))
        for name, text in (("a", "1/0-23"), ("b & <b>", "1/12-35"), ("c", "1/20-40"), ("d", "1/0"), ("e", "2/0"))
    ]
    for several in (maps[:1], maps[:3], maps):
        drawing = ElementTree.fromstring(sky_svg("Who looks where", several))
        words = [t.text or "" for t in drawing.iter("{http://www.w3.org/2000/svg}text")]
        shares = [float(w.rsplit(", ", 1)[1].rstrip(" %")) for w in words if w.endswith("%")]
        assert sum(shares) == pytest.approx(100.0, abs=0.5)


def test_the_command_tells_who_looks_where_and_draws_it(archive, tmp_path):
    def run(*arguments: object, code: int = 0) -> str:
        found = CliRunner().invoke(
            app, ["archive", "coverage", str(archive.folder), *map(str, arguments)], env={"COLUMNS": "80"}
        )
        assert found.exit_code == code, found.output
        return found.output

    shown = run("north", "south", "--order", 4, "--out", tmp_path / "sky.svg", "--nobody", tmp_path / "nobody.fits")
    assert "north & south" in shown and "nobody" in shown
    assert all(len(line) <= 80 for line in shown.splitlines() if "/" not in line)
    told = json.loads(run("north", "south", "--order", 4, "--json"))
    assert MOC.load(tmp_path / "nobody.fits", format="fits").sky_fraction * SKY_DEG2 == pytest.approx(
        told["nobody_deg2"]
    )
    assert (tmp_path / "sky.svg").read_text().startswith("<svg")
    assert "ends with .svg" in run("north", "--out", tmp_path / "sky.png", code=2)
    assert "did you mean" in run("north", "sout", code=2)
