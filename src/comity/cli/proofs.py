"""`comity record checkpoint | cosign | audit | prove | check-proof`: that a record is what it was, shown to others."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.places import fail, print_json
from comity.cli.record import AsJson, JsonAnyway, Place, one, opened, record, say, signing_keys

if TYPE_CHECKING:
    from comity.record import Refusal
    from comity.record.checkpoint import Checkpoint, SignedNote, VerifierKey
    from comity.records import Record

CHANGED = 1
PANEL = "Proof"
Key = Annotated[Path, typer.Option("--key", metavar="FILE", help="The private key that signs.")]
LogKeys = Annotated[
    list[str], typer.Option("--log-key", metavar="NAME+ID+KEY", help="A key of the log, as `checkpoint` prints it.")
]


def register(app: typer.Typer) -> None:
    """Nothing of its own: its commands join `comity record`."""


def origin_of(found: Record) -> str:
    """The name of a record's log in its checkpoints: the programme, and the beginning of the record's id."""
    opening = found.now.state.get("record", "opening")
    if opening is None:
        fail("the record is not open yet; `comity record init` opens it")
    return f"comity/{opening['programme']}/{opening['id'][:16]}"


@record.command(rich_help_panel=PANEL)
def checkpoint(
    place: Place,
    key: Key,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it there, too.")] = None,
    as_json: AsJson = False,
) -> None:
    """Sign the head of the log as it is now, for others to keep.

    Prints the signed checkpoint (C2SP tlog-checkpoint), and on standard error the key to check it with.
    """
    from comity.record.checkpoint import VerifierKey
    from comity.record.witness import publish

    with opened(place) as found:
        signer, origin = signing_keys([key])[0], origin_of(found)
        note = publish(found.log, origin, signer)
    if out is not None:
        _write(out, str(note))
    if as_json:
        print_json({"checkpoint": str(note), "log_key": str(VerifierKey.of(origin, signer))})
        return
    typer.echo(str(note), nl=False)
    typer.echo(f"log key: {VerifierKey.of(origin, signer)}", err=True)


@record.command(rich_help_panel=PANEL)
def cosign(
    place: Place,
    witness: Annotated[
        Path, typer.Option(metavar="FILE", help="What the witness remembers; made when it is not there.")
    ],
    name: Annotated[str, typer.Option(metavar="NAME", help="The witness's name, such as its host's.")],
    key: Key,
    log_key: LogKeys,
    as_json: AsJson = False,
) -> None:
    """Cosign a record's last checkpoint as a witness, if it continues what the witness saw before.

    Exit code 1 when the log contradicts itself: the witness keeps both checkpoints as proof.
    """
    from comity.record.checkpoint import SignedNote
    from comity.record.store import open_store
    from comity.record.witness import COSIGNED, PUBLISHED, Forked, Witness, keep

    keys = _keys(log_key)
    with opened(place) as found:
        origin = origin_of(found)
        last = found.log.store.latest(PUBLISHED, origin)
        if last is None:
            fail(f"{found.place} has no checkpoint yet; `comity record checkpoint` signs one")
        store = open_store(witness, create=True)
        try:
            seen = store.latest(COSIGNED, origin)
            old = seen.size if seen is not None else 0
            watching = Witness(store, name, signing_keys([key])[0], {origin: keys})
            proof = found.log.consistency_proof(old, last.size) if old <= last.size else []
            signature = watching.cosign(last.text, proof, old=old, at=datetime.now(UTC))
        except Forked as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(CHANGED) from None
        finally:
            store.close()
        note = SignedNote.parse(last.text).with_signatures([signature])
        keep(found.log, note)
    if as_json:
        print_json({"checkpoint": str(note)})
    else:
        typer.echo(str(note), nl=False)


@record.command(rich_help_panel=PANEL)
def audit(
    place: Place,
    checkpoint: Annotated[
        list[Path], typer.Option("--checkpoint", metavar="FILE", help="A checkpoint that you kept; repeatable.")
    ] = [],  # noqa: B006
    copy: Annotated[
        str | None, typer.Option(metavar="RECORD", help="Another copy, to say which entry differs.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compute everything again from the entries' bytes, and hold it against what others kept.

    Also verifies every signature, one that does not hold being a forgery, and says which entries do not count. Exit code 0
    when the record is whole, 1 when something is wrong: which entry, as far as can be known.
    """
    from comity.record import RecordError
    from comity.record.audit import audit as audited

    kept = [_checkpoint(file) for file in checkpoint]
    try:
        found = audited(place, checkpoints=kept, copy=copy)
    except RecordError as error:
        fail(str(error))
    refusals, forged = _refusals(place) if found.is_whole else ([], [])
    is_whole = found.is_whole and not forged
    if as_json:
        print_json(
            {
                "whole": is_whole,
                "size": found.size,
                "root": found.root.hex(),
                "findings": [
                    *({"what": f.what, "text": f.text, "first": f.first, "last": f.last} for f in found.findings),
                    *({"what": "forged", "text": r.reason, "first": r.index, "last": r.index} for r in forged),
                ],
                "not_listed": found.more,
                "checkpoints": [
                    {"origin": v.checkpoint.origin, "size": v.checkpoint.size, "holds": v.holds} for v in found.verdicts
                ],
                "refused": [{"index": r.index, "kind": r.kind, "reason": r.reason} for r in refusals],
            }
        )
    else:
        for finding in found.findings:
            say(finding.text)
        if found.more:
            typer.echo(f"and {found.more} more")
        for verdict in found.verdicts:
            typer.echo(f"checkpoint of size {verdict.checkpoint.size}: {'holds' if verdict.holds else 'DOES NOT HOLD'}")
        typer.echo(f"{found.size} entries, root {found.root.hex()[:16]}: {'whole' if is_whole else 'NOT WHOLE'}")
        for r in forged:
            say(f"entry {r.index} is forged: {r.reason}")
        for r in refusals:
            say(f"entry {r.index} does not count: {r.reason}")
    raise typer.Exit(0 if is_whole else CHANGED)


def _refusals(place: str) -> tuple[list[Refusal], list[Refusal]]:
    """What does not count, apart from what no comity appends: what is no entry, or has a signature that does not hold."""
    with opened(place) as record_:
        parted: tuple[list[Refusal], list[Refusal]] = [], []
        for refusal in record_.anew().refusals:  # an audit believes no snapshot
            parted[_is_forged(record_, refusal.index)].append(refusal)
        return parted


def _is_forged(found: Record, index: int) -> bool:
    from comity.record import BadEntry

    for _, entry in found.numbered(index, index + 1):
        try:
            entry.verify()
        except BadEntry:
            return True
        return False
    return True


@record.command(rich_help_panel=PANEL)
def prove(
    place: Place,
    entry: Annotated[str, typer.Argument(metavar="ENTRY", help="Its number, or the beginning of its id.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it there. Default: standard output.")] = None,
    as_json: JsonAnyway = True,
) -> None:
    """Prove to a third person that an entry stands on the record, under its last checkpoint."""
    from comity.record import proof
    from comity.record.checkpoint import SignedNote
    from comity.record.witness import PUBLISHED

    with opened(place) as found:
        last = found.log.store.latest(PUBLISHED, origin_of(found))
        if last is None:
            fail(f"{found.place} has no checkpoint yet; `comity record checkpoint` signs one")
        index, _ = one(found, entry)
        proven = proof.prove(found.log, index, SignedNote.parse(last.text))
    if out is None:
        print_json(proven.to_dict())
    else:
        _write(out, json.dumps(proven.to_dict(), indent=1, ensure_ascii=False) + "\n")


@record.command("check-proof", rich_help_panel=PANEL)
def check_proof(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `comity record prove` wrote.")],
    log_key: LogKeys,
    as_json: AsJson = False,
) -> None:
    """Check such a proof, without the record and without a network.

    Exit code 0 when it holds, 1 when it does not.
    """
    from comity.record import RecordError
    from comity.record.proof import InclusionProof

    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        fail(f"{file}: {getattr(error, 'strerror', None) or 'is no JSON'}")
    keys = _keys(log_key)
    try:
        entry, head = InclusionProof.from_dict(value).check(keys)
    except RecordError as error:
        if as_json:
            print_json({"holds": False, "why": str(error)})
        else:
            typer.echo(f"{file}: does not hold: {error}")
        raise typer.Exit(CHANGED) from None
    if as_json:
        print_json({"holds": True, "entry": entry.id, "kind": entry.kind, "author": entry.author, "size": head.size})
    else:
        typer.echo(
            f"{file}: holds; {entry.kind} by {entry.author} at {entry.time} is in {head.origin}, size {head.size}"
        )


def _keys(texts: list[str]) -> list[VerifierKey]:
    from comity.record.checkpoint import BadNote, VerifierKey

    try:
        return [VerifierKey.from_text(text) for text in texts]
    except BadNote as error:
        fail(str(error))


def _note(file: Path) -> SignedNote:
    from comity.record.checkpoint import BadNote, SignedNote

    try:
        return SignedNote.parse(file.read_bytes())
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    except BadNote as error:
        fail(f"{file}: {error}")


def _checkpoint(file: Path) -> Checkpoint:
    from comity.record.checkpoint import BadNote, Checkpoint

    try:
        return Checkpoint.from_text(_note(file).text)
    except BadNote as error:
        fail(f"{file}: {error}")


def _write(file: Path, text: str) -> None:
    beside = file.with_name(f".{file.name}.part")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(file)
    except OSError as error:
        fail(f"{file}: {error.strerror}")
