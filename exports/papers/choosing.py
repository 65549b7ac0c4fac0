"""Which labels and sheets are printed for whom: what a person may see of a thing is all that its papers say."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from cases.access import Act
from core.accounts import Actor
from evidence import exhibits
from evidence.exhibits import Exhibit
from evidence.kits import kits
from evidence.kits.labels import Kit, LabelSort
from evidence.storeroom import codes
from evidence.storeroom.places import Environment, Place
from exports.papers import bags, labels
from exports.papers.bags import Bag
from exports.papers.labels import Label


class Paper(StrEnum):
    """What is printed: labels one by one, labels on A4 sheets, or a sheet for each bag."""

    LABEL = "label"
    SHEET = "sheet"
    BAG = "bag"


def of_exhibits(
    session: Session,
    actor: Actor,
    ids: Sequence[UUID],
    paper: Paper,
    *,
    office: str,
    made: datetime,
    described: bool = False,
    start: int = 0,
) -> bytes:
    """The papers of these exhibits; a label says what the thing is only when that is asked for.

    Raises NoSuchCase or NotYourDuty for an exhibit that the person may not handle or add to.
    """
    found = [exhibits.fetch(session, actor, one, to=Act.HANDLE) for one in ids]
    if paper is Paper.BAG:
        return bags.sheets_of([_bag(one) for one in found], office=office, made=made)
    made_of = [_label(one, described=described) for one in found]
    if paper is Paper.LABEL:
        return labels.single(made_of, office=office, made=made)
    return labels.sheet(made_of, office=office, made=made, start=start)


def of_places(found: Sequence[Place], paper: Paper, *, office: str, made: datetime) -> bytes:
    """The labels of these places; they say where one is and nothing of what lies there."""
    made_of = [_of_place(one) for one in found]
    make = labels.single if paper is Paper.LABEL else labels.sheet
    return make(made_of, office=office, made=made)


def of_kit(session: Session, kit: Kit) -> list[Label]:
    """The labels of a kit: numbers and nothing else, first those of things and then those of wrists."""
    return [
        Label(codes.label(one.number), one.number, (f"kit {kit.code}",), one.sort)
        for sort in (LabelSort.EXHIBIT, LabelSort.WRISTBAND)
        for one in kits.labels(session, kit, sort)
    ]


def _label(one: Exhibit, *, described: bool) -> Label:
    lines = [f"Seal {one.seal}"] if one.seal else []
    if described:
        lines.append(one.description)
    return Label(codes.exhibit(one.id), one.reference, tuple(lines), "Exhibit")


def _of_place(one: Place) -> Label:
    special = () if one.environment == Environment.PLAIN else (one.environment.capitalize(),)
    return Label(one.code, one.path, special, one.sort.capitalize())


def _bag(one: Exhibit) -> Bag:
    when = one.seized_as_written
    facts = (
        ("Description", one.description), ("Quantity", f"{one.quantity} {one.unit}".strip()), ("Seal", one.seal),
        ("Seized: when", when), ("Seized: where", one.place_found), ("Exact spot", one.spot),
        ("Seized by", one.officer), ("Condition", one.condition), ("Packed by", ""), ("Present", ""),
    )  # fmt: skip
    return Bag(codes.exhibit(one.id), one.reference, facts)
