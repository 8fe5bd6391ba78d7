"""The page on interfaces tells of every rule, every kind of port and every parameter, and of none that is not there."""

from __future__ import annotations

import re
from pathlib import Path

from comity.model.ports import TERMS
from comity.standards import DEMANDS, VERDICTS, rule_book

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "interfaces.md").read_text(encoding="utf-8")


def test_the_page_has_every_parameter_with_its_unit_and_rule() -> None:
    rows = re.findall(r"^\| (\w+) \| `(\w+)` \| ([^|]+) \| `([\w-]+)`", PAGE, re.MULTILINE)
    assert set(rows) == {
        (kind, name, term.unit or "words", rule_book().kinds[kind].parameters[name].rule)
        for kind, terms in TERMS.items()
        for name, term in terms.items()
    }


def test_the_page_has_every_rule_and_every_verdict() -> None:
    assert re.findall(r"^\| `([\w-]+)` \| ", PAGE, re.MULTILINE) == [*VERDICTS, *DEMANDS]


def test_the_page_has_every_rule_by_which_a_definition_is_refused() -> None:
    source = Path(__file__).parents[2] / "src" / "comity"
    files = (
        "model/ports.py",
        "model/port_words.py",
        "model/checking/meetings.py",
        "standards/case.py",
        "standards/interfaces.py",
        "standards/register.py",
    )
    named = {
        rule
        for file in files
        for rule in re.findall(r" \[([a-z]+)\][\";]", (source / file).read_text(encoding="utf-8"))
    }
    assert named == set(re.findall(r"^\| \[([a-z]+)\] \|", PAGE, re.MULTILINE))
