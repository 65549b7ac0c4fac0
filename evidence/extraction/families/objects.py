"""Takes what was packed into a document out of the compound file in which Windows keeps it."""

import io
import struct
from collections.abc import Iterator

import olefile

from evidence.extraction.findings import CannotRead, Findings, Source, plain
from evidence.pinpoints import Pinpoint

_PACKED = "\x01Ole10Native"
_WHOLE = ("Package", "CONTENTS")
_LONGEST_NAME = 1_024


def read(source: Source, found: Findings) -> None:
    """Read an embedded object: the file packed in it becomes a member, with the path it had where it was packed."""
    found.kind(source.kind.media_type, "olefile", olefile.__version__)
    try:
        with olefile.OleFileIO(io.BytesIO(source.bytes())) as compound:
            streams = ["/".join(path) for path in compound.listdir()]
            for name in streams:
                last = name.rsplit("/", 1)[-1]
                if last == _PACKED:
                    _packed(compound.openstream(name).read(), found)
                elif last in _WHOLE:
                    found.member(f"{last} of an embedded object", "embedded object", [compound.openstream(name).read()])
    except (OSError, ValueError, IndexError, struct.error) as fault:
        raise CannotRead(f"the embedded object is damaged ({plain(fault)})") from fault
    if not found.anything:
        raise CannotRead("it is a compound file of a kind that no reader knows; it holds " + ", ".join(streams[:8]))


def _packed(content: bytes, found: Findings) -> None:
    """Size, a label, the path at home, a temporary path, then the bytes: as the packager of Windows writes it."""
    label, at = _until_zero(content, 6)
    path, at = _until_zero(content, at)
    at += 4
    (length,) = struct.unpack_from("<I", content, at)
    temporary, _ = _until_zero(content, at + 4) if length else ("", 0)
    at += 4 + length
    (size,) = struct.unpack_from("<I", content, at)
    at += 4
    paths = {"original path": path, "temporary path": temporary}
    found.text(
        "\n".join(f"{name}: {value}" for name, value in paths.items() if value), Pinpoint(path=label or "object")
    )
    found.member(
        label or "embedded object", "embedded object", _exactly(content[at : at + size], size), parameters=paths
    )


def _exactly(content: bytes, size: int) -> Iterator[bytes]:
    yield content
    if len(content) != size:
        raise CannotRead(f"{size:,} bytes are declared and {len(content):,} are there")


def _until_zero(content: bytes, start: int) -> tuple[str, int]:
    end = content.index(b"\0", start, start + _LONGEST_NAME)
    return content[start:end].decode("cp1252", "replace"), end + 1
