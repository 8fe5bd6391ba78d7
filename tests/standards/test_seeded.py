"""The seeded outpost: each misfit is found with its parameter, both values and by how much; corrupted answers are rejected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from comity.standards import CheckedInterfaces, Finding, InterfaceCheck, case_file, case_question, check, read_case
from comity.standards.verify import CHECKS, wrong

QUESTION = case_question(read_case(case_file("seeded-outpost")))
ANSWER = check(QUESTION)


def test_every_seeded_misfit_is_found_with_both_values_and_by_how_much() -> None:
    found = {
        (c.ends[0].element, f.parameter): (f.rule, *(v.text for v in f.values if v), f.difference, f.excess)
        for c in ANSWER.checks
        for m in c.meetings
        for f in m.faults
        if f.verdict == "misfit"
    }
    assert found == {
        ("laboratory", "mechanism"): ("common-word", "cbm", "idss", "", None),
        # 24 to 32 V is accepted, up to 126 V comes: 94 V too much.
        ("laboratory", "voltage"): ("within", "24 V to 32 V", "116 V to 126 V", "94 V", 94.0),
        ("freighter", "mechanism"): ("common-word", "ssvp", "idss", "", None),
        ("freighter", "voltage"): ("within", "28 V", "116 V to 126 V", "98 V", 98.0),
        ("ferry", "mechanism"): ("common-word", "apas-75", "idss", "", None),
        # UTC is 37 s behind TAI since 1 January 2017 (IERS Bulletin C 54).
        ("ferry", "scale"): ("same-scale", "TAI", "UTC", "37 s", 37.0),
        ("lander", "band"): ("common-word", "X", "S", "", None),
        ("lander", "frequency"): ("overlap", "8450 MHz to 8500 MHz", "2200 MHz to 2290 MHz", "6160 MHz", 6160.0),
        # A pound-force is 4.4482216152605 N by definition (NIST SP 811, 0.45359237 kg times 9.80665 m/s2).
        ("tug", "impulse"): ("same-unit", "lbf*s", "N*s", "1 lbf·s = 4.44822 N·s", pytest.approx(4.4482216152605)),
    }
    assert wrong(ANSWER, QUESTION) == ()


def corrupted(element: str, parameter: str, change: Callable[[Finding], Finding]) -> set[str]:
    """The rules that the answer breaks when one finding of one element is changed, and nothing else."""
    checks = []
    for one in ANSWER.checks:
        meetings = [
            replace(
                m,
                findings=tuple(
                    change(f) if (one.ends[0].element, f.parameter) == (element, parameter) else f for f in m.findings
                ),
            )
            for m in one.meetings
        ]
        checks.append(replace(one, meetings=tuple(meetings)))
    assert tuple(checks) != ANSWER.checks
    return {w.rule for w in wrong(CheckedInterfaces(ANSWER.programme, tuple(checks)), QUESTION)}


@pytest.mark.parametrize(
    ("element", "parameter", "change", "rule"),
    [
        ("freighter", "voltage", {"excess": 9.8, "difference": "9.8 V"}, "amount"),
        ("freighter", "voltage", {"excess": None}, "amount"),
        ("freighter", "voltage", {"difference": ""}, "amount"),
        ("freighter", "voltage", {"difference": "9.8 V"}, "amount"),
        ("ferry", "scale", {"difference": "36 s"}, "amount"),
        ("freighter", "current_type", {"excess": 1.0}, "amount"),
        ("lander", "frequency", {"excess": 6.16, "difference": "6.16 GHz"}, "amount"),
        ("ferry", "scale", {"excess": 36.0, "difference": "36 s"}, "amount"),
        ("tug", "impulse", {"excess": 1 / 4.4482216152605}, "amount"),
        ("lander", "band", {"verdict": "fits"}, "words"),
        ("lander", "medium", {"verdict": "misfit"}, "words"),
        ("laboratory", "role", {"verdict": "misfit"}, "roles"),
        ("lander", "standards", {"who": ()}, "reason"),
        ("laboratory", "mechanism", {"says": ""}, "reason"),
        ("laboratory", "mechanism", {"verdict": "adapter"}, "verdict"),
    ],
)
def test_a_corrupted_finding_is_rejected_by_the_rule_that_it_breaks(
    element: str, parameter: str, change: dict[str, object], rule: str
) -> None:
    assert rule in corrupted(element, parameter, lambda f: replace(f, **change))  # type: ignore[arg-type]
    assert rule in CHECKS


def test_a_value_that_was_changed_no_longer_explains_the_misfit() -> None:
    def moved(finding: Finding) -> Finding:
        ours = finding.values[0]
        assert ours is not None
        return replace(finding, values=(replace(ours, text="120 V"), finding.values[1]))

    assert corrupted("freighter", "voltage", moved) == {"amount", "values"}


def test_a_value_said_to_come_from_elsewhere_is_rejected() -> None:
    def moved(finding: Finding) -> Finding:
        theirs = finding.values[1]
        assert theirs is not None
        return replace(finding, values=(finding.values[0], replace(theirs, origin="port")))

    assert corrupted("laboratory", "mechanism", moved) == {"values"}


# --- an answer that leaves something out ------------------------------------------------------------------------------


def falsified(element: str, change: Callable[[InterfaceCheck], InterfaceCheck]) -> set[str]:
    """The rules that the answer breaks when the check of one element at the hub is changed."""
    checks = tuple(change(c) if c.ends[0].element == element else c for c in ANSWER.checks)
    return {w.rule for w in wrong(CheckedInterfaces(ANSWER.programme, checks), QUESTION)}


def test_a_fit_without_findings_is_rejected() -> None:
    def emptied(check: InterfaceCheck) -> InterfaceCheck:
        meetings = tuple(replace(m, findings=(), verdict="fits") for m in check.meetings)
        return replace(check, meetings=meetings, verdict="fits")

    assert falsified("laboratory", emptied) == {"findings"}


def test_a_meeting_that_is_left_out_is_missed() -> None:
    def without(kind: str) -> Callable[[InterfaceCheck], InterfaceCheck]:
        return lambda check: replace(check, meetings=tuple(m for m in check.meetings if m.kind != kind))

    assert "meetings" in falsified("laboratory", without("power"))
    assert "meetings" in falsified("laboratory", without("docking"))


def test_a_finding_painted_as_a_fit_is_rejected() -> None:
    def painted(check: InterfaceCheck) -> InterfaceCheck:
        meetings = tuple(
            replace(
                m,
                verdict="fits",
                findings=tuple(replace(f, verdict="fits", excess=None, difference="", who=()) for f in m.findings),
            )
            for m in check.meetings
        )
        return replace(check, meetings=meetings, verdict="fits")

    for element in ("laboratory", "freighter", "ferry", "lander", "tug"):
        assert "verdict" in falsified(element, painted), element


def test_checks_that_are_left_out_are_missed() -> None:
    assert {w.rule for w in wrong(CheckedInterfaces(ANSWER.programme, ()), QUESTION)} == {"interfaces"}
    assert {w.rule for w in wrong(replace(ANSWER, checks=ANSWER.checks[1:]), QUESTION)} == {"interfaces"}
    assert {w.rule for w in wrong(replace(ANSWER, checks=ANSWER.checks[::-1]), QUESTION)} == {"interfaces"}
