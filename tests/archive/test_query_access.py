"""What a reader may not see is in no row, count, table, message, map or link, until its moment comes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from comity.archive import Everything, ingest
from comity.archive.adql import AdqlError
from comity.archive.coverage import coverage
from comity.archive.dali import Parameters
from comity.archive.datalink import links
from comity.archive.errors import ArchiveError
from comity.archive.query import QueryError, answered
from comity.archive_rules import governed
from tests.archive.samples import add_dataset, image
from tests.archive.virtual_observatory import observatory

BEFORE, AFTER = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    with observatory(tmp_path_factory.mktemp("access")) as made:
        yield made


@pytest.fixture
def ask(archive):
    rules = governed(archive)

    def asking(who, text, at=BEFORE):
        return [tuple(r.values()) for r in answered(archive, rules.reader(who), text, at=at).table.to_pylist()]

    return asking


@pytest.mark.parametrize(
    ("query", "hidden", "shown"),
    [
        ("SELECT COUNT(*) FROM ivoa.obscore", [(6,)], [(8,)]),
        ("SELECT COUNT(*) FROM ivoa.obscore WHERE target_name = 'Sgr X'", [(0,)], [(1,)]),
        ("SELECT MIN(s_dec) > -30 FROM ivoa.obscore", [(True,)], [(False,)]),
        ("SELECT COUNT(*) FROM tap_schema.tables WHERE table_name LIKE '%hidden%'", [(0,)], [(1,)]),
        ("SELECT COUNT(*) FROM tap_schema.columns WHERE table_name LIKE '%hidden%'", [(0,)], [(9,)]),
        ("SELECT COUNT(*) FROM ivoa.obscore WHERE 1 = CONTAINS(POINT(200, -40), s_region)", [(0,)], [(1,)]),
    ],
)
def test_an_embargo_holds_to_its_moment(ask, query, hidden, shown):
    assert ask("public", query) == ask("jaxa", query) == hidden
    assert ask("csa", query) == ask("esa", query) == shown
    assert ask("public", query, AFTER) == shown


def test_a_table_under_embargo_is_told_of_as_one_that_is_not_there(ask):
    told = []
    for name in ("hidden_stars", "hidden_starz"):
        with pytest.raises(AdqlError) as error:
            ask("public", f"SELECT ra FROM catalogues.{name}")
        told.append(str(error.value).replace(name, "NAME"))
    assert told[0] == told[1]
    assert ask("esa", "SELECT COUNT(*) FROM catalogues.hidden_stars")[0][0] > 0


@pytest.mark.parametrize(
    "condition",
    [
        "CAST(target_name AS INTEGER) > 0",
        "1 / (CASE WHEN target_name = 'Sgr X' THEN CAST('x' AS INTEGER) ELSE 1 END) = 1",
        "SQRT(s_dec) > 0",
        "LOG(s_dec) > 0",
        "CASE WHEN obs_collection = 'hidden' THEN CAST(target_name AS BIGINT) ELSE 0 END = 0",
    ],
)
def test_no_error_tells_of_a_hidden_row(ask, condition):
    """An error may come of what is seen, but never of, or with, what is not."""
    try:
        ask("public", f"SELECT obs_id FROM ivoa.obscore WHERE {condition}")
    except QueryError as error:
        assert "Sgr" not in str(error)
        assert "hidden" not in str(error)
    ask(
        "public",
        "SELECT obs_id FROM ivoa.obscore WHERE CASE WHEN s_dec < -30 THEN CAST(target_name AS INTEGER) ELSE 1 END = 1",
    )
    with pytest.raises(QueryError, match="Sgr X"):
        ask(
            "csa",
            "SELECT obs_id FROM ivoa.obscore WHERE CASE WHEN s_dec < -30 THEN CAST(target_name AS INTEGER) ELSE 1 END = 1",
        )


def test_rights_are_those_of_the_moment(ask):
    query = "SELECT data_rights, obs_release_date FROM ivoa.obscore WHERE obs_collection = 'hidden'"
    assert ask("csa", query) == [("proprietary", "2027-01-01T00:00:00.000")]
    assert ask("public", query, AFTER) == [("public", "2027-01-01T00:00:00.000")]


def test_a_map_of_what_is_hidden_is_not_there(archive):
    rules = governed(archive)
    with pytest.raises(ArchiveError, match="there is no dataset 'hidden'"):
        coverage(archive, rules.reader("public"), "hidden", BEFORE)
    found = coverage(archive, rules.reader("csa"), "hidden", BEFORE, order=14)
    assert found.sky_fraction * 41252.96 == pytest.approx((8 / 60) ** 2, rel=0.2)
    assert not coverage(archive, rules.reader("public"), "hidden", AFTER).empty()


def test_links_to_what_is_hidden_are_those_to_what_is_not_there(archive):
    rules = governed(archive)
    did = "ivo://esa.example/hidden?classified.fits"

    def told(who, id, at=BEFORE):
        return links(archive, rules.reader(who), Parameters([("ID", id)]), at, "http://x").table.to_pylist()

    (refused,), (missing,) = told("public", did), told("public", did.replace("classified", "nothing"))
    assert {**refused, "ID": ""} == {**missing, "ID": ""}
    assert refused["error_message"].startswith("NotFoundFault")
    assert told("csa", did)[0]["access_url"] == "http://x/files/hidden/classified.fits"
    assert told("public", did, AFTER)[0]["error_message"] is None


def test_rows_of_datasets_under_embargo_are_left_out_of_a_catalogue_that_is_open(archive, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    from comity.archive.catalogues import build

    told = {"unit": "deg"}
    schema = pa.schema(
        [pa.field("ra", pa.float64(), metadata={**told, "ucd": "pos.eq.ra;meta.main"}),
         pa.field("dec", pa.float64(), metadata={**told, "ucd": "pos.eq.dec;meta.main"}), pa.field("origin", pa.string())]
    )  # fmt: skip
    rows = [{"ra": 1.0, "dec": 2.0, "origin": "sky"}, {"ra": 3.0, "dec": 4.0, "origin": "hidden"}]
    pq.write_table(pa.Table.from_pylist(rows, schema), tmp_path / "both.parquet")
    add_dataset(archive, id="both")
    ingest(archive, "both", [tmp_path / "both.parquet"], stated={"calib_level": 3})
    build(archive, "both", rows_of="origin")
    rules = governed(archive)
    for who, at, count in (("public", BEFORE, 1), ("csa", BEFORE, 2), ("public", AFTER, 2)):
        found = answered(archive, rules.reader(who), "SELECT ra FROM catalogues.both", at=at)
        assert found.table.num_rows == count


def test_what_is_made_for_queries_follows_the_register(archive, tmp_path):
    def count():
        found = answered(archive, Everything(), "SELECT COUNT(*) AS n FROM ivoa.obscore WHERE obs_collection = 'sky'")
        return found.table.to_pylist()[0]["n"]

    before = count()
    files = {f.name for f in (archive.room("tables") / "obscore").glob("*.parquet")}
    ingest(archive, "sky", [image(tmp_path / "later.fits", ra=77.0)], stated={"calib_level": 2})
    assert count() == before + 1
    after = {f.name for f in (archive.room("tables") / "obscore").glob("*.parquet")}
    assert {n.rsplit("-", 1)[0] for n in after - files} == {"sky"}  # what did not change is not made again
