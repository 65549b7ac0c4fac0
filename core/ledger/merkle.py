"""The tree of RFC 6962: hashes, roots, proofs that an entry is in it and that nothing before was rewritten.

Everything here is values in, values out.  What makes a proof asks for the hashes of stretches of leaves (`Span`), so
the same lines serve a short list in a test and a million entries in a database.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from core.errors import Tampered

HASH: Final = 32
EMPTY: Final = hashlib.sha256(b"").digest()
# A tree of more entries than this would need a proof of more lines than a witness reads (tlog-witness: 63).
MOST: Final = 1 << 62

# The hash of the tree over the leaves from the first up to, not including, the second place.
Span = Callable[[int, int], bytes]


class ProofWrong(Tampered):
    """A proof does not show what it is said to show."""


def leaf(data: bytes) -> bytes:
    """The hash of one entry, told apart from that of a node by its first byte."""
    return hashlib.sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """How many leaves stand left in a tree of this size (2 or more): the largest power of two below it."""
    return 1 << (size - 1).bit_length() - 1


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """The hash of the tree over these leaves, in this order."""
    if not leaf_hashes:
        return EMPTY
    row, sha256 = list(leaf_hashes), hashlib.sha256
    while len(row) > 1:
        # A last one without a neighbour goes up as it is: that is the same as splitting at the largest power of two.
        above = [sha256(b"\x01" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=False)]
        row = above + row[len(row) - len(row) % 2 :]
    return row[0]


def over(leaf_hashes: Sequence[bytes]) -> Span:
    """Spans of a list of leaf hashes that is at hand."""
    return lambda first, end: root(leaf_hashes[first:end])


def inclusion(span: Span, index: int, size: int) -> list[bytes]:
    """The proof that the leaf at this index is in the tree of this size: its neighbours, from the leaf up."""
    if not 0 <= index < size:
        raise ProofWrong(f"a tree of {size} entries has none at {index}")
    path: list[bytes] = []
    first, end = 0, size
    while end - first > 1:
        middle = first + split(end - first)
        if index < middle:
            path.append(span(middle, end))
            end = middle
        else:
            path.append(span(first, middle))
            first = middle
    return path[::-1]


def consistency(span: Span, old: int, new: int) -> list[bytes]:
    """The proof that the tree of the new size begins with the tree of the old size; there is none from size 0."""
    if not 0 < old <= new:
        raise ProofWrong(f"nothing can show that a tree of {new} entries begins with one of {old}")
    path: list[bytes] = []
    first, end = 0, new
    while old != end:
        middle = first + split(end - first)
        if old <= middle:
            path.append(span(middle, end))
            end = middle
        else:
            path.append(span(first, middle))
            first = middle
    if first:
        path.append(span(first, end))
    return path[::-1]


def check_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raise `ProofWrong` unless the proof shows this leaf at this index of the tree with this size and root."""
    _lengths(leaf_hash, root, *proof)
    if not 0 <= index < size <= MOST:
        raise ProofWrong(f"a tree of {size} entries has none at {index}")
    here, last, found = index, size - 1, leaf_hash
    for hash_ in proof:
        if not last:
            raise ProofWrong("the proof goes on beyond the root")
        if here & 1 or here == last:
            found = node(hash_, found)
            here, last = _climbed(here, last)
        else:
            found = node(found, hash_)
        here, last = here >> 1, last >> 1
    if last:
        raise ProofWrong("the proof ends below the root")
    if found != root:
        raise ProofWrong(f"the entry is not at {index} of the tree with this root")


def check_consistency(size1: int, root1: bytes, size2: int, root2: bytes, proof: Sequence[bytes]) -> None:
    """Raise `ProofWrong` unless the proof shows that the second tree begins with the whole first one."""
    if not 0 < size1 <= size2 <= MOST:
        raise ProofWrong(f"nothing can show that a tree of {size2} entries begins with one of {size1}")
    if size1 == size2:
        if proof or root1 != root2:
            raise ProofWrong(f"two different trees of {size1} entries")
        return  # a published vector has this hold for what is no hash at all: nothing is computed here
    _lengths(root1, root2, *proof)
    if not proof:
        raise ProofWrong("the proof is empty")
    old, new = _both(size1, root1, size2, proof)
    if (old, new) != (root1, root2):
        raise ProofWrong(f"the tree of {size2} entries does not begin with the one of {size1}")


def _both(size1: int, root1: bytes, size2: int, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The roots of both trees, as a proof of consistency leads to them."""
    here, last = size1 - 1, size2 - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    # An old tree that is whole by itself is where the path begins, so the proof need not repeat its root.
    path = list(proof) if here else [root1, *proof]
    old = new = path[0]
    for hash_ in path[1:]:
        if not last:
            raise ProofWrong("the proof goes on beyond the root")
        if here & 1 or here == last:
            old, new = node(hash_, old), node(hash_, new)
            here, last = _climbed(here, last)
        else:
            new = node(new, hash_)
        here, last = here >> 1, last >> 1
    if last:
        raise ProofWrong("the proof ends below the root")
    return old, new


def _climbed(here: int, last: int) -> tuple[int, int]:
    """Past the levels on which the last subtree has no neighbour."""
    while here and not here & 1:
        here, last = here >> 1, last >> 1
    return here, last


def _lengths(*hashes: bytes) -> None:
    if any(len(one) != HASH for one in hashes):
        raise ProofWrong(f"a hash of the tree has {HASH} bytes")
