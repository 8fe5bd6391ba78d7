"""Connections that threads take and give back, so that readers do not wait for each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Generic, Protocol, TypeVar


class Closable(Protocol):
    """Anything that can be closed."""

    def close(self) -> None: ...


C = TypeVar("C", bound=Closable)


class Pool(Generic[C]):
    """As many connections as are used at once; one that was used while something went wrong is not used again."""

    def __init__(self, connect: Callable[[], C]) -> None:
        self._connect = connect
        self._free: list[C] | None = []
        self._lock = Lock()

    @contextmanager
    def connection(self) -> Iterator[C]:
        """A connection for the length of the block. ValueError when the pool is closed."""
        with self._lock:
            if self._free is None:
                raise ValueError("the store is closed")
            taken = self._free.pop() if self._free else None
        connection = taken if taken is not None else self._connect()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        if not self._keep(connection):
            connection.close()

    def clear(self) -> None:
        """Closes the connections that nobody uses: they may lead to a server that is no more."""
        self._replace(free=[])

    def close(self) -> None:
        """Closes all that is not in use; what is, when it is given back."""
        self._replace(free=None)

    def _keep(self, connection: C) -> bool:
        with self._lock:
            if self._free is None:
                return False
            self._free.append(connection)
            return True

    def _replace(self, free: list[C] | None) -> None:
        with self._lock:
            closing, self._free = self._free, free if self._free is not None else None
        for connection in closing or ():
            connection.close()
