"""API: dossiers, ordered here and made by the worker."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint, Response, stream_with_context
from pydantic import Field
from werkzeug.wrappers import Response as Answer

from app import exporting
from app.api.describing import Description, Given, Taken, described
from app.auth import actor
from app.wiring import services, transaction
from exports import register
from exports.dossier import Order
from exports.register import Export, State, WrongState

routes = Blueprint("exports", __name__)
_PURPOSE = {"X-Purpose": "for what purpose you read, when none was chosen at sign-in"}
_TAR, _PDF = "application/x-tar", "application/pdf"


class NewDossier(Taken):
    """What is to be made into a dossier: chosen exhibits in their order."""

    exhibits: Annotated[list[UUID], Field(min_length=1, max_length=2_000)]
    title: Annotated[str, Field(min_length=1, max_length=300)]
    recipient: Annotated[str, Field(max_length=300)] = ""
    dossier: Annotated[str, Field(max_length=20)] = ""
    looked_through: Annotated[list[UUID], Field(max_length=10_000)] = []


class Words(Taken):
    """What a signature says."""

    words: Annotated[str, Field(max_length=300)] = ""


class SignatureGiven(Given):
    """Who signed off."""

    who: str
    role: str
    at: datetime
    words: str


class ExportGiven(Given):
    """A version of a dossier and what became of it."""

    id: UUID
    case_id: UUID
    dossier: str
    version: int
    title: str
    recipient: str
    purpose: str
    state: str
    because: str
    asked_name: str
    asked_at: datetime
    made_at: datetime | None
    digests: dict[str, Any]


class ExportList(Given):
    """The dossiers of a case, newest first."""

    exports: list[ExportGiven]


@routes.get("/cases/<uuid:case_id>/dossiers")
@described(Description("The dossiers of a case, newest first", gives=ExportList))
def listed(case_id: UUID) -> ExportList:
    """List the dossiers."""
    with transaction() as session:
        return ExportList(exports=[_shape(one) for one in register.of_case(session, actor(), case_id)])


@routes.post("/cases/<uuid:case_id>/dossiers")
@described(
    Description(
        "Order a dossier; the worker makes it", takes=NewDossier, gives=ExportGiven, status=202, headers=_PURPOSE
    )
)
def ordered(case_id: UUID, taken: NewDossier) -> ExportGiven:
    """Order a dossier."""
    who = actor()
    order = Order(
        case_id,
        tuple(taken.exhibits),
        taken.title,
        who.purpose,
        taken.recipient,
        taken.dossier,
        frozenset(taken.looked_through),
    )
    export_id = exporting.ask(who, order, later=True)
    with transaction() as session:
        return _shape(register.fetch(session, who, export_id))


@routes.get("/dossiers/<uuid:export_id>")
@described(Description("One version of a dossier", gives=ExportGiven))
def one_export(export_id: UUID) -> ExportGiven:
    """Give one version."""
    with transaction() as session:
        return _shape(register.fetch(session, actor(), export_id))


@routes.post("/dossiers/<uuid:export_id>/signatures")
@described(
    Description(
        "Put my name under a dossier that somebody else ordered",
        takes=Words,
        gives=SignatureGiven,
        status=201,
        headers=_PURPOSE,
    )
)
def signed(export_id: UUID, taken: Words) -> SignatureGiven:
    """Sign off."""
    with transaction() as session:
        return SignatureGiven.model_validate(
            register.sign_off(session, actor(), services().keyring, export_id, taken.words)
        )


@routes.get("/dossiers/<uuid:export_id>/pdf")
@described(Description("The dossier as PDF/A-3b", media=_PDF, headers=_PURPOSE))
def pdf(export_id: UUID) -> Answer:
    """Hand out the PDF."""
    return hand_out_pdf(export_id)


@routes.get("/dossiers/<uuid:export_id>/bundle")
@described(Description("The whole bundle as one tar, with its own verifier", media=_TAR, headers=_PURPOSE))
def bundled(export_id: UUID) -> Answer:
    """Hand out the bundle."""
    return hand_out_bundle(export_id)


@routes.post("/dossiers/<uuid:export_id>/shelf")
@described(
    Description(
        "Make the PDF of a version again whose copy at hand does not hold; it has to be the same to the byte",
        gives=ExportGiven, headers=_PURPOSE,
    )
)  # fmt: skip
def remade(export_id: UUID) -> ExportGiven:
    """Make it again."""
    return _shape(exporting.remake(actor(), export_id))


def hand_out_pdf(export_id: UUID) -> Answer:
    """The PDF of a made version, for API and pages alike."""
    _made(export_id)
    made = exporting.from_shelf(actor(), export_id)
    answer = Response(made.pdf, mimetype=_PDF)
    answer.headers["Content-Disposition"] = f'attachment; filename="{made.name}.pdf"'
    return answer


def hand_out_bundle(export_id: UUID) -> Answer:
    """The bundle of a made version as a tar, for API and pages alike."""
    _made(export_id)
    name, pieces = exporting.stream(actor(), export_id)
    answer = Response(stream_with_context(pieces), mimetype=_TAR)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.tar"'
    return answer


def _made(export_id: UUID) -> None:
    with transaction() as session:
        export = register.fetch(session, actor(), export_id)
    if export.state != State.MADE:
        raise WrongState(
            f"this version is {export.state} and not made yet{': ' if export.because else ''}{export.because}"
        )


def _shape(export: Export) -> ExportGiven:
    return ExportGiven.model_validate(export)
