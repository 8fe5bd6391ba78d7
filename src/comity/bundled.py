"""The programmes that come with comity."""

from __future__ import annotations

from pathlib import Path


def bundled() -> dict[str, Path]:
    """Their folders by name, in the source tree or in the installed package; empty when they are in neither."""
    package = Path(__file__).resolve().parent
    for folder in (package / "programmes", package.parent.parent / "programmes"):
        if folder.is_dir():
            return {p.name: p for p in sorted(folder.iterdir()) if p.is_dir() and not p.name.startswith(".")}
    return {}
