"""Adapters: one, a row, those of the catalogue, and one that the interface names."""

from __future__ import annotations

from dataclasses import replace

from comity.standards import CheckedInterfaces, InterfaceCheck, Junction, Question, catalogue, check
from comity.standards.verify import wrong
from tests.standards.builder import asked, checked, port, side


def gear(mechanism: str, role: str = "androgynous"):  # type: ignore[no-untyped-def]
    return port("docking", role, mechanism=mechanism)


def test_a_row_of_two_adapters_is_found_when_none_does_alone() -> None:
    first, second = side("alpha", a=gear("cbm")), side("beta", b=gear("idss"))
    mating = side("mating", x=gear("cbm"), y=gear("apas"))
    docking = side("docking", x=gear("apas"), y=gear("idss"))
    found = checked(first, second, docking, mating)
    assert found.adaptation is not None
    assert found.adaptation.adapters == ("m/mating", "m/docking")
    assert [m.ports for m in found.adaptation.meetings] == [("a", "x"), ("y", "x"), ("y", "b")]
    assert checked(first, second, docking).verdict == "misfit"


def test_the_shortest_row_is_taken() -> None:
    first, second = side("alpha", a=gear("cbm")), side("beta", b=gear("idss"))
    straight = side("straight", x=gear("cbm"), y=gear("idss"))
    row = (side("mating", x=gear("cbm"), y=gear("apas")), side("docking", x=gear("apas"), y=gear("idss")))
    found = checked(first, second, *row, straight)
    assert found.adaptation is not None
    assert found.adaptation.adapters == ("m/straight",)


def test_an_adapter_is_not_left_by_the_port_that_it_was_entered_by() -> None:
    one_port = side("one-port", x=port("docking", "androgynous", mechanism=["cbm", "idss"]))
    assert checked(side("alpha", a=gear("cbm")), side("beta", b=gear("idss")), one_port).verdict == "misfit"


def test_a_kind_without_an_adapter_still_does_not_fit_and_the_other_has_one() -> None:
    first = side("alpha", a=gear("cbm"), bus=port("power", "supply", voltage="28 V"))
    second = side("beta", b=gear("idss"), bus=port("power", "consume", voltage="120 V"))
    found = checked(first, second, side("mating", x=gear("cbm"), y=gear("idss")))
    assert found.verdict == "misfit"
    assert found.adaptation is not None
    assert found.adaptation.unstated == ("power",)


def test_each_kind_may_have_an_adapter_of_its_own() -> None:
    first = side("alpha", a=gear("cbm"), bus=port("power", "supply", voltage="28 V"))
    second = side("beta", b=gear("idss"), bus=port("power", "consume", voltage="120 V"))
    mating = side("mating", x=gear("cbm"), y=gear("idss"))
    converter = side(
        "converter", x=port("power", "consume", voltage="28 V"), y=port("power", "supply", voltage="120 V")
    )
    found = checked(first, second, mating, converter)
    assert found.verdict == "adapter"
    assert found.adaptation is not None
    assert found.adaptation.adapters == ("m/mating", "m/converter")


def test_a_named_adapter_that_does_not_fit_is_a_misfit_that_says_on_which_side() -> None:
    first, second = side("alpha", a=gear("cbm")), side("beta", b=gear("idss"))
    bad = side("bad", x=gear("cbm"), y=gear("apas"))
    good = side("good", x=gear("cbm"), y=gear("idss"))
    found = checked(first, second, good, adapter=(bad,))
    assert found.verdict == "misfit"
    assert found.adaptation is not None
    assert [(m.ports, m.verdict) for m in found.adaptation.meetings] == [(("a", "x"), "fits"), (("y", "b"), "misfit")]
    assert checked(first, second, adapter=(good,)).verdict == "adapter"


def catalogued(found: InterfaceCheck) -> list[tuple[str, ...]]:
    """Who must speak of what stands between."""
    assert found.adaptation is not None
    return [f.who for m in found.adaptation.meetings for f in m.faults]


def test_the_catalogue_joins_a_berthing_port_to_a_docking_craft_by_pma_and_ida() -> None:
    node = side("node", port=port("docking", "active", standards="cbm@ISS"))
    craft = side("craft", nose=port("docking", "active", standards="idss@F"))
    question = Question("test", (Junction("m", 0, "t", (node, craft)),), catalogue())
    (found,) = check(question).checks
    # Which edition the IDA follows no source was found to say: its builder must.
    assert (found.verdict, catalogued(found)) == ("unspecified", [("boeing",)])
    assert found.adaptation is not None
    assert found.adaptation.adapters == ("catalogue:pma", "catalogue:ida")


def test_a_changed_answer_is_caught_by_the_rule_that_it_breaks() -> None:
    first, second = side("alpha", a=gear("cbm")), side("beta", b=gear("idss"))
    mating = side("mating", x=gear("cbm"), y=gear("idss"))
    right = checked(first, second, mating)
    assert right.adaptation is not None
    silent = checked(first, side("beta"))
    mute = replace(silent.meetings[0], findings=(replace(silent.meetings[0].findings[0], who=()),))
    one_way = tuple(replace(m, ports=("same", "same")) for m in right.adaptation.meetings)
    broken = {
        "verdict": replace(right, verdict="fits"),
        "row": replace(right, adaptation=replace(right.adaptation, meetings=right.adaptation.meetings[:1])),
        "sides": replace(right, adaptation=replace(right.adaptation, meetings=one_way)),
        "reason": replace(silent, meetings=(mute,)),
    }
    for rule, answer in broken.items():
        question = asked(first, side("beta") if rule == "reason" else second, mating)
        assert rule in {w.rule for w in wrong(CheckedInterfaces("test", (answer,)), question)}, rule
    volts = port("power", voltage="28 V"), port("power", voltage="120 V")
    apart = checked(side("alpha", a=volts[0]), side("beta", b=volts[1]))
    findings = tuple(replace(f, verdict="fits", excess=None) for f in apart.meetings[0].findings)
    painted = replace(apart, verdict="fits", meetings=(replace(apart.meetings[0], verdict="fits", findings=findings),))
    question = asked(side("alpha", a=volts[0]), side("beta", b=volts[1]))
    assert {w.rule for w in wrong(CheckedInterfaces("test", (painted,)), question)} == {"values", "verdict"}


def test_an_adapter_of_which_more_must_be_said_is_offered_as_unspecified_when_none_fits() -> None:
    first = side("alpha", a=port("power", "supply", voltage="28 V"))
    second = side("beta", b=port("power", "consume", voltage="120 V", power="1 kW"))
    enter = port("power", "consume", voltage="28 V")
    untold = side("untold", x=enter, y=port("power", "supply", voltage="120 V"))
    found = checked(first, second, untold)
    assert found.verdict == "unspecified"
    assert found.adaptation is not None
    assert [f.who for m in found.adaptation.meetings for f in m.faults] == [("untold-builder",)]
    told = side("told", x=enter, y=port("power", "supply", voltage="120 V", power="2 kW"))
    fits = checked(first, second, untold, told)
    assert (fits.verdict, fits.adaptation and fits.adaptation.adapters) == ("adapter", ("m/told",))
    mute = side("mute", x=port("power"), y=port("power"))
    assert checked(first, second, mute).verdict == "misfit", "of what says nothing, nothing is hoped"


def test_an_adapter_that_would_join_and_is_left_out_is_missed() -> None:
    question = asked(
        side("alpha", a=gear("cbm")), side("beta", b=gear("idss")), side("x", x=gear("cbm"), y=gear("idss"))
    )
    right = check(question).checks[0]
    silent = replace(right, verdict="misfit", adaptation=None)
    assert {w.rule for w in wrong(CheckedInterfaces("test", (silent,)), question)} == {"adapter"}
    assert right.adaptation is not None
    foreign = replace(right, adaptation=replace(right.adaptation, adapters=("m/y",)))
    assert "adapter" in {w.rule for w in wrong(CheckedInterfaces("test", (foreign,)), question)}
