"""What tests of uploads send: one content in five parts, its sheet, and short ways to send a part and look."""

import hashlib
import json
from typing import Any

from werkzeug.test import TestResponse

from app.wiring import services, transaction
from core import cipher
from core.ledger import entries as ledger
from evidence import fixity
from evidence.uploads import sheets
from tests.offices import Office

PART = 4096
CONTENT = b"".join(bytes([number]) * PART for number in range(1, 5)) + b"the rest"
PARTS = 5
SEED = cipher.new_key(32)


def part(number: int, content: bytes = CONTENT) -> bytes:
    """The bytes of a part, from 1."""
    return content[(number - 1) * PART : number * PART]


def sha(data: bytes) -> str:
    """A SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def sheet(content: bytes = CONTENT, name: str = "phone.ufdr", **other: Any) -> str:
    """A signed sheet of a content."""
    values = {
        "v": 1, "kind": sheets.KIND, "name": name, "size": len(content), "sha256": sha(content),
        "target": "container_file", "part_bytes": PART, "made_by": "the laboratory", "made_at": "2026-11-01T10:00:00Z",
        "parts": [sha(content[at : at + PART]) for at in range(0, len(content), PART)],
    }  # fmt: skip
    return sheets.signed(values | other, SEED)


def begun(office: Office, exhibit: str, who: str = "ana", **told: Any) -> dict[str, Any]:
    """An upload without a sheet."""
    told = {"name": "phone.ufdr", "size": len(CONTENT), "part_bytes": PART} | told
    answer = office.call(who, "POST", f"/exhibits/{exhibit}/uploads", json=told)
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def sheeted(office: Office, exhibit: str, who: str = "ana", text: str = "", **told: Any) -> dict[str, Any]:
    """An upload with a sheet."""
    answer = office.call(who, "POST", f"/exhibits/{exhibit}/uploads", json={"sheet": text or sheet(), **told})
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def put(
    office: Office, upload: dict[str, Any], number: int, data: bytes | None = None, who: str = "ana", **head: str
) -> TestResponse:
    """Send a part."""
    sent = part(number) if data is None else data
    return office.call(who, "PUT", f"/uploads/{upload['id']}/parts/{number}", data=sent, headers=head)


def seen(office: Office, upload: dict[str, Any], who: str = "ana") -> dict[str, Any]:
    """The upload as it stands."""
    return dict(office.call(who, "GET", f"/uploads/{upload['id']}").json)


def held(office: Office, upload: dict[str, Any]) -> list[int]:
    """The numbers of the parts that are held."""
    return [one["number"] for one in office.call("ana", "GET", f"/uploads/{upload['id']}/parts").json["held"]]


def stored(office: Office, upload: dict[str, Any]) -> dict[str, Any]:
    """The file that became of an upload."""
    after = seen(office, upload)
    assert after["state"] == "stored", after
    return dict(office.call("ana", "GET", f"/files/{after['file_id']}").json)


def acts(office: Office, exhibit: str) -> list[str]:
    """What the custody chain of an exhibit tells, in order."""
    return [one["act"] for one in office.call("ana", "GET", f"/exhibits/{exhibit}/custody").json["steps"]]


def custody(office: Office, exhibit: str, act: str) -> list[dict[str, Any]]:
    """The details of every entry of this act in the custody chain of an exhibit."""
    steps = office.call("ana", "GET", f"/exhibits/{exhibit}/custody").json["steps"]
    return [json.loads(one["body"])["record"]["words"] for one in steps if one["act"] == act]


def blobs(office: Office) -> int:
    """How many blobs lie in the vault."""
    with office.app.app_context():
        return len(list(services().vault.root.glob("??/??/*")))


def everything_holds(office: Office) -> int:
    """Ledger, rows and blobs agree, nothing half written lies about; gives how many blobs came since `counted`."""
    with office.app.app_context():
        house = services()
        with transaction() as session:
            assert list(ledger.breaks(session)) == []
        assert [one for one in fixity.check(transaction, house.vault, house.keyring) if one is not None] == []
        assert list(house.vault.root.glob("incoming/*")) == []
    return blobs(office) - int(office.made.get("blobs", "0"))


def counted(office: Office) -> None:
    """Remember how many blobs there are."""
    office.made["blobs"] = str(blobs(office))


def closed(office: Office) -> None:
    """Let go of what a deployment has open."""
    with office.app.app_context():
        services().index.close()
        services().engine.dispose()


KEY_ID = sheets.key_id(cipher.public_key(SEED))
