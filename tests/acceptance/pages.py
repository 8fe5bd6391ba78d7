"""Runs the code blocks of a page of documentation, in their order, as its reader would."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ENDS = re.compile(r"\s+# ends with (\d+)$")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, its text, the line where it begins, and the output that the page shows after it."""

    language: str
    text: str
    line: int
    expected: str | None


def blocks(page: Path) -> list[Block]:
    """The blocks of a page that can be run: shell and Python; a block of `text` right after one is its output."""
    text = page.read_text(encoding="utf-8")
    found = list(_FENCE.finditer(text))
    out = []
    for this, following in zip(found, [*found[1:], None], strict=True):
        if this[1] not in ("sh", "python"):
            continue
        shown = following is not None and following[1] == "text"
        line = text.count("\n", 0, this.start()) + 1
        out.append(Block(this[1], this[2], line, following[2] if following is not None and shown else None))
    return out


class Reader:
    """Someone who follows a page in a folder of their own; names in Python last from block to block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[str, Any] = {}
        tools = folder / ".tools"
        tools.mkdir()
        command = tools / "comity"
        command.write_text(
            f'#!/bin/sh\nexec "{sys.executable}" -c "from comity.cli.app import main; main()" "$@"\n', encoding="utf-8"
        )
        command.chmod(0o755)
        self.environment = {
            **os.environ,
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT / "src"),
            "COLUMNS": "80",
        }

    def follow(self, block: Block) -> str:
        """Runs a block; what it printed on standard output and, of commands, on standard error when they fail."""
        return self._python(block) if block.language == "python" else self._shell(block)

    def _python(self, block: Block) -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.chdir(self.folder):
            exec(compile(block.text, f"line {block.line}", "exec"), self.names)
        return printed.getvalue()

    def _shell(self, block: Block) -> str:
        printed = ""
        for command in commands(block.text):
            ends = _ENDS.search(command)
            done = subprocess.run(
                ["sh", "-c", command],
                cwd=self.folder,
                env=self.environment,
                capture_output=True,
                text=True,
                timeout=240,
            )
            assert done.returncode == (int(ends[1]) if ends else 0), f"{command}\n{done.stdout}{done.stderr}"
            printed += done.stdout + (done.stderr if ends else "")
        return printed


def commands(text: str) -> list[str]:
    """The commands of a shell block: one a line, but for lines that end in a backslash, and texts up to their `END`."""
    found, pending = list[str](), ""
    for line in text.splitlines():
        pending += line + "\n"
        if line.endswith("\\") or ("<<'END'" in pending and line != "END"):
            continue
        if pending.strip():
            found.append(pending.rstrip("\n"))
        pending = ""
    assert not pending, f"the block ends within a command:\n{pending}"
    return found


def agrees(expected: str, printed: str) -> bool:
    """Is it what the page shows? Any white space is like any other, and `...` stands for anything."""
    parts = [r"\s+".join(map(re.escape, part.split())) for part in expected.split("...")]
    return re.fullmatch(r"\s*" + r"\s*.*?\s*".join(parts) + r"\s*", printed, re.DOTALL) is not None
