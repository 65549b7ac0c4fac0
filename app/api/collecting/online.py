"""API: what was collected online, the part that each file is of it, what is missing, and its network identity."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from flask import Blueprint
from pydantic import AwareDatetime, Field

from app.api.describing import Description, Given, Taken, described
from app.auth import actor
from app.wiring import services, transaction
from evidence.online import identities, items, showing
from evidence.online.items import Collected
from evidence.online.rows import Element, Role
from evidence.online.showing import Shown

routes = Blueprint("online", __name__)
Word = Annotated[str, Field(max_length=4_000)]
Name = Annotated[str, Field(min_length=1, max_length=300)]
Needed = Annotated[str, Field(min_length=1, max_length=4_000)]
_ROLE = Literal["page source", "full-page capture", "embedded media", "metadata", "context"]
_PURPOSE = {"X-Purpose": "for what purpose you look"}


class CollectedTaken(Taken):
    """What was collected, as it is stated; the network identity is sealed."""

    typed: Needed
    collector: Name
    tool: Name
    tool_version: Name
    collected: AwareDatetime
    final: Word = ""
    context: Word = ""
    identity: Word = ""


class CorrectionTaken(CollectedTaken):
    """The whole record anew, and why; without an identity the one that was recorded stays."""

    because: Needed


class PartTaken(Taken):
    """Which part of the item a file of the same exhibit is."""

    file: UUID
    role: _ROLE


class ReasonTaken(Taken):
    """Why something of the item is not here."""

    element: Literal[
        "page source", "full-page capture", "embedded media", "metadata", "context", "collection data"
    ]  # fmt: skip
    reason: Needed


class DisclosureTaken(Taken):
    """Whether dossiers name the network identity, and why."""

    discloses: bool
    because: Needed


class PartGiven(Given):
    """A file and the part that it is."""

    file: UUID
    name: str
    sha256: str
    role: str


class MissingGiven(Given):
    """Something that is not here; no reason means that none is recorded."""

    element: str
    reason: str


class OnlineGiven(Given):
    """One online item; ``identity`` says whether a network identity is recorded, and never which."""

    id: UUID
    exhibit_id: UUID
    number: int
    typed: str
    typed_host: str
    final: str
    final_host: str
    context: str
    collector: str
    tool: str
    tool_version: str
    collected: datetime
    collected_local: str
    identity: str
    parts: list[PartGiven]
    missing: list[MissingGiven]


class OnlineList(Given):
    """The online items of an exhibit."""

    items: list[OnlineGiven]


class IdentityGiven(Given):
    """The network identity under which something was collected."""

    identity: str


@routes.get("/exhibits/<uuid:exhibit_id>/online")
@described(Description("What of an exhibit was collected online, and what is missing", gives=OnlineList))
def listed(exhibit_id: UUID) -> OnlineList:
    """List the online items."""
    with transaction() as session:
        _exhibit, found = showing.of_exhibit(session, actor(), exhibit_id)
        return OnlineList(items=[_shape(one) for one in found])


@routes.post("/exhibits/<uuid:exhibit_id>/online")
@described(Description("Record what was collected online", takes=CollectedTaken, gives=OnlineGiven, status=201))
def recorded(exhibit_id: UUID, taken: CollectedTaken) -> OnlineGiven:
    """Record an online item."""
    with transaction() as session:
        made = items.record(session, actor(), services().keyring, exhibit_id, _collected(taken))
        return _shape(showing.of_item(session, actor(), made.id)[1])


@routes.get("/online-items/<uuid:online_id>")
@described(Description("One online item", gives=OnlineGiven))
def one_item(online_id: UUID) -> OnlineGiven:
    """Give an online item."""
    with transaction() as session:
        return _shape(showing.of_item(session, actor(), online_id)[1])


@routes.post("/online-items/<uuid:online_id>/corrections")
@described(
    Description("Record it anew; the older record stays", takes=CorrectionTaken, gives=OnlineGiven, status=201)
)  # fmt: skip
def corrected(online_id: UUID, taken: CorrectionTaken) -> OnlineGiven:
    """Correct an online item."""
    with transaction() as session:
        made = items.correct(session, actor(), services().keyring, online_id, _collected(taken), taken.because)
        return _shape(showing.of_item(session, actor(), made.id)[1])


@routes.post("/online-items/<uuid:online_id>/files")
@described(Description("Say which part of it a file is", takes=PartTaken, gives=OnlineGiven))
def part_given(online_id: UUID, taken: PartTaken) -> OnlineGiven:
    """Give a file its part."""
    with transaction() as session:
        items.give_part(session, actor(), online_id, taken.file, Role(taken.role))
        return _shape(showing.of_item(session, actor(), online_id)[1])


@routes.post("/online-items/<uuid:online_id>/reasons")
@described(Description("Say why something of it is not here", takes=ReasonTaken, gives=OnlineGiven))
def reasoned(online_id: UUID, taken: ReasonTaken) -> OnlineGiven:
    """Record a reason."""
    with transaction() as session:
        items.explain(session, actor(), online_id, Element(taken.element), taken.reason)
        return _shape(showing.of_item(session, actor(), online_id)[1])


@routes.post("/online-items/<uuid:online_id>/identity")
@described(Description("Its network identity; to look is an entry", gives=IdentityGiven, headers=_PURPOSE))
def identity_shown(online_id: UUID) -> IdentityGiven:
    """Show the network identity."""
    with transaction() as session:
        return IdentityGiven(identity=identities.identity(session, actor(), services().keyring, online_id))


@routes.post("/online-items/<uuid:online_id>/disclosure")
@described(Description("Decide whether dossiers name its network identity", takes=DisclosureTaken, gives=OnlineGiven))
def disclosed(online_id: UUID, taken: DisclosureTaken) -> OnlineGiven:
    """Decide about the network identity."""
    with transaction() as session:
        identities.decide(session, actor(), online_id, taken.because, discloses=taken.discloses)
        return _shape(showing.of_item(session, actor(), online_id)[1])


def _collected(taken: CollectedTaken) -> Collected:
    return Collected(**{name: getattr(taken, name) for name in Collected.__dataclass_fields__})


def _shape(told: Shown) -> OnlineGiven:
    names = OnlineGiven.model_fields.keys() - {"typed_host", "final_host", "identity", "parts", "missing"}
    return OnlineGiven(
        **{name: getattr(told.row, name) for name in names},
        typed_host=told.typed_host,
        final_host=told.final_host,
        identity=told.identity,
        parts=[
            PartGiven(file=one.id, name=one.shown_name, sha256=one.sha256, role=role) for role, one in told.parts
        ],
        missing=[MissingGiven(element=one.value, reason=why) for one, why in told.missing],
    )  # fmt: skip
