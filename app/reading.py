"""Reading stored bytes for any purpose: what does not hold breaks the stream and freezes what it belongs to."""

from collections.abc import Iterator

from app.wiring import services, transaction
from core.accounts import Actor
from core.errors import Tampered
from evidence import files
from evidence.vault import Receipt


def opened(who: Actor, kept: Receipt) -> Iterator[bytes]:
    """The bytes of a file, each checked; when they do not hold the file is frozen and its case is told, then it raises.

    The reading itself has been entered and committed before (`files.open_file`).
    """
    try:
        yield from services().vault.open(kept)
    except Tampered as broken:
        with transaction() as session:
            files.freeze(session, who, kept.context.file, broken.message)
        raise
