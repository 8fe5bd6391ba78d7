"""Open science data: files taken in and described by the standards, found, read and cited, each by whoever may.

`create` and `Archive` are the archive itself, `ingest` takes files in; a `Reader` is whoever asks, and sees nothing that
the rules do not let them see.
"""

from comity.archive.access import PUBLIC, Access, Everything, Reader, milliseconds
from comity.archive.dataset import Creator, Dataset, read_dataset
from comity.archive.described import Column, Described, Parameter, Provenance, Series
from comity.archive.errors import ArchiveError, UnreadableFile
from comity.archive.ingest import Ingested, ingest, scrubbed
from comity.archive.isolation import Limits
from comity.archive.kinds import KINDS
from comity.archive.place import Archive, Settings, create
from comity.archive.publishing import release
from comity.archive.register import Product
from comity.archive.release import Release, citation, datacite, root_of

__all__ = [
    "KINDS",
    "PUBLIC",
    "Access",
    "Archive",
    "ArchiveError",
    "Column",
    "Creator",
    "Dataset",
    "Described",
    "Everything",
    "Ingested",
    "Limits",
    "Parameter",
    "Product",
    "Provenance",
    "Reader",
    "Release",
    "Series",
    "Settings",
    "UnreadableFile",
    "citation",
    "create",
    "datacite",
    "ingest",
    "milliseconds",
    "read_dataset",
    "release",
    "root_of",
    "scrubbed",
]
