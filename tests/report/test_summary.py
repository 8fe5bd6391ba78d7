"""What the first page says: who pays, whether each is better off, and names where engines have identifiers."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from comity.report.charts import flow
from comity.report.lettering import cut_to, text_width
from comity.report.naming import Study, themes
from comity.report.question import ReportInput
from comity.report.summary import findings, gains, paragraph
from comity.roadmap.answer_parts import Alone, Binding, Comparison, Exposure


def compared(given: ReportInput, alone: dict[str, float], together: float = 10.0) -> Study:
    """The study with partners that would reach so much alone, each `together` in the plan."""
    entries = {
        p: Alone(
            partner=p,
            value=v,
            benefit_alone=v,
            benefit_together=together,
            cost_alone=Decimal(1),
            together_cost=Decimal(1),
            gain=together / v - 1 if v else None,
        )
        for p, v in alone.items()
    }
    comparison = Comparison(
        alone=entries, value_together=20.0, value_alone_union=sum(alone.values()), cost_alone_total=Decimal(1)
    )
    return Study(replace(given, comparison=comparison))


def test_the_largest_payers_and_their_parts_are_told(full: ReportInput) -> None:
    study = Study(full)
    whole = sum(study.contribution(p) for p in study.paying)
    first = study.paying[0]
    assert f"{study.partner(first)} pays {100 * study.contribution(first) / whole:.0f}\u00a0% of it" in paragraph(study)
    paid = {g.name: g.pays for g in gains(study)}
    assert paid[study.partner(first)] == study.money.number(study.contribution(first))


def test_who_would_be_better_off_alone_is_named(full: ReportInput) -> None:
    paying = Study(full).paying
    fair = compared(full, dict.fromkeys(paying, 5.0))
    assert "at least as much as alone" in paragraph(fair) and "not so" not in paragraph(fair)
    unfair = compared(full, dict.fromkeys(paying, 5.0) | {paying[0]: 20.0})
    assert f"not so {unfair.partner(paying[0])} (\u221250\u00a0%)" in paragraph(unfair)


def test_where_nobody_reaches_anything_alone_that_is_said(full: ReportInput) -> None:
    study = compared(full, dict.fromkeys(Study(full).paying, 0.0))
    assert "none of them could win any of it" in paragraph(study)
    assert {g.text for g in gains(study)} == {"from 0"}


def test_the_findings_tell_a_budget_before_a_date_however_dear(full: ReportInput) -> None:
    payer = Study(full).paying[0]
    date = Binding(kind="date", where="moon", limit="too late", marginal_value=1e4, unit="year of room")
    budget = Binding(kind="budget", where=f"{payer} 2031", limit="all spent", marginal_value=0.2, unit="100 MEUR")
    text = findings(Study(replace(full, binding=(date, budget))))[0].text
    assert text.startswith(f"{Study(full).partner(payer)} 2031, all spent: 100 MEUR more would bring 0.20 points.")
    assert "2 limits" in text


def test_all_without_whom_the_plan_falls_are_named(full: ReportInput) -> None:
    study = Study(full)
    lost = tuple(Exposure(partner=p, lost_value=study.plan.value, lost_share=1.0) for p in study.paying[:2])
    text = findings(Study(replace(full, exposure=lost)))[2].text
    assert all(study.partner(e.partner) in text for e in lost) and "any one of them" in text


def test_identifiers_in_an_engine_s_words_become_names(ska: ReportInput) -> None:
    study = Study(ska)
    told = study.named("reached by uk 2021, south-africa 2021; mid-aa2 costs 1,234.5 MEUR; a node-uk is an element")
    assert told == (
        f"reached by United Kingdom 2021, South Africa 2021; {study.mission('mid-aa2')} costs 1\u202f234.5 MEUR; "
        "a node-uk is an element"
    )


def test_a_theme_is_called_as_the_objective_after_which_it_is_named(large: ReportInput) -> None:
    study = Study(large)
    found = themes(study)
    assert "Low Earth orbit" in found and "Leo" not in found
    assert sorted(m for ids in found.values() for m in ids) == sorted(m.mission for m in study.plan.missions)


def test_money_that_goes_through_the_pool_is_drawn_from_who_pays_it_in(ska: ReportInput) -> None:
    study = Study(ska)
    payer, year = study.contributors[0], study.programme.programme.horizon.start.year
    paid = ska.plan.cash[year].model_copy(update={"paid": {payer: study.plan.cost}})
    drawing = flow(Study(replace(ska, plan=ska.plan.model_copy(update={"cash": {year: paid}})))).drawing
    depth = {n["id"]: n["depth"] for n in drawing["nodes"]}
    assert drawing["columns"] == 4 and depth["pool"] == 1
    into = [link for link in drawing["links"] if link["to"] == "pool"]
    assert [(i["from"], i["amount"]) for i in into] == [(f"p:{payer}", study.money.scaled(study.plan.cost))]
    assert all(depth[link["from"]] < depth[link["to"]] for link in drawing["links"])


@pytest.mark.parametrize("text", ["Illicit lilt", "WWW MMM @@", "日本の探査機", "Große Übersicht", ""])
def test_a_text_that_is_cut_fits_and_one_that_fits_is_whole(text: str) -> None:
    whole = text_width(text, 10)
    assert cut_to(text, whole, 10) == text
    for width in (0.0, whole / 3, whole / 2):
        assert text_width(cut_to(text, width, 10), 10) <= width
