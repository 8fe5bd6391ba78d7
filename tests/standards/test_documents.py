"""Interface control documents and N² charts of real cases."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from comity.bundled import bundled
from comity.model import load
from comity.standards import (
    InterfaceControlDocument,
    N2Matrix,
    Reader,
    StandardsError,
    Subject,
    case_file,
    interface_control_documents,
    n2_chart,
    of_case,
    of_programme,
    read_case,
)


def programme(name: str, *missions: str, unit: str = "") -> Subject:
    return of_programme(load(bundled()[name]), missions=missions, reader=Reader((unit,) if unit else ()))


def document(name: str, interface: str, *, unit: str = "") -> InterfaceControlDocument:
    (found,) = interface_control_documents(programme(name, unit=unit), interface=interface)
    return found


# --- interface control documents -----------------------------------------------------------------------------------------


def test_apollo_and_soyuz_have_both_sides_the_adapter_and_its_both_sides() -> None:
    found = document("apollo-soyuz", "joint-flight/4", unit="psi")
    assert (found.key, found.verdict) == ("joint-flight:joint-flight/apollo~joint-flight/soyuz", "adapter")
    (variant,) = found.variants
    (pressure,) = [r for p in variant.parts for r in p.rows if r.parameter == "pressure"]
    assert [v.shown for v in pressure.values if v] == ["5 psi", "9.99325 to 14.6959 psi"]
    assert (pressure.verdict, pressure.difference) == ("misfit", "4.99325 psi")
    assert pressure.origins == (
        "[3] pure oxygen at one-third atmospheric pressure (5 psi)",
        "[4] nitrogen/oxygen at 1.0 atmosphere, lowered to 0.68 atmospheres for the visits",
    )
    assert [c.name for c in found.sources if c.number in (3, 4)] == [
        "Apollo-Soyuz Command Module",
        "Apollo ASTP Docking Module",
    ]
    module = "Docking module, the air lock between the cabins"
    assert [p.between for p in variant.adapter_parts if p.kind == "atmosphere"] == [
        ("Apollo CSM-111, refitted", module),
        (module, "Soyuz 7K-TM with air at lower pressure"),
    ]
    assert {p.verdict for p in variant.adapter_parts} == {"fits"}
    assert found.open_points == ()
    assert [name for name, _ in found.signatories] == [
        "Rockwell International",
        "Academy of Sciences of the USSR (Interkosmos)",
    ]


def test_a_document_tells_the_edition_its_values_and_where_they_stand() -> None:
    found = document("artemis", "gateway-ihab/1")
    (idss,) = found.standards
    assert (idss.claim, idss.edition, idss.date, idss.status) == ("idss@F", "F", "2022-07", "in force")
    assert ("guide_petals", "3 count", "overlap") in idss.values
    assert len(idss.claimed_by) == 2
    cited = next(c for c in found.sources if idss.clause.startswith(f"[{c.number}] "))
    assert (cited.identifier, cited.url.startswith("http")) == ("idss-overview", True)


def test_each_document_of_a_value_that_comes_from_two_has_its_number() -> None:
    found = document("iss", "core/1")
    rows = [r for v in found.variants for p in v.parts for r in p.rows if r.parameter == "hook_pairs"]
    assert rows[0].origins[1] == "by cbm@ISS; [2] 16 power bolts; [3] passage of 50 inches (127 cm)"
    assert [c.identifier for c in found.sources[1:3]] == ["jaxa-cbm", "cbm-overview"]


def test_values_on_which_no_rule_speaks_are_told_to_the_reader() -> None:
    rows = {r.parameter: r for v in document("artemis", "gateway-ihab/1").variants for p in v.parts for r in p.rows}
    assert (rows["passage_diameter"].verdict, rows["passage_diameter"].rule) == (None, "informative")
    assert [v.text for v in rows["passage_diameter"].values if v] == ["800 mm", "800 mm"]


def test_options_stand_in_one_document_and_each_open_point_once_with_who_must_settle_it() -> None:
    found = document("iss", "core/1")
    assert [v.options for v in found.variants] == [(("khrunichev",), ("boeing",)), (("bus-1",), ("boeing",))]
    assert [(p.verdict, p.who) for p in found.open_points] == [("unspecified", ("NASA",))]
    misfit = interface_control_documents(of_case(read_case(case_file("mars-climate-orbiter"))))[0]
    assert [(p.verdict, p.who) for p in misfit.open_points] == [("misfit", ("lockheed-martin", "jpl"))]


def test_the_same_interface_has_the_same_digest_and_another_value_another() -> None:
    found = document("apollo-soyuz", "joint-flight/4")
    assert found.digest == document("apollo-soyuz", found.key).digest
    assert found.digest != replace(found, note="changed").digest
    assert json.loads(json.dumps(found.to_dict()))["digest"] == found.digest


def test_an_interface_that_is_not_there_is_refused_with_what_is_near() -> None:
    with pytest.raises(StandardsError, match="no interface 'core/9' in iss; did you mean 'core/"):
        document("iss", "core/9")


# --- N² charts -----------------------------------------------------------------------------------------------------------


def cells(matrix: N2Matrix) -> dict[tuple[str, str], dict[str, str]]:
    """By from and to: kinds and verdicts."""
    names = [e.reference.rpartition("/")[2] for e in matrix.elements]
    return {(names[c.row], names[c.column]): {j.kind: j.verdict for j in c.joints} for c in matrix.cells}


def test_what_flows_stands_in_the_row_of_who_gives_and_docking_gear_in_both_cells() -> None:
    (matrix,) = n2_chart(of_case(read_case(case_file("seeded-outpost")), with_catalogue=False)).matrices
    found = cells(matrix)
    assert found["hub", "freighter"] == {"docking": "misfit", "power": "misfit"}
    assert found["freighter", "hub"] == {"docking": "misfit"}
    assert found["lander", "hub"] == {"docking": "unspecified", "data": "misfit"}
    assert found["hub", "lander"] == {"docking": "unspecified"}
    assert found["tug", "hub"] == {"units": "misfit"} and ("hub", "tug") not in found
    assert found["hub", "rover"] == {"power": "unspecified"}, "the hub supplies; the rover has no port yet"


def test_missions_that_share_no_element_have_charts_of_their_own_and_no_interface_is_lost() -> None:
    subject = programme("iss")
    chart = n2_chart(subject)
    placed = [e.reference for m in chart.matrices for e in m.elements]
    assert len(placed) == len(set(placed))
    pairs = {(e[0].reference, e[1].reference) for e in (c.ends for c in subject.answer.checks)}
    drawn = {(m.elements[c.row].reference, m.elements[c.column].reference) for m in chart.matrices for c in m.cells}
    assert all(pair in drawn or pair[::-1] in drawn for pair in pairs)


def test_options_that_differ_are_told_and_the_worst_is_shown() -> None:
    matrix = next(m for m in n2_chart(programme("iss", "core")).matrices)
    names = [e.reference for e in matrix.elements]
    place = (names.index("core/zvezda"), names.index("core/zarya"))
    cell = next(c for c in matrix.cells if (c.row, c.column) == place)
    assert cell.verdict == "unspecified"
    assert {j.kind: j.verdict for j in cell.joints} == {"docking": "fits", "any": "unspecified"}
