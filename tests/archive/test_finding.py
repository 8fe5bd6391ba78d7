"""Products are found by what is told of them, and only by those who may see them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from comity.api.archive_app import archive_app
from comity.api.service import Service
from comity.archive import ArchiveError, Everything, ingest
from comity.archive.finding import Wanted, find, wanted_of
from comity.archive.names import place_of
from comity.cli.app import app
from tests.archive.samples import image, new_archive

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finding")
    with new_archive(
        folder / "archive",
        {"id": "globulars", "title": "Globular clusters", "keywords": ["old stars"], "licence": "CC0-1.0"},
        {"id": "held", "title": "Held back", "access": "partners", "owner": "csa"},
    ) as made:
        (folder / "a").mkdir()
        (folder / "b").mkdir()
        files = [
            image(folder / "a" / "m13.fits", ra=250.4, dec=36.5, target="Messier 13"),
            image(folder / "a" / "edge.fits", ra=359.999, dec=0.0, target="100% O'Hara_x"),
        ]
        ingest(made, "globulars", files, stated={"calib_level": 2})
        ingest(made, "held", [image(folder / "b" / "secret.fits", ra=250.4, dec=36.5)], stated={"calib_level": 2})
        yield made


def names(archive, reader=None, **wanted):
    return [r["obs_id"] for r in find(archive, Wanted(**wanted), reader or Everything(), at=NOW).rows]


def test_an_object_is_known_offline_by_any_of_its_names():
    for name in ("M13", "ngc 6205", "Hercules Globular Cluster"):
        place = place_of(name)
        assert (place.name, place.ra_deg, place.dec_deg) == (
            "NGC6205", pytest.approx(250.4235, abs=1e-3), pytest.approx(36.4613, abs=1e-3),
        )  # fmt: skip
    assert place_of("M83").dec_deg == pytest.approx(-29.865, abs=1e-3)
    with pytest.raises(ArchiveError, match="--online"):
        place_of("Nowhere 12")


def test_a_target_is_found_by_its_place_and_by_its_name(archive):
    assert names(archive, target="M13") == ["m13.fits", "secret.fits"]
    assert names(archive, target="messier 13") == ["m13.fits"]
    assert names(archive, target="Nowhere 12") == []


def test_regions_go_round_the_sky_and_count_the_field(archive):
    assert names(archive, region=(0.001, 0.0, 0.01)) == ["edge.fits"]
    assert names(archive, region=(250.4, 36.0, 0.4)) == []
    assert names(archive, region=(250.4, 36.0, 0.45)) == ["m13.fits", "secret.fits"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"words": ("old", "globular")}, 2),
        ({"words": ("o'hara",)}, 1),
        ({"words": ("100%",)}, 1),
        ({"words": ("' OR 1=1 --",)}, 0),
        ({"licence": "cc0-1.0"}, 2),
        ({"partner": "csa"}, 1),
        ({"start": "2020-01-01", "stop": "2020-01-02"}, 3),
        ({"start": "2020-01-02"}, 0),
        ({"stop": "2019-12-31T23:59:59Z"}, 0),
        ({"instrument": "cam"}, 3),
        ({"product_type": "image"}, 3),
        ({"product_type": "spectrum"}, 0),
        ({"mission": "webb"}, 0),
    ],
)
def test_each_thing_that_is_said_narrows(archive, wanted, found):
    assert len(names(archive, **wanted)) == found


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"start": "noon"}, "is no time"),
        ({"region": "1 2"}, "is 3 numbers"),
        ({"region": "400 0 1"}, "RA 0 to 360"),
        ({"wavelength_m": "2 1"}, "the shorter first"),
        ({"product_type": "imag"}, "did you mean 'image'"),
        ({"traget": "M13"}, "did you mean 'target'"),
    ],
)
def test_what_is_no_question_is_refused(archive, told, said):
    with pytest.raises(ArchiveError, match=said):
        find(archive, wanted_of(told), Everything(), at=NOW)


def test_nobody_finds_what_they_may_not_see_and_all_faces_agree(archive):
    client = TestClient(archive_app(Service(archive, "http://testserver")))
    told = client.get("/search.json", params={"target": "M13"}).json()
    assert [r["obs_id"] for r in told["products"]] == ["m13.fits"]
    assert client.get("/search.json", params={"words": "held"}).json()["products"] == []
    assert client.get("/search.json", params={"region": "x"}).status_code == 400
    result = CliRunner().invoke(app, ["archive", "find", str(archive.folder), "--target", "M13", "--as", "public"])
    assert "1 found" in result.output and "secret" not in result.output
