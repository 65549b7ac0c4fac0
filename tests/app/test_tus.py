"""The tus 1.0.0 protocol, held against its text and against two clients that others have written."""

import base64
import hashlib
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from uuid import UUID

import pytest

from app.wiring import services, transaction
from core import clock
from evidence.uploads.rows import Upload
from tests import offices, serving
from tests.app.uploads import CONTENT, acts, sha
from tests.offices import Office

OFFSET = "application/offset+octet-stream"
VENDORED = Path(__file__).parents[2] / "app" / "static" / "vendor" / "tus.js"


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    made = Office(offices.deployment(tmp_path_factory.mktemp("tus") / "instance"))
    yield made
    with made.app.app_context():
        services().index.close()
        services().engine.dispose()


@pytest.fixture
def exhibit(office):
    return office.exhibit("ana", office.case("ana"))


def tus(office, method, path="", who="ana", data=None, **head):
    sent = {"Authorization": f"Bearer {office.token(who)}", "Tus-Resumable": "1.0.0"}
    sent |= {name.replace("_", "-"): value for name, value in head.items()}
    sent = {name: value for name, value in sent.items() if value}
    url = path if path.startswith("/") else f"/api/uploads{path}"
    return office.app.test_client().open(url, method=method, headers=sent, data=data)


def written(**pairs):
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in pairs.items())


def created(office, exhibit, **head):
    meta = written(exhibit=exhibit, filename="phone.ufdr", sha256=sha(CONTENT))
    answer = tus(office, "POST", Upload_Length=str(len(CONTENT)), Upload_Metadata=meta, **head)
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"]


def patch(office, place, offset, data, **head):
    return tus(office, "PATCH", place, data=data, Upload_Offset=str(offset), Content_Type=OFFSET, **head)


def offset(office, place):
    return int(tus(office, "HEAD", place).headers["Upload-Offset"])


def checksum(data, algorithm="sha1"):
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


def test_what_is_spoken_is_told_without_a_version_and_without_a_sign_in(office):
    answer = office.app.test_client().options("/api/uploads")

    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert set(answer.headers["Tus-Extension"].split(",")) == {
        "creation", "creation-with-upload", "expiration", "checksum", "termination", "concatenation",
    }  # fmt: skip
    assert "sha1" in answer.headers["Tus-Checksum-Algorithm"].split(",")
    assert int(answer.headers["Tus-Max-Size"]) > 400 * 10**9


def test_bytes_are_sent_by_offset_and_make_the_announced_file(office, exhibit):
    place = created(office, exhibit)
    assert offset(office, place) == 0
    for start in (0, 5000, 10_000, 15_000):
        answer = patch(office, place, start, CONTENT[start : start + 5000])
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(min(start + 5000, len(CONTENT))))
        assert answer.headers["Tus-Resumable"] == "1.0.0"
    office.work()

    upload = office.call("ana", "GET", f"/exhibits/{exhibit}/uploads").json["uploads"][0]
    assert upload["state"] == "stored"
    assert office.call("ana", "GET", f"/files/{upload['file_id']}/content").data == CONTENT
    head = tus(office, "HEAD", place)
    assert head.headers["Upload-Offset"] == head.headers["Upload-Length"] == str(len(CONTENT))
    assert head.headers["Cache-Control"] == "no-store"


def test_the_first_bytes_may_come_with_the_creation(office, exhibit):
    meta = written(exhibit=exhibit, filename="a.bin")
    answer = tus(office, "POST", data=b"hello", Upload_Length="100", Upload_Metadata=meta, Content_Type=OFFSET)

    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "5")
    assert offset(office, answer.headers["Location"]) == 5
    assert tus(office, "HEAD", answer.headers["Location"]).headers["Upload-Metadata"] == meta


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha512"])
def test_a_checksum_that_fits_is_taken_and_one_that_does_not_moves_nothing(office, exhibit, algorithm):
    place = created(office, exhibit)
    right = patch(office, place, 0, CONTENT[:100], Upload_Checksum=checksum(CONTENT[:100], algorithm))
    wrong = patch(office, place, 100, b"spoilt" * 20, Upload_Checksum=checksum(CONTENT[100:220], algorithm))

    assert (right.status_code, wrong.status_code) == (204, 460)
    assert offset(office, place) == 100
    assert "upload part refused" in acts(office, exhibit)


@pytest.mark.parametrize(
    ("head", "data", "status"),
    [
        ({"Tus_Resumable": "0.2.2"}, b"x", 412),
        ({"Tus_Resumable": ""}, b"x", 412),
        ({"Content_Type": "application/octet-stream"}, b"x", 415),
        ({"Upload_Offset": "7"}, b"x", 409),
        ({"Upload_Offset": "-1"}, b"x", 400),
        ({"Upload_Offset": ""}, b"x", 400),
        ({"Upload_Offset": "٣"}, b"x", 400),
        ({"Upload_Checksum": "crc32 AAAA"}, b"x", 400),
        ({"Upload_Checksum": "sha1 !!"}, b"x", 400),
        ({}, CONTENT + b"more", 413),
    ],
)
def test_what_does_not_keep_to_the_protocol_is_refused_as_it_says_and_moves_nothing(
    office, exhibit, head, data, status
):
    place = created(office, exhibit)
    sent = {"Upload_Offset": "0", "Content_Type": OFFSET} | head
    sent = {name: value.encode().decode("latin-1") for name, value in sent.items()}
    answer = tus(office, "PATCH", place, data=data, **sent)

    assert answer.status_code == status, answer.text
    assert offset(office, place) == 0
    if status == 412:
        assert answer.headers["Tus-Version"] == "1.0.0"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ({"Upload_Length": ""}, 400),
        ({"Upload_Length": "-5"}, 400),
        ({"Upload_Length": str(10**15)}, 413),
        ({"Upload_Metadata": ""}, 400),
        ({"Upload_Metadata": "exhibit !!"}, 400),
        ({"Upload_Metadata": "filename eA==,filename eA=="}, 400),
        ({"Upload_Concat": "sideways"}, 400),
        ({"Upload_Concat": "final;"}, 400),
    ],
)
def test_an_upload_is_not_begun_by_what_cannot_be_read(office, exhibit, head, status):
    sent = {"Upload_Length": "5", "Upload_Metadata": written(exhibit=exhibit, filename="a")} | head
    answer = tus(office, "POST", **sent)

    assert answer.status_code == status, answer.text
    assert "Location" not in answer.headers


def test_pieces_sent_in_any_order_are_joined(office, exhibit):
    meta = written(exhibit=exhibit)
    halves = [CONTENT[:7000], CONTENT[7000:]]
    places = []
    for half in halves:
        made = tus(office, "POST", Upload_Length=str(len(half)), Upload_Concat="partial", Upload_Metadata=meta)
        places.append(made.headers["Location"])
    final = {"Upload_Concat": f"final;{places[0]} {places[1]}",
             "Upload_Metadata": written(exhibit=exhibit, filename="whole.bin", sha256=sha(CONTENT))}  # fmt: skip
    assert tus(office, "POST", **final).status_code == 409
    for place, half in reversed(list(zip(places, halves, strict=True))):
        assert patch(office, place, 0, half).status_code == 204
        assert tus(office, "HEAD", place).headers["Upload-Concat"] == "partial"
    whole = tus(office, "POST", **final)
    assert whole.status_code == 201
    assert patch(office, whole.headers["Location"], 0, b"x").status_code == 403
    head = tus(office, "HEAD", whole.headers["Location"])
    assert head.headers["Upload-Length"] == head.headers["Upload-Offset"] == str(len(CONTENT))
    assert head.headers["Upload-Concat"] == final["Upload_Concat"]
    office.work()

    upload = office.call("ana", "GET", f"/exhibits/{exhibit}/uploads").json["uploads"][0]
    assert office.call("ana", "GET", f"/files/{upload['file_id']}/content").data == CONTENT


def test_pieces_of_another_exhibit_are_not_joined(office, exhibit):
    mine = tus(office, "POST", data=b"mine!", Upload_Length="5", Upload_Concat="partial", Content_Type=OFFSET,
               Upload_Metadata=written(exhibit=exhibit)).headers["Location"]  # fmt: skip
    theirs = office.exhibit("olga", office.case("olga"))
    meta = written(exhibit=theirs, filename="a")
    stranger = tus(office, "POST", who="olga", Upload_Concat=f"final;{mine}", Upload_Metadata=meta)
    own = office.exhibit("ana", office.case("ana"))
    elsewhere = tus(office, "POST", Upload_Concat=f"final;{mine}", Upload_Metadata=written(exhibit=own, filename="a"))

    assert (stranger.status_code, elsewhere.status_code) == (404, 409)


def test_an_upload_can_be_ended_and_is_gone_then(office, exhibit):
    place = created(office, exhibit)
    patch(office, place, 0, CONTENT[:100])

    assert tus(office, "DELETE", place).status_code == 204
    assert [tus(office, "HEAD", place).status_code, patch(office, place, 100, b"x").status_code] == [410, 410]
    assert "Upload-Offset" not in tus(office, "HEAD", place).headers
    assert acts(office, exhibit)[-2:] == ["upload cancelled", "upload purged"]


def test_the_time_until_which_it_lasts_is_told_and_held(office, exhibit):
    place = created(office, exhibit)
    answer = patch(office, place, 0, CONTENT[:10])
    until = parsedate_to_datetime(answer.headers["Upload-Expires"])

    assert timedelta(days=13) < until - datetime.now(UTC) < timedelta(days=15)
    with office.app.app_context(), transaction() as session:
        session.get_one(Upload, UUID(place.rpartition("/")[2])).expires = clock.now() - timedelta(seconds=1)
    assert [tus(office, "HEAD", place).status_code, patch(office, place, 10, b"x").status_code] == [410, 410]


def test_a_method_that_a_client_cannot_send_stands_in_a_header(office, exhibit):
    place = created(office, exhibit)
    answer = tus(office, "POST", place, data=b"abc", Upload_Offset="0", Content_Type=OFFSET,
                 X_HTTP_Method_Override="PATCH")  # fmt: skip

    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, "3")


@pytest.mark.parametrize("method", ["HEAD", "PATCH", "DELETE"])
def test_another_cases_upload_is_as_one_that_never_was(office, exhibit, method):
    place = created(office, exhibit)
    never = place[:-12] + "000000000000"
    answers = [tus(office, method, one, who="olga", data=b"x", Upload_Offset="0", Content_Type=OFFSET)
               for one in (place, never)]  # fmt: skip

    assert [one.status_code for one in answers] == [404, 404]
    assert answers[0].data == answers[1].data
    nobody = office.app.test_client().open(place, method=method, headers={"Tus-Resumable": "1.0.0"})
    assert nobody.status_code in {400, 401}
    assert offset(office, place) == 0


@pytest.fixture
def served(office):
    """The desk on a port of this machine."""
    with serving.served(office.app) as address:
        yield address


CLIENT = """
const tus = require(process.argv[2]);
const [url, token, exhibit, path, parallel, chunk] = process.argv.slice(3);
const fs = require("fs");
const http = require("http");
// The vendored build is the browser's; node has fetch and no XMLHttpRequest, so its way of speaking HTTP is given here.
class Request {
  constructor(method, url) { Object.assign(this, { method, url, head: {} }); }
  getMethod() { return this.method; }
  getURL() { return this.url; }
  setHeader(name, value) { this.head[name] = value; }
  getHeader(name) { return this.head[name]; }
  setProgressHandler() {}
  abort() { return Promise.resolve(); }
  getUnderlyingObject() { return this; }
  async send(body = null) {
    const sent = body === null ? undefined : Buffer.from(await body.arrayBuffer());
    const answer = await fetch(this.url, { method: this.method, headers: this.head, body: sent });
    const text = await answer.text();
    return {
      getStatus: () => answer.status, getHeader: (name) => answer.headers.get(name), getBody: () => text,
      getUnderlyingObject: () => answer,
    };
  }
}
globalThis.XMLHttpRequest = class {};
const file = new Blob([fs.readFileSync(path)]);
const upload = new tus.Upload(file, {
  endpoint: `${url}/api/uploads`, chunkSize: Number(chunk), parallelUploads: Number(parallel),
  httpStack: { createRequest: (method, address) => new Request(method, address), getName: () => "fetch" },
  headers: { Authorization: `Bearer ${token}` }, metadata: { exhibit, filename: "by-tus-js.bin" },
  metadataForPartialUploads: { exhibit }, storeFingerprintForResuming: false, retryDelays: null,
  onError: (fault) => { console.error(String(fault)); process.exit(1); },
  onSuccess: () => { console.log(upload.url); process.exit(0); },
});
upload.start();
"""


@pytest.mark.parametrize(("parallel", "chunk"), [(1, 5000), (3, 4096)])
def test_the_official_client_of_tus_agrees(office, exhibit, served, tmp_path, parallel, chunk):
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not there")
    (tmp_path / "content").write_bytes(CONTENT)
    (tmp_path / "client.js").write_text(CLIENT)
    words = [node, tmp_path / "client.js", VENDORED, served, office.token("ana"), exhibit, tmp_path / "content"]
    said = subprocess.run([*words, str(parallel), str(chunk)], capture_output=True, text=True, timeout=60, check=False)
    assert said.returncode == 0, said.stderr
    office.work()

    upload = office.call("ana", "GET", f"/exhibits/{exhibit}/uploads").json["uploads"][0]
    assert (upload["state"], upload["name"]) == ("stored", "by-tus-js.bin")
    assert office.call("ana", "GET", f"/files/{upload['file_id']}/content").data == CONTENT
