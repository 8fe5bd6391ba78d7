"""Files made to harm: entities, endless nesting, endless problems."""

from __future__ import annotations

import pytest

from comity.messages import MessageError, parse
from comity.messages.drafting import MOST_PROBLEMS
from tests.messages.support import text

LAUGHS = """<?xml version="1.0"?>
<!DOCTYPE oem [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<oem id="CCSDS_OEM_VERS" version="3.0"><header><ORIGINATOR>&c;</ORIGINATOR></header></oem>
"""
FILE = """<?xml version="1.0"?>
<!DOCTYPE oem [<!ENTITY file SYSTEM "file:///etc/passwd">]>
<oem id="CCSDS_OEM_VERS" version="3.0"><header><ORIGINATOR>&file;</ORIGINATOR></header></oem>
"""
ABROAD = '<!DOCTYPE oem SYSTEM "http://127.0.0.1:9/oem.dtd"><oem id="CCSDS_OEM_VERS" version="3.0"/>'


@pytest.mark.parametrize("content", [LAUGHS, FILE, ABROAD])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_and_entities_are_refused_at_their_line(content: str, encoding: str) -> None:
    if encoding == "utf-16":
        content = content.replace('version="1.0"?', 'version="1.0" encoding="UTF-16"?')
    with pytest.raises(MessageError, match="no document type and no entities"):
        parse(content.encode(encoding), "attack.xml")


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(MessageError, match="nested deeper"):
        parse("<oem>" * 100_000, "deep.xml")


def test_problems_without_end_are_cut() -> None:
    broken = text("oem_g11.kvn") + "NO_KEYWORD = 1\n" * 50_000
    with pytest.raises(MessageError) as caught:
        parse(broken, "broken.oem")
    assert len(caught.value.problems) <= MOST_PROBLEMS


OPM = text("opm_g2.kvn")
MANY = 60_000


@pytest.mark.parametrize(
    "content",
    [
        "\n" * 5_000_000,
        "A\n" * 2_000_000,
        "CCSDS_OEM_VERS = 3.0\n" * 100_000,
        OPM + "\n" + "".join(f"USER_DEFINED_{i} = 1\n" for i in range(MANY)),
        OPM + "\n" + OPM[OPM.rindex("MAN_EPOCH_IGNITION") :].replace("USER", "COMMENT USER") * (MANY // 10),
        OPM.replace("CREATION_DATE", "COMMENT a\n" * MANY + "CREATION_DATE", 1),
        text("oem_g11.kvn") + "1 " * 3_000_000,
        text("oem_g11.kvn") + "COVARIANCE_START\n" + "EPOCH = 2019-12-28T21:29:07.267\n" * MANY,
        text("apm_g3.kvn") + "SPIN_START\nSPIN_STOP\n" * MANY,
        "<oem>" + "<a/>\n" * 400_000,
        "<oem>" + "<a>" + "x\n" * 2_000_000,
        "<oem>" + "<a>" * 15 + " &amp;" * 500_000,
        "<oem " + " ".join(f"a{i}='1'" for i in range(MANY)) + ">",
        text("oem_g14.xml").replace("<data>", "<data>" + "<COMMENT/>\n" * MANY),
        text("ndm_g21.xml").replace("</ndm>", "<omm/>" * MANY + "</ndm>"),
        "CCSDS_TDM_VERS = 2.0\nMETA_START\nPARTICIPANT_1 = " + "A" * 3_000_000,
        text("omm_g7.kvn") + "\nUSER_DEFINED_X = " + "[" * 60_000,
    ],
    ids=range(17),
)
def test_large_files_made_to_take_long_do_not(content: str) -> None:
    """Each would take minutes, or all memory, were anything squared in its length: the suite's limit of time ends it."""
    try:
        parse(content, "large")
    except MessageError as error:
        assert len(error.problems) <= 2 * MOST_PROBLEMS + 1


def test_what_is_not_fatal_is_counted_and_does_not_stop_the_reading() -> None:
    many = "\n".join([text("glonass.kvn")] * 400)
    message = parse(many, "catalogue")
    assert len(message.messages) == 400


@pytest.mark.parametrize("value", ["1_000.0", "nan", "inf", "1e999", "0x10", "１２", "1,5", "--1", "1e", ".", ""])
def test_what_is_no_number_of_the_books_is_refused(value: str) -> None:
    with pytest.raises(MessageError):
        parse(text("omm_g7.kvn").replace("MEAN_MOTION = 1.00273272", f"MEAN_MOTION = {value}"), "m")
