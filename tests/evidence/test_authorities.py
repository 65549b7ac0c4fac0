"""Without an authority an exhibit is kept and not processed; with one, what had to wait is asked for again."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core import clock
from core.jobs import Job
from core.ledger import entries as ledger
from evidence import authorities, files
from evidence.authorities import BadAuthority, Grant, NotAuthorised, SetAside
from evidence.exhibits import Exhibit, Origin
from evidence.files import File, Reading

LATER = clock.parse("2026-02-01T00:00Z")


def allowed(place, exhibit) -> str:
    with place.house.transaction() as session:
        try:
            authorities.allow_processing(session, session.get_one(Exhibit, exhibit.id))
        except NotAuthorised as why:
            return str(why)
    return ""


def authorise(place, exhibit, grant):
    with place.house.transaction() as session:
        return authorities.authorise(session, place.lead, exhibit.id, grant)


def test_without_an_authority_a_file_is_stored_and_not_read(place):
    exhibit = place.exhibit(authorised=False)
    file = place.file(exhibit)

    assert "no legal authority is recorded" in allowed(place, exhibit)
    assert file.state == "stored"


def test_an_authority_asks_again_for_what_had_to_wait(each_place):
    exhibit = each_place.exhibit(authorised=False)
    waiting, read = each_place.file(exhibit, b"one"), each_place.file(exhibit, b"two")
    with each_place.house.transaction() as session:
        files.set_reading(session, session.get_one(File, waiting.id), Reading.NOT_ALLOWED, "no authority")
        files.set_reading(session, session.get_one(File, read.id), Reading.READ)
    authorise(each_place, exhibit, Grant("consent", scope="this telephone", issuer="its owner"))

    with each_place.house.transaction() as session:
        again = {one.id: (one.reading, one.reading_because) for one in files.of_exhibit(session, exhibit)}
        jobs = session.scalars(select(Job.subject).where(Job.kind == "extract")).all()
        acts = [one.act for one in ledger.entries(session, f"case/{each_place.case.id}")]
    assert again == {waiting.id: ("waiting", ""), read.id: ("read", "")}
    assert sorted(jobs, key=str) == sorted([waiting.id, waiting.id, read.id], key=str)
    assert "authority recorded" in acts
    assert allowed(each_place, exhibit) == ""


def test_what_had_expired_or_was_not_yet_in_force_when_it_was_seized_does_not_count(place):
    seized = clock.now() - timedelta(days=10)
    exhibit = place.exhibit(authorised=False, origin=Origin(seized_at=seized))
    authorise(place, exhibit, Grant("warrant", "W 1", expires=seized - timedelta(hours=1)))
    authorise(place, exhibit, Grant("order", "O 2", valid_from=seized + timedelta(hours=1)))

    assert allowed(place, exhibit) == (
        "no authority covers this exhibit: warrant W 1 had expired when the exhibit was seized; "
        "order O 2 was not yet in force when the exhibit was seized"
    )


def test_an_authority_that_was_in_force_at_seizure_counts_after_it_expires(place):
    seized = clock.now() - timedelta(days=10)
    exhibit = place.exhibit(authorised=False, origin=Origin(seized_at=seized))
    authorise(place, exhibit, Grant("warrant", "W 1", expires=seized + timedelta(days=1)))

    assert allowed(place, exhibit) == ""


def test_an_authority_found_not_to_cover_the_exhibit_does_not_count(place):
    exhibit = place.exhibit(authorised=False)
    grant = authorise(place, exhibit, Grant("warrant", "W 1"))
    with place.house.transaction() as session:
        authorities.doubt(session, place.lead, exhibit.id, grant.id, "it names another telephone")

    assert "it names another telephone" in allowed(place, exhibit)
    authorise(place, exhibit, Grant("warrant", "W 2"))
    assert allowed(place, exhibit) == ""


@pytest.mark.parametrize(
    ("grant", "field"),
    [
        (Grant("because I can"), "kind"),
        (Grant("warrant", "n" * 5000), "number"),
        (
            Grant("warrant", valid_from=clock.parse("2026-02-01T00:00Z"), expires=clock.parse("2026-01-01T00:00Z")),
            "expires",
        ),
    ],
)
def test_what_is_no_authority_is_refused(place, grant, field):
    exhibit = place.exhibit(authorised=False)

    with pytest.raises(BadAuthority) as refused:
        authorise(place, exhibit, grant)
    assert field in refused.value.fields


def test_a_file_set_aside_is_not_read_even_with_an_authority(place):
    file = place.file(place.exhibit())
    with place.house.transaction() as session:
        files.quarantine(session, place.lead, session.get_one(File, file.id), "another hash was stated")

    with place.house.transaction() as session, pytest.raises(SetAside, match="another hash"):
        authorities.allow_reading(session, session.get_one(File, file.id))
