"""The README, walked as a newcomer does: its commands as printed, its links, its table of folders."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.pages import ROOT, Block, Reader

README = (ROOT / "README.md").read_text(encoding="utf-8")
TOUR = re.findall(r"^    (comity .+)$", README, re.MULTILINE)


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """A newcomer in a fresh clone."""
    (tmp_path / "programmes").symlink_to(ROOT / "programmes")
    return Reader(tmp_path)


@pytest.mark.slow
def test_every_command_of_the_tour_works_as_printed(reader: Reader) -> None:
    assert [c.split()[1] for c in TOUR] == [
        *("new", "check", "show", "show", "plan", "verify"),
        *("explain", "compare", "replan", "can", "treaty", "governance"),
        *("record", "record", "record", "record", "fund", "fund", "fund"),
        *("network", "network", "network"),
        *("interface", "interface", "safety", "archive", "archive"),
    ]
    for command in TOUR:
        assert reader.follow(Block("sh", command, 0, None)), f"{command} prints nothing"
    assert (reader.folder / "out" / "jwst" / "report.html").exists()


def test_the_two_commands_are_targets_of_make_and_scripts_that_a_shell_can_read() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^    make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
        script = ROOT / "scripts" / f"{target}.sh"
        assert f"sh scripts/{target}.sh" in README
        assert subprocess.run(["sh", "-n", script], check=False).returncode == 0


def test_the_first_command_plans_with_options_that_exist(reader: Reader) -> None:
    line = next(
        line for line in (ROOT / "scripts" / "up.sh").read_text(encoding="utf-8").splitlines() if "comity plan" in line
    )
    assert shutil.which("sh")
    manual = reader.follow(Block("sh", "comity plan --help", 0, None))
    for option in re.findall(r"--\w+", line):
        assert option in manual, option


def test_links_and_folders_are_there() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    folders = re.findall(r"^\| `([^`]+)/`", README, re.MULTILINE)
    assert len(folders) >= 8
    missing = [place for place in (*links, *folders) if not (ROOT / place).exists()]
    assert [m for m in missing if m != "docs/images/report.png"] == []
