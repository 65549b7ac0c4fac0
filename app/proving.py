"""The log of this deployment: under which name and key it signs, what it remembers, and who may ask for which proof."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.wiring import services, transaction
from cases import access
from cases.access import Act
from core.accounts import Actor, Role
from core.errors import Missing
from core.ledger import checkpoints, tree
from core.ledger.checkpoints import CheckpointRow, Signer
from core.ledger.memory import Memory
from core.ledger.notes import Checkpoint
from evidence import exhibits

_AT_ONCE: Final = 1_000


class NoSuchChain(Missing):
    """No chain of the ledgers has this name, or none that this person may know of."""


def memory() -> Memory:
    """What this deployment signed last, kept beside the database and not in it."""
    return Memory.of(services().config.instance)


def signer(session: Session) -> Signer:
    """The name and the key by which this deployment's log signs."""
    house = services()
    origin = checkpoints.origin(session, memory(), house.config.office, house.keyring.key_id)
    return Signer(origin, house.keyring.public, house.keyring.sign)


def take_in() -> int:
    """Take everything that waits into the tree, in small transactions; gives how many entries it were."""
    taken = 0
    while True:
        with transaction() as session:
            count = tree.sequence(session, _AT_ONCE)
        taken += count
        if count < _AT_ONCE:
            return taken


def put_back(session: Session) -> None:
    """Give the database back the checkpoint that was signed last, where only the memory beside it has it."""
    checkpoints.put_back(session, signer(session), memory())


def sign(witnessed: Iterable[Checkpoint] = ()) -> CheckpointRow:
    """Enter what was signed until now, then sign the tree with that, each in a transaction of its own.

    Raises `WouldFork` rather than contradict itself.
    """
    if _entered():
        take_in()
    with transaction() as session:
        return checkpoints.sign(session, signer(session), memory(), witnessed)


def _entered() -> int:
    """Enter every checkpoint and cosignature that no entry names yet; gives how many it were."""
    entered = 0
    while True:
        with transaction() as session:
            put_back(session)
            count = checkpoints.enter(session)
        entered += count
        if count < checkpoints.AT_ONCE:
            return entered


def known(session: Session, actor: Actor, chain: str) -> str:
    """The chain, if the person may know that it exists; raises `NoSuchChain` for what is hidden or never was."""
    kind, _, rest = chain.partition("/")
    try:
        if actor.holds(Role.AUDITOR):
            pass
        elif kind == "custody":
            exhibits.fetch(session, actor, UUID(rest), to=Act.SEE)
        elif kind in {"case", "access"} and rest != "house":
            access.fetch(session, actor, UUID(rest), to=Act.SEE)
        else:
            raise NoSuchChain(f"there is no chain «{chain[:60]}»")
    except (Missing, ValueError) as hidden:
        raise NoSuchChain(f"there is no chain «{chain[:60]}»") from hidden
    return chain


def proof(session: Session, chain: str, position: int | None = None) -> tuple[int, str]:
    """The proof file of an entry, or of the last one of its chain that a checkpoint covers, with its position.

    It stands under the newest checkpoint that witnesses signed, where one covers the entry.  Raises `NotCovered`.
    """
    if position is None:
        row = checkpoints.latest(session)
        position = tree.last_of(session, chain, row.size) if row else None
    if position is None:
        raise checkpoints.NotCovered(f"no entry of «{chain}» is under a signed checkpoint yet; try again in a minute")
    index = tree.index_of(session, chain, position)
    row = None if index is None else checkpoints.witnessed(session, index)
    return position, checkpoints.proof_text(session, chain, position, row)
