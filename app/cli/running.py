"""What each command needs: the application on its folder, who acts, how it answers, and progress for people only."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import click
from flask import Flask
from sqlalchemy.orm import Session

from app import create_app, migrations
from app.wiring import services, transaction
from cases import access
from cases.docket import Case, NoSuchCase
from core import accounts, clock
from core.accounts import Actor
from core.config import Config
from core.errors import Forbidden, Invalid, Missing, Refusal

_SHORTEST = 6
R = TypeVar("R")


class NobodyNamed(Invalid):
    """The command acts for a person, and none was named."""


class NoDeployment(Invalid):
    """The folder holds no deployment."""


class House:
    """The application on one folder, opened when the first command needs it."""

    def __init__(self, instance: Path) -> None:
        self.instance = instance.absolute()

    @cached_property
    def app(self) -> Flask:
        """The application; raises `NoDeployment` when the folder holds none yet."""
        if not self.stands:
            message = (
                f"{self.instance} holds no deployment yet; make one with: probanda --instance {self.instance} init"
            )
            raise NoDeployment(message)
        return create_app(self.instance, doors=False)

    @property
    def stands(self) -> bool:
        """Whether a deployment was made here: its settings name a folder of keys that is there."""
        return Config.load(self.instance, os.environ).keys.is_dir()

    def close(self) -> None:
        """Let go of the database and the index when the command ends."""
        if "app" in self.__dict__:
            with self.app.app_context():
                services().index.close()
                services().engine.dispose()

    def check_tables(self) -> None:
        """Raise `OldTables` unless the database is in the form that this release needs."""
        with self.app.app_context():
            engine = services().engine
            migrations.check(engine)
            # A server is going to fork, and a connection to a database must not be shared with its children.
            engine.dispose()


def inside(command: Callable[..., R]) -> Callable[..., R]:
    """Run a command inside the application; what it is refused is written down as at any other door."""

    @click.pass_obj
    @wraps(command)
    def run(house: House, *args: Any, **more: Any) -> R:
        with house.app.app_context():
            migrations.check(services().engine)
            try:
                return command(house, *args, **more)
            except (Missing, Forbidden) as refusal:
                _note(refusal, more.get("as_user"))
                raise

    return run


def acting(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option that names who acts."""
    return click.option("--as", "as_user", metavar="USER", envvar="PROBANDA_AS", help="Who acts; the ledger says so.")(
        command
    )


def purposeful(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option that says for what purpose content is read."""
    option = click.option(
        "--purpose", type=click.Choice(list(access.PURPOSES)), required=True, help="For what purpose you read."
    )
    return option(command)


def answering(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option to answer in JSON."""
    return click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")(command)


def person(session: Session, name: str | None, purpose: str = "") -> Actor:
    """The person named by ``--as``."""
    if not name:
        message = "say who acts: --as USER"
        raise NobodyNamed(message)
    user = accounts.named(session, name)
    if not user.active:
        message = f"the account «{name}» is closed"
        raise NobodyNamed(message)
    return user.actor("cli", purpose)


def case_named(session: Session, actor: Actor, text: str, *, to: access.Act = access.Act.SEE) -> Case:
    """The case meant by an id, the beginning of one, or a number, among those that the person may see."""
    if (case_id := _uuid(text)) is None:
        met = [one for one in session.scalars(access.visible(actor)) if _meant(one, text)]
        if len(met) != 1:
            raise NoSuchCase
        case_id = met[0].id
    return access.fetch(session, actor, case_id, to=to)


def uuid_of(text: str) -> UUID:
    """An id as given on the command line; what is none names nothing that exists."""
    found = _uuid(text)
    if found is None:
        raise NoSuchCase
    return found


def tell(told: Any, *, as_json: bool, lines: Iterable[str]) -> None:
    """Answer a command: JSON for programs, lines for people."""
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2, default=_plain))
        return
    for line in lines:
        click.echo(line)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Lines of a plain table whose columns are as wide as what stands in them."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(line[at]) for line in [list(heads), *texts]) for at in range(len(heads))]
    for line in [list(heads), ["-" * width for width in widths], *texts]:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


@contextmanager
def progress(length: int | None, label: str) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal and nothing on a pipe."""
    if not sys.stderr.isatty():
        yield lambda _step: None
        return
    with click.progressbar(length=length or 0, label=label, file=sys.stderr) as bar:
        yield bar.update


def found_something(findings: Sequence[object], *, as_json: bool, told: Mapping[str, Any], well: str) -> None:
    """End a check: 0 with a good word, or 1 with everything that it found."""
    lines = [str(one) for one in findings] or [well]
    tell({**told, "findings": [str(one) for one in findings]}, as_json=as_json, lines=lines)
    if findings:
        sys.exit(1)


def _plain(value: object) -> str:
    return clock.stamp(value) if isinstance(value, datetime) else str(value)


def _meant(case: Case, text: str) -> bool:
    return bool(case.number and case.number == text) or (
        len(text) >= _SHORTEST and str(case.id).startswith(text.lower())
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _note(refusal: Refusal, as_user: object) -> None:
    with transaction() as session:
        try:
            actor = person(session, str(as_user) if as_user else None)
        except Refusal:
            return
        context = click.get_current_context(silent=True)
        access.note_refusal(session, actor, context.command_path if context else "command", refusal.code)
