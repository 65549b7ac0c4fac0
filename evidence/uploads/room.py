"""Whether there is room for an upload before its first byte: what it takes, what is free, what others were promised."""

import os

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import cipher
from core.errors import Unavailable
from evidence.uploads.rows import LIVE, Upload
from evidence.vault import Vault

# What the disk must keep free beside all uploads, for the database, the index and the work of a day.
KEPT_FREE = 256 * 1024 * 1024
# The part of it that is not touched when a whole is made; the rest may have gone into the folders of the parts.
_UNTOUCHED = 4


class NoRoom(Unavailable):
    """The vault's disk has no room for this upload, so it is not begun, or not put together yet."""


def needed(size: int) -> int:
    """Bytes of disk that an upload takes at its height: its parts, and beside them the whole that is made of them."""
    return 2 * cipher.sealed_size(size)


def promised(session: Session) -> int:
    """Bytes of disk that uploads under way may still take."""
    rows = session.execute(
        select(func.coalesce(func.sum(Upload.size), 0), func.coalesce(func.sum(Upload.held_bytes), 0)).where(
            Upload.state.in_(LIVE)
        )
    ).one()
    size, held = int(rows[0]), int(rows[1])
    return 2 * cipher.sealed_size(size) - cipher.sealed_size(held) if size else 0


def free(vault: Vault) -> int:
    """Bytes that the vault's disk has left for us."""
    vault.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = os.statvfs(vault.root)
    return found.f_bavail * found.f_frsize


def check(session: Session, vault: Vault, size: int, *, lying: int = 0) -> None:
    """Say nothing when an upload of *size* bytes fits, of which *lying* are on the disk already; raises `NoRoom`."""
    there, gone = free(vault), promised(session)
    takes, left = needed(size) - (cipher.sealed_size(lying) if lying else 0), max(0, there - gone - KEPT_FREE)
    if takes > left:
        raise NoRoom(
            f"this upload is not begun, because there is no room for it: {size} bytes take {takes} bytes of disk until "
            f"they are put together, once as parts and once as the whole, and {left} are free and not promised; "
            "make room on the vault's disk, and begin again"
        )


def check_whole(vault: Vault, size: int) -> None:
    """Say nothing when a whole of *size* bytes fits beside its parts; raises `NoRoom` before any of it is written.

    Without this, what does not fit would be written again and again, each time until the disk is full.
    """
    takes, left = cipher.sealed_size(size), max(0, free(vault) - KEPT_FREE // _UNTOUCHED)
    if takes > left:
        raise NoRoom(
            f"there is no room to put this upload together: the whole takes {takes} bytes of disk, and {left} are "
            "free; every part of it is kept and nothing has to be sent again: make room on the vault's disk, and it "
            "goes on by itself"
        )
