"""Is every real figure either sourced or marked as an estimate?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from comity.model.base import Sourced, cited_in
from comity.model.checking.walk import options, ports
from comity.model.ports import Port
from comity.model.problems import Problem, nearest, problem
from comity.model.yaml_tree import Path

if TYPE_CHECKING:
    from comity.model.reading import Draft

_SECTIONS = ("partners", "objectives", "facilities", "treaties", "agreements", "export_control", "participation")


def sourced_values(header: Any, sections: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Sourced, Path]]:
    """Each value that may hold figures, options aside: its section, itself, its path."""
    if header is not None:
        for code, quote in header.currencies.items():
            yield "programme", quote, ("programme", "currencies", code)
        yield "programme", header.uncertainty, ("programme", "uncertainty")
    for section in _SECTIONS:
        for name, value in sections.get(section, {}).items():
            yield section, value, (section, name)


def covered(draft: Draft) -> Iterator[Problem]:
    """Figures with no origin or with two, origins of what is no figure, and sources that are not listed."""
    values = [(value, path) for _, value, path in sourced_values(draft.header, draft.sections)]
    values += [(option, path) for _, _, option, path in options(draft)]
    values += ports(draft)
    for value, path in values:
        yield from _origins(draft, value, path)
        yield from _listed(draft, value, path)
        yield from _cited(draft, value, path)


def _origins(draft: Draft, value: Sourced, path: Path) -> Iterator[Problem]:
    figures = value.figure_fields()
    for figure in figures:
        kinds = _covering(value, figure)
        at = _place(value, figure, path)
        if not kinds:
            said = f"the figure {figure!r} has neither source nor estimate"
            hint = "add `source: source-id, page` or `estimate: how it was made`"
            yield problem(draft.positions.of(at, key=True), at, said, hint)
        elif len(kinds) > 1:
            said = f"the figure {figure!r} has both a source and an estimate"
            yield problem(draft.positions.of(at, key=True), at, said, "keep the one that holds")
    every: tuple[str, ...] = getattr(type(value), "FIGURES", ())
    for kind in ("source", "estimate"):
        given = getattr(value, kind)
        for field in given if isinstance(given, Mapping) else ():
            if field not in figures:
                at = (*path, kind, field)
                said = f"{kind} speaks of {field!r}, which is no figure here"
                hint = nearest(field, figures) or f"the figures are {', '.join(figures or every)}"
                yield problem(draft.positions.of(at, key=True), at, said, hint)


def _place(value: Sourced, figure: str, path: Path) -> Path:
    """Where a figure stands: a port's among its parameters."""
    if isinstance(value, Port) and figure in value.parameters:
        return (*path, "parameters", figure)
    return (*path, figure)


def _covering(value: Sourced, figure: str) -> list[str]:
    """What covers a figure; a text for this figure goes before one for all."""
    for form in (Mapping, str):
        kinds = [
            kind
            for kind in ("source", "estimate")
            if isinstance(given := getattr(value, kind), form) and (form is str or figure in given)
        ]
        if kinds:
            return kinds
    return []


def _listed(draft: Draft, value: Sourced, path: Path) -> Iterator[Problem]:
    given = value.source
    if given is None:
        return
    texts = given.items() if isinstance(given, Mapping) else [("", given)]
    for field, text in texts:
        name = source_id(text)
        if name not in draft.names("sources") and draft.whole:
            at = (*path, "source", field) if field else (*path, "source")
            hint = nearest(name, draft.names("sources")) or "list the document under sources:, or call it an estimate"
            yield problem(draft.positions.of(at), at, f"there is no source {name!r}", hint)


def _cited(draft: Draft, value: Sourced, path: Path) -> Iterator[Problem]:
    """Documents that estimates cite in square brackets, and that are not listed."""
    given = value.estimate
    texts = given.items() if isinstance(given, Mapping) else [("", given or "")]
    for field, text in texts:
        for name in cited_in(text):
            if name not in draft.names("sources") and draft.whole:
                at = (*path, "estimate", field) if field else (*path, "estimate")
                hint = nearest(name, draft.names("sources")) or "list the document under sources:"
                yield problem(draft.positions.of(at), at, f"the estimate cites [{name}], which is no source", hint)


def source_id(text: str) -> str:
    """The source that a text `source-id, page or table` names."""
    return text.partition(",")[0].strip()
