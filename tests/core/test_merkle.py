"""The tree is that of RFC 6962, and no proof shows what is not so."""

import base64
import hashlib
import json
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.ledger import merkle
from core.ledger.merkle import ProofWrong

LEAVES = [merkle.leaf(str(number).encode()) for number in range(130)]


def naive(leaves):
    """The root as RFC 6962 2.1 defines it, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive(leaves[:k]) + naive(leaves[k:])).digest()


def path(m, leaves):
    """The audit path as RFC 6962 2.1.1 defines it."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*path(m, leaves[:k]), naive(leaves[k:])]
    return [*path(m - k, leaves[k:]), naive(leaves[:k])]


def subproof(m, leaves, *, whole):
    """The consistency proof as RFC 6962 2.1.2 defines it."""
    if m == len(leaves):
        return [] if whole else [naive(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*subproof(m, leaves[:k], whole=whole), naive(leaves[k:])]
    return [*subproof(m - k, leaves[k:], whole=False), naive(leaves[:k])]


def test_the_published_constants_come_out():
    assert merkle.EMPTY.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert merkle.root([]) == merkle.EMPTY
    assert merkle.leaf(b"").hex().startswith("6e340b9c")
    assert merkle.leaf(b"L123456").hex().startswith("395aa064")
    assert merkle.node(b"N123", b"N456").hex().startswith("aa217fe8")


def vectors(corpus, kind):
    found = [(path, json.loads(path.read_text())) for path in (corpus / "standards_merkle" / kind).rglob("*.json")]
    assert len(found) > 40
    return found


def raw(text):
    return base64.b64decode(text or "")


def judged(check, *given):
    try:
        check(*given)
    except ProofWrong:
        return False
    return True


def test_every_published_vector_of_inclusion_comes_out_as_it_should(corpus):
    for path_, one in vectors(corpus, "inclusion"):
        proof = [raw(hash_) for hash_ in one["proof"] or ()]
        given = raw(one["leafHash"]), one["leafIdx"], one["treeSize"], proof, raw(one["root"])
        assert judged(merkle.check_inclusion, *given) is not one["wantErr"], path_


def test_every_published_vector_of_consistency_comes_out_as_it_should(corpus):
    for path_, one in vectors(corpus, "consistency"):
        proof = [raw(hash_) for hash_ in one["proof"] or ()]
        given = one["size1"], raw(one["root1"]), one["size2"], raw(one["root2"]), proof
        assert judged(merkle.check_consistency, *given) is not one["wantErr"], path_


@given(size=st.integers(0, 130))
def test_a_root_is_what_the_standard_defines(size):
    assert merkle.root(LEAVES[:size]) == naive(LEAVES[:size])


def test_every_proof_of_every_small_tree_is_what_the_standard_defines_and_holds():
    for size in range(1, 40):
        leaves = LEAVES[:size]
        root = naive(leaves)
        for index in range(size):
            proof = merkle.inclusion(merkle.over(leaves), index, size)
            assert proof == path(index, leaves)
            merkle.check_inclusion(leaves[index], index, size, proof, root)
        for old in range(1, size + 1):
            proof = merkle.consistency(merkle.over(leaves), old, size)
            assert proof == subproof(old, leaves, whole=True)
            merkle.check_consistency(old, naive(leaves[:old]), size, root, proof)


@st.composite
def _inclusions(draw):
    size = draw(st.integers(1, 130))
    index = draw(st.integers(0, size - 1))
    return size, index, merkle.inclusion(merkle.over(LEAVES[:size]), index, size), naive(LEAVES[:size])


@st.composite
def _consistencies(draw):
    new = draw(st.integers(1, 130))
    old = draw(st.integers(1, new))
    proof = merkle.consistency(merkle.over(LEAVES[:new]), old, new)
    return old, naive(LEAVES[:old]), new, naive(LEAVES[:new]), proof


@given(one=_inclusions(), other=st.integers(-2, 140))
def test_an_inclusion_at_another_index_is_refused(one, other):
    size, index, proof, root = one
    assume(other != index)

    with pytest.raises(ProofWrong):
        merkle.check_inclusion(LEAVES[index], other, size, proof, root)


@given(one=_inclusions(), other=st.integers(1, 130))
def test_an_inclusion_of_another_leaf_is_refused(one, other):
    size, index, proof, root = one
    assume(other % 130 != index)

    with pytest.raises(ProofWrong):
        merkle.check_inclusion(LEAVES[other % 130], index, size, proof, root)


@given(one=_inclusions(), data=st.data())
def test_an_inclusion_with_any_hash_changed_dropped_doubled_or_swapped_is_refused(one, data):
    size, index, proof, root = one
    assume(proof)
    for changed in _changed(proof, data):
        with pytest.raises(ProofWrong):
            merkle.check_inclusion(LEAVES[index], index, size, changed, root)


@given(one=_consistencies(), data=st.data())
def test_a_consistency_with_any_hash_changed_dropped_doubled_or_swapped_is_refused(one, data):
    old, root1, new, root2, proof = one
    assume(proof)
    for changed in _changed(proof, data):
        with pytest.raises(ProofWrong):
            merkle.check_consistency(old, root1, new, root2, changed)


def _changed(proof, data):
    at = data.draw(st.integers(0, len(proof) - 1))
    bit = data.draw(st.integers(0, 255))
    flipped = bytearray(proof[at])
    flipped[bit // 8] ^= 1 << bit % 8
    yield [*proof[:at], bytes(flipped), *proof[at + 1 :]]
    yield [*proof[:at], *proof[at + 1 :]]
    yield [*proof[:at], proof[at], *proof[at:]]
    yield [*proof, b"\x00" * 32]
    yield [b"\x00" * 32, *proof]
    yield [*proof[:at], proof[at][:31], *proof[at + 1 :]]
    yield [*proof[:at], proof[at] + b"\x00", *proof[at + 1 :]]
    if len(set(proof)) > 1:
        yield proof[::-1]


def test_sizes_off_by_one_are_refused_wherever_the_shape_shows_it():
    for size, index in ((7, 3), (8, 7), (9, 8), (64, 0), (65, 64)):
        proof = merkle.inclusion(merkle.over(LEAVES[:size]), index, size)
        merkle.check_inclusion(LEAVES[index], index, size, proof, naive(LEAVES[:size]))
        for other in (size - 1, size + 1):
            with pytest.raises(ProofWrong):
                merkle.check_inclusion(LEAVES[index], index, other, proof, naive(LEAVES[:other]))


@given(old=st.integers(1, 128), more=st.integers(0, 127), off=st.sampled_from([-1, 1]))
def test_a_consistency_between_sizes_off_by_one_is_refused(old, more, off):
    new = min(old + more, 129)
    proof = merkle.consistency(merkle.over(LEAVES[:new]), old, new)

    for first, second in ((old + off, new), (old, new + off)):
        if not 0 < first <= second:
            with pytest.raises(ProofWrong):
                merkle.check_consistency(first, naive(LEAVES[:old]), second, naive(LEAVES[:new]), proof)
            continue
        # The same hashes may well be the proof between another pair of sizes, but then with the roots of these.
        assume(proof != merkle.consistency(merkle.over(LEAVES[:second]), first, second))
        with pytest.raises(ProofWrong):
            merkle.check_consistency(first, naive(LEAVES[:first]), second, naive(LEAVES[:second]), proof)


def test_two_trees_of_one_size_are_consistent_only_when_they_are_the_same():
    one, other = naive(LEAVES[:5]), naive(LEAVES[1:6])
    merkle.check_consistency(5, one, 5, one, [])

    for roots, proof in (((one, other), []), ((one, one), [one])):
        with pytest.raises(ProofWrong):
            merkle.check_consistency(5, roots[0], 5, roots[1], proof)


def test_nothing_shows_that_a_tree_begins_with_the_empty_one():
    for new, proof in ((0, []), (5, []), (5, [naive(LEAVES[:5])])):
        with pytest.raises(ProofWrong):
            merkle.check_consistency(0, merkle.EMPTY, new, naive(LEAVES[:new]), proof)
    with pytest.raises(ProofWrong):
        merkle.consistency(merkle.over(LEAVES), 0, 5)


@pytest.mark.parametrize("size", [0, -1, merkle.MOST + 1])
def test_sizes_that_no_tree_has_are_refused(size):
    with pytest.raises(ProofWrong):
        merkle.check_inclusion(LEAVES[0], 0, size, [], LEAVES[0])
    with pytest.raises(ProofWrong):
        merkle.check_consistency(1, LEAVES[0], size, LEAVES[0], [LEAVES[1]] * 63)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_what_has_not_the_length_of_a_hash_is_no_hash(length):
    bad = b"x" * length
    for one, other in ((bad, LEAVES[0]), (LEAVES[0], bad)):
        with pytest.raises(ProofWrong):
            merkle.check_inclusion(one, 0, 1, [], other)
        with pytest.raises(ProofWrong):
            merkle.check_consistency(1, one, 1, other, [])


def test_a_tree_grows_by_steps_that_all_fit_together():
    sizes = [1, 2, 3, 7, 8, 64, 65, 129]
    for old, new in pairwise(sizes):
        proof = merkle.consistency(merkle.over(LEAVES), old, new)
        merkle.check_consistency(old, naive(LEAVES[:old]), new, naive(LEAVES[:new]), proof)
