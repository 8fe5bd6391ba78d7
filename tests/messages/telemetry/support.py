"""Definitions and packets that tests write, and what the library alone makes of packets."""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

from space_packet_parser.generators.ccsds import CCSDSPacketBytes, create_ccsds_packet
from space_packet_parser.xtce.definitions import XtcePacketDefinition

from comity.messages.telemetry.definition import Definition, parsed

SAMPLES = Path(__file__).parent / "samples"
JPSS = SAMPLES / "jpss1_geolocation_xtce_v1.xml"
JPSS_PACKETS = SAMPLES / "jpss1_geolocation.dat"
SUDA = SAMPLES / "suda_combined_science_definition.xml"
SUDA_PACKETS = SAMPLES / "suda_2022_130.spl"

HEADER = {"VERSION": 3, "TYPE": 1, "SEC_HDR_FLG": 1, "PKT_APID": 11, "SEQ_FLGS": 2, "SRC_SEQ_CTR": 14, "PKT_LEN": 16}


def xtce(types: str = "", parameters: str = "", containers: str = "", *, entries: str = "") -> str:
    """A definition with the primary header in container `CCSDS`, and one packet `P` of APID 5 with `entries`."""
    header_types = "".join(
        f'<IntegerParameterType name="{n}_T"><IntegerDataEncoding sizeInBits="{b}"/></IntegerParameterType>'
        for n, b in HEADER.items()
    )
    header = "".join(f'<Parameter name="{n}" parameterTypeRef="{n}_T"/>' for n in HEADER)
    refs = "".join(f'<ParameterRefEntry parameterRef="{n}"/>' for n in HEADER)
    packet = f'<SequenceContainer name="P"><EntryList>{entries}</EntryList>{base(5)}</SequenceContainer>'
    return (
        '<?xml version="1.0"?><SpaceSystem name="TEST" xmlns="http://www.omg.org/spec/XTCE/20180204"><TelemetryMetaData>'
        f"<ParameterTypeSet>{header_types}{types}</ParameterTypeSet><ParameterSet>{header}{parameters}</ParameterSet>"
        f'<ContainerSet><SequenceContainer name="CCSDS" abstract="true"><EntryList>{refs}</EntryList></SequenceContainer>'
        f"{packet if entries else ''}{containers}</ContainerSet></TelemetryMetaData></SpaceSystem>"
    )


def base(apid: int) -> str:
    return (
        '<BaseContainer containerRef="CCSDS"><RestrictionCriteria>'
        f'<Comparison parameterRef="PKT_APID" value="{apid}"/></RestrictionCriteria></BaseContainer>'
    )


def one(encoding: str, kind: str = "IntegerParameterType", inner: str = "") -> str:
    """A definition of packets with one parameter X of this encoding."""
    return xtce(
        f'<{kind} name="X_T">{encoding}{inner}</{kind}>',
        '<Parameter name="X" parameterTypeRef="X_T"/>',
        entries='<ParameterRefEntry parameterRef="X"/>',
    )


def read(text: str, **asked: Any) -> Definition:
    return parsed(text.encode(), "test.xml", **asked)


def packet(content: bytes, apid: int = 5, count: int = 0) -> bytes:
    return bytes(create_ccsds_packet(content, apid=apid, sequence_count=count % 16384))


def alone(text: bytes, packets: list[bytes], root: str = "CCSDS") -> list[dict[str, Any] | None]:
    """What the library alone gives for each packet; None where it raises, or neither begins nor ends as defined."""
    library = XtcePacketDefinition.from_xtce(BytesIO(text), root_container_name=root)
    found: list[dict[str, Any] | None] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for content in packets:
            try:
                values = library.parse_bytes(CCSDSPacketBytes(content), root_container_name=root)
            except Exception:
                found.append(None)
            else:
                found.append(values if values._parsing_pos == 8 * len(content) else None)
    return found


def same(mine: Any, theirs: Any) -> bool:
    """Equal, or both not a number."""
    mine = mine.item() if hasattr(mine, "item") else mine
    return bool(mine == theirs or (mine != mine and theirs != theirs))
