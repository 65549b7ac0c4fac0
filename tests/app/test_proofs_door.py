"""Proofs by the API: anybody who is signed in gets the checkpoint, and a proof of nothing that one may not know of."""

import base64
from uuid import uuid4

import pytest

from app import proving
from core.accounts import Role
from core.ledger import merkle, notes, proofs
from core.ledger.entries import Entry
from tests import offices


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    made = offices.Office(offices.deployment(tmp_path_factory.mktemp("proofs") / "instance"))
    for name, role in (("ana", Role.INVESTIGATOR), ("bo", Role.INVESTIGATOR), ("aude", Role.AUDITOR)):
        made.token(name, role)
    return made


@pytest.fixture(scope="module")
def exhibit(office):
    """An exhibit of ana's whose first entry is signed, and one checkpoint before it."""
    case = office.case("ana", "Nobody else may know")
    with office.app.app_context():
        proving.take_in()
        proving.sign()
    made = office.exhibit("ana", case)
    with office.app.app_context():
        proving.take_in()
        proving.sign()
    return made


def test_the_checkpoint_and_the_growth_are_given_to_anybody_signed_in(office, exhibit):
    told = office.call("bo", "GET", "/ledger/checkpoint").json
    opened = notes.open_note(told["note"], [notes.read_vkey(told["key"])])
    newest = notes.Checkpoint.parse(opened.body)
    assert (newest.size, base64.b64encode(newest.root).decode()) == (told["size"], told["root"])

    half = newest.size // 2
    grown = office.call("bo", "GET", f"/ledger/consistency?old={half}").json
    with office.app.app_context(), proving.transaction() as session:
        root = proving.tree.root(session, half)
    path = [base64.b64decode(one) for one in grown["proof"]]
    merkle.check_consistency(half, root, newest.size, newest.root, path)


@pytest.mark.parametrize("query", ["old=0", "old=3&new=2", "old=99999999", "old=x", "", "old=1&new=99999999"])
def test_a_growth_that_cannot_be_shown_is_refused(office, exhibit, query):
    assert office.call("bo", "GET", f"/ledger/consistency?{query}").status_code in {404, 422}


def test_a_proof_by_the_api_holds_and_says_no_word_of_any_case(office, exhibit):
    key = notes.read_vkey(office.call("ana", "GET", "/ledger/checkpoint").json["key"])
    for address in (f"/exhibits/{exhibit}/proof", f"/ledger/proof?chain=custody/{exhibit}&position=1"):
        told = office.call("ana", "GET", address).json
        with office.app.app_context(), proving.transaction() as session:
            body = session.get_one(Entry, (told["chain"], told["position"])).body.encode()
        proofs.check(told["proof"], body, [key])
        assert exhibit not in told["proof"]
        assert "ana" not in told["proof"].replace("probanda", "")
    assert office.call("aude", "GET", f"/ledger/proof?chain=custody/{exhibit}", purpose="audit").status_code == 200


def test_a_chain_that_one_may_not_know_of_answers_as_one_that_never_was(office, exhibit):
    chains = [f"custody/{exhibit}", f"custody/{uuid4()}", "access/house", "house/keys", "custody/nonsense", "x"]
    answers = [office.call("bo", "GET", f"/ledger/proof?chain={chain}") for chain in chains]
    assert {one.status_code for one in answers} == {404}
    assert len({one.text.replace(chain, "…") for one, chain in zip(answers, chains, strict=True)}) == 1
    assert (
        office.call("bo", "GET", f"/exhibits/{exhibit}/proof").data
        == office.call("bo", "GET", f"/exhibits/{uuid4()}/proof").data
    )
