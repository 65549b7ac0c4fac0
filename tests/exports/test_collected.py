"""A dossier and its bundle say by which order and from which address an exhibit came, and nothing that is sealed."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from core import clock
from evidence.data_orders import answers, orders
from evidence.data_orders.answers import Reply
from evidence.data_orders.orders import Wanted
from evidence.data_orders.rules import Category, Kind, Outcome
from evidence.online import identities, items
from evidence.online.items import Collected
from evidence.online.rows import Element, Role
from exports.contents import from_json, to_json
from tests.exports.office import FORMS, Office

AT = datetime(2026, 9, 1, 10, tzinfo=timezone(timedelta(hours=2)))
WHAT = Collected("https://example.org/boats", "lena", "Hunchly", "2.5", AT, "", "a forum", "persona_77")


def order(desk: Office, **more: object) -> orders.DataOrder:
    now = clock.now()
    wanted = Wanted("EPOC 12/26", Kind.PRODUCTION, "Court of Ragusa", "Example Mail", Category.CONTENT,
                    now - timedelta(days=20), received=now - timedelta(days=19), target="account 4711")  # fmt: skip
    with desk.house.transaction() as session:
        return orders.record(session, desk.lead, desk.keyring, desk.case.id, replace(wanted, **more))


def test_what_an_order_brought_names_the_order_and_no_order_is_told_that_brought_nothing_of_it(desk: Office) -> None:
    exhibit = desk.exhibit("A-1", authority=False)
    made, _secret = order(desk), order(desk, number="EPOC 13/26", kind=Kind.PRESERVATION)
    with desk.house.transaction() as session:
        reply = Reply(Outcome.PART, clock.now(), came="the mailbox of account 4711", exhibits=(exhibit.id,))
        answers.answer(session, desk.lead, desk.keyring, made.id, reply)

    gathered = desk.gather(exhibit)
    ((kind, granted), (label, said)) = gathered.exhibits[0].authority
    assert (kind, label) == ("order", "order for data")
    assert granted.startswith("EPOC 12/26; by Court of Ragusa; scope: content data; production order")
    assert "10 days from receipt" in said
    assert [one for one in gathered.weaknesses if one.startswith("E1: production order EPOC 12/26")]
    text = to_json(gathered)
    assert from_json(text) == gathered
    assert not [one for one in ("13/26", "4711") if one in text]


def test_no_file_of_a_bundle_holds_the_network_identity_before_somebody_has_decided_that(
    desk: Office, tmp_path: Path
) -> None:
    exhibit = desk.exhibit("A-1")
    file = desk.file(exhibit, "page.html", b"<html>", "<html>")
    with desk.house.transaction() as session:
        item = items.record(session, desk.lead, desk.keyring, exhibit.id, WHAT)
        items.give_part(session, desk.lead, item.id, file.id, Role.SOURCE)
        items.explain(session, desk.lead, item.id, Element.MEDIA, "there were none")

    _export, gathered = desk.order(exhibit)
    desk.write(tmp_path / "bundle", gathered)

    whole = b"".join(one.read_bytes() for one in sorted((tmp_path / "bundle").rglob("*")) if one.is_file())
    assert b"https://example.org/boats" in whole
    assert b"persona_77" not in whole
    told = dict(gathered.exhibits[0].origin)
    assert "network identity recorded and withheld; context: a forum" in told["online item 1"]
    assert told["its page source"] == f"E1.1, SHA-256 {file.sha256}"
    assert told["its embedded media"] == "not here: there were none"
    (weak,) = (one for one in gathered.weaknesses if "online item 1" in one)
    assert "is without full-page capture, metadata, and no reason is recorded" in weak
    with desk.house.transaction() as session:
        identities.decide(session, desk.lead, item.id, "the persona is retired", discloses=True)
    assert "network identity persona_77" in dict(desk.gather(exhibit).exhibits[0].origin)["online item 1"]


def test_an_address_with_the_name_of_a_protected_person_does_not_leave(desk: Office) -> None:
    desk.protect()
    exhibit = desk.exhibit("A-1")
    with desk.house.transaction() as session:
        named = replace(WHAT, typed=f"https://example.org/{FORMS[0].replace(' ', '-')}", context=f"posts of {FORMS[0]}")
        items.record(session, desk.lead, desk.keyring, exhibit.id, named)

    text = to_json(desk.gather(exhibit))

    assert not [one for one in FORMS if one in text or one.replace(" ", "-") in text]
