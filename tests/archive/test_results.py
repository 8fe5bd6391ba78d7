"""Rows go out in each form of VOTable and come back by astropy as they were, whatever is in them."""

from __future__ import annotations

import io
import math

import numpy as np
import pyarrow as pa
import pytest
from astropy.io.votable import parse_single_table
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.archive.query import Answered, QueryError
from comity.archive.tables import TableColumn
from comity.archive.tap import votable_data
from comity.archive.tap.results import encoded

TEXT = st.text(
    st.characters(max_codepoint=0xFFFD, exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="\ufffe\uffff"),
    max_size=8,
)
KINDS = {
    "s": (pa.string(), TEXT.map(lambda t: " ".join(t.split()))),
    "a": (pa.string(), st.text("abc<&>\"'", max_size=5)),
    "d": (pa.float64(), st.floats(allow_nan=False)),
    "f": (pa.float32(), st.floats(width=32, allow_nan=False)),
    "i": (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    "l": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "h": (pa.int16(), st.integers(-(2**15), 2**15 - 1)),
    "b": (pa.bool_(), st.booleans()),
    "p": (pa.list_(pa.float64()), st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=2)),
    "v": (pa.list_(pa.float64()), st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=4)),
}
ROW = st.fixed_dictionaries({name: st.none() | values for name, (_, values) in KINDS.items()})


def same(found, value):
    if value is None:
        return bool(np.all(np.ma.getmaskarray(np.ma.array(found)))) or str(found) == ""
    if isinstance(value, list):
        return [float(x) for x in found] == value
    if isinstance(value, float):
        return float(found) == value
    return found == value


@pytest.mark.parametrize("form", ["votable", "votable/td"])
@settings(max_examples=60, deadline=None)
@given(rows=st.lists(ROW, max_size=5))
def test_what_goes_out_comes_back(form, rows):
    schema = pa.schema([(name, kind) for name, (kind, _) in KINDS.items()])
    answer = Answered(
        tuple(TableColumn(n, "char") for n in KINDS), pa.Table.from_pylist(rows, schema), False, "SELECT 1"
    )
    table = parse_single_table(io.BytesIO(encoded(answer, form)))
    assert len(table.array) == len(rows)
    for number, row in enumerate(rows):
        for name, value in row.items():
            assert same(table.array[name][number], value), (name, value, table.array[name][number])


def test_blocks_join_without_a_seam(monkeypatch):
    monkeypatch.setattr(votable_data, "BLOCK", 3)
    made = pa.table({"n": list(range(10)), "t": [None if n % 4 == 0 else "x" * n for n in range(10)]})
    answer = Answered((TableColumn("n", "long"), TableColumn("t", "char")), made, False, "SELECT 1")
    for form in ("votable", "votable/td"):
        table = parse_single_table(io.BytesIO(encoded(answer, form))).array
        assert list(table["n"]) == list(range(10))
        assert [str(t) for t in np.ma.filled(table["t"], "")] == ["" if n % 4 == 0 else "x" * n for n in range(10)]


def test_numbers_that_are_none_or_without_end():
    made = pa.table({"d": [math.nan, math.inf, -math.inf, None]})
    for form in ("votable", "votable/td"):
        (a, b, c, d) = parse_single_table(
            io.BytesIO(encoded(Answered((TableColumn("d", "double"),), made, False, "q"), form))
        ).array["d"]
        assert np.ma.is_masked(a) or math.isnan(a)
        assert (b, c) == (math.inf, -math.inf)
        assert np.ma.is_masked(d) or math.isnan(d)


def test_one_long_text_does_not_make_a_giant_of_an_answer_in_fits():
    made = pa.table({"t": ["x" * 200_000] + ["y"] * 5_000})
    answer = Answered((TableColumn("t", "char"),), made, False, "SELECT 1")
    with pytest.raises(QueryError, match="ask for votable"):
        encoded(answer, "fits")
    assert len(encoded(answer, "csv")) < 300_000
