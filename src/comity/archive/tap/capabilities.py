"""What the service can, and its tables, for programs (VOSI 1.1, TAPRegExt 1.0, VODataService 1.2) and for people (DALI)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from comity.archive.adql import GEOMETRY, USER_DEFINED
from comity.archive.dali import attribute, content
from comity.archive.tables.obscore_table import DATA_MODEL
from comity.archive.tables.source import TableColumn, TableSource
from comity.archive.tables.tap_schema import delimited, foreign_keys, written
from comity.archive.tap import request
from comity.archive.tap.results import FORMATS
from comity.archive.tap.uploads import MOST_BYTES

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACES = (
    'xmlns:vosi="http://www.ivoa.net/xml/VOSICapabilities/v1.0" xmlns:vr="http://www.ivoa.net/xml/VOResource/v1.0" '
    'xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1" xmlns:tr="http://www.ivoa.net/xml/TAPRegExt/v1.0" '
    'xmlns:sia="http://www.ivoa.net/xml/SIA/v1.1" xmlns:cs="http://www.ivoa.net/xml/ConeSearch/v1.0" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
_FORMAT_IDS = {
    "votable": "ivo://ivoa.net/std/TAPRegExt#output-votable-binary2",
    "votable/td": "ivo://ivoa.net/std/TAPRegExt#output-votable-td",
}
_FEATURES = {
    "ivo://ivoa.net/std/TAPRegExt#features-adqlgeo": [(g, "") for g in GEOMETRY],
    "ivo://ivoa.net/std/TAPRegExt#features-udf": list(USER_DEFINED.values()),
    "ivo://ivoa.net/std/TAPRegExt#features-adql-string": [("LOWER", ""), ("UPPER", ""), ("ILIKE", "")],
    "ivo://ivoa.net/std/TAPRegExt#features-adql-sets": [("UNION", ""), ("EXCEPT", ""), ("INTERSECT", "")],
    "ivo://ivoa.net/std/TAPRegExt#features-adql-common-table": [("WITH", "")],
    "ivo://ivoa.net/std/TAPRegExt#features-adql-type": [("CAST", "")],
    "ivo://ivoa.net/std/TAPRegExt#features-adql-unit": [("IN_UNIT", "")],
    "ivo://ivoa.net/std/TAPRegExt#features-adql-offset": [("OFFSET", "")],
}


def capability(standard: str, url: str, *, use: str = "full", kind: str = "", version: str | None = None) -> str:
    """A capability with one interface."""
    extra = f" version={attribute(version)}" if version else ""
    return (
        f"  <capability standardID={attribute(standard)}{kind}>\n"
        f'    <interface xsi:type="vs:ParamHTTP" role="std"{extra}>\n'
        f'      <accessURL use="{use}">{content(url)}</accessURL>\n    </interface>\n  </capability>\n'
    )


def vosi(base: str) -> str:
    """The capabilities of VOSI below an address."""
    return "".join(
        capability(f"ivo://ivoa.net/std/VOSI#{name}", f"{base}/{name}") for name in ("capabilities", "availability")
    )


def capabilities(*parts: str) -> str:
    """A document of capabilities."""
    return f"{_HEAD}<vosi:capabilities {_SPACES}>\n{''.join(parts)}</vosi:capabilities>\n"


def tap_capabilities(base: str) -> str:
    """What TAP at an address can (TAPRegExt 1.0 §2)."""
    return capabilities(
        _tap(base), vosi(base), capability("ivo://ivoa.net/std/VOSI#tables-1.1", f"{base}/tables"),
        capability("ivo://ivoa.net/std/DALI#examples", f"{base}/examples"),
    )  # fmt: skip


def _tap(base: str) -> str:
    features = "".join(
        f"      <languageFeatures type={attribute(kind)}>\n"
        + "".join(
            f"        <feature><form>{content(form)}</form>"
            + (f"<description>{content(told)}</description>" if told else "")
            + "</feature>\n"
            for form, told in forms
        )
        + "      </languageFeatures>\n"
        for kind, forms in _FEATURES.items()
    )
    formats = "".join(
        "    <outputFormat"
        + (f" ivo-id={attribute(_FORMAT_IDS[short])}" if short in _FORMAT_IDS else "")
        + f"><mime>{content(media)}</mime>"
        + "".join(f"<alias>{content(a)}</alias>" for a in (short,))
        + "</outputFormat>\n"
        for short, (media, others) in FORMATS.items()
    )
    return f"""  <capability standardID="ivo://ivoa.net/std/TAP" xsi:type="tr:TableAccess">
    <interface xsi:type="vs:ParamHTTP" role="std" version="1.1">
      <accessURL use="base">{content(base)}</accessURL>
    </interface>
    <dataModel ivo-id="{DATA_MODEL.partition("#")[0]}#core-1.1">ObsCore-1.1</dataModel>
    <language>
      <name>ADQL</name>
      <version ivo-id="ivo://ivoa.net/std/ADQL#v2.1">2.1</version>
      <version ivo-id="ivo://ivoa.net/std/ADQL#v2.0">2.0</version>
      <description>ADQL 2.1, answered by DuckDB</description>
{features}    </language>
{formats}    <uploadMethod ivo-id="ivo://ivoa.net/std/TAPRegExt#upload-inline"/>
    <uploadMethod ivo-id="ivo://ivoa.net/std/TAPRegExt#upload-http"/>
    <uploadMethod ivo-id="ivo://ivoa.net/std/TAPRegExt#upload-https"/>
    <retentionPeriod><default>86400</default><hard>604800</hard></retentionPeriod>
    <executionDuration><default>{round(request.ASYNC_S)}</default><hard>{round(request.MOST_ASYNC_S)}</hard></executionDuration>
    <outputLimit><default unit="row">{request.DEFAULT_ROWS}</default><hard unit="row">{request.MOST_ROWS}</hard></outputLimit>
    <uploadLimit><hard unit="byte">{MOST_BYTES}</hard></uploadLimit>
  </capability>
"""


def tableset(sources: Sequence[TableSource], *, with_columns: bool = True) -> str:
    """The tables by schema (VODataService 1.2 §3.2)."""
    schemas: dict[str, list[TableSource]] = {}
    for source in sources:
        schemas.setdefault(source.schema, []).append(source)
    told = "".join(
        f"  <schema>\n    <name>{content(name)}</name>\n"
        + _described("description", members[0].schema_description, 4)
        + "".join(_table(s, with_columns, "    ", "table") for s in members)
        + "  </schema>\n"
        for name, members in schemas.items()
    )
    return f"{_HEAD}<vosi:tableset {_table_spaces()}>\n{told}</vosi:tableset>\n"


def table_document(source: TableSource) -> str:
    """One table with its columns (VOSI 1.1 §5.2)."""
    return _HEAD + _table(source, True, "", "vosi:table", f" {_table_spaces()}")


def _table_spaces() -> str:
    return (
        'xmlns:vosi="http://www.ivoa.net/xml/VOSITables/v1.0" xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    )


def _table(source: TableSource, with_columns: bool, margin: str, element: str, spaces: str = "") -> str:
    columns = "".join(_column(c, margin) for c in source.columns) if with_columns else ""
    return (
        f"{margin}<{element}{spaces}>\n{margin}  <name>{content(written(source))}</name>\n"
        + _described("description", source.description, len(margin) + 2)
        + _described("utype", source.utype or "", len(margin) + 2)
        + f"{columns}{_foreign_keys(source, margin) if with_columns else ''}{margin}</{element}>\n"
    )


def _foreign_keys(source: TableSource, margin: str) -> str:
    return "".join(
        f"{margin}  <foreignKey><targetTable>{content(target)}</targetTable><fkColumn><fromColumn>{content(here)}</fromColumn>"
        f"<targetColumn>{content(there)}</targetColumn></fkColumn></foreignKey>\n"
        for target, here, there in foreign_keys(source)
    )


def _described(element: str, text: str, margin: int) -> str:
    return f"{' ' * margin}<{element}>{content(text)}</{element}>\n" if text else ""


def _column(column: TableColumn, margin: str) -> str:
    size = f" arraysize={attribute(column.arraysize)}" if column.arraysize else ""
    extended = f" extendedType={attribute(column.xtype)}" if column.xtype else ""
    parts: Iterable[tuple[str, str | None]] = (
        ("description", column.description),
        ("unit", column.unit),
        ("ucd", column.ucd),
        ("utype", column.utype),
    )
    told = "".join(f"<{n}>{content(v)}</{n}>" for n, v in parts if v)
    flags = "".join(f"<flag>{n}</flag>" for n, v in (("indexed", column.indexed), ("principal", column.principal)) if v)
    std = ' std="true"' if column.std else ""
    return (
        f"{margin}  <column{std}><name>{content(delimited(column.name))}</name>{told}"
        f'<dataType xsi:type="vs:VOTableType"{size}{extended}>{column.datatype}</dataType>{flags}</column>\n'
    )


#: Queries that work here: identifier, what it does, and the query.
EXAMPLES = (
    ("images-around-a-place", "Images around a place",
     "Images whose field covers a position, the sharpest first.",
     "SELECT TOP 100 obs_id, target_name, s_ra, s_dec, s_resolution, access_url\nFROM ivoa.obscore\n"
     "WHERE dataproduct_type = 'image' AND 1 = CONTAINS(POINT('ICRS', 10.68, 41.27), s_region)\nORDER BY s_resolution"),
    ("what-was-seen-when", "What was seen when",
     "Observations of 2020 by instrument.",
     "SELECT facility_name, instrument_name, COUNT(*) AS n, MIN(t_min) AS first_seen, MAX(t_max) AS last_seen\n"
     "FROM ivoa.obscore\nWHERE t_min BETWEEN 58849 AND 59215\nGROUP BY facility_name, instrument_name"),
    ("tables-of-this-service", "Tables of this service",
     "All columns with a unit.",
     "SELECT table_name, column_name, unit, ucd\nFROM tap_schema.columns\nWHERE unit IS NOT NULL"),
)  # fmt: skip


def examples_document() -> str:
    """Examples for people and programs (DALI 1.1 §2.3; RDFa 1.1)."""
    told = "".join(
        f'<div id="{id}" resource="#{id}" typeof="example">\n<h2 property="name">{content(name)}</h2>\n'
        f'<p>{content(text)}</p>\n<pre property="query">{content(query)}</pre>\n</div>\n'
        for id, name, text, query in EXAMPLES
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml">\n<head><title>Examples</title></head>\n'
        f'<body vocab="http://www.ivoa.net/rdf/examples#">\n<h1>Examples</h1>\n{told}</body>\n</html>\n'
    )
