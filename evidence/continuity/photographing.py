"""Marking a file of an exhibit as a photograph of the exhibit itself; it came in as every file does."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from cases.access import Act
from cases.docket import NoSuchCase
from core import clock
from core.accounts import Actor
from core.errors import Conflict
from core.ledger import entries as ledger
from evidence import custody, exhibits
from evidence.files import File, State
from evidence.possession.photographs import Photograph, Shows


class MarkedAlready(Conflict):
    """This file is marked as a photograph already."""


def mark(session: Session, actor: Actor, exhibit_id: UUID, file_id: UUID, shows: Shows) -> Photograph:
    """Mark a file as a photograph and enter it; raises as `exhibits.fetch` does, NoSuchCase, or MarkedAlready."""
    exhibit = exhibits.fetch(session, actor, exhibit_id, to=Act.HANDLE)
    ledger.hold(session, exhibit.chain)
    file = session.get(File, file_id, populate_existing=True)
    if file is None or file.exhibit_id != exhibit.id or file.restricted or file.state == State.EXPUNGED:
        raise NoSuchCase
    if session.get(Photograph, file.id) is not None:
        raise MarkedAlready("this file is marked as a photograph already")
    row = Photograph(
        file_id=file.id, exhibit_id=exhibit.id, shows=shows.value, marked=clock.now(), marked_by=actor.signature
    )
    session.add(row)
    session.flush()
    words: dict[str, Any] = {"file": str(file.id), "sha256": file.sha256, "shows": shows.value}
    custody.note_files(session, actor, exhibit, "photograph", words)
    return row
