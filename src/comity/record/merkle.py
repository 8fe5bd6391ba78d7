"""The Merkle tree over a log's leaves: its root, and the proofs that a leaf is in it and that it only grew.

RFC 9162 §2.1 (the same hashes as RFC 6962 §2.1). A *perfect* subtree is one over 2**level leaves that starts at a
multiple of 2**level; once complete it never changes, so its hash is stored once and for all. Each leaf completes the
perfect subtrees that end with it: one at even indices (itself), two or more at odd ones, two on the average. Any root
or proof is made of a logarithmic number of perfect subtrees. This module computes and reads nothing else than hashes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

#: Bytes of a hash.
HASH = 32
#: The root of the tree without leaves.
EMPTY_ROOT = sha256(b"").digest()


class Perfect(NamedTuple):
    """A perfect subtree: over the leaves from `number << level` up to, but without, `(number + 1) << level`."""

    level: int
    number: int

    @property
    def last(self) -> int:
        """The index of its last leaf, which completes it."""
        return ((self.number + 1) << self.level) - 1


class Span(NamedTuple):
    """The leaves from `start` up to, but without, `stop`; a proof is a list of such subtrees' hashes."""

    start: int
    stop: int


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 || leaf)."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def levels_completed(index: int) -> int:
    """How many perfect subtrees above the leaf itself end with this leaf: the trailing ones of its index.

    >>> [levels_completed(i) for i in range(8)]
    [0, 1, 0, 2, 0, 1, 0, 3]
    """
    return (~index & (index + 1)).bit_length() - 1


def perfect_subtrees(span: Span) -> list[Perfect]:
    """The fewest perfect subtrees that make up a span, from left to right. ValueError when the span is backwards.

    >>> perfect_subtrees(Span(0, 7))
    [Perfect(level=2, number=0), Perfect(level=1, number=2), Perfect(level=0, number=6)]
    """
    start, stop = span
    if not 0 <= start <= stop:
        raise ValueError(f"no span of leaves: {start} to {stop}")
    found = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        found.append(Perfect(level, start >> level))
        start += 1 << level
    return found


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over the perfect subtrees of a span that starts where a subtree of a tree does; EMPTY_ROOT of none."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


@dataclass(slots=True)
class Frontier:
    """A tree that grows: its size, and the hashes of the perfect subtrees that it consists of, the largest first."""

    size: int
    hashes: list[bytes]

    @classmethod
    def empty(cls) -> Frontier:
        return cls(0, [])

    def add(self, leaf: bytes) -> list[bytes]:
        """Adds a leaf's hash; what comes back are the hashes of the subtrees above the leaf that it completes."""
        completed = []
        rest, hashes = self.size, self.hashes
        while rest & 1:
            leaf = sha256(b"\x01" + hashes.pop() + leaf).digest()
            completed.append(leaf)
            rest >>= 1
        hashes.append(leaf)
        self.size += 1
        return completed

    def root(self) -> bytes:
        return fold(self.hashes)

    def copy(self) -> Frontier:
        return Frontier(self.size, list(self.hashes))


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaves (their bytes, not their hashes)."""
    tree = Frontier.empty()
    for leaf in leaves:
        tree.add(leaf_hash(leaf))
    return tree.root()


def inclusion_spans(index: int, size: int) -> list[Span]:
    """The subtrees whose hashes prove that leaf `index` is in the tree of this size (RFC 9162 §2.1.3.1), leaf upwards.

    ValueError when the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    start, stop = 0, size
    spans = []
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            spans.append(Span(middle, stop))
            stop = middle
        else:
            spans.append(Span(start, middle))
            start = middle
    return spans[::-1]


def consistency_spans(old: int, new: int) -> list[Span]:
    """The subtrees whose hashes prove that the tree of size `new` begins with that of size `old` (RFC 9162 §2.1.4.1).

    None at all when `old` is 0 or `new`. ValueError when `old` is the larger.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves does not begin with {old}")
    if old == 0:
        return []
    start, stop = 0, new
    spans = []
    while stop != old:
        middle = start + _split(stop - start)
        if old <= middle:
            spans.append(Span(middle, stop))
            stop = middle
        else:
            spans.append(Span(start, middle))
            start = middle
    if start:  # otherwise it is the whole old tree, whose root the verifier has
        spans.append(Span(start, stop))
    return spans[::-1]


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that a leaf's hash and its proof lead to (RFC 9162 §2.1.3.2), or None when the proof has no such form."""
    if not 0 <= index < size or not _are_hashes([leaf, *proof]):
        return None
    node, last, root = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if node & 1 or node == last:
            root = node_hash(sibling, root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        node, last = node >> 1, last >> 1
    return root if last == 0 else None


def proves_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Is the leaf with this hash number `index` of the tree with this size and root?"""
    return root_from_inclusion(leaf, index, size, proof) == root


def proves_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Does the tree of size `new` begin with the tree of size `old` (RFC 9162 §2.1.4.2)?

    Every tree begins with the empty one, whose root must then be EMPTY_ROOT.
    """
    if not 0 <= old <= new or not _are_hashes([old_root, new_root, *proof]):
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    steps = iter(proof if old & (old - 1) else [old_root, *proof])
    return _roots_from_consistency(old, new, steps) == (old_root, new_root)


def _roots_from_consistency(old: int, new: int, proof: Iterator[bytes]) -> tuple[bytes, bytes] | None:
    """The two roots that a consistency proof leads to, `0 < old < new`; a power of two `old` comes with its root first."""
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old_root = new_root = next(proof, b"")
    for sibling in proof:
        if last == 0:
            return None
        if node & 1 or node == last:
            old_root, new_root = node_hash(sibling, old_root), node_hash(sibling, new_root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new_root = node_hash(new_root, sibling)
        node, last = node >> 1, last >> 1
    return (old_root, new_root) if last == 0 else None


def _split(size: int) -> int:
    """The largest power of two below `size`, where RFC 9162 splits a tree of at least two leaves."""
    return 1 << ((size - 1).bit_length() - 1)


def _are_hashes(values: Iterable[bytes]) -> bool:
    return all(len(value) == HASH for value in values)
