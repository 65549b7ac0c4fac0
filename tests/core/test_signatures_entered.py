"""What was signed is itself entered, so a checkpoint, cosignature or time stamp that is taken away later is named."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core import cipher
from core.accounts import HOUSE
from core.ledger import checkpoints, entries, notes, timestamps
from core.ledger.checkpoints import CheckpointRow, Signer, WouldFork
from core.ledger.memory import Memory
from core.ledger.notes import NoteWrong
from tests import makers
from tests.core import trees
from tests.core.trees import take_in, write

ORIGIN = "office.probanda/0123456789abcdef"
SEED, WITNESSES = bytes(range(32)), {"w.one": bytes(range(1, 33)), "w.two": bytes(range(2, 34))}
SIGNER = Signer(ORIGIN, cipher.public_key(SEED), lambda message: cipher.sign(SEED, message))


@pytest.fixture
def house(database_url):
    made = makers.house(database_url)
    yield made
    made.engine.dispose()


@pytest.fixture
def kept(tmp_path):
    return Memory.of(tmp_path)


def cosign(session, row, witness="w.one", time=1_800_000_000):
    def own(message):
        return cipher.sign(WITNESSES[witness], message)

    line = notes.cosign_line(witness, own, cipher.public_key(WITNESSES[witness]), row.body, time)
    return checkpoints.add_cosignature(session, row, line)


def round_(house, kept, *witnesses):
    """A round as the worker does it: what was signed is entered, all is taken in, signed and witnessed."""
    take_in(house)
    with house.transaction() as session:
        checkpoints.put_back(session, SIGNER, kept)
    while True:
        with house.transaction() as session:
            if not checkpoints.enter(session):
                break
    take_in(house)
    with house.transaction() as session:
        row = checkpoints.sign(session, SIGNER, kept)
        for witness in witnesses:
            cosign(session, row, witness)
        return row.size


def stamp(house, size, answer):
    """Keep an authority's answer on a checkpoint, without asking whether it holds: that is tried elsewhere."""
    with house.transaction() as session:
        (row,) = timestamps.want(session, timestamps.CHECKPOINT, str(size), "ab" * 32, ["Stamps"])
        row.state, row.response, row.request = timestamps.STAMPED, answer, b"asked"
        entries.append(
            session, timestamps.CHAIN, HOUSE, timestamps.TAKEN, kind=row.kind, of=row.subject, digest=row.digest,
            authority=row.authority, response_sha256=trees.sha256(answer),
        )  # fmt: skip


def breaks(house, kept=None):
    with house.transaction() as session:
        assert list(entries.breaks(session)) == []
        return list(checkpoints.breaks(session, SIGNER.keys, kept))


def entered(house):
    with house.transaction() as session:
        return [entries.words(one) for one in entries.entries(session, checkpoints.CHAIN)
                if one.act == checkpoints.ENTERED]  # fmt: skip


@pytest.fixture
def signed(house, kept):
    """A log that was signed four times, each time by two witnesses, and stamped twice; gives the sizes that it had."""
    sizes = []
    for count in (3, 2, 4, 1):
        write(house, f"custody/{count}", count)
        sizes.append(round_(house, kept, "w.one", "w.two"))
        if len(sizes) in {1, 2}:
            stamp(house, sizes[-1], b"answer %d" % sizes[-1])
    assert breaks(house, kept) == []
    return sizes


def test_each_checkpoint_is_entered_with_its_witnesses_before_the_next_is_signed(house, kept, signed):
    told = entered(house)
    assert [[one["size"] for one in words["checkpoints"]] for words in told] == [[size] for size in signed[:-1]]
    with house.transaction() as session:
        for words in told:
            (one,) = words["checkpoints"]
            assert one["sha256"] == trees.sha256(session.get_one(CheckpointRow, one["size"]).note.encode())
            assert {(of["size"], of["witness"]) for of in words["cosignatures"]} == {
                (one["size"], "w.one"), (one["size"], "w.two"),
            }  # fmt: skip


def test_a_log_at_rest_stays_at_rest(house, kept, signed):
    for _ in range(3):
        assert round_(house, kept) == signed[-1]
    assert len(entered(house)) == len(signed) - 1


# What somebody does who owns the database, and at which of the sizes that is named, with which words.
MISDEEDS = {
    "a checkpoint between others removed": (
        ["DELETE FROM cosignatures WHERE size = :second", "DELETE FROM checkpoints WHERE size = :second"],
        "the checkpoint of {} entries, which this entry names, was removed",
    ),
    "a cosignature removed": (
        ["DELETE FROM cosignatures WHERE size = :second AND witness = 'w.two'"],
        "the signature of w.two under the checkpoint of {} entries, which this entry names, was removed",
    ),
    "a cosignature replaced by one of another time": (
        [
            (
                "UPDATE cosignatures SET line = (SELECT line FROM cosignatures WHERE size = :third AND "
                "witness = 'w.one') WHERE size = :second AND witness = 'w.one'"
            )
        ],
        "the signature of w.one under the checkpoint of {} entries is not the one",
    ),
    "a cosignature laid under another digest": (
        ["UPDATE cosignatures SET digest = 'other' WHERE size = :second AND witness = 'w.one'"],
        "the signature of w.one under the checkpoint of {} entries, which this entry names, was removed",
    ),
    "a witness called otherwise": (
        ["UPDATE cosignatures SET witness = 'w.one' WHERE size = :second AND witness = 'w.two'"],
        "the signature of w.two under the checkpoint of {} entries is not the one",
    ),
    "a cosignature given another time": (
        ["UPDATE cosignatures SET unix_time = 1 WHERE size = :second AND witness = 'w.two'"],
        "the signature of w.two under the checkpoint of {} entries is not the one",
    ),
    "a checkpoint with one more signature": (
        [
            (
                "UPDATE checkpoints SET note = note || (SELECT line FROM cosignatures WHERE size = :second"
                " AND witness = 'w.one') WHERE size = :second"
            )
        ],
        "the checkpoint of {} entries is not the one that this entry names",
    ),
    "a checkpoint given another day": (
        ["UPDATE checkpoints SET at = '2020-01-01 00:00:00' WHERE size = :second"],
        "the checkpoint of {} entries was given another time",
    ),
    "two checkpoints swapped": (
        ["UPDATE checkpoints SET note = (SELECT note FROM checkpoints WHERE size = :third) WHERE size = :second"],
        "the checkpoint of {} entries is not the one that this entry names",
    ),
    "a time stamp removed": (
        ["DELETE FROM timestamps WHERE subject = :subject"],
        "the stamp of Stamps on checkpoint {}, which this entry names, was removed or replaced",
    ),
    "a time stamp replaced": (
        [
            (
                "UPDATE timestamps SET response = (SELECT response FROM timestamps WHERE subject <> :subject)"
                " WHERE subject = :subject"
            )
        ],
        "the stamp of Stamps on checkpoint {}, which this entry names, was removed or replaced",
    ),
}


def test_what_is_taken_away_or_replaced_between_others_is_named(house, kept, signed):
    told = {"second": signed[1], "third": signed[2], "subject": str(signed[1])}
    trees.unguard(house)
    for how, (statements, words) in MISDEEDS.items():
        with house.sessions() as session:
            for statement in statements:
                values = {name: told[name] for name in told if f":{name}" in statement}
                assert session.execute(text(statement), values).rowcount > 0, how
            found = list(checkpoints.breaks(session, SIGNER.keys, kept))

            named = [one for one in found if one.because.startswith(words.format(signed[1]))]
            assert [(one.index, one.chain) for one in named] == [(signed[1], "house/log")], (how, found)
            act = session.get_one(entries.Entry, ("house/log", named[0].position)).act
            assert act in {checkpoints.ENTERED, timestamps.TAKEN}
            session.rollback()
    assert breaks(house, kept) == []


def test_signing_on_does_not_hide_what_was_taken_away(house, kept, signed):
    trees.force(house, "DELETE FROM cosignatures WHERE size = :second", second=signed[1])
    trees.force(house, "DELETE FROM checkpoints WHERE size = :second", second=signed[1])
    for _ in range(2):
        write(house, "custody/more")
        round_(house, kept)
    assert {one.index for one in breaks(house, kept)} == {signed[1]}


def test_a_stamp_that_was_never_taken_is_named(house, kept, signed):
    with house.transaction() as session:
        (row,) = timestamps.want(session, timestamps.CHECKPOINT, str(signed[2]), "ab" * 32, ["Stamps"])
        row.state, row.response = timestamps.STAMPED, b"made up"
    assert [(one.index, one.because) for one in breaks(house)] == [
        (signed[2], f"no entry says that the stamp of Stamps on checkpoint {signed[2]} was taken")
    ]


def test_a_stamp_that_is_waited_for_is_no_fault(house, kept, signed):
    with house.transaction() as session:
        timestamps.want(session, timestamps.CHECKPOINT, str(signed[3]), "ab" * 32, ["Stamps"])
    assert breaks(house, kept) == []


@pytest.mark.parametrize("statement", ["DELETE FROM timestamps", "UPDATE timestamps SET subject = '1'"])
def test_the_database_itself_refuses_to_remove_a_stamp(house, signed, statement):
    with pytest.raises(DBAPIError, match="stays"), house.transaction() as session:
        session.execute(text(statement))


def test_the_last_checkpoint_is_put_back_from_the_memory(house, kept, signed):
    with house.transaction() as session:
        before = checkpoints.latest(session).note
    trees.force(house, "DELETE FROM cosignatures WHERE size = :last", last=signed[-1])
    trees.force(house, "DELETE FROM checkpoints WHERE size = :last", last=signed[-1])
    write(house, "custody/more")

    round_(house, kept)

    with house.transaction() as session:
        assert session.get_one(CheckpointRow, signed[-1]).note == before
    assert [one["size"] for one in entered(house)[-1]["checkpoints"]] == [signed[-1]]
    assert breaks(house, kept) == []


def test_only_what_the_log_itself_signed_is_put_back(house, kept, signed):
    kept.path.write_text(kept.note().replace("\n\n", "\n\n— w.x AAAAAAAA\n"))
    with house.transaction() as session:
        checkpoints.put_back(session, SIGNER, kept)
        assert "w.x" not in checkpoints.latest(session).note
    for table in ("cosignatures", "checkpoints"):
        trees.force(house, f"DELETE FROM {table} WHERE size = :last", last=signed[-1])  # noqa: S608 - our own words
    with house.transaction() as session:
        checkpoints.put_back(session, SIGNER, kept)
        assert (checkpoints.latest(session).size, "w.x" in checkpoints.latest(session).note) == (signed[-1], False)
    kept.path.write_text(
        notes.note(notes.body_of(kept.note()).replace(f"\n{signed[-1]}\n", "\n1\n"), ["— w.x AAAAAAAA\n"])
    )
    with pytest.raises((NoteWrong, WouldFork)), house.transaction() as session:
        checkpoints.put_back(session, SIGNER, kept)


def test_a_witness_that_answers_late_is_entered_the_next_time(house, kept, signed):
    with house.transaction() as session:
        line = cosign(session, session.get_one(CheckpointRow, signed[0]), "w.one", 1_800_000_777)
        late = {"size": signed[0], "witness": "w.one", "sha256": line.digest}
    write(house, "custody/more")
    round_(house, kept)

    assert late in entered(house)[-1]["cosignatures"]
    trees.force(house, "DELETE FROM cosignatures WHERE digest = :digest", digest=late["sha256"])
    assert [(one.index, one.chain) for one in breaks(house, kept)] == [(signed[0], "house/log")]


def test_a_log_from_before_enters_all_that_it_signed_in_several_entries(house, kept, monkeypatch):
    for _ in range(7):
        write(house, "custody/one")
        take_in(house)
        with house.transaction() as session:
            cosign(session, checkpoints.sign(session, SIGNER, kept))
    monkeypatch.setattr(checkpoints, "AT_ONCE", 3)
    write(house, "custody/one")
    round_(house, kept)

    told = entered(house)
    assert [[one["size"] for one in words["checkpoints"]] for words in told] == [[1, 2, 3], [4, 5, 6], [7]]
    assert [[one["size"] for one in words["cosignatures"]] for words in told] == [[1, 2, 3], [4, 5, 6], [7]]
    assert breaks(house, kept) == []
    trees.force(house, "DELETE FROM cosignatures WHERE size = 2")
    assert [one.index for one in breaks(house, kept)] == [2]


def test_an_old_copy_enters_nothing_before_it_is_refused(house, kept, signed):
    kept.path.write_text("other\n99\n" + "A" * 43 + "=\n\n— other AAAAAAAA\n")
    with pytest.raises(WouldFork):
        round_(house, kept)
    assert len(entered(house)) == len(signed) - 1
