"""Hands a file to the sandbox as the worker does, and keeps what comes out."""

import io
import zipfile
from dataclasses import dataclass, field

from core.config import Limits
from evidence.extraction import sandbox
from evidence.extraction.reading import Member, Origin, Reading

LIMITS = Limits(extract_seconds=30)


@dataclass
class Hands:
    """Members that came whole, by name, and those that were named with a reason instead."""

    whole: dict[str, bytes] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    about: dict[str, dict[str, str]] = field(default_factory=dict)

    def take(self, member: Member) -> None:
        """Keep one member; bytes that break off are not kept, as `MemberCut` passes through here."""
        self.about[member.name] = dict(member.parameters)
        if member.content is None:
            self.left[member.name] = member.because
        else:
            self.whole[member.name] = b"".join(member.content)


def read(content: bytes, name: str, limits: Limits = LIMITS, origin: Origin | None = None) -> tuple[Reading, Hands]:
    """Read bytes as the file of that name."""
    hands = Hands()
    chunks = [content[at : at + 65_536] for at in range(0, len(content), 65_536)]
    return sandbox.read(chunks, len(content), name, limits, hands.take, origin), hands


def text_of(reading: Reading) -> str:
    """All passages, one after the other."""
    return "\n".join(one.text for one in reading.passages)


def places(reading: Reading) -> list[str]:
    """The places of the passages in words."""
    return [one.pinpoint.words() for one in reading.passages]


def zipped(parts: dict[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()
