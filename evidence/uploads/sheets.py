"""The intake sheet: what a sender states about a file before it is sent, signed, made where no server is.

It is one JSON text: a statement in canonical form (RFC 8785) and an Ed25519 signature over exactly its bytes.  It names
the size, the SHA-256 of the whole, and the SHA-256 of each part; so each part can be checked when it comes, whoever
brings it.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import rfc8785

from core import cipher, clock
from core.config import MIB
from core.errors import Invalid
from evidence.files import Target
from evidence.uploads import plans
from evidence.uploads.plans import BadPlan, Plan

KIND: Final = "probanda intake sheet"
_PIECE: Final = MIB
_LONGEST_NAME: Final = 1000


class BadSheet(Invalid):
    """A text that should be an intake sheet is none, or does not fit together."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that was read: the file's name as its sender gave it, who made it, and the plan for its bytes."""

    name: str
    made_by: str
    made_at: str
    plan: Plan
    key_id: str
    sha256: str


def make(
    stream: BinaryIO,
    *,
    name: str,
    part_bytes: int,
    made_by: str,
    seed: bytes,
    told: Callable[[int], None] = lambda _count: None,
) -> str:
    """Read a file once and give its signed sheet; `told` is called with the bytes read since the last call.

    `seed` is the sender's own Ed25519 key (32 bytes).  Memory stays at one piece, however long the file is.
    """
    whole, hashes, size = hashlib.sha256(), list[str](), 0
    while True:
        one, length = hashlib.sha256(), 0
        while length < part_bytes and (piece := stream.read(min(_PIECE, part_bytes - length))):
            one.update(piece)
            whole.update(piece)
            length += len(piece)
            told(len(piece))
        if not length:
            break
        size += length
        hashes.append(one.hexdigest())
        if length < part_bytes:
            break
    values = {
        "v": 1,
        "kind": KIND,
        "name": name,
        "size": size,
        "sha256": whole.hexdigest(),
        "target": Target.CONTAINER_FILE.value,
        "part_bytes": part_bytes,
        "parts": hashes,
        "made_by": made_by,
        "made_at": clock.stamp(clock.now()),
    }
    plans.check(Plan(size, whole.hexdigest(), part_bytes=part_bytes, parts=plans.packed(hashes)))
    return signed(values, seed)


def signed(values: dict[str, Any], seed: bytes) -> str:
    """The values of a sheet as one signed JSON text."""
    statement = rfc8785.dumps(values)
    public = cipher.public_key(seed)
    signature = {
        "algorithm": "Ed25519",
        "key_id": key_id(public),
        "over": "the UTF-8 bytes of the text in «statement»",
        "public_key": public.hex(),
        "signature": cipher.sign(seed, statement).hex(),
    }
    return json.dumps({"statement": statement.decode(), "signature": signature}, ensure_ascii=False, indent=2) + "\n"


def read(text: str) -> Sheet:
    """Read a sheet whose signature holds under the key that it names; whose key that is, people compare.

    Raises BadSheet for what is none, SignatureBroken for one that was changed.
    """
    try:
        found = json.loads(text)
        statement, told = found["statement"], found["signature"]
        public, signature = bytes.fromhex(told["public_key"]), bytes.fromhex(told["signature"])
        values = json.loads(statement)
        known = values.get("kind") == KIND and values.get("v") == 1
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise BadSheet("this text is not an intake sheet") from fault
    if not known:
        raise BadSheet("this text is not an intake sheet of a form that is known here")
    cipher.check_signature(public, statement.encode(), signature)
    return _sheet(values, public, statement)


def key_id(public: bytes) -> str:
    """The short name of a sender's key: people compare it with what the sender says of it."""
    return hashlib.sha256(public).hexdigest()[:16]


def _sheet(values: dict[str, Any], public: bytes, statement: str) -> Sheet:
    try:
        name, by, at = (_text(values, one) for one in ("name", "made_by", "made_at"))
        size, part_bytes = _number(values, "size"), _number(values, "part_bytes")
        hashes = values["parts"]
        if not isinstance(hashes, list) or not all(isinstance(one, str) for one in hashes):
            raise BadSheet("the parts of this sheet are not a list of hashes")
        plan = Plan(
            size=size, sha256=_text(values, "sha256"), target=Target(_text(values, "target")),
            stated_by=f"the intake sheet of {by or 'a sender without a name'}", part_bytes=part_bytes,
            parts=plans.packed(hashes), sheet_key=key_id(public),
        )  # fmt: skip
        plans.check(plan)
        if not plan.sha256 or (size and not plan.parts):
            raise BadSheet("this intake sheet does not state the hash of the whole and of each part")
    except BadPlan as wrong:
        raise BadSheet(f"this intake sheet does not fit together: {wrong.message}", fields=wrong.fields) from wrong
    except (KeyError, ValueError) as fault:
        raise BadSheet("this intake sheet leaves something out that it has to say") from fault
    return Sheet(name, by, at, plan, key_id(public), hashlib.sha256(statement.encode()).hexdigest())


def _text(values: dict[str, Any], name: str) -> str:
    value = values[name]
    if not isinstance(value, str) or len(value) > _LONGEST_NAME:
        raise BadSheet(f"«{name}» of this intake sheet is not a text of at most {_LONGEST_NAME} characters")
    return value


def _number(values: dict[str, Any], name: str) -> int:
    value = values[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadSheet(f"«{name}» of this intake sheet is not a whole number")
    return value
