"""An order of destruction carried out, a dossier made, a kit's file taken in: killed at each step, and seen through."""

import json
from http import HTTPStatus
from pathlib import Path
from secrets import token_hex
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app import exporting
from app.ending import carrying_out, verifying
from app.wiring import services, transaction
from core import clock
from core.accounts import Actor
from core.ledger import entries as ledger
from evidence.ending import tombstones
from evidence.ending.rows import Scope, State
from evidence.exhibits import Exhibit, ExhibitNumber
from evidence.files import File
from evidence.files import State as Standing
from evidence.kits.labels import KitEntry, KitLabel, LabelState
from exports.attestation import Attestation
from exports.dossier import Order
from exports.register import Export
from exports.shelf import Shelved
from tests.app.ending.ending_office import Ending, ManyCallers
from tests.evidence.kits.sheets import line, sheet
from tests.works import Orders, everything_holds, nothing_left_over, office_of, released

PROSECUTION = "prosecution"


def _ending(orders: Orders) -> Ending:
    office = office_of(orders)
    callers = ManyCallers(office.app, office.made)
    return Ending(callers, Path(orders["instance"]), orders["case"], orders["other"], orders["exhibit"])


# --- An order of destruction is carried out --------------------------------------------------------------------------


def begin_expunging(orders: Orders) -> Any:
    """An exhibit with two files, found in a search, and a final order that two others approved."""
    ending, word = _ending(orders), f"mark{token_hex(8)}"
    with ending.office.app.app_context():
        exhibit = ending.office.exhibit("ana", orders["case"])
        files = [ending.office.send("ana", exhibit, f"{word} {n}".encode())["file"] for n in range(2)]
        assert ending.office.work_in_this_thread().failed == 0
        assert ending.hits(word) == len(files)
        order = ending.order(Scope.EXHIBITS, (exhibit,), number=f"12 Qs {token_hex(3)}/26")
        ending.approve(order)
        carrying_out.begin(ending.actor("kurt"), order.id)
        return {"order": str(order.id), "exhibit": exhibit, "files": files, "word": word}


def do_expunging(orders: Orders, told: Any) -> None:
    """Let the worker carry it out."""
    ending = _ending(orders)
    with ending.office.app.app_context():
        assert ending.office.work_in_this_thread().failed == 0
        assert ending.again(UUID(told["order"])).state == State.DONE


def check_expunging(orders: Orders, told: Any, *, killed: bool) -> None:
    """Tombstones, rows and ledger agree at any time and show no half file; another worker brings it to the end."""
    ending = _ending(orders)
    with ending.office.app.app_context():
        assert killed or ending.again(UUID(told["order"])).state == State.DONE
        _agree(ending, told)
        released(ending.office)
        assert ending.again(UUID(told["order"])).state == State.DONE, ending.jobs()
        assert _agree(ending, told) == len(told["files"])
        assert ending.hits(told["word"]) == 0
        stones = carrying_out.stones_file()
        remains = verifying.verify(UUID(told["order"]), stones, [told["word"]]).remains
        assert remains == [], remains
        with transaction() as session:
            assert stones.read_text().splitlines() == [one.rstrip("\n") for one in tombstones.lines(session)]
            things = [one.id for one in tombstones.of_order(session, UUID(told["order"]))]
            assert sorted(map(str, things)) == sorted([*told["files"], told["exhibit"]])
    everything_holds(ending.office)
    nothing_left_over(ending.office)


def _agree(ending: Ending, told: Any) -> int:
    """Each file is there whole or gone for good, and row, stone, ledger and door say the same; how many are gone."""
    gone = 0
    with transaction() as session:
        assert list(ledger.breaks(session)) == []
        said = json.dumps([ledger.words(one) for one in ledger.entries(session, f"custody/{told['exhibit']}")
                           if "expunge" in one.act])  # fmt: skip
        rows = {one: session.get_one(File, UUID(one)) for one in told["files"]}
        stones = {one: tombstones.of(session, UUID(one)) for one in told["files"]}
    for one, row in rows.items():
        ended = row.state == Standing.EXPUNGED
        assert (stones[one] is not None) == ended == (one in said), (one, row.state, said)
        answer = ending.office.call("ana", "GET", f"/files/{one}/content", buffered=True)
        assert (answer.status_code == HTTPStatus.OK) == (not ended), answer.status_code
        gone += ended
    assert ending.hits(told["word"]) <= len(rows) - gone
    return gone


# --- A dossier is made -----------------------------------------------------------------------------------------------


def begin_dossier(orders: Orders) -> Any:
    """Order a dossier of an exhibit that has just come."""
    ending = _ending(orders)
    with ending.office.app.app_context():
        exhibit = ending.office.exhibit("ana", orders["case"])
        ending.office.send("ana", exhibit, f"call +49 30 23125 999, {token_hex(8)}".encode())
        assert ending.office.work_in_this_thread().failed == 0
        order = Order(UUID(orders["case"]), (UUID(exhibit),), "For the court", PROSECUTION, "the district court")
        return {"export": str(exporting.ask(_prosecutor(ending), order, later=True))}


def do_dossier(orders: Orders, _told: Any) -> None:
    """Let the worker make it."""
    assert _ending(orders).office.work_in_this_thread().failed == 0


def check_dossier(orders: Orders, told: Any, *, killed: bool) -> None:
    """What was put on record of it stays as it is; another worker makes it, and made again it is the same."""
    ending, export = _ending(orders), UUID(told["export"])
    with ending.office.app.app_context():
        state, digests, attested, _blob = _on_record(export)
        assert killed or state == "made"
        assert (state == "made") == bool(digests)
        released(ending.office)
        state, after, frozen, blob = _on_record(export)
        assert (state, bool(blob)) == ("made", True)
        assert after == (digests or after)
        assert frozen == (attested or frozen)
        exporting.make(_prosecutor(ending), export)
        assert _on_record(export)[:3] == ("made", after, frozen)
        pdf = ending.office.call("pia", "GET", f"/dossiers/{export}/pdf", purpose=PROSECUTION)
        assert pdf.status_code == HTTPStatus.OK
        assert pdf.data[:5] == b"%PDF-"
    everything_holds(ending.office)
    nothing_left_over(ending.office)


def _prosecutor(ending: Ending) -> Actor:
    return ending.actor("pia", PROSECUTION)


def _on_record(export: UUID) -> tuple[str, Any, Any, str]:
    """State and digests of a version, the proofs frozen with it, and its blob on the shelf."""
    with transaction() as session:
        row, shelved = session.get_one(Export, export), session.get(Shelved, export)
        kept = session.get(Attestation, export)
        return row.state, row.digests or None, kept.files if kept else None, shelved.blob if shelved else ""


# --- A kit's file is taken in ----------------------------------------------------------------------------------------


def begin_kit(orders: Orders) -> Any:
    """A kit that was made and used; two lines of its file stand against each other, and one is none."""
    office = office_of(orders)
    wanted = {"exhibits": 5, "issued_to": "ana", "purpose": "patrol", "case": orders["case"]}
    kit = office.call("kurt", "POST", "/kits", json=wanted).json
    now = clock.now().isoformat()
    lines = [line(str(at), f"{kit['code']}-{at:03d}", occurred_at=now) for at in (1, 2, 3)]
    lines += [line("8", f"{kit['code']}-001", occurred_at=now), {"no": "entry"}]
    return {"kit": kit["id"], "code": kit["code"], "file": sheet(kit["code"], *lines).decode(), "lines": len(lines)}


def do_kit(orders: Orders, told: Any) -> None:
    """Hand in the file."""
    answer = _hand_in(orders, told)
    assert answer.status_code == HTTPStatus.OK, answer.text
    assert not answer.json["again"]


def check_kit(orders: Orders, told: Any, *, killed: bool) -> None:
    """All lines were taken in or none; handed in again, each is accounted for once."""
    office, kit = office_of(orders), UUID(told["kit"])
    before = _lines(orders, kit, told)
    assert before in (0, told["lines"])
    assert killed or before
    answer = _hand_in(orders, told)
    assert answer.status_code == HTTPStatus.OK, answer.text
    assert answer.json["again"] == bool(before)
    assert sum(answer.json["counts"].values()) == told["lines"]
    assert _lines(orders, kit, told) == told["lines"]
    everything_holds(office)


def _hand_in(orders: Orders, told: Any) -> Any:
    return office_of(orders).call("ana", "POST", f"/kits/{told['kit']}/entries", data=told["file"].encode())


def _lines(orders: Orders, kit: UUID, told: Any) -> int:
    """How many lines of a kit are on record, after seeing that labels, exhibits and lines agree."""
    with office_of(orders).app.app_context(), transaction() as session:
        lines = session.scalars(select(KitEntry).where(KitEntry.kit_id == kit)).all()
        taken = [one for one in lines if one.exhibit_id and one.state == "taken in"]
        used = session.scalars(select(KitLabel.exhibit_id).where(KitLabel.kit_id == kit,
                                                                 KitLabel.state == LabelState.USED.value))  # fmt: skip
        made = select(ExhibitNumber.exhibit_id).where(ExhibitNumber.value.startswith(f"{told['code']}-"))
        things = session.scalars(made).all()
        count = session.scalar(select(func.count()).select_from(Exhibit).where(Exhibit.id.in_(things)))
        assert sorted(one.exhibit_id for one in taken) == sorted(used) == sorted(things)
        assert count == len(things)
        for thing in things:
            acts = [one.act for one in ledger.entries(session, f"custody/{thing}")]
            assert acts.count("taken in from kit") == 1
        assert services().engine is not None
        return len(lines)
