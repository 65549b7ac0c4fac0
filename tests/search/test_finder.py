"""A search gives what may be seen, counts nothing else, shows the text as written, and is itself written down."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import text as sql

from cases import people
from cases.access import Duty, NoPurpose
from cases.docket import NoSuchCase
from cases.handling import Sensitivity
from core import jobs
from core.accounts import Role
from evidence.exhibits import Number
from evidence.pinpoints import Pinpoint
from search import finder
from search.answers import searches
from search.answers.findings import Narrowing
from search.answers.searches import NoSuchSearch
from search.finder import BadPage
from tests.search.library import Piece, on_both_engines

PHONE = "+98 912 345 6789"


@pytest.fixture
def ana(library):
    return library.actor("ana")


@pytest.fixture
def case(library, ana):
    return library.case(ana)


def texts(found):
    return [str(hit.snippet) for group in found.groups for hit in group.hits]


def test_a_hit_shows_its_text_as_written_with_its_place(library, ana, case):
    exhibit = library.exhibit(ana, case, description="a chat export")
    library.file(exhibit, "nothing here", Piece("call ۰۹۱۲ ۳۴۵ ۶۷۸۹ tonight", Pinpoint(message="41")), name="chat.txt")

    found = library.find(ana, PHONE)

    assert (found.total, found.exhibits, found.files, found.cases) == (1, 1, 1, 1)
    [group] = found.groups
    assert (group.reference, group.description, group.case, group.count) == ("A-1", "a chat export", case.id, 1)
    [hit] = group.hits
    assert (hit.name, hit.pinpoint, str(hit.snippet)) == ("chat.txt", "message 41", "call [۰۹۱۲ ۳۴۵ ۶۷۸۹] tonight")


@on_both_engines
def test_a_number_is_found_across_cases(library, ana, case):
    other = library.case(ana, "Another truck")
    library.file(library.exhibit(ana, case), "ring +98 912 345 6789")
    library.file(library.exhibit(ana, other), "ring 0912-345-6789")

    found = library.find(ana, PHONE)

    assert {group.case for group in found.groups} == {case.id, other.id}
    assert {facet.value: facet.count for facet in found.facets["case"]} == {str(case.id): 1, str(other.id): 1}
    assert [group.case for group in library.find(ana, PHONE, case=other.id).groups] == [other.id]


@on_both_engines
@pytest.mark.parametrize("restricted", [False, True])
def test_what_is_hidden_counts_nowhere(library, ana, restricted):
    """The same answer, to the last figure, whether there is nothing or something that may not be seen."""
    own = library.case(ana)
    library.file(library.exhibit(ana, own), "the boat left")
    before = library.find(ana, "boat")
    ben = library.actor("ben")
    hidden = library.case(ben, restricted=restricted)
    library.file(library.exhibit(ben, hidden), "the boat left", "another boat")
    with library.transaction() as session:
        jobs.enqueue(session, "index", library.file(library.exhibit(ben, hidden, "A-2"), "boat").id)

    after = library.find(ana, "boat")

    def told(found):
        plain = found.to_dict()
        return {name: plain[name] for name in plain if name not in {"id", "standing"}} | {
            "pending": found.standing.pending
        }

    assert told(after) == told(before)
    assert library.find(ben, "boat").total == 3
    with pytest.raises(NoSuchCase):
        library.find(ana, "boat", case=hidden.id)
    assert library.find(ana, f'boat case:"{hidden.title}"').total == before.total


@on_both_engines
def test_what_is_above_the_clearance_counts_nowhere(library, ana, case):
    cal = library.actor("cal")
    library.admit(ana, case, cal, Duty.INVESTIGATE, Sensitivity.C2)
    library.file(library.exhibit(ana, case, "A-1"), "the boat left")
    library.file(library.exhibit(ana, case, "A-2", sensitivity=Sensitivity.C3), "the boat of the children")

    assert library.find(ana, "boat").total == 2
    assert library.find(cal, "boat").total == 1
    assert library.find(cal, "exhibit:A-2").total == 0


def test_a_class_raised_after_indexing_is_obeyed_at_once(library, ana, case):
    cal = library.actor("cal")
    library.admit(ana, case, cal, Duty.INVESTIGATE, Sensitivity.C2)
    file = library.file(library.exhibit(ana, case), "the boat left")
    with library.transaction() as session:
        session.execute(sql("UPDATE files SET sensitivity = 3"))

    assert library.find(cal, "boat").total == 0
    assert library.find(ana, "boat").total == 1
    library.bring_in(file)
    assert library.find(ana, "boat").total == 1


def test_a_dismissed_member_finds_nothing(library, ana, case):
    cal = library.actor("cal")
    library.admit(ana, case, cal, Duty.INVESTIGATE)
    library.file(library.exhibit(ana, case), "the boat left")
    assert library.find(cal, "boat").total == 1
    with library.transaction() as session:
        session.execute(sql("UPDATE memberships SET until = since WHERE user_id = :id"), {"id": cal.id.hex})

    assert library.find(cal, "boat").total == 0


def test_an_auditor_and_an_administrator_find_nothing(library, ana, case):
    library.file(library.exhibit(ana, case), "the boat left")
    for role in (Role.AUDITOR, Role.ADMINISTRATOR):
        assert library.find(library.actor(f"one-{role}", role), "boat").total == 0


def test_a_search_needs_a_purpose(library, ana):
    with pytest.raises(NoPurpose):
        library.find(ana.for_purpose(""), "boat")
    with pytest.raises(NoPurpose):
        library.find(ana.for_purpose("curiosity"), "boat")


def test_a_passage_that_is_gone_is_not_shown_and_a_file_that_is_gone_is_not_counted(library, ana, case):
    exhibit = library.exhibit(ana, case)
    library.file(exhibit, "the boat left", name="one")
    library.file(exhibit, "the boat came", name="two")
    with library.transaction() as session:
        session.execute(sql("DELETE FROM passages"))
    assert texts(library.find(ana, "boat")) == []
    with library.transaction() as session:
        session.execute(sql("DELETE FROM files"))
    found = library.find(ana, "boat")
    assert (found.total, found.exhibits, found.groups) == (0, 0, ())


def test_a_passage_that_was_changed_is_said_to_be_and_hides_no_other(library, ana, case):
    exhibit = library.exhibit(ana, case)
    library.file(exhibit, "the boat left", "the boat came")
    with library.transaction() as session:
        session.execute(sql("UPDATE passages SET sealed = zeroblob(60) WHERE ordinal = 1"))

    [group] = library.find(ana, "boat").groups

    assert ["changed" in hit.because for hit in group.hits] == [True, False]
    assert str(group.hits[1].snippet) == "the [boat] came"


def test_protected_names_are_found_by_their_pseudonym_alone(library, ana, case):
    with library.transaction() as session:
        key = library.keyring.case_key(session, case.id)
        person = people.add(session, ana, case, "Selam Tesfay", people.Part.WITNESS, key=key, protected=True)
        people.add_name(session, ana, case, person, "ሰላም ተስፋይ", key=key)
    exhibit = library.exhibit(ana, case, description="phone of Selam Tesfay")
    library.file(exhibit, "Selam Tesfay paid", "ተስፋይ ሰላም ከፈለ", name="selam tesfay.txt")

    for name in ('"Selam Tesfay"', "ሰላም ተስፋይ", "name:selam", "tesfay"):
        assert library.find(ana, name).total == 0
    found = library.find(ana, person.pseudonym)
    assert found.total == 3
    assert "elam" not in json.dumps(found.to_dict(), ensure_ascii=False)
    assert "ሰላም" not in json.dumps(found.to_dict(), ensure_ascii=False)


@on_both_engines
def test_files_without_text_are_found_by_name(library, ana, case):
    library.file(library.exhibit(ana, case), name="Passport_\u202eabdi.jpg", media_type="image/jpeg")
    [group] = library.find(ana, "passport").groups
    [hit] = group.hits
    assert (hit.pinpoint, str(hit.snippet)) == ("name of the file", "[Passport]_\\u{202e}abdi.jpg")


@on_both_engines
def test_fields_and_facets_narrow(library, ana, case):
    numbered = library.exhibit(ana, case, "A-1", numbers=[Number("police", "K 17/26")])
    other = library.exhibit(ana, case, "A-2")
    march = datetime(2026, 3, 1, tzinfo=UTC)
    library.file(numbered, "boat", media_type="application/pdf", language="ar", dated=march)
    library.file(other, Piece("boat", Pinpoint(message="1", at="2025-12-31 10:00")), media_type="text/csv")

    def references(typed, **how):
        return [group.reference for group in library.find(ana, typed, **how).groups]

    assert references("boat") in (["A-1", "A-2"], ["A-2", "A-1"])
    assert references("boat type:pdf") == ["A-1"]
    assert references("boat lang:ar") == ["A-1"]
    assert references("boat from:2026") == ["A-1"]
    assert references("boat to:2025") == ["A-2"]
    assert references('boat exhibit:"k 17/26"') == ["A-1"]
    assert references("boat exhibit:a-2") == ["A-2"]
    assert references("boat exhibit:none") == []
    assert references('boat case:"sealed truck"') == references("boat")
    assert references("boat", narrowing=Narrowing(kind="spreadsheet")) == ["A-2"]
    assert references("boat", narrowing=Narrowing(month="2026-03", language="ar")) == ["A-1"]
    facets = library.find(ana, "boat").facets
    assert {(one.value, one.count) for one in facets["month"]} == {("2026-03", 1), ("2025-12", 1)}
    assert {(one.value, one.count) for one in facets["kind"]} == {("pdf", 1), ("spreadsheet", 1)}
    assert {(one.value, one.count) for one in facets["language"]} == {("ar", 1), ("en", 1)}


def test_exhibits_come_in_pages_that_together_are_all(library, ana, case):
    for number in range(7):
        library.file(library.exhibit(ana, case, f"A-{number}"), *["boat"] * (number + 1))

    pages, cursor = [], ""
    while True:
        found = library.find(ana, "boat", size=3, cursor=cursor)
        pages.append([group.reference for group in found.groups])
        if not (cursor := found.cursor):
            break

    assert pages == [["A-6", "A-5", "A-4"], ["A-3", "A-2", "A-1"], ["A-0"]]
    assert found.total == 28
    assert len(found.groups[0].hits) == 1


@on_both_engines
def test_more_hits_than_are_listed_are_counted_and_paged_to_the_last(library, ana, case):
    many, few = library.exhibit(ana, case, "A-1"), library.exhibit(ana, case, "A-2")
    first = library.file(many, *[f"boat {number}" for number in range(700)])
    second = library.file(many, *[f"boat {number}" for number in range(700)])
    library.file(few, "boat")

    found = library.find(ana, "boat")
    assert [(group.reference, group.count, len(group.hits)) for group in found.groups] == [
        ("A-1", 1400, finder.FIRST),
        ("A-2", 1, 1),
    ]
    seen, cursor = [], ""
    while True:
        page = library.find(ana, "boat", exhibit=many.id, size=500, cursor=cursor)
        assert page.total == 1400
        seen += [(hit.file, hit.ordinal) for hit in page.groups[0].hits]
        if not (cursor := page.cursor):
            break
    assert sorted(seen) == sorted((file.id, number) for file in (first, second) for number in range(1, 701))


@pytest.mark.parametrize("how", [{"size": 0}, {"size": 501}, {"cursor": "x"}, {"cursor": "-1"}, {"cursor": "9" * 20}])
def test_a_page_that_is_none_is_refused(library, ana, how):
    with pytest.raises(BadPage):
        library.find(ana, "boat", **how)


def test_a_search_is_entered_without_its_words(library, ana, case):
    library.file(library.exhibit(ana, case), "the boat of Zarathustra")

    found = library.find(ana, "zarathustra")

    entry = library.entries(f"access/user/{ana.id}")[-1]
    assert (entry.act, entry.purpose, entry.subject) == ("search", "investigation", str(found.id))
    words = json.loads(entry.body)["record"]["words"]
    assert (words["cases"], words["total"], words["index"]["pending"]) == (1, 1, 0)
    reading = library.entries(f"access/{case.id}")[-1]
    assert (reading.act, reading.subject, reading.actor) == ("shown in a search", str(found.id), ana.signature)
    with library.transaction() as session:
        stored = (
            session.execute(sql("SELECT * FROM searches")).all()
            + session.execute(sql("SELECT * FROM ledger_entries")).all()
        )
    assert "zarathustra" not in str(stored).lower()


def test_the_words_of_a_search_are_for_its_author_and_a_supervisor_of_all_its_cases(library, ana, case):
    found = library.find(ana, "zarathustra")
    sue = library.actor("sue", Role.SUPERVISOR)
    auditor = library.actor("aud", Role.AUDITOR)

    def words(actor):
        with library.transaction() as session:
            return searches.fetch(session, actor, library.keyring, found.id)[1].text

    assert words(ana) == "zarathustra"
    for other in (sue, auditor, library.actor("ben")):
        with pytest.raises(NoSuchSearch):
            words(other)
    library.admit(ana, case, sue, Duty.SUPERVISE, Sensitivity.C3)
    assert words(sue) == "zarathustra"


def rerun(library, actor, search):
    with library.transaction() as session:
        return finder.rerun(session, actor, library.index, library.keyring, search)


@on_both_engines
def test_a_search_run_again_tells_whether_anything_has_changed(library, ana, case):
    exhibit = library.exhibit(ana, case)
    library.file(exhibit, "the boat left")
    found = library.find(ana, "boat")
    assert rerun(library, ana, found.id).differences == ()

    library.file(exhibit, "the boat came")

    assert rerun(library, ana, found.id).differences == ("1 hit then, 2 now", "the hits are not the same")


def test_a_search_run_again_under_other_rights_says_so(library, ana, case):
    found = library.find(ana, "boat")
    library.case(ana, "Another")
    assert rerun(library, ana, found.id).differences == ("it ran over other cases or classes than may be read now",)


def test_the_page_says_up_to_when_the_index_is_complete(library, ana, case):
    file = library.file(library.exhibit(ana, case), "the boat left")
    assert library.find(ana, "boat").standing.pending == 0
    with library.transaction() as session:
        jobs.enqueue(session, "index", file.id)
        asked = jobs.enqueue(session, "extract", file.id)
        jobs.fail(
            session,
            jobs.enqueue(session, "extract", library.file(library.exhibit(ana, case, "B"), indexed=False).id),
            "no",
        )
    state = library.find(ana, "boat").standing
    assert (state.pending, state.failed) == (1, 1)
    assert state.complete_to <= asked.asked
    assert state.words().endswith("UTC, 1 pending, 1 could not be read or indexed")
