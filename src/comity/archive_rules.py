"""Whose rules hold in an archive: those of its programme, on its record if it is on one, for the partners in it.

The archive asks policy whether a reader may; what a record says (agreements, suspensions, adopted rules) stands above both,
and is brought together with them here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from comity.archive import PUBLIC, Access, Archive, ArchiveError, Dataset, Reader, milliseconds
from comity.archive.kinds import ERRATA
from comity.archive.place import SETTINGS, read_settings
from comity.bundled import bundled
from comity.kinds import KINDS
from comity.model import read
from comity.model.problems import nearest
from comity.model.programme import Programme
from comity.policy import Description, Facts, PolicyError, World, partner, world
from comity.record import RecordError, State
from comity.record.naming import is_record
from comity.record.programme import reading_of
from comity.records import open_record
from comity.standing_facts import on_record

#: The team of all partners, where an archive has no programme.
PARTNERS = "partners"


@dataclass(frozen=True, slots=True)
class Governed:
    """The programme and, if it is on a record, the state that govern an archive."""

    programme: Programme | None
    state: State | None
    described: Description

    @property
    def everybody(self) -> str:
        """The team of all partners."""
        return self.programme.programme.id if self.programme is not None else PARTNERS

    def world(self, at: datetime, described: Description | None = None) -> World:
        """The rules and facts at a time (UTC); the public is known among them."""
        told = described or self.described
        standing = None
        if self.state is not None and self.programme is not None:
            standing = on_record(self.state, at, self.programme, [kind.name for kind in KINDS])
        held = world(self.programme, told, standing)
        public = partner(PUBLIC)
        return World(held.policies, Facts.of({**held.facts.entities, public.uid: public}.values()))

    def reader(self, who: str, at: datetime | None = None, *, purpose: str = "science") -> Reader:
        """Who asks, by the rules and facts of now or of a time. ArchiveError, with the nearest name, when nobody is called so."""
        held = self.world(at or datetime.now(UTC))
        try:
            held.facts.known("Partner", who)
        except PolicyError as error:
            raise ArchiveError(str(error)) from None
        return Reader(who, held.policies, held.facts, purpose)

    def errata(self, dataset: str) -> list[dict[str, Any]]:
        """What the record says is wrong with the releases of a dataset, in the order in which it was said."""
        held = self.state.section(ERRATA) if self.state is not None else {}
        return [e for key, told in held.items() if key.partition("@")[0] == dataset for e in told]

    def access(self, dataset: Dataset) -> Access:
        """Who may read a dataset: as it says, or as an agreement in force on the record has it.

        ArchiveError when its owner or team is nobody's name, its mission or element none of the programme's, or no agreement speaks
        of its data.
        """
        self._check_mission(dataset)
        team = dataset.team or self.everybody
        if dataset.agreement is not None:
            return self._agreed(dataset)
        facts = self.world(datetime.now(UTC)).facts
        try:
            facts.known("Partner", dataset.owner)
            for name in (team, *([dataset.cleared] if dataset.cleared else [])):
                facts.known("Team", name)
        except PolicyError as error:
            raise ArchiveError(f"dataset {dataset.id}: {error}") from None
        assert dataset.access is not None
        opens = None if dataset.public_from is None else milliseconds(dataset.public_from)
        return Access(dataset.access, dataset.owner, team, opens, dataset.restriction, dataset.cleared)

    def _check_mission(self, dataset: Dataset) -> None:
        if dataset.mission is None:
            return
        if self.programme is None:
            raise ArchiveError(
                f"dataset {dataset.id}: mission {dataset.mission!r}: the archive has no programme; say facility and instrument"
            )
        name, _, element = dataset.mission.partition("/")
        missions = self.programme.missions
        if name not in missions:
            hint = nearest(name, missions) or f"it has {', '.join(list(missions)[:12])}"
            raise ArchiveError(f"dataset {dataset.id}: the programme has no mission {name!r}; {hint}")
        elements = missions[name].elements
        if element and element not in elements:
            hint = nearest(element, elements) or f"it has {', '.join(list(elements)[:12])}"
            raise ArchiveError(f"dataset {dataset.id}: mission {name!r} has no element {element!r}; {hint}")

    def _agreed(self, dataset: Dataset) -> Access:
        product = {dataset.id: {"of": dataset.agreement, "made": dataset.made}}
        told = Description.model_validate({**self.described.model_dump(), "products": product})
        try:
            known = self.world(datetime.now(UTC), told).facts.known("Dataset", dataset.id).attributes
        except PolicyError as error:
            raise ArchiveError(f"dataset {dataset.id}: {error}") from None
        opens = known.get("public_from")
        restriction = known.get("restriction")
        return Access(
            str(known["access"]),
            known["owner"].id,  # type: ignore[union-attr]
            known["team"].id,  # type: ignore[union-attr]
            milliseconds(opens) if isinstance(opens, datetime) else None,
            dataset.restriction or (str(restriction) if restriction else None),
            dataset.cleared,
        )


def stamp(archive: Archive) -> tuple[object, ...]:
    """What `governed` was made from, as it is now: another stamp means that rules, teams or a record may have changed."""
    named = read_settings(archive.folder).programme
    files = [archive.folder / SETTINGS]
    if named is not None and "://" in named:
        with open_record(named) as record:
            return (named, len(record), *map(_state_of, files))
    if named is not None:
        place = bundled().get(named, archive.folder / named)
        files += sorted(place.rglob("*.yaml")) if place.is_dir() else [place, place.with_name(f"{place.name}-wal")]
    return (named, *map(_state_of, files))


def _state_of(file: Path) -> tuple[str, int, int]:
    try:
        found = file.stat()
    except FileNotFoundError:
        return str(file), 0, 0
    return str(file), found.st_mtime_ns, found.st_size


def governed(archive: Archive) -> Governed:
    """Whose rules hold in an archive, by its settings as they are now. ArchiveError when its programme or record cannot be read."""
    settings = read_settings(archive.folder)
    named = settings.programme
    known: Mapping[str, object] = settings.partners
    if named is None:
        known = {settings.host: {}, **settings.partners}
    everybody = {PARTNERS: tuple(known)} if named is None else {}
    described = Description.model_validate({"partners": known, "teams": {**everybody, **settings.teams}})
    if named is None:
        return Governed(None, None, described)
    try:
        if is_record(named):
            with open_record(named if "://" in named else archive.folder / named) as record:
                state = record.state
            reading = reading_of(state, called=named)
            return Governed(_sound(reading.programme, named), state, described)
        folder = bundled().get(named, archive.folder / named)
        return Governed(_sound(read(folder).programme, named), None, described)
    except (RecordError, OSError) as error:
        raise ArchiveError(f"{archive.folder}: its programme {named}: {error}") from None


def _sound(programme: Programme | None, named: str) -> Programme:
    if programme is None:
        raise ArchiveError(f"the archive's programme {named} has problems: comity check {named}")
    return programme
