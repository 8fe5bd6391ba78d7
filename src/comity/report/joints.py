"""How a plan's elements are joined, as tables: the adapters with their price and dates, and what nobody has specified."""

from __future__ import annotations

from collections.abc import Iterator

import rich.box
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table as TerminalTable

from comity.report.figures import Table
from comity.report.naming import Study
from comity.report.wording import counted, listed
from comity.roadmap.answer_parts import Adapted, OpenPoint


def interfaces(study: Study, *, most: int | None = None) -> Iterator[RenderableType]:
    """What joins elements that would not fit, and what is open; with `most` the open points are only counted."""
    found = study.given.interfaces
    if found is None:
        return
    if found.adapted:
        yield _adapters(study, most)
    if most is not None:
        waiting = len({point.interface for point in found.open}) + len(found.unstated)
        if waiting and (found.adapted or found.open):
            yield f"Not specified: {counted(waiting, 'interface')} of {found.meet}; `comity explain` lists them.\n"
        return
    if found.open:
        yield _open_points(study)
    if found.unstated:
        keys = [key.partition(":")[2] for key in found.unstated]
        yield f"Nothing is stated of {counted(len(keys), 'interface')}: {escape(listed(keys, 12))}.\n"


def _adapters(study: Study, most: int | None) -> TerminalTable:
    adapted = study.given.interfaces.adapted if study.given.interfaces is not None else ()
    table = _table("Joined by adapters")
    for name in ("Between", "Adapter", "By"):
        table.add_column(name, ratio=1)
    table.add_column("Ready", no_wrap=True)
    table.add_column(f"Cost [{study.money.unit}]".replace("[", "\\["), justify="right", no_wrap=True)
    for one in adapted[:most]:
        between, adapter, by, ready, cost = _row(study, one)
        table.add_row(escape(between), escape(adapter), escape(by), ready, cost)
    return table


def _open_points(study: Study) -> TerminalTable:
    found = study.given.interfaces
    assert found is not None
    table = _table(f"Not specified: {len(found.open)}")
    table.add_column("Interface", ratio=2)
    table.add_column("What", ratio=3)
    table.add_column("Who must say it", ratio=1)
    for point in found.open:
        who = ", ".join(map(study.partner, point.who))
        table.add_row(escape(_where(study, point)), escape(_what(point)), escape(who))
    return table


def adapters_table(study: Study) -> Table | None:
    """The adapters of a plan for its page; None when there are none."""
    found = study.given.interfaces
    if found is None or not found.adapted:
        return None
    head = ("Between", "Adapter", "By", "Ready", f"Cost [{study.money.unit}]")
    return Table(head, tuple(_row(study, one) for one in found.adapted), frozenset({3, 4}))


def open_table(study: Study) -> Table | None:
    """What nobody has specified, for the page of a plan; None when there is nothing of which only a part is stated."""
    found = study.given.interfaces
    if found is None or not found.open:
        return None
    rows = tuple(
        (_where(study, point), _what(point), ", ".join(map(study.full_partner, point.who))) for point in found.open
    )
    return Table(("Interface", "What is not specified", "Who must say it"), rows, frozenset())


def _row(study: Study, one: Adapted) -> tuple[str, str, str, str, str]:
    return (
        f"{' / '.join(_name(study, end) for end in one.between)} ({', '.join(one.kinds)})",
        _name(study, one.adapter),
        ", ".join(map(study.partner, one.by)),
        str(one.finish),
        study.money.number(one.cost),
    )


def _where(study: Study, point: OpenPoint) -> str:
    ends = " / ".join(_name(study, end) for end in point.between)
    return f"{study.mission(point.interface.partition(':')[0])}: {ends}"


def _what(point: OpenPoint) -> str:
    return point.says if point.kind == "any" else f"{point.kind}: {point.says}"


def _name(study: Study, reference: str) -> str:
    mission, _, element = reference.partition("/")
    return study.element(mission, element)


def _table(title: str) -> TerminalTable:
    return TerminalTable(
        title=title, title_justify="left", title_style="bold", box=rich.box.SIMPLE_HEAD, pad_edge=False, expand=False
    )
