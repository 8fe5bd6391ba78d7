"""LSDB opens the same folder on a Dask cluster, and comes to the same results."""

from __future__ import annotations

import warnings

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from comity.archive import Everything, ingest
from comity.archive.catalogues import build, open_catalogue
from comity.archive.cone import cone
from comity.archive.crossmatch import Match, crossmatch
from comity.archive.synthetic import drawn, seen_again
from tests.archive.samples import new_archive

RADIUS_ARCSEC = 300.0


@pytest.fixture(scope="module")
def surveys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lsdb")
    (batch,) = drawn(20_000)
    batch = batch.filter(pc.greater(batch.column("dec"), 45.0))  # a few files; each is a task of seconds on the cluster
    pq.write_table(pa.Table.from_batches([batch]), folder / "one.parquet")
    pq.write_table(pa.Table.from_batches([seen_again(batch, 2016.0, seed=4, error_mas=20.0)]), folder / "two.parquet")
    with new_archive(folder / "archive", {"id": "one"}, {"id": "two"}) as archive:
        for name in ("one", "two"):
            ingest(archive, name, [folder / f"{name}.parquet"], stated={"calib_level": 3})
            build(archive, name, file_rows=500, margin_arcsec=2 * RADIUS_ARCSEC if name == "two" else None)
        yield archive


@pytest.fixture(scope="module")
def cluster():
    from dask.distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as made,
        Client(made) as client,
    ):
        yield client


@pytest.mark.slow
def test_lsdb_on_two_workers_finds_what_we_find(surveys, cluster):
    import lsdb

    assert len(cluster.scheduler_info()["workers"]) == 2
    place = {n: (surveys.room("catalogues", n) / "current").resolve() for n in ("one", "two")}
    ours = {n: open_catalogue(surveys, n, Everything()) for n in ("one", "two")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        one = lsdb.open_catalog(place["one"])
        two = lsdb.open_catalog(place["two"])
        assert len(one) == ours["one"].rows > 1_500

        near = one.cone_search(ra=120.0, dec=60.0, radius_arcsec=5 * 3600).compute()
        assert set(near["source_id"]) == set(cone(ours["one"], 120.0, 60.0, 5.0)["source_id"].to_pylist())

        matched = one.crossmatch(two, radius_arcsec=RADIUS_ARCSEC, n_neighbors=1, suffixes=("_one", "_two"),
                                 suffix_method="all_columns").compute()  # fmt: skip
        mine = pa.concat_tables(crossmatch(ours["one"], ours["two"], Match(RADIUS_ARCSEC)))
        assert mine.num_rows > 200
        theirs = dict(zip(matched["source_id_one"], matched["source_id_two"], strict=True))
        assert theirs == dict(zip(mine["source_id_one"].to_pylist(), mine["source_id_two"].to_pylist(), strict=True))
        away = dict(zip(matched["source_id_one"], matched["_dist_arcsec"], strict=True))
        told = dict(zip(mine["source_id_one"].to_pylist(), mine["_separation_arcsec"].to_pylist(), strict=True))
        assert np.array([away[n] for n in told]) == pytest.approx(list(told.values()), abs=1e-5)

        counted = one.map_partitions(brightest).compute()
    rows = pa.concat_tables(ours["one"].all_rows(["mag"]))["mag"].to_numpy()
    assert len(counted) == len(ours["one"].stored.parts)
    assert (counted["rows"].sum(), counted["mag"].min()) == (len(rows), rows.min())


def brightest(frame):
    """How many rows a file has, and the brightest of them."""
    import pandas as pd

    return pd.DataFrame({"rows": [len(frame)], "mag": [frame["mag"].min() if len(frame) else np.inf]})
