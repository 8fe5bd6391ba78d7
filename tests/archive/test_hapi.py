"""HAPI 3.2, rule by rule; numbers in brackets are the specification's sections."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7
from starlette.testclient import TestClient

from comity.api.archive_app import archive_app
from comity.api.service import Service
from comity.archive import Everything, Parameter, Series, ingest
from comity.archive.hapi.encoding import encoder, record_layout, time_texts
from comity.archive.hapi.errors import STATUSES
from comity.archive.hapi.times import begin, end, parsed
from comity.archive.series import build_series
from comity.archive.timeline import batch_of, iso, time_parameter
from tests.archive.samples import add_dataset, new_archive
from tests.archive.series_samples import GOES, PSP, field, table

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SCHEMAS = json.loads((Path(__file__).parent / "data" / "HAPI-data-access-schema-3.2.json").read_text())
PSP_DAY = "dataset=psp&start=2020-01-04T03:00Z&stop=2020-01-04T03:03Z"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hapi")
    with new_archive(
        folder / "archive", {"id": "psp", "title": "Parker Solar Probe"}, {"id": "goes"}, {"id": "notes"}
    ) as made:
        add_dataset(
            made, id="new", access="proprietary", owner="csa", team="miri", public_from="2027-01-01T12:00:00+00:00"
        )
        (folder / "notes.csv").write_text('time,B,note\n2020-01-01T00:00Z,0.1,"a, ""b"""\n2020-01-02T00:00Z,,µ\n')
        for dataset, path in {
            "psp": PSP, "goes": GOES, "notes": folder / "notes.csv",
            "new": table(folder / "n.csv", "2026-05-01T00:00", [1, 2, 3]),
        }.items():  # fmt: skip
            assert not ingest(made, dataset, [path]).failed
            assert not build_series(made, dataset).failed
        yield made


def client_at(archive, now=NOW, partner=None):
    headers = {}
    if partner is not None:
        headers = {"authorization": f"Bearer {archive.register.new_token(partner, now + timedelta(days=1))}"}
    service = Service(archive, "http://testserver", clock=lambda: now)
    return TestClient(archive_app(service), headers=headers, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def client(served):
    return client_at(served)


def valid(body, part):
    resources = [(v["id"], Resource(v, DRAFT7)) for v in SCHEMAS.values() if isinstance(v, dict) and "id" in v]
    validator = Draft7Validator(SCHEMAS[part], registry=Registry().with_resources(resources))
    assert [e.message for e in validator.iter_errors(body)] == []
    return body


def test_the_answers_in_json_are_valid_by_the_schema_of_hapi(client):
    for part in ("about", "capabilities", "catalog"):
        valid(client.get(f"/hapi/{part}").json(), part)
    whole = valid(client.get("/hapi/catalog?depth=all").json(), "catalog")
    for dataset in whole["catalog"]:
        told = valid(client.get("/hapi/info", params={"dataset": dataset["id"]}).json(), "info")
        assert {k: v for k, v in told.items() if k not in ("HAPI", "status")} == dataset["info"]  # [3.5]
    valid(client.get("/hapi/info?dataset=none").json(), "error")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("info", 1400),
        ("info?dataset=none", 1406),
        ("info?dataset=psp&parameters=none", 1407),
        ("info?dataset=psp&fields=B", 1401),
        ("info?dataset=psp&resolve_references=maybe", 1412),
        ("info?dataset=goes&parameters=xrsa_flux,xrsa_flag", 1411),
        ("info?dataset=goes&parameters=xrsa_flux,xrsa_flux", 1411),
        ("info?dataset=psp&id=goes", 1400),
        ("catalog?depth=deep", 1413),
        ("about?x=1", 1401),
        ("nothing", 1400),
        ("data?dataset=psp&stop=2020-01-05Z", 1400),
        ("data?dataset=none&start=2020-01-04T03Z&stop=2020-01-04T04Z", 1406),
        ("data?dataset=psp&start=2020-1-4&stop=2020-01-05Z", 1402),
        ("data?dataset=psp&start=2020-01-04T03Z&stop=tomorrow", 1403),
        ("data?dataset=psp&start=2020-01-04T03Z&stop=2020-01-04T03Z", 1404),
        ("data?dataset=psp&start=2020-01-04T02Z&stop=2020-01-04T03Z", 1405),
        ("data?dataset=psp&start=2020-01-04T03Z&stop=2021", 1405),
        (f"data?{PSP_DAY}&format=xml", 1409),
        (f"data?{PSP_DAY}&include=body", 1410),
        (f"data?{PSP_DAY}&average=5s", 1401),
        (f"data?{PSP_DAY}&parameters=Bx", 1407),
    ],
)
def test_each_fault_has_its_code_in_json_and_in_http(client, asked, code):
    """[4.2], and what was asked is not repeated [5.2]."""
    answer = client.get(f"/hapi/{asked}")
    body = answer.json()
    if code != 1413:  # which the schema of 3.2 does not know, the specification does
        valid(body, "error")
    assert body["status"]["code"] == code
    assert body["status"]["message"].startswith(STATUSES[code][1])
    assert answer.status_code == {1406: 404, 1407: 404}.get(code, 400)
    assert answer.headers["content-type"].startswith("application/json")
    assert "tomorrow" not in answer.text and "average" not in answer.text


def test_a_fault_of_ours_is_told_as_1500(served, monkeypatch):
    from comity.archive import hapi

    monkeypatch.setattr(hapi, "about", lambda _: 1 / 0)
    answer = client_at(served).get("/hapi/about")
    assert (answer.status_code, answer.json()["status"]["code"]) == (500, 1500)


def test_only_get_and_head_are_answered_and_scripts_of_any_page_may_ask(client):
    assert client.post("/hapi/about").status_code == 405
    head = client.head(f"/hapi/data?{PSP_DAY}")
    assert (head.status_code, head.content, head.headers["content-type"]) == (200, b"", "text/csv; charset=utf-8")
    for asked in ("about", f"data?{PSP_DAY}", "info?dataset=none"):
        assert client.get(f"/hapi/{asked}").headers["access-control-allow-origin"] == "*"
    for page in ("/hapi", "/hapi/"):
        assert "text/html" in client.get(page, follow_redirects=False).headers["content-type"]


def test_start_is_in_and_stop_is_out(client):
    lines = client.get(f"/hapi/data?{PSP_DAY}".replace("03:03Z", "03:02:30Z")).text.splitlines()
    assert [line[11:19] for line in lines] == ["03:00:30", "03:01:30"]
    exact = client.get("/hapi/data?dataset=psp&start=2020-01-04T03:00:30Z&stop=2020-01-04T03:00:30.000000001Z").text
    assert exact.count("\n") == 1


@pytest.mark.parametrize(
    ("start", "stop"),
    [
        ("2020-01-04T03:00:00.000Z", "2020-01-04T03:03:00.000Z"),
        ("2020-004T03:00:00Z", "2020-004T03:03Z"),
        ("2020-01-04T03", "2020-01-04T03:03"),
        ("2020-01-04T03:00:00.000000000000Z", "2020-01-04T03:03:00."),
    ],
)
def test_times_of_every_precision_and_both_spellings_mean_the_same(client, start, stop):
    expected = client.get(f"/hapi/data?{PSP_DAY}").text
    assert expected.count("\n") == 3
    assert client.get("/hapi/data", params={"dataset": "psp", "start": start, "stop": stop}).text == expected
    assert client.get("/hapi/data", params={"id": "psp", "time.min": start, "time.max": stop}).text == expected


def test_from_start_date_to_stop_date_is_everything(client):
    told = client.get("/hapi/info?dataset=psp").json()
    data = client.get("/hapi/data", params={"dataset": "psp", "start": told["startDate"], "stop": told["stopDate"]})
    assert data.text.count("\n") == 118
    assert (told["startDate"], told["stopDate"]) == ("2020-01-04T02:33:30.000Z", "2020-01-04T19:33:30.001Z")


def test_where_no_record_lies_the_body_is_empty_and_the_code_1201(client):
    """[3.7.6.3]"""
    asked = "dataset=psp&start=2020-01-04T03:00:31Z&stop=2020-01-04T03:00:32Z"
    empty = client.get(f"/hapi/data?{asked}")
    assert (empty.status_code, empty.content, empty.headers["x-hapi-status"][:4]) == (200, b"", "1201")
    assert client.get(f"/hapi/data?{asked}&format=json").json()["status"]["code"] == 1201
    assert client.get(f"/hapi/data?{asked}&format=json").json()["data"] == []
    header = client.get(f"/hapi/data?{asked}&include=header").text
    assert json.loads("".join(line[1:] for line in header.splitlines()))["status"]["code"] == 1201


def test_some_parameters_come_with_the_time_and_the_header_says_so(client):
    """[3.6.12]; `parameters=` means all [1.4]."""
    asked = "dataset=goes&start=2019-01-02T00:00Z&stop=2019-01-02T00:02Z"
    header, *rest = client.get(f"/hapi/data?{asked}&parameters=xrsa_flux,xrsb_num&include=header").text.split("\n#}\n")
    told = json.loads("".join(line[1:] for line in (header + "\n#}").splitlines()))
    assert [p["name"] for p in told["parameters"]] == ["time", "xrsa_flux", "xrsb_num"]
    assert (told["format"], told["status"]["code"]) == ("csv", 1200)
    assert [line.count(",") for line in rest[0].splitlines()] == [2, 2]
    same = client.get("/hapi/info?dataset=goes&parameters=xrsa_flux,xrsb_num").json()
    assert same == {k: v for k, v in told.items() if k != "format"}
    assert client.get(f"/hapi/data?{asked}&parameters=time").text.count(",") == 0
    assert client.get(f"/hapi/data?{asked}&parameters=").text == client.get(f"/hapi/data?{asked}").text


def test_csv_binary_and_json_hold_the_same_values(client):
    for dataset in ("psp", "goes"):
        told = client.get(f"/hapi/info?dataset={dataset}").json()
        asked = {"dataset": dataset, "start": told["startDate"], "stop": told["stopDate"]}
        rows = [r.split(",") for r in client.get("/hapi/data", params=asked).text.splitlines()]
        parameters = tuple(
            Parameter(p["name"], p["type"], p["units"], p["fill"], "", tuple(p.get("size", ())), p.get("length"))
            for p in told["parameters"]
        )
        binary = np.frombuffer(
            client.get("/hapi/data", params={**asked, "format": "binary"}).content, record_layout(parameters)
        )
        answer = client.get("/hapi/data", params={**asked, "format": "json"}).json()
        valid({k: v for k, v in answer.items() if k not in ("data", "format")}, "info")
        assert len(rows) == len(binary) == len(answer["data"])
        for row, packed, nested in zip(rows, binary, answer["data"], strict=True):
            assert row[0] == packed[0].decode() == nested[0]
            flat = np.concatenate([np.ravel(packed[n]).astype(np.float64) for n in range(1, len(parameters))])
            np.testing.assert_array_equal(flat, np.array(row[1:], np.float64))
            np.testing.assert_array_equal(flat, np.array(np.hstack(nested[1:]), np.float64))


def test_text_in_csv_is_quoted_by_rfc_4180(client):
    asked = "dataset=notes&start=2020-01-01Z&stop=2020-01-02T00:00:00.001Z"
    rows = list(csv.reader(io.StringIO(client.get(f"/hapi/data?{asked}").text)))
    assert rows == [
        ["2020-01-01T00:00:00.000000000Z", "0.1", 'a, "b"'], ["2020-01-02T00:00:00.000000000Z", "NaN", "µ"],
    ]  # fmt: skip
    assert [r[1:] for r in client.get(f"/hapi/data?{asked}&format=json").json()["data"]] == [
        [0.1, 'a, "b"'],
        [None, "µ"],
    ]
    binary = client.get(f"/hapi/data?{asked}&format=binary").content
    assert len(binary) == 2 * (30 + 8 + 6) and binary.endswith("µ".encode() + b"\0\0\0\0")


def test_an_embargo_hides_dataset_dates_and_data_until_its_moment(served):
    asked = "/hapi/data?dataset=new&start=2026-05-01Z&stop=2026-05-01T00:02:00.001Z"
    for partner, seen in ((None, False), ("jaxa", False), ("esa", True), ("csa", True)):
        client = client_at(served, partner=partner)
        names = {d["id"] for d in client.get("/hapi/catalog").json()["catalog"]}
        assert ("new" in names) is seen
        assert client.get("/hapi/info?dataset=new").status_code == (200 if seen else 404)
        assert client.get(asked).status_code == (200 if seen else 404)
        assert ("2026-05-01" in client.get("/hapi/catalog?depth=all").text) is seen
        assert ("new" in client.get("/hapi").text.split("<ul>")[1].split("</ul>")[0]) is seen
    hidden, unknown = (client_at(served).get(f"/hapi/info?dataset={d}").content for d in ("new", "no-such"))
    assert hidden == unknown
    before, after = datetime(2027, 1, 1, 11, 59, 59, tzinfo=UTC), datetime(2027, 1, 1, 12, tzinfo=UTC)
    assert [client_at(served, now).get(asked).status_code for now in (before, after)] == [404, 200]


def test_who_reads_data_that_are_not_for_everybody_is_kept(served):
    before = len(served.register.readings())
    for partner in (None, "jaxa", "csa"):
        client_at(served, partner=partner).get("/hapi/data?dataset=new&start=2026-05-01Z&stop=2026-05-01T00:02:00.001Z")
        client_at(served, partner=partner).get(f"/hapi/data?{PSP_DAY}")
    (kept,) = served.register.readings()[before:]
    assert (kept["who"], kept["dataset"]) == ("csa", "new")


def test_a_new_product_is_seen_without_a_new_start(tmp_path):
    with new_archive(tmp_path / "archive", {"id": "mag"}) as archive:
        client = client_at(archive)
        assert client.get("/hapi/catalog").json()["catalog"] == []
        for n, day in enumerate(("01", "02")):
            ingest(archive, "mag", [table(tmp_path / f"{n}.csv", f"2020-01-{day}T00:00", [1, 2])])
            build_series(archive, "mag")
            assert client.get("/hapi/info?dataset=mag").json()["stopDate"] == f"2020-01-{day}T00:01:00.001Z"


@given(st.lists(st.floats(width=64), min_size=1, max_size=40))
def test_every_double_in_csv_gives_itself_back(numbers):
    series = Series((time_parameter("t"), Parameter("x", "double", None, "NaN")), "", "", 0)
    batch = batch_of(series, np.arange(len(numbers), dtype=np.int64), [np.array(numbers)])
    rows = bytes(encoder("csv", series.parameters)(batch)).decode().splitlines()
    back = np.array([float(r.split(",")[1]) for r in rows])
    np.testing.assert_array_equal(back, numbers)
    assert (np.signbit(back) == np.signbit(numbers))[~np.isnan(back)].all()


@given(st.lists(st.integers(-(2**63) + 10**14, 2**63 - 10**14), min_size=1, max_size=40))
def test_times_are_written_as_numpy_writes_them_and_read_back(times):
    texts = time_texts(np.array(times, np.int64)).to_pylist()
    assert texts == [iso(t) for t in times]
    assert [parsed(t) for t in texts] == times
    for t in times[:3]:
        assert parsed(begin(t)) <= t < parsed(end(t))


TWO = "[0-6][0-9]"
TIMES = rf"[0-9]{{4}}(-[0-3][0-9]{{1,2}}(-[0-3][0-9])?)?(T{TWO}(:{TWO}(:{TWO}(\.[0-9]{{0,9}})?)?)?)?Z?"


@given(st.from_regex(TIMES, fullmatch=True))
def test_a_time_is_taken_when_the_schema_of_hapi_takes_it(text):
    """Ours are its regular expressions, but for what no calendar has, and Z that may be left out [3.7.6.1]."""
    patterns = [p["pattern"] for p in SCHEMAS["HAPIDateTime"]["anyOf"] if "pattern" in p]
    known = any(re.search(p, text.rstrip("Z") + "Z", re.ASCII) for p in patterns)
    assume("59:60" not in text)  # the schema lists the leap seconds that there were
    try:
        parsed(text)
    except ValueError as error:
        assert not known or any(w in str(error) for w in ("day", "year", "month"))
    else:
        assert known


def test_a_spectrum_has_its_bins_in_info(tmp_path):
    import xarray

    with new_archive(tmp_path / "archive", {"id": "flux"}) as archive:
        xarray.Dataset(
            {"j": (("time", "energy"), np.ones((2, 3)), {"units": "cm-2"})},
            {"time": ("time", [0, 1], {"units": "seconds since 2020-01-01"}),
             "energy": ("energy", [1.0, 2.0, 4.0], {"units": "keV"})},
        ).to_netcdf(tmp_path / "a.nc", engine="h5netcdf")  # fmt: skip
        ingest(archive, "flux", [tmp_path / "a.nc"])
        build_series(archive, "flux")
        told = valid(client_at(archive).get("/hapi/info?dataset=flux").json(), "info")
    assert told["parameters"][1]["bins"] == [{"name": "energy", "units": "keV", "centers": [1.0, 2.0, 4.0]}]
    assert (told["parameters"][1]["size"], told["cadence"]) == ([3], "PT1S")


def test_bins_that_change_are_a_parameter_and_are_told_only_beside_it(served):
    from comity.archive.described import Bins
    from comity.archive.hapi import Holdings
    from comity.archive.hapi.answers import info

    held = Holdings(served).seen(Everything(), NOW)["psp"]
    energy = Parameter("energy", "double", "keV", None, "", (2,), bins=(Bins("channel", None, (1.0, 2.0)),))
    flux = Parameter("flux", "double", None, None, "", (2,), bins=(Bins("energy", "keV", "energy"),))
    count = Parameter("count", "double", None, None, "", (2,), bins=(Bins("channel", None, (1.0, 2.0)),))
    told = valid(info(served, held, (held.parameters[0], flux, energy, count)), "info")["parameters"]
    assert told[1]["bins"] == [{"name": "energy", "units": "keV", "centers": "energy"}]
    assert "bins" not in told[2]  # which others refer to
    assert told[3]["bins"] == [{"name": "channel", "units": "dimensionless", "centers": [1.0, 2.0]}]
    assert "bins" not in valid(info(served, held, (held.parameters[0], flux)), "info")["parameters"][1]


WORDS = ("dataset", "id", "start", "stop", "time.min", "parameters", "format", "include", "depth", "x")
VALUES = (
    "psp",
    "new",
    "goes",
    "2020-01-04T03Z",
    "2020-01-04T03:05Z",
    "time",
    "xrsa_flux,xrsa_num",
    "json",
    "binary",
    "header",
    "",
)


@given(
    st.sampled_from(["info", "data", "catalog", "about", "", "../files/psp", "%00"]),
    st.lists(
        st.tuples(st.sampled_from(WORDS) | st.text(max_size=4), st.sampled_from(VALUES) | st.text(max_size=8)),
        max_size=6,
    ),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_is_asked_the_answer_is_one_of_hapi_and_no_fault_of_ours(client, endpoint, asked):
    answer = client.get(f"/hapi/{endpoint}", params=asked)
    assert answer.status_code in (200, 400, 404)
    if answer.status_code != 200 and answer.url.path.startswith("/hapi/"):
        code = answer.json()["status"]["code"]
        assert code in STATUSES and STATUSES[code][0] == answer.status_code and code < 1500
    assert "2026-05-01" not in answer.text  # of the dataset that the public may not see


def test_a_token_that_does_not_hold_is_refused_in_the_words_of_hapi(client):
    answer = client.get("/hapi/catalog", headers={"authorization": "Bearer none"})
    assert (answer.status_code, valid(answer.json(), "error")["status"]["code"]) == (401, 1400)
    assert "invalid_token" in answer.headers["www-authenticate"]


def test_records_of_a_leap_second_come_with_the_second_after(tmp_path):
    import cdflib

    with new_archive(tmp_path / "archive", {"id": "leap"}) as archive:
        moments = ([2016, 12, 31, 23, 59, 59, 0, 0, 0], [2016, 12, 31, 23, 59, 60, 500, 0, 0])
        times = np.array([cdflib.cdfepoch.compute_tt2000(m) for m in moments])
        ingest(archive, "leap", [field(tmp_path / "a.cdf", times, np.array([1.0, 2.0]))])
        build_series(archive, "leap")
        lines = client_at(archive).get(
            "/hapi/data?dataset=leap&start=2016-12-31T23:59:59Z&stop=2017-01-01T00:00:00.501Z"
        )
    assert lines.text.splitlines() == ["2016-12-31T23:59:59.000000000Z,1", "2017-01-01T00:00:00.500000000Z,2"]
