"""Money: an exact amount, a currency, and the economic-conditions year in whose prices it is stated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import cache
from typing import Any

import pycountry
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

_MONEY = re.compile(
    r"^(?P<amount>-?[\d_]+(?:\.\d+)?)\s*(?P<prefix>[kMGB]?)(?P<currency>[A-Za-z]{3})?(?:@(?P<ec>\d{4}))?$"
)
_SCALE = {"": 0, "k": 3, "M": 6, "G": 9, "B": 9}
CENT = Decimal("0.01")


@cache
def currencies() -> frozenset[str]:
    """The ISO 4217 alphabetic codes."""
    return frozenset(c.alpha_3 for c in pycountry.currencies)


def _closest(word: str, known: frozenset[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, sorted(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else ""


@dataclass(frozen=True, slots=True)
class Money:
    """`Money(Decimal, "EUR", ec=2025)`; written `450 MEUR@2025` (k, M, G = thousand, million, 10^9; B reads as G)."""

    amount: Decimal
    currency: str
    ec: int

    @classmethod
    def parse(cls, text: object) -> Money:
        example = "write amount, currency and economic-conditions year, such as 450 MEUR@2025"
        match = _MONEY.match(text.strip()) if isinstance(text, str) else None
        if isinstance(text, (int, float, Decimal)) or (match and not match["currency"]):
            raise ValueError(f"{text} is money without a currency; {example}")
        if not match:
            raise ValueError(f"{text!r} is not an amount of money; {example}")
        if match["currency"] not in currencies():
            raise ValueError(
                f"{match['currency']!r} is not an ISO 4217 currency{_closest(match['currency'], currencies())}"
            )
        if not match["ec"]:
            raise ValueError(f"{text} has no economic-conditions year; {example}")
        try:
            amount = Decimal(match["amount"].replace("_", "")).scaleb(_SCALE[match["prefix"]])
        except InvalidOperation as error:  # pragma: no cover - the pattern admits only decimals
            raise ValueError(f"{text!r} is not a number") from error
        return cls(amount, match["currency"], int(match["ec"]))

    def cents(self) -> Money:
        """The same, rounded half-even to hundredths."""
        return Money(self.amount.quantize(CENT, ROUND_HALF_EVEN), self.currency, self.ec)

    def __str__(self) -> str:
        for prefix in ("G", "M", "k"):
            scaled = self.amount.scaleb(-_SCALE[prefix])
            if abs(scaled) >= 1:
                return f"{_plain(scaled)} {prefix}{self.currency}@{self.ec}"
        return f"{_plain(self.amount)} {self.currency}@{self.ec}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda v: v if isinstance(v, Money) else cls.parse(v),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {
            "type": "string",
            "pattern": r"^-?[\d_]+(\.\d+)?\s*[kMGB]?[A-Z]{3}@\d{4}$",
            "description": "Money: amount, ISO 4217 currency, @ economic-conditions year.",
            "examples": ["450 MEUR@2025", "1.2 GUSD@2024"],
        }


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
