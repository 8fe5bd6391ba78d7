"""`comity agreement`: documents between partners, what they ask and permit, and what a change or a departure would mean."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from comity.cli.places import fail, print_json, read_or_end

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from comity.governance.agreements import Agreement, Comparison, Departure, Obligation, Reading
    from comity.model.problems import Problem

GROUP = "Agreements"
#: Problems are found.
PROBLEMS = 2

group = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Agreements between partners: check them, print the text to sign, compare versions, list what is owed.\n\n"
    "Where AGREEMENT is asked for, give a YAML file or the name of one that comes with comity, such as iss-iga.",
)
AgreementArgument = Annotated[
    str, typer.Argument(metavar="AGREEMENT", help="A YAML file, or the name of a shipped agreement.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write to a file.")]
WithOption = Annotated[
    list[str] | None,
    typer.Option("--with", metavar="AGREEMENT", help="Another agreement that stands beside it; may be repeated."),
]
FromOption = Annotated[
    str | None, typer.Option("--from", metavar="DATE", help="Its entry into force, where the document has none.")
]


class Form(StrEnum):
    """Forms of the text to sign."""

    md = "md"
    html = "html"
    pdf = "pdf"


def register(app: typer.Typer) -> None:
    """Adds the group."""
    app.add_typer(group, name="agreement", rich_help_panel=GROUP)


# --- reading ---------------------------------------------------------------------------------------------------------------


def _reading(name: str) -> Reading:
    from comity.governance.agreements.reading import found, read

    try:
        return read(found(name))
    except OSError as error:
        fail(str(error) if error.strerror is None else f"{name}: cannot be read: {error.strerror}")


def document_of(name: str, *, as_json: bool) -> Agreement:
    """The agreement of a file or a shipped name; ends the command with 2 when it has problems."""
    reading = _reading(name)
    if reading.agreement is None:
        _end(reading.problems, as_json=as_json)
    return reading.agreement


def _shipped(*, but: Iterable[str] = ()) -> dict[str, Reading]:
    from comity.governance.agreements import read, shipped

    return {name: read(file) for name, file in shipped().items() if name not in set(but)}


def _around(name: str, others: list[str] | None, *, as_json: bool) -> dict[str, Agreement]:
    """All that is known beside an agreement: what is shipped, and what `--with` names."""
    known = {r.agreement.id: r.agreement for r in _shipped().values() if r.agreement is not None}
    for other in others or ():
        value = document_of(other, as_json=as_json)
        known[value.id] = value
    return known


def _end(problems: Sequence[Problem], *, as_json: bool) -> NoReturn:
    _show_problems(problems, as_json=as_json)
    raise typer.Exit(PROBLEMS)


def _show_problems(problems: Sequence[Problem], *, as_json: bool) -> None:
    if as_json:
        print_json({"ok": not problems, "problems": [p.to_dict() for p in problems]})
        return
    for problem in problems:
        typer.echo(str(problem), err=True)
    if problems:
        typer.echo(f"{len(problems)} problem{'' if len(problems) == 1 else 's'}", err=True)


def _day(text: str | None, option: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"{option} {text!r} is not a day; write it as YYYY-MM-DD, such as 2031-04-30")


def _console() -> Console:
    from rich.console import Console

    return Console()


# --- commands --------------------------------------------------------------------------------------------------------------


@group.command("list")
def list_(as_json: JsonOption = False) -> None:
    """List the agreements that come with comity, each under the one that it implements."""
    from rich.markup import escape
    from rich.tree import Tree

    values = {n: r.agreement for n, r in _shipped().items() if r.agreement is not None}
    if as_json:
        print_json([_row(value) for value in values.values()])
        return
    branches: dict[str, Tree] = {}
    root = Tree("Agreements", hide_root=True)

    def branch(name: str) -> Tree:
        if name not in branches:
            value = values[name]
            uppers = [u for u in value.agreement.under if u in values]
            parent = branch(uppers[0]) if uppers else root
            kind = value.agreement.kind.replace("_", " ")
            title = escape(value.agreement.title)
            who = escape(", ".join(value.parties))
            branches[name] = parent.add(f"[bold]{name}[/bold]  {title}\n[dim]{kind}: {who}[/dim]")
        return branches[name]

    for name in values:
        branch(name)
    _console().print(root)


def _row(value: Agreement) -> dict[str, Any]:
    heading = value.agreement
    return {
        "id": value.id,
        "version": heading.version,
        "title": heading.title,
        "kind": heading.kind,
        "under": [*heading.under],
        "binding": heading.binding,
        "parties": [*value.parties],
        "signed": heading.signed,
        "in_force": heading.in_force,
        "clauses": len(value.clauses),
        "left_out": [*heading.left_out],
        "digest": value.digest,
    }


@group.command()
def show(agreement: AgreementArgument, as_json: JsonOption = False) -> None:
    """Print an agreement: its parties, and each clause with what programs read in it."""
    from rich.markup import escape
    from rich.table import Table

    from comity.governance.agreements.signing import content

    value = document_of(agreement, as_json=as_json)
    if as_json:
        print_json({"digest": value.digest, **value.to_dict()})
        return
    told, console = content(value), _console()
    console.print(f"[bold]{escape(told['title'])}[/bold]")
    console.print(f"{told['kind']} {value.id}, version {told['version']}", highlight=False)
    for note in (told["summary"], *told["notes"]):
        if note:
            console.print(escape(note), highlight=False)
    console.print("Parties: " + escape(", ".join(f"{p['name']} ({p['id']})" for p in told["parties"])), highlight=False)
    table = Table(show_lines=True)
    table.add_column("Clause", max_width=24)
    table.add_column("Says")
    for clause in told["clauses"]:
        article = f"\n[dim]{escape(clause['article'])}[/dim]" if clause["article"] else ""
        words = [escape(p) for p in clause["paragraphs"]] + [f"[cyan]- {escape(s)}[/cyan]" for s in clause["sentences"]]
        table.add_row(f"{escape(clause['title'])}\n[dim]{escape(clause['id'])}[/dim]{article}", "\n".join(words))
    console.print(table)
    if told["left_out"]:
        console.print(f"Left out for want of a source ({len(told['left_out'])}):", highlight=False)
        for what in told["left_out"]:
            console.print(f"- {escape(what)}", highlight=False)
    console.print(f"SHA-256 {value.digest}", soft_wrap=True, highlight=False)


@group.command()
def check(
    agreements: Annotated[
        list[str], typer.Argument(metavar="AGREEMENT...", help="YAML files, or names of shipped agreements.")
    ],
    programme: Annotated[
        str | None,
        typer.Option("--programme", "-p", metavar="PROGRAMME", help="Hold duties against its partners' means."),
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="DATE", help="What is in force, and overdue, on this day.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Report all that is wrong with agreements, each by itself and together, with file, line and column.

    Missing clauses for the kind, duties without means, contradictory grants, obligations past their day, a cross-waiver
    that does not flow down. Exit code 0 when they are clean, 2 when they have problems.
    """
    from comity.governance.agreements import check as problems_of

    readings = [_reading(name) for name in dict.fromkeys(agreements)]
    held_against = read_or_end(programme, as_json=as_json).programme if programme is not None else None
    around = _shipped(but=[r.agreement.id for r in readings if r.agreement is not None])
    problems = problems_of(readings, programme=held_against, at=_day(at, "--at"), around=around)
    if problems or as_json:
        _show_problems(problems, as_json=as_json)
    else:
        clauses = sum(len(r.agreement.clauses) for r in readings if r.agreement is not None)
        count = f"{len(readings)} agreement{'' if len(readings) == 1 else 's'}"
        typer.echo(f"{count} with {clauses} clauses: no problems")
    raise typer.Exit(PROBLEMS if problems else 0)


@group.command()
def text(
    agreement: AgreementArgument,
    form: Annotated[Form, typer.Option("--format", help="Markdown, HTML or PDF.")] = Form.md,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the text to sign, with signature blocks; each page's foot bears the document's digest.

    The same document gives the same bytes. PDF needs --out.
    """
    from comity.governance.agreements import signing

    value = document_of(agreement, as_json=as_json)
    if form is Form.pdf and out is None:
        fail("a PDF is no text for a terminal; name its file with --out")
    make = {
        Form.md: lambda: signing.markdown(value).encode("utf-8"),
        Form.html: lambda: signing.html(value).encode("utf-8"),
        Form.pdf: lambda: signing.pdf(value),
    }
    data = make[form]()
    _deliver(data, out, as_json=as_json, told={"agreement": value.id, "format": form.value, "digest": value.digest})


@group.command()
def xml(agreement: AgreementArgument, out: OutOption = None, as_json: JsonOption = False) -> None:
    """Print an agreement as Akoma Ntoso 1.0 XML (OASIS LegalDocML)."""
    from comity.governance.agreements.akoma_ntoso import akoma_ntoso

    value = document_of(agreement, as_json=as_json)
    told = {"agreement": value.id, "format": "akoma-ntoso", "digest": value.digest}
    _deliver(akoma_ntoso(value).encode("utf-8"), out, as_json=as_json, told=told)


@group.command()
def compare(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="The older version.")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="The newer version.")],
    as_json: JsonOption = False,
) -> None:
    """Compare two versions clause by clause: words added and removed, and what that means for whom."""
    from comity.governance.agreements import compare as compared

    found = compared(document_of(before, as_json=as_json), document_of(after, as_json=as_json))
    if as_json:
        print_json(found.to_dict())
    else:
        _show_comparison(found)


def _show_comparison(found: Comparison) -> None:
    from rich.table import Table
    from rich.text import Text

    console = _console()
    if not found.changes and not found.consequences:
        console.print("The two say the same.")
        return
    styles = {"same": "", "added": "green underline", "removed": "red strike"}
    # Without colours, as in a file, marks stand for them.
    around = {"same": ("", ""), "added": ("{+", "+}"), "removed": ("[-", "-]")}
    for change in found.changes:
        console.print(f"[bold]{change.change}[/bold]: {change.clause}", highlight=False)
        line = Text()
        for mark, words in change.words:
            left, right = ("", "") if console.is_terminal else around[mark]
            line.append(f"{left}{words}{right}", style=styles[mark])
        console.print(line)
        console.print()
    if found.consequences:
        table = Table(title="What it means", title_justify="left")
        for column in ("For", "What", "Before", "After"):
            table.add_column(column)
        for c in found.consequences:
            table.add_row(c.whom, f"{c.what}: {c.about}", c.before or "-", c.after or "-")
        console.print(table)


@group.command()
def obligations(
    agreements: Annotated[
        list[str], typer.Argument(metavar="AGREEMENT...", help="YAML files, or names of shipped agreements.")
    ],
    party: Annotated[str | None, typer.Option("--party", metavar="ID", help="What one party owes.")] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="List duties that come back up to this day.")
    ] = None,
    ics: Annotated[bool, typer.Option("--ics", help="Print those with a day as iCalendar (RFC 5545).")] = False,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """List who owes what, by when."""
    from comity.governance.agreements import obligations_of

    values = [document_of(name, as_json=as_json) for name in dict.fromkeys(agreements)]
    if party is not None:
        _known_party(party, values)
    last = _day(until, "--until")
    if ics:
        from comity.governance.agreements.calendar_file import calendar

        data = calendar(values, until=last, party=party).encode("utf-8")
        _deliver(data, out, as_json=as_json, told={"agreements": [v.id for v in values], "format": "icalendar"})
        return
    if out is not None:
        fail("--out writes the calendar; say --ics with it")
    chosen = None if party is None else (party,)
    found = [o for value in values for o in obligations_of(value, until=last, parties=chosen)]
    if as_json:
        print_json([o.to_dict() for o in found])
    else:
        _show_obligations(found)


def _known_party(party: str, values: Sequence[Agreement]) -> None:
    from comity.model.problems import nearest

    known = list(dict.fromkeys(p for value in values for p in value.parties))
    if party not in known:
        hint = nearest(party, known) or f"the parties are {', '.join(known)}"
        fail(f"no party is called {party!r}; {hint}")


def _show_obligations(found: Sequence[Obligation], *, title: str | None = None) -> None:
    from rich.markup import escape
    from rich.table import Table

    if not found:
        typer.echo("Nothing is owed.")
        return
    several = len({o.agreement for o in found}) > 1
    table = Table(title=title, title_justify="left")
    table.add_column("Due", no_wrap=True)
    table.add_column("Party")
    table.add_column("What")
    table.add_column("Clause")
    for o in found:
        due = f"{o.due}" if o.due else "standing"
        clause = f"{o.agreement}: {o.clause}" if several else o.clause
        table.add_row(f"{due}{' done' if o.done else ''}", o.party, escape(o.what), clause)
    _console().print(table)


@group.command()
def withdrawal(
    agreement: AgreementArgument,
    party: Annotated[str, typer.Argument(metavar="PARTY", help="Who would leave.")],
    notice: Annotated[str, typer.Option("--notice", metavar="DATE", help="The day of its notice.")],
    beside: WithOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a party's withdrawal takes along: end of notice, duties, subordinate agreements, elements; what stays."""
    from comity.governance.agreements import WithdrawalError
    from comity.governance.agreements import withdrawal as departure

    value = document_of(agreement, as_json=as_json)
    _known_party(party, [value])
    day = _day(notice, "--notice")
    assert day is not None
    try:
        found = departure(value, party, day, others=_around(agreement, beside, as_json=as_json))
    except WithdrawalError as error:
        fail(str(error))
    if as_json:
        print_json(found.to_dict())
    else:
        _show_departure(value, found)


def _show_departure(value: Agreement, found: Departure) -> None:
    from rich.markup import escape

    console = _console()

    def said(line: str) -> None:
        console.print(line, highlight=False)

    said(
        f"[bold]{escape(value.parties[found.party].name)}[/bold] gives notice on {found.notice} and is out on {found.ends}."
    )
    if found.agreement_ends:
        said(
            f"{value.id} ends then: {len(found.remaining)} of the {value.termination.fewest_parties} parties needed is left."
        )
    else:
        said(f"Bound by {value.id} are then: {', '.join(found.remaining)}.")
    said(f"\n[bold]Agreements below ({len(found.subordinate)})[/bold]")
    for fall in found.subordinate:
        said(f"- {fall.agreement} {'ends' if fall.ends else 'loses the party'}: {escape(fall.why)}")
    said(f"\n[bold]Elements that need another ({len(found.elements)})[/bold]")
    for orphan in found.elements:
        heir = f", handed over to {orphan.inherits}" if orphan.inherits else ""
        said(f"- {escape(orphan.element)}: no one left to {orphan.role} it{heir} ({orphan.agreement})")
    said(f"\n[bold]What goes on to bind it ({len(found.survives)})[/bold]")
    for name, clause in found.survives:
        said(f"- {name}: {clause}")
    said("")
    if found.duties:
        _show_obligations(found.duties, title=f"Duties that fall ({len(found.duties)})")


@group.command()
def terms(agreement: AgreementArgument, start: FromOption = None, as_json: JsonOption = False) -> None:
    """Print what the planner and the policy engine take from an agreement: a block for rules.yaml, permits, data policies."""
    from comity.governance.agreements import AgreementError, data_policies, rules_block, technology_permits
    from comity.governance.agreements.model_terms import rules_sources, rules_text

    value, day = document_of(agreement, as_json=as_json), _day(start, "--from")
    try:
        block = rules_block(value, in_force_from=day)
    except AgreementError:
        fail(f"{agreement}: does not say since when it is in force; give the day with --from")
    permits, policies = technology_permits(value), data_policies(value)
    if as_json:
        print_json(
            {
                **block,
                "sources": rules_sources(value),
                "permits": [
                    {"clause": p.clause, "technology": p.technology, "giver": p.giver, "receiver": p.receiver}
                    for p in permits
                ],
                "data": [{"clause": clause, **policy.model_dump(mode="json")} for clause, policy in policies],
            }
        )
        return
    typer.echo(rules_text(value, in_force_from=day), nl=False)
    for permit in permits:
        typer.echo(f"# {permit.technology} may pass from {permit.giver} to {permit.receiver} ({permit.clause})")
    for clause, policy in policies:
        after = f", open after {policy.proprietary_period}" if policy.proprietary_period else ""
        typer.echo(f"# data {policy.data!r}: {policy.access}{after} ({clause})")


@group.command()
def schema(as_json: JsonOption = False) -> None:
    """Print the JSON Schema of an agreement's file: editors complete and check by it."""
    from comity.governance.agreements import agreement_schema

    print_json(agreement_schema())


# --- writing ---------------------------------------------------------------------------------------------------------------


def _deliver(data: bytes, out: Path | None, *, as_json: bool, told: dict[str, Any]) -> None:
    """Bytes to a file, whole or not at all, or to standard output; with --json, what was made and where."""
    if out is not None:
        try:
            _write(data, out)
        except OSError as error:
            fail(f"{out}: cannot be written: {error.strerror}")
    if as_json:
        print_json({**told, "file": str(out)} if out is not None else {**told, "text": data.decode("utf-8")})
    elif out is not None:
        typer.echo(f"{out}: {len(data)} bytes")
    else:
        typer.echo(data.decode("utf-8"), nl=False)


def _write(data: bytes, out: Path) -> None:
    handle, beside = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0o022)  # the process's mask can only be read by setting it
        os.umask(mask)
        Path(beside).chmod(0o666 & ~mask)
        Path(beside).replace(out)
    except BaseException:
        with suppress(OSError):
            Path(beside).unlink()
        raise
