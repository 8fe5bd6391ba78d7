"""ADQL 2.1: what is answered, what is told of the columns, and that nothing else gets through."""

from __future__ import annotations

import math
import time

import pytest

from comity.archive import ArchiveError, Everything
from comity.archive.adql import AdqlError
from comity.archive.query import QueryError, QueryLimits, Stop, answered
from comity.archive_rules import governed
from tests.archive.virtual_observatory import ROWS, observatory

ALL = Everything()
#: The hypotenuse of a right-angled triangle on the sphere with sides of 3° and 4° [deg], and the area of a cap of 1° [deg²].
RIGHT_ANGLED = math.degrees(math.acos(math.cos(math.radians(3)) * math.cos(math.radians(4))))
CAP = 2 * math.pi * (1 - math.cos(math.radians(1))) * math.degrees(1) ** 2


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    with observatory(tmp_path_factory.mktemp("adql")) as made:
        yield made


@pytest.fixture(scope="module")
def public(archive):
    return governed(archive).reader("public")


@pytest.fixture
def ask(archive, public):
    def asking(text, reader=None, **kwargs):
        return answered(archive, reader or public, text, **kwargs)

    return asking


@pytest.fixture
def rows(ask):
    return lambda text, **kwargs: [tuple(r.values()) for r in ask(text, **kwargs).table.to_pylist()]


def test_top_offset_order_and_names_without_case(rows):
    assert rows("SELECT TOP 2 Target_Name FROM IVOA.ObsCore WHERE s_ra IS NOT NULL ORDER BY s_ra DESC OFFSET 1") == [
        ("M3",),
        ("M2",),
    ]


def test_unit_ucd_and_name_follow_a_column(ask):
    found = ask("SELECT q.x AS Ra, MAX(s_dec) FROM (SELECT s_ra AS x, s_dec FROM ivoa.obscore) AS q GROUP BY q.x")
    ra, dec = found.columns
    assert (ra.name, ra.unit, ra.ucd) == ("Ra", "deg", "pos.eq.ra")
    assert (dec.name, dec.unit, dec.ucd) == ("max", "deg", "pos.eq.dec")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("LOG(EXP(2.5))", 2.5), ("LOG10(1000)", 3.0), ("MOD(7, 4)", 3.0), ("TRUNCATE(-1.29, 1)", -1.2), ("CEILING(1.2)", 2.0),
        ("POWER(2, 10)", 1024.0), ("DEGREES(PI())", 180.0), ("ATAN2(1, 1)", math.pi / 4), ("COT(1)", 1 / math.tan(1)),
        ("CAST(-1.9 AS INTEGER)", -1), ("CAST('12' AS BIGINT)", 12), ("CAST(1.5 AS VARCHAR(2))", "1."),
        ("UPPER('a') || LOWER('B')", "Ab"), ("COALESCE(NULL, 3)", 3), ("CASE WHEN 1 > 2 THEN 'a' ELSE 'b' END", "b"),
        ("DISTANCE(POINT(10, 0), POINT(13, 4))", RIGHT_ANGLED), ("DISTANCE(0, 89, 180, 89)", 2.0),
        ("AREA(CIRCLE(10, 20, 1))", CAP), ("COORD1(CENTROID(BOX(10, 0, 2, 2)))", 10.0),
        ("CONTAINS(POINT(10, 20), BOX(10, 20, 1, 1))", 1), ("INTERSECTS(CIRCLE(0, 0, 1), CIRCLE(0, 3, 1))", 0),
        ("CONTAINS(CIRCLE(10, 20, 1), POLYGON(5, 15, 15, 15, 15, 25, 5, 25))", 1),
        ("INTERSECTS(REGION('CIRCLE ICRS 10 20 1'), BOX('ICRS', 11.5, 20, 2, 2))", 1),
        ("ivo_interval_overlaps(1, 2, 2, 3)", 1), ("ivo_hashlist_has('a#Bc#d', 'bc')", 1),
    ],
)  # fmt: skip
def test_functions(rows, expression, value):
    ((found,),) = rows(f"SELECT {expression} AS x")
    assert found == (pytest.approx(value, rel=2e-5) if isinstance(value, float) else value)


def test_healpix_index_is_that_of_cdshealpix(rows):
    from astropy import units
    from astropy.coordinates import Latitude, Longitude
    from cdshealpix.nested import lonlat_to_healpix

    ((found,),) = rows("SELECT ivo_healpix_index(8, 83.633, 22.014) AS h")
    assert found == int(lonlat_to_healpix(Longitude(83.633 * units.deg), Latitude(22.014 * units.deg), 8)[0])


def test_in_unit_converts_and_refuses_what_is_no_such_quantity(ask):
    found = ask("SELECT TOP 1 IN_UNIT(t_exptime, 'min') AS t FROM ivoa.obscore WHERE t_exptime IS NOT NULL")
    assert (found.table.to_pylist()[0]["t"], found.columns[0].unit) == (pytest.approx(10.0), "min")
    with pytest.raises(AdqlError, match="not convertible"):
        ask("SELECT IN_UNIT(t_exptime, 'kg') AS t FROM ivoa.obscore")


def test_regions_in_columns_are_searched(rows):
    assert rows("SELECT obs_id FROM ivoa.obscore WHERE 1 = CONTAINS(POINT(12.01, 20.01), s_region)") == [("m2.fits",)]
    near = "SELECT obs_id FROM ivoa.obscore WHERE INTERSECTS(s_region, CIRCLE(11.5, 20, 0.6)) = 1 ORDER BY obs_id"
    assert rows(near) == [("m1.fits",), ("m2.fits",)]
    assert rows("SELECT COUNT(*) FROM ivoa.obscore WHERE 0 = CONTAINS(POINT(12, 20), s_region)") == [(4,)]


def test_a_cone_of_a_catalogue_has_the_rows_that_trigonometry_gives(archive, rows):
    import numpy as np
    import pyarrow as pa

    from comity.archive.catalogues import open_catalogue
    from comity.archive.regions import vectors

    told = pa.concat_tables(open_catalogue(archive, "stars-1", ALL).all_rows(["ra", "dec"])).to_pydict()
    cosines = vectors(np.array(told["ra"]), np.array(told["dec"])) @ vectors(np.array([266.0]), np.array([-29.0]))[0]
    expected = int((np.degrees(np.arccos(np.clip(cosines, -1, 1))) <= 7.5).sum())
    query = 'SELECT COUNT(*) FROM catalogues."stars-1" WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(266, -29, 7.5))'
    assert rows(query) == [(expected,)]
    assert expected > 10


@pytest.mark.parametrize(
    "query",
    [
        "WITH q AS (SELECT s_ra AS a FROM ivoa.obscore WHERE s_ra < 12) SELECT COUNT(*) AS n FROM q",
        "SELECT COUNT(*) AS n FROM ivoa.obscore WHERE s_ra < 12 AND target_name ILIKE 'm%'",
        "SELECT COUNT(*) AS n FROM (SELECT s_ra FROM ivoa.obscore WHERE s_ra = 10 UNION SELECT s_ra FROM ivoa.obscore WHERE s_ra = 11) x",
        "SELECT COUNT(*) AS n FROM ivoa.obscore a JOIN ivoa.obscore b USING (obs_publisher_did) WHERE a.s_ra < 12",
        "SELECT COUNT(*) AS n FROM ivoa.obscore o WHERE EXISTS (SELECT 1 FROM ivoa.obscore p WHERE p.s_ra = o.s_ra - 3)",
        "SELECT COUNT(*) AS n FROM (SELECT s_ra FROM ivoa.obscore EXCEPT SELECT s_ra FROM ivoa.obscore WHERE s_ra >= 12) x WHERE s_ra > 0",
        "SELECT COUNT(*) AS n FROM (SELECT s_ra FROM ivoa.obscore NATURAL JOIN (SELECT s_ra FROM ivoa.obscore WHERE s_ra < 12) y) x",
    ],
)  # fmt: skip
def test_the_forms_of_a_query(rows, query):
    assert rows(query) == [(2,)]


def test_null_is_neither_inside_nor_outside(rows):
    assert rows("SELECT COUNT(*) FROM ivoa.obscore WHERE s_region IS NULL") == [(1,)]  # the catalogue's file
    assert rows("SELECT COUNT(*) FROM ivoa.obscore WHERE CONTAINS(POINT(1, 1), s_region) IS NULL") == [(1,)]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT s_raa FROM ivoa.obscore", "no column 's_raa'.*line 1, column 8.*did you mean 's_ra'"),
        ("SELECT s_ra FROM ivoa.obscor", "no table 'ivoa.obscor'; did you mean 'ivoa.obscore'"),
        ("SELECT SQT(2) FROM ivoa.obscore", "no function SQT; did you mean 'SQRT'"),
        ("SELECT obs_id\nFROM ivoa.obscore\nWHERE s_ra >", "line 3"),
        ("SELECT s_ra FROM ivoa.obscore a, ivoa.obscore b", "more than one"),
        ("SELECT POINT('GALACTIC', 1, 2)", "ICRS"),
        ("SELECT CIRCLE(1, 2)", "point and a radius"),
        ("SELECT CONTAINS(target_name, CIRCLE(1, 2, 3)) FROM ivoa.obscore", "holds no region"),
        ("SELECT REGION('nowhere')", "no region"),
        ("", "empty"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_would_be_right(ask, query, said):
    with pytest.raises(AdqlError, match="(?s)" + said):
        ask(query)


HOSTILE = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_parquet('**')",
    "SELECT * FROM glob('*')",
    "SELECT * FROM '/etc/passwd'",
    'SELECT * FROM "/etc/passwd"',
    "SELECT read_text('/etc/passwd')",
    "SELECT \"read_text\"('/etc/passwd')",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM pg_catalog.pg_tables",
    "SELECT * FROM sqlite_master",
    "SELECT current_setting('memory_limit')",
    "SELECT getenv('HOME')",
    "PRAGMA database_list",
    "ATTACH '/tmp/x.db'",
    "COPY (SELECT 1) TO '/tmp/x'",
    "SET memory_limit = '1TB'",
    "INSTALL httpfs",
    "EXPLAIN SELECT 1",
    "CREATE TABLE x AS SELECT 1",
    "DROP VIEW ivoa.obscore",
    "DELETE FROM ivoa.obscore",
    "SELECT 1; DROP VIEW ivoa.obscore",
    "SELECT 1 INTO OUTFILE '/tmp/x'",
    "VALUES (1)",
    "FROM ivoa.obscore SELECT 1",
    "SELECT * FROM (VALUES (1)) x",
    "SELECT COLUMNS(*) FROM ivoa.obscore",
    "SELECT * EXCLUDE (s_ra) FROM ivoa.obscore",
    "SELECT * REPLACE (1 AS s_ra) FROM ivoa.obscore",
    "SELECT s_ra::VARCHAR FROM ivoa.obscore",
    "SELECT {'a': 1}",
    "SELECT [1, 2]",
    "SELECT x -> x + 1",
    "SELECT $1",
    "SELECT ?",
    "SELECT @x",
    "SELECT obs_id FROM ivoa.obscore TABLESAMPLE 5",
    "SELECT obs_id FROM ivoa.obscore QUALIFY 1",
    "SELECT SUM(s_ra) OVER () FROM ivoa.obscore",
    "SELECT * FROM ivoa.obscore, LATERAL (SELECT 1)",
    "SELECT * FROM UNNEST([1])",
    "SELECT obs_id FROM ivoa.obscore ASOF JOIN ivoa.obscore b ON 1 = 1",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT n FROM r",
    "SELECT obs_id FROM ivoa.obscore GROUP BY ALL",
    "SELECT s_ra FROM ivoa.obscore UNION BY NAME SELECT s_ra FROM ivoa.obscore",
    "SELECT CAST(1 AS BLOB)",
    "SELECT CAST('x' AS obs_type)",
    "SELECT TOP 1000000000000000000000 1 FROM (SELECT 1) x WHERE 1 = (SELECT 1 FROM nothing.here)",
    "SELECT a.x, b.name FROM (WITH duckdb_settings AS (SELECT 1 AS x) SELECT x FROM duckdb_settings) a, duckdb_settings b",
    "SELECT a.x FROM (WITH sqlite_master AS (SELECT 1 AS x) SELECT x FROM sqlite_master) a CROSS JOIN sqlite_master",
    "SELECT (SELECT COUNT(*) FROM q) FROM (WITH q AS (SELECT 1 AS x) SELECT x FROM q) a",
    "SELECT adql_area('x')",
    "SELECT product FROM ivoa.obscore",
    "SELECT public_from FROM ivoa.obscore",
    "SELECT file FROM ivoa.obscore",
    "SELECT " + "(" * 5_000 + "1" + ")" * 5_000,
    "SELECT " + "- " * 20_000 + "1",
    "SELECT " + "NOT " * 20_000 + "TRUE",
    "SELECT " + "1 + " * 40_000 + "1",
    "SELECT 1" + " " * 300_000,
    "SELECT 'a\x00b'",
    "SELECT /* */ 1",
    "WITH q0 AS (SELECT s_ra AS x FROM ivoa.obscore), "
    + ", ".join(f"q{n} AS (SELECT a.x FROM q{n - 1} a, q{n - 1} b)" for n in range(1, 20))
    + " SELECT x FROM q19",
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_not_adql_is_refused(ask, query):
    started = time.monotonic()
    with pytest.raises(ArchiveError):
        ask(query, limits=QueryLimits(time_s=5.0))
    assert time.monotonic() - started < 10.0


def test_the_database_itself_opens_only_files_of_the_reader(archive, public, monkeypatch):
    """If the translation let something through, DuckDB would refuse it."""
    from comity.archive import query
    from comity.archive.adql import Translated
    from comity.archive.tables import obscore, tables

    paths = {p.id: p.files[0] for p in obscore(archive).parts}
    for text in (f"SELECT count(*) FROM read_parquet('{paths['hidden']}')", "SELECT 1 FROM read_csv('/etc/passwd')"):
        seen = tables(archive, public, query.datetime.now(query.UTC))
        columns = seen["ivoa.obscore"].source.columns[:1]
        monkeypatch.setattr(query, "translated", lambda *_: Translated(text, columns, frozenset({"ivoa.obscore"})))  # noqa: B023
        with pytest.raises(QueryError, match="Permission"):
            answered(archive, public, "SELECT 1")
    for text in ("SELECT 1) x; SET enable_external_access = true; SELECT (1", "SET memory_limit = '1TB'"):
        monkeypatch.setattr(query, "translated", lambda *_: Translated(text, columns, frozenset({"ivoa.obscore"})))  # noqa: B023
        with pytest.raises(QueryError):
            answered(archive, public, "SELECT 1")


def test_a_query_that_runs_away_is_ended(ask):
    product = ", ".join(f'catalogues."stars-1" t{n}' for n in range(4))
    started = time.monotonic()
    with pytest.raises(QueryError, match=r"longer than 0.5 s"):
        ask(f"SELECT SUM(t0.mag * t1.mag + t2.mag - t3.mag) FROM {product}", limits=QueryLimits(time_s=0.5))
    assert time.monotonic() - started < 5.0


def test_a_query_that_needs_too_much_memory_is_ended_and_the_next_is_answered(ask, rows):
    stars = 'catalogues."stars-1"'
    query = f"SELECT COUNT(*) FROM (SELECT DISTINCT a.ra + b.ra AS x, a.dec + b.dec AS y FROM {stars} a, {stars} b) q"
    with pytest.raises(QueryError, match="memory"):
        ask(query, limits=QueryLimits(memory_bytes=64 * 2**20))
    assert rows('SELECT COUNT(*) FROM catalogues."stars-1"') == [(ROWS,)]


def test_a_query_is_stopped_from_another_thread(ask):
    import threading

    stop = Stop()
    threading.Timer(0.3, stop).start()
    product = ", ".join(f'catalogues."stars-1" t{n}' for n in range(4))
    with pytest.raises(QueryError, match="stopped"):
        ask(f"SELECT SUM(t0.mag * t1.mag + t2.mag - t3.mag) FROM {product}", stop=stop)


def test_rows_are_cut_and_it_is_told(ask):
    found = ask('SELECT ra FROM catalogues."stars-1"', limits=QueryLimits(rows=100))
    assert (found.table.num_rows, found.is_cut) == (100, True)
    assert not ask('SELECT TOP 100 ra FROM catalogues."stars-1"', limits=QueryLimits(rows=100)).is_cut
