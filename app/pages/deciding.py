"""The page «To decide»: proposals, late entries, offers and statements that wait for whoever reads it."""

from uuid import UUID

from flask import redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import deciding
from app.auth import actor
from app.pages.counter import Page, desk, masks_of, page, returning, typed
from app.wiring import transaction
from evidence import custody
from evidence.continuity import overdue, statements
from evidence.exhibits import Exhibit


@desk.shows("/to-decide")
def to_decide() -> Page:
    """Everything that waits for this person's word."""
    with transaction() as session:
        who = actor()
        asked = statements.wanted_of(session, who)
        return page(
            "to_decide.html",
            proposals=[(one, _hidden(session, one.case, f"{one.words}")) for one in deciding.waiting(session, who)],
            offers=[
                (one, _said(session, one), overdue.answer_by(session, one)) for one in custody.offered_to(session, who)
            ],
            asked=[(one, exhibit.reference) for one, exhibit in asked],
        )


def _again(proposal_id: UUID) -> Page:  # noqa: ARG001  # the page is the same whichever proposal was decided
    return to_decide()


@desk.takes("/decisions/<uuid:proposal_id>")
@returning(_again)
def decide_proposal(proposal_id: UUID) -> Response:
    """Grant or refuse a proposal, with the reason."""
    with transaction() as session:
        deciding.decide(session, actor(), proposal_id, grants=typed("answer") == "grant", reason=typed("reason"))
    return redirect(url_for("desk.to_decide"))


def count(session: Session) -> int:
    """How much waits for this person's decision or statement."""
    who = actor()
    return len(deciding.waiting(session, who)) + len(statements.wanted_of(session, who))


def _said(session: Session, one: Exhibit) -> str:
    return _hidden(session, one.case_id, f"{one.custodian} offers it to you: {one.description}")


def _hidden(session: Session, case_id: UUID | None, text: str) -> str:
    return masks_of(session, case_id).apply(text) if case_id else text
