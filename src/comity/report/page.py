"""The report: one self-contained HTML page, a minister's page first and the engineer's sections after.

Nothing is loaded from anywhere: styles, scripts and data stand in the page, and its content security policy allows no
more than the two scripts that it carries, by their hashes. Text from the programme is escaped wherever it appears.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from comity.model.whole_files import write_whole
from comity.report import charts, doubt, gantt, joints, told
from comity.report.assets import asset, environment, json_in_page, script_hash, version_text
from comity.report.figures import Chart
from comity.report.naming import Study
from comity.report.palette import weights
from comity.report.provenance import provenance
from comity.report.question import ReportInput
from comity.report.summary import Gain, findings, gains, key_figures, paragraph
from comity.report.timeline import ROW, timeline
from comity.report.wording import chance, counted, grouped, percent

#: Up to so many partners stand in one column beside the findings, more in three above them.
ONE_COLUMN = 18
#: The minister's printed page between its margins [CSS pixels], as the style sheet has it.
PAGE_HEIGHT = 1018


def write_report(study: ReportInput, path: Path) -> Path:
    """Writes the report of a plan as one HTML file, whole or not at all; OSError when the place cannot be written."""
    write_whole(path, render(study))
    return path


def render(given: ReportInput) -> str:
    """The report as HTML text."""
    study = Study(given)
    groups = _chart_groups(study)
    scripts = (asset("vendor/echarts-5.6.0.min.js"), asset("templates/report.js"))
    page = _environment().get_template("report.html.j2")
    return page.render(
        study=study,
        header=study.programme.programme,
        plan=study.plan,
        given=given,
        money=study.money,
        charts=groups,
        keys=key_figures(study),
        paragraph=paragraph(study),
        findings=findings(study),
        gains=_columns(gains(study)),
        timelines={
            "broad": timeline(study, width=704, most_rows=_rows_on_paper(study)),
            "narrow": timeline(study, width=340, most_rows=40),
        },
        legend=_legend(study),
        tables=_tables(study),
        sources=_sources(study),
        found=told.how_found(study),
        change=None if given.change is None else told.change_lines(study, given.change),
        chart_data=json_in_page(
            {c.id: {"kind": c.kind, "height": c.height, **c.drawing} for group in groups.values() for c in group}
        ),
        style=Markup(asset("templates/report.css")),
        scripts=[Markup(s) for s in scripts],
        policy=" ".join(f"'sha256-{script_hash(s)}'" for s in scripts),
        version=version_text(),
    )


def _columns(rows: list[Gain]) -> list[list[Gain]]:
    """The partners' rows in one column, or in three of the same length when there are many."""
    length = len(rows) if len(rows) <= ONE_COLUMN else -(-len(rows) // 3)
    return [rows[at : at + length] for at in range(0, len(rows), length)] if rows else []


def _rows_on_paper(study: Study) -> int:
    """How many rows of the timeline fit on the minister's printed page beside all else; heights in CSS pixels."""
    partners = len(study.contributors)
    in_three = 250 + -(-partners // 3) * 14.5
    below = in_three if partners > ONE_COLUMN else max(330.0, 66 + partners * 16.5)
    words = -(-len(paragraph(study)) // 92) * 19
    return max(6, int((PAGE_HEIGHT - 245 - words - below) / ROW))


def _chart_groups(study: Study) -> dict[str, list[Chart]]:
    return {
        "missions": gantt.by_mission(study),
        "partners": gantt.by_partner(study),
        "spending": charts.spending(study),
        "matrix": charts.matrix(study),
        "flow": [charts.flow(study)],
        "science": [charts.science(study)],
        "fronts": doubt.fronts(study),
        "confidence": doubt.confidence(study),
    }


def _tables(study: Study) -> dict[str, Any]:
    given = study.given
    exposure = given.exposure or (given.change.exposure if given.change is not None else ())
    return {
        "gains": told.gains_table(study),
        "spending": charts.spending_table(study),
        "accounts": charts.accounts_table(study),
        "pool": charts.pool_table(study),
        "duplication": told.duplication_table(study),
        "binding": told.binding_table(study),
        "adapters": joints.adapters_table(study),
        "open": joints.open_table(study),
        "reasons": told.reasons_table(study),
        "on_time": doubt.on_time_table(study),
        "limits": doubt.limits_table(study),
        "exposure": told.exposure_table(study, exposure) if exposure else None,
        "change": told.change_table(study, given.change) if given.change is not None else None,
    }


def _legend(study: Study) -> list[tuple[str, str]]:
    """`(name, colour)` of everyone who works, the largest first."""
    size = weights(study.programme, study.plan)
    return [(study.partner(p), study.colour(p)) for p in sorted(study.working, key=lambda p: (-size[p], p))]


def _sources(study: Study) -> dict[str, Any]:
    found = provenance(study.programme)
    every = len(found.figures)
    sourced, estimated = found.count("source"), found.count("estimate")
    return {
        "every": grouped(every),
        "sourced": grouped(sourced),
        "estimated": grouped(estimated),
        "neither": grouped(every - sourced - estimated) if every > sourced + estimated else None,
        "sourced_share": percent(sourced / every) if every else None,
        "sourced_width": round(100 * sourced / every, 1) if every else 0,
        "documents": told.documents(study, found),
        "methods": [(m, grouped(len(p))) for m, p in found.methods.items()],
    }


# --- the page's parts ------------------------------------------------------------------------------------------------


@cache
def _environment() -> Environment:
    made = environment()
    made.globals.update(chance=chance, counted=counted, grouped=grouped, percent=percent)
    return made
