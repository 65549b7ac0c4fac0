"""One thing of every kind that has an address, in one case and its store, for tests of who may know of any of it."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import select
from werkzeug.routing import Rule

from app.ending import rounds
from app.wiring import transaction
from core import accounts, approvals, clock
from core.accounts import Role
from core.approvals import Wish
from evidence.ending.rows import Notice
from evidence.exhibits import Exhibit
from evidence.integrity import recomputing, restoring
from evidence.money.records import StatementRecord
from evidence.possession import late, orders
from evidence.storeroom import seals
from tests.evidence.kits.sheets import line, sheet
from tests.journeys.conftest import STATEMENT
from tests.offices import Office

# Words that stand nowhere but in that case.
SECRET: Final = "Zwielichtkahn"
NUMBER: Final = "30 23125 999"
_PART: Final = re.compile(r"<(?:any\((?P<first>\w+)[^)]*\):|[a-z]+:)?(?P<name>\w+)>")
PEOPLE: Final = (
    ("ana", Role.INVESTIGATOR), ("sofia", Role.SUPERVISOR), ("carl", Role.CUSTODIAN), ("pia", Role.PROSECUTOR),
)  # fmt: skip
#: Who works in the house and not on that case, with every role that there is.
OUTSIDERS: Final = (
    ("stranger", Role.PROSECUTOR, Role.INVESTIGATOR, Role.EXAMINER, Role.PROTECTION),
    ("otto", Role.CUSTODIAN, Role.SUPERVISOR), ("adam", Role.ADMINISTRATOR), ("aude", Role.AUDITOR),
)  # fmt: skip
#: Which proposal an address decides; all other addresses with a proposal decide on one of «late».
_PROPOSALS: Final = {
    "hashes.copy_decided": "copy", "hashes.recomputed": "recomputation", "endings.decided": "ending",
    "retaining.lifted": "lifting", "retaining.chosen": "retention", "decide_retention": "retention",
}  # fmt: skip
#: Addresses about a table, which is another file than that of all other addresses.
_TABLES: Final = {"layout", "settle_layout", "money.layout", "money.answered", "money.confirmed"}
_BENT: Final = {"kind": "damage", "because": f"the {SECRET} is bent"}


def parts(rule: Rule) -> set[str]:
    """The names of what is filled into an address."""
    return {met["name"] for met in _PART.finditer(rule.rule)}


def filled(rule: Rule, ids: Mapping[str, str]) -> str:
    """The address with these ids in it, and the proposal of the kind that it is about."""
    endpoint = rule.endpoint.partition(".")[2]
    kind, file = _PROPOSALS.get(endpoint, "late"), "table_id" if endpoint in _TABLES else "file_id"
    known = {**ids, "proposal_id": ids.get(f"{kind}_proposal_id", ids["proposal_id"]), "file_id": ids[file]}
    return _PART.sub(lambda met: met["first"] or known[met["name"]], rule.rule)


def absent(ids: Mapping[str, str]) -> dict[str, str]:
    """The same names with ids that never were; what is no id stays as it is."""
    return {name: str(uuid4()) if name.endswith("_id") else value for name, value in ids.items()}


def furnished(office: Office) -> dict[str, str]:
    """The ids of one thing of each kind in a case of ana's, in which some colleagues work and no outsider does."""
    for name, *roles in (*PEOPLE, *OUTSIDERS):
        office.token(name, *roles)
    case = office.case("ana", f"The {SECRET} that nobody else may know of")
    for name, duty in (("sofia", "supervise"), ("carl", "custody"), ("pia", "prosecute")):
        _post(office, "ana", f"/cases/{case}/members", user=name, duty=duty, clearance="C2")
    exhibit = office.exhibit("ana", case)
    address = office.announce("ana", exhibit, f"{SECRET}.txt")
    stored = office.call("ana", "PUT", f"{address}/content", data=f"call {SECRET} +49 {NUMBER}".encode()).json
    ids = {
        "case_id": case, "exhibit_id": exhibit, "batch_id": address.split("/")[2], "item_id": address.split("/")[4],
        "file_id": stored["file"], "name": "ana", "verb": "note", "number": "1", "act": "answer", "position": "1",
        "chain": f"custody/{exhibit}",
        "person_id": _post(office, "ana", f"/cases/{case}/people", name=SECRET, role="witness")["id"],
        "upload_id": _post(office, "ana", f"/exhibits/{exhibit}/uploads", name="large.bin", size=5000)["id"],
        "incident_id": _post(office, "ana", f"/exhibits/{exhibit}/incidents", **_BENT)["id"],
    }  # fmt: skip
    for more in (_money, _search, _export, _ending, _proposals, _store, _audit, _data_order, _online):
        ids |= more(office, ids)
    return ids


def _post(office: Office, who: str, path: str, reading: str = "investigation", **told: Any) -> Any:
    answer = office.call(who, "POST", path, purpose=reading, json=told)
    assert answer.status_code < 300, (path, answer.text)
    return answer.json


def _money(office: Office, ids: dict[str, str]) -> dict[str, str]:
    """A bank statement whose layout was confirmed."""
    told = STATEMENT.replace("boat fuel", SECRET).encode()
    file = office.send("ana", ids["exhibit_id"], told, "statement.csv")["file"]
    office.work()
    answer = office.call("ana", "POST", f"/files/{file}/layout/confirmation")
    assert answer.status_code < 300, answer.text
    office.work()
    with office.app.app_context(), transaction() as session:
        return {"table_id": file, "statement_id": str(session.scalars(select(StatementRecord.id)).one())}


def _search(office: Office, _ids: dict[str, str]) -> dict[str, str]:
    return {"search_id": office.call("ana", "GET", "/search", query_string={"q": SECRET}).json["id"]}


def _export(office: Office, ids: dict[str, str]) -> dict[str, str]:
    """A dossier that was made and stands on the shelf."""
    told = {"title": f"The {SECRET}", "exhibits": [ids["exhibit_id"]], "recipient": "the court"}
    made = _post(office, "pia", f"/cases/{ids['case_id']}/dossiers", reading="prosecution", **told)["id"]
    office.work()
    assert office.call("pia", "GET", f"/dossiers/{made}", purpose="prosecution").json["state"] == "made"
    return {"export_id": made, "version_id": made}


def _ending(office: Office, ids: dict[str, str]) -> dict[str, str]:
    """An order to destroy with what stands against it and who has to be told, another on its way, a restriction."""
    case = f"/cases/{ids['case_id']}"
    order = {"number": f"12 {SECRET}/26", "court": "x", "dated": "x", "scope": "case"}
    first, second = (_post(office, "sofia", f"{case}/endings", **order)["id"] for _ in range(2))
    raised = _post(office, "sofia", f"/endings/{first}/obstacles", kind="hold", words=f"the {SECRET}")["id"]
    with office.app.app_context(), transaction() as session:
        notice = Notice(id=uuid4(), order_id=UUID(first), recipient=f"the court of {SECRET}", what="D1", sent=None)
        session.add(notice)
        told = str(notice.id)
    _post(office, "sofia", f"/endings/{second}/proposal", reason="x")
    kept = {"kind": "exhibit", "subject": office.exhibit("ana", ids["case_id"]), "order_number": "x", "reason": "x"}
    restriction = _post(office, "sofia", f"{case}/restrictions", **kept)["id"]
    _post(office, "sofia", f"/restrictions/{restriction}/lifting", reason="x")
    with office.app.app_context(), transaction() as session:
        asked = {one.kind: str(one.id) for one in approvals.open_ones(session)}
    return {
        "order_id": first, "obstacle_id": raised, "notice_id": told, "restriction_id": restriction,
        "ending_proposal_id": asked["expunge"], "lifting_proposal_id": asked["lift restriction"],
    }  # fmt: skip


def _proposals(office: Office, ids: dict[str, str]) -> dict[str, str]:
    """What waits for a second person: a late entry, hashing again, a good copy, a disposal, a period that ran out."""
    exhibit = UUID(ids["exhibit_id"])
    then = (clock.now() - timedelta(days=2)).isoformat()
    _post(office, "ana", f"/exhibits/{exhibit}/custody/note", note=f"no network, {SECRET}", occurred_at=then)
    returned = {"trigger": "return date of a migrant's things", "on": "2020-01-01"}
    _post(office, "sofia", f"/cases/{ids['case_id']}/retention/events", **returned)
    with office.app.app_context():
        rounds.propose()
        with transaction() as session:
            found = {"proposal_id": str(approvals.latest(session, late.LATE, exhibit).id)}
            who = accounts.named(session, "ana").actor("test", "investigation")
            case, file = UUID(ids["case_id"]), UUID(ids["file_id"])
            for name, kind in (("copy", restoring.KIND), ("recomputation", recomputing.KIND)):
                made = approvals.propose(session, who, Wish(kind, file, case, {"file": str(file)}), SECRET)
                found[f"{name}_proposal_id"] = str(made.id)
            words = {"verb": "order_destroy", "method": SECRET, "outside": ""}
            approvals.propose(session, who, Wish(orders.DISPOSE, exhibit, case, words), SECRET)
    (due, *_) = office.call("sofia", "GET", "/retention").json["proposals"]
    return found | {"retention_proposal_id": due["id"]}


def _store(office: Office, ids: dict[str, str]) -> dict[str, str]:
    """A place, a series of seals, and a kit that came back with a line that waits and a seal that is on two things."""
    site = _post(office, "carl", "/places", name="Store", sort="site")
    shelf = _post(office, "carl", "/places", name="Shelf A", sort="shelf", parent=site["code"])
    given = {"prefix": "PN", "width": 6, "first": 1, "last": 50, "issued_to": "ana"}
    series = _post(office, "carl", "/seals", **given)["id"]
    wanted = {"exhibits": 10, "seals": 5, "seals_from": "PN000001", "issued_to": "ana", "purpose": "patrol"}
    kit = _post(office, "carl", "/kits", **wanted, case=ids["case_id"])
    label, now = f"{kit['code']}-00", clock.now().isoformat()
    where = {"occurred_at": now, "place": shelf["code"], "description": f"telephone of {SECRET}"}
    lines = [line("1", f"{label}1", seal="PN000001", **where), line("2", f"{label}1", **where)]
    answer = office.call("ana", "POST", f"/kits/{kit['id']}/entries", data=sheet(kit["code"], *lines))
    assert answer.status_code == 200, answer.text
    waiting = next(one["id"] for one in answer.json["entries"] if one["state"] == "conflict")
    found = {"place_id": shelf["id"], "series_id": series, "kit_id": kit["id"], "return_id": answer.json["id"]}
    return found | {"entry_id": waiting, "conflict_id": _conflict(office, ids["exhibit_id"])}


def _conflict(office: Office, exhibit_id: str) -> str:
    """The id of a conflict: a seal that is on something else is found on this exhibit too."""
    with office.app.app_context(), transaction() as session:
        who, exhibit = accounts.named(session, "carl").actor("test", ""), session.get_one(Exhibit, UUID(exhibit_id))
        made = seals.claim(session, who, exhibit, "PN000001", f"found on the {SECRET}")
        assert made is not None
        return str(made.id)


def _audit(office: Office, _ids: dict[str, str]) -> dict[str, str]:
    """A shelf audit in which one thing was not there, and another is still to be looked for."""
    drawn = _post(office, "aude", "/audits", random=2)
    missing, waits = drawn["items"]
    _post(office, "aude", f"/audit-items/{missing['id']}", there=False)
    (found,) = office.call("aude", "GET", f"/audits/{drawn['id']}").json["findings"]
    return {"audit_id": drawn["id"], "check_id": waits["id"], "finding_id": found["id"]}


def _data_order(office: Office, ids: dict[str, str]) -> dict[str, str]:
    """An order for data that was answered, with words that are sealed."""
    told = {"number": f"EPOC {SECRET}", "kind": "production", "authority": "a court", "addressee": "Example Mail"}
    told |= {"issued": "2026-09-01T09:00:00Z", "received": "2026-09-02T09:00:00Z", "target": NUMBER}
    made = _post(office, "ana", f"/cases/{ids['case_id']}/data-orders", category="content", **told)["id"]
    reply = {"outcome": "part", "answered": "2026-09-03T09:00:00Z", "came": NUMBER}
    (answer,) = _post(office, "ana", f"/data-orders/{made}/answers", **reply)["answers"]
    return {"data_order_id": made, "answer_id": answer["id"]}


def _online(office: Office, ids: dict[str, str]) -> dict[str, str]:
    """Something that was collected online, under an identity that is sealed."""
    told = {"typed": f"https://example.org/{SECRET}", "collector": "ana", "tool": "Hunchly", "tool_version": "2.5"}
    told |= {"collected": "2026-09-01T09:00:00Z", "identity": NUMBER}
    return {"online_id": _post(office, "ana", f"/exhibits/{ids['exhibit_id']}/online", **told)["id"]}
