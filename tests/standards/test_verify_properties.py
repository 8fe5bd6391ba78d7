"""Every answer of the checker passes the check of answers, whatever ports meet; and a changed amount never does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from comity.model.port_words import CLOSED
from comity.model.ports import GIVING, MATING, TERMS, Port
from comity.standards import CheckedInterfaces, Question, check, what_adopting_closes, worst
from comity.standards.question import Junction
from comity.standards.verify import wrong
from tests.standards.builder import asked, meet, port, side

UNITS = {"V": ["V", "mV"], "degC": ["degC", "kelvin", "degF"], "MHz": ["MHz", "GHz"], "kPa": ["kPa", "psi"]}


#: Units of exchanged values: of two zeros, of two sizes, and of other kinds.
EXCHANGED = st.lists(
    st.sampled_from(["N*s", "lbf*s", "degC", "kelvin", "degF", "degR", "kg"]), min_size=1, max_size=2, unique=True
)


@st.composite
def values(draw: st.DrawFn, name: str, unit: str | None) -> object:
    """What a port may state of a parameter: words, a quantity, a range that may be open, or some of them."""
    if unit is None:
        words = st.sampled_from(["en", "ru", "ja"] if name == "language" else CLOSED.get(name, ("idss", "cbm", "free")))
        return draw(st.lists(words, min_size=1, max_size=2, unique=True))
    written = draw(st.sampled_from(UNITS.get(unit, [unit])))
    most = 50 if unit == "percent" else 300
    low = draw(st.integers(min_value=0, max_value=most))
    high = low + draw(st.integers(min_value=0, max_value=most // 3))
    both = {"min": f"{low} {written}", "max": f"{high} {written}"}
    shapes = [f"{low} {written}", both, {"min": both["min"]}, {"max": both["max"]}, [f"{low} {written}", both]]
    return draw(st.sampled_from(shapes))


@st.composite
def two_ports(draw: st.DrawFn) -> tuple[Port, Port]:
    kind = draw(st.sampled_from(list(TERMS)))
    roles = st.sampled_from([*(MATING if kind in ("docking", "mechanical") else GIVING), None])
    # Of a link either the band or the frequency: the two must agree, and here nobody sees to it.
    known = [n for n in TERMS[kind] if (kind, n) != ("data", "band")]
    known += ["band"] if kind == "data" and draw(st.booleans()) else []
    known = [n for n in known if "band" not in known or n != "frequency"]
    known = known or ["impulse", "temperature", "mass"]  # exchanged values
    names = draw(st.lists(st.sampled_from(known), min_size=1, max_size=4, unique=True))
    made = []
    for _ in range(2):
        stated = [n for n in names if draw(st.integers(min_value=0, max_value=9)) > 0]
        parameters: dict[str, Any] = {
            n: draw(EXCHANGED if kind == "units" else values(n, TERMS[kind][n].unit)) for n in stated
        }
        made.append(port(kind, draw(roles), **parameters))
    return made[0], made[1]


@settings(deadline=None)
@given(two_ports())
def test_an_answer_of_the_checker_is_never_rejected(ports: tuple[Port, Port]) -> None:
    meet(*ports)  # which asserts it


@settings(deadline=None)
@given(two_ports(), st.floats(min_value=1.001, max_value=10))
def test_a_changed_amount_is_always_rejected(ports: tuple[Port, Port], factor: float) -> None:
    found = meet(*ports)
    for meeting in found.meetings:
        for n, finding in enumerate(meeting.findings):
            if finding.excess is None or finding.excess == float("inf"):
                continue
            findings = list(meeting.findings)
            findings[n] = replace(finding, excess=finding.excess * factor)
            changed = replace(found, meetings=(replace(meeting, findings=tuple(findings)),))
            question = asked(side("alpha", a=ports[0]), side("beta", b=ports[1]))
            assert {w.rule for w in wrong(CheckedInterfaces("test", (changed,)), question)} == {"amount"}


@settings(deadline=None)
@given(two_ports(), st.data())
def test_what_is_left_out_or_painted_over_is_always_rejected(ports: tuple[Port, Port], data: st.DataObject) -> None:
    question = asked(side("alpha", a=ports[0]), side("beta", b=ports[1]))
    found = check(question).checks[0]
    (meeting,) = found.meetings
    if not meeting.findings:
        return
    n = data.draw(st.integers(min_value=0, max_value=len(meeting.findings) - 1))
    finding = meeting.findings[n]
    other = data.draw(st.sampled_from([v for v in ("fits", "unspecified", "misfit") if v != finding.verdict]))
    told = replace(finding, verdict=other, excess=None, difference="", who=("somebody",))
    for findings in (
        meeting.findings[:n] + meeting.findings[n + 1 :],
        (*meeting.findings[:n], told, *meeting.findings[n + 1 :]),
        (*meeting.findings, finding),
    ):
        verdict = worst(f.verdict for f in findings)
        changed = replace(found, verdict=verdict, meetings=(replace(meeting, verdict=verdict, findings=findings),))
        assert wrong(CheckedInterfaces("test", (changed,)), question), findings


@settings(deadline=None, max_examples=25)
@given(st.lists(st.sampled_from(["idss@F", "idss@E", "cbm@ISS", "apas-95@ISS", "ssvp@G4000"]), min_size=2, max_size=4))
def test_gear_of_any_makes_fits_when_all_take_one(claims: list[str]) -> None:
    ends = [side(f"craft-{n}", nose=port("docking", "androgynous", standards=c)) for n, c in enumerate(claims)]
    junctions = tuple(Junction("m", n, "t", (ends[0], end)) for n, end in enumerate(ends[1:]))
    question = Question("test", junctions)
    (idss,) = what_adopting_closes(question, standards=["idss@F"]).alone
    before = check(question)
    assert len(idss.misfits_closed) == before.count("misfit")
    assert len(idss.settled) == before.count("unspecified")
    assert idss.opened == () and len(idss.changes) == sum(c != "idss@F" for c in claims)
