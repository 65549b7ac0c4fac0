"""How much longer indexing takes than a bulk load of the same terms, and a whole search than the engine's own query."""

import random
import secrets
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, islice
from typing import Final
from uuid import uuid4

from elasticsearch import helpers
from flask import Flask
from sqlalchemy.orm import Session

from app.bench.measuring import Figure
from app.wiring import services, transaction
from cases import access
from core import accounts, clock
from core.accounts import Actor, Role
from evidence import exhibits, text
from evidence.exhibits import Description, Exhibit
from evidence.files import File, Reading
from evidence.pinpoints import Pinpoint
from search import asking, finder, indexing
from search.answers import rights
from search.asking import Question
from search.engines.elastic import Elastic, action
from search.engines.protocol import Index, IndexOutOfReach, Scope
from search.passages import Document, Piece, Source, documents

_PER_FILE: Final = 200
_WORDS: Final = 50
_VOCABULARY: Final = 30_000
_CASES: Final = 10
_SEARCHES: Final = 200
_PAGE: Final = 20
_ROUNDS: Final = 3
_ALPHABETS: Final = (
    "abcdefghijklmnoprstuvz", "abcdefghijklmnoprstuvz", "abcdefghijklmnoprstuvz",
    "ابتجحدرسشعفقكلمنهوي", "አበገደሀወዘመነሰረተ", "কখগঘচজটডতদনপ", "абвгдежзиклмнопрст",
)  # fmt: skip


class _Writer:
    """Writes passages of made-up words in five scripts, a few words very often and most seldom, as in real text."""

    def __init__(self) -> None:
        self._chance = random.Random(2026)
        self.words = [self._word() for _ in range(_VOCABULARY)]
        self._weights = list(accumulate(1 / (rank + 8) for rank in range(_VOCABULARY)))

    def passage(self) -> str:
        """A passage; one in ten holds a telephone number in groups."""
        words = self._chance.choices(self.words, cum_weights=self._weights, k=_WORDS)
        if self._chance.random() < 1 / 10:
            words[3] = f"+98 912 {self._chance.randrange(1000):03} {self._chance.randrange(10000):04}"
        return f"{' '.join(words).capitalize()}."

    def queries(self) -> Iterator[str]:
        """Words of the middle ranks, alone and in pairs, phrases and prefixes."""
        while True:
            one, two = (self.words[self._chance.randrange(20, 4_000)] for _ in range(2))
            yield self._chance.choice([one, f"{one} OR {two}", f"{one} {two}", f'"{one} {two}"', f"{one}*"])

    def _word(self) -> str:
        return "".join(self._chance.choices(self._chance.choice(_ALPHABETS), k=self._chance.randint(2, 10)))


def measure_index(count: int, url: str) -> Iterator[Figure]:
    """Index so many passages, from their text on, beside a bulk load of the same terms; needs an Elasticsearch."""
    told, baseline = f"index {count:,} passages in Elasticsearch", "helpers.bulk of the same folded documents"
    if not url:
        yield Figure(told, baseline, 0, 0, "s", 1.5, "not measured: no Elasticsearch is named")
        return
    written = list(_files(_Writer(), count))
    folded = list(_folded(written))
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(_ROUNDS):
        theirs.append(_loading(url, lambda engine: _bulk(engine, folded)))
        ours.append(_loading(url, lambda engine: engine.put(_folded(written))))
    yield Figure(told, baseline, statistics.median(ours), statistics.median(theirs), "s", 1.5)


def _files(writer: _Writer, count: int) -> Iterator[tuple[Source, list[Piece]]]:
    for number in range(count // _PER_FILE):
        source = Source(uuid4(), uuid4(), uuid4(), "open", f"file {number}.pdf", "pdf", "en", "2026-03-01")
        pieces = [Piece(uuid4(), place, writer.passage(), Pinpoint(page=place)) for place in range(1, _PER_FILE + 1)]
        yield source, pieces


def _folded(written: list[tuple[Source, list[Piece]]]) -> Iterator[Document]:
    for source, pieces in written:
        yield from documents(source, pieces, lambda name: name)


def _loading(url: str, load: Callable[[Elastic], object]) -> float:
    """The seconds that a load into new, empty indices takes, up to the moment from which it can be found."""
    engine = Elastic(url, f"bench-{secrets.token_hex(4)}")
    engine.ready()
    try:
        began = time.perf_counter()
        load(engine)
        return time.perf_counter() - began
    finally:
        _remove(engine)


def _remove(engine: Elastic) -> None:
    with suppress(IndexOutOfReach):
        engine.remove()
    engine.close()


def _bulk(engine: Elastic, folded: list[Document]) -> None:
    client = engine.client.options(request_timeout=60)
    helpers.bulk(client, (action(engine.names, one) for one in folded), chunk_size=1_000)
    client.indices.refresh(index=list(engine.names.values()))


def measure_search(app: Flask, count: int, url: str = "") -> Iterator[Figure]:
    """Search so many passages as a person does, beside the engine's own query, on each engine that is there."""
    writer = _Writer()
    with app.app_context():
        actor = _stock(writer, count)
        yield _searching("the embedded index", services().index, actor, writer)
        if url:
            engine = Elastic(url, f"bench-{secrets.token_hex(4)}")
            try:
                yield _searching("Elasticsearch", engine, actor, writer)
            finally:
                _remove(engine)


def _searching(name: str, index: Index, actor: Actor, writer: _Writer) -> Figure:
    indexing.rebuild(transaction, index, services().keyring)
    with transaction() as session:
        scope = rights.held(session, actor).scope()
    ours: list[float] = []
    theirs: list[float] = []
    for typed in islice(writer.queries(), _SEARCHES):
        question = asking.read(typed).question
        theirs.append(_milliseconds(partial(_first, index, question, scope)))
        ours.append(_milliseconds(partial(_search, index, actor, typed)))
    told = f"search on {name}: rights, re-check, snippets, entry; median of {_SEARCHES}"
    return Figure(told, "the bare engine query", statistics.median(ours), statistics.median(theirs), "ms", 3)


def _first(index: Index, question: Question, scope: Scope) -> None:
    list(islice(index.ask(question, scope), finder.LISTED))


def _search(index: Index, actor: Actor, typed: str) -> None:
    with transaction() as session:
        finder.find(session, actor, index, services().keyring, typed, size=_PAGE)


def _milliseconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return (time.perf_counter() - began) * 1000


def _stock(writer: _Writer, count: int) -> Actor:
    """Fill the deployment with cases, exhibits and read files, and give somebody who leads all of them."""
    with transaction() as session:
        user = accounts.add(session, "bench", (Role.INVESTIGATOR,), secrets.token_urlsafe(20))
        actor = user.actor("bench", "investigation")
        held = [_exhibit(session, actor, number) for number in range(_CASES)]
    for number in range(count // _PER_FILE):
        with transaction() as session:
            _file(session, held[number % _CASES], number, writer)
    return actor


def _exhibit(session: Session, actor: Actor, number: int) -> Exhibit:
    case = access.open_case(session, actor, f"Case {number}")
    return exhibits.register(session, actor, case.id, Description(f"A-{number}", "documents"))


def _file(session: Session, exhibit: Exhibit, number: int, writer: _Writer) -> None:
    keyring = services().keyring
    file = File(
        id=uuid4(), case_id=exhibit.case_id, exhibit_id=exhibit.id, name=f"file {number}.pdf", size=1, sha256="",
        sha512="", media_type="application/pdf", blob=uuid4().hex, wrapped_key=b"", method={},
        key_version=keyring.version(session, exhibit.case_id), sensitivity=exhibit.sensitivity, language="en",
        reading=Reading.READ, received=clock.now(), received_by="bench",
    )  # fmt: skip
    session.add(file)
    session.flush()
    written = [_Page(writer.passage(), Pinpoint(page=page)) for page in range(1, _PER_FILE + 1)]
    text.keep(session, file, written, text.key_of(session, keyring, file))


@dataclass(frozen=True, slots=True)
class _Page:
    text: str
    pinpoint: Pinpoint
