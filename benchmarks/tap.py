"""TAP with many who ask at once, while one query would never end.

    python -m benchmarks.tap [--queries 1000] [--repeats 3] [--runaways 1]

A server of its own process (`comity archive serve`) has the archive of samples (`comity archive demo`). So many short queries, of four
kinds, are sent at the same moment over as many connections; before them go runaways, joins of a catalogue with itself ten times over,
from other addresses of the loopback (127.0.0.2 and on). Each answer is compared with the one that its query has alone. Prints errors,
the median, 99th percentile and longest time from sending to the last byte, answers a second, when each runaway was ended and how, and the
most memory that the server had. There is no peer: other TAP servers want a database server or Java beside them.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx

from comity.archive.demo import demo

QUERIES = (
    "SELECT COUNT(*) AS n FROM ivoa.obscore",
    "SELECT TOP 5 obs_id, s_ra, s_dec, t_min FROM ivoa.obscore ORDER BY obs_id",
    "SELECT table_name FROM tap_schema.tables ORDER BY table_name",
    'SELECT TOP 10 * FROM catalogues."planetary-nebulae" ORDER BY 1',
)
_NEBULAE = ", ".join(f'catalogues."planetary-nebulae" {n}' for n in "abcdefghij")
RUNAWAY = (
    f"SELECT COUNT(*) AS n FROM {_NEBULAE} WHERE " + " + ".join(f"SIN({n}._healpix_29)" for n in "abcdefghij") + " = 20"
)
#: Longer than the longest that a query may take.
PATIENCE_S = 600.0


@dataclass(frozen=True, slots=True)
class Asked:
    """How a query went: the status (0 when no answer came), seconds till the last byte, and the answer."""

    status: int
    seconds: float
    body: str


async def ask(client: httpx.AsyncClient, query: str) -> Asked:
    """A query that is waited for."""
    began = time.perf_counter()
    try:
        answer = await client.post("/tap/sync", data={"LANG": "ADQL", "QUERY": query, "RESPONSEFORMAT": "csv"})
    except httpx.HTTPError as error:
        return Asked(0, time.perf_counter() - began, repr(error))
    return Asked(answer.status_code, time.perf_counter() - began, answer.text)


def client(url: str, address: str = "127.0.0.1") -> httpx.AsyncClient:
    """Somebody at an address, with as many connections as they wish."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    transport = httpx.AsyncHTTPTransport(limits=limits, local_address=address)
    return httpx.AsyncClient(base_url=url, transport=transport, timeout=PATIENCE_S)


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, int]]:
    """The address and the process of a server."""
    command = [
        sys.executable,
        "-c",
        "from comity.cli.app import main; main()",
        "archive",
        "serve",
        str(folder),
        "--port",
        "0",
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        yield process.stderr.readline().partition(": ")[2].strip(), process.pid
    finally:
        process.terminate()
        process.wait()


async def together(url: str, count: int, runaways: int) -> tuple[list[Asked], list[Asked], list[str]]:
    """The short ones, the runaways, and what is wrong with answers."""
    async with client(url) as many:
        alone = [(await ask(many, q)).body for q in QUERIES]
        others = [client(url, f"127.0.0.{n + 2}") for n in range(runaways)]
        endless = [asyncio.create_task(ask(other, RUNAWAY)) for other in others]
        await asyncio.sleep(0.5 if runaways else 0)  # they run
        found = await asyncio.gather(*(ask(many, QUERIES[n % len(QUERIES)]) for n in range(count)))
        wrong = [
            f"{a.status}: {a.body[:200]}"
            for n, a in enumerate(found)
            if a.status != 200 or a.body != alone[n % len(QUERIES)]
        ]
        ended = await asyncio.gather(*endless)
        for other in others:
            await other.aclose()
    return found, ended, wrong


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--runaways", type=int, default=1)
    given = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as place:
        archive, _ = demo(Path(place) / "demo.archive")
        archive.close()
        with server(archive.folder) as (url, process):
            for _ in range(given.repeats):
                began = time.perf_counter()
                found, ended, wrong = asyncio.run(together(url, given.queries, given.runaways))
                times = sorted(a.seconds for a in found)
                late, last = times[int(0.99 * (len(times) - 1))], times[-1]
                failed = failed or bool(wrong)
                print(f"{len(found)} at once: {len(wrong)} errors; median {statistics.median(times):.2f} s, 99 % within {late:.2f} s, "
                      f"all within {last:.2f} s: {len(found) / last:.0f} answers/s")  # fmt: skip
                for problem, count in Counter(wrong).most_common(3):
                    print(f"  {count} × {problem}")
                for one in ended:
                    told = one.body.partition('value="ERROR">')[2].partition("<")[0] or one.body[:100]
                    print(f"  a runaway was ended after {one.seconds:.1f} s with {one.status}: {told}")
                print(
                    f"  {time.perf_counter() - began:.0f} s in all; the server had {peak_mib(process):.0f} MiB at most"
                )
    raise SystemExit(failed)


def peak_mib(process: int) -> float:
    """The most memory that a process ever had [MiB]."""
    (line,) = (t for t in Path(f"/proc/{process}/status").read_text().splitlines() if t.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
