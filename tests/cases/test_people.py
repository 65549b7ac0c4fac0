"""Names stay as written and under seal; the protected have none outside; nobody is made a suspect in passing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from cases import people
from cases.masks import Masks
from cases.people import BadPerson, NeedsSupervisor, Part
from core.accounts import Role
from core.ledger import entries as ledger
from tests import makers

KEY = bytes(range(64))
FORMS = {
    "Selam Tesfay": "Person A",
    "ሰላም ተስፋይ": "Person A",
    "محمد علي": "Person B",
    "张伟": "Person C",
    "রহিমা খাতুন": "Person D",
}


@pytest.fixture
def house(database_url):
    made = makers.house(database_url)
    yield made
    made.engine.dispose()


@pytest.fixture
def case(house):
    return house.case(house.actor("ana"))


def enter(house, case, name="Selam Tesfay", role=Part.WITNESS, **more):
    with house.transaction() as session:
        return people.add(session, house.actor("ana"), case, name, role, key=KEY, **more)


def test_a_name_comes_back_exactly_as_it_was_written(house, case):
    name = " \u202bمحمد\u200c علي\u202c Al-Ṣāliḥ "
    person = enter(house, case, name)

    with house.transaction() as session:
        assert [written for _form, written in people.names(session, [person], key=KEY)[person.id]] == [name]


@pytest.mark.parametrize("table", ["name_forms", "persons", "person_roles", "ledger_entries", "jobs", "cases"])
def test_no_table_holds_a_name_in_the_clear(house, case, table):
    enter(house, case, "Selam Tesfay", protected=True, source="statement 3")
    with house.transaction() as session:
        rows = "\n".join(str(row) for row in session.execute(text(f"SELECT * FROM {table}")))  # noqa: S608 - names above

    assert "Selam" not in rows
    assert "Tesfay" not in rows


def test_the_protected_are_called_by_a_pseudonym_that_differs_between_cases(house, case):
    first = enter(house, case, protected=True)
    second = enter(house, house.case(house.actor("ana")), protected=True)

    assert people.label(first, ["Selam Tesfay"]) == first.pseudonym
    assert first.pseudonym != second.pseudonym
    assert not people.may_name(house.actor("ana"), first)
    assert people.may_name(house.actor("olga", Role.PROTECTION), first)


@pytest.mark.parametrize("guarded", sorted(people.GUARDED))
@pytest.mark.parametrize("accusing", sorted(people.ACCUSING))
def test_a_migrant_witness_or_victim_is_accused_only_by_a_supervisor_with_a_reason(house, case, guarded, accusing):
    person = enter(house, case, role=guarded)
    boss = house.actor("boss", Role.SUPERVISOR)
    for actor, reason in ((house.actor("ana"), "steered the boat"), (boss, " ")):
        with pytest.raises(NeedsSupervisor), house.transaction() as session:
            people.add_role(session, actor, case, person, accusing, reason=reason)
    with house.transaction() as session:
        people.add_role(session, boss, case, person, accusing, reason="art. 6(2), ordered others aboard")
    with house.transaction() as session:
        last = list(ledger.entries(session, case.chain))[-1]

    assert ledger.words(last)["before"] == [guarded]


def test_a_role_ends_with_a_date_and_stays_on_record(house, case):
    person = enter(house, case)
    with house.transaction() as session:
        people.end_role(session, house.actor("ana"), case, person, Part.WITNESS, reason="mistaken entry")
    with house.transaction() as session:
        (kept,) = people.roles(session, [person])

    assert (kept.role, kept.until is None) == ("witness", False)


@pytest.mark.parametrize("name", ["", "   ", "x" * 501])
def test_a_name_that_is_none_is_refused(house, case, name):
    with pytest.raises(BadPerson):
        enter(house, case, name)


@pytest.mark.parametrize(
    "written",
    [
        "Selam Tesfay", "SELAM  TESFAY", "Tesfay, Selam", "Sélam\nTesfáy", "selamtesfay",
        "selam.tesfay@example.org", "selam_tesfay",
        "ሰላም  ተስፋይ", "محمّد علي", "محمد على", "علي محمد", "张伟在这里", "张 伟", "রহিমা খাতুন",
    ],
)  # fmt: skip
def test_each_way_of_writing_a_protected_name_is_hidden(written):
    masked = Masks(FORMS).apply(f"said that {written} was there")

    assert "Person" in masked
    assert written not in masked


@pytest.mark.parametrize(
    "written", ["Selam", "Tesfay was here; and Selam there", "محمد", "unrelated", "", "Selamawit Tesfay"]
)
def test_other_words_stay_as_they_are(written):
    assert Masks(FORMS).apply(written) == written


@given(before=st.text(), after=st.text(), form=st.sampled_from(sorted(FORMS)))
def test_whatever_stands_around_it_the_name_itself_never_comes_through(before, after, form):
    masked = Masks(FORMS).apply(f"{before} {form} {after}")

    assert masked.count(form) <= f"{before} {after}".count(form)


@given(st.text())
def test_masking_is_stable_and_places_are_where_names_stand(written):
    masks = Masks(FORMS)
    masked, places = masks.apply_with_places(written)

    assert masks.apply(written) == masked
    assert all(0 <= start < end <= len(written) for start, end, _pseudonym in places)
