"""The form of a kit for a browser without network: one file that holds all it needs and can reach nothing."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from evidence import authorities
from evidence.kits import format as sheet
from evidence.storeroom import codes

_HERE: Final = Path(__file__).parent
#: What the office goes by when it takes the file in; the form goes by the same, and has no rule of its own.
_RULES: Final = {
    "format": sheet.FORMAT, "sealed": sheet.SEALED, "longest": sheet.LONGEST, "most": sheet.MOST_LINES,
    "scheme": codes.SCHEME, "thing": codes.Thing.LABEL.value, "letters": codes.LETTERS, "misread": codes.MISREAD,
    "prime": codes.PRIME,
}  # fmt: skip


def form(code: str, office: str, labels: Sequence[str], seals: Sequence[str], public: str) -> str:
    """The page for one kit: its numbers, and the office's key to which it seals what was entered.

    Its own policy allows exactly its own script and style, by their digests, and no address to be asked.
    """
    told = {"code": code, "office": office, "labels": list(labels), "seals": list(seals), "key": public, **_RULES}
    kit = json.dumps(told)
    # Nothing in a text can end the script that it stands in.
    safe = kit.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    script = _read("offline.js").replace("__KIT__", safe)
    style = _read("offline.css")
    powers = "".join(f"<option>{one}</option>" for one in authorities.KINDS)
    page = _read("offline.html").replace("__CODE__", code).replace("__AUTHORITIES__", powers)
    page = page.replace("__SCRIPT__", _digest(script)).replace("__STYLE__", _digest(style))
    return page.replace("__CSS__", style).replace("__JS__", script)


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
