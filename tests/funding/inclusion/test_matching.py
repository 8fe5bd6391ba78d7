import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.funding import FundingError
from comity.funding.files import value_of
from comity.funding.inclusion.capacity import Exchange, load
from comity.funding.inclusion.matching import match
from comity.funding.inclusion.verify import violations

TIMES = {"from": "2027-01", "until": "2028-12"}


def exchange(offers, needs):
    """Offers {name: (places, prefers)} and needs {name: prefers}, all of which serve each other."""
    common = {"kind": "training", "topics": ["optics"], **TIMES}
    return Exchange.model_validate(
        {
            "offers": {o: {"giver": "esa", "places": n, "prefers": p, **common} for o, (n, p) in offers.items()},
            "needs": {n: {"taker": f"p-{n}", "prefers": p, **common} for n, p in needs.items()},
        }
    )


def test_the_first_example_of_gale_and_shapley_gives_each_its_first_choice():
    # Gale and Shapley 1962, example 1: when those who propose get their first choices, that is stable.
    given_ = exchange(
        {
            "A": (1, ["beta", "gamma", "alpha"]),
            "B": (1, ["gamma", "alpha", "beta"]),
            "C": (1, ["alpha", "beta", "gamma"]),
        },
        {"alpha": ["A", "B", "C"], "beta": ["B", "C", "A"], "gamma": ["C", "A", "B"]},
    )
    found = match(given_)
    assert {m.need: m.offer for m in found.matches} == {"alpha": "A", "beta": "B", "gamma": "C"}
    assert violations(given_, found) == ()


def test_an_offer_keeps_those_whom_it_prefers_and_says_so():
    given_ = exchange({"school": (2, ["c", "b", "a"])}, {n: ["school"] for n in "abc"})
    found = match(given_)
    assert {m.need for m in found.matches if m.offer} == {"b", "c"}
    assert next(m for m in found.matches if m.need == "a").why == "school went to b, c, which it prefers"
    assert found.left == {"school": 0}


def test_what_a_rule_bars_is_not_matched_and_the_rule_is_named():
    given_ = exchange({"school": (1, [])}, {"a": [], "b": []})
    found = match(given_, bar=lambda offer, need: "itar" if need.taker == "p-a" else None)
    assert {m.need: m.offer for m in found.matches} == {"a": None, "b": "school"}
    assert next(m for m in found.matches if m.need == "a").why == "what would serve it is barred by itar"
    assert found.barred == (("school", "a", "itar"),)


@st.composite
def exchanges(draw):
    offers, needs = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    os, ns = [f"o{k}" for k in range(offers)], [f"n{k}" for k in range(needs)]
    common = {"kind": "ride", **TIMES}
    topics = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, unique=True)
    return Exchange.model_validate(
        {
            "offers": {
                o: {"giver": "x", "places": draw(st.integers(1, 3)), "topics": draw(topics),
                    "prefers": draw(st.lists(st.sampled_from(ns), unique=True)), **common}
                for o in os
            },
            "needs": {
                n: {"taker": "y", "topics": draw(topics), "urgency": draw(st.integers(1, 5)),
                    "prefers": draw(st.lists(st.sampled_from(os), unique=True)), **common}
                for n in ns
            },
        }
    )  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(exchanges(), st.sampled_from(["stable", "heaviest"]))
def test_places_are_kept_and_nobody_would_rather_pair_otherwise(given_, method):
    found = match(given_, method=method)
    assert violations(given_, found) == ()
    assert found == match(given_, method=method)


@settings(max_examples=60, deadline=None)
@given(exchanges())
def test_no_matching_weighs_more_than_the_heaviest(given_):
    assert match(given_, method="heaviest").weight >= match(given_, method="stable").weight - 1e-9


def test_the_check_finds_a_pair_that_would_rather_have_each_other():
    given_ = exchange({"A": (1, ["x", "y"]), "B": (1, ["x", "y"])}, {"x": ["A", "B"], "y": ["A", "B"]})
    found = match(given_)
    swapped = [*found.matches]
    swapped[0] = type(swapped[0])("x", "B", 2, 1, "")
    swapped[1] = type(swapped[1])("y", "A", 1, 1, "")
    assert violations(given_, type(found)("stable", tuple(swapped), {}, (), 0)) == (
        "x and A would rather have each other",
    )


def test_a_file_says_where_it_is_wrong(tmp_path):
    with pytest.raises(FundingError, match=r"x.yaml:2:\d+"):
        value_of(
            "offers:\n  o: {giver: esa, kind: lesson, topics: [a], from: 2027-01, until: 2027-02}\n", "x.yaml", Exchange
        )
    file = tmp_path / "e.yaml"
    file.write_text("offers:\n  o: {giver: esa, kind: ride, topics: [a], from: 2027-01, until: 2027-02, prefers: [nn]}\n"
                    "needs:\n  n: {taker: rsa, kind: ride, topics: [a], from: 2027-01, until: 2027-02}\n")  # fmt: skip
    with pytest.raises(FundingError, match="did you mean 'n'"):
        load(file)
