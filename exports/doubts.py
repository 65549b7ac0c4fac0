"""Which dossiers hold an exhibit whose bytes did not hold: marked in the register, and none of them leaves meanwhile.

A mark is made by the worker after the incident, stays for good, and is entered where the exports of the case are.
"""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from core import clock
from core.accounts import Actor
from core.db import Base, Moment
from core.errors import Conflict
from core.ledger import entries as ledger
from evidence import incidents
from evidence.exhibits import Exhibit
from evidence.incidents import Incident
from exports.contents import Dossier
from exports.register import Export


class ExhibitFrozen(Conflict):
    """Bytes of an exhibit did not hold, and until a supervisor has closed the incident nothing of it leaves."""


class Doubt(Base):
    """One version of a dossier that holds an exhibit to which an incident belongs."""

    __tablename__ = "export_doubts"
    __table_args__ = (UniqueConstraint("export_id", "incident_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    export_id: Mapped[UUID] = mapped_column(ForeignKey("exports.id"))
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incidents.id"), index=True)
    exhibit_id: Mapped[UUID] = mapped_column(ForeignKey("exhibits.id"))
    at: Mapped[datetime] = mapped_column(Moment)


def mark(session: Session, actor: Actor, exhibit_id: UUID) -> int:
    """Mark every version that holds an exhibit for each of its incidents about bytes; gives how many were new."""
    exhibit = session.get_one(Exhibit, exhibit_id)
    found = [one for one in incidents.of_exhibit(session, exhibit) if one.kind == incidents.BYTES]
    holding = [
        one
        for one in session.scalars(select(Export).where(Export.case_id == exhibit.case_id).order_by(Export.asked_at))
        if str(exhibit_id) in one.versions.get("exhibits", {})
    ]
    new = 0
    for incident in found:
        known = set(session.scalars(select(Doubt.export_id).where(Doubt.incident_id == incident.id)))
        for export in holding:
            if export.id in known or export.asked_at > incident.opened:
                continue
            at = clock.now()
            session.add(
                Doubt(id=uuid4(), export_id=export.id, incident_id=incident.id, exhibit_id=exhibit_id, at=at)
            )  # fmt: skip
            _enter(session, actor, export, incident)
            new += 1
    session.flush()
    return new


def of_export(session: Session, export: Export) -> list[tuple[Incident, Doubt]]:
    """The incidents by which a version is marked, in order of time."""
    query = select(Incident, Doubt).join(Doubt, Doubt.incident_id == Incident.id)
    rows = session.execute(query.where(Doubt.export_id == export.id).order_by(Doubt.at, Incident.ordinal)).all()
    return [(incident, doubt) for incident, doubt in rows]


def of_incident(session: Session, incident: Incident) -> list[Export]:
    """The versions that an incident has marked, in the order in which they were asked for."""
    query = select(Export).join(Doubt, Doubt.export_id == Export.id).where(Doubt.incident_id == incident.id)
    return list(session.scalars(query.order_by(Export.asked_at, Export.id)))


def refuse(session: Session, exhibit: Exhibit) -> None:
    """Raise ExhibitFrozen while an incident keeps an exhibit from leaving; nothing when none does."""
    if (incident := incidents.frozen(session, exhibit)) is not None:
        raise ExhibitFrozen(
            f"«{exhibit.reference}» does not leave: bytes of it did not hold (incident {incident.number}); explain the "
            "incident, and let a supervisor close it"
        )


def refuse_any(session: Session, dossier: Dossier) -> None:
    """Raise ExhibitFrozen when a dossier holds an exhibit that does not leave now."""
    for one in dossier.exhibits:
        exhibit = session.get(Exhibit, UUID(one.id))
        if exhibit is not None:
            refuse(session, exhibit)


def _enter(session: Session, actor: Actor, export: Export, incident: Incident) -> None:
    ledger.append(
        session, f"access/{export.case_id}", actor, "dossier in doubt", case=export.case_id, subject=export.id,
        outcome="failed", dossier=export.dossier, version=export.version, incident=incident.number,
        exhibit=incident.exhibit_id,
    )  # fmt: skip
