"""What a witness answers (C2SP tlog-witness): the requests as bytes in, status and text out."""

import threading
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from app.witness.memory import Folder, Seen, named
from core import clock
from core.ledger import merkle, notes
from core.ledger.merkle import ProofWrong
from core.ledger.notes import Checkpoint, NoteWrong

MOST_LINES: Final = 63
MOST_BYTES: Final = 64 * 1024
SIZE: Final = "text/x.tlog.size"
PLAIN: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """A status with its text and the type of it."""

    status: HTTPStatus
    text: str
    kind: str = PLAIN


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is well formed: which size the log believes was signed last, the proof from there, the note."""

    old: int
    proof: list[bytes]
    note: str
    checkpoint: Checkpoint


class Witness:
    """Answers for one folder, one request after the other where they could meet."""

    def __init__(self, folder: Folder) -> None:
        """Answer from this folder."""
        self._folder = folder
        self._alone = threading.Lock()

    def add_checkpoint(self, body: bytes) -> Answer:
        """Cosign a checkpoint if it fits the last one; raises `WitnessBroken` when the last one is not known."""
        try:
            asked = read(body)
        except NoteWrong as fault:
            return _refused(HTTPStatus.BAD_REQUEST, fault.message)
        origin = asked.checkpoint.origin
        keys = self._folder.logs().get(origin)
        if keys is None:
            return _refused(HTTPStatus.NOT_FOUND, "this log is not known here")
        try:
            opened = notes.open_note(asked.note, keys)
        except NoteWrong as fault:
            return _refused(HTTPStatus.FORBIDDEN, fault.message)
        if asked.old > asked.checkpoint.size:
            return _refused(HTTPStatus.BAD_REQUEST, "the old size is larger than that of the checkpoint")
        with self._alone:
            return self._judged(asked, [one.line for one in opened.signatures], self._folder.seen(origin))

    def last(self, name: str) -> Answer:
        """The last checkpoint that was signed for a log, with both signatures, for whoever watches it."""
        for origin in self._folder.logs():
            if named(origin) == name and (seen := self._folder.seen(origin)).note:
                return Answer(HTTPStatus.OK, seen.note)
        return _refused(HTTPStatus.NOT_FOUND, "nothing was signed here for this log")

    def _judged(self, asked: Asked, signed: list[str], last: Seen) -> Answer:
        new = asked.checkpoint
        if asked.old != last.size:
            return Answer(HTTPStatus.CONFLICT, f"{last.size}\n", SIZE)
        if new.size == last.size and last.note and new.root != last.root:
            self._folder.keep_fork(asked.note)
            return Answer(HTTPStatus.CONFLICT, f"{last.size}\n", SIZE)
        try:
            follows(last, new, asked.proof)
        except ProofWrong as fault:
            if last.size:
                self._folder.keep_fork(asked.note)
            return _refused(HTTPStatus.UNPROCESSABLE_ENTITY, fault.message)
        body = new.body()
        line = self._folder.cosign(body, int(clock.now().timestamp()))
        # Kept before it is given out: what a log holds in its hand, the witness remembers after any power cut.
        self._folder.keep(new.origin, Seen(new.size, new.root, notes.note(body, [*signed, line])))
        return Answer(HTTPStatus.OK, line)


def follows(last: Seen, new: Checkpoint, proof: list[bytes]) -> None:
    """Raise `ProofWrong` unless the new tree begins with the last one."""
    if not new.size and new.root != merkle.EMPTY:
        raise ProofWrong("the tree of no entries has another root")
    if last.size:
        merkle.check_consistency(last.size, last.root, new.size, new.root, proof)
    elif proof:
        raise ProofWrong("nothing can be proved from a tree of no entries, so the proof must be empty")


def read(body: bytes) -> Asked:
    """Read a request; raises `NoteWrong` for anything that is not exactly one."""
    head, parted, note = body.partition(b"\n\n")
    try:
        first, *lines = head.decode("ascii").split("\n")
        text = note.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise NoteWrong("the request is not text") from fault
    if not parted or not first.startswith("old "):
        raise NoteWrong("a request is: old and a size, the lines of the proof, an empty line, the checkpoint")
    if len(lines) > MOST_LINES:
        raise NoteWrong(f"a proof has {MOST_LINES} lines at most")
    proof = [notes.decoded(line) for line in lines]
    if any(len(one) != merkle.HASH for one in proof):
        raise NoteWrong(f"each line of the proof holds {merkle.HASH} bytes")
    return Asked(notes.number(first[4:]), proof, text, Checkpoint.parse(notes.body_of(text)))


def _refused(status: HTTPStatus, because: str) -> Answer:
    return Answer(status, because + "\n")
