"""A dataset's series: a part for each product, made once and whole; no record twice, and the last version stands."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from comity.archive import Access, ArchiveError, Everything, Limits, Parameter, Series, ingest
from comity.archive.hapi import Holdings
from comity.archive.hapi.holdings import Part
from comity.archive.hapi.records import records
from comity.archive.series import build_series, make_part, times_of
from comity.archive.timeline import batch_of, time_parameter
from tests.archive.samples import new_archive
from tests.archive.series_samples import GOES, PSP, field, table

ALL = Everything()
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def archive(tmp_path):
    with new_archive(tmp_path / "archive", {"id": "mag"}) as made:
        yield made


def parts(archive):
    return sorted((archive.folder / "series" / "mag").glob("*.parquet"))


def all_of(archive, id="mag"):
    holding = Holdings(archive).seen(ALL, NOW)[id]
    names = [p.name for p in holding.parameters]
    got = pa.Table.from_batches(list(records(holding.parts, names, holding.start_ns, holding.stop_ns + 1)))
    return [str(t)[11:19] for t in got.column(0).to_numpy()], got.column(1).to_pylist()


def test_only_what_is_new_is_made(archive, tmp_path):
    ingest(archive, "mag", [table(tmp_path / "a.csv", "2020-01-01T00:00", [1, 2])])
    assert build_series(archive, "mag").made == 1
    (first,) = parts(archive)
    made = first.stat().st_mtime_ns
    ingest(archive, "mag", [table(tmp_path / "b.csv", "2020-01-01T00:02", [3])])
    built = build_series(archive, "mag")
    assert (built.made, built.kept, built.removed, first.stat().st_mtime_ns) == (1, 1, 0, made)
    assert all_of(archive)[1] == [1, 2, 3]


def test_where_products_overlap_the_last_taken_in_stands(archive, tmp_path):
    ingest(archive, "mag", [table(tmp_path / "late.csv", "2020-01-01T00:01", [20, 30, 40])])
    ingest(archive, "mag", [table(tmp_path / "early.csv", "2020-01-01T00:00", [1, 2, 3])])
    build_series(archive, "mag")
    assert all_of(archive) == (["00:00:00", "00:01:00", "00:02:00", "00:03:00"], [1, 2, 3, 40])


def test_a_new_version_takes_the_place_of_the_old(archive, tmp_path):
    file = table(tmp_path / "a.csv", "2020-01-01T00:00", [1, 2, 3])
    ingest(archive, "mag", [file])
    build_series(archive, "mag")
    ingest(archive, "mag", [table(file, "2020-01-01T00:01", [5])], replaces="a wrong offset")
    built = build_series(archive, "mag")
    assert (built.made, built.removed, len(parts(archive))) == (1, 1, 1)
    assert all_of(archive) == (["00:01:00"], [5])


def test_records_out_of_order_are_sorted_and_of_the_same_time_the_last_stands(archive, tmp_path):
    times = np.array([3, 1, 2, 1], np.int64) * 10**9 + 631_108_869_184_000_000
    ingest(archive, "mag", [field(tmp_path / "a.cdf", times, np.array([3.0, 1.0, 2.0, 9.0]))])
    assert build_series(archive, "mag").repeated == 1
    assert all_of(archive)[1] == [9.0, 2.0, 3.0]


def test_other_parameters_are_another_series_whose_name_stays(archive, tmp_path):
    ingest(archive, "mag", [table(tmp_path / "a.csv", "2020-01-01T00:00", [1])])
    ingest(archive, "mag", [table(tmp_path / "b.csv", "2020-01-01T00:00", [7], name="V"), PSP])
    build_series(archive, "mag")
    names = list(Holdings(archive).seen(ALL, NOW))
    assert names[0] == "mag" and len(names) == 3 and all(n.startswith("mag/") for n in names[1:])
    ingest(archive, "mag", [table(tmp_path / "a.csv", "2020-01-01T00:00", [8], name="V")], replaces="it was V")
    build_series(archive, "mag")
    (left,) = (n for n in Holdings(archive).seen(ALL, NOW) if all_of(archive, n)[1] == [8])
    assert left in names[1:]


def test_a_product_that_cannot_be_read_again_is_told_and_stops_no_other(archive, tmp_path):
    ingest(archive, "mag", [GOES, table(tmp_path / "a.csv", "2020-01-01T00:00", [1])])
    goes, _ = archive.register.products(ALL)
    archive.objects.local(goes.sha256).unlink()
    built = build_series(archive, "mag")
    assert built.made == 1
    assert [p for p, _ in built.failed] == [goes.id]
    with pytest.raises(ArchiveError, match="there is no dataset"):
        build_series(archive, "mags")


def test_a_builder_that_is_killed_leaves_whole_parts_only_and_the_next_goes_on(archive, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for n in range(24):
        table(folder / f"{n:02}.csv", f"2020-01-{n + 1:02}T00:00", [n] * 400)
    ingest(archive, "mag", [folder])
    code = (
        "import sys; from pathlib import Path; from comity.archive import Archive\n"
        "from comity.archive.series import build_series\n"
        "build_series(Archive(Path(sys.argv[1])), 'mag', workers=2)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(archive.folder)], start_new_session=True)
    deadline = time.monotonic() + 60
    while len(parts(archive)) < 3 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    left = parts(archive)
    for part in left:
        assert parquet.ParquetFile(part).metadata.num_rows == 400
    built = build_series(archive, "mag")
    assert built.kept + built.made == 24 and built.kept == len(left)
    assert not [p for p in (archive.folder / "series" / "mag").iterdir() if p.name.endswith(".part")]
    assert len(all_of(archive)[1]) == 24 * 400


def test_a_full_disk_is_told_and_leaves_nothing(archive, tmp_path, monkeypatch):
    ingest(archive, "mag", [table(tmp_path / "a.csv", "2020-01-01T00:00", [1])])
    (product,) = archive.register.products(ALL)

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    place = tmp_path / "room" / "x.parquet"
    place.parent.mkdir()
    said = make_part(Limits(), archive.objects, product.sha256, product.name, product.described.series, str(place))
    assert "No space left" in said
    assert list(place.parent.iterdir()) == []


SERIES = Series((time_parameter("t"), Parameter("x", "integer", None, None)), "", "", 0)


@given(
    st.lists(st.sets(st.integers(0, 60), min_size=1), min_size=1, max_size=6),
    st.integers(0, 60),
    st.integers(1, 61),
    st.integers(1, 5),
)
def test_merging_parts_is_what_a_dictionary_by_time_would_hold(tmp_path_factory, products, start, stop, group):
    folder = tmp_path_factory.mktemp("parts")
    made, expected = [], {}
    for number, seconds in enumerate(products):
        times = np.array(sorted(seconds), np.int64)
        batch = batch_of(SERIES, times, [np.full(times.size, number)])
        path = folder / f"{number}.parquet"
        parquet.write_table(pa.Table.from_batches([batch]), path, row_group_size=group)
        made.append(Part(number, path, SERIES, Access("open", "esa", "miri"), int(times[0]), int(times[-1]), ""))
        expected |= dict.fromkeys(seconds, number)
    got = list(records(made, ["t", "x"], start, stop))
    found = [(int(t), x) for b in got for t, x in zip(times_of(b), b.column(1).to_pylist(), strict=True)]
    assert found == sorted((t, n) for t, n in expected.items() if start <= t < stop)
