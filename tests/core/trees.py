"""A house whose entries are in a tree: writing, taking in, and what somebody with the database's password can do."""

import hashlib

from sqlalchemy import text

from core.accounts import HOUSE
from core.ledger import checkpoints, merkle, timestamps, tree
from core.ledger import entries as ledger
from core.ledger.entries import Entry

GUARDED = (
    "ledger_entries", "tree_runs", "tree_tiles", checkpoints.CheckpointRow.__tablename__,
    checkpoints.CosignatureRow.__tablename__, timestamps.Timestamp.__tablename__,
)  # fmt: skip


def write(house, chain, count=1, **words):
    with house.transaction() as session:
        return [ledger.append(session, chain, HOUSE, "moved", number=n, **words) for n in range(count)]


def take_in(house, most=1_000):
    """Take in everything that waits, each time in a transaction of its own; gives how many entries it were."""
    taken = 0
    while True:
        with house.transaction() as session:
            count = tree.sequence(session, most)
        taken += count
        if count < most:
            return taken


def leaves(house):
    """The leaf hashes of the tree by its own order, made from the stored entries."""
    with house.transaction() as session:
        made = []
        for index in range(tree.size(session)):
            chain, position = tree.entry_at(session, index)
            made.append(merkle.leaf(session.get_one(Entry, (chain, position)).body.encode()))
        return made


def breaks(house, signed=()):
    with house.transaction() as session:
        return list(tree.breaks(session, signed))


def unguard(house):
    """Take off all guards, as the owner of the database may."""
    with house.transaction() as session:
        for table in GUARDED:
            if house.engine.dialect.name == "postgresql":
                session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
            else:
                for verb in ("update", "delete"):
                    session.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))


def force(house, statement, **values):
    """Do what a person with the database's own password could do."""
    unguard(house)
    with house.transaction() as session:
        assert session.execute(text(statement), values).rowcount > 0


def sha256(data):
    """The SHA-256 of some bytes, as the entries write it."""
    return hashlib.sha256(data).hexdigest()
