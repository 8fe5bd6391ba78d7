"""`comity can`: may WHO do WHAT with WHICH, for what purpose, at what time; and which rules say so?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from comity.cli.places import fail, print_json, read_or_end

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console

    from comity.model.programme import Programme
    from comity.policy import Answer, Description, RuleCited, Standing, World

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
    "ACTION is transfer, read, use, view, append or administer. For a transfer WHAT is a technology of the programme, an "
    "element (mission/element), an interface (mission/one+other), or without a programme an entry of a control list. "
    "For read and use WHAT is described in a file: file.yaml#name.",
)
ProgrammeOption = Annotated[
    str | None,
    typer.Option(
        "--programme", "-p", metavar="PROGRAMME", help="By the rules of this programme; else by the control lists."
    ),
]
AtOption = Annotated[
    str | None, typer.Option("--at", metavar="DATE", help="A day or month, such as 1996-01. Default: now.")
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
    from comity.policy import PolicyError, Question, Standing, decide_all

    asked = _programme(programme, as_json=as_json)
    when = _time(at)
    try:
        what, described = _described(what, facts)
        rules, known = _world(asked, described)
        meant = _meant(asked, action, what)
        questions = [Question(who, action, each, when, purpose, to) for each, _ in meant]
        answers = decide_all(rules, known, questions)
    except PolicyError as error:
        fail(str(error))
    told = [Standing(q, a) for q, a in zip(questions, answers, strict=True)]
    if as_json:
        notes = [note for _, note in meant if note]
        print_json({"allowed": all(a.allowed for a in answers), "notes": notes, "answers": [s.to_dict() for s in told]})
    else:
        _show(asked, told, [note for _, note in meant])
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

    asked, when = _programme(programme, as_json=as_json), _time(at)
    try:
        what, described = _described(what, facts)
        rules, known = _world(asked, described)
        found = [
            standing
            for each, _ in _meant(asked, action, what)
            for standing in who_can(rules, known, action, each, when, purpose=purpose, among=giver)
        ]
    except PolicyError as error:
        fail(str(error))
    if as_json:
        print_json([s.to_dict() for s in found])
    else:
        _show_who(found)


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
    from comity.policy import PolicyError, cannot

    asked, when = _programme(programme, as_json=as_json), _time(at)
    try:
        _, described = _described("", facts)
        rules, known = _world(asked, described)
        actions = [action] if action else ["transfer", *(["read"] if described and described.datasets else [])]
        found = [s for each in actions for s in cannot(rules, known, partner, each, when, purpose=purpose)]
    except PolicyError as error:
        fail(str(error))
    if as_json:
        print_json([s.to_dict() for s in found])
    else:
        _show_barred(partner, found)


@group.command("rules")
def rules(
    programme: Annotated[
        str | None,
        typer.Argument(metavar="[PROGRAMME]", help="A programme's rules; without, those that come with comity."),
    ] = None,
    facts: FactsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the rules as text: a programme's export control and agreements, and the shipped rules for data and property."""
    from comity.policy import PolicyError

    asked = _programme(programme, as_json=as_json)
    try:
        policies = _world(asked, _described("", facts)[1]).policies
    except PolicyError as error:
        fail(str(error))
    if as_json:
        cited = [{**_cited(rule.cited), "text": rule.text} for rule in policies.rules]
        print_json({"digest": policies.digest, "rules": cited})
        return
    own = {name: text for name, text in policies.texts.items() if asked is None or not name.startswith("policies/")}
    for text in own.values():
        typer.echo(text)
    if asked is not None:
        typer.echo("// Besides hold the rules for data, property and the record: `comity can rules`.")


# --- reading what was asked ------------------------------------------------------------------------------------------------


def _programme(argument: str | None, *, as_json: bool) -> Programme | None:
    return None if argument is None else read_or_end(argument, as_json=as_json).programme


def _time(text: str | None) -> datetime:
    """The first moment of a day or month, UTC; now when none is given."""
    from datetime import UTC, datetime

    if text is None:
        return datetime.now(UTC)
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
    named = [*described.datasets, *described.works]
    if not name and len(named) != 1:
        raise PolicyError(f"{facts} describes {', '.join(named) or 'nothing to ask about'}; say which: {facts}#NAME")
    return name or named[0], described


def _world(asked: Programme | None, described: Description | None) -> World:
    from comity.policy import world

    return world(asked, described)


def _meant(asked: Programme | None, action: str, what: str) -> list[tuple[str, str]]:
    """What WHAT means, each with a note on how it was found."""
    from comity.policy import crossings

    if asked is not None and action == "transfer":
        return [(each.technology, each.found) for each in crossings(asked, what)]
    return [(what, "")]


# --- telling the answer ----------------------------------------------------------------------------------------------------


def _cited(rule: RuleCited) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(rule)


def _console() -> Console:
    from rich.console import Console

    return Console(soft_wrap=False, highlight=False)


def _show(asked: Programme | None, told: Sequence[Standing], notes: Sequence[str]) -> None:
    from rich.markup import escape

    console = _console()
    for standing, note in zip(told, notes, strict=True):
        q, answer = standing.question, standing.answer
        if note:
            console.print(f"[dim]{escape(note[0].upper() + note[1:])}.[/dim]")
        word = "[bold green]Yes[/bold green]" if answer.allowed else "[bold red]No[/bold red]"
        to = f" to {q.to}" if q.to else ""
        by = f" in {asked.programme.name}" if asked is not None else ""
        said = f"{q.who} {'may' if answer.allowed else 'may not'} {q.action} {q.what}{to}{by}, {q.at:%Y-%m-%d}, for {q.purpose}."
        console.print(f"{word}: {escape(said)}")
        _show_reasons(console, answer)


def _show_reasons(console: Console, answer: Answer) -> None:
    from rich.markup import escape

    if not answer.because:
        console.print("  No rule permits it.")
    for rule in answer.because:
        verb = "permits" if rule.effect == "permit" else "forbids"
        console.print(f"  [bold]{escape(rule.id)}[/bold] {verb} it: {escape(rule.because)}")
        console.print(f"    [dim]Source: {escape(rule.source)}[/dim]")
    for need in answer.missing:
        console.print(f"  Needed: {escape(need)}")


def _show_who(found: Iterable[Standing]) -> None:
    from rich.markup import escape

    console, able, unable = _console(), dict[str, list[str]](), dict[tuple[str, str], list[str]]()
    for s in found:
        q = s.question
        if s.answer.allowed:
            able.setdefault(q.who, []).append(q.to or "")
        else:
            unable.setdefault((q.who, _rules_of(s.answer)), []).append(q.to or "")
    console.print("[bold green]Can[/bold green]" if able else "[bold]Nobody can[/bold]")
    for who, receivers in able.items():
        console.print(f"  {escape(who)}{escape(_to(receivers))}")
    if unable:
        console.print("[bold red]Cannot[/bold red]")
    for (who, rule), receivers in unable.items():
        console.print(f"  {escape(who)}{escape(_to(receivers))}: [dim]{escape(rule)}[/dim]")


def _to(receivers: list[str]) -> str:
    named = list(dict.fromkeys(r for r in receivers if r))
    return f" to {', '.join(named)}" if named else ""


def _rules_of(answer: Answer) -> str:
    return ", ".join(rule.id for rule in answer.because) or "no rule permits it"


def _show_barred(partner: str, found: Sequence[Standing]) -> None:
    from rich.markup import escape

    console = _console()
    if not found:
        console.print(f"Nothing is barred from {escape(partner)}.")
        return
    by_rule: dict[str, dict[str, dict[str, None]]] = {}
    reasons: dict[str, RuleCited] = {}
    for s in found:
        reasons |= {rule.id: rule for rule in s.answer.because}
        for name in [rule.id for rule in s.answer.because] or [""]:
            givers = by_rule.setdefault(name, {}).setdefault(f"{s.question.action} {s.question.what}", {})
            givers |= {s.question.who: None} if s.question.to else {}
    for name, barred in by_rule.items():
        rule = reasons.get(name)
        title = f"{rule.id}: {rule.because}" if rule is not None else "No rule permits:"
        console.print(f"[bold]{escape(title)}[/bold]")
        for what, whose in _alike(barred).items():
            whom = f" from {', '.join(whose)}" if whose else ""
            console.print(f"  {escape(what)}{escape(whom)}")
        if rule is not None:
            console.print(f"    [dim]Source: {escape(rule.source)}[/dim]")


def _alike(barred: dict[str, dict[str, None]]) -> dict[str, tuple[str, ...]]:
    """What is barred from the same givers, told together."""
    together: dict[tuple[str, ...], list[str]] = {}
    for what, givers in barred.items():
        together.setdefault(tuple(givers), []).append(what)
    return {_listed(whats): givers for givers, whats in together.items()}


def _listed(whats: list[str]) -> str:
    """`transfer docking, power` for `transfer docking` and `transfer power`."""
    actions: dict[str, list[str]] = {}
    for what in whats:
        action, _, name = what.partition(" ")
        actions.setdefault(action, []).append(name)
    return "; ".join(f"{action} {', '.join(names)}" for action, names in actions.items())
