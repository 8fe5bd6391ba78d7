"""The folder that a planning command leaves: whole, whatever happens while it is written."""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path

import pytest

from comity.cli import outputs
from comity.cli.outputs import open_in_browser, write_folder


def test_a_new_folder_has_every_file_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    write_folder({"report.html": "<p>", "plan.json": "{}\r\n"}, tmp_path / "deep" / "out")
    assert (tmp_path / "deep" / "out" / "plan.json").read_bytes() == b"{}\r\n"
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["out"]
    assert stat.S_IMODE((tmp_path / "deep" / "out").stat().st_mode) & 0o700 == 0o700


def test_files_are_replaced_and_others_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "plan.json").write_text("old")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    write_folder({"plan.json": "new"}, tmp_path / "out")
    assert {p.name: p.read_text() for p in (tmp_path / "out").iterdir()} == {"plan.json": "new", "notes.txt": "mine"}


def test_a_full_disk_leaves_all_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "plan.json").write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(outputs.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_folder({"report.html": "<p>", "plan.json": "new"}, tmp_path / "out")
    assert [(p.name, p.read_text()) for p in (tmp_path / "out").iterdir()] == [("plan.json", "old")]
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_what_a_killed_run_left_is_cleared_but_not_what_another_still_writes(tmp_path: Path) -> None:
    for name in (".out.dead.part", ".out.alive.part"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "plan.json").write_text("{")
    held = os.open(tmp_path / ".out.alive.part", os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        write_folder({"plan.json": "{}"}, tmp_path / "out")
    finally:
        os.close(held)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".out.alive.part", "out"]


def test_without_a_screen_nothing_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(variable, raising=False)
    assert open_in_browser(tmp_path / "report.html") is False
