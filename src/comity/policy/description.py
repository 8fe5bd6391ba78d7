"""A file that describes what a question is about: datasets, works, teams, further partners, licences.

teams: {miri: [nasa, esa]}
partners: {institute: {states: [KE], teams: [miri]}}
datasets:
  first-light: {access: proprietary, owner: nasa, team: miri, public_from: 2027-01-01}
products:            # data under the clause of an agreement on the record
  second-light: {of: spectra, made: 2026-05-01}
works:
  mirror: {ground: background, owner: nasa, programme: jwst}
licences:
  TAA-1: {authority: DDTC, givers: [nasa], receivers: [jaxa], classes: [USML XV],
          valid_from: 2025-01-01, valid_until: 2028-12-31, source: DDTC case 1}
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from comity.model.base import FrozenMap, Value
from comity.model.problems import Problem, nearest, problem
from comity.model.yaml_tree import Node, parse
from comity.policy.errors import PolicyError
from comity.policy.facts import Attribute, Entity, Uid, dataset, partner
from comity.policy.licences import Licence


class DescribedPartner(Value):
    """A partner that neither the programme nor the lists know."""

    states: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


class DescribedDataset(Value):
    """A set of data, as the rules of access see it. A date means its first moment, UTC."""

    access: Literal["open", "proprietary", "partners", "embargo"]
    owner: str
    team: str
    public_from: date | None = None
    restriction: Literal["safety", "security"] | None = None
    cleared: str | None = None


class DescribedProduct(Value):
    """A set of data of a class that an agreement on the record speaks of: who has it, and until when, the agreement says."""

    of: str
    made: date


class DescribedWork(Value):
    """Intellectual property: brought in (background) or made in the programme (foreground)."""

    ground: Literal["background", "foreground"]
    owner: str
    programme: str
    users: str | None = None


class Description(Value):
    """What a file describes, by section."""

    teams: FrozenMap[str, tuple[str, ...]] = Field(default_factory=dict, validate_default=True)
    partners: FrozenMap[str, DescribedPartner] = Field(default_factory=dict, validate_default=True)
    datasets: FrozenMap[str, DescribedDataset] = Field(default_factory=dict, validate_default=True)
    products: FrozenMap[str, DescribedProduct] = Field(default_factory=dict, validate_default=True)
    works: FrozenMap[str, DescribedWork] = Field(default_factory=dict, validate_default=True)
    licences: FrozenMap[str, Licence] = Field(default_factory=dict, validate_default=True)

    def entities(self) -> Iterator[Entity]:
        """The partners, datasets and works that it describes."""
        for id, who in self.partners.items():
            yield partner(id, states=who.states, teams=who.teams)
        for id, data in self.datasets.items():
            start = None if data.public_from is None else datetime.combine(data.public_from, time(), UTC)
            yield dataset(
                id,
                access=data.access,
                owner=data.owner,
                team=data.team,
                public_from=start,
                restriction=data.restriction,
                cleared=data.cleared,
            )
        for id, work in self.works.items():
            attributes: dict[str, Attribute] = {
                "owner": Uid("Partner", work.owner),
                "ground": work.ground,
                "programme": Uid("Team", work.programme),
            }
            if work.users is not None:
                attributes["users"] = Uid("Team", work.users)
            yield Entity(Uid("Work", id), attributes)

    def teams_of(self, partner: str) -> frozenset[Uid]:
        """The teams that a partner is in by the section `teams`."""
        return frozenset(Uid("Team", team) for team, members in self.teams.items() if partner in members)


def read_description(path: Path) -> Description:
    """What a file describes. PolicyError with all its problems, each with its line; OSError when it cannot be read."""
    node, errors = parse(path.read_text(encoding="utf-8"), str(path))
    problems = [problem(e.at, (), e.message, e.hint) for e in errors]
    if node is None or node.kind != "mapping":
        problems = problems or [Problem(str(path), 0, 0, (), f"describes nothing; sections are {', '.join(_SECTIONS)}")]
        raise PolicyError(problems)
    plain = node.plain()
    licences = plain.get("licences")
    if isinstance(licences, dict):
        plain["licences"] = {id: {**v, "id": id} if isinstance(v, dict) else v for id, v in licences.items()}
    try:
        described = Description.model_validate(plain)
    except ValidationError as error:
        problems += [_problem(node, e["loc"], e["type"], e["msg"]) for e in error.errors()]
    if problems:
        raise PolicyError(problems)
    return described


_SECTIONS = tuple(Description.model_fields)


def _problem(root: Node, location: tuple[str | int, ...], kind: str, message: str) -> Problem:
    """The problem at the deepest place of the file that the location reaches."""
    node, at = root, root.at
    for step in location:
        found = node.child(step)
        if found is None:
            break
        at, node = found
    hint = ""
    if kind == "extra_forbidden":
        message = f"the field {location[-1]!r} is not known here"
        hint = nearest(str(location[-1]), _SECTIONS if len(location) == 1 else _fields(str(location[0])))
    elif kind == "missing":
        message = f"the field {location[-1]!r} is missing"
    return problem(at, location, message.removeprefix("Value error, "), hint)


def _fields(section: str) -> tuple[str, ...]:
    types: dict[str, type[Value]] = {
        "partners": DescribedPartner,
        "datasets": DescribedDataset,
        "products": DescribedProduct,
        "works": DescribedWork,
        "licences": Licence,
    }
    return tuple(types[section].model_fields) if section in types else ()
