"""A proof in one small file (C2SP tlog-proof): a check needs it, the entry and a list of trusted keys, nothing else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from core.ledger import merkle, notes
from core.ledger.notes import Checkpoint, NoteKey, Opened, Signature

HEAD: Final = "c2sp.org/tlog-proof@v1"
# A tree of 2^63 entries is 63 levels high.
_MOST: Final = 63


class ProofUnread(merkle.ProofWrong):
    """A text that should be a proof is none."""


class TooFewWitnesses(merkle.ProofWrong):
    """A checkpoint holds, but not as many witnesses as asked for have signed it."""


@dataclass(frozen=True, slots=True)
class LogProof:
    """The place of an entry, its neighbours up to the root, and the signed note of the checkpoint, word for word."""

    index: int
    path: tuple[bytes, ...]
    note: str

    def text(self) -> str:
        """Write it as it is given out."""
        lines = [HEAD, f"index {self.index}", *(notes.encoded(one) for one in self.path), "", self.note]
        return "\n".join(lines)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a proof; raises `ProofUnread` or `NoteWrong` for anything that is not exactly one."""
        opening, empty, note = text.partition("\n\n")
        head, *rest = opening.split("\n")
        if head != HEAD or not empty:
            raise ProofUnread(f"this is no proof: it does not begin with {HEAD}, or has no checkpoint")
        if rest and rest[0].startswith("extra "):
            # Nobody signed it, so nothing is read from it.
            notes.decoded(rest.pop(0).removeprefix("extra "))
        if not rest or not rest[0].startswith("index "):
            raise ProofUnread("the proof does not say at which index its entry stands")
        index = notes.number(rest[0].removeprefix("index "))
        if len(rest) - 1 > _MOST:
            raise ProofUnread(f"the proof has {len(rest) - 1} hashes; no tree is that high")
        return cls(index, tuple(notes.decoded(line) for line in rest[1:]), note)


@dataclass(frozen=True, slots=True)
class Proved:
    """What a proof showed: the place of the entry, the checkpoint, and who signed that."""

    index: int
    checkpoint: Checkpoint
    log: Signature
    witnesses: tuple[Signature, ...]


def check(
    text: str, entry: bytes, keys: Iterable[NoteKey], *, witnesses: Sequence[NoteKey] = (), enough: int | None = None
) -> Proved:
    """Check that the log of one of these keys holds exactly these bytes; raises `Tampered` with the reason.

    All witnesses that are named must have signed the checkpoint, or at least *enough* of them.
    """
    proof = LogProof.parse(text)
    logs = tuple(keys)
    opened = notes.open_note(proof.note, (*logs, *witnesses))
    checkpoint = Checkpoint.parse(opened.body)
    log = _by_the_log(opened, logs, checkpoint)
    seen = [one for one in opened.signatures if one.key in witnesses]
    due = len(set(witnesses)) if enough is None else enough
    if len({one.key for one in seen}) < due:
        names = ", ".join(sorted({one.name for one in witnesses} - {one.key.name for one in seen})) or "nobody else"
        raise TooFewWitnesses(f"the checkpoint lacks the signature of {names}; ask for a newer proof")
    merkle.check_inclusion(merkle.leaf(entry), proof.index, checkpoint.size, proof.path, checkpoint.root)
    return Proved(proof.index, checkpoint, log, tuple(seen))


def _by_the_log(opened: Opened, logs: Sequence[NoteKey], checkpoint: Checkpoint) -> Signature:
    for one in opened.signatures:
        if one.key in logs and one.key.name == checkpoint.origin:
            return one
    raise notes.NoteWrong("no trusted key of the log itself signed this checkpoint")
