"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "20261124_first_tables"
down_revision = None


GUARDS = {
    "sqlite": (
        "CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries BEGIN SELECT RAISE(ABORT, 'ledger entries are only ever added'); END",
        "CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_entries BEGIN SELECT RAISE(ABORT, 'ledger entries are only ever added'); END",
        "CREATE TRIGGER incidents_no_update BEFORE UPDATE OF id, year, ordinal, kind, case_id, exhibit_id, file_id, because, words, opened, opened_by ON incidents BEGIN SELECT RAISE(ABORT, 'incidents are explained and closed, never removed'); END",
        "CREATE TRIGGER incidents_no_delete BEFORE DELETE ON incidents BEGIN SELECT RAISE(ABORT, 'incidents are explained and closed, never removed'); END",
        "CREATE TRIGGER incident_statements_no_update BEFORE UPDATE ON incident_statements BEGIN SELECT RAISE(ABORT, 'statements are only ever added'); END",
        "CREATE TRIGGER incident_statements_no_delete BEFORE DELETE ON incident_statements BEGIN SELECT RAISE(ABORT, 'statements are only ever added'); END",
        "CREATE TRIGGER tree_runs_no_update BEFORE UPDATE ON tree_runs BEGIN SELECT RAISE(ABORT, 'rows of the tree are only ever added'); END",
        "CREATE TRIGGER tree_runs_no_delete BEFORE DELETE ON tree_runs BEGIN SELECT RAISE(ABORT, 'rows of the tree are only ever added'); END",
        "CREATE TRIGGER tree_tiles_no_update BEFORE UPDATE ON tree_tiles BEGIN SELECT RAISE(ABORT, 'rows of the tree are only ever added'); END",
        "CREATE TRIGGER tree_tiles_no_delete BEFORE DELETE ON tree_tiles BEGIN SELECT RAISE(ABORT, 'rows of the tree are only ever added'); END",
        "CREATE TRIGGER timestamps_no_update BEFORE UPDATE OF kind, subject, authority, turn, digest, wanted ON timestamps BEGIN SELECT RAISE(ABORT, 'what was time-stamped stays'); END",
        "CREATE TRIGGER timestamps_no_delete BEFORE DELETE ON timestamps BEGIN SELECT RAISE(ABORT, 'what was time-stamped stays'); END",
        "CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints BEGIN SELECT RAISE(ABORT, 'what was signed is only ever added'); END",
        "CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'what was signed is only ever added'); END",
        "CREATE TRIGGER cosignatures_no_update BEFORE UPDATE ON cosignatures BEGIN SELECT RAISE(ABORT, 'what was signed is only ever added'); END",
        "CREATE TRIGGER cosignatures_no_delete BEFORE DELETE ON cosignatures BEGIN SELECT RAISE(ABORT, 'what was signed is only ever added'); END",
        "CREATE TRIGGER tombstones_no_update BEFORE UPDATE ON tombstones BEGIN SELECT RAISE(ABORT, 'tombstones are only ever added'); END",
        "CREATE TRIGGER tombstones_no_delete BEFORE DELETE ON tombstones BEGIN SELECT RAISE(ABORT, 'tombstones are only ever added'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION ledger_entries_only_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ledger entries are only ever added'; END $$",
        "CREATE TRIGGER ledger_entries_no_change BEFORE UPDATE OR DELETE ON ledger_entries FOR EACH ROW EXECUTE FUNCTION ledger_entries_only_added()",
        "CREATE TRIGGER ledger_entries_no_truncate BEFORE TRUNCATE ON ledger_entries FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_only_added()",
        "CREATE OR REPLACE FUNCTION incidents_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'incidents are explained and closed, never removed'; END $$",
        "CREATE TRIGGER incidents_no_update BEFORE UPDATE OF id, year, ordinal, kind, case_id, exhibit_id, file_id, because, words, opened, opened_by ON incidents FOR EACH ROW EXECUTE FUNCTION incidents_kept()",
        "CREATE TRIGGER incidents_no_delete BEFORE DELETE ON incidents FOR EACH ROW EXECUTE FUNCTION incidents_kept()",
        "CREATE TRIGGER incidents_no_truncate BEFORE TRUNCATE ON incidents FOR EACH STATEMENT EXECUTE FUNCTION incidents_kept()",
        "CREATE OR REPLACE FUNCTION incident_statements_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'statements are only ever added'; END $$",
        "CREATE TRIGGER incident_statements_no_update BEFORE UPDATE ON incident_statements FOR EACH ROW EXECUTE FUNCTION incident_statements_kept()",
        "CREATE TRIGGER incident_statements_no_delete BEFORE DELETE ON incident_statements FOR EACH ROW EXECUTE FUNCTION incident_statements_kept()",
        "CREATE TRIGGER incident_statements_no_truncate BEFORE TRUNCATE ON incident_statements FOR EACH STATEMENT EXECUTE FUNCTION incident_statements_kept()",
        "CREATE OR REPLACE FUNCTION tree_runs_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'rows of the tree are only ever added'; END $$",
        "CREATE TRIGGER tree_runs_no_update BEFORE UPDATE ON tree_runs FOR EACH ROW EXECUTE FUNCTION tree_runs_kept()",
        "CREATE TRIGGER tree_runs_no_delete BEFORE DELETE ON tree_runs FOR EACH ROW EXECUTE FUNCTION tree_runs_kept()",
        "CREATE TRIGGER tree_runs_no_truncate BEFORE TRUNCATE ON tree_runs FOR EACH STATEMENT EXECUTE FUNCTION tree_runs_kept()",
        "CREATE OR REPLACE FUNCTION tree_tiles_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'rows of the tree are only ever added'; END $$",
        "CREATE TRIGGER tree_tiles_no_update BEFORE UPDATE ON tree_tiles FOR EACH ROW EXECUTE FUNCTION tree_tiles_kept()",
        "CREATE TRIGGER tree_tiles_no_delete BEFORE DELETE ON tree_tiles FOR EACH ROW EXECUTE FUNCTION tree_tiles_kept()",
        "CREATE TRIGGER tree_tiles_no_truncate BEFORE TRUNCATE ON tree_tiles FOR EACH STATEMENT EXECUTE FUNCTION tree_tiles_kept()",
        "CREATE OR REPLACE FUNCTION timestamps_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'what was time-stamped stays'; END $$",
        "CREATE TRIGGER timestamps_no_update BEFORE UPDATE OF kind, subject, authority, turn, digest, wanted ON timestamps FOR EACH ROW EXECUTE FUNCTION timestamps_kept()",
        "CREATE TRIGGER timestamps_no_delete BEFORE DELETE ON timestamps FOR EACH ROW EXECUTE FUNCTION timestamps_kept()",
        "CREATE TRIGGER timestamps_no_truncate BEFORE TRUNCATE ON timestamps FOR EACH STATEMENT EXECUTE FUNCTION timestamps_kept()",
        "CREATE OR REPLACE FUNCTION checkpoints_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'what was signed is only ever added'; END $$",
        "CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints FOR EACH ROW EXECUTE FUNCTION checkpoints_kept()",
        "CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints FOR EACH ROW EXECUTE FUNCTION checkpoints_kept()",
        "CREATE TRIGGER checkpoints_no_truncate BEFORE TRUNCATE ON checkpoints FOR EACH STATEMENT EXECUTE FUNCTION checkpoints_kept()",
        "CREATE OR REPLACE FUNCTION cosignatures_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'what was signed is only ever added'; END $$",
        "CREATE TRIGGER cosignatures_no_update BEFORE UPDATE ON cosignatures FOR EACH ROW EXECUTE FUNCTION cosignatures_kept()",
        "CREATE TRIGGER cosignatures_no_delete BEFORE DELETE ON cosignatures FOR EACH ROW EXECUTE FUNCTION cosignatures_kept()",
        "CREATE TRIGGER cosignatures_no_truncate BEFORE TRUNCATE ON cosignatures FOR EACH STATEMENT EXECUTE FUNCTION cosignatures_kept()",
        "CREATE OR REPLACE FUNCTION tombstones_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'tombstones are only ever added'; END $$",
        "CREATE TRIGGER tombstones_no_update BEFORE UPDATE ON tombstones FOR EACH ROW EXECUTE FUNCTION tombstones_kept()",
        "CREATE TRIGGER tombstones_no_delete BEFORE DELETE ON tombstones FOR EACH ROW EXECUTE FUNCTION tombstones_kept()",
        "CREATE TRIGGER tombstones_no_truncate BEFORE TRUNCATE ON tombstones FOR EACH STATEMENT EXECUTE FUNCTION tombstones_kept()",
    ),
}


def upgrade() -> None:
    """Make every table, then forbid changes of what is only ever added."""
    for make in _TABLES:
        make()
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.execute(sa.text(statement))


def downgrade() -> None:
    """Refuse: below the first tables there is nothing, and no ledger is ever dropped by a command."""
    message = "there is no form of the tables below the first; restore a backup instead"
    raise RuntimeError(message)


def _blob_checks() -> None:
    op.create_table(
        "blob_checks",
        sa.Column("blob", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scrubbed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened", sa.DateTime(timezone=True), nullable=True),
        sa.Column("damaged", sa.DateTime(timezone=True), nullable=True),
        sa.Column("troubled", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trouble", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("blob", name=op.f("pk_blob_checks")),
    )
    op.create_index(op.f("ix_blob_checks_last_blob_checks_blob"), "blob_checks", ["last", "blob"], unique=False)
    op.create_index(op.f("ix_blob_checks_subject"), "blob_checks", ["subject"], unique=False)


def _checkpoints() -> None:
    op.create_table(
        "checkpoints",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_checkpoints")),
    )


def _counters() -> None:
    op.create_table(
        "counters",
        sa.Column("series", sa.String(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_counters")),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("asked", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("because", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index("ix_jobs_state_due", "jobs", ["state", "due"], unique=False)
    op.create_index(op.f("ix_jobs_subject"), "jobs", ["subject"], unique=False)


def _ledger_entries() -> None:
    op.create_table(
        "ledger_entries",
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "position", name=op.f("pk_ledger_entries")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ledger_entries_actor_at", "ledger_entries", ["actor", "at"], unique=False)
    op.create_index("ix_ledger_entries_at", "ledger_entries", ["at"], unique=False)
    op.create_index("ix_ledger_entries_case_at", "ledger_entries", ["case", "at"], unique=False)
    op.create_index("ix_ledger_entries_subject_at", "ledger_entries", ["subject", "at"], unique=False)


def _ledger_heads() -> None:
    op.create_table(
        "ledger_heads",
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_ledger_heads")),
    )


def _outside_words() -> None:
    op.create_table(
        "outside_words",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", name=op.f("pk_outside_words")),
    )


def _places() -> None:
    op.create_table(
        "places",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("sort", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("short", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("opened", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("closed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_because", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["places.id"], name=op.f("fk_places_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_places")),
        sa.UniqueConstraint("parent_id", "name", name=op.f("uq_places_parent_id_name")),
        sa.UniqueConstraint("path", name=op.f("uq_places_path")),
        sa.UniqueConstraint("short", name=op.f("uq_places_short")),
    )
    op.create_index(op.f("ix_places_line"), "places", ["line"], unique=False)
    op.create_index(op.f("ix_places_parent_id"), "places", ["parent_id"], unique=False)


def _rounds() -> None:
    op.create_table(
        "rounds",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_rounds")),
    )


def _sign_in_failures() -> None:
    op.create_table(
        "sign_in_failures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failures")),
    )
    op.create_index("ix_sign_in_failures_door_at", "sign_in_failures", ["door", "at"], unique=False)
    op.create_index("ix_sign_in_failures_name_at", "sign_in_failures", ["name", "at"], unique=False)


def _timestamps() -> None:
    op.create_table(
        "timestamps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("wanted", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried", sa.DateTime(timezone=True), nullable=True),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=True),
        sa.Column("response", sa.LargeBinary(), nullable=True),
        sa.Column("came", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("signer", sa.String(), nullable=False),
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lists", sa.JSON(), nullable=False),
        sa.Column("revocation", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timestamps")),
        sa.UniqueConstraint(
            "kind", "subject", "authority", "turn", name=op.f("uq_timestamps_kind_subject_authority_turn")
        ),
    )
    op.create_index(op.f("ix_timestamps_digest"), "timestamps", ["digest"], unique=False)
    op.create_index(op.f("ix_timestamps_expires"), "timestamps", ["expires"], unique=False)
    op.create_index(op.f("ix_timestamps_state"), "timestamps", ["state"], unique=False)


def _tombstones() -> None:
    op.create_table(
        "tombstones",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("order_number", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("destroyed", sa.JSON(), nullable=False),
        sa.Column("kept", sa.JSON(), nullable=True),
        sa.Column("line", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_tombstones")),
        sa.UniqueConstraint("id", name=op.f("uq_tombstones_id")),
    )
    op.create_index(op.f("ix_tombstones_case_id"), "tombstones", ["case_id"], unique=False)
    op.create_index(op.f("ix_tombstones_order_id"), "tombstones", ["order_id"], unique=False)


def _tree_ends() -> None:
    op.create_table(
        "tree_ends",
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_tree_ends")),
    )


def _tree_runs() -> None:
    op.create_table(
        "tree_runs",
        sa.Column("first", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chain", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("first", name=op.f("pk_tree_runs")),
        sa.UniqueConstraint("chain", "position", name=op.f("uq_tree_runs_chain_position")),
        sqlite_with_rowid=False,
    )


def _tree_tiles() -> None:
    op.create_table(
        "tree_tiles",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name=op.f("pk_tree_tiles")),
    )


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("display", sa.String(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("password", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("name", name=op.f("uq_users_name")),
    )


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("sensitivity", sa.Integer(), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("opened", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("closed", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["opened_by"], ["users.id"], name=op.f("fk_cases_opened_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )


def _cosignatures() -> None:
    op.create_table(
        "cosignatures",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("witness", sa.String(), nullable=False),
        sa.Column("unix_time", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["size"], ["checkpoints.size"], name=op.f("fk_cosignatures_size")),
        sa.PrimaryKeyConstraint("size", "digest", name=op.f("pk_cosignatures")),
    )


def _seal_series() -> None:
    op.create_table(
        "seal_series",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("issued_to", sa.String(), nullable=False),
        sa.Column("issued_to_id", sa.Uuid(), nullable=True),
        sa.Column("issued", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["issued_to_id"], ["users.id"], name=op.f("fk_seal_series_issued_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_series")),
    )
    op.create_index(op.f("ix_seal_series_prefix"), "seal_series", ["prefix"], unique=False)


def _searches() -> None:
    op.create_table(
        "searches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("rights", sa.String(), nullable=False),
        sa.Column("complete_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pending", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("found", sa.String(), nullable=False),
        sa.Column("hits", sa.String(), nullable=False),
        sa.Column("shown", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_searches_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_searches")),
    )
    op.create_index(op.f("ix_searches_user_id_searches_at"), "searches", ["user_id", "at"], unique=False)


def _shelf_audits() -> None:
    op.create_table(
        "shelf_audits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=True),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("random_size", sa.Integer(), nullable=False),
        sa.Column("risk_size", sa.Integer(), nullable=False),
        sa.Column("population", sa.Text(), nullable=False),
        sa.Column("population_size", sa.Integer(), nullable=False),
        sa.Column("population_sha256", sa.String(), nullable=False),
        sa.Column("drawn", sa.DateTime(timezone=True), nullable=False),
        sa.Column("auditor", sa.String(), nullable=False),
        sa.Column("auditor_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("closed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("summary", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["auditor_id"], ["users.id"], name=op.f("fk_shelf_audits_auditor_id")),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_shelf_audits_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shelf_audits")),
        sa.UniqueConstraint("year", "ordinal", name=op.f("uq_shelf_audits_year_ordinal")),
    )


def _sign_ins() -> None:
    op.create_table(
        "sign_ins",
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("opened", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id")),
        sa.PrimaryKeyConstraint("secret", name=op.f("pk_sign_ins")),
    )
    op.create_index(op.f("ix_sign_ins_user_id"), "sign_ins", ["user_id"], unique=False)


def _tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("issued", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_tokens_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("secret", name=op.f("uq_tokens_secret")),
    )
    op.create_index(op.f("ix_tokens_user_id"), "tokens", ["user_id"], unique=False)


def _approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("proposed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_approvals_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index(op.f("ix_approvals_case_id_approvals_state"), "approvals", ["case_id", "state"], unique=False)
    op.create_index(
        op.f("ix_approvals_kind_approvals_subject_approvals_state"),
        "approvals",
        ["kind", "subject", "state"],
        unique=False,
    )


def _case_keys() -> None:
    op.create_table(
        "case_keys",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("master", sa.String(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_keys_case_id")),
        sa.PrimaryKeyConstraint("case_id", "version", name=op.f("pk_case_keys")),
    )


def _data_orders() -> None:
    op.create_table(
        "data_orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("law", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("validated_by", sa.String(), nullable=False),
        sa.Column("addressee", sa.String(), nullable=False),
        sa.Column("representative", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("emergency", sa.String(), nullable=False),
        sa.Column("issued", sa.DateTime(timezone=True), nullable=False),
        sa.Column("follows_id", sa.Uuid(), nullable=True),
        sa.Column("received", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmation", sa.String(), nullable=False),
        sa.Column("extended", sa.String(), nullable=False),
        sa.Column("own_deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("own_because", sa.String(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_because", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ended_because", sa.String(), nullable=False),
        sa.Column("recorded", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_data_orders_case_id")),
        sa.ForeignKeyConstraint(["follows_id"], ["data_orders.id"], name=op.f("fk_data_orders_follows_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_orders")),
    )
    op.create_index(op.f("ix_data_orders_case_id"), "data_orders", ["case_id"], unique=False)
    op.create_index(op.f("ix_data_orders_due"), "data_orders", ["due"], unique=False)
    op.create_index(op.f("ix_data_orders_follows_id"), "data_orders", ["follows_id"], unique=False)


def _ending_orders() -> None:
    op.create_table(
        "ending_orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("court", sa.String(), nullable=False),
        sa.Column("dated", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("things", sa.JSON(), nullable=False),
        sa.Column("appeal_ends", sa.DateTime(timezone=True), nullable=True),
        sa.Column("keep_hashes", sa.Boolean(), nullable=False),
        sa.Column("shared", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("sensitivity", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("registered", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by", sa.String(), nullable=False),
        sa.Column("registered_by_id", sa.Uuid(), nullable=False),
        sa.Column("began", sa.DateTime(timezone=True), nullable=True),
        sa.Column("began_by", sa.String(), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("copies_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("master", sa.String(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_ending_orders_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ending_orders")),
    )
    op.create_index(op.f("ix_ending_orders_case_id"), "ending_orders", ["case_id"], unique=False)


def _exhibits() -> None:
    op.create_table(
        "exhibits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("place_found", sa.String(), nullable=False),
        sa.Column("spot", sa.String(), nullable=False),
        sa.Column("found_by", sa.String(), nullable=False),
        sa.Column("seized_from", sa.String(), nullable=False),
        sa.Column("seized_as_written", sa.String(), nullable=False),
        sa.Column("seized_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("officer", sa.String(), nullable=False),
        sa.Column("sensitivity", sa.Integer(), nullable=False),
        sa.Column("handling", sa.String(), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("custodian", sa.String(), nullable=False),
        sa.Column("custodian_id", sa.Uuid(), nullable=True),
        sa.Column("offered_to", sa.String(), nullable=False),
        sa.Column("offered_to_id", sa.Uuid(), nullable=True),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=True),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("quantity", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("packaging", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("registered", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_exhibits_case_id")),
        sa.ForeignKeyConstraint(["custodian_id"], ["users.id"], name=op.f("fk_exhibits_custodian_id")),
        sa.ForeignKeyConstraint(["offered_to_id"], ["users.id"], name=op.f("fk_exhibits_offered_to_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["exhibits.id"], name=op.f("fk_exhibits_parent_id")),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_exhibits_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exhibits")),
        sa.UniqueConstraint("case_id", "reference", name=op.f("uq_exhibits_case_id_reference")),
    )
    op.create_index(op.f("ix_exhibits_case_id"), "exhibits", ["case_id"], unique=False)
    op.create_index(op.f("ix_exhibits_custodian_id"), "exhibits", ["custodian_id"], unique=False)
    op.create_index(op.f("ix_exhibits_offered_to_id"), "exhibits", ["offered_to_id"], unique=False)
    op.create_index(op.f("ix_exhibits_parent_id"), "exhibits", ["parent_id"], unique=False)
    op.create_index(op.f("ix_exhibits_place_id"), "exhibits", ["place_id"], unique=False)


def _exports() -> None:
    op.create_table(
        "exports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("dossier", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_name", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("substance", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("digests", sa.JSON(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_exports_asked_by")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_exports_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
        sa.UniqueConstraint("case_id", "dossier", "version", name=op.f("uq_exports_case_id_dossier_version")),
    )
    op.create_index(op.f("ix_exports_case_id"), "exports", ["case_id"], unique=False)


def _kits() -> None:
    op.create_table(
        "kits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("issued_to", sa.String(), nullable=False),
        sa.Column("issued_to_id", sa.Uuid(), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("seal_series_id", sa.Uuid(), nullable=True),
        sa.Column("seal_first", sa.Integer(), nullable=False),
        sa.Column("seal_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_kits_case_id")),
        sa.ForeignKeyConstraint(["issued_to_id"], ["users.id"], name=op.f("fk_kits_issued_to_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_kits_made_by_id")),
        sa.ForeignKeyConstraint(["seal_series_id"], ["seal_series.id"], name=op.f("fk_kits_seal_series_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kits")),
        sa.UniqueConstraint("code", name=op.f("uq_kits_code")),
    )
    op.create_index(op.f("ix_kits_case_id"), "kits", ["case_id"], unique=False)
    op.create_index(op.f("ix_kits_issued_to_id"), "kits", ["issued_to_id"], unique=False)


def _memberships() -> None:
    op.create_table(
        "memberships",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("duty", sa.String(), nullable=False),
        sa.Column("clearance", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_memberships_case_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("case_id", "user_id", name=op.f("uq_memberships_case_id_user_id")),
    )
    op.create_index(op.f("ix_memberships_case_id"), "memberships", ["case_id"], unique=False)
    op.create_index(op.f("ix_memberships_user_id"), "memberships", ["user_id"], unique=False)


def _persons() -> None:
    op.create_table(
        "persons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("pseudonym", sa.String(), nullable=False),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("entered", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_persons_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
        sa.UniqueConstraint("case_id", "pseudonym", name=op.f("uq_persons_case_id_pseudonym")),
    )
    op.create_index(op.f("ix_persons_case_id"), "persons", ["case_id"], unique=False)


def _restrictions() -> None:
    op.create_table(
        "restrictions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("order_number", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("before", sa.Boolean(), nullable=False),
        sa.Column("lifted", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=False),
        sa.Column("lifted_because", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_restrictions_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restrictions")),
    )
    op.create_index(op.f("ix_restrictions_case_id"), "restrictions", ["case_id"], unique=False)
    op.create_index(op.f("ix_restrictions_subject"), "restrictions", ["subject"], unique=False)


def _approval_decisions() -> None:
    op.create_table(
        "approval_decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("grants", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["approvals.id"], name=op.f("fk_approval_decisions_proposal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_decisions")),
        sa.UniqueConstraint("proposal_id", "by_id", name=op.f("uq_approval_decisions_proposal_id_by_id")),
    )
    op.create_index(op.f("ix_approval_decisions_proposal_id"), "approval_decisions", ["proposal_id"], unique=False)


def _attestations() -> None:
    op.create_table(
        "attestations",
        sa.Column("export_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("ends", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["export_id"], ["exports.id"], name=op.f("fk_attestations_export_id")),
        sa.PrimaryKeyConstraint("export_id", name=op.f("pk_attestations")),
    )


def _audit_findings() -> None:
    op.create_table(
        "audit_findings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("audit_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("exhibit_id", sa.Uuid(), nullable=True),
        sa.Column("place_id", sa.Uuid(), nullable=True),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned", sa.String(), nullable=False),
        sa.Column("assigned_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("closed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.Column("repeats", sa.Uuid(), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["assigned_id"], ["users.id"], name=op.f("fk_audit_findings_assigned_id")),
        sa.ForeignKeyConstraint(["audit_id"], ["shelf_audits.id"], name=op.f("fk_audit_findings_audit_id")),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibits.id"], name=op.f("fk_audit_findings_exhibit_id")),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_audit_findings_place_id")),
        sa.ForeignKeyConstraint(["repeats"], ["audit_findings.id"], name=op.f("fk_audit_findings_repeats")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_findings")),
        sa.UniqueConstraint("audit_id", "ordinal", name=op.f("uq_audit_findings_audit_id_ordinal")),
    )
    op.create_index(op.f("ix_audit_findings_assigned_id"), "audit_findings", ["assigned_id"], unique=False)
    op.create_index(
        op.f("ix_audit_findings_kind_audit_findings_exhibit_id"), "audit_findings", ["kind", "exhibit_id"], unique=False
    )
    op.create_index(
        op.f("ix_audit_findings_kind_audit_findings_place_id"), "audit_findings", ["kind", "place_id"], unique=False
    )
    op.create_index(
        op.f("ix_audit_findings_state_audit_findings_deadline"), "audit_findings", ["state", "deadline"], unique=False
    )


def _audit_items() -> None:
    op.create_table(
        "audit_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("audit_id", sa.Uuid(), nullable=False),
        sa.Column("exhibit_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("sample", sa.String(), nullable=False),
        sa.Column("risks", sa.JSON(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=True),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("custody", sa.String(), nullable=False),
        sa.Column("custodian", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("found_place", sa.String(), nullable=False),
        sa.Column("found_seal", sa.String(), nullable=False),
        sa.Column("checked", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["audit_id"], ["shelf_audits.id"], name=op.f("fk_audit_items_audit_id")),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibits.id"], name=op.f("fk_audit_items_exhibit_id")),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_audit_items_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_items")),
        sa.UniqueConstraint("audit_id", "exhibit_id", name=op.f("uq_audit_items_audit_id_exhibit_id")),
    )
    op.create_index(op.f("ix_audit_items_audit_id"), "audit_items", ["audit_id"], unique=False)
    op.create_index(op.f("ix_audit_items_exhibit_id"), "audit_items", ["exhibit_id"], unique=False)


def _authorities() -> None:
    op.create_table(
        "authorities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("exhibit_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=True),
        sa.Column("out_of_scope", sa.String(), nullable=False),
        sa.Column("added", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibits.id"], name=op.f("fk_authorities_exhibit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorities")),
    )
    op.create_index(op.f("ix_authorities_exhibit_id"), "authorities", ["exhibit_id"], unique=False)


def _custody_orders() -> None:
    op.create_table(
        "custody_orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("exhibit_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("court", sa.String(), nullable=False),
        sa.Column("appeal_ends", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entered", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_custody_orders_case_id")),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibits.id"], name=op.f("fk_custody_orders_exhibit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_orders")),
    )
    op.create_index(
        op.f("ix_custody_orders_case_id_custody_orders_appeal_ends"),
        "custody_orders",
        ["case_id", "appeal_ends"],
        unique=False,
    )
    op.create_index(
        op.f("ix_custody_orders_exhibit_id_custody_orders_ended"),
        "custody_orders",
        ["exhibit_id", "ended"],
        unique=False,
    )


def _data_answers() -> None:
    op.create_table(
        "data_answers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("answered", sa.DateTime(timezone=True), nullable=False),
        sa.Column("struck_because", sa.String(), nullable=False),
        sa.Column("recorded", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["data_orders.id"], name=op.f("fk_data_answers_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_answers")),
    )
    op.create_index(op.f("ix_data_answers_order_id"), "data_answers", ["order_id"], unique=False)


def _dossier_exhibits() -> None:
    op.create_table(
        "dossier_exhibits",
        sa.Column("exhibit_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_dossier_exhibits_case_id")),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibits.id"], name=op.f("fk_dossier_exhibits_exhibit_id")),
        sa.PrimaryKeyConstraint("exhibit_id", name=op.f("pk_dossier_exhibits")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_dossier_exhibits_case_id_number")),
    )


def _dossier_pages() -> None:
    op.create_table(
        "dossier_pages",
        sa.Column("export_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["export_id"], ["exports.id"], name=op.f("fk_dossier_pages_export_id")),
        sa.PrimaryKeyConstraint("export_id", "number", name=op.f("pk_dossier_pages")),
        sa.UniqueConstraint("export_id", "part", "page", name=op.f("uq_dossier_pages_export_id_part_page")),
    )


def _ending_notices() -> None:
    op.create_table(
        "ending_notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by", sa.String(), nullable=False),
        sa.Column("confirmed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["ending_orders.id"], name=op.f("fk_ending_notices_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ending_notices")),
    )
    op.create_index(op.f("ix_ending_notices_order_id"), "ending_notices", ["order_id"], unique=False)


def _ending_obstacles() -> None:
    op.create_table(
        "ending_obstacles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("raised", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_by", sa.String(), nullable=False),
        sa.Column("resolved", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(), nullable=False),
        sa.Column("resolution", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["ending_orders.id"], name=op.f("fk_ending_obstacles_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ending_obstacles")),
    )
    op.create_index(op.f("ix_ending_obstacles_order_id"), "ending_obstacles", ["order_id"], unique=False)


def _ending_steps() -> None:
    op.create_table(
        "ending_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("done", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["ending_orders.id"], name=op.f("fk_ending_steps_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ending_steps")),
        sa.UniqueConstraint("order_id", "ordinal", name=op.f("uq_ending_steps_order_id_ordinal")),
    )


def _exhibit_numbers() -> None:
    op.create_table(
        "exhibit_numbers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("exhibit_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("scheme", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibits.id"], name=op.f("fk_exhibit_numbers_exhibit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exhibit_numbers")),
        sa.UniqueConstraint(
            "exhibit_id", "scheme", "value", "issuer", name=op.f("uq_exhibit_numbers_exhibit_id_scheme_value_issuer")
        ),
    )
    op.create_index(op.f("ix_exhibit_numbers_exhibit_id"), "exhibit_numbers", ["exhibit_id"], unique=False)
    op.create_index(op.f("ix_exhibit_numbers_value"), "exhibit_numbers", ["value"], unique=False)


def _files() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("exhibit_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_salt", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("sha512", sa.String(), nullable=False),
        sa.Column("sealed_sha256", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("blob", sa.String(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("method", sa.JSON(), nullable=False),
        sa.Column("sensitivity", sa.Integer(), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_because", sa.String(), nullable=False),
        sa.Column("reading", sa.String(), nullable=False),
        sa.Column("reading_because", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("dated", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed_facts", sa.LargeBinary(), nullable=True),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_files_case_id")),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibits.id"], name=op.f("fk_files_exhibit_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["files.id"], name=op.f("fk_files_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
        sa.UniqueConstraint("blob", name=op.f("uq_files_blob")),
    )
    op.create_index(op.f("ix_files_case_id_files_received"), "files", ["case_id", "received"], unique=False)
    op.create_index(op.f("ix_files_exhibit_id_files_received"), "files", ["exhibit_id", "received"], unique=False)
    op.create_index(op.f("ix_files_parent_id"), "files", ["parent_id"], unique=False)
    op.create_index(op.f("ix_files_sha256"), "files", ["sha256"], unique=False)


def _incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("exhibit_id", sa.Uuid(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("opened", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("closed", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_incidents_case_id")),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibits.id"], name=op.f("fk_incidents_exhibit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
        sa.UniqueConstraint("year", "ordinal", name=op.f("uq_incidents_year_ordinal")),
    )
    op.create_index(op.f("ix_incidents_case_id_incidents_state"), "incidents", ["case_id", "state"], unique=False)
    op.create_index(op.f("ix_incidents_exhibit_id"), "incidents", ["exhibit_id"], unique=False)
    op.create_index(op.f("ix_incidents_file_id"), "incidents", ["file_id"], unique=False)


def _intake_batches() -> None:
    op.create_table(
        "intake_batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("exhibit_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("announced", sa.DateTime(timezone=True), nullable=False),
        sa.Column("announced_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_intake_batches_case_id")),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibits.id"], name=op.f("fk_intake_batches_exhibit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_batches")),
    )
    op.create_index(op.f("ix_intake_batches_case_id"), "intake_batches", ["case_id"], unique=False)
    op.create_index(op.f("ix_intake_batches_exhibit_id"), "intake_batches", ["exhibit_id"], unique=False)


def _kit_labels() -> None:
    op.create_table(
        "kit_labels",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kit_id", sa.Uuid(), nullable=False),
        sa.Column("sort", sa.String(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("exhibit_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibits.id"], name=op.f("fk_kit_labels_exhibit_id")),
        sa.ForeignKeyConstraint(["kit_id"], ["kits.id"], name=op.f("fk_kit_labels_kit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_labels")),
        sa.UniqueConstraint("code", name=op.f("uq_kit_labels_code")),
        sa.UniqueConstraint("kit_id", "sort", "ordinal", name=op.f("uq_kit_labels_kit_id_sort_ordinal")),
        sa.UniqueConstraint("number", name=op.f("uq_kit_labels_number")),
    )
    op.create_index(op.f("ix_kit_labels_exhibit_id"), "kit_labels", ["exhibit_id"], unique=False)
    op.create_index(op.f("ix_kit_labels_kit_id"), "kit_labels", ["kit_id"], unique=False)


def _kit_returns() -> None:
    op.create_table(
        "kit_returns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kit_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("clock_ahead", sa.Integer(), nullable=True),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_kit_returns_case_id")),
        sa.ForeignKeyConstraint(["kit_id"], ["kits.id"], name=op.f("fk_kit_returns_kit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_returns")),
        sa.UniqueConstraint("kit_id", "sha256", name=op.f("uq_kit_returns_kit_id_sha256")),
    )
    op.create_index(op.f("ix_kit_returns_case_id"), "kit_returns", ["case_id"], unique=False)
    op.create_index(op.f("ix_kit_returns_kit_id"), "kit_returns", ["kit_id"], unique=False)


def _name_forms() -> None:
    op.create_table(
        "name_forms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("script", sa.String(), nullable=False),
        sa.Column("usage", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("entered", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_name_forms_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_name_forms")),
    )
    op.create_index(op.f("ix_name_forms_person_id"), "name_forms", ["person_id"], unique=False)


def _online_items() -> None:
    op.create_table(
        "online_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("exhibit_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("typed", sa.String(), nullable=False),
        sa.Column("final", sa.String(), nullable=False),
        sa.Column("context", sa.String(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("collector", sa.String(), nullable=False),
        sa.Column("tool", sa.String(), nullable=False),
        sa.Column("tool_version", sa.String(), nullable=False),
        sa.Column("collected", sa.DateTime(timezone=True), nullable=False),
        sa.Column("collected_local", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("disclosed", sa.Boolean(), nullable=False),
        sa.Column("replaced_by_id", sa.Uuid(), nullable=True),
        sa.Column("recorded", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibits.id"], name=op.f("fk_online_items_exhibit_id")),
        sa.ForeignKeyConstraint(["replaced_by_id"], ["online_items.id"], name=op.f("fk_online_items_replaced_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_online_items")),
    )
    op.create_index(op.f("ix_online_items_exhibit_id"), "online_items", ["exhibit_id"], unique=False)
    op.create_index(op.f("ix_online_items_replaced_by_id"), "online_items", ["replaced_by_id"], unique=False)


def _person_roles() -> None:
    op.create_table(
        "person_roles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("event", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_person_roles_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_roles")),
    )
    op.create_index(op.f("ix_person_roles_person_id"), "person_roles", ["person_id"], unique=False)


def _retention_events() -> None:
    op.create_table(
        "retention_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("exhibit_id", sa.Uuid(), nullable=True),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("entered", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_retention_events_case_id")),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibits.id"], name=op.f("fk_retention_events_exhibit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_events")),
    )
    op.create_index(op.f("ix_retention_events_case_id"), "retention_events", ["case_id"], unique=False)
    op.create_index(op.f("ix_retention_events_exhibit_id"), "retention_events", ["exhibit_id"], unique=False)


def _retention_proposals() -> None:
    op.create_table(
        "retention_proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("exhibit_id", sa.Uuid(), nullable=False),
        sa.Column("proposal", sa.String(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("decided", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_retention_proposals_case_id")),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibits.id"], name=op.f("fk_retention_proposals_exhibit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_proposals")),
        sa.UniqueConstraint(
            "exhibit_id", "proposal", "due", name=op.f("uq_retention_proposals_exhibit_id_proposal_due")
        ),
    )
    op.create_index(op.f("ix_retention_proposals_case_id"), "retention_proposals", ["case_id"], unique=False)


def _seal_conflicts() -> None:
    op.create_table(
        "seal_conflicts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("exhibit_id", sa.Uuid(), nullable=False),
        sa.Column("first_exhibit_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("found", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_by", sa.String(), nullable=False),
        sa.Column("explanation", sa.String(), nullable=False),
        sa.Column("explained", sa.DateTime(timezone=True), nullable=True),
        sa.Column("explained_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_seal_conflicts_case_id")),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibits.id"], name=op.f("fk_seal_conflicts_exhibit_id")),
        sa.ForeignKeyConstraint(["first_exhibit_id"], ["exhibits.id"], name=op.f("fk_seal_conflicts_first_exhibit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_conflicts")),
    )
    op.create_index(op.f("ix_seal_conflicts_case_id"), "seal_conflicts", ["case_id"], unique=False)
    op.create_index(op.f("ix_seal_conflicts_exhibit_id"), "seal_conflicts", ["exhibit_id"], unique=False)
    op.create_index(op.f("ix_seal_conflicts_number"), "seal_conflicts", ["number"], unique=False)


def _seals() -> None:
    op.create_table(
        "seals",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("written", sa.String(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("fate", sa.String(), nullable=False),
        sa.Column("exhibit_id", sa.Uuid(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibits.id"], name=op.f("fk_seals_exhibit_id")),
        sa.ForeignKeyConstraint(["series_id"], ["seal_series.id"], name=op.f("fk_seals_series_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_seals")),
    )
    op.create_index(op.f("ix_seals_exhibit_id"), "seals", ["exhibit_id"], unique=False)
    op.create_index(op.f("ix_seals_series_id"), "seals", ["series_id"], unique=False)


def _shelved_dossiers() -> None:
    op.create_table(
        "shelved_dossiers",
        sa.Column("export_id", sa.Uuid(), nullable=False),
        sa.Column("blob", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("sha512", sa.String(), nullable=False),
        sa.Column("sealed_sha256", sa.String(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["export_id"], ["exports.id"], name=op.f("fk_shelved_dossiers_export_id")),
        sa.PrimaryKeyConstraint("export_id", name=op.f("pk_shelved_dossiers")),
        sa.UniqueConstraint("blob", name=op.f("uq_shelved_dossiers_blob")),
    )


def _sign_offs() -> None:
    op.create_table(
        "sign_offs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("export_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("substance", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["export_id"], ["exports.id"], name=op.f("fk_sign_offs_export_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_offs_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_offs")),
        sa.UniqueConstraint("export_id", "user_id", name=op.f("uq_sign_offs_export_id_user_id")),
    )
    op.create_index(op.f("ix_sign_offs_export_id"), "sign_offs", ["export_id"], unique=False)


def _statement_requests() -> None:
    op.create_table(
        "statement_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("exhibit_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("weakness", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("asked", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("answered", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_statement_requests_case_id")),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibits.id"], name=op.f("fk_statement_requests_exhibit_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_statement_requests_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_requests")),
    )
    op.create_index(op.f("ix_statement_requests_exhibit_id"), "statement_requests", ["exhibit_id"], unique=False)
    op.create_index(
        op.f("ix_statement_requests_user_id_statement_requests_answered"),
        "statement_requests",
        ["user_id", "answered"],
        unique=False,
    )


def _data_brought() -> None:
    op.create_table(
        "data_brought",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.Column("exhibit_id", sa.Uuid(), nullable=False),
        sa.Column("authority_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["data_answers.id"], name=op.f("fk_data_brought_answer_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["authorities.id"], name=op.f("fk_data_brought_authority_id")),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibits.id"], name=op.f("fk_data_brought_exhibit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_brought")),
        sa.UniqueConstraint("answer_id", "exhibit_id", name=op.f("uq_data_brought_answer_id_exhibit_id")),
    )
    op.create_index(op.f("ix_data_brought_exhibit_id"), "data_brought", ["exhibit_id"], unique=False)


def _data_order_words() -> None:
    op.create_table(
        "data_order_words",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("answer_id", sa.Uuid(), nullable=True),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("entered", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["data_answers.id"], name=op.f("fk_data_order_words_answer_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_data_order_words_case_id")),
        sa.ForeignKeyConstraint(["order_id"], ["data_orders.id"], name=op.f("fk_data_order_words_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_order_words")),
    )
    op.create_index(op.f("ix_data_order_words_answer_id"), "data_order_words", ["answer_id"], unique=False)
    op.create_index(op.f("ix_data_order_words_case_id"), "data_order_words", ["case_id"], unique=False)
    op.create_index(op.f("ix_data_order_words_order_id"), "data_order_words", ["order_id"], unique=False)


def _digests() -> None:
    op.create_table(
        "digests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("algorithm", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("stated_by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=True),
        sa.Column("because", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_digests_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
        sa.UniqueConstraint("file_id", "ordinal", name=op.f("uq_digests_file_id_ordinal")),
    )
    op.create_index(op.f("ix_digests_file_id"), "digests", ["file_id"], unique=False)
    op.create_index(op.f("ix_digests_value"), "digests", ["value"], unique=False)


def _dossier_files() -> None:
    op.create_table(
        "dossier_files",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("exhibit_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibits.id"], name=op.f("fk_dossier_files_exhibit_id")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_dossier_files_file_id")),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_dossier_files")),
        sa.UniqueConstraint("exhibit_id", "number", name=op.f("uq_dossier_files_exhibit_id_number")),
    )


def _export_doubts() -> None:
    op.create_table(
        "export_doubts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("export_id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("exhibit_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibits.id"], name=op.f("fk_export_doubts_exhibit_id")),
        sa.ForeignKeyConstraint(["export_id"], ["exports.id"], name=op.f("fk_export_doubts_export_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_export_doubts_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_doubts")),
        sa.UniqueConstraint("export_id", "incident_id", name=op.f("uq_export_doubts_export_id_incident_id")),
    )
    op.create_index(op.f("ix_export_doubts_incident_id"), "export_doubts", ["incident_id"], unique=False)


def _incident_statements() -> None:
    op.create_table(
        "incident_statements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_incident_statements_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_statements")),
        sa.UniqueConstraint("incident_id", "ordinal", name=op.f("uq_incident_statements_incident_id_ordinal")),
    )


def _intake_items() -> None:
    op.create_table(
        "intake_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("exhibit_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_salt", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("stated_sha256", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["intake_batches.id"], name=op.f("fk_intake_items_batch_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_intake_items_case_id")),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibits.id"], name=op.f("fk_intake_items_exhibit_id")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_intake_items_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_items")),
        sa.UniqueConstraint("batch_id", "number", name=op.f("uq_intake_items_batch_id_number")),
        sa.UniqueConstraint("file_id", name=op.f("uq_intake_items_file_id")),
    )
    op.create_index(
        op.f("ix_intake_items_case_id_intake_items_state"), "intake_items", ["case_id", "state"], unique=False
    )
    op.create_index(op.f("ix_intake_items_exhibit_id"), "intake_items", ["exhibit_id"], unique=False)


def _kit_entries() -> None:
    op.create_table(
        "kit_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("return_id", sa.Uuid(), nullable=False),
        sa.Column("kit_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("exhibit_id", sa.Uuid(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("resolved", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(), nullable=False),
        sa.Column("resolution", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_kit_entries_case_id")),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibits.id"], name=op.f("fk_kit_entries_exhibit_id")),
        sa.ForeignKeyConstraint(["kit_id"], ["kits.id"], name=op.f("fk_kit_entries_kit_id")),
        sa.ForeignKeyConstraint(["return_id"], ["kit_returns.id"], name=op.f("fk_kit_entries_return_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_entries")),
        sa.UniqueConstraint("return_id", "line", name=op.f("uq_kit_entries_return_id_line")),
    )
    op.create_index(op.f("ix_kit_entries_case_id"), "kit_entries", ["case_id"], unique=False)
    op.create_index(op.f("ix_kit_entries_exhibit_id"), "kit_entries", ["exhibit_id"], unique=False)
    op.create_index(op.f("ix_kit_entries_kit_id_kit_entries_uid"), "kit_entries", ["kit_id", "uid"], unique=False)
    op.create_index(op.f("ix_kit_entries_return_id"), "kit_entries", ["return_id"], unique=False)
    op.create_index(op.f("ix_kit_entries_state"), "kit_entries", ["state"], unique=False)


def _online_parts() -> None:
    op.create_table(
        "online_parts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_online_parts_file_id")),
        sa.ForeignKeyConstraint(["item_id"], ["online_items.id"], name=op.f("fk_online_parts_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_online_parts")),
        sa.UniqueConstraint("item_id", "file_id", name=op.f("uq_online_parts_item_id_file_id")),
    )
    op.create_index(op.f("ix_online_parts_file_id"), "online_parts", ["file_id"], unique=False)


def _online_reasons() -> None:
    op.create_table(
        "online_reasons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("entered", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["online_items.id"], name=op.f("fk_online_reasons_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_online_reasons")),
        sa.UniqueConstraint("item_id", "element", name=op.f("uq_online_reasons_item_id_element")),
    )


def _passages() -> None:
    op.create_table(
        "passages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_passages_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passages")),
        sa.UniqueConstraint("file_id", "ordinal", name=op.f("uq_passages_file_id_ordinal")),
    )


def _photographs() -> None:
    op.create_table(
        "photographs",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("exhibit_id", sa.Uuid(), nullable=False),
        sa.Column("shows", sa.String(), nullable=False),
        sa.Column("marked", sa.DateTime(timezone=True), nullable=False),
        sa.Column("marked_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibits.id"], name=op.f("fk_photographs_exhibit_id")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_photographs_file_id")),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_photographs")),
    )
    op.create_index(op.f("ix_photographs_exhibit_id"), "photographs", ["exhibit_id"], unique=False)


def _selectors() -> None:
    op.create_table(
        "selectors",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("pinpoint", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("as_written", sa.Text(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_selectors_case_id")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_selectors_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selectors")),
    )
    op.create_index(op.f("ix_selectors_case_id"), "selectors", ["case_id"], unique=False)
    op.create_index(op.f("ix_selectors_file_id_selectors_ordinal"), "selectors", ["file_id", "ordinal"], unique=False)
    op.create_index(
        op.f("ix_selectors_kind_selectors_value_selectors_case_id"),
        "selectors",
        ["kind", "value", "case_id"],
        unique=False,
    )


def _statement_layouts() -> None:
    op.create_table(
        "statement_layouts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_statement_layouts_case_id")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_statement_layouts_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_layouts")),
    )
    op.create_index(
        op.f("ix_statement_layouts_file_id_statement_layouts_state"),
        "statement_layouts",
        ["file_id", "state"],
        unique=False,
    )


def _statements() -> None:
    op.create_table(
        "statements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("reading", sa.String(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("opening", sa.String(), nullable=True),
        sa.Column("closing", sa.String(), nullable=True),
        sa.Column("computed", sa.String(), nullable=True),
        sa.Column("difference", sa.String(), nullable=True),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("broken", sa.Integer(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("pinpoint", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("taken", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by", sa.String(), nullable=False),
        sa.Column("confirmed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_statements_case_id")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_statements_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
    )
    op.create_index(op.f("ix_statements_case_id_statements_state"), "statements", ["case_id", "state"], unique=False)
    op.create_index(op.f("ix_statements_file_id_statements_state"), "statements", ["file_id", "state"], unique=False)


def _makings() -> None:
    op.create_table(
        "makings",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=False),
        sa.Column("method", sa.JSON(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["intake_items.id"], name=op.f("fk_makings_item_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["files.id"], name=op.f("fk_makings_parent_id")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_makings")),
    )
    op.create_index(op.f("ix_makings_parent_id"), "makings", ["parent_id"], unique=False)


def _transactions() -> None:
    op.create_table(
        "transactions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("booked", sa.Date(), nullable=True),
        sa.Column("value_date", sa.Date(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("amount", sa.String(), nullable=True),
        sa.Column("amount_order", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("reversal", sa.Boolean(), nullable=False),
        sa.Column("part_of", sa.Integer(), nullable=True),
        sa.Column("balance", sa.String(), nullable=True),
        sa.Column("counterparty_account", sa.Text(), nullable=False),
        sa.Column("counterparty_mark", sa.String(), nullable=False),
        sa.Column("pinpoint", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_transactions_case_id")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_transactions_file_id")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_transactions_statement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transactions")),
    )
    op.create_index(
        op.f("ix_transactions_case_id_transactions_counterparty_account"),
        "transactions",
        ["case_id", "counterparty_account"],
        unique=False,
    )
    op.create_index(
        op.f("ix_transactions_case_id_transactions_counterparty_mark"),
        "transactions",
        ["case_id", "counterparty_mark"],
        unique=False,
    )
    op.create_index(op.f("ix_transactions_case_id_transactions_day"), "transactions", ["case_id", "day"], unique=False)
    op.create_index(op.f("ix_transactions_file_id"), "transactions", ["file_id"], unique=False)
    op.create_index(
        op.f("ix_transactions_statement_id_transactions_number"),
        "transactions",
        ["statement_id", "number"],
        unique=False,
    )


def _uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("exhibit_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("part_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("stated_by", sa.String(), nullable=False),
        sa.Column("also_stated", sa.JSON(), nullable=False),
        sa.Column("sheet_key", sa.String(), nullable=False),
        sa.Column("part_hashes", sa.LargeBinary(), nullable=True),
        sa.Column("has_sheet", sa.Boolean(), nullable=False),
        sa.Column("metadata_as_sent", sa.String(), nullable=False),
        sa.Column("joined_of", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("held_bytes", sa.BigInteger(), nullable=False),
        sa.Column("held_parts", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("senders", sa.JSON(), nullable=False),
        sa.Column("begun", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_by", sa.String(), nullable=False),
        sa.Column("last_by", sa.String(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("purged", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_uploads_case_id")),
        sa.ForeignKeyConstraint(["exhibit_id"], ["exhibits.id"], name=op.f("fk_uploads_exhibit_id")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_uploads_file_id")),
        sa.ForeignKeyConstraint(["item_id"], ["intake_items.id"], name=op.f("fk_uploads_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index(op.f("ix_uploads_case_id"), "uploads", ["case_id"], unique=False)
    op.create_index(op.f("ix_uploads_exhibit_id_uploads_begun"), "uploads", ["exhibit_id", "begun"], unique=False)
    op.create_index(op.f("ix_uploads_item_id"), "uploads", ["item_id"], unique=False)
    op.create_index(op.f("ix_uploads_state_uploads_expires"), "uploads", ["state", "expires"], unique=False)


def _upload_parts() -> None:
    op.create_table(
        "upload_parts",
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("sha512", sa.String(), nullable=False),
        sa.Column("blob", sa.String(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["upload_id"], ["uploads.id"], name=op.f("fk_upload_parts_upload_id")),
        sa.PrimaryKeyConstraint("upload_id", "start", name=op.f("pk_upload_parts")),
    )
    op.create_index(op.f("ix_upload_parts_blob"), "upload_parts", ["blob"], unique=False)


_TABLES = (
    _blob_checks,
    _checkpoints,
    _counters,
    _jobs,
    _ledger_entries,
    _ledger_heads,
    _outside_words,
    _places,
    _rounds,
    _sign_in_failures,
    _timestamps,
    _tombstones,
    _tree_ends,
    _tree_runs,
    _tree_tiles,
    _users,
    _cases,
    _cosignatures,
    _seal_series,
    _searches,
    _shelf_audits,
    _sign_ins,
    _tokens,
    _approvals,
    _case_keys,
    _data_orders,
    _ending_orders,
    _exhibits,
    _exports,
    _kits,
    _memberships,
    _persons,
    _restrictions,
    _approval_decisions,
    _attestations,
    _audit_findings,
    _audit_items,
    _authorities,
    _custody_orders,
    _data_answers,
    _dossier_exhibits,
    _dossier_pages,
    _ending_notices,
    _ending_obstacles,
    _ending_steps,
    _exhibit_numbers,
    _files,
    _incidents,
    _intake_batches,
    _kit_labels,
    _kit_returns,
    _name_forms,
    _online_items,
    _person_roles,
    _retention_events,
    _retention_proposals,
    _seal_conflicts,
    _seals,
    _shelved_dossiers,
    _sign_offs,
    _statement_requests,
    _data_brought,
    _data_order_words,
    _digests,
    _dossier_files,
    _export_doubts,
    _incident_statements,
    _intake_items,
    _kit_entries,
    _online_parts,
    _online_reasons,
    _passages,
    _photographs,
    _selectors,
    _statement_layouts,
    _statements,
    _makings,
    _transactions,
    _uploads,
    _upload_parts,
)
