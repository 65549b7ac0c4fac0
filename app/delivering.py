"""Take in one announced file in three steps, the same for browser, API, command line and demo.

Rights first in a short transaction, then the stream is sealed in none, then row, digests, custody entry and state in
one.  Whatever breaks off, the item ends with its reason: refused for good, or waiting to be sent again.
"""

from collections.abc import Iterable, Sequence
from typing import BinaryIO
from uuid import UUID

from app.wiring import services, transaction
from core.accounts import Actor
from core.errors import Invalid, Unavailable
from evidence import intake
from evidence.files import File, Stated
from evidence.vault import CutShort, Receipt, TooLarge


class BrokeOff(Invalid):
    """The sender's connection ended before the file did; nothing of it was kept and it can be sent again."""


def take_in(
    actor: Actor,
    item_id: UUID,
    stream: BinaryIO | Iterable[bytes],
    *,
    stated: Sequence[Stated] = (),
    size: int | None = None,
) -> tuple[File, Receipt]:
    """Seal and accept the bytes of an announced item; gives the stored file and the vault's receipt.

    ``size`` is what the sender says in bytes, if it says so.  Raises the refusal after the item has got its state.
    """
    house = services()
    for one in stated:
        intake.check_digest(one.algorithm, one.value)
    try:
        with transaction() as session:
            delivery = intake.expect(session, actor, item_id, limit=house.config.limits.file_bytes)
        expected = delivery.size if delivery.size is not None else size
        receipt = house.vault.seal(stream, delivery.context, limit=delivery.limit, expect=expected)
        with transaction() as session:
            return intake.accept(session, actor, house.keyring, delivery, receipt, stated=stated), receipt
    except TooLarge as refusal:
        _end(actor, item_id, refusal.message, for_good=True)
        raise
    except (CutShort, Unavailable) as refusal:
        _end(actor, item_id, refusal.message, for_good=False)
        raise
    except OSError as cut:
        broken = BrokeOff("the connection ended before the file did; nothing of it was kept, send it again")
        _end(actor, item_id, broken.message, for_good=False)
        raise broken from cut


def refuse(actor: Actor, item_id: UUID, because: str) -> None:
    """End an announced item that can never come, with the reason."""
    _end(actor, item_id, because, for_good=True)


def _end(actor: Actor, item_id: UUID, because: str, *, for_good: bool) -> None:
    with transaction() as session:
        (intake.refuse if for_good else intake.interrupt)(session, actor, item_id, because)
