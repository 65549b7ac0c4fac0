"""The API does what its OpenAPI document says, whatever is sent to it."""

import json

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from app.api.describing import DESCRIBED
from core.accounts import Role
from tests import offices

OFFICE = offices.Office(offices.lasting_deployment())
SCHEMA = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", OFFICE.app)


@pytest.fixture(scope="module")
def ids():
    """Things that exist, so that some of what is sent meets something."""
    OFFICE.token("aude", Role.AUDITOR)
    case = OFFICE.case("ana")
    exhibit = OFFICE.exhibit("ana", case)
    address = OFFICE.announce("ana", exhibit)
    stored = OFFICE.send("ana", exhibit, b"call +49 30 23125 999")
    OFFICE.work()
    return {"case_id": case, "exhibit_id": exhibit, "file_id": stored["file"],
            "batch_id": address.split("/")[2], "item_id": address.split("/")[4]}  # fmt: skip


@SCHEMA.parametrize()
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@pytest.mark.parametrize("who", ["ana", "aude"])
def test_every_answer_is_one_that_the_document_describes(case, ids, who):
    if case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE:
        case.path_parameters = {name: ids.get(name, value) for name, value in (case.path_parameters or {}).items()}

    head = {"Authorization": f"Bearer {OFFICE.token(who)}", "X-Purpose": "investigation"}
    # What fits the schema can still be refused by a rule of the trade (a seal that was used before, a time to come).
    case.call_and_validate(headers=head, excluded_checks=[positive_data_acceptance])


def test_every_address_of_the_api_is_in_the_document():
    told = json.loads(OFFICE.app.test_client().get("/api/v1/openapi.json").data)
    documented = {operation["operationId"] for path in told["paths"].values() for operation in path.values()}

    served = {rule.endpoint for rule in OFFICE.app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")} - {
        "api.openapi"
    }
    assert documented == {one.removeprefix("api.").replace(".", "_") for one in served}
    assert len(documented) == len(DESCRIBED)
    assert told["openapi"] == "3.1.0"
