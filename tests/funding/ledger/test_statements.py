from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.funding import FundingError
from comity.funding.ledger.book import Book
from comity.funding.ledger.cash_flow import cash_flow, flows, shares
from comity.funding.ledger.headings import Subject, is_cash, spaced
from comity.funding.ledger.journal import Posting, Transaction
from comity.funding.ledger.partner_statement import partner_statement
from comity.funding.ledger.periods import period_before, year_before
from comity.funding.ledger.rates import read_rates
from comity.funding.ledger.statement import Statement, less, total, translated
from comity.funding.ledger.statements import (
    budget,
    income,
    position,
    trial_balance,
)
from comity.records import open_record
from tests.funding.ledger.example_ledger import LEDGER, NAMES, open_example

START, END = date(2025, 1, 1), date(2025, 12, 31)


@pytest.fixture(scope="module")
def of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    place = tmp_path_factory.mktemp("fund") / "pool.record"
    open_example(place)
    with open_record(place) as record, Book.as_of(record.log, record.state, LEDGER) as book:
        yield Subject(book, ledger=LEDGER, currency="EUR", called=NAMES)


def figure(found: Statement, table: str, row: str, measure: str) -> Mapping[str, str]:
    return {c: f"{a:f}" for c, a in found[table][row].figures[measure].items()}


def test_a_trial_balance_has_the_same_debits_and_credits_in_each_currency(of: Subject) -> None:
    found = trial_balance(of, END)
    sums = found["accounts"]["total"].figures
    assert sums["debit"] == sums["credit"] and set(sums["debit"]) == {"EUR", "GBP", "JPY", "SEK"}
    lines = [r for r in found["accounts"].rows if r.kind == "line"]
    assert total(r.figures["debit"] for r in lines) == sums["debit"]
    assert figure(found, "accounts", "Assets:Bank:Main", "debit") == {"EUR": "56549499.00"}
    assert found["accounts"]["Equity:Exchange"].figures["credit"] == {"EUR": Decimal("10000000.00")}


def test_income_is_told_by_partner_and_spending_by_mission_with_the_year_before_beside(of: Subject) -> None:
    found = income(of, START, END)
    assert found.earlier == (date(2024, 1, 1), date(2024, 12, 31))
    assert figure(found, "income", "Income:Contributions:Dlr", "period") == {"EUR": "49440000.00"}
    assert figure(found, "income", "Income:Contributions:Dlr", "earlier") == {"EUR": "48000000.00"}
    assert found["income"]["Income:Contributions:Dlr"].label == "German Aerospace Center"
    # 49.44 + 40.17 million called, 6.4 and 2.4 in kind.
    assert found["income"]["total-income"].amount("period", "EUR") == Decimal("98410000.00")
    # Orbiter 27.72, ground 7.3102505, descent 15.6, spectrometer 6.4, launch 2.4.
    assert found["income"]["total-expenditure"].amount("period", "EUR") == Decimal("59430250.50")
    assert found["income"]["surplus"].amount("period", "EUR") == Decimal("38979749.50")
    assert figure(found, "income", "Polar lander", "period") == {"EUR": "22000000.00", "GBP": "4875000.25"}


def test_assets_less_liabilities_are_the_net_assets_in_every_currency(of: Subject) -> None:
    found = position(of, END)
    for measure in ("period", "earlier"):
        have, owe, own = (
            found["position"][key].figures[measure] for key in ("total-assets", "total-liabilities", "net-assets")
        )
        assert {c: a for c, a in less(have, owe).items() if a} == own
    assert found.earlier == (None, date(2024, 12, 31))
    assert figure(found, "position", "Assets:Receivable:Snsa", "earlier") == {"SEK": "22730000.00"}
    assert "budget" not in str(found.to_dict()).lower()


def test_cash_at_the_beginning_and_what_came_and_went_is_cash_at_the_end(of: Subject) -> None:
    found = cash_flow(of, START, END)
    rows = found["activities"]
    assert figure(found, "activities", "closing", "period") == {
        "EUR": "96549499.00",
        "GBP": "12985999.50",
        "JPY": "328500000",
        "SEK": "40000000.00",
    }
    nets = [rows[key].figures["period"] for key in ("net-operating", "net-exchange")]
    held = {c: a for c, a in total((rows["opening"].figures["period"], *nets)).items() if a}
    assert held == rows["closing"].figures["period"]
    assert rows["closing"].figures["earlier"] == rows["opening"].figures["period"]
    assert rows["operating/Contributions of partners/Swedish National Space Agency"].figures["earlier"] == {
        "SEK": Decimal("40000000.00")
    }
    for row in found["accounts"].rows:
        parts = (row.figures[m] for m in ("opening", "receipts", "payments", "between"))
        assert {c: a for c, a in total(parts).items() if a} == row.figures["closing"]
    assert not any(found["accounts"]["total"].figures["between"].values())
    assert figure(found, "accounts", "Assets:Escrow:Descent-stage", "between") == {"EUR": "20000000.00"}


def test_months_of_a_cash_flow_lead_from_the_opening_to_the_closing(of: Subject) -> None:
    months = cash_flow(of, START, END)["months"]
    assert [r.key for r in months.rows] == [f"2025-{n:02}" for n in range(1, 13)]
    assert months.rows[-1].amount("closing", "EUR") == Decimal("96549499.00")
    assert months["2025-03"].amount("receipts", "GBP") == Decimal("11536000.00")


def test_a_partner_s_statement_leads_from_what_it_owed_to_what_it_owes(of: Subject) -> None:
    found = partner_statement(of, "snsa", date(2024, 1, 1), END)
    account = found["account"]
    # 61.5 + 63.345 million called, 1.23 of interest, 40 paid.
    assert figure(found, "account", "called", "amount") == {"SEK": "124845000.00"}
    assert figure(found, "account", "interest", "amount") == {"SEK": "1230000.00"}
    assert figure(found, "account", "paid", "amount") == {"SEK": "-40000000.00"}
    assert figure(found, "account", "closing", "amount") == {"SEK": "86075000.00"}
    assert "other" not in account
    # The payment settled a part of the first call: 21.5 million of it and the interest are older than a year.
    assert figure(found, "outstanding", "more than a year", "amount") == {"SEK": "22730000.00"}
    assert figure(found, "outstanding", "91 to 365 days", "amount") == {"SEK": "63345000.00"}
    assert [r.amount("balance", "SEK") for r in found["entries"].rows] == [
        Decimal(n) for n in ("61500000.00", "62730000.00", "22730000.00", "86075000.00")
    ]


def test_a_partner_s_statement_tells_what_it_gave_in_kind_paid_ahead_and_bartered(of: Subject) -> None:
    jaxa = partner_statement(of, "jaxa", START, END, missions=["lander"])
    assert figure(jaxa, "giving", "in-kind", "ever") == {"EUR": "12800000.00"}
    assert figure(jaxa, "giving", "Equity:Barter:Jaxa:Dlr", "period") == {"EUR": "-2400000.00"}
    assert figure(jaxa, "missions", "Polar lander", "period") == {"EUR": "15600000.00", "GBP": "4875000.25"}
    assert "Lunar relay" not in jaxa["missions"]
    dlr = partner_statement(of, "dlr", START, END)
    assert figure(dlr, "giving", "Equity:Barter:Dlr:Jaxa", "period") == {"EUR": "2400000.00"}
    cnes = partner_statement(of, "cnes", START, END)
    assert figure(cnes, "account", "advances", "amount") == {"EUR": "-5000000.00"}
    assert figure(cnes, "account", "closing", "amount") == {"EUR": "-5000000.00"}


def test_a_budget_is_available_committed_or_spent(of: Subject) -> None:
    found = budget(of, END)
    assert figure(found, "missions", "Lunar relay", "appropriated") == {"EUR": "104000000.00"}
    assert figure(found, "missions", "Lunar relay", "available") == {"EUR": "20000000.00"}
    assert figure(found, "missions", "Lunar relay", "spent") == figure(found, "missions", "Lunar relay", "booked")
    camera = found["commitments"]["Equity:Budget:Committed:Lander:Camera"]
    assert camera.label == "Polar lander: Camera"
    assert {m: str(by["GBP"]) for m, by in camera.figures.items()} == {
        "committed": "12000000.00",
        "paid": "9750000.50",
        "open": "2249999.50",
    }


@pytest.mark.parametrize(
    ("start", "end", "earlier"),
    [
        ("2025-01-01", "2025-12-31", ("2024-01-01", "2024-12-31")),
        ("2025-03-01", "2025-03-31", ("2025-02-01", "2025-02-28")),
        ("2025-01-01", "2025-06-30", ("2024-07-01", "2024-12-31")),
        ("2025-01-10", "2025-01-19", ("2024-12-31", "2025-01-09")),
    ],
)
def test_the_period_before_is_as_long(start: str, end: str, earlier: tuple[str, str]) -> None:
    found = period_before(date.fromisoformat(start), date.fromisoformat(end))
    assert tuple(d.isoformat() for d in found) == earlier


@pytest.mark.parametrize(
    ("on", "before"), [("2025-12-31", "2024-12-31"), ("2025-02-28", "2024-02-29"), ("2024-02-29", "2023-02-28")]
)
def test_a_year_before_a_month_s_end_is_that_month_s_end(on: str, before: str) -> None:
    assert year_before(date.fromisoformat(on)) == date.fromisoformat(before)


def test_a_period_that_ends_before_it_begins_is_no_period(of: Subject) -> None:
    for make in (income, cash_flow):
        with pytest.raises(FundingError, match="before it begins"):
            make(of, END, START)
    with pytest.raises(FundingError, match="did you mean 'snsa'"):
        partner_statement(of, "snasa", START, END)


def test_names_are_words() -> None:
    assert [spaced(p) for p in ("GroundSegment", "Descent-stage", "NASA-ESA")] == [
        "Ground segment", "Descent stage", "NASA ESA"]  # fmt: skip


# --- cash of any transaction -----------------------------------------------------------------------------------------------

ACCOUNTS = st.sampled_from([
    "Assets:Bank:A", "Assets:Bank:B", "Assets:Escrow:C", "Assets:Receivable:P", "Liabilities:Advance:P", "Expenses:M:E",
    "Income:Contributions:P", "Equity:Budget:Spent:M", "Equity:Budget:Committed:M:C", "Equity:Exchange",
])  # fmt: skip


@st.composite
def transactions(draw: Any) -> Transaction:
    """Balanced in each currency, budget control by itself too."""
    postings: list[Posting] = []
    for currency in draw(st.sets(st.sampled_from(["EUR", "JPY"]), min_size=1)):
        places = 0 if currency == "JPY" else -2
        for accounts in (
            draw(st.lists(ACCOUNTS.filter(lambda a: "Budget" not in a), min_size=2, max_size=6)),
            draw(st.lists(ACCOUNTS.filter(lambda a: "Budget" in a), min_size=2, max_size=2)) * draw(st.integers(0, 1)),
        ):
            left = 0
            for account in accounts[:-1]:
                units = draw(st.integers(-100_000, 100_000))
                left += units
                postings.append(Posting(account, Decimal(units).scaleb(places), currency))
            postings += [Posting(accounts[-1], Decimal(-left).scaleb(places), currency)] if accounts else []
    return Transaction(date(2025, 5, 5), "", tuple(postings))


@given(transactions())
def test_the_flows_of_a_transaction_are_the_cash_that_it_moved(transaction: Transaction) -> None:
    cash: dict[tuple[str, str], Decimal] = {}
    for p in transaction.postings:
        if is_cash(p.account):
            cash[p.account, p.currency] = cash.get((p.account, p.currency), Decimal(0)) + p.amount
    told = total({f.currency: f.amount} for f in flows(transaction))
    assert {c: a for c, a in told.items() if a} == {
        c: a for c, a in total({c: a} for (_, c), a in cash.items()).items() if a
    }
    by_account = {(s.account, s.currency): s.outside + s.between for s in shares(transaction)}
    assert by_account == {key: a for key, a in cash.items() if a}
    assert not any(total({s.currency: s.between} for s in shares(transaction)).values())
    assert all(not is_cash(f.account) and f.amount for f in flows(transaction))


def test_a_fee_kept_by_the_bank_lessens_what_came_in() -> None:
    parts = (
        ("Assets:Bank:A", "98.00"),
        ("Expenses:Fees", "2.00"),
        ("Assets:Receivable:P", "-60.00"),
        ("Income:Interest:P", "-40.00"),
    )
    given_ = Transaction(END, "", tuple(Posting(a, Decimal(n), "EUR") for a, n in parts))
    assert [(f.account, str(f.amount)) for f in flows(given_)] == [
        ("Assets:Receivable:P", "58.80"),
        ("Income:Interest:P", "39.20"),
    ]


# --- one currency ----------------------------------------------------------------------------------------------------------


def rates_file(folder: Path, *rates: str) -> Path:
    file = folder / "rates.yaml"
    file.write_text("rates:\n" + "".join(f"  - {r}\n" for r in rates))
    return file


GBP = '{currency: GBP, in: EUR, rate: "1.17", on: 2025-12-30}'
JPY = '{currency: EUR, in: JPY, rate: "160", on: 2025-12-31}'
SEK = '{currency: SEK, in: EUR, rate: "0.09", on: 2025-06-30}'


def test_a_statement_in_one_currency_says_each_rate_and_its_day(of: Subject, tmp_path: Path) -> None:
    quoted = read_rates(rates_file(tmp_path, GBP, JPY, SEK, '{currency: SEK, in: EUR, rate: "9", on: 2026-01-01}'))
    found = translated(cash_flow(of, START, END), quoted)
    assert [(r.currency, r.rate, r.on.isoformat()) for r in found.rates] == [
        ("GBP", Fraction("1.17"), "2025-12-30"),
        ("JPY", Fraction(1, 160), "2025-12-31"),
        ("SEK", Fraction("0.09"), "2025-06-30"),
    ]
    # 96 549 499.00 + 12 985 999.50 × 1.17 + 328 500 000 / 160 + 40 000 000 × 0.09, to the cent
    assert str(found["activities"]["closing"].translated["period"]) == "117396243.42"
    assert found.to_dict()["translation"]["rates"][1] == {"currency": "JPY", "rate": "0.00625", "on": "2025-12-31"}


def test_a_missing_rate_is_said_with_what_there_is(of: Subject, tmp_path: Path) -> None:
    with pytest.raises(
        FundingError, match=r"no rate of SEK in EUR of 2025-12-31 or before; the first is of 2026-01-01"
    ):
        quoted = read_rates(rates_file(tmp_path, GBP, JPY, '{currency: SEK, in: EUR, rate: "9", on: 2026-01-01}'))
        translated(cash_flow(of, START, END), quoted)


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        ('{currency: GBX, in: EUR, rate: "1.1", on: 2025-12-30}', "GBX"),
        ('{currency: GBP, in: EUR, rate: "-1", on: 2025-12-30}', "rate"),
        ('{currency: GBP, to: EUR, rate: "1", on: 2025-12-30}', "to"),
    ],
)
def test_a_file_of_rates_says_where_it_is_wrong(rate: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(FundingError, match=rf"rates\.yaml:2:.*{said}"):
        read_rates(rates_file(tmp_path, rate))


def test_statements_are_immutable_and_plain_in_json(of: Subject) -> None:
    import json

    found = income(of, START, END)
    with pytest.raises(TypeError):
        found["income"].rows[1].figures["period"] = {}  # type: ignore[index]
    with pytest.raises(AttributeError):
        found.title = "Another"  # type: ignore[misc]
    plain = json.loads(json.dumps(found.to_dict()))
    assert plain["from"] == "2025-01-01" and plain["earlier"]["to"] == "2024-12-31"
    assert plain["tables"][0]["rows"][-1]["figures"]["period"]["EUR"] == "38979749.50"
