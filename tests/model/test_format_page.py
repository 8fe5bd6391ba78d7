"""The page on the format tells of every field that a programme may have, and its examples are right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from comity.model import missions, objectives, partners, profiles, programme, rules, windows
from comity.model.base import Value
from comity.model.wording import fields_of
from comity.model.yaml_tree import parse

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "programme-format.md").read_text(encoding="utf-8")
MODULES = (missions, objectives, partners, profiles, programme, rules, windows)
INSIDE = {"Coverage", "Programme", "Value", "Named", "Sourced"}
KINDS = sorted(
    {
        kind
        for module in MODULES
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Value) and kind.__name__ not in INSIDE
    },
    key=lambda kind: kind.__name__,
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_field_is_documented(kind: type[BaseModel]) -> None:
    assert [field for field in fields_of(kind) if f"| `{field}` |" not in PAGE] == []


def test_every_documented_field_exists() -> None:
    known = {field for kind in KINDS for field in fields_of(kind)}
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) - known == set()


def test_every_section_has_its_heading_and_every_example_is_yaml() -> None:
    headings = {word.strip() for line in re.findall(r"^## (.*)$", PAGE, re.MULTILINE) for word in line.split(",")}
    assert set(programme.Programme.model_fields) <= headings
    for example in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL):
        tree, errors = parse(example, "example")
        assert tree is not None
        assert errors == []
