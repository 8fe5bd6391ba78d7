"""Decisions of bodies on the record: proposed, commented, amended, voted, closed with a result that explains itself.

A decision *is* what changes what it is about: the proposal holds the change itself (`about`: a kind of entry and its
body), and when the decision passes and is in effect, that change is applied in the name of the body. Nobody else's change
of the same thing counts where a mandate (`comity.governance.mandates`) asks for a decision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from comity.governance import mandates
from comity.record import BODY, Entry, Guard, Kind, Refused, State, field, moment, only, timestamp

SECTION = "decisions"
#: What a ballot may say.
VOTES = ("yes", "no", "abstain")
OPEN, PASSED, REJECTED, WITHDRAWN, ENACTED = "open", "passed", "rejected", "withdrawn", "enacted"

#: Counts a vote: the body as on the record, the kind of decision, the ballots by member, when it was opened, and now.
#: Whether it passed, and why.
Count = Callable[[Mapping[str, Any], str, Mapping[str, str], datetime, datetime], tuple[bool, str]]


class Chamber:
    """The kinds of entries by which bodies decide.

    `count` counts votes; `kinds` are those that a decision may be about, where they are decidable; `guards` are asked of
    what a decision does, too.
    """

    def __init__(self, count: Count, kinds: Iterable[Kind], guards: Sequence[Guard] = ()) -> None:
        self._count, self._guards = count, guards
        self._decidable = {k.name: k for k in kinds if k.decidable}

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return (
            Kind("decision.propose", self.propose, "puts a change, or a resolution, before a body"),
            Kind("decision.comment", comment, "says something about a proposal"),
            Kind("decision.amend", self.amend, "changes a proposal; votes on its earlier version are void"),
            Kind("decision.vote", vote, "a member's yes, no or abstention, with a statement if it likes"),
            Kind("decision.withdraw", withdraw, "takes a proposal back before it is decided"),
            Kind("decision.close", self.close, "counts the votes; what passed and is in effect is applied"),
            Kind("decision.enact", self.enact, "applies a decision that takes effect later than it was taken"),
        )

    # --- before the vote ---------------------------------------------------------------------------------------------------

    def propose(self, state: State, entry: Entry) -> None:
        """`decision.propose`: by a member of the body, or a party that the change is of."""
        only(entry, "decision", "body", "kind", "title", "text", "about", "closes", "effective")
        name = field(entry, "decision", str)
        if state.get(SECTION, name) is not None:
            raise Refused(f"there is a decision {name!r} already; choose another name")
        body = _body(state, field(entry, "body", str))
        kind = field(entry, "kind", str)
        if kind not in body["decisions"]:
            raise Refused(
                f"{entry.body['body']} takes no decision of kind {kind!r}; it takes {', '.join(body['decisions'])}"
            )
        value = {
            "body": entry.body["body"],
            "kind": kind,
            "title": field(entry, "title", str),
            "text": field(entry, "text", str, default=""),
            "about": field(entry, "about", dict, default=None),
            "closes": _time(entry, "closes", field(entry, "closes", str)),
            "effective": _time(entry, "effective", None),
            "by": entry.author,
            "opened": entry.time,
            "version": 1,
            "status": OPEN,
            "ballots": {},
            "comments": [],
            "entry": entry.id,
        }
        if moment(value["closes"]) <= entry.at:
            raise Refused(f"the vote would close at {value['closes']}, before it opens at {entry.time}")
        self._may_be_about(state, value)
        state.put(SECTION, name, value)

    def amend(self, state: State, entry: Entry) -> None:
        """`decision.amend`: by the proposer, while it is open; the ballots so far are void."""
        only(entry, "decision", "about", "text", "title", "closes")
        value = _open(state, entry)
        if entry.author != value["by"]:
            raise Refused(f"{value['by']} proposed it and may amend it; others comment, or propose another")
        changed = {k: entry.body[k] for k in ("about", "text", "title") if k in entry.body}
        closes = _time(entry, "closes", value["closes"])
        if moment(closes) <= entry.at:
            raise Refused(f"the vote would close at {closes}, which is past")
        new = {
            **value,
            **changed,
            "closes": closes,
            "version": value["version"] + 1,
            "opened": entry.time,
            "ballots": {},
        }
        self._may_be_about(state, new)
        state.put(SECTION, entry.body["decision"], new)

    def _may_be_about(self, state: State, value: Mapping[str, Any]) -> None:
        about = value["about"]
        if about is None:
            return
        if not isinstance(about, dict) or set(about) != {"kind", "body"} or not isinstance(about["body"], dict):
            raise Refused("what a decision is about is a map of kind and body, as of the entry that it stands for")
        if about["kind"] not in self._decidable:
            raise Refused(
                f"a decision cannot be about {about['kind']!r}; it can be about {', '.join(sorted(self._decidable))}"
            )
        for name, mandate in mandates.mandates(state, about["kind"], about["body"]).items():
            if (mandate["body"], mandate["decision"]) != (value["body"], value["kind"]):
                raise Refused(
                    f"the mandate {name!r} asks for a decision of {mandate['body']} (kind {mandate['decision']}), "
                    f"not of {value['body']} (kind {value['kind']})"
                )

    # --- after the vote ------------------------------------------------------------------------------------------------------

    def close(self, state: State, entry: Entry) -> None:
        """`decision.close`: by any party, once the time is up or all members have voted."""
        only(entry, "decision")
        name, value = field(entry, "decision", str), _open(state, entry)
        body = _body(state, value["body"])
        missing = sorted(set(body["members"]) - set(value["ballots"]))
        if missing and entry.at < moment(value["closes"]):
            raise Refused(f"the vote is open until {value['closes']}, and {', '.join(missing)} did not vote yet")
        votes = {member: ballot["vote"] for member, ballot in value["ballots"].items()}
        passed, explanation = self._count(body, value["kind"], votes, moment(value["opened"]), entry.at)
        closed = {**value, "status": PASSED if passed else REJECTED, "explanation": explanation, "closed": entry.time}
        state.put(SECTION, name, closed)
        if not passed or (value["effective"] is not None and moment(value["effective"]) > entry.at):
            return
        before = state.savepoint()
        try:
            self._enact(state, entry, name, closed)
        except Refused as error:  # the vote stands; decision.enact tries again when the obstacle is gone
            state.roll_back(before)
            state.put(SECTION, name, {**closed, "obstacle": str(error)})

    def enact(self, state: State, entry: Entry) -> None:
        """`decision.enact`: by any party, when a decision that passed has come into effect."""
        only(entry, "decision")
        name = field(entry, "decision", str)
        value = state.get(SECTION, name)
        if value is None or value["status"] != PASSED:
            raise Refused(f"{name!r} is {'no decision' if value is None else value['status']}; what passed is enacted")
        if value["effective"] is not None and entry.at < moment(value["effective"]):
            raise Refused(f"{name!r} takes effect at {value['effective']}")
        self._enact(state, entry, name, value)

    def _enact(self, state: State, entry: Entry, name: str, value: Mapping[str, Any]) -> None:
        """Applies what was decided. Refused when it cannot be done as things stand."""
        if value["about"] is not None:
            self._may_be_about(state, value)
            act = replace(entry, kind=value["about"]["kind"], body=value["about"]["body"], author=BODY + value["body"])
            for guard in self._guards:
                guard(state, act)
            self._decidable[act.kind].apply(state, act)
        state.put(SECTION, name, {**value, "status": ENACTED, "enacted": entry.time})


def comment(state: State, entry: Entry) -> None:
    """`decision.comment`: by any party, before and after the vote (a minority's statement)."""
    only(entry, "decision", "text")
    name, text = field(entry, "decision", str), field(entry, "text", str)
    value = state.get(SECTION, name)
    if value is None:
        raise Refused(f"there is no decision {name!r}")
    said = {"by": entry.author, "time": entry.time, "text": text}
    state.put(SECTION, name, {**value, "comments": [*value["comments"], said]})


def vote(state: State, entry: Entry) -> None:
    """`decision.vote`: by a member of the body, on the version that it has read; the last one before closing counts."""
    only(entry, "decision", "version", "vote", "statement")
    value = _open(state, entry)
    cast, version = field(entry, "vote", str), field(entry, "version", int)
    statement = field(entry, "statement", str, default="")
    members = _body(state, value["body"])["members"]
    if entry.author not in members:
        raise Refused(f"{entry.author} is no member of {value['body']}; its members are {', '.join(members)}")
    if cast not in VOTES:
        raise Refused(f"a vote is {', '.join(VOTES)}, not {cast!r}")
    if version != value["version"]:
        raise Refused(f"the proposal is at version {value['version']}; this vote is on version {version}")
    if entry.at > moment(value["closes"]):
        raise Refused(f"the vote closed at {value['closes']}")
    ballot = {"vote": cast, "statement": statement, "time": entry.time}
    state.put(SECTION, entry.body["decision"], {**value, "ballots": {**value["ballots"], entry.author: ballot}})


def withdraw(state: State, entry: Entry) -> None:
    """`decision.withdraw`: by the proposer."""
    only(entry, "decision", "reason")
    value = _open(state, entry)
    if entry.author != value["by"]:
        raise Refused(f"{value['by']} proposed it and may withdraw it")
    state.put(SECTION, entry.body["decision"], {**value, "status": WITHDRAWN})


def _open(state: State, entry: Entry) -> Any:
    """The open decision that an entry names."""
    name = field(entry, "decision", str)
    value = state.get(SECTION, name)
    if value is None:
        raise Refused(f"there is no decision {name!r}")
    if value["status"] != OPEN:
        raise Refused(f"{name!r} is {value['status']} already")
    return value


def _body(state: State, name: str) -> Any:
    value = state.get("bodies", name)
    if value is None:
        raise Refused(f"the body {name!r} is not on the record; body.establish puts it there")
    return value["body"]


def _time(entry: Entry, name: str, otherwise: str | None) -> Any:
    """The time that a field gives."""
    value = field(entry, name, str, default=otherwise)
    try:
        return value if value is None else timestamp(moment(value))
    except ValueError as error:
        raise Refused(f"the field {name} of {entry.kind}: {error}") from None
