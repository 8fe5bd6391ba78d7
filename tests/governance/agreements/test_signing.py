import io
import subprocess
import sys

import pypdf
import pytest

from comity.governance.agreements import signing
from comity.governance.agreements.document import Agreement
from comity.governance.agreements.reading import load, shipped
from tests.governance.agreements.documents import MEMORANDUM, agreement, changed

#: Text that each form's markup would trip over.
HOSTILE = changed(
    MEMORANDUM,
    ("text: Each its part.", "text: 'A *b* _c_ <script>alert(1)</script> #let x = 1; $y$ \"q\" & @page \\ end.'"),
    ("title: Who does what", "title: 'Who does <what> & #why'"),
)


def hostile() -> Agreement:
    return agreement(HOSTILE)


def pages(data: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]


def test_each_page_s_foot_bears_the_digest() -> None:
    value = load("iss-iga")

    found = pages(signing.pdf(value))

    assert len(found) > 2
    for number, page in enumerate(found, start=1):
        assert value.digest in page.replace("\n", "")
        assert f"{number} / {len(found)}" in page or f"{number}/{len(found)}" in page.replace(" ", "")


def test_every_form_has_all_clauses_and_a_block_for_each_signature() -> None:
    value = agreement()
    told = " ".join(" ".join(pages(signing.pdf(value))).split())

    for text in (told, signing.markdown(value), signing.html(value)):
        for clause in value.clauses.values():
            assert clause.title in text
        for party in value.parties.values():
            assert f"For {party.name}:" in text
        assert "A party may withdraw with a notice of 6 months." in text
        assert value.digest in text.replace("\n", "")


def test_the_same_document_gives_the_same_bytes_in_another_process() -> None:
    script = (
        "import sys, hashlib; from comity.governance.agreements import signing, load;"
        "v = load('ska-convention');"
        "print(*(hashlib.sha256(x).hexdigest() for x in"
        " (signing.pdf(v), signing.html(v).encode(), signing.markdown(v).encode())))"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "TZ": zone, "PATH": "/usr/bin"},
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }

    assert len(runs) == 1


def test_markup_in_an_agreement_is_text_in_every_form() -> None:
    value = hostile()
    page, text = signing.html(value), signing.markdown(value)

    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert r"\*b\* \_c\_ \<script\>" in text
    assert "#let x = 1; $y$" in " ".join(" ".join(pages(signing.pdf(value))).split())


def test_a_letter_that_few_fonts_have_is_printed() -> None:
    value = load("gateway-esa")

    assert "Jan Wörner" in " ".join(pages(signing.pdf(value)))


@pytest.mark.parametrize("name", list(shipped()))
def test_every_shipped_agreement_says_that_its_words_are_ours_and_counts_what_is_left_out(name: str) -> None:
    value = load(name)

    text = signing.markdown(value)

    assert "short paraphrases in our words" in text
    assert f"No source was found for {len(value.agreement.left_out)}:" in text
