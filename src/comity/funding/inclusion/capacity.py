"""What partners offer to those who begin, and what these need: training, expertise, data, instrument time, rides.

offers:
  jaxa-kibocube: {giver: jaxa, kind: ride, topics: [cubesat, release], places: 1, from: 2027-01, until: 2027-12}
needs:
  kenya-cubesat: {taker: ksa, kind: ride, topics: [cubesat], urgency: 3, from: 2027-01, until: 2028-12}
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from comity.funding.errors import FundingError
from comity.funding.files import read_value, shipped_or_file
from comity.model.base import FrozenDict, FrozenMap, Value
from comity.model.calendar import Month
from comity.model.problems import nearest

DATA = Path(__file__).parent / "data"
CapacityKind = Literal["training", "expertise", "data", "instrument_time", "ride"]


class _Dated(Value):
    kind: CapacityKind
    topics: tuple[str, ...] = Field(min_length=1, max_length=50, description="Words that offers and needs share.")
    technology: str | None = Field(
        default=None, description="A class of technology that it hands on; export rules ask of it."
    )
    start: Month = Field(alias="from")
    until: Month
    prefers: tuple[str, ...] = Field(default=(), description="Its own order of needs, or offers; these come first.")
    source: str | None = None

    @model_validator(mode="after")
    def _in_order(self) -> _Dated:
        if self.until < self.start:
            raise ValueError(f"it ends at {self.until}, before it begins at {self.start}")
        return self


class Offer(_Dated):
    """So many places of one kind, by one partner."""

    giver: str
    name: str = ""
    places: int = Field(default=1, ge=1, le=10_000)


class Need(_Dated):
    """What one partner looks for; `urgency` from 1 to 5."""

    taker: str
    name: str = ""
    urgency: int = Field(default=1, ge=1, le=5)


class Exchange(Value):
    """Offers and needs by id."""

    offers: FrozenMap[str, Offer] = FrozenDict()
    needs: FrozenMap[str, Need] = FrozenDict()
    sources: FrozenMap[str, str] = FrozenDict()


@dataclass(frozen=True, slots=True)
class Fit:
    """How well an offer serves a need, from 0 (not at all, `why`) to 1, by the topics that it covers."""

    score: float
    why: str


def fit(need: Need, offer: Offer) -> Fit:
    """How well an offer serves a need."""
    if offer.giver == need.taker:
        return Fit(0, "it is its own")
    if offer.kind != need.kind:
        return Fit(0, f"it is {_spoken(offer.kind)}, and {_spoken(need.kind)} is needed")
    if offer.until < need.start or offer.start > need.until:
        return Fit(0, f"it runs from {offer.start} to {offer.until}, the need from {need.start} to {need.until}")
    common = [t for t in need.topics if t in offer.topics]
    if not common:
        return Fit(0, f"it is about {', '.join(offer.topics)}, not {', '.join(need.topics)}")
    return Fit(len(common) / len(need.topics), f"it covers {', '.join(common)}")


def _spoken(kind: str) -> str:
    return kind.replace("_", " ")


def load(name: Path | str) -> Exchange:
    """The offers and needs in a file, or a shipped one. FundingError lists all that is wrong, unknown preferences too."""
    found = read_value(shipped_or_file(name, DATA), Exchange)
    for what, given, others in (("offer", found.offers, found.needs), ("need", found.needs, found.offers)):
        for key, one in given.items():
            for preferred in one.prefers:
                if preferred not in others:
                    raise FundingError(
                        f"{name}: the {what} {key!r} prefers {preferred!r}, which is not there; "
                        f"{nearest(preferred, others) or 'leave it out'}"
                    )
    return found
