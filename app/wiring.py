"""What the house runs on, built once, and the only door to a transaction."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Final

from flask import current_app
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError

from core import db
from core.config import Config
from core.errors import Unavailable
from core.ledger import guards
from core.ledger.entries import Overtaken
from evidence.keyring import Keyring
from evidence.vault import Vault
from search.engines.opening import open_engine
from search.engines.protocol import Index

EXTENSION: Final = "probanda"
# Named here so that no linter takes the import away: it puts the triggers on the ledger's table.
TRIGGERS: Final = guards.BY_DIALECT


class DatabaseAway(Unavailable):
    """The database cannot be reached or has no room; nothing of this act was kept, and it can be tried again."""


@dataclass(frozen=True, slots=True)
class Services:
    """The things that outlive a request: settings, database, keys, vault and index."""

    config: Config
    engine: Engine
    sessions: sessionmaker[Session]
    keyring: Keyring
    vault: Vault
    index: Index


def build(config: Config) -> Services:
    """Build everything from the settings; raises `Unavailable` with what is missing."""
    engine = db.connect(config.database_url)
    keyring = Keyring(config)
    sessions = db.sessions(engine, late_hours=config.late_hours, offer_hours=config.offer_hours)
    return Services(config, engine, sessions, keyring, Vault(config.vault), open_engine(config))


def services() -> Services:
    """What the running application was built on."""
    built: Services = current_app.extensions[EXTENSION]
    return built


@contextmanager
def transaction() -> Iterator[Session]:
    """All or nothing: commits when the block ends, rolls back if it raises."""
    try:
        with services().sessions.begin() as session:
            yield session
    except (IntegrityError, StaleDataError) as clash:
        message = "someone changed this first; look again, nothing of yours was kept"
        raise Overtaken(message) from clash
    except (OperationalError, DBAPIError) as fault:
        message = f"the database did not take this ({type(fault.orig).__name__}); nothing of it was kept, try again"
        raise DatabaseAway(message) from fault


def within(connection: Connection) -> Callable[[], AbstractContextManager[Session]]:
    """Transactions inside one that is open on this connection, for what is proved before that one may end."""
    return sessionmaker(connection, expire_on_commit=False, join_transaction_mode="create_savepoint").begin
