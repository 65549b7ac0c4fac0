"""The files of an exhibit laid out for a dossier: each with its number, its verdict and what belongs to it.

What belongs to many files is asked for once, since a dossier is gathered in one transaction that others wait for.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.masks import Masks
from evidence import files, text
from evidence.exhibits import Exhibit
from evidence.files import Digest, File, State
from evidence.keyring import Keyring
from evidence.selectors.rows import Selector
from exports import numbering
from exports.gathering import withholding
from exports.gathering.withholding import Verdict

Row = TypeVar("Row", Digest, Selector)


@dataclass(slots=True)
class Keys:
    """The case's keys by version, each unwrapped once."""

    session: Session
    keyring: Keyring
    known: dict[tuple[UUID, int], bytes] = field(default_factory=dict)

    def of(self, file: File) -> bytes:
        """The key under which a file and its passages are sealed."""
        version = (file.case_id, file.key_version)
        if version not in self.known:
            self.known[version] = text.key_of(self.session, self.keyring, file)
        return self.known[version]


@dataclass(frozen=True, slots=True)
class Piece:
    """One file with its number, whether it is given, its digests, its selectors, and what a reader found out."""

    file: File
    number: str
    parent: str | None
    verdict: Verdict
    vouched: bool
    digests: tuple[Digest, ...]
    selectors: tuple[Selector, ...]
    facts: Mapping[str, str]


def lay_out(
    keys: Keys, exhibit: Exhibit, number: str, masks: Masks, *, top: int, looked_through: Collection[UUID]
) -> list[Piece]:
    """Give the files of an exhibit up to the class *top*, each numbered and judged; a withheld one says nothing."""
    session = keys.session
    standing = (one for one in files.of_exhibit(session, exhibit) if one.state != State.EXPUNGED)
    known = [one for one in standing if one.sensitivity <= top]
    numbers = numbering.files(session, exhibit.id, number, [file.id for file in known])
    verdicts = withholding.judge(session, keys.of, known, masks, looked_through)
    mine = select(File.id).where(File.exhibit_id == exhibit.id)
    digests = _by_file(session.scalars(select(Digest).where(Digest.file_id.in_(mine)).order_by(Digest.ordinal)))
    order = (Selector.ordinal, Selector.kind, Selector.value)
    found = _by_file(session.scalars(select(Selector).where(Selector.file_id.in_(mine)).order_by(*order)))
    return [
        Piece(
            file=file,
            number=numbers[file.id],
            parent=numbers.get(file.parent_id) if file.parent_id else None,
            verdict=verdicts[file.id],
            vouched=file.id in looked_through,
            digests=tuple(digests[file.id]),
            selectors=() if verdicts[file.id].because else tuple(found[file.id]),
            facts={} if verdicts[file.id].because else text.facts(file, keys.of(file)),
        )
        for file in known
    ]


def _by_file(rows: Iterable[Row]) -> defaultdict[UUID, list[Row]]:
    found: defaultdict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.file_id].append(row)
    return found
