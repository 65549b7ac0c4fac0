"""Pages of integrity: an exhibit's and a file's, and the acts about bytes that need other people."""

from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import integrity
from app.api.integrity.hashes import announce_derived, compare, hand_out_explanation
from app.auth import actor
from app.pages.cases import standing
from app.pages.counter import Page, Shown, chosen, desk, form, identity, page, place, returning, typed
from app.pages.shapes.integrity import (
    compared_table,
    files_table,
    hashes_table,
    incidents_table,
    looks_table,
    walk_table,
)
from app.wiring import transaction
from cases import access
from cases.access import Act
from core.accounts import Role
from core.approvals import Standing
from evidence import derivation, exhibits, files, incidents
from evidence.derivation import Method
from evidence.exhibits import Exhibit
from evidence.files import File, State, Stated, Target
from evidence.intake import Announced
from evidence.integrity import comparing, recomputing, restoring, stating, view

_KINDS = (incidents.SEAL, incidents.LOSS, incidents.DAMAGE, incidents.OTHER)


@desk.shows("/exhibits/<uuid:exhibit_id>/integrity")
def exhibit_integrity(exhibit_id: UUID) -> Page:
    """The integrity of an exhibit: its incidents, its files, and a comparison with somebody else's list."""
    return _exhibit(exhibit_id, None)


@desk.takes("/exhibits/<uuid:exhibit_id>/integrity/compare")
@returning(exhibit_integrity)
def compare_list(exhibit_id: UUID) -> Shown:
    """Compare a list of hashes with the exhibit's files; nothing of it is kept."""
    return _exhibit(exhibit_id, compare(exhibit_id, request.form.get("list", "").encode("utf-8", "replace")))


@desk.takes("/exhibits/<uuid:exhibit_id>/incidents")
@returning(exhibit_integrity)
def open_incident(exhibit_id: UUID) -> Response:
    """Say that something about an exhibit must not have happened."""
    with transaction() as session:
        exhibit = exhibits.fetch(session, actor(), exhibit_id, to=Act.HANDLE)
        kind = typed("kind") if typed("kind") in _KINDS else incidents.OTHER
        made = incidents.open_incident(session, actor(), exhibit, kind, typed("because"))
        return redirect(url_for("desk.incident", incident_id=made.id))


@desk.shows("/files/<uuid:file_id>/integrity")
def file_integrity(file_id: UUID) -> Page:
    """The integrity of a file: hashes by target, checks, the walk from the seal, the anchor, and what can be done."""
    with transaction() as session:
        file = files.fetch(session, actor(), file_id, to=Act.SEE)
        case = access.fetch(session, actor(), file.case_id, to=Act.SEE)
        told = view.of_file(session, file)
        values: dict[str, Any] = {
            "file": told, "exhibit": session.get_one(Exhibit, file.exhibit_id).reference,
            "hashes": hashes_table(told), "looks": looks_table(told), "walk": walk_table(told),
            "targets": [(one.value, one.value.replace("_", " ")) for one in Target],
            "algorithms": [(one, one) for one in stating.LENGTHS],
            **_waiting(session, file),
        }  # fmt: skip
        return page("integrity/file.html", **values, **standing(session, case))


@desk.takes("/files/<uuid:file_id>/hashes")
@returning(file_integrity)
def state_hash(file_id: UUID) -> Response:
    """Record a stated hash."""
    stated = Stated(typed("algorithm"), typed("value"), chosen(Target, "target"), typed("stated_by"))
    with transaction() as session:
        stating.state(session, actor(), file_id, stated, typed("because"))
    return redirect(url_for("desk.file_integrity", file_id=file_id))


@desk.takes("/files/<uuid:file_id>/recompute")
@returning(file_integrity)
def ask_recomputation(file_id: UUID) -> Response:
    """Ask for a recomputation that somebody else has to see."""
    with transaction() as session:
        recomputing.ask(session, actor(), file_id, typed("reason"))
    return redirect(url_for("desk.file_integrity", file_id=file_id))


@desk.takes("/files/<uuid:file_id>/recompute/confirm")
@returning(file_integrity)
def confirm_recomputation(file_id: UUID) -> Response:
    """Confirm as the second person, and hash the file now."""
    integrity.recompute(actor(), identity(typed("proposal"), "proposal"))
    return redirect(url_for("desk.file_integrity", file_id=file_id))


@desk.takes("/files/<uuid:file_id>/copy")
@returning(file_integrity)
def propose_copy(file_id: UUID) -> Response:
    """Propose to bring back a frozen file's bytes."""
    with transaction() as session:
        restoring.propose(session, actor(), file_id, typed("why"))
    return redirect(url_for("desk.file_integrity", file_id=file_id))


@desk.takes("/files/<uuid:file_id>/copy/decide")
@returning(file_integrity)
def decide_copy(file_id: UUID) -> Response:
    """Approve or refuse it, as a supervisor."""
    with transaction() as session:
        proposal = identity(typed("proposal"), "proposal")
        restoring.decide(session, actor(), proposal, grants=typed("grants") == "yes", reason=typed("why"))
    return redirect(url_for("desk.file_integrity", file_id=file_id))


@desk.shows("/files/<uuid:file_id>/explanation")
def explanation(file_id: UUID) -> Shown:
    """The explanation sheet, with a draft certificate for a named examiner."""
    return hand_out_explanation(file_id, place().get("examiner"))


@desk.shows("/files/<uuid:file_id>/derive")
def derive_file(file_id: UUID) -> Page:
    """Ask how a file was made that is to be added, then wait for its bytes."""
    with transaction() as session:
        found = files.fetch(session, actor(), file_id, to=Act.SEE)
        exhibits.fetch(session, actor(), found.exhibit_id, to=Act.ADD)
        case = access.fetch(session, actor(), found.case_id, to=Act.SEE)
        targets = [(one.value, one.value.replace("_", " ")) for one in derivation.TARGETS]
        batch, item = place().get("batch"), place().get("item")
        content = ""
        if batch and item:
            batch_id, item_id = identity(batch, "batch"), identity(item, "item")
            content = f"/api/v1/batches/{batch_id}/items/{item_id}/content"
        values = {"parent": found.shown_name, "href": f"/files/{found.id}", "targets": targets, "content": content}
        return page("integrity/derive.html", form=form(target="working_copy"), **values, **standing(session, case))


@desk.takes("/files/<uuid:file_id>/derive")
@returning(derive_file)
def announce_made(file_id: UUID) -> Response:
    """Announce a derived file."""
    told = {name: typed(name) for name in ("method", "tool", "version", "parameters", "person")}
    with transaction() as session:
        method = Method(**told, target=chosen(Target, "target"))
        batch, item = announce_derived(session, file_id, method, Announced(typed("name")))
    return redirect(url_for("desk.derive_file", file_id=file_id, batch=batch, item=item))


def _exhibit(exhibit_id: UUID, found: comparing.Compared | None) -> Page:
    with transaction() as session:
        exhibit = exhibits.fetch(session, actor(), exhibit_id, to=Act.SEE)
        case = access.fetch(session, actor(), exhibit.case_id, to=Act.SEE)
        frozen = incidents.frozen(session, exhibit)
        values: dict[str, Any] = {
            "exhibit": {"id": exhibit.id, "label": exhibit.reference, "href": f"/exhibits/{exhibit.id}"},
            "frozen": {"number": frozen.number, "href": f"/incidents/{frozen.id}"} if frozen else None,
            "incidents": incidents_table(incidents.of_exhibit(session, exhibit), place()),
            "files": files_table(files.of_exhibit(session, exhibit)),
            "compared": compared_table(found) if found else None,
            "kinds": [(one, one) for one in _KINDS],
        }  # fmt: skip
        return page("integrity/exhibit.html", **values, **standing(session, case))


def _waiting(session: Session, file: File) -> dict[str, Any]:
    """What waits for a second person, and whether this reader is one."""
    who, asked, copy = actor(), recomputing.waiting(session, file), restoring.standing(session, file)
    return {
        "asked": {"id": asked.id, "by": asked.proposed_by, "mine": asked.proposed_by_id == who.id} if asked else None,
        "copy": {
            "id": copy.id, "by": copy.proposed_by, "granted": copy.state == Standing.GRANTED,
            "may_decide": who.holds(Role.SUPERVISOR) and copy.proposed_by_id != who.id,
        } if copy else None,
        "is_frozen": file.state == State.FROZEN,
    }  # fmt: skip
