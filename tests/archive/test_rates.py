"""Nobody uses up the server: requests are counted by who asks, and queries take turns."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from comity.api.archive_app import archive_app
from comity.api.service import Service
from comity.api.turns import Turns
from comity.archive.query import AT_ONCE, JOBS_AT_ONCE, QueryLimits
from comity.archive.rates import RateLimits, Rates, network_of
from tests.archive.samples import new_archive


@pytest.fixture
def archive(tmp_path):
    with new_archive(tmp_path / "archive") as made:
        yield made


def test_a_bucket_gives_a_burst_and_fills_again():
    now = [0.0]
    rates = Rates(RateLimits(per_second=2.0, burst=3, under_way=10), lambda: now[0])
    assert [rates.begin("a") for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert rates.begin("b") == 0.0  # another has a bucket of their own
    now[0] = 0.5
    assert rates.begin("a") == 0.0
    now[0] = 100.0
    assert [rates.begin("a") for _ in range(4)][3] > 0  # a long rest brings no more than the burst


def test_what_is_not_answered_yet_is_counted():
    rates = Rates(RateLimits(per_second=100.0, burst=100, under_way=2), lambda: 0.0)
    assert [rates.begin("a") for _ in range(3)] == [0.0, 0.0, 1.0]
    rates.end("a")
    assert rates.begin("a") == 0.0


def test_askers_of_one_network_count_together():
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2:ffff::") == "2001:db8:1:2::/64"
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1") == "192.0.2.1"


def test_too_much_is_429_by_address_and_by_partner_and_says_when_to_come_again(archive):
    now = [0.0]
    rates = Rates(RateLimits(per_second=0.1, burst=2), lambda: now[0])
    app = archive_app(Service(archive, "http://testserver", rates=rates))
    here, elsewhere = TestClient(app), TestClient(app, client=("192.0.2.7", 1))
    assert [here.get("/search.json").status_code for _ in range(3)] == [200, 200, 429]
    refused = here.get("/tap/sync")
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "10"
    assert "come again in 10 s" in refused.text
    assert "x-votable" in refused.headers["content-type"]
    assert here.get("/health").status_code == 200  # never limited
    assert elsewhere.get("/search.json").status_code == 200
    token = {"Authorization": "Bearer " + archive.register.new_token("csa", datetime(2099, 1, 1, tzinfo=UTC))}
    # A partner's requests count for the partner, wherever they come from; a token that is none counts for the address.
    assert [c.get("/search.json", headers=token).status_code for c in (here, elsewhere, here)] == [200, 200, 429]
    assert here.get("/search.json", headers={"Authorization": "Bearer x"}).status_code == 429
    now[0] = 10.0
    assert here.get("/search.json").status_code == 200


def test_bodies_of_what_is_not_answered_yet_are_bounded_together(archive, monkeypatch):
    monkeypatch.setattr("comity.api.archive_app.MOST_BODIES", 1_000)
    client = TestClient(archive_app(Service(archive, "http://testserver")))
    query = {"LANG": "ADQL", "QUERY": "SELECT COUNT(*) AS n FROM tap_schema.schemas"}
    for _ in range(30):  # what is answered is forgotten
        assert client.post("/tap/sync", data=query).status_code == 200
    refused = client.post("/tap/sync", data={**query, "RUNID": "x" * 1_000})
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")


def test_askers_take_turns_and_one_never_has_all_places():
    async def played() -> tuple[list[str], int]:
        turns, done, most, ends = Turns(at_once=3, each=2), [], [0, 0], asyncio.Event()

        async def ask(who: str) -> None:
            async with turns.turn(who):
                most[0] += who == "many"
                most[1] = max(most)
                await ends.wait()
                most[0] -= who == "many"
                done.append(who)

        asked = [asyncio.create_task(ask("many")) for _ in range(20)]
        await asyncio.sleep(0)
        asked.append(asyncio.create_task(ask("one")))
        gone = asyncio.create_task(ask("gone"))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        ends.set()
        await asyncio.gather(*asked)
        return done, most[1]

    done, most = asyncio.run(played())
    assert most == 2
    assert len(done) == 21
    assert done.index("one") < 3


def test_all_queries_together_take_half_of_the_memory_at_most():
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert (AT_ONCE + JOBS_AT_ONCE) * QueryLimits().memory_bytes <= whole / 2
    assert QueryLimits().memory_bytes <= 2 * 2**30
