"""The one byte form of a JSON value: the JSON Canonicalization Scheme (RFC 8785).

What is signed must have one form only, or two holders of the same statement would disagree about its hash. Values of the
record hold no floating-point numbers: an amount is text, so that it is the same everywhere.
"""

from __future__ import annotations

import re
from typing import Any

import orjson
import rfc8785

#: JSON numbers are exact to here in every language (RFC 8785 §3.2.2.3, RFC 7493 §2.2).
LARGEST = 2**53 - 1
_NUMBER_IN_DOUBT = re.compile(rb"(?:^|[:,\[])-?[0-9]+(?:[.eE]|[0-9]{15})")
_BEYOND_BASIC_PLANE = re.compile(rb"[\xf0-\xff]")


class NotCanonical(ValueError):
    """A value that has no canonical form, or bytes that are not in theirs."""


def canonical(value: Any) -> bytes:
    """The canonical bytes of a value of dicts with text keys, lists, text, whole numbers, booleans and None.

    NotCanonical when it holds anything else, a number beyond 2**53 - 1, or text that is not Unicode.

    >>> canonical({"b": [1, None], "a": "é"})
    b'{"a":"\\xc3\\xa9","b":[1,null]}'
    """
    _check(value)
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise NotCanonical(str(error)) from None


def parse(data: bytes) -> Any:
    """The value that canonical bytes hold; NotCanonical when they are not JSON, or JSON in another form."""
    try:
        value = orjson.loads(data)
        again = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError) as error:
        raise NotCanonical(f"not JSON of the record: {error}") from None
    # The fast encoder writes the canonical form, but for two things: it orders keys by code points, not UTF-16, which
    # differ beyond the basic plane (bytes from 0xF0 on), and it knows numbers that the record does not.
    if _NUMBER_IN_DOUBT.search(data):
        _check(value)
    if _BEYOND_BASIC_PLANE.search(data):
        again = canonical(value)
    if again != data:
        raise NotCanonical("JSON, but not in the canonical form of RFC 8785")
    return value


def _check(value: Any) -> None:
    match value:
        case None | bool() | str():
            return
        case int():
            if abs(value) > LARGEST:
                raise NotCanonical(f"{value} is beyond 2**53 - 1; write it as text")
        case dict():
            for key, inner in value.items():
                if not isinstance(key, str):
                    raise NotCanonical(f"the key {key!r} is not text")
                _check(inner)
        case list() | tuple():
            for inner in value:
                _check(inner)
        case _:
            raise NotCanonical(
                f"{value!r} is a {type(value).__name__}; the record holds text, whole numbers, lists and maps"
            )
