"""Makers of one valid thing each, for tests that need a house to stand in."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from cases import access
from cases.access import Duty
from cases.docket import Case
from cases.handling import Sensitivity
from core import accounts, db, jobs
from core.accounts import Actor, Role
from core.config import Config
from core.db import Base
from core.ledger import guards
from tests import databases

PASSWORD = "a long enough password"
TRIGGERS = guards.BY_DIALECT
PROMISES = jobs.Job  # its table is among those that every house has


@dataclass
class House:
    """A database with its tables, and people and cases made in it on demand."""

    engine: Engine
    sessions: sessionmaker[Session]
    made: dict[str, Actor] = field(default_factory=dict)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """All or nothing, as at the door."""
        with self.sessions.begin() as session:
            yield session

    def actor(self, name: str, *roles: Role, purpose: str = "investigation") -> Actor:
        """A person of that name with these roles (investigator when none are given), acting for a purpose."""
        if name not in self.made:
            with self.transaction() as session:
                user = accounts.add(session, name, roles or (Role.INVESTIGATOR,), PASSWORD)
                self.made[name] = user.actor("test")
        return self.made[name].for_purpose(purpose)

    def case(self, lead: Actor, title: str = "Sealed truck at the border", *, restricted: bool = False) -> Case:
        """A case that this person leads."""
        with self.transaction() as session:
            return access.open_case(session, lead, title, restricted=restricted)

    def admit(
        self, lead: Actor, case: Case, member: Actor, duty: Duty, clearance: Sensitivity = Sensitivity.C2
    ) -> None:
        """Make somebody a member."""
        with self.transaction() as session:
            user = session.get_one(accounts.User, member.id)
            access.admit(session, lead, case, user, duty, clearance)


def _tables(engine: Engine) -> None:
    Base.metadata.create_all(engine)


def house(url: str) -> House:
    """A house on an empty database."""
    engine = db.connect(url)
    databases.furnish(engine, _tables)
    return House(engine, db.sessions(engine))


def config(folder: Path, **environ: str) -> Config:
    """The settings of a deployment in this folder."""
    return Config.load(folder, {f"PROBANDA_{name.upper()}": value for name, value in environ.items()})


def environment(**more: str) -> dict[str, str]:
    """The environment of a program that a test runs: only what it needs, and nothing that a user has set."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV") if name in os.environ}
    return kept | more
