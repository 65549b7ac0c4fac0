"""The database rewritten, so that no free page, no journal and no dead row still holds what was destroyed."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.wiring import services
from core.errors import Unavailable
from evidence.ending import shredding
from evidence.uploads.rows import Part, Upload

#: What an ending empties or changes; PostgreSQL rewrites these, SQLite its whole file.
TABLES: Final = (
    *(one.__tablename__ for one in shredding.WITH_A_FILE),
    *(one.__tablename__ for one in (Upload, Part)),
    *shredding.ALSO_WITH_A_FILE,
    "files", "intake_items", "exhibits", "exhibit_numbers", "authorities", "name_forms", "person_roles", "case_keys",
    "cases", "exports", "shelved_dossiers", "searches", "attestations", "kit_entries",
    "data_order_words", "online_items", "online_reasons",
)  # fmt: skip
_CUSTODY: Final = "who had the thing, when and where: the record of custody outlives what it is about"
_HOUSE: Final = "of the house and its people, of no case"
_LOG: Final = "of the log, whose entries are never taken out; it holds hashes"
#: What no order touches, and why it may stay; a test sees to it that no table is in neither list.
STAYS: Final[dict[str, str]] = {
    "approval_decisions": "who decided, and why", "approvals": "what was proposed, and why",
    "audit_findings": _CUSTODY, "audit_items": _CUSTODY, "blob_checks": "when sealed bytes were looked at",
    "checkpoints": _LOG, "cosignatures": _LOG, "counters": _HOUSE, "custody_orders": _CUSTODY,
    "data_answers": "how somebody outside answered an order, and when",
    "data_brought": "which answer brought which exhibit",
    "data_orders": "what was ordered of whom and when; whose data it was is sealed, and goes",
    "dossier_exhibits": "a number, which never names another exhibit",
    "dossier_files": "a number, which never names another file",
    "dossier_pages": "numbers of pages of a dossier that left the house",
    "ending_notices": "who had copies, and what they answered", "ending_obstacles": "what stood against an order",
    "ending_orders": "the order itself", "ending_steps": "what was done for an order",
    "export_doubts": "that a dossier was in doubt", "incident_statements": _CUSTODY, "incidents": _CUSTODY,
    "intake_batches": "that something was announced, by whom and when", "jobs": "work, by ids", "kit_labels": _CUSTODY,
    "kit_returns": _CUSTODY, "kits": _CUSTODY, "ledger_entries": _LOG, "ledger_heads": _LOG,
    "memberships": "who was of the case, and when", "outside_words": _HOUSE,
    "persons": "the pseudonym, under which entries and dossiers stand", "places": _HOUSE,
    "restrictions": "what was kept for a court, by which order", "retention_events": "why something was kept how long",
    "retention_proposals": "what was proposed, and what people decided", "rounds": _HOUSE, "seal_conflicts": _CUSTODY,
    "seal_series": _HOUSE, "seals": _CUSTODY, "shelf_audits": _HOUSE, "sign_in_failures": _HOUSE, "sign_ins": _HOUSE,
    "sign_offs": "who signed off a dossier that left the house", "statement_requests": _CUSTODY,
    "timestamps": "a hash and when it was stamped", "tokens": _HOUSE, "tombstones": "what is left of what went",
    "tree_ends": _LOG, "tree_runs": _LOG, "tree_tiles": _LOG, "users": _HOUSE,
}  # fmt: skip


class NotRewritten(Unavailable):
    """The database could not be rewritten now, since somebody is using it; it is tried again by itself."""


def rewrite() -> None:
    """Rewrite what held destroyed rows; it waits for readers a bounded time and raises NotRewritten after that."""
    engine = services().engine
    try:
        if engine.dialect.name == "sqlite":
            _sqlite()
        else:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("SET lock_timeout = '20s'"))
                for name in TABLES:
                    connection.execute(text(f'VACUUM FULL "{name}"'))
                connection.execute(text("RESET lock_timeout"))
    except DBAPIError as busy:
        raise NotRewritten("the database is in use and is rewritten later; nothing is lost meanwhile") from busy


def _sqlite() -> None:
    connection = services().engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("VACUUM")
        held_up = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        cursor.close()
    finally:
        connection.close()
    if held_up:
        raise NotRewritten("somebody still reads an older state of the database; its journal is emptied later")
