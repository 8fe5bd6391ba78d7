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
#: A number with a point, an exponent or more than 15 digits, in JSON whose signs are left out and whose characters that may
#: come before a number, and digits, are alike: what stands within a text may look so, too.
_NUMBER_IN_DOUBT = re.compile(rb":0+(?:[.eE]|0{15})")
_ALIKE = bytes.maketrans(b"[,123456789", b"::000000000")
_BEYOND_BASIC_PLANE = re.compile(rb"[\xf0-\xff]")
_PLAIN_ONLY = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_PASSTHROUGH_SUBCLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_DATACLASS
)


class NotCanonical(ValueError):
    """A value that has no canonical form, or bytes that are not in theirs."""


def canonical(value: Any) -> bytes:
    """The canonical bytes of a value of dicts with text keys, lists, text, whole numbers, booleans and None.

    NotCanonical when it holds anything else, a number beyond 2**53 - 1, or text that is not Unicode.

    >>> canonical({"b": [1, None], "a": "é"})
    b'{"a":"\\xc3\\xa9","b":[1,null]}'
    """
    return canonical_copy(value)[0]


def canonical_copy(value: Any) -> tuple[bytes, Any]:
    """The canonical bytes of a value, as `canonical`, and the value that they hold, which shares nothing with the given one."""
    fast = _fast(value)
    if fast is not None:
        return fast
    _check(value)
    try:
        data = rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise NotCanonical(str(error)) from None
    return data, orjson.loads(data)


def parse(data: bytes) -> Any:
    """The value that canonical bytes hold; NotCanonical when they are not JSON, or JSON in another form."""
    try:
        value = orjson.loads(data)
        again = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError) as error:
        raise NotCanonical(f"not JSON of the record: {error}") from None
    if _has_numbers_in_doubt(data):
        _check(value)
    if _is_beyond_basic_plane(data):
        again = canonical(value)
    if again != data:
        raise NotCanonical("JSON, but not in the canonical form of RFC 8785")
    return value


# The fast encoder writes the canonical form, but for two things: it orders keys by code points, not UTF-16, which differ
# beyond the basic plane (bytes from 0xF0 on), and it knows numbers that the record does not.


def _has_numbers_in_doubt(data: bytes) -> bool:
    return data[:1] in b"-0123456789" or _NUMBER_IN_DOUBT.search(data.translate(_ALIKE, b"-")) is not None


def _is_beyond_basic_plane(data: bytes) -> bool:
    return not data.isascii() and _BEYOND_BASIC_PLANE.search(data) is not None


def _fast(value: Any) -> tuple[bytes, Any] | None:
    """The canonical bytes by the fast encoder, and what they hold.

    None where it might write another form, or take what the record does not.
    """
    try:
        data = orjson.dumps(value, option=_PLAIN_ONLY)
    except orjson.JSONEncodeError:
        return None
    if _has_numbers_in_doubt(data) or _is_beyond_basic_plane(data):
        return None
    # It writes NaN as null, and UUIDs as text: what is read again is not what was given then.
    again = orjson.loads(data)
    return (data, again) if again == value else None


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
