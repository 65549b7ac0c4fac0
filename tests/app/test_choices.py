"""What an address or a page offers is what the house knows: lists that stand twice are held against their source."""

from typing import Any

import pytest

from app.api import deliveries, evidence, money, uploads
from app.api.ending import endings, retaining
from app.api.integrity import hashes, incidents
from app.api.possession import continuity
from app.api.store import kits as kits_api
from app.api.store import places as places_api
from app.api.store import seals as seals_api
from app.pages.ending import orders as order_pages
from app.pages.integrity import hashes as hash_pages
from app.pages.shapes import dossiers
from app.pages.shapes import integrity as integrity_shapes
from app.pages.store import audits as audit_pages
from app.pages.store import kits as kit_pages
from cases.handling import Handling, Sensitivity
from evidence import authorities, derivation, receipts
from evidence import incidents as happened
from evidence.audits.rows import FindingState, Result
from evidence.ending import retention
from evidence.ending.restrictions import Of
from evidence.ending.rows import Scope, Shared
from evidence.files import Target
from evidence.integrity import stating
from evidence.kits.labels import LineState
from evidence.kits.returning import Choice
from evidence.money.statements.values import Direction
from evidence.possession.arrivals import FIRST_ACTS
from evidence.possession.photographs import Shows
from evidence.storeroom.places import Environment, Sort
from evidence.storeroom.seals import Fate
from exports.papers.choosing import Paper
from exports.register import State

WRITTEN_OFF = {Fate.VOID, Fate.LOST}


def taken(model: Any, name: str) -> set[str]:
    """What an address takes for a field: one of these words."""
    told = model.model_json_schema()["properties"][name]
    if "pattern" in told:
        return set(told["pattern"].removeprefix("^(").removesuffix(")$").split("|"))
    return set(told["enum"])


@pytest.mark.parametrize(
    ("model", "name", "known"),
    [
        (evidence.GrantTaken, "kind", authorities.KINDS),
        (evidence.NewExhibit, "handling", Handling),
        (evidence.NewExhibit, "kind", FIRST_ACTS),
        (deliveries.InLanguage, "language", receipts.LANGUAGES),
        (hashes.HashTaken, "algorithm", stating.LENGTHS),
        (hashes.HashTaken, "target", Target),
        (hashes.DerivedTaken, "target", derivation.TARGETS),
        (incidents.NewIncident, "kind", (happened.SEAL, happened.LOSS, happened.DAMAGE, happened.OTHER)),
        (continuity.PhotographTaken, "shows", Shows),
        (places_api.NewPlace, "sort", Sort),
        (places_api.NewPlace, "environment", Environment),
        (places_api.PaperQuery, "paper", Paper),
        (seals_api.WrittenOff, "fate", WRITTEN_OFF),
        (kits_api.DecisionTaken, "choice", Choice),
        (endings.NewOrder, "scope", Scope),
        (endings.NewOrder, "shared", Shared),
        (retaining.NewRestriction, "kind", Of),
        (retaining.Choice, "decision", retention.DECISIONS),
        (money.RowQuery, "direction", ("", *Direction)),
        (uploads.StatedWhole, "algorithm", stating.LENGTHS),
    ],
    ids=lambda one: getattr(one, "__name__", one if isinstance(one, str) else ""),
)
def test_an_address_takes_exactly_the_words_that_the_house_knows(model: Any, name: str, known: Any) -> None:
    assert taken(model, name) == {str(word) for word in known}


def test_a_hash_of_an_upload_is_of_something_that_comes_from_outside() -> None:
    assert taken(uploads.StatedWhole, "target") < set(Target)


def test_the_classes_in_which_an_exhibit_is_kept_are_all_taken() -> None:
    offered = evidence.NewExhibit.model_json_schema()["properties"]["sensitivity"]["anyOf"][0]["enum"]

    assert set(offered) == set(Sensitivity.__members__)


def test_every_state_that_a_page_shows_has_its_tag_and_every_choice_its_words() -> None:
    assert set(dossiers._STATES) == set(State)
    assert set(audit_pages._RESULTS) == set(Result)
    assert set(audit_pages._STATES) == set(FindingState)
    assert set(kit_pages._TAGS) == set(LineState)
    assert {value for value, _words in kit_pages._CHOICES} == set(Choice)
    assert {value for value, _words in order_pages._SCOPES} == set(Scope)
    assert set(integrity_shapes._STATES) == set(happened.State)
    assert set(hash_pages._KINDS) == {happened.SEAL, happened.LOSS, happened.DAMAGE, happened.OTHER}
