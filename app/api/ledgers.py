"""API: the ledgers, for auditors; who did what, never what a piece of evidence says."""

from typing import Annotated

from flask import Blueprint
from pydantic import Field

from app.api.describing import Asked, Description, Given, described
from app.auth import HOUSE_CHAIN, actor
from app.wiring import transaction
from core.accounts import Role
from core.errors import Forbidden
from core.ledger import entries as ledger
from core.ledger import reading
from core.ledger.reading import Filter, Mark

routes = Blueprint("ledgers", __name__)
Text = Annotated[str, Field(max_length=250)]


class ForAuditors(Forbidden):
    """The ledgers as a whole are read by auditors only."""


class LedgerQuery(Asked):
    """Which entries to give."""

    chain: Text = ""
    actor: Text = ""
    case: Text = ""
    subject: Text = ""
    act: Text = ""
    outcome: Text = ""
    since: Text = ""
    until: Text = ""
    after: Text = ""
    size: Annotated[int, Field(ge=1, le=reading.MOST)] = 50


class LedgerEntry(Given):
    """One entry: its head and the digest of its exact bytes."""

    chain: str
    position: int
    at: str
    act: str
    actor: str
    role: str
    case: str
    subject: str
    door: str
    outcome: str
    purpose: str
    previous: str
    digest: str


class LedgerPage(Given):
    """Entries, newest first, and how to ask for those that follow."""

    entries: list[LedgerEntry]
    after: str | None


class BreakGiven(Given):
    """A place where a chain does not hold."""

    chain: str
    position: int
    because: str


class Verification(Given):
    """What a check of all chains found."""

    entries: int
    breaks: list[BreakGiven]


@routes.get("/ledger")
@described(Description("Look through the ledgers (auditors)", asks=LedgerQuery, gives=LedgerPage))
def looked(asked: LedgerQuery) -> LedgerPage:
    """Give entries."""
    _only_auditors()
    wanted = Filter(**{name: getattr(asked, name) for name in Filter.__dataclass_fields__})
    with transaction() as session:
        page, more = reading.look(session, wanted, after=Mark.read(asked.after), size=asked.size)
        ledger.append(session, HOUSE_CHAIN, actor(), "ledger read", purpose="audit", filter=asked.model_dump())
        return LedgerPage(entries=[LedgerEntry.model_validate(one) for one in page], after=str(more) if more else None)


@routes.post("/ledger/verification")
@described(Description("Check every entry of every chain (auditors)", gives=Verification))
def verified() -> Verification:
    """Verify the ledgers."""
    _only_auditors()
    with transaction() as session:
        found = [
            BreakGiven(chain=one.chain, position=one.position, because=one.because) for one in ledger.breaks(session)
        ]
        count = ledger.count(session)
        ledger.append(
            session, HOUSE_CHAIN, actor(), "ledger verified", purpose="audit", entries=count, breaks=len(found)
        )
    return Verification(entries=count, breaks=found)


def _only_auditors() -> None:
    if not actor().holds(Role.AUDITOR):
        raise ForAuditors("the ledgers as a whole are read by auditors; your own entries stand on your account's page")
