"""How answers of `comity can` are told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from comity.model.programme import Programme
    from comity.policy import Answer, RuleCited, Standing


def cited(rule: RuleCited) -> dict[str, Any]:
    """A rule as JSON."""
    from dataclasses import asdict

    return asdict(rule)


def _console() -> Console:
    from rich.console import Console

    return Console(soft_wrap=False, highlight=False)


def show(asked: Programme | None, told: Sequence[Standing], notes: Sequence[str]) -> None:
    """Prints answers, each with its note and the rules that made it."""
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
        if rule.file.startswith("adopted/"):
            name = rule.file.removeprefix("adopted/")
            console.print(
                f"    [dim]Adopted on the record: {escape(name)}, line {rule.line}, SHA-256 {rule.digest}[/dim]"
            )
    for need in answer.missing:
        console.print(f"  Needed: {escape(need)}")


def show_who(found: Iterable[Standing]) -> None:
    """Prints who can, and who cannot by which rules."""
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


def show_barred(partner: str, found: Sequence[Standing]) -> None:
    """Prints what a partner cannot do or be given, by rule."""
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
