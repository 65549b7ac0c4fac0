"""Where else the same number or the same content is seen, in cases whose content this person may read."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from app.pages.counter import masks_of
from app.pages.views.seen import Other
from cases import access
from cases.docket import Case
from cases.handling import Sensitivity
from core.accounts import Actor
from evidence import files
from evidence.files import File
from evidence.selectors import Selector

_MOST = 300


def elsewhere(session: Session, actor: Actor, found: File, sighted: Sequence[Selector]) -> list[tuple[str, str, Other]]:
    """For each kind and value, the other files in which it stands; a restricted case is compared with no other."""
    cleared, titles = _others(session, actor, found.case_id)
    wanted = sorted({(one.kind, one.value) for one in sighted})[:_MOST]
    query = (
        select(Selector, File)
        .join(File, File.id == Selector.file_id)
        .where(tuple_(Selector.kind, Selector.value).in_(wanted), Selector.case_id.in_(list(cleared)))
        .order_by(Selector.case_id, File.received, Selector.ordinal)
        .limit(_MOST)
    )
    places: dict[tuple[str, str, UUID], Other] = {}
    for one, file in session.execute(query):
        if file.sensitivity <= cleared[file.case_id]:
            href = f"/files/{file.id}?after={max(0, one.ordinal - 1)}#p{one.ordinal}"
            other = Other(titles[file.case_id], f"{_named(session, file)}, {one.place.words()}", href)
            places.setdefault((one.kind, one.value, file.id), other)
    return [(kind, value, other) for (kind, value, _file), other in places.items()]


def same(session: Session, actor: Actor, found: File) -> list[Other]:
    """Other files with the same bytes, each in a case that this person may read."""
    cleared, titles = _others(session, actor, found.case_id)
    alike = files.same_content(session, found, list(cleared))
    return [
        Other(titles[one.case_id], _named(session, one), f"/files/{one.id}")
        for one in alike[:_MOST]
        if one.sensitivity <= cleared[one.case_id]
    ]


def _named(session: Session, file: File) -> str:
    """A file's name with the names of its own case's protected hidden."""
    return masks_of(session, file.case_id).apply(file.shown_name)


def _others(session: Session, actor: Actor, own: UUID) -> tuple[Mapping[UUID, Sensitivity], Mapping[UUID, str]]:
    readable = access.readable(session, actor)
    query = select(Case).where(Case.id.in_([one for one in readable if one != own]), Case.restricted.is_(False))
    titles = {one.id: one.title for one in session.scalars(query)}
    return {case_id: readable[case_id] for case_id in titles}, titles
