"""Return statistics in files: what they mean together, and what is told of a bad one."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from comity.funding import FundingError
from comity.funding.returns import returns
from comity.funding.returns.reading import read_statistics

HEAD = """\
name: A small pool
currency: EUR
since: 2026-01-01
threshold: 0.9
weights:
  industrial: {flight: 1, study: 0.5}
  technology: {optics: 2}
non_members: [us]
sources:
  minutes: {name: Minutes, publisher: the pool}
"""
CONTRIBUTIONS = """\
contributions:
  - {partner: at, programme: hera, amount: 40 M, date: 2026}
  - {partner: be, programme: hera, amount: 60 M, date: 2026-06, source: "minutes, page 2"}
"""
CONTRACTS = """\
contracts:
  - {id: bus, programme: hera, partner: at, category: flight, value: 30 M, date: 2026-04-01, supplier: Bus maker}
  - {id: study, programme: hera, shares: {be: 0.5, us: 0.5}, categories: {study: 0.5, flight: 0.5}, value: 8 M, date: 2026}
  - {id: mirror, programme: hera, partner: be, kind: technology, category: optics, trl_gained: 3, value: 2 M, date: 2026}
"""


def write(folder: Path, text: str, name: str = "pool.yaml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def told(*files: Path) -> list[str]:
    with pytest.raises(FundingError) as refused:
        read_statistics(files)
    return str(refused.value).splitlines()


def test_a_file_says_contracts_contributions_and_weights(tmp_path: Path) -> None:
    pool = read_statistics([write(tmp_path, HEAD + CONTRIBUTIONS + CONTRACTS)])
    assert (pool.currency, pool.since, pool.threshold) == ("EUR", date(2026, 1, 1), Fraction(9, 10))
    assert [c.date for c in pool.contributions] == [date(2026, 12, 31), date(2026, 6, 30)]
    bus, study, mirror = pool.contracts
    assert bus.weighted == 30_000_000
    assert study.weighted == 8_000_000 * Fraction(3, 4)  # half of it at 0.5, half at 1
    assert mirror.weight == 6  # 2 for optics, raised by three readiness levels
    found = returns(pool)
    assert found.of("be").weighted == 3_000_000
    assert found.outside == 3_000_000


def test_several_files_and_tables_are_one(tmp_path: Path) -> None:
    whole = read_statistics([write(tmp_path, HEAD + CONTRIBUTIONS + CONTRACTS)])
    fees = "partner,programme,amount,date\r\nat,hera,40 M,2026\r\nbe,hera,60000000,2026-06\r\n"
    works = 'id,programme,partner,category,value,date,supplier\nbus,hera,at,flight,30 M,2026-04-01,"Maker, Bus"\n'
    files = [
        write(tmp_path, HEAD, "head.yaml"),
        write(tmp_path, fees, "fees.csv"),
        write(tmp_path, works, "works.csv"),
        write(tmp_path, CONTRACTS.replace(CONTRACTS.splitlines()[1] + "\n", ""), "more.yaml"),
    ]
    assert returns(read_statistics(files)) == returns(whole)


@pytest.mark.parametrize(
    ("spoilt", "line", "said"),
    [
        (
            "partner: at, programme: hera, amount: 40 M",
            12,
            "amount: '40 EUR' is not an amount; write it as 1250000.00 or 1.25 M",
        ),
        ("amount: 60 M, date: 2026-06", 13, "date: '2026-13' is not a date; write it as 2026-03-31, 2026-03 or 2026"),
        ("value: 30 M", 15, "value: -1 is negative"),
        ("partner: at, category: flight", 15, "partner: 'ta' is neither a member nor a non-member; did you mean 'at'?"),
        ("category: flight, value", 15, "category: 'flihgt' has no weighting factor; did you mean 'flight'?"),
        ("shares: {be: 0.5, us: 0.5}", 16, "shares sum to 1.2, more than 1"),
        ("categories: {study: 0.5, flight: 0.5}", 16, "categories sum to 0.6, not to 1"),
        ("kind: technology", 17, "'technical' is none of industrial, technology, training"),
        ("supplier: Bus maker", 15, "unknown field 'suplier'; did you mean 'supplier'?"),
        ("id: study", 16, "id: 'bus' of kind industrial stands twice; it is in"),
        ('source: "minutes, page 2"', 13, "source: there is no source 'minuts'; did you mean 'minutes'?"),
        ("currency: EUR", 2, "currency: 'EUX' is not an ISO 4217 currency"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_what_would_be_right(
    spoilt: str, line: int, said: str, tmp_path: Path
) -> None:
    bad = {
        "amount: 40 M": "amount: 40 EUR",
        "2026-06": "2026-13",
        "value: 30 M": "value: -1",
        "partner: at, category": "partner: ta, category",
        "category: flight, value": "category: flihgt, value",
        "us: 0.5}": "us: 0.7}",
        "study: 0.5, flight: 0.5": "study: 0.1, flight: 0.5",
        "kind: technology": "kind: technical",
        "supplier: Bus": "suplier: Bus",
        "id: study": "id: bus",
        "minutes, page": "minuts, page",
        "currency: EUR": "currency: EUX",
    }
    good, wrong = next((g, w) for g, w in bad.items() if g in spoilt)
    text = HEAD + CONTRIBUTIONS + CONTRACTS
    file = write(tmp_path, text.replace(spoilt, spoilt.replace(good, wrong)))
    (only,) = told(file)
    assert only.startswith(f"{file}:{line}:")
    assert said in only


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    fees = write(tmp_path, "partner,amount,date\nat,a lot,2026\nbe,1,20\nbe,1,2026,extra\n", "fees.csv")
    assert [line.removeprefix(str(fees)) for line in told(fees)] == [
        ":2:1: amount: 'a lot' is not an amount; write it as 1250000.00 or 1.25 M",
        ":3:1: date: '20' is not a date; write it as 2026-03-31, 2026-03 or 2026",
        ":4:1: has more values than the 3 columns; quote a value that holds a comma",
    ]


def test_a_table_of_neither_is_told(tmp_path: Path) -> None:
    assert "contracts have a column `value`" in told(write(tmp_path, "a,b\n1,2\n", "x.csv"))[0]
    assert "unknown column 'partnr'; did you mean 'partner'?" in told(write(tmp_path, "partnr,amount\n", "y.csv"))[0]


def test_what_no_file_says_is_asked_for(tmp_path: Path) -> None:
    said = "\n".join(told(write(tmp_path, CONTRACTS.replace("category: flight, ", ""))))
    assert "no file says in which currency" in said
    assert "there are no contributions" in said


def test_files_that_contradict_each_other_are_told(tmp_path: Path) -> None:
    one, two = write(tmp_path, HEAD + CONTRIBUTIONS, "one.yaml"), write(tmp_path, "currency: USD\n", "two.yaml")
    assert told(one, two) == [f"{two}:1:11: currency is USD here and EUR in {one}:2; give it once"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert told(tmp_path / "none.yaml") == [f"{tmp_path / 'none.yaml'}: No such file or directory"]


def test_the_example_of_the_reference_is_read(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "returns.md").read_text(encoding="utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]
    pool = read_statistics([write(tmp_path, example)])
    assert len(pool.contracts) == 4
    assert {c.kind for c in pool.contracts} == {"industrial", "technology", "training"}
    assert len(pool.open[0].offers) == 2
