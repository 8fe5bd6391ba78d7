"""A process that is killed loses nothing that it said was done, and leaves nothing half."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from comity.archive import Archive, Everything, ingest, scrubbed
from tests.archive.samples import image, new_archive

TAKE_IN = """
import sys
from pathlib import Path
from comity.archive import Archive, ingest
with Archive(Path(sys.argv[1])) as archive:
    done = ingest(archive, "sky", [Path(sys.argv[2])], workers=1, on_progress=lambda n, of_all, name: print(n, flush=True))
    print("done", done.new, done.same, flush=True)
"""


@pytest.fixture
def folder(tmp_path):
    files = tmp_path / "in"
    files.mkdir()
    for n in range(60):
        image(files / f"{n:03}.fits", ra=n)
    new_archive(tmp_path / "archive").close()
    return tmp_path


@pytest.mark.parametrize("after", [1, 17, 44])
def test_an_ingest_that_is_killed_goes_on_and_comes_to_the_same(folder, after):
    process = subprocess.Popen(
        [sys.executable, "-c", TAKE_IN, str(folder / "archive"), str(folder / "in")], stdout=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == str(after):
            os.killpg(process.pid, signal.SIGKILL)
            break
    process.communicate()
    with Archive(folder / "archive") as archive:
        registered = list(archive.register.products(Everything()))
        assert all(archive.objects.is_whole(p.sha256) for p in registered)
        done = ingest(archive, "sky", [folder / "in"], workers=1)
        assert done.new + done.same == 60 and not done.failed
        assert len({p.name for p in archive.register.products(Everything())}) == 60
        found = scrubbed(archive)
    assert found == {"lost": [], "damaged": [], "mended": [], "unnamed": []}
    assert not list((folder / "archive").rglob("*.part"))


def test_a_full_disk_is_told_and_what_was_there_stays(folder, monkeypatch):
    from comity.archive import objects

    with Archive(folder / "archive") as archive:
        ingest(archive, "sky", [folder / "in" / "000.fits"])
        write = objects._copied

        def full(source, out):
            write(source, out)
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(objects, "_copied", full)
        with pytest.raises(OSError, match="No space"):
            ingest(archive, "sky", [folder / "in"])
        monkeypatch.undo()
        assert len(list(archive.register.products(Everything()))) == 1
        assert not list((folder / "archive").rglob("*.part"))
        assert ingest(archive, "sky", [folder / "in"]).new == 59


def test_two_that_take_in_at_once_lose_and_double_nothing(folder):
    both = [
        subprocess.Popen(
            [sys.executable, "-c", TAKE_IN, str(folder / "archive"), str(folder / "in")],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    told = [p.communicate()[0].splitlines()[-1].split() for p in both]
    assert [t[0] for t in told] == ["done", "done"]
    assert sum(int(t[1]) for t in told) == 60
    with Archive(folder / "archive") as archive:
        assert len(list(archive.register.products(Everything()))) == 60
