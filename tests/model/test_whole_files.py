"""Files that are written whole: through links, and never in the place of what is no file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from comity.model.whole_files import write_whole


def test_a_link_stays_and_what_it_points_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target, link, further = tmp_path / "there" / "s.json", tmp_path / "s.json", tmp_path / "t.json"
    link.symlink_to("there/s.json")
    further.symlink_to(link)
    for path, text in ((link, "one"), (link, "two"), (further, "three")):  # the first time there is nothing at its end
        write_whole(path, text)
        assert target.read_text() == text
    assert link.is_symlink() and further.is_symlink()
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["s.json", "s.json", "t.json", "there"]


def test_what_is_no_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    pipe, link, ring = tmp_path / "pipe", tmp_path / "link", tmp_path / "ring"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    ring.symlink_to(ring)
    for path, said in (
        (pipe, "is no regular file"),
        (link, "is no regular file"),
        (Path("/dev/null"), "is no regular file"),
        (tmp_path, "Is a directory"),
        (ring, "Too many levels of symbolic links"),
    ):
        with pytest.raises(OSError, match=said):
            write_whole(path, "text")
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "pipe", "ring"]
