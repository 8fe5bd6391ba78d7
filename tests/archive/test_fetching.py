"""Files are fetched whole: by ranges, resumed, tested by their hashes, and nowhere but into their folder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from comity.api.archive_app import archive_app
from comity.api.service import Service
from comity.archive import ArchiveError, Everything, ingest
from comity.archive.fetching import fetch
from tests.archive.samples import add_dataset, image, new_archive
from tests.archive.serving import served


@pytest.fixture
def archive(tmp_path):
    with new_archive(tmp_path / "archive") as made:
        folder = tmp_path / "in" / "deep"
        folder.mkdir(parents=True)
        image(folder / "a b.fits", shape=(40, 40))
        image(folder.parent / "b.fits")
        ingest(made, "sky", [folder.parent])
        yield made


def test_what_is_fetched_is_what_was_taken_in_and_comes_once(archive, tmp_path):
    with served(archive) as url:
        first = fetch(url, "sky", tmp_path / "out")
        assert (first.fetched, first.failed) == (("b.fits", "deep/a b.fits"), ())
        assert fetch(url, "sky", tmp_path / "out").there == first.fetched
    for name in first.fetched:
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "in" / name).read_bytes()


def test_a_broken_fetch_goes_on_where_it_stopped_and_a_spoilt_one_begins_anew(archive, tmp_path):
    product = next(p for p in archive.register.products(Everything()) if p.name == "b.fits")
    out = tmp_path / "out"
    out.mkdir()
    part = out / f"b.fits.{product.sha256[:16]}.part"
    whole = (tmp_path / "in" / "b.fits").read_bytes()
    part.write_bytes(whole[:1000])
    with served(archive) as url:
        assert "b.fits" in fetch(url, "sky", out).fetched
        (out / "b.fits").unlink()
        part.write_bytes(b"x" * 1000)
        spoilt = fetch(url, "sky", out)
        assert spoilt.failed == (("b.fits", "what came is not whole; fetch it again"),)
        assert "b.fits" in fetch(url, "sky", out).fetched
    assert (out / "b.fits").read_bytes() == whole


@pytest.mark.parametrize(
    ("asked", "status", "piece"),
    [
        ("bytes=0-79", 206, slice(0, 80)),
        ("bytes=100-", 206, slice(100, None)),
        ("bytes=-10", 206, slice(-10, None)),
        ("bytes=0-1,5-6", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
        ("bytes=99999999-", 416, slice(0, 0)),
    ],
)
def test_ranges_are_those_of_rfc_9110(archive, tmp_path, asked, status, piece):
    client = TestClient(archive_app(Service(archive, "http://testserver")))
    answer = client.get("/files/sky/b.fits", headers={"range": asked})
    assert answer.status_code == status
    assert answer.content == (tmp_path / "in" / "b.fits").read_bytes()[piece]
    assert client.get("/files/sky/b.fits", headers={"if-none-match": answer.headers["etag"]}).status_code == 304


def test_what_is_held_back_is_not_there_till_its_minute_and_a_wrong_token_is_refused(archive, tmp_path):
    add_dataset(archive, id="new", access="embargo", team="miri", public_from="2027-01-01T00:00:00+00:00")
    ingest(archive, "new", [image(tmp_path / "c.fits")])
    now = [datetime(2026, 12, 31, 23, 59, tzinfo=UTC)]
    client = TestClient(archive_app(Service(archive, "http://testserver", clock=lambda: now[0])))
    paths = ("/files/new/c.fits", "/manifests/new", "/datasets/new", "/datasets/new.json")
    missing = client.get("/files/none/c.fits")
    for path in paths:
        assert client.get(path).status_code == 404
    assert client.get("/files/new/c.fits").content == missing.content  # nothing tells that it is there
    assert "A sky" in client.get("/").text and "/datasets/new" not in client.get("/").text
    assert client.get(paths[0], headers={"authorization": "Bearer nonsense"}).status_code == 401
    token = archive.register.new_token("csa", now[0] + timedelta(minutes=2))
    assert client.get(paths[0], headers={"authorization": f"Bearer {token}"}).status_code == 200
    now[0] += timedelta(minutes=1)
    for path in paths:
        assert client.get(path).status_code == 200
    now[0] += timedelta(minutes=1)
    assert client.get(paths[0], headers={"authorization": f"Bearer {token}"}).status_code == 401


def test_a_manifest_that_reaches_out_of_the_folder_fetches_nothing(archive, tmp_path):
    with archive.register.database.writing() as run:
        run("UPDATE product SET name = '../../evil.fits' WHERE name = 'b.fits'")
    with served(archive) as url, pytest.raises(ArchiveError, match="outside of the folder"):
        fetch(url, "sky", tmp_path / "out")
    with pytest.raises(ArchiveError, match="no address"):
        fetch("file:///etc", "sky", tmp_path / "out")


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(archive):
    client = TestClient(archive_app(Service(archive, "http://testserver")))
    assert client.post("/files/sky/b.fits", headers={"content-length": str(10**12)}).status_code == 413


def test_a_right_that_is_withdrawn_ends_while_the_server_runs(archive, tmp_path, monkeypatch):
    from comity.api import service as module

    add_dataset(archive, id="new", access="partners", team="miri")
    ingest(archive, "new", [image(tmp_path / "c.fits")])
    client = TestClient(archive_app(Service(archive, "http://testserver")))
    token = archive.register.new_token("csa", datetime.now(UTC) + timedelta(days=1))
    asked = {"authorization": f"Bearer {token}"}
    assert client.get("/files/new/c.fits", headers=asked).status_code == 200
    settings = archive.folder / "archive.yaml"
    text = settings.read_text()
    assert "- csa" in text
    settings.write_text(text.replace("  - csa\n", ""))
    monkeypatch.setattr(module.time, "monotonic", lambda: 1e12)  # a second later
    assert client.get("/files/new/c.fits", headers=asked).status_code == 404


def test_a_range_that_is_no_number_is_none(archive):
    client = TestClient(archive_app(Service(archive, "http://testserver")))
    for asked in ("bytes=\u00b2-", "bytes=" + "9" * 5000 + "-"):
        assert client.get("/files/sky/b.fits", headers={"range": asked.encode("latin-1")}).status_code == 200
