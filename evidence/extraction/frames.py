"""The wire between the reader's process and its parent: small framed messages, every one checked on arrival."""

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from core.errors import Invalid
from evidence.pinpoints import Pinpoint

HEAD_LIMIT = 1 << 18
BODY_LIMIT = 1 << 18
_LENGTHS = struct.Struct(">II")
LENGTHS = _LENGTHS.size
_TEXT_LIMIT = 1 << 16
_STRAY = str.maketrans({0: "\ufffd"})

SHAPES: dict[str, dict[str, type]] = {
    "began": {"protections": list},
    "kind": {"media_type": str, "tool": str, "version": str},
    "fact": {"name": str, "value": str},
    "text": {"text": str, "pinpoint": dict},
    "member": {"name": str, "method": str, "parameters": dict, "size": int},
    "bytes": {},
    "whole": {},
    "cut": {"because": str},
    "left": {"name": str, "method": str, "parameters": dict, "because": str},
    "end": {"state": str, "because": str, "language": str},
}


class BadFrame(Invalid):
    """The reader's process sent what no reader sends."""


def pack(head: Mapping[str, Any], body: bytes = b"") -> bytes:
    """One frame: the two lengths, the head as JSON, the body as it is; raises BadFrame for one that is too long."""
    text = json.dumps(head, ensure_ascii=True, separators=(",", ":")).encode()
    if len(text) > HEAD_LIMIT or len(body) > BODY_LIMIT:
        message = "a frame is longer than frames may be"
        raise BadFrame(message)
    return _LENGTHS.pack(len(text), len(body)) + text + body


def unpack(take: Callable[[int], bytes]) -> tuple[dict[str, Any], bytes]:
    """Read one frame through *take*, which gives exactly so many bytes; raises BadFrame for any other shape."""
    head_length, body_length = _LENGTHS.unpack(take(LENGTHS))
    if head_length > HEAD_LIMIT or body_length > BODY_LIMIT:
        message = "a frame claims to be longer than frames may be"
        raise BadFrame(message)
    text, body = take(head_length), take(body_length)
    try:
        head = json.loads(text)
    except (ValueError, RecursionError) as fault:
        message = "a frame's head is not JSON"
        raise BadFrame(message) from fault
    return _checked(head, body), body


def _checked(head: object, body: bytes) -> dict[str, Any]:
    if not isinstance(head, dict) or not isinstance(head.get("frame"), str):
        message = "a frame does not say what it is"
        raise BadFrame(message)
    shape = SHAPES.get(head["frame"])
    if shape is None or set(head) != {"frame", *shape} or (body and head["frame"] != "bytes"):
        message = "a frame is of no known shape"
        raise BadFrame(message)
    return {"frame": head["frame"], **{name: _value(head[name], kind) for name, kind in shape.items()}}


def _value(value: object, kind: type) -> object:
    if type(value) is not kind:
        message = f"a frame holds a {type(value).__name__} where a {kind.__name__} belongs"
        raise BadFrame(message)
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(name)): _plain(inner) for name, inner in value.items()}
    return [clean(str(inner)) for inner in value][:32] if isinstance(value, list) else value


def _plain(value: object) -> str | int:
    if type(value) is int:
        return value
    if not isinstance(value, str):
        message = "a frame nests deeper than frames may"
        raise BadFrame(message)
    return clean(value)


def clean(text: str) -> str:
    """The text without what no database takes (NUL, lone surrogates), each shown as U+FFFD, and not too long."""
    return text[:_TEXT_LIMIT].translate(_STRAY).encode("utf-8", "replace").decode("utf-8")


def place(given: Mapping[str, object]) -> Pinpoint:
    """The pinpoint that a frame names; raises BadFrame for one that is none."""
    kinds = {one.name: (int if one.name in {"page", "row"} else str) for one in fields(Pinpoint)}
    for name, value in given.items():
        kind = kinds.get(name)
        if kind is None or type(value) is not kind or (isinstance(value, int) and not 0 < value < 1 << 53):
            message = "a frame names a place that no file has"
            raise BadFrame(message)
    return Pinpoint(**given)  # type: ignore[arg-type]  # every name and type was checked just above
