"""A file is opened only by those who may, never before that is written down, and leads back to where it came from."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from cases.access import Act, Duty, NoPurpose, NotYourDuty
from cases.docket import NoSuchCase
from cases.handling import Sensitivity
from core.accounts import WORKER, Role
from core.errors import Tampered
from core.jobs import Job
from core.ledger import entries as ledger
from evidence import custody, exhibits, files
from evidence.continuity import report
from evidence.exhibits import Description, Exhibit
from evidence.files import Derived, File, Frozen, Reading, State
from evidence.keyring import KeysWrong
from tests.evidence.depot import Depot

METHOD = {"name": "member of an archive", "tool": "zipfile", "version": "3.11", "parameters": "inner.txt"}


def opened(place: Depot, actor, file: File) -> bytes:
    with place.house.transaction() as session:
        receipt = files.open_file(session, actor, place.keyring, file.id)
    return b"".join(place.vault.open(receipt))


def reading_chain(place: Depot) -> list[ledger.Entry]:
    with place.house.transaction() as session:
        return list(ledger.entries(session, f"access/{place.case.id}"))


def derive(place: Depot, parent: File, data: bytes, name: str = "inner.txt", method=METHOD) -> File:
    receipt = place.vault.seal([data], files.beside(parent))
    with place.house.transaction() as session:
        row = session.get_one(File, parent.id)
        return files.derive(session, WORKER, place.keyring, row, [Derived(name, receipt, method)])[0]


# --- Opening ---------------------------------------------------------------------------------------------------


def test_opening_a_file_is_written_down_with_who_what_why_and_how(each_place):
    file = each_place.file(each_place.exhibit(), b"content")

    assert opened(each_place, each_place.lead, file) == b"content"
    entry = reading_chain(each_place)[-1]
    assert (entry.act, entry.actor, entry.purpose, entry.subject) == (
        "file opened",
        each_place.lead.signature,
        "investigation",
        str(file.id),
    )
    assert ledger.words(entry)["way"] == "download"


def test_the_entry_is_there_before_a_byte_can_leave(place):
    file = place.file(place.exhibit())
    session = place.house.sessions()
    receipt = files.open_file(session, place.lead, place.keyring, file.id)
    session.commit()
    session.close()

    assert reading_chain(place)[-1].subject == str(file.id)
    assert next(place.vault.open(receipt))


def test_reading_and_custody_are_two_ledgers(place):
    exhibit = place.exhibit()
    file = place.file(exhibit)
    opened(place, place.lead, file)

    with place.house.transaction() as session:
        assert "file opened" not in [one.act for one in custody.steps(session, exhibit)]


def test_without_a_purpose_nothing_is_read(place):
    file = place.file(place.exhibit())

    with place.house.transaction() as session, pytest.raises(NoPurpose):
        files.open_file(session, place.lead.for_purpose(""), place.keyring, file.id)


def test_a_custodian_handles_the_exhibit_and_reads_nothing(place):
    file = place.file(place.exhibit())
    carl = place.colleague("carl")

    with place.house.transaction() as session:
        assert files.fetch(session, carl, file.id, to=Act.SEE).id == file.id
        with pytest.raises(NotYourDuty):
            files.open_file(session, carl, place.keyring, file.id)


def test_an_auditor_sees_that_a_file_is_there_and_reads_nothing(place):
    file = place.file(place.exhibit())
    auditor = place.house.actor("ada", Role.AUDITOR, purpose="audit")

    with place.house.transaction() as session:
        assert files.fetch(session, auditor, file.id, to=Act.SEE).id == file.id
        with pytest.raises(NotYourDuty):
            files.open_file(session, auditor, place.keyring, file.id)


def test_a_hidden_file_and_one_that_never_was_are_the_same_to_a_stranger(place):
    file = place.file(place.exhibit())
    stranger = place.house.actor("stranger")
    said = set()

    for number in (file.id, uuid4()):
        for to in (Act.SEE, Act.READ):
            with place.house.transaction() as session, pytest.raises(NoSuchCase) as refused:
                files.fetch(session, stranger, number, to=to)
            said.add((refused.value.code, str(refused.value)))

    assert len(said) == 1


def test_an_exhibit_above_the_clearance_does_not_exist(place):
    what = Description("E-3", "the photograph of a child", sensitivity=Sensitivity.C3)
    with place.house.transaction() as session:
        exhibit = exhibits.register(session, place.lead, place.case.id, what)
    file = place.file(exhibit)
    ivan = place.colleague("ivan", Role.INVESTIGATOR, Duty.INVESTIGATE)

    with place.house.transaction() as session:
        assert exhibits.listed(session, ivan, place.case.id) == []
        assert session.scalars(files.of_case(session, ivan, place.case.id)).all() == []
        for number in (file.id, uuid4()):
            with pytest.raises(NoSuchCase):
                files.fetch(session, ivan, number, to=Act.READ)
        assert exhibits.listed(session, place.lead, place.case.id)[0].id == exhibit.id


# --- Bytes that do not hold --------------------------------------------------------------------------------------


def test_a_file_whose_bytes_did_not_hold_is_frozen_and_nothing_is_repaired(each_place):
    exhibit = each_place.exhibit()
    file = each_place.file(exhibit)
    with each_place.house.transaction() as session:
        files.freeze(session, each_place.lead, file.id, "its blob has 3 bytes too few")
        files.freeze(session, each_place.lead, file.id, "its blob has 3 bytes too few")

    with each_place.house.transaction() as session:
        with pytest.raises(Frozen, match="3 bytes too few"):
            files.open_file(session, each_place.lead, each_place.keyring, file.id)
        failures = [one for one in custody.steps(session, exhibit) if one.act == "integrity-failure"]
        gaps = [gap.because for gap in report.of_exhibit(session, exhibit)]
    assert len(failures) == 1
    assert failures[0].outcome == "failed"
    assert any("3 bytes too few" in why for why in gaps)


@pytest.mark.parametrize("swapped", ["blob", "wrapped_key", "case_id", "exhibit_id", "version"])
def test_a_row_that_was_changed_by_hand_opens_nothing(place, swapped):
    exhibit = place.exhibit()
    file, other = place.file(exhibit), place.file(place.exhibit("E-2"), b"another one")
    stranger = place.house.actor("ines")
    elsewhere = place.house.case(stranger, "Another case").id
    value = {"case_id": elsewhere, "version": 2}.get(swapped, getattr(other, swapped))
    with place.house.transaction() as session:
        if swapped == "blob":
            session.get_one(File, other.id).blob = "00/00/" + "0" * 40
            session.flush()
        setattr(session.get_one(File, file.id), swapped, value)

    with pytest.raises((Tampered, KeysWrong)):
        broken(place, file)


def broken(place: Depot, file: File) -> None:
    with place.house.transaction() as session:
        receipt = files.receipt_of(session, place.keyring, session.get_one(File, file.id))
    b"".join(place.vault.open(receipt))


# --- Where it came from ------------------------------------------------------------------------------------------


def test_a_derived_file_walks_back_to_its_exhibit(each_place):
    exhibit = each_place.exhibit()
    parent = each_place.file(exhibit, b"PK archive", "all.zip")
    child = derive(each_place, parent, b"inner")
    grandchild = derive(each_place, child, b"innermost", "deep.txt")

    with each_place.house.transaction() as session:
        walk = [session.get_one(File, grandchild.id)]
        while walk[-1].parent_id is not None:
            walk.append(session.get_one(File, walk[-1].parent_id))
        digests = [(one.target, one.algorithm) for one in files.digests(session, child)]
        entry, _ = [one for one in custody.steps(session, exhibit) if one.act == "derive"]
        assert [one.id for one in files.children(session, parent)] == [child.id]
    assert [one.id for one in walk] == [grandchild.id, child.id, parent.id]
    assert {one.exhibit_id for one in walk} == {exhibit.id}
    assert digests == [("logical_file", "sha256"), ("logical_file", "sha512")]
    assert entry.words["parent"] == str(parent.id)
    assert entry.words["files"][0]["method"] == METHOD
    assert entry.by == "house"


def test_deriving_twice_makes_one_file(place):
    parent = place.file(place.exhibit(), b"PK archive", "all.zip")
    once, twice = derive(place, parent, b"inner"), derive(place, parent, b"inner")
    later = derive(place, parent, b"inner", method=METHOD | {"version": "3.12"})
    other = derive(place, parent, b"inner", method=METHOD | {"parameters": "outer.txt"})

    # The same bytes by a later version of the tool are the same member; by another act they are another.
    assert once.id == twice.id == later.id
    assert other.id != once.id
    with place.house.transaction() as session:
        assert len(files.children(session, parent)) == 2
        assert session.scalars(select(Job).where(Job.subject == once.id)).all()[0].kind == "extract"
        assert len(session.scalars(select(Job).where(Job.subject == once.id)).all()) == 1


def test_many_members_are_entered_in_few_entries(place):
    exhibit = place.exhibit()
    parent = place.file(exhibit, b"PK archive", "all.zip")
    made = [Derived(f"{n}", place.vault.seal([bytes([n])], files.beside(parent)), METHOD) for n in range(3)]
    with place.house.transaction() as session:
        rows = files.derive(session, WORKER, place.keyring, session.get_one(File, parent.id), made)

    assert [row.name for row in rows] == ["0", "1", "2"]
    with place.house.transaction() as session:
        assert sum(one.act == "derive" for one in custody.steps(session, exhibit)) == 1


def test_what_is_derived_is_kept_as_closely_as_its_parent(place):
    what = Description("E-3", "a diary", sensitivity=Sensitivity.C3)
    with place.house.transaction() as session:
        exhibit = exhibits.register(session, place.lead, place.case.id, what)
    parent = place.file(exhibit)

    assert derive(place, parent, b"page one").sensitivity == Sensitivity.C3


def test_the_same_content_is_told_only_for_cases_that_the_asker_may_know(place):
    file = place.file(place.exhibit(), b"the same")
    ines = place.house.actor("ines")
    elsewhere = place.house.case(ines, "Another case")
    other = Depot(place.house, place.vault, place.keyring, ines, elsewhere)
    there = other.file(other.exhibit(), b"the same")

    with place.house.transaction() as session:
        assert files.same_content(session, file, {place.case.id}) == []
        assert [one.id for one in files.same_content(session, file, {place.case.id, elsewhere.id})] == [there.id]


def test_reading_keeps_its_result_and_the_original(place):
    file = place.file(place.exhibit(), b"%PDF-1.7")
    with place.house.transaction() as session:
        row = session.get_one(File, file.id)
        files.set_reading(
            session, row, Reading.FAILED, "page 3 is damaged", media_type="application/pdf", language="en"
        )

    with place.house.transaction() as session:
        row = session.get_one(File, file.id)
    assert (row.reading, row.reading_because, row.media_type, row.language, row.state) == (
        "failed",
        "page 3 is damaged",
        "application/pdf",
        "en",
        State.STORED,
    )
    assert opened(place, place.lead, file) == b"%PDF-1.7"


def test_files_of_an_exhibit_come_in_order_of_arrival(place):
    exhibit = place.exhibit()
    made = [place.file(exhibit, name.encode(), name).id for name in "cab"]

    with place.house.transaction() as session:
        assert [one.id for one in files.of_exhibit(session, session.get_one(Exhibit, exhibit.id))] == made
