"""The values of one parameter in many packets at once: its bits, its raw values, its calibrated values.

What is had here equals what space-packet-parser gives packet by packet, value for value. Where its arithmetic could round
otherwise than NumPy's (powers, long sums), each distinct value goes through the library's own calibrator.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from space_packet_parser.exceptions import CalibrationError, ComparisonError

Array = NDArray[Any]
#: What the library raises at a value that it cannot take.
REFUSALS = (ValueError, LookupError, ArithmeticError, TypeError, struct.error, CalibrationError, ComparisonError)
#: Values of at most this many bits are calibrated by a table of all of them that occur.
_TABLE_BITS = 16


@dataclass(frozen=True, slots=True)
class Column:
    """One parameter in n packets."""

    #: As it stands in the packets, shape (n,): integers and floats of the smallest type that holds them; octets as objects.
    raw: Array
    #: As it is meant, shape (n,); of an enumeration the place of its label in `labels`. The raw values where nothing is calibrated.
    value: Array
    labels: tuple[str, ...] = ()

    def taken(self, rows: Array) -> Column:
        """Of these packets alone."""
        raw = self.raw[rows]
        return Column(raw, raw if self.value is self.raw else self.value[rows], self.labels)

    def meant(self) -> Array:
        """The values, labels of enumerations as text."""
        if not self.labels:
            return self.value
        return np.array(self.labels, dtype=np.str_)[self.value]


@dataclass(frozen=True, slots=True)
class Kind:
    """How the values of a parameter are kept, whatever packet they are of."""

    raw: np.dtype[Any]
    value: np.dtype[Any]
    labels: tuple[str, ...] = ()
    #: Whether values are no more than the raw ones.
    plain: bool = False


def kind_of(parameter_type: Any) -> Kind:
    """How values of a type of the library are kept."""
    encoding = parameter_type.encoding
    calibrated = getattr(encoding, "default_calibrator", None) or getattr(encoding, "context_calibrators", None)
    bits = getattr(encoding, "size_in_bits", None)
    if bits is None:
        raw = np.dtype(object)
    elif type(encoding).__name__ == "FloatDataEncoding":
        raw = np.dtype(np.float64 if bits == 64 or encoding.encoding == "MILSTD_1750A" else np.float32)
    else:
        octets = next(n for n in (1, 2, 4, 8) if bits <= 8 * n)
        raw = np.dtype(f"{'u' if encoding.encoding == 'unsigned' else 'i'}{octets}")
    if hasattr(parameter_type, "enumeration"):
        return Kind(raw, np.dtype(np.int32), tuple(dict.fromkeys(parameter_type.enumeration.values())))
    if type(parameter_type).__name__ == "BooleanParameterType":
        return Kind(raw, np.dtype(np.bool_))
    if calibrated:
        return Kind(raw, np.dtype(np.float64))
    return Kind(raw, raw, plain=type(encoding).__name__ != "StringDataEncoding")


# --- bits ----------------------------------------------------------------------------------------------------------


def unsigned(packets: Array, bit: int, bits: int) -> Array:
    """The whole numbers of `bits` (1 to 64) at a place of each packet, most significant bit first.

    `packets` is (n, octets) of uint8 whose rows are contiguous; the result is (n,) of the smallest unsigned type that holds them.
    """
    first, last = bit // 8, (bit + bits + 7) // 8
    if bit % 8 == 0 and bits in (8, 16, 32, 64):
        return packets[:, first:last].view(f">u{bits // 8}")[:, 0].astype(f"u{bits // 8}")
    behind = 8 * last - bit - bits
    spanned = min(last - first, 8)
    wide = np.dtype(f"u{next(n for n in (1, 2, 4, 8) if spanned <= n)}")
    found = packets[:, first].astype(wide)
    for at in range(first + 1, first + spanned):
        np.left_shift(found, 8, out=found)
        np.bitwise_or(found, packets[:, at], out=found)
    if last - first == 9:
        found = (found << (8 - behind)) | (packets[:, last - 1] >> behind).astype(np.uint64)
    elif behind:
        np.right_shift(found, behind, out=found)
    if bits < 8 * wide.itemsize:
        np.bitwise_and(found, wide.type((1 << bits) - 1), out=found)
    return found.astype(f"u{next(n for n in (1, 2, 4, 8) if bits <= 8 * n)}", copy=False)


def octets(packets: Array, bit: int, bits: int, *, right: bool) -> Array:
    """The octets of `bits` at a place of each packet, as objects; filled up with zero bits before them, or after (`right`)."""
    found = np.empty(len(packets), dtype=object)
    count = (bits + 7) // 8
    if bits == 0:
        found[:] = b""
    elif bit % 8 == 0 and bits % 8 == 0:
        found[:] = np.ascontiguousarray(packets[:, bit // 8 : bit // 8 + count]).view(f"V{count}")[:, 0].tolist()
    else:
        first, last = bit // 8, (bit + bits + 7) // 8
        behind, mask = 8 * last - bit - bits, (1 << bits) - 1
        fill = 8 * count - bits if right else 0
        rows = np.ascontiguousarray(packets[:, first:last])
        found[:] = [
            (((int.from_bytes(row.tobytes(), "big") >> behind) & mask) << fill).to_bytes(count, "big") for row in rows
        ]
    return found


def _numbers(packets: Array, bit: int, encoding: Any, kind: Kind) -> Array:
    bits = encoding.size_in_bits
    found = unsigned(packets, bit, bits)
    if encoding.byte_order == "leastSignificantByteFirst" and bits > 8:
        found = (found.astype(np.uint64).byteswap() >> np.uint64(64 - bits)).astype(found.dtype)
    if type(encoding).__name__ == "FloatDataEncoding":
        if encoding.encoding == "MILSTD_1750A":
            # 24 bits of fraction, 8 of exponent, both two's complement.
            fraction = found.view(np.int32) >> 8
            return np.ldexp(
                fraction.astype(np.float64), (found & 0xFF).astype(np.uint8).view(np.int8).astype(np.int32) - 23
            )
        return found.view(f"f{bits // 8}").astype(kind.raw, copy=False)
    if encoding.encoding == "unsigned":
        return found
    room = 8 * found.dtype.itemsize - bits
    signed = found << room if room else found
    return signed.view(kind.raw) >> room if room else signed.view(kind.raw)


# --- values --------------------------------------------------------------------------------------------------------


class Refusing:
    """Collects which of n packets are refused, and why: the first reason stands."""

    def __init__(self, count: int) -> None:
        self.refused = np.zeros(count, dtype=np.bool_)
        self.why: dict[int, str] = {}

    def add(self, rows: Array, why: str) -> None:
        """Refuses packets by their place."""
        for row in rows:
            self.why.setdefault(int(row), why)
        self.refused[rows] = True


def column(
    packets: Array, bit: int, bits: int, parameter: Any, known: Mapping[str, Column], refusing: Refusing
) -> Column:
    """A parameter of the library at one place of each packet.

    `packets` is (n, octets) of uint8, `known` the parameters before it; packets whose value cannot be are told to `refusing`.
    """
    kind = kind_of(parameter.parameter_type)
    encoding = parameter.parameter_type.encoding
    name = type(encoding).__name__
    if name in ("IntegerDataEncoding", "FloatDataEncoding"):
        raw = _numbers(packets, bit, encoding, kind)
        value = _calibrated(raw, encoding, known, refusing, parameter.name)
    else:
        raw = octets(packets, bit, bits, right=name == "StringDataEncoding")
        value = raw if name == "BinaryDataEncoding" else _texts(raw, encoding, refusing, parameter.name)
    if hasattr(parameter.parameter_type, "enumeration"):
        return _enumerated(raw, parameter, kind, refusing)
    if kind.value.kind == "b":
        return Column(raw, np.array([bool(r) for r in raw]) if raw.dtype == object else raw != 0)
    return Column(raw, value)


def _texts(raw: Array, encoding: Any, refusing: Refusing, name: str) -> Array:
    return _one_by_one(raw, lambda octets: _text(octets, encoding), np.dtype(object), refusing, name)


def _text(buffer: bytes, encoding: Any) -> str:
    """What a string is within its octets, as the library has it (XTCE 1.2, StringDataEncodingType)."""
    if encoding.leading_length_size:
        ahead = encoding.leading_length_size
        whole = int.from_bytes(buffer, "big")
        total = 8 * len(buffer)
        if ahead > total:
            raise ValueError("has no room for its own length")
        bits = whole >> (total - ahead)
        if bits % 8:
            raise ValueError(f"has a length of {bits} bits, no whole number of octets")
        if ahead + bits > total:
            raise ValueError(f"has a length of {bits} bits, more than there are")
        text = (whole >> (total - ahead - bits)) & ((1 << bits) - 1)
        buffer = int(text).to_bytes(bits // 8, "big")
    elif encoding.termination_character is not None:
        end = buffer.find(encoding.termination_character)
        if end < 0:
            raise ValueError(f"has no end: {encoding.termination_character!r} is not in it")
        buffer = buffer[:end]
    return buffer.decode(str(encoding.encoding))


def _enumerated(raw: Array, parameter: Any, kind: Kind, refusing: Refusing) -> Column:
    enumeration = parameter.parameter_type.enumeration
    place = {label: at for at, label in enumerate(kind.labels)}
    codes = {key: place[label] for key, label in enumeration.items()}

    def code(key: Any) -> int:
        if key not in codes:
            raise ValueError(f"is {key!r}, which has no label")
        return codes[key]

    return Column(raw, _one_by_one(raw, code, kind.value, refusing, parameter.name), kind.labels)


def _calibrated(raw: Array, encoding: Any, known: Mapping[str, Column], refusing: Refusing, name: str) -> Array:
    default, contexts = encoding.default_calibrator, encoding.context_calibrators
    if not default and not contexts:
        return raw
    if not contexts:
        return _curve(raw, default, refusing, name, np.arange(len(raw)))
    value = raw.astype(np.float64)
    left = np.ones(len(raw), dtype=np.bool_)
    for context in contexts:
        holds = all_hold(context.match_criteria, left, known, raw, refusing)
        rows = np.flatnonzero(holds)
        value[rows] = _curve(raw[rows], context.calibrator, refusing, name, rows)
        left &= ~holds
    if default:
        rows = np.flatnonzero(left)
        value[rows] = _curve(raw[rows], default, refusing, name, rows)
    return value


def _curve(raw: Array, calibrator: Any, refusing: Refusing, name: str, rows: Array) -> Array:
    terms = getattr(calibrator, "coefficients", None)
    if terms is not None and len(terms) <= 2 and all(t.exponent <= 1 for t in terms):
        # One product and one sum round alike in NumPy and in Python.
        value = np.zeros(len(raw))
        for term in terms:
            value = value + (
                term.coefficient * raw.astype(np.float64) if term.exponent else np.float64(term.coefficient)
            )
        return value
    return _one_by_one(raw, calibrator.calibrate, np.dtype(np.float64), refusing, name, rows)


def _one_by_one(
    raw: Array,
    give: Callable[[Any], Any],
    dtype: np.dtype[Any],
    refusing: Refusing,
    name: str,
    rows: Array | None = None,
) -> Array:
    """`give` of each distinct value; packets where it raises are refused."""
    if raw.dtype == object:
        keys: list[Any] = list(dict.fromkeys(raw.tolist()))
        place = {key: at for at, key in enumerate(keys)}
        which = np.array([place[key] for key in raw.tolist()], dtype=np.int64)
    elif raw.dtype.kind in "ui" and 8 * raw.dtype.itemsize <= _TABLE_BITS:
        least = int(np.iinfo(raw.dtype).min)
        shifted = raw.astype(np.int64) - least
        occurs = np.flatnonzero(np.bincount(shifted, minlength=1))
        table = np.zeros(int(occurs[-1]) + 1 if len(occurs) else 1, dtype=np.int64)
        table[occurs] = np.arange(len(occurs))
        which, keys = table[shifted], (occurs + least).tolist()
    else:
        distinct, which = np.unique(raw, return_inverse=True)
        keys = distinct.tolist()
    given = np.zeros(len(keys), dtype=dtype)
    for at, key in enumerate(keys):
        try:
            given[at] = give(key)
        except REFUSALS as error:
            bad = np.flatnonzero(which == at)
            refusing.add(bad if rows is None else rows[bad], f"{name} {_said(error, key)}")
    return given[which]


def _said(error: Exception, key: Any) -> str:
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    if isinstance(error, UnicodeDecodeError):
        text = f"is no text in {error.encoding}: {key!r}"[:80]
    elif isinstance(error, CalibrationError):
        text = f"is {key!r}, outside the range of its spline"
    return text[:200]


# --- comparisons ---------------------------------------------------------------------------------------------------

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": np.equal, "eq": np.equal, "!=": np.not_equal, "neq": np.not_equal, "<": np.less, "lt": np.less,
    "<=": np.less_equal, "leq": np.less_equal, ">": np.greater, "gt": np.greater, ">=": np.greater_equal,
    "geq": np.greater_equal,
}  # fmt: skip


def are_plain(criteria: Sequence[Any]) -> bool:
    """Whether criteria of the library each compare one parameter with one value."""
    return all(type(one).__name__ == "Comparison" for one in criteria)


def all_hold(
    criteria: Sequence[Any], where: Array, known: Mapping[str, Column], own: Array | None, refusing: Refusing
) -> Array:
    """Where all comparisons of the library hold, of n packets those in `where` (n,); one that cannot be made refuses.

    `own` are the raw values of what is being calibrated. A comparison is not made where one before it does not hold.
    """
    holds = where.copy()
    for criterion in criteria:
        tried = Refusing(len(holds))
        made = _compared(criterion, known, own, tried)
        failed = np.flatnonzero(tried.refused & holds)
        if len(failed):
            refusing.add(failed, tried.why[int(failed[0])])
        holds &= made
    return holds


def _compared(criterion: Any, known: Mapping[str, Column], own: Array | None, refusing: Refusing) -> Array:
    one = known.get(criterion.referenced_parameter)
    if one is None:
        if own is None:
            rows = np.arange(len(refusing.refused))
            refusing.add(rows, f"{criterion.referenced_parameter} is compared, but does not come before")
            return np.zeros(len(rows), dtype=np.bool_)
        values: Array = own
    else:
        values = one.value if criterion.use_calibrated_value else one.raw
        if criterion.use_calibrated_value and one.labels:
            holds = _OPERATORS[criterion.operator](np.array(one.labels, dtype=object), criterion.required_value)
            return np.asarray(holds, dtype=np.bool_)[values]
    text = criterion.required_value
    try:
        if values.dtype == object:
            return _compared_objects(values, criterion.operator, text)
        wanted = float(text) if values.dtype.kind == "f" else int(text)
        if values.dtype == np.float32:
            values = values.astype(np.float64)
    except REFUSALS:
        refusing.add(np.arange(len(values)), f"{criterion.referenced_parameter} cannot be compared with {text!r}")
        return np.zeros(len(values), dtype=np.bool_)
    return np.asarray(_OPERATORS[criterion.operator](values, wanted), dtype=np.bool_)


def _compared_objects(values: Array, operator: str, text: str) -> Array:
    if len(values) and isinstance(values[0], bytes):
        raise TypeError("octets are not compared with text")
    return np.array([bool(_OPERATORS[operator](np.str_(v), np.str_(text))) for v in values], dtype=np.bool_)
