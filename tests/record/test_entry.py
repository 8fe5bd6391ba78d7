import hashlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.record.canonical import parse
from comity.record.entry import PREFIX, Entry, sign, statement
from comity.record.errors import BadEntry, RecordError
from comity.record.keys import SigningKey, is_signed
from tests.record.makers import START, key


def entry(**changes):
    given = {"record": "ab" * 32, "kind": "agreement.sign", "author": "esa", "time": START, "after": ["cd" * 32],
             "body": {"digest": "ef" * 32, "words": "naïve ’"}}  # fmt: skip
    return sign(statement(**{**given, **changes}), [key("a"), key("b")])


def test_an_entry_reads_back_from_its_bytes():
    written = entry()
    read = Entry.from_bytes(written.to_bytes())
    assert read == written and read.id == written.id
    read.verify()


def test_its_name_is_the_digest_of_what_was_signed_whoever_signed():
    assert entry().id == hashlib.sha256(PREFIX + entry().statement).hexdigest()
    alone = sign(entry().statement, [key("c")])
    assert alone.id == entry().id
    assert alone.signed_by(key("a")).keys == tuple(sorted([key("a").id, key("c").id]))


def test_a_signature_of_rfc_8032():
    # RFC 8032 §7.1, test 2
    private = SigningKey.from_seed(bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
    signature = private.sign(bytes.fromhex("72"))
    assert signature.hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert is_signed(b"\x72", signature, private.public) and not is_signed(b"\x73", signature, private.public)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_byte_can_be_changed_without_notice(data):
    original = entry().to_bytes()
    place = data.draw(st.integers(0, len(original) - 1))
    changed = bytearray(original)
    changed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BadEntry):
        Entry.from_bytes(bytes(changed)).verify()


@pytest.mark.parametrize(
    "change, said",
    [
        ({"kind": "Sign"}, "kind"),
        ({"author": "../esa"}, "author"),
        ({"record": "x"}, "record"),
        ({"time": "2026-02-30T00:00:00Z"}, "time"),
        ({"time": "2026-01-01 00:00"}, "time"),
        ({"after": ["nothing"]}, "after"),
        ({"body": {"x": 1.5}}, "1.5"),
        ({"body": {"x": "y" * 5 * 2**20}}, "at most"),
    ],
)
def test_a_field_of_the_wrong_form_is_named(change, said):
    with pytest.raises(BadEntry, match=said):
        entry(**change)


def test_a_signature_by_another_key_than_it_names_is_refused():
    good = entry()
    forged = replace(good, signatures=(replace(good.signatures[0], public=key("z").public),))
    with pytest.raises(BadEntry, match="public key"):
        Entry.from_bytes(forged.to_bytes())


def test_bytes_that_are_no_entry_are_refused():
    for data in (b"", b"{}", b'{"signatures":[],"statement":{}}', b"[]", b"null"):
        with pytest.raises(BadEntry):
            Entry.from_bytes(data)


def test_a_key_file_is_its_owners_alone_and_never_overwritten(tmp_path):
    path = tmp_path / "director.pem"
    key("a").write(path, passphrase="hera")
    assert path.stat().st_mode & 0o777 == 0o600
    assert SigningKey.read(path, passphrase="hera").id == key("a").id
    with pytest.raises(FileExistsError):
        key("b").write(path)
    for wrong in (None, "zeus"):
        with pytest.raises(RecordError, match="passphrase"):
            SigningKey.read(path, passphrase=wrong)
    with pytest.raises(RecordError, match="No such file"):
        SigningKey.read(tmp_path / "none.pem")
    assert parse(entry().statement)["author"] == "esa" and "PRIVATE" not in repr(key("a"))
