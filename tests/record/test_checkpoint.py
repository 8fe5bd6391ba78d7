"""Signed notes, checkpoints and cosignatures against published ones, made by others' programs."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.record.checkpoint import (
    COSIGNATURE,
    LARGEST,
    BadNote,
    Checkpoint,
    NoteSignature,
    Quorum,
    SignedNote,
    VerifierKey,
    cosign,
    sign,
    verified,
)
from comity.record.keys import SigningKey

# sumdb/note/note_test.go of golang.org/x/mod (commit 02c991387e35f9e4c0a9b7ce137717055f8d716d; read on 2026-11-24).
PETER_SECRET = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ENOCH_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)

# The example key and signature of c2sp.org/signed-note.
C2SP_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
C2SP_NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)

# A checkpoint of a public Certificate Transparency log, cosigned by public witnesses, as the tests of tlog-scales hold it.
PUBLIC = """\
arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
"""  # noqa: E501
PUBLIC_LOG = "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
PUBLIC_WITNESS = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"

# The example of c2sp.org/tlog-checkpoint and c2sp.org/tlog-cosignature (whose witness line holds the time 1679315147).
EXAMPLE = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""

LOG_KEY = SigningKey.from_seed(bytes(32))
WITNESS_KEYS = [SigningKey.from_seed(bytes([n]) * 32) for n in (1, 2, 3)]
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def key_of(text: str) -> VerifierKey:
    return VerifierKey.from_text(text)


def test_signing_gives_the_published_note() -> None:
    seed = base64.b64decode(PETER_SECRET)[1:]
    line = sign(TEXT, "PeterNeumann", SigningKey.from_seed(seed))
    assert str(SignedNote(TEXT, (line,))) == f"{TEXT}\n{PETER_LINE}"
    assert str(VerifierKey.of("PeterNeumann", SigningKey.from_seed(seed))) == PETER


@pytest.mark.parametrize("text", [PETER, ENOCH, C2SP_KEY, PUBLIC_LOG, PUBLIC_WITNESS])
def test_published_keys_are_read_and_written_alike(text: str) -> None:
    assert str(key_of(text)) == text


def test_published_signatures_hold_and_unknown_ones_are_ignored() -> None:
    note = SignedNote.parse(f"{TEXT}\n{PETER_LINE}{ENOCH_LINE}")
    assert list(note.signers([key_of(PETER)])) == [key_of(PETER)]
    assert list(note.signers([key_of(PETER), key_of(ENOCH)])) == [key_of(PETER), key_of(ENOCH)]
    assert note.signers([key_of(C2SP_KEY)]) == {}
    assert list(SignedNote.parse(C2SP_NOTE).signers([key_of(C2SP_KEY)])) == [key_of(C2SP_KEY)]


def test_a_public_checkpoint_with_its_witness_holds() -> None:
    note = SignedNote.parse(PUBLIC.encode())
    log, witness = key_of(PUBLIC_LOG), key_of(PUBLIC_WITNESS)
    checkpoint = verified(note, [log])
    assert (checkpoint.origin, checkpoint.size) == ("arche2025h1.staging.ct.transparency.dev", 1_432_088_532)
    cosigned = note.signers([witness])[witness]
    assert cosigned.time(witness) == datetime(2026, 5, 23, 21, 50, 24, tzinfo=UTC)
    assert Quorum(1, (witness,)).missing(note) == 0
    assert str(note) == PUBLIC
    for key in (log, witness):
        with pytest.raises(BadNote, match="does not hold"):
            SignedNote.parse(PUBLIC.replace("1432088532", "1432088533")).signers([key])


def test_the_example_of_the_specification_is_read() -> None:
    note = SignedNote.parse(EXAMPLE)
    checkpoint = Checkpoint.from_text(note.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert checkpoint.text == note.text
    assert int.from_bytes(note.signatures[1].signature[:8]) == 1_679_315_147
    assert str(note) == EXAMPLE


def test_a_changed_key_is_refused_however_it_is_changed() -> None:
    for start in range(len(PETER)):
        for stop in range(start + 1, len(PETER) + 1):
            if stop - start < len(PETER):
                with pytest.raises(BadNote):
                    key_of(PETER[start:stop])
    for i in range(len(PETER)):
        with pytest.raises(BadNote):
            key_of(PETER[:i] + chr(ord(PETER[i]) + 1) + PETER[i + 1 :])
    for wrong in (  # of note_test.go: a key of the wrong length, and of an unknown type, each with the right id
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ):
        with pytest.raises(BadNote):
            key_of(wrong)


@pytest.mark.parametrize(
    "note",
    [
        TEXT,
        f"{TEXT}\n",
        f"{TEXT}\n{PETER_LINE[:-1]}",
        f"\x01{TEXT}\n{PETER_LINE}",
        f"{TEXT}\r\n{PETER_LINE}",
        b"\xff" + f"{TEXT}\n{PETER_LINE}".encode(),
        f"{TEXT}\n{PETER_LINE.replace('PeterNeumann', 'Bad Name')}",
        f"{TEXT}\n{PETER_LINE.replace('PeterNeumann', 'Bad+Name')}",
        f"{TEXT}\n{PETER_LINE}Unexpected line.\n",
        f"{TEXT}\n{PETER_LINE * 65}",
        f"{TEXT}\n— PeterNeumann x08g\n",
        f"{TEXT}\n— PeterNeumann x08go/ZJ*\n",
        f"{TEXT}\n— PeterNeumann\n",
        "x" * LARGEST + f"\n\n{PETER_LINE}",
        f"\ud800\n\n{PETER_LINE}",
    ],
)
def test_what_is_no_note_is_refused(note: str | bytes) -> None:
    with pytest.raises(BadNote):
        SignedNote.parse(note)


@pytest.mark.parametrize(
    "text",
    ["", "origin\n", "origin\n1\n", "origin\n01\nROOT\n", "origin\n-1\nROOT\n", "origin\n1 \nROOT\n", "\n1\nROOT\n",
     "origin\n1\nROOT", "origin\n1\nROOT\n\n", "origin\n1\nROOT\nmore\n\nmore\n", "origin\n1\nAAAA\n", "origin\n1\nROOt\n",
     "origin\n9223372036854775808\nROOT\n", "origin\n١\nROOT\n"],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    root = base64.b64encode(bytes(32)).decode()
    assert Checkpoint.from_text(f"origin\n1\n{root}\n").size == 1
    with pytest.raises(BadNote):
        Checkpoint.from_text(text.replace("ROOT", root).replace("ROOt", root[:-2] + "B="))


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1),
    st.integers(0, 2**63 - 1),
    st.binary(min_size=32, max_size=32),
    st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), max_size=3),
)
def test_a_checkpoint_is_read_as_it_was_written(origin: str, size: int, root: bytes, extensions: list[str]) -> None:
    checkpoint = Checkpoint(origin, size, root, tuple(extensions))
    note = SignedNote.parse(str(checkpoint.signed("log", LOG_KEY)))
    assert verified(note, [VerifierKey.of("log", LOG_KEY)]) == checkpoint


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    for read in (SignedNote.parse, Checkpoint.from_text, VerifierKey.from_text, NoteSignature.from_line):
        try:
            read(text)
        except BadNote:
            continue


def test_a_quorum_counts_distinct_witnesses_whose_cosignatures_hold() -> None:
    keys = tuple(VerifierKey.of(f"w{n}", key, COSIGNATURE) for n, key in enumerate(WITNESS_KEYS))
    note = Checkpoint("log", 5, bytes(32)).signed("log", LOG_KEY)
    quorum = Quorum(2, keys)
    assert quorum.missing(note) == 2
    note = note.with_signatures([cosign(note.text, "w0", WITNESS_KEYS[0], at=AT)])
    note = note.with_signatures([cosign(note.text, "w0", WITNESS_KEYS[0], at=AT.replace(hour=13))])
    assert len(note.signatures) == 2
    assert quorum.missing(note) == 1
    note = note.with_signatures([cosign(note.text, "w2", WITNESS_KEYS[2], at=AT)])
    assert quorum.missing(SignedNote.parse(str(note))) == 0
    assert note.signers(keys)[keys[0]].time(keys[0]) == AT.replace(hour=13)
    forged = note.with_signatures([NoteSignature("w1", keys[1].id, bytes(72))])
    with pytest.raises(BadNote, match="w1"):
        quorum.missing(forged)


def test_a_cosignature_is_no_signature_of_the_log_and_the_reverse() -> None:
    key = WITNESS_KEYS[0]
    note = Checkpoint("log", 5, bytes(32)).signed("w", key)
    cosigned = cosign(note.text, "w", key, at=AT)
    plain, witness = VerifierKey.of("w", key), VerifierKey.of("w", key, COSIGNATURE)
    assert plain.id != witness.id
    assert not cosigned.holds(plain, note.text)
    assert not note.signatures[0].holds(witness, note.text)
    assert note.with_signatures([cosigned]).signers([plain, witness]).keys() == {plain, witness}


def test_impossible_quorums_are_refused() -> None:
    key = VerifierKey.of("w", WITNESS_KEYS[0], COSIGNATURE)
    for needed, witnesses in (
        (2, (key,)),
        (-1, (key,)),
        (1, (key, VerifierKey.of("again", WITNESS_KEYS[0], COSIGNATURE))),
        (1, (VerifierKey.of("w", WITNESS_KEYS[0]),)),
    ):
        with pytest.raises(BadNote):
            Quorum(needed, witnesses)
