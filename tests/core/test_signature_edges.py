"""What lies on the edge of Ed25519 is judged alike in the house and by the verifier that leaves it.

The rule is RFC 8032, 5.1.7, with the stricter choices of «Taming the many EdDSAs» (Chalkias, Garillot, Nikolaenko,
2020): no key of small order, numbers in their one form, no cofactor.  The cases are made here from the rule alone.
"""

import hashlib
import json

import pytest
from Crypto.Signature import eddsa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from core import cipher
from core.cipher import SignatureBroken
from exports import verifier
from exports.verifier import BASE, ZERO, L, P

# The eight points whose order divides 8, as RFC 8032 writes them.
SMALL = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]
# The same points in a second form: a height of p or more, or the sign of an x that is 0.
SECOND = [
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]
EIGHTH = bytes.fromhex(SMALL[4])
SECRET = 0x1234_5678_9ABC_DEF0_1234_5678_9ABC_DEF0 << 100
NONCE = 0xFEDC_BA98_7654_3210 << 120
HOLDER = verifier._times(SECRET, BASE)
KEY = verifier._text(HOLDER)


def asked(r: bytes, key: bytes, message: bytes) -> int:
    return int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % L


def number(value: int) -> bytes:
    return value.to_bytes(32, "little")


def judged(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is taken; the house and the verifier must say the same."""
    answers = []
    for check, wrong in ((cipher.check_signature, SignatureBroken), (verifier.check_signature, verifier.Wrong)):
        try:
            check(key, message, signature)
            answers.append(True)
        except wrong:
            answers.append(False)
    assert answers[0] == answers[1], (key.hex(), message, signature.hex())
    return answers[0]


def lax(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether somebody takes it: OpenSSL, which looks at no order, or the rule with the cofactor."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        try:
            eddsa.new(eddsa.import_public_key(key), "rfc8032").verify(message, signature)
        except ValueError:
            return False
    return True


def forged(key: bytes) -> tuple[bytes, bytes]:
    """A message and a signature that hold under a key of small order, made by nobody who has a secret."""
    point = verifier._point(key)
    for count in range(1000):
        message = b"pay %d" % count
        for small in SMALL:
            r = bytes.fromhex(small)
            if verifier._text(verifier._times(L * 8 - asked(r, key, message), point)) == r:
                return message, r + bytes(32)
    raise AssertionError


def test_the_eight_points_are_all_of_small_order_and_there_are_no_more():
    points = [verifier._point(bytes.fromhex(one)) for one in SMALL]
    assert {verifier._text(verifier._times(8, one)) for one in points} == {verifier._text(ZERO)}
    assert {verifier._text(verifier._times(n, verifier._point(EIGHTH))).hex() for n in range(8)} == set(SMALL)
    assert {int.from_bytes(bytes.fromhex(one), "little") & (1 << 255) - 1 for one in SMALL} == cipher._SMALL


@pytest.mark.parametrize("key", SMALL)
def test_a_key_of_small_order_signs_nothing_though_others_take_it(key):
    message, signature = forged(bytes.fromhex(key))
    assert lax(bytes.fromhex(key), message, signature)
    assert not judged(bytes.fromhex(key), message, signature)


@pytest.mark.parametrize("key", SECOND)
def test_a_key_in_a_second_form_signs_nothing(key):
    for message, r in ((b"a", SMALL[0]), (b"b", key)):
        assert not judged(bytes.fromhex(key), message, bytes.fromhex(r) + bytes(32))


@pytest.mark.parametrize("height", range(19))
def test_no_height_of_the_field_s_size_or_more_is_a_key(height):
    for sign in (0, 1 << 255):
        assert not judged(number(P + height | sign), b"text", bytes.fromhex(SMALL[0]) + bytes(32))


def test_a_good_signature_is_taken_and_each_second_form_of_it_is_not():
    r = verifier._text(verifier._times(NONCE, BASE))
    scalar = (NONCE + asked(r, KEY, b"text") * SECRET) % L
    assert judged(KEY, b"text", r + number(scalar))
    assert not judged(KEY, b"other", r + number(scalar))
    for more in range(1, 16):
        assert not judged(KEY, b"text", r + number(scalar + more * L))
    assert not judged(KEY, b"text", r + number(scalar | 1 << 255))
    assert not judged(KEY, b"text", r + number((NONCE - asked(r, KEY, b"text") * SECRET) % L))


@pytest.mark.parametrize("r", [*SECOND, *SMALL[1:]])
def test_a_signature_whose_first_half_is_another_form_or_another_small_point_is_not_taken(r):
    """The holder of a good key tries it: with the cofactor, or with numbers in any form, these would hold."""
    head = bytes.fromhex(r)
    assert not judged(KEY, b"text", head + number(asked(head, KEY, b"text") * SECRET % L))


def test_with_the_cofactor_the_house_would_take_what_a_stranger_refuses():
    head = bytes.fromhex(SMALL[1])
    signature = head + number(asked(head, KEY, b"text") * SECRET % L)
    assert lax(KEY, b"text", signature)
    assert not judged(KEY, b"text", signature)


def test_a_key_and_a_signature_with_a_small_part_are_judged_alike():
    """A key to which somebody adds a point of order 8 holds for one text in eight, whoever looks."""
    mixed = verifier._text(verifier._add(HOLDER, verifier._point(EIGHTH)))
    r = verifier._text(verifier._times(NONCE, BASE))
    seen = set()
    for count in range(40):
        message = b"text %d" % count
        k = asked(r, mixed, message)
        signature = r + number((NONCE + k * SECRET) % L)
        assert lax(mixed, message, signature)
        assert judged(mixed, message, signature) == (k % 8 == 0)
        seen.add(k % 8 == 0)
    assert seen == {True, False}


@pytest.mark.parametrize("key", ["", "00", "01" * 31, "01" * 33, "02" + "00" * 31, "07" + "00" * 30 + "7f", "ff" * 32])
def test_what_is_no_key_at_all_is_refused_in_words(key):
    assert not judged(bytes.fromhex(key), b"text", cipher.sign(bytes(32), b"text"))


def test_the_published_attacks_are_judged_alike(corpus):
    seen = 0
    for group in json.loads((corpus / "standards_crypto" / "ed25519_test.json").read_text())["testGroups"]:
        for test in group["tests"]:
            key, message, signature = (
                bytes.fromhex(one) for one in (group["publicKey"]["pk"], test["msg"], test["sig"])
            )
            assert judged(key, message, signature) == (test["result"] == "valid")
            seen += 1
    assert seen > 70
