"""A release: what a dataset held when it was published, said so that everybody can check it, and how to cite it.

Its root is one hash over all its files; on the record it proves what was published, when, and by whom.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from comity.archive.dataset import Dataset

#: The kind of entry on a record.
KIND = "archive.release"
_RIGHTS = {
    "CC-BY-4.0": ("Creative Commons Attribution 4.0 International", "https://creativecommons.org/licenses/by/4.0/"),
    "CC0-1.0": ("Creative Commons Zero v1.0 Universal", "https://creativecommons.org/publicdomain/zero/1.0/"),
}


@dataclass(frozen=True, slots=True)
class Release:
    """A version of a dataset as it was published. `root` is the hash of its list of files; `files` (name, SHA-256, bytes)."""

    dataset: Dataset
    version: str
    at: datetime
    publisher: str
    identifier: str
    root: str
    files: tuple[tuple[str, str, int], ...]
    doi: str | None = None
    url: str | None = None

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(size for _, _, size in self.files)

    def to_json(self) -> str:
        """As a file keeps it."""
        plain = {
            **{n: getattr(self, n) for n in ("version", "publisher", "identifier", "root", "doi", "url")},
            "dataset": self.dataset.model_dump(mode="json", exclude_defaults=True),
            "at": self.at.isoformat(),
            "files": self.files,
        }
        return json.dumps(plain, indent=1, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The inverse of `to_json`."""
        plain = json.loads(text)
        dataset = Dataset.model_validate_json(json.dumps(plain.pop("dataset")))
        at, files = datetime.fromisoformat(plain.pop("at")), tuple(tuple(f) for f in plain.pop("files"))
        return cls(dataset=dataset, at=at, files=files, **plain)

    def body(self) -> dict[str, Any]:
        """What its entry on a record says."""
        told = {
            "dataset": self.dataset.id,
            "version": self.version,
            "title": self.dataset.title,
            "identifier": self.identifier,
            "licence": self.dataset.licence,
            "root": self.root,
            "files": len(self.files),
            "bytes": self.size,
            "citation": citation(self),
        }
        return {**told, "doi": self.doi} if self.doi else told


def root_of(files: Iterable[tuple[str, str, int]]) -> str:
    """The SHA-256 of a list of files: a line `SHA-256 bytes name` for each, in the order of the names (of their UTF-8 bytes).

    >>> root_of([("b", "00" * 32, 1), ("a", "11" * 32, 2)]) == root_of([("a", "11" * 32, 2), ("b", "00" * 32, 1)])
    True
    """
    lines = sorted((name.encode(), digest, size) for name, digest, size in files)
    return hashlib.sha256(b"".join(f"{d} {s} ".encode() + n + b"\n" for n, d, s in lines)).hexdigest()


def citation(release: Release) -> str:
    """How to cite it (DataCite Metadata Schema 4.6, §2.3: Creator (PublicationYear): Title. Version. Publisher. Identifier)."""
    creators = "; ".join(c.name for c in release.dataset.creators)
    where = f"https://doi.org/{release.doi}" if release.doi else release.identifier
    return (
        f"{creators} ({release.at.year}): {release.dataset.title}. Version {release.version}. {release.publisher}. "
        f"Dataset. {where}"
    )


def datacite(release: Release) -> dict[str, Any]:
    """The metadata of a release as DataCite's JSON has them (Metadata Schema 4.5, mandatory and recommended properties).

    Source: DataCite Metadata Working Group, DataCite Metadata Schema Documentation, version 4.5 (2024).
    """
    dataset = release.dataset
    rights, rights_url = _RIGHTS.get(dataset.licence, (dataset.licence, f"https://spdx.org/licenses/{dataset.licence}"))
    told: dict[str, Any] = {
        "schemaVersion": "http://datacite.org/schema/kernel-4",
        "types": {"resourceType": "Dataset", "resourceTypeGeneral": "Dataset"},
        "creators": [_creator(c.model_dump()) for c in dataset.creators],
        "titles": [{"title": dataset.title, "lang": "en"}],
        "publisher": {"name": release.publisher},
        "publicationYear": str(release.at.year),
        "dates": [{"date": release.at.date().isoformat(), "dateType": "Issued"}],
        "language": "en",
        "version": release.version,
        "alternateIdentifiers": [
            {"alternateIdentifier": release.identifier, "alternateIdentifierType": "IVOA identifier"}
        ],
        "sizes": [f"{release.size} bytes", f"{len(release.files)} files"],
        "rightsList": [
            {
                "rights": rights,
                "rightsUri": rights_url,
                "rightsIdentifier": dataset.licence,
                "rightsIdentifierScheme": "SPDX",
                "schemeUri": "https://spdx.org/licenses/",
            }
        ],
    }
    if release.doi:
        told["doi"] = release.doi
        told["identifiers"] = [{"identifier": f"https://doi.org/{release.doi}", "identifierType": "DOI"}]
    if release.url:
        told["url"] = release.url
    if dataset.description:
        told["descriptions"] = [{"description": dataset.description, "descriptionType": "Abstract", "lang": "en"}]
    if dataset.keywords:
        told["subjects"] = [{"subject": word} for word in dataset.keywords]
    if dataset.public_from is not None:
        told["dates"].append({"date": dataset.public_from.date().isoformat(), "dateType": "Available"})
    return told


def _creator(told: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"name": told["name"], "nameType": told["kind"]}
    if told["identifier"]:
        scheme = "ORCID" if "orcid" in told["identifier"] else "ROR"
        made["nameIdentifiers"] = [{"nameIdentifier": told["identifier"], "nameIdentifierScheme": scheme}]
    if told["affiliation"]:
        made["affiliation"] = [{"name": told["affiliation"]}]
    return made
