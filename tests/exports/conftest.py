"""An office for the tests of what leaves the house."""

from collections.abc import Iterator

import pytest

from tests.exports.office import Office, office


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office whose people the tests share."""
    folder = tmp_path_factory.mktemp("office")
    made = office(f"sqlite:///{folder / 'probanda.db'}", folder)
    yield made
    made.house.engine.dispose()


@pytest.fixture
def desk(people: Office) -> Office:
    """The office with an empty case."""
    return people.fresh()
