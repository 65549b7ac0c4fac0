"""The log's side of a talk with a witness (C2SP tlog-witness): what is sent, and what is believed of the answer."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from app.outside.calling import Answered, Unreachable, call
from core.ledger import notes
from core.ledger.checkpoints import WouldFork
from core.ledger.notes import Checkpoint, NoteKey, NoteWrong, Signature
from core.ledger.outside.settings import WitnessAt

_TRIES: Final = 4
_MOST: Final = 64 * 1024
# The proof that the tree of the second size begins with the tree of the first.
Proof = Callable[[int, int], list[bytes]]


class Ahead(WouldFork):
    """A witness signed a larger tree than this log knows of: it is an old copy, or was brought back from one."""


class NotWitnessed(Unreachable):
    """A witness answers, and does not sign; why is for a person to look after."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A checkpoint that is to be witnessed: its note with the log's own signature, and how to prove its growth."""

    note: str
    checkpoint: Checkpoint
    proof: Proof


def submit(at: WitnessAt, what: Submission, guess: int = 0) -> Signature:
    """Have a checkpoint cosigned; *guess* is the size that the witness is believed to have signed last.

    Raises `Ahead` when the witness holds more than this checkpoint, `WouldFork` when it holds something else,
    `NotWitnessed` when it does not sign for another reason, `Unreachable` when it does not answer.
    """
    size = what.checkpoint.size
    old = min(guess, size)
    for _ in range(_TRIES):
        proof = what.proof(old, size) if 0 < old < size else []
        lines = [f"old {old}\n", *(f"{notes.encoded(one)}\n" for one in proof), "\n", what.note]
        answer = call(f"{at.url}/add-checkpoint", "".join(lines).encode(), "text/plain; charset=utf-8", most=_MOST)
        if answer.status == 200:
            return _signed(at, what, answer)
        if answer.status == 422 and old:
            raise WouldFork(f"the witness {at.name} signed a tree of {old} entries with which this one does not begin")
        if answer.status != 409:
            raise NotWitnessed(f"the witness {at.name} does not sign ({answer.status}): {answer.text}")
        known = _size(at, answer)
        if known > size:
            raise Ahead(f"the witness {at.name} signed a tree of {known} entries, and this log signed one of {size}")
        if known == old == size:
            raise WouldFork(f"the witness {at.name} signed another tree of {size} entries than this one")
        old = known
    raise NotWitnessed(f"the witness {at.name} answers each time with another size; somebody else submits to it too")


def held(at: WitnessAt, origin: str, keys: Iterable[NoteKey]) -> Checkpoint | None:
    """The last checkpoint that a witness shows for this log, signed by the log and by it; nothing when it shows none.

    A witness need not show any, so nothing follows from nothing.
    """
    name = hashlib.sha256(origin.encode()).hexdigest()
    answer = call(f"{at.url}/{name}/checkpoint", most=_MOST)
    if answer.status != 200:
        return None
    try:
        opened = notes.open_note(answer.body, [*keys, at.key])
        found = Checkpoint.parse(opened.body)
    except NoteWrong as wrong:
        raise NotWitnessed(f"what the witness {at.name} shows for this log does not hold: {wrong.message}") from wrong
    if found.origin != origin or len(opened.keys) < 2:
        raise NotWitnessed(f"the witness {at.name} shows a checkpoint that is not this log's")
    return found


def _signed(at: WitnessAt, what: Submission, answer: Answered) -> Signature:
    try:
        opened = notes.open_note(what.note + answer.body.decode("utf-8"), [at.key])
    except (NoteWrong, UnicodeDecodeError) as wrong:
        raise NotWitnessed(f"the witness {at.name} answered something that is not its signature") from wrong
    # An answer with an empty line in it could pass off another text as what was signed.
    if opened.body != what.checkpoint.body():
        raise NotWitnessed(f"the witness {at.name} signed another text than it was given")
    return max(opened.signatures, key=lambda one: one.time or 0)


def _size(at: WitnessAt, answer: Answered) -> int:
    try:
        return notes.number(answer.body.decode("ascii").removesuffix("\n"))
    except (NoteWrong, UnicodeDecodeError) as wrong:
        raise NotWitnessed(f"the witness {at.name} refuses and does not say which size it holds") from wrong
