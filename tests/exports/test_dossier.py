"""What is gathered into a dossier, what is withheld from it, and that no protected name is in what leaves."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from cases.access import Duty, Membership
from cases.docket import NoSuchCase
from cases.handling import Handling, Sensitivity
from core.accounts import Role
from core.errors import Forbidden
from core.ledger.entries import Entry
from evidence import files, selectors, text
from evidence.exhibits import Exhibit
from evidence.files import Reading, Stated
from evidence.money import records, statements
from exports import bundle, numbering, verification
from exports.contents import NotADossier, from_json, to_json
from exports.dossier import BadOrder, NotForExport
from exports.gathering.withholding import WITHHELD_ENTRY
from tests.exports.office import FORMS, NAME, Office


def reasons(desk: Office, *chosen: Exhibit, **more: object) -> dict[str, str]:
    """Why each file of a dossier is withheld, by its name; an empty reason means that it is given."""
    return {file.name: file.withheld_because for file in desk.gather(*chosen, **more).files()}


def test_a_dossier_holds_the_chosen_exhibits_in_their_order_with_all_that_is_known(desk: Office) -> None:
    one, other = desk.exhibit("A-1"), desk.exhibit("B-2")
    file = desk.file(other, "chat.txt", b"call +49 30 901820", "call +49 30 901820")
    gathered = desk.gather(other, one, recipient="Regional court")

    assert [exhibit.number for exhibit in gathered.exhibits] == ["E1", "E2"]
    assert gathered.exhibits[0].references == (("reference", "B-2"), ("seal", "B-1042"))
    assert gathered.exhibits[0].authority == (("warrant", "17/26; by Regional court"),)
    assert ("found at", "Quay 4") in gathered.exhibits[0].origin
    assert [step.act for step in gathered.exhibits[0].custody] == ["receive", "receive file"]
    assert gathered.cover.dossier_number == "D1"
    assert gathered.cover.version == 1
    assert gathered.cover.recipient == "Regional court"
    assert gathered.signoffs[0].who == "paul"
    entry = gathered.exhibits[0].files[0]
    assert (entry.number, entry.sha256, entry.original) == ("E1.1", file.sha256, "data/originals/E1/E1.1.txt")
    assert {(digest.algorithm, digest.target, digest.agrees) for digest in entry.hashes} == {
        ("sha256", "container_file", "yes"), ("sha512", "container_file", "yes")
    }  # fmt: skip


def test_a_dossier_is_one_text_and_comes_back_from_it(desk: Office) -> None:
    gathered = desk.gather(desk.exhibit("A-1"))

    assert from_json(to_json(gathered)) == gathered


@pytest.mark.parametrize(
    "spoil",
    [
        lambda held: held["dossier"].pop("people"),
        lambda held: held["dossier"].update(more=1),
        lambda held: held["dossier"]["cover"].update(version="1"),
        lambda held: held["dossier"]["cover"].update(version=True),
        lambda held: held["dossier"].update(exhibits={}),
        lambda held: held["dossier"]["exhibits"][0].update(references=[["a"]]),
        lambda held: held.update(format="probanda-dossier/2"),
    ],
)
def test_a_text_that_is_not_exactly_a_dossier_is_refused(desk: Office, spoil: Callable[[dict], None]) -> None:
    held = json.loads(to_json(desk.gather(desk.exhibit("A-1"))))
    spoil(held)

    with pytest.raises(NotADossier):
        from_json(json.dumps(held))
    with pytest.raises(NotADossier):
        from_json("{")


# --- Protected persons ----------------------------------------------------------------------------------------------


def test_a_protected_person_stands_under_the_pseudonym_everywhere(desk: Office) -> None:
    desk.protect()
    exhibit = desk.exhibit("A-1", description=f"telephone of {NAME.upper()}")
    desk.file(exhibit, f"statement {NAME}.txt", b"nothing", "nothing")
    gathered = desk.gather(exhibit, title="The case of Tesfay, Selam", recipient="Court")
    told = to_json(gathered)

    assert not any(form.casefold() in told.casefold() for form in (*FORMS, "Tesfay, Selam"))
    assert gathered.people[0].label == desk.witness
    assert gathered.people[0].names == ()
    assert gathered.exhibits[0].description == f"telephone of {desk.witness}"
    assert gathered.exhibits[0].files[0].name == f"statement {desk.witness}.txt"
    assert gathered.cover.title == f"The case of {desk.witness}"


def test_a_custody_entry_that_names_a_protected_person_keeps_its_place_and_loses_its_text(
    desk: Office, tmp_path: Path
) -> None:
    desk.protect()
    exhibit = desk.exhibit("A-1")
    desk.file(exhibit, f"statement {NAME}.txt", b"nothing", "nothing")
    gathered = desk.gather(exhibit)
    named = gathered.exhibits[0].custody[1]
    desk.write(tmp_path / "bundle", gathered)
    report = verification.verify(tmp_path / "bundle")

    assert (named.body, named.note) == ("", WITHHELD_ENTRY)
    assert report.findings == []
    assert "the text of 1 is withheld" in report.exhibits[0]
    assert NAME.encode() not in b"".join(path.read_bytes() for path in (tmp_path / "bundle").rglob("*.*"))


@pytest.mark.parametrize(
    "form",
    [
        *FORMS,
        "TESFAY Selam",
        "Sélam  Tesfay",
        "selamtesfay",
        "Selam\nTesfay",
        "Selam Tes-\n  fay",
        "Se\u200blam Tes\u00adfay",
        "\u202bSelam\u202c Tesfay",
        "?32Selam Tes?33fay",
        "Selam Tes\r\nfay",
    ],
)
def test_an_original_whose_text_names_a_protected_person_is_withheld(desk: Office, form: str) -> None:
    desk.protect()
    exhibit = desk.exhibit("A-1")
    desk.file(exhibit, "named.txt", form.encode(), "the first passage", f"it was {form} who paid")
    desk.file(exhibit, "other.txt", b"nobody", "nobody is named here")
    found = reasons(desk, exhibit)

    assert found == {"named.txt": f"it names {desk.witness}, who is protected", "other.txt": ""}


def test_a_name_that_begins_in_one_passage_and_ends_in_the_next_is_found(desk: Office) -> None:
    desk.protect()
    exhibit = desk.exhibit("A-1")
    desk.file(exhibit, "cut.txt", b"x", "it was Selam", "Tesfay who paid")

    assert reasons(desk, exhibit) == {"cut.txt": f"it names {desk.witness}, who is protected"}


def test_nobody_can_vouch_for_a_file_that_names_a_protected_person(desk: Office) -> None:
    desk.protect()
    exhibit = desk.exhibit("A-1")
    file = desk.file(exhibit, "named.txt", b"x", f"it was {NAME}")

    assert reasons(desk, exhibit, looked_through=frozenset({file.id}))["named.txt"]


def test_an_archive_that_holds_a_withheld_file_is_withheld_with_it(desk: Office) -> None:
    desk.protect()
    exhibit = desk.exhibit("A-1")
    outer = desk.file(exhibit, "outer.zip", b"PK", "inner.zip, free.txt", media_type="application/zip")
    inner = desk.file(exhibit, "inner.zip", b"PK2", "named.txt", parent=outer, media_type="application/zip")
    desk.file(exhibit, "named.txt", b"x", f"it was {NAME}", parent=inner)
    desk.file(exhibit, "free.txt", b"y", "nobody", parent=outer)
    found = reasons(desk, exhibit)

    assert found["outer.zip"] == found["inner.zip"] == "it holds another file that is withheld"
    assert found["named.txt"] == f"it names {desk.witness}, who is protected"
    assert found["free.txt"] == ""


@pytest.mark.parametrize("media_type", ["image/jpeg", "audio/ogg", "application/octet-stream"])
def test_what_could_not_be_searched_is_withheld_until_somebody_vouches_for_it(desk: Office, media_type: str) -> None:
    desk.protect()
    exhibit = desk.exhibit("A-1")
    words = ("Canon",) if media_type.startswith(("image", "audio")) else ()
    file = desk.file(exhibit, "scene", b"\xff\xd8", *words, media_type=media_type)

    assert "could not be searched" in reasons(desk, exhibit)["scene"]
    vouched = desk.gather(exhibit, looked_through=frozenset({file.id}))
    assert vouched.files()[0].withheld_because == ""
    assert any("vouches to have looked through it" in one for one in vouched.weaknesses)


def test_where_nobody_is_protected_what_could_not_be_searched_is_given_and_said(desk: Office) -> None:
    exhibit = desk.exhibit("A-1")
    desk.file(exhibit, "scene.jpg", b"\xff\xd8", media_type="image/jpeg")
    gathered = desk.gather(exhibit)

    assert gathered.files()[0].original == "data/originals/E1/E1.1.jpg"
    assert "E1.1 was not searched in full: its reading is «empty»" in gathered.weaknesses


# --- Weaknesses and refusals ----------------------------------------------------------------------------------------


def test_weaknesses_are_said_and_never_smoothed_over(desk: Office) -> None:
    exhibit = desk.exhibit("A-1", authority=False, handling=Handling.H1)
    file = desk.file(exhibit, "blob", b"x")
    with desk.house.transaction() as session:
        row = session.get_one(files.File, file.id)
        files.state(session, row, Stated("sha256", "0" * 64))
        files.quarantine(session, desk.lead, row, "the stated hash is another")
    told = desk.gather(exhibit).weaknesses

    assert any(one.startswith("E1: no legal authority is recorded") for one in told)
    assert any(one.startswith("E1 carries the handling code H1") for one in told)
    assert "E1.1 is quarantined: the stated hash is another" in told
    assert "E1.1: the sha256 of the transfer stated by the sender is not the file's" in told
    assert any("E1.1 is withheld: it is set aside" in one for one in told)
    assert any("a digital file did not hold" in one for one in told)


def test_intelligence_and_sealed_identities_never_leave(desk: Office) -> None:
    exhibit = desk.exhibit("INTEL-1")
    with desk.house.transaction() as session:
        session.get_one(Exhibit, exhibit.id).sensitivity = int(Sensitivity.C5)
        lead = select(Membership).where(Membership.case_id == desk.case.id, Membership.duty == Duty.LEAD)
        session.scalars(lead).one().clearance = int(Sensitivity.C5)

    with pytest.raises(NotForExport):
        desk.gather(exhibit, actor=desk.lead)


def test_an_exhibit_above_the_clearance_does_not_exist_for_whoever_orders(desk: Office) -> None:
    exhibit = desk.exhibit("A-1", sensitivity=Sensitivity.C3)

    with pytest.raises(NoSuchCase):
        desk.gather(exhibit)


def test_an_exhibit_of_another_case_does_not_exist_here(desk: Office) -> None:
    mine, home = desk.exhibit("A-1"), desk.case
    desk.case = desk.house.case(desk.lead, "Another")
    desk.house.admit(desk.lead, desk.case, desk.prosecutor, Duty.PROSECUTE)
    other = desk.exhibit("B-1")
    desk.case = home

    with pytest.raises(NoSuchCase):
        desk.gather(mine, other)


def test_whoever_may_not_export_or_gives_no_purpose_gets_nothing(desk: Office) -> None:
    exhibit = desk.exhibit("A-1")
    for actor in (replace(desk.lead, roles=frozenset({Role.INVESTIGATOR})), replace(desk.prosecutor, purpose="")):
        with pytest.raises(Forbidden):
            desk.gather(exhibit, actor=actor)
    with pytest.raises(NoSuchCase):
        desk.gather(exhibit, actor=desk.house.actor("otto", Role.PROSECUTOR))


def test_an_order_with_faults_names_them_all(desk: Office) -> None:
    with pytest.raises(BadOrder) as refused:
        desk.gather(title=" ", recipient="a\nb")

    assert set(refused.value.fields) == {"exhibits", "title", "recipient"}


def test_the_next_version_of_a_dossier_that_was_never_opened_is_refused(desk: Office) -> None:
    exhibit = desk.exhibit("A-1")
    for number in ("D1", "D0", "x", "D01"):
        with pytest.raises(numbering.NoSuchDossier):
            desk.gather(exhibit, dossier=number)


# --- Bytes ----------------------------------------------------------------------------------------------------------


def test_each_original_that_leaves_is_entered_as_read(desk: Office, tmp_path: Path) -> None:
    exhibit = desk.exhibit("A-1")
    file = desk.file(exhibit, "chat.txt", b"hello", "hello")
    manifest = desk.write(tmp_path / "bundle", desk.gather(exhibit))
    with desk.house.transaction() as session:
        entries = list(session.scalars(select(Entry).where(Entry.subject == str(file.id), Entry.act == "file opened")))

    assert [one.path for one in manifest.files if one.path.startswith("data/originals")] == [
        "data/originals/E1/E1.1.txt"
    ]
    assert (tmp_path / "bundle/data/originals/E1/E1.1.txt").read_bytes() == b"hello"
    assert verification.verify(tmp_path / "bundle", desk.keyring.public.hex()).findings == []
    assert [(one.actor.partition(":")[0], one.purpose) for one in entries] == [("paul", "prosecution")]
    assert "dossier D1 version 1" in entries[0].body


def test_a_blob_that_was_changed_stops_the_bundle_and_leaves_nothing(desk: Office, tmp_path: Path) -> None:
    exhibit = desk.exhibit("A-1")
    file = desk.file(exhibit, "chat.txt", b"hello", "hello")
    gathered = desk.gather(exhibit)
    blob = desk.vault.root / file.blob
    blob.chmod(0o600)
    blob.write_bytes(blob.read_bytes()[:-1])

    with pytest.raises(bundle.Tampered):
        desk.write(tmp_path / "out" / "bundle", gathered)
    assert list((tmp_path / "out").iterdir()) == []


def test_the_type_decides_how_an_original_is_called_and_never_its_name(desk: Office) -> None:
    exhibit = desk.exhibit("A-1")
    desk.file(exhibit, "../../etc/passwd\n.exe", b"x", "x", media_type="text/plain; charset=utf-8")
    desk.file(exhibit, "b" * 1000, b"y", "y", media_type="application/x-unheard-of")
    with desk.house.transaction() as session:
        for row in session.scalars(select(files.File)):
            row.reading = Reading.READ.value

    assert [one.original for one in desk.gather(exhibit).files()] == [
        "data/originals/E1/E1.1.txt", "data/originals/E1/E1.2.bin"
    ]  # fmt: skip


# --- Money and facts ------------------------------------------------------------------------------------------------

MT940 = """\
:20:STARTUMS
:25:10020030/1234567
:28C:7/1
:60F:C260101EUR1000,00
:61:2601050105D250,00NTRFNONREF
:86:020?00TRANSFER?20for the passage?32{first}?33{second}
:62F:C260105EUR{closing}
-
"""


def statement(
    desk: Office, exhibit: Exhibit, *, first: str = "Mehari", second: str = "", closing: str = "750,00"
) -> None:
    """A bank statement that was read and taken."""
    data = MT940.format(first=first, second=second, closing=closing).encode()
    file = desk.file(exhibit, "bank.sta", data, data.decode())
    with desk.house.transaction() as session:
        row = session.get_one(files.File, file.id)
        records.take(
            session, desk.lead, row, statements.read(data, "bank.sta"), key=text.key_of(session, desk.keyring, row)
        )


def test_a_statement_becomes_a_schedule_whose_rows_lead_back_to_the_file(desk: Office) -> None:
    exhibit = desk.exhibit("A-1")
    statement(desk, exhibit)
    (schedule,) = desk.gather(exhibit).schedules

    assert (schedule.opening, schedule.closing, schedule.computed) == ("1000.00", "750.00", "750.00")
    assert (schedule.currency, schedule.result, schedule.file) == ("EUR", "reconciled", "E1.1")
    (row,) = schedule.rows
    assert (row.number, row.amount, row.currency, row.file) == (1, "-250.00", "EUR", "E1.1")
    assert ":61:2601050105D250,00NTRFNONREF" in row.as_written
    assert row.pinpoint


def test_a_statement_that_does_not_close_is_named_among_the_weaknesses(desk: Office) -> None:
    exhibit = desk.exhibit("A-1")
    statement(desk, exhibit, closing="751,00")
    gathered = desk.gather(exhibit)

    assert gathered.schedules[0].result == "unreconciled"
    assert any(one.startswith("E1.1: the statement of") and "unreconciled" in one for one in gathered.weaknesses)


def test_a_statement_that_names_a_protected_person_gives_no_rows(desk: Office) -> None:
    desk.protect()
    exhibit = desk.exhibit("A-1")
    statement(desk, exhibit, first="Selam Tes", second="fay")
    gathered = desk.gather(exhibit)

    assert gathered.schedules == ()
    assert gathered.files()[0].withheld_because == f"it names {desk.witness}, who is protected"


def test_facts_and_selectors_of_a_file_stand_with_their_places(desk: Office) -> None:
    exhibit = desk.exhibit("A-1")
    file = desk.file(exhibit, "chat.txt", b"x", "write to smuggler@example.org", "or to SMUGGLER@example.org")
    with desk.house.transaction() as session:
        row = session.get_one(files.File, file.id)
        key = text.key_of(session, desk.keyring, row)
        text.keep_facts(session, row, {"author": "Mehari"}, key)
        selectors.keep(session, row, selectors.sighted(text.passages(session, row, key)))
    facts = {(fact.kind, fact.text, fact.pinpoint, fact.file) for fact in desk.gather(exhibit).exhibits[0].facts}

    assert ("fact", "author: Mehari", "whole file", "E1.1") in facts
    assert any(
        kind == "selector" and "smuggler@example.org" in said and place == "row 1, and 1 more"
        for kind, said, place, _ in facts
    )
