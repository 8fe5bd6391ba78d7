"""Interfaces on a terminal of eighty columns: a document, an N² chart, listings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from comity.report.interfaces.content import content
from comity.report.interfaces.lists import Listing, Sheet
from comity.report.interfaces.words import LETTERS, TERMINAL_COLOURS, WORDS, kind_name
from comity.standards import VERDICTS, InterfaceControlDocument, N2Chart, N2Matrix
from comity.standards.n2 import N2Cell

Clean = Callable[[str], str]
#: Up to so many elements have their kinds in the cells; more have one sign for the worst.
SPELLED: Final = 9


def documents_shown(documents: Sequence[InterfaceControlDocument], *, clean: Clean = str) -> RenderableType:
    """Control documents, without signature blocks: those are for paper."""
    return Group(*(part for d in documents for part in _document(content(d), clean)))


def _document(told: dict[str, Any], clean: Clean) -> Iterator[RenderableType]:
    yield Text(f"Interface control document {clean(told['identifier'])}", style="dim")
    yield Text(clean(told["title"]), style="bold")
    yield Text(told["word"], style=TERMINAL_COLOURS[told["verdict"]])
    for label, text in told["facts"]:
        yield Text(f"{label}: {clean(text)}", style="dim")
    for party in told["parties"]:
        yield Text(f"{party['side']}: {clean(party['name'])}, provided by {clean(', '.join(party['providers']))}")
    for variant in told["variants"]:
        if variant["title"]:
            yield Text(f"\nAs provided by {clean(variant['title'])}: {variant['word']}", style="bold")
        for part in variant["parts"]:
            yield from _part(part, clean)
        if variant["adapters"]:
            named = ", which the interface names" if variant["adapter_named"] else ""
            yield Text(f"\nAdapter: {clean(variant['adapters'])}{named}", style="bold")
            for part in variant["adapter_parts"]:
                yield from _part(part, clean)
    for standard in told["standards"]:
        said = f"{standard['title']}, {standard['edition']}, {standard['state']}: {standard['values']}"
        yield Text(f"\nStandard {clean(standard['claim'])}", style="bold")
        yield Padding(Text(clean(said)), (0, 0, 0, 2))
    if told["open"]:
        yield Text("\nOpen points", style="bold")
    for point in told["open"]:
        said = f"{point['number']}. {point['kind']}: {point['says']}; {point['who']} {point['must']}"
        yield Padding(Text(clean(said), style=TERMINAL_COLOURS[point["verdict"]]), (0, 0, 0, 2))
    for cited in told["sources"]:
        yield Text(clean(f"[{cited['number']}] {cited['text']}"), style="dim")
    yield Text("")


def _part(part: dict[str, Any], clean: Clean) -> Iterator[RenderableType]:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), title_justify="left")
    table.title = Text.assemble((f"{part['kind']} ", "bold"), (part["word"], TERMINAL_COLOURS[part["verdict"]]))
    table.add_column("parameter", max_width=18)
    for side in part["between"]:
        table.add_column(Text(clean(side)), overflow="fold")
    table.add_column("verdict", min_width=8)
    for row in part["rows"]:
        values = [Text(clean(v)) for v in row["values"]]
        told = Text(row["told"] or row["demand"], style=TERMINAL_COLOURS.get(row["verdict"], "dim"))
        table.add_row(clean(row["parameter"]), *values, told)
    yield table


def n2_shown(chart: N2Chart, *, clean: Clean = str) -> RenderableType:
    """N² charts: rows give, columns take; then what the signs stand for."""
    parts: list[RenderableType] = []
    for matrix in chart.matrices:
        parts += [Text(clean(matrix.title), style="bold"), _matrix(matrix, clean), Text("")]
    signs = Text("rows give, columns take:")
    for verdict in VERDICTS:
        signs.append(f"  {LETTERS[verdict]} {WORDS[verdict]}", style=TERMINAL_COLOURS[verdict])
    return Group(*parts, signs)


def _matrix(matrix: N2Matrix, clean: Clean) -> RenderableType:
    spelled = len(matrix.elements) <= SPELLED
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), show_header=False)
    for _ in matrix.elements:
        table.add_column(justify="center" if not spelled else "left", no_wrap=True, min_width=5 if spelled else 2)
    table.add_column(no_wrap=True, overflow="ellipsis")
    cells = {(c.row, c.column): c for c in matrix.cells}
    for row, element in enumerate(matrix.elements):
        shown = [
            Text(f"[{row + 1}]" if spelled else f"{row + 1}", style="bold reverse")
            if row == column
            else _cell(cells.get((row, column)), spelled=spelled)
            for column in range(len(matrix.elements))
        ]
        table.add_row(*shown, Text(f"{row + 1} {clean(element.name)}"))
    return table


def _cell(cell: N2Cell | None, *, spelled: bool) -> Text:
    if cell is None:
        return Text("·", style="dim")
    if not spelled:
        return Text(LETTERS[cell.verdict], style=TERMINAL_COLOURS[cell.verdict])
    lines = Text()
    for n, joint in enumerate(cell.joints):
        name = "" if joint.kind == "any" else f" {kind_name(joint.kind)[:3]}"
        if n:
            lines.append("\n")
        lines.append(f"{LETTERS[joint.verdict]}{name}", style=TERMINAL_COLOURS[joint.verdict])
    return lines


def listing_shown(listing: Listing, *, clean: Clean = str) -> RenderableType:
    """A listing's sentences and tables."""
    parts: list[RenderableType] = [Text(f"{listing.title}: {clean(listing.programme)}", style="bold")]
    parts += [Text(clean(said)) for said in listing.lead]
    for sheet in listing.sheets:
        parts += [Text(""), Text(clean(sheet.title), style="bold"), _sheet(sheet, clean)]
        if sheet.note:
            parts.append(Text(sheet.note, style="dim"))
    return Group(*parts)


def _sheet(sheet: Sheet, clean: Clean) -> RenderableType:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for head, numbers in zip(sheet.heads, sheet.numeric, strict=True):
        wide = max((len(row[sheet.heads.index(head)]) for row in sheet.rows), default=0)
        table.add_column(head, justify="right" if numbers else "left", overflow="fold", min_width=min(wide, 10))
    for row in sheet.rows:
        table.add_row(*(Text(clean(cell)) for cell in row))
    return table
