"""`comity safety`, as a user meets it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from xml.parsers import expat

import pytest
import typer.testing
import yaml
from typer.main import get_command
from typer.testing import CliRunner

from comity.cli.app import app
from comity.cli.network_places import shipped
from tests.safety.test_screening import CATALOGUE, COLLISION

WITHOUT = tuple(
    word
    for trait in ("low_orbit", "geostationary", "station", "planetary", "nuclear", "sample_return", "reentry")
    for word in ("--without", trait)
)
#: The whole command is put together once: that takes longer than what most of these tests ask of it.
assembled = cache(get_command)


@pytest.fixture(autouse=True)
def _assembled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typer.testing, "_get_command", assembled)


def run(*words: object, code: int = 0, group: str = "safety", columns: int = 80) -> str:
    result = CliRunner().invoke(app, [group, *map(str, words)], env={"COLUMNS": str(columns)})
    assert result.exit_code == code, result.output
    return result.output


def told(*words: object, code: int = 0) -> Any:
    result = CliRunner().invoke(app, ["safety", *map(str, words), "--json"])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def narrow(text: str) -> bool:
    """Does it fit a terminal of 80 columns?"""
    return all(len(line.rstrip()) <= 80 for line in text.splitlines())


# --- checklists --------------------------------------------------------------------------------------------------------------


def test_lists_and_a_missions_own_list_fit_the_terminal() -> None:
    shown = run("templates")
    assert "ISO 14620-1" in shown and "nuclear: It carries radioactive material." in shown and narrow(shown)
    shown = run("checklist", "apollo-soyuz", "rehearsal", *WITHOUT)
    assert "crew-survival" in shown and "ussr owes" in shown and narrow(shown)
    assert "comity treaty registration" in " ".join(
        told("templates")["common"]["items"]["register"]["evidence"].split()
    )


def test_a_list_has_owner_evidence_and_sources_of_each_item_as_json() -> None:
    found = told("checklist", "jwst", "observatory", "--option", "bus=northrop")
    asked = {due["id"]: due for due in found["asked"]}
    assert asked["register/bus"]["owners"] == ["nasa"]
    assert asked["safety-plan"]["evidence"] and asked["safety-plan"]["sources"]
    assert "Perigee (kilometres)" in found["registration"]["register/bus"]["missing"]
    assert "safety-plan" in found["owed"]["nasa"]


def test_a_gate_ends_with_one_while_something_is_owed() -> None:
    run("checklist", "jwst", "observatory", "--phase", "concept", "--gate", code=1)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("jwst", "observatry"), "did you mean 'observatory'"),
        (("jwts", "observatory"), "did you mean 'jwst'"),
        (("jwst", "observatory", "--template", "comon"), "did you mean 'common'"),
        (("jwst", "observatory", "--with", "nuklear"), "did you mean 'nuclear'"),
        (("jwst", "observatory", "--owner", "lead"), "not of the form NAME=VALUE"),
        (("jwst", "observatory", "--phase", "lunch"), "did you mean 'launch'"),
        (("jwst", "observatory", "--record", "none.record"), "there is no record here"),
        (("jwst", "observatory", "--at", "soon"), "is no time"),
    ],
)
def test_what_a_list_cannot_be_asked_ends_with_two(more: tuple[str, ...], said: str) -> None:
    assert said in " ".join(run("checklist", *more, code=2).split())


# --- on a record -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """A record of both parties of Apollo-Soyuz, with the checklist of its rehearsal; runs commands on it."""
    monkeypatch.chdir(tmp_path)
    for party in ("nasa", "ussr"):
        run("key", "new", f"{party}.pem", group="record")
    founders = ("--founder", "nasa=nasa.pem", "--founder", "ussr=ussr.pem")
    run("init", "asj.record", "--programme", "asj", *founders, "--at", "2025-01-01", group="record")
    agree = (
        "agree",
        "asj.record",
        "apollo-soyuz",
        "rehearsal",
        "--by",
        "nasa",
        "--key",
        "nasa.pem",
        "--at",
        "2025-01-02",
    )
    assert "does the mission have geostationary" in run(*agree, code=2)
    assert "ussr did not sign" in " ".join(run(*agree, *WITHOUT, code=2).split())
    assert "safety.agree by nasa" in run(*agree, *WITHOUT, "--key", "ussr.pem")

    def act(command: str, *words: object, by: str = "ussr", code: int = 0) -> str:
        signed = ("--by", by, "--key", f"{by}.pem")
        return " ".join(run(command, "asj.record", "rehearsal", *words, *signed, code=code).split())

    return act


def test_evidence_goes_from_owed_to_accepted(record: Callable[..., str]) -> None:
    Path("plan.txt").write_text("plan", encoding="utf-8")
    assert "is ussr's to show" in record("sign", "safety-plan", "--file", "plan.txt", by="nasa", code=2)
    assert "No such file" in record("sign", "safety-plan", "--file", "none.txt", code=2)
    assert "one of --file, --link and --decision" in record("sign", "safety-plan", code=2)
    record("sign", "safety-plan", "--file", "plan.txt", "--note", "first issue")
    assert "another party judges it" in record("accept", "safety-plan", code=2)
    record("refuse", "safety-plan", "--reason", "No crew escape", by="nasa")
    record("sign", "safety-plan", "--link", "https://example.org/plan-2")
    record("accept", "safety-plan", by="nasa")
    assert "did you mean 'safety-plan'" in record("accept", "safety-plam", by="nasa", code=2)

    found = told("status", "asj.record", "rehearsal")["rehearsal"]
    said = {item["item"]: (item["status"], item["said"]) for item in found["items"]}
    assert said["safety-plan"][0] == "accepted" and "https://example.org/plan-2" in said["safety-plan"][1]
    assert "safety-plan" not in found["owed"]["ussr"]
    assert "1 of 27 items accepted" in run("status", "asj.record")
    run("status", "asj.record", "--gate", "--phase", "concept", code=1)
    assert "no party to this record" in run("status", "asj.record", "--partner", "esa", code=2)
    # What was agreed and what the programme asks are one list, whatever of the traits is said here.
    shown = run("checklist", "apollo-soyuz", "rehearsal", "--record", "asj.record")
    assert "accepted" in shown and "differs" not in shown and narrow(shown)


def test_only_a_bodys_decision_waives(record: Callable[..., str]) -> None:
    board = {
        "name": "Board", "organisation": "Trial", "members_source": "rules, annex",
        "sources": {"rules": {"title": "Rules", "checked": "made for the test"}},
        "members": [{"id": "nasa"}, {"id": "ussr"}],
        "powers": {"safety": {"about": "safety", "rule": {"needs": {"share": "1"}}, "source": "rules, 1"}},
    }  # fmt: skip
    charter = {"waivers": {"kind": "safety.waive", "about": "*", "body": "board", "decision": "safety"}}
    Path("board.yaml").write_text(yaml.safe_dump(board), encoding="utf-8")
    Path("charter.yaml").write_text(yaml.safe_dump({"mandates": charter}), encoding="utf-8")
    waive = (
        "incidents",
        "--reason",
        "None before flight",
        "--body",
        "board",
        "--kind",
        "safety",
        "--closes",
        "2025-02-01",
    )
    assert "there is no body 'board'" in record("waive", *waive, code=2)
    both = ("--key", "nasa.pem", "--key", "ussr.pem", "--by", "nasa", "--at", "2025-01-03")
    run("establish", "asj.record", "board", "board.yaml", *both, group="governance")
    run("charter", "asj.record", "charter.yaml", *both, group="governance")
    record("waive", *waive, "--decision", "w", "--at", "2025-01-04")
    for who in ("nasa", "ussr"):
        signed = ("--by", who, "--key", f"{who}.pem", "--at", "2025-01-05")
        run("vote", "asj.record", "w", "yes", *signed, group="governance")
    run("close", "asj.record", "w", "--by", "nasa", "--key", "nasa.pem", "--at", "2025-02-02", group="governance")
    found = {i["item"]: i for i in told("status", "asj.record", "rehearsal")["rehearsal"]["items"]}
    assert (found["incidents"]["status"], found["incidents"]["said"]) == ("waived", "by board: None before flight")


# --- registration ------------------------------------------------------------------------------------------------------------


def test_registration_tells_what_the_convention_asks_and_takes_an_orbit_from_elements() -> None:
    shown = run("registration", "jwst", "observatory")
    assert "IV(1)(d)(i)" in shown and "missing" in shown and narrow(shown)
    orbit = ("--element", "zarya", "--orbit", shipped(), "--only", "ISS (ZARYA)")
    (form,) = told("registration", "iss", "core", *orbit, "--set", "launch_date=1998-11-20")
    known = {one["key"]: one["value"] for one in form["asked"]}
    assert (known["inclination_deg"], known["launch_date"]) == ("51.63", "1998-11-20")
    assert float(known["nodal_period_min"]) == pytest.approx(92.9, abs=0.2)
    run("registration", "iss", "core", *orbit, "--gate", code=1)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("core", "--element", "zarja"), "did you mean 'zarya'"),
        (("core", "--set", "launch_date=1998-11-20"), "say with --element"),
        (("core", "--element", "zarya", "--set", "launch_date=soon"), "is not a day"),
        (("core", "--element", "zarya", "--set", "inclination_deg=high"), "is not a number"),
        (("core", "--element", "zarya", "--orbit", str(shipped())), "say with --only"),
        (("core", "--element", "zarya", "--orbit", "none.tle"), "No such file"),
    ],
)
def test_what_registration_cannot_take_ends_with_two(more: tuple[str, ...], said: str) -> None:
    assert said in " ".join(run("registration", "iss", *more, code=2).split())


# --- disposal ----------------------------------------------------------------------------------------------------------------


def test_disposal_cites_the_method_of_its_lifetimes(tmp_path: Path) -> None:
    fleet = tmp_path / "fleet.yaml"
    fleet.write_text(
        "spacecraft:\n  small:\n    mass_kg: 7.5\n    area_m2: 0.0226\n"
        "    orbit: {perigee_km: 510, apogee_km: 510, inclination_deg: 51.6}\n    end_of_mission: 2027-01-01\n",
        encoding="utf-8",
    )
    shown = run("disposal", fleet, "--rules", "nasa", "--rules", "fcc", code=1)
    assert "King-Hele" in shown and "NRLMSISE-00" in shown and narrow(shown)
    (found,) = told("disposal", fleet, "--rules", "fcc", "--rules", "iadc", code=1)
    assert {c["rule"]: c["verdict"] for c in found["checks"] if "years" in c["rule"]} == {
        "fcc-5-years": "broken",
        "iadc-25-years": "kept",
    }
    assert "King-Hele" in found["lifetime_method"]
    fleet.write_text(fleet.read_text().replace("perigee_km: 510", "perigee_km: 510000"), encoding="utf-8")
    assert "fleet.yaml:5:" in run("disposal", fleet, code=2)


def test_disposal_of_elements_goes_by_b_star_or_by_area_and_mass() -> None:
    hubble = (shipped(), "--only", "HST", "--rules", "fcc")
    assert told("disposal", *hubble, code=1)[0]["drag_from"] == "B* of its elements"
    assert told("disposal", *hubble, "--area", "40", "--mass", "11110", code=1)[0]["drag_from"] == "area and mass"
    assert "--area and --mass together" in run("disposal", *hubble, "--area", "40", code=2)
    assert "did you mean 'HST'" in run("disposal", shipped(), "--only", "HSTT", code=2)


# --- screening ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def met(tmp_path: Path) -> tuple[Path, Path]:
    """The elements of Iridium 33 and Cosmos 2251 before they collided."""
    for name, text in COLLISION.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / "iridium.tle", tmp_path / "cosmos.tle"


def test_the_collision_of_2009_is_shown_drawn_and_written_as_messages(met: tuple[Path, Path], tmp_path: Path) -> None:
    asked = ("screen", *met, "--start", "2009-02-10", "--days", "1", "-q")
    shown = run(*asked, "--out", tmp_path / "cdm", "--chart", tmp_path / "met.svg")
    assert "10 16:56:00" in shown and "0.698" in shown and "1 approach of 1 pair" in shown
    assert narrow(shown.partition("wrote")[0])
    (file,) = (tmp_path / "cdm").iterdir()
    assert "keeps its book" in run("check", file, group="ndm")
    assert "COLLISION_PROBABILITY_METHOD" in file.read_text(encoding="utf-8")
    svg = (tmp_path / "met.svg").read_text(encoding="utf-8")
    expat.ParserCreate().Parse(svg, True)
    assert "COSMOS 2251" in svg
    (one,) = told(*asked)["conjunctions"]
    assert one["tca"] == "2009-02-10T16:55:59.796Z" and one["probability"] > 1e-5


def test_messages_as_xml_keep_their_book_and_a_page_loads_nothing(met: tuple[Path, Path], tmp_path: Path) -> None:
    asked = ("screen", *met, "--start", "2009-02-10", "--days", "1", "-q")
    run(*asked, "--form", "xml", "--out", tmp_path / "cdm", "--chart", tmp_path / "met.html")
    (file,) = (tmp_path / "cdm").iterdir()
    assert file.suffix == ".xml" and "keeps its book" in run("check", file, group="ndm")
    page = (tmp_path / "met.html").read_text(encoding="utf-8")
    assert "<script" not in page and "src=" not in page and "://" not in page.replace("http://www.w3.org/2000/svg", "")


def test_the_same_screening_is_the_same_to_the_byte(tmp_path: Path) -> None:
    asked = ("screen", "science", CATALOGUE, "--only", "HST", "--days", "1", "--within", "20 km", "-q")
    for name in ("a", "b"):
        run(*asked, "--out", tmp_path / name)
    first, second = ({f.name: f.read_bytes() for f in (tmp_path / name).iterdir()} for name in ("a", "b"))
    assert first == second and first


def test_many_approaches_fit_the_terminal_and_stand_in_the_order_of_their_probability() -> None:
    asked = ("screen", "science", CATALOGUE, "--days", "2", "--within", "25 km", "-q")
    shown = run(*asked)
    assert "pairs are shown, --json has all" in shown and "they fly together" in shown
    assert narrow("\n".join(line for line in shown.splitlines() if not line.startswith("warning")))
    chances = [one["probability"] for one in told(*asked)["conjunctions"] if one["probability"] is not None]
    assert chances == sorted(chances, reverse=True)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--within", "5 kg"), "is no distance; write '5 km'"),
        (("--within", "5"), "is no distance; write '5 km'"),
        (("--within", "-5 km"), "above 0"),
        (("--start", "soon"), "write it as"),
        (("--only", "IRIDIUM"), "did you mean 'IRIDIUM 33'"),
        (("--ignore", "COSMOS"), "did you mean 'COSMOS 2251'"),
        (("--form", "csv"), "kvn or xml"),
        (("--chart", "met.png"), ".svg or .html"),
        (("--radius", "nan"), "--radius"),
        (("--days", "0"), "--days"),
    ],
)
def test_what_cannot_be_screened_ends_with_two(met: tuple[Path, Path], more: tuple[str, ...], said: str) -> None:
    assert said in " ".join(run("screen", *met, "-q", *more, code=2).split())


def test_a_damaged_catalogue_is_refused_with_its_line(met: tuple[Path, Path], tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.tle"
    damaged.write_text(COLLISION["cosmos.tle"].replace("14.31135643", "14.31135644"), encoding="utf-8")
    assert "damaged.tle:3: the checksum" in run("screen", met[0], damaged, "-q", code=2)
    damaged.write_text("", encoding="utf-8")
    run("screen", met[0], damaged, "-q", "--out", tmp_path / "cdm", code=2)
    assert not (tmp_path / "cdm").exists()
