"""DataLink 1.1: from the identifier of a product to its file and to what it was made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from comity.archive.access import Everything, Reader
from comity.archive.dali import Parameters, UsageError, attribute
from comity.archive.errors import ArchiveError
from comity.archive.manifest import address
from comity.archive.place import Archive
from comity.archive.query import Answered
from comity.archive.register import Product
from comity.archive.tables import TableColumn

STANDARD = "ivo://ivoa.net/std/DataLink#links-1.1"
MEDIA_TYPE = "application/x-votable+xml;content=datalink"
#: Identifiers of one request.
MOST_IDS = 1_000
#: DataLink 1.1 §3.2, table 1.
COLUMNS = (
    TableColumn("ID", "char", "*", None, "meta.id;meta.main"),
    TableColumn("access_url", "char", "*", None, "meta.ref.url"),
    TableColumn("service_def", "char", "*", None, "meta.ref"),
    TableColumn("error_message", "char", "*", None, "meta.code.error"),
    TableColumn("description", "char", "*", None, "meta.note"),
    TableColumn("semantics", "char", "*", None, "meta.code"),
    TableColumn("content_type", "char", "*", None, "meta.code.mime"),
    TableColumn("content_length", "long", None, "byte", "phys.size;meta.file"),
    TableColumn("content_qualifier", "char", "*", None, "meta.code"),
    TableColumn("link_auth", "char", "*", None, "meta.code"),
    TableColumn("link_authorized", "boolean", None, None, "meta.code"),
)


def links(
    archive: Archive, reader: Reader | Everything, parameters: Parameters, at: datetime, base_url: str
) -> Answered:
    """The links of each ID. What this reader may not see is not found, as what is not there. UsageError for a wrong request."""
    import pyarrow as pa

    ids = list(dict.fromkeys(parameters.all("ID")))
    if len(ids) > MOST_IDS:
        raise UsageError(f"{len(ids)} IDs; at most {MOST_IDS} are taken")
    most = parameters.whole("MAXREC")
    rows = [row for id in ids for row in _of(archive, reader, id, at, base_url)]
    kept = rows if most is None else rows[:most]
    types = {"char": pa.string(), "long": pa.int64(), "boolean": pa.bool_()}
    schema = pa.schema([(c.name, types[c.datatype]) for c in COLUMNS])
    return Answered(COLUMNS, pa.Table.from_pylist(kept, schema), len(kept) < len(rows), " ".join(ids)[:1000])


def product_of(archive: Archive, id: str) -> str:
    """The product that an IVOA identifier of this archive means, or that is called so itself."""
    from urllib.parse import unquote

    prefix = archive.identifier("")
    if not id.startswith(prefix):
        return id
    dataset, _, local = id.removeprefix(prefix).partition("?")
    return f"{dataset}/{unquote(local)}"


def _of(archive: Archive, reader: Reader | Everything, id: str, at: datetime, base_url: str) -> list[dict[str, Any]]:
    try:
        product = archive.register.product(product_of(archive, id), reader, at)
    except ArchiveError:
        return [
            {
                "ID": id,
                "semantics": "#this",
                "error_message": "NotFoundFault: there is no such product",
                "link_auth": "optional",
            }
        ]
    found = [_link(id, product, "#this", product.note or "The file", base_url)]
    for parent in _parents(archive, reader, product, at):
        found.append(_link(id, parent, "#progenitor", f"What it was made of: {parent.name}", base_url))
    return found


def _parents(archive: Archive, reader: Reader | Everything, product: Product, at: datetime) -> Sequence[Product]:
    """Those entities that it was made of which are products here: by id, or by name in the same dataset."""
    found = []
    for named in product.described.provenance.parents:
        for id in dict.fromkeys((product_of(archive, named), f"{product.dataset}/{named}")):
            try:
                found.append(archive.register.product(id, reader, at))
                break
            except ArchiveError:
                continue
    return found


def _link(id: str, product: Product, semantics: str, description: str, base_url: str) -> dict[str, Any]:
    return {
        "ID": id,
        "access_url": address(base_url, product.id),
        "description": description,
        "semantics": semantics,
        "content_type": product.described.media_type,
        "content_length": product.size,
        "content_qualifier": product.described.obscore.get("dataproduct_type"),
        "link_auth": "false" if product.access.access == "open" else "optional",
        "link_authorized": True,
    }


def descriptor(base_url: str, column: str = "obs_publisher_did") -> str:
    """The service descriptor (§4) by which a program comes from a row of an answer to the links of its product."""
    return (
        '<RESOURCE type="meta" utype="adhoc:service" name="links">\n'
        f'  <PARAM name="standardID" datatype="char" arraysize="*" value="{STANDARD}"/>\n'
        f'  <PARAM name="accessURL" datatype="char" arraysize="*" value={attribute(f"{base_url}/datalink/links")}/>\n'
        f'  <PARAM name="contentType" datatype="char" arraysize="*" value="{MEDIA_TYPE}"/>\n'
        '  <GROUP name="inputParams">\n'
        f'   <PARAM name="ID" datatype="char" arraysize="*" value="" ref={attribute(column)}/>\n'
        "  </GROUP>\n </RESOURCE>\n"
    )
