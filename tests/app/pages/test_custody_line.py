"""Custody as it is drawn: steps in order, gaps where they lie, and what can be done next."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from app.pages.shapes.custody import line, possible
from app.pages.shapes.movements import MOVES_SHOWN
from core.accounts import Actor, Role
from evidence.continuity.codes import Code, Weakness
from evidence.custody import Step
from evidence.exhibits import Exhibit
from evidence.movements import MOVES, Verb

FIRST = Step(
    position=1, act="receive", by="ines", role="investigator", recorded_at="2026-03-02T10:00:00.000000Z",
    occurred_at="2026-03-02T10:00:00.000000Z", from_="", to="ines", custodian="ines", place="", seal_in="",
    seal_out="A-1", reason="", note="", outcome="done", words={}, digest="d1", body="",
)  # fmt: skip


def step(position: int, hour: int, act: str, **changes: Any) -> Step:
    at = f"2026-03-02T{hour:02}:00:00.000000Z"
    return replace(FIRST, position=position, act=act, occurred_at=at, recorded_at=at, digest=f"d{position}", **changes)


def actor(name: str = "ines") -> Actor:
    return Actor(uuid4(), name, frozenset({Role.INVESTIGATOR}), "test")


def exhibit(**fields: Any) -> Exhibit:
    return Exhibit(id=uuid4(), **{"seal": "A-1", "state": "held", "custodian_id": None, "offered_to_id": None} | fields)


def test_a_gap_is_drawn_before_the_step_that_ends_it() -> None:
    because = "who had it is not written down"
    gap = Weakness(Code.BEFORE_FIRST_ENTRY, "2026-03-02T08:00:00.000000Z", FIRST.occurred_at, (1,), because)

    points = line([FIRST, step(2, 12, "store")], [gap])

    assert [point.gap for point in points] == [True, False, False]
    assert points[0].because == "Who had it is not written down"


def test_a_gap_that_is_still_open_has_no_end() -> None:
    weak = Weakness(Code.OFFER_UNANSWERED, FIRST.occurred_at, "", (1,), "offered and not accepted")

    assert line([FIRST], [weak])[-1].until is None


def test_files_of_one_delivery_are_one_point_that_says_how_many() -> None:
    many = [step(position, 11, "receive file") for position in range(2, 5000)]

    points = line([FIRST, *many, step(5000, 12, "store")], [])

    assert [point.title for point in points] == ["Received", "File received", "Stored"]
    assert ("Files", "4,998") in points[1].details


def test_an_integrity_failure_among_many_files_is_still_seen() -> None:
    steps = [
        step(2, 11, "receive file"),
        step(3, 11, "integrity-failure", outcome="failed"),
        step(4, 11, "receive file"),
    ]

    assert [point.incident for point in line(steps, [])] == [False, True, False]


def test_two_acts_of_custody_are_never_one_point() -> None:
    assert len(line([step(2, 11, "open_seal"), step(3, 11, "open_seal")], [])) == 2


def test_every_act_of_custody_can_be_reached_from_a_page() -> None:
    assert set(MOVES_SHOWN) == set(Verb)
    assert {verb for verb, _state in MOVES} == set(Verb)


def test_only_the_one_to_whom_it_is_offered_is_asked_to_accept() -> None:
    holder, receiver = actor(), actor("cato")
    offered = exhibit(state="offered", custodian_id=holder.id, offered_to_id=receiver.id)

    hands = {Verb.OFFER, Verb.ACCEPT, Verb.REFUSE, Verb.WITHDRAW, Verb.STORE, Verb.DESTROY, Verb.OPEN_SEAL}
    assert {move.verb for move in possible(offered, receiver)} & hands == {Verb.ACCEPT, Verb.REFUSE}
    assert {move.verb for move in possible(offered, holder)} & hands == {Verb.WITHDRAW}


@pytest.mark.parametrize(("seal", "verb"), [("A-1", Verb.OPEN_SEAL), ("", Verb.RESEAL)])
def test_a_seal_is_opened_where_there_is_one_and_put_on_where_there_is_none(seal: str, verb: Verb) -> None:
    holder = actor()
    found = {move.verb for move in possible(exhibit(custodian_id=holder.id, seal=seal), holder)}

    assert verb in found
    assert len({Verb.OPEN_SEAL, Verb.RESEAL} & found) == 1
