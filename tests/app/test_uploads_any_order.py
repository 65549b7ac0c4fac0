"""Whatever senders do, in whatever order: what was acknowledged is held, offsets never lie, and the whole is right."""

import base64
import hashlib
import io
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from app.wiring import services, transaction
from core.ledger import entries as ledger
from evidence.uploads.rows import Part
from tests import offices
from tests.app.uploads import CONTENT, PART, PARTS, begun, closed, part, seen, sha, sheeted
from tests.offices import Office

NUMBERS = st.integers(1, PARTS)
LENGTHS = st.integers(1, len(CONTENT)) | st.sampled_from([PART, 2 * PART])


class CutLine(io.RawIOBase):
    """A body that breaks off, as a line does."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=io.SEEK_SET):
        self.at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: len(self.data)}[whence]
        return self.at

    def tell(self):
        return self.at

    def readinto(self, buffer):
        if self.at >= len(self.data):
            raise ConnectionResetError
        count = min(len(buffer), len(self.data) - self.at)
        buffer[:count] = self.data[self.at : self.at + count]
        self.at += count
        return count


class Senders(RuleBasedStateMachine):
    """Several people send one file by parts and by tus; `known` are the bytes that were acknowledged to somebody."""

    @initialize(with_sheet=st.booleans())
    def begin(self, with_sheet):
        """Ana begins; Ben is another member, Olga knows nothing of the case."""
        case = self.office.case("ana")
        self.exhibit = self.office.exhibit("ana", case)
        self.office.token("ben")
        self.office.call("ana", "POST", f"/cases/{case}/members", json={"user": "ben", "duty": "investigate"})
        self.sheet = with_sheet
        self.upload = (sheeted if with_sheet else begun)(self.office, self.exhibit)
        self.known = set()

    def took(self, start, length):
        """Somebody was told that these bytes are held."""
        self.known |= set(range(start, start + length))

    @rule(number=NUMBERS, who=st.sampled_from(["ana", "ben"]), stated=st.booleans())
    def send_part(self, number, who, stated):
        """A right part is held afterwards, or bytes in another cut stand in its place."""
        head = {"X-Content-SHA256": sha(part(number))} if stated else {}
        path = f"/uploads/{self.upload['id']}/parts/{number}"
        answer = self.office.call(who, "PUT", path, data=part(number), headers=head)
        assert answer.status_code in {200, 409}, answer.text
        if answer.status_code == 200:
            assert answer.json["sha256"] == sha(part(number))
            self.took(answer.json["start"], answer.json["length"])

    @rule(number=NUMBERS, where=st.integers(0, PART - 1))
    def send_spoilt_part(self, number, where):
        """A part with one wrong byte is never held, by the sheet or by the hash that comes with it."""
        data = bytearray(part(number))
        data[where % len(data)] ^= 1
        path = f"/uploads/{self.upload['id']}/parts/{number}"
        head = {"X-Content-SHA256": sha(part(number))}
        before = len(self.known)
        answer = self.office.call("ana", "PUT", path, data=bytes(data), headers=head)
        # What is held by then is told by the hash alone, and the hash is right.
        assert answer.status_code in {200, 409, 422}
        assert answer.status_code != 200 or answer.json["before"]
        assert before == len(self.known)

    @rule(number=NUMBERS, cut=st.integers(0, PART - 1))
    def cut_in_a_part(self, number, cut):
        """A part that breaks off is not held."""
        data, path = part(number), f"/uploads/{self.upload['id']}/parts/{number}"
        stream = CutLine(data[: cut % len(data)])
        answer = self.office.call("ben", "PUT", path, input_stream=stream, content_length=len(data))
        assert answer.status_code in {200, 409, 422}, answer.text
        assert answer.status_code != 200 or answer.json["before"]

    def tus(self, method, who="ana", **more):
        head = {
            "Authorization": f"Bearer {self.office.token(who)}",
            "Tus-Resumable": "1.0.0",
            **more.pop("headers", {}),
        }
        return self.office.app.test_client().open(self.upload["tus"], method=method, headers=head, **more)

    @rule(length=LENGTHS, by=st.sampled_from(["", "right", "wrong"]), who=st.sampled_from(["ana", "ben"]))
    def send_on(self, length, by, who):
        """Bytes at the offset are held as far as the new offset says, and a wrong checksum moves nothing."""
        at = int(self.tus("HEAD").headers["Upload-Offset"])
        data = CONTENT[at : at + length]
        head = {"Upload-Offset": str(at), "Content-Type": "application/offset+octet-stream"}
        if by:
            digest = hashlib.sha1(data if by == "right" else data + b"!", usedforsecurity=False).digest()
            head["Upload-Checksum"] = f"sha1 {base64.b64encode(digest).decode()}"
        answer = self.tus("PATCH", who, data=data, headers=head)
        if answer.status_code == 204 and data:
            now = int(answer.headers["Upload-Offset"])
            assert now >= at
            assert by != "wrong"
            self.took(at, now - at)
        else:
            assert answer.status_code in {204, 400, 409, 460}, answer.text

    @rule(length=LENGTHS, cut=st.integers(0, len(CONTENT)))
    def cut_on_the_way(self, length, cut):
        """After a cut the offset says what is held, and no less than before."""
        at = int(self.tus("HEAD").headers["Upload-Offset"])
        whole = len(CONTENT[at : at + length])
        head = {"Upload-Offset": str(at), "Content-Type": "application/offset+octet-stream"}
        stream = CutLine(CONTENT[at : at + min(cut, whole)])
        self.tus("PATCH", headers=head, input_stream=stream, content_length=whole)
        now = int(self.tus("HEAD").headers["Upload-Offset"])
        assert now >= at
        self.took(at, now - at)

    @rule(wrong=st.integers(0, len(CONTENT) + 5))
    def send_at_another_place(self, wrong):
        """Bytes for another offset are refused."""
        at = int(self.tus("HEAD").headers["Upload-Offset"])
        head = {"Upload-Offset": str(wrong), "Content-Type": "application/offset+octet-stream"}
        answer = self.tus("PATCH", data=b"x", headers=head)
        assert wrong == at or answer.status_code == 409
        if wrong == at and answer.status_code == 204:
            # These bytes are of no use to anybody: the upload is begun anew, as a sender would after a mistake.
            self.begin(self.sheet)

    @rule(method=st.sampled_from(["HEAD", "PATCH", "DELETE"]))
    def come_from_another_case(self, method):
        """Whoever knows nothing of the case finds nothing."""
        head = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        assert self.tus(method, "olga", headers=head, data=b"x").status_code == 404

    @invariant()
    def what_was_acknowledged_is_held_and_nothing_else_is_said(self):
        """The rows hold all that was told, each stretch with the hash of its bytes; counters and offset agree."""
        if not hasattr(self, "upload"):
            return
        held = self.office.call("ana", "GET", f"/uploads/{self.upload['id']}/parts").json["held"]
        there = set()
        for one in held:
            span = range(one["start"], one["start"] + one["length"])
            assert not there & set(span)
            assert one["sha256"] == sha(CONTENT[span.start : span.stop])
            there |= set(span)
        assert self.known <= there
        after = seen(self.office, self.upload)
        assert after["held_bytes"] == len(there)
        assert set(range(after["offset"])) <= there
        assert after["offset"] not in there or after["offset"] == len(CONTENT)
        assert (after["state"] == "open") == (len(there) < len(CONTENT))

    def teardown(self):
        """Whatever is missing is sent by its offset, and the file is the announced one."""
        if not hasattr(self, "upload"):
            return
        for number in range(1, PARTS + 1):
            self.send_part(number, "ben", stated=True)
        while seen(self.office, self.upload)["state"] == "open":
            before = seen(self.office, self.upload)["offset"]
            self.send_on(len(CONTENT), "", "ana")
            assert seen(self.office, self.upload)["offset"] > before
        self.office.work()
        after = seen(self.office, self.upload)
        assert after["state"] == "stored"
        assert self.office.call("ana", "GET", f"/files/{after['file_id']}/content").data == CONTENT
        with self.office.app.app_context(), transaction() as session:
            assert list(ledger.breaks(session, f"custody/{self.exhibit}")) == []
            rows = session.query(Part).filter(Part.upload_id == UUID(self.upload["id"]))
            assert not any((services().vault.root / one.blob).exists() for one in rows)


@pytest.fixture
def office(tmp_path, database_url):
    made = Office(offices.deployment(tmp_path / "instance", database_url=database_url))
    yield made
    closed(made)


def test_whatever_senders_do_what_was_acknowledged_is_held_and_the_whole_is_right(office):
    Senders.office = office
    few = settings(max_examples=3, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Senders, settings=few)
