"""A programme that is written reads back the same, and is never written by halves."""

from __future__ import annotations

import os
import tempfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.model import Money, load
from comity.model.base import FrozenDict
from comity.model.writing import write

ROOT = Path(__file__).parents[2]
EXAMPLE = load(ROOT / "src" / "comity" / "cli" / "example_programme")
BUNDLED = sorted(p.name for p in (ROOT / "programmes").iterdir() if any(p.rglob("*.yaml")))


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_programme_written_reads_back_the_same(name: str, tmp_path: Path) -> None:
    programme = load(ROOT / "programmes" / name)
    write(programme, tmp_path / "again")
    again = load(tmp_path / "again")
    assert again == programme
    assert again.digest == programme.digest
    assert list(again.missions) == list(programme.missions)


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=40)
WORDS = st.sampled_from(
    [
        "NO",
        "on",
        "null",
        "~",
        "1e3",
        "0x1F",
        "2031-02",
        "- a",
        "a: b",
        "#x",
        " x ",
        "'",
        '"',
        "1.50",
        "true",
        "!x",
        "*a",
    ]
)


@settings(max_examples=40, deadline=None)
@given(
    text=TEXTS | WORDS,
    amount=st.decimals(0, 10**10, places=2),
    share=st.decimals(0, 1, places=6),
    years=st.lists(st.sampled_from(["1 MEUR@2025", "2.5 MEUR@2025"]), min_size=10, max_size=10),
)
def test_whatever_its_texts_and_figures_a_programme_reads_back_the_same(
    text: str, amount: Decimal, share: Decimal, years: list[str]
) -> None:
    budget = FrozenDict({2030 + n: Money.parse(money) for n, money in enumerate(years)})
    aurora = EXAMPLE.partners["aurora"].model_copy(update={"name": text, "budget": budget, "carry_over": share})
    chamber = EXAMPLE.facilities["test-chamber"].model_copy(update={"price": Money(amount, "EUR", 2025), "name": text})
    changed = EXAMPLE.model_copy(
        update={
            "partners": FrozenDict({**EXAMPLE.partners, "aurora": aurora}),
            "facilities": FrozenDict({**EXAMPLE.facilities, "test-chamber": chamber}),
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        write(changed, Path(folder) / "p")
        assert load(Path(folder) / "p") == changed


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write(EXAMPLE, tmp_path / "p")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(FileExistsError):
        write(EXAMPLE, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
