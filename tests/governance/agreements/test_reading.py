import json

import jsonschema
import pytest
import yaml

from comity.governance.agreements import AgreementError, agreement_schema, load, shipped
from comity.governance.agreements.document import Agreement
from tests.governance.agreements.documents import FRAME, MEMORANDUM, agreement, changed, reading


def test_a_document_reads_back_from_both_of_its_forms() -> None:
    value = agreement()

    assert Agreement.model_validate(value.to_dict()) == value
    assert Agreement.from_record(json.loads(json.dumps(value.to_record()))) == value


def test_the_digest_is_of_the_meaning_and_of_the_order_of_clauses() -> None:
    value = agreement()

    assert value.digest == agreement("# a comment\n" + MEMORANDUM).digest
    assert value.digest == agreement(changed(MEMORANDUM, ("share: 15%", "share: 0.150"))).digest
    assert value.digest != agreement(changed(MEMORANDUM, ("share: 15%", "share: 16%"))).digest
    reports = MEMORANDUM[MEMORANDUM.index("  reports:") : MEMORANDUM.index("  cross-waiver:")]
    moved = agreement(MEMORANDUM.replace(reports, "") + reports)
    assert moved.clauses == value.clauses
    assert moved.digest != value.digest


def test_all_problems_come_at_once_with_their_places() -> None:
    text = changed(
        MEMORANDUM,
        ("kind: memorandum\n", "kind: memorandom\n"),
        ("role: launch", "role: lanch"),
        ("due: 2032-05-31", "due: 31 May 2032"),
        ("notice: 6 months", "notice: soon"),
        ("value: 10 MEUR@2030, ", "valeu: 10 MEUR@2030, "),
    )

    found = [str(p) for p in reading(text).problems]

    assert reading(text).agreement is None
    for needle, part in (
        ("memorandom", "'memorandom' is none of"),
        ("lanch", "'lanch' is none of"),
        ("valeu", "unknown field 'valeu'; did you mean 'value'?"),
        ("31 May 2032", "'31 May 2032' is not a day; write it as YYYY-MM-DD"),
        ("soon", "'soon' is not a period"),
    ):
        line = text[: text.index(needle)].count("\n") + 1
        assert any(p.startswith(f"probe.yaml:{line}:") and part in p for p in found), (line, part, found)


def test_names_that_the_document_does_not_have_are_told_with_the_nearest() -> None:
    text = changed(
        MEMORANDUM,
        ("{party: nasa, element: probe/bus", "{party: nsaa, element: probe/bus"),
        ("survives: [cross-waiver]", "survives: [cros-waiver]"),
        ("text: Tell each other.", "text: 'Tell each other [reprots].'\n    source: 'paper, page 1'"),
    )

    found = [str(p) for p in reading(text).problems]

    assert any("probe.yaml:18:19: 'nsaa' is no party to 'probe-mou'; did you mean 'nasa'?" in p for p in found)
    assert any("lets 'cros-waiver' survive; did you mean 'cross-waiver'?" in p for p in found)
    assert any("refers to [reprots]; did you mean 'reports'?" in p for p in found)
    assert any("cites the source 'paper'; list it under sources:" in p for p in found)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "holds no agreement"),
        ("- a list", "holds no agreement"),
        ("agreement: {id: a", "not YAML"),
        ("agreement: 5\nparties: {}\nclauses: {}", "agreement: 5 is not a mapping of fields"),
        (changed(FRAME, ("  jaxa: {name: JAXA, states: [JP]}", "  all: {name: All}")), "that word means every party"),
        (changed(FRAME, ("nasa: {name: NASA,", "nasa: {name: NASA, id: nasa,")), "`id` is the key"),
    ],
)
def test_what_is_no_agreement_says_why(text: str, part: str) -> None:
    found = reading(text)

    assert found.agreement is None
    assert any(part in str(p) for p in found.problems), found.problems


def test_loading_a_name_that_is_near_one_says_so() -> None:
    with pytest.raises(FileNotFoundError, match="did you mean 'iss-iga'"):
        load("iss-iag")


def test_loading_a_broken_file_raises_all_problems(tmp_path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(changed(MEMORANDUM, ("role: launch", "role: lanch"), ("notice: 6 months", "notice: soon")))
    with pytest.raises(AgreementError) as error:
        load(file)
    assert len(error.value.problems) == 2


@pytest.mark.parametrize("name", list(shipped()))
def test_the_schema_accepts_what_the_model_accepts(name: str) -> None:
    plain = yaml.load(shipped()[name].read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    schema = agreement_schema()
    jsonschema.Draft202012Validator.check_schema(schema)

    jsonschema.validate(_typed(plain), schema)


def _typed(value):
    """BaseLoader's texts with the numbers and truths of YAML's core schema."""
    from comity.model.yaml_tree import scalar

    if isinstance(value, dict):
        return {k: _typed(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_typed(v) for v in value]
    plain = scalar(value)
    return plain if isinstance(plain, (bool, int)) else value


def test_the_schema_rejects_what_the_model_rejects() -> None:
    plain = agreement().to_dict()
    plain["clauses"]["leaving"]["terms"]["notice"] = "soon"

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain, agreement_schema())
