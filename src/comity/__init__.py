"""Comity: space agencies plan joint space-science missions.

>>> import comity
>>> case = comity.load("jwst")            # a folder, or the name of a programme that comes with comity
>>> roadmap = case.plan(time_s=20)        # doctest: +SKIP
>>> roadmap.report("report.html")         # doctest: +SKIP

`comity.library` has all of it; the engines are in `comity.roadmap`, what a programme is in `comity.model`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from comity.library import Case as Case
    from comity.library import Roadmap as Roadmap
    from comity.library import load as load
    from comity.model.problems import ProgrammeError as ProgrammeError
    from comity.roadmap import NoPlanError as NoPlanError

__all__ = ["Case", "NoPlanError", "ProgrammeError", "Roadmap", "load"]


def __getattr__(name: str) -> Any:
    """Loads the library when it is first used, so that `comity --help` stays quick."""
    if name not in __all__:
        raise AttributeError(f"module 'comity' has no attribute {name!r}")
    from comity import library

    return getattr(library, name)
