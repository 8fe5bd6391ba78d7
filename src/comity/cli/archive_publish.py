"""`comity archive release`, `erratum`, `prove`, `cite`, `prov`, `audit`: what is published, and who read what was not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.archive import ArchiveArgument, WhoOption, archive, opened, reader_of
from comity.cli.places import fail, print_json
from comity.cli.programmes import JsonOption
from comity.cli.record import At, By, Keys, Place, time_of, told, written
from comity.cli.record import opened as record_opened

if TYPE_CHECKING:
    from comity.archive import Archive

DatasetArgument = Annotated[str, typer.Argument(metavar="DATASET", help="Its id.")]
VersionArgument = Annotated[str, typer.Argument(metavar="VERSION", help="Such as 1.0.")]


def register(app: typer.Typer) -> None:
    """Joins `comity archive`."""
    for command in (release, erratum, prove, cite, prov, audit):
        archive.command(name=command.__name__)(command)


def release(
    folder: ArchiveArgument,
    dataset: DatasetArgument,
    version: VersionArgument,
    record: Annotated[str, typer.Option("--record", metavar="RECORD", help="The record that it stands on.")],
    by: By,
    key: Keys,
    url: Annotated[str | None, typer.Option(metavar="URL", help="Its landing page.")] = None,
    at: At = None,
    as_json: JsonOption = False,
) -> None:
    """Release a dataset as it is now: read whole once more, and put on the record by the hash of all its files."""
    from comity.archive import release as made

    with opened(folder) as found:
        released = made(found, dataset, version, at=time_of(at), url=url)
        with found.publishing(released):
            entry = written(record, "archive.release", released.body(), by=by, keys=key, at=at)
    told(entry, as_json=as_json)


def erratum(
    record: Place,
    dataset: DatasetArgument,
    version: VersionArgument,
    says: Annotated[str, typer.Argument(metavar="TEXT", help="What is wrong with it.")],
    by: By,
    key: Keys,
    products: Annotated[
        list[str] | None, typer.Option("--product", metavar="NAME", help="The file that is wrong; again for more.")
    ] = None,
    superseded_by: Annotated[str | None, typer.Option(metavar="VERSION", help="The version that is right.")] = None,
    at: At = None,
    as_json: JsonOption = False,
) -> None:
    """Say on the record what is wrong with a release; the release itself stays."""
    body: dict[str, Any] = {"dataset": dataset, "version": version, "says": says, "products": products or []}
    if superseded_by is not None:
        body["superseded_by"] = superseded_by
    told(written(record, "archive.erratum", body, by=by, keys=key, at=at), as_json=as_json)


def prove(
    folder: ArchiveArgument,
    dataset: DatasetArgument,
    version: VersionArgument,
    record: Annotated[str, typer.Option("--record", metavar="RECORD", help="The record that it stands on.")],
    as_json: JsonOption = False,
) -> None:
    """Test that the files of a release are those of its entry on the record. Exit code 1 when they are not."""
    from comity.archive import root_of

    with opened(folder) as found, record_opened(record) as log:
        entry = log.state.get("releases", f"{dataset}@{version}")
        if entry is None:
            fail(f"{dataset}@{version} is not released on {record}")
        errata = log.state.get("errata", f"{dataset}@{version}") or []
        released = found.published(dataset, version)
        lost = [name for name, digest, _ in released.files if not found.objects.is_whole(digest)]
    same = root_of(released.files) == entry["root"]
    if as_json:
        print_json({"release": entry, "same": same, "not_whole": lost, "errata": errata})
    else:
        typer.echo(f"{dataset}@{version}, released by {entry['by']} at {entry['time']}: {entry['files']} files")
        typer.echo("the list of files is that of the record" if same else "the list of files is NOT that of the record")
        typer.echo(f"not whole: {', '.join(lost)}" if lost else "every file is whole")
        for one in errata:
            typer.echo(f"erratum by {one['by']} at {one['time']}: {one['says']}")
    if not same or lost:
        raise typer.Exit(1)


def cite(
    folder: ArchiveArgument,
    dataset: DatasetArgument,
    version: VersionArgument,
    form: Annotated[str, typer.Option("--format", metavar="FORM", help="text or datacite.")] = "text",
    as_json: JsonOption = False,
) -> None:
    """Print how a release is cited, or its DataCite metadata."""
    from comity.archive import citation, datacite

    if form not in ("text", "datacite"):
        fail(f"--format {form}: write text or datacite")
    with opened(folder) as found:
        released = found.published(dataset, version)
    if form == "datacite":
        print_json(datacite(released))
    elif as_json:
        print_json({"citation": citation(released)})
    else:
        typer.echo(citation(released))


def prov(
    folder: ArchiveArgument,
    dataset: DatasetArgument,
    form: Annotated[str, typer.Option("--format", metavar="FORM", help="json, provn or jsonld.")] = "json",
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print where the products of a dataset come from, as W3C PROV."""
    from comity.archive.provenance import FORMATS
    from comity.archive.provenance import prov as provenance

    if form not in FORMATS:
        fail(f"--format {form}: write {', '.join(FORMATS)}")
    if as_json and form == "provn":
        fail("--json and --format provn cannot both be")
    with opened(folder) as found:
        reader = reader_of(found, who)
        found.register.dataset(dataset, reader)
        typer.echo(provenance(found, list(found.register.products(reader, dataset=dataset)), form=form))


def audit(
    folder: ArchiveArgument,
    record: Annotated[
        str | None, typer.Option("--record", metavar="RECORD", help="Put those that are not there yet on this record.")
    ] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="PARTNER", help="Who keeps the archive.")] = None,
    key: Annotated[list[Path] | None, typer.Option("--key", metavar="FILE", help="A private key that signs.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List who read data that are not for everybody; with --record put those readings on it."""
    with opened(folder) as found:
        if record is not None:
            if by is None or not key:
                fail("--record needs --by PARTNER and --key FILE, of who keeps the archive")
            _record_readings(found, record, by, key)
        readings = found.register.readings()
    if as_json:
        print_json({"readings": readings})
        return
    for reading in readings:
        place = "on the record" if reading["recorded"] else "not on a record yet"
        typer.echo(f"{reading['at']} {reading['who']} read {reading['what']}: {place}")


def _record_readings(found: Archive, record: str, by: str, keys: list[Path]) -> None:
    with record_opened(record) as log:
        held = {k.removeprefix(f"{by}/"): v["count"] for k, v in log.state.section("readings").items()}
    found.register.settle_readings(held)  # those that a run before this one wrote and did not live to mark
    for numbers, body in found.register.unrecorded():
        written(record, "archive.read", body, by=by, keys=keys, at=None)
        found.register.mark_recorded(numbers)
