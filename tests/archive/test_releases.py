"""What was published can be proved, cited, and is never replaced; who read what was not for all stands on the record."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from datacite import schema45
from starlette.testclient import TestClient
from typer.testing import CliRunner

from comity.api.archive_app import archive_app
from comity.api.service import Service
from comity.archive import ArchiveError, Everything, citation, datacite, ingest, release
from comity.archive.provenance import prov
from comity.cli.app import app
from comity.record import SigningKey
from comity.records import Founder, open_record
from tests.archive.samples import add_dataset, image, new_archive

RUN = CliRunner()
AT = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def archive(tmp_path):
    with new_archive(tmp_path / "archive", doi_prefix="10.5072") as made:
        ingest(made, "sky", [image(tmp_path / f"{n}.fits", ra=n) for n in range(2)], stated={"calib_level": 2})
        yield made


@pytest.fixture
def record(tmp_path):
    key = SigningKey.new()
    key.write(tmp_path / "esa.pem")
    place = tmp_path / "sky.record"
    with open_record(place, create=True) as opened:
        opened.open_with("sky", {"esa": Founder((key,))})
    return str(place)


def run(*words, code=0):
    result = RUN.invoke(app, [str(w) for w in words])
    assert result.exit_code == code, result.output
    return result.output


def test_datacite_takes_the_metadata_and_the_citation_names_the_version(archive):
    made = release(archive, "sky", "1.0", at=AT, url="https://esa.example/datasets/sky")
    told = datacite(made)
    schema45.validate({k: v for k, v in told.items() if k not in ("doi", "url")} | {"publisher": told["publisher"]})
    assert citation(made) == "ESA (2026): A sky. Version 1.0. ESA. Dataset. https://doi.org/10.5072/sky.1.0"


def test_a_release_stands_on_the_record_and_is_proved_from_it(archive, record, tmp_path):
    key = tmp_path / "esa.pem"
    run("archive", "release", archive.folder, "sky", "1.0", "--record", record, "--by", "esa", "--key", key)
    assert "every file is whole" in run("archive", "prove", archive.folder, "sky", "1.0", "--record", record)
    # What comes later changes nothing of what was published.
    ingest(archive, "sky", [image(tmp_path / "late.fits", ra=99)])
    told = json.loads(run("archive", "prove", archive.folder, "sky", "1.0", "--record", record, "--json"))
    assert (told["same"], told["release"]["files"]) == (True, 2)
    again = run(
        "archive", "release", archive.folder, "sky", "1.0", "--record", record, "--by", "esa", "--key", key, code=2
    )
    assert "published already" in again
    digest = next(archive.register.products(Everything())).sha256
    archive.objects.local(digest).unlink()
    assert "not whole: 0.fits" in run("archive", "prove", archive.folder, "sky", "1.0", "--record", record, code=1)


def test_a_release_that_the_record_refuses_is_not_published(archive, record, tmp_path):
    stranger = SigningKey.new()
    stranger.write(tmp_path / "x.pem")
    run(
        "archive", "release", archive.folder, "sky", "1.0", "--record", record, "--by", "esa", "--key", tmp_path / "x.pem",
        code=2,
    )  # fmt: skip
    with pytest.raises(ArchiveError, match="it has none"):
        archive.published("sky", "1.0")


def test_an_erratum_is_told_with_the_release_and_needs_one(archive, record, tmp_path):
    by = ("--by", "esa", "--key", tmp_path / "esa.pem")
    assert "is not released" in run("archive", "erratum", record, "sky", "1.0", "a wrong unit", *by, code=2)
    run("archive", "release", archive.folder, "sky", "1.0", "--record", record, *by)
    run("archive", "erratum", record, "sky", "1.0", "a wrong unit", "--product", "0.fits", *by)
    assert "a wrong unit" in run("archive", "prove", archive.folder, "sky", "1.0", "--record", record)


def test_restricted_readings_are_kept_before_the_bytes_and_put_on_the_record_once(archive, record, tmp_path):
    add_dataset(archive, id="new", access="partners", team="miri")
    ingest(archive, "new", [image(tmp_path / "b.fits")])
    token = archive.register.new_token("csa", datetime.now(UTC) + timedelta(days=1))
    client = TestClient(archive_app(Service(archive, "http://testserver")))
    assert client.get("/files/sky/0.fits").status_code == 200
    assert client.get("/files/new/b.fits").status_code == 404
    assert client.get("/files/new/b.fits", headers={"authorization": f"Bearer {token}"}).status_code == 200
    (reading,) = archive.register.readings()
    assert (reading["who"], reading["what"], reading["recorded"]) == ("csa", "new/b.fits", False)
    audit = ("archive", "audit", archive.folder, "--record", record, "--by", "esa", "--key", tmp_path / "esa.pem")
    run(*audit)
    with archive.register.database.writing() as run_sql:  # as if it had died before it could mark them
        run_sql("UPDATE reading SET recorded = 0")
    assert "on the record" in run(*audit)
    with open_record(record) as opened:
        assert opened.state.get("readings", "esa/new")["count"] == 1


def test_provenance_names_instrument_and_facility(archive):
    told = json.loads(prov(archive, list(archive.register.products(Everything()))))
    assert {"sky/0.fits", "sky/1.fits"} <= set(told["entity"])
    labels = {a.get("prov:label") for a in told["agent"].values()}
    assert {"CAM", "TEST", "ESA"} <= labels
