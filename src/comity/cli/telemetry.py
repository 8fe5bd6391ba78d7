"""`comity telemetry`: CCSDS space packets by their XTCE definition."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.places import fail, print_json
from comity.cli.plan import QuietOption
from comity.cli.programmes import JsonOption

if TYPE_CHECKING:
    from comity.cli.progress import Display
    from comity.messages.telemetry import Account, Definition, Fault

#: Faults, and unknown APIDs, that a terminal shows; --json has more.
SHOWN = 12

telemetry = typer.Typer(
    name="telemetry",
    help="Decode shared telemetry by its XTCE definition.",
    no_args_is_help=True,
)

DefinitionArgument = Annotated[Path, typer.Argument(metavar="DEFINITION", help="An XTCE 1.2 file.")]
PacketsArgument = Annotated[list[Path], typer.Argument(metavar="PACKETS...", help="Files of CCSDS space packets.")]
RootOption = Annotated[
    str | None, typer.Option("--root", metavar="CONTAINER", help="What each packet begins with, if it is not clear.")
]
ApidOption = Annotated[list[int] | None, typer.Option("--apid", metavar="N", help="Only packets of this APID.")]
PrefixOption = Annotated[int, typer.Option("--prefix", metavar="OCTETS", min=0, help="Octets before each packet.")]
SurplusOption = Annotated[
    bool, typer.Option("--surplus", help="Take packets that are longer than their definition, too.")
]
TimeOption = Annotated[
    str | None,
    typer.Option("--time", metavar="FIELDS", help="What tells a packet's time: DAY,MS,US or COARSE=s,FINE=s/65536."),
]
EpochOption = Annotated[
    str | None, typer.Option("--epoch", metavar="DATE", help="What --time counts from: a date, TAI, GPS, UNIX, J2000.")
]
ScaleOption = Annotated[
    str | None, typer.Option("--scale", metavar="SCALE", help="What --time counts in: UTC, TAI, GPS, TT.")
]


def register(app: typer.Typer) -> None:
    """Adds `comity telemetry`."""
    app.add_typer(telemetry)
    telemetry.command(name="describe")(describe)
    telemetry.command(name="decode")(decode)
    telemetry.command(name="check")(check)
    telemetry.command(name="chart")(chart)


# --- commands --------------------------------------------------------------------------------------------------------


def describe(
    definition: DefinitionArgument,
    packet: Annotated[str | None, typer.Option("--packet", metavar="NAME", help="The parameters of this one.")] = None,
    root: RootOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what packets a definition has, or with --packet the parameters of one: units, sizes, calibration."""
    defined = _defined(definition, root)
    if packet is not None and packet not in defined.packets:
        from comity.model.problems import nearest

        fail(
            f"{definition}: there is no packet {packet!r}; {nearest(packet, defined.packets) or 'see them without it'}"
        )
    if as_json:
        print_json(_told(defined, packet))
        return
    from rich.console import Console

    Console().print(_packets_table(defined) if packet is None else _parameters_table(defined, packet))


def decode(
    definition: DefinitionArgument,
    packets: PacketsArgument,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="One Parquet file a type of packet.")],
    apid: ApidOption = None,
    raw: Annotated[bool, typer.Option("--raw", help="Values as they stand in the packets, not calibrated.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse all at the first packet that is not whole.")] = False,
    surplus: SurplusOption = False,
    prefix: PrefixOption = 0,
    time_fields: TimeOption = None,
    epoch: EpochOption = None,
    scale: ScaleOption = None,
    root: RootOption = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Decode packets to Parquet, and tell what was passed over and which sequence counts are missing.

    Files of any size. The folder is there when all is written, or not at all. Ends with 2 when not one packet was decoded.
    """
    from comity.cli.progress import Display
    from comity.messages import MessageError
    from comity.messages.telemetry import to_parquet

    defined = _defined(definition, root, time_fields, epoch, scale)
    with Display(quiet=quiet) as show:
        show.stage("Decoding")
        try:
            account = to_parquet(
                list(packets), defined, out, apid=apid, raw=raw, strict=strict, surplus=surplus, prefix=prefix,
                on_progress=_progress(show),
            )  # fmt: skip
        except MessageError as error:
            fail(str(error))
    if as_json:
        print_json({"folder": str(out) if account.decoded else None, **_account_told(account)})
    else:
        _print_account(account)
    if not account.decoded:
        fail(f"{out}: is not written: not one packet was decoded ({_nothing(account)})")
    if as_json:
        return
    _print_untimed(account, defined)
    typer.echo(f"{out}: {_counted(len(account.decoded), 'Parquet file')}")


def check(
    definition: DefinitionArgument,
    packets: Annotated[
        list[Path] | None, typer.Argument(metavar="[PACKETS...]", help="Files of space packets.")
    ] = None,
    surplus: SurplusOption = False,
    prefix: PrefixOption = 0,
    root: RootOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a definition, and whether all packets of files are whole, defined and in sequence.

    Exit code 0 when they are, 1 when packets are refused, unknown, missing, repeated or late, 2 when nothing can be read or
    there is no packet.
    """
    from comity.messages import MessageError
    from comity.messages.telemetry import check as checked

    defined = _defined(definition, root)
    if not packets:
        if as_json:
            print_json({"definition": str(definition), "ok": True, "packets": len(defined.packets)})
        else:
            typer.echo(
                f"{definition}: {_counted(len(defined.packets), 'packet')}, {_counted(len(defined.parameters), 'parameter')}; no problem"
            )
        return
    try:
        account = checked(list(packets), defined, surplus=surplus, prefix=prefix)
    except MessageError as error:
        fail(str(error))
    if as_json:
        print_json({"ok": account.whole and account.packets > 0, **_account_told(account)})
    else:
        _print_account(account)
    if not account.packets:
        fail(f"{', '.join(map(str, packets))}: holds no packet ({_nothing(account)})")
    raise typer.Exit(0 if account.whole else 1)


def chart(
    definition: DefinitionArgument,
    packets: PacketsArgument,
    parameter: Annotated[list[str], typer.Option("--parameter", "-p", metavar="NAME", help="What is drawn; several.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="An HTML page; needs no network.")],
    packet: Annotated[str | None, typer.Option("--packet", metavar="NAME", help="Of packets of this type.")] = None,
    apid: ApidOption = None,
    raw: Annotated[bool, typer.Option("--raw", help="Raw values.")] = False,
    surplus: SurplusOption = False,
    prefix: PrefixOption = 0,
    time_fields: TimeOption = None,
    epoch: EpochOption = None,
    scale: ScaleOption = None,
    root: RootOption = None,
) -> None:
    """Draw parameters over time, or over the packets where no time is told, as one HTML page."""
    from comity.messages import MessageError
    from comity.messages.telemetry import decode as decoded
    from comity.report.telemetry import TelemetryPicture, telemetry_page

    defined = _defined(definition, root, time_fields, epoch, scale)
    try:
        found = decoded(list(packets), defined, apid=apid, raw=raw, surplus=surplus, prefix=prefix)
        picture = TelemetryPicture.of(found, parameter, packet=packet, title=f"{defined.name or definition.stem}")
    except MessageError as error:
        fail(str(error))
    from comity.model.whole_files import write_whole

    try:
        write_whole(out, telemetry_page(picture))
    except OSError as error:
        fail(f"{out}: cannot be written: {error.strerror or error}")
    typer.echo(str(out))


# --- what they share -------------------------------------------------------------------------------------------------


def _defined(
    path: Path, root: str | None, fields: str | None = None, epoch: str | None = None, scale: str | None = None
) -> Definition:
    from comity.messages import MessageError
    from comity.messages.telemetry import definition, statement

    if (fields is None) != (epoch is None):
        fail("--time and --epoch go together: which fields count, and from when")
    if scale is not None and fields is None:
        fail("--scale says what --time counts in; give --time and --epoch, too")
    try:
        said = statement(fields, epoch, scale.upper() if scale else None) if fields and epoch else None
        return definition(path, root=root, time=said)
    except MessageError as error:
        fail(str(error))


def _nothing(account: Account) -> str:
    """Why nothing came of some octets."""
    parts = [
        f"{account.packets:,} packets" if account.packets else "no packet",
        f"{sum(account.unknown.values()):,} not in the definition" if account.unknown else "",
        f"{account.left_out:,} not asked for" if account.left_out else "",
        f"{account.idle:,} only fill" if account.idle else "",
        f"{account.refused:,} refused" if account.refused else "",
    ]
    return f"{account.octets:,} octets, " + ", ".join(part for part in parts if part)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _progress(show: Display) -> Callable[[int, int | None], None]:
    began = time.monotonic()

    def told(done: int, total: int | None) -> None:
        spent = time.monotonic() - began
        text = f"{done / 1e6:,.0f} MB"
        if total:
            left = spent * (total - done) / max(done, 1)
            text = f"{done / 1e6:,.0f} of {total / 1e6:,.0f} MB, {left:.0f} s left"
        show.note(text)

    return told


def _told(defined: Definition, packet: str | None) -> dict[str, Any]:
    chosen = defined.packets.values() if packet is None else [defined.packets[packet]]
    names = {name for one in chosen for name in one.parameters}
    return {
        "definition": defined.source,
        "sha256": defined.digest,
        "space_system": defined.name,
        "root": defined.root,
        "packets": [
            {
                "name": one.name,
                "apids": list(one.apids),
                "bits": one.bits,
                "time": str(one.clock) if one.clock else None,
                "description": one.description,
                "parameters": list(one.parameters),
            }
            for one in chosen
        ],
        "parameters": {
            name: {
                **{k: v for k, v in asdict(p).items() if k != "labels"},
                "labels": {str(k): v for k, v in p.labels.items()},
            }
            for name, p in defined.parameters.items()
            if name in names
        },
    }


def _account_told(account: Account) -> dict[str, Any]:
    told = asdict(account)
    told["faults"] = [{**asdict(fault)} for fault in account.faults]
    return told


def _packets_table(defined: Definition) -> Any:
    from rich.markup import escape
    from rich.table import Table

    table = Table(
        title=escape(f"{defined.name or defined.source}: {_counted(len(defined.packets), 'packet')}"),
        title_justify="left",
    )
    table.add_column("Packet", overflow="fold")
    table.add_column("APID", justify="right")
    table.add_column("Parameters", justify="right")
    table.add_column("Octets", justify="right")
    table.add_column("Time", overflow="fold")
    for one in defined.packets.values():
        size = "varies" if one.bits is None else f"{one.bits / 8:g}"
        table.add_row(
            escape(one.name), ", ".join(map(str, one.apids)) or "any", str(len(one.parameters)), size,
            escape(str(one.clock)) if one.clock else "not told",
        )  # fmt: skip
    return table


def _parameters_table(defined: Definition, packet: str) -> Any:
    from rich.markup import escape
    from rich.table import Table

    one = defined.packets[packet]
    size = "varies" if one.bits is None else f"{one.bits / 8:g}"
    table = Table(title=escape(f"{one.name}: {len(one.parameters)} parameters, octets: {size}"), title_justify="left")
    for name, justify in (
        ("Parameter", "left"),
        ("Kind", "left"),
        ("Bits", "right"),
        ("Unit", "left"),
        ("Meaning", "left"),
    ):
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for name in one.parameters:
        p = defined.parameters[name]
        labels = ", ".join(f"{key} {label}" for key, label in list(p.labels.items())[:8])
        meaning = "; ".join(part for part in (p.description, p.calibration, labels) if part)
        bits = "varies" if p.bits is None else str(p.bits)
        table.add_row(escape(name), p.kind, bits, escape(p.unit or ""), escape(meaning))
    return table


def _print_account(account: Account) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    head = f"{account.octets:,} octets, {account.packets:,} packets, {sum(account.decoded.values()):,} decoded"
    table = Table(title=head, title_justify="left")
    for name in ("APID", "Packets", "Gaps", "Missing", "Repeated", "Late"):
        table.add_column(name, justify="right")
    for apid, counts in account.sequences.items():
        odd = counts.gaps or counts.repeated or counts.late
        row = (apid, *(f"{n:,}" for n in (counts.packets, counts.gaps, counts.missing, counts.repeated, counts.late)))
        table.add_row(*map(str, row), style="yellow" if odd else None)
    console.print(table)
    for apid, count in list(account.unknown.items())[:SHOWN]:
        console.print(f"[yellow]{count:,} packets of APID {apid} are not in the definition[/yellow]")
    for line in (
        f"{account.idle:,} packets only fill" if account.idle else "",
        f"{account.left_out:,} packets were not asked for" if account.left_out else "",
    ):
        if line:
            console.print(line)
    if account.refused or account.torn_octets:
        what = f"{account.refused:,} packets refused, {account.torn_octets:,} octets are no whole packet"
        console.print(f"[red]{what}[/red]")
    groups = _grouped(account)
    for fault, count in groups[:SHOWN]:
        more = f" (and {count - 1:,} more of its kind)" if count > 1 else ""
        console.print(f"  [red]{escape(str(fault))}{more}[/red]", soft_wrap=True, highlight=False)
    if len(groups) > SHOWN:
        console.print(f"  and {len(groups) - SHOWN:,} other kinds; --json has them")
    if any("bits more than" in fault.why for fault, _ in groups):
        console.print("Packets longer than their definition are taken with --surplus")


def _print_untimed(account: Account, defined: Definition) -> None:
    without = [name for name in account.decoded if defined.packets[name].clock is None]
    if without:
        told = f"{', '.join(without[:4])}{', …' if len(without) > 4 else ''}"
        typer.echo(f"No time is told by {told}: state it with --time and --epoch")


def _grouped(account: Account) -> list[tuple[Fault, int]]:
    """The first fault of each kind, and how many there are of it among those that are told one by one."""
    kinds: dict[tuple[str, int | None, str], tuple[Fault, int]] = {}
    for fault in account.faults:
        key = (fault.source, fault.apid, fault.why)
        first, count = kinds.get(key, (fault, 0))
        kinds[key] = first, count + 1
    return list(kinds.values())
