"""On every page and every form: another case's ids show nothing, to whoever is no member, whatever the role."""

import re
from io import BytesIO

import pytest
from werkzeug.routing import Rule

from app import create_app
from app.wiring import services
from tests import offices
from tests.app import walled
from tests.makers import PASSWORD
from tests.operators import Operator

#: What a role may know of though no case of its own holds it: the store and its audits are the whole house's.
STORE = {"place_id", "kit_id", "audit_id"}
KNOWN = {"otto": STORE, "aude": STORE, "stranger": {"place_id"}, "adam": {"place_id"}}
#: What somebody does for the whole house, which would change what stands in it.
DUTIES = {
    *(("aude", f"desk.{act}") for act in ("check_item", "close_audit", "sweep_shelf", "verify_case_ledger")),
    ("otto", "desk.end_kit"), ("otto", "desk.close_place"), ("adam", "desk.close_place"),
}  # fmt: skip
#: Ids that are no id of anything in a case.
NO_ID = {"name", "filename"}
#: What is typed: something that each form takes, so that none is refused for its words before it asks who sends it.
TYPED = {
    "kind": "exhibit", "choice": "refuse", "scope": "case", "there": "no", "how": "back", "answer": "grant",
    "grants": "yes", "decision": "return", "target": "working_copy", "on": "2026-01-01", "algorithm": "md5",
    "value": "0" * 32, "sensitivity": "2", "role": "witness", "duty": "lead", "clearance": "C2", "event": "x",
    "trigger": "acquittal", "user": "stranger", "of": "ana", "shows": "at seizure", "copies_until": "2027-01-01",
}  # fmt: skip
WORDS = (
    "reason", "words", "statement", "summary", "because", "name", "title", "reference", "description", "note", "text",
    "question", "resolution", "method", "tool", "version", "parameters", "person", "stated_by", "why", "purpose",
    "order_number", "number", "court", "dated", "source", "shelf", "scanned", "recipient", "list", "issuer",
)  # fmt: skip


def _doors() -> list[tuple[str, Rule]]:
    """Every page and form whose address holds an id, found in the application itself so that none can be forgotten."""
    app = create_app(offices.empty_deployment())
    return [
        (method, rule)
        for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule)
        if rule.endpoint.startswith("desk.") and walled.parts(rule) - NO_ID
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
    ]


DOORS = _doors()


class Visitor:
    """Somebody at the desk, and what the desk answers, without what differs from one asking to the next."""

    def __init__(self, office, name):
        self.client = office.app.test_client()
        for path, told in (("/sign-in", {"name": name, "password": PASSWORD}), ("/purpose", {"purpose": "audit"})):
            self.client.post(path, data={**told, "csrf_token": self.token(path)})

    def token(self, path="/purpose"):
        return re.search('name="csrf_token" value="([^"]+)"', self.client.get(path).text)[1]

    def asks(self, method, rule, ids, token):
        sent = dict.fromkeys(WORDS, "x") | TYPED | {"exhibit": ids["exhibit_id"], "subject": ids["exhibit_id"]}
        sent |= {"proposal": ids["recomputation_proposal_id"], "file": ids["file_id"], "csrf_token": token}
        address = walled.filled(rule, ids)
        more = {"data": sent | {"files": (BytesIO(b"x"), "x.txt")}} if method == "POST" else {}
        with self.client.open(address, method=method, **more) as answer:
            text = answer.get_data().decode("utf-8", "replace")
        shown = text.partition("<main")[2].partition("</main>")[0] or text
        for name, value in ids.items():
            shown = shown.replace(value, name) if name.endswith("_id") else shown
        return answer.status_code, shown


@pytest.fixture(scope="module")
def told(walled_house):
    """What each outsider was told by each address that differs from what is told of things that never were."""
    office, ids = walled_house
    never, nothing = walled.absent(ids), {}
    found = {}
    for name, *_roles in walled.OUTSIDERS:
        visitor = Visitor(office, name)
        token, wrong = visitor.token(), []
        for method, rule in DOORS:
            door = f"{method} {rule.rule}"
            if method == "POST" and (name, rule.endpoint) in DUTIES:
                continue
            # What is said of what never was is the same for everybody, so that it is asked for once.
            nothing[door] = nothing.get(door) or visitor.asks(method, rule, never, token)
            there = visitor.asks(method, rule, ids, token)
            if because := _tells(name, rule, there, nothing[door]):
                wrong.append(f"{door}: {because}")
        found[name] = wrong
    return found


def _tells(name, rule, there, nothing):
    """What an answer tells somebody too much, if it does."""
    status, shown = there
    if walled.parts(rule) & KNOWN[name]:
        return "words of the case" if walled.SECRET in shown else ""
    if name == "aude":
        return f"content, {status}" if walled.NUMBER in shown or (status, "POST" in rule.methods) == (302, True) else ""
    return "" if there == nothing and status == 404 else f"{there}, and not {nothing}"


@pytest.mark.parametrize("who", [name for name, *_roles in walled.OUTSIDERS])
def test_no_page_and_no_form_tells_an_outsider_more_than_of_what_never_was(told, who):
    assert told[who] == [], "\n".join(told[who])


def test_each_of_these_pages_is_there_for_who_works_on_the_case(walled_house):
    """The test above would hold of addresses that are wrong, so that nobody is shown anything."""
    office, ids = walled_house
    unseen = {rule.rule: rule for method, rule in DOORS if method == "GET"}
    for name in ("ana", "sofia", "carl", "pia", "aude"):
        visitor = Visitor(office, name)
        token = visitor.token()
        for path, rule in list(unseen.items()):
            if visitor.asks("GET", rule, ids, token)[0] == 200:
                del unseen[path]

    # No order has been carried out, so that there is no certificate yet.
    assert set(unseen) == {"/endings/<uuid:order_id>/certificate"}


def test_lists_of_the_house_tell_an_outsider_nothing_of_the_case(walled_house):
    office, ids = walled_house
    pages = ("/", "/cases", "/obligations", "/to-decide", "/retention", "/incidents", "/kits", "/audits", "/scan")
    hidden = {walled.SECRET, *(ids[name] for name in ("case_id", "exhibit_id", "finding_id", "incident_id"))}
    wrong = []
    for name in ("stranger", "otto", "adam"):
        visitor = Visitor(office, name)
        wrong += [(name, path) for path in pages for word in hidden if word in visitor.client.get(path).text]

    assert wrong == []
    assert walled.SECRET in Visitor(office, "ana").client.get("/cases").text


def test_what_has_a_deadline_is_told_by_no_door_to_an_outsider(walled_house):
    office, ids = walled_house
    with office.app.app_context():
        shell = Operator(services().config.instance)
    mine = {one["subject"] for one in office.call("sofia", "GET", "/obligations").json["obligations"]}
    assert {ids["exhibit_id"], ids["finding_id"]} < mine
    assert {one["subject"] for one in shell.told("obligations", "--as", "sofia")} == mine

    for name in ("stranger", "otto", "adam"):
        told = office.call(name, "GET", "/obligations").json["obligations"]
        # Who keeps the store knows of kits, and of no case by that.
        assert {one["kind"] for one in told} <= ({"kit to return"} if name == "otto" else set())
        assert {one["subject"] for one in shell.told("obligations", "--as", name)} == {one["subject"] for one in told}
        assert mine & {one["subject"] for one in told} <= {ids["kit_id"]}
