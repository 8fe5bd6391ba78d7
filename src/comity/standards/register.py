"""The register of standards: who publishes each, its editions with date and status, and the values that claiming it gives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from comity.model.base import FrozenDict, FrozenMap, Named, Value
from comity.model.missions import with_ids
from comity.model.ports import Claim, Parameter, Port, PortKind, check_term
from comity.model.problems import Problem, nearest, problem
from comity.model.programme import Source
from comity.model.value_file import listed
from comity.standards.errors import StandardsError
from comity.standards.files import DATA, read_value

Status = Literal["in force", "superseded", "withdrawn", "draft"]
_DATE = re.compile(r"\d{4}(-\d{2}){0,2}")


class Profile(Value):
    """What a port has by claiming an edition: parameters by kind of port, and where the edition says so."""

    parameters: FrozenMap[PortKind, FrozenMap[str, Parameter]] = Field(min_length=1)
    source: str = Field(description="`source-id, section or table`.")

    @model_validator(mode="after")
    def _of_its_kind(self) -> Profile:
        for kind, given in self.parameters.items():
            for name, parameter in given.items():
                check_term(kind, name, parameter)
        return self


class Edition(Value):
    """One edition (issue, revision) of a standard."""

    date: str = Field(description="Of publication: YYYY, YYYY-MM or YYYY-MM-DD; empty when no source says.", default="")
    status: Status = "in force"
    superseded_by: str | None = Field(default=None, description="An edition, or `standard@edition`.")
    source: str = Field(description="`source-id, where`: where the edition and its status were seen.")
    interchangeable_with: tuple[str, ...] = Field(default=(), description="Editions that mate with this one.")
    profile: Profile | None = None

    @model_validator(mode="after")
    def _sane(self) -> Edition:
        if self.date and not _DATE.fullmatch(self.date):
            raise ValueError(f"{self.date!r} is not a date; write YYYY, YYYY-MM or YYYY-MM-DD")
        if (self.status == "superseded") != (self.superseded_by is not None):
            raise ValueError("an edition is superseded by another that superseded_by names; give both or neither")
        return self


class Standard(Named):
    """A standard: `name` is its title."""

    designation: str = Field(description="As its publisher calls it: CCSDS 131.0-B, ECSS-E-ST-50C.")
    publisher: str
    kinds: tuple[PortKind, ...] = Field(default=(), description="The kinds of port that it speaks of.")
    scope: str
    url: str = ""
    editions: FrozenMap[str, Edition] = Field(min_length=1, description="From the oldest to the newest.")

    @property
    def current(self) -> str:
        """The newest edition in force; the newest of all when none is."""
        in_force = [name for name, edition in self.editions.items() if edition.status == "in force"]
        return (in_force or list(self.editions))[-1]


class Register(Value):
    """All standards by identifier, and the documents in which they were seen."""

    sources: FrozenMap[str, Source]
    standards: FrozenMap[str, Standard]

    @model_validator(mode="before")
    @classmethod
    def _ids(cls, raw: object) -> object:
        return with_ids(raw, "sources", "standards")

    def edition(self, claim: Claim) -> tuple[str, Edition]:
        """The edition that a claim means: its name and itself; the one in force when it names none.

        StandardsError when there is no such standard or edition.
        """
        standard = self.standards.get(claim.standard)
        if standard is None:
            hint = nearest(claim.standard, self.standards) or "`comity standards` lists them"
            raise StandardsError(f"there is no standard {claim.standard!r} in the register; {hint}")
        name = claim.edition or standard.current
        if name not in standard.editions:
            hint = nearest(name, standard.editions) or f"it has {', '.join(standard.editions)}"
            raise StandardsError(f"{claim.standard} has no edition {name!r}; {hint}")
        return name, standard.editions[name]

    def claimed(self, claim: Claim, kind: PortKind) -> None:
        """StandardsError when a port of a kind cannot claim this: not in the register, or a standard of other kinds."""
        self.edition(claim)
        kinds = self.standards[claim.standard].kinds
        if kind not in kinds:
            of = f"of {' and '.join(kinds)} ports" if kinds else "of no kind of port"
            fit = [name for name, standard in self.standards.items() if kind in standard.kinds]
            raise StandardsError(
                f"{claim.standard} is a standard {of}, not of {kind}; standards of {kind} ports are "
                f"{', '.join(fit[:5]) or 'none'}{', ...' if len(fit) > 5 else ''}"
            )

    def is_open(self, claim: Claim) -> bool:
        """Does a claim leave open which of several editions it means?"""
        self.edition(claim)
        return not claim.edition and len(self.standards[claim.standard].editions) > 1

    def written(self, claim: Claim) -> str:
        """A claim with its edition, `idss@F`; `idss@?` where it is left open."""
        return f"{claim.standard}@{OPEN if self.is_open(claim) else self.edition(claim)[0]}"

    def given(self, claim: Claim, kind: PortKind) -> tuple[Mapping[str, Parameter], str]:
        """What a port of a kind has by a claim, and the source: of its edition, or what all editions have in common whose
        values are known, where it leaves the edition open."""
        editions = (
            tuple(self.standards[claim.standard].editions.values())
            if self.is_open(claim)
            else (self.edition(claim)[1],)
        )
        profiles = [edition.profile for edition in editions if edition.profile is not None]
        if not profiles:
            return {}, ""
        each = [profile.parameters.get(kind, FrozenDict()) for profile in profiles]
        common = {name: value for name, value in each[-1].items() if all(e.get(name) == value for e in each)}
        return common, profiles[-1].source


#: What stands for an edition that a claim leaves open.
OPEN = "?"


@dataclass(frozen=True, slots=True)
class Held:
    """A value that a port has: stated by itself (`origin` is `port`) or by a standard that it claims (`idss@F`)."""

    parameter: Parameter
    origin: str
    provenance: str


def held(port: Port, register: Register) -> Mapping[str, Held]:
    """All values that a port has, by parameter: its own, and those of the standards that it claims.

    What the port states goes before a standard, and an earlier claim before a later. StandardsError for an unknown claim, or
    one to a standard of other kinds of port.
    """
    values: dict[str, Held] = {}
    for name, parameter in port.parameters.items():
        kind, text = port.provenance_of(name) or ("", "")
        values[name] = Held(parameter, "port", f"estimate: {text}" if kind == "estimate" else text)
    for claim in port.standards:
        register.claimed(claim, port.kind)
        given, source = register.given(claim, port.kind)
        for name, parameter in given.items():
            values.setdefault(name, Held(parameter, register.written(claim), source))
    return values


def read_register(file: Path) -> Register:
    """The register that a file holds. StandardsError lists its problems, those across it too."""
    register, positions = read_value(file, Register)
    problems: list[Problem] = []
    for name, standard in register.standards.items():
        for edition_name, edition in standard.editions.items():
            path = ("standards", name, "editions", edition_name)
            for field, text in (("source", edition.source), ("profile", edition.profile and edition.profile.source)):
                if text and text.partition(",")[0].strip() not in register.sources:
                    at = (*path, field)
                    said = f"there is no source {text.partition(',')[0].strip()!r}"
                    problems.append(
                        problem(positions.of(at), at, said, nearest(text.partition(",")[0], register.sources))
                    )
            if edition.superseded_by is not None:
                at = (*path, "superseded_by")
                other = edition.superseded_by if "@" in edition.superseded_by else f"{name}@{edition.superseded_by}"
                try:
                    register.edition(Claim.parse(other))
                except ValueError as error:
                    problems.append(problem(positions.of(at), at, str(error)))
    if problems:
        raise StandardsError(listed(problems))
    return register


@cache
def shipped() -> Register:
    """The register that comes with comity."""
    return read_register(DATA / "standards.yaml")
