"""An open record: what others put on it, or put first, does not stop those who use it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from comity.record import BadEntry, Refused, SigningKey
from comity.record.entry import sign
from comity.records import Founder, Record, open_record

ESA = SigningKey.from_seed(b"e" * 32)
CSA = SigningKey.from_seed(b"c" * 32)


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with open_record(tmp_path / "trial.record", create=True) as found:
        found.open_with("trial", {"esa": Founder((ESA,)), "csa": Founder((CSA,))}, at=datetime(2025, 1, 1, tzinfo=UTC))
        yield found


def complain(record: Record, name: str = "late") -> None:
    record.write("dispute.open", {"dispute": name, "against": ["csa"], "claim": "late"}, author="esa", keys=[ESA])


def test_what_is_no_entry_stops_nobody(record: Record) -> None:
    before = record.as_of(datetime(2025, 1, 2, tzinfo=UTC)).state.digest()
    record.log.append([b"no entry"])
    complain(record)
    assert record.as_of(datetime(2025, 1, 2, tzinfo=UTC)).state.digest() == before
    assert [index for index, _ in record.numbered()] == [0, 2]
    assert [r.index for r in record.refusals] == [1]


def test_an_entry_dated_ahead_stops_nobody(record: Record) -> None:
    body = {"dispute": "ahead", "against": ["esa"], "claim": "in time to come"}
    ahead = record.draft("dispute.open", body, author="csa", at=datetime(2999, 1, 1, tzinfo=UTC))
    record.log.append([sign(ahead, [CSA]).to_bytes()])
    complain(record)
    assert record.refusals == []


def test_no_entry_is_of_a_time_at_which_calendars_end(record: Record) -> None:
    with pytest.raises(BadEntry, match="no time to sign"):
        sign(record.draft("party.leave", {}, author="csa", at=datetime(9999, 1, 1, tzinfo=UTC)), [CSA])


def test_who_comes_second_is_told(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    append = record.log.append

    def late(leaves: list[bytes]) -> list[int]:
        with open_record(record.log.store.place) as other:
            complain(other)
        return append(leaves)

    monkeypatch.setattr(record.log, "append", late)
    monkeypatch.setattr(record.log, "append_next", lambda leaf, size: False)
    monkeypatch.setattr("comity.records._at", lambda at: at or datetime(2025, 6, 1, tzinfo=UTC))
    with pytest.raises(Refused, match="another entry came first"):
        record.write(
            "dispute.open", {"dispute": "late", "against": ["esa"], "claim": "not late"}, author="csa", keys=[CSA]
        )
    assert len(record) == 3


def test_what_another_wrote_meanwhile_is_looked_at_before_anything_is_written(record: Record) -> None:
    body = {"dispute": "late", "against": ["esa"], "claim": "not late"}
    with open_record(record.log.store.place) as other:
        complain(other)
    with pytest.raises(Refused, match="already"):
        record.write("dispute.open", body, author="csa", keys=[CSA])
    assert len(record) == 2
    with open_record(record.log.store.place) as other:
        complain(other, "later")
    record.write("dispute.open", {**body, "dispute": "another"}, author="csa", keys=[CSA])
    assert len(record) == 4
    assert record.refusals == []
    assert record.state.digest() == record.anew().state.digest()


def test_a_writer_who_wrote_last_asks_nobody_what_there_is(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record.log, "append", lambda leaves: pytest.fail("it was appended the long way"))
    complain(record, "one")
    complain(record, "two")
    assert [entry.body["dispute"] for entry in record.entries(1)] == ["one", "two"]


@pytest.mark.parametrize(
    "kind, body",
    [
        ("dispute.open", {"dispute": "x", "against": [{}], "claim": "c"}),
        ("programme.change", {"put": []}),
        ("programme.change", {"remove": 5}),
        ("programme.change", {"put": {"a.yaml#": {"text": "", "after": []}}}),
        ("decision.propose", {"decision": [], "body": {}}),
    ],
)
def test_nonsense_is_refused_by_what_is_wrong_with_it(record: Record, kind: str, body: dict[str, object]) -> None:
    with pytest.raises(Refused) as refused:
        record.write(kind, body, author="esa", keys=[ESA])
    assert "comity failed" not in str(refused.value)
