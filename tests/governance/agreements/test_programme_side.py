from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from comity.governance.agreements import Agreement, differences
from comity.kinds import GUARDS, KINDS
from comity.model.reading import Reading, read_texts
from comity.record.programme import texts_of
from tests.record.makers import START, Scribe, officers

EXAMPLE = Path(str(files("comity.cli") / "example_programme"))
STATED = """agreements:
  {id}:
    name: Landing technology accord
    parties: {parties}
    in_force_from: {start}
    {more}
    estimate: made for the test
"""


def stated(
    *,
    parties: str = "[aurora, meridian]",
    start: str = "2026-01",
    more: str = "permits: [landing]",
    id: str = "landing-accord",
) -> Reading:
    """The example programme with an agreement that says this."""
    texts = texts_of(EXAMPLE)
    before, _, rest = texts["rules.yaml"].partition("agreements:")
    after = rest[rest.index("export_control:") :].replace("landing-accord", id)
    texts["rules.yaml"] = before + STATED.format(id=id, parties=parties, start=start, more=more) + after
    return read_texts(texts, called="trial")


@pytest.fixture
def scribe() -> Scribe:
    """A record on which an accord on landing is in force between two parties from the day of its opening on, for a year."""
    document: dict[str, Any] = {
        "agreement": {"id": "landing-accord", "title": "Accord", "kind": "memorandum", "until": "2026-12-31"},
        "parties": {"aurora": {"name": "Aurora", "states": ["SE"]}, "meridian": {"name": "Meridian", "states": ["US"]}},
        "clauses": {
            "export": {
                "title": "Export",
                "text": "x",
                "terms": {"kind": "export", "grants": [{"technologies": ["landing"]}]},
            }
        },
    }
    scribe = Scribe({p: officers(p) for p in ("aurora", "meridian")}, kinds=KINDS, guards=GUARDS)
    accord = Agreement.model_validate(document)
    body = {"document": accord.to_record(), "digest": accord.digest}
    assert scribe.write("agreement.propose", body, by="aurora") is None
    for party in ("aurora", "meridian"):
        assert (
            scribe.write("agreement.sign", {"agreement": "landing-accord", "digest": accord.digest}, by=party) is None
        )
    return scribe


def told(scribe: Scribe, said: Reading, at: datetime | None = None) -> dict[str, str]:
    """The problems by the field that each is about."""
    assert said.programme is not None, said.problems
    found: dict[str, str] = {}
    for p in differences(said, scribe.state, at or scribe.now):
        found[str(p.path[-1])] = f"{found.get(str(p.path[-1]), '')}{p.message}. "
    return found


def test_a_programme_that_says_what_is_in_force_has_no_problem(scribe: Scribe) -> None:
    whole = "in_force_until: 2026-12\n    permits: [landing]"
    assert told(scribe, stated(more=whole)) == {}
    assert told(scribe, stated(parties="[SE, US]", more=whole)) == {}


def test_each_field_that_differs_is_told(scribe: Scribe) -> None:
    found = told(scribe, stated(parties="[aurora, savanna]", start="2025-06", more="permits: [landing, spectrometer]"))
    assert "names savanna, not bound" in found["parties"] and "leaves out meridian" in found["parties"]
    assert "is in force from 2025-06; on the record, from 2026-01" in found["in_force_from"]
    assert "is in force until ever; on the record, 2026-12" in found["in_force_until"]
    assert "permits landing, spectrometer; on the record, landing" in found["permits"]


def test_an_agreement_that_names_no_technology_and_lifts_a_bar_permits_all(scribe: Scribe) -> None:
    assert "permits all technology, for it names none" in told(scribe, stated(more="kind: memorandum"))["permits"]


def test_what_ended_on_the_record_is_not_in_force_in_the_programme_either(scribe: Scribe) -> None:
    later = datetime(2027, 2, 1, tzinfo=UTC)
    assert "is not in force on the record at 2027-02-01" in told(scribe, stated(), later)["in_force_from"]
    assert told(scribe, stated(more="in_force_until: 2026-12"), later) == {}
    assert told(scribe, stated(start="2030-01"), later) == {}


def test_what_permits_technology_is_asked_of_the_programme_with_the_line_of_its_agreements(scribe: Scribe) -> None:
    (one,) = differences(stated(id="other"), scribe.state, scribe.now)
    assert "'landing-accord' is in force on the record since 2026-01-01 and permits technology" in one.message
    assert f"--from {START:%Y-%m-%d}" in one.hint
    lines = texts_of(EXAMPLE)["rules.yaml"].splitlines()
    assert (one.file, lines[one.line - 1]) == ("trial/rules.yaml", "agreements:")
