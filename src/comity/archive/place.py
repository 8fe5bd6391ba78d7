"""An archive on disk: its settings, its register, its objects, and what is made of them.

archive.yaml       who publishes, of which programme, where the objects lie
register.sqlite    datasets and products
objects/           files by their hash
series/            time series by dataset, in Parquet
catalogues/        catalogues by dataset, in the HATS layout
tables/            what queries read: ObsCore, EPN-TAP and others, made anew when the register changed
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import Field, field_validator

from comity.archive.dataset import ID
from comity.archive.errors import ArchiveError
from comity.archive.objects import Objects
from comity.archive.register import Register
from comity.archive.release import Release
from comity.model.base import FrozenMap, Value
from comity.model.value_file import read_value
from comity.model.whole_files import write_whole

SETTINGS = "archive.yaml"
#: IVOA Identifiers 2.0 §2.3.1: an authority has three characters at least.
_AUTHORITY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,}")


class Settings(Value):
    """What an archive is."""

    title: str = Field(min_length=1)
    publisher: str = Field(min_length=1, description="Who publishes, as DataCite's publisher.")
    authority: str = Field(description="IVOA authority, as in ivo://AUTHORITY/dataset.")
    programme: str | None = Field(
        default=None, description="A programme's folder or record: whose rules and partners hold."
    )
    host: str = Field(min_length=1, description="The partner that keeps the archive.")
    objects: str = Field(default="objects", description="A folder, or s3://bucket/folder.")
    metadata: str | None = Field(
        default=None,
        pattern="^postgres(ql)?://",
        description="A PostgreSQL in place of a file; its password in ~/.pgpass.",
    )
    partners: FrozenMap[str, FrozenMap[str, Any]] = Field(
        default_factory=dict, description="Who else may read: states and teams, as in the facts of `comity can`."
    )
    teams: FrozenMap[str, tuple[str, ...]] = Field(default_factory=dict, description="Teams with whom data are shared.")
    doi_prefix: str | None = Field(default=None, pattern=r"^10\.\d{4,9}$", description="For DOIs of releases.")

    @field_validator("authority")
    @classmethod
    def _authority(cls, value: str) -> str:
        if not _AUTHORITY.fullmatch(value):
            raise ValueError("has three characters at least: letters, digits, . _ -, beginning with a letter or digit")
        return value


class Archive:
    """An open archive; a context manager. ArchiveError when the folder holds none, or its settings are wrong."""

    def __init__(self, folder: Path) -> None:
        if not (folder / SETTINGS).is_file():
            raise ArchiveError(f"{folder}: is no archive ({SETTINGS} is not there); `comity archive init` makes one")
        self.folder = folder
        self.settings = read_settings(folder)
        where = self.settings.objects
        self.objects = Objects.at(where if "://" in where else str((folder / where).resolve()))
        self.register = Register(self.settings.metadata or folder / "register.sqlite")

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets the register go."""
        self.register.close()

    def identifier(self, local: str) -> str:
        """The IVOA identifier of something in the archive."""
        return f"ivo://{self.settings.authority}/{local}"

    def room(self, kind: str, dataset: str | None = None) -> Path:
        """The folder for what is made of products: `series`, `catalogues` or `tables`."""
        return self.folder / kind if dataset is None else self.folder / kind / dataset

    @contextmanager
    def publishing(self, release: Release) -> Iterator[None]:
        """Keeps a release beside the objects, and takes it back when what is done meanwhile (its entry on the record) fails.

        ArchiveError when this version is published already. Objects of a release are immutable, so that it stays readable
        whatever comes after it.
        """
        file = self._release(release.dataset.id, release.version)
        if file.exists():
            raise ArchiveError(f"{release.dataset.id}@{release.version} is published already; give it a new version")
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, release.to_json())
        try:
            yield
        except BaseException:
            file.unlink()
            raise

    def published(self, dataset: str, version: str) -> Release:
        """A release that was published. ArchiveError, with those that were, when there is none of this version."""
        file = self._release(dataset, version)
        if not file.is_file():
            known = [r.version for r in self.releases(dataset)]
            hint = f"there are {', '.join(known)}" if known else "it has none"
            raise ArchiveError(f"{dataset} has no release {version!r}; {hint}")
        return Release.from_json(file.read_text(encoding="utf-8"))

    def releases(self, dataset: str) -> list[Release]:
        """All releases of a dataset, the oldest first."""
        folder = self._release(dataset, "x").parent
        found = [Release.from_json(f.read_text(encoding="utf-8")) for f in folder.glob("*.json")]
        return sorted(found, key=lambda r: (r.at, r.version))

    def _release(self, dataset: str, version: str) -> Path:
        if not ID.fullmatch(dataset):
            raise ArchiveError(f"there is no dataset {dataset!r}")
        return self.folder / "releases" / dataset / f"{quote(version, safe='')}.json"


def read_settings(folder: Path) -> Settings:
    """The settings of the archive in a folder as they are now. ArchiveError says where they are wrong."""
    return read_value(folder / SETTINGS, Settings, error=ArchiveError)[0]


def create(folder: Path, settings: Settings) -> Archive:
    """A new archive in a folder that is empty or not there. ArchiveError when something stands there."""
    import yaml

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ArchiveError(f"{folder}: is not empty; an archive begins in a folder of its own")
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(
        folder / SETTINGS,
        yaml.safe_dump(settings.model_dump(mode="json", exclude_defaults=True), sort_keys=False, allow_unicode=True),
    )
    return Archive(folder)
