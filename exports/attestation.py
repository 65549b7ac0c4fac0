"""What of the office's log goes with a dossier: for each exhibit the proof that its record is in it, and ends there.

Where the chains end is entered in the same act that freezes the dossier.  The proofs are made once, when a version is
bound, and kept, so that the version has the same bytes for ever.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final
from uuid import UUID

import rfc8785
from sqlalchemy import JSON, ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.accounts import Actor
from core.db import Base
from core.ledger import checkpoints, notes, timestamps
from core.ledger import ends as chain_ends
from core.ledger.checkpoints import CheckpointRow, NotCovered, Signer
from core.ledger.ends import Ends
from core.ledger.notes import NoteKey
from core.ledger.rfc3161 import revocation
from core.ledger.timestamps import STAMPED, Timestamp
from evidence.exhibits import Exhibit
from exports import verifier
from exports.bundle import Enclosed
from exports.contents import Dossier, ExhibitEntry
from exports.register import Export

FORMAT: Final = "probanda-ends/1"


class Attestation(Base):
    """What the log says with one version: where its chains ended when it was frozen, and the files made of it."""

    __tablename__ = "attestations"

    export_id: Mapped[UUID] = mapped_column(ForeignKey("exports.id"), primary_key=True)
    position: Mapped[int]
    ends: Mapped[dict[str, Any]] = mapped_column(JSON)
    files: Mapped[dict[str, str] | None] = mapped_column(JSON)


def enter_ends(session: Session, actor: Actor, case_id: UUID) -> Ends:
    """Enter where all chains end now, and keep the proof of that for the exhibits of a case.

    Call it before a dossier is gathered, in the same transaction: what is gathered then holds at least as much.
    """
    chains = [f"custody/{one}" for one in session.scalars(select(Exhibit.id).where(Exhibit.case_id == case_id))]
    return chain_ends.enter(session, actor, chains)


def begin(session: Session, export: Export, dossier: Dossier, ends: Ends) -> Attestation:
    """Keep with a version where the chains of its exhibits end."""
    own = {f"custody/{one.id}" for one in dossier.exhibits}
    told = [
        {"chain": one.chain, "position": one.position, "digest": one.digest, "index": one.index,
         "path": [notes.encoded(step) for step in one.path]}
        for name, one in sorted(ends.ends.items()) if name in own
    ]  # fmt: skip
    kept = {"format": FORMAT, "entry": ends.entry.body, "ends": told}
    row = Attestation(export_id=export.id, position=ends.entry.position, ends=kept, files=None)
    session.add(row)
    session.flush()
    return row


def enclose(
    session: Session,
    export: Export,
    dossier: Dossier,
    signer: Signer,
    witnesses: Iterable[NoteKey],
    because: str = "",
) -> Enclosed:
    """The proofs that go with a version, made the first time and the same ever after.

    While no checkpoint covers its entries there are none, and a file says so: *because*, or that none was signed yet.
    """
    row = session.get(Attestation, export.id, with_for_update=True, populate_existing=True)
    if row is None:
        return Enclosed()
    if row.files is None:
        try:
            made = _files(session, row, dossier, signer, witnesses)
        except NotCovered as missing:
            made = {verifier.NO_PROOF: f"{because or missing.message}\n".encode()}
        row.files = {path: base64.b64encode(data).decode("ascii") for path, data in made.items()}
        session.flush()
    return Enclosed(_read(row.files), _stamps(session, timestamps.STATEMENT, str(export.id), "signature/statement"))


def forget(session: Session, export: Export) -> None:
    """Let go of what the log says with a version that was destroyed by order, for no bundle is made of it any more.

    Which exhibits it held would be told by the names of the chains.  The entry about the ends stays in the log.
    """
    row = session.get(Attestation, export.id)
    if row is not None:
        session.delete(row)
        session.flush()


def _files(
    session: Session, row: Attestation, dossier: Dossier, signer: Signer, witnesses: Iterable[NoteKey]
) -> dict[str, bytes]:
    under = _checkpoint(session, row)
    made = {
        verifier.LOG_KEYS: "".join(
            [*(f"log {key}\n" for key in signer.keys), *(f"witness {key}\n" for key in witnesses)]
        ),
        verifier.CHECKPOINT: under.note,
        verifier.ENDS: rfc8785.dumps(json.loads(json.dumps(row.ends))).decode(),
        verifier.ENDS_PROOF: checkpoints.proof_text(session, chain_ends.CHAIN, row.position, under),
    }
    for one in dossier.exhibits:
        if position := _last_told(one):
            path = f"{verifier.PROOFS}{one.number}.tlog-proof"
            made[path] = checkpoints.proof_text(session, f"custody/{one.id}", position, under)
    stamps = _stamps(session, timestamps.CHECKPOINT, str(under.size), f"{verifier.PROOFS}checkpoint")
    return {**{path: text.encode() for path, text in made.items()}, **stamps}


def _checkpoint(session: Session, row: Attestation) -> CheckpointRow:
    """The newest checkpoint; the entry about the ends was made last, so what covers it covers everything told."""
    under = checkpoints.latest(session)
    if under is None:
        raise NotCovered("the log has not been signed yet")
    checkpoints.proof_text(session, chain_ends.CHAIN, row.position, under)
    return under


def _last_told(exhibit: ExhibitEntry) -> int:
    """The position of the last entry whose text is given; the texts of some are withheld."""
    return max((entry.position for entry in exhibit.custody if entry.body), default=0)


def _stamps(session: Session, kind: str, subject: str, name: str) -> dict[str, bytes]:
    made: dict[str, bytes] = {}
    rows: list[Timestamp] = [one for one in timestamps.of(session, kind, subject) if one.state == STAMPED]
    for number, one in enumerate(rows, 1):
        made[f"{name}.{number}.tsr"] = one.response or b""
        made[f"{name}.{number}.pem"] = one.chain.encode()
        if name.startswith(verifier.PROOFS):
            # Beside the statement nothing may lie that neither a list nor a signature covers.
            made |= {f"{name}.{number}.{place}": raw for place, raw in _said(one)}
    return made


def _said(stamp: Timestamp) -> Iterator[tuple[str, bytes]]:
    """What was said then of each certificate below the root, by its place in the chain: a list, or an answer."""
    for place, text in enumerate(stamp.lists):
        if text:
            raw = base64.b64decode(text)
            yield f"{place}.{'crl' if revocation.is_list(raw) else 'ocsp'}", raw


def _read(files: dict[str, str]) -> dict[str, bytes]:
    return {path: base64.b64decode(text) for path, text in files.items()}
