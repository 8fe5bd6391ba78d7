"""Many processes post to one ledger at once and are killed meanwhile: nothing is lost, nothing is doubled."""

from collections import Counter
from pathlib import Path

import pytest

from comity.funding.ledger.book import Book
from comity.records import open_record
from tests.funding.ledger.makers import BANK, INCOME, LANDER
from tests.funding.ledger.writers import AGAIN, POSTED, SHORT, begin, storm
from tests.record.postgres import Cluster


def check(place: str, said: dict[str, list[str]], *, cash: int, wanted: int) -> None:
    """The record holds what was said to be posted, once each, and there was cash for all of it and for no more."""
    with open_record(place) as record:
        state, refused = record.state, {r.index for r in record.refusals}
        counted = Counter(
            e.body["journal"]["key"] for n, e in record.numbered() if e.kind == "ledger.post" and n not in refused
        )
        with Book.open(record.log, state, "pool") as book:
            balances = book.balances()
    assert set(counted.values()) == {1}, "doubled"
    assert counted.keys() == {k.removeprefix("pool/") for k in state.section("ledger_journals")}
    assert len(said) == wanted
    for key, outcomes in said.items():
        assert outcomes.count(POSTED) <= 1
        assert (key in counted) == (POSTED in outcomes or AGAIN in outcomes), (key, outcomes)
    posted = len(counted) - 1
    assert posted == min(wanted, cash // 20), "all cash was spent, by whoever came first"
    assert balances.get((BANK, "EUR"), 0) == cash - 20 * posted >= 0
    assert balances[LANDER, "EUR"] == 30 * posted and balances[INCOME, "EUR"] == -cash - 10 * posted
    assert sum(balances.values()) == 0
    assert SHORT in {o for outcomes in said.values() for o in outcomes} or posted == wanted


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_eight_writers_on_sqlite_through_kills(tmp_path: Path):
    place = str(tmp_path / "trial.record")
    begin(place, cash="1200")
    said = storm(place, tmp_path, writers=8, each=12, kills=40, seed=8)
    check(place, said, cash=1200, wanted=96)


def test_fifty_writers_on_postgresql_through_kills(postgres: Cluster, tmp_path: Path):
    place = postgres.new_schema()
    begin(place, cash="3000")
    said = storm(place, tmp_path, writers=50, each=4, kills=60, seed=50)
    check(place, said, cash=3000, wanted=200)
