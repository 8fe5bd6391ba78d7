"""A record's place in each of the stores, empty and of its own."""

from pathlib import Path

import pytest

from tests.record.postgres import Cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new record can be made: `open_log(place, create=True)`."""
    if request.param == "sqlite":
        return str(tmp_path / "record.db")
    cluster: Cluster = request.getfixturevalue("postgres")
    return cluster.new_schema()
