"""An office on every pair of database and index that a deployment may have."""

import pytest

from tests import offices
from tests.app.ending.ending_office import ManyCallers, furnish


@pytest.fixture
def ending(tmp_path):
    """Two cases on SQLite and the embedded index."""
    folder = tmp_path / "instance"
    office = ManyCallers(offices.deployment(folder))
    with office.app.app_context():
        made = furnish(office, folder)
        yield made
        made.close()


@pytest.fixture(params=["embedded", "elasticsearch"])
def each_ending(request, database_url, tmp_path):
    """The same on both databases and both engines."""
    told = {"database_url": database_url}
    if request.param == "elasticsearch":
        told |= {"index_url": request.getfixturevalue("elasticsearch_url")}
        told |= {"index_prefix": request.getfixturevalue("index_prefix")}
    folder = tmp_path / "instance"
    office = ManyCallers(offices.deployment(folder, **told))
    with office.app.app_context():
        made = furnish(office, folder)
        yield made
        made.close()
