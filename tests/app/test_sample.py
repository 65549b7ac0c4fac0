"""The sample is the same each time, is read whole by our own readers, and meets itself in a number and an IBAN."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import phonenumbers
import pytest
from schwifty import IBAN

from app.sample import Sample, SampleCase, make
from app.sample.story import DISPATCHER, DRIVER, FIRMS, FREIGHT, PAYERS, SAVINGS, SHOP, SKIPPER, TOURS
from cases.masks import script_of
from cases.people import GUARDED, Part
from core.config import Limits
from evidence import selectors
from evidence.authorities import KINDS
from evidence.extraction import sandbox
from evidence.extraction.reading import Member, Reading, State
from evidence.money.statements import Outcome, read, reconcile

LIMITS = Limits(extract_seconds=60)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return make(tmp_path_factory.mktemp("sample"))


def files(case: SampleCase) -> list[Path]:
    return sorted(path for path in case.folder.rglob("*") if path.is_file())


def opened(data: bytes, name: str) -> Iterator[tuple[str, Reading]]:
    """A file and everything in it, as the worker would read them."""
    members: list[tuple[str, bytes]] = []

    def take(member: Member) -> None:
        if member.content is not None:
            members.append((member.name, b"".join(member.content)))

    yield name, sandbox.read([data], len(data), name, LIMITS, take)
    for inner, content in members:
        yield from opened(content, inner)


@pytest.fixture(scope="module")
def readings(sample: Sample) -> dict[str, list[tuple[str, Reading]]]:
    return {
        case.number: [one for path in files(case) for one in opened(path.read_bytes(), path.name)]
        for case in sample.cases
    }


def text(readings: list[tuple[str, Reading]]) -> str:
    return "\n".join(passage.text for _, reading in readings for passage in reading.passages)


def test_the_sample_has_the_same_bytes_each_time(sample: Sample, tmp_path: Path) -> None:
    again = make(tmp_path)

    for first, second in zip(sample.cases, again.cases, strict=True):
        assert [path.relative_to(first.folder) for path in files(first)] == [
            path.relative_to(second.folder) for path in files(second)
        ]
        for path in files(first):
            assert path.read_bytes() == (second.folder / path.relative_to(first.folder)).read_bytes(), path.name


def test_every_file_is_read_and_none_without_text(readings: dict[str, list[tuple[str, Reading]]]) -> None:
    for found in readings.values():
        for name, reading in found:
            if not name.endswith((".jpg", ".zip")):
                assert reading.state is State.READ, (name, reading.because)
                assert reading.passages, name


def test_both_cases_hold_the_telephone_and_the_account(
    sample: Sample, readings: dict[str, list[tuple[str, Reading]]]
) -> None:
    for case in sample.cases:
        values = {sighting.value for sighting in selectors.find(text(readings[case.number]))}

        assert any(sample.phone.lstrip("+") in value for value in values), case.title
        assert sample.iban in values, case.title


@pytest.mark.parametrize("script", ["LATIN", "ETHIOPIC", "ARABIC", "BENGALI", "CJK"])
def test_every_script_is_there_and_is_read(readings: dict[str, list[tuple[str, Reading]]], script: str) -> None:
    whole = "\n".join(text(found) for found in readings.values())

    assert any(script_of(word).startswith(script) for word in whole.split())


def test_the_pictures_carry_time_and_place(readings: dict[str, list[tuple[str, Reading]]]) -> None:
    for found in readings.values():
        facts = [
            " ".join(f"{name} {value}" for name, value in reading.metadata.items())
            for name, reading in found
            if name.endswith(".jpg")
        ]
        assert len(facts) == 1
        assert "2026" in facts[0]
        assert "54" in facts[0]


def test_the_statements_add_up_except_the_one_that_must_not(sample: Sample) -> None:
    results = {
        path.name: reconcile(statement).result
        for case in sample.cases
        for path in files(case)
        if path.suffix in {".sta", ".csv", ".xml"}
        for statement in read(path.read_bytes(), path.name).statements
    }

    assert results == {
        "blue lantern travel 2026-03.csv": Outcome.RECONCILED,
        "halden 2026-03.sta": Outcome.RECONCILED,
        "meridian 2026-03.sta": Outcome.UNRECONCILED,
        "meridian savings.xml": Outcome.RECONCILED,
    }


def test_a_witness_is_protected_and_written_in_two_scripts(sample: Sample) -> None:
    protected = [person for case in sample.cases for person in case.people if person.protected]

    assert len(protected) == 1
    assert protected[0].part is Part.WITNESS
    assert {script_of(form) for form in (protected[0].name, *(one.text for one in protected[0].names))} == {
        "LATIN",
        "ETHIOPIC",
    }


def test_those_who_were_carried_are_guarded_and_never_suspects(sample: Sample) -> None:
    for case in sample.cases:
        carried = [person for person in case.people if "was carried" in person.event]
        assert carried
        assert all(person.part in GUARDED for person in carried)


def test_every_exhibit_has_an_authority_in_force_when_it_was_taken(sample: Sample) -> None:
    for case in sample.cases:
        for exhibit in case.exhibits:
            grant = exhibit.authority
            assert grant.kind in KINDS
            assert exhibit.origin.seized_at is not None
            assert grant.valid_from is None or grant.valid_from <= exhibit.origin.seized_at
            assert grant.expires is None or exhibit.origin.seized_at <= grant.expires
            assert any(exhibit.folder.rglob("*"))


def test_numbers_and_accounts_are_well_formed_and_belong_to_nobody(sample: Sample) -> None:
    for number in (sample.phone, DRIVER, DISPATCHER, SKIPPER, SHOP):
        assert phonenumbers.is_valid_number(phonenumbers.parse(number)), number
    for account in (sample.iban, TOURS, FREIGHT, SAVINGS, FIRMS, *PAYERS):
        assert IBAN(account).is_valid, account
    assert sample.phone[:10] == "+491713920"  # the range that the regulator keeps free for films
