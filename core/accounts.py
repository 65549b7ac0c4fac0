"""Who may come in: users with roles, passwords, sign-ins kept by the server, API tokens, and the frozen `Actor`."""

import hashlib
import re
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Final
from uuid import UUID, uuid4

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import JSON, ForeignKey, Index, delete, func, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from core import clock
from core.db import Base, Moment
from core.errors import Conflict, Forbidden, Invalid, Missing, Unavailable

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}\Z")
SHORTEST = 12
_LONGEST = 1_000
_MOST_FAILURES = 8
_FAILURE_WINDOW = timedelta(minutes=15)
_SIGN_IN_LASTS = timedelta(hours=12)
TOKEN_PREFIX: Final = "probanda_"


class Role(StrEnum):
    """What a person is employed to do; by itself it opens no case (domain.md 7)."""

    INVESTIGATOR = "investigator"
    CUSTODIAN = "custodian"
    EXAMINER = "examiner"
    ANALYST = "analyst"
    PROSECUTOR = "prosecutor"
    SUPERVISOR = "supervisor"
    PROTECTION = "protection"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


# Whoever checks may not be checked by himself (domain.md 7, separation of duties 2 and 5; R-CUS-04).
ALONE: Final = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})


class NoSuchUser(Missing):
    """There is no account of that name."""


class BadAccount(Invalid):
    """An account cannot be made or changed like this."""


class NameTaken(Conflict):
    """There is an account of that name already."""


class NotSignedIn(Forbidden):
    """Nobody is signed in, or the sign-in has ended."""


class TooManyTries(Unavailable):
    """Too many failed sign-ins from one place or for one name; wait before the next."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, through which door and for what purpose; handed to every verb."""

    id: UUID
    name: str
    roles: frozenset[Role]
    door: str
    purpose: str = ""
    scopes: frozenset[str] | None = None

    @property
    def signature(self) -> str:
        """How the ledger names this person: the account's name and its id, which is never reused."""
        return f"{self.name}:{self.id}"

    @property
    def role_words(self) -> str:
        """The roles, sorted, with commas."""
        return ",".join(sorted(self.roles))

    def for_purpose(self, purpose: str) -> "Actor":
        """The same person, acting for a stated purpose."""
        return replace(self, purpose=purpose)

    def holds(self, *roles: Role) -> bool:
        """Whether the person has any of these roles."""
        return not self.roles.isdisjoint(roles)


# The system itself: first accounts, and work that the worker does on a promise that a person's act has made.
HOUSE: Final = Actor(UUID(int=0), "house", frozenset(), "cli")
WORKER: Final = Actor(UUID(int=0), "house", frozenset(), "worker")


class User(Base):
    """One person's account."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(unique=True)
    display: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(JSON)
    password: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    # Raised by every change of role or password; what was issued under an earlier epoch is void.
    epoch: Mapped[int] = mapped_column(default=1)
    created: Mapped[datetime] = mapped_column(Moment, default=clock.now)

    def actor(self, door: str, purpose: str = "", scopes: Iterable[str] | None = None) -> Actor:
        """This person, coming in by a door."""
        held = None if scopes is None else frozenset(scopes)
        return Actor(self.id, self.name, frozenset(Role(one) for one in self.roles), door, purpose, held)


class SignIn(Base):
    """One browser's sign-in, known by the digest of a secret that only the browser holds."""

    __tablename__ = "sign_ins"

    secret: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    epoch: Mapped[int]
    opened: Mapped[datetime] = mapped_column(Moment)
    seen: Mapped[datetime] = mapped_column(Moment)
    door: Mapped[str]
    purpose: Mapped[str] = mapped_column(default="")


class Token(Base):
    """A key for programs: shown once, kept as a digest, limited in scope and time."""

    __tablename__ = "tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    epoch: Mapped[int]
    secret: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(JSON)
    issued: Mapped[datetime] = mapped_column(Moment)
    expires: Mapped[datetime] = mapped_column(Moment)
    revoked: Mapped[datetime | None] = mapped_column(Moment)


class Failure(Base):
    """A sign-in that failed, kept for as long as it counts against the next one."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (
        Index("ix_sign_in_failures_name_at", "name", "at"),
        Index("ix_sign_in_failures_door_at", "door", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str]
    door: Mapped[str]
    at: Mapped[datetime] = mapped_column(Moment)


_hasher = PasswordHasher()


@cache
def _of_nobody() -> str:
    """What is tried when there is no such account, so that the answer takes as long; made when it is first needed."""
    return _hasher.hash(secrets.token_urlsafe(16))


def add(session: Session, name: str, roles: Collection[Role], password: str, *, display: str = "") -> User:
    """Make an account; raises `BadAccount` or `NameTaken` with what to change."""
    if not _NAME.match(name):
        raise _bad("name", "use 1 to 64 of a-z, 0-9, dot, dash and underscore, beginning with a letter or digit")
    if name == HOUSE.name:
        raise _bad("name", "this name is the system's own")
    if session.scalar(select(User.id).where(User.name == name)) is not None:
        message = f"there is an account «{name}» already"
        raise NameTaken(message)
    _check_roles(roles)
    user = User(id=uuid4(), name=name, display=display or name, roles=sorted(roles), password=_hashed(password))
    session.add(user)
    session.flush()
    return user


def named(session: Session, name: str) -> User:
    """The account of that name; raises `NoSuchUser`."""
    user = session.scalar(select(User).where(User.name == name))
    if user is None:
        message = f"there is no account «{name}»"
        raise NoSuchUser(message)
    return user


def everyone(session: Session) -> list[User]:
    """All accounts by name."""
    return list(session.scalars(select(User).order_by(User.name)))


def change_password(session: Session, user: User, password: str) -> None:
    """Set a new password; every sign-in and token of the account ends everywhere."""
    user.password = _hashed(password)
    _void(session, user)


def change_roles(session: Session, user: User, roles: Collection[Role]) -> None:
    """Set other roles; every sign-in and token of the account ends everywhere."""
    _check_roles(roles)
    user.roles = sorted(roles)
    _void(session, user)


def deactivate(session: Session, user: User) -> None:
    """Close an account; it is kept for the ledgers, and everything issued to it ends."""
    user.active = False
    _void(session, user)


def check_password(session: Session, name: str, password: str, door: str) -> User | None:
    """The account, if name and password belong together; nothing otherwise, after the same work.

    Raises `TooManyTries` when the name or the place has failed too often of late.  The failure is recorded in the
    caller's transaction, which must be committed; who tries the same name at that moment waits for it.
    """
    _in_turn(session, name)
    since = clock.now() - _FAILURE_WINDOW
    for column, value in ((Failure.name, name[:64]), (Failure.door, door)):
        tries = select(func.count()).select_from(Failure).where(column == value, Failure.at > since)
        if (session.scalar(tries) or 0) >= _MOST_FAILURES:
            message = "too many failed sign-ins; wait 15 minutes, or ask an administrator"
            raise TooManyTries(message)
    # Asked for every name alike, since it takes long the first time.
    nobody = _of_nobody()
    user = session.scalar(select(User).where(User.name == name, User.active))
    if user is not None and _fits(user.password, password):
        session.execute(delete(Failure).where((Failure.name == name) | (Failure.at < since)))
        return user
    if user is None:
        _fits(nobody, password)
    session.add(Failure(name=name[:64], door=door, at=clock.now()))
    session.flush()
    return None


def _in_turn(session: Session, name: str) -> None:
    """Let tries of one name come one after the other, or many at once would all count the failures of before."""
    if session.get_bind().dialect.name == "postgresql":
        lock = int.from_bytes(hashlib.sha256(f"sign-in/{name}".encode(errors="replace")).digest()[:8], signed=True)
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})


def open_sign_in(session: Session, user: User, door: str) -> str:
    """Begin a sign-in and give the secret that the browser is to keep."""
    secret, at = secrets.token_urlsafe(32), clock.now()
    session.add(SignIn(secret=_digest(secret), user_id=user.id, epoch=user.epoch, opened=at, seen=at, door=door))
    session.flush()
    return secret


def find_sign_in(session: Session, secret: str, idle: timedelta) -> tuple[SignIn, User] | None:
    """The sign-in and its user, if it has not ended by idleness, age, a changed password, role or account."""
    found = session.get(SignIn, _digest(secret))
    if found is None:
        return None
    user, at = session.get_one(User, found.user_id), clock.now()
    stale = at - found.seen > idle or at - found.opened > _SIGN_IN_LASTS
    if stale or not user.active or found.epoch != user.epoch:
        return None
    return found, user


def note_sign_in(session: Session, kept: SignIn, **changed: str | datetime) -> None:
    """Keep when a sign-in was last seen or for what purpose it is; one that was ended meanwhile stays ended."""
    session.execute(update(SignIn).where(SignIn.secret == kept.secret).values(**changed))


def end_sign_in(session: Session, secret: str) -> None:
    """End one sign-in."""
    session.execute(delete(SignIn).where(SignIn.secret == _digest(secret)))


def issue_token(
    session: Session, user: User, label: str, scopes: Collection[str], lasts: timedelta
) -> tuple[Token, str]:
    """Make an API token and give it with the text that is shown this once."""
    text, at = TOKEN_PREFIX + secrets.token_urlsafe(32), clock.now()
    token = Token(
        id=uuid4(), user_id=user.id, epoch=user.epoch, secret=_digest(text), label=label[:200],
        scopes=sorted(scopes), issued=at, expires=at + lasts, revoked=None,
    )  # fmt: skip
    session.add(token)
    session.flush()
    return token, text


def find_token(session: Session, text: str) -> tuple[Token, User] | None:
    """The token and its user, if it is in force."""
    token = session.scalar(select(Token).where(Token.secret == _digest(text)))
    if token is None or token.revoked is not None or token.expires <= clock.now():
        return None
    user = session.get_one(User, token.user_id)
    return (token, user) if user.active and token.epoch == user.epoch else None


def revoke_token(session: Session, user: User, token_id: UUID) -> None:
    """End a token of this user before its time."""
    token = session.get(Token, token_id)
    if token is None or token.user_id != user.id:
        message = "there is no such token"
        raise NoSuchUser(message)
    token.revoked = clock.now()


def _void(session: Session, user: User) -> None:
    # Counted where all see it: of two changes at once each is an epoch of its own.
    session.execute(update(User).where(User.id == user.id).values(epoch=User.epoch + 1))
    session.refresh(user)
    session.execute(delete(SignIn).where(SignIn.user_id == user.id))
    session.execute(update(Token).where(Token.user_id == user.id, Token.revoked.is_(None)).values(revoked=clock.now()))
    session.flush()


def _check_roles(roles: Collection[Role]) -> None:
    if not roles:
        raise _bad("roles", "give at least one role")
    if len(set(roles)) > 1 and not ALONE.isdisjoint(roles):
        raise _bad("roles", "auditor and administrator stand alone: whoever checks may not be checked by himself")


def _hashed(password: str) -> str:
    if not SHORTEST <= len(password) <= _LONGEST:
        raise _bad("password", f"use {SHORTEST} to {_LONGEST} characters")
    return _hasher.hash(password)


def _fits(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password[:_LONGEST])
    except VerifyMismatchError:
        return False


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _bad(field: str, why: str) -> BadAccount:
    return BadAccount(f"{field}: {why}", fields={field: why})
