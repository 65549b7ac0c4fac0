"""A whole deployment with people and cases in it, for tests of the doors."""

import atexit
import shutil
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import uuid4

from flask import Flask
from werkzeug.test import TestResponse

from app import create_app, migrations, worker
from app.wiring import services, transaction
from cases import access
from core import accounts
from core.accounts import Role
from evidence.keyring import Keyring
from tests import databases
from tests.makers import PASSWORD, config


def deployment(folder: Path, **environ: str) -> Flask:
    """A whole deployment in this folder: keys, vault, database by its migrations, index, application."""
    settings = config(folder, **environ)
    settings.vault.mkdir(parents=True)
    Keyring.make(settings)
    lines = [f'{name} = "{value}"\n' for name, value in environ.items()]
    (folder / "config.toml").write_text("".join(lines))
    app = create_app(folder)
    app.testing = True
    with app.app_context():
        databases.furnish(services().engine, migrations.upgrade)
    return app


@dataclass
class Office:
    """A running deployment with people, tokens and cases made on demand."""

    app: Flask
    made: dict[str, str] = field(default_factory=dict)

    def token(self, name: str, *roles: Role, scopes: tuple[str, ...] = tuple(access.Act)) -> str:
        """An API token of a person of that name with these roles (investigator when none are given)."""
        if name not in self.made:
            with self.app.app_context(), transaction() as session:
                user = accounts.add(session, name, roles or (Role.INVESTIGATOR,), PASSWORD)
                self.made[name] = accounts.issue_token(session, user, "test", scopes, timedelta(days=1))[1]
        return self.made[name]

    def call(self, name: str, method: str, path: str, *, purpose: str = "investigation", **more: Any) -> TestResponse:
        """One call of the API as this person."""
        head = {"Authorization": f"Bearer {self.token(name)}", "X-Purpose": purpose, **more.pop("headers", {})}
        return self.app.test_client().open(f"/api/v1{path}", method=method, headers=head, **more)

    def case(self, name: str, title: str = "Sealed truck") -> str:
        """The id of a new case that this person leads."""
        return str(self.call(name, "POST", "/cases", json={"title": title}).json["id"])

    def exhibit(self, name: str, case: str, *, authority: bool = True) -> str:
        """The id of a new exhibit, under a warrant unless told otherwise."""
        told: dict[str, Any] = {"reference": f"R/{uuid4().hex[:8]}", "description": "a telephone"}
        if authority:
            told["authority"] = {"kind": "warrant", "number": "W 12/26"}
        return str(self.call(name, "POST", f"/cases/{case}/exhibits", json=told).json["id"])

    def announce(self, name: str, exhibit: str, file: str = "note.txt", **more: Any) -> str:
        """The address under which an announced file is to be sent."""
        made = self.call(name, "POST", f"/exhibits/{exhibit}/batches", json={"items": [{"name": file, **more}]}).json
        return f"/batches/{made['id']}/items/{made['items'][0]['id']}"

    def send(self, name: str, exhibit: str, content: bytes, file: str = "note.txt") -> dict[str, Any]:
        """Hand in one file and give what the server answers."""
        answer = self.call(name, "PUT", f"{self.announce(name, exhibit, file)}/content", data=content)
        assert answer.status_code == HTTPStatus.CREATED, answer.text
        return dict(answer.json)

    def work(self) -> worker.Turn:
        """Keep every promise that is due."""
        return worker.work(self.app, until_idle=True)

    def work_in_this_thread(self) -> worker.Turn:
        """The same in the thread of the test, whose clock the test may have stopped."""
        turn = worker.Turn()
        worker.loop(self.app, turn, until_idle=True)
        return turn


def empty_deployment() -> Path:
    """A deployment without anything in it, for tests that only ask the application which addresses it has."""
    folder = Path(mkdtemp(prefix="addresses-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = config(folder)
    settings.vault.mkdir()
    Keyring.make(settings)
    return folder


def lasting_deployment() -> Flask:
    """A whole deployment that lasts as long as the test run."""
    folder = Path(mkdtemp(prefix="office-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return deployment(folder / "instance")
