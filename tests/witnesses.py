"""A witness that runs as a process of its own, and a log outside any database that talks to it."""

import hashlib
import http.client
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

from app.witness import serving
from app.witness.memory import Folder
from core import cipher
from core.ledger import merkle, notes
from core.ledger.notes import Checkpoint

ORIGIN = "office.example/log"


class Said(NamedTuple):
    """What a server answered."""

    status: int
    kind: str
    text: str


class Log:
    """A log in memory: leaves, a key, and the requests that it sends to a witness."""

    def __init__(self, origin: str = ORIGIN, seed: bytes = bytes(range(32)), word: str = "entry") -> None:
        self.origin, self.seed = origin, seed
        self.leaves = [merkle.leaf(f"{word} {number}".encode()) for number in range(300)]

    @property
    def vkey(self) -> str:
        return notes.vkey(self.origin, cipher.public_key(self.seed))

    def checkpoint(self, size: int) -> Checkpoint:
        return Checkpoint(self.origin, size, merkle.root(self.leaves[:size]))

    def note(self, size: int) -> str:
        body = self.checkpoint(size).body()
        public = cipher.public_key(self.seed)
        line = notes.sign_line(self.origin, lambda text: cipher.sign(self.seed, text), public, body)
        return notes.note(body, [line])

    def proof(self, old: int, new: int) -> list[bytes]:
        return merkle.consistency(merkle.over(self.leaves), old, new) if old and old != new else []

    def request(self, old: int, new: int) -> bytes:
        return asked(old, self.proof(old, new), self.note(new))


def asked(old: int, proof: list[bytes], note: str) -> bytes:
    """The bytes of a request to cosign."""
    return "".join([f"old {old}\n", *(f"{notes.encoded(one)}\n" for one in proof), "\n", note]).encode()


def post(address: tuple[str, int], body: bytes, path: str = "/add-checkpoint") -> Said:
    """Send a request over a real socket."""
    connection = http.client.HTTPConnection(*address, timeout=20)
    try:
        connection.request("POST", path, body)
        return _said(connection)
    finally:
        connection.close()


def last(address: tuple[str, int], origin: str = ORIGIN) -> Said:
    """Ask what was signed last for a log."""
    connection = http.client.HTTPConnection(*address, timeout=20)
    try:
        connection.request("GET", f"/{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint")
        return _said(connection)
    finally:
        connection.close()


def _said(connection: http.client.HTTPConnection) -> Said:
    answer = connection.getresponse()
    return Said(answer.status, answer.getheader("Content-Type", ""), answer.read().decode())


@contextmanager
def answering(folder: Path) -> Iterator[tuple[tuple[str, int], BaseProcess]]:
    """Run the witness of a folder as a process of its own; gives its address and the process, and ends it hard."""
    told, tell = multiprocessing.Pipe(duplex=False)
    # A copy of this process, since starting an interpreter would take longer than all that is tried here.
    process = multiprocessing.get_context("fork").Process(target=_answer, args=(folder, tell))
    process.start()
    tell.close()
    try:
        yield ("127.0.0.1", int(told.recv().rsplit(":", 1)[1])), process
    finally:
        process.kill()
        process.join()
        process.close()
        told.close()


def _answer(folder: Path, tell: Connection) -> None:
    serving.serve(Folder(folder), "127.0.0.1", 0, tell.send)
