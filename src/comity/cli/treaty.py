"""`comity treaty`: who is bound by which treaty of outer space, and what follows for launches, mishaps and the Register."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from comity.cli.places import fail, plan_in, print_json, read_or_end

if TYPE_CHECKING:
    from comity.governance.treaties import Claim, CrossWaiver, Launch, Mishap

GROUP = "Treaties and organisations"
#: The programme's treaties differ from the shipped tables.
DIFFERS = 1

group = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="The treaties of outer space and who is bound by them, organisations and their members, launching states, "
    "liability, registration.\n\nA state is an ISO 3166-1 code or a name; an agency stands for its state.",
)
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AtOption = Annotated[str | None, typer.Option("--at", metavar="DATE", help="As of this day. Default: today (UTC).")]
LaunchesOption = Annotated[list[str] | None, typer.Option("--launches", metavar="WHO", help="Who launches; repeat.")]
ProcuresOption = Annotated[
    list[str] | None, typer.Option("--procures", metavar="WHO", help="Who procures the launching; repeat.")
]
TerritoryOption = Annotated[
    list[str] | None, typer.Option("--territory", metavar="STATE", help="From whose territory; repeat.")
]
FacilityOption = Annotated[list[str] | None, typer.Option("--facility", metavar="WHO", help="Whose facility; repeat.")]


class Form(StrEnum):
    """Forms of the submission."""

    md = "md"
    json = "json"


def register(app: typer.Typer) -> None:
    """Adds the group."""
    app.add_typer(group, name="treaty", rich_help_panel=GROUP)


def _end(error: Exception) -> NoReturn:
    fail(str(error))


def _day(text: str | None, option: str = "--at") -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"{option}: {text!r} is not a day; write it as 2024-01-05")


def _plain(value: Any) -> Any:
    """A value as JSON can hold it: days as text, an uncertain date as the source has it."""
    if isinstance(value, Mapping):
        if set(value) == {"text", "first", "last"}:
            return value["text"]
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [_plain(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value


@group.command()
def status(
    state: Annotated[
        str | None, typer.Option("--state", metavar="STATE", help="A state, agency or organisation.")
    ] = None,
    treaty: Annotated[
        str | None, typer.Option("--treaty", metavar="TREATY", help="Only this treaty: its rows.")
    ] = None,
    at: AtOption = None,
    counts: Annotated[bool, typer.Option("--counts", help="How complete each table is (the default view).")] = False,
    as_json: JsonOption = False,
) -> None:
    """Who is party to what: of a state, of a treaty, or how many rows each table has, with a date and without."""
    from comity.governance import treaties as law

    day = _day(at)
    try:
        if state is not None and not counts:
            _of_state(state, treaty, day, as_json)
        elif treaty is not None and not counts:
            _of_treaty(treaty, day, as_json)
        else:
            keys = [law.treaty(treaty).key] if treaty else list(law.treaties())
            _of_tables(keys, day, as_json)
    except law.TreatyError as error:
        _end(error)


def _of_state(state: str, key: str | None, at: date, as_json: bool) -> None:
    from comity.governance import treaties as law

    who = law.partner(state)
    body = law.organisations().get(who)
    who = body.state if body is not None and body.state is not None else who
    found = [s for s in law.status(who, at=at) if key is None or s.treaty == law.treaty(key).key]
    if as_json:
        print_json(
            {"who": who, "name": law.name_of(who), "at": str(at), "treaties": [_plain(asdict(s)) for s in found]}
        )
        return
    rows = [
        (law.treaties()[s.treaty].name, _standing(s), "" if s.signed is None else s.signed.text, ", ".join(s.sources))
        for s in found
    ]
    _table(f"{law.name_of(who)} on {at}", ("Treaty", "Standing", "Signed", "Sources"), rows)


def _standing(status: Any) -> str:
    since = "" if status.since is None else f" {status.since.text}"
    if status.standing == "bound":
        return f"{status.act}{since}"
    if status.standing == "withdrawn":
        return f"withdrawn {status.withdrawn.text}"
    if status.standing == "unknown":
        return f"party{since}; not known for this day"
    if status.standing == "signed":
        return "signed only"
    if status.since is not None:
        return f"not yet:{since}"
    return "no row" if status.as_at is None else f"not in the list of {status.as_at}"


def _of_treaty(key: str, at: date, as_json: bool) -> None:
    from comity.governance import treaties as law

    of = law.treaty(key)
    found = [law.status_of(who, of, at=at) for who in of.entries]
    counted = law.counts(of.key, at=at)
    if as_json:
        cited = sorted({s for f in found for s in f.sources})
        told = {"treaty": of.key, "name": of.name, "at": str(at), "counts": _plain(asdict(counted))}
        told |= {"rows": [_plain(asdict(f)) for f in found]}
        print_json(told | {"sources": {c: asdict(law.sources()[c]) for c in cited}})
        return
    rows = [(law.name_of(f.who), _standing(f), ", ".join(f.sources)) for f in found if f.standing != "none"]
    _table(f"{of.name} on {at}", ("Who", "Standing", "Sources"), rows)
    _say(
        f"{counted.bound} states bound: {counted.dated} with date, {counted.undated} without; {counted.signed} only signed."
    )
    if counted.published:
        _say(f"Published: {counted.published}.")
    if of.note:
        _say(of.note)


def _of_tables(keys: list[str], at: date, as_json: bool) -> None:
    from comity.governance import treaties as law

    counted = [law.counts(key, at=at) for key in keys]
    if as_json:
        print_json({"at": str(at), "tables": [_plain(asdict(c)) for c in counted]})
        return
    rows = [
        (law.treaties()[c.treaty].name, c.bound, c.dated, c.undated, c.signed, c.organisations, c.published)
        for c in counted
    ]
    heads = ("Treaty", "Bound", "With date", "Without", "Only signed", "Organisations", "A source counts")
    _table(f"The shipped tables on {at}", heads, rows)


@group.command()
def common(
    partners: Annotated[list[str], typer.Argument(metavar="PARTNER...", help="States, agencies, organisations.")],
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """What binds all of several partners on a day, and how each of them is bound or is not."""
    from comity.governance import treaties as law

    day = _day(at)
    try:
        found = law.common([law.partner(p) for p in partners], at=day)
    except law.TreatyError as error:
        _end(error)
    if as_json:
        print_json({"at": str(day), "treaties": [_plain(asdict(c)) for c in found]})
        return
    rows = [
        (law.treaties()[c.treaty].name, "yes" if c.all_bound else "no", "\n".join(f"{_short(b.partner)}: {b.how}" for b in c.bonds))
        for c in found
    ]  # fmt: skip
    _table(
        f"What binds {', '.join(map(_short, (b.partner for b in found[0].bonds)))} on {day}",
        ("Treaty", "All", "How"),
        rows,
    )


def _short(who: str) -> str:
    return who.upper()


def _launch(
    on: str | None,
    launches: list[str] | None,
    procures: list[str] | None,
    territory: list[str] | None,
    facility: list[str] | None,
) -> Launch:
    from comity.governance.treaties import read_launch

    return read_launch(
        {
            "date": str(_day(on, "--date")),
            "launches": launches or (),
            "procures": procures or (),
            "territory": territory or (),
            "facility": facility or (),
        },
        where="the options",
    )


@group.command("launching-states")
def launching_states(
    launches: LaunchesOption = None,
    procures: ProcuresOption = None,
    territory: TerritoryOption = None,
    facility: FacilityOption = None,
    on: Annotated[str | None, typer.Option("--date", metavar="DATE", help="Day of the launch. Default: today.")] = None,
    as_json: JsonOption = False,
) -> None:
    """The launching states of a launch: who launches, procures it, gives territory or facility (Liability Convention Art. I)."""
    from comity.governance import treaties as law

    try:
        found = law.launching_states(_launch(on, launches, procures, territory, facility))
    except law.TreatyError as error:
        _end(error)
    if as_json:
        print_json({"launching_states": [_plain(asdict(s)) | {"articles": list(s.articles)} for s in found]})
        return
    rows = [(law.name_of(s.who), ", ".join(s.grounds), "\n".join(s.articles), ", ".join(s.through)) for s in found]
    _table("Launching states", ("State", "Because it", "Article", "Through"), rows)


@group.command()
def liability(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="YAML with `launch`, `mishap` and, if any, `cross_waiver`."),
    ] = None,
    launches: LaunchesOption = None,
    procures: ProcuresOption = None,
    territory: TerritoryOption = None,
    facility: FacilityOption = None,
    on: Annotated[str | None, typer.Option("--date", metavar="DATE", help="Day of the launch.")] = None,
    happened: Annotated[str | None, typer.Option("--mishap", metavar="DATE", help="Day of the mishap.")] = None,
    place: Annotated[str, typer.Option("--place", help="surface, aircraft, or space.")] = "surface",
    victim: Annotated[list[str] | None, typer.Option("--victim", metavar="WHO", help="Who was harmed; repeat.")] = None,
    fault: Annotated[list[str] | None, typer.Option("--fault", metavar="WHO", help="Who is at fault; repeat.")] = None,
    cross_waiver: Annotated[str | None, typer.Option("--cross-waiver", metavar="ID", help="Such as iss.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Who is liable to whom for a mishap, absolutely or by fault, and what a cross-waiver changes.

    Simple cases by options; damage on board, collisions and exceptions by a FILE (docs/reference/treaties.md).
    """
    from comity.governance import treaties as law

    try:
        if file is not None:
            launch, mishap, waiver = _case(file)
        else:
            if happened is None or not victim:
                fail("give a FILE, or --mishap DATE and --victim WHO with who launched")
            launch = _launch(on or happened, launches, procures, territory, facility)
            raw = {"date": happened, "place": place, "victims": list(victim), "fault": fault or ()}
            mishap, waiver = law.read_mishap(raw, where="the options"), None
        if cross_waiver is not None:
            waiver = law.read_cross_waiver(cross_waiver, where="--cross-waiver")
        claims = law.liabilities(launch, mishap, cross_waiver=waiver)
    except law.TreatyError as error:
        _end(error)
    if as_json:
        print_json({"claims": [_plain(asdict(c)) for c in claims]})
        return
    for claim in claims:
        _show_claim(claim)


def _case(file: Path) -> tuple[Launch, Mishap, CrossWaiver | None]:
    """The launch, the mishap and the cross-waiver of a file."""
    import yaml

    from comity.governance import treaties as law

    try:
        raw = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file}: cannot be read: {error}")
    except yaml.YAMLError as error:
        fail(f"{file}: is not YAML: {error}")
    if not isinstance(raw, dict) or not isinstance(raw.get("launch"), dict) or not isinstance(raw.get("mishap"), dict):
        fail(f"{file}: needs `launch` and `mishap`, each with its fields")
    extra = sorted(set(raw) - {"launch", "mishap", "cross_waiver"})
    if extra:
        fail(f"{file}: there is no field {extra[0]!r}; write launch, mishap, cross_waiver")
    waiver = (
        law.read_cross_waiver(raw["cross_waiver"], where=f"{file}: cross_waiver") if "cross_waiver" in raw else None
    )
    return (
        law.read_launch(raw["launch"], where=f"{file}: launch"),
        law.read_mishap(raw["mishap"], where=f"{file}: mishap"),
        waiver,
    )


def _show_claim(claim: Claim) -> None:
    from comity.governance import treaties as law

    liable = ", ".join(map(law.name_of, claim.liable)) or "nobody"
    together = " (jointly and severally)" if claim.joint else ""
    by = {"absolute": "absolutely", "fault": "by fault", "international law": "under international law", "none": ""}
    rows = [(r.article, r.text) for r in claim.reasons]
    _table(f"To {law.name_of(claim.claimant)}, for {claim.harm}", ("Article", "What follows"), rows)
    ceiling = "without a ceiling" if claim.liable and not claim.capped else ""
    told = ", ".join(filter(None, (by[claim.basis] if claim.liable else "", ceiling)))
    _say(f"Liable: {liable}{together}{', ' + told if told else ''}.")
    if claim.basis == "fault" and claim.liable and not claim.proven:
        _say("Their fault has still to be shown.")
    if claim.waived:
        _say(f"Waived against: {', '.join(map(law.name_of, claim.waived))}.")
    if claim.present_by:
        _say(f"The claim is to be presented by {claim.present_by}.")


@group.command()
def registration(
    programme: Annotated[str, typer.Argument(metavar="PROGRAMME", help="A folder, or a bundled programme.")],
    mission: Annotated[str, typer.Argument(metavar="MISSION", help="A mission of the programme.")],
    element: Annotated[str | None, typer.Option("--element", metavar="ELEMENT", help="The space object.")] = None,
    plan: Annotated[
        Path | None, typer.Option("--plan", metavar="PLAN", help="Takes options and month from it.")
    ] = None,
    option: Annotated[str | None, typer.Option("--option", metavar="OPTION", help="The element's option.")] = None,
    launches: LaunchesOption = None,
    procures: ProcuresOption = None,
    territory: TerritoryOption = None,
    facility: FacilityOption = None,
    on: Annotated[str | None, typer.Option("--date", metavar="DATE", help="Day of the launch.")] = None,
    fill: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="Fills a field, such as inclination_deg=51.6; repeat."),
    ] = None,
    form: Annotated[Form, typer.Option("--form", help="md or json.")] = Form.md,
    as_json: JsonOption = False,
) -> None:
    """Print the registration submission of a space object, in the form of A/RES/62/101, and what is missing in it."""
    from comity.governance import treaties as law

    reading = read_or_end(programme, as_json=as_json)
    assert reading.programme is not None
    given = _filled(fill or [])
    month = None
    if plan is not None:
        option, month = _planned(plan, mission, element, option)
    try:
        launch = None
        if any((launches, procures, territory, facility)):
            launch = _launch(on, launches, procures, territory, facility)
        if on is not None:
            given.setdefault("launch_date", str(_day(on, "--date")))
            month = _day(on, "--date")
        filled = law.submission(
            reading.programme, mission, element, launch=launch, option=option, launched=month, given=given
        )
    except law.TreatyError as error:
        _end(error)
    if as_json or form is Form.json:
        missing = [f.key for f in filled.missing]
        print_json(_plain(asdict(filled)) | {"missing": missing})
        return
    typer.echo(law.as_markdown(filled), nl=False)


def _filled(fill: Iterable[str]) -> dict[str, str]:
    given = {}
    for text in fill:
        key, equals, value = text.partition("=")
        if not equals or not value.strip():
            fail(f"--set {text}: write FIELD=VALUE, such as inclination_deg=51.6")
        given[key.strip()] = value.strip()
    return given


def _planned(path: Path, mission: str, element: str | None, option: str | None) -> tuple[str | None, date | None]:
    """The option that a plan takes for the element, and the month in which its launch is over or else the element."""
    plan = plan_in(path)
    here = {e.element: e for e in plan.elements if e.mission == mission}
    if not here:
        fail(f"{path}: the plan does not fly mission {mission!r}")
    taken = here.get(element or "")
    if element is not None and taken is None:
        fail(f"{path}: the plan does not build {mission}/{element}")
    launch = here.get("launch") or taken
    month = None if launch is None else launch.finish.plus(-1)
    return option or (taken.option if taken else None), None if month is None else date(month.year, month.month, 1)


@group.command()
def export(
    treaty: Annotated[str, typer.Argument(metavar="TREATY", help="Such as outer_space_treaty.")],
    programme: Annotated[
        str | None, typer.Option("--for", metavar="PROGRAMME", help="Only states and partners of this programme.")
    ] = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print a shipped treaty as the YAML block to put into a programme's rules."""
    from comity.governance import treaties as law

    only = None
    if programme is not None:
        reading = read_or_end(programme, as_json=as_json)
        assert reading.programme is not None
        only = law.of_partners(reading.programme)
    try:
        if as_json:
            made = law.programme_treaty(treaty, at=_day(at), only=only)
            print_json(made.model_dump(mode="json"))
        else:
            typer.echo(law.export_yaml(treaty, at=_day(at), only=only), nl=False)
    except law.TreatyError as error:
        _end(error)


@group.command()
def check(
    programme: Annotated[str, typer.Argument(metavar="PROGRAMME", help="A folder, or a bundled programme.")],
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare a programme's treaties with the shipped tables. Exit code 1 when they differ."""
    from comity.governance.treaties import differences

    reading = read_or_end(programme, as_json=as_json)
    found = differences(reading, at=_day(at))
    if as_json:
        rows = [
            {"file": d.place.file, "line": d.place.line, "column": d.place.column, "treaty": d.treaty,
             "shipped": d.shipped, "who": d.who, "programme": d.programme, "table": d.table}
            for d in found
        ]  # fmt: skip
        print_json({"ok": not found, "differences": rows})
    else:
        for d in found:
            place = f"{d.place.file}:{d.place.line}:{d.place.column}"
            typer.echo(f"{place}: {d.treaty}: {d.who}: the programme says {d.programme}; the table says {d.table}")
        typer.echo(f"{len(found)} difference{'' if len(found) == 1 else 's'}", err=True)
    raise typer.Exit(DIFFERS if found else 0)


@group.command("organisations")
def organisations_(
    name: Annotated[str | None, typer.Argument(metavar="[ORGANISATION]", help="One, with its members.")] = None,
    of: Annotated[str | None, typer.Option("--of", metavar="STATE", help="Those in which a state takes part.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Organisations of space and their members: all, one, or those in which a state or its agency takes part."""
    from comity.governance import treaties as law

    try:
        if of is not None:
            state = law.state_code(of)
            found = law.organisations_of(state)
            if as_json:
                rows = [{"organisation": m.organisation.id, **_plain(asdict(m.member))} for m in found]
                print_json({"state": state, "organisations": rows})
                return
            table = [
                (m.organisation.name, m.member.relation, "" if m.member.since is None else m.member.since.text,
                 "" if m.member.who == state else m.member.who, ", ".join(m.member.sources))
                for m in found
            ]  # fmt: skip
            _table(f"{law.name_of(state)} takes part in", ("Organisation", "As", "Since", "Through", "Sources"), table)
            return
        bodies = [law.organisation(name)] if name else list(law.organisations().values())
    except law.TreatyError as error:
        _end(error)
    if as_json:
        print_json({"organisations": [_plain(asdict(b)) for b in bodies]})
    elif name:
        body = bodies[0]
        members = [
            (law.name_of(m.who), m.relation, "" if m.since is None else m.since.text, ", ".join(m.sources))
            for m in body.members
        ]
        _table(f"{body.name}: {body.role}", ("Member", "As", "Since", "Sources"), members)
        told = f"; a source counts {body.published} members" if body.published else ""
        _say(f"{len(members)} entered{told}. {body.note}".strip())
    else:
        rows_of = [(b.id, b.name, b.kind.replace("_", " "), len(b.members) or "", b.published or "") for b in bodies]
        _table("Organisations", ("Id", "Name", "Kind", "Entered", "Counted"), rows_of)


def _table(title: str, heads: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left")
    for head in heads:
        table.add_column(head)
    for row in rows:
        table.add_row(*(escape(str(cell)) for cell in row))
    Console().print(table)


def _say(text: str) -> None:
    typer.echo(text)
