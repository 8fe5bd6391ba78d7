"""`comity archive`: science data taken in, described, kept, found. Each part is a module of its own that joins this group."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.places import fail, print_json
from comity.cli.programmes import JsonOption

if TYPE_CHECKING:
    from comity.archive import Archive, Everything, Product, Reader

archive = typer.Typer(
    name="archive",
    help="Open science data: taken in, found, read by the tools that scientists have, with embargoes kept.",
    no_args_is_help=True,
)
ArchiveArgument = Annotated[Path, typer.Argument(metavar="ARCHIVE", help="The archive's folder.")]
WhoOption = Annotated[
    str | None, typer.Option("--as", metavar="PARTNER", help="As this partner, or `public`. Default: as its keeper.")
]


def register(app: typer.Typer) -> None:
    """Adds `comity archive`."""
    app.add_typer(archive)
    archive.command(name="init")(init)
    archive.command(name="dataset")(dataset)
    archive.command(name="ingest")(ingest)
    archive.command(name="list")(list_)
    archive.command(name="show")(show)
    archive.command(name="why")(why)
    archive.command(name="flag")(flag)
    archive.command(name="scrub")(scrub)


@contextmanager
def opened(folder: Path) -> Iterator[Archive]:
    """The archive in a folder; what is wrong with it, or with what is asked of it, ends the command with 2."""
    from comity.archive import Archive, ArchiveError

    try:
        with Archive(folder) as found:
            yield found
    except ArchiveError as error:
        fail(str(error))


def reader_of(found: Archive, who: str | None) -> Reader | Everything:
    """Who reads: a partner or the public by the rules, or the keeper of the archive, who sees everything."""
    from comity.archive import Everything
    from comity.archive_rules import governed

    return Everything() if who is None else governed(found).reader(who)


def init(
    folder: Annotated[Path, typer.Argument(metavar="ARCHIVE", help="A new or empty folder.")],
    title: Annotated[str, typer.Option(metavar="TEXT", help="What the archive is called.")],
    publisher: Annotated[str, typer.Option(metavar="NAME", help="Who publishes.")],
    host: Annotated[str, typer.Option(metavar="PARTNER", help="The partner that keeps it.")],
    authority: Annotated[str, typer.Option(metavar="NAME", help="IVOA authority, as esa.example.")],
    programme: Annotated[
        str | None, typer.Option("--programme", "-p", metavar="PROGRAMME", help="Whose rules hold: a folder or record.")
    ] = None,
    objects: Annotated[str, typer.Option(metavar="PLACE", help="Where files lie: a folder, or s3://…")] = "objects",
    metadata: Annotated[
        str | None, typer.Option(metavar="URL", help="What is known of files in this PostgreSQL: postgresql://…")
    ] = None,
    doi_prefix: Annotated[str | None, typer.Option(metavar="10.…", help="For the DOIs of releases.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Begin an archive."""
    from pydantic import ValidationError

    from comity.archive import ArchiveError, Settings, create
    from comity.archive_rules import governed
    from comity.bundled import bundled

    if programme is not None and programme not in bundled():
        programme = str(Path(programme).resolve())
    try:
        settings = Settings(
            title=title, publisher=publisher, host=host, authority=authority, programme=programme, objects=objects,
            metadata=metadata, doi_prefix=doi_prefix,
        )  # fmt: skip
        with create(folder, settings) as made:
            try:
                governed(made).reader(host)
            except ArchiveError:
                for file in sorted(folder.iterdir()):
                    file.unlink()
                raise
    except ValidationError as error:
        fail("\n".join(f"--{e['loc'][0]}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()))
    except (ArchiveError, OSError) as error:
        fail(str(error))
    if as_json:
        print_json({"archive": str(folder)})
    else:
        typer.echo(f"{folder}: ready; `comity archive dataset {folder} FILE` tells it of a set of data")


def dataset(
    folder: ArchiveArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What the data are, and who may read them (YAML).")],
    as_json: JsonOption = False,
) -> None:
    """Tell the archive of a set of data: what it is, whose, and who may read it until when."""
    from comity.archive import read_dataset
    from comity.archive_rules import governed

    with opened(folder) as found:
        described = read_dataset(file)
        access = governed(found).access(described)
        found.register.put_dataset(described, access)
    if as_json:
        print_json({"dataset": described.id})
    else:
        typer.echo(f"{described.id}: known; `comity archive ingest {folder} {described.id} FILES` takes files in")


def ingest(
    folder: ArchiveArgument,
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="Its id.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILES...", help="Files, or folders with all in them.")],
    stated: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="An ObsCore value that files do not tell.")
    ] = None,
    replaces: Annotated[
        str | None, typer.Option(metavar="WHY", help="Files of a known name are new versions, and this is why.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that read files.")] = 2,
    max_bytes: Annotated[int | None, typer.Option(min=1, metavar="N", help="No file larger than this.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Take files into a dataset: FITS, CDF, PDS4, NetCDF, VOTable, CSV, Parquet. Begin again after an interruption."""
    from dataclasses import replace

    from comity.archive import Limits
    from comity.archive import ingest as take_in
    from comity.archive.series import build_series
    from comity.cli.progress import Display

    given: dict[str, Any] = {}
    for text in stated or []:
        name, equals, value = text.partition("=")
        if not equals:
            fail(f"--set {text}: write NAME=VALUE, such as calib_level=2")
        given[name] = value
    limits = Limits() if max_bytes is None else replace(Limits(), file_bytes=max_bytes)
    with opened(folder) as found, Display(quiet=quiet) as show_progress:
        show_progress.stage("Taking files in")
        done = take_in(
            found, dataset, files, stated=given, replaces=replaces, workers=workers, limits=limits,
            on_progress=show_progress.counted,
        )  # fmt: skip
        show_progress.stage("Making series ready")
        built = build_series(found, dataset, workers=workers, on_progress=show_progress.counted)
    if as_json:
        print_json({**done.to_dict(), "series": built.to_dict()})
    else:
        typer.echo(
            f"{done.new} new, {done.replaced} replaced, {done.same} there already, {len(done.failed)} passed over"
        )
        if built.made:
            typer.echo(f"  {built.made} of them time series, ready for HAPI")
        for product, problem in built.failed:
            typer.echo(f"{product}: no series: {problem}", err=True)
        for lacking, count in sorted(done.missing.items()):
            typer.echo(f"  {count} without {lacking}: no file says it; --set {lacking}=… does for all")
        for _, problem in done.failed:
            typer.echo(problem, err=True)
    if done.failed:
        raise typer.Exit(2 if not (done.new or done.replaced or done.same) else 1)


def list_(
    folder: ArchiveArgument,
    dataset: Annotated[str | None, typer.Argument(metavar="[DATASET]", help="The products of this one.")] = None,
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the datasets of an archive, or the products of one."""
    with opened(folder) as found:
        reader = reader_of(found, who)
        if dataset is not None:
            found.register.dataset(dataset, reader)
            products = list(found.register.products(reader, dataset=dataset))
            if as_json:
                print_json({"dataset": dataset, "products": [product_record(p) for p in products]})
            else:
                _print_products(products)
            return
        rows = [
            (d, a, sum(1 for _ in found.register.products(reader, dataset=d.id)))
            for d, a in found.register.datasets(reader)
        ]
    if as_json:
        print_json(
            {"datasets": [{**d.model_dump(mode="json", exclude_defaults=True), "products": n} for d, _, n in rows]}
        )
        return
    print_table(("dataset", "title", "access", "products"), [(d.id, d.title, a.access, f"{n:,}") for d, a, n in rows])


def show(
    folder: ArchiveArgument,
    product: Annotated[str, typer.Argument(metavar="PRODUCT", help="Its id, as `list` gives it.")],
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show all that is known of a product: what it says of itself, where it comes from, what it does not tell."""
    with opened(folder) as found:
        one = found.register.product(product, reader_of(found, who))
        quality, why = found.register.flags().get(one.id, (None, None))
    told = {**product_record(one), "quality": quality, "quality_why": why}
    if as_json:
        print_json(told)
        return
    for name, value in {**{k: v for k, v in told.items() if k != "described"}, **told["described"]}.items():
        if isinstance(value, dict):
            typer.echo(f"{name}:")
            for key, inner in value.items():
                if inner not in (None, [], ()):
                    typer.echo(f"  {key}: {inner}")
        elif isinstance(value, (list, tuple)):
            for inner in value:
                typer.echo(f"{name}: {inner}")
        elif value is not None:
            typer.echo(f"{name}: {value}")


def why(
    folder: ArchiveArgument,
    what: Annotated[str, typer.Argument(metavar="WHAT", help="A dataset or product.")],
    who: Annotated[str, typer.Option("--as", metavar="PARTNER", help="Who would read.")] = "public",
    as_json: JsonOption = False,
) -> None:
    """Say whether somebody may read, and which rules decide it. Exit code 0 when allowed, 1 when not. For the keeper."""
    from comity.archive import Everything
    from comity.archive_rules import governed

    with opened(folder) as found:
        everything = Everything()
        reader = governed(found).reader(who)
        register = found.register
        access = register.product(what, everything).access if "/" in what else register.dataset(what, everything)[1]
        answer = reader.answer(what, access)
    if as_json:
        print_json(answer.to_dict())
    else:
        typer.echo(
            f"{'yes' if answer.allowed else 'no'}: {who} {'may' if answer.allowed else 'may not'} read {what} now"
        )
        for rule in answer.because:
            typer.echo(f"  {rule.id}: {rule.because}")
        for lacking in answer.missing:
            typer.echo(f"  it would take {lacking}")
    raise typer.Exit(0 if answer.allowed else 1)


def flag(
    folder: ArchiveArgument,
    product: Annotated[str, typer.Argument(metavar="PRODUCT", help="Its id, as `list` gives it.")],
    quality: Annotated[
        str | None, typer.Argument(metavar="[QUALITY]", help="good, suspect or bad; none takes it back.")
    ] = None,
    why: Annotated[str, typer.Option(metavar="TEXT", help="Why.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Say what is thought of a product's quality: pages and manifests tell it, and the file stays as it is."""
    if quality is not None and not why:
        fail("--why TEXT: a quality needs a reason")
    with opened(folder) as found:
        found.register.flag(product, quality, why)
    if as_json:
        print_json({"product": product, "quality": quality, "why": why})
    else:
        typer.echo(f"{product}: {quality or 'no quality is told'}")


def scrub(
    folder: ArchiveArgument,
    peers: Annotated[
        list[Path] | None, typer.Option("--peer", metavar="ARCHIVE", help="Mend from this archive's copies.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Read every object again, and say which are lost or damaged. Exit code 1 when some are and stay so."""
    from contextlib import ExitStack

    from comity.archive import scrubbed

    with opened(folder) as found, ExitStack() as stack:
        result = scrubbed(found, peers=[stack.enter_context(opened(p)) for p in peers or []])
    if as_json:
        print_json(result)
    else:
        for state, digests in result.items():
            typer.echo(f"{state}: {len(digests)}")
            for digest in digests:
                typer.echo(f"  {digest}")
    if result["lost"] or result["damaged"]:
        raise typer.Exit(1)


def product_record(product: Product) -> dict[str, Any]:
    """A product as plain values."""
    return {
        "id": product.id,
        "dataset": product.dataset,
        "name": product.name,
        "version": product.version,
        "state": product.state,
        "note": product.note,
        "sha256": product.sha256,
        "size": product.size,
        "ingested": product.ingested,
        "described": product.described.to_dict(),
    }


def _print_products(products: list[Product]) -> None:
    print_table(
        ("product", "format", "type", "bytes", "lacks"),
        [
            (
                p.name + (f"@{p.version}" if p.version > 1 else ""),
                p.described.format,
                str(p.described.obscore.get("dataproduct_type") or "?"),
                f"{p.size:,}",
                ", ".join(p.described.missing),
            )
            for p in products
        ],
    )


def print_table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """A table that fits the terminal; nothing in it is taken for markup."""
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(*heads, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for row in rows:
        table.add_row(*map(escape, row))
    Console().print(table)
