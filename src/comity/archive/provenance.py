"""Where a product comes from, as W3C PROV: the file, the observation that made it, the software, its parents, who keeps it.

Source: W3C Recommendation PROV-DM (30 April 2013); written as PROV-JSON or PROV-N by the library `prov`.
"""

from __future__ import annotations

from collections.abc import Sequence

from comity.archive.place import Archive
from comity.archive.register import Product

FORMATS = ("json", "provn", "jsonld")


def prov(archive: Archive, products: Sequence[Product], *, form: str = "json") -> str:
    """The provenance of products as one document. `form` is one of FORMATS."""
    from prov.model import ProvAgent, ProvDocument

    document = ProvDocument()
    base = f"ivo://{archive.settings.authority}/"
    document.set_default_namespace(base)
    document.add_namespace("comity", f"{base}terms#")
    keeper = document.agent("keeper", {"prov:type": "prov:Organization", "prov:label": archive.settings.publisher})
    agents: dict[str, ProvAgent] = {}
    for product in products:
        told = product.described.provenance
        entity = document.entity(
            product.id.replace("@", "%40"),
            {
                "prov:label": product.name,
                "comity:sha256": product.sha256,
                "comity:bytes": product.size,
                "comity:format": product.described.format,
            },
        )
        document.wasAttributedTo(entity, keeper)
        makers = [("instrument", told.instrument), ("facility", told.facility), ("origin", told.origin)]
        if any(name for _, name in makers) or told.software:
            made = document.activity(
                f"{product.id.replace('@', '%40')}/making",
                _iso(product.described.obscore.get("t_min")),
                _iso(product.described.obscore.get("t_max")),
            )
            document.wasGeneratedBy(entity, made, told.made if _is_time(told.made) else None)
            for role, name in [*makers, *(("software", s) for s in told.software)]:
                if name:
                    key = f"{role}/{name}"
                    if key not in agents:
                        kind = "prov:SoftwareAgent" if role == "software" else "comity:" + role
                        agents[key] = document.agent(_local(key), {"prov:type": kind, "prov:label": name})
                    document.wasAssociatedWith(made, agents[key])
        for parent in told.parents:
            document.wasDerivedFrom(entity, document.entity(_local(f"parent/{parent}"), {"prov:label": parent}))
        if product.version > 1:
            before = f"{product.dataset}/{product.name}" + (f"%40{product.version - 1}" if product.version > 2 else "")
            document.wasRevisionOf(entity, document.entity(before))
    return str(document.serialize(format=form))


def _local(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="/")


def _iso(mjd: object) -> str | None:
    from comity.archive.measured import mjd_to_iso

    return mjd_to_iso(float(mjd)) if isinstance(mjd, (int, float)) else None


def _is_time(text: str | None) -> bool:
    from datetime import datetime

    try:
        return text is not None and bool(datetime.fromisoformat(text))
    except ValueError:
        return False
