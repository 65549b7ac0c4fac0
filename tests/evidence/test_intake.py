"""Every announced file ends in exactly one state, and the counts tell the same."""

import hashlib
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from cases.access import Act, Duty, NotYourDuty
from cases.docket import NoSuchCase
from core.accounts import Role
from core.jobs import Job
from core.ledger import entries as ledger
from evidence import files, intake, text
from evidence.exhibits import Exhibit
from evidence.files import File, Reading, State, Stated
from evidence.intake import Announced, BadBatch, BadDigest, Item, Reckoning, Settled
from evidence.names import shown
from evidence.pinpoints import Pinpoint
from evidence.vault import CutShort, TooLarge
from tests.evidence.depot import Depot


def reckon(place: Depot) -> Reckoning:
    with place.house.transaction() as session:
        return intake.reckon(session, place.lead, place.case.id)


def custody_of(place: Depot, exhibit: Exhibit) -> list[tuple[str, dict]]:
    with place.house.transaction() as session:
        return [(one.act, ledger.words(one)) for one in ledger.entries(session, exhibit.chain)]


def test_a_file_that_came_has_its_row_digests_entry_state_and_promise_together(each_place):
    exhibit = each_place.exhibit()
    data = b"the ledger of the organiser"
    file = each_place.file(exhibit, data, "books/ledger.txt")

    with each_place.house.transaction() as session:
        digests = [(one.algorithm, one.value, one.target, one.agrees) for one in files.digests(session, file)]
        jobs = session.scalars(select(Job.kind).where(Job.subject == file.id)).all()
    act, words = custody_of(each_place, exhibit)[-1]

    assert digests == [
        ("sha256", hashlib.sha256(data).hexdigest(), "container_file", True),
        ("sha512", hashlib.sha512(data).hexdigest(), "container_file", True),
    ]
    assert jobs == ["extract"]
    assert (act, words["file"], words["sha256"]) == ("receive file", str(file.id), file.sha256)
    assert reckon(each_place) == Reckoning(announced=1, stored=1, refused=0, waiting=0)


def test_the_counts_reconcile_whatever_happens_to_the_items(each_place):
    exhibit = each_place.exhibit()
    came, refused, cut, untouched = each_place.announce(
        exhibit, Announced("a", 1), Announced("b", 1), Announced("c", 9), Announced("d")
    )
    each_place.deliver(came, b"x")
    with each_place.house.transaction() as session:
        intake.refuse(session, each_place.lead, refused, "the disk it lay on does not answer")
    with pytest.raises(CutShort):
        each_place.deliver(cut, b"x")
    with each_place.house.transaction() as session:
        item = intake.interrupt(session, each_place.lead, cut, "the line broke after 1 of 9 bytes")

    assert reckon(each_place) == Reckoning(announced=4, stored=1, refused=1, waiting=2)
    assert (item.state, item.because) == ("waiting", "the line broke after 1 of 9 bytes")
    assert each_place.deliver(cut, b"123456789").size == 9
    assert each_place.deliver(untouched, b"").size == 0
    assert reckon(each_place) == Reckoning(announced=4, stored=3, refused=1, waiting=0)


def test_a_file_of_no_bytes_is_a_file(place):
    file = place.file(place.exhibit(), b"", "empty.txt")

    with place.house.transaction() as session:
        assert b"".join(place.vault.open(files.receipt_of(session, place.keyring, file))) == b""


def test_the_same_file_twice_is_two_files_and_nobody_is_told(place):
    exhibit = place.exhibit()
    one, other = place.file(exhibit, b"same"), place.file(exhibit, b"same")

    assert one.id != other.id
    assert one.blob != other.blob
    assert reckon(place).stored == 2


NAMES = [
    "../../etc/passwd",
    "/absolute",
    "C:\\windows\\system32",
    "zero\x00byte",
    "line\nbreak\r\x1b[31m",
    "invoice\u202efdp.exe",
    "half\ud800character",
    "substitute\x1a0041",
    "ملف.pdf",
    "ሰነድ.txt",
    "x" * 1000,
    " ",
]


def test_any_name_is_kept_exactly_and_never_becomes_a_path(each_place):
    exhibit = each_place.exhibit()
    folder = each_place.vault.root.parent
    before = sorted(path.name for path in folder.iterdir())
    made = {each_place.file(exhibit, b"x", name).id: name for name in NAMES}

    with each_place.house.transaction() as session:
        again = {row.id: row.name for row in session.scalars(select(File))}
        found = [session.scalar(select(File.id).where(File.name == name)) for name in NAMES]
    assert again == made
    assert found == list(made)
    assert sorted(path.name for path in folder.iterdir()) in (before, sorted([*before, "vault"]))


@given(st.text(st.characters(), min_size=1, max_size=200))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_shown_name_hides_nothing_and_turns_nothing(name):
    written = shown(name)

    assert not any(
        one in written for one in "\x00\n\r\x1b\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200f\u200e"
    )
    written.encode()


def test_a_name_of_more_than_a_thousand_characters_is_refused_with_its_reason(place):
    exhibit = place.exhibit()
    with place.house.transaction() as session:
        _, items = intake.announce(session, place.lead, exhibit.id, [Announced("x" * 1001)], source="folder")

    assert items[0].state == Item.REFUSED
    assert "1001" in items[0].because
    assert reckon(place) == Reckoning(announced=1, stored=0, refused=1, waiting=0)


def test_a_stated_hash_that_differs_keeps_the_file_and_sets_it_aside(each_place):
    exhibit = each_place.exhibit()
    item = each_place.announce(exhibit, Announced("a", 3, "0" * 64))[0]
    file = each_place.deliver(item, b"abc")
    act, words = custody_of(each_place, exhibit)[-1]

    assert file.state == State.QUARANTINED
    assert file.reading == Reading.REFUSED
    assert "0" * 64 in file.state_because
    assert (act, words["file"]) == ("integrity-failure", str(file.id))
    assert reckon(each_place).stored == 1
    with each_place.house.transaction() as session:
        assert [one.agrees for one in files.digests(session, file)] == [True, True, False]


def test_a_stated_hash_that_agrees_is_kept_with_who_stated_it(place):
    item = place.announce(place.exhibit(), Announced("a", 3))[0]
    value = hashlib.sha256(b"abc").hexdigest()
    file = place.deliver(item, b"abc", stated=(Stated("SHA-256", value.upper(), stated_by="the laboratory"),))

    with place.house.transaction() as session:
        last = files.digests(session, file)[-1]
    assert file.state == State.STORED
    assert (last.algorithm, last.value, last.target, last.stated_by, last.agrees) == (
        "sha256",
        value,
        "transfer",
        "the laboratory",
        True,
    )


def test_old_hashes_and_hashes_of_something_else_are_kept_and_not_compared(place):
    item = place.announce(place.exhibit(), Announced("image.E01", 3))[0]
    stated = (
        Stated("md5", "d" * 32, stated_by="the imaging tool"),
        Stated("sha256", "e" * 64, files.Target.SOURCE_DATA, "the imaging tool"),
    )
    file = place.deliver(item, b"abc", stated=stated)

    with place.house.transaction() as session:
        assert [one.agrees for one in files.digests(session, file)][2:] == [None, None]
    assert file.state == State.STORED


def test_a_hash_stated_after_reading_takes_back_what_was_read(place):
    item = place.announce(place.exhibit(), Announced("a", 3))[0]
    file = place.deliver(item, b"abc")
    with place.house.transaction() as session:
        row = session.get_one(File, file.id)
        key = text.key_of(session, place.keyring, row)
        text.keep(session, row, [text.Passage(uuid4(), file.id, 1, Pinpoint(page=1), "abc")], key)
        text.keep_facts(session, row, {"author": "somebody"}, key)
        files.set_reading(session, row, Reading.READ)
    with place.house.transaction() as session:
        after = intake.state(session, place.lead, item, Stated("sha256", "1" * 64, stated_by="the browser"))

    with place.house.transaction() as session:
        assert text.count(session, after) == 0
        assert session.scalars(select(Job.kind).where(Job.subject == file.id).order_by(Job.asked)).all() == [
            "extract",
            "unindex",
        ]
    assert (after.state, after.reading, after.sealed_facts) == ("quarantined", "refused", None)


@pytest.mark.parametrize(("algorithm", "value"), [("crc32", "00"), ("sha256", "0" * 63), ("md5", "g" * 32), ("", "")])
def test_what_is_no_hash_is_refused(algorithm, value):
    with pytest.raises(BadDigest):
        intake.check_digest(algorithm, value)


def test_every_fault_of_an_announcement_is_told_at_once(place):
    exhibit = place.exhibit()
    coming = [Announced(""), Announced("a", -1), Announced("b", 1, "xyz")]

    with place.house.transaction() as session, pytest.raises(BadBatch) as refused:
        intake.announce(session, place.lead, exhibit.id, coming, source="pigeon")

    assert set(refused.value.fields) == {"source", "file 1", "file 2", "file 3"}


def test_nothing_announced_is_no_delivery(place):
    exhibit = place.exhibit()

    with place.house.transaction() as session, pytest.raises(BadBatch):
        intake.announce(session, place.lead, exhibit.id, [], source="api")


def test_a_file_larger_than_the_limit_is_refused_before_it_is_sent(place):
    item = place.announce(place.exhibit(), Announced("a", 100))[0]

    with place.house.transaction() as session, pytest.raises(TooLarge):
        intake.expect(session, place.lead, item, limit=99)


def test_an_item_is_stored_once(place):
    item = place.announce(place.exhibit(), Announced("a", 1))[0]
    place.deliver(item, b"x")

    with pytest.raises(Settled):
        place.deliver(item, b"x")
    for act in (intake.refuse, intake.interrupt):
        with place.house.transaction() as session, pytest.raises(Settled):
            act(session, place.lead, item, "again")
    assert reckon(place).stored == 1


def test_two_deliveries_of_one_item_at_once_make_one_file(each_place):
    item = each_place.announce(each_place.exhibit(), Announced("a", 4))[0]
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def send(data: bytes) -> None:
        with each_place.house.transaction() as session:
            delivery = intake.expect(session, each_place.lead, item, limit=100)
        receipt = each_place.vault.seal(io.BytesIO(data), delivery.context, expect=4)
        ready.wait(timeout=20)
        try:
            with each_place.house.transaction() as session:
                intake.accept(session, each_place.lead, each_place.keyring, delivery, receipt)
            outcomes.append("stored")
        except Settled:
            outcomes.append("settled")

    threads = [threading.Thread(target=send, args=(data,)) for data in (b"aaaa", b"bbbb")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(outcomes) == ["settled", "stored"]
    assert reckon(each_place) == Reckoning(announced=1, stored=1, refused=0, waiting=0)


def test_the_first_deliveries_of_a_case_at_once_share_one_case_key(each_place):
    exhibit = each_place.exhibit()
    items = each_place.announce(exhibit, *[Announced(f"{n}", 1) for n in range(6)])
    with ThreadPoolExecutor(6) as senders:
        list(senders.map(each_place.deliver, items, [bytes([n]) for n in range(6)]))

    with each_place.house.transaction() as session:
        rows = files.of_exhibit(session, exhibit)
        found = sorted(
            b"".join(each_place.vault.open(files.receipt_of(session, each_place.keyring, row))) for row in rows
        )
    assert found == [bytes([n]) for n in range(6)]


def test_a_stranger_and_a_guesser_get_the_same_answer(place):
    exhibit = place.exhibit()
    item = place.announce(exhibit, Announced("a", 1))[0]
    stranger = place.house.actor("stranger", Role.INVESTIGATOR)
    said = set()

    for number in (item, uuid4()):
        with place.house.transaction() as session, pytest.raises(NoSuchCase) as refused:
            intake.expect(session, stranger, number, limit=100)
        said.add(str(refused.value))
    for number in (exhibit.id, uuid4()):
        with place.house.transaction() as session, pytest.raises(NoSuchCase) as refused:
            intake.announce(session, stranger, number, [Announced("a")], source="api")
        said.add(str(refused.value))

    assert len(said) == 1


def test_a_prosecutor_reads_and_does_not_hand_in(place):
    exhibit = place.exhibit()
    pia = place.colleague("pia", Role.PROSECUTOR, Duty.PROSECUTE)

    with place.house.transaction() as session, pytest.raises(NotYourDuty):
        intake.announce(session, pia, exhibit.id, [Announced("a")], source="api")
    with place.house.transaction() as session:
        assert files.fetch(session, pia, place.file(exhibit).id, to=Act.READ)


def test_a_batch_shows_its_items_in_the_order_announced(place):
    exhibit = place.exhibit()
    with place.house.transaction() as session:
        batch, _ = intake.announce(session, place.lead, exhibit.id, [Announced(n) for n in "cab"], source="browser")
    with place.house.transaction() as session:
        again, items = intake.fetch(session, place.lead, batch.id)

    assert again.source == "browser"
    assert [item.name for item in items] == ["c", "a", "b"]
