from datetime import date

from comity.governance.agreements import check, shipped
from comity.governance.agreements.checking.completeness import NEEDED
from tests.example_programmes import example
from tests.governance.agreements.documents import FRAME, MEMORANDUM, changed, messages, reading

#: What the memorandum of the tests leaves out, said so.
LEFT_OUT = ("under: [frame]\n", "under: [frame]\n  left_out: ['background_ip: not yet']\n")


def read(text: str, file: str = "probe.yaml"):
    found = reading(text, file)
    assert found.agreement is not None, found.problems
    return found


def frame(text: str = FRAME):
    return read(text, "frame.yaml")


def test_a_memorandum_under_its_frame_is_clean() -> None:
    assert check([frame(), read(MEMORANDUM)]) == []


def test_missing_clauses_are_told_for_the_kind() -> None:
    alone = read(
        changed(MEMORANDUM, ("  under: [frame]\n", ""), (", by_reference: frame", ", flow_down: [contractors]"))
    )

    (found,) = messages(check([alone]))

    assert found == (
        "a memorandum needs clauses on purpose, data sharing, background intellectual property, foreground intellectual "
        "property, export and disputes"
    )


def test_what_is_left_out_for_want_of_a_source_is_not_missing() -> None:
    kinds = ["purpose", "data_sharing", "background_ip", "foreground_ip", "export"]
    left = "".join(f"\n    - '{k}: not found'" for k in kinds)
    alone = changed(
        MEMORANDUM,
        ("  under: [frame]\n", f"  left_out:{left}\n"),
        (", by_reference: frame", ", flow_down: [contractors]"),
    )

    assert messages(check([read(alone)])) == ["a memorandum needs clauses on disputes"]


def test_every_kind_of_agreement_has_a_table_of_needed_clauses() -> None:
    from comity.governance.agreements.document import RANKS

    assert set(NEEDED) == set(RANKS)
    for needed in NEEDED.values():
        assert {"entry_into_force", "amendment", "withdrawal", "termination"} <= set(needed)


def test_an_upper_agreement_must_be_known_and_of_a_higher_kind() -> None:
    (found,) = messages(check([read(changed(MEMORANDUM, (", by_reference: frame", ", flow_down: [contractors]")))]))
    assert found == "stands under 'frame', which is not known here"

    contract = changed(FRAME, ("kind: framework", "kind: contract"))
    found = messages(check([frame(contract), read(MEMORANDUM)]))
    assert "a memorandum cannot stand under a contract 'frame'" in found


def test_a_circle_of_agreements_is_told() -> None:
    upper = changed(FRAME, ("kind: framework\n", "kind: memorandum\n  under: [probe-mou]\n"))

    found = messages(check([frame(upper), read(MEMORANDUM)]))

    assert any("stand under each other" in m for m in found)


def test_a_cross_waiver_that_must_flow_down_and_does_not_is_told() -> None:
    clause = MEMORANDUM[MEMORANDUM.index("  cross-waiver:") : MEMORANDUM.index("  entry:")]
    without = changed(MEMORANDUM, (clause, ""), ("survives: [cross-waiver]", "survives: []"))

    found = check([frame(), read(without)])

    assert "the cross-waiver of 'frame' must flow down to 'probe-mou', which has none" in messages(found)


def test_a_cross_waiver_that_binds_no_contractor_is_told() -> None:
    dry = changed(FRAME, ("flow_down: [contractors, subcontractors, subordinate_agreements]", "flow_down: [users]"))

    assert "the cross-waiver 'cross-waiver' does not flow down to contractors" in messages(check([frame(dry)]))


def test_an_exclusive_role_given_twice_is_told_on_both_sides() -> None:
    other = changed(
        MEMORANDUM,
        ("id: probe-mou", "id: other"),
        ("  esa: {name: ESA}", "  jaxa: {name: JAXA}"),
        ("party: esa", "party: jaxa"),
    )

    found = check([frame(), read(MEMORANDUM), read(other, "other.yaml")])

    said = [p for p in found if "alone is to provide 'probe/camera'" in p.message]
    assert {p.file for p in said} == {"probe.yaml", "other.yaml"}
    assert any("other says the other at other.yaml:20:" in p.hint for p in said)


def test_grants_of_agreements_that_are_not_in_force_together_do_not_contradict() -> None:
    other = changed(
        MEMORANDUM,
        ("id: probe-mou", "id: other"),
        ("in_force: 2030-03-01", "in_force: 2040-03-01"),
        ("  esa: {name: ESA}", "  jaxa: {name: JAXA}"),
        ("party: esa", "party: jaxa"),
    )
    both = [frame(), read(MEMORANDUM), read(other, "other.yaml")]

    assert any("alone" in m for m in messages(check(both, at=date(2041, 1, 1))))
    assert not any("alone" in m for m in messages(check(both, at=date(2031, 1, 1))))


DATA = """
  data:
    title: Data
    text: Data.
    terms: {kind: data_sharing, policies: [{data: images, access: %s}]}
  roles:
    title"""


def test_data_policies_that_contradict_are_told() -> None:
    one = changed(MEMORANDUM, ("\n  roles:\n    title", DATA % "open"))
    other = changed(
        MEMORANDUM,
        ("id: probe-mou", "id: other"),
        ("\n  roles:\n    title", DATA % "proprietary, proprietary_period: 1 year"),
    )

    found = messages(check([frame(), read(one), read(other, "other.yaml")]))

    assert found.count("the data 'images' are open by one and proprietary by the other") == 2


def test_obligations_past_their_day_are_told_only_with_a_day() -> None:
    both = [frame(), read(MEMORANDUM)]

    assert messages(check(both, at=date(2031, 7, 10))) == [
        "esa owes 'running cost (10 MEUR@2030)' since 2031-06-30, 10 days ago",
        "esa owes 'report' since 2030-09-01, 312 days ago",
        "nasa owes 'report' since 2030-09-01, 312 days ago",
    ]
    assert check(both, at=date(2030, 8, 1)) == []
    done = read(
        changed(
            MEMORANDUM,
            ("due: 2031-06-30", "due: 2031-06-30, done: 2031-06-29"),
            ("within: 6 months", "within: 6 months, done: 2030-08-01"),
        )
    )
    assert check([frame(), done], at=date(2031, 7, 10)) == []


def test_dates_out_of_order_are_told() -> None:
    late = changed(MEMORANDUM, ("in_force: 2030-03-01", "in_force: 2030-03-01\n  until: 2032-01-01"))

    assert messages(check([frame(), read(late)])) == [
        "'Camera delivered' is due on 2032-05-31, after the agreement ends on 2032-01-01"
    ]


def test_a_party_that_the_programme_does_not_know_is_told() -> None:
    text = changed(
        MEMORANDUM, ("  nasa: {name: NASA, states: [US]}", "  isro: {name: ISRO}"), ("party: nasa", "party: isro")
    )
    upper = changed(FRAME, ("  nasa: {name: NASA, states: [US]}", "  isro: {name: ISRO}"))

    found = check([frame(upper), read(text)], programme=example())

    assert any(p.file == "probe.yaml" and p.message == "'isro' is no partner of 'example'" for p in found)


def test_a_promise_beyond_a_partner_s_whole_budget_is_told() -> None:
    programme = example()
    payer = programme.contributors[0]
    money = programme.partners[payer].budget
    assert money is not None
    one = next(iter(money.values()))
    value = f"value: 900 G{one.currency}@{one.ec}"
    text = changed(
        MEMORANDUM,
        ("value: 10 MEUR@2030", value),
        ("party: esa", f"party: {payer}"),
        ("  esa: {name: ESA}", f"  {payer}: {{name: Payer}}"),
    )
    text = (
        text if payer != "nasa" else text.replace("  nasa: {name: NASA, states: [US]}\n", "  jaxa: {name: JAXA}\n", 1)
    )

    found = messages(check([reading(text)], programme=programme))

    assert any(f"{payer} promises 900" in m or f"{payer} promises" in m for m in found), found


def test_a_maker_without_the_skill_is_told() -> None:
    text = changed(
        MEMORANDUM,
        (
            "{party: esa, element: probe/camera, role: provide",
            "{party: esa, element: probe/camera, technologies: [warp-drive], role: provide",
        ),
    )

    found = messages(check([frame(), read(text)], programme=example()))

    assert "esa is to provide 'probe/camera', but neither it nor its industry masters 'warp-drive' at TRL 1" in found


def test_two_files_of_one_version_are_told() -> None:
    found = messages(check([frame(), read(MEMORANDUM), read(MEMORANDUM, "copy.yaml")]))

    assert "version 1 of 'probe-mou' stands in probe.yaml already" in found


def test_shares_beyond_everything_are_told() -> None:
    text = changed(
        MEMORANDUM,
        ("value: 10 MEUR@2030", "share: 60%"),
        ("what: the bus, form: in_kind", "what: the bus, form: in_kind, share: 50%"),
    )

    assert "the shares of 'gifts' sum to 110 %, more than everything" in messages(check([frame(), read(text)]))


def test_all_that_is_shipped_is_clean_together() -> None:
    from comity.governance.agreements import read as read_file

    assert check([read_file(f) for f in shipped().values()]) == []
