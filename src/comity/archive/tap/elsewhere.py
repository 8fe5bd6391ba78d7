"""Fetches a table for an upload from another server: over HTTP, from public addresses only, so that nobody looks into a network.

The address that a name means is looked up once, tested, and that very one is connected to; redirections are not followed.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from urllib.parse import urlsplit

from comity.archive.dali import UsageError

#: Seconds for all of it.
TIME_S = 30.0
_BLOCK = 2**16


def fetched(url: str, *, most_bytes: int, own: str = "") -> bytes:
    """The bytes at a URL. UsageError says why it was not fetched.

    `own` is the address of this service, whose results may be used again even where it is not public.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise UsageError(f"UPLOAD: {url[:80]} is no URL") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise UsageError(f"UPLOAD: {url[:80]}: a table comes over http or https, or in the request (param:PART)")
    here = urlsplit(own)
    is_own = bool(own) and (parts.scheme, parts.hostname, parts.port) == (here.scheme, here.hostname, here.port)
    if is_own and parts.path.rstrip("/") == f"{here.path}/tap/sync":
        raise UsageError(
            "UPLOAD: a query of this service within a query is not run; run it first, and upload its result"
        )
    address = _address(parts.hostname, port, is_own)
    end = time.monotonic() + TIME_S
    try:
        return _got(
            parts.scheme,
            parts.hostname,
            address,
            port,
            f"{parts.path or '/'}?{parts.query}".rstrip("?"),
            most_bytes,
            end,
        )
    except (OSError, http.client.HTTPException) as error:
        raise UsageError(f"UPLOAD: {url[:80]}: {type(error).__name__}, nothing came") from None


def _address(host: str, port: int, is_own: bool) -> str:
    try:
        found = sorted({str(i[4][0]) for i in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
    except (OSError, UnicodeError):
        raise UsageError(f"UPLOAD: there is no server {host[:60]}") from None
    if not is_own and not all(ipaddress.ip_address(a.partition("%")[0]).is_global for a in found):
        raise UsageError(f"UPLOAD: {host[:60]} is not a public server; send the table in the request (param:PART)")
    return found[0]


def _got(scheme: str, host: str, address: str, port: int, path: str, most_bytes: int, end: float) -> bytes:
    connected = socket.create_connection((address, port), timeout=TIME_S)
    try:
        if scheme == "https":
            connected = ssl.create_default_context().wrap_socket(connected, server_hostname=host)
        connection = http.client.HTTPConnection(host, port, timeout=TIME_S)
        connection.sock = connected
        connection.request(
            "GET", path, headers={"Accept": "application/x-votable+xml, text/xml", "Connection": "close"}
        )
        answer = connection.getresponse()
        if answer.status != 200:
            raise UsageError(f"UPLOAD: {host[:60]} answers {answer.status}; what is not 200 is not followed")
        body = bytearray()
        while True:
            connected.settimeout(max(0.1, end - time.monotonic()))
            block = answer.read1(_BLOCK)  # what has come, not what would fill a block: a slow server is cut in time
            if not block:
                break
            body += block
            if len(body) > most_bytes:
                raise UsageError(f"UPLOAD: more than {most_bytes:,} bytes come from {host[:60]}")
            if time.monotonic() > end:
                raise UsageError(f"UPLOAD: {host[:60]} took longer than {TIME_S:g} s")
        return bytes(body)
    finally:
        connected.close()
