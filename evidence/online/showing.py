"""Online items as they are shown: their files as far as the reader may know of them, and what is missing."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from cases.access import Act
from core.accounts import Actor
from evidence import exhibits, files
from evidence.exhibits import Exhibit
from evidence.files import File
from evidence.online import addresses, identities, items
from evidence.online.rows import Element, OnlineItem


@dataclass(frozen=True, slots=True)
class Shown:
    """One online item: its files with their parts, what is missing and why, and whether its identity may be asked."""

    row: OnlineItem
    parts: tuple[tuple[str, File], ...]
    missing: tuple[tuple[Element, str], ...]
    identity: str
    may_ask: bool

    @property
    def typed_host(self) -> str:
        """The host of the typed address in ASCII letters, where it is written in others."""
        return addresses.host_in_ascii(self.row.typed)

    @property
    def final_host(self) -> str:
        """The host after redirects in ASCII letters, where it is written in others."""
        return addresses.host_in_ascii(self.row.final)


def of_exhibit(session: Session, actor: Actor, exhibit_id: UUID) -> tuple[Exhibit, list[Shown]]:
    """The online items of an exhibit for this reader; raises as `exhibits.fetch` does."""
    exhibit = exhibits.fetch(session, actor, exhibit_id, to=Act.SEE)
    known = set(session.scalars(files.of_case(session, actor, exhibit.case_id).where(File.exhibit_id == exhibit.id)))
    asks = identities.may_see(session, actor, exhibit)
    return exhibit, [_shown(session, one, known, asks=asks) for one in items.of_exhibit(session, exhibit)]


def of_item(session: Session, actor: Actor, item_id: UUID) -> tuple[Exhibit, Shown]:
    """One online item for this reader; one that was corrected shows what came in its place."""
    exhibit, item = items.fetch(session, actor, item_id, to=Act.SEE)
    known = set(session.scalars(files.of_case(session, actor, exhibit.case_id).where(File.exhibit_id == exhibit.id)))
    while item.replaced_by_id is not None:
        item = session.get_one(OnlineItem, item.replaced_by_id)
    return exhibit, _shown(session, item, known, asks=identities.may_see(session, actor, exhibit))


def _shown(session: Session, item: OnlineItem, known: set[File], *, asks: bool) -> Shown:
    said = items.reasons(session, item)
    recorded = "recorded and sealed" if item.sealed else "not recorded"
    return Shown(
        row=item,
        parts=tuple((row.role, file) for row, file in items.parts(session, item) if file in known),
        missing=tuple((one, said.get(one, "")) for one in items.missing(session, item)),
        identity=f"{recorded}, and named in dossiers" if item.disclosed else recorded,
        may_ask=asks and bool(item.sealed),
    )
