"""A journal's form on the record: what balances, what is an account, an amount, a date."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.funding.errors import FundingError
from comity.funding.ledger import Journal, Posting, Transaction, account_part
from comity.funding.ledger.journal import amount_text, check_transaction, from_minor, minor_units
from tests.funding.ledger.makers import BANK, INCOME, paid, transaction

BODY = paid("100.00").to_body()


def test_a_journal_goes_to_its_body_and_back():
    journal = Journal(
        "call-2026", (paid("100"), transaction((BANK, "5", "JPY"), (INCOME, "-5", "JPY"), links=("x/1",)))
    )
    again = Journal.from_body(journal.to_body())
    assert again == journal and again.name(1) == "call-2026/1"
    assert again.to_body() == journal.to_body()
    assert journal.to_body()["transactions"][1]["postings"][0] == [BANK, "5", "JPY"]


@given(
    units=st.integers(-(10**14), 10**14),
    currency=st.sampled_from(["EUR", "JPY", "KWD", "CLF"]).filter(lambda c: c != "CLF"),
)
def test_amounts_are_the_same_as_text_and_in_minor_units(units: int, currency: str):
    text = amount_text(from_minor(units, currency), currency) if abs(from_minor(units, currency)) <= 10**12 else None
    if text is not None:
        assert minor_units(text, currency) == units


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"postings": [[BANK, "100.00", "EUR"], [INCOME, "-99.99", "EUR"]]}, "does not balance: its postings in EUR sum to [+]0.01"),
        ({"postings": [[BANK, "100.00", "EUR"], [INCOME, "-100.00", "USD"]]}, "does not balance"),
        ({"postings": [[BANK, "100.00", "EUX"], [INCOME, "-100.00", "EUX"]]}, "not an ISO 4217 currency; did you mean"),
        ({"postings": [[BANK, "100", "EUR"], [INCOME, "-100", "EUR"]]}, "'100' EUR stands on the record as '100.00'"),
        ({"postings": [[BANK, "1.001", "EUR"], [INCOME, "-1.001", "EUR"]]}, "more than the 2 decimal places"),
        ({"postings": [[BANK, "-0.00", "EUR"], [INCOME, "0.00", "EUR"]]}, "without its sign"),
        ({"postings": [[BANK, "1e3", "EUR"], [INCOME, "-1e3", "EUR"]]}, "stands on the record as '1000.00'"),
        ({"postings": [[BANK, 100, "EUR"], [INCOME, -100, "EUR"]]}, "is not an amount; write it as text"),
        ({"postings": [[BANK, "9000000000000.00", "EUR"], [INCOME, "-9000000000000.00", "EUR"]]}, "is more than 1000000000000"),
        ({"postings": [["Asset:Bank", "1.00", "EUR"], [INCOME, "-1.00", "EUR"]]}, "'Asset' is no root; did you mean 'Assets'"),
        ({"postings": [["Assets:bank", "1.00", "EUR"], [INCOME, "-1.00", "EUR"]]}, "its part 'bank' is not of the form"),
        ({"postings": [["Assets", "1.00", "EUR"], [INCOME, "-1.00", "EUR"]]}, "of the form Bank"),
        ({"postings": [[BANK, "1.00", "EUR"]]}, "from 2 to 1,000 postings"),
        ({"postings": [[BANK, "1.00"], [INCOME, "-1.00", "EUR"]]}, "a posting is a list of account, amount and currency"),
        ({"postings": [[BANK, "1.00", ["EUR"]], [INCOME, "-1.00", "EUR"]]}, "a posting is a list of"),
        ({"postings": [[[BANK], "1.00", "EUR"], [INCOME, "-1.00", "EUR"]]}, "a posting is a list of"),
        ({"date": "2026-02-30"}, "'2026-02-30' is no date"),
        ({"date": "20260201"}, "is no date"),
        ({"narration": 5}, "the narration is text"),
        ({"links": ["a b"]}, "links are a list of words"),
        ({"colour": "red"}, "a map of date, narration and postings"),
    ],
)  # fmt: skip
def test_what_a_transaction_may_not_be(changes: dict[str, Any], said: str):
    with pytest.raises(FundingError, match=said):
        check_transaction({**BODY, **changes})


def test_the_error_names_the_transaction():
    body = {"key": "k", "transactions": [BODY, {**BODY, "date": "soon"}]}
    with pytest.raises(FundingError, match="transaction k/1: 'soon' is no date"):
        Journal.from_body(body)


@pytest.mark.parametrize("key", ["", "a b", "a/b", 5, "x" * 200])
def test_a_key_is_a_word(key: Any):
    with pytest.raises(FundingError, match="the key"):
        Journal.from_body({"key": key, "transactions": [BODY]})


def test_ids_make_parts_of_accounts():
    assert [account_part(i) for i in ("esa", "2026-call", "ariane_6")] == ["Esa", "2026-call", "Ariane-6"]
    with pytest.raises(FundingError, match="needs a letter or a digit"):
        account_part("_")


def test_a_reversal_is_the_exact_opposite():
    original = transaction((BANK, "7", "EUR"), (INCOME, "-7", "EUR"))
    opposite = original.reversed("k/0", on=date(2026, 2, 1))
    assert opposite == Transaction(
        date(2026, 2, 1),
        "Reverses k/0: a story",
        (Posting(BANK, Decimal(-7), "EUR"), Posting(INCOME, Decimal(7), "EUR")),
        ("k/0",),
    )
