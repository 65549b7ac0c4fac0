"""Reading stored bytes for any purpose: what does not hold breaks the stream and freezes what it belongs to."""

from collections.abc import Iterator
from contextvars import Context, copy_context

from app.wiring import services, transaction
from core.accounts import Actor
from core.errors import Tampered
from evidence import files
from evidence.vault import Receipt, Vault


def opened(who: Actor, kept: Receipt) -> Iterator[bytes]:
    """The bytes of a file, each checked; when they do not hold the file is frozen and its case is told, then it raises.

    The reading itself has been entered and committed before (`files.open_file`).  The stream may be read in another
    thread than the one that asks for it.
    """
    return _checked(services().vault, copy_context(), who, kept)


def _checked(vault: Vault, here: Context, who: Actor, kept: Receipt) -> Iterator[bytes]:
    try:
        yield from vault.open(kept)
    except Tampered as broken:
        here.run(_freeze, who, kept, broken.message)
        raise


def _freeze(who: Actor, kept: Receipt, because: str) -> None:
    with transaction() as session:
        files.freeze(session, who, kept.context.file, because)
