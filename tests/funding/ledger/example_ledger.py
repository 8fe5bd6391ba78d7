"""A fund over two years, with made-up amounts: five members that pay in four currencies, two missions, one contract in escrow.

No figure here is real; what is real is the way in which such a fund keeps its books.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from comity.funding.ledger.client import post_journal
from comity.funding.ledger.journal import Journal, Posting, Transaction
from comity.record import SigningKey
from comity.records import Founder, open_record

LEDGER = "pool"
NAMES = {
    "dlr": "German Aerospace Center",
    "cnes": "Centre national d'études spatiales",
    "snsa": "Swedish National Space Agency",
    "uksa": "UK Space Agency",
    "jaxa": "Japan Aerospace Exploration Agency",
    "relay": "Lunar relay",
    "lander": "Polar lander",
}
#: Called for each year, in the member's currency; the second year is three percent more.
CALLS = {
    "dlr": ("48000000.00", "EUR"),
    "cnes": ("39000000.00", "EUR"),
    "snsa": ("61500000.00", "SEK"),
    "uksa": ("11200000.00", "GBP"),
    "jaxa": ("950000000", "JPY"),
}
PART = {"dlr": "Dlr", "cnes": "Cnes", "snsa": "Snsa", "uksa": "Uksa", "jaxa": "Jaxa"}
#: The accounts: name, currencies, partner, mission, element.
ACCOUNTS: list[tuple[str, tuple[str, ...], str | None, str | None, str | None]] = [
    ("Assets:Bank:Main", ("EUR",), None, None, None),
    ("Assets:Bank:Currencies", ("SEK", "GBP", "JPY"), None, None, None),
    ("Assets:Escrow:Descent-stage", ("EUR",), None, None, None),
    *((f"Assets:Receivable:{p}", (CALLS[i][1],), i, None, None) for i, p in PART.items()),
    ("Liabilities:Advance:Cnes", ("EUR",), "cnes", None, None),
    ("Liabilities:Payable:Propulsion-works", ("EUR",), None, None, None),
    *((f"Income:Contributions:{p}", (CALLS[i][1],), i, None, None) for i, p in PART.items()),
    ("Income:InKind:Jaxa", ("EUR",), "jaxa", None, None),
    ("Income:Interest:Snsa", ("SEK",), "snsa", None, None),
    *((f"Expenses:{m}:{e}", ("EUR", "GBP"), None, m.lower(), e.lower()) for m, e in
      (("Relay", "Orbiter"), ("Relay", "Ground"), ("Lander", "Descent"), ("Lander", "Instruments"))),
    ("Expenses:InKind:Lander:Instruments", ("EUR",), None, "lander", "instruments"),
    ("Equity:Exchange", (), None, None, None),
    ("Equity:Barter:Dlr:Jaxa", ("EUR",), "dlr", None, None),
    ("Equity:Barter:Jaxa:Dlr", ("EUR",), "jaxa", None, None),
    ("Income:InKind:Dlr", ("EUR",), "dlr", None, None),
    ("Expenses:InKind:Relay:Launch", ("EUR",), None, "relay", "launch"),
    ("Equity:Budget:Authority", ("EUR", "GBP"), None, None, None),
    *((f"Equity:Budget:{k}:{m}", ("EUR", "GBP"), None, m.lower(), None)
      for k in ("Available", "Spent") for m in ("Relay", "Lander")),
    ("Equity:Budget:Committed:Relay:Orbiter-contract", ("EUR",), None, "relay", None),
    ("Equity:Budget:Committed:Relay:Ground-stations", ("EUR",), None, "relay", None),
    ("Equity:Budget:Committed:Lander:Descent-stage", ("EUR",), None, "lander", None),
    ("Equity:Budget:Committed:Lander:Camera", ("GBP",), None, "lander", None),
]  # fmt: skip


def open_example(place: Path) -> list[SigningKey]:
    """The fund on a record, with both years closed; its founders' keys, with which they sign what all do."""
    director = SigningKey.from_seed(bytes(32))
    keys = {p: SigningKey.from_seed(hashlib.sha256(p.encode()).digest()) for p in PART} | {"dlr": director}
    at = datetime(2026, 1, 15, tzinfo=UTC)
    opens = {
        name: {"currencies": [*currencies], **{k: v for k, v in (("partner", p), ("mission", m), ("element", e)) if v}}
        for name, currencies, p, m, e in ACCOUNTS
    }
    with open_record(place, create=True) as record:
        record.open_with("trial", {p: Founder((k,), name=NAMES[p]) for p, k in keys.items()}, at=at)
        body = {
            "ledger": LEDGER,
            "name": "Exploration pool",
            "currency": "EUR",
            "treasurers": ["dlr"],
            "from": "2024-01-01",
        }
        record.write("ledger.open", body, author="dlr", keys=[*keys.values()], at=at)
        record.write("ledger.account", {"ledger": LEDGER, "opens": opens}, author="dlr", keys=[director], at=at)
        for journal in journals():
            post_journal(record, LEDGER, journal, author="dlr", keys=[director], at=at)
        for through in ("2024-12-31", "2025-12-31"):
            record.write("ledger.close", {"ledger": LEDGER, "through": through}, author="dlr", keys=[director], at=at)
    return [*keys.values()]


def moved(day: str, narration: str, *postings: tuple[str, str, str], links: tuple[str, ...] = ()) -> Transaction:
    """A transaction, briefly."""
    return Transaction(
        date.fromisoformat(day), narration, tuple(Posting(a, Decimal(n), c) for a, n, c in postings), links
    )


def minus(amount: str) -> str:
    return amount[1:] if amount.startswith("-") else f"-{amount}"


def journals() -> Iterator[Journal]:
    """What was booked, in order."""
    for year in (2024, 2025):
        yield _budget(year)
        yield from _calls(year)
        yield from _payments(year)
        yield from _spending(year)
    # Partners settle among themselves: debit, the first owes the second. The pool books the ride as given in kind.
    yield Journal("barter-2025", (moved("2025-06-15", "JAXA launches what DLR owed the relay",
                  ("Expenses:InKind:Relay:Launch", "2400000.00", "EUR"), ("Income:InKind:Dlr", "-2400000.00", "EUR"),
                  ("Equity:Barter:Dlr:Jaxa", "2400000.00", "EUR"), ("Equity:Barter:Jaxa:Dlr", "-2400000.00", "EUR")),))  # fmt: skip


def _called(partner: str, year: int) -> tuple[str, str]:
    text, currency = CALLS[partner]
    amount = Decimal(text) * (Decimal("1.03") if year == 2025 else 1)
    return f"{amount.quantize(Decimal(text)):f}", currency


def _budget(year: int) -> Journal:
    return Journal(f"budget-{year}", tuple(
        moved(f"{year}-01-01", f"Budget {year} of the {mission.lower()}",
              (f"Equity:Budget:Available:{mission}", minus(amount), currency), ("Equity:Budget:Authority", amount, currency))
        for mission, amount, currency in
        (("Relay", "52000000.00", "EUR"), ("Lander", "41000000.00", "EUR"), ("Lander", "9000000.00", "GBP"))))  # fmt: skip


def _calls(year: int) -> Iterator[Journal]:
    transactions = []
    for partner, part in PART.items():
        amount, currency = _called(partner, year)
        transactions.append(moved(f"{year}-01-15", f"Call for {year}: {NAMES[partner]}", (f"Assets:Receivable:{part}", amount, currency),
                                  (f"Income:Contributions:{part}", minus(amount), currency), links=(f"call-{year}",)))  # fmt: skip
    yield Journal(f"call-{year}", tuple(transactions))


def _payments(year: int) -> Iterator[Journal]:
    for partner, day, bank in (("dlr", "02-10", "Main"), ("cnes", "03-01", "Main"), ("uksa", "03-28", "Currencies"),
                               ("jaxa", "04-20", "Currencies")):  # fmt: skip
        amount, currency = _called(partner, year)
        yield Journal(f"paid-{year}-{partner}", (moved(f"{year}-{day}", f'{partner.upper()} pays "in full"; thanks',
                      (f"Assets:Bank:{bank}", amount, currency), (f"Assets:Receivable:{PART[partner]}", minus(amount), currency),
                      links=(f"call-{year}",)),))  # fmt: skip
    # One member pays a part, late, and is charged interest.
    if year == 2024:
        yield Journal("paid-2024-snsa", (
            moved("2024-09-30", "Rate of interest on arrears: 4 %", ("Assets:Receivable:Snsa", "1230000.00", "SEK"),
                  ("Income:Interest:Snsa", "-1230000.00", "SEK")),
            moved("2024-10-05", "SNSA pays in part", ("Assets:Bank:Currencies", "40000000.00", "SEK"),
                  ("Assets:Receivable:Snsa", "-40000000.00", "SEK"), links=("call-2024",))))  # fmt: skip
    else:
        yield Journal("paid-2025-cnes-ahead", (moved("2025-11-30", "CNES pays ahead for 2026\nas agreed",
                      ("Assets:Bank:Main", "5000000.00", "EUR"), ("Liabilities:Advance:Cnes", "-5000000.00", "EUR")),))  # fmt: skip
    yield Journal(f"exchange-{year}", (moved(f"{year}-05-04", "Yen into euro at 160", ("Assets:Bank:Currencies", "-800000000", "JPY"),
                  ("Equity:Exchange", "800000000", "JPY"), ("Assets:Bank:Main", "5000000.00", "EUR"),
                  ("Equity:Exchange", "-5000000.00", "EUR")),))  # fmt: skip


def _spending(year: int) -> Iterator[Journal]:
    for commitment, mission, amount, currency in (
        ("Orbiter-contract", "Relay", "30000000.00", "EUR"),
        ("Ground-stations", "Relay", "12000000.00", "EUR"),
        ("Descent-stage", "Lander", "24000000.00", "EUR"),
        ("Camera", "Lander", "6000000.00", "GBP"),
    ):
        yield Journal(f"commit-{year}-{commitment}", (moved(f"{year}-02-01", f"Commitment: {commitment}",
                      (f"Equity:Budget:Committed:{mission}:{commitment}", minus(amount), currency),
                      (f"Equity:Budget:Available:{mission}", amount, currency)),))  # fmt: skip
    for month in range(4, 13):
        yield Journal(f"orbiter-{year}-{month:02}", (_spent(f"{year}-{month:02}-25", "Relay", "Orbiter", "Orbiter-contract",
                      f"{2_400_000 + 85_000 * month}.00", "EUR", "Assets:Bank:Main"),))  # fmt: skip
    yield Journal(
        f"ground-{year}",
        (_spent(f"{year}-06-30", "Relay", "Ground", "Ground-stations", "7310250.50", "EUR", "Assets:Bank:Main"),),
    )
    yield Journal(
        f"camera-{year}",
        (_spent(f"{year}-07-12", "Lander", "Instruments", "Camera", "4875000.25", "GBP", "Assets:Bank:Currencies"),),
    )
    yield Journal(f"escrow-{year}", (
        moved(f"{year}-04-02", "Descent stage: into escrow", ("Assets:Escrow:Descent-stage", "20000000.00", "EUR"),
              ("Assets:Bank:Main", "-20000000.00", "EUR"), links=("descent-stage",)),
        _spent(f"{year}-10-01", "Lander", "Descent", "Descent-stage", "12500000.00", "EUR", "Assets:Bank:Main"),
        _spent(f"{year}-12-20", "Lander", "Descent", "Descent-stage", "3100000.00", "EUR",
               "Liabilities:Payable:Propulsion-works")))  # fmt: skip
    yield Journal(f"in-kind-{year}", (moved(f"{year}-08-31", "JAXA: spectrometer, milestone accepted 火星",
                  ("Expenses:InKind:Lander:Instruments", "6400000.00", "EUR"), ("Income:InKind:Jaxa", "-6400000.00", "EUR")),))  # fmt: skip


def _spent(
    day: str, mission: str, element: str, commitment: str, amount: str, currency: str, source: str
) -> Transaction:
    return moved(
        day,
        f"{mission}, {element.lower()}: paid",
        (f"Expenses:{mission}:{element}", amount, currency),
        (source, minus(amount), currency),
        (f"Equity:Budget:Spent:{mission}", minus(amount), currency),
        (f"Equity:Budget:Committed:{mission}:{commitment}", amount, currency),
        links=(commitment.lower(),),
    )
