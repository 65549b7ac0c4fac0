"""Sealed bytes open as they were or not at all, and a second implementation agrees byte for byte."""

import hashlib
import hmac
import json
import os
import tracemalloc
from collections.abc import Iterator

import pytest
from Crypto.Cipher import AES
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import given, settings
from hypothesis import strategies as st

from core import cipher
from core.cipher import CHUNK, HEAD, TAG, SealBroken, SignatureBroken
from core.errors import Tampered

KEY = bytes(range(32))
CONTEXT = b"one case, one exhibit, one file"
EDGES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7, 5 * CHUNK - 1]


# --- A second implementation, from the published format alone, on another library --------------------------------


def _keys(key: bytes, salt: bytes, context: bytes) -> tuple[bytes, int, bytes]:
    info = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM" + b"\x00" + salt + context
    block = stream = b""
    for counter in (1, 2):
        block = hmac.digest(key, block + info + bytes([counter]), "sha512")
        stream += block
    return stream[:32], int.from_bytes(stream[32:44], "big"), stream[44:76]


def _machine(key: bytes, base: int, number: int):
    return AES.new(key, AES.MODE_GCM, nonce=(base ^ number).to_bytes(12, "big"), mac_len=16)


def other_seal(plain: bytes, key: bytes, context: bytes, salt: bytes) -> bytes:
    chunk_key, base, commitment = _keys(key, salt, context)
    out = salt + commitment
    for number in range(len(plain) // CHUNK + 1):
        piece = plain[number * CHUNK : (number + 1) * CHUNK]
        out += b"".join(_machine(chunk_key, base, number).encrypt_and_digest(piece))
    return out


def other_unseal(sealed: bytes, key: bytes, context: bytes) -> bytes:
    chunk_key, base, commitment = _keys(key, sealed[:24], context)
    assert commitment == sealed[24:56]
    body, plain = sealed[56:], b""
    for number in range(len(body) // (CHUNK + 16) + 1):
        piece = body[number * (CHUNK + 16) : (number + 1) * (CHUNK + 16)]
        plain += _machine(chunk_key, base, number).decrypt_and_verify(piece[:-16], piece[-16:])
    return plain


def seal(plain: bytes, key: bytes = KEY, context: bytes = CONTEXT) -> bytes:
    return b"".join(cipher.seal([plain], key, context=context))


def unseal(sealed: bytes, key: bytes = KEY, context: bytes = CONTEXT) -> bytes:
    return b"".join(cipher.unseal([sealed], key, context=context))


def part(sealed: bytes, size: int, start: int, length: int, key: bytes = KEY, context: bytes = CONTEXT) -> bytes:
    pieces = cipher.unseal_range(
        lambda offset, count: sealed[offset : offset + count],
        key,
        context=context,
        size=size,
        start=start,
        length=length,
    )
    return b"".join(pieces)


def noise(length: int) -> bytes:
    return (hashlib.sha256(length.to_bytes(8, "big")).digest() * (length // 32 + 1))[:length]


def cut(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    for size in sizes:
        yield data[:size]
        data = data[size:]
    yield data


# --- What was sealed opens -------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", EDGES)
def test_what_was_sealed_opens_and_has_the_length_that_was_foretold(size):
    sealed = seal(noise(size))

    assert unseal(sealed) == noise(size)
    assert len(sealed) == cipher.sealed_size(size)


@pytest.mark.parametrize("size", EDGES)
def test_a_second_implementation_opens_what_we_seal_and_we_open_what_it_seals(size):
    assert other_unseal(seal(noise(size)), KEY, CONTEXT) == noise(size)
    assert unseal(other_seal(noise(size), KEY, CONTEXT, os.urandom(24))) == noise(size)


@given(st.binary(max_size=3 * CHUNK), st.lists(st.integers(0, CHUNK + 100), max_size=6), st.binary(max_size=40))
@settings(max_examples=60, deadline=None)
def test_however_a_stream_is_cut_into_frames_the_same_bytes_come_out(plain, sizes, context):
    sealed = b"".join(cipher.seal(cut(plain, sizes), KEY, context=context))

    assert b"".join(cipher.unseal(cut(sealed, sizes), KEY, context=context)) == plain
    assert other_unseal(sealed, KEY, context) == plain


def test_a_sealed_text_from_long_ago_still_opens():
    salt = bytes(range(100, 124))
    ours = other_seal(b"smuggled persons are witnesses first", KEY, b"known answer", salt)

    assert hashlib.sha256(ours).hexdigest() == KNOWN_ANSWER
    assert unseal(ours, context=b"known answer") == b"smuggled persons are witnesses first"


def test_sealing_twice_gives_different_bytes():
    assert seal(b"the same") != seal(b"the same")


def test_a_stream_of_any_length_takes_the_memory_of_a_frame():
    frame = bytes(1 << 20)
    tracemalloc.start()
    for piece in cipher.unseal(cipher.seal((frame for _ in range(96)), KEY, context=CONTEXT), KEY, context=CONTEXT):
        assert len(piece) <= len(frame) + CHUNK
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 8 << 20


# --- What was changed does not ---------------------------------------------------------------------------------


@given(st.integers(0, 2 * CHUNK + 50), st.data())
@settings(max_examples=80, deadline=None)
def test_one_flipped_bit_anywhere_is_found(size, data):
    sealed = bytearray(seal(noise(size)))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(SealBroken):
        unseal(bytes(sealed))


@given(st.integers(0, 2 * CHUNK + 50), st.data())
@settings(max_examples=80, deadline=None)
def test_a_stream_cut_at_any_byte_is_refused_not_shortened(size, data):
    sealed = seal(noise(size))
    length = data.draw(st.integers(0, len(sealed) - 1))

    with pytest.raises(SealBroken):
        unseal(sealed[:length])


@pytest.mark.parametrize("chunks", [0, 1, 2])
def test_a_stream_cut_exactly_between_two_chunks_is_refused(chunks):
    sealed = seal(noise(3 * CHUNK + 5))

    with pytest.raises(SealBroken):
        unseal(sealed[: HEAD + chunks * (CHUNK + TAG)])


@given(st.binary(min_size=1, max_size=2 * CHUNK))
@settings(max_examples=30, deadline=None)
def test_a_stream_with_anything_behind_it_is_refused(more):
    for size in (0, 10, CHUNK, 2 * CHUNK - 1):
        with pytest.raises(SealBroken):
            unseal(seal(noise(size)) + more)


def test_swapped_doubled_and_left_out_chunks_are_refused():
    sealed = seal(noise(4 * CHUNK + 9))
    head, step = sealed[:HEAD], CHUNK + TAG
    a, b, c, d, end = (sealed[HEAD + n * step : HEAD + (n + 1) * step] for n in range(5))

    for order in ([b, a, c, d, end], [a, a, c, d, end], [a, b, b, c, d, end], [a, c, d, end], [a, b, c, d, end, end]):
        with pytest.raises(SealBroken):
            unseal(head + b"".join(order))


def test_the_end_of_another_stream_under_the_same_key_does_not_fit():
    one, other = seal(noise(CHUNK + 9)), seal(noise(CHUNK + 9))

    with pytest.raises(SealBroken):
        unseal(one[: HEAD + CHUNK + TAG] + other[HEAD + CHUNK + TAG :])


def test_another_key_or_another_context_opens_nothing():
    sealed = seal(b"a name")

    for key, context in ((bytes(32), CONTEXT), (KEY, b""), (KEY, CONTEXT + b"x"), (KEY, CONTEXT[:-1])):
        with pytest.raises(SealBroken):
            unseal(sealed, key, context)
        with pytest.raises(SealBroken):
            part(sealed, 6, 0, 6, key, context)


def test_nothing_of_a_damaged_chunk_leaves():
    sealed = bytearray(seal(noise(3 * CHUNK)))
    sealed[HEAD + CHUNK + TAG + 5] ^= 1
    out = []

    with pytest.raises(SealBroken):
        out.extend(
            cipher.unseal([bytes(sealed[n : n + 1000]) for n in range(0, len(sealed), 1000)], KEY, context=CONTEXT)
        )

    assert b"".join(out) == noise(3 * CHUNK)[:CHUNK]


# --- A part of the whole ---------------------------------------------------------------------------------------


@given(st.integers(0, 4 * CHUNK), st.integers(0, 5 * CHUNK), st.integers(0, 5 * CHUNK))
@settings(max_examples=120, deadline=None)
def test_any_range_is_the_same_as_the_slice(size, start, length):
    assert part(seal(noise(size)), size, start, length) == noise(size)[start : start + length]


def test_a_range_over_many_groups_is_the_same_as_the_slice():
    size = 200 * CHUNK + 77

    assert part(seal(noise(size)), size, 100, size) == noise(size)[100:]


def test_a_range_reads_only_the_chunks_that_hold_it():
    size = 100 * CHUNK
    sealed, asked = seal(noise(size)), []

    def read_at(offset: int, count: int) -> bytes:
        asked.append(count)
        return sealed[offset : offset + count]

    pieces = cipher.unseal_range(read_at, KEY, context=CONTEXT, size=size, start=50 * CHUNK + 10, length=CHUNK)

    assert b"".join(pieces) == noise(size)[50 * CHUNK + 10 : 51 * CHUNK + 10]
    assert sum(asked) == HEAD + 2 * (CHUNK + TAG)


@pytest.mark.parametrize("place", [3, 30, HEAD + 5, HEAD + CHUNK + 3, -1])
def test_a_range_with_a_damaged_head_or_chunk_is_refused(place):
    sealed = bytearray(seal(noise(2 * CHUNK)))
    sealed[place] ^= 1

    with pytest.raises(SealBroken):
        (
            part(bytes(sealed), 2 * CHUNK, 0, 2 * CHUNK)
            + part(bytes(sealed), 2 * CHUNK, 2 * CHUNK - 1, 1)
            + unseal(bytes(sealed))
        )


def test_a_size_that_is_not_the_true_one_is_refused():
    sealed = seal(noise(CHUNK + 100))

    for size in (CHUNK + 99, CHUNK + 101, 2 * CHUNK, 5 * CHUNK):
        with pytest.raises(SealBroken):
            part(sealed, size, 0, size)


def test_a_range_that_begins_before_the_start_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="range"):
        part(seal(b"abc"), 3, -1, 2)


# --- Keys, notes and signatures --------------------------------------------------------------------------------


@given(st.binary(min_size=1, max_size=64), st.binary(max_size=60))
def test_a_wrapped_key_is_what_another_library_would_make_of_it(key, context):
    kek = bytes(range(64))
    wrapped = cipher.wrap(kek, key, context=context)

    assert wrapped == AESSIV(kek).encrypt(key, [context])
    assert cipher.unwrap(kek, wrapped, context=context) == key


@given(st.integers(0, 47), st.integers(0, 7))
def test_a_wrapped_key_that_was_changed_does_not_open(place, bit):
    wrapped = bytearray(cipher.wrap(bytes(64), KEY, context=b"case"))
    wrapped[place] ^= 1 << bit

    with pytest.raises(SealBroken):
        cipher.unwrap(bytes(64), bytes(wrapped), context=b"case")


def test_a_wrapped_key_does_not_open_elsewhere():
    wrapped = cipher.wrap(bytes(64), KEY, context=b"case one")

    for kek, text, context in (
        (bytes(64), wrapped, b"case two"),
        (b"\x01" * 64, wrapped, b"case one"),
        (bytes(64), wrapped[:-1], b"case one"),
        (bytes(64), b"", b"case one"),
    ):
        with pytest.raises(SealBroken):
            cipher.unwrap(kek, text, context=context)


@given(st.binary(max_size=500), st.binary(max_size=50))
def test_a_note_opens_under_its_own_key_and_context_alone(plain, context):
    sealed = cipher.seal_note(KEY, plain, context=context)

    assert cipher.unseal_note(KEY, sealed, context=context) == plain
    for key, text, other in (
        (bytes(32), sealed, context),
        (KEY, sealed, context + b"x"),
        (KEY, sealed[:-1], context),
        (KEY, sealed + b"x", context),
        (KEY, b"", context),
    ):
        with pytest.raises(SealBroken):
            cipher.unseal_note(key, text, context=other)


def test_keys_derived_for_two_uses_have_nothing_in_common():
    one, other = cipher.derive(KEY, "passages/1"), cipher.derive(KEY, "passages/2")

    assert len(one) == len(other) == 32
    assert one != other
    assert cipher.derive(KEY, "passages/1") == one


def test_a_signature_is_that_of_the_published_example():
    # RFC 8032, section 7.1, test 2.
    seed = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    public = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    wanted = (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )

    assert cipher.public_key(seed) == public
    assert cipher.sign(seed, b"\x72").hex() == wanted
    cipher.check_signature(public, b"\x72", bytes.fromhex(wanted))


@given(st.binary(max_size=200))
def test_signatures_are_the_same_in_another_library(message):
    ours = cipher.sign(KEY, message)

    assert ours == Ed25519PrivateKey.from_private_bytes(KEY).sign(message)
    Ed25519PublicKey.from_public_bytes(cipher.public_key(KEY)).verify(ours, message)


def test_a_signature_of_another_text_key_or_length_is_refused():
    public, signature = cipher.public_key(KEY), cipher.sign(KEY, b"text")

    for key, message, given_ in (
        (public, b"other", signature),
        (cipher.public_key(bytes(32)), b"text", signature),
        (public, b"text", signature[:-1]),
        (public, b"text", b""),
        (public, b"text", bytes(64)),
        (b"\xff" * 32, b"text", signature),
        (b"short", b"text", signature),
    ):
        with pytest.raises(SignatureBroken):
            cipher.check_signature(key, message, given_)


def test_what_does_not_open_is_tampering_to_the_house():
    assert issubclass(SealBroken, Tampered)
    assert issubclass(SignatureBroken, Tampered)


def test_notes_agree_with_the_published_attacks_on_aes_gcm(corpus):
    seen = 0
    for group in json.loads((corpus / "standards_crypto" / "aes_gcm_test.json").read_text())["testGroups"]:
        if (group["keySize"], group["ivSize"], group["tagSize"]) != (256, 96, 128):
            continue
        for test in group["tests"]:
            key, iv, aad, plain, sealed, tag = (
                bytes.fromhex(test[name]) for name in ("key", "iv", "aad", "msg", "ct", "tag")
            )
            seen += 1
            if test["result"] == "valid":
                assert cipher.unseal_note(key, iv + sealed + tag, context=aad) == plain
            else:
                with pytest.raises(SealBroken):
                    cipher.unseal_note(key, iv + sealed + tag, context=aad)
    assert seen > 30


def test_signatures_agree_with_the_published_attacks_on_ed25519(corpus):
    seen = 0
    for group in json.loads((corpus / "standards_crypto" / "ed25519_test.json").read_text())["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["pk"])
        for test in group["tests"]:
            seen += 1
            message, signature = bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])
            if test["result"] == "valid":
                cipher.check_signature(public, message, signature)
            else:
                with pytest.raises(SignatureBroken):
                    cipher.check_signature(public, message, signature)
    assert seen > 70


KNOWN_ANSWER = "fc81b617269ba8198bbd210d6ec8ee9f850f309d552c0e01f7f09000e5f4c3dc"
