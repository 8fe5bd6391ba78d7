"""How fast the archive answers on catalogues, and takes files in, beside what else could be used.

    python -m benchmarks.archive [--rows 10000000] [--cones 1000] [--match 1000000] [--files 2000] [--keep FOLDER]

Cones of 0.1° at places drawn evenly over the sky, on a synthetic catalogue of so many rows; the same cones by DuckDB: by ranges of
`_healpix_29` on the same files (told which, as our search knows, and over all of them), and over all rows; the answers compared. The
same over HTTP, by a server on this machine. A cross-match of so many rows with what a second synthetic survey saw of them, beside
astropy's `match_to_catalog_sky`, the pairs compared. Small FITS images taken in, beside astropy reading their headers and nothing else.
All in one run; ratios are theirs over ours.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import httpx
import numpy as np
import pyarrow as pa

from comity.archive import Archive, Dataset, Everything, Settings, create, ingest
from comity.archive.catalogues import build, open_catalogue
from comity.archive.cone import cone
from comity.archive.crossmatch import Match, crossmatch
from comity.archive.healpix import cone_cover
from comity.archive.synthetic import drawn, seen_again, write
from comity.archive_rules import governed

RADIUS_DEG = 0.1
ALL = Everything()


def main() -> None:
    """Measures, and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--cones", type=int, default=1_000)
    parser.add_argument("--match", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument(
        "--keep", type=Path, help="a folder for the archive: an archive of so many rows there is used again"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch)
        if asked.rows:
            with catalogue_of(folder / f"a{asked.rows}", asked.rows) as archive:
                cones(archive, asked.cones)
        if asked.match:
            matches(Path(scratch), asked.match)
        if asked.files:
            taking_in(Path(scratch), asked.files)


@contextmanager
def catalogue_of(place: Path, rows: int) -> Iterator[Archive]:
    """An archive with the synthetic catalogue of so many rows; made when it is not there."""
    if (place / "archive.yaml").exists():
        with Archive(place) as found:
            if not (found.room("catalogues", "sky") / "current").is_dir():
                build(found, "sky")
            yield found
        return
    with archive_at(place, "sky") as made:
        source = place.with_suffix(".parquet")
        write(drawn(rows), source)
        ingest(made, "sky", [source], stated={"calib_level": 3})
        source.unlink()
        began = time.perf_counter()
        about = build(made, "sky")
        spent = time.perf_counter() - began
        print(
            f"{rows:,} rows ordered in {spent:.0f} s, {rows / spent:,.0f} rows/s, {about.files} files, {about.bytes / 1e6:,.0f} MB"
        )
        print(f"  memory of the process at most {peak_gib():.2f} GiB, pages of files that can be given back among them")
        yield made


@contextmanager
def archive_at(place: Path, *datasets: str) -> Iterator[Archive]:
    """A new archive with open datasets."""
    told = {"title": "Bench", "publisher": "ESA", "authority": "bench.example", "host": "esa", "partners": {"esa": {}}}
    with create(place, Settings.model_validate(told)) as made:
        for name in datasets:
            plain = {"id": name, "title": name, "creators": [{"name": "synthetic"}], "owner": "esa", "access": "open"}
            dataset = Dataset.model_validate(plain)
            made.register.put_dataset(dataset, governed(made).access(dataset))
        yield made


def peak_gib() -> float:
    """The most memory that the process had [GiB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


# --- cones --------------------------------------------------------------------------------------------------------------


def cones(archive: Archive, count: int) -> None:
    """Cones in the process, by DuckDB and over HTTP."""
    random = np.random.default_rng(3)
    places = list(zip(random.uniform(0, 360, count), np.degrees(np.arcsin(random.uniform(-1, 1, count))), strict=True))
    catalogue = open_catalogue(archive, "sky", ALL)
    stored = catalogue.stored
    files = [str(stored.folder / "dataset" / part.place) for part in stored.parts]
    for place in places:
        cone(catalogue, *place, RADIUS_DEG)  # files open, as in a server that runs
    ours, found = timed(lambda ra, dec: cone(catalogue, ra, dec, RADIUS_DEG).num_rows, places)
    print(f"cones of {RADIUS_DEG}° on {catalogue.rows:,} rows, {np.mean(found):.1f} rows each; milliseconds")
    shown("comity, in the process", ours, ours)
    database = duckdb.connect()
    database.execute("SET parquet_metadata_cache = true; SET threads = 2")
    database.execute(f"CREATE VIEW sky AS SELECT * FROM read_parquet({files!r}, hive_partitioning = false)")

    def touched(ra: float, dec: float) -> str:
        """The files that a cone touches, as our own search knows them."""
        cover = cone_cover(ra, dec, RADIUS_DEG)
        ends = zip(stored.first, stored.after, files, strict=True)
        near = [file for a, b, file in ends if ((cover[:, 0] < b) & (cover[:, 1] > a)).any()]
        return f"read_parquet({near!r}, hive_partitioning = false)"

    some, fewer = places[: min(count, 200)], places[: min(count, 50)]
    timed(lambda ra, dec: by_ranges(database, ra, dec, touched(ra, dec)), some)
    theirs, counted = timed(lambda ra, dec: by_ranges(database, ra, dec, touched(ra, dec)), some)
    assert counted == found[: len(some)], "DuckDB finds other rows by ranges in the files that it is told"
    shown("DuckDB, ranges, told the files", theirs, ours)
    timed(lambda ra, dec: by_ranges(database, ra, dec, "sky"), fewer[:3])
    theirs, counted = timed(lambda ra, dec: by_ranges(database, ra, dec, "sky"), fewer)
    assert counted == found[: len(fewer)], "DuckDB finds other rows by ranges"
    shown("DuckDB, ranges, all files", theirs, ours)
    few = places[:5]
    whole, counted = timed(lambda ra, dec: by_scan(database, ra, dec), few)
    assert counted == found[: len(few)], "DuckDB finds other rows by a scan"
    shown("DuckDB, all rows", whole, ours)
    over_http(archive, places[: min(count, 300)], found, ours)


DISTANCE = (
    "2 * degrees(asin(least(1, sqrt(power(sin(radians(dec - {dec}) / 2), 2) + cos(radians({dec})) * cos(radians(dec)) "
    "* power(sin(radians(ra - {ra}) / 2), 2)))))"
)


def by_ranges(database: Any, ra: float, dec: float, source: str) -> int:
    """How many rows DuckDB finds when it is told the ranges of cells."""
    ranges = " OR ".join(f"_healpix_29 BETWEEN {a} AND {b - 1}" for a, b in cone_cover(ra, dec, RADIUS_DEG))
    away = DISTANCE.format(ra=ra, dec=dec)
    query = f"SELECT *, {away} AS away FROM {source} WHERE ({ranges}) AND {away} <= {RADIUS_DEG} ORDER BY away"
    return int(database.sql(query).to_arrow_table().num_rows)


def by_scan(database: Any, ra: float, dec: float) -> int:
    """How many rows DuckDB finds by the separation alone."""
    away = DISTANCE.format(ra=ra, dec=dec)
    query = f"SELECT *, {away} AS away FROM sky WHERE {away} <= {RADIUS_DEG} ORDER BY away"
    return int(database.sql(query).to_arrow_table().num_rows)


def over_http(archive: Archive, places: list[tuple[float, float]], found: list[int], ours: list[float]) -> None:
    """The same cones of a server in a process of its own, over one connection."""
    program = f"import sys; sys.argv = ['comity', 'archive', 'serve', {str(archive.folder)!r}, '--port', '0']; "
    program += "from comity.cli.app import main; main()"
    with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            address = server.stderr.readline().rsplit(" ", 1)[-1].strip()
            with httpx.Client(timeout=60) as client:

                def asked(ra: float, dec: float, kind: str) -> int:
                    parameters = {"RA": ra, "DEC": dec, "SR": RADIUS_DEG, "VERB": 3, "RESPONSEFORMAT": kind}
                    answer = client.get(f"{address}/scs/sky", params=parameters)
                    answer.raise_for_status()
                    return answer.text.count("\n") - 1 if kind == "csv" else len(answer.content)

                for kind in ("csv", "votable"):
                    timed(lambda ra, dec, kind=kind: asked(ra, dec, kind), places[: len(places) // 4])
                    times, counted = timed(lambda ra, dec, kind=kind: asked(ra, dec, kind), places)
                    assert kind != "csv" or counted == found[: len(places)], "the server finds other rows"
                    shown(f"comity, /scs over HTTP, {kind}", times, ours)
        finally:
            server.terminate()


def timed(ask: Callable[[float, float], int], places: list[tuple[float, float]]) -> tuple[list[float], list[int]]:
    """Milliseconds of each, and what came."""
    times, found = [], []
    for place in places:
        began = time.perf_counter()
        found.append(ask(*place))
        times.append((time.perf_counter() - began) * 1e3)
    return times, found


def shown(name: str, times: list[float], ours: list[float]) -> None:
    """Median, nine of ten, and how much longer than ours."""
    median, most = np.median(times), np.quantile(times, 0.9)
    print(f"  {name:32} median {median:9.2f}, 90 % {most:9.2f}, {median / np.median(ours):8.1f} times ours")


# --- matches ------------------------------------------------------------------------------------------------------------


def matches(scratch: Path, rows: int) -> None:
    """A cross-match of rows with what a second survey saw of them, and astropy's."""
    from astropy import units as u
    from astropy.coordinates import SkyCoord

    batches = list(drawn(rows))
    again = [seen_again(b, 2016.0, seed=n, error_mas=50.0) for n, b in enumerate(batches)]
    with archive_at(scratch / "match", "one", "two") as archive:
        for name, tables in (("one", batches), ("two", again)):
            write(iter(tables), scratch / f"{name}.parquet")
            ingest(archive, name, [scratch / f"{name}.parquet"], stated={"calib_level": 3})
            build(archive, name)
        one, two = (open_catalogue(archive, n, ALL) for n in ("one", "two"))
        wanted = (["source_id"], ["source_id"])
        began = time.perf_counter()
        ours = pa.concat_tables(list(crossmatch(one, two, Match(1.0), columns=wanted)))
        ours_s = time.perf_counter() - began
        began = time.perf_counter()
        here, there = (pa.concat_tables(list(c.all_rows(["source_id", "ra", "dec"]))) for c in (one, two))
        sky = [SkyCoord(t["ra"].to_numpy() * u.deg, t["dec"].to_numpy() * u.deg) for t in (here, there)]
        index, away, _ = sky[0].match_to_catalog_sky(sky[1])
        near = away.arcsec <= 1.0
        theirs_s = time.perf_counter() - began
    assert ours["source_id_one"].to_pylist() == here["source_id"].to_numpy()[near].tolist()
    assert ours["source_id_two"].to_pylist() == there["source_id"].to_numpy()[index[near]].tolist()
    print(
        f"{one.rows:,} rows matched with {two.rows:,} within 1 arcsec, the files read: {ours.num_rows:,} pairs, all alike"
    )
    print(f"  comity {ours_s:.2f} s; astropy {theirs_s:.2f} s, {theirs_s / ours_s:.2f} times ours")


# --- files --------------------------------------------------------------------------------------------------------------


def taking_in(scratch: Path, count: int) -> None:
    """Small images taken in, and astropy that reads their headers only."""
    from astropy.io import fits

    from tests.archive.samples import image

    folder = scratch / "images"
    folder.mkdir()
    for number in range(count):
        image(folder / f"{number}.fits", ra=number * 360.0 / count, target=f"T{number}")
    began = time.perf_counter()
    for file in sorted(folder.iterdir()):
        with fits.open(file) as units:
            assert units[0].header["OBJECT"]
    bare_s = time.perf_counter() - began
    with archive_at(scratch / "images-archive", "images") as archive:
        for workers in (1, 2):
            began = time.perf_counter()
            if workers == 2:
                for file in folder.iterdir():  # other bytes, or they would be known already
                    file.write_bytes(file.read_bytes().replace(b"'CAM     '", b"'CAM2    '", 1))
                began = time.perf_counter()
            done = ingest(
                archive, "images", [folder], stated={"calib_level": 2}, workers=workers, replaces="measured again"
            )
            spent = time.perf_counter() - began
            assert done.new + done.replaced == count, done
            print(
                f"{count:,} images taken in by {workers}: {count / spent:,.0f} a second; headers read by astropy "
                f"{count / bare_s:,.0f} a second, {spent / bare_s:.2f} times as fast as ours"
            )


if __name__ == "__main__":
    main()
