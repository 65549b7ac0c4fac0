"""Files of entries as a device at a scene would give them out."""

import json
from datetime import UTC, datetime
from typing import Any

NIGHT = datetime(2036, 11, 24, 2, 40, tzinfo=UTC)


def line(uid: str, label: str = "", kind: str = "exhibit", **more: Any) -> dict[str, Any]:
    """One entry; an exhibit is a telephone unless told otherwise."""
    told = {"id": f"entry-{uid:0>6}", "kind": kind, "label": label, "occurred_at": "2036-11-24T02:40:00+01:00"}
    if kind == "exhibit":
        told |= {"description": "a telephone, blue", "place_found": "north beach", "found_by": "Sergeant Kaya"}
    return told | more


def sheet(kit: str, *lines: Any, device: str = "tablet 1", **more: Any) -> bytes:
    """A whole file."""
    whole = {"format": "probanda-kit-entries/1", "kit": kit, "device": device, "entries": list(lines), **more}
    return json.dumps(whole).encode()
