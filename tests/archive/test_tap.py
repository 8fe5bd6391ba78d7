"""TAP 1.1 by the programs that astronomers use: pyvo and taplint of STILTS; and what no program does, by hand."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import time
from datetime import UTC, datetime

import numpy as np
import pytest
import pyvo
import requests
from astropy.io.votable import parse_single_table
from astropy.table import Table

from comity.archive.dali import Parameters
from comity.archive.query import QueryError
from comity.archive.tap.jobs import Jobs
from tests.archive.serving import served
from tests.archive.virtual_observatory import observatory

NOW = datetime(2026, 12, 1, tzinfo=UTC)
SLOW = "SELECT SUM(a.mag * b.mag + c.mag - d.mag) AS s FROM " + ", ".join(f'catalogues."stars-1" {n}' for n in "abcd")


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    with observatory(tmp_path_factory.mktemp("tap")) as made:
        yield made


@pytest.fixture(scope="module")
def url(archive):
    with served(archive) as base:
        yield base


@pytest.fixture(scope="module")
def service(url):
    return pyvo.dal.TAPService(f"{url}/tap")


@pytest.fixture(scope="module")
def partner(archive, url):
    """A session of csa, who may see what is under embargo."""
    session = requests.Session()
    session.headers["Authorization"] = "Bearer " + archive.register.new_token("csa", datetime(2099, 1, 1, tzinfo=UTC))
    return session


def sync(url, query, session=requests, **parameters):
    return session.post(f"{url}/tap/sync", data={"LANG": "ADQL", "QUERY": query, **parameters}, timeout=60)


def start(url, query, session=requests, **parameters):
    made = session.post(
        f"{url}/tap/async", data={"LANG": "ADQL", "QUERY": query, **parameters}, timeout=60, allow_redirects=False
    )
    assert made.status_code == 303
    return made.headers["location"]


def finished(place, session=requests):
    """The job's document when it has ended; each wait ends when the phase changes."""
    for _ in range(20):
        told = session.get(f"{place}?WAIT=20", timeout=60).text
        if re.search("<uws:phase>(COMPLETED|ERROR|ABORTED)<", told):
            return told
    raise AssertionError(told)


def test_pyvo_asks_and_waits(service):
    found = service.search(
        "SELECT obs_id, s_ra, calib_level FROM ivoa.obscore WHERE obs_collection = 'sky' ORDER BY s_ra"
    )
    table = found.to_table()
    assert list(table["obs_id"]) == [f"m{n}.fits" for n in range(5)]
    assert str(table["s_ra"].unit) == "deg"
    assert found.fieldnames == ("obs_id", "s_ra", "calib_level")


def test_pyvo_runs_a_job(service):
    job = service.submit_job('SELECT TOP 3 ra, dec FROM catalogues."stars-1"')
    job.run().wait(phases=["COMPLETED", "ERROR"], timeout=60)
    assert len(job.fetch_result()) == 3
    place = job.url
    job.delete()
    assert requests.get(place, timeout=10).status_code == 404


def test_pyvo_uploads_a_table_and_joins_it(service):
    mine = Table(
        {"name": ["a", "b", "c"], "ra": [10.001, 12.0, 99.0], "dec": [20.0, 20.001, 0.0], "n": np.array([1, 2, 3])}
    )
    query = """SELECT u.name, o.obs_id, u.n FROM tap_upload.mine AS u
               JOIN ivoa.obscore AS o ON 1 = CONTAINS(POINT(u.ra, u.dec), CIRCLE(o.s_ra, o.s_dec, 0.01)) ORDER BY u.n"""
    for run in (service.run_sync, service.run_async):
        found = run(query, uploads={"mine": mine}).to_table()
        assert [tuple(r) for r in found] == [("a", "m0.fits", 1), ("b", "m2.fits", 2)]


def test_pyvo_reads_what_the_service_can(service):
    assert service.hardlimit == 1_000_000
    assert {u.ivo_id.rsplit("-", 1)[-1] for u in service.upload_methods} == {"inline", "http", "https"}
    assert {'catalogues."stars-1"', "ivoa.obscore", "tap_schema.columns"} <= set(service.tables.keys())
    assert not any("hidden" in name for name in service.tables.keys())  # noqa: SIM118
    language = service.get_tap_capability().get_adql()
    assert "hpxOrder" in language.get_udf("ivo_healpix_index").form
    for example in service.examples:
        assert len(example.execute()) >= 0


def test_rows_beyond_maxrec_are_told_of(service, url):
    assert len(service.search('SELECT ra FROM catalogues."stars-1"', maxrec=5)) == 5
    cut, whole = (sync(url, f'SELECT TOP {n} ra FROM catalogues."stars-1"', MAXREC="5").text for n in (6, 5))
    assert re.search(r'</TABLE>\s*<INFO name="QUERY_STATUS" value="OVERFLOW"/>', cut)
    assert "OVERFLOW" not in whole


@pytest.mark.parametrize(
    ("asked", "media", "read"),
    [
        ("votable", "application/x-votable+xml;serialization=binary2", lambda b: parse_single_table(io.BytesIO(b)).to_table()),
        ("votable/td", "application/x-votable+xml;serialization=tabledata", lambda b: parse_single_table(io.BytesIO(b)).to_table()),
        ("text/xml", "text/xml; charset=utf-8", lambda b: parse_single_table(io.BytesIO(b)).to_table()),
        ("csv", "text/csv;header=present", lambda b: Table.read(io.BytesIO(b), format="ascii.csv")),
        ("tsv", "text/tab-separated-values; charset=utf-8", lambda b: Table.read(io.BytesIO(b), format="ascii.tab")),
        ("fits", "application/fits", lambda b: Table.read(io.BytesIO(b), format="fits")),
        ("parquet", "application/vnd.apache.parquet", lambda b: Table.read(io.BytesIO(b), format="parquet")),
        ("json", "application/json", None),
    ],
)  # fmt: skip
def test_every_format_has_the_same_rows(url, asked, media, read):
    query = "SELECT obs_id, s_ra, t_xel, s_xel1, s_region FROM ivoa.obscore WHERE obs_collection = 'sky' ORDER BY s_ra"
    answer = sync(url, query, RESPONSEFORMAT=asked)
    assert answer.headers["content-type"].split(";")[0] == media.split(";")[0]
    if read is None:
        plain = answer.json()
        assert [r[1] for r in plain["data"]] == pytest.approx([10, 11, 12, 13, 14])
        assert plain["metadata"][1]["unit"] == "deg"
        return
    table = read(answer.content)
    texts = [t.decode() if isinstance(t, bytes) else str(t) for t in table["obs_id"]]
    assert texts == [f"m{n}.fits" for n in range(5)]
    assert list(table["s_ra"]) == pytest.approx([10, 11, 12, 13, 14])
    assert list(table["s_xel1"]) == [8] * 5
    assert all(np.ma.getmaskarray(np.ma.array(table["t_xel"]))) or asked in ("fits", "parquet", "csv", "tsv")


def test_nulls_letters_and_arrays_survive(url):
    query = "SELECT 'ñ<&' AS t, POINT(1.5, 2) AS p, t_xel, CAST(NULL AS INTEGER) AS n, 1 = 1 AS b FROM ivoa.obscore WHERE s_ra = 10"
    for form in ("votable", "votable/td"):
        (row,) = parse_single_table(io.BytesIO(sync(url, query, RESPONSEFORMAT=form).content)).to_table()
        assert (row["t"], list(row["p"]), bool(row["b"])) == ("ñ<&", [1.5, 2.0], True)
        assert np.ma.is_masked(row["t_xel"])
        assert np.ma.is_masked(row["n"])
    field = re.search(r"<FIELD[^>]*name=\"p\"[^>]*>", sync(url, query).text)[0]
    assert all(t in field for t in ('xtype="point"', 'arraysize="2"', 'unit="deg"'))


def test_an_error_is_a_votable_that_says_what_is_wrong(url):
    answer = sync(url, "SELECT nothing <x> FROM ivoa.obscore")
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("application/x-votable+xml")
    assert '<INFO name="QUERY_STATUS" value="ERROR">' in answer.text
    for wrong in (
        {"LANG": "PQL"},
        {"MAXREC": "many"},
        {"RESPONSEFORMAT": "doc"},
        {"UPLOAD": "x"},
        {"UPLOAD": "x,param:y"},
    ):
        assert sync(url, "SELECT 1 AS x", **wrong).status_code == 400


@pytest.mark.parametrize(
    "document",
    [
        '<?xml version="1.0"?><!DOCTYPE v [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><VOTABLE>&b;</VOTABLE>',
        '<?xml version="1.0"?><!DOCTYPE v SYSTEM "file:///etc/passwd"><VOTABLE/>',
        '<VOTABLE><RESOURCE><TABLE><FIELD name="a" datatype="char" arraysize="99999999999"/></TABLE></RESOURCE></VOTABLE>',
        '<VOTABLE><RESOURCE><TABLE nrows="99999999999"><FIELD name="a" datatype="int"/></TABLE></RESOURCE></VOTABLE>',
        '<VOTABLE><RESOURCE><TABLE><FIELD name="a" datatype="int"/><DATA><BINARY><STREAM href="file:///etc/passwd"/></BINARY></DATA>'
        "</TABLE></RESOURCE></VOTABLE>",
        "<VOTABLE>" + "<RESOURCE>" * 5_000 + "</RESOURCE>" * 5_000 + "</VOTABLE>",
        '<VOTABLE><RESOURCE><TABLE><FIELD name="a" datatype="int"/><FIELD name="A" datatype="int"/></TABLE></RESOURCE></VOTABLE>',
        "no XML",
    ],
)  # fmt: skip
def test_a_hostile_upload_is_refused(url, document):
    answer = requests.post(
        f"{url}/tap/sync", data={"LANG": "ADQL", "QUERY": "SELECT a FROM tap_upload.x", "UPLOAD": "x,param:f"},
        files={"f": ("f", document)}, timeout=30,
    )  # fmt: skip
    assert answer.status_code == 400
    assert "root:" not in answer.text


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/x", "http://localhost/x", "http://[::1]/x", "http://169.254.169.254/latest",
                                     "file:///etc/passwd", "http://10.0.0.1/", "http://0/", "ftp://example.org/x"])  # fmt: skip
def test_uploads_are_not_fetched_from_inside(url, address):
    answer = sync(url, "SELECT * FROM tap_upload.x", UPLOAD=f"x,{address}")
    assert answer.status_code == 400
    assert re.search("not a public server|over http or https", answer.text)


def test_a_result_of_this_service_is_used_again(url):
    place = start(url, "SELECT obs_id, s_ra FROM ivoa.obscore WHERE obs_collection = 'sky'", PHASE="RUN")
    finished(place)
    answer = sync(
        url, "SELECT COUNT(*) AS n FROM tap_upload.x", UPLOAD=f"x,{place}/results/result", RESPONSEFORMAT="json"
    )
    assert answer.json()["data"] == [[5]]


# --- jobs -----------------------------------------------------------------------------------------------------------


def phase(place, session=requests):
    return session.get(f"{place}/phase", timeout=10).text


def test_a_job_goes_through_its_phases_and_can_be_changed(url):
    place = start(url, 'SELECT TOP 1 ra FROM catalogues."stars-1"', RUNID="mine")
    assert phase(place) == "PENDING"
    requests.post(f"{place}/executionduration", data={"EXECUTIONDURATION": "99999999"}, timeout=10)
    assert requests.get(f"{place}/executionduration", timeout=10).text == "3600"
    requests.post(f"{place}/destruction", data={"DESTRUCTION": "2999-01-01T00:00:00Z"}, timeout=10)
    assert requests.get(f"{place}/destruction", timeout=10).text < "2999"
    assert requests.post(f"{place}/destruction", data={"DESTRUCTION": "soon"}, timeout=10).status_code == 400
    requests.post(f"{place}/parameters", data={"RESPONSEFORMAT": "csv"}, timeout=10)
    requests.post(f"{place}/phase", data={"PHASE": "RUN"}, timeout=10)
    told = finished(place)
    assert "<uws:phase>COMPLETED</uws:phase>" in told
    assert "<uws:runId>mine</uws:runId>" in told
    assert requests.get(f"{place}/results/result", timeout=10).text.startswith('"ra"')
    assert requests.post(f"{place}/phase", data={"PHASE": "RUN"}, timeout=10).status_code == 400
    assert requests.get(f"{place}/error", timeout=10).status_code == 404


def test_waiting_ends_when_the_phase_changes_and_not_before(url):
    place = start(url, SLOW, PHASE="RUN")
    requests.get(f"{place}?WAIT=30&PHASE=QUEUED", timeout=60)
    begun = time.monotonic()
    requests.get(f"{place}?WAIT=1&PHASE=EXECUTING", timeout=60)
    assert time.monotonic() - begun > 0.5
    assert phase(place) == "EXECUTING"
    requests.post(f"{place}/phase", data={"PHASE": "ABORT"}, timeout=10)
    assert phase(place) == "ABORTED"
    assert requests.get(f"{place}/results/result", timeout=10).status_code == 404


def test_a_job_that_takes_too_long_is_ended(url):
    place = start(url, SLOW)
    requests.post(f"{place}/executionduration", data={"EXECUTIONDURATION": "1"}, timeout=10)
    requests.post(f"{place}/phase", data={"PHASE": "RUN"}, timeout=10)
    assert "longer than 1 s" in finished(place)
    assert "longer than 1 s" in requests.get(f"{place}/error", timeout=10).text


def test_a_wrong_query_ends_a_job_with_its_error(url):
    place = start(url, "SELECT wrong FROM ivoa.obscore", PHASE="RUN")
    assert "no column 'wrong'" in finished(place)
    assert phase(place) == "ERROR"


def test_a_job_is_its_owners_and_runs_as_what_they_may_see(url, partner):
    query = "SELECT target_name FROM ivoa.obscore WHERE obs_collection = 'hidden'"
    place = start(url, query, partner, PHASE="RUN", RESPONSEFORMAT="csv")
    finished(place, partner)
    assert "Sgr X" in partner.get(f"{place}/results/result", timeout=10).text
    for part in ("", "/phase", "/parameters", "/results/result", "/error", "/owner"):
        assert requests.get(place + part, timeout=10).status_code == 404
    assert requests.post(f"{place}/phase", data={"PHASE": "ABORT"}, timeout=10).status_code == 404
    assert requests.delete(place, timeout=10).status_code == 404
    assert place.rsplit("/", 1)[1] in partner.get(f"{url}/tap/async", timeout=10).text
    assert "jobref" not in requests.get(f"{url}/tap/async", timeout=10).text
    assert "Sgr" not in sync(url, query, RESPONSEFORMAT="csv").text


def test_who_reads_rows_under_embargo_is_kept(archive, url, partner):
    before = len(archive.register.readings())
    sync(url, "SELECT TOP 1 ra FROM catalogues.hidden_stars", partner)
    partner.get(f"{url}/scs/hidden_stars?RA=266&DEC=-29&SR=5", timeout=30)
    sync(url, 'SELECT TOP 1 ra FROM catalogues."stars-1"', partner)  # open to all: nothing is kept
    sync(url, "SELECT TOP 1 ra FROM catalogues.hidden_stars")  # the public sees none
    kept = archive.register.readings()[before:]
    assert [(r["dataset"], r["who"]) for r in kept] == [("hidden_stars", "csa")] * 2


def test_a_wrong_token_is_refused(url):
    assert requests.get(f"{url}/tap/tables", headers={"Authorization": "Bearer x"}, timeout=10).status_code == 401


def test_metadata_hide_what_readers_may_not_see(url, partner):
    assert "hidden" not in requests.get(f"{url}/tap/tables", timeout=10).text
    assert "hidden_stars" in partner.get(f"{url}/tap/tables", timeout=10).text
    there, missing = (requests.get(f"{url}/tap/tables/catalogues.{n}", timeout=10) for n in ("hidden_stars", "nothing"))
    assert (there.status_code, there.text) == (missing.status_code, missing.text) == (404, there.text)


def test_after_a_restart_what_waited_runs_and_what_ran_is_aborted(tmp_path):
    folder = tmp_path / "jobs"
    parameters = Parameters([("LANG", "ADQL"), ("QUERY", "SELECT 1 AS x")])
    first = Jobs(folder, lambda *_: (b"never", "text/plain"), lambda: NOW)
    waiting, running, gone = (first.create("csa", parameters, {}) for _ in range(3))
    first.close()
    for job, state in ((waiting, "QUEUED"), (running, "EXECUTING")):
        file = folder / job.id / "job.json"
        file.write_text(file.read_text().replace('"PENDING"', f'"{state}"'))
    (folder / gone.id / "job.json").write_text('{"id": "half')
    again = Jobs(folder, lambda *_: (b"now", "text/plain"), lambda: NOW)
    for state in ("QUEUED", "EXECUTING"):
        again.wait(waiting.id, state, 20)
    assert again.result(again.job(waiting.id, "csa")).read_bytes() == b"now"
    assert again.job(running.id, "csa").phase == "ABORTED"
    assert "restarted" in again.job(running.id, "csa").error
    assert not (folder / gone.id).exists()
    again.close()


def test_what_runs_when_the_service_ends_is_aborted(tmp_path):
    import threading

    begun = threading.Event()

    def run(owner, asked, time_s, stop):
        begun.set()
        stop.wait(20)
        raise QueryError("the query was stopped")

    jobs = Jobs(tmp_path / "jobs", run, lambda: NOW)
    job = jobs.create("csa", Parameters([("LANG", "ADQL"), ("QUERY", "SELECT 1 AS x")]), {})
    jobs.start(job)
    assert begun.wait(20)
    jobs.close()
    assert jobs.job(job.id, "csa").phase == "ABORTED"


def test_a_job_is_removed_when_its_time_is_over(tmp_path):
    clock = [NOW]
    jobs = Jobs(tmp_path / "jobs", lambda *_: (b"", "text/plain"), lambda: clock[0])
    job = jobs.create("csa", Parameters([]), {})
    jobs.change(job, destruction="2026-12-01T01:00:00Z")
    clock[0] = datetime(2026, 12, 1, 1, 0, 1, tzinfo=UTC)
    jobs.sweep()
    assert list((tmp_path / "jobs").iterdir()) == []
    jobs.close()


@pytest.mark.skipif(shutil.which("stilts") is None, reason="no stilts")
@pytest.mark.timeout(400)
def test_taplint_finds_no_error(url):
    found = subprocess.run(
        ["stilts", "taplint", f"tapurl={url}/tap", "report=EWF", "maxrepeat=20"],
        capture_output=True,
        text=True,
        timeout=380,
        check=False,
    ).stdout
    assert "Totals:" in found
    told = [line for line in found.splitlines() if re.match(r"[EW]-", line)]
    assert told == []
