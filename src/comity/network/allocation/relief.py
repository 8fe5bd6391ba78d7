"""What single change to a schedule would make room for a request: a move, a shorter track, an outage elsewhere, a track less."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from comity.network.allocation.answer import Track
from comity.network.allocation.occupancy import (
    Holding,
    Occupancy,
    Span,
    barred,
    free_spans,
    occupancy,
    spans_left,
    within,
)
from comity.network.allocation.parts import best_parts
from comity.network.allocation.question import Outage, Question, Request, Resource, ViewPeriod, iso

#: What would let it in, the least costly first: nothing but a place; a track elsewhere, at no loss; a shorter track, which
#: keeps its request's minimum; tracks of one user at once; an outage elsewhere; a track less.
Way = Literal["place", "move", "shorten", "concurrent", "outage", "drop"]
WAYS: tuple[Way, ...] = ("place", "move", "shorten", "concurrent", "outage", "drop")
#: What an already served request must gain to be worth a word [s].
WORTH_S = 60


@dataclass(frozen=True, slots=True)
class Relief:
    """A single change after which the request fits, with `gain_s` seconds more, at a loss of `loss_s` to another.

    `track` or `outage` gives way; a moved or shortened track stands at `to` after it. `fits` are the tracks that the request
    could have then.
    """

    way: Way
    text: str
    gain_s: int
    loss_s: int = 0
    track: Track | None = None
    outage: Outage | None = None
    to: Track | None = None
    fits: tuple[Track, ...] = ()


class Look:
    """A schedule, and what it holds, looked at again and again."""

    def __init__(self, question: Question, tracks: Iterable[Track]) -> None:
        self.question = question
        self.requests = {request.id: request for request in question.requests}
        self.tracks = tuple(tracks)
        self.held = occupancy(question, self.tracks)
        self.of: dict[str, list[Track]] = defaultdict(list)
        for track in self.tracks:
            self.of[track.request].append(track)

    def without(self, tracks: Collection[Track]) -> Look:
        """The same but for some tracks."""
        return Look(self.question, (t for t in self.tracks if t not in tracks)) if tracks else self


#: A span where a transmission cannot lie, and why: a track or an outage, on an antenna or (`user`) by the same user.
Zone = tuple[Span, Track | Outage, bool]
#: What becomes of a zone: itself, others, or nothing.
Change = Callable[[Zone], Iterable[Span]]


class Wanting:
    """A request that is not fully served: what it could still use, and where.

    `parts` tracks at most, beside `rest_s` seconds that it keeps; it is helped from `target_s` seconds in all.
    """

    def __init__(self, look: Look, request: Request, got_s: int) -> None:
        self.request, self.got_s = request, got_s
        many = 1 if request.part_s is None else max(1, request.duration_s // request.part_s)
        mine = sorted(look.of[request.id], key=lambda t: (t.end - t.start, t)) if got_s else []
        part_s = request.part_s or 0
        further = mine and part_s and request.duration_s - got_s >= part_s <= mine[0].end - mine[0].start
        #: The track that a longer one would replace.
        self.replaced = mine[0] if mine and (not further or len(mine) >= many) else None
        if self.replaced is not None:
            mine = mine[1:]
        # Tracks that are below the minimum count nothing, and hold nothing against their own request.
        self.look = look.without([t for t in look.of[request.id] if t not in mine])
        self.rest_s = sum(t.end - t.start for t in mine)
        self.parts = many - len(mine)
        self.target_s = request.minimum_s if not got_s else got_s + WORTH_S
        self.part_s = request.part_s or request.minimum_s
        #: The shortest span of use.
        self.least_s = min(self.part_s, self.target_s - self.rest_s) if not mine and self.parts > 1 else self.part_s
        if self.parts == 1 and not mine:
            self.least_s = self.target_s
        self.views = [v for v in request.views if v.start < look.question.end and v.end > look.question.start]

    @cached_property
    def zones(self) -> list[tuple[ViewPeriod, list[Zone]]]:
        """By view period, all that bars a part of it."""
        return [(view, _zones(self.look, self.request, view, self.look.held)) for view in self.views]

    def spans(self, change: Change | None = None, *, more: Track | None = None) -> list[tuple[Span, Resource]]:
        """Free spans of use, when zones change and a further track stands."""
        spans: list[tuple[Span, Resource]] = []
        extra = None if more is None else occupancy(_bare(self.look.question), [more])
        for view, zones in self.zones:
            cut = [zone for z in zones for zone in ((z[0],) if change is None else change(z))]
            if extra is not None:
                cut += [z[0] for z in _zones(self.look, self.request, view, extra)]
            free = spans_left(within(self.look.question, view), cut)
            spans += [(span, view.resource) for span in free if span[1] - span[0] >= self.least_s]
        return spans

    def fits(self, change: Change | None = None, *, more: Track | None = None) -> tuple[Track, ...]:
        """Tracks that the request could have then, the best there are; none when they do not help it."""
        found = best_parts(
            self.request,
            self.spans(change, more=more),
            parts=self.parts,
            part_s=self.part_s,
            enough_s=self.request.duration_s - self.rest_s,
        )
        return found if self.total(found) >= self.target_s else ()

    def total(self, tracks: Iterable[Track]) -> int:
        """Seconds in all with these tracks [s]."""
        return self.rest_s + sum(t.end - t.start for t in tracks)

    def longest(self, held: Occupancy) -> int:
        """The longest span that is free beside what is held [s]."""
        question, request = self.look.question, self.request
        return max((b - a for v in self.views for a, b in free_spans(question, request, v, held)), default=0)


def reliefs_for(wanting: Wanting) -> list[Relief]:
    """Single changes after which the request fits, the least costly first: each thing that holds, by its best way."""
    fits = wanting.fits()
    if fits:
        where = " and ".join(map(where_told, fits))
        return [Relief("place", f"{where} {'is' if len(fits) == 1 else 'are'} free", _gain(wanting, fits), fits=fits)]
    things = dict.fromkeys(thing for _, zones in wanting.zones for _, thing, _ in zones)
    found = (_relief(wanting, thing) for thing in things)
    return sorted((r for r in found if r is not None), key=lambda r: (WAYS.index(r.way), r.loss_s, -r.gain_s, r.text))


def _gain(wanting: Wanting, fits: Iterable[Track]) -> int:
    return min(wanting.total(fits), wanting.request.duration_s) - wanting.got_s


def _zones(look: Look, request: Request, view: ViewPeriod, held: Occupancy) -> list[Zone]:
    start, end = within(look.question, view)
    zones: list[Zone] = [
        (barred(request, holding), _thing(holding), False)
        for name in view.resource
        for holding in held.by_antenna.get(name, ())
    ]
    zones += [((t.start, t.end), t, True) for t in held.by_user.get(request.user, ())]
    return [zone for zone in zones if zone[0][0] < end and start < zone[0][1]]


def _thing(holding: Holding) -> Track | Outage:
    thing = holding.track or holding.outage
    assert thing is not None
    return thing


def _bare(question: Question) -> Question:
    """The question without outages: to see what tracks alone hold."""
    return replace(question, outages=())


def _relief(wanting: Wanting, thing: Track | Outage) -> Relief | None:
    """What would help if one thing that holds gave way; None when that alone is not enough."""
    fits = wanting.fits(lambda zone: () if zone[1] == thing else (zone[0],))
    if not fits:
        return None
    if isinstance(thing, Outage):
        text = f"{thing.reason} on {thing.antenna} at another time than {span_told(thing)}"
        return Relief("outage", text, _gain(wanting, fits), outage=thing, fits=fits)
    if thing.request == wanting.request.id:
        return None  # a part of its own, that it keeps
    at_once = wanting.fits(lambda zone: () if zone[1] == thing and zone[2] else (zone[0],))
    if at_once:
        text = f"{wanting.request.user} transmitting while its {thing.request} does ({where_told(thing)})"
        return Relief("concurrent", text, _gain(wanting, at_once), track=thing, fits=at_once)
    owner = wanting.look.requests.get(thing.request)
    if owner is None:
        return None
    return (
        _moved(wanting, thing, owner, fits)
        or _shortened(wanting, thing, owner, fits)
        or _dropped(wanting, thing, owner, fits)
    )


def _moved(wanting: Wanting, track: Track, owner: Request, fits: Sequence[Track]) -> Relief | None:
    """The track at another place, as long as it is and the nearest in time, beside the tracks that would fit."""
    look = wanting.look
    rest = occupancy(look.question, [*(t for t in look.tracks if t != track), *fits])
    length = track.end - track.start
    best: Track | None = None
    for view in owner.views:
        for begin, until in free_spans(look.question, owner, view, rest):
            if until - begin >= length:
                start = min(max(begin, track.start), until - length)
                found = Track(start, start + length, track.request, view.resource)
                if best is None or abs(start - track.start) < abs(best.start - track.start):
                    best = found
    if best is None:
        return None
    text = f"{owner.user} {where_told(track)} moved to {where_told(best)}"
    return Relief("move", text, _gain(wanting, fits), track=track, to=best, fits=tuple(fits))


def _shortened(wanting: Wanting, track: Track, owner: Request, fits: Sequence[Track]) -> Relief | None:
    """The track cut at one end by as little as lets in a part that it bars, its request keeping its minimum."""
    mine = wanting.look.of[track.request]
    length = track.end - track.start
    least = owner.minimum_s - sum(t.end - t.start for t in mine if t != track)
    least = max(least, (owner.part_s or 0) if len(mine) > 1 else 0, 1)
    shared = wanting.request
    best: Relief | None = None

    def gone(zone: Zone) -> tuple[Span, ...]:
        return () if zone[1] == track else (zone[0],)

    for (first, last), resource in wanting.spans(gone):
        others = wanting.total(f for f in fits if f.end <= first or f.start >= last)
        short = min(last - first, max(wanting.least_s, wanting.target_s - others))
        both = bool(set(resource) & set(track.resource))
        before, after = (owner.setup_s + shared.teardown_s, owner.teardown_s + shared.setup_s) if both else (0, 0)
        late = max(track.start, first + short + before), track.end
        early = track.start, min(track.end, last - short - after)
        for start, end in (early, late):
            loss = length - (end - start)
            if loss <= 0 or end - start < least or (best is not None and loss >= best.loss_s):
                continue
            cut = Track(start, end, track.request, track.resource)
            left = wanting.fits(gone, more=cut)
            if left:
                text = f"{owner.user} {where_told(track)} shortened by {hours_told(loss)} to {where_told(cut)}"
                best = Relief("shorten", text, _gain(wanting, left), loss, track=track, to=cut, fits=left)
    return best


def _dropped(wanting: Wanting, track: Track, owner: Request, fits: tuple[Track, ...]) -> Relief:
    total = sum(t.end - t.start for t in wanting.look.of[track.request])
    length = track.end - track.start
    loss = total if total - length < owner.minimum_s else length
    text = f"{owner.user} giving up {where_told(track)} (a loss of {hours_told(loss)})"
    return Relief("drop", text, _gain(wanting, fits), loss, track=track, fits=fits)


# --- in words ----------------------------------------------------------------------------------------------------------


def hours_told(seconds: int) -> str:
    """`4 h`, `1.5 h`, `12 min`, `92 days`."""
    if abs(seconds) < 3600:
        return f"{seconds / 60:.0f} min"
    if abs(seconds) >= 14 * 86_400:
        return f"{seconds / 86_400:,.1f} days".replace(".0 ", " ")
    return f"{seconds / 3600:,.2f}".rstrip("0").rstrip(".") + " h"


def span_told(thing: Outage | Track) -> str:
    """`2018-03-06 10:00 to 14:00`."""
    first, last = iso(thing.start), iso(thing.end)
    return f"{first[:10]} {first[11:16]} to {last[11:16] if first[:10] == last[:10] else last[:10] + ' ' + last[11:16]}"


def where_told(track: Track) -> str:
    """`DSS-34 2018-03-06 10:00 to 14:00`."""
    return f"{'+'.join(track.resource)} {span_told(track)}"
