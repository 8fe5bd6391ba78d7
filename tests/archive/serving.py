"""A server on a loopback port of its own, for clients that open sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import uvicorn

from comity.api.archive_app import archive_app
from comity.api.service import Service
from comity.archive import Archive


@contextmanager
def served(archive: Archive, *, clock: list[datetime] | None = None) -> Iterator[str]:
    """Its address; `clock` holds the time that counts, if the test sets it."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    service = Service(archive, base, **({"clock": lambda: clock[0]} if clock else {}))
    server = uvicorn.Server(uvicorn.Config(archive_app(service), log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        threading.Event().wait(0.01)
    try:
        yield base
    finally:
        server.should_exit = True
        thread.join(10)
