from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.bundled import bundled
from comity.model import ProgrammeError, read
from comity.record.errors import RecordError
from comity.record.programme import (
    CHANGE,
    KINDS,
    change_to,
    checked_texts,
    problems_after,
    programme_of,
    split,
    texts_of,
    texts_on,
    touched,
    write_folder,
)
from tests.record.makers import Scribe, officers


@pytest.fixture
def scribe():
    return Scribe({"esa": officers("esa")}, kinds=KINDS)


def import_(scribe, texts):
    return scribe.write(CHANGE, change_to(scribe.state, texts), by="esa")


@pytest.mark.parametrize("name", sorted(bundled()))
def test_a_bundled_programme_comes_back_from_the_record_byte_for_byte(scribe, name, tmp_path):
    folder = bundled()[name]
    assert import_(scribe, checked_texts(folder)) is None
    write_folder(texts_on(scribe.state), tmp_path / name)
    written = {f.relative_to(tmp_path / name): f.read_bytes() for f in (tmp_path / name).rglob("*") if f.is_file()}
    assert written == {f.relative_to(folder): f.read_bytes() for f in folder.rglob("*") if f.is_file()}
    assert programme_of(scribe.state, called=name) == read(folder).programme


def test_a_change_holds_just_the_blocks_that_changed(scribe):
    texts = texts_of(bundled()["jwst"])
    import_(scribe, texts)
    file = next(p for p, t in texts.items() if "\npartners:" in "\n" + t)
    changed = {**texts, file: texts[file].replace("name: NASA", "name: National Aeronautics and Space Administration")}
    body = change_to(scribe.state, changed)
    assert touched(scribe.state, body) == ("partners/nasa/name",)
    assert scribe.write(CHANGE, body, by="esa") is None
    assert texts_on(scribe.state) == changed
    assert change_to(scribe.state, changed) is None


def test_what_a_change_is_about_is_named_by_field(scribe):
    import_(scribe, {"m.yaml": "# ours\nmissions:\n  a: {name: A, theme: x}\n  b:\n    name: B\n"})

    def about(text):
        return touched(scribe.state, change_to(scribe.state, {"m.yaml": text}))

    assert about("# yours\nmissions:\n  a: {name: A, theme: x}\n  b:\n    name: B # note\n") == ()
    assert about("# ours\nmissions:\n  a: {name: A, theme: y}\n  b:\n    name: B\n") == ("missions/a/theme",)
    assert about("# ours\nmissions:\n  b:\n    name: B\n  c: {}\n") == (
        "missions/a/-",
        "missions/a/name",
        "missions/a/theme",
        "missions/c/+",
    )


def test_partners_change_two_missions_at_once(scribe):
    import_(scribe, {"m.yaml": "missions:\n  a:\n    name: A\n  b:\n    name: B\n"})
    start = scribe.entries[-1].id
    for name in "ab":
        body = {
            "put": {
                f"m.yaml#missions/{name}": {"text": f"  {name}:\n    name: New {name}\n", "after": "m.yaml#missions"}
            }
        }
        assert scribe.write(CHANGE, body, by="esa", after=[start]) is None
    text = texts_on(scribe.state)["m.yaml"]
    assert "New a" in text and "New b" in text


def test_what_a_change_would_break_is_known_before(scribe):
    texts = texts_of(bundled()["jwst"])
    import_(scribe, texts)
    missing = change_to(scribe.state, {p: t for p, t in texts.items() if "\npartners:" not in "\n" + t})
    assert any("partners" in str(p) for p in problems_after(scribe.state, missing, called="trial"))


@pytest.mark.parametrize(
    "body, said",
    [
        ({}, "changes nothing"),
        ({"remove": ["x.yaml#a"]}, "no block"),
        ({"put": {"../x.yaml#a": {"text": "", "after": None}}}, "block name"),
        ({"put": {"x.yaml": {"text": "", "after": None}}}, "block name"),
        ({"put": {"x.yaml#a": {"text": ""}}}, "text and after"),
        (
            {"put": {"x.yaml#a": {"text": "", "after": "x.yaml#b"}, "x.yaml#b": {"text": "", "after": "x.yaml#a"}}},
            "circle",
        ),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(scribe, body, said):
    assert said in scribe.write(CHANGE, body, by="esa")
    assert not texts_on(scribe.state)


def test_what_cannot_be_kept_is_said(tmp_path):
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff")
    with pytest.raises(RecordError, match="not UTF-8"):
        texts_of(tmp_path)
    with pytest.raises(ProgrammeError):
        checked_texts(Path(tmp_path))


lines = st.lists(
    st.sampled_from(["missions:", "  a:", "  b: {name: B}", "    name: A", "# note", "", "partners: {x: {}}", "  - y"])
)


@given(lines, st.booleans())
def test_blocks_joined_are_the_file_whatever_it_holds(lines, ended):
    text = "\n".join(lines) + ("\n" if ended else "")
    assert "".join(split("f.yaml", text).values()) == text


def test_many_blocks_in_one_entry_take_no_longer_than_their_number(scribe):
    count = 30_000
    put = {f"m.txt#m/{n}": {"text": "", "after": f"m.txt#m/{n - 1}" if n else None} for n in range(count)}
    start = perf_counter()
    assert scribe.write(CHANGE, {"put": put}, by="esa") is None
    assert perf_counter() - start < 10  # one by one through a list it would be minutes
    assert scribe.state.get("programme.files", "m.txt")["blocks"] == [f"m.txt#m/{n}" for n in range(count)]


def test_a_file_is_no_folder(scribe):
    put = {"a.yaml/b.yaml#": {"text": "", "after": None}}
    assert import_(scribe, {"a.yaml": "a: 1\n"}) is None
    assert "a.yaml cannot be a file and a folder" in scribe.write(CHANGE, {"put": put}, by="esa")
