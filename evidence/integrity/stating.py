"""A hash value that somebody states after a file has come: kept with its target, compared where it can be, entered."""

from uuid import UUID

from sqlalchemy.orm import Session

from cases.access import Act
from core.accounts import Actor
from core.errors import Invalid
from evidence import custody, exhibits, files, incidents
from evidence.exhibits import Exhibit
from evidence.files import Digest, Stated

LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}
STATED = "stated hash differs"
_LONGEST = 1_000


class BadStatement(Invalid):
    """A hash value cannot be recorded like this; `fields` names each fault."""


def state(session: Session, actor: Actor, file_id: UUID, stated: Stated, because: str = "") -> Digest:
    """Record a hash value with what it is a hash of and who says so; *because* explains why it may differ.

    One that should be the file's and is not opens an incident; whether that has an innocent reason people say there.
    Raises BadStatement, or as `files.fetch` does.
    """
    file = files.fetch(session, actor, file_id, to=Act.SEE)
    exhibits.fetch(session, actor, file.exhibit_id, to=Act.ADD)
    _check(stated, because)
    row = files.state(session, file, stated, because.strip())
    exhibit = session.get_one(Exhibit, file.exhibit_id)
    words = {
        "file": str(file.id), "algorithm": row.algorithm, "value": row.value, "target": row.target,
        "stated_by": row.stated_by, "because": row.because, "agrees": row.agrees,
    }  # fmt: skip
    outcome = "failed" if row.agrees is False else "done"
    custody.note_files(session, actor, exhibit, "hash stated", words, outcome=outcome)
    if row.agrees is False:
        told = f"the {row.algorithm} of the {row.target.replace('_', ' ')} that was stated is not the file's"
        incidents.open_incident(session, actor, exhibit, STATED, told, file=file.id)
    return row


def _check(stated: Stated, because: str) -> None:
    algorithm, value = stated.algorithm.lower().replace("-", ""), stated.value.strip().lower()
    texts = [("stated_by", stated.stated_by, _LONGEST), ("because", because, _LONGEST)]
    wrong = exhibits.faults(texts)
    if algorithm not in LENGTHS:
        wrong["algorithm"] = "use one of: " + ", ".join(LENGTHS)
    elif len(value) != LENGTHS[algorithm] or set(value) - set("0123456789abcdef"):
        wrong["value"] = f"a value of {algorithm} has {LENGTHS[algorithm]} characters of 0-9 and a-f"
    if not stated.stated_by.strip():
        wrong["stated_by"] = "say who or what states it: a person, a tool with its version, a paper"
    if wrong:
        raise BadStatement(exhibits.told(wrong), fields=wrong)
