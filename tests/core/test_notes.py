"""Signed notes, checkpoints and cosignatures: what holds is read, and every way of not holding is refused."""

import base64
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import cipher
from core.errors import Tampered
from core.ledger import notes
from core.ledger.notes import COSIGNATURE, ED25519, Checkpoint, KeyWrong, NoteWrong

LOG, WITNESS, OTHER = bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))
ORIGIN = "office.example/log"
ROOT = bytes(range(100, 132))
BODY = Checkpoint(ORIGIN, 37, ROOT).body()
LOG_KEY = notes.key(ORIGIN, cipher.public_key(LOG))
WITNESS_KEY = notes.key("court.example/w1", cipher.public_key(WITNESS), COSIGNATURE)


def signed(body: str = BODY, seed: bytes = LOG, name: str = ORIGIN) -> str:
    return notes.sign_line(name, lambda text: cipher.sign(seed, text), cipher.public_key(seed), body)


def cosigned(body: str = BODY, seed: bytes = WITNESS, name: str = "court.example/w1", at: int = 1_800_000_000) -> str:
    return notes.cosign_line(name, lambda text: cipher.sign(seed, text), cipher.public_key(seed), body, at)


NOTE = notes.note(BODY, [signed(), cosigned()])

# The example key and note of the published format.
EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)


# --- What holds is read ------------------------------------------------------------------------------------------


def test_the_published_example_is_read_and_its_key_written_as_published():
    key = notes.read_vkey(EXAMPLE_KEY)

    assert str(key) == EXAMPLE_KEY
    assert notes.open_note(EXAMPLE, [key]).body == "This is an example message.\n"


def test_the_published_checkpoint_is_read_in_its_parts_and_written_again():
    body = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

    one = Checkpoint.parse(body)

    assert (one.origin, one.size, len(one.root)) == ("example.com/behind-the-sofa", 20852163, 32)
    assert one.body() == body


def test_a_checkpoint_opens_under_the_keys_of_log_and_witness_and_says_when_the_witness_signed():
    opened = notes.open_note(NOTE, [LOG_KEY, WITNESS_KEY])

    assert opened.body == BODY
    assert [(one.key.name, one.time) for one in opened.signatures] == [
        (ORIGIN, None),
        ("court.example/w1", 1_800_000_000),
    ]
    assert notes.open_note(NOTE.encode(), [LOG_KEY]).keys == (LOG_KEY,)


def test_openssl_accepts_the_signature_of_a_note(tmp_path):
    (tmp_path / "pub.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + LOG_KEY.public)
    (tmp_path / "sig").write_bytes(base64.b64decode(signed().split(" ")[2])[4:])
    (tmp_path / "text").write_text(BODY, encoding="utf-8")
    checking = "openssl pkeyutl -verify -pubin -keyform DER -inkey pub.der -rawin -in text -sigfile sig".split()

    assert subprocess.run(checking, cwd=tmp_path, check=False, capture_output=True).returncode == 0
    (tmp_path / "text").write_text(BODY.replace("37", "38"), encoding="utf-8")
    assert subprocess.run(checking, cwd=tmp_path, check=False, capture_output=True).returncode != 0


def test_unknown_keys_are_passed_over_even_with_the_name_of_a_known_one():
    strangers = [signed(seed=OTHER), signed(seed=OTHER, name="elsewhere.example/x"), cosigned(seed=OTHER)]

    assert notes.open_note(notes.note(BODY, [*strangers, signed()]), [LOG_KEY]).keys == (LOG_KEY,)


def test_the_id_of_a_known_key_under_another_name_is_another_key():
    blob = base64.b64encode(LOG_KEY.id + bytes(64)).decode()

    assert notes.open_note(notes.note(BODY, [f"— other.example/x {blob}\n", signed()]), [LOG_KEY]).keys == (LOG_KEY,)


@pytest.mark.parametrize("count", [16, 99])
def test_many_signature_lines_are_read(count):
    strangers = [signed(seed=bytes([n]) * 32, name=f"n{n}.example") for n in range(count)]

    assert notes.open_note(notes.note(BODY, [*strangers, signed()]), [LOG_KEY]).keys == (LOG_KEY,)


def test_more_signature_lines_than_anyone_needs_are_refused():
    with pytest.raises(NoteWrong, match="101 signatures"):
        notes.open_note(notes.note(BODY, [signed()] * 101), [LOG_KEY])


def test_two_good_signatures_by_one_key_count_once():
    opened = notes.open_note(notes.note(BODY, [cosigned(at=5), cosigned(at=6)]), [WITNESS_KEY])

    assert opened.keys == (WITNESS_KEY,)
    assert [one.time for one in opened.signatures] == [5, 6]


def test_a_text_with_empty_lines_is_parted_at_the_last_one():
    body = "first\n\nlast\n"

    assert notes.open_note(notes.note(body, [signed(body)]), [LOG_KEY]).body == body


# --- What does not hold is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [0, 1])
def test_a_bad_signature_of_a_known_key_rejects_the_whole_note_whoever_else_signed(order):
    lines = [signed(BODY.replace("37", "38")), cosigned()]
    text = notes.note(BODY, lines[::-1] if order else lines)

    with pytest.raises(NoteWrong, match="does not belong"):
        notes.open_note(text, [LOG_KEY, WITNESS_KEY])


def test_a_good_and_a_bad_signature_by_one_key_are_a_bad_note():
    with pytest.raises(NoteWrong):
        notes.open_note(notes.note(BODY, [signed(), signed("other\n")]), [LOG_KEY])


def test_a_note_that_no_trusted_key_signed_is_refused():
    for keys in ([], [WITNESS_KEY], [notes.key(ORIGIN, cipher.public_key(OTHER))]):
        with pytest.raises(NoteWrong, match="none of the keys"):
            notes.open_note(notes.note(BODY, [signed()]), keys)


def test_the_key_of_a_witness_does_not_stand_for_that_of_a_log():
    same = notes.key(ORIGIN, LOG_KEY.public, COSIGNATURE)

    with pytest.raises(NoteWrong, match="none of the keys"):
        notes.open_note(notes.note(BODY, [signed()]), [same])


def test_a_cosignature_holds_for_its_own_time_only():
    blob = bytearray(base64.b64decode(cosigned().split(" ")[2]))
    blob[11] ^= 1
    line = f"— court.example/w1 {base64.b64encode(blob).decode()}\n"

    with pytest.raises(NoteWrong):
        notes.open_note(notes.note(BODY, [line]), [WITNESS_KEY])


@pytest.mark.parametrize("blob", [bytes(8), bytes(71), bytes(72), b"\xff" * 72, bytes(73)])
def test_a_cosignature_of_another_length_or_an_impossible_time_is_refused(blob):
    line = f"— court.example/w1 {base64.b64encode(WITNESS_KEY.id + blob).decode()}\n"

    with pytest.raises(NoteWrong):
        notes.open_note(notes.note(BODY, [line]), [WITNESS_KEY])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "\n\n",
        BODY,
        BODY + "\n",
        NOTE.replace("\n", "\r\n"),
        NOTE[:-1],
        NOTE + "\n",
        NOTE + "x",
        NOTE + "— x\n",
        NOTE + "— x AAAA\n",
        NOTE + "— x AAAAAA==\n",
        NOTE + "—  x AAAAAAA=\n",
        NOTE + "- x AAAAAAA=\n",
        NOTE + "— x AAAAAAA= \n",
        NOTE + "— x+y AAAAAAA=\n",
        NOTE + "— x\u00a0y AAAAAAA=\n",
        NOTE + "— x AAAAAAB=\n",
        NOTE + "— x AAAA*AA=\n",
        NOTE + "— x AAAAAAA\n",
        NOTE + "— x ٣٣٣٣\n",
        NOTE.replace("office", "off\x00ice"),
        NOTE.replace("office", "off\tice"),
        NOTE.replace("office", "off\x1bice"),
        NOTE.replace("office", "off\ud800ice"),
        NOTE.replace("\n\n", "\n"),
    ],
)
def test_a_malformed_note_is_refused(text):
    with pytest.raises(NoteWrong):
        notes.open_note(text, [LOG_KEY, WITNESS_KEY])


def test_bytes_that_are_no_utf8_are_no_note():
    with pytest.raises(NoteWrong, match="UTF-8"):
        notes.open_note(NOTE.encode() + b"\xff\n", [LOG_KEY])


ROOT_64 = base64.b64encode(ROOT).decode()


@pytest.mark.parametrize(
    "body",
    [
        f"{ORIGIN}\n037\n{ROOT_64}\n",
        f"{ORIGIN}\n00\n{ROOT_64}\n",
        f"{ORIGIN}\n+37\n{ROOT_64}\n",
        f"{ORIGIN}\n-1\n{ROOT_64}\n",
        f"{ORIGIN}\n 37\n{ROOT_64}\n",
        f"{ORIGIN}\n3_7\n{ROOT_64}\n",
        f"{ORIGIN}\n٣٧\n{ROOT_64}\n",
        f"{ORIGIN}\n\n{ROOT_64}\n",
        f"{ORIGIN}\n{2**63}\n{ROOT_64}\n",
        f"{ORIGIN}\n{10**40}\n{ROOT_64}\n",
        f"{ORIGIN}\n37\n{ROOT_64}",
        f"{ORIGIN}\n37\n{ROOT_64}\nextension\n",
        f"{ORIGIN}\n37\n{ROOT_64}\n\n",
        f"{ORIGIN}\n37\n{ROOT_64[:-4]}\n",
        f"{ORIGIN}\n37\n{base64.b64encode(ROOT[:31]).decode()}\n",
        f"{ORIGIN}\n37\n{base64.b64encode(ROOT + b'x').decode()}\n",
        f"{ORIGIN}\n37\n{ROOT_64[:-1]}\n",
        f"\n37\n{ROOT_64}\n",
        f"{ORIGIN}\r\n37\r\n{ROOT_64}\r\n",
        f"{ORIGIN}\n37\n",
        "",
    ],
)
def test_a_checkpoint_written_in_any_other_way_is_refused(body):
    with pytest.raises(NoteWrong):
        Checkpoint.parse(body)


@pytest.mark.parametrize(("origin", "size", "root"), [("a\nb", 1, ROOT), ("a", -1, ROOT), ("a", 1, b""), ("", 1, ROOT)])
def test_what_cannot_be_a_checkpoint_is_not_written_as_one(origin, size, root):
    with pytest.raises(NoteWrong):
        Checkpoint(origin, size, root).body()


@given(st.integers(0, notes.LARGEST), st.binary(min_size=32, max_size=32))
def test_every_checkpoint_is_read_as_it_was_written(size, root):
    one = Checkpoint(ORIGIN, size, root)

    assert Checkpoint.parse(one.body()) == one


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        EXAMPLE_KEY.replace("530d903a", "530d903b"),
        EXAMPLE_KEY.replace("530d903a", "530d903"),
        EXAMPLE_KEY.replace("/foo", "/fool"),
        EXAMPLE_KEY.replace("foo", "f oo"),
        EXAMPLE_KEY[:-4],
        EXAMPLE_KEY + "=",
        EXAMPLE_KEY.replace("+AeKy", "+BeKy").replace("+Aeky", "+Beky"),
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "a+00000000+",
    ],
)
def test_a_verifier_key_that_was_altered_or_is_none_is_refused(text):
    with pytest.raises(KeyWrong):
        notes.read_vkey(text)


@pytest.mark.parametrize("kind", [ED25519, COSIGNATURE])
def test_a_verifier_key_is_read_as_it_was_written(kind):
    public = cipher.public_key(OTHER)

    assert notes.read_vkey(notes.vkey("a.example/b", public, kind)) == notes.key("a.example/b", public, kind)


def test_two_keys_that_a_line_could_not_tell_apart_are_refused_together():
    twin = notes.NoteKey(LOG_KEY.name, ED25519, cipher.public_key(OTHER), LOG_KEY.id)

    with pytest.raises(KeyWrong, match="two different keys"):
        notes.open_note(NOTE, [LOG_KEY, twin])


@pytest.mark.parametrize("body", ["no end", "tab\there\n", "cr\r\n", "\ud800\n", ""])
def test_nothing_is_signed_that_could_not_be_read_again(body):
    with pytest.raises(NoteWrong):
        signed(body)


@pytest.mark.parametrize("at", [0, -1, 2**63])
def test_a_witness_does_not_sign_at_an_impossible_time(at):
    with pytest.raises(NoteWrong):
        cosigned(at=at)


@given(st.integers(0, len(NOTE.encode()) - 1), st.integers(0, 7), st.binary(max_size=3))
@settings(max_examples=400, deadline=None)
def test_whatever_is_changed_in_a_note_no_other_text_ever_opens(place, bit, more):
    raw = bytearray(NOTE.encode())
    raw[place] ^= 1 << bit
    raw[place:place] = more
    try:
        opened = notes.open_note(bytes(raw), [LOG_KEY, WITNESS_KEY])
    except NoteWrong:
        return
    assert opened.body == BODY


@given(st.text(max_size=300) | st.binary(max_size=300))
def test_no_text_at_all_breaks_the_reader(text):
    with pytest.raises(NoteWrong):
        notes.open_note(text, [LOG_KEY])


def test_what_does_not_hold_is_tampering_to_the_house():
    assert issubclass(NoteWrong, Tampered)
