"""An agreement as one immutable, versioned document: parties, sources and clauses, each with its structured part."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Literal, Self, TypeVar

from pydantic import Field, model_validator
from pydantic.json_schema import GenerateJsonSchema

from comity.governance.agreements.periods import Day, Period
from comity.governance.agreements.terms import ALL, Amendment, EntryIntoForce, Plain, Termination, Terms, Withdrawal
from comity.model.base import FrozenMap, Named, Value
from comity.model.missions import with_ids
from comity.model.programme import Source as PublicDocument
from comity.model.schema import DIALECT
from comity.record.canonical import canonical

AgreementKind = Literal["framework", "intergovernmental", "memorandum", "implementing_arrangement", "contract"]
#: From the highest down: what stands under another is of no higher kind.
RANKS: tuple[AgreementKind, ...] = (
    "framework",
    "intergovernmental",
    "memorandum",
    "implementing_arrangement",
    "contract",
)

T = TypeVar("T")
_KEYED = ("parties", "sources", "clauses")


class Heading(Value):
    """What the agreement is called, of what kind it is, and under which others it stands."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="The word that others name this agreement by.")
    version: int = Field(default=1, ge=1, description="Counts up with every changed text.")
    title: str
    kind: AgreementKind
    under: tuple[str, ...] = Field(default=(), description="Agreements that this one implements.")
    summary: str = ""
    binding: bool = Field(default=True, description="False: a political commitment, not law.")
    text: Literal["original", "paraphrase", "public_domain"] = Field(
        default="original",
        description="Whether clauses hold the text itself, our words for it, or text in the public domain.",
    )
    depositary: str = Field(default="", description="Who keeps the original and receives notices.")
    signed: Day | None = Field(default=None, description="When it was signed, where it was.")
    in_force: Day | None = Field(default=None, description="When it entered into force, where it did.")
    until: Day | None = Field(default=None, description="The last day that it binds.")
    source: str = Field(default="", description="`source-id, place`: where these days are from.")
    left_out: tuple[str, ...] = Field(
        default=(), description="What no source was found for: `kind: why` for a clause of a kind, or any text."
    )


class Party(Named):
    """Who is bound: by the partner's identifier, with the states it stands for."""

    acts_through: str = Field(default="", description="The agency that carries it out, where another signs.")
    states: tuple[str, ...] = Field(default=(), description="ISO 3166-1 alpha-2 codes.")
    signatory: str = Field(default="", description="Who signs: name and office.")


class Source(PublicDocument):
    """A public document, and how it was checked."""

    checked: str = Field(default="", description="What of it was seen, and where.")


class Duty(Value):
    """What a party (or `all`) must do: by a day, within a period of entry into force, each such period, or always."""

    party: str
    what: str
    due: Day | None = None
    within: Period | None = Field(default=None, description="Of entry into force.")
    every: Period | None = None
    done: Day | None = None


class Clause(Value):
    """One clause: its words, and what programs may act on."""

    id: str = ""
    title: str
    article: str = Field(default="", description="Where it stands in the original, such as `Article 16`.")
    text: str
    source: str = Field(default="", description="`source-id, article`; where it is a real agreement's.")
    duties: tuple[Duty, ...] = ()
    terms: Terms = Field(default_factory=Plain)


class Agreement(Value):
    """The whole document. `parties` and `clauses` are mappings by identifier, in the order of the file."""

    agreement: Heading
    parties: FrozenMap[str, Party] = Field(min_length=2)
    sources: FrozenMap[str, Source] = Field(default_factory=dict, validate_default=True)
    clauses: FrozenMap[str, Clause] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _ids(cls, raw: Any) -> Any:
        return with_ids(raw, *_KEYED)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if ALL in self.parties:
            raise ValueError(f"no party can be called {ALL!r}: that word means every party")
        return self

    @property
    def id(self) -> str:
        return self.agreement.id

    def of(self, kind: type[T]) -> Iterator[tuple[Clause, T]]:
        """Clauses whose structured part is of a type, with that part."""
        for clause in self.clauses.values():
            if isinstance(clause.terms, kind):
                yield clause, clause.terms

    def first(self, kind: type[T]) -> T | None:
        """The structured part of the first clause of a type."""
        return next((terms for _, terms in self.of(kind)), None)

    @cached_property
    def entry_into_force(self) -> EntryIntoForce:
        """Its conditions; the signature of all where the document states none."""
        return self.first(EntryIntoForce) or EntryIntoForce(kind="entry_into_force")

    @cached_property
    def amendment(self) -> Amendment:
        return self.first(Amendment) or Amendment(kind="amendment")

    @cached_property
    def withdrawal(self) -> Withdrawal | None:
        return self.first(Withdrawal)

    @cached_property
    def termination(self) -> Termination:
        return self.first(Termination) or Termination(kind="termination")

    def meant(self, party: str) -> tuple[str, ...]:
        """The parties that a name means: itself, or every one for `all`."""
        return tuple(self.parties) if party == ALL else (party,)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, without what is left at its default: it reads back as an equal document."""
        plain: dict[str, Any] = self.model_dump(mode="json", exclude_defaults=True)
        for section in _KEYED:
            for value in plain.get(section, {}).values():
                value.pop("id", None)
        return plain

    def to_record(self) -> dict[str, Any]:
        """The form on the record: as `to_dict`, with sections as lists, for the order of clauses is part of what is signed."""
        plain = self.to_dict()
        for section in _KEYED:
            if section in plain:
                plain[section] = [{"id": name, **value} for name, value in plain[section].items()]
        return plain

    @classmethod
    def from_record(cls, plain: Any) -> Self:
        """The document in its form on the record. ValueError when it is none."""
        if not isinstance(plain, dict):
            raise ValueError("an agreement is a map with the sections agreement, parties and clauses")
        given = dict(plain)
        for section in _KEYED:
            if section not in given:
                continue
            entries = given[section]
            if not isinstance(entries, list) or not all(
                isinstance(e, dict) and isinstance(e.get("id"), str) for e in entries
            ):
                raise ValueError(f"on the record, {section} is a list of maps, each with its id")
            given[section] = {e["id"]: {k: v for k, v in e.items() if k != "id"} for e in entries}
            if len(given[section]) != len(entries):
                raise ValueError(f"on the record, {section} has an id twice")
        return cls.model_validate(given)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the RFC 8785 canonical JSON of `to_record`, in hexadecimal: what a party signs."""
        return hashlib.sha256(canonical(self.to_record())).hexdigest()


def agreement_schema() -> dict[str, Any]:
    """The published JSON Schema of an agreement's file."""
    schema = Agreement.model_json_schema(mode="validation", schema_generator=GenerateJsonSchema)
    for name in ("Party", "Source", "Clause"):
        schema["$defs"][name].get("properties", {}).pop("id", None)  # the key in the file is the identifier
    for definition in schema["$defs"].values():
        kind = definition.get("properties", {}).get("kind", {})
        if "const" in kind and "kind" not in definition.get("required", []):
            definition.setdefault("required", []).append("kind")
    return {"$schema": DIALECT, **schema, "title": "An agreement between partners"}
