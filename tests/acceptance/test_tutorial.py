"""The tutorials, followed block by block as its reader would; each must do what the page says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.acceptance.pages import ROOT, Reader, agrees, blocks

PAGES = sorted((ROOT / "docs" / "tutorial").glob("*.md"))


#: Programs that a page asks for, besides comity.
TOOLS = {"open-data": ("stilts", "curl")}


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_does_what_the_page_says(reader: Reader, page: Path) -> None:
    for tool in TOOLS.get(page.stem, ()):
        if shutil.which(tool) is None:
            pytest.skip(f"no {tool} on this machine")
    followed = blocks(page)
    assert sum(b.expected is not None for b in followed) >= 8, "a tutorial shows what its commands print"
    for block in followed:
        printed = reader.follow(block)
        if block.expected is not None:
            place = f"{page.relative_to(ROOT)}:{block.line}"
            assert agrees(block.expected, printed), f"{place} shows\n{block.expected}\nbut it prints\n{printed}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_its_links_lead_somewhere(page: Path) -> None:
    import re

    for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / link).exists(), link


def test_a_page_that_is_wrong_is_noticed(reader: Reader, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```sh\necho two\n```\n\nprints\n\n```text\none\n```\n", encoding="utf-8")
    (block,) = blocks(page)
    assert block.expected == "one\n"
    assert not agrees(block.expected, reader.follow(block))
