"""Cone search, SIA 2, DataLink and coverage maps by pyvo and mocpy, and what they refuse."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
import pyvo
import requests
from astropy.coordinates import SkyCoord
from astropy.io.votable import parse_single_table
from astropy.time import Time
from hypothesis import given, settings
from hypothesis import strategies as st
from mocpy import MOC

from comity.archive import ArchiveError
from comity.archive.adql import translated
from comity.archive.dali import Parameters, UsageError
from comity.archive.sia import known_parameters, sia_query
from comity.archive.tables import obscore_columns
from tests.archive.serving import served
from tests.archive.virtual_observatory import observatory


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    with observatory(tmp_path_factory.mktemp("simple")) as made:
        yield made


@pytest.fixture(scope="module")
def url(archive):
    with served(archive) as base:
        yield base


def get(url, path, **parameters):
    return requests.get(f"{url}/{path}", params=parameters, timeout=30)


def test_pyvo_searches_a_cone_of_a_catalogue(url):
    found = pyvo.dal.SCSService(f"{url}/scs/stars-1").search(pos=(266.0, -29.0), radius=5.0)
    middle = SkyCoord(266.0, -29.0, unit="deg")
    assert len(found) > 20
    assert all(r.pos.separation(middle).deg <= 5.0 for r in found)
    assert found[0].id is not None


def test_pyvo_searches_a_cone_of_products(url):
    found = pyvo.dal.SCSService(f"{url}/scs/obscore").search(pos=(12.0, 20.0), radius=1.0)
    assert [r["target_name"] for r in found] == ["M2", "M1", "M3"]  # the nearest first


def test_pyvo_finds_images_and_follows_their_links_to_the_file(url):
    found = pyvo.dal.SIA2Service(f"{url}/sia2").search(
        pos=(12.0, 20.0, 0.3), time=(Time(58849.0, format="mjd"), Time(58849.1, format="mjd"))
    )
    assert [r["target_name"] for r in found] == ["M2"]
    (link,) = [link for links in found.iter_datalinks() for link in links]
    assert (link.semantics, link.content_type) == ("#this", "image/fits")
    assert requests.get(link.access_url, timeout=10).content.startswith(b"SIMPLE  =")
    assert link.content_length == len(requests.get(link.access_url, timeout=10).content)


def test_links_follow_from_a_query_in_adql_too(url):
    found = pyvo.dal.TAPService(f"{url}/tap").search(
        "SELECT obs_publisher_did FROM ivoa.obscore WHERE obs_id = 'm1.fits'"
    )
    assert [link.semantics for links in found.iter_datalinks() for link in links] == ["#this"]


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({"POS": "CIRCLE 12 20 0.3"}, 1), ({"POS": ["CIRCLE 10 20 0.1", "CIRCLE 11 20 0.1"]}, 2), ({"POS": "RANGE 0 360 -90 90"}, 5),
        ({"POS": "RANGE 10.5 12.5 -Inf +Inf"}, 2), ({"POS": "POLYGON 9.5 19 11.5 19 11.5 21 9.5 21"}, 2), ({"TIME": "58849 58850"}, 5),
        ({"TIME": "58860 +Inf"}, 0), ({"BAND": "1e-7 1e-6"}, 0), ({"FOV": "0.1 0.2"}, 5), ({"EXPTIME": "599 601"}, 5),
        ({"TARGET": ["M1", "M2"]}, 2),
        ({"INSTRUMENT": "CAM", "TARGET": "M1"}, 1), ({"CALIB": "2"}, 5), ({"CALIB": "1"}, 0), ({"DPTYPE": "measurements"}, 1),
        ({"FORMAT": "image/fits"}, 5), ({"ID": "ivo://esa.example/sky?m0.fits"}, 1), ({"TARGET": "' OR 1=1 --"}, 0), ({"MAXREC": "2"}, 2),
        ({"NOBODY_KNOWS": "this"}, 5), ({}, 5),
    ],
)  # fmt: skip
def test_images_by_what_they_show(url, parameters, count):
    answer = get(url, "sia2/query", RESPONSEFORMAT="csv", **parameters)
    assert answer.text.count("\n") - 1 == count


@pytest.mark.parametrize(
    "parameters",
    [{"POS": "CIRCLE 1 2"}, {"POS": "SQUARE 1 2 3"}, {"POS": "CIRCLE 1 99 1"}, {"BAND": "2 1"}, {"TIME": "yesterday"}, {"CALIB": "9"},
     {"POL": "Z"}, {"MAXREC": "-1"}, {"FOV": "nan"}, {"POS": "POLYGON 0 0 120 0 240 0"}],
)  # fmt: skip
def test_a_wrong_parameter_is_told(url, parameters):
    answer = get(url, "sia2/query", **parameters)
    assert answer.status_code == 400
    assert next(iter(parameters)) in answer.text


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(known_parameters()), st.text(max_size=40))
def test_no_parameter_makes_a_query_of_another_kind(name, value):
    try:
        query = sia_query(Parameters([(name, value)]))
    except UsageError:
        return
    made = translated(query, {"ivoa.obscore": obscore_columns()})
    assert made.tables == {"ivoa.obscore"}
    assert len(made.columns) == len(obscore_columns())


def test_no_rows_tell_what_the_columns_are(url):
    for path, parameters in (("scs/stars-1", {"RA": "1", "DEC": "2", "SR": "0"}), ("sia2/query", {"MAXREC": "0"})):
        table = parse_single_table(io.BytesIO(get(url, path, **parameters).content))
        assert (len(table.array), len(table.fields) > 5) == (0, True)


@pytest.mark.parametrize("wrong", [{"SR": None}, {"RA": "400"}, {"DEC": "x"}, {"SR": "-1"}, {"RA": "1 2"}])
def test_a_wrong_cone_is_told(url, wrong):
    told = {"RA": "1", "DEC": "2", "SR": "1", **wrong}
    answer = get(url, "scs/stars-1", **{k: v for k, v in told.items() if v is not None})
    assert answer.status_code == 400
    assert 'value="ERROR"' in answer.text


def test_a_hidden_dataset_is_answered_as_one_that_is_not_there(archive, url):
    token = archive.register.new_token("esa", datetime(2099, 1, 1, tzinfo=UTC))
    for path, parameters in (("scs/{}", {"RA": "1", "DEC": "2", "SR": "1"}), ("moc/{}", {})):
        hidden, missing = (get(url, path.format(name), **parameters) for name in ("hidden_stars", "nothing"))
        assert (hidden.status_code, hidden.content) == (missing.status_code, missing.content) == (404, missing.content)
        seen = requests.get(
            f"{url}/{path.format('hidden_stars')}",
            params=parameters,
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )
        assert seen.status_code == 200


def test_a_map_of_images_is_where_they_are(url, tmp_path):
    file = tmp_path / "moc.fits"
    file.write_bytes(get(url, "moc/sky", order="12").content)
    moc = MOC.from_fits(file)
    assert list(moc.contains_skycoords(SkyCoord([10, 14, 10.5, 200], [20, 20, 20, -40], unit="deg"))) == [
        True,
        True,
        False,
        False,
    ]
    assert MOC.from_string(get(url, "moc/sky", order="12", format="ascii").text, "ascii") == moc


def test_a_map_of_a_catalogue_holds_its_rows(url):
    rows = pyvo.dal.SCSService(f"{url}/scs/stars-1").search(pos=(266.0, -29.0), radius=5.0)
    moc = MOC.from_json(get(url, "moc/stars-1", order="7", format="json").json())
    assert moc.contains_skycoords(SkyCoord([r.pos.ra for r in rows], [r.pos.dec for r in rows])).all()


@pytest.mark.parametrize("wrong", [{"order": "29"}, {"order": "x"}, {"format": "png"}])
def test_a_wrong_map_is_told(url, wrong):
    assert get(url, "moc/sky", **wrong).status_code == 400


def test_what_a_product_was_made_of_is_linked_if_it_is_here(archive, url):
    from dataclasses import replace

    from comity.archive import Everything
    from comity.archive.described import Provenance
    from comity.archive.register import NewProduct

    raw = archive.register.product("sky/m0.fits", Everything())
    described = replace(raw.described, provenance=Provenance(parents=("m0.fits", "of_another_archive.fits")))
    new = NewProduct("reduced.fits", "0" * 64, 10, described, "/nowhere", 0)
    archive.register.add("sky", [new])
    links = pyvo.dal.adhoc.DatalinkResults.from_result_url(f"{url}/datalink/links?ID=sky/reduced.fits")
    assert [(r.semantics, r.access_url) for r in links] == [
        ("#this", f"{url}/files/sky/reduced.fits"),
        ("#progenitor", f"{url}/files/sky/m0.fits"),
    ]


def test_sia_takes_no_upload():
    with pytest.raises(ArchiveError, match="TAP takes tables"):
        sia_query(Parameters([("UPLOAD", "x,param:y")]))
