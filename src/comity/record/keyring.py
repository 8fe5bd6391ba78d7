"""Who may sign what: partners, the keys that speak for them, and the officers who must sign together what is grave.

A partner's first keys come with the entry that opens the record, or that admits the partner. From then on keys are
delegated, replaced and revoked by entries that its own keys sign; no key can give away a right that it does not have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from comity.model.problems import nearest
from comity.record.entry import Entry, moment
from comity.record.errors import Refused
from comity.record.keys import key_id
from comity.record.state import Kind, State

#: Kinds that no one signs alone where a partner has several officers.
ALWAYS_GRAVE = ("party.officers", "record.grave", "party.leave")

#: Begins the author of what a decision does; no party's id can.
BODY = "body:"


def covers(patterns: Iterable[str], kind: str) -> bool:
    """Is a kind (or pattern) within patterns such as `*`, `agreement.*` or `agreement.sign`?

    >>> covers(["agreement.*"], "agreement.sign"), covers(["agreement.sign"], "agreement.*")
    (True, False)
    """
    return any(p in ("*", kind) or (p.endswith(".*") and kind.startswith(p[:-1])) for p in patterns)


def is_grave(state: State, kind: Kind) -> bool:
    """Does this kind need the threshold of its author's officers?"""
    return kind.grave or _is_marked(state, kind.name)


def _is_marked(state: State, kind: str) -> bool:
    opening = state.get("record", "opening") or {}
    return kind in ALWAYS_GRAVE or covers(opening.get("grave", ()), kind)


def authorise(state: State, entry: Entry, kind: Kind) -> None:
    """Refused unless the author is a party and the keys that signed may sign this kind at its time for it."""
    party = state.get("parties", entry.author)
    if party is None:
        hint = nearest(entry.author, state.section("parties")) or "party.admit makes it one"
        raise Refused(f"{entry.author} is no party to this record; {hint}")
    if party.get("left"):
        raise Refused(f"{entry.author} left this record with entry {party['left'][:12]}")
    able, why = [], []
    for name in entry.keys:
        trouble = _unfit(state, name, entry, kind.name, party=entry.author)
        if trouble is None:
            able.append(name)
        else:
            why.append(trouble)
    if not able:
        raise Refused(f"no key of {entry.author} that may sign {kind.name} signed it: {'; '.join(why)}")
    if is_grave(state, kind):
        officers = {state.get("keys", name)["person"] for name in able if name in party["officers"]}
        if len(officers) < party["threshold"]:
            raise Refused(
                f"{kind.name} is grave: it needs {party['threshold']} of the {len(party['officers'])} officers of "
                f"{entry.author}, and {len(officers)} signed"
            )


def _unfit(state: State, name: str, entry: Entry, kind: str, *, party: str) -> str | None:
    """Why a key does not count as a party's for this entry; None when it does."""
    trouble = _stale(state, name, entry, party=party)
    if trouble is None and not covers(state.get("keys", name)["rights"], kind):
        return f"key {name} may sign {', '.join(state.get('keys', name)['rights'])}"
    return trouble


def _stale(state: State, name: str, entry: Entry, *, party: str) -> str | None:
    """Why a key is not a party's at the time of this entry, whatever it may sign."""
    key = state.get("keys", name)
    if key is None:
        return f"key {name} is not on the record"
    if key["party"] != party:
        return f"key {name} speaks for {key['party']}"
    if key.get("ended"):
        return f"key {name} was {key['ended']}"
    if key.get("until") is not None and entry.at >= moment(key["until"]):
        return f"key {name} was valid until {key['until']}"
    if entry.at < moment(key["since"]):
        return f"key {name} is valid from {key['since']}"
    return None


def deciding_body(entry: Entry) -> str | None:
    """The body in whose name an entry is applied, when it is what a decision does; None when a party says it itself."""
    return entry.author.removeprefix(BODY) if entry.author.startswith(BODY) else None


def by_all_or_decided(state: State, entry: Entry) -> None:
    """Refused unless a body decided it, or all parties of the record signed it: what is grave, with their thresholds."""
    if deciding_body(entry) is not None:
        return
    fit = [k for k in entry.keys if _unfit_for_party(state, k, entry) is None]
    missing = []
    for name, party in sorted(state.section("parties").items()):
        signed = [k for k in fit if state.get("keys", k)["party"] == name]
        officers = [k for k in signed if k in party["officers"]]
        enough = len(officers) >= party["threshold"] if _is_marked(state, entry.kind) else bool(signed)
        if not party.get("left") and not enough:
            missing.append(name)
    if missing:
        raise Refused(
            f"{entry.kind} needs a body's decision, or the signatures of all parties; {', '.join(missing)} did not sign, "
            "or with too few officers"
        )


def _unfit_for_party(state: State, name: str, entry: Entry) -> str | None:
    key = state.get("keys", name)
    return "unknown" if key is None else _unfit(state, name, entry, entry.kind, party=key["party"])


def field(entry: Entry, name: str, kind: type | tuple[type, ...], *, default: Any = ...) -> Any:
    """A field of an entry's body; Refused when it is missing or of another type."""
    value = entry.body.get(name, default)
    wanted = kind if isinstance(kind, tuple) else (kind,)
    if value is default and default is not ...:
        return value
    if value is ... or not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        names = {str: "text", int: "a whole number", list: "a list", dict: "a map", bool: "true or false"}
        said = "is missing" if value is ... else f"is {value!r}"
        raise Refused(f"the field {name} of {entry.kind} {said}; it holds {' or '.join(names[w] for w in wanted)}")
    return value


def only(entry: Entry, *names: str) -> None:
    """Refused when the body has a field that its kind does not know."""
    unknown = sorted(set(entry.body) - set(names))
    if unknown:
        raise Refused(f"{entry.kind} has no field {unknown[0]!r}; it has {', '.join(names)}")


# --- partners and their first keys ---------------------------------------------------------------------------------------


def open_record(state: State, entry: Entry) -> None:
    """`record.open`: the first entry; its founders all sign it."""
    only(entry, "programme", "founders", "grave", "nonce")
    if state.get("record", "opening") is not None:
        raise Refused("the record is open already")
    if entry.record or entry.after:
        raise Refused("an opening entry stands on nothing: its fields record and after are empty")
    founders = field(entry, "founders", dict)
    grave = _patterns(entry, "grave", field(entry, "grave", list, default=[]))
    if entry.author not in founders:
        raise Refused(f"the author {entry.author} is not among the founders {', '.join(sorted(founders))}")
    for partner in sorted(founders):
        _enrol(state, entry, partner, founders[partner])
        if not any(state.get("keys", name) and state.get("keys", name)["party"] == partner for name in entry.keys):
            raise Refused(f"the founder {partner} did not sign")
    state.put(
        "record",
        "opening",
        {
            "id": entry.id,
            "programme": field(entry, "programme", str),
            "time": entry.time,
            "founders": sorted(founders),
            "grave": grave,
        },
    )


def admit(state: State, entry: Entry) -> None:
    """`party.admit`: another partner joins; by a decision, or signed by all parties.

    One of its own keys signs too, which shows that it has them.
    """
    only(entry, "partner", "party")
    by_all_or_decided(state, entry)
    partner = field(entry, "partner", str)
    held = state.get("parties", partner)
    if held is not None and not held.get("left"):
        raise Refused(f"{partner} is a party already")
    # Otherwise anybody could speak in the name of who left, whose seats and signatures are still there.
    if held is not None and len(set(entry.keys) & set(held["officers"])) < held["threshold"]:
        raise Refused(
            f"{partner} left this record; its return is signed by {held['threshold']} of those who were its officers"
        )
    _enrol(state, entry, partner, field(entry, "party", dict))
    if not set(entry.keys) & set(state.get("parties", partner)["officers"]):
        raise Refused(f"no officer's key of {partner} signed its admission")


def _enrol(state: State, entry: Entry, partner: str, party: Any) -> None:
    if not isinstance(party, dict) or set(party) - {"name", "officers", "threshold"}:
        raise Refused(f"the party {partner} is a map of name, officers and threshold")
    officers = party.get("officers")
    if not isinstance(officers, list) or not officers:
        raise Refused(f"the party {partner} needs officers: a list of maps of public, person and rights")
    names = []
    for officer in officers:
        if not isinstance(officer, dict) or set(officer) - {"public", "person"}:
            raise Refused(f"an officer of {partner} is a map of public and person")
        names.append(_add_key(state, entry, partner, {**officer, "rights": ["*"]}))
    if len({state.get("keys", name)["person"] for name in names}) < len(names):
        raise Refused(f"the officers of {partner} are different persons; one of them stands there twice")
    threshold = party.get("threshold", 1)
    if not isinstance(threshold, int) or isinstance(threshold, bool) or not 1 <= threshold <= len(names):
        raise Refused(f"the threshold of {partner} is from 1 to its {len(names)} officers, not {threshold!r}")
    state.put(
        "parties",
        partner,
        {
            "name": str(party.get("name", partner)),
            "officers": sorted(names),
            "threshold": threshold,
            "since": entry.time,
        },
    )


# --- keys ------------------------------------------------------------------------------------------------------------------


def delegate(state: State, entry: Entry) -> None:
    """`key.delegate`: a person's key may sign some kinds for the partner, until a time or until revoked."""
    only(entry, "public", "person", "rights", "until")
    name = _add_key(state, entry, entry.author, entry.body)
    given = state.get("keys", name)
    for right in given["rights"]:
        givers = [state.get("keys", k) for k in _own(state, entry)]
        ends = [key["until"] for key in givers if covers(key["rights"], right)]
        if not ends:
            raise Refused(f"who signed may not give the right {right!r}: nobody gives more than he has")
        if not any(end is None or (given["until"] and moment(given["until"]) <= moment(end)) for end in ends):
            raise Refused(
                f"who signed may give the right {right!r} until {max(ends)} at most: nobody gives more than he has"
            )


def rotate(state: State, entry: Entry) -> None:
    """`key.rotate`: another key takes the place of one, with the same rights and the same seat among the officers."""
    only(entry, "key", "public")
    old = _held(state, entry, field(entry, "key", str))
    _may_end(state, entry, entry.body["key"], old)
    name = _add_key(
        state,
        entry,
        entry.author,
        {
            "public": field(entry, "public", str),
            "person": old["person"],
            "rights": old["rights"],
            **({"until": old["until"]} if old["until"] else {}),
        },
    )
    state.put("keys", entry.body["key"], {**old, "ended": f"replaced by {name} with entry {entry.id[:12]}"})
    party = state.get("parties", entry.author)
    if entry.body["key"] in party["officers"]:
        officers = sorted({*party["officers"], name} - {entry.body["key"]})
        state.put("parties", entry.author, {**party, "officers": officers})


def revoke(state: State, entry: Entry) -> None:
    """`key.revoke`: nothing that this key signs counts after this entry, whatever time it claims."""
    only(entry, "key", "reason")
    name = field(entry, "key", str)
    old = _held(state, entry, name)
    _may_end(state, entry, name, old)
    party = state.get("parties", entry.author)
    officers = [k for k in party["officers"] if k != name]
    if len(officers) < party["threshold"]:
        raise Refused(
            f"{entry.author} would have {len(officers)} officers for a threshold of {party['threshold']}; "
            "rotate the key, or set the officers first"
        )
    state.put("keys", name, {**old, "ended": f"revoked with entry {entry.id[:12]}"})
    if len(officers) < len(party["officers"]):
        state.put("parties", entry.author, {**party, "officers": officers})


def _may_end(state: State, entry: Entry, name: str, key: Mapping[str, Any]) -> None:
    """An officer's key is ended by itself or by the officers' threshold, another by one with no fewer rights."""
    party = state.get("parties", entry.author)
    signed = [k for k in _own(state, entry) if k in party["officers"]]
    if name in party["officers"] and name not in entry.keys and len(signed) < party["threshold"]:
        raise Refused(
            f"an officer's key is ended by itself, or by {party['threshold']} of the officers of {entry.author}; "
            f"{len(signed)} signed"
        )
    for right in key["rights"]:
        if name not in entry.keys and not any(
            covers(state.get("keys", k)["rights"], right) for k in _own(state, entry)
        ):
            raise Refused(f"who signed may not end a key that has the right {right!r}")


def set_officers(state: State, entry: Entry) -> None:
    """`party.officers`: which of the partner's keys are its officers', and how many must sign what is grave."""
    only(entry, "officers", "threshold")
    officers, threshold = field(entry, "officers", list), field(entry, "threshold", int)
    if len(set(map(str, officers))) != len(officers) or not 1 <= threshold <= len(officers):
        raise Refused(f"the threshold is from 1 to the {len(officers)} officers, each named once")
    for name in officers:
        key = _held(state, entry, name)
        if "*" not in key["rights"]:
            state.put("keys", name, {**key, "rights": ["*"]})
    if len({state.get("keys", name)["person"] for name in officers}) < len(officers):
        raise Refused("officers are different persons; one of them stands there twice")
    party = state.get("parties", entry.author)
    state.put("parties", entry.author, {**party, "officers": sorted(officers), "threshold": threshold})


def leave(state: State, entry: Entry) -> None:
    """`party.leave`: the partner signs nothing more; what it signed stays."""
    only(entry, "reason")
    party = state.get("parties", entry.author)
    state.put("parties", entry.author, {**party, "left": entry.id})


def mark_grave(state: State, entry: Entry) -> None:
    """`record.grave`: which kinds need the officers' threshold; by a decision, or signed by all parties."""
    only(entry, "grave")
    by_all_or_decided(state, entry)
    opening = state.get("record", "opening")
    state.put("record", "opening", {**opening, "grave": _patterns(entry, "grave", field(entry, "grave", list))})


def _own(state: State, entry: Entry) -> list[str]:
    """The author's keys that signed and are of use."""
    return [k for k in entry.keys if _stale(state, k, entry, party=entry.author) is None]


def _held(state: State, entry: Entry, name: Any) -> Any:
    key = state.get("keys", name) if isinstance(name, str) else None
    if key is None or key["party"] != entry.author or key.get("ended"):
        raise Refused(f"{entry.author} has no key {name!r} that is in use")
    return key


def _patterns(entry: Entry, name: str, value: list[Any]) -> list[str]:
    for pattern in value:
        if not isinstance(pattern, str) or not pattern or (pattern != "*" and "*" in pattern.removesuffix(".*")):
            raise Refused(f"{name} of {entry.kind}: {pattern!r} is no kind such as agreement.sign or agreement.*")
    return sorted(set(value))


def _add_key(state: State, entry: Entry, partner: str, given: Mapping[str, Any]) -> str:
    public, person, rights = given.get("public"), given.get("person"), given.get("rights")
    if (
        not isinstance(public, str)
        or not isinstance(person, str)
        or not person
        or not isinstance(rights, list)
        or not rights
    ):
        raise Refused(
            f"a key of {partner} has public (base64), person (who holds it) and rights (kinds that it may sign)"
        )
    try:
        name = key_id(public)
        until = given.get("until")
        if until is not None:
            moment(until)
    except (TypeError, ValueError) as error:
        raise Refused(f"a key of {partner}: {error}") from None
    if state.get("keys", name) is not None:
        raise Refused(f"key {name} is on the record already; a key is never used again")
    state.put(
        "keys",
        name,
        {
            "public": public,
            "party": partner,
            "person": person,
            "rights": _patterns(entry, "rights", rights),
            "since": entry.time,
            "until": until,
            "entry": entry.id,
        },
    )
    return name


KINDS = (
    Kind("record.open", open_record, "opens a record: its programme, its founders and their first keys"),
    Kind("record.grave", mark_grave, "says which kinds need the officers' threshold", decidable=True, entrusted=True),
    Kind("party.admit", admit, "another partner joins, with its first keys", decidable=True, entrusted=True),
    Kind("party.officers", set_officers, "who are a partner's officers, and how many sign together"),
    Kind("party.leave", leave, "a partner signs nothing more"),
    Kind("key.delegate", delegate, "a person's key may sign some kinds for its partner"),
    Kind("key.rotate", rotate, "another key takes the place of one"),
    Kind("key.revoke", revoke, "what a key signs from now on does not count"),
)
