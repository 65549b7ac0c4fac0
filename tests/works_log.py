"""The log signed, and a round of looking that finds damage: killed at each step, and seen through by another.

The log is held against everything that was ever signed; what does not hold is found once, whatever was killed.
"""

from datetime import timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app import fixing, proving
from app.outside import attesting
from app.wiring import services, transaction
from core import clock
from core.accounts import HOUSE, WORKER
from core.ledger import checkpoints, tree
from core.ledger import entries as ledger
from evidence.files import File, State
from evidence.incidents import Incident
from evidence.integrity.schedule import BlobCheck
from tests.offices import Office
from tests.works import Orders, everything_holds, office_of

# --- The log is signed -----------------------------------------------------------------------------------------------


def begin_attesting(orders: Orders) -> Any:
    """Enter something, after what was entered before may or may not have been signed."""
    office = office_of(orders)
    with office.app.app_context(), transaction() as session:
        for number in range(3):
            ledger.append(session, f"case/{orders['case']}", HOUSE, "noted", number=number)
        row = checkpoints.latest(session)
        return {"given": row.note if row else ""}


def do_attesting(orders: Orders, _told: Any) -> None:
    """Take it into the tree and sign."""
    with office_of(orders).app.app_context():
        assert attesting.attest_now(stamp=False).missing == ()


def check_attesting(orders: Orders, told: Any, *, killed: bool) -> None:
    """Nothing that was signed is contradicted, the memory is never behind, and the next turn signs all of it."""
    office = office_of(orders)
    with office.app.app_context():
        known, size = _signed()
        assert killed or size == known
        _agrees(told)
        assert attesting.attest_now(stamp=False).missing == ()
        with transaction() as session:
            row, last = checkpoints.latest(session), proving.memory().note()
            assert row is not None
            assert tree.waiting(session) == 0
            assert (row.size, row.note) == (tree.size(session), last)
        _agrees(told)
    everything_holds(office)


def _signed() -> tuple[int, int]:
    """How many entries the memory and the database know to be signed; the memory may be ahead and never behind."""
    last = proving.memory().last()
    with transaction() as session:
        row = checkpoints.latest(session)
    known, size = last.size if last else 0, row.size if row else 0
    assert known >= size
    return known, size


def _agrees(told: Any) -> None:
    given = [(told["given"], "somebody outside")] if told["given"] else []
    with transaction() as session:
        assert list(checkpoints.breaks(session, proving.signer(session).keys, proving.memory(), given)) == []


# --- A round of looking finds what does not hold ----------------------------------------------------------------------


def begin_looking(orders: Orders) -> Any:
    """Hand in two files, damage one on the disk, and let its turn come."""
    office = office_of(orders)
    exhibit = office.exhibit("ana", orders["case"], authority=False)
    good, bad = (office.send("ana", exhibit, word * 900)["file"] for word in (b"good", b"bad!"))
    with office.app.app_context():
        fixing.everything(services(), WORKER).enrol()
        with transaction() as session:
            long_ago = clock.now() - timedelta(days=900)
            session.execute(update(BlobCheck).where(BlobCheck.subject == UUID(bad)).values(last=long_ago))
            path = services().vault.root / session.get_one(File, UUID(bad)).blob
    sealed = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(sealed[:100] + bytes([sealed[100] ^ 1]) + sealed[101:])
    return {"exhibit": exhibit, "good": good, "bad": bad, "path": str(path)}


def do_looking(orders: Orders, _told: Any) -> None:
    """Look at what is due."""
    with office_of(orders).app.app_context():
        assert len(fixing.slice_now().amiss) == 1


def check_looking(orders: Orders, told: Any, *, killed: bool) -> None:
    """Frozen with its one incident, or as if nobody had looked; and another look does not find it a second time."""
    office = office_of(orders)
    frozen, numbers = _found(office, told)
    assert killed or frozen
    assert frozen == (len(numbers) == 1)
    with office.app.app_context():
        if not frozen:
            assert len(fixing.slice_now().amiss) == 1
        fixing.slice_now()
    frozen, again = _found(office, told)
    assert frozen
    assert len(again) == 1
    assert again == (numbers or again)
    assert office.call("ana", "GET", f"/files/{told['good']}/content").status_code == HTTPStatus.OK
    assert office.call("ana", "GET", f"/files/{told['bad']}/content").status_code >= HTTPStatus.BAD_REQUEST
    assert len(_found(office, told)[1]) == 1
    with office.app.app_context(), transaction() as session:
        acts = [one.act for one in ledger.entries(session, f"custody/{told['exhibit']}")]
        assert acts.count("incident") == 1, acts
        assert list(ledger.breaks(session)) == []


def _found(office: Office, told: Any) -> tuple[bool, list[str]]:
    """Whether the damaged file is frozen, and the numbers of the incidents of its exhibit."""
    with office.app.app_context(), transaction() as session:
        state = session.get_one(File, UUID(told["bad"])).state
        rows = session.scalars(select(Incident).where(Incident.exhibit_id == UUID(told["exhibit"]))).all()
        return state == State.FROZEN, [str(one.number) for one in rows]
