import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from comity.record.canonical import NotCanonical, canonical, parse

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_what_is_written_reads_back_the_same_and_only_in_that_form(value):
    data = canonical(value)
    assert data == rfc8785.dumps(value)
    assert parse(data) == value
    spaced = json.dumps(value, indent=1).encode()
    if spaced != data:
        with pytest.raises(NotCanonical):
            parse(spaced)


def test_keys_stand_in_the_order_of_utf_16():
    # RFC 8785 §3.2.3, the sample of property sorting
    sample = {"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
              "\U0001f600": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"}  # fmt: skip
    expected = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert list(json.loads(canonical(sample))) == expected
    assert list(parse(canonical(sample))) == expected


def test_text_is_escaped_as_the_standard_says():
    # RFC 8785 §3.2.2.2, the sample's string
    assert canonical('\u20ac$\u000f\nA\'B"\\\\"/') == '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'.encode()


@pytest.mark.parametrize(
    "data",
    [
        b"1.5",
        b"9007199254740992",
        b"1e3",
        b"NaN",
        b'{"a":1,"a":1}',
        b'{"b":1,"a":2}',
        b"[1, 2]",
        b"\xff",
        b"",
        b"[" * 100_000,
    ],
)
def test_other_forms_are_refused(data):
    with pytest.raises(NotCanonical):
        parse(data)


@pytest.mark.parametrize("value", [1.5, 2**53, {1: 2}, "\ud800", {"a": {3}}, b"x"])
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(NotCanonical):
        canonical(value)
