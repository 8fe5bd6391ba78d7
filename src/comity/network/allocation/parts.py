"""The most time that one request can get out of spans that are free: in one track, or in parts that do not overlap."""

from __future__ import annotations

from collections.abc import Sequence

from comity.network.allocation.answer import Track
from comity.network.allocation.occupancy import Span
from comity.network.allocation.question import Request, Resource


def best_parts(
    request: Request, spans: Sequence[tuple[Span, Resource]], *, parts: int, part_s: int, enough_s: int
) -> tuple[Track, ...]:
    """Tracks in free spans, of `enough_s` in all or as much as can be; each is at least `part_s` when there is another.

    Up to `parts` tracks; with `parts` of 1 it is the longest span. Of three or more parts, the best may be missed by a
    little where spans overlap.
    """
    if not spans or parts < 1:
        return ()
    order = sorted(spans)
    longest = max(order, key=lambda s: (s[0][1] - s[0][0], -s[0][0]))
    best = [_track(request, longest, min(longest[0][1], longest[0][0] + enough_s))]
    if parts > 1 and _length(best) < enough_s:
        best = max([best, *_chains(request, order, parts, part_s)], key=_length)
    return tuple(_cut(best, enough_s, part_s))


def _chains(request: Request, order: Sequence[tuple[Span, Resource]], parts: int, part_s: int) -> list[list[Track]]:
    """By the last span used, the best chain of parts that ends there."""
    ends: list[list[list[Track]]] = [
        [[_track(request, s, s[0][1])] if s[0][1] - s[0][0] >= part_s else [] for s in order]
    ]
    for _ in range(parts - 1):
        level: list[list[Track]] = []
        for k, span in enumerate(order):
            longer = [_joined(request, chain, span, part_s) for chain in ends[-1][:k] if chain]
            level.append(max(longer, key=_length, default=[]))
        ends.append(level)
    return [chain for level in ends for chain in level if chain]


def _joined(request: Request, chain: list[Track], span: tuple[Span, Resource], part_s: int) -> list[Track]:
    """A chain with one part more, whose last part makes way where both fit; the chain alone where they do not."""
    last, ((begin, until), resource) = chain[-1], span
    between = request.setup_s + request.teardown_s if set(last.resource) & set(resource) else 0
    start = max(begin, last.end + between)
    if until - start < part_s:
        start = until - part_s
        end = min(last.end, start - between)
        if start < begin or end - last.start < part_s:
            return []
        last = Track(last.start, end, last.request, last.resource)
    return [*chain[:-1], last, Track(start, until, request.id, resource)]


def _cut(tracks: list[Track], enough_s: int, part_s: int) -> list[Track]:
    """Tracks with what is more than enough taken from the last ones, no part made shorter than it may be."""
    more = _length(tracks) - enough_s
    cut = []
    for track in reversed(tracks):
        least = part_s if len(tracks) > 1 else 1
        less = max(0, min(more, track.end - track.start - least))
        more -= less
        cut.append(Track(track.start, track.end - less, track.request, track.resource))
    return cut[::-1]


def _track(request: Request, span: tuple[Span, Resource], end: int) -> Track:
    return Track(span[0][0], end, request.id, span[1])


def _length(tracks: Sequence[Track]) -> int:
    return sum(track.end - track.start for track in tracks)
