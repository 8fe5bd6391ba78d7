"""A private PostgreSQL for the tests: its own cluster in a temporary folder, reached by a Unix socket."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

MISSING = (
    "PostgreSQL is missing: apt-get install postgresql (Debian), or put its initdb and postgres on the PATH; "
    "COMITY_NO_POSTGRES=1 skips these tests"
)


@cache
def programs() -> Path | None:
    """The folder of the newest initdb and postgres on this machine."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = [
        p for p in Path("/usr/lib/postgresql").glob("*/bin") if (p / "initdb").exists() and p.parent.name.isdigit()
    ]
    return max(versions, key=lambda p: int(p.parent.name), default=None)


class Cluster:
    """A running server, durable as in production; `stop` it, or it ends with the tests."""

    def __init__(self) -> None:
        found = programs()
        assert found is not None, MISSING
        self.programs = found
        # The server refuses to run as root. The socket's path must be short.
        self.user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        self.folder = Path(tempfile.mkdtemp(prefix="comity-pg-", dir="/tmp"))
        if os.getuid() == 0:
            account = pwd.getpwnam(self.user)
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        self.data = self.folder / "data"
        self._run("initdb", "--pgdata", self.data, "--auth", "trust", "--username", "comity", "--no-sync", "--data-checksums",
                  "--encoding", "UTF8", "--locale", "C")  # fmt: skip
        self.server: subprocess.Popen[bytes] | None = None
        self._schemas = count()
        self.start()

    def _as_user(self) -> dict[str, Any]:
        return {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid} if os.getuid() == 0 else {}

    def _run(self, program: str, *arguments: str | Path) -> None:
        done = subprocess.run(
            [self.programs / program, *arguments], cwd="/", capture_output=True, text=True, **self._as_user()
        )
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        """Starts the server, or starts it again after a crash, and waits until it answers."""
        with (self.folder / "log").open("ab") as log:
            self.server = subprocess.Popen(
                [self.programs / "postgres", "-D", self.data, "-k", self.folder, "-c", "listen_addresses=",
                 "-c", "fsync=on", "-c", "shared_buffers=32MB", "-c", "max_connections=60"],
                cwd="/", stdout=log, stderr=log, start_new_session=True, preexec_fn=_end_with_the_tests, **self._as_user(),
            )  # fmt: skip
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.url()).close()
                return
            except psycopg.OperationalError as error:
                assert self.server.poll() is None, (self.folder / "log").read_text()
                assert time.monotonic() < deadline, error
                time.sleep(0.02)

    def url(self, schema: str | None = None) -> str:
        path = f"&options=-csearch_path%3D{schema}" if schema else ""
        return f"postgresql://comity@/postgres?host={quote(str(self.folder), safe='')}{path}"

    def new_schema(self) -> str:
        """The connection string of a schema of its own, still empty."""
        name = f"record{next(self._schemas)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return self.url(name)

    def kill(self) -> None:
        """SIGKILL to the postmaster, as a crash would; its children notice and end."""
        assert self.server is not None
        self.server.send_signal(signal.SIGKILL)
        self.server.wait()

    def stop(self) -> None:
        if self.server is not None and self.server.poll() is None:
            self.server.send_signal(signal.SIGQUIT)
            self.server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _end_with_the_tests() -> None:
    """Tests that are killed stop no server: on Linux the kernel does it for them (PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)
