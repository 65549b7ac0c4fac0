"""The walk from a seal number to what a dossier shows, in the dossier's own numbers (R-INT-04, COC-10)."""

from collections.abc import Sequence
from uuid import UUID

from evidence.exhibits import Exhibit
from exports.gathering.pieces import Piece

NO_SEAL = "no seal number is recorded"


def of_piece(exhibit: Exhibit, laid: Sequence[Piece], piece: Piece) -> tuple[str, ...]:
    """Say each step to a file: seal, exhibit, the original, what was made from what and with which tool."""
    known = {one.file.id: one for one in laid}
    line, met = [piece], {piece.file.id}
    while (above := _above(known, line[0])) is not None and above.file.id not in met:
        met.add(above.file.id)
        line.insert(0, above)
    seal = f"seal {exhibit.seal}" if exhibit.seal else NO_SEAL
    return (seal, f"exhibit {exhibit.reference}", *(_step(one) for one in line))


def _above(known: dict[UUID, Piece], piece: Piece) -> Piece | None:
    return known.get(piece.file.parent_id) if piece.file.parent_id is not None else None


def _step(piece: Piece) -> str:
    file, told = piece.file, piece.file.method
    if file.parent_id is None:
        return f"{piece.number} received"
    tool = " ".join(str(told[name]) for name in ("tool", "version") if told.get(name)) or "a tool that is not recorded"
    what = str(told.get("method") or told.get("name") or "derived")
    by = f" by {told['person']}" if told.get("person") else ""
    return f"{piece.number} {what} with {tool}{by}"
