"""Decisions of bodies on the record: proposed, commented, amended, voted, closed with a result that explains itself.

A decision *is* what changes what it is about: the proposal holds the change itself (`about`: a kind of entry and its
body). Where that can be done in the body's name, it is applied when the decision passes and is in effect; where a party
must do it itself (sign an agreement, admit a newcomer who signs too), the decision is what entitles it to. Nobody else's
change of the same thing counts where a mandate (`comity.governance.mandates`) asks for a decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from comity.governance import mandates
from comity.governance.bodies import Body
from comity.governance.seats import body_on, suspended
from comity.governance.voting import Choice, Result, VotingError, count
from comity.governance.voting_rules import Member, measures
from comity.model.problems import nearest
from comity.record import BODY, Entry, Guard, Kind, Refused, State, field, moment, only, timestamp

SECTION = mandates.DECISIONS
#: What a ballot may say.
VOTES = ("yes", "no", "abstain")
OPEN, PASSED, REJECTED, WITHDRAWN, ENACTED = "open", "passed", "rejected", "withdrawn", "enacted"


def counted(state: State, decision: Mapping[str, Any], at: datetime) -> Result:
    """How the votes on a decision stand at a moment, and why. VotingError when they cannot be counted."""
    body = body_on(state, decision["body"])
    asked = _asked(body, decision)
    out = suspended(state, at)
    # Who has no seat any more, or is suspended, has no vote any more.
    voting = {m.id for m in asked} - out
    votes: dict[str, Choice] = {m: b["vote"] for m, b in decision["ballots"].items() if m in voting}
    return count(
        body.power(decision["kind"]).rule,
        tuple(m for m in asked if m.id not in out),
        votes,
        arrears=[m for m in state.get("arrears", decision["body"]) or () if m in body.names and m not in out],
        chair=body.chair if body.chair in body.names and body.chair not in out else None,
        opened=moment(decision["opened"]),
        at=at,
    )


class Chamber:
    """The kinds of entries by which bodies decide.

    `kinds` are all others, of which the decidable are applied in a body's name; `guards` are asked of what a decision
    does, too.
    """

    def __init__(self, kinds: Iterable[Kind], guards: Sequence[Guard] = ()) -> None:
        charter = Kind(
            "charter.set", self.set_charter, "which changes need whose decision", decidable=True, entrusted=True
        )
        self._others, self._guards = {k.name: k for k in (*kinds, charter)}, guards

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return (
            self._others["charter.set"],
            Kind("decision.propose", self.propose, "puts a change, or a resolution, before a body"),
            Kind("decision.comment", comment, "says something about a proposal"),
            Kind("decision.amend", self.amend, "changes a proposal; votes on its earlier version are void"),
            Kind("decision.vote", vote, "a member's yes, no or abstention, with a statement if it likes"),
            Kind("decision.withdraw", withdraw, "takes a proposal back before it is decided"),
            Kind("decision.close", self.close, "counts the votes; what passed and is in effect is applied"),
            Kind("decision.enact", self.enact, "applies a decision that takes effect later than it was taken"),
        )

    def set_charter(self, state: State, entry: Entry) -> None:
        """`charter.set`: which changes, of kinds that there are, need whose decision."""
        mandates.set_charter(state, entry, {*self._others, *(k.name for k in self.kinds)})

    # --- before the vote ---------------------------------------------------------------------------------------------------

    def propose(self, state: State, entry: Entry) -> None:
        """`decision.propose`: by a member of the body, or a party that the change is of."""
        only(entry, "decision", "body", "kind", "title", "text", "about", "closes", "effective", "participants")
        name = field(entry, "decision", str)
        if state.get(SECTION, name) is not None:
            raise Refused(f"there is a decision {name!r} already; choose another name")
        body = body_on(state, field(entry, "body", str))
        kind = field(entry, "kind", str)
        participants = field(entry, "participants", list, default=[])
        if not all(isinstance(one, str) for one in participants):
            raise Refused("participants are partners' ids")
        _can_decide(body, kind, participants)
        value = {
            "body": entry.body["body"],
            "kind": kind,
            "title": field(entry, "title", str),
            "text": field(entry, "text", str, default=""),
            "about": field(entry, "about", dict, default=None),
            "closes": _time(entry, "closes", field(entry, "closes", str)),
            "effective": _time(entry, "effective", None),
            "participants": participants,
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
        forms = {"about": dict, "text": str, "title": str}
        changed = {name: field(entry, name, form) for name, form in forms.items() if name in entry.body}
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
        if not isinstance(about["kind"], str) or about["kind"] not in self._others:
            hint = nearest(str(about["kind"]), self._others) or "`comity record kinds` lists them"
            raise Refused(f"a decision is about a kind of entry, and {about['kind']!r} is none; {hint}")
        given = mandates.mandates(state, about["kind"], about["body"])
        if not given and self._others[about["kind"]].entrusted:
            # Otherwise any body, down to a committee of one, could suspend partners, or change bodies and their powers.
            raise Refused(
                f"no mandate of the charter entrusts a body with {about['kind']}; charter.set gives one, or all parties "
                "sign it together"
            )
        for name, mandate in given.items():
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
        asked = _asked(body_on(state, value["body"]), value)
        missing = [m.id for m in asked if m.id not in value["ballots"] and m.id not in suspended(state, entry.at)]
        if missing and entry.at < moment(value["closes"]):
            raise Refused(f"the vote is open until {value['closes']}, and {', '.join(missing)} did not vote yet")
        try:
            result = counted(state, value, entry.at)
        except VotingError as error:
            raise Refused(f"the vote on {name!r} cannot be counted: {error}") from None
        if result.outcome == "open":
            raise Refused(f"the period of silence runs until {result.ends and timestamp(result.ends)}")
        status = PASSED if result.passed else REJECTED
        closed = {**value, "status": status, "explanation": result.reason, "closed": entry.time}
        state.put(SECTION, name, closed)
        later = value["effective"] is not None and moment(value["effective"]) > entry.at
        if not result.passed or later or self._entitles(value):
            return
        before = state.savepoint()
        try:
            self._enact(state, entry, name, closed)
        except Refused as error:  # the vote stands; decision.enact tries again when the obstacle is gone
            state.roll_back(before)
            state.put(SECTION, name, {**closed, "obstacle": str(error)})

    def _entitles(self, value: Mapping[str, Any]) -> bool:
        """Is it about what a party must do itself?"""
        return value["about"] is not None and not self._others[value["about"]["kind"]].decidable

    def enact(self, state: State, entry: Entry) -> None:
        """`decision.enact`: by any party, when a decision that passed has come into effect."""
        only(entry, "decision")
        name = field(entry, "decision", str)
        value = state.get(SECTION, name)
        if value is None or value["status"] != PASSED:
            raise Refused(f"{name!r} is {'no decision' if value is None else value['status']}; what passed is enacted")
        if self._entitles(value):
            raise Refused(f"{name!r} entitles to {value['about']['kind']}, which a party does itself")
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
            self._others[act.kind].apply(state, act)
        state.put(SECTION, name, {**value, "status": ENACTED, "enacted": entry.time})


def comment(state: State, entry: Entry) -> None:
    """`decision.comment`: by any party, before and after the vote (a minority's statement)."""
    only(entry, "decision", "text")
    name, text = field(entry, "decision", str), field(entry, "text", str)
    value = state.get(SECTION, name)
    if value is None:
        raise Refused(
            f"there is no decision {name!r}; {nearest(name, state.section(SECTION)) or 'decision.propose makes one'}"
        )
    said = {"by": entry.author, "time": entry.time, "text": text}
    state.put(SECTION, name, {**value, "comments": [*value["comments"], said]})


def vote(state: State, entry: Entry) -> None:
    """`decision.vote`: by a member of the body, on the version that it has read; the last one before closing counts."""
    only(entry, "decision", "version", "vote", "statement")
    value = _open(state, entry)
    cast, version = field(entry, "vote", str), field(entry, "version", int)
    statement = field(entry, "statement", str, default="")
    members = [m.id for m in _asked(body_on(state, value["body"]), value)]
    if entry.author not in members:
        raise Refused(f"{entry.author} has no vote on this in {value['body']}; those who have are {', '.join(members)}")
    if entry.author in suspended(state, entry.at):
        raise Refused(f"{entry.author} is suspended, and has no vote meanwhile")
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
        raise Refused(
            f"there is no decision {name!r}; {nearest(name, state.section(SECTION)) or 'decision.propose makes one'}"
        )
    if value["status"] != OPEN:
        raise Refused(f"{name!r} is {value['status']} already")
    return value


def _asked(body: Body, decision: Mapping[str, Any]) -> tuple[Member, ...]:
    """Who has a vote on a decision. Refused when the body, as it is by now, does not take it any more."""
    try:
        return body.electorate(decision["kind"], decision["participants"])
    except KeyError as error:
        raise Refused(str(error.args[0])) from None


def _can_decide(body: Body, kind: str, participants: Sequence[Any]) -> None:
    """Refused when the body takes no such decision, or its members lack a weight that the rule needs."""
    try:
        asked = body.electorate(kind, participants)
    except KeyError as error:
        raise Refused(str(error.args[0])) from None
    if body.power(kind).electorate == "participants" and not participants:
        raise Refused(f"a decision of kind {kind!r} is of those who take part; name them as participants")
    for measure in measures(body.power(kind).rule):
        lacking = [m.id for m in asked if measure not in m.weights]
        if lacking:
            raise Refused(f"{', '.join(lacking)} of {body.id} lack a weight by {measure!r}, which the rule weighs by")


def _time(entry: Entry, name: str, otherwise: str | None) -> Any:
    """The time that a field gives."""
    value = field(entry, name, str, default=otherwise)
    try:
        return value if value is None else timestamp(moment(value))
    except ValueError as error:
        raise Refused(f"the field {name} of {entry.kind}: {error}") from None
