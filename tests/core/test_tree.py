"""All chains stand in one tree: nothing is missed, any proof is a few rows, and no writer waits for it."""

import hashlib
import threading
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from core.accounts import HOUSE
from core.ledger import entries as ledger
from core.ledger import merkle, tiles, tree
from core.ledger.tree import NoSuchTree
from tests import makers
from tests.core import trees
from tests.core.trees import breaks, leaves, take_in, write


@pytest.fixture
def house(database_url):
    made = makers.house(database_url)
    yield made
    made.engine.dispose()


def sizes(house):
    with house.transaction() as session:
        return tree.size(session), tree.waiting(session)


def test_an_empty_ledger_has_the_empty_tree(house):
    assert take_in(house) == 0
    with house.transaction() as session:
        assert tree.size(session) == 0
        assert tree.root(session) == merkle.EMPTY
        assert tree.index_of(session, "custody/one", 1) is None
        assert list(tree.breaks(session)) == []


def test_the_leaves_are_the_stored_bytes_and_the_root_is_that_of_the_standard(house):
    write(house, "custody/one", 3, who='Ωmar "the" \\ 文')
    write(house, "custody/two", 2)

    assert take_in(house) == 5
    assert take_in(house) == 0
    made = leaves(house)
    with house.transaction() as session:
        assert tree.root(session) == merkle.root(made)
        for chain, count in (("custody/one", 3), ("custody/two", 2)):
            for position in range(1, count + 1):
                index = tree.index_of(session, chain, position)
                assert tree.entry_at(session, index) == (chain, position)
        assert tree.index_of(session, "custody/one", 4) is None
        assert tree.index_of(session, "custody/none", 1) is None
        assert tree.entry_at(session, 5) is None


def test_each_proof_from_the_database_holds_for_trees_over_the_edges_of_tiles(house):
    for count in (1, 254, 1, 1, 255, 3):
        write(house, f"custody/{count}", count)
        take_in(house, most=200)
    made = leaves(house)
    assert len(made) == 515
    with house.transaction() as session:
        for size in (1, 2, 255, 256, 257, 511, 512, 513, 515):
            root = merkle.root(made[:size])
            assert tree.root(session, size) == root
            for index in {0, size // 2, size - 1, min(255, size - 1), min(256, size - 1)}:
                proof = tree.inclusion_proof(session, index, size)
                merkle.check_inclusion(made[index], index, size, proof, root)
            for old in {1, size // 2 or 1, min(256, size), size}:
                proof = tree.consistency_proof(session, old, size)
                merkle.check_consistency(old, merkle.root(made[:old]), size, root, proof)
    assert breaks(house) == []


def test_a_tree_that_never_was_is_refused(house):
    write(house, "custody/one", 3)
    take_in(house)
    with house.transaction() as session:
        for ask in (lambda: tree.root(session, 4), lambda: tree.inclusion_proof(session, 0, 4),
                    lambda: tree.consistency_proof(session, 1, 4)):  # fmt: skip
            with pytest.raises(NoSuchTree):
                ask()
        with pytest.raises(merkle.ProofWrong):
            tree.inclusion_proof(session, 3, 3)
        with pytest.raises(merkle.ProofWrong):
            tree.consistency_proof(session, 0, 3)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(0, 4), st.integers(1, 90), st.integers(1, 70)), max_size=6))
def test_however_chains_grow_and_however_much_is_taken_at_once_nothing_is_missed(tmp_path_factory, steps):
    house = makers.house(f"sqlite:///{tmp_path_factory.mktemp('tree') / 'house.db'}")
    total = 0
    for chain, count, most in steps:
        write(house, f"custody/{chain}", count)
        total += count
        with house.transaction() as session:
            assert tree.sequence(session, most) <= most
    take_in(house, most=50)

    assert sizes(house) == (total, 0)
    assert breaks(house) == []
    made = leaves(house)
    with house.transaction() as session:
        assert tree.root(session) == merkle.root(made)
    house.engine.dispose()


@pytest.mark.parametrize("statement", [
    "UPDATE tree_runs SET position = 9", "DELETE FROM tree_runs",
    "UPDATE tree_tiles SET number = 9", "DELETE FROM tree_tiles",
])  # fmt: skip
def test_the_database_itself_refuses_to_change_the_tree(house, statement):
    write(house, "custody/one", 257)
    take_in(house)

    with pytest.raises(DBAPIError, match="only ever added"), house.transaction() as session:
        session.execute(text(statement))


def test_an_entry_committed_late_is_taken_in_late_and_not_missed(postgres_url):
    house = makers.house(postgres_url)
    with ExitStack() as stack:
        slow = stack.enter_context(house.sessions.begin())
        ledger.append(slow, "custody/slow", HOUSE, "moved")
        write(house, "custody/quick", 3)
        # The slow writer holds its chain and has not committed; the sequencer neither waits nor sees it.
        slow.execute(text("SELECT 1"))
        assert take_in(house) == 3
    assert take_in(house) == 1
    assert breaks(house) == []
    house.engine.dispose()


def test_while_the_sequencer_holds_its_lock_writers_go_on(postgres_url):
    house = makers.house(postgres_url)
    write(house, "custody/one", 5)
    with house.sessions.begin() as sequencer:
        tree.sequence(sequencer)
        with house.transaction() as session:
            session.execute(text("SET LOCAL lock_timeout = '500ms'"))
            ledger.append(session, "custody/one", HOUSE, "moved")
            ledger.append(session, "custody/new", HOUSE, "moved")
    assert take_in(house) == 2
    house.engine.dispose()


def test_the_sequencer_touches_no_row_of_the_ledger(house):
    write(house, "custody/one", 300)
    said = []
    event.listen(house.engine, "before_cursor_execute", lambda _c, _u, statement, *_more: said.append(statement))
    take_in(house)

    wrote = [
        one for one in said if one.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")) or "FOR UPDATE" in one
    ]
    assert wrote
    assert not [one for one in wrote if "ledger_" in one]


def test_a_chain_that_lacks_an_entry_waits_and_keeps_no_other_from_going_on(house):
    write(house, "custody/one", 3)
    trees.force(house, "DELETE FROM ledger_entries WHERE position = 2 AND chain = 'custody/one'")
    write(house, "custody/two", 2)

    assert take_in(house) == 3
    assert sizes(house) == (3, 2)


def running(threads):
    """Start them all and wait for each; gives what any of them raised."""
    faults = []

    def guarded(run, *given):
        try:
            run(*given)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the test shows it
            faults.append(fault)

    made = [threading.Thread(target=guarded, args=one) for one in threads]
    for thread in made:
        thread.start()
    for thread in made:
        thread.join()
    return faults


def test_writers_of_one_chain_and_of_many_lose_nothing_while_two_sequencers_run(house):
    left = threading.Semaphore(0)

    def writer(own):
        for number in range(12):
            for chain in (f"custody/{own}", "custody/shared" if number % 2 else f"access/{own}/{number}"):
                with house.transaction() as session:
                    ledger.append(session, chain, HOUSE, "moved")
        left.release()

    def sequencer(writers):
        while left._value < writers:
            take_in(house, most=7)

    assert running([*((writer, own) for own in range(6)), (sequencer, 6), (sequencer, 6)]) == []
    take_in(house)
    assert sizes(house) == (6 * 24, 0)
    assert breaks(house) == []


def test_a_proof_reads_a_few_rows_however_long_the_ledger_is(house):
    write(house, "custody/one", 3_000)
    take_in(house)
    said = []
    event.listen(house.engine, "before_cursor_execute", lambda _c, _u, statement, *_more: said.append(statement))
    with house.transaction() as session:
        tree.inclusion_proof(session, 1_234, 2_999)

    assert len([one for one in said if "tree_" in one]) <= 6


def test_the_tiles_are_those_of_the_published_layout(house):
    write(house, "custody/one", 520)
    take_in(house)
    made = leaves(house)
    with house.transaction() as session:
        first = session.get_one(tiles.Tile, (0, 0))
        assert first.hashes == b"".join(made[:256])
        assert first.root == merkle.root(made[:256])
        assert session.get(tiles.Tile, (0, 2)) is None


# --- Tampering ------------------------------------------------------------------------------------------------


@pytest.fixture
def grown(house):
    write(house, "custody/one", 300)
    write(house, "custody/two", 10)
    take_in(house)
    assert breaks(house) == []
    return house


def first_break(house):
    found = breaks(house)
    assert found
    return min((one.index, one.chain, one.position) for one in found)


def index_of(house, chain, position):
    with house.transaction() as session:
        return tree.index_of(session, chain, position)


def rewritten(house, chain, position):
    """Rewrite an entry and everything behind it in its chain, digests, columns and head, as an expert would."""
    trees.unguard(house)
    with house.transaction() as session:
        rows = [one for one in ledger.entries(session, chain) if one.position >= position]
        previous = rows[0].previous
        for row in rows:
            body = row.body.replace(row.previous, previous, 1)
            if row.position == position:
                body = body.replace('"number":', '"number":7')
            digest = hashlib.sha256(body.encode()).hexdigest()
            words = {"b": body, "d": digest, "p": previous, "c": chain, "n": row.position}
            session.execute(text("UPDATE ledger_entries SET body = :b, digest = :d, previous = :p "
                                 "WHERE chain = :c AND position = :n"), words)  # fmt: skip
            previous = digest
        session.execute(text("UPDATE ledger_heads SET digest = :d WHERE chain = :c"), {"d": previous, "c": chain})
    with house.transaction() as session:
        assert list(ledger.breaks(session)) == []


def test_a_chain_rewritten_with_all_its_digests_and_its_head_is_found_in_the_tree(grown):
    index = index_of(grown, "custody/one", 100)
    rewritten(grown, "custody/one", 100)

    assert first_break(grown) == (index, "custody/one", 100)
    assert len(breaks(grown)) == 201


def test_an_entry_deleted_edited_or_cut_off_with_its_head_is_found(grown):
    last = index_of(grown, "custody/two", 10)
    trees.force(grown, "DELETE FROM ledger_entries WHERE chain = 'custody/two' AND position = 10")
    trees.force(grown, "UPDATE ledger_heads SET position = 9 WHERE chain = 'custody/two'")
    assert first_break(grown) == (last, "custody/two", 10)

    edited = index_of(grown, "custody/one", 42)
    trees.force(
        grown,
        "UPDATE ledger_entries SET body = replace(body, 'moved', 'found') WHERE position = 42",
    )
    assert first_break(grown) == (edited, "custody/one", 42)


def test_two_entries_that_changed_places_are_found_in_the_tree(grown):
    index = index_of(grown, "custody/one", 5)
    trees.force(grown, "UPDATE ledger_entries SET position = 9999 WHERE chain = 'custody/one' AND position = 5")
    trees.force(grown, "UPDATE ledger_entries SET position = 5 WHERE chain = 'custody/one' AND position = 6")
    trees.force(grown, "UPDATE ledger_entries SET position = 6 WHERE chain = 'custody/one' AND position = 9999")

    assert first_break(grown) == (index, "custody/one", 5)


def test_rows_of_the_tree_taken_out_or_changed_are_found(grown):
    with grown.transaction() as session:
        runs = session.execute(text("SELECT first, chain, position, length FROM tree_runs ORDER BY first")).all()
    trees.force(grown, "DELETE FROM tree_runs WHERE first = :first", first=runs[1].first)
    assert first_break(grown)[0] == runs[1].first


def test_a_bookmark_moved_on_so_that_entries_are_passed_over_is_found(grown):
    write(grown, "custody/two", 1)
    trees.force(grown, "UPDATE tree_ends SET position = 11 WHERE chain = 'custody/two'")
    assert first_break(grown)[1:] == ("custody/two", 11)


@pytest.mark.parametrize("statement", [
    "UPDATE tree_tiles SET root = hashes", "UPDATE tree_tiles SET hashes = root",
    "DELETE FROM tree_tiles", "UPDATE tree_tiles SET number = 5",
])  # fmt: skip
def test_a_tile_that_is_changed_or_gone_is_found(grown, statement):
    trees.force(grown, statement)
    assert first_break(grown)[0] < 256


def test_a_root_that_was_given_out_is_held_against_the_whole_tree(grown):
    with grown.transaction() as session:
        roots = {size: tree.root(session, size) for size in (100, 310)}
    signed = [tree.Signed(100, roots[100], "a print"), tree.Signed(310, roots[310], "a witness")]
    assert breaks(grown, signed) == []

    forged = [signed[0], tree.Signed(200, roots[100], "somebody"), signed[1]]
    found = breaks(grown, forged)
    assert [(one.index, one.position) for one in found] == [(100, 101)]
    assert "somebody" in found[0].because

    longer = [*signed, tree.Signed(311, roots[100], "the memory")]
    assert [one.index for one in breaks(grown, longer)] == [310]
