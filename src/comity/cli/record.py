"""`comity record`: the signed record of what was agreed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.places import fail, print_json

if TYPE_CHECKING:
    from comity.record import Entry, SigningKey
    from comity.records import Record

GROUP = "Record"

record = typer.Typer(
    help="The signed record of what was agreed.\n\nRECORD is a file, or a postgresql:// URL.", no_args_is_help=True
)

Place = Annotated[str, typer.Argument(metavar="RECORD", help="A record's file, or its postgresql:// URL.")]
By = Annotated[str, typer.Option("--by", metavar="PARTNER", help="The partner that says it.")]
Keys = Annotated[
    list[Path], typer.Option("--key", metavar="FILE", help="A private key that signs; again for each officer.")
]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="Its time, UTC. Default: now.")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="TIME", help="As of this time, UTC. Default: now.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
JsonAnyway = Annotated[bool, typer.Option("--json", help="Print JSON, as it does anyway.")]


def register(app: typer.Typer) -> None:
    """Adds the group of commands."""
    app.add_typer(record, name="record", rich_help_panel=GROUP)


# --- what the commands share ---------------------------------------------------------------------------------------------------


@contextmanager
def opened(place: str, *, create: bool = False) -> Iterator[Record]:
    """The record at a place; ends the command with 2 on what its users can mend."""
    from comity.model import ProgrammeError
    from comity.record import RecordError
    from comity.records import open_record

    try:
        with open_record(place, create=create) as found:
            yield found
    except ProgrammeError as error:
        fail("\n".join(str(p) for p in error.problems))
    except RecordError as error:
        fail(plain(str(error)))


#: What moves the cursor, colours or turns around text, on a terminal: it is of the text, not for the terminal.
_UNSEEN = {n: ascii(chr(n))[1:-1] for n in (*range(10), *range(11, 32), *range(127, 160), 0x61C, 0x200E, 0x200F,
                                            *range(0x202A, 0x202F), *range(0x2066, 0x206A))}  # fmt: skip


def plain(text: str) -> str:
    """Text that somebody else wrote, as a terminal may show it."""
    return text.translate(_UNSEEN)


def say(text: str, *, err: bool = False) -> None:
    """Prints what holds text that somebody else wrote."""
    typer.echo(plain(text), err=err)


def time_of(text: str | None) -> datetime | None:
    """The time that an option gives: `2026-11-24`, or `2026-11-24T12:00:00Z`."""
    from comity.record import moment

    if text is None:
        return None
    try:
        return moment(text if "T" in text else f"{text}T00:00:00Z")
    except ValueError:
        fail(f"{text!r} is no time; write 2026-11-24, or 2026-11-24T12:00:00Z")


def signing_keys(files: list[Path]) -> list[SigningKey]:
    """The keys of these files; their passphrase, where they have one, stands in COMITY_PASSPHRASE."""
    from comity.record import RecordError, SigningKey

    try:
        return [SigningKey.read(f, passphrase=os.environ.get("COMITY_PASSPHRASE") or None) for f in files]
    except RecordError as error:
        fail(str(error))


def written(place: str, kind: str, body: dict[str, Any], *, by: str, keys: list[Path], at: str | None) -> Entry:
    """Signs and appends an entry; ends the command with 2 when it would not count."""
    with opened(place) as found:
        return found.write(kind, body, author=by, keys=signing_keys(keys), at=time_of(at))


def told(entry: Entry, *, as_json: bool) -> None:
    """Says what was written."""
    if as_json:
        print_json(entry_dict(entry))
    else:
        typer.echo(f"{entry.kind} by {entry.author} at {entry.time}: entry {entry.id[:12]}")


def entry_dict(entry: Entry) -> dict[str, Any]:
    """An entry as JSON."""
    return {
        "id": entry.id,
        "kind": entry.kind,
        "author": entry.author,
        "time": entry.time,
        "after": [*entry.after],
        "body": entry.body,
        "keys": [*entry.keys],
    }


def body_given(text: str | None, file: Path | None) -> dict[str, Any]:
    """A body given as JSON text, or in a YAML or JSON file."""
    from comity.model.yaml_tree import parse

    if (text is None) == (file is None):
        fail("give the body either as JSON with --set, or in a file with --body")
    try:
        given = text if file is None else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file}: {getattr(error, 'strerror', None) or 'is not UTF-8 text'}")
    tree, errors = parse(given or "", str(file or "--set"))
    if errors:
        fail("\n".join(f"{e.at}: {e.message}" for e in errors))
    value = tree.plain() if tree is not None else None
    if not isinstance(value, dict):
        fail(f"{file or '--set'}: a body is a map of fields")
    return value


# --- opening, import, export -------------------------------------------------------------------------------------------------------


@record.command()
def init(
    place: Place,
    programme: Annotated[str, typer.Option(metavar="NAME", help="The programme that it is the record of.")],
    founder: Annotated[
        list[str],
        typer.Option(
            metavar="PARTNER=FILE,…", help="A founder and its officers' keys, each FILE or NAME:FILE; repeatable."
        ),
    ],
    threshold: Annotated[
        list[str], typer.Option(metavar="PARTNER=N", help="How many officers sign together what is grave.")
    ] = [],  # noqa: B006 - typer's form
    grave: Annotated[
        list[str], typer.Option(metavar="KIND", help="A kind that needs the threshold, as agreement.*")
    ] = [],  # noqa: B006
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Open a record: founders, their officers, and what is grave."""
    from comity.record import RecordError
    from comity.records import Founder, opening

    needed = {partner: _count(number, given) for given in threshold for partner, number in [_pair(given)]}
    founders = {}
    for given in founder:
        partner, files = _pair(given)
        officers = [(name, file) for name, _, file in (f.rpartition(":") for f in files.split(","))]
        named = tuple(name or f"officer {n} of {partner}" for n, (name, _) in enumerate(officers, 1))
        keys = signing_keys([Path(file) for _, file in officers])
        founders[partner] = Founder(tuple(keys), named, threshold=needed.pop(partner, 1))
    if needed:
        fail(f"--threshold names {', '.join(needed)}, which is no founder")
    check_kinds(grave)
    try:
        entry = opening(programme, founders, grave=grave, at=time_of(at))  # before there is a file
    except RecordError as error:
        fail(str(error))
    with opened(place, create=True) as found:
        told(found.append(entry), as_json=as_json)


def check_kinds(patterns: list[str]) -> None:
    """Ends the command when a pattern covers no kind: what protects nothing, or allows nothing, is a slip of the pen."""
    from comity.kinds import KINDS
    from comity.model.problems import nearest
    from comity.record.keyring import KINDS as OF_KEYS
    from comity.record.keyring import covers

    names = [k.name for k in (*OF_KEYS, *KINDS)]
    for pattern in patterns:
        if not any(covers([pattern], name) for name in names):
            fail(
                f"{pattern!r} covers no kind of entry; {nearest(pattern, names) or '`comity record kinds` lists them'}"
            )


def _pair(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not (name and equals and value):
        fail(f"{given!r} is not of the form PARTNER=VALUE")
    return name, value


def _count(number: str, given: str) -> int:
    if not number.isdecimal():
        fail(f"{given!r} is not of the form PARTNER=NUMBER")
    return int(number)


@record.command("import")
def import_(
    programme: Annotated[str, typer.Argument(metavar="PROGRAMME", help="A folder, or a bundled programme.")],
    place: Place,
    by: By,
    key: Keys,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Put a programme's folder onto the record, or what changed in it since.

    The programme must check clean. Nothing is written when the record holds it so already.
    """
    from comity.cli.places import programme_folder
    from comity.record.programme import CHANGE, change_to, checked_texts

    folder = programme_folder(programme)
    with opened(place) as found:
        body = change_to(found.state, checked_texts(folder))
        if body is None:
            typer.echo(f"{found.place} holds {folder} as it is already", err=True)
            if as_json:
                print_json(None)
            return
        told(found.write(CHANGE, body, author=by, keys=signing_keys(key), at=time_of(at)), as_json=as_json)


@record.command()
def export(
    place: Place,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is not there yet.")],
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Write the programme that the record holds as a folder, byte for byte."""
    from comity.record.programme import texts_on, write_folder

    with opened(place) as found:
        texts = texts_on(_state(found, as_of).state)
    if not texts:
        fail(f"{found.place}: no programme is on this record yet; `comity record import` puts one there")
    try:
        write_folder(texts, folder)
    except OSError as error:
        fail(f"{folder}: {error.strerror}")
    if as_json:
        print_json({"folder": str(folder), "files": sorted(texts)})
    else:
        typer.echo(f"wrote {len(texts)} files to {folder}", err=True)


def _state(found: Record, as_of: str | None) -> Any:
    at = time_of(as_of)
    return found.now if at is None else found.as_of(at)


# --- looking -------------------------------------------------------------------------------------------------------------------------


@record.command()
def log(
    place: Place,
    kind: Annotated[str | None, typer.Option(metavar="KIND", help="Only of this kind, such as agreement.*")] = None,
    refused: Annotated[bool, typer.Option("--refused", help="Only what does not count, and why.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the entries, and those that do not count."""
    from comity.record.keyring import covers

    with opened(place) as found:
        why = {r.index: r.reason for r in found.refusals}
        listed = [
            (n, e)
            for n, e in found.numbered()
            if (kind is None or covers([kind], e.kind)) and (n in why or not refused)
        ]
    if as_json:
        print_json([{"index": n, **entry_dict(e), "refused": why.get(n)} for n, e in listed])
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("#", "time", "kind", "by", "entry", ""):
        table.add_column(name, justify="right" if name == "#" else "left", no_wrap=name in ("#", "time", "entry"))
    for n, e in listed:
        table.add_row(
            str(n),
            e.time,
            e.kind,
            escape(e.author),
            e.id[:12],
            f"[red]refused:[/red] {escape(plain(why[n]))}" if n in why else "",
        )
    Console().print(table)


@record.command()
def show(
    place: Place,
    entry: Annotated[str, typer.Argument(metavar="ENTRY", help="Its number, or the beginning of its id.")],
    as_json: JsonAnyway = True,
) -> None:
    """Print an entry with its body, as JSON."""
    with opened(place) as found:
        print_json(entry_dict(one(found, entry)[1]))


def one(found: Record, name: str) -> tuple[int, Entry]:
    """The entry of a number or the beginning of an id."""
    if name.isdecimal() and len(name) < 19 and int(name) < len(found):
        for numbered in found.numbered(int(name), int(name) + 1):
            return numbered
        fail(f"{name} of the record is no entry; `comity record audit` says what is wrong with it")
    hits = [(n, e) for n, e in found.numbered() if e.id.startswith(name.lower())]
    if len(hits) == 1:
        return hits[0]
    fail(
        f"{name[:80]!r} names {len(hits)} entries; numbers go from 0 to {len(found) - 1}, ids are listed by `comity record log`"
    )


@record.command()
def state(
    place: Place,
    section: Annotated[str | None, typer.Argument(metavar="[SECTION]", help="One section, whole.")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Print the hash of what the record says, and its sections."""
    with opened(place) as found:
        folded = _state(found, as_of)
    values = folded.state.to_dict()
    if section is not None:
        if section not in values:
            fail(f"there is no section {section!r}; there are {', '.join(values)}")
        print_json(values[section])
        return
    summary = {
        "digest": folded.state.digest(),
        "entries": folded.size,
        "refused": len(folded.refusals),
        "sections": {name: len(v) for name, v in values.items()},
    }
    if as_json:
        print_json(summary)
        return
    typer.echo(f"state {summary['digest']}\nof {folded.size} entries, {len(folded.refusals)} refused")
    for name, count in summary["sections"].items():
        typer.echo(f"  {name:<20} {count:>6}")


# --- writing ---------------------------------------------------------------------------------------------------------------------------


@record.command()
def append(
    place: Place,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="The kind of entry; `comity record kinds` lists them.")],
    by: By,
    key: Keys,
    text: Annotated[str | None, typer.Option("--set", metavar="JSON", help="The body.")] = None,
    body: Annotated[Path | None, typer.Option(metavar="FILE", help="The body, in YAML or JSON.")] = None,
    draft: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it there for others to sign too.")] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Sign an entry and append it."""
    from comity.record.entry import sign

    given = body_given(text, body)
    if draft is None:
        told(written(place, kind, given, by=by, keys=key, at=at), as_json=as_json)
        return
    with opened(place) as found:
        entry = sign(found.draft(kind, given, author=by, at=time_of(at)), signing_keys(key))
    _write_new(draft, entry.to_bytes())
    if as_json:
        print_json(entry_dict(entry))
    typer.echo(
        f"{draft}: {entry.kind}, signed by {len(entry.signatures)}; `comity record sign` adds signatures", err=True
    )


@record.command()
def sign(
    draft: Annotated[Path, typer.Argument(metavar="DRAFT", help="An entry that others signed.")],
    key: Keys,
    show_only: Annotated[bool, typer.Option("--show", help="Print what would be signed; sign nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Add signatures to a drafted entry."""
    entry = _drafted(draft)
    if show_only:
        print_json(entry_dict(entry))
        return
    signed = entry.signed_by(*signing_keys(key))
    beside = draft.with_name(f".{draft.name}.part")
    try:
        beside.write_bytes(signed.to_bytes())
        beside.replace(draft)
    except OSError as error:
        fail(f"{draft}: {error.strerror}")
    if as_json:
        print_json(entry_dict(signed))
    typer.echo(f"{draft}: {signed.kind}, signed by {len(signed.signatures)}", err=True)


@record.command()
def submit(
    place: Place,
    draft: Annotated[Path, typer.Argument(metavar="DRAFT", help="An entry, signed by all who must.")],
    as_json: AsJson = False,
) -> None:
    """Append a drafted entry."""
    entry = _drafted(draft)
    with opened(place) as found:
        told(found.append(entry), as_json=as_json)


def _drafted(draft: Path) -> Entry:
    from comity.record import BadEntry, Entry

    try:
        entry = Entry.from_bytes(draft.read_bytes())
        entry.verify()
    except OSError as error:
        fail(f"{draft}: {error.strerror}")
    except BadEntry as error:
        fail(f"{draft}: {error}")
    return entry


def _write_new(path: Path, data: bytes) -> None:
    try:
        with path.open("xb") as file:
            file.write(data)
    except OSError as error:
        fail(f"{path}: {error.strerror}")


@record.command()
def kinds(as_json: AsJson = False) -> None:
    """List the kinds of entries, and what each does."""
    from comity.kinds import KINDS
    from comity.record.keyring import KINDS as OF_KEYS

    listed = [*OF_KEYS, *KINDS]
    if as_json:
        print_json([{"kind": k.name, "about": k.about, "grave": k.grave} for k in listed])
        return
    width = max(len(k.name) for k in listed)
    for kind in listed:
        typer.echo(f"{kind.name:<{width}}  {kind.about}")
