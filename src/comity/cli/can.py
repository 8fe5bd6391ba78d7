"""`comity can`: may WHO do WHAT with WHICH, for what purpose, at what time; and which rules say so?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from comity.cli.can_shown import cited, show, show_barred, show_who
from comity.cli.places import fail, print_json, read_or_end, show_problems

if TYPE_CHECKING:
    from datetime import datetime

    from comity.model.programme import Programme
    from comity.policy import Description, World
    from comity.record import State

YES, NO = 0, 1
GROUP = "Rules"


class _AskedOutright(TyperGroup):
    """A group whose first word may be a partner: `comity can nasa read ...` means `comity can ask nasa read ...`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["ask", *args]
        return super().resolve_command(ctx, args)


group = typer.Typer(
    cls=_AskedOutright,
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="May a partner do something, and which rules say so?\n\n"
    "comity can WHO ACTION WHAT asks one question; exit code 0 when allowed, 1 when not, 2 when it cannot be asked. "
    "ACTION is transfer, read, use, view, append, administer or record. For a transfer WHAT is a technology of the programme, "
    "an element (mission/element), an interface (mission/one+other), or without a programme an entry of a control list. "
    "For read and use WHAT is described in a file: file.yaml#name. For record WHAT is a kind of entry, such as "
    "agreement.sign. PROGRAMME may be a record (RECORD or RECORD@TIME): then what stands on it holds, too.",
)
ProgrammeOption = Annotated[
    str | None,
    typer.Option(
        "--programme",
        "-p",
        metavar="PROGRAMME",
        help="By the rules of this programme or record; else by the control lists.",
    ),
]
AtOption = Annotated[
    str | None,
    typer.Option("--at", metavar="DATE", help="A day or month, such as 1996-01. Default: now, or the record's time."),
]
PurposeOption = Annotated[str, typer.Option(metavar="PURPOSE", help="What for.")]
FactsOption = Annotated[
    Path | None,
    typer.Option("--facts", metavar="FILE", help="A file of teams, partners, datasets, works and licences."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Adds the group."""
    app.add_typer(group, name="can", rich_help_panel=GROUP)


@group.command("ask", hidden=True)
def ask(
    who: Annotated[str, typer.Argument(metavar="WHO", help="A partner of the programme, or an agency.")],
    action: Annotated[str, typer.Argument(metavar="ACTION")],
    what: Annotated[str, typer.Argument(metavar="WHAT")],
    to: Annotated[str | None, typer.Option(metavar="PARTNER", help="Who receives; for transfer.")] = None,
    purpose: PurposeOption = "programme",
    at: AtOption = None,
    programme: ProgrammeOption = None,
    facts: FactsOption = None,
    as_json: JsonOption = False,
) -> None:
    """May WHO do this? Exit code 0 when allowed, 1 when not, 2 when it cannot be asked."""
    from comity.policy import PolicyError, Question, Standing, decide

    asked = _asked(programme, at, as_json=as_json)
    try:
        what, described = _described(what, facts)
        held = asked.world(described)
        meant = asked.meant(action, what)
        questions = [Question(who, action, each, asked.at, purpose, to) for each, _ in meant]
        answers = [decide(held.rules_for(action, q.what), held.facts, q) for q in questions]
    except PolicyError as error:
        fail(str(error))
    told = [Standing(q, a) for q, a in zip(questions, answers, strict=True)]
    if as_json:
        notes = [note for _, note in meant if note]
        print_json({"allowed": all(a.allowed for a in answers), "notes": notes, "answers": [s.to_dict() for s in told]})
    else:
        show(asked.programme, told, [note for _, note in meant])
    raise typer.Exit(YES if all(a.allowed for a in answers) else NO)


@group.command("who")
def who(
    action: Annotated[str, typer.Argument(metavar="ACTION")],
    what: Annotated[str, typer.Argument(metavar="WHAT")],
    giver: Annotated[
        list[str] | None, typer.Option("--from", metavar="PARTNER", help="Only these givers; may be repeated.")
    ] = None,
    purpose: PurposeOption = "programme",
    at: AtOption = None,
    programme: ProgrammeOption = None,
    facts: FactsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who can do this, and who cannot by which rule?"""
    from comity.policy import PolicyError, who_can

    asked = _asked(programme, at, as_json=as_json)
    try:
        what, described = _described(what, facts)
        held = asked.world(described)
        parties = held.facts.members("Standing", "party") if action == "record" else None
        found = [
            standing
            for each, _ in asked.meant(action, what)
            for standing in who_can(
                held.rules_for(action, each),
                held.facts,
                action,
                each,
                asked.at,
                purpose=purpose,
                among=giver or parties,
            )
        ]
    except PolicyError as error:
        fail(str(error))
    if as_json:
        print_json([s.to_dict() for s in found])
    else:
        show_who(found)


@group.command("not")
def cannot_(
    partner: Annotated[str, typer.Argument(metavar="PARTNER")],
    action: Annotated[
        str, typer.Option(metavar="ACTION", help="What it would do; for transfer, what it would be given.")
    ] = "",
    purpose: PurposeOption = "programme",
    at: AtOption = None,
    programme: ProgrammeOption = None,
    facts: FactsOption = None,
    as_json: JsonOption = False,
) -> None:
    """What can PARTNER not be given or see, and by which rule?"""
    from comity.policy import PolicyError

    asked = _asked(programme, at, as_json=as_json)
    try:
        held = asked.world(_described("", facts)[1])
        kinds = {"read": "Dataset", "record": "EntryKind"}
        actions = [action] if action else ["transfer", *(a for a, kind in kinds.items() if held.facts.of_type(kind))]
        found = [s for each in actions for s in held.cannot(partner, each, asked.at, purpose=purpose)]
    except PolicyError as error:
        fail(str(error))
    if as_json:
        print_json([s.to_dict() for s in found])
    else:
        show_barred(partner, found)


@group.command("rules")
def rules(
    programme: Annotated[
        str | None,
        typer.Argument(metavar="[PROGRAMME]", help="A programme's or record's rules; without, those of comity."),
    ] = None,
    at: AtOption = None,
    facts: FactsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the rules as text: a programme's own, what stands on a record, and the shipped rules for data and property."""
    from comity.policy import PolicyError, shipped

    asked = _asked(programme, at, as_json=as_json)
    try:
        policies = asked.world(_described("", facts)[1]).policies
    except PolicyError as error:
        fail(str(error))
    if as_json:
        told = [{**cited(rule.cited), "text": rule.text} for rule in policies.rules]
        print_json({"digest": policies.digest, "rules": told})
        return
    for name, text in policies.texts.items():
        if name.startswith("adopted/"):
            digest = next(r.cited.digest for r in policies.rules if r.cited.file == name)
            typer.echo(f"// The rules {name.removeprefix('adopted/')!r}, adopted on the record, SHA-256 {digest}.")
        if asked.programme is None or not name.startswith("policies/"):
            typer.echo(text)
    if asked.programme is not None:
        typer.echo("// Besides hold the rules for data, property and the record: `comity can rules`.")
        replaced = [r.id for r in shipped().rules if r.id in policies.by_id and r.cited != policies.by_id[r.id].cited]
        if replaced:
            typer.echo(f"// But of these, rules adopted on the record take the place of {', '.join(replaced)}.")


# --- reading what was asked ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """What questions are about: a programme (or None: the control lists), on a record or not, at a time."""

    programme: Programme | None
    state: State | None
    at: datetime

    def world(self, described: Description | None) -> World:
        """The rules and facts that hold."""
        from comity.policy import world

        if self.state is None or self.programme is None:
            return world(self.programme, described)
        from comity.kinds import KINDS
        from comity.standing_facts import on_record

        kinds = [kind.name for kind in KINDS]
        return world(self.programme, described, on_record(self.state, self.at, self.programme, kinds))

    def meant(self, action: str, what: str) -> list[tuple[str, str]]:
        """What WHAT means, each with a note on how it was found."""
        from comity.policy import PolicyError, crossings

        if self.programme is not None and action == "transfer":
            return [(each.technology, each.found) for each in crossings(self.programme, what)]
        if action == "record" and self.state is None:
            raise PolicyError("what may be recorded is a question about a record; name it with --programme RECORD")
        if self.state is not None:
            from comity.standing_facts import about

            return [about(self.state, self.at, action, what)]
        return [(what, "")]


def _asked(argument: str | None, at: str | None, *, as_json: bool) -> Asked:
    """The programme or record of an argument; ends the command with 2 when there is none, or it has problems."""
    from datetime import UTC, datetime

    from comity.record.naming import is_record

    if argument is None or not is_record(argument):
        programme = None if argument is None else read_or_end(argument, as_json=as_json).programme
        return Asked(programme, None, _time(at) or datetime.now(UTC))
    from comity.record import RecordError
    from comity.record.programme import reading_of
    from comity.records import state_at

    try:
        state, as_of = state_at(argument)
        reading = reading_of(state, called=argument)
    except RecordError as error:
        fail(str(error))
    if reading.programme is None:
        show_problems(reading, as_json=as_json)
        raise typer.Exit(2)
    return Asked(reading.programme, state, _time(at) or as_of or datetime.now(UTC))


def _time(text: str | None) -> datetime | None:
    """The first moment of a day or month, UTC."""
    from datetime import UTC, datetime

    if text is None:
        return None
    try:
        return datetime.fromisoformat(f"{text}-01" if len(text) == 7 else text).replace(tzinfo=UTC)
    except ValueError:
        fail(f"--at {text}: is no date; write a day such as 1996-01-31 or a month such as 1996-01")


def _described(what: str, facts: Path | None) -> tuple[str, Description | None]:
    """The name that WHAT means, and what the file describes: `file.yaml#name`, or a name in the file of --facts."""
    from comity.policy import PolicyError, read_description

    file, _, name = what.partition("#")
    if file.endswith((".yaml", ".yml")):
        if facts is not None:
            raise PolicyError(f"{what} names a file, and so does --facts; give one of them")
        facts = Path(file)
    if facts is None:
        return what, None
    try:
        described = read_description(facts)
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{facts}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if Path(file) != facts:
        return what, described
    named = [*described.datasets, *described.products, *described.works]
    if not name and len(named) != 1:
        raise PolicyError(f"{facts} describes {', '.join(named) or 'nothing to ask about'}; say which: {facts}#NAME")
    return name or named[0], described
