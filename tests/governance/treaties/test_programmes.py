"""The registration form filled from a programme, the tables put into one, and where a programme differs from them."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml

from comity.bundled import bundled
from comity.governance.treaties import (
    Launch,
    TreatyError,
    as_markdown,
    differences,
    export_yaml,
    of_partners,
    programme_treaty,
    submission,
)
from comity.model import read
from comity.model.programme import Programme
from comity.roadmap.admission import party_since


@pytest.fixture(scope="module")
def jwst() -> Programme:
    found = read(bundled()["jwst"]).programme
    assert found is not None
    return found


def test_launching_states_are_read_from_who_makes_pays_and_launches(jwst: Programme) -> None:
    filled = submission(jwst, "observatory", "telescope")
    assert [s.who for s in filled.launching] == ["FR", "US", "esa"]
    values = {f.key: f.value for f in filled.fields}
    assert values["name"] == "Optical telescope element"
    assert "launch_date" in {f.key for f in filled.missing}
    assert any("jointly determine" in r for r in filled.remarks)


def test_options_fill_the_form_and_nothing_is_missing(jwst: Programme) -> None:
    given = {
        "national_designator": "USA-1",
        "launch_date": "2021-12-25",
        "nodal_period_min": "1",
        "inclination_deg": "4.0",
        "apogee_km": "1",
        "perigee_km": "1",
        "state_of_registry": "United States",
    }
    launch = Launch(date(2021, 12, 25), ("FR",), ("nasa", "esa"), ("FR",))
    filled = submission(jwst, "observatory", "telescope", launch=launch, given=given)
    assert filled.missing == ()
    text = as_markdown(filled)
    assert "| Inclination (degrees) | 4.0 | Art. IV(1)(d)(ii) |" in text
    parts = [line.split(":")[0] for line in text.splitlines() if line.startswith("## Part")]
    assert parts == ["## Part A", "## Part B", "## Part C", "## Part D"]


@pytest.mark.parametrize(
    ("element", "given", "told"),
    [
        ("telescop", {}, "did you mean 'telescope'"),
        ("launch", {}, "no space object"),
        ("telescope", {"inclination": "3"}, "did you mean 'inclination_deg'"),
        ("telescope", {"inclination_deg": "200"}, "from 0 to 180"),
        ("telescope", {"apogee_km": "high"}, "not a number"),
        ("telescope", {"launch_date": "soon"}, "not a day"),
    ],
)
def test_a_wrong_field_or_element_is_refused(jwst: Programme, element: str, given: dict[str, str], told: str) -> None:
    with pytest.raises(TreatyError, match=told):
        submission(jwst, "observatory", element, given=given)


def test_the_planner_takes_a_shipped_table(jwst: Programme) -> None:
    made = programme_treaty("liability_convention", at=date(2026, 1, 1), only=of_partners(jwst))
    programme = jwst.model_copy(update={"treaties": {**jwst.treaties, "liability": made}})
    assert str(party_since(programme, "liability", "nasa")) == "1973-10"
    assert str(party_since(programme, "liability", "csa")) == "1975-02"
    assert party_since(programme, "liability", "esa") is not None


def test_an_exported_block_checks_clean_and_does_not_differ(tmp_path: Path) -> None:
    folder = tmp_path / "jwst"
    shutil.copytree(bundled()["jwst"], folder)
    before = read(folder)
    assert before.programme is not None
    block = export_yaml("liability_convention", at=date(2026, 1, 1), only=of_partners(before.programme))
    rows = yaml.safe_load(block)["treaties"]
    assert rows["liability-convention"]["parties"]["US"] == "1973-10"
    assert "liability-convention" not in before.programme.treaties
    rules = (folder / "rules.yaml").read_text(encoding="utf-8")
    body = block.split("treaties:\n", 1)[1]
    (folder / "rules.yaml").write_text(rules.replace("treaties:\n", "treaties:\n" + body, 1), encoding="utf-8")
    after = read(folder)
    assert after.programme is not None, [str(p) for p in after.problems]
    assert [d for d in differences(after, at=date(2026, 1, 1)) if d.treaty == "liability-convention"] == []


def test_a_wrong_party_is_found_at_its_place(tmp_path: Path) -> None:
    folder = tmp_path / "iss"
    shutil.copytree(bundled()["iss"], folder)
    rules = folder / "rules.yaml"
    text = rules.read_text(encoding="utf-8")
    assert "US: 1967-10" in text
    rules.write_text(text.replace("US: 1967-10", "US: 1988-10"), encoding="utf-8")
    found = [d for d in differences(read(folder), at=date(2026, 1, 1)) if d.who == "US"]
    assert [(d.programme, d.table) for d in found] == [("since 1988-10", "ratified 1967-10-10")]
    line = next(i for i, row in enumerate(rules.read_text(encoding="utf-8").splitlines(), 1) if "US: 1988-10" in row)
    assert (Path(found[0].place.file).name, found[0].place.line) == ("rules.yaml", line)


def test_the_treaties_of_the_bundled_iss_agree_with_the_table() -> None:
    assert differences(read(bundled()["iss"]), at=date(2026, 1, 1)) == ()
