"""Two at once about one version: what was signed, printed or destroyed stays so, whoever is quicker."""

from contextlib import suppress

import pytest

from core.ledger import entries as ledger
from exports import register, shelf
from exports.register import State, WrongState
from tests.exports.office import office
from tests.racing import meanwhile


@pytest.fixture(scope="module")
def people(tmp_path_factory, module_database_url):
    """The office of these tests, once on each database."""
    made = office(module_database_url, tmp_path_factory.mktemp("office"))
    yield made
    made.house.engine.dispose()


def finished(desk, export, manifest, dossier):
    with desk.house.transaction() as session:
        return register.finish(session, desk.prosecutor, desk.keyring, export.id, manifest, dossier)


def signed(desk, export):
    with desk.house.transaction() as session:
        return register.sign_off(session, desk.supervisor, desk.keyring, export.id, "complete")


def numbered(desk, export, count=3):
    with desk.house.transaction() as session:
        return register.number_pages(session, desk.prosecutor, desk.keyring, export.id, [("dossier", count)])


def expunged(desk, export):
    with desk.house.transaction() as session:
        row = session.get_one(register.Export, export.id, with_for_update=True, populate_existing=True)
        register.expunge(session, desk.lead, row, number="12 Qs", gone=())


def again(desk, export):
    with desk.house.transaction() as session:
        return session.get_one(register.Export, export.id)


def rebuilt(desk, export):
    with desk.house.transaction() as session:
        return register.rebuild(session, desk.prosecutor, desk.keyring, export.id)


def test_who_signs_while_pages_are_numbered_stands_in_print_and_no_page_is_lost(desk, monkeypatch):
    gathered = desk.gather(desk.exhibit("a"))
    with desk.house.transaction() as session:
        export = register.enter(session, desk.prosecutor, desk.keyring, gathered)
    outcome = meanwhile(monkeypatch, register, "_thaw", lambda: signed(desk, export))
    numbered(desk, export)
    outcome()
    frozen = rebuilt(desk, export)

    assert len(frozen.pages) == 3
    assert "sara" in {one.who for one in frozen.signoffs}


def test_who_signs_while_a_version_is_made_stands_in_the_register_and_changes_no_byte(desk, tmp_path):
    export, dossier = desk.order(desk.exhibit("a"))
    manifest = desk.write(tmp_path / "bundle", dossier)
    signed(desk, export)
    finished(desk, export, manifest, dossier)

    assert rebuilt(desk, export) == dossier
    with desk.house.transaction() as session:
        assert [one.who for one in register.signed_off(session, export)] == ["sara"]
    assert finished(desk, export, desk.write(tmp_path / "again", rebuilt(desk, export)), dossier).state == State.MADE


def test_what_was_made_stays_made_when_another_maker_fails(desk, tmp_path, monkeypatch):
    export, dossier = desk.order(desk.exhibit("a"))
    manifest = desk.write(tmp_path / "bundle", dossier)
    outcome = meanwhile(monkeypatch, register, "fetch", lambda: finished(desk, export, manifest, dossier))
    with suppress(WrongState), desk.house.transaction() as session:
        register.fail(session, desk.prosecutor, export.id, "the disk was full")
    outcome()

    assert again(desk, export).state == State.MADE


@pytest.mark.parametrize("act", ["finish", "sign", "number"])
def test_what_was_destroyed_does_not_come_back_by_who_was_at_it(desk, tmp_path, monkeypatch, act):
    export, dossier = desk.order(desk.exhibit("a"))
    manifest = desk.write(tmp_path / "bundle", dossier)
    acts = {"finish": lambda: finished(desk, export, manifest, dossier), "sign": lambda: signed(desk, export),
            "number": lambda: numbered(desk, export)}  # fmt: skip
    outcome = meanwhile(monkeypatch, register, "fetch", lambda: expunged(desk, export))
    with suppress(WrongState):
        acts[act]()
    outcome()
    left = again(desk, export)

    assert (left.state, left.sealed) == (State.EXPUNGED, b"")


def test_what_was_destroyed_does_not_come_back_onto_the_shelf(desk):
    export, _dossier = desk.order(desk.exhibit("a"))
    sealed = desk.vault.seal([b"%PDF"], shelf.context_of(export))
    expunged(desk, export)

    with pytest.raises(WrongState, match="gone for good"), desk.house.transaction() as session:
        shelf.put(session, desk.keyring, export, sealed)
    with desk.house.transaction() as session:
        assert list(ledger.breaks(session, f"access/{desk.case.id}")) == []
