"""What was collected online: what is here, what is missing and why, and an identity that few may know."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from uuid import uuid4

import pytest
from sqlalchemy import text

from cases.access import Duty, NoPurpose, NotYourDuty
from cases.docket import NoSuchCase
from cases.handling import Sensitivity
from core.accounts import Role as Job
from evidence import custody, exhibits
from evidence.continuity import report
from evidence.continuity.codes import Code
from evidence.ending import shredding
from evidence.exhibits import Arrival, Description, Exhibit, Origin
from evidence.names import committed
from evidence.online import addresses, identities, items, showing
from evidence.online.identities import NoSuchIdentity, NotForYouToDecide
from evidence.online.items import BadOnlineItem, Collected, Replaced
from evidence.online.rows import Element, OnlineItem, Role
from evidence.possession.arrivals import Kind

AT = datetime(2026, 9, 1, 10, tzinfo=timezone(timedelta(hours=2)))
WHAT = Collected(
    "https://example.org/boats?to=north", "ana", "Hunchly", "2.5", AT, "https://www.example.org/boats", "", "persona_77"
)


def record(place, exhibit, what=WHAT, actor=None):
    with place.house.transaction() as session:
        return items.record(session, actor or place.lead, place.keyring, exhibit.id, what)


def done(place, verb, *told, actor=None):
    with place.house.transaction() as session:
        return verb(session, actor or place.lead, *told)


def steps(place, exhibit):
    with place.house.transaction() as session:
        return list(custody.steps(session, session.get_one(Exhibit, exhibit.id)))


def weak(place, exhibit):
    with place.house.transaction() as session:
        found = report.of_exhibit(session, session.get_one(Exhibit, exhibit.id))
        return [one for one in found if one.code is Code.ONLINE_INCOMPLETE]


def test_what_is_missing_is_a_weakness_until_it_is_here_or_somebody_says_why(each_place):
    exhibit = each_place.exhibit()
    item = record(each_place, exhibit)
    (found,) = weak(each_place, exhibit)
    for one in ("page source", "full-page capture", "embedded media", "metadata", "context"):
        assert one in found.because
    assert "collection data" not in found.because
    assert steps(each_place, exhibit)[found.positions[0] - 1].act == items.COLLECTED

    for name, role in (("page.html", Role.SOURCE), ("page.png", Role.CAPTURE), ("note.txt", Role.CONTEXT)):
        file = each_place.file(exhibit, name.encode(), name)
        done(each_place, items.give_part, item.id, file.id, role)
    (found,) = weak(each_place, exhibit)
    assert "is without embedded media, metadata, and" in found.because
    for element in (Element.MEDIA, Element.METADATA):
        done(each_place, items.explain, item.id, element, "the page had none")

    assert weak(each_place, exhibit) == []
    with each_place.house.transaction() as session:
        ((shown,)) = showing.of_exhibit(session, each_place.lead, exhibit.id)[1]
        assert [role for role, _file in shown.parts] == ["page source", "full-page capture", "context"]
        assert shown.missing == ((Element.MEDIA, "the page had none"), (Element.METADATA, "the page had none"))


def test_an_exhibit_that_was_captured_online_and_says_nothing_of_how_is_weak(place):
    what, origin = Description("E-1", "a post"), Origin(place_found="https://example.org")
    arrival = Arrival(kind=Kind.CAPTURE, tool="Hunchly", tool_version="2.5")
    with place.house.transaction() as session:
        exhibit = exhibits.register(session, place.lead, place.case.id, what, origin=origin, arrival=arrival)

    assert ["not recorded as such" in one.because for one in weak(place, exhibit)] == [True]
    record(place, exhibit, replace(WHAT, identity=""))
    assert ["collection data" in one.because for one in weak(place, exhibit)] == [True]


def test_a_thing_that_has_nothing_to_do_with_the_net_has_no_such_weakness(place):
    assert weak(place, place.exhibit()) == []


def test_an_entry_commits_to_addresses_and_says_neither_them_nor_the_identity(each_place):
    exhibit = each_place.exhibit()
    item = record(each_place, exhibit, replace(WHAT, context="found by the name of Zwielicht"))

    words = steps(each_place, exhibit)[-1].words
    assert (words["collector"], words["tool_version"], words["collected"]) == (
        "ana",
        "2.5",
        "2026-09-01T10:00:00+02:00",
    )
    assert words["typed"] == committed(WHAT.typed, item.salt)
    with each_place.house.transaction() as session:
        told = "".join(session.scalars(text("SELECT body FROM ledger_entries")))
        assert not [one for one in ("persona_77", "example.org", "Zwielicht") if one in told]
        assert b"persona" not in session.get_one(OnlineItem, item.id).sealed


def test_a_correction_keeps_the_older_record_and_its_values_and_all_that_was_said_of_it(each_place):
    exhibit = each_place.exhibit()
    item, file = record(each_place, exhibit), each_place.file(exhibit)
    done(each_place, items.give_part, item.id, file.id, Role.SOURCE)

    new = replace(WHAT, collector="bo", identity="")
    made = done(each_place, items.correct, each_place.keyring, item.id, new, "bo was at the machine")

    words = steps(each_place, exhibit)[-1].words
    assert (words["was"]["collector"], words["collector"]) == ("ana", "bo")
    assert words["was"]["typed"] == committed(WHAT.typed, item.salt)
    with each_place.house.transaction() as session:
        assert session.get_one(OnlineItem, item.id).replaced_by_id == made.id
        _exhibit, shown = showing.of_item(session, each_place.lead, item.id)
        assert (shown.row.id, shown.row.number, len(shown.parts)) == (made.id, 1, 1)
        assert identities.identity(session, each_place.lead, each_place.keyring, made.id) == "persona_77"
    with pytest.raises(Replaced):
        done(each_place, items.explain, item.id, Element.MEDIA, "x")


def test_the_identity_is_for_few_and_each_look_is_an_entry(each_place):
    exhibit = each_place.exhibit()
    item = record(each_place, exhibit)
    lead = each_place.lead
    cleared = each_place.house.actor("sue", Job.SUPERVISOR)
    each_place.house.admit(lead, each_place.case, cleared, Duty.SUPERVISE, Sensitivity.C3)
    hidden = [
        each_place.colleague("ivo", Job.INVESTIGATOR, Duty.INVESTIGATE),
        each_place.colleague("sam", Job.SUPERVISOR, Duty.SUPERVISE),
        each_place.colleague("carl"),
    ]

    for actor in (lead, cleared):
        assert done(each_place, identities.identity, each_place.keyring, item.id, actor=actor) == "persona_77"
    for actor in hidden:
        with pytest.raises(NoSuchIdentity):
            done(each_place, identities.identity, each_place.keyring, item.id, actor=actor)
    with pytest.raises(NoPurpose):
        done(each_place, identities.identity, each_place.keyring, item.id, actor=lead.for_purpose(""))
    with pytest.raises(NoSuchCase):
        done(each_place, identities.identity, each_place.keyring, item.id, actor=each_place.house.actor("stranger"))
    with each_place.house.transaction() as session:
        query = "SELECT actor FROM ledger_entries WHERE act = 'network identity opened' ORDER BY at"
        assert [one.partition(":")[0] for one in session.scalars(text(query))] == [lead.name, "sue"]


def test_whether_a_dossier_names_it_is_decided_by_a_supervisor_or_prosecutor_who_may_know_it(place):
    exhibit = place.exhibit()
    item = record(place, exhibit)
    sue = place.house.actor("sue", Job.SUPERVISOR)
    place.house.admit(place.lead, place.case, sue, Duty.SUPERVISE, Sensitivity.C3)

    with place.house.transaction() as session, pytest.raises(NotForYouToDecide):
        identities.decide(session, place.lead, item.id, "x", discloses=True)
    with place.house.transaction() as session, pytest.raises(BadOnlineItem):
        identities.decide(session, sue, item.id, " ", discloses=True)
    with place.house.transaction() as session:
        assert identities.decide(session, sue, item.id, "the persona is retired", discloses=True).disclosed
    assert steps(place, exhibit)[-1].words["because"] == "the persona is retired"


def test_a_file_of_another_exhibit_is_no_part_of_an_item_and_another_cases_item_is_not_there(each_place):
    item, other = record(each_place, each_place.exhibit()), each_place.exhibit("E-2")
    file = each_place.file(other)
    with pytest.raises(NoSuchCase):
        done(each_place, items.give_part, item.id, file.id, Role.SOURCE)
    stranger = each_place.house.actor("stranger")
    for wanted in (item.id, uuid4()):
        with pytest.raises(NoSuchCase):
            done(each_place, items.explain, wanted, Element.MEDIA, "x", actor=stranger)


def test_who_only_looks_records_nothing(place):
    prosecutor = place.colleague("pia", Job.PROSECUTOR, Duty.PROSECUTE)

    with pytest.raises(NotYourDuty):
        record(place, place.exhibit(), actor=prosecutor)


def test_what_is_destroyed_with_the_exhibit_is_the_address_and_the_identity(place):
    exhibit = place.exhibit()
    item = record(place, exhibit)
    done(place, items.explain, item.id, Element.MEDIA, "none")

    with place.house.transaction() as session:
        shredding.shred_exhibit(session, place.lead, session.get_one(Exhibit, exhibit.id), number="12")
        session.expire_all()
        row = session.get_one(OnlineItem, item.id)
        assert (row.typed, row.final, row.sealed, row.tool) == ("expunged", "", b"", "Hunchly")
        assert items.reasons(session, row) == {}


ONION = "http://" + "a" * 56 + ".onion/forum"


@pytest.mark.parametrize(
    "good", ["http://example.org", ONION, "https://пример.рф/a?b#c", "https://[2001:db8::1]:8443/"]
)
def test_an_address_as_a_browser_shows_it_is_taken(good):
    assert addresses.fault(good) == ""


@pytest.mark.parametrize(
    "bad",
    [
        "example.org", "ftp://example.org", "javascript:alert(1)", "https://", "https://user:word@example.org",
        "https://example.org/\u202egpj.exe", "https://exam\u200bple.org", "https://example.org/\n", "https://a b.org",
        "http://abc.onion", "https://example.org:99999", "https://example.org\\@evil.org", "https://[::1",
        "https://" + "a" * 4000, "https://example.org/\x00", 'https://example.org/"onmouseover=',
    ],
)  # fmt: skip
def test_an_address_that_hides_something_or_is_none_is_refused_with_its_reason(place, bad):
    with pytest.raises(BadOnlineItem) as refused:
        record(place, place.exhibit(), replace(WHAT, typed=bad))

    assert refused.value.fields.keys() == {"typed"}


def test_a_host_in_other_letters_is_written_out():
    assert addresses.host_in_ascii("https://ex\u0430mple.org/a") == "xn--exmple-4nf.org"
    assert addresses.host_in_ascii("https://example.org/a") == ""


@pytest.mark.parametrize(
    ("what", "field"),
    [
        (replace(WHAT, collector=" "), "collector"),
        (replace(WHAT, tool_version=""), "tool_version"),
        (replace(WHAT, collected=AT + timedelta(days=900)), "collected"),
        (replace(WHAT, identity="x" * 4001), "identity"),
        (replace(WHAT, final="nowhere"), "final"),
    ],
)
def test_what_a_record_needs_is_refused_by_its_field_when_it_is_not_said(place, what, field):
    with pytest.raises(BadOnlineItem) as refused:
        record(place, place.exhibit(), what)

    assert field in refused.value.fields
