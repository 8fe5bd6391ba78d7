"""`comity governance …`: bodies and their rules, counts, power, blocking minorities, rankings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from comity.cli.governance_shown import (
    body_shown,
    changes_shown,
    coalitions_shown,
    plain,
    powers_json,
    powers_shown,
    ranking_shown,
    result_shown,
    table_of,
)
from comity.cli.places import fail, print_json
from comity.cli.programmes import JsonOption

if TYPE_CHECKING:
    from comity.governance.bodies import Body
    from comity.governance.power import Powers
    from comity.governance.voting import Choice
    from comity.governance.voting_rules import Member, VotingRule

PANEL = "Who decides"
FAILED = 1

governance = typer.Typer(no_args_is_help=True, help="Bodies, voting rules, counts, power and rankings.")

BodyArgument = Annotated[str, typer.Argument(metavar="BODY", help="A shipped body, or a YAML file of one.")]
KindArgument = Annotated[
    str, typer.Argument(metavar="KIND", help="The kind of decision; `comity governance bodies BODY`.")
]
WeightsOption = Annotated[
    Path | None,
    typer.Option("--weights", metavar="FILE", help="CSV: member, and a column for each measure the rule weighs by."),
]
ParticipantsOption = Annotated[
    str | None, typer.Option("--participants", metavar="A,B", help="Who takes part in what is decided.")
]
ChairOption = Annotated[str | None, typer.Option("--chair", metavar="MEMBER", help="Whose vote decides a tie.")]


def register(app: typer.Typer) -> None:
    """Adds the group."""
    app.add_typer(governance, name="governance", rich_help_panel=PANEL)


@governance.command()
def bodies(
    body: Annotated[str | None, typer.Argument(metavar="BODY", help="Of this body alone.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the bodies that come with comity, or what one body is and decides."""
    from comity.governance.bodies import shipped, shipped_body

    if body is not None:
        asked = body_of(body)
        _answer(
            asked.model_dump(mode="json", exclude_defaults=True) | {"id": asked.id}, as_json, lambda: body_shown(asked)
        )
        return
    every = [shipped_body(b) for b in shipped()]
    told = [
        {"id": b.id, "name": b.name, "members": len(b.members), "kinds": [*b.powers], "left_out": len(b.left_out)}
        for b in every
    ]

    def shown() -> Sequence[Any]:
        table = table_of("Body", "Name", "Members:r", "Kinds of decision:r", "Left out:r")
        for b in every:
            table.add_row(b.id, b.name, str(len(b.members)), str(len(b.powers)), str(len(b.left_out)))
        return [table]

    _answer(told, as_json, shown)


@governance.command()
def rule(body: BodyArgument, kind: KindArgument, as_json: JsonOption = False) -> None:
    """Say the rule of a kind of decision in words, with its source."""
    from comity.governance.voting_words import rule_words

    asked = body_of(body)
    power = _known(lambda: asked.power(kind))
    words = rule_words(power.rule, asked.names)
    document = asked.sources[power.source.split(",")[0].strip()]
    told = {
        "body": asked.id,
        "kind": kind,
        "about": power.about,
        "words": words,
        "electorate": power.electorate,
        "rule": power.rule.to_json(),
        "source": power.source,
        "document": document.model_dump(mode="json"),
        "note": power.note,
    }

    def shown() -> Sequence[str]:
        lines = [f"[bold]{plain(asked.name)}: {plain(power.about)}[/bold]", plain(words)]
        if power.electorate == "participants":
            lines.append("Those who take part in it decide; members are they alone.")
        lines.append(f"[dim]{plain(power.source)}: {plain(document.title)} {plain(document.url)}[/dim]")
        return [*lines, *([f"[yellow]{plain(power.note)}[/yellow]"] if power.note else [])]

    _answer(told, as_json, shown)


@governance.command()
def count(
    body: BodyArgument,
    kind: KindArgument,
    ballots: Annotated[
        Path | None, typer.Option("--ballots", metavar="FILE", help="YAML `ballots: {esa: yes}`, or CSV member,vote.")
    ] = None,
    yes: Annotated[
        str | None, typer.Option("--yes", metavar="A,B", help="Who votes in favour; `others` for the rest.")
    ] = None,
    no: Annotated[str | None, typer.Option("--no", metavar="A,B", help="Who votes against.")] = None,
    abstain: Annotated[str | None, typer.Option("--abstain", metavar="A,B", help="Who abstains.")] = None,
    present: Annotated[
        str | None, typer.Option("--present", metavar="A,B", help="Who is there. Default: who votes.")
    ] = None,
    arrears: Annotated[
        str | None, typer.Option("--arrears", metavar="A,B", help="Whose arrears are past what the rule allows.")
    ] = None,
    participants: ParticipantsOption = None,
    weights: WeightsOption = None,
    chair: ChairOption = None,
    opened: Annotated[datetime | None, typer.Option("--opened", help="When a silence procedure began, UTC.")] = None,
    at: Annotated[datetime | None, typer.Option("--at", help="The moment asked about, UTC. Default: now.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Count a vote: does it pass, why, what is missing, and who could change it?

    Exit code 0 when it passes or silence still runs, 1 when it does not pass, 2 when the input has problems.
    """
    from comity.governance.ballots import Votes, read_votes
    from comity.governance.voting import VotingError
    from comity.governance.voting import count as counted

    asked = body_of(body)
    members, voting_rule = _electorate(asked, kind, participants, weights)
    given: Votes = _checked(lambda: read_votes(ballots)) if ballots else Votes({})
    cast = _cast(given.ballots, {"yes": yes, "no": no, "abstain": abstain}, [m.id for m in members])
    try:
        result = counted(
            voting_rule,
            members,
            cast,
            arrears=(*given.arrears, *_listed(arrears)),
            present=_listed(present) if present is not None else given.present,
            chair=chair,
            opened=None if opened is None else opened.replace(tzinfo=UTC),
            at=datetime.now(UTC) if at is None else at.replace(tzinfo=UTC),
        )
    except VotingError as error:
        fail(str(error))
    _answer({"body": asked.id, "kind": kind, **result.to_json()}, as_json, lambda: result_shown(result, asked.names))
    raise typer.Exit(FAILED if result.outcome in ("failed", "no quorum") else 0)


@governance.command()
def power(
    body: BodyArgument,
    kind: KindArgument,
    compare: Annotated[
        Path | None, typer.Option("--compare", metavar="RULEFILE", help="A YAML file of another rule: who gains by it?")
    ] = None,
    participants: ParticipantsOption = None,
    weights: WeightsOption = None,
    chair: ChairOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show who has power: the Shapley-Shubik and Banzhaf indices of every member, exactly."""
    from comity.governance.bodies import read_rule
    from comity.governance.power import compare as changes_of

    asked = body_of(body)
    members, now = _electorate(asked, kind, participants, weights)
    found = _powers(now, members, chair)
    told: dict[str, Any] = {"body": asked.id, "kind": kind, **powers_json(found)}
    if compare is None:
        _answer(told, as_json, lambda: powers_shown(found, asked.names))
        return
    after = _powers(_checked(lambda: read_rule(compare)), members, chair)
    changes = changes_of(found, after)
    told["after"] = powers_json(after)
    told["changes"] = [{"member": c.member, "shapley_shubik": f"{float(c.shapley_shubik):.8f}"} for c in changes]
    _answer(told, as_json, lambda: changes_shown(changes, found, after, asked.names))


@governance.command()
def blocking(
    body: BodyArgument,
    kind: KindArgument,
    limit: Annotated[int, typer.Option(min=1, help="How many coalitions are shown at most.")] = 20,
    participants: ParticipantsOption = None,
    weights: WeightsOption = None,
    chair: ChairOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the smallest coalitions that can block a decision, and those that just carry it."""
    from comity.governance.blocking import blocking_minorities, minimal_winning
    from comity.governance.power_game import game_of

    asked = body_of(body)
    members, voting_rule = _electorate(asked, kind, participants, weights)
    game = game_of(voting_rule, members, chair=chair)
    bars, carries = blocking_minorities(game, limit=limit), minimal_winning(game, limit=limit)
    told = {"body": asked.id, "kind": kind, "blocking": bars.to_json(), "winning": carries.to_json()}

    def shown() -> Sequence[Any]:
        return [
            *coalitions_shown("Blocking minorities", bars, asked.names),
            *coalitions_shown("Minimal winning coalitions", carries, asked.names),
        ]

    _answer(told, as_json, shown)


@governance.command()
def rank(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Proposals and ballots: YAML or CSV.")],
    method: Annotated[
        str, typer.Option("--method", metavar="METHOD", help="schulze, ranked-pairs, borda or approval.")
    ] = "schulze",
    as_json: JsonOption = False,
) -> None:
    """Rank proposals by members' ballots, with the reason of each place."""
    from comity.governance.ballots import read_rankings
    from comity.governance.ranking import rank as ranked

    given = _checked(lambda: read_rankings(file))
    try:
        found = _known(lambda: ranked([*given.proposals], given.ballots, method=method))
    except ValueError as error:
        fail(f"{file}: {error}")
    _answer(found.to_json(), as_json, lambda: ranking_shown(found, given.proposals))


# --- reading what is asked -------------------------------------------------------------------------------------------

T = TypeVar("T")


def _checked(read: Callable[[], T]) -> T:
    from comity.model.problems import ProgrammeError

    try:
        return read()
    except ProgrammeError as error:
        fail(str(error))


def _known(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except KeyError as error:
        fail(str(error.args[0]))


def body_of(argument: str) -> Body:
    """The body of a file or a shipped name; ends the command with 2 when it has problems."""
    from comity.governance.bodies import read_body, shipped_body

    file = Path(argument)
    if file.suffix in (".yaml", ".yml"):
        return _checked(lambda: read_body(file))
    return _known(lambda: shipped_body(argument))


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _electorate(
    body: Body, kind: str, participants: str | None, weights: Path | None
) -> tuple[tuple[Member, ...], VotingRule]:
    """Who is asked, with the weights that the rule needs, and the rule."""
    from comity.governance.ballots import read_weights
    from comity.governance.voting_rules import measures

    power = _known(lambda: body.power(kind))
    more = _checked(lambda: read_weights(weights)) if weights is not None else None
    members = _known(lambda: body.electorate(kind, _listed(participants), more))
    for measure in measures(power.rule):
        without = [m.id for m in members if measure not in m.weights]
        if without:
            few = ", ".join(without[:4]) + (f" and {len(without) - 4} more" if len(without) > 4 else "")
            fail(
                f"{body.id} {kind}: no {measure} known of {few}; give them with --weights FILE (CSV: member,{measure})"
            )
    return members, power.rule


def _cast(given: Mapping[str, Choice], said: Mapping[str, str | None], members: Sequence[str]) -> dict[str, Choice]:
    """Ballots of a file with those of the options; `others` stands for all that are not named."""
    cast: dict[str, Any] = dict(given)
    others = None
    for choice, text in said.items():
        for member in _listed(text):
            if member == "others" and member not in members:
                others = choice
            elif member in cast and cast[member] != choice:
                fail(f"{member!r} votes {cast[member]} and {choice}; a member votes once")
            else:
                cast[member] = choice
    if others is not None:
        cast = {m: cast.get(m, others) for m in (*members, *cast)}
    return cast


def _powers(voting_rule: VotingRule, members: Sequence[Member], chair: str | None) -> Powers:
    from comity.governance.power import TooLarge
    from comity.governance.power import power as powers_of
    from comity.governance.power_game import game_of
    from comity.governance.voting_rules import measures

    known = {measure for m in members for measure in m.weights}
    for measure in measures(voting_rule):
        if measure not in known:
            fail(f"the rule weighs by {measure!r}, which is known of no member; known are {', '.join(known) or 'none'}")
    try:
        return powers_of(game_of(voting_rule, members, chair=chair))
    except TooLarge as error:
        fail(str(error))


def _answer(told: Any, as_json: bool, shown: Callable[[], Sequence[Any]]) -> None:
    if as_json:
        print_json(told)
        return
    from rich.console import Console

    console = Console()
    for part in shown():
        console.print(part, highlight=False)
