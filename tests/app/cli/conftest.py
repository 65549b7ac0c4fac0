"""Deployments for the tests of the command line: a fresh one, and one in which a case stands already."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app import create_app, exporting
from app.wiring import services, transaction
from core import accounts
from evidence import exhibits
from exports.dossier import Order
from tests import operators
from tests.operators import Operator

NOTE = "Call +49 30 23125 999 after the landing of Selam Haile.\n"


@dataclass(frozen=True)
class Desk:
    """A deployment with people, one case and one exhibit whose files were read."""

    operator: Operator
    case: str
    exhibit: str
    files: dict[str, str]
    came: dict[str, Any]


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty deployment, made once, of which each test gets a copy."""
    return operators.at(tmp_path_factory.mktemp("pristine") / "instance").instance


@pytest.fixture
def operator(pristine: Path, tmp_path: Path) -> Operator:
    """An operator of an empty deployment."""
    shutil.copytree(pristine, tmp_path / "instance")
    return Operator(tmp_path / "instance")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A deployment as it is after a first day, the same for all tests of a module: they only add to it."""
    place = tmp_path_factory.mktemp("desk")
    operator = operators.at(place / "instance", "--office", "Prosecutor's office, Kassel")
    people = {
        "ana": "investigator",
        "paul": "prosecutor",
        "sue": "supervisor",
        "ada": "administrator",
        "otto": "auditor",
    }
    for name, role in people.items():
        operator.hire(name, role)
    case = operator.open_case("ana", "Sealed truck", "--number", "7/26")
    operator.run("cases", "members", "add", case, "paul", "--duty", "prosecute", "--as", "ana")
    operator.run("cases", "members", "add", case, "sue", "--duty", "supervise", "--as", "ana")
    folder = place / "phone"
    folder.mkdir()
    (folder / "note.txt").write_text(NOTE)
    (folder / "nothing.txt").write_bytes(b"")
    (folder / "link").symlink_to(folder / "note.txt")
    came = operator.hand_in("ana", case, folder, "--number", "lab:77:Police laboratory")
    operator.run("work", "--until-idle")
    files = {one["name"].partition("/")[2]: one["file"] for one in came["items"]}
    return Desk(operator, case, came["exhibit"], files, came)


@pytest.fixture(scope="module")
def shelved(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> tuple[Operator, str]:
    """A copy of the deployment with a dossier on its shelf, and the dossier's id."""
    operator = Operator(shutil.copytree(desk.operator.instance, tmp_path_factory.mktemp("shelved") / "instance"))
    app = create_app(operator.instance)
    with app.app_context():
        with transaction() as session:
            paul = accounts.named(session, "paul").actor("test", "prosecution")
            files = [one.id for one in exhibits.listed(session, paul, UUID(desk.case))]
        order = Order(UUID(desk.case), tuple(files), "Sealed truck", "prosecution", "", "", frozenset())
        export = exporting.ask(paul, order, later=True)
        services().index.close()
        services().engine.dispose()
    operator.run("work", "--until-idle")
    assert operator.told("vault", "check") == {"files": 3, "findings": []}
    return operator, str(export)
