"""A log commits to what it has and never to two different things, also when an old copy of it comes back."""

import base64
import shutil
import sqlite3
from contextlib import closing

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core import cipher
from core.ledger import checkpoints, memory, merkle, notes, proofs, tree
from core.ledger.checkpoints import NotCovered, NothingToSign, Signer, StillOpen, WouldFork
from core.ledger.entries import Entry
from core.ledger.memory import Memory, MemoryNewer, MemoryUnread
from core.ledger.notes import NoteWrong
from tests import makers
from tests.core import trees
from tests.core.trees import take_in, write

ORIGIN = "office.probanda/0123456789abcdef"
SEED = bytes(range(32))
PUBLIC = cipher.public_key(SEED)
WITNESS = bytes(range(1, 33))


@pytest.fixture
def house(database_url):
    made = makers.house(database_url)
    yield made
    made.engine.dispose()


@pytest.fixture
def kept(tmp_path):
    return Memory.of(tmp_path)


def signer(**changed):
    told = {"origin": ORIGIN, "public": PUBLIC, "sign": lambda message: cipher.sign(SEED, message)}
    return Signer(**told | changed)


def sign(house, kept, witnessed=(), by=None):
    with house.transaction() as session:
        return checkpoints.sign(session, by or signer(), kept, witnessed)


def breaks(house, kept=None, given=()):
    with house.transaction() as session:
        return list(checkpoints.breaks(session, signer().keys, kept, given))


def test_a_checkpoint_names_log_size_and_root_and_is_signed(house, kept):
    write(house, "custody/one", 5)
    take_in(house)
    row = sign(house, kept)

    opened = notes.open_note(row.note, signer().keys)
    with house.transaction() as session:
        assert opened.body == f"{ORIGIN}\n5\n{base64.b64encode(tree.root(session)).decode()}\n"
        assert checkpoints.latest(session).size == checkpoints.covering(session, 4).size == 5
        assert checkpoints.covering(session, 5) is None
    assert kept.note() == row.note
    # The same note, checked by another library than ours.
    key = Ed25519PrivateKey.from_private_bytes(SEED).public_key()
    key.verify(base64.b64decode(row.note.split()[-1])[4:], opened.body.encode())


def test_what_did_not_grow_is_not_signed_again(house, kept):
    write(house, "custody/one")
    take_in(house)

    assert sign(house, kept).note == sign(house, kept).note
    with house.transaction() as session:
        assert len(session.query(checkpoints.CheckpointRow).all()) == 1


def test_nothing_is_signed_before_there_is_an_entry(house, kept):
    with pytest.raises(NothingToSign):
        sign(house, kept)
    assert kept.note() is None


def test_what_can_still_be_taken_back_is_not_signed(house, kept):
    write(house, "custody/one")
    with house.transaction() as session:
        tree.sequence(session)
        with pytest.raises(StillOpen):
            checkpoints.sign(session, signer(), kept)
        session.rollback()
    assert kept.note() is None
    take_in(house)
    assert sign(house, kept).size == 1


def test_each_checkpoint_follows_from_the_one_before(house, kept):
    roots = []
    for count in (1, 2, 300, 7):
        write(house, f"custody/{count}", count)
        take_in(house)
        roots.append(sign(house, kept).checkpoint)
    with house.transaction() as session:
        for one in roots:
            for later in roots:
                if one.size <= later.size:
                    path = tree.consistency_proof(session, one.size, later.size)
                    merkle.check_consistency(one.size, one.root, later.size, later.root, path)
    assert breaks(house, kept) == []


# --- Never two different things ---------------------------------------------------------------------------------


@pytest.fixture
def grown(house, kept):
    """A log of 10 entries, signed at 4 and at 10."""
    for count in (4, 6):
        write(house, f"custody/{count}", count)
        take_in(house)
        sign(house, kept)
    return house


def cut_back(house, size):
    """Bring the database back to an older state, as a restored backup would, with everything fitting together."""
    trees.unguard(house)
    with house.transaction() as session:
        for table in ("ledger_entries", "ledger_heads", "tree_ends"):
            session.execute(text(f"DELETE FROM {table} WHERE chain = 'custody/6'"))  # noqa: S608 - our own words
        session.execute(text("DELETE FROM tree_runs WHERE first >= :size"), {"size": size})
        session.execute(text("DELETE FROM checkpoints WHERE size > :size"), {"size": size})
    with house.transaction() as session:
        assert tree.size(session) == size
        assert checkpoints.latest(session).size == size


def test_an_old_copy_of_the_database_is_not_signed(grown, kept):
    cut_back(grown, 4)

    with pytest.raises(WouldFork, match="older than what was given out") as refused:
        sign(grown, kept)
    assert "Restore the newest backup" in refused.value.message
    assert [one.index for one in breaks(grown, kept)] == [4]


def test_an_old_copy_that_went_on_is_not_signed_even_when_it_has_outgrown_the_lost_part(grown, kept):
    before = kept.note()
    cut_back(grown, 4)
    write(grown, "custody/other", 20)
    take_in(grown)

    with pytest.raises(WouldFork, match="does not begin with the 10 entries"):
        sign(grown, kept)
    assert kept.note() == before
    with grown.transaction() as session:
        assert checkpoints.latest(session).size == 4


def test_what_a_witness_holds_counts_where_the_memory_came_back_with_the_old_copy(grown, kept):
    with grown.transaction() as session:
        ten, four = checkpoints.latest(session).checkpoint, session.get(checkpoints.CheckpointRow, 4).note
    cut_back(grown, 4)
    kept.path.write_text(four)
    write(grown, "custody/other", 20)
    take_in(grown)

    with pytest.raises(WouldFork, match="a witness"):
        sign(grown, kept, [ten])


def test_without_its_memory_a_log_that_has_signed_does_not_sign(grown, kept):
    note = kept.note()
    kept.path.unlink()
    write(grown, "custody/more")
    take_in(grown)

    with pytest.raises(WouldFork, match="--remember"):
        sign(grown, kept)
    kept.keep(note)
    assert sign(grown, kept).size == 11


def test_a_log_under_another_name_is_another_log(grown, kept):
    write(grown, "custody/more")
    take_in(grown)
    with pytest.raises(WouldFork, match="this log is"):
        sign(grown, kept, by=signer(origin="other.probanda/1"))


def test_a_tree_rewritten_with_all_its_rows_is_found_by_what_was_signed(grown, kept):
    """Somebody who owns the database rewrites a chain, its head, the tree and the checkpoints, all fitting together."""
    with grown.transaction() as session:
        printed = session.get(checkpoints.CheckpointRow, 4).note
    trees.unguard(grown)
    with grown.transaction() as session:
        for table in ("tree_runs", "tree_ends", "tree_tiles", "cosignatures", "checkpoints", "ledger_entries",
                      "ledger_heads"):  # fmt: skip
            session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own words
    write(grown, "custody/4", 4, told="otherwise")
    write(grown, "custody/6", 6)
    take_in(grown)

    assert breaks(grown) == []
    found = breaks(grown, kept)
    assert [(one.index, one.chain, one.position) for one in found] == [(0, "custody/4", 1)]
    assert kept.path.name in found[0].because
    assert [one.index for one in breaks(grown, None, [(printed, "the print in the safe")])] == [0]
    with pytest.raises(WouldFork):
        sign(grown, kept)


def test_a_part_rewritten_after_a_checkpoint_is_placed_behind_it(grown, kept):
    trees.unguard(grown)
    with grown.transaction() as session:
        for table in ("ledger_entries", "ledger_heads", "tree_ends", "tree_runs"):
            session.execute(text(f"DELETE FROM {table} WHERE chain = 'custody/6'"))  # noqa: S608 - our own words
    write(grown, "custody/6", 6, told="otherwise")
    take_in(grown)

    assert {(one.index, one.chain, one.position) for one in breaks(grown, kept)} == {(4, "custody/6", 1)}


@pytest.mark.parametrize("statement", [
    "UPDATE checkpoints SET note = replace(note, 'A', 'B')", "UPDATE checkpoints SET root = note",
    "UPDATE checkpoints SET size = size + 1",
])  # fmt: skip
def test_a_checkpoint_changed_by_hand_is_found(grown, statement):
    if grown.engine.dialect.name == "postgresql":
        statement = statement.replace("root = note", "root = '\\x00'")
    trees.force(grown, statement)
    assert breaks(grown)


@pytest.mark.parametrize("statement", ["UPDATE checkpoints SET size = 9", "DELETE FROM checkpoints",
                                       "DELETE FROM cosignatures"])  # fmt: skip
def test_the_database_itself_refuses_to_change_what_was_signed(grown, statement):
    with grown.transaction() as session:
        row = checkpoints.latest(session)
        checkpoints.add_cosignature(session, row, witness_line(row.body))
    with pytest.raises(DBAPIError, match="only ever added"), grown.transaction() as session:
        session.execute(text(statement))


def test_a_copied_file_of_sqlite_brought_back_is_not_signed(tmp_path, kept):
    path, copy = tmp_path / "house.db", tmp_path / "copy.db"
    house = makers.house(f"sqlite:///{path}")
    write(house, "custody/one", 3)
    take_in(house)
    sign(house, kept)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    write(house, "custody/one", 3)
    take_in(house)
    sign(house, kept)
    house.engine.dispose()

    for leftover in tmp_path.glob("house.db*"):
        leftover.unlink()
    shutil.copy(copy, path)
    house = makers.house(f"sqlite:///{path}")
    write(house, "custody/two", 9)
    take_in(house)
    with pytest.raises(WouldFork):
        sign(house, kept)
    house.engine.dispose()


# --- The memory -------------------------------------------------------------------------------------------------


def test_the_memory_never_goes_back(grown, kept):
    with grown.transaction() as session:
        four = session.get(checkpoints.CheckpointRow, 4).note
    with pytest.raises(MemoryNewer):
        kept.keep(four)
    assert kept.last().size == 10


@pytest.mark.parametrize("spoilt", [b"", b"\xff\xfe", b"nothing\n\n", b"a\n1\nAAAA\n\n"])
def test_a_memory_that_cannot_be_read_is_said_and_nothing_is_signed(grown, kept, spoilt):
    kept.path.write_bytes(spoilt)
    write(grown, "custody/more")
    take_in(grown)
    with pytest.raises(MemoryUnread, match=kept.path.name):
        sign(grown, kept)


def test_where_the_memory_cannot_be_written_nothing_is_signed(house, tmp_path):
    write(house, "custody/one")
    take_in(house)
    with pytest.raises(MemoryUnread, match="nothing was signed"):
        sign(house, Memory.of(tmp_path / "gone"))
    with house.transaction() as session:
        assert checkpoints.latest(session) is None


def test_a_checkpoint_whose_transaction_broke_off_is_signed_the_same_again(house, kept):
    write(house, "custody/one", 3)
    take_in(house)
    with house.sessions() as session:
        first = checkpoints.sign(session, signer(), kept).note
        session.rollback()
    write(house, "custody/one", 3)
    take_in(house)
    with house.transaction() as session:
        assert checkpoints.latest(session) is None
    assert sign(house, kept).size == 6
    assert notes.body_of(first) != kept.note()


def test_a_log_is_named_once_and_stays_so(house, kept):
    with house.transaction() as session:
        named = checkpoints.origin(session, kept, "Ministère public – Zürich + 2", "0123456789abcdef")
        assert named == "ministere-public-zurich-2.probanda/0123456789abcdef"
        assert checkpoints.origin(session, kept, "检察院", "00") == "office.probanda/00"
    write(house, "custody/one")
    take_in(house)
    sign(house, kept, by=signer(origin=named))
    with house.transaction() as session:
        assert checkpoints.origin(session, kept, "another name", "ffff") == named
        assert checkpoints.origin(session, Memory(kept.path.with_name("other")), "another name", "ffff") == named


# --- Proofs -----------------------------------------------------------------------------------------------------


def witness_line(body, time=1_800_000_000):
    return notes.cosign_line(
        "w.example", lambda message: cipher.sign(WITNESS, message), cipher.public_key(WITNESS), body, time
    )


WITNESS_KEY = notes.key("w.example", cipher.public_key(WITNESS), notes.COSIGNATURE)


@pytest.fixture(scope="module")
def proved(tmp_path_factory):
    """A proof of entry 3 of a chain under a witnessed checkpoint, and the bytes of that entry."""
    folder = tmp_path_factory.mktemp("proved")
    house = makers.house(f"sqlite:///{folder / 'house.db'}")
    write(house, "custody/4", 4)
    take_in(house)
    write(house, "custody/6", 6)
    take_in(house)
    row = sign(house, Memory.of(folder))
    with house.transaction() as session:
        for time in (1_800_000_000, 1_800_000_100, 1_800_000_100):
            checkpoints.add_cosignature(session, row, witness_line(row.body, time))
        made = checkpoints.proof_text(session, "custody/6", 3)
        entry = session.get_one(Entry, ("custody/6", 3)).body.encode()
    house.engine.dispose()
    return made, entry


def test_a_proof_holds_with_the_entry_and_the_keys_alone(proved):
    text_, entry = proved
    assert text_.startswith("c2sp.org/tlog-proof@v1\nindex 6\n")
    shown = proofs.check(text_, entry, signer().keys, witnesses=[WITNESS_KEY])
    assert (shown.index, shown.checkpoint.size, shown.checkpoint.origin) == (6, 10, ORIGIN)
    assert [one.time for one in shown.witnesses] == [1_800_000_100]
    assert proofs.LogProof.parse(text_).text() == text_


def _lines(text_):
    return text_.split("\n")


SPOILT = {
    "another index": lambda text_: text_.replace("index 6", "index 5"),
    "an index beyond": lambda text_: text_.replace("index 6", "index 10"),
    "a leading zero": lambda text_: text_.replace("index 6", "index 06"),
    "no index": lambda text_: text_.replace("index 6\n", ""),
    "another head": lambda text_: text_.replace("@v1", "@v2"),
    "a hash less": lambda text_: "\n".join([*_lines(text_)[:2], *_lines(text_)[3:]]),
    "a hash more": lambda text_: "\n".join([*_lines(text_)[:3], *_lines(text_)[2:]]),
    "a short hash": lambda text_: text_.replace(_lines(text_)[2], base64.b64encode(b"x" * 31).decode()),
    "no base64": lambda text_: text_.replace(_lines(text_)[2], "!" * 44),
    "a size more": lambda text_: text_.replace("\n10\n", "\n11\n"),
    "another root": lambda text_: text_.replace(_lines(text_)[-6], base64.b64encode(b"x" * 32).decode()),
    "another name": lambda text_: text_.replace(ORIGIN, "other/log"),
    "no checkpoint": lambda text_: text_.partition("\n\n")[0],
    "cut short": lambda text_: text_[:-3],
    "nothing": lambda _text: "",
    "other line ends": lambda text_: text_.replace("\n", "\r\n"),
    "junk before": lambda text_: "x\n" + text_,
    "junk behind": lambda text_: text_ + "x\n",
}


@pytest.mark.parametrize("how", sorted(SPOILT))
def test_a_forged_proof_is_refused(proved, how):
    text_, entry = proved
    spoilt = SPOILT[how](text_)
    assert spoilt != text_
    with pytest.raises((merkle.ProofWrong, NoteWrong)):
        proofs.check(spoilt, entry, signer().keys, witnesses=[WITNESS_KEY])


def test_a_proof_of_other_bytes_or_by_other_keys_is_refused(proved):
    text_, entry = proved
    other = notes.key(ORIGIN, cipher.public_key(WITNESS))
    for given, keys, witnesses in (
        (entry + b" ", signer().keys, ()), (b"", signer().keys, ()),
        (entry.replace(b"moved", b"found"), signer().keys, ()),
        (entry, [other], ()), (entry, [], [WITNESS_KEY]), (entry, signer().keys, [notes.key("x", PUBLIC, 4)]),
    ):  # fmt: skip
        with pytest.raises((merkle.ProofWrong, NoteWrong)):
            proofs.check(text_, given, keys, witnesses=witnesses)


def test_extra_data_is_passed_over_since_nobody_signed_it(proved):
    text_, entry = proved
    proofs.check(text_.replace("index", "extra AAAA\nindex", 1), entry, signer().keys)


def test_what_is_not_signed_yet_has_no_proof(grown):
    write(grown, "custody/late")
    with grown.transaction() as session, pytest.raises(NotCovered):
        checkpoints.proof_text(session, "custody/late", 1)
    take_in(grown)
    with grown.transaction() as session:
        for chain, position in (("custody/late", 1), ("custody/none", 1), ("custody/6", 7)):
            with pytest.raises(NotCovered):
                checkpoints.proof_text(session, chain, position)
        assert tree.last_of(session, "custody/6", 10) == 6
        assert tree.last_of(session, "custody/6", 6) == 2
        assert tree.last_of(session, "custody/late", 10) is None


@pytest.mark.parametrize("line", ["", "— w.example AAAA\n", "— w.example !!\n", "hello"])
def test_what_is_no_signature_line_is_not_kept(grown, line):
    with grown.transaction() as session, pytest.raises(NoteWrong):
        checkpoints.add_cosignature(session, checkpoints.latest(session), line)


def test_the_name_of_the_memory_is_fixed():
    assert memory.NAME == "log.memory"
