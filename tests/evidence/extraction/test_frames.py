"""Frames between the reader and its parent: what goes in comes out, and nothing else comes through."""

import io
import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.extraction.frames import BadFrame, clean, pack, place, unpack
from evidence.pinpoints import Pinpoint


def through(data: bytes):
    stream = io.BytesIO(data)

    def take(count):
        part = stream.read(count)
        if len(part) != count:
            raise EOFError
        return part

    return unpack(take)


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_fact_arrives_as_it_was_sent_but_for_what_no_database_takes(name, value):
    head, body = through(pack({"frame": "fact", "name": name, "value": value}))

    assert head == {"frame": "fact", "name": clean(name), "value": clean(value)}
    assert body == b""
    head["value"].encode()


@given(st.binary(max_size=400).filter(lambda data: data[:4] != bytes(4)))
def test_any_bytes_at_all_end_in_a_refusal_or_the_end_of_the_stream(data):
    with pytest.raises((BadFrame, EOFError)):
        through(data + b"\xff" * 8)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda s: st.lists(s) | st.dictionaries(st.text(max_size=9), s),
    )
)
def test_json_of_another_shape_is_refused(value):
    text = json.dumps(value).encode()

    with pytest.raises(BadFrame):
        through(struct.pack(">II", len(text), 0) + text)


def test_only_bytes_carry_a_body():
    with pytest.raises(BadFrame):
        through(pack({"frame": "whole"}, b"x"))


def test_letters_that_no_database_takes_are_shown_as_such():
    assert clean("a\x00b\ud800c") == "a\ufffdb?c"


@pytest.mark.parametrize(
    "given_place", [{"page": True}, {"page": 0}, {"page": "3"}, {"nowhere": 1}, {"sheet": 4}, {"row": 1 << 60}]
)
def test_a_place_that_no_file_has_is_refused(given_place):
    with pytest.raises(BadFrame):
        place(given_place)


def test_a_place_becomes_a_pinpoint():
    assert place({"sheet": "Ledger", "row": 12}) == Pinpoint(sheet="Ledger", row=12)
