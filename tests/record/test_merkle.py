"""The tree against published vectors and against the recursion of RFC 9162 itself."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.record.merkle import (
    EMPTY_ROOT,
    Frontier,
    Span,
    consistency_spans,
    fold,
    inclusion_spans,
    leaf_hash,
    levels_completed,
    perfect_subtrees,
    proves_consistency,
    proves_inclusion,
    root_of,
)

# Leaves, roots and proofs of the Certificate Transparency reference tree, as in proof/verify_test.go of
# github.com/transparency-dev/merkle (commit 02194e9afb6c1d95b5381350007963aa70fff472; read on 2026-11-24).
LEAVES = [bytes.fromhex(h) for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                     "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): INCLUSION[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): INCLUSION[1, 5][1:],
    (6, 7): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}


def mth(leaves: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    k = largest_power_below(len(leaves))
    return sha256(b"\1" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 9162 §2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = largest_power_below(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """RFC 9162 §2.1.4.1."""
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = largest_power_below(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


def largest_power_below(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def hashes(leaves: list[bytes], spans: list[Span]) -> list[bytes]:
    return [mth(leaves[a:b]) for a, b in spans]


def leaves_of(size: int) -> list[bytes]:
    return [b"leaf %d" % i for i in range(size)]


def test_roots_of_the_reference_tree() -> None:
    assert [root_of(LEAVES[: n + 1]).hex() for n in range(8)] == ROOTS
    assert root_of([]) == EMPTY_ROOT == sha256(b"").digest()


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_proofs_of_the_reference_tree(index: int, size: int) -> None:
    proof = hashes(LEAVES[:size], inclusion_spans(index, size))
    assert [h.hex() for h in proof] == INCLUSION[index, size]
    assert proves_inclusion(leaf_hash(LEAVES[index]), index, size, proof, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_consistency_proofs_of_the_reference_tree(old: int, new: int) -> None:
    proof = hashes(LEAVES[:new], consistency_spans(old, new))
    assert [h.hex() for h in proof] == CONSISTENCY[old, new]
    assert proves_consistency(old, new, proof, bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[new - 1]))


def test_every_proof_up_to_40_leaves_is_that_of_the_rfc() -> None:
    for size in range(1, 41):
        leaves = leaves_of(size)
        for m in range(size):
            assert hashes(leaves, inclusion_spans(m, size)) == path(m, leaves)
            assert hashes(leaves, consistency_spans(m + 1, size)) == subproof(m + 1, leaves, True)


@given(st.integers(0, 300))
def test_a_growing_tree_has_the_root_of_the_rfc_and_each_leaf_completes_what_it_should(size: int) -> None:
    tree = Frontier.empty()
    completed = [tree.add(leaf_hash(leaf)) for leaf in leaves_of(size)]
    assert tree.root() == mth(leaves_of(size))
    assert [len(c) for c in completed] == [levels_completed(i) for i in range(size)]
    for index, above in enumerate(completed):
        for level, found in enumerate(above, start=1):
            assert found == mth(leaves_of(index + 1)[index + 1 - 2**level :])


@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_perfect_subtrees_make_up_their_span(a: int, b: int) -> None:
    span = Span(min(a, b), max(a, b))
    parts = perfect_subtrees(span)
    edges = [span.start] + [(p.number + 1) << p.level for p in parts]
    assert [p.number << p.level for p in parts] == edges[:-1]
    assert edges[-1] == span.stop
    assert len(parts) <= 80


@given(st.integers(1, 64).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1))), st.data())
def test_a_changed_inclusion_proof_proves_nothing(size_and_index: tuple[int, int], data: st.DataObject) -> None:
    size, index = size_and_index
    leaves = leaves_of(size)
    leaf, root = leaf_hash(leaves[index]), mth(leaves)
    proof = path(index, leaves)
    assert proves_inclusion(leaf, index, size, proof, root)
    other = data.draw(st.integers(0, size - 1).filter(lambda i: i != index) if size > 1 else st.just(size))
    assert not proves_inclusion(leaf, other, size, proof, root)
    assert not proves_inclusion(leaf_hash(b"other"), index, size, proof, root)
    assert not proves_inclusion(leaf, index, size, [*proof, root], root)
    assert not proves_inclusion(leaf, index, size, [*proof, b""], root)
    for wrong in spoiled(proof, data):
        assert not proves_inclusion(leaf, index, size, wrong, root)


@given(st.integers(1, 64).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n))), st.data())
def test_a_changed_consistency_proof_proves_nothing(sizes: tuple[int, int], data: st.DataObject) -> None:
    old, new = sizes
    leaves = leaves_of(new)
    old_root, new_root = mth(leaves[:old]), mth(leaves)
    proof = subproof(old, leaves, True)
    assert proves_consistency(old, new, proof, old_root, new_root)
    assert not proves_consistency(old, new, proof, mth([*leaves[: old - 1], b"x"]), new_root)
    assert not proves_consistency(old, new, proof, old_root, mth([*leaves[:-1], b"x"]))
    assert not proves_consistency(old, new, [*proof, new_root], old_root, new_root)
    assert new == old or not proves_consistency(new, old, proof, new_root, old_root)
    for wrong in spoiled(proof, data):
        assert not proves_consistency(old, new, wrong, old_root, new_root)


def spoiled(proof: list[bytes], data: st.DataObject) -> list[list[bytes]]:
    """The proof with one bit changed, and without one of its hashes."""
    if not proof:
        return []
    at = data.draw(st.integers(0, len(proof) - 1))
    bit = data.draw(st.integers(0, 255))
    flipped = (int.from_bytes(proof[at]) ^ 1 << bit).to_bytes(32)
    return [[*proof[:at], flipped, *proof[at + 1 :]], [*proof[:at], *proof[at + 1 :]]]


def test_every_tree_begins_with_the_empty_one_only() -> None:
    root = mth(leaves_of(3))
    assert proves_consistency(0, 3, [], EMPTY_ROOT, root)
    assert not proves_consistency(0, 3, [], root, root)
    assert not proves_consistency(0, 0, [EMPTY_ROOT], EMPTY_ROOT, EMPTY_ROOT)
    assert consistency_spans(0, 3) == consistency_spans(3, 3) == []


def test_impossible_questions_are_refused() -> None:
    with pytest.raises(ValueError, match="no leaf 3"):
        inclusion_spans(3, 3)
    with pytest.raises(ValueError, match="does not begin with 4"):
        consistency_spans(4, 3)
    with pytest.raises(ValueError, match="no span"):
        perfect_subtrees(Span(3, 2))
    assert not proves_inclusion(b"", 0, 1, [], b"")
    assert not proves_inclusion(EMPTY_ROOT, 0, 0, [], EMPTY_ROOT)


def test_folding_a_span_at_the_right_edge_is_its_subtree() -> None:
    leaves = leaves_of(23)
    parts = [mth(leaves[p.number << p.level : (p.number + 1) << p.level]) for p in perfect_subtrees(Span(16, 23))]
    assert fold(parts) == mth(leaves[16:])
