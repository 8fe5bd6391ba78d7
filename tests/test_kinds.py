"""The reference names every kind of entry that there is, and no other."""

import re
from pathlib import Path

from comity.kinds import KINDS
from comity.record import keyring

PAGE = (Path(__file__).parents[1] / "docs" / "reference" / "record.md").read_text(encoding="utf-8")


def test_every_kind_is_described_and_every_kind_described_exists():
    kinds = {k.name for k in (*keyring.KINDS, *KINDS)}
    rows = " ".join(line.partition("|")[2].partition("|")[0] for line in PAGE.splitlines() if line.startswith("| `"))
    chapters = PAGE.split("## ")
    prose = "".join(c for c in chapters if c.startswith(("The programme", "Agreements, policy")))
    named = set(re.findall(r"`([a-z]+\.[a-z_]+)`", rows + prose)) - {"hera.record"}  # a file
    assert named == kinds


def test_no_two_engines_name_a_kind_alike():
    names = [k.name for k in (*keyring.KINDS, *KINDS)]
    assert len(set(names)) == len(names)
    assert all(k.about for k in (*keyring.KINDS, *KINDS))
