"""The same number and the same content lead from case to case, and never into one that may not be read."""

import json

import pytest
from sqlalchemy import text as sql

from cases.access import Duty
from cases.docket import NoSuchCase
from cases.handling import Sensitivity
from evidence import selectors
from evidence.pinpoints import Pinpoint
from search import links
from tests.search.library import Piece

PHONE = "+989123456789"


@pytest.fixture
def ana(library):
    return library.actor("ana")


def seen_file(library, exhibit, *texts, **how):
    pieces = [one if isinstance(one, Piece) else Piece(one) for one in texts]
    file = library.file(exhibit, *pieces, indexed=False, **how)
    with library.transaction() as session:
        selectors.keep(session, file, selectors.sighted(pieces))
    return file


def also_seen(library, actor, file):
    with library.transaction() as session:
        return {one.kind: one for one in links.also_seen(session, actor, library.keyring, file.id)}


def test_a_number_leads_to_the_other_case_with_its_place(library, ana):
    own, other = library.case(ana), library.case(ana, "Another truck")
    file = seen_file(library, library.exhibit(ana, own), "call +98 912 345 6789", name="a.txt")
    there = seen_file(
        library,
        library.exhibit(ana, other, "B-7"),
        "none",
        Piece("ring ۰۰۹۸۹۱۲۳۴۵۶۷۸۹", Pinpoint(page=3)),
        name="b.txt",
    )

    seen = also_seen(library, ana, file)

    [kind] = seen
    found = seen[kind]
    assert (found.value, found.files, found.cases) == (PHONE, 1, 1)
    [place] = found.places
    assert (place.case, place.case_title, place.reference) == (other.id, "Another truck", "B-7")
    assert (place.file, place.name, place.ordinal, place.pinpoint) == (there.id, "b.txt", 2, "page 3")


def test_the_same_content_leads_to_the_other_case_and_an_empty_file_to_none(library, ana):
    own, other = library.case(ana), library.case(ana, "Another truck")
    file = seen_file(library, library.exhibit(ana, own), "x", name="same")
    seen_file(library, library.exhibit(ana, own, "A-2"), "x", name="same")
    seen_file(library, library.exhibit(ana, other), "x", name="same")

    assert also_seen(library, ana, file)[links.CONTENT].files == 1
    with library.transaction() as session:
        session.execute(sql("UPDATE files SET size = 0"))
    assert also_seen(library, ana, file) == {}


@pytest.mark.parametrize("cleared", [None, Sensitivity.C2])
def test_what_may_not_be_read_is_not_seen_anywhere(library, ana, cleared):
    own = library.case(ana)
    file = seen_file(library, library.exhibit(ana, own), f"call {PHONE}", name="same")
    ben = library.actor("ben")
    hidden = library.case(ben)
    if cleared is not None:
        library.admit(ben, hidden, ana, Duty.INVESTIGATE, cleared)
    closed = library.exhibit(ben, hidden, sensitivity=Sensitivity.C3)
    seen_file(library, closed, f"call {PHONE}", name="same")

    assert also_seen(library, ana, file) == {}
    with library.transaction() as session:
        assert links.also_seen_value(session, ana, library.keyring, own.id, "phone", PHONE) is None


def test_a_file_of_a_hidden_case_gives_no_links(library, ana):
    ben = library.actor("ben")
    file = seen_file(library, library.exhibit(ben, library.case(ben)), PHONE)
    with library.transaction() as session, pytest.raises(NoSuchCase):
        links.also_seen(session, ana, library.keyring, file.id)


def test_a_number_in_very_many_files_is_counted_whole_and_listed_in_part(library, ana):
    own, other = library.case(ana), library.case(ana, "Another truck")
    file = seen_file(library, library.exhibit(ana, own), PHONE, name="own")
    exhibit = library.exhibit(ana, other)
    for number in range(links.LISTED + 3):
        seen_file(library, exhibit, PHONE, name=f"{number}")

    [found] = also_seen(library, ana, file).values()
    assert (found.files, len(found.places)) == (links.LISTED + 3, links.LISTED)


def test_the_look_is_entered(library, ana):
    file = seen_file(library, library.exhibit(ana, library.case(ana)), PHONE)
    also_seen(library, ana, file)
    entry = library.entries(f"access/user/{ana.id}")[-1]
    assert (entry.act, entry.subject, entry.purpose) == ("looked for the same elsewhere", str(file.id), "investigation")
    assert PHONE not in entry.body
    assert json.loads(entry.body)["record"]["words"]["values"] == 0
