"""Whether what is on disk is what the rows and the ledger say, and the removal of what no row points to.

Both go through the house exhibit by exhibit, each in a short transaction of the door's own, and read the blobs in
none: a check that lasts for days holds nobody up.
"""

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from core import clock
from core.accounts import Actor
from core.errors import Refusal, Unavailable
from core.ledger import entries as ledger
from evidence import files, incidents
from evidence.exhibits import Exhibit
from evidence.files import File, State, receipt_of
from evidence.keyring import Keyring
from evidence.uploads import sessions as uploads
from evidence.vault import Receipt, Vault

Transaction = Callable[[], AbstractContextManager[Session]]
_AT_ONCE = 500
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Longer than a door waits for the database between sealing and accepting, so that no row can lose its blob.
LEAST_GRACE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold: the file or exhibit, its blob as far as there is one, and why."""

    subject: str
    blob: str
    because: str
    exhibit: UUID | None = None
    # The disk or a key was out of reach, which says nothing about the bytes.
    transient: bool = False

    def __str__(self) -> str:
        """Say it as a sentence to a person."""
        return f"{self.subject}: {self.because}"


@dataclass(frozen=True, slots=True)
class Swept:
    """A blob or part without a row that was removed, and how many bytes it had."""

    blob: str
    size: int


def check(transaction: Transaction, vault: Vault, keyring: Keyring) -> Iterator[Finding | None]:
    """Read every blob again and compare rows, blobs and ledger; yields None for each file that holds, else what not.

    Found are blobs that are missing, cut, extended or changed, rows that were changed or removed, and files that no
    custody entry knows of.  Nothing is repaired (R-INT-05).
    """
    with transaction() as session:
        chains = {head.chain for head in ledger.heads(session, "custody/")}
        known = {f"custody/{exhibit_id}" for exhibit_id in session.scalars(select(Exhibit.id))}
    for chain in sorted(known - chains):
        yield Finding(chain, "", "this exhibit has no custody chain")
    for chain in sorted(chains):
        yield from _check_chain(transaction, vault, keyring, chain)


def settle(session: Session, actor: Actor, found: Finding) -> bool:
    """Freeze what a finding is about and open its incident; says whether that was new.

    What only could not be read, and what is no evidence file, is left as it is.
    """
    if found.transient or found.exhibit is None or not _ID.fullmatch(found.subject):
        return False
    file_id = UUID(found.subject)
    if session.get(File, file_id) is not None:
        return files.freeze(session, actor, file_id, found.because) is not None
    exhibit = session.get_one(Exhibit, found.exhibit)
    known = len(incidents.of_exhibit(session, exhibit))
    incidents.open_incident(session, actor, exhibit, incidents.BYTES, found.because, file=file_id)
    return len(incidents.of_exhibit(session, exhibit)) > known


def examine(vault: Vault, receipt: Receipt) -> str:
    """Read one blob again; gives nothing when it holds, and otherwise the words why not."""
    try:
        vault.examine(receipt)
    except Refusal as why:
        return str(why)
    return ""


def _out_of_reach(vault: Vault, receipt: Receipt) -> tuple[str, bool]:
    try:
        vault.examine(receipt)
    except Unavailable as away:
        return str(away), True
    except Refusal as why:
        return str(why), False
    return "", False


def sweep(
    transaction: Transaction,
    vault: Vault,
    *,
    older_than: timedelta,
    spared: Callable[[Session, Collection[str]], set[str]],
) -> Iterator[Swept]:
    """Remove blobs that no row points to and parts that no writer holds, once they are older than a grace.

    The grace, LEAST_GRACE at least, spares a stream that is sealed and whose row is just being written.  *spared* says
    which of some blobs belong to rows of wings above this one.
    """
    strays = vault.strays((clock.now() - max(older_than, LEAST_GRACE)).timestamp())
    while names := list(islice(strays, _AT_ONCE)):
        with transaction() as session:
            kept = set(session.scalars(select(File.blob).where(File.blob.in_(names)))) | spared(session, names)
            kept |= uploads.spared(session, names)
        for name in names:
            if name not in kept:
                yield Swept(name, vault.discard(name))


def _check_chain(transaction: Transaction, vault: Vault, keyring: Keyring, chain: str) -> Iterator[Finding | None]:
    with transaction() as session:
        entered, expunged = _entered(session, chain), _expunged(session, chain)
        rows = {str(row.id): row for row in session.scalars(_files_of(chain))}
        opened = {name: _receipt(session, keyring, row) for name, row in rows.items()}
    exhibit = UUID(chain.removeprefix("custody/"))
    for name in sorted(entered.keys() - rows.keys()):
        yield Finding(name, "", f"{chain} tells of this file, and its row is gone", exhibit)
    for name, row in rows.items():
        if row.state == State.EXPUNGED:
            # Only an entry of the chain ends a file; a row that says so by itself hides something.
            said = "" if name in expunged else f"its row says that it was expunged, and no entry of {chain} does"
            yield Finding(name, "", said, exhibit) if said else None
            continue
        receipt = opened[name]
        because, away = receipt if isinstance(receipt, tuple) else _out_of_reach(vault, receipt)
        if name not in entered and not because:
            because = f"no entry of {chain} tells how this file came"
        elif not because and entered[name] != row.sha256:
            because = f"its row has SHA-256 {row.sha256}, and {chain} has {entered[name]}"
        yield Finding(name, row.blob, because, exhibit, away) if because else None


def _files_of(chain: str) -> Select[File]:
    return select(File).where(File.exhibit_id == UUID(chain.removeprefix("custody/"))).order_by(File.id)


def _receipt(session: Session, keyring: Keyring, row: File) -> Receipt | tuple[str, bool]:
    """What opens the blob of a row, or the words why nothing does, and whether only a key is out of reach."""
    try:
        return receipt_of(session, keyring, row)
    except Refusal as why:
        return str(why), isinstance(why, Unavailable)


def _expunged(session: Session, chain: str) -> set[str]:
    """The files that were destroyed by order, as the custody chain says."""
    return {str(ledger.words(one).get("file")) for one in ledger.entries(session, chain) if one.act == "expunge"}


def _entered(session: Session, chain: str) -> dict[str, str]:
    """The SHA-256 that the custody chain has for each file that came or was derived."""
    found: dict[str, str] = {}
    for entry in ledger.entries(session, chain):
        words = ledger.words(entry)
        if entry.act == "receive file":
            found[str(words.get("file"))] = str(words.get("sha256"))
        elif entry.act == "derive":
            found |= {str(one.get("file")): str(one.get("sha256")) for one in words.get("files", [])}
    return found
