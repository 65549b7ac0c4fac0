"""An office in which something has to end: furnished once and copied, or on the other database and engines."""

import shutil
from dataclasses import replace

import pytest

from app import create_app
from tests import offices
from tests.app.ending.ending_office import ManyCallers, furnish


@pytest.fixture(scope="session")
def furnished(tmp_path_factory):
    """Two cases on SQLite and the embedded index, made once; each test gets a copy."""
    folder = tmp_path_factory.mktemp("furnished") / "instance"
    office = ManyCallers(offices.deployment(folder))
    with office.app.app_context():
        made = furnish(office, folder)
        made.close()
    return made


@pytest.fixture
def ending(furnished, tmp_path):
    """A copy of that office, in an application context of its own."""
    folder = tmp_path / "instance"
    shutil.copytree(furnished.folder, folder)
    app = create_app(folder)
    app.testing = True
    with app.app_context():
        made = replace(furnished, office=ManyCallers(app, dict(furnished.office.made)), folder=folder)
        yield made
        made.close()


@pytest.fixture(params=["embedded", "elasticsearch"])
def each_ending(request, postgres_url, tmp_path):
    """The same on PostgreSQL, with either engine; on SQLite every other test runs."""
    told = {"database_url": postgres_url}
    if request.param == "elasticsearch":
        told |= {"index_url": request.getfixturevalue("elasticsearch_url")}
        told |= {"index_prefix": request.getfixturevalue("index_prefix")}
    folder = tmp_path / "instance"
    office = ManyCallers(offices.deployment(folder, **told))
    with office.app.app_context():
        made = furnish(office, folder)
        yield made
        made.close()
