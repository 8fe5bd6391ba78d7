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

    def __init__(self, connect: Callable[[], C], *, is_alive: Callable[[C], bool] = lambda _: True) -> None:
        self._connect = connect
        self._is_alive = is_alive
        self._free: list[C] | None = []
        self._lock = Lock()

    @contextmanager
    def connection(self) -> Iterator[C]:
        """A connection for the length of the block. ValueError when the pool is closed."""
        connection = self._free_one() or self._connect()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        if not self._keep(connection):
            connection.close()

    def close(self) -> None:
        """Closes all that is not in use; what is, when it is given back."""
        with self._lock:
            closing, self._free = self._free, None
        for connection in closing or ():
            connection.close()

    def _free_one(self) -> C | None:
        while True:
            with self._lock:
                if self._free is None:
                    raise ValueError("the store is closed")
                if not self._free:
                    return None
                connection = self._free.pop()
            if self._is_alive(connection):
                return connection
            connection.close()

    def _keep(self, connection: C) -> bool:
        with self._lock:
            if self._free is None:
                return False
            self._free.append(connection)
            return True
