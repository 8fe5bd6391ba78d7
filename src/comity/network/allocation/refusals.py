"""Why a request got nothing, or less than it asked for: computed from the schedule, with what single change would let it in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from comity.network.allocation.answer import Schedule
from comity.network.allocation.occupancy import Span, within
from comity.network.allocation.question import Outage, Question, Request, ViewPeriod, iso
from comity.network.allocation.relief import Look, Relief, Wanting, hours_told, reliefs_for
from comity.network.allocation.score import served_seconds

#: The first that holds: its views are too short; outages leave too little of them; its own user's tracks do; others'
#: tracks do; there is room, and the schedule does not use it.
Rule = Literal["no-view", "outages", "own-tracks", "held", "room"]


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds how many hours of the antennas where the request could have been; `kind`: `user`, `own`, or `outage`."""

    name: str
    kind: Literal["user", "own", "outage"]
    hours: float
    requests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that is not fully served: what it got, the rule that kept it out, who holds what, and what would help.

    `needed_s` is the shortest track that would be of use to it (of one that has a track, a longer one in its place, or a
    further part); `longest_view_s` the longest of its view periods, `longest_free_s` of what is left free in them.
    """

    request: str
    user: str
    asked_s: int
    got_s: int
    needed_s: int
    rule: Rule
    longest_view_s: int
    longest_free_s: int
    holders: tuple[Holder, ...]
    reliefs: tuple[Relief, ...]
    text: str


def refusals(
    question: Question, schedule: Schedule, *, only: Collection[str] | None = None, most_reliefs: int = 3
) -> tuple[Refusal, ...]:
    """Every request that is not fully served, in the order of the question; `only` those of these ids or users.

    Each relief is a change that was tried on the schedule: after it the request fits, with all rules kept.
    """
    got = served_seconds(question, schedule)
    look = Look(question, schedule.tracks)
    return tuple(
        _refusal(Wanting(look, request, got[request.id]), most_reliefs)
        for request in question.requests
        if got[request.id] < request.duration_s and (only is None or request.id in only or request.user in only)
    )


def _refusal(wanting: Wanting, most: int) -> Refusal:
    look, request = wanting.look, wanting.request
    spans = [within(look.question, view) for view in wanting.views]
    usable = [view for view in wanting.views if view.end - view.start >= wanting.least_s]
    rule = _rule(wanting)
    found = Refusal(
        request=request.id,
        user=request.user,
        asked_s=request.duration_s,
        got_s=wanting.got_s,
        needed_s=wanting.least_s,
        rule=rule,
        longest_view_s=max((end - start for start, end in spans), default=0),
        longest_free_s=wanting.longest(look.held),
        holders=tuple(_holders(look, request, usable)),
        reliefs=() if rule == "no-view" else tuple(reliefs_for(wanting))[:most],
        text="",
    )
    return replace(found, text=_told(wanting, found))


def _rule(wanting: Wanting) -> Rule:
    """The first of the rules that keeps it out."""
    if not wanting.fits(lambda zone: ()):
        return "no-view"
    if not wanting.fits(lambda zone: (zone[0],) if isinstance(zone[1], Outage) else ()):
        return "outages"
    if not wanting.fits(lambda zone: (zone[0],) if isinstance(zone[1], Outage) or zone[2] else ()):
        return "own-tracks"
    return "room" if wanting.fits() else "held"


def _holders(look: Look, request: Request, views: Sequence[ViewPeriod]) -> Iterator[Holder]:
    """Hours that each user, the request's own other tracks, and outages hold of the antennas within the views."""
    seconds: Counter[tuple[str, str]] = Counter()
    by: dict[tuple[str, str], set[str]] = defaultdict(set)
    for name, span in _merged(look.question, views):
        for holding in look.held.by_antenna.get(name, ()):
            overlap = min(holding.end, span[1]) - max(holding.start, span[0])
            if overlap <= 0:
                continue
            if holding.track is None:
                key = ("outage", f"{holding.outage.reason if holding.outage else 'outage'} on {name}")
            else:
                user = look.requests[holding.track.request].user if holding.track.request in look.requests else "?"
                key = ("own" if user == request.user else "user", user)
                by[key].add(holding.track.request)
            seconds[key] += overlap
    for (kind, name), length in sorted(seconds.items(), key=lambda pair: (-pair[1], pair[0])):
        yield Holder(name, kind, length / 3600, tuple(sorted(by[kind, name])))  # type: ignore[arg-type]


def _merged(question: Question, views: Iterable[ViewPeriod]) -> Iterator[tuple[str, Span]]:
    """By antenna, the spans that its views cover, each moment once."""
    spans: dict[str, list[Span]] = defaultdict(list)
    for view in views:
        for name in view.resource:
            spans[name].append(within(question, view))
    for name, mine in sorted(spans.items()):
        at = mine[0][0]
        for begin, until in sorted(mine):
            if until > max(at, begin):
                yield name, (max(at, begin), until)
                at = until


# --- in words ----------------------------------------------------------------------------------------------------------


def _told(wanting: Wanting, found: Refusal) -> str:
    """A refusal in plain sentences."""
    request, asked = wanting.request, hours_told(found.asked_s)
    what = f"{hours_told(found.got_s)} of {asked} given." if found.got_s else f"{asked} refused."
    return f"{request.user}, request {request.id}: {what} {_why(wanting, found)} {_help(found)}".rstrip()


def _why(wanting: Wanting, found: Refusal) -> str:
    request = wanting.request
    antennas = _antennas(wanting.look.question, request)
    long = f"of {hours_told(found.needed_s)}"
    none, few = f"No view period {long}", "Too little"
    if wanting.replaced is not None:
        none = few = f"Nothing longer than its {hours_told(wanting.replaced.end - wanting.replaced.start)}"
    if not request.views:
        return "It has no view period at all."
    if not wanting.views:
        question = wanting.look.question
        return f"All its view periods lie outside {iso(question.start)} to {iso(question.end)}."
    if found.rule == "no-view":
        if found.longest_view_s >= found.needed_s and wanting.replaced is None:
            return f"Its view periods on {antennas} do not add up to {hours_told(wanting.target_s)} in parts {long}."
        return f"{none} is there on {antennas}; the longest view period is {hours_told(found.longest_view_s)}."
    if found.rule == "outages":
        out = "; ".join(f"{h.name}, {h.hours:.1f} h" for h in found.holders if h.kind == "outage")
        return f"{none} is left by outages on {antennas} ({out})."
    if found.rule == "own-tracks":
        return f"{none} is left on {antennas} beside {request.user}'s own other tracks."
    if found.rule == "room":
        more = "More" if wanting.got_s else f"A view period {long}"
        return f"{more} is left on {antennas}, and the schedule does not use it."
    held = [h for h in found.holders if h.kind != "outage"]
    who = ", ".join(f"{'itself' if h.kind == 'own' else h.name} ({h.hours:.1f} h)" for h in held[:3])
    rest = f" and {len(held) - 3} more" if len(held) > 3 else ""
    count = (
        f"; {_number(len(held))} mission{' holds' if len(held) == 1 else 's hold'} them: {who}{rest}" if held else ""
    )
    if wanting.replaced is not None:
        return f"{none} is left on {antennas}{count}."
    if found.longest_free_s >= found.needed_s:
        return f"{few} is left on {antennas} for {hours_told(wanting.target_s)} in parts {long}{count}."
    return f"{none} is left on {antennas}{count}. The longest free is {hours_told(found.longest_free_s)}."


def _help(found: Refusal) -> str:
    if found.rule == "no-view":
        return ""
    if not found.reliefs:
        return "No single change would help."
    if found.rule == "room":
        return f"{found.reliefs[0].text}."
    gain = "help" if found.got_s else "let it in"
    ways = "; ".join(relief.text for relief in found.reliefs)
    return f"{'One change' if len(found.reliefs) == 1 else 'Any one of these'} would {gain}: {ways}."


def _number(count: int) -> str:
    """Small numbers in words."""
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    return words[count] if count < len(words) else str(count)


def _antennas(question: Question, request: Request) -> str:
    """`34 m antennas` where that says which; or else their names."""
    resources = sorted({view.resource for view in request.views})
    sizes = {a.id: a.diameter_m for a in question.antennas}
    across = {sizes.get(name) for resource in resources for name in resource}
    if len(across) == 1 and None not in across and len(resources) > 1 and all(len(r) == 1 for r in resources):
        return f"{across.pop():g} m antennas ({', '.join(r[0] for r in resources)})"
    return ", ".join("+".join(r) for r in resources) or "any antenna"
