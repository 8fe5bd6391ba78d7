from datetime import date

import pytest

from comity.governance.agreements import WithdrawalError, load, shipped, withdrawal
from tests.governance.agreements.documents import FRAME, MEMORANDUM, agreement, changed

FRAMEWORK, MOU = agreement(FRAME), agreement()


def test_a_party_of_two_takes_the_subordinate_agreement_along() -> None:
    found = withdrawal(FRAMEWORK, "esa", date(2031, 2, 1), others={"probe-mou": MOU})

    assert found.ends == date(2032, 2, 1)
    assert found.remaining == ("nasa", "jaxa")
    assert not found.agreement_ends
    assert [(f.agreement, f.ends) for f in found.subordinate] == [("probe-mou", True)]
    assert [(o.element, o.role) for o in found.elements] == [("probe/camera", "provide")]
    assert found.survives == (("frame", "cross-waiver"), ("probe-mou", "cross-waiver"))


def test_only_duties_after_the_end_of_notice_fall() -> None:
    found = withdrawal(MOU, "esa", date(2031, 1, 1), others={})

    assert found.ends == date(2031, 7, 1)
    owed = {o.what for o in found.duties}
    assert "Camera delivered" in owed
    assert "running cost (10 MEUR@2030)" not in owed  # due on 30 June, the day before
    assert found.agreement_ends


def test_a_role_that_another_still_has_needs_no_one_else() -> None:
    second = changed(
        MEMORANDUM, ("  esa: {name: ESA}", "  esa: {name: ESA}\n  jaxa: {name: JAXA}"), (", exclusive: true", "")
    )
    shared = agreement(
        changed(
            second,
            (
                "        - {party: esa, element: observing",
                "        - {party: jaxa, element: probe/camera, role: provide}\n        - {party: esa, element: observing",
            ),
        )
    )

    assert withdrawal(shared, "esa", date(2031, 1, 1), others={}).elements == ()


@pytest.mark.parametrize(
    ("terms", "day", "why"),
    [
        ("{kind: withdrawal, allowed: false}", date(2031, 1, 1), "allows no withdrawal; it ends by a notice of 1 year"),
        ("{kind: withdrawal, notice: 1 year, not_before: 10 years}", date(2039, 12, 31), "from 2040-03-01 on"),
        ("{kind: withdrawal, notice: 1 year}", date(2029, 1, 1), "in force from 2030-03-01"),
        ("{kind: other}", date(2031, 1, 1), "has no clause on withdrawal"),
    ],
)
def test_a_withdrawal_that_is_not_allowed_says_why(terms: str, day: date, why: str) -> None:
    value = agreement(changed(MEMORANDUM, ("{kind: withdrawal, notice: 6 months, survives: [cross-waiver]}", terms)))

    with pytest.raises(WithdrawalError, match=why):
        withdrawal(value, "esa", day, others={})


def test_russia_leaving_the_station_takes_its_memorandum_along() -> None:
    # Agreement of 29 January 1998, Article 28: a year's notice (1), the memorandum falls on the same day (4),
    # Articles 16, 17 and 19 go on to bind (5).
    values = {name: load(file) for name, file in shipped().items()}

    found = withdrawal(values["iss-iga"], "roscosmos", date(2024, 7, 1), others=values)

    assert found.ends == date(2025, 7, 1)
    assert [(f.agreement, f.ends) for f in found.subordinate] == [("iss-mou-rsa", True)]
    assert {o.element for o in found.elements} == {"core/zvezda", "nauka/nauka-module", "logistics/progress"}
    assert [c for a, c in found.survives if a == "iss-iga"] == ["cross-waiver", "data-and-goods"]


def test_canada_leaving_the_station_hands_its_robots_over() -> None:
    values = {name: load(file) for name, file in shipped().items()}

    found = withdrawal(values["iss-iga"], "csa", date(2024, 7, 1), others=values)

    assert {(o.element, o.inherits) for o in found.elements} == {
        ("robotics/canadarm2", "nasa"),
        ("robotics/dextre", "nasa"),
    }


def test_nobody_leaves_the_ska_convention_before_ten_years() -> None:
    ska = load("ska-convention")

    with pytest.raises(WithdrawalError, match="from 2031-01-15 on"):
        withdrawal(ska, "italy", date(2031, 1, 14), others={})
    assert withdrawal(ska, "italy", date(2031, 1, 15), others={}).ends == date(2032, 1, 15)
