"""What a search asks of the database it asks alike of SQLite and of PostgreSQL."""

import pytest

from core import jobs
from evidence import selectors
from evidence.exhibits import Number
from search import finder, indexing, links
from tests.search.library import Piece


@pytest.fixture
def database(database_url):
    """Both databases in turn."""
    return database_url


@pytest.fixture
def ana(library):
    return library.actor("ana")


def test_a_search_across_cases_with_every_kind_of_field(library, ana):
    own, other = library.case(ana), library.case(ana, "Another truck")
    exhibit = library.exhibit(ana, own, numbers=[Number("police", "K 17/26")])
    library.file(exhibit, "the boat left", "ring +98 912 345 6789")
    library.file(library.exhibit(ana, other), "the boat came")

    found = library.find(ana, "boat")
    assert (found.total, found.exhibits, found.cases) == (2, 2, 2)
    assert library.find(ana, 'boat exhibit:"k 17/26" case:truck type:text').total == 1
    with library.transaction() as session:
        again = finder.rerun(session, ana, library.index, library.keyring, found.id)
    assert again.differences == ()


def test_the_standing_of_the_index(library, ana):
    file = library.file(library.exhibit(ana, library.case(ana)), "boat")
    with library.transaction() as session:
        jobs.enqueue(session, "index", file.id)
    assert library.find(ana, "boat").standing.pending == 1


def test_the_same_elsewhere(library, ana):
    files = []
    for title in ("One", "Two"):
        exhibit = library.exhibit(ana, library.case(ana, title))
        pieces = [Piece("call +98 912 345 6789")]
        files.append(library.file(exhibit, *pieces, name="same"))
        with library.transaction() as session:
            selectors.keep(session, files[-1], selectors.sighted(pieces))
    with library.transaction() as session:
        seen = links.also_seen(session, ana, library.keyring, files[0].id)
    assert [(one.files, one.places[0].case_title) for one in seen] == [(1, "Two"), (1, "Two")]


def test_check_and_rebuild(library, ana):
    library.file(library.exhibit(ana, library.case(ana)), "boat", indexed=False)
    assert len(list(indexing.check(library.transaction, library.index))) == 1
    assert indexing.rebuild(library.transaction, library.index, library.keyring) == 2
    assert list(indexing.check(library.transaction, library.index)) == []
