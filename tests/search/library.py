"""A house with cases, exhibits and read files, made in one line each, for tests that search."""

from dataclasses import dataclass, field
from hashlib import sha256
from uuid import uuid4

import pytest

from core import clock
from core.ledger import entries as ledger
from evidence import exhibits, text
from evidence.exhibits import Description
from evidence.files import File
from evidence.keyring import Keyring
from evidence.pinpoints import Pinpoint
from search import finder, indexing
from search.engines.protocol import Index
from tests.makers import House

WHOLE = Pinpoint()
on_both_engines = pytest.mark.parametrize("index", ["embedded", "elastic"], indirect=True)


@dataclass(frozen=True)
class Piece:
    text: str
    pinpoint: Pinpoint = WHOLE


@dataclass
class Library(House):
    """A house with keys and an index, in which cases, exhibits and read files are made in one line each."""

    keyring: Keyring = field(kw_only=True)
    index: Index = field(kw_only=True)

    def exhibit(self, lead, case, reference="A-1", *, sensitivity=None, description="a telephone", numbers=()):
        with self.transaction() as session:
            what = Description(reference, description, sensitivity=sensitivity)
            return exhibits.register(session, lead, case.id, what, numbers=numbers)

    def file(self, exhibit, *texts, name="notes.txt", media_type="text/plain", language="en", dated=None, indexed=True):
        """A file that was read; a text may be a pair of text and pinpoint."""
        with self.transaction() as session:
            file = File(
                id=uuid4(), case_id=exhibit.case_id, exhibit_id=exhibit.id, name=name, size=1,
                sha256=sha256(name.encode()).hexdigest(), sha512="", media_type=media_type, blob=uuid4().hex,
                wrapped_key=b"", key_version=self.keyring.version(session, exhibit.case_id), method={},
                sensitivity=exhibit.sensitivity, reading="read", language=language, dated=dated,
                received=clock.now(), received_by="test",
            )  # fmt: skip
            session.add(file)
            session.flush()
            pieces = [one if isinstance(one, Piece) else Piece(one) for one in texts]
            text.keep(session, file, pieces, text.key_of(session, self.keyring, file))
        if indexed:
            self.bring_in(file)
        return file

    def bring_in(self, file):
        return indexing.index_file(self.transaction, self.index, self.keyring, file.id)

    def find(self, actor, typed, **how):
        with self.transaction() as session:
            return finder.find(session, actor, self.index, self.keyring, typed, **how)

    def entries(self, chain):
        with self.transaction() as session:
            return list(ledger.entries(session, chain))
