"""What a frozen dossier holds: plain values that layout, bundle and register share.

Nothing here reads a database or a clock.  A `Dossier` is one canonical JSON text (`to_json`) and comes back from it
unchanged (`from_json`), which is how a dossier is kept, rebuilt and compared (R-DOS-04).

Every moment is text in UTC as `core.clock.stamp` writes it, every amount is a decimal as text, and what is unknown is
the empty string: never a guess.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from types import UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

import rfc8785

from core.errors import Invalid

FORMAT = "probanda-dossier/1"


# Names that came after the format was first used: left out of the text while they hold nothing, so that what was frozen
# before is read, made again and compared to the byte.
_LATER = {"walk", "weakness"}


class NotADossier(Invalid):
    """The text is not a frozen dossier of a format that we know."""


@dataclass(frozen=True, slots=True)
class Cover:
    """The first page: which office, case, dossier and version, made when, by whom and what for."""

    office: str
    case_title: str
    case_number: str
    case_id: str
    dossier_number: str
    version: int
    made_at: str
    made_by: str
    purpose: str
    handling: str
    title: str = ""
    recipient: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class RoleEntry:
    """One role of a person, from when until when, and the event that gave it."""

    role: str
    since: str = ""
    until: str = ""
    event: str = ""


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """A person of the case under the label that may be shown; a protected one has no names here."""

    label: str
    kind: str
    names: tuple[str, ...] = ()
    roles: tuple[RoleEntry, ...] = ()
    protected: bool = False


@dataclass(frozen=True, slots=True)
class HashEntry:
    """One digest: of what (target), by which algorithm, stated by whom, and whether it agrees with ours."""

    algorithm: str
    value: str
    target: str
    stated_by: str
    at: str
    agrees: str


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A digital object of an exhibit; `original` is its path in the bundle, or empty when it is withheld.

    `size` is in bytes, `parent` the number of the file it was taken from, `method` how it was taken.
    """

    id: str
    number: str
    name: str
    media_type: str
    size: int
    sha256: str
    sha512: str
    parent: str | None = None
    method: str = ""
    reading: str = ""
    because: str = ""
    original: str = ""
    withheld_because: str = ""
    hashes: tuple[HashEntry, ...] = ()
    # From the seal to this file, step by step (R-INT-04); dossiers frozen before it was gathered have none.
    walk: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CustodyEntry:
    """One entry of the custody chain, with the exact text of the ledger (`body`) that its digest covers."""

    position: int
    at: str
    recorded_at: str
    act: str
    by: str
    from_: str
    to: str
    place: str
    seal_in: str
    seal_out: str
    note: str
    digest: str
    body: str


@dataclass(frozen=True, slots=True)
class GapEntry:
    """A stretch or a point of the record that is weak, by its own name; shown and never filled in."""

    since: str
    until: str
    because: str
    weakness: str = ""


@dataclass(frozen=True, slots=True)
class FactEntry:
    """Something the file says or an officer concludes, with the place where it stands."""

    text: str
    kind: str
    pinpoint: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class ExhibitEntry:
    """An exhibit with its numbers, origin, authority, files, custody, gaps and facts."""

    id: str
    number: str
    references: tuple[tuple[str, str], ...]
    description: str
    origin: tuple[tuple[str, str], ...]
    authority: tuple[tuple[str, str], ...]
    sensitivity: str
    state: str
    files: tuple[FileEntry, ...] = ()
    custody: tuple[CustodyEntry, ...] = ()
    gaps: tuple[GapEntry, ...] = ()
    facts: tuple[FactEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """One booking: as read, beside the row as it was written, with the place in its file."""

    number: int
    booked: str
    value_date: str
    amount: str
    currency: str
    direction: str
    counterparty: str
    purpose_text: str
    as_written: str
    pinpoint: str
    file: str
    status: str


@dataclass(frozen=True, slots=True)
class MoneySchedule:
    """The rows of one statement and whether opening + rows = closing.

    `result` is reconciled, unreconciled or not_reconcilable; a total that is not reconciled is never shown without
    that word.
    """

    account: str
    holder: str
    file: str
    opening: str
    closing: str
    computed: str
    currency: str
    result: str
    difference: str
    rows: tuple[MoneyRow, ...] = ()


@dataclass(frozen=True, slots=True)
class SignOff:
    """Who put their name to this version, in which role, doing what, when and in which words."""

    who: str
    role: str
    act: str
    at: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class PageEntry:
    """The number given to one page: `part` is "dossier" or a file number ("E1.2"), `page` counts from 1 inside it."""

    number: int
    part: str
    page: int


@dataclass(frozen=True, slots=True)
class Dossier:
    """One version of a dossier, frozen: everything that layout and bundle need and nothing else."""

    cover: Cover
    people: tuple[PersonEntry, ...] = ()
    exhibits: tuple[ExhibitEntry, ...] = ()
    schedules: tuple[MoneySchedule, ...] = ()
    signoffs: tuple[SignOff, ...] = ()
    weaknesses: tuple[str, ...] = ()
    pages: tuple[PageEntry, ...] = ()

    def files(self) -> tuple[FileEntry, ...]:
        """Give every file of every exhibit, in the order of the dossier."""
        return tuple(file for exhibit in self.exhibits for file in exhibit.files)


def to_json(dossier: Dossier) -> str:
    """Give *dossier* as one canonical JSON text (RFC 8785); equal dossiers give equal texts."""
    return rfc8785.dumps({"format": FORMAT, "dossier": _plain(dossier)}).decode("utf-8")


def from_json(text: str) -> Dossier:
    """Give the dossier that `to_json` wrote; raises NotADossier for anything that is not exactly one."""
    try:
        held = json.loads(text)
    except ValueError as fault:
        raise NotADossier(f"this is not a dossier: {fault}") from fault
    if not isinstance(held, dict) or set(held) != {"format", "dossier"} or held["format"] != FORMAT:
        raise NotADossier(f"this is not a dossier of format {FORMAT}")
    return cast("Dossier", _build(Dossier, held["dossier"], "dossier"))


def _plain(value: object) -> Any:
    if is_dataclass(value):
        told = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: _plain(one) for name, one in told.items() if one or name not in _LATER}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _build(wanted: Any, value: object, where: str) -> object:
    if is_dataclass(wanted):
        return _record(wanted, value, where)
    origin = get_origin(wanted)
    if origin is tuple:
        return _row(get_args(wanted), value, where)
    if origin in (Union, UnionType):
        return None if value is None else _build(get_args(wanted)[0], value, where)
    # bool is an int to Python; here a number is a number and yes or no is yes or no.
    if type(value) is not wanted:
        raise NotADossier(f"{where} holds {type(value).__name__} where {wanted.__name__} belongs")
    return value


def _record(wanted: Any, value: object, where: str) -> object:
    named: Mapping[str, Any] = get_type_hints(wanted)
    if not isinstance(value, dict) or set(value) | _LATER & set(named) != set(named):
        raise NotADossier(f"{where} does not hold exactly what a {wanted.__name__} holds")
    make: Callable[..., object] = wanted
    return make(**{name: _build(kind, value[name], f"{where}.{name}") for name, kind in named.items() if name in value})


def _row(kinds: tuple[Any, ...], value: object, where: str) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise NotADossier(f"{where} is not a list")
    if kinds[-1] is Ellipsis:
        return tuple(_build(kinds[0], item, f"{where}[{at}]") for at, item in enumerate(value))
    if len(kinds) != len(value):
        raise NotADossier(f"{where} does not hold {len(kinds)} values")
    return tuple(_build(kind, item, f"{where}[{at}]") for at, (kind, item) in enumerate(zip(kinds, value, strict=True)))
