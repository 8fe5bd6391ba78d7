"""The tutorial, followed block by block as its reader would; each must do what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.pages import ROOT, Reader, agrees, blocks

TUTORIAL = ROOT / "docs" / "tutorial" / "first-roadmap.md"


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    return Reader(tmp_path_factory.mktemp("reader"))


def test_every_block_does_what_the_page_says(reader: Reader) -> None:
    followed = blocks(TUTORIAL)
    assert sum(b.expected is not None for b in followed) >= 8, "a tutorial shows what its commands print"
    for block in followed:
        printed = reader.follow(block)
        if block.expected is not None:
            place = f"{TUTORIAL.relative_to(ROOT)}:{block.line}"
            assert agrees(block.expected, printed), f"{place} shows\n{block.expected}\nbut it prints\n{printed}"


def test_its_links_lead_somewhere() -> None:
    import re

    for link in re.findall(r"\]\(([^)#:]+)\)", TUTORIAL.read_text(encoding="utf-8")):
        assert (TUTORIAL.parent / link).exists(), link


def test_a_page_that_is_wrong_is_noticed(reader: Reader, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```sh\necho two\n```\n\nprints\n\n```text\none\n```\n", encoding="utf-8")
    (block,) = blocks(page)
    assert block.expected == "one\n"
    assert not agrees(block.expected, reader.follow(block))
