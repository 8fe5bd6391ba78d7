"""The rules of debris mitigation that come with comity, as data with their sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Literal

from pydantic import Field, model_validator

from comity.model.base import FrozenMap, Value
from comity.model.problems import nearest
from comity.safety.atmosphere import Activity
from comity.safety.errors import SafetyError
from comity.safety.files import DATA, read_value

#: What a rule is about; each kind has its own fields.
RuleKind = Literal["lifetime", "graveyard", "perigee", "below", "at_least", "passivation"]
#: Figures that an analysis of its own must bring: they are compared, not computed here.
Figure = Literal[
    "explosion_probability", "collision_probability", "small_debris_probability", "disposal_reliability",
    "casualty_expectation",
]  # fmt: skip
_NEEDED: dict[str, tuple[str, ...]] = {
    "lifetime": ("years",),
    "graveyard": ("base_km", "per_area_km"),
    "perigee": ("perigee_km",),
    "below": ("figure", "limit"),
    "at_least": ("figure", "limit"),
    "passivation": (),
}


class Document(Value):
    """A document that rules are taken from; `checked` says what of it was seen."""

    name: str
    publisher: str
    date: str
    url: str
    checked: str


class Rule(Value):
    """One rule of debris mitigation."""

    name: str
    set: str = Field(description="Whose rule it is, such as nasa.")
    kind: RuleKind
    source: str = Field(description="`SOURCE-ID, place`.")
    years: float | None = Field(default=None, gt=0, description="Of lifetime after the end of the mission.")
    activity: Activity | None = Field(default=None, description="The Sun's activity to reckon with, where it says one.")
    base_km: float | None = None
    per_area_km: float | None = Field(default=None, description="Times CR A/m [m²/kg].")
    eccentricity: float | None = None
    perigee_km: float | None = None
    figure: Figure | None = None
    limit: float | None = None

    @model_validator(mode="after")
    def _whole(self) -> Rule:
        missing = [name for name in _NEEDED[self.kind] if getattr(self, name) is None]
        if missing:
            raise ValueError(f"a rule of kind {self.kind} needs {', '.join(missing)}")
        return self


class RuleBook(Value):
    """Rules and the documents that they are from."""

    sources: FrozenMap[str, Document]
    rules: FrozenMap[str, Rule]

    @model_validator(mode="after")
    def _cited(self) -> RuleBook:
        for name, rule in self.rules.items():
            if rule.source.partition(",")[0] not in self.sources:
                raise ValueError(f"the rule {name} cites {rule.source.partition(',')[0]!r}, which is not under sources")
        return self


@cache
def shipped_rules() -> RuleBook:
    """The rules that come with comity."""
    return read_value(DATA / "debris-rules.yaml", RuleBook)


def rules_of(sets: Iterable[str] = ()) -> Mapping[str, Rule]:
    """The rules of these sets (`nasa`, `esa`, `fcc`, `iadc`, `iso`); all of them when none is named. SafetyError."""
    book, wanted = shipped_rules(), tuple(sets)
    known = sorted({rule.set for rule in book.rules.values()})
    for name in wanted:
        if name not in known:
            raise SafetyError(f"there is no set of rules {name!r}; {nearest(name, known) or ', '.join(known)}")
    return {name: rule for name, rule in book.rules.items() if not wanted or rule.set in wanted}
