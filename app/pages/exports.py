"""Pages of the dossiers: the list of a case, building one, and one version with its digests and signatures."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import exporting
from app.api.exports import hand_out_bundle, hand_out_pdf
from app.auth import actor
from app.pages.cases import standing
from app.pages.counter import Page, Shown, desk, form, identity, page, place, returning, table_page, typed
from app.pages.shapes.dossiers import Check, check, choices, dossiers_table, parts_table, version_view
from app.wiring import services, transaction
from cases import access
from cases.access import Act
from core.accounts import Actor
from evidence import custody, exhibits, files
from evidence.authorities import Authority
from evidence.continuity import report
from evidence.continuity.codes import Kind
from evidence.exhibits import Exhibit
from evidence.files import File
from exports import doubts, register, shelf
from exports.dossier import Order
from exports.register import SIGNERS, Export

_MOST_LOOKED_AT = 200


@desk.shows("/cases/<uuid:case_id>/dossiers")
def dossiers(case_id: UUID) -> Shown:
    """List the dossiers of a case."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.SEE)
        table = dossiers_table(register.of_case(session, actor(), case_id), place())
        return table_page("exports/list.html", table, "dossiers", **standing(session, case))


@desk.shows("/cases/<uuid:case_id>/dossiers/order")
def order_dossier(case_id: UUID) -> Page:
    """Choose and order exhibits, and see what is not in order yet."""
    with transaction() as session:
        case = access.fetch(session, actor(), case_id, to=Act.EXPORT)
        known = exhibits.listed(session, actor(), case_id)
        shown = form()
        counted = select(File.exhibit_id, func.count()).where(File.case_id == case_id).group_by(File.exhibit_id)
        counts = {row[0]: row[1] for row in session.execute(counted)}
        values: dict[str, Any] = {"exhibits": choices(known, counts, shown), "checks": _checks(session, case_id, known)}
        return page("exports/order.html", form=shown, **values, **standing(session, case))


@desk.takes("/cases/<uuid:case_id>/dossiers/order")
@returning(order_dossier)
def ordered(case_id: UUID) -> Response:
    """Put a dossier on order; the worker builds it."""
    who: Actor = actor()
    chosen = sorted(request.form.getlist("exhibit"), key=_place)
    order = Order(
        case_id, tuple(identity(one, "exhibits") for one in chosen), typed("title"), who.purpose, typed("recipient")
    )
    export_id = exporting.ask(who, order, later=True)
    return redirect(url_for("desk.dossier", version_id=export_id))


@desk.shows("/dossiers/<uuid:version_id>")
def dossier(version_id: UUID) -> Page:
    """One version: how far it is, what it holds, with which digests, and who signed it off."""
    with transaction() as session:
        export = register.fetch(session, actor(), version_id)
        case = access.fetch(session, actor(), export.case_id, to=Act.SEE)
        values = standing(session, case)
        signed = register.signed_off(session, export)
        may_sign = (
            bool(values["may"].get("export")) and _second(export) and all(one.user_id != actor().id for one in signed)
        )
        values["version"] = version_view(export, signed, may_sign=may_sign)
        values["doubts"] = [
            (f"/incidents/{incident.id}", incident.number, incident.because)
            for incident, _mark in doubts.of_export(session, export)
        ]
        broken = shelf.damaged(session, export)
        values["broken"] = broken and (f"/incidents/{broken.id}", broken.number, broken.because)
        values["parts"] = parts_table(export, _references(session, export), place())
        return page("exports/version.html", **values)


@desk.takes("/dossiers/<uuid:version_id>/sign-off")
@returning(dossier)
def sign_off(version_id: UUID) -> Response:
    """Put a second person's name under a version."""
    with transaction() as session:
        register.sign_off(session, actor(), services().keyring, version_id, typed("words"))
    return redirect(url_for("desk.dossier", version_id=version_id))


@desk.takes("/dossiers/<uuid:version_id>/shelf")
@returning(dossier)
def remake_dossier(version_id: UUID) -> Response:
    """Make the PDF again whose copy at hand does not hold."""
    exporting.remake(actor(), version_id)
    flash("It was made again and is the same to the byte. The incident waits to be explained and closed.", "info")
    return redirect(url_for("desk.dossier", version_id=version_id))


@desk.takes("/dossiers/<uuid:version_id>/pdf")
def dossier_pdf(version_id: UUID) -> Response:
    """Take the PDF out."""
    return hand_out_pdf(version_id)


@desk.takes("/dossiers/<uuid:version_id>/bundle")
def dossier_bundle(version_id: UUID) -> Response:
    """Take the whole bundle out."""
    return hand_out_bundle(version_id)


def _place(exhibit: str) -> int:
    given = typed(f"place-{exhibit}")
    return int(given) if given.isdecimal() else 0


def _second(export: Export) -> bool:
    return export.asked_by != actor().id and actor().holds(*SIGNERS)


def _references(session: Session, export: Export) -> dict[str, str]:
    """The references of the exhibits in a version, of those that this person may know of."""
    known = exhibits.seen(session, actor(), export.case_id)
    return {str(one.id): one.reference for one in session.scalars(known)}


def _checks(session: Session, case_id: UUID, known: list[Exhibit]) -> list[Check]:
    """What is looked at before a dossier leaves; nothing here stops it, all of it is printed."""
    home = f"/cases/{case_id}"
    query = files.of_case(session, actor(), case_id)
    unread = _count(session, query.where(File.reading.not_in(("read", "empty"))))
    apart = _count(session, query.where(File.state != files.State.STORED.value))
    granted = set(
        session.scalars(select(Authority.exhibit_id).where(Authority.exhibit_id.in_([one.id for one in known])))
    )
    bare = sum(one.id not in granted for one in known)
    gaps = sum(
        any(weak.kind is Kind.POSSESSION for weak in report.of_possession(session, one))
        for one in known[:_MOST_LOOKED_AT]
    )
    out = custody.outstanding(session, case_id)
    return [
        check(
            "Custody without gaps",
            gaps,
            fine="No exhibit shows a gap",
            amiss="Exhibits with a gap",
            href=f"{home}/exhibits",
        ),
        check(
            "Legal authority", bare, fine="Each exhibit has one", amiss="Exhibits without one", href=f"{home}/exhibits"
        ),
        check("Files read", unread, fine="All files were read", amiss="Files not read", href=f"{home}/files"),
        check("Bytes as stated", apart, fine="All hashes agree", amiss="Files set apart", href=f"{home}/files"),
        check(
            "Exhibits in the house",
            out,
            fine="None is out or on offer",
            amiss="Out or on offer",
            href=f"{home}/exhibits",
        ),
    ]


def _count(session: Session, query: Any) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0
