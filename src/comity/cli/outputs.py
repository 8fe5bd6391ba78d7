"""The folder that a planning command leaves: plan.json, findings.json, tables, report.html; whole whenever it is killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comity.report.question import ReportInput

REPORT = "report.html"


def output_texts(given: ReportInput, *, findings: str | None = None) -> dict[str, str]:
    """The files of an answer, by name: the plan, `findings` as JSON text when given, the tables, and the report."""
    from comity.report.csv_tables import table_texts
    from comity.report.page import render
    from comity.roadmap.plan_file import plan_text

    files = {**table_texts(given.plan), REPORT: render(given)}
    if findings is not None:
        files["findings.json"] = findings
    # The plan comes last into the folder: whoever finds it new finds all the rest new too.
    return {**files, "plan.json": plan_text(given.plan)}


def write_folder(files: Mapping[str, str], folder: Path) -> None:
    """Writes texts into a folder, made if missing, so that each file is whole or as it was, even when killed.

    All are first written and synced beside the folder. A new folder then appears at once with everything in it; in one
    that exists each file is replaced by a rename, in the order given, and what else it holds is left alone. What a
    killed run left beside it is cleared away. OSError when it cannot be written.
    """
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 - links stay as the user wrote them
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _staging(folder) as beside:
        for name, text in files.items():
            with (beside / name).open("w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        if folder.exists():
            for name in files:
                (beside / name).replace(folder / name)
            _sync(folder)
        else:
            beside.rename(folder)
            _sync(folder.parent)


def can_write(folder: Path) -> None:
    """OSError when `write_folder` could not write there: better known before hours of work than after."""
    folder = Path(os.path.abspath(folder))  # noqa: PTH100
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(20, "is there and is no folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _staging(folder):
        pass
    if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(13, "the folder cannot be written to")


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """A hidden folder beside the one meant, locked while its process lives, gone at the end."""
    for left in folder.parent.glob(f".{folder.name}.*.part"):
        with suppress(OSError), _locked(left):  # one that is still written to holds its lock, and is left alone
            shutil.rmtree(left, ignore_errors=True)
    beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.", suffix=".part"))
    with _locked(beside):
        try:
            beside.chmod(0o777 & ~_umask())
            yield beside
        finally:
            shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Holds a folder's lock, which ends with its process; BlockingIOError when another has it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    # The process's mask can only be read by setting it.
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def open_in_browser(page: Path) -> bool:
    """Opens a page in the user's browser; False when there is none, or no screen to show it on."""
    import webbrowser

    has_screen = sys.platform == "darwin" or any(os.environ.get(v) for v in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
    if not has_screen:
        return False  # a text browser would take over the terminal
    try:
        return webbrowser.open(page.absolute().as_uri())
    except (webbrowser.Error, OSError):
        return False
