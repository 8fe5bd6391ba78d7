"""A release: what a dataset held when it was published, said so that everybody can check it, and how to cite it.

Its root is one hash over all its files; on the record it proves what was published, when, and by whom.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from comity.archive.access import Everything
from comity.archive.dataset import Dataset
from comity.archive.errors import ArchiveError
from comity.archive.place import Archive
from comity.archive.register import Product

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


def release(
    archive: Archive, dataset: str, version: str, *, at: datetime | None = None, url: str | None = None
) -> Release:
    """What a dataset holds now, to be published as a version. ArchiveError when it is empty, or its objects are not whole."""
    described, _ = archive.register.dataset(dataset, Everything())
    if not version or len(version) > 64 or any(c.isspace() for c in version):
        raise ArchiveError(f"{version!r} is no version; write one such as 1.0, without blanks")
    products = list(archive.register.products(Everything(), dataset=dataset))
    if not products:
        raise ArchiveError(f"dataset {dataset} holds nothing that could be released")
    for product in products:
        if not archive.objects.is_whole(product.sha256):
            raise ArchiveError(
                f"{product.id}: its object is lost or damaged; `comity archive scrub` mends it from a peer"
            )
    prefix = archive.settings.doi_prefix
    return Release(
        described,
        version,
        (at or datetime.now(UTC)).replace(microsecond=0),
        archive.settings.publisher,
        archive.identifier(f"{dataset}#{version}"),
        root_of(_files(products)),
        tuple(sorted(_files(products))),
        doi=f"{prefix}/{dataset}.{version}" if prefix else None,
        url=url,
    )


def _files(products: Iterable[Product]) -> list[tuple[str, str, int]]:
    return [(p.name, p.sha256, p.size) for p in products]


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
