"""`comity record key`: the keys that sign."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from comity.cli.places import fail, print_json
from comity.cli.record import (
    AsJson,
    At,
    By,
    JsonAnyway,
    Keys,
    Place,
    check_kinds,
    opened,
    record,
    say,
    signing_keys,
    time_of,
    told,
    written,
)

keys = typer.Typer(help="Keys: made, shown, delegated, replaced, revoked.", no_args_is_help=True)
record.add_typer(keys, name="key")


def register(app: typer.Typer) -> None:
    """Nothing of its own: its commands join `comity record`."""


@keys.command("new")
def new_key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that is not there yet.")],
    as_json: JsonAnyway = True,
) -> None:
    """Make a private key that only you can read; print its public part.

    Sealed with the passphrase in COMITY_PASSPHRASE when that is set.
    """
    from comity.record import SigningKey

    key = SigningKey.new()
    try:
        key.write(file, passphrase=os.environ.get("COMITY_PASSPHRASE") or None)
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    print_json({"key": key.id, "public": key.public, "file": str(file)})


@keys.command("show")
def show_key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A private key.")], as_json: JsonAnyway = True
) -> None:
    """Print the public part of a private key."""
    key = signing_keys([file])[0]
    print_json({"key": key.id, "public": key.public})


@keys.command("list")
def list_keys(place: Place, as_json: AsJson = False) -> None:
    """List the keys on the record: whose, what they may sign, until when."""
    with opened(place) as found:
        held = dict(found.state.section("keys"))
    if as_json:
        print_json(held)
        return
    for name, key in held.items():
        status = key.get("ended") or (f"until {key['until']}" if key["until"] else "valid")
        say(f"{name}  {key['party']:<12} {key['person']:<24} {', '.join(key['rights']):<16} {status}")


@keys.command()
def delegate(
    place: Place,
    public: Annotated[str, typer.Argument(metavar="PUBLIC", help="The person's public key, base64.")],
    person: Annotated[str, typer.Option(metavar="NAME", help="Who holds it.")],
    right: Annotated[list[str], typer.Option(metavar="KIND", help="A kind that it may sign, as agreement.*")],
    by: By,
    key: Keys,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Until when.")] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Let a person's key sign some kinds for a partner."""
    from comity.record import timestamp

    check_kinds(right)
    end = time_of(until)
    body = {"public": public, "person": person, "rights": right, **({"until": timestamp(end)} if end else {})}
    told(written(place, "key.delegate", body, by=by, keys=key, at=at), as_json=as_json)


@keys.command()
def rotate(
    place: Place,
    old: Annotated[str, typer.Argument(metavar="KEY", help="The id of the key that goes.")],
    public: Annotated[str, typer.Argument(metavar="PUBLIC", help="The public key that comes, base64.")],
    by: By,
    key: Keys,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Put another key in the place of one, with its rights."""
    told(written(place, "key.rotate", {"key": old, "public": public}, by=by, keys=key, at=at), as_json=as_json)


@keys.command()
def revoke(
    place: Place,
    old: Annotated[str, typer.Argument(metavar="KEY", help="The id of the key that ends.")],
    by: By,
    key: Keys,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why.")] = "",
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """End a key: nothing that it signs counts from now on."""
    told(written(place, "key.revoke", {"key": old, "reason": reason}, by=by, keys=key, at=at), as_json=as_json)
