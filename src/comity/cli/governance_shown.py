"""What `comity governance` prints: tables, bars and sentences of bodies, counts, powers, coalitions and rankings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

    from comity.governance.blocking import Coalitions
    from comity.governance.bodies import Body
    from comity.governance.power import Change, Powers
    from comity.governance.ranking import Ranking
    from comity.governance.voting import Finding, Result


def plain(text: str) -> str:
    """A text in which brackets mean themselves."""
    from rich.markup import escape

    return escape(text)


def table_of(*columns: str, title: str = "") -> Table:
    """A table; a column `Name:r` is set to the right."""
    from rich.table import Table

    table = Table(title=title or None, title_justify="left")
    for column in columns:
        name, _, side = column.partition(":")
        table.add_column(name, justify="right" if side == "r" else "left", overflow="fold")
    return table


def body_shown(body: Body) -> Sequence[Any]:
    """A body with its rules and sources."""
    from comity.governance.voting_words import rule_words

    table = table_of("Kind", "What is decided, and what it needs", "Source")
    for kind, power in body.powers.items():
        asked = " (those who take part decide)" if power.electorate == "participants" else ""
        words = f"{plain(power.about)}{asked}\n[bold]{plain(rule_words(power.rule, body.names))}[/bold]"
        table.add_row(kind, words, plain(power.source))
    lines: list[Any] = [f"[bold]{plain(body.name)}[/bold] ({plain(body.organisation)})"]
    lines.append(f"{len(body.members)} members: {plain(', '.join(m.called for m in body.members))}")
    lines += [f"Chair: {plain(body.chair)}"] if body.chair else []
    lines.append(table)
    for name, document in body.sources.items():
        lines.append(
            f"[dim]{plain(name)}: {plain(document.title)}. {plain(document.checked)}. {plain(document.url)}[/dim]"
        )
    return [*lines, *(f"[yellow]Left out:[/yellow] {plain(text)}" for text in body.left_out)]


def result_shown(result: Result, names: Mapping[str, str]) -> Sequence[Any]:
    """A count, criterion by criterion."""
    colour = {"passed": "green", "open": "yellow"}.get(result.outcome, "red")
    table = table_of("Criterion", "Met", "How it stands")
    for depth, finding in _flattened(result.criterion, 0):
        met = {True: "[green]yes[/green]", False: "[red]no[/red]", None: "[yellow]open[/yellow]"}[finding.met]
        table.add_row("  " * depth + plain(finding.words), met, "" if finding.parts else plain(finding.said))
    for quorum in result.quorum:
        table.add_row(plain(quorum.words), "[green]yes[/green]" if quorum.met else "[red]no[/red]", plain(quorum.said))
    lines: list[Any] = [f"[bold {colour}]{plain(result.reason)}[/bold {colour}]", table]
    named = [names.get(m, m) for m in result.alone]
    if named:
        verb = "undo it by voting against" if result.outcome in ("passed", "open") else "carry it by voting in favour"
        few = ", ".join(named[:8]) + (f" and {len(named) - 8} more" if len(named) > 8 else "")
        lines.append(f"Alone could {verb}: {plain(few)}")
    elif result.enough:
        verb = "against would undo it" if result.outcome in ("passed", "open") else "in favour would carry it"
        together = ", ".join(names.get(m, m) for m in result.enough)
        lines.append(f"Nobody alone; these {len(result.enough)} together {verb}: {plain(together)}")
    return lines


def _flattened(finding: Finding, depth: int) -> list[tuple[int, Finding]]:
    return [(depth, finding), *(pair for part in finding.parts for pair in _flattened(part, depth + 1))]


def _bar(value: float, most: float, width: int = 12) -> str:
    eighths = round(value / most * width * 8) if most else 0
    return "█" * (eighths // 8) + ("▏▎▍▌▋▊▉"[eighths % 8 - 1] if eighths % 8 else "")


def powers_json(found: Powers) -> dict[str, Any]:
    """The power of every member as plain values."""
    return {
        "method": found.method,
        "passage": f"{float(found.passage):.8f}",
        "dummies": [*found.dummies],
        "members": [m.to_json() for m in found.members],
    }


def powers_shown(found: Powers, names: Mapping[str, str]) -> Sequence[Any]:
    """The power of every member, with bars."""
    table = table_of("Member", "Shapley-Shubik:r", "", "Banzhaf:r", "normalised:r")
    most = max((float(m.shapley_shubik) for m in found.members), default=0.0)
    for m in sorted(found.members, key=lambda m: -m.shapley_shubik):
        shapley = float(m.shapley_shubik)
        cells = (f"{shapley:.5f}", _bar(shapley, most), f"{float(m.banzhaf):.5f}", f"{float(m.banzhaf_normalised):.5f}")
        table.add_row(plain(names.get(m.member, m.member)), *cells)
    lines: list[Any] = [table]
    lines.append(f"{float(found.passage):.3%} of all coalitions carry a decision. Exact, by {found.method}.")
    if found.dummies:
        lines.append(f"Their votes never matter: {plain(', '.join(names.get(d, d) for d in found.dummies))}")
    return lines


def changes_shown(changes: Sequence[Change], before: Powers, after: Powers, names: Mapping[str, str]) -> Sequence[Any]:
    """What a changed rule does to each member."""
    table = table_of("Member", "Now:r", "Then:r", "Change:r", "", title="Shapley-Shubik power under both rules")
    most = max((abs(float(c.shapley_shubik)) for c in changes), default=0.0)
    for c in changes:
        change = float(c.shapley_shubik)
        colour = "green" if change > 0 else "red"
        now, then = (float(m.shapley_shubik) if m else 0.0 for m in (c.before, c.after))
        bar = f"[{colour}]{_bar(abs(change), most)}[/{colour}]"
        table.add_row(plain(names.get(c.member, c.member)), f"{now:.5f}", f"{then:.5f}", f"{change:+.5f}", bar)
    return [
        table,
        f"Of all coalitions {float(before.passage):.3%} carry a decision now, {float(after.passage):.3%} then.",
    ]


def coalitions_shown(title: str, found: Coalitions, names: Mapping[str, str]) -> Sequence[Any]:
    """Minimal coalitions, by groups of members who weigh alike."""
    if found.smallest is None:
        return [f"[bold]{title}[/bold]: {'none' if found.complete else 'none found in the time'}"]
    table = table_of("Size:r", "Members", "Coalitions:r", title=f"{title}: the smallest have {found.smallest}")
    for c in found.found:
        said = [
            names.get(g.of[0], g.of[0]) if len(g.of) == 1 else f"any {g.number} of {_some(g.of, names)}"
            for g in c.groups
        ]
        table.add_row(str(c.size), plain("; ".join(said)), f"{c.number:,}")
    return [table, *([] if found.complete else ["[yellow]There are more; --limit shows them.[/yellow]"])]


def _some(members: Sequence[str], names: Mapping[str, str]) -> str:
    if len(members) > 6:
        return f"{len(members)} ({names.get(members[0], members[0])}, ..., {names.get(members[-1], members[-1])})"
    return ", ".join(names.get(m, m) for m in members)


def ranking_shown(found: Ranking, names: Mapping[str, str]) -> Sequence[Any]:
    """A ranking with its reasons and matrices."""
    table = table_of("Rank:r", "Proposal", "Score", "Reason", title=f"By {found.method}")
    for place in found.places:
        table.add_row(str(place.rank), plain(names[place.proposal]), plain(place.score), plain(place.reason))
    lines: list[Any] = [table]
    if found.method in ("schulze", "ranked-pairs"):
        order = [p.proposal for p in found.places]
        lines.append(_matrix("Ballots that rank the row above the column", order, found.pairwise))
    if found.strongest_paths:
        lines.append(_matrix("Strongest paths from row to column", order, found.strongest_paths))
    if found.skipped:
        lines.append(
            f"Not locked, against pairs locked before: {plain(', '.join(f'{a} over {b}' for a, b in found.skipped))}"
        )
    return lines


def _matrix(title: str, order: Sequence[str], values: Mapping[tuple[str, str], Any]) -> Table:
    from comity.governance.voting_words import number

    table = table_of("", *(f"{p}:r" for p in order), title=title)
    for a in order:
        table.add_row(plain(a), *("" if a == b else number(values[a, b]) for b in order))
    return table
