"""API: the ledgers, for auditors; who did what, never what a piece of evidence says."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from flask import Blueprint
from pydantic import Field
from sqlalchemy.orm import Session

from app import proving
from app.api.describing import Asked, Description, Given, described
from app.auth import HOUSE_CHAIN, actor
from app.outside import standing
from app.wiring import transaction
from cases.access import Act
from core.accounts import Role
from core.errors import Forbidden
from core.ledger import checkpoints, notes, reading, tree
from core.ledger import entries as ledger
from core.ledger.checkpoints import CheckpointRow, NotCovered
from core.ledger.reading import Filter, Mark
from core.ledger.tree import NoSuchTree
from evidence import exhibits

routes = Blueprint("ledgers", __name__)
Text = Annotated[str, Field(max_length=250)]
_LARGEST: Final = 2**31 - 1


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


class CheckpointGiven(Given):
    """What the log has signed: how many entries it has, the root over them (base64), and the whole signed note."""

    origin: str
    size: int
    root: str
    at: datetime
    key: str
    note: str


class ProofQuery(Asked):
    """Of which entry to give a proof; without a position of the last one that is signed."""

    chain: Annotated[str, Field(min_length=1, max_length=250)]
    position: Annotated[int, Field(ge=1, le=_LARGEST)] | None = None


class EntryQuery(Asked):
    """Of which entry of the exhibit's custody to give a proof; without a position of the last one that is signed."""

    position: Annotated[int, Field(ge=1, le=_LARGEST)] | None = None


class ProofGiven(Given):
    """The proof of one entry (C2SP tlog-proof), word for word; it holds hashes and the signed checkpoint only."""

    chain: str
    position: int
    proof: str


class GrowthQuery(Asked):
    """Between which two sizes of the tree to show that nothing was rewritten."""

    old: Annotated[int, Field(ge=1, le=2**62)]
    new: Annotated[int, Field(ge=1, le=2**62)] | None = None


class GrowthGiven(Given):
    """The consistency proof (RFC 6962, hashes in base64) between two sizes."""

    old: int
    new: int
    proof: list[str]


@routes.get("/ledger/checkpoint")
@described(Description("The newest checkpoint that the log has signed", gives=CheckpointGiven))
def checkpoint() -> CheckpointGiven:
    """Give the newest checkpoint to anybody who is signed in."""
    actor()
    with transaction() as session:
        row = _signed(session)
        return CheckpointGiven(
            origin=row.checkpoint.origin, size=row.size, root=notes.encoded(row.root), at=row.at,
            key=proving.signer(session).vkey, note=checkpoints.published(session, row),
        )  # fmt: skip


class StandingGiven(Given):
    """How the log stands: sizes, the last word of each who vouches for it, time stamps, silences, weaknesses."""

    size: int
    waiting: int
    signed: int
    signed_at: datetime | None
    key: str
    words: list[dict[str, Any]]
    stamps: list[dict[str, Any]]
    heartbeat: datetime | None
    silences: list[str]
    clock_faults: list[str]
    weaknesses: list[str]


@routes.get("/ledger/standing")
@described(Description("How the log stands, and what weakens it (auditors, administrators)", gives=StandingGiven))
def stood() -> StandingGiven:
    """Give the state of the log; nobody outside is asked."""
    if not actor().holds(Role.AUDITOR, Role.ADMINISTRATOR):
        raise ForAuditors("how the log stands is for auditors and administrators")
    with transaction() as session:
        return StandingGiven.model_validate(standing.look(session).told())


@routes.get("/ledger/consistency")
@described(Description("The proof that the tree only grew between two sizes", asks=GrowthQuery, gives=GrowthGiven))
def grown(asked: GrowthQuery) -> GrowthGiven:
    """Give a consistency proof up to what is signed."""
    actor()
    with transaction() as session:
        signed = _signed(session).size
        new = asked.new or signed
        if not asked.old <= new <= signed:
            raise NoSuchTree(f"ask for two sizes, the older first, up to the {signed} entries that are signed")
        path = tree.consistency_proof(session, asked.old, new)
    return GrowthGiven(old=asked.old, new=new, proof=[notes.encoded(one) for one in path])


@routes.get("/ledger/proof")
@described(Description("The proof of one entry of a chain that one may know of", asks=ProofQuery, gives=ProofGiven))
def proved(asked: ProofQuery) -> ProofGiven:
    """Give the proof of an entry."""
    with transaction() as session:
        return _proof(session, asked.chain, asked.position)


@routes.get("/exhibits/<uuid:exhibit_id>/proof")
@described(Description("The proof of an entry of an exhibit's custody", asks=EntryQuery, gives=ProofGiven))
def custody_proved(exhibit_id: UUID, asked: EntryQuery) -> ProofGiven:
    """Give the proof of an exhibit's custody up to the last entry that is signed."""
    with transaction() as session:
        exhibit = exhibits.fetch(session, actor(), exhibit_id, to=Act.SEE)
        return _proof(session, exhibit.chain, asked.position)


def _proof(session: Session, chain: str, position: int | None) -> ProofGiven:
    at, text = proving.proof(session, proving.known(session, actor(), chain), position)
    return ProofGiven(chain=chain, position=at, proof=text)


def _signed(session: Session) -> CheckpointRow:
    row = checkpoints.latest(session)
    if row is None:
        raise NotCovered("this log has signed no checkpoint yet; try again in a minute")
    return row


def _only_auditors() -> None:
    if not actor().holds(Role.AUDITOR):
        raise ForAuditors("the ledgers as a whole are read by auditors; your own entries stand on your account's page")
