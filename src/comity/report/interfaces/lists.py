"""Gaps by partner and what standards would close, as tables of texts: the same for the terminal, the browser and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comity.report.interfaces.words import count_text, parameter_name
from comity.standards import Adopted, Adoption, Gap, Gaps
from comity.standards.gaps import Clash, PartnerGaps


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: what heads its columns, and its rows."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Which columns hold numbers of things."""
        return tuple(
            bool(self.rows) and all(row[n].partition(" ")[0].isdigit() for row in self.rows)
            for n in range(len(self.heads))
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """Tables below a title and a few sentences."""

    programme: str
    title: str
    lead: tuple[str, ...]
    sheets: tuple[Sheet, ...]


def gaps_listing(found: Gaps, *, name: str, names: Mapping[str, str]) -> Listing:
    """Who must say what: a summary, then each partner's list. `names` has partners' names by identifier."""
    partners = found.partners
    summary = Sheet(
        "By partner",
        ("Partner", "Must say", "Sides in misfits"),
        tuple((names.get(p.partner, p.partner), str(len(p.gaps)), str(len(p.clashes))) for p in partners),
    )
    sheets = [summary] if len(partners) > 1 else []
    for partner in partners:
        sheets += _partner_sheets(partner, names)
    count = len(partners)
    many = f"{count} partners must say something or have a side in a misfit."
    one = "1 partner must say something or has a side in a misfit."
    lead = ("Nothing is left to say, and nothing does not fit.", one)[count] if count < 2 else many
    return Listing(name, "Gaps by partner", (lead,), tuple(sheets))


def _partner_sheets(found: PartnerGaps, names: Mapping[str, str]) -> list[Sheet]:
    who = names.get(found.partner, found.partner)
    sheets = []
    if found.clashes:
        sheets.append(
            Sheet(
                f"{who}: does not fit",
                ("Element", "Port", "Parameter", "Own", "Other", "By", "With"),
                tuple(_clash_row(c, names) for c in found.clashes),
            )
        )
    if found.gaps:
        rows = tuple(_gap_row(g, names) for g in found.gaps)
        sheets.append(Sheet(f"{who}: must say", ("Element", "Port", "Parameter", "Towards", "Also asked"), rows))
    return sheets


def _clash_row(clash: Clash, names: Mapping[str, str]) -> tuple[str, ...]:
    with_ = f"{clash.opposite} ({', '.join(names.get(p, p) for p in clash.opposite_providers)})"
    behind = f"; behind {' + '.join(clash.through)}" if clash.through else ""
    values = (clash.own or "–", clash.other or "–", clash.difference or "–")
    return (clash.name, _port(clash), parameter_name(clash.parameter), *values, with_ + behind)


def _gap_row(gap: Gap, names: Mapping[str, str]) -> tuple[str, ...]:
    also = ", ".join(names.get(p, p) for p in gap.others)
    behind = f"; behind {' + '.join(gap.through)}" if gap.through and gap.element else ""
    what = "which ports it has" if gap.kind == "any" else parameter_name(gap.parameter)
    return (gap.name, _port(gap), what, gap.opposite + behind, also or "–")


def _port(found: Gap | Clash) -> str:
    """Which port: its name and kind, or its kind alone where none is named."""
    if found.kind == "any":
        return "any"
    return f"{found.port} ({found.kind})" if found.port else found.kind


def adoption_listing(found: Adoption, *, name: str, names: Mapping[str, str], most: int | None = None) -> Listing:
    """What standards would close: a sentence for what closes most, then tables. `most` cuts them after so many rows."""
    fits = found.joints - found.misfits - found.unspecified - found.adapters
    verdicts = ["fits"] * fits + ["adapter"] * found.adapters
    verdicts += ["unspecified"] * found.unspecified + ["misfit"] * found.misfits
    joints = f"{found.joints} joint{'' if found.joints == 1 else 's'}"
    told = "A joint is one kind of port at one interface, for one combination of options."
    lead = [f"{joints}: {count_text(verdicts)}. {told}"]
    best = [*found.together[:1], *found.alone[:3]]
    lead += [f"{a.says[0].upper()}{a.says[1:]}." for a in best if a.closes] or [
        "No standard of the register would close anything: its values are not those that are missing."
    ]
    if found.alone:
        lead.append(
            "Closed: misfits that then fit. Eased: misfits that then fit by an adapter. Settled: unspecified that then fit; "
            "of these, by text: only because all follow one standard, whose values the register does not have. "
            "Freed: need no adapter any more. Ports: how many change."
        )
    sheets = []
    if found.alone:
        sheets.append(_adoption_sheet("One standard, taken by all", found.alone, most))
    if found.together:
        sheets.append(_adoption_sheet("Two standards together", found.together, most))
    for adopted in found.alone[:1]:
        if adopted.changes:
            sheets.append(_changes_sheet(adopted, names, most))
    return Listing(name, "What adopting a standard would close", tuple(lead), tuple(sheets))


def _adoption_sheet(title: str, adopted: Sequence[Adopted], most: int | None) -> Sheet:
    shown = adopted if most is None else adopted[:most]
    rows = tuple(
        (
            " and ".join(a.designations),
            str(len(a.misfits_closed)),
            str(len(a.eased)),
            str(len(a.settled)),
            str(a.by_text),
            str(len(a.freed)),
            str(len(a.opened)),
            str(len(a.changes)),
        )
        for a in shown
    )
    heads = ("Standard", "Closed", "Eased", "Settled", "By text", "Freed", "Worse", "Ports")
    left = len(adopted) - len(shown)
    return Sheet(title, heads, rows, f"and {left} more" if left else "")


def _changes_sheet(adopted: Adopted, names: Mapping[str, str], most: int | None) -> Sheet:
    shown = adopted.changes if most is None else adopted.changes[:most]
    rows = tuple(
        (c.element, c.port, ", ".join(names.get(p, p) for p in c.partners), "; ".join(c.dropped) or "–") for c in shown
    )
    left = len(adopted.changes) - len(shown)
    title = f"Who would change for {' and '.join(adopted.designations)}"
    return Sheet(title, ("Element", "Port", "Partners", "Gives up"), rows, f"and {left} more" if left else "")


def csv_text(listing: Listing) -> str:
    """A listing's tables as CSV, each with a first column that names it (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out)
    for sheet in listing.sheets:
        writer.writerow(["table", *sheet.heads])
        writer.writerows([sheet.title, *map(_plain, row)] for row in sheet.rows)
    return out.getvalue()


def _plain(text: str) -> Any:
    """A text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and text != "–" else text
