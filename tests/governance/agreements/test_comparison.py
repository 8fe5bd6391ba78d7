from hypothesis import given
from hypothesis import strategies as st

from comity.governance.agreements import compare
from comity.governance.agreements.comparison import marked
from tests.governance.agreements.documents import MEMORANDUM, agreement, changed


def test_a_version_compared_with_itself_says_nothing() -> None:
    found = compare(agreement(), agreement())

    assert (found.changes, found.consequences) == ((), ())


def test_clauses_added_removed_and_changed() -> None:
    reports = MEMORANDUM[MEMORANDUM.index("  reports:") : MEMORANDUM.index("  cross-waiver:")]
    new = changed(MEMORANDUM, (reports, ""), ("text: Six months of notice.", "text: Nine months of notice."))
    new += "  language: {title: Language, text: English.}\n"

    found = compare(agreement(), agreement(new))

    assert {c.clause: c.change for c in found.changes} == {
        "reports": "removed",
        "leaving": "changed",
        "language": "added",
    }
    words = next(c.words for c in found.changes if c.clause == "leaving")
    assert ("removed", "Six") in words
    assert ("added", "Nine") in words


def test_the_consequences_name_shares_values_dates_duties_and_rules() -> None:
    new = changed(
        MEMORANDUM,
        ("share: 15%", "share: 12.5%"),
        ("value: 10 MEUR@2030, due: 2031-06-30", "value: 12 MEUR@2030, due: 2031-12-31"),
        ("due: 2032-05-31", "due: 2032-11-30"),
        ("{party: nasa, element: probe/flight, role: launch}", "{party: esa, element: probe/flight, role: launch}"),
        ("notice: 6 months", "notice: 9 months"),
    )

    told = {(c.what, c.whom, c.about, c.before, c.after) for c in compare(agreement(), agreement(new)).consequences}

    assert ("share", "esa", "use of observing time", "15 %", "12.5 %") in told
    assert ("value", "esa", "running cost", "10 MEUR@2030", "12 MEUR@2030") in told
    assert ("date", "esa", "running cost", "due 2031-06-30", "due 2031-12-31") in told
    assert ("date", "esa", "Camera delivered", "due 2032-05-31", "due 2032-11-30") in told
    assert ("duty", "nasa", "launch probe/flight", "a role", None) in told
    assert ("duty", "esa", "launch probe/flight", None, "a role") in told
    assert any(c[:3] == ("rule", "all", "Withdrawal") and "9 months" in str(c[4]) for c in told)


def test_a_new_party_is_a_consequence() -> None:
    new = changed(MEMORANDUM, ("  esa: {name: ESA}", "  esa: {name: ESA}\n  jaxa: {name: JAXA}"))

    told = compare(agreement(), agreement(new)).consequences

    assert str(told[0]) == "jaxa: bound by the agreement: new, party"


@given(st.text(max_size=60), st.text(max_size=60))
def test_marked_words_hold_both_texts(before: str, after: str) -> None:
    runs = marked(before, after)

    assert "".join(t for m, t in runs if m != "added") == before
    assert "".join(t for m, t in runs if m != "removed") == after
