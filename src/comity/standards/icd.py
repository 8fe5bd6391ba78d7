"""An interface control document: who meets whom by what, both sides' values, whether they fit, by which standard, what is open.

What a document should hold follows ECSS-E-ST-10-24C (1 June 2015), "Space engineering: Interface management", as far as
ports say it: identification, the parties, the values at both sides with their origin, applicable standards, open points,
signatures. The same interfaces make the same document: it holds no date but those of its sources.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from comity.model.ports import TERMS, Claim, PortKind
from comity.model.problems import nearest
from comity.model.programme import Source
from comity.standards.answer import Adaptation, Finding, InterfaceCheck, Meeting, Stated, Verdict, worst
from comity.standards.errors import StandardsError
from comity.standards.fit import Judge
from comity.standards.joints import Joint, faults, joints
from comity.standards.question import Junction
from comity.standards.register import held
from comity.standards.rules import DEMANDS, rule_book
from comity.standards.subject import Subject


@dataclass(frozen=True, slots=True)
class Party:
    """One side: an element, and everyone who provides it, by option."""

    reference: str
    name: str
    mission: str
    providers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter at both sides; `origins` says of each value where it comes from, with documents by their numbers.

    `verdict` is None where nothing is demanded: the value is for the reader.
    """

    parameter: str
    meaning: str
    rule: str
    demand: str
    values: tuple[Stated | None, Stated | None]
    origins: tuple[str, str]
    verdict: Verdict | None
    difference: str
    says: str


@dataclass(frozen=True, slots=True)
class Part:
    """Two ports that meet, and their parameters; `between` names what meets where adapters stand between."""

    kind: str
    ports: tuple[str, str]
    between: tuple[str, str]
    standards: tuple[tuple[str, ...], tuple[str, ...]]
    verdict: Verdict
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """The interface as some options provide its sides."""

    options: tuple[tuple[str, ...], tuple[str, ...]]
    verdict: Verdict
    parts: tuple[Part, ...]
    adapters: tuple[str, ...] = ()
    adapter_named: bool = False
    adapter_parts: tuple[Part, ...] = ()
    unstated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cited:
    """A document, by its number."""

    number: int
    identifier: str
    name: str
    publisher: str
    date: str
    url: str


@dataclass(frozen=True, slots=True)
class Applicable:
    """A standard that a side claims: the edition, its state, what it gives and in which clause, and who claims it."""

    claim: str
    designation: str
    title: str
    publisher: str
    edition: str
    date: str
    status: str
    superseded_by: str
    url: str
    values: tuple[tuple[str, str, str], ...]
    clause: str
    claimed_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """What must be settled before the document can be signed, and by whom."""

    number: int
    verdict: Verdict
    kind: str
    says: str
    who: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InterfaceControlDocument:
    """All that is said of one interface."""

    identifier: str
    key: str
    programme: str
    mission: str
    technology: str
    note: str
    verdict: Verdict
    parties: tuple[Party, Party]
    variants: tuple[Variant, ...]
    standards: tuple[Applicable, ...]
    open_points: tuple[OpenPoint, ...]
    sources: tuple[Cited, ...]
    signatories: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def title(self) -> str:
        """Its two sides."""
        return f"{self.parties[0].name} / {self.parties[1].name}"

    @property
    def digest(self) -> str:
        """SHA-256 of its content as JSON with sorted keys: what a signature stands under."""
        text = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold, with title and digest."""
        return {**asdict(self), "title": self.title, "digest": self.digest}


def interface_control_documents(subject: Subject, *, interface: str = "") -> tuple[InterfaceControlDocument, ...]:
    """The documents of checked interfaces, one each, with all combinations of options.

    `interface` chooses one, by its identifier (`mission/number`, counted from 1) or its key (`mission:first~second`).
    StandardsError when there is none of this name.
    """
    grouped: dict[tuple[str, int], list[tuple[Junction, InterfaceCheck]]] = {}
    for junction, check in subject.pairs:
        grouped.setdefault((check.mission, check.number), []).append((junction, check))
    named = {_identifier(pairs[0][1]): pairs for pairs in grouped.values()}
    chosen = {name: pairs for name, pairs in named.items() if interface in ("", name, pairs[0][1].key)}
    if interface and not chosen:
        known = [told for name, pairs in named.items() for told in (name, pairs[0][1].key)]
        hint = nearest(interface, known) or f"the interfaces are {', '.join(known[::2])}"
        raise StandardsError(f"there is no interface {interface!r} in {subject.id}; {hint}")
    return tuple(_Writer(subject).document(identifier, pairs) for identifier, pairs in chosen.items())


def _identifier(check: InterfaceCheck) -> str:
    return f"{check.mission}/{check.number + 1}"


@dataclass(slots=True)
class _Writer:
    """Writes one document; it numbers the documents that are cited in the order in which they are."""

    subject: Subject
    cited: dict[tuple[str, Source], int] = field(default_factory=dict)

    def document(self, identifier: str, pairs: list[tuple[Junction, InterfaceCheck]]) -> InterfaceControlDocument:
        first = pairs[0][1]
        parties = (self._party(pairs, 0), self._party(pairs, 1))
        variants = tuple(self._variant(junction, check) for junction, check in pairs)
        standards = tuple(self._applicable(pairs))
        signatories: dict[str, list[str]] = {}
        for party in parties:
            for provider, _ in party.providers:
                signatories.setdefault(provider, []).append(party.name)
        return InterfaceControlDocument(
            f"{self.subject.id}/{identifier}",
            first.key,
            self.subject.name,
            self.subject.mission_names.get(first.mission, first.mission),
            first.technology,
            first.note,
            worst(check.verdict for _, check in pairs),
            parties,
            variants,
            standards,
            tuple(self._open(pairs)),
            tuple(
                Cited(number, name, source.name, source.publisher, source.date, source.url)
                for (name, source), number in self.cited.items()
            ),
            tuple((self.subject.partner(p), tuple(dict.fromkeys(elements))) for p, elements in signatories.items()),
        )

    def _party(self, pairs: list[tuple[Junction, InterfaceCheck]], side: int) -> Party:
        ends = list(dict.fromkeys(check.ends[side] for _, check in pairs))
        providers = dict.fromkeys(p for end in ends for p in end.providers)
        named = tuple((p, self.subject.partner(p)) for p in providers)
        mission = ends[0].mission
        return Party(ends[0].reference, ends[0].name, self.subject.mission_names.get(mission, mission), named)

    def _variant(self, junction: Junction, check: InterfaceCheck) -> Variant:
        names = (check.ends[0].name, check.ends[1].name)
        parts = tuple(self._part(meeting, names, junction) for meeting in check.meetings)
        options = (check.ends[0].options, check.ends[1].options)
        adaptation = check.adaptation
        if adaptation is None:
            return Variant(options, check.verdict, parts)
        through: list[Part] = []
        for joint in joints(check):
            path = [names[0], *self._row_names(junction, adaptation, joint), names[1]]
            for n, meeting in enumerate(joint.through):
                through.append(self._part(meeting, (path[n], path[n + 1]), None))
        return Variant(
            options, check.verdict, parts, adaptation.names, adaptation.named, tuple(through), adaptation.unstated
        )

    def _row_names(self, junction: Junction, adaptation: Adaptation, joint: Joint) -> tuple[str, ...]:
        """The adapters that one kind goes through: all of the row, or of several rows those that have ports of it."""
        between = len(joint.through) - 1
        if len(adaptation.names) == between:
            return adaptation.names
        known = {side.end.reference: side for side in (*self.subject.question.adapters, *junction.adapter)}
        having = tuple(
            name
            for reference, name in zip(adaptation.adapters, adaptation.names, strict=True)
            if reference in known and any(port.kind == joint.kind for port in known[reference].ports.values())
        )
        return having if len(having) == between else ("an adapter",) * max(0, between)

    def _part(self, meeting: Meeting, between: tuple[str, str], junction: Junction | None) -> Part:
        rows = [self._row(meeting.kind, finding) for finding in meeting.findings]
        if junction is not None and meeting.kind != "any":
            rows += self._for_the_reader(junction, meeting, meeting.kind, {f.parameter for f in meeting.findings})
        return Part(meeting.kind, meeting.ports, between, meeting.standards, meeting.verdict, tuple(rows))

    def _row(self, kind: str, finding: Finding) -> Row:
        return Row(
            finding.parameter,
            _meaning(kind, finding.parameter),
            finding.rule,
            DEMANDS[finding.rule],
            finding.values,
            (self._origin(finding.values[0]), self._origin(finding.values[1])),
            finding.verdict,
            finding.difference,
            finding.says,
        )

    def _for_the_reader(self, junction: Junction, meeting: Meeting, kind: PortKind, told: set[str]) -> Iterator[Row]:
        """The values of two ports on which no rule speaks: informative ones, and what gear of another make has."""
        judge = Judge(self.subject.register, self.subject.reader)
        sides = [
            held(side.ports[name], self.subject.register) if name in side.ports else {}
            for side, name in zip(junction.sides, meeting.ports, strict=True)
        ]
        for name in dict.fromkeys((*sides[0], *sides[1])):
            if any(name in parameter.split(" or ") for parameter in told):
                continue
            given = [None if (value := side.get(name)) is None else judge.stated(value, kind, name) for side in sides]
            values = (given[0], given[1])
            origins = (self._origin(values[0]), self._origin(values[1]))
            yield Row(name, _meaning(kind, name), "informative", DEMANDS["informative"], values, origins, None, "", "")

    def _origin(self, value: Stated | None) -> str:
        """Where a value comes from: `by idss@F; [2] table 3`, `[1] page 4`, `estimate: by analogy`."""
        if value is None:
            return ""
        by = "" if value.origin == "port" or "@" not in value.origin else f"by {value.origin}"
        return "; ".join(part for part in (by, self._cite(value.provenance, value.origin)) if part)

    def _cite(self, provenance: str, origin: str) -> str:
        """A provenance with the number of each document that it cites (`id, where; id, where`) in place of the identifier."""
        told = []
        for part in provenance.split("; "):
            found = self.subject.document(part, "port" if "@" not in origin else origin)
            if found is not None:
                number = self.cited.setdefault(found, len(self.cited) + 1)
                part = f"[{number}] {part.partition(',')[2].strip()}".rstrip()
            told.append(part)
        return "; ".join(told)

    def _applicable(self, pairs: list[tuple[Junction, InterfaceCheck]]) -> Iterator[Applicable]:
        claimed: dict[tuple[Claim, PortKind], dict[str, None]] = {}
        for junction, check in pairs:
            met = {(k, m.ports[k]) for m in check.meetings for k in (0, 1)}
            for k, side in enumerate(junction.sides):
                for name, port in side.ports.items():
                    for claim in port.standards if (k, name) in met else ():
                        claimed.setdefault((claim, port.kind), {})[side.end.name] = None
        for (claim, kind), who in claimed.items():
            yield self._standard(claim, kind, tuple(who))

    def _standard(self, claim: Claim, kind: PortKind, who: tuple[str, ...]) -> Applicable:
        name, edition = self.subject.register.edition(claim)
        standard = self.subject.register.standards[claim.standard]
        given, source = self.subject.register.given(claim, kind)
        clause = source if given else ""
        open_edition = self.subject.register.is_open(claim)
        return Applicable(
            str(claim),
            standard.designation,
            standard.name,
            standard.publisher,
            "no edition said" if open_edition else name,
            "" if open_edition else edition.date,
            "to be said" if open_edition else edition.status,
            "" if open_edition else edition.superseded_by or "",
            standard.url,
            tuple(
                (parameter, str(value), rule_book().kinds[kind].parameters[parameter].rule)
                for parameter, value in given.items()
            ),
            self._cite(clause or edition.source, f"{claim.standard}@{name}"),
            who,
        )

    def _open(self, pairs: list[tuple[Junction, InterfaceCheck]]) -> Iterator[OpenPoint]:
        seen: dict[tuple[str, str], tuple[Verdict, tuple[str, ...]]] = {}
        for _, check in pairs:
            for joint in joints(check):
                for _, finding in faults(joint):
                    both = tuple(dict.fromkeys(p for end in check.ends for p in end.providers))
                    who = tuple(self.subject.partner(p) for p in (finding.who or both))
                    seen.setdefault((joint.kind, finding.says), (finding.verdict, who))
        for number, ((kind, says), (verdict, who)) in enumerate(seen.items(), start=1):
            yield OpenPoint(number, verdict, kind, says, who)


def _meaning(kind: str, parameter: str) -> str:
    terms = next((terms for name, terms in TERMS.items() if name == kind), {})
    term = terms.get(parameter)
    return term.meaning if term is not None else ""
