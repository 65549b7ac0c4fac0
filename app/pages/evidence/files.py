"""Pages of files: its text with pinpoints and marks, where else the same is seen, and taking the original out."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.api.evidence import hand_out
from app.auth import actor
from app.pages.cases import standing
from app.pages.counter import Page, Shown, desk, masks_of, page, place, rows_of, table_page
from app.pages.evidence.tables import files_table, hashes_table, readers_table
from app.pages.shapes.evidence import file_view, near_of
from app.pages.views.frame import Link
from app.pages.views.seen import elsewhere, passage_view, same, selector_views, sought
from app.pages.views.tables import Place
from app.pages.views.words import state
from app.wiring import services, transaction
from cases import access
from cases.access import Act
from evidence import files, selectors, text
from evidence.exhibits import Exhibit
from evidence.files import File, Reading
from search import links

_PASSAGES = 50
_DIGITS = 9


@desk.shows("/cases/<uuid:case_id>/files")
def files_of(case_id: UUID) -> Shown:
    """The files of a case by how far they were read."""
    here = place()
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.SEE)
        query = files.of_case(session, actor(), case_id)
        if here.get("reading") in {one.value for one in Reading}:
            query = query.where(File.reading == here.get("reading"))
        rows, more = rows_of(session, query, File.received, File.id, down=False, after=here.get("after"))
        table = files_table(rows, here, "Files", more=more)
        return table_page("evidence/files.html", table, "files", filters=_filters(here), **standing(session, case))


@desk.shows("/files/<uuid:file_id>")
def file(file_id: UUID) -> Page:
    """One file; its text shows for a stated purpose, and that it was read is an entry."""
    with transaction() as session:
        found = files.fetch(session, actor(), file_id, to=Act.SEE)
        case = access.fetch(session, actor(), found.case_id, to=Act.SEE)
        values = standing(session, case)
        content = _content(session, found) if actor().purpose and values["may"].get("read") else _closed()
        parent = files.fetch(session, actor(), found.parent_id, to=Act.SEE) if found.parent_id else None
        near = near_of(parent, files.children(session, found))
        exhibit = session.get_one(Exhibit, found.exhibit_id)
        values["file"] = file_view(found, exhibit, content.pop("facts"), near)
        values["hashes"] = hashes_table(session, [found])
        values["readers"] = readers_table(session, found.case_id, f'"subject":"{found.id}"', place())
        return page("evidence/file.html", **values, **content)


@desk.takes("/files/<uuid:file_id>/download")
def download(file_id: UUID) -> Response:
    """Take the original out; the entry is written before the first byte leaves."""
    return hand_out(actor(), file_id)


def _closed() -> dict[str, Any]:
    return {"passages": (), "selectors": (), "same": (), "next_text": "", "facts": {}}


def _content(session: Session, found: File) -> dict[str, Any]:
    """What the file says, entered as read; names of the protected stand as pseudonyms."""
    files.fetch(session, actor(), found.id, to=Act.READ)
    files.note_reading(session, actor(), found, "page")
    here, keyring = place(), services().keyring
    masks = masks_of(session, found.case_id)
    after = _ordinal(here.get("after"))
    shown = text.page(session, keyring, found, after=after, size=_PASSAGES)
    sighted = selectors.of_file(session, found)
    facts = text.facts(found, text.key_of(session, keyring, found))
    also = links.also_seen(session, actor(), keyring, found.id)
    return {
        "passages": [passage_view(one, sought(sighted), masks) for one in shown],
        "selectors": selector_views(here.path, sighted, elsewhere(also)),
        "same": same(also),
        "next_text": here.having(after=str(shown[-1].ordinal)).url if len(shown) == _PASSAGES else "",
        "facts": {name: masks.apply(value) for name, value in facts.items()},
    }


def _ordinal(text: str) -> int:
    """The passage after which to read on; the beginning for what is no number of one."""
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else 0


def _filters(here: Place) -> list[Link]:
    chosen = here.get("reading")
    clear = here.without("reading", chosen)
    return [
        Link(state(one.value).word, clear.url if chosen == one else clear.also("reading", one.value).url, chosen == one)
        for one in Reading
    ]
