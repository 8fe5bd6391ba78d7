"""The one byte form of a JSON value: the JSON Canonicalization Scheme (RFC 8785).

What is signed must have one form only, or two holders of the same statement would disagree about its hash. Values of the
record hold no floating-point numbers: an amount is text, so that it is the same everywhere.
"""

from __future__ import annotations

import json
from typing import Any

import rfc8785

#: JSON numbers are exact to here in every language (RFC 8785 §3.2.2.3, RFC 7493 §2.2).
LARGEST = 2**53 - 1


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
        value = json.loads(data, parse_float=_no_floats, parse_constant=_no_floats)
    except (ValueError, RecursionError) as error:
        raise NotCanonical(f"not JSON: {error}") from None
    if _plain_form(value) != data and canonical(value) != data:
        raise NotCanonical("JSON, but not in the canonical form of RFC 8785")
    return value


def _plain_form(value: Any) -> bytes | None:
    """What the C encoder makes of a value: the canonical form, but for the order of keys beyond the basic plane.

    Most entries are checked by this alone, five times faster than by the library.
    """
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        data = text.encode()
    except (UnicodeEncodeError, RecursionError):
        return None
    # UTF-16 and code points order keys alike unless some text reaches beyond the basic plane (a byte of 0xF0 or more).
    return None if not text.isascii() and max(text) > "\ud7ff" else data


def _no_floats(text: str) -> Any:
    raise ValueError(f"{text} is not a whole number; amounts and decimals are text")


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
