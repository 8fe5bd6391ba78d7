"""A copy of a record, and the record that it is of, each have the balances of their own entries."""

import shutil

from comity.funding.ledger.book import Book
from comity.funding.ledger.client import post_journal
from comity.record import SigningKey
from comity.records import Founder, open_record

KEY = SigningKey.from_seed(bytes(32))


def posted(place, key, amount):
    postings = [["Assets:Bank:Main", amount, "EUR"], ["Income:Contributions:Esa", f"-{amount}", "EUR"]]
    journal = {"key": key, "transactions": [{"date": "2026-01-05", "narration": "", "postings": postings}]}
    with open_record(place) as record:
        post_journal(record, "pool", journal, author="esa", keys=[KEY])


def held(place):
    with open_record(place) as record, Book.open(record.log, record.state, "pool") as book:
        return {a: str(v) for (a, _), v in book.balances().items()}.get("Assets:Bank:Main", "0.00")


def test_a_copy_and_its_original_do_not_show_each_others_postings(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    one, other = tmp_path / "a.record", tmp_path / "c.record"
    with open_record(one, create=True) as record:
        record.open_with("trial", {"esa": Founder((KEY,))})
        opening = {"ledger": "pool", "currency": "EUR", "treasurers": ["esa"], "from": "2026-01-01"}
        record.write("ledger.open", opening, author="esa", keys=[KEY])
        accounts = {"Assets:Bank:Main": {}, "Income:Contributions:Esa": {}}
        record.write("ledger.account", {"ledger": "pool", "opens": accounts}, author="esa", keys=[KEY])
    posted(one, "first", "12.00")
    assert held(one) == "12.00"
    shutil.copy(one, other)
    posted(other, "second", "11.00")
    assert (held(other), held(one)) == ("23.00", "12.00")
    older = tmp_path / "older"
    shutil.copy(one, older)
    posted(one, "third", "1.00")
    assert held(one) == "13.00"
    for suffix in ("-wal", "-shm"):
        (tmp_path / f"a.record{suffix}").unlink(missing_ok=True)
    shutil.copy(older, one)  # restored from a backup, at the same place
    assert held(one) == "12.00"
