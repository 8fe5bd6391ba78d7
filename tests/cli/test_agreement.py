"""`comity agreement`: what it prints, what it writes and how it exits."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import icalendar
import pypdf
import pytest
import typer.testing
import yaml
from typer.main import get_command
from typer.testing import CliRunner

from comity.cli.app import app
from comity.governance.agreements import load, shipped
from comity.governance.agreements.checking.completeness import NEEDED
from tests.governance.agreements.documents import FRAME, MEMORANDUM, changed, written


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """A frame and a memorandum in the working directory."""
    monkeypatch.chdir(tmp_path)
    return written(tmp_path, frame=FRAME, probe=MEMORANDUM)


#: The whole command is put together once: that takes longer than what most of these tests ask of it.
assembled = cache(get_command)


@pytest.fixture(autouse=True)
def _assembled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typer.testing, "_get_command", assembled)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["agreement", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def told(*arguments: str) -> object:
    code, output = run(*arguments, "--json")
    assert code == 0, output
    return json.loads(output)


def test_the_list_shows_each_under_the_one_it_implements() -> None:
    code, output = run("list")

    assert code == 0
    assert output.index("iss-iga") < output.index("iss-mou-esa") < output.index("iss-nodes-barter")
    assert [row["id"] for row in told("list")] == list(shipped())


@pytest.mark.parametrize("name", list(shipped()))
def test_every_shipped_agreement_is_shown_and_rendered_by_name(name: str) -> None:
    value = load(name)

    code, output = run("show", name)

    assert code == 0
    assert value.digest in output.replace("\n", "")
    assert told("show", name)["digest"] == value.digest
    for form in ("md", "html"):
        assert value.digest in run("text", name, "--format", form)[1]
    assert run("xml", name)[1].startswith("<?xml")


def test_tables_fit_a_terminal_of_eighty_columns(files: dict[str, Path]) -> None:
    for arguments in (
        ("list",),
        ("show", "iss-iga"),
        ("obligations", "iss-iga"),
        ("withdrawal", "iss-iga", "csa", "--notice", "2024-01-01"),
    ):
        lines = run(*arguments)[1].splitlines()
        assert max(len(line) for line in lines if not line.startswith("SHA-256")) <= 80


def test_a_clean_check_exits_with_0(files: dict[str, Path]) -> None:
    code, output = run("check", "frame.yaml", "probe.yaml")

    assert (code, output) == (0, "2 agreements with 16 clauses: no problems\n")
    assert told("check", "iss-mou-esa") == {"ok": True, "problems": []}


def test_a_check_tells_all_problems_with_their_places_and_exits_with_2(files: dict[str, Path]) -> None:
    files["probe"].write_text(
        changed(MEMORANDUM, ("role: launch", "role: lanch"), ("notice: 6 months", "notice: soon"))
    )

    code, output = run("check", "frame.yaml", "probe.yaml")

    assert code == 2
    assert "probe.yaml:19:" in output
    assert "'lanch' is none of" in output
    assert "2 problems" in output
    code, output = run("check", "frame.yaml", "probe.yaml", "--json")
    assert code == 2
    assert len(json.loads(output)["problems"]) == 2


def test_a_check_on_a_day_tells_what_is_overdue(files: dict[str, Path]) -> None:
    code, output = run("check", "frame.yaml", "probe.yaml", "--at", "2031-07-10")

    assert code == 2
    assert "esa owes 'running cost (10 MEUR@2030)' since 2031-06-30, 10 days ago" in output


def test_a_check_against_a_programme_tells_who_lacks_means(files: dict[str, Path]) -> None:
    files["probe"].write_text(
        changed(
            MEMORANDUM,
            ("element: probe/camera, role: provide", "element: probe/camera, technologies: [docking], role: provide"),
        )
    )

    code, output = run("check", "frame.yaml", "probe.yaml", "--programme", "iss")

    assert code == 2
    assert "esa is to provide 'probe/camera', but neither it nor its industry masters 'docking'" in output
    assert run("check", "iss-iga", "iss-mou-esa", "--programme", "iss")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("show", "iss-iag"), "did you mean 'iss-iga'?"),
        (("show", "nothing.yaml"), "there is no such file"),
        (("show", "."), "there is no such file"),
        (("withdrawal", "iss-iga", "cas", "--notice", "2024-01-01"), "did you mean 'csa'?"),
        (("withdrawal", "iss-iga", "csa", "--notice", "soon"), "write it as YYYY-MM-DD"),
        (("withdrawal", "ska-convention", "italy", "--notice", "2025-01-01"), "from 2031-01-15 on"),
        (("withdrawal", "jwst-esa", "esa", "--notice", "2025-01-01"), "has no clause on withdrawal"),
        (("obligations", "iss-iga", "--party", "jaxxa"), "did you mean 'jaxa'?"),
        (("obligations", "iss-iga", "--out", "x.ics"), "say --ics with it"),
        (("text", "iss-iga", "--format", "pdf"), "name its file with --out"),
        (("text", "iss-iga", "--out", "no/such/folder/x.md"), "cannot be written: No such file or directory"),
        (("terms", "gateway-japan"), "give the day with --from"),
        (("check", "iss-iga", "--programme", "isss"), "did you mean 'iss'?"),
    ],
)
def test_bad_input_says_what_would_be_right_and_exits_with_2(
    files: dict[str, Path], arguments: tuple[str, ...], part: str
) -> None:
    code, output = run(*arguments)

    assert code == 2
    assert part in output.replace("\n", " ")
    assert sorted(p.name for p in Path().iterdir()) == ["frame.yaml", "probe.yaml"]


def test_the_pdf_is_written_whole_with_the_digest_on_each_page(files: dict[str, Path]) -> None:
    code, output = run("text", "iss-iga", "--format", "pdf", "--out", "iga.pdf")

    assert code == 0
    assert output == f"iga.pdf: {Path('iga.pdf').stat().st_size} bytes\n"
    digest = load("iss-iga").digest
    assert all(digest in page.extract_text().replace("\n", "") for page in pypdf.PdfReader("iga.pdf").pages)
    assert told("text", "iss-iga", "--format", "pdf", "--out", "b.pdf")["digest"] == digest
    assert Path("b.pdf").read_bytes() == Path("iga.pdf").read_bytes()
    assert not list(Path().glob(".*.part"))


def test_two_versions_are_compared_with_what_it_means(files: dict[str, Path], tmp_path: Path) -> None:
    written(
        tmp_path,
        second=changed(
            MEMORANDUM,
            ("kind: memorandum", "kind: memorandum\n  version: 2"),
            ("notice: 6 months", "notice: 9 months"),
            ("share: 15%", "share: 20%"),
        ),
    )

    code, output = run("compare", "probe.yaml", "second.yaml")

    assert code == 0
    assert "[-6-]{+9+} months" in output
    assert "15 %" in output and "20 %" in output
    found = told("compare", "probe.yaml", "second.yaml")
    assert {c["clause"] for c in found["changes"]} == {"roles", "leaving"}
    assert run("compare", "probe.yaml", "probe.yaml")[1] == "The two say the same.\n"


def test_obligations_come_as_a_table_as_json_and_as_a_calendar(files: dict[str, Path]) -> None:
    code, output = run("obligations", "probe.yaml")
    assert code == 0
    assert "2032-05-31" in output and "Camera delivered" in output

    assert [o["party"] for o in told("obligations", "probe.yaml", "--party", "nasa")] == ["nasa"] * 4

    assert run("obligations", "probe.yaml", "--ics", "--out", "owed.ics")[0] == 0
    events = icalendar.Calendar.from_ical(Path("owed.ics").read_bytes()).walk("VEVENT")
    assert len(events) == 4


def test_a_withdrawal_tells_all_that_it_takes_along(files: dict[str, Path]) -> None:
    code, output = run("withdrawal", "frame.yaml", "esa", "--notice", "2031-02-01", "--with", "probe.yaml")

    assert code == 0
    assert "ESA gives notice on 2031-02-01 and is out on 2032-02-01." in output
    assert "probe-mou ends" in output
    assert "probe/camera: no one left to provide it" in output
    assert "frame: cross-waiver" in output
    found = told("withdrawal", "frame.yaml", "esa", "--notice", "2031-02-01", "--with", "probe.yaml")
    assert (found["ends"], found["remaining"]) == ("2032-02-01", ["nasa", "jaxa"])


def test_terms_are_a_block_for_the_rules_of_a_programme(files: dict[str, Path]) -> None:
    block = yaml.safe_load(run("terms", "probe.yaml")[1])

    assert block["agreements"]["probe-mou"]["in_force_from"] == "2030-03"
    assert (
        told("terms", "gateway-japan", "--from", "2021-01-12")["agreements"]["gateway-japan"]["in_force_from"]
        == "2021-01"
    )


def test_the_published_schema_is_printed() -> None:
    code, output = run("schema")

    assert code == 0
    assert json.loads(output)["title"] == "An agreement between partners"


ROOT = Path(__file__).resolve().parents[2]


def test_the_schema_in_the_tree_is_the_one_that_is_printed() -> None:
    published = (ROOT / "schemas" / "agreement.schema.json").read_text(encoding="utf-8")

    assert run("schema")[1] == published


def test_the_page_of_the_format_names_each_kind_of_clause_and_what_each_agreement_needs() -> None:
    page = (ROOT / "docs" / "reference" / "agreements.md").read_text(encoding="utf-8")

    for kind in (*NEEDED, *(k for needed in NEEDED.values() for k in needed)):
        assert f"`{kind}`" in page
    for kind, needed in NEEDED.items():
        assert f"| `{kind}` | {', '.join(f'`{k}`' for k in needed)} |" in page
    for clause in json.loads(run("schema")[1])["$defs"].values():
        kinds = clause.get("properties", {}).get("kind", {})
        for kind in [kinds["const"]] if "const" in kinds else kinds.get("enum", []):
            assert f"`{kind}`" in page, kind


def test_the_example_of_the_page_has_no_problem_but_what_it_leaves_out(files: dict[str, Path]) -> None:
    page = (ROOT / "docs" / "reference" / "agreements.md").read_text(encoding="utf-8")
    files["probe"].write_text(page.split("```yaml\n")[1].split("```")[0])

    code, output = run("check", "frame.yaml", "probe.yaml")

    assert code == 2
    assert output.count("probe.yaml:") == 2  # clauses are missing, and the frame's cross-waiver does not flow down
    assert "needs clauses on contributions" in output
