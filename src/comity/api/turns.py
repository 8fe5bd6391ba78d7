"""Whose query runs next, when more are asked than run at once; and what ends one whose asker has gone."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import anyio
from starlette.requests import Request

from comity.archive.query import Stop

Result = TypeVar("Result")


class Gone(Exception):
    """Who asked does not wait any more."""


class _Waiting:
    """One that waits, in whatever loop it does."""

    def __init__(self) -> None:
        self._loop, self._come = asyncio.get_running_loop(), asyncio.Event()
        self.has_turn = False

    async def wait(self) -> None:
        """Till it is its turn."""
        await self._come.wait()

    def call(self) -> None:
        """It is its turn."""
        self.has_turn = True
        self._loop.call_soon_threadsafe(self._come.set)


class Turns:
    """Lets so many run `at_once`, of one asker at most `each`; the others wait, and askers take turns.

    The next is the first of the asker who has the fewest running, and among those, of who was served longest ago: a thousand
    queries of one delay another's single one by no more than what runs.
    """

    def __init__(self, at_once: int, each: int) -> None:
        self._at_once, self._each = at_once, each
        self._lock = threading.Lock()
        self._running: Counter[str] = Counter()
        self._waiting: dict[str, deque[_Waiting]] = {}  # in the order in which askers were served

    @asynccontextmanager
    async def turn(self, who: str) -> AsyncIterator[None]:
        """Waits for a turn, and has it."""
        mine = _Waiting()
        with self._lock:
            self._waiting.setdefault(who, deque()).append(mine)
            self._call()
        try:
            await mine.wait()
            yield
        finally:
            with self._lock:
                if mine.has_turn:
                    self._running[who] -= 1
                    if not self._running[who]:
                        del self._running[who]
                else:
                    self._leave(who, mine)
                self._call()

    def _call(self) -> None:
        while self._running.total() < self._at_once:
            free = [w for w in self._waiting if self._running[w] < self._each]
            if not free:
                return
            who = min(free, key=lambda w: self._running[w])
            first = self._waiting[who][0]
            self._leave(who, first)
            if who in self._waiting:  # to the end of the row
                self._waiting[who] = self._waiting.pop(who)
            self._running[who] += 1
            first.call()

    def _leave(self, who: str, one: _Waiting) -> None:
        self._waiting[who].remove(one)
        if not self._waiting[who]:
            del self._waiting[who]

    async def run(self, request: Request, who: str, work: Callable[[Stop], Result]) -> Result:
        """What `work` gives, in a thread, when it is its turn; Gone, and `work` stopped, when who asked has gone.

        The request's body has been read before.
        """
        stop = Stop()
        found: list[Result] = []
        problem: list[Exception] = []

        async def watch() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            stop()
            group.cancel_scope.cancel()

        async with anyio.create_task_group() as group:
            group.start_soon(watch)
            try:
                async with self.turn(who):
                    found.append(await anyio.to_thread.run_sync(work, stop, limiter=anyio.CapacityLimiter(1)))
            except Exception as error:  # to be raised as it is, not in a group
                problem.append(error)
            group.cancel_scope.cancel()
        if problem:
            raise problem[0]
        if not found:
            raise Gone
        return found[0]
