"""A query, a person and a purpose: hits that the index proposed and the database allowed, counted after that check.

The order is one that anybody can repeat: exhibits by their number of hits, hits by file and place.  No engine's score
is used, because scores tell of words in what may not be seen and change when nothing of the evidence has.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Final, NoReturn
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.accounts import Actor
from core.errors import Invalid
from core.ledger import entries as ledger
from evidence.exhibits import Exhibit, ExhibitNumber
from evidence.keyring import Keyring
from search import asking
from search.answers import rights as walls
from search.answers import searches
from search.answers.findings import Facet, Findings, Found, Group, Narrowing
from search.answers.rights import Known, Rights
from search.answers.searches import Outcome, Search, Words, digest
from search.answers.showing import Shelf
from search.answers.standing import Standing, standing
from search.asking import Among, Between, Every, Named, Not, Question, Some
from search.engines.protocol import Hit, Index
from search.folding.terms import fold
from search.passages import kind_of

#: More hits than this are counted by the engine and fetched page by page instead of being listed at once.
LISTED: Final = 1_000
#: How many hits of an exhibit are shown where exhibits are listed.
FIRST: Final = 3
LARGEST_PAGE: Final = 500
_ANY: Final = Narrowing()
_UNTOLD: Final = {"language": "not told", "month": "no date"}


class BadPage(Invalid):
    """A page cannot be found: its mark is not one that a search has given, or it is too large."""


@dataclass(frozen=True, slots=True)
class _Proposed:
    """What the database left of what the engine proposed: hits by file and month, and the hits if they are few."""

    known: dict[UUID, Known]
    counts: Mapping[tuple[UUID, str], int]
    hits: list[Hit] | None

    def by_file(self) -> Counter[UUID]:
        """The number of hits in each file."""
        told: Counter[UUID] = Counter()
        for (file, _), count in self.counts.items():
            told[file] += count
        return told


def find(
    session: Session,
    actor: Actor,
    index: Index,
    keyring: Keyring,
    typed: str,
    *,
    case: UUID | None = None,
    exhibit: UUID | None = None,
    narrowing: Narrowing = _ANY,
    cursor: str = "",
    size: int = 20,
) -> Findings:
    """Search everything that *actor* may read for the actor's purpose, or one case or exhibit of it, and enter it.

    Gives *size* exhibits, each with its first hits; with *exhibit* given, *size* hits of that one.  *cursor* is what
    the page before gave.  Raises `BadQuery`, `BadPage`, `NoPurpose`, as `access.fetch` for a case named, and
    `IndexOutOfReach`.
    """
    if not 0 < size <= LARGEST_PAGE:
        raise BadPage(f"a page has 1 to {LARGEST_PAGE} entries", fields={"size": f"1 to {LARGEST_PAGE}"})
    asked = asking.read(typed)
    rights = walls.held(session, actor, case)
    question = _resolved(session, rights, _whole(asked.question, exhibit, narrowing))
    state = standing(session, rights.levels)
    proposed = _checked(session, rights, index, question)
    shelf = Shelf(session, keyring, question)
    if exhibit is None:
        groups, hits, after = _exhibits(shelf, rights, index, proposed, cursor, size)
    else:
        groups, hits, after = _one_exhibit(shelf, rights, index, proposed, cursor, size)
    words = Words(typed, rights.levels, case, exhibit, asdict(narrowing), cursor, size)
    search = searches.enter(session, actor, keyring, words, _outcome(proposed, hits, state))
    _enter_reading(session, actor, search.id, groups)
    return Findings(
        id=search.id,
        query=typed,
        purpose=actor.purpose,
        total=search.total,
        exhibits=len({one.exhibit for one in proposed.known.values()}),
        files=len(proposed.known),
        cases=len(rights.places),
        groups=tuple(groups),
        facets=_facets(rights, proposed),
        standing=state,
        cursor=after,
        ignored=asked.ignored,
    )


@dataclass(frozen=True, slots=True)
class Rerun:
    """An earlier search made again: what is found now, and in which words it differs; no words, nothing does."""

    before: Search
    now: Findings
    differences: tuple[str, ...]


def rerun(session: Session, actor: Actor, index: Index, keyring: Keyring, search_id: UUID) -> Rerun:
    """Make an earlier search again with the actor's present rights, and compare; it is entered as a search too.

    Raises `NoSuchSearch` as `searches.fetch` does, and otherwise as `find`.
    """
    before, words = searches.fetch(session, actor, keyring, search_id)
    now = find(
        session,
        actor,
        index,
        keyring,
        words.text,
        case=words.case,
        exhibit=words.exhibit,
        narrowing=Narrowing(**(words.narrowing or {})),
        cursor=words.cursor,
        size=words.size,
    )
    return Rerun(before, now, tuple(_differences(before, session.get_one(Search, now.id))))


def _differences(before: Search, now: Search) -> Iterator[str]:
    if now.rights != before.rights:
        yield "it ran over other cases or classes than may be read now"
    if now.total != before.total:
        yield f"{before.total} hit{'' if before.total == 1 else 's'} then, {now.total} now"
    if (now.found, now.hits) != (before.found, before.hits):
        yield "the hits are not the same"


def _whole(question: Question, exhibit: UUID | None, narrowing: Narrowing) -> Question:
    """The question with what was chosen beside it."""
    parts: list[Question] = [question]
    if exhibit is not None:
        parts.append(Among("exhibit", frozenset({str(exhibit)})))
    if narrowing.kind:
        parts.append(Among("kind", frozenset({narrowing.kind})))
    if narrowing.language:
        parts.append(Among("language", frozenset({narrowing.language})))
    if narrowing.month:
        parts.append(Between(f"{narrowing.month}-01", f"{narrowing.month}-31"))
    return Every(tuple(parts)) if len(parts) > 1 else question


def _resolved(session: Session, rights: Rights, question: Question) -> Question:
    """The question with the ids of cases and exhibits in place of what a person calls them."""
    match question:
        case Named("case", name):
            return _among("case", _cases_called(rights, name))
        case Named("exhibit", name):
            return _among("exhibit", _exhibits_called(session, rights, name))
        case Every(parts):
            return Every(tuple(_resolved(session, rights, part) for part in parts))
        case Some(parts):
            return Some(tuple(_resolved(session, rights, part) for part in parts))
        case Not(part):
            return Not(_resolved(session, rights, part))
    return question


def _among(field: str, ids: Iterable[UUID]) -> Question:
    values = frozenset(map(str, ids))
    return Among("case" if field == "case" else "exhibit", values) if values else Some(())


def _cases_called(rights: Rights, name: str) -> list[UUID]:
    """The cases of this id, this number, or with these words in their title."""
    wanted, words = name.casefold(), " ".join(fold(name))
    return [
        case
        for case, place in rights.places.items()
        if wanted in {str(case), place.number.casefold()}
        or (words and f" {words} " in f" {' '.join(fold(place.title))} ")
    ]


def _exhibits_called(session: Session, rights: Rights, name: str) -> list[UUID]:
    """The exhibits of this id, reference or external number that may be read."""
    numbered = select(ExhibitNumber.exhibit_id).where(_is(ExhibitNumber.value, name))
    called = or_(_is(Exhibit.reference, name), Exhibit.id.in_(numbered))
    rows = session.execute(select(Exhibit.id, Exhibit.case_id, Exhibit.sensitivity).where(called))
    levels = rights.levels
    return [exhibit for exhibit, case, level in rows if case in levels and level <= levels[case]]


def _is(column: InstrumentedAttribute[str], name: str) -> ColumnElement[bool]:
    return func.lower(column) == func.lower(name)


def _checked(session: Session, rights: Rights, index: Index, question: Question) -> _Proposed:
    """Ask the engine, then the database: what is gone or may not be seen counts nowhere."""
    scope = rights.scope()
    hits = list(islice(index.ask(question, scope), LISTED + 1))
    if len(hits) <= LISTED:
        hits = list({(hit.file, hit.ordinal): hit for hit in hits}.values())
        known = walls.checked(session, rights, dict.fromkeys(hit.file for hit in hits))
        hits = [hit for hit in hits if hit.file in known]
        return _Proposed(known, Counter((hit.file, hit.day[:7]) for hit in hits), hits)
    counts = index.tally(question, scope)
    known = walls.checked(session, rights, dict.fromkeys(file for file, _ in counts))
    return _Proposed(known, {key: count for key, count in counts.items() if key[0] in known}, None)


def _exhibits(
    shelf: Shelf, rights: Rights, index: Index, proposed: _Proposed, cursor: str, size: int
) -> tuple[list[Group], list[Found], str]:
    """A page of exhibits, those with the most hits first, each with its first hits."""
    begin = int(cursor) if cursor.isdecimal() and len(cursor) < 10 else 0 if not cursor else _no_such_page()
    files: defaultdict[UUID, list[UUID]] = defaultdict(list)
    counts: Counter[UUID] = Counter()
    by_file = proposed.by_file()
    for file in sorted(by_file):
        files[proposed.known[file].exhibit].append(file)
        counts[proposed.known[file].exhibit] += by_file[file]
    order = sorted(counts, key=lambda exhibit: (-counts[exhibit], exhibit))
    page = order[begin : begin + size]
    first = {file for exhibit in page for file in _enough(files[exhibit], by_file)}
    found = shelf.hits(_first_hits(shelf, rights, index, proposed, first), proposed.known)
    groups = []
    for exhibit in page:
        mine = [one for one in found if proposed.known[one.file].exhibit == exhibit][:FIRST]
        place = rights.places[proposed.known[files[exhibit][0]].case]
        groups.append(shelf.group(exhibit, place, counts[exhibit], mine))
    after = begin + size
    return groups, [hit for group in groups for hit in group.hits], str(after) if after < len(order) else ""


def _enough(files: list[UUID], by_file: Mapping[UUID, int]) -> list[UUID]:
    """The first files that together have as many hits as are shown."""
    taken, count = [], 0
    for file in files:
        if count >= FIRST:
            break
        taken.append(file)
        count += by_file[file]
    return taken


def _first_hits(shelf: Shelf, rights: Rights, index: Index, proposed: _Proposed, files: set[UUID]) -> list[Hit]:
    """At most so many hits of each file as an exhibit shows; asked of the engine only if they are not at hand."""
    hits = proposed.hits
    if hits is None:
        hits = list(index.ask(shelf.question, rights.scope(), files=sorted(files), each=FIRST)) if files else []
    taken: Counter[UUID] = Counter()
    first = []
    for hit in hits:
        if hit.file in files and taken[hit.file] < FIRST:
            taken[hit.file] += 1
            first.append(hit)
    return first


def _one_exhibit(
    shelf: Shelf, rights: Rights, index: Index, proposed: _Proposed, cursor: str, size: int
) -> tuple[list[Group], list[Found], str]:
    """A page of the hits of the one exhibit that was asked for."""
    after = _place(cursor) if cursor else None
    hits = proposed.hits
    if hits is None:
        following = index.ask(shelf.question, rights.scope(), after=after)
        hits = list(islice((hit for hit in following if hit.file in proposed.known), size + 1))
    page = [hit for hit in hits if after is None or (hit.file, hit.ordinal) > after][: size + 1]
    found = shelf.hits(page[:size], proposed.known)
    more = f"{page[size - 1].file}/{page[size - 1].ordinal}" if len(page) > size else ""
    if not proposed.known:
        return [], [], ""
    one = next(iter(proposed.known.values()))
    group = shelf.group(one.exhibit, rights.places[one.case], sum(proposed.counts.values()), found)
    return [group], found, more


def _place(cursor: str) -> tuple[UUID, int]:
    file, _, ordinal = cursor.partition("/")
    try:
        return UUID(file), int(ordinal)
    except ValueError:
        _no_such_page()


def _no_such_page() -> NoReturn:
    raise BadPage("there is no such page; search again", fields={"cursor": "not one that a search has given"})


def _outcome(proposed: _Proposed, shown: list[Found], state: Standing) -> Outcome:
    counts, hits = proposed.counts, proposed.hits
    return Outcome(
        total=sum(counts.values()),
        found=digest(f"{file} {month} {counts[file, month]}" for file, month in sorted(counts)),
        hits=digest(f"{hit.file} {hit.ordinal}" for hit in hits) if hits is not None else "",
        shown=digest(f"{hit.file} {hit.ordinal}" for hit in shown),
        complete_to=state.complete_to,
        pending=state.pending,
        failed=state.failed,
    )


def _enter_reading(session: Session, actor: Actor, search: UUID, groups: list[Group]) -> None:
    """Write in the ledger of each case of which text was shown that it was, and of which exhibits (R-PRO-08)."""
    by_case: defaultdict[UUID, list[Group]] = defaultdict(list)
    for group in groups:
        if group.hits:
            by_case[group.case].append(group)
    told = {
        f"access/{case}": (
            case,
            {"exhibits": [one.exhibit for one in shown], "passages": sum(len(one.hits) for one in shown)},
        )
        for case, shown in by_case.items()
    }
    ledger.append_each(session, actor, "shown in a search", told, subject=search)


def _facets(rights: Rights, proposed: _Proposed) -> dict[str, tuple[Facet, ...]]:
    """How the hits are spread, by case, type, language and month; the most frequent value first."""
    spread: dict[str, Counter[str]] = {name: Counter() for name in ("case", "kind", "language", "month")}
    for (file, month), count in proposed.counts.items():
        known = proposed.known[file]
        values = (str(known.case), kind_of(known.media_type), known.language, month)
        for name, value in zip(spread, values, strict=True):
            spread[name][value] += count
    labels = {str(case): place.number or place.title for case, place in rights.places.items()}
    return {
        name: tuple(
            Facet(value, labels.get(value, "") or value or _UNTOLD[name], count)
            for value, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        )
        for name, counts in spread.items()
    }
