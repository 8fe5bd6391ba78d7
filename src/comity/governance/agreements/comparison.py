"""Compares two versions of an agreement clause by clause, and says what the changes mean for whom."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from comity.governance.agreements.document import Agreement, Clause
from comity.governance.agreements.obligations import Obligation, obligations
from comity.governance.agreements.terms import Contributions, Responsibilities, percent
from comity.governance.agreements.wording import sentences

_WORDS = re.compile(r"\s+|[^\s\w]|\w+")

Mark = Literal["same", "added", "removed"]


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """How one clause changed; `words` are marked runs of its title, text and structured part."""

    clause: str
    title: str
    change: Literal["added", "removed", "changed"]
    words: tuple[tuple[Mark, str], ...]


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a change means: a share, a date, a duty or a rule that is another now; None where there was or is none."""

    what: Literal["party", "share", "value", "date", "duty", "rule"]
    whom: str
    about: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.whom}: {self.about}: new, {self.after}"
        if self.after is None:
            return f"{self.whom}: {self.about}: no longer ({self.before})"
        return f"{self.whom}: {self.about}: {self.before} -> {self.after}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that differs between two versions."""

    before: str
    after: str
    changes: tuple[ClauseChange, ...]
    consequences: tuple[Consequence, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return {
            "before": self.before,
            "after": self.after,
            "changes": [
                {
                    "clause": c.clause,
                    "title": c.title,
                    "change": c.change,
                    "words": [{"mark": m, "text": t} for m, t in c.words],
                }
                for c in self.changes
            ],
            "consequences": [
                {"what": c.what, "whom": c.whom, "about": c.about, "before": c.before, "after": c.after}
                for c in self.consequences
            ],
        }


def compare(before: Agreement, after: Agreement) -> Comparison:
    """What was added, removed and changed from one version to the next, and the consequences."""
    changes = []
    for name in dict.fromkeys((*before.clauses, *after.clauses)):
        old, new = before.clauses.get(name), after.clauses.get(name)
        if old == new:
            continue
        words = marked(_whole(before, old), _whole(after, new))
        kind: Literal["added", "removed", "changed"] = "changed"
        if old is None or new is None:
            kind = "added" if old is None else "removed"
        shown = new or old
        assert shown is not None
        changes.append(ClauseChange(name, shown.title, kind, words))
    return Comparison(before.digest, after.digest, tuple(changes), tuple(_consequences(before, after)))


def marked(before: str, after: str) -> tuple[tuple[Mark, str], ...]:
    """Two texts as runs of words that are the same, removed or added.

    >>> marked("one year of notice", "two years of notice")
    (('removed', 'one year'), ('added', 'two years'), ('same', ' of notice'))
    """
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    runs: list[tuple[Mark, str]] = []
    for code, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if code == "equal":
            runs.append(("same", "".join(old[a:b])))
            continue
        if a < b:
            runs.append(("removed", "".join(old[a:b])))
        if c < d:
            runs.append(("added", "".join(new[c:d])))
    return _joined(runs)


def _joined(runs: list[tuple[Mark, str]]) -> tuple[tuple[Mark, str], ...]:
    """A lone blank between two changes is no ground to part them: `one year` reads better than `one`, `year`."""
    out: list[list[Any]] = []
    n = 0
    while n < len(runs):
        removed, added, start = "", "", n
        while n < len(runs) and (runs[n][0] != "same" or (runs[n][1].isspace() and start < n < len(runs) - 1)):
            mark, text = runs[n]
            removed += text if mark != "added" else ""
            added += text if mark != "removed" else ""
            n += 1
        if n > start:
            out += [["removed", removed]] if removed else []
            out += [["added", added]] if added else []
            continue
        out.append([*runs[n]])
        n += 1
    return tuple((mark, text) for mark, text in out)


def _whole(agreement: Agreement, clause: Clause | None) -> str:
    if clause is None:
        return ""
    return "\n".join((clause.title, clause.text.strip(), *sentences(agreement, clause)))


# --- consequences --------------------------------------------------------------------------------------------------------


def _consequences(before: Agreement, after: Agreement) -> Iterator[Consequence]:
    for party in dict.fromkeys((*before.parties, *after.parties)):
        if (party in before.parties) != (party in after.parties):
            was, is_now = ("party", None) if party in before.parties else (None, "party")
            yield Consequence("party", party, "bound by the agreement", was, is_now)
    yield from _differing("share", _shares, before, after)
    yield from _differing("value", _values, before, after)
    yield from _obligations(before, after)
    yield from _differing("rule", _rules, before, after)


def _differing(
    what: Literal["share", "value", "rule"],
    read: Callable[[Agreement], dict[tuple[str, str], str]],
    before: Agreement,
    after: Agreement,
) -> Iterator[Consequence]:
    old, new = read(before), read(after)
    for key in dict.fromkeys((*old, *new)):
        if old.get(key) != new.get(key):
            yield Consequence(what, key[0], key[1], old.get(key), new.get(key))


def _shares(agreement: Agreement) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for _, terms in agreement.of(Responsibilities):
        found |= {(r.party, f"{r.role} of {r.element}"): percent(r.share) for r in terms.roles if r.share is not None}
    for _, given in agreement.of(Contributions):
        found |= {(c.party, c.what): percent(c.share) for c in given.contributions if c.share is not None}
    return found


def _values(agreement: Agreement) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for _, given in agreement.of(Contributions):
        found |= {(c.party, c.what): str(c.value) for c in given.contributions if c.value is not None}
    return found


def _rules(agreement: Agreement) -> dict[tuple[str, str], str]:
    """What holds for all: the sentences on entry, amendment, withdrawal, disputes, data, property, export, by clause."""
    found = {}
    for clause in agreement.clauses.values():
        if not isinstance(clause.terms, (Responsibilities, Contributions)) and clause.terms.kind != "milestones":
            plain = clause.model_copy(update={"duties": ()})
            said = " ".join(sentences(agreement, plain))
            if said:
                found["all", clause.title] = said
    return found


def _obligations(before: Agreement, after: Agreement) -> Iterator[Consequence]:
    old, new = _owed(before), _owed(after)
    for key in dict.fromkeys((*old, *new)):
        was, is_now = old.get(key), new.get(key)
        if was is None or is_now is None:
            yield Consequence("duty", key[0], key[2], _when(was), _when(is_now))
        elif was.due != is_now.due:
            yield Consequence("date", key[0], key[2], _when(was), _when(is_now))


def _owed(agreement: Agreement) -> dict[tuple[str, str, str], Obligation]:
    found: dict[tuple[str, str, str], Obligation] = {}
    for o in obligations(agreement):
        # A contribution's worth is told as a value: here it is the same duty whatever its worth.
        found.setdefault((o.party, o.kind, o.what.partition(" (")[0] if o.kind == "contribution" else o.what), o)
    return found


def _when(owed: Obligation | None) -> str | None:
    return None if owed is None else f"due {owed.due}" if owed.due else f"a {owed.kind}"
