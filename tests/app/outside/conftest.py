"""An office whose log is watched by a witness and stamped by an authority, both of them real and outside."""

import dataclasses
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask

from app import create_app, proving
from app.outside import attesting
from app.outside.attesting import Attested
from app.wiring import EXTENSION, services, transaction
from app.witness.answering import Witness
from app.witness.memory import Folder
from app.witness.serving import Post
from core.accounts import HOUSE
from core.ledger import checkpoints, tree
from core.ledger import entries as ledger
from tests.authorities import POLICY, Counter, Office, root, serving, signer
from tests.offices import deployment


@dataclass
class Watched:
    """A deployment, and those who vouch for its log."""

    app: Flask
    folder: Path
    witness: Folder
    authority: Counter
    tsa: Office
    lines: list[str] = field(default_factory=list)

    def write(self, count: int = 1, word: str = "noted") -> None:
        """Enter something."""
        with self.app.app_context(), transaction() as session:
            for _ in range(count):
                ledger.append(session, "case/test", HOUSE, word)

    def attest(self, *, stamp: bool = True) -> Attested:
        """Do the round now."""
        with self.app.app_context():
            return attesting.attest_now(stamp=stamp)

    def log(self) -> list[str]:
        """What was entered about the log."""
        with self.app.app_context(), transaction() as session:
            return [entry.act for entry in ledger.entries(session, attesting.CHAIN)]

    def weaknesses(self) -> str:
        """Every weakness of the log, in one text."""
        with self.app.app_context(), transaction() as session:
            return "\n".join(attesting.weaknesses(session))

    def size(self) -> int:
        """How large the tree is."""
        with self.app.app_context(), transaction() as session:
            return tree.size(session)

    def last(self) -> str:
        """The newest checkpoint as it is given out."""
        with self.app.app_context(), transaction() as session:
            row = checkpoints.latest(session)
            return checkpoints.published(session, row) if row else ""

    def vkey(self) -> str:
        """The verifier key of the log."""
        with self.app.app_context(), transaction() as session:
            return proving.signer(session).vkey

    def settings(self, text: str) -> None:
        """Write settings and read them as a new process would."""
        (self.folder / "config.toml").write_text(text)
        again(self, self.folder)

    def close(self) -> None:
        """Let go of database and index."""
        with self.app.app_context():
            services().index.close()
            services().engine.dispose()


def again(watched: Watched, folder: Path) -> None:
    """Start the deployment of a folder anew, in place of the one that ran."""
    watched.close()
    watched.folder, watched.app = folder, create_app(folder)
    watched.app.testing = True


def without(watched: Watched, **changed: object) -> None:
    """Run on other settings from now on."""
    with watched.app.app_context():
        old = services()
    config = dataclasses.replace(old.config, **changed)
    watched.app.extensions[EXTENSION] = dataclasses.replace(old, config=config)


@contextmanager
def post(folder: Folder, port: int = 0) -> Iterator[int]:
    """Let a witness answer on a real socket; gives its port."""
    with Post(("127.0.0.1", port), Witness(folder)) as served:
        thread = threading.Thread(target=served.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield int(served.server_address[1])
        finally:
            served.shutdown()
            thread.join()


@contextmanager
def office(place: Path, url: str = "") -> Iterator[Watched]:
    """An office in a folder, on a database of its own unless another is named."""
    folder, top = place / "office", root()
    app = deployment(folder, **({"database_url": url} if url else {}))
    witness = Folder.make(place / "witness", "court.example/w1")
    tsa = Office(place / "tsa", signer(top))
    (folder / "tsa-root.pem").write_bytes(top.pem)
    with serving(tsa.answer) as authority, post(witness) as port:
        made = Watched(app, folder, witness, authority, tsa)
        made.settings(
            (f'database_url = "{url}"\n' if url else "")
            + f'[[witnesses]]\nurl = "http://127.0.0.1:{port}"\nkey = "{witness.key}"\n'
            + f'[[time_authorities]]\nname = "Stamps"\nurl = "{authority.url}"\nroot = "tsa-root.pem"\n'
            + f'policies = ["{POLICY}"]\n'
        )
        made.write()
        witness.add_log(made.vkey())
        yield made
        made.close()


@pytest.fixture
def watched(tmp_path) -> Iterator[Watched]:
    with office(tmp_path) as made:
        yield made


@pytest.fixture
def watched_on(tmp_path, database_url) -> Iterator[Watched]:
    with office(tmp_path, database_url) as made:
        yield made
