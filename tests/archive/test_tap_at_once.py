"""Many who ask TAP at once, one query that would never end, one who does not wait; and astroquery."""

from __future__ import annotations

import asyncio
import threading
import time

import httpx2 as httpx
import pytest
from astroquery.utils.tap.core import TapPlus

from comity.archive.tap import request
from tests.archive.serving import served
from tests.archive.virtual_observatory import observatory

COUNT = 'SELECT COUNT(*) AS n FROM catalogues."stars-1"'
ENDLESS = "SELECT SUM(SIN(a.mag * b.mag + c.mag - d.mag)) AS s FROM " + ", ".join(
    f'catalogues."stars-1" {n}' for n in "abcd"
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    with observatory(tmp_path_factory.mktemp("tap")) as made:
        yield made


@pytest.fixture(scope="module")
def url(archive):
    with served(archive) as base:
        yield base


def asked(query: str) -> dict[str, str]:
    return {"LANG": "ADQL", "QUERY": query, "RESPONSEFORMAT": "csv"}


def test_fifty_at_once_are_answered_while_endless_ones_are_cut(url, monkeypatch):
    monkeypatch.setattr("comity.api.tap.SYNC_S", 2.0)

    async def all_of_them():
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as client:
            endless = [asyncio.create_task(client.post("/tap/sync", data=asked(ENDLESS))) for _ in range(4)]
            short = await asyncio.gather(*(client.post("/tap/sync", data=asked(COUNT)) for _ in range(50)))
            return short, await asyncio.gather(*endless)

    short, endless = asyncio.run(all_of_them())
    assert {(a.status_code, a.text.split()[-1]) for a in short} == {(200, "5000")}
    assert {a.status_code for a in endless} == {400}
    assert all("longer than 2 s" in a.text for a in endless)


def test_another_is_answered_while_one_has_many_endless_queries(url):
    async def both():
        transport = httpx.AsyncHTTPTransport(local_address="127.0.0.9")
        limits = httpx.Limits(max_connections=None)
        async with (
            httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as many,
            httpx.AsyncClient(base_url=url, timeout=120, transport=transport) as other,
        ):
            endless = [asyncio.create_task(many.post("/tap/sync", data=asked(ENDLESS))) for _ in range(8)]
            await asyncio.sleep(0.5)
            answer = await other.post("/tap/sync", data=asked(COUNT))
            # The first of the eight would go on for a minute.
            ended = [e for e in endless if e.done()]
            for one in endless:
                one.cancel()
            return answer, ended

    answer, ended = asyncio.run(both())
    assert answer.text.split()[-1] == "5000"
    assert ended == []


def test_a_query_ends_when_nobody_waits_for_it(url):
    def running() -> int:
        return sum(t.name == "comity-query-watch" for t in threading.enumerate())

    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{url}/tap/sync", data=asked(ENDLESS), timeout=1.5)
    end = time.monotonic() + 15  # far below the limit of 60 s
    while running() and time.monotonic() < end:
        time.sleep(0.1)
    assert request.SYNC_S == 60
    assert running() == 0


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # astroquery leaves its connections open
def test_astroquery_lists_tables_and_asks_waiting_and_not(url):
    tap = TapPlus(url=f"{url}/tap")
    names = {t.name for t in tap.load_tables(only_names=True)}
    assert {'catalogues."stars-1"', "ivoa.obscore", "tap_schema.columns"} <= names
    assert not any("hidden" in name for name in names)
    query = "SELECT obs_id, s_ra FROM ivoa.obscore WHERE obs_collection = 'sky' ORDER BY s_ra"
    for launch in (tap.launch_job, tap.launch_job_async):
        found = launch(query).get_results()
        assert [str(n) for n in found["obs_id"]] == [f"m{n}.fits" for n in range(5)]
        assert str(found["s_ra"].unit) == "deg"
