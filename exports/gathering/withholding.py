"""What does not leave the house: which originals are withheld and why, and pseudonyms in place of protected names.

A file is withheld when its text, its facts or its name hold the name of a protected person, when it could not be
searched for such names and nobody has looked through it, and when it holds another file that is withheld for such a
reason.  Its digests stay in the dossier, and the reason is printed (R-DOS-02, R-PRO-12).
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.masks import Masks, named
from cases.people import NameForm, Person
from evidence import text
from evidence.files import File, Reading, State
from exports.contents import CustodyEntry

# Pictures and sound say more than any text that was read out of them.
SEEN_OR_HEARD: Final = ("image/", "audio/", "video/")
WITHHELD_ENTRY: Final = "the text of this entry names a protected person and is withheld"
# Identities and digests: a name never stands in them, and altering one would break what they are for.
_EXACT: Final = frozenset({"id", "case_id", "sha256", "sha512", "digest", "body", "original", "value"})
_OVERLAP: Final = 300

Held = TypeVar("Held")
KeyOf = Callable[[File], bytes]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a file is withheld, and whether it is to protect somebody; no reason means that it is given."""

    because: str = ""
    protects: bool = False


_GIVEN: Final = Verdict()


def judge(
    session: Session, key_of: KeyOf, of: Collection[File], masks: Masks, looked_through: Collection[UUID]
) -> dict[UUID, Verdict]:
    """Say for each file of one exhibit whether it is given; *looked_through* are files a person vouches for.

    *key_of* gives the key under which a file's passages are sealed.  The vouching covers what could not be searched,
    never a name that was found.
    """
    verdicts = {file.id: _verdict(session, key_of, file, masks, vouched=file.id in looked_through) for file in of}
    return _carried_up(list(of), verdicts)


def guarded(session: Session, case_id: UUID) -> str:
    """Give a mark of who is protected in a case and under which forms of the name; empty when nobody is."""
    query = select(NameForm.id).join(Person, Person.id == NameForm.person_id)
    ids = sorted(str(one) for one in session.scalars(query.where(Person.case_id == case_id, Person.protected)))
    return hashlib.sha256(" ".join(ids).encode()).hexdigest() if ids else ""


def unsearched(file: File) -> str:
    """Say why the content of a file could not be searched for names, or nothing when all of its text was."""
    if file.size == 0:
        return ""
    if file.reading != Reading.READ:
        why = f": {file.reading_because}" if file.reading_because else ""
        return f"its reading is «{file.reading.replace('_', ' ')}»{why}"
    if file.reading_because:
        return f"it was read in part: {file.reading_because}"
    if file.media_type.startswith(SEEN_OR_HEARD):
        return "names that are seen or heard in it are not found by a search of its text"
    return ""


def masked(value: Held, masks: Masks) -> Held:
    """Give a frozen value with each protected name, wherever in it a text stands, replaced by its pseudonym.

    A custody entry whose exact text holds such a name keeps its place and digest in the chain and loses its text.
    """
    return _masked(value, masks) if masks else value  # type: ignore[return-value]  # the same type, field by field


def _verdict(session: Session, key_of: KeyOf, file: File, masks: Masks, *, vouched: bool) -> Verdict:
    if file.state == State.FROZEN:
        return Verdict(f"its stored bytes did not hold when they were last read: {file.state_because}")
    if file.state == State.QUARANTINED:
        return Verdict(f"it is set aside: {file.state_because}")
    if not masks:
        return _GIVEN
    if found := _named_in(session, key_of(file), file, masks):
        return Verdict(f"it names {', '.join(sorted(found))}, who is protected", protects=True)
    if not vouched and (why := unsearched(file)):
        because = "it could not be searched for the names of protected persons, and nobody has looked through it"
        return Verdict(f"{because}; {why}", protects=True)
    return _GIVEN


def _named_in(session: Session, key: bytes, file: File, masks: Masks) -> frozenset[str]:
    """The pseudonyms of those who are named in the name, the facts or the text of a file."""
    facts = (word for pair in text.facts(file, key).items() for word in pair)
    found = [named(masks, words) for words in (file.name, *facts)]
    before = ""
    for passage in text.passages(session, file, key):
        # A name may begin in one passage and end in the next.
        found.append(named(masks, f"{before} {passage.text}"))
        before = passage.text[-_OVERLAP:]
    return frozenset().union(*found)


def _carried_up(of: list[File], verdicts: Mapping[UUID, Verdict]) -> dict[UUID, Verdict]:
    """Withhold what holds a withheld file: an archive would give away what is kept back beside it."""
    judged = dict(verdicts)
    parents = {file.id: file.parent_id for file in of}
    for file in of:
        if verdicts[file.id].protects:
            above, seen = parents[file.id], {file.id}
            while above in judged and above not in seen:
                if not judged[above].because:
                    judged[above] = Verdict("it holds another file that is withheld", protects=True)
                seen.add(above)
                above = parents[above]
    return judged


def _masked(value: object, masks: Masks) -> object:
    if isinstance(value, str):
        return _hidden(value, masks)
    if isinstance(value, tuple):
        return tuple(_masked(one, masks) for one in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    kept = {one.name: _masked(getattr(value, one.name), masks) for one in fields(value) if one.name not in _EXACT}
    if (
        isinstance(value, CustodyEntry)
        and value.body
        and any(named(masks, one) for one in _texts(json.loads(value.body)))
    ):
        kept |= {"body": "", "note": WITHHELD_ENTRY}
    changed: Any = replace(value, **kept)
    return changed


def _hidden(words: str, masks: Masks) -> str:
    shown = masks.apply(words)
    left = named(masks, shown)
    return f"[withheld, because it names {', '.join(sorted(left))}]" if left else shown


def _texts(value: object) -> Iterator[str]:
    """Every text in a piece of JSON, as it reads and not as it is escaped."""
    if isinstance(value, str):
        yield value
    inner: Iterable[object] = ()
    if isinstance(value, dict):
        inner = (*value.keys(), *value.values())
    elif isinstance(value, list):
        inner = value
    for one in inner:
        yield from _texts(one)
