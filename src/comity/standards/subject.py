"""What a document about interfaces is of: a programme, some of its missions, or a case; its question, answer, names, sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from comity.model.programme import Programme, Source
from comity.standards.answer import CheckedInterfaces, InterfaceCheck
from comity.standards.case import InterfaceCase, case_question
from comity.standards.checker import check
from comity.standards.interfaces import catalogue_sources, programme_question
from comity.standards.measures import Reader
from comity.standards.question import Junction, Question
from comity.standards.register import Register, shipped


@dataclass(frozen=True, slots=True)
class Subject:
    """Interfaces that were checked, with what it takes to tell of them.

    `names` has partners' names by identifier (who is not in it is called by his identifier), `mission_names` missions'.
    `sources` are the documents that the programme's or the case's own ports cite, by identifier.
    """

    id: str
    name: str
    question: Question
    answer: CheckedInterfaces
    register: Register
    reader: Reader
    names: Mapping[str, str]
    mission_names: Mapping[str, str]
    sources: Mapping[str, Source]

    @property
    def pairs(self) -> tuple[tuple[Junction, InterfaceCheck], ...]:
        """Each junction with its check."""
        return tuple(zip(self.question.junctions, self.answer.checks, strict=True))

    def document(self, provenance: str, origin: str = "port") -> tuple[str, Source] | None:
        """The document that a provenance (`source-id, where`) cites, with its identifier; None for an estimate.

        `origin` is that of the value: `port`, or the standard that gave it, whose documents are the register's.
        """
        identifier = provenance.partition(",")[0].strip()
        places = (self.sources, catalogue_sources()) if origin == "port" else (self.register.sources,)
        found = next((place[identifier] for place in places if identifier in place), None)
        return None if found is None else (identifier, found)

    def partner(self, identifier: str) -> str:
        """What a partner is called."""
        return self.names.get(identifier, identifier)


def of_programme(
    programme: Programme,
    *,
    missions: Iterable[str] = (),
    register: Register | None = None,
    reader: Reader | None = None,
    with_catalogue: bool = True,
) -> Subject:
    """The interfaces of a programme's missions (default: all), checked. StandardsError as of `check_programme`."""
    question = programme_question(programme, missions=missions, with_catalogue=with_catalogue)
    names = {identifier: partner.name for identifier, partner in programme.partners.items()}
    mission_names = {identifier: mission.name for identifier, mission in programme.missions.items()}
    return _subject(
        programme.programme.id,
        programme.programme.name,
        question,
        register,
        reader,
        names,
        mission_names,
        programme.sources,
    )


def of_case(
    case: InterfaceCase, *, register: Register | None = None, reader: Reader | None = None, with_catalogue: bool = True
) -> Subject:
    """The interfaces of a case, checked."""
    question = case_question(case, with_catalogue=with_catalogue)
    return _subject(case.id, case.name, question, register, reader, {}, {case.id: case.name}, case.sources)


def _subject(
    identifier: str,
    name: str,
    question: Question,
    register: Register | None,
    reader: Reader | None,
    names: Mapping[str, str],
    mission_names: Mapping[str, str],
    sources: Mapping[str, Source],
) -> Subject:
    register, reader = register or shipped(), reader or Reader()
    answer = check(question, register=register, reader=reader)
    return Subject(identifier, name, question, answer, register, reader, names, mission_names, sources)
