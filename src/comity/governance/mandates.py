"""Which changes need whose decision: the charter of a programme, kept on its record, and asked before every entry counts.

A mandate says: what kind of entry, about what, needs a decision of which body, taken as which kind of decision. An entry
that a mandate covers counts only as the enactment of such a decision, on every node alike. The charter covers itself as
soon as one of its mandates says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from comity.governance.seats import body_on
from comity.model.problems import nearest
from comity.record import Entry, Guard, Refused, State, by_all_or_decided, deciding_body, field, moment, only
from comity.record.programme import CHANGE, touched

SECTION, DECISIONS = "mandates", "decisions"


def set_charter(state: State, entry: Entry, kinds: Collection[str]) -> None:
    """`charter.set`: mandates by name, `{kind, about, body, decision}`; null takes one away.

    By a decision, or signed by all parties.
    """
    only(entry, "mandates")
    by_all_or_decided(state, entry)
    for name, mandate in sorted(field(entry, "mandates", dict).items()):
        if mandate is None:
            state.remove(SECTION, name)
            continue
        wrong = not isinstance(mandate, dict) or set(mandate) != {"kind", "about", "body", "decision"}
        if wrong or not all(isinstance(v, str) and v for v in mandate.values()):
            raise Refused(f"the mandate {name!r} is a map of kind, about, body and decision, all of them text")
        if mandate["kind"] not in kinds:
            hint = nearest(mandate["kind"], kinds) or "`comity record kinds` lists them"
            raise Refused(f"the mandate {name!r} is about {mandate['kind']!r}, which is no kind of entry; {hint}")
        try:
            body_on(state, mandate["body"]).power(mandate["decision"])
        except KeyError as error:
            raise Refused(f"the mandate {name!r}: {error.args[0]}") from None
        state.put(SECTION, name, mandate)


def subjects(state: State, kind: str, body: Mapping[str, Any]) -> tuple[str, ...]:
    """What an entry is about, for a mandate to name: fields of the programme, or all identifiers that its body names."""
    if kind == CHANGE:
        return touched(state, body)
    named = [body[name] for name in _NAMES if isinstance(body.get(name), str)]
    if kind == "agreement.propose" and isinstance(document := body.get("document"), dict):
        heading = document.get("agreement")
        named += [heading["id"]] if isinstance(heading, dict) and isinstance(heading.get("id"), str) else []
    return tuple(named) or ("",)


#: The fields of entries that name something.
_NAMES = ("agreement", "decision", "dispute", "partner", "body", "ledger", "name", "id")


def concerns(pattern: str, subject: str) -> bool:
    """Is a subject within a pattern, step by step? `*` stands for any one step.

    >>> concerns("partners/*/budget", "partners/esa/budget"), concerns("partners", "partners/esa/budget")
    (True, True)
    >>> concerns("partners/*/+", "partners/esa/budget"), concerns("*", "iss-iga")
    (False, True)
    """
    wanted, steps = pattern.split("/"), subject.split("/")
    return len(wanted) <= len(steps) and all(w in ("*", s) for w, s in zip(wanted, steps, strict=False))


def mandates(state: State, kind: str, body: Mapping[str, Any]) -> dict[str, Mapping[str, str]]:
    """The mandates, by name, that cover what an entry of this kind and body would do."""
    about = subjects(state, kind, body) if state.section(SECTION) else ()
    return {
        name: mandate
        for name, mandate in sorted(state.section(SECTION).items())
        if mandate["kind"] == kind and any(concerns(mandate["about"], subject) for subject in about)
    }


def entitled(state: State, entry: Entry, mandate: Mapping[str, str]) -> bool:
    """Did the body that a mandate names decide, with effect by now, on just this entry?"""
    for value in state.section(DECISIONS).values():
        if value["status"] == "passed" and (value["body"], value["kind"]) == (mandate["body"], mandate["decision"]):
            about, since = value["about"], value["effective"] or value["closed"]
            if about == {"kind": entry.kind, "body": entry.body} and moment(since) <= entry.at:
                return True
    return False


def bar(state: State, entry: Entry) -> None:
    """Refused when a mandate covers the entry, and no decision entitles its author to it."""
    if deciding_body(entry) is not None:
        return
    for name, mandate in mandates(state, entry.kind, entry.body).items():
        if not entitled(state, entry, mandate):
            raise Refused(
                f"the mandate {name!r} asks for a decision of {mandate['body']} (kind {mandate['decision']}); propose it "
                f"with decision.propose, about {entry.kind}"
            )


def cited(state: State, entry: Entry) -> None:
    """Refused when an entry names a decision as its ground that is none, did not pass, or is about something else."""
    name = entry.body.get("decision")
    if entry.kind.startswith("decision.") or not isinstance(name, str) or deciding_body(entry) is not None:
        return
    value = state.get(DECISIONS, name)
    if value is None or value["status"] not in ("passed", "enacted"):
        raise Refused(
            f"the decision {name!r} that it names is {'not on the record' if value is None else value['status']}"
        )
    rest = {k: v for k, v in entry.body.items() if k != "decision"}
    about = value["about"] or {}
    if (about.get("kind"), {k: v for k, v in about.get("body", {}).items() if k != "decision"}) != (entry.kind, rest):
        raise Refused(f"the decision {name!r} that it names is about something else")
    if moment(value["effective"] or value["closed"]) > entry.at:
        raise Refused(f"the decision {name!r} that it names takes effect at {value['effective']}")


GUARDS: tuple[Guard, ...] = (bar, cited)
