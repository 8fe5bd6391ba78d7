"""Progress on standard error while a command works: stage, best value, bound, gap, time, time left.

On a terminal one line that renews itself; elsewhere plain lines, a few seconds apart or when much has changed.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

    from comity.roadmap import Progress

#: Plain lines come no closer than the first, and no further apart (while something reports) than the second [s].
SOONEST_S, LATEST_S = 1.0, 5.0
#: The part of its last stated gap by which a gap must shrink for a plain line before its time.
MUCH = 0.1


class Display:
    """Shows what a command is doing; the object itself is the `on_progress` of a search.

    `with Display(quiet=quiet) as show: show.stage("Planning", 60.0); solve(..., on_progress=show)`. Finished stages
    stay as one line each. Nothing is printed on standard output meanwhile. `quiet` shows nothing; `stream` and `clock` are for tests.
    """

    def __init__(
        self, *, quiet: bool = False, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._quiet = quiet
        self._clock = clock
        self._live: Live | None = None
        self._undo = ExitStack()
        self._name = ""
        self._note = ""
        self._began = self._told = clock()
        self._allowed: float | None = None
        self._last: Progress | None = None
        self._stated: tuple[str, float | None] | None = None

    # --- its life --------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self._undo.enter_context(_native_silence())
        if not self._quiet and self._stream.isatty():
            from rich.console import Console
            from rich.live import Live

            console = Console(file=self._stream)
            self._live = Live(get_renderable=self._line, console=console, refresh_per_second=4, transient=True)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.done()
        if self._live is not None:
            self._live.stop()
            self._live = None
        self._undo.close()

    # --- what is told to it ----------------------------------------------------------------------------------------

    def stage(self, name: str, time_s: float | None = None) -> None:
        """A new stage begins; `time_s` is how long it may take [s], None when it is not known."""
        self.done()
        self._name, self._note, self._allowed = name, "", time_s
        self._last, self._stated = None, None
        self._began = self._told = self._clock()
        if self._live is None:
            self._print(f"{name} ..." if time_s is None else f"{name}, at most {_duration(time_s)} ...")

    def note(self, text: str) -> None:
        """What the stage is at, such as `esa, 3 of 12`."""
        self._note = text
        if self._live is None and self._clock() - self._told >= LATEST_S:
            self._tell()

    def counted(self, done: int, of_all: int, name: str) -> None:
        """So many of all are done, the last of them this; the time left is as for those so far."""
        spent = self._clock() - self._began
        left = f", {_duration(spent / done * (of_all - done))} left" if 0 < done < of_all else ""
        self.note(f"{name}, {done:,} of {of_all:,}{left}")

    def __call__(self, progress: Progress) -> None:
        """Where the search stands."""
        self._last, self._note = progress, progress.stage
        if self._live is None and self._worth_telling(progress):
            self._tell()

    def done(self) -> None:
        """The stage is over; its last state stays on the screen."""
        if self._name:
            self._print(f"{self._name}: {self._state(ended=True)}")
            self._name = ""

    # --- what is shown ---------------------------------------------------------------------------------------------

    def _worth_telling(self, progress: Progress) -> bool:
        since = self._clock() - self._told
        if since >= LATEST_S or self._stated is None:
            return True
        stage, gap = self._stated
        if since < SOONEST_S or progress.gap is None:
            return False
        return progress.stage != stage or gap is None or progress.gap < (1 - MUCH) * gap

    def _tell(self) -> None:
        self._told = self._clock()
        self._stated = (self._note, self._last.gap if self._last is not None else None)
        self._print(f"  {self._state()}")

    def _print(self, line: str) -> None:
        if self._quiet:
            return
        if self._live is not None:
            self._live.console.print(line, highlight=False, markup=False)
        else:
            print(line, file=self._stream, flush=True)

    def _state(self, *, ended: bool = False) -> str:
        spent = self._clock() - self._began
        parts = [_duration(spent)]
        if self._last is not None:
            parts += _standing(self._last)
        if not ended:
            if self._note:
                parts.insert(0, self._note)
            if self._allowed is not None:
                parts.append(f"{_duration(max(0.0, self._allowed - spent))} left")
        return ", ".join(parts)

    def _line(self) -> Table:
        from rich.progress_bar import ProgressBar
        from rich.spinner import Spinner
        from rich.table import Table
        from rich.text import Text

        line = Table.grid(padding=(0, 1))
        parts: list[object] = [Spinner("dots"), Text(self._name, style="bold")] if self._name else []
        if self._name and self._allowed:
            parts.append(ProgressBar(total=self._allowed, completed=self._clock() - self._began, width=12))
        line.add_row(*parts, Text(self._state() if self._name else "", overflow="ellipsis", no_wrap=True))  # type: ignore[arg-type]
        return line


@contextmanager
def _native_silence() -> Iterator[None]:
    """Standard output of native libraries goes nowhere meanwhile.

    HiGHS announces itself there even when it is told to be silent, in the midst of the JSON that others read.
    """
    sys.stdout.flush()
    native = ctypes.CDLL(None)
    native.fflush(None)
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        native.fflush(None)
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _standing(progress: Progress) -> list[str]:
    if progress.value is None or progress.gap is None:
        # Below nothing, the bound only says that what is demanded does not fit together so far.
        return ["no plan yet", *([f"bound {_points(progress.bound)}"] if progress.bound >= 0 else [])]
    gap = f"gap {100 * progress.gap:.2f}%"
    return [f"value {_points(progress.value)}", f"bound {_points(progress.bound)}", gap]


def _points(value: float) -> str:
    return f"{value:,.2f}" if abs(value) < 1000 else f"{value:,.1f}"


def _duration(seconds: float) -> str:
    """`7 s`, `1 min 05 s`."""
    whole = int(seconds + 0.5)
    return f"{whole} s" if whole < 100 else f"{whole // 60} min {whole % 60:02d} s"
