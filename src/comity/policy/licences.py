"""Licences and technical assistance agreements: what a licensing authority allowed, to whom, from when to when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from comity.model.base import Value
from comity.policy.language import quoted

#: Kinds of approval (22 CFR 120.57 names those of the ITAR).
LicenceKind = Literal["licence", "technical_assistance_agreement", "manufacturing_licence_agreement", "general_licence"]


class Licence(Value):
    """An approval to pass classes of technology from givers to receivers, on its days (both ends included, UTC)."""

    id: str = Field(min_length=1)
    kind: LicenceKind = "licence"
    authority: str = Field(min_length=1, description="Who granted it.")
    givers: tuple[str, ...] = Field(min_length=1, description="Partners' ids.")
    receivers: tuple[str, ...] = Field(min_length=1, description="Partners' ids.")
    classes: tuple[str, ...] = Field(min_length=1, description="Technology classes, or entries of control lists.")
    valid_from: date
    valid_until: date
    purposes: tuple[str, ...] = Field(default=(), description="Default: any.")
    provisos: tuple[str, ...] = Field(
        default=(), description="Conditions that people must keep; told with every answer."
    )
    source: str = Field(min_length=1, description="The licence's number, or the document.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_until < self.valid_from:
            raise ValueError(f"it ends on {self.valid_until}, before it begins on {self.valid_from}")
        return self

    @property
    def because(self) -> str:
        """The reason as an answer tells it."""
        words = self.kind.replace("_", " ").capitalize()
        provisos = "".join(f"; proviso: {p}" for p in self.provisos)
        return f"{words} {self.id} of {self.authority}, {self.valid_from} to {self.valid_until}{provisos}."


def licence_condition(licence: Licence) -> str:
    """That a transfer is covered by a licence, in Cedar."""
    name = f"Licence::{quoted(licence.id)}"
    receivers = ", ".join(f"Partner::{quoted(r)}" for r in licence.receivers)
    givers = ", ".join(f"Partner::{quoted(g)}" for g in licence.givers)
    parts = [
        f"principal in [{givers}] && context.receiver in [{receivers}]",
        f"resource in {name}",
        f'context.at >= datetime("{licence.valid_from}")',
        f'context.at < datetime("{licence.valid_until + timedelta(days=1)}")',
    ]
    if licence.purposes:
        parts.append(f"[{', '.join(map(quoted, licence.purposes))}].contains(context.purpose)")
    return "\n  && ".join(parts)


def licence_rules(licences: Iterable[Licence]) -> str:
    """The rules that licences are: each permits what it covers, and can be cited like any other."""
    return "\n".join(_rule(licence) for licence in licences)


def _rule(licence: Licence) -> str:
    lines: Iterator[str] = iter(
        (
            f"@id({quoted(f'licence {licence.id}')})",
            f"@because({quoted(licence.because)})",
            f"@source({quoted(licence.source)})",
            f"@needs({quoted(f'the days of licence {licence.id}: {licence.valid_from} to {licence.valid_until}')})",
            'permit (principal, action == Action::"transfer", resource)',
            f"when {{ {licence_condition(licence)} }};\n",
        )
    )
    return "\n".join(lines)
