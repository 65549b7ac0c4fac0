"""What was made from what, by which tool and whom: announced before it comes, and walked back to a seal number.

Parent, method (tool, version, parameters, person), child (R-INT-04, COC-10).  What the house makes itself carries its
own tool; for what people make outside, every part of the method is stated by them and refused when it is not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from cases.access import Act
from core import clock
from core.accounts import Actor
from core.db import Base
from core.errors import Invalid
from core.ledger import entries as ledger
from evidence import exhibits, files
from evidence.exhibits import Exhibit
from evidence.files import File, State, Target

TARGETS: Final = (Target.WORKING_COPY, Target.RENDITION, Target.LOGICAL_FILE, Target.CONTAINER_FILE)
_LONGEST: Final = 1_000
_TOLD: Final = ("method", "tool", "version", "parameters", "person")
_WANTED: Final = {
    "method": "say what was done: converted, redacted, exported, transcribed, translated …",
    "tool": "name the program or device with which it was made; «by hand» if there was none",
    "version": "give the tool's version; «none» only if it has none",
    "parameters": "give the settings that were chosen; «as delivered» if none were changed",
    "person": "name the person who made it",
}


class BadMethod(Invalid):
    """How something was made is not stated in full; `fields` names each part that is missing."""


class Making(Base):
    """How an announced file was made from another one; it becomes the method of the file when its bytes have come."""

    __tablename__ = "makings"

    item_id: Mapped[UUID] = mapped_column(ForeignKey("intake_items.id"), primary_key=True)
    parent_id: Mapped[UUID] = mapped_column(ForeignKey("files.id"), index=True)
    method: Mapped[dict[str, Any]] = mapped_column(JSON)
    target: Mapped[str]


@dataclass(frozen=True, slots=True)
class Method:
    """How something was made, each part as it was stated."""

    method: str
    tool: str
    version: str
    parameters: str
    person: str
    target: Target = Target.WORKING_COPY

    def told(self) -> dict[str, str]:
        """The parts, trimmed, as the row and the ledger keep them."""
        return {name: getattr(self, name).strip() for name in _TOLD}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the walk from a seal to what is shown; what is not known is empty and said to be so by its reader."""

    what: str
    name: str
    at: str = ""
    by: str = ""
    tool: str = ""
    version: str = ""
    parameters: str = ""
    sha256: str = ""
    file: UUID | None = None
    chain: str = ""
    position: int = 0
    digest: str = ""
    missing: tuple[str, ...] = field(default=())


def parent_for(session: Session, actor: Actor, file_id: UUID, method: Method) -> File:
    """The file from which something was made, if the person may add to its exhibit; raises BadMethod, or as `fetch`."""
    parent = files.fetch(session, actor, file_id, to=Act.SEE)
    exhibits.fetch(session, actor, parent.exhibit_id, to=Act.ADD)
    _check(method)
    return parent


def announce(session: Session, parent: File, item_id: UUID, method: Method) -> Making:
    """Keep with an announced item how it was made from *parent*; both belong to the same exhibit."""
    making = Making(item_id=item_id, parent_id=parent.id, method=method.told(), target=method.target.value)
    session.add(making)
    session.flush()
    return making


def of_item(session: Session, item_id: UUID) -> tuple[File, dict[str, Any], Target] | None:
    """Parent, method and target of what comes for an announced item; nothing for an original."""
    making = session.get(Making, item_id)
    if making is None:
        return None
    return session.get_one(File, making.parent_id), dict(making.method), Target(making.target)


def lineage(session: Session, file: File) -> list[Step]:
    """The walk from the seal to a file: the seal, the exhibit, each file on the way, the file itself."""
    exhibit = session.get_one(Exhibit, file.exhibit_id)
    return [*_from_seal(session, exhibit), *(_of_file(session, one) for one in ancestry(session, file))]


def ancestry(session: Session, file: File) -> list[File]:
    """A file and everything it was made from, the original first."""
    line, known = [file], {file.id}
    while line[0].parent_id is not None and line[0].parent_id not in known:
        above = session.get_one(File, line[0].parent_id)
        known.add(above.id)
        line.insert(0, above)
    return line


def without_version(session: Session, exhibit: Exhibit) -> list[File]:
    """The files of an exhibit that were made by a tool of which name or version is not recorded."""
    made = select(File).where(File.exhibit_id == exhibit.id, File.parent_id.is_not(None))
    made = made.where(File.state != State.EXPUNGED.value).order_by(File.received, File.id)
    return [one for one in session.scalars(made) if not (one.method.get("tool") and one.method.get("version"))]


def _from_seal(session: Session, exhibit: Exhibit) -> Iterator[Step]:
    entries = ledger.entries(session, exhibit.chain)
    first = next(entries, None)
    entries.close()  # type: ignore[attr-defined] # an iterator that the ledger makes is a generator
    words = ledger.words(first) if first is not None else {}
    seal, at = str(words.get("seal_out") or ""), clock.stamp(exhibit.seized_at) if exhibit.seized_at else ""
    yield Step(
        what="seal", name=seal or exhibit.seal, at=at or exhibit.seized_as_written, by=exhibit.officer,
        missing=() if seal else ("no seal number is recorded from its arrival on",),
    )  # fmt: skip
    yield Step(
        what="exhibit", name=exhibit.reference, at=clock.stamp(exhibit.registered),
        by=exhibit.registered_by.partition(":")[0], chain=exhibit.chain, position=first.position if first else 0,
        digest=first.digest if first else "", missing=() if first else ("its custody chain is missing",),
    )  # fmt: skip


def _of_file(session: Session, file: File) -> Step:
    told = file.method
    entry = files.arrival(session, file)
    wanted = ("tool", "version") if file.parent_id else ()
    missing = tuple(f"its {name} is not recorded" for name in wanted if not told.get(name))
    return Step(
        what=str(told.get("method") or told.get("name") or "derived") if file.parent_id else "received",
        name=file.shown_name,
        at=clock.stamp(file.received),
        by=str(told.get("person") or file.received_by.partition(":")[0]),
        tool=str(told.get("tool", "")),
        version=str(told.get("version", "")),
        parameters=_parameters(told),
        sha256=file.sha256,
        file=file.id,
        chain=entry.chain if entry else f"custody/{file.exhibit_id}",
        position=entry.position if entry else 0,
        digest=entry.digest if entry else "",
        missing=missing,
    )


def _parameters(told: dict[str, Any]) -> str:
    if "parameters" in told:
        return str(told["parameters"])
    return "; ".join(f"{name}: {value}" for name, value in sorted(told.items()) if name not in {*_TOLD, "name"})


def _check(method: Method) -> None:
    told = method.told()
    wrong = exhibits.faults([(name, text, _LONGEST) for name, text in told.items()])
    wrong |= {name: _WANTED[name] for name in _missing(told)}
    if method.target not in TARGETS:
        wrong["target"] = "choose one of: " + ", ".join(one.value for one in TARGETS)
    if wrong:
        raise BadMethod(exhibits.told(wrong), fields=wrong)


def _missing(told: dict[str, str]) -> Sequence[str]:
    return [name for name in _TOLD if not told[name]]
