"""Entries of the record about rules: a set of rules adopted as text, and licences granted and revoked.

What was adopted stands with its digest, so that an answer can say by which version of the rules it was made.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime

from pydantic import ValidationError

from comity.policy.errors import PolicyError
from comity.policy.language import Policies
from comity.policy.licences import Licence
from comity.policy.recording import ADOPTED, PARTIES_RECORD, SECTION, SUSPENDED_RECORD
from comity.record import Entry, Kind, Refused, State, by_all_or_decided, field, only

_LICENCES = "licences"


def _adopt(state: State, entry: Entry) -> None:
    """`{name, text, replaces?}`: the set of rules of this name is this text from now on; an empty text ends it.

    Rules bind everybody: a body decides them, or all parties sign.
    """
    only(entry, "name", "text", "replaces")
    by_all_or_decided(state, entry)
    name, text = field(entry, "name", str), field(entry, "text", str)
    before = state.get(SECTION, name)
    if field(entry, "replaces", str, default=None) != (before["digest"] if before else None):
        now = f"version {before['digest']}" if before else "no version"
        raise Refused(
            f"of the rules {name!r} {now} is adopted; say replaces: with that digest, or leave it out for none"
        )
    if not text:
        if before is None:
            raise Refused(f"there are no rules {name!r} to end")
        state.remove(SECTION, name)
        return
    others = {key: value["text"] for key, value in sorted(state.section(SECTION).items()) if key != name}
    try:
        together = Policies.parse({**others, name: text})
    except PolicyError as error:
        raise Refused(f"the rules {name!r} cannot be adopted:\n{error}") from None
    for reserved in (PARTIES_RECORD, SUSPENDED_RECORD):
        if reserved in together.by_id:
            raise Refused(
                f"the rules {name!r} cannot be adopted: {reserved!r} is a rule that comity makes; choose another @id"
            )
    digest = hashlib.sha256(text.encode()).hexdigest()
    state.put(SECTION, name, {"text": text, "digest": digest, "by": entry.author, "entry": entry.id})


def _licence(state: State, entry: Entry) -> None:
    """`{act: grant, licence: {...}}` or `{act: revoke, id, from, reason}`; a licence expires by its own dates."""
    act = entry.body.get("act")
    if act == "grant":
        _grant(state, entry)
    elif act == "revoke":
        _revoke(state, entry)
    else:
        raise Refused(f"the act of policy.licence is grant or revoke, not {act!r}")


def _grant(state: State, entry: Entry) -> None:
    only(entry, "act", "licence")
    try:
        licence = Licence.model_validate(field(entry, "licence", dict))
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'licence'}: {e['msg']}" for e in error.errors())
        raise Refused(f"this is no licence: {said}") from None
    if state.get(_LICENCES, licence.id) is not None:
        raise Refused(f"a licence {licence.id!r} was granted already; a new one needs another id")
    if entry.author not in licence.givers:
        givers = ", ".join(licence.givers)
        raise Refused(f"{entry.author} is no giver of licence {licence.id!r}; it is put on record by one of {givers}")
    plain = licence.model_dump(mode="json")
    state.put(_LICENCES, licence.id, {"licence": plain, "revoked_from": None, "reason": None, "entry": entry.id})


def _revoke(state: State, entry: Entry) -> None:
    only(entry, "act", "id", "from", "reason")
    name, start, reason = (field(entry, part, str) for part in ("id", "from", "reason"))
    before = state.get(_LICENCES, name)
    if before is None:
        raise Refused(f"there is no licence {name!r} to revoke")
    if before["revoked_from"] is not None:
        raise Refused(f"licence {name!r} is revoked already, from {before['revoked_from']} on")
    if entry.author not in before["licence"]["givers"]:
        raise Refused(f"{entry.author} is no giver of licence {name!r}; one of its givers puts its end on record")
    try:
        day = date.fromisoformat(start).isoformat()
    except ValueError:
        raise Refused(f"{start!r} is not a day such as 2027-03-01") from None
    state.put(_LICENCES, name, {**before, "revoked_from": day, "reason": reason})


def policies_in_force(state: State) -> Policies:
    """The rules that are adopted on the record, all sets together; cited as of the file `adopted/NAME`, with its digest."""
    return Policies.parse({f"{ADOPTED}{name}": value["text"] for name, value in sorted(state.section(SECTION).items())})


def licences_in_force(state: State, at: datetime) -> tuple[Licence, ...]:
    """The licences on the record that are valid at a time: begun, not expired, not revoked."""
    day = at.astimezone(UTC).date()
    found = []
    for _, value in sorted(state.section(_LICENCES).items()):
        licence = Licence.model_validate(value["licence"])
        revoked = value["revoked_from"] is not None and date.fromisoformat(value["revoked_from"]) <= day
        if licence.valid_from <= day <= licence.valid_until and not revoked:
            found.append(licence)
    return tuple(found)


KINDS: tuple[Kind, ...] = (
    Kind(
        "policy.adopt", _adopt, "adopts a set of rules as text, its version by digest", decidable=True, entrusted=True
    ),
    Kind("policy.licence", _licence, "puts a licence, or its revocation, on record"),
)
