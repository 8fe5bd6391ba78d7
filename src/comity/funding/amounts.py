"""Amounts of money to the smallest unit of their currency, and how a sum is split without losing any of it.

>>> split(Decimal("100.00"), {"a": 1, "b": 1, "c": 1}, currency="EUR")
{'a': Decimal('33.34'), 'b': Decimal('33.33'), 'c': Decimal('33.33')}
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from comity.funding.errors import FundingError
from comity.model.money import currencies
from comity.model.problems import nearest

#: Currencies of ISO 4217 whose minor unit is not a hundredth (list one, column "Minor unit").
_DIGITS = {
    code: digits
    for digits, codes in {
        0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
        3: "BHD IQD JOD KWD LYD OMR TND",
        4: "CLF UYW",
    }.items()
    for code in codes.split()
}
#: No amount is larger: it fits into 64 bits in minor units. A sum of many may not; a ledger's book adds in two parts.
LARGEST = Decimal(10) ** 12


def minor_digits(currency: str) -> int:
    """How many decimal places a currency has. FundingError when ISO 4217 has none of this code."""
    if currency not in currencies():
        hint = nearest(currency, currencies()) or "write its three capital letters, such as EUR"
        raise FundingError(f"{currency!r} is not an ISO 4217 currency; {hint}")
    return _DIGITS.get(currency, 2)


def amount_of(text: object, currency: str) -> Decimal:
    """The amount that a text gives, to the currency's minor unit. FundingError when it has more places, or is none."""
    digits = minor_digits(currency)
    try:
        value = Decimal(text) if isinstance(text, str) else None
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite():
        raise FundingError(f"{text!r} is not an amount; write it as text, such as '1250.00'")
    if abs(value) > LARGEST:
        raise FundingError(f"{text} {currency} is more than {LARGEST:f}")
    if value != round(value, digits):
        raise FundingError(f"{text} {currency} has more than the {digits} decimal places of {currency}")
    return value.quantize(Decimal(1).scaleb(-digits))


def split(total: Decimal, weights: Mapping[str, Fraction | Decimal | int], *, currency: str) -> dict[str, Decimal]:
    """A total divided in proportion to weights, whole in minor units: the parts sum to exactly the total.

    By largest remainders (Hare–Niemeyer): each part is rounded towards zero, and the units left over go one each to the
    largest remainders; of equal ones to the larger weight, then to the first by name. `weights` are not negative and not
    all zero; `total` may be negative. FundingError otherwise.

    Source: Balinski and Young 1982, Fair Representation, ch. 3 (Hamilton's method).
    """
    exact = {name: Fraction(w) for name, w in weights.items()}
    whole = sum(exact.values())
    wrong = next((name for name, w in exact.items() if w < 0), None)
    if wrong is not None:
        raise FundingError(f"the weight of {wrong} is negative: {weights[wrong]}")
    if not whole:
        raise FundingError("all weights are zero; at least one must be more")
    unit = Decimal(1).scaleb(-minor_digits(currency))
    units, sign = int(abs(total) / unit), -1 if total < 0 else 1
    if units * unit != abs(total):
        raise FundingError(f"{total} {currency} is no whole number of its smallest unit {unit}")
    quotas = {name: units * w / whole for name, w in exact.items()}
    parts = {name: quota.numerator // quota.denominator for name, quota in quotas.items()}
    order = sorted(quotas, key=lambda name: (parts[name] - quotas[name], -exact[name], name))
    for name in order[: units - sum(parts.values())]:
        parts[name] += 1
    return {name: sign * part * unit for name, part in parts.items()}
