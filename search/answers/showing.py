"""Hits as a person sees them: text from the sealed passages, protected names masked, the words asked for marked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.masks import Masks
from core.errors import Tampered
from evidence import text
from evidence.exhibits import Exhibit
from evidence.keyring import Keyring
from evidence.names import shown
from evidence.text import Passage
from search.answers.findings import Found, Group
from search.answers.rights import Known, Place
from search.answers.snippets import Snippet, snippet
from search.asking import Question
from search.engines.protocol import Hit
from search.indexing import masks_of
from search.passages import CARD, kind_of

_CARD_PLACE: Final = "name of the file"
_NO_TEXT: Final = Snippet((), cut_before=False, cut_after=False)


@dataclass(slots=True)
class Shelf:
    """Fetches what is to be shown on one page of a search, each key and each case's masks once."""

    session: Session
    keyring: Keyring
    question: Question
    _masks: dict[UUID, Masks] = field(default_factory=dict)
    _exhibits: dict[UUID, Exhibit] = field(default_factory=dict)

    def hits(self, hits: Collection[Hit], known: dict[UUID, Known]) -> list[Found]:
        """These hits in their order; one whose passage is gone since it was indexed is left out."""
        self._prepare({known[hit.file].case for hit in hits}, {known[hit.file].exhibit for hit in hits})
        passages, broken = self._passages([hit for hit in hits if hit.ordinal != CARD])
        shown_hits = []
        for hit in hits:
            file = known[hit.file]
            passage = passages.get(text.passage_id(hit.file, hit.ordinal))
            if hit.ordinal == CARD:
                shown_hits.append(self._found(hit, file, _CARD_PLACE, file.name))
            elif passage is not None:
                shown_hits.append(self._found(hit, file, passage.pinpoint.words(), passage.text))
            elif text.passage_id(hit.file, hit.ordinal) in broken:
                because = "this passage was changed since it was sealed and is not shown"
                shown_hits.append(self._found(hit, file, "", "", because=because))
        return shown_hits

    def group(self, exhibit: UUID, place: Place, count: int, hits: Sequence[Found]) -> Group:
        """An exhibit with its hits."""
        if exhibit not in self._exhibits:
            self._prepare((), {exhibit})
        row = self._exhibits[exhibit]
        self._prepare({row.case_id}, ())
        mask = self._masks[row.case_id]
        names = (mask.apply(row.reference), mask.apply(row.description))
        return Group(exhibit, *names, row.case_id, place.title, place.number, count, tuple(hits))

    def _prepare(self, cases: Collection[UUID], exhibits: Collection[UUID]) -> None:
        """Fetch what hides protected names and what exhibits are called, for a whole page at once."""
        if new := set(cases) - self._masks.keys():
            self._masks.update(masks_of(self.session, self.keyring, new))
        if new := set(exhibits) - self._exhibits.keys():
            rows = self.session.scalars(select(Exhibit).where(Exhibit.id.in_(new)))
            self._exhibits.update((row.id, row) for row in rows)

    def _found(self, hit: Hit, file: Known, pinpoint: str, written: str, *, because: str = "") -> Found:
        mask = self._masks[file.case]
        masked = mask.apply(written)
        # A name is shown with its hidden characters spelt out; a passage is shown as it was written.
        seen = shown(masked) if hit.ordinal == CARD else masked
        piece = _NO_TEXT if because else snippet(seen, self.question)
        name = shown(mask.apply(file.name))
        kind = kind_of(file.media_type)
        return Found(hit.file, hit.ordinal, name, kind, file.language, pinpoint, piece, because)

    def _passages(self, hits: Collection[Hit]) -> tuple[dict[UUID, Passage], frozenset[UUID]]:
        """The passages by id, and the ids of those that no longer open; one of these does not hide the others."""
        ids = [text.passage_id(hit.file, hit.ordinal) for hit in hits]
        try:
            return {key: one for key, (one, _) in text.some(self.session, self.keyring, ids).items()}, frozenset()
        except Tampered:
            pass
        whole: dict[UUID, Passage] = {}
        broken = set()
        for one in ids:
            try:
                found = text.some(self.session, self.keyring, [one])
            except Tampered:
                broken.add(one)
            else:
                whole.update((key, passage) for key, (passage, _) in found.items())
        return whole, frozenset(broken)
