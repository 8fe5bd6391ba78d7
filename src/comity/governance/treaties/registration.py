"""The submission by which a state of registry tells the United Nations of a space object, filled from a programme.

In the order of the form that UNOOSA prepared after A/RES/62/101: part A, what the Registration Convention (Art. IV) and
resolution 1721 B (XVI) ask; part B, what resolution 62/101 recommends for the Register; part C, a change of supervision;
part D, what is told voluntarily.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from comity.governance.treaties.launching import Launch, LaunchingState, launching_states, stands_as_state
from comity.governance.treaties.organisations import name_of, organisations
from comity.governance.treaties.standing import status_of
from comity.governance.treaties.table import TreatyError, treaty
from comity.model.missions import Element, Mission, Option
from comity.model.problems import nearest
from comity.model.programme import Programme

PARTS = {
    "A": "Information provided in conformity with the Registration Convention or General Assembly resolution 1721 B (XVI)",
    "B": "Additional information for use in the Register, as recommended in General Assembly resolution 62/101",
    "C": "Information relating to the change of supervision of a space object",
    "D": "Additional voluntary information",
}
#: Fields of the form: key, part, title, where it is asked for, and whether Article IV(1) obliges to it.
FIELDS: tuple[tuple[str, str, str, str, bool], ...] = (
    ("launching_states", "A", "Launching State or States, or intergovernmental organization", "Art. IV(1)(a)", True),
    ("state_of_registry", "A", "State of registry", "Art. II", True),
    ("name", "A", "Name of space object", "Art. IV(1)(b)", True),
    ("national_designator", "A", "National designator or registration number", "Art. IV(1)(b)", True),
    ("cospar", "A", "COSPAR international designator", "62/101", False),
    ("launch_date", "A", "Date of launch (UTC)", "Art. IV(1)(c)", True),
    ("launch_territory", "A", "Territory or location of launch", "Art. IV(1)(c)", True),
    ("nodal_period_min", "A", "Nodal period (minutes)", "Art. IV(1)(d)(i)", True),
    ("inclination_deg", "A", "Inclination (degrees)", "Art. IV(1)(d)(ii)", True),
    ("apogee_km", "A", "Apogee (kilometres)", "Art. IV(1)(d)(iii)", True),
    ("perigee_km", "A", "Perigee (kilometres)", "Art. IV(1)(d)(iv)", True),
    ("function", "A", "General function of space object", "Art. IV(1)(e)", True),
    ("decay_date", "A", "Date of decay, re-entry or deorbit (UTC)", "Art. IV(3)", False),
    ("nonfunctional_date", "B", "Date when no longer functional (UTC)", "62/101", False),
    ("disposal_date", "B", "Date of moving to a disposal orbit (UTC)", "62/101", False),
    ("disposal_conditions", "B", "Physical conditions of moving to a disposal orbit", "62/101", False),
    ("geostationary_deg_east", "B", "Geostationary position (degrees East)", "62/101", False),
    ("website", "B", "Website with official information", "62/101", False),
    ("supervision_date", "C", "Date of change in supervision (UTC)", "62/101", False),
    ("new_operator", "C", "New owner or operator", "62/101", False),
    ("new_function", "C", "Change of function of the space object", "62/101", False),
    ("operator", "D", "Owner or operator", "voluntary", False),
    ("launch_vehicle", "D", "Launch vehicle", "voluntary", False),
    ("celestial_body", "D", "Celestial body that it orbits", "voluntary", False),
    ("remarks", "D", "Other information", "voluntary", False),
)
OPTIONS = tuple(key for key, *_ in FIELDS if key != "launching_states")
#: Kinds of elements that are no space objects of their own.
_ON_EARTH = frozenset(
    {"instrument", "antenna", "ground_segment", "data_centre", "integration", "operations", "technology",
     "infrastructure", "training", "launch", "launcher"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One line of the form: `value` is empty where it is not known, `origin` says where the value is from."""

    key: str
    part: str
    title: str
    article: str
    needed: bool
    value: str
    origin: str


@dataclass(frozen=True, slots=True)
class Submission:
    """A filled form, with what is missing and what has to be settled before it may be sent."""

    mission: str
    element: str
    launching: tuple[LaunchingState, ...]
    fields: tuple[Field, ...]
    remarks: tuple[str, ...]

    @property
    def missing(self) -> tuple[Field, ...]:
        """What Article IV(1) asks and is not known."""
        return tuple(f for f in self.fields if f.needed and not f.value)


def submission(
    programme: Programme,
    mission: str,
    element: str | None = None,
    *,
    launch: Launch | None = None,
    option: str | None = None,
    launched: date | None = None,
    given: Mapping[str, str] | None = None,
) -> Submission:
    """The submission for an element of a programme, filled as far as programme and options tell.

    Parameters: `launch` names who launches, procures, and where from, else it is read from the providers, the payers and
    the launch element; `option` is the option taken, needed when there are several; `launched` the launch month's first
    day by a plan; `given` fills fields by key. Raises TreatyError for unknown names, with the nearest.
    """
    told = dict(given or {})
    for key in told:
        if key not in OPTIONS:
            raise TreatyError(f"the form has no field {key!r}; {nearest(key, OPTIONS) or ', '.join(OPTIONS)}")
        _sensible(key, told[key])
    of, part = _mission(programme, mission), _element(_mission(programme, mission), element)
    chosen = _option(part, option)
    guessed, origin, notes = _launch(programme, of, part, chosen, launched or date.max)
    states = launching_states(launch or guessed)
    values = {"name": (part.name, "programme"), "function": (_function(of, part), "programme")}
    values["launching_states"] = (", ".join(name_of(s.who) for s in states), "options" if launch else origin)
    if launch is None and launched is not None:
        values["launch_date"] = (f"{launched:%Y-%m}", "plan, to the month")
    where = (launch or guessed).territory
    if where:
        values["launch_territory"] = (", ".join(map(name_of, where)), "options" if launch else origin)
    if len(states) == 1:
        values["state_of_registry"] = (name_of(states[0].who), "the only launching State, Art. II(1)")
    named = [programme.partners[p].name for p in chosen.work_shares if p in programme.partners]
    if named:
        values["operator"] = (", ".join(named), "programme")
    values.update({key: (value, "options") for key, value in told.items()})
    fields = tuple(
        Field(key, part_of, title, article, needed, *values.get(key, ("", "")))
        for key, part_of, title, article, needed in FIELDS
    )
    return Submission(
        of.id,
        part.id,
        states,
        fields,
        (*notes, *_remarks(states, told, (launch.date if launch else launched) or date.max)),
    )


def _sensible(key: str, value: str) -> None:
    """Refuses what the form cannot take: a number or a day that is none."""
    if key.endswith(("_min", "_deg", "_km", "_deg_east")):
        try:
            number = Decimal(value)
        except InvalidOperation:
            raise TreatyError(f"{key}: {value!r} is not a number") from None
        if not number.is_finite() or (key == "inclination_deg" and not 0 <= number <= 180):
            raise TreatyError(f"{key}: {value} cannot be; an inclination is from 0 to 180 degrees")
    if key.endswith("_date"):
        try:
            datetime.fromisoformat(value)
        except ValueError:
            raise TreatyError(f"{key}: {value!r} is not a day; write 2021-12-25 or 2021-12-25T12:20:00Z") from None


def _mission(programme: Programme, mission: str) -> Mission:
    if mission not in programme.missions:
        hint = nearest(mission, programme.missions) or f"there are {', '.join(programme.missions)}"
        raise TreatyError(f"the programme has no mission {mission!r}; {hint}")
    return programme.missions[mission]


def _element(mission: Mission, element: str | None) -> Element:
    flying = {key: e for key, e in mission.elements.items() if e.kind not in _ON_EARTH}
    if element is None:
        if len(flying) == 1:
            return next(iter(flying.values()))
        which = ", ".join(flying or mission.elements)
        raise TreatyError(f"mission {mission.id!r}: say which element is the space object: {which}")
    if element not in mission.elements:
        hint = nearest(element, mission.elements) or f"there are {', '.join(mission.elements)}"
        raise TreatyError(f"mission {mission.id!r} has no element {element!r}; {hint}")
    if element not in flying:
        kind = mission.elements[element].kind
        raise TreatyError(f"element {element!r} is no space object of its own: it is of kind {kind}")
    return mission.elements[element]


def _option(element: Element, option: str | None) -> Option:
    labels = {o.label: o for o in element.options}
    if option is None:
        return element.options[0]
    if option not in labels:
        hint = nearest(option, labels) or f"there are {', '.join(labels)}"
        raise TreatyError(f"element {element.id!r} has no option {option!r}; {hint}")
    return labels[option]


def _function(mission: Mission, element: Element) -> str:
    kind = element.kind.replace("_", " ")
    return f"{element.name} ({kind}) of {mission.name}" + (f": {mission.summary}" if mission.summary else "")


def _whose(programme: Programme, who: str, at: date) -> tuple[str, ...]:
    """The states of a partner of the programme, or the organisation that stands as one."""
    partner = programme.partners[who]
    if who in organisations() and stands_as_state(who, at=at, key="registration_convention"):
        return (who,)
    if partner.country is not None:
        return (partner.country,)
    if partner.member_states:
        return partner.member_states
    return tuple(s for member in partner.members for s in _whose(programme, member, at))


def _launch(
    programme: Programme, mission: Mission, element: Element, option: Option, at: date
) -> tuple[Launch, str, tuple[str, ...]]:
    """What the programme tells of the launch: the launch element's provider and site, and who has the object made."""
    launcher = next((e for e in mission.elements.values() if e.kind == "launch"), None)
    buyers = [p for p in {**option.payer_shares, **option.work_shares} if p in programme.partners]
    procures = tuple(dict.fromkeys(s for p in buyers for s in _whose(programme, p, at)))
    launches: tuple[str, ...] = ()
    site: tuple[str, ...] = ()
    notes: list[str] = []
    if launcher is None:
        notes.append("The mission has no launch element: who launches, and from where, is for the options to say.")
    else:
        ride = launcher.options[0]
        if len(launcher.options) > 1:
            notes.append(f"The launch has several options; {ride.label!r} is taken.")
        launches = tuple(
            dict.fromkeys(s for p in ride.work_shares if p in programme.partners for s in _whose(programme, p, at))
        )
        sites = [programme.facilities[f] for f in ride.uses if f in programme.facilities]
        site = tuple(
            dict.fromkeys(
                s for f in sites if f.kind == "launch_site" and f.owner in programme.partners
                for s in _whose(programme, f.owner, at)
            )
        )  # fmt: skip
    if len(element.options) > 1:
        notes.append(f"The element has several options; {option.label!r} is taken.")
    notes.append(
        "Who procures the launching is read from who pays for and makes the object; the options may say otherwise."
    )
    return Launch(at, launches=launches, procures=procures, facility=site), "programme", tuple(notes)


def _remarks(states: tuple[LaunchingState, ...], told: Mapping[str, str], at: date) -> tuple[str, ...]:
    convention, notes = treaty("registration_convention"), []
    if len(states) > 1 and "state_of_registry" not in told:
        notes.append(
            "Several launching States: they jointly determine which of them registers the object (Art. II(2))."
        )
    outside = [name_of(s.who) for s in states if status_of(s.who, convention, at=at).standing != "bound"]
    if outside:
        notes.append(
            f"Not parties to the Registration Convention: {', '.join(outside)}; resolution 1721 B (XVI) remains."
        )
    notes.append(
        "Only the State of registry, through its permanent mission, or an organisation that accepted the Convention, may send it."
    )
    return tuple(notes)


def as_markdown(filled: Submission) -> str:
    """The form as Markdown: every part with its fields, then what is missing and what remains to be settled."""
    lines = [
        "# Registration information submission",
        "",
        "In the form prepared after General Assembly resolution 62/101.",
        "",
    ]
    for part, title in PARTS.items():
        lines += [f"## Part {part}: {title}", "", "| Field | Value | Asked by |", "|---|---|---|"]
        lines += [
            f"| {f.title} | {_cell(f.value) or '*not known*'} | {f.article} |" for f in filled.fields if f.part == part
        ]
        lines.append("")
    lines += ["## Launching States", ""]
    lines += [f"- {name_of(s.who)}: {', '.join(s.grounds)} ({'; '.join(s.articles)})" for s in filled.launching]
    lines += ["", "## Missing", ""]
    lines += [f"- {f.title} ({f.article})" for f in filled.missing] or ["Nothing that Article IV(1) asks."]
    lines += ["", "## To settle", "", *(f"- {remark}" for remark in filled.remarks)]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
