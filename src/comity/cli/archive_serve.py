"""`comity archive serve`, `token`, `get`: the archive to scientists' own tools, over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from comity.cli.archive import ArchiveArgument, archive, opened
from comity.cli.places import fail, print_json
from comity.cli.programmes import JsonOption


def register(app: typer.Typer) -> None:
    """Joins `comity archive`."""
    archive.command(name="serve")(serve)
    archive.command(name="token")(token)
    archive.command(name="get")(get)


def serve(
    folder: ArchiveArgument,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="On which port; 0 takes a free one.")] = 8080,
    base_url: Annotated[
        str | None, typer.Option(metavar="URL", help="The address that others see. Default: where it listens.")
    ] = None,
    proxy: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A proxy that is believed whom it asks for (X-Forwarded-For).")
    ] = None,
    rate: Annotated[
        float, typer.Option(min=0.01, metavar="N", help="Requests a second of one partner or address.")
    ] = 100.0,
    burst: Annotated[int, typer.Option(min=1, metavar="N", help="Requests of one at once, after a rest.")] = 5_000,
    under_way: Annotated[
        int, typer.Option(min=1, metavar="N", help="Requests of one that are not answered yet.")
    ] = 2_000,
) -> None:
    """Serve an archive until interrupted: HAPI, TAP, cone search, SIA, DataLink, files."""
    import socket

    import uvicorn

    from comity.api.archive_app import archive_app
    from comity.api.service import Service
    from comity.archive.rates import RateLimits, Rates

    with opened(folder) as found:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # With the protocol named asyncio sends at once (TCP_NODELAY); otherwise each answer waits 40 ms for an acknowledgement.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
            listening.listen(2_048)  # who reads the address below may connect at once
        except OSError as error:
            fail(f"cannot listen on {host}:{port}: {error.strerror}")
        where = base_url or f"http://{host}:{listening.getsockname()[1]}"
        rates = Rates(RateLimits(per_second=rate, burst=burst, under_way=under_way))
        app = archive_app(Service(found, where.rstrip("/"), rates=rates))
        typer.echo(f"{found.settings.title}: {where}", err=True)
        server = uvicorn.Server(
            uvicorn.Config(
                app, log_level="warning", server_header=False, date_header=False, proxy_headers=proxy is not None,
                forwarded_allow_ips=proxy,
            )
        )  # fmt: skip
        server.run(sockets=[listening])


def token(
    folder: ArchiveArgument,
    who: Annotated[str, typer.Option("--as", metavar="PARTNER", help="Who reads with it.")],
    days: Annotated[float, typer.Option(min=0.0001, max=366, help="For how long.")] = 30.0,
    revoke: Annotated[bool, typer.Option("--revoke", help="End all tokens of the partner instead.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a token by which a partner's programs read what the partner may. It is shown once."""
    from datetime import UTC, datetime, timedelta

    from comity.archive_rules import governed

    with opened(folder) as found:
        governed(found).reader(who)
        if revoke:
            ended = found.register.revoke_tokens(who)
            print_json({"revoked": ended}) if as_json else typer.echo(f"{ended} ended")
            return
        until = datetime.now(UTC) + timedelta(days=days)
        made = found.register.new_token(who, until)
    if as_json:
        print_json({"token": made, "partner": who, "expires": until.isoformat(timespec="seconds")})
    else:
        typer.echo(made)
        typer.echo(f"for {who}, until {until:%Y-%m-%d %H:%M} UTC; give it as `Authorization: Bearer …`", err=True)


def get(
    url: Annotated[str, typer.Argument(metavar="URL", help="The archive's address.")],
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="Its id.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where the files go.")] = Path(),
    token: Annotated[
        str | None, typer.Option(metavar="TOKEN", envvar="COMITY_TOKEN", help="Of a partner, for what is not open.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Fetch the files of a dataset; begun again it goes on where it stopped. Each is tested by its hash."""
    from comity.archive import ArchiveError
    from comity.archive.fetching import fetch
    from comity.cli.progress import Display

    try:
        with Display(quiet=quiet) as show:
            show.stage("Fetching")
            done = fetch(url, dataset, out, token=token, on_progress=show.counted)
    except ArchiveError as error:
        fail(str(error))
    if as_json:
        print_json({"fetched": done.fetched, "there": done.there, "failed": dict(done.failed)})
    else:
        typer.echo(f"{len(done.fetched)} fetched, {len(done.there)} there already, {len(done.failed)} failed")
        for name, problem in done.failed:
            typer.echo(f"{name}: {problem}", err=True)
    if done.failed:
        raise typer.Exit(1)
