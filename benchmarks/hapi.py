"""HAPI beside what its work comes to: the same Parquet columns read into memory, and pandas' to_csv.

    python -m benchmarks.hapi [--records 10000000] [--repeats 3]

A NetCDF file of so many records (a time, a vector of three doubles, a flag: drawn, seed 1) is taken into an archive and its series
made; a server of its own process answers over the loopback. Prints records a second and ratios, the time to the first byte, and what
memory the server took for a tenth of the records and for all. The values that came are compared with those that went in.
"""

from __future__ import annotations

import argparse
import http.client
import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import xarray

from comity.archive import Archive, Dataset, Everything, Settings, create, ingest
from comity.archive.hapi import Holdings, data_request, stream, warm
from comity.archive.hapi.encoding import record_layout
from comity.archive.hapi.times import begin, end
from comity.archive.series import build_series
from comity.archive_rules import governed

START = np.datetime64("2020-01-01", "ns")


def best(work: Callable[[], Any], repeats: int) -> float:
    """The shortest of some runs [s]."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def made(folder: Path, records: int) -> tuple[Archive, np.ndarray, np.ndarray]:
    """An archive with one product of so many records, ten a second."""
    draw = np.random.default_rng(1)
    field = draw.normal(scale=5.0, size=(records, 3))
    flag = draw.integers(0, 4, records, dtype=np.int32)
    data = xarray.Dataset(
        {"B": (("time", "axis"), field, {"units": "nT"}), "flag": ("time", flag)},
        {"time": ("time", np.arange(records) * 100, {"units": "milliseconds since 2020-01-01"})},
    )
    data.to_netcdf(folder / "field.nc", engine="h5netcdf")
    archive = create(
        folder / "archive", Settings(title="Benchmark", publisher="ESA", host="esa", authority="esa.example")
    )
    dataset = Dataset(id="field", title="Field", creators=[{"name": "ESA"}], owner="esa", access="open")  # type: ignore[list-item]
    archive.register.put_dataset(dataset, governed(archive).access(dataset))
    assert ingest(archive, "field", [folder / "field.nc"]).new == 1
    began = time.perf_counter()
    assert build_series(archive, "field").made == 1
    print(f"series made from NetCDF: {records / (time.perf_counter() - began) / 1e6:.1f} million records/s")
    return archive, field, flag


def consumed(archive: Archive, form: str, share: float = 1.0) -> int:
    """Bytes of an answer made in this process."""
    seen = Holdings(archive).seen(Everything(), datetime.now(UTC))
    held = seen["field"]
    stop = held.start_ns + int((held.stop_ns - held.start_ns) * share) if share < 1 else held.stop_ns
    asked = {"dataset": "field", "start": begin(held.start_ns), "stop": end(stop), "format": form}
    return sum(len(block) for block in stream(archive, data_request(asked, seen))[1])


def fetched(port: int, form: str, records: int, keep: bool = False) -> tuple[float, float, int, bytes]:
    """Seconds to the first byte and to the last, bytes, and the bytes themselves if they are to be kept."""
    stop = str(START + np.timedelta64(100_000_000, "ns") * (records - 1) + np.timedelta64(1_000_000, "ns"))[:23]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    began = time.perf_counter()
    connection.request("GET", f"/hapi/data?dataset=field&start=2020-01-01Z&stop={stop}Z&format={form}")
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    blocks, total = [answer.read(1)], 1
    first = time.perf_counter() - began
    while block := answer.read(2**20):
        total += len(block)
        if keep:
            blocks.append(block)
    return first, time.perf_counter() - began, total, b"".join(blocks)


def peak_mib(process: int) -> float:
    """The most memory that a process ever had [MiB]."""
    (line,) = (t for t in Path(f"/proc/{process}/status").read_text().splitlines() if t.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def served(archive: Archive, field: np.ndarray, flag: np.ndarray, repeats: int) -> float:
    """What a server of its own process does; the time of all records in binary [s]."""
    records = len(flag)
    command = [
        sys.executable,
        "-c",
        "from comity.cli.app import main; main()",
        "archive",
        "serve",
        str(archive.folder),
        "--port",
        "0",
    ]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        port = int(server.stderr.readline().rsplit(":", 1)[1])
        firsts = []
        for _ in range(30):
            try:
                firsts.append(fetched(port, "csv", 1000)[0])
            except ConnectionRefusedError:
                time.sleep(0.2)
        fetched(port, "binary", records // 10)
        before = peak_mib(server.pid)
        whole = [fetched(port, "binary", records) for _ in range(repeats)]
        print(
            f"first byte: median {1e3 * np.median(firsts[1:]):.1f} ms, of all records {1e3 * min(w[0] for w in whole):.1f} ms"
        )
        print(f"memory of the server: {before:.0f} MiB after a tenth, {peak_mib(server.pid):.0f} MiB after all")
        layout = record_layout(Holdings(archive).seen(Everything(), datetime.now(UTC))["field"].parameters)
        got = np.frombuffer(fetched(port, "binary", records // 10, keep=True)[3], layout)
        assert (got["f1"] == field[: len(got)]).all() and (got["f2"] == flag[: len(got)]).all()
        return min(w[1] for w in whole)
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        archive, field, flag = made(Path(folder), given.records)
        with archive:
            warm()
            (part,) = (archive.folder / "series" / "field").glob("*.parquet")
            n = given.records
            read = best(lambda: pq.read_table(part), given.repeats)
            size = consumed(archive, "binary")
            binary = best(lambda: consumed(archive, "binary"), given.repeats)
            over_http = served(archive, field, flag, given.repeats)
            print(f"columns read into memory: {read:.2f} s")
            for name, taken in (("binary, made", binary), ("binary, over HTTP", over_http)):
                print(f"{name}: {taken:.2f} s, {n / taken / 1e6:.1f} million records/s, {size / taken / 1e6:.0f} MB/s, "
                      f"{100 * read / taken:.0f} % of reading")  # fmt: skip
            csv = best(lambda: consumed(archive, "csv", 0.1), given.repeats)
            table = pd.DataFrame(field[: n // 10], columns=["x", "y", "z"])
            table.insert(0, "time", START + np.arange(len(table)) * np.timedelta64(100_000_000, "ns"))
            table["flag"] = flag[: len(table)]
            peer = best(lambda: table.to_csv(io.StringIO(), index=False, header=False), 1)
            print(f"CSV of {n // 10:,}: {csv:.2f} s; pandas' to_csv {peer:.2f} s: {peer / csv:.1f} times as fast")


if __name__ == "__main__":
    main()
