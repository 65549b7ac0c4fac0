"""The register of exports and the numbers given in it: once, for good, and the same bytes again."""

import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from cases.docket import NoSuchCase
from core.accounts import Role
from core.errors import Forbidden
from core.ledger.entries import Entry, breaks
from exports import numbering, register
from exports.contents import PageEntry, to_json
from exports.register import NamedSince, NoSuchExport, NotASecondPerson, NotTheSame, State, WrongState
from tests.exports.office import NAME, Office, office


def acts(desk: Office, export_id: UUID) -> list[str]:
    """What the ledger tells about an export."""
    with desk.house.transaction() as session:
        query = select(Entry.act).where(Entry.subject == str(export_id)).order_by(Entry.position)
        return list(session.scalars(query))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a bundle with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- Numbers --------------------------------------------------------------------------------------------------------


def test_an_exhibit_keeps_its_number_in_every_dossier_of_its_case(desk: Office) -> None:
    one, two, three = (desk.exhibit(name) for name in "abc")
    first = desk.gather(two, one)
    second = desk.gather(one, three, two)

    assert [exhibit.number for exhibit in first.exhibits] == ["E1", "E2"]
    assert [exhibit.number for exhibit in second.exhibits] == ["E2", "E3", "E1"]
    assert (first.cover.dossier_number, second.cover.dossier_number) == ("D1", "D2")


def test_a_file_keeps_its_number_when_others_come_after_it(desk: Office) -> None:
    exhibit = desk.exhibit("a")
    first = desk.file(exhibit, "one.txt", b"1", "1")
    before = desk.gather(exhibit)
    desk.file(exhibit, "inner.txt", b"2", "2", parent=first)
    after = desk.gather(exhibit)

    assert [file.number for file in before.files()] == ["E1.1"]
    assert [(file.number, file.parent) for file in after.files()] == [("E1.1", None), ("E1.2", "E1.1")]


def test_another_case_begins_its_numbers_anew(people: Office) -> None:
    for desk in (people.fresh(), people.fresh()):
        gathered = desk.gather(desk.exhibit("a"))

        assert (gathered.exhibits[0].number, gathered.cover.dossier_number) == ("E1", "D1")


def test_versions_of_a_dossier_count_on_and_are_never_used_twice(desk: Office) -> None:
    exhibit = desk.exhibit("a")
    versions = [desk.gather(exhibit, dossier=number).cover for number in ("", "D1", "D1")]

    assert [(cover.dossier_number, cover.version) for cover in versions] == [("D1", 1), ("D1", 2), ("D1", 3)]


def test_pages_get_their_numbers_once_and_other_pages_need_a_new_version(desk: Office) -> None:
    export, dossier = desk.order(desk.exhibit("a"))
    with desk.house.transaction() as session:
        again = register.number_pages(session, desk.prosecutor, desk.keyring, export.id, [("dossier", 3)])
        with pytest.raises(numbering.PagesGiven):
            register.number_pages(session, desk.prosecutor, desk.keyring, export.id, [("dossier", 3), ("E1.1", 2)])

    assert dossier.pages == (PageEntry(1, "dossier", 1), PageEntry(2, "dossier", 2), PageEntry(3, "dossier", 3))
    assert again == dossier


def test_pages_run_on_from_one_part_to_the_next(desk: Office) -> None:
    export, _dossier = desk.order(desk.exhibit("a"), pages=0)
    with desk.house.transaction() as session:
        given = numbering.give_pages(session, export.id, [("dossier", 2), ("E1.1", 0), ("E1.2", 2)])

    assert [(one.number, one.part, one.page) for one in given] == [
        (1, "dossier", 1), (2, "dossier", 2), (3, "E1.2", 1), (4, "E1.2", 2)
    ]  # fmt: skip


def test_two_who_ask_at_once_never_get_the_same_number(database_url: str, tmp_path: Path) -> None:
    desk = office(database_url, tmp_path / "keys")
    wanted = [desk.exhibit(name) for name in "abcdef"]
    given: list[dict[UUID, str]] = []
    faults: list[Exception] = []

    def ask(chosen: list[UUID]) -> None:
        try:
            with desk.house.transaction() as session:
                given.append(numbering.exhibits(session, desk.case.id, chosen))
        except Exception as fault:  # noqa: BLE001 - whatever it is, the test shows it
            faults.append(fault)

    orders = [[one.id for one in wanted[at:] + wanted[:at]] for at in range(4)]
    threads = [threading.Thread(target=ask, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    desk.house.engine.dispose()

    assert faults == []
    assert len(given) == 4
    assert all(one == given[0] for one in given)
    assert sorted(given[0].values()) == ["E1", "E2", "E3", "E4", "E5", "E6"]


# --- Protection that comes later -------------------------------------------------------------------------------------


def test_a_version_frozen_before_somebody_was_protected_does_not_leave_again_with_the_name(desk: Office) -> None:
    exhibit = desk.exhibit("a", description=f"telephone of {NAME}")
    export, _dossier = desk.order(exhibit)
    desk.protect()
    with desk.house.transaction() as session, pytest.raises(NamedSince):
        register.rebuild(session, desk.prosecutor, desk.keyring, export.id)


@pytest.mark.parametrize(
    ("passages", "media_type"), [((f"it was {NAME}",), "text/plain"), ((), "image/jpeg"), (("Canon",), "image/jpeg")]
)
def test_nor_with_an_original_that_would_now_be_withheld(
    desk: Office, passages: tuple[str, ...], media_type: str
) -> None:
    exhibit = desk.exhibit("a")
    desk.file(exhibit, "scene", b"x", *passages, media_type=media_type)
    export, _dossier = desk.order(exhibit)
    desk.protect()
    with desk.house.transaction() as session, pytest.raises(NamedSince):
        register.rebuild(session, desk.prosecutor, desk.keyring, export.id)


def test_a_version_that_does_not_touch_the_newly_protected_leaves_as_before(desk: Office) -> None:
    exhibit = desk.exhibit("a")
    desk.file(exhibit, "chat.txt", b"x", "nobody is named here")
    export, dossier = desk.order(exhibit)
    desk.protect()
    with desk.house.transaction() as session:
        assert register.rebuild(session, desk.prosecutor, desk.keyring, export.id) == dossier


# --- The register ---------------------------------------------------------------------------------------------------


def test_an_order_is_on_record_before_anything_is_made(desk: Office) -> None:
    exhibit = desk.exhibit("a")
    file = desk.file(exhibit, "chat.txt", b"x", "x")
    export, dossier = desk.order(exhibit, recipient="Regional court")
    with desk.house.transaction() as session:
        listed = register.of_case(session, desk.prosecutor, desk.case.id)

    assert [one.id for one in listed] == [export.id]
    assert (export.state, export.asked_name, export.recipient) == (State.ORDERED, "paul", "Regional court")
    assert export.versions == {
        "exhibits": {str(exhibit.id): dossier.exhibits[0].custody[-1].digest}, "files": {str(file.id): file.sha256},
        "protected": "",
    }  # fmt: skip
    assert acts(desk, export.id) == ["dossier ordered"]


def test_the_frozen_contents_are_sealed_in_the_database(desk: Office) -> None:
    export, dossier = desk.order(desk.exhibit("a", description="a very particular description"))

    assert b"very particular" in to_json(dossier).encode()
    assert b"very particular" not in export.sealed


def test_a_version_made_again_has_the_same_bytes(desk: Office, tmp_path: Path) -> None:
    exhibit = desk.exhibit("a")
    desk.file(exhibit, "chat.txt", b"hello", "hello")
    export, dossier = desk.order(exhibit)
    first = desk.write(tmp_path / "first", dossier)
    with desk.house.transaction() as session:
        register.finish(session, desk.prosecutor, desk.keyring, export.id, first, dossier)
    desk.file(exhibit, "later.txt", b"later", "later")
    with desk.house.transaction() as session:
        frozen = register.rebuild(session, desk.prosecutor, desk.keyring, export.id)
    second = desk.write(tmp_path / "second", frozen)
    with desk.house.transaction() as session:
        again = register.finish(session, desk.prosecutor, desk.keyring, export.id, second, frozen)

    assert second == first
    assert contents(tmp_path / "second") == contents(tmp_path / "first")
    assert again.digests["signature/statement.json"] == first.digest
    assert acts(desk, export.id) == ["dossier ordered", "dossier made", "dossier opened", "dossier made again"]


def test_other_bytes_from_the_same_contents_are_refused_and_named(desk: Office, tmp_path: Path) -> None:
    export, dossier = desk.order(desk.exhibit("a"))
    first = desk.write(tmp_path / "first", dossier)
    other = replace(dossier, cover=replace(dossier.cover, title="another"))
    second = desk.write(tmp_path / "second", other)
    with desk.house.transaction() as session:
        register.finish(session, desk.prosecutor, desk.keyring, export.id, first, dossier)
        with pytest.raises(NotTheSame, match=r"tagmanifest-sha256\.txt"):
            register.finish(session, desk.prosecutor, desk.keyring, export.id, second, dossier)


def test_what_could_not_be_made_says_why_and_can_be_tried_again(desk: Office, tmp_path: Path) -> None:
    export, dossier = desk.order(desk.exhibit("a"))
    with desk.house.transaction() as session:
        failed = register.fail(session, desk.prosecutor, export.id, "the disk was full")
        assert (failed.state, failed.because) == (State.FAILED, "the disk was full")
    manifest = desk.write(tmp_path / "bundle", dossier)
    with desk.house.transaction() as session:
        assert register.finish(session, desk.prosecutor, desk.keyring, export.id, manifest, dossier).state == State.MADE
        with pytest.raises(WrongState):
            register.fail(session, desk.prosecutor, export.id, "too late")


def test_a_second_person_signs_off_and_stands_in_print(desk: Office) -> None:
    export, dossier = desk.order(desk.exhibit("a"))
    with desk.house.transaction() as session:
        with pytest.raises(NotASecondPerson):
            register.sign_off(session, desk.prosecutor, desk.keyring, export.id, "mine")
        signed = register.sign_off(session, desk.supervisor, desk.keyring, export.id, "complete, as far as I can see")
        with pytest.raises(WrongState):
            register.sign_off(session, desk.supervisor, desk.keyring, export.id, "again")
        frozen = register.rebuild(session, desk.prosecutor, desk.keyring, export.id)

    assert [(one.who, one.act) for one in frozen.signoffs] == [("paul", "ordered and checked"), ("sara", "signed off")]
    assert signed.substance == register.substance(dossier) == register.substance(frozen)


def test_a_signature_after_it_was_made_stands_in_the_register_and_changes_no_byte(desk: Office, tmp_path: Path) -> None:
    export, dossier = desk.order(desk.exhibit("a"))
    manifest = desk.write(tmp_path / "bundle", dossier)
    with desk.house.transaction() as session:
        made = register.finish(session, desk.prosecutor, desk.keyring, export.id, manifest, dossier)
        register.sign_off(session, desk.supervisor, desk.keyring, export.id, "served")
        assert [one.who for one in register.signed_off(session, made)] == ["sara"]
        assert register.rebuild(session, desk.prosecutor, desk.keyring, export.id) == dossier


@pytest.mark.parametrize(
    "verb",
    [
        lambda session, _desk, actor, export: register.fetch(session, actor, export),
        lambda session, desk, actor, export: register.rebuild(session, actor, desk.keyring, export),
        lambda session, _desk, actor, export: register.fail(session, actor, export, "x"),
        lambda session, desk, actor, export: register.sign_off(session, actor, desk.keyring, export, "x"),
        lambda session, desk, actor, export: register.number_pages(session, actor, desk.keyring, export, []),
    ],
)
def test_an_export_of_a_case_that_may_not_be_seen_does_not_exist(desk: Office, verb: Callable[..., object]) -> None:
    export, _dossier = desk.order(desk.exhibit("a"))
    stranger = desk.house.actor("otto", Role.PROSECUTOR, purpose="prosecution")
    with desk.house.transaction() as session:
        for export_id in (export.id, UUID(int=1)):
            with pytest.raises(NoSuchExport, match="there is no such export, or none that you may see"):
                verb(session, desk, stranger, export_id)
        with pytest.raises(NoSuchCase):
            register.of_case(session, stranger, desk.case.id)


def test_a_member_who_may_see_the_case_but_not_export_is_told_so(desk: Office) -> None:
    export, _dossier = desk.order(desk.exhibit("a"))
    investigator = replace(desk.lead, roles=frozenset({Role.INVESTIGATOR}), purpose="prosecution")
    with desk.house.transaction() as session:
        assert register.fetch(session, investigator, export.id).id == export.id
        with pytest.raises(Forbidden):
            register.rebuild(session, investigator, desk.keyring, export.id)


def test_sealed_contents_of_one_export_do_not_open_as_another(desk: Office) -> None:
    exhibit = desk.exhibit("a")
    one, _ = desk.order(exhibit)
    other, _ = desk.order(exhibit)
    with desk.house.transaction() as session:
        session.get_one(register.Export, one.id).sealed = session.get_one(register.Export, other.id).sealed
        session.flush()
        with pytest.raises(register.cipher.SealBroken):
            register.rebuild(session, desk.prosecutor, desk.keyring, one.id)
        session.rollback()


def test_the_ledger_holds_after_all_of_it(desk: Office, tmp_path: Path) -> None:
    export, dossier = desk.order(desk.exhibit("a"))
    desk.write(tmp_path / "bundle", dossier)
    with desk.house.transaction() as session:
        register.fail(session, desk.prosecutor, export.id, "no")
        assert list(breaks(session, f"access/{desk.case.id}")) == []
    shutil.rmtree(tmp_path / "bundle")
