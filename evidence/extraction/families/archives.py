"""Takes the members out of archives, one by one, without ever using a name as a path."""

import bz2
import gzip
import io
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import IO, BinaryIO

from evidence.extraction.families.encodings import best_fit
from evidence.extraction.findings import CannotRead, Enough, Findings, Source, plain
from evidence.pinpoints import Pinpoint

try:
    import libarchive
except (OSError, AttributeError, TypeError):  # the Python package is there, the system's library is not
    libarchive = None

_CHUNK = 1 << 18
_ENCRYPTED = "it is encrypted and opens only with its password"
_NO_LIBRARY = "this archive needs libarchive, which is not installed (package libarchive13 would change that)"
_SINGLE: dict[str, Callable[[BinaryIO], io.BufferedIOBase]] = {
    "application/gzip": lambda handle: gzip.GzipFile(fileobj=handle),
    "application/x-bzip2": bz2.BZ2File,
    "application/x-xz": lzma.LZMAFile,
    "application/x-lzma": lzma.LZMAFile,
}
_DAMAGED = (zipfile.BadZipFile, tarfile.TarError, OSError, EOFError, ValueError, zlib.error, lzma.LZMAError)
_TAR_BLOCK = 512
_FIELD = struct.Struct("<HH")


def read(source: Source, found: Findings) -> None:
    """Read an archive; its listing becomes searchable text and each member a file of its own."""
    media_type = source.kind.media_type
    with source.open() as handle:
        if media_type == "application/zip":
            _zip(handle, source, found)
        elif media_type == "application/x-tar":
            _tar(handle, media_type, found)
        elif media_type in _SINGLE:
            _single(handle, source, found)
        else:
            _library(source, found)


def _climbs(name: str) -> str:
    parts = name.replace("\\", "/").split("/")
    climbing = ".." in parts or name[:1] in {"/", "\\"} or name[1:2] == ":"
    return "the name climbs out of the archive; it is kept as a label only" if climbing else ""


def _about(name: str, **more: str) -> dict[str, str]:
    warning = _climbs(name)
    return {key: value for key, value in {**more, "warning": warning}.items() if value}


class _Listing:
    """The names in an archive, sent as text in passages of some thirty names."""

    def __init__(self, found: Findings) -> None:
        self._found = found
        self._names: list[str] = []
        self._first = 1
        self.count = 0

    def add(self, name: str) -> None:
        """Note one name; a hundred thousand are enough to be searched."""
        self.count += 1
        if self.count > 100_000:
            self._found.weak("only the first 100,000 names of the listing are kept as text")
            return
        self._names.append(name[:1_000])
        if sum(map(len, self._names)) > 900:
            self.send()

    def end(self) -> None:
        """Send the rest, and say so if there was nothing to list."""
        self.send()
        if not self.count:
            self._found.weak("it lists no members: it is empty, or the list of its members is damaged")

    def send(self) -> None:
        """Send what was noted since the last time."""
        if self._names:
            self._found.text("\n".join(self._names), Pinpoint(path=f"listing from entry {self._first}"))
        self._first += len(self._names)
        self._names = []


def _zip(handle: BinaryIO, source: Source, found: Findings) -> None:
    found.kind("application/zip", "zipfile", "")
    try:
        archive = zipfile.ZipFile(handle)
    except _DAMAGED as fault:
        if libarchive is None:
            raise CannotRead(f"the archive is damaged ({plain(fault)})") from fault
        found.weak(f"its directory is damaged ({plain(fault)}); it was read from front to back instead")
        _library(source, found)
        return
    entries = archive.infolist()
    if archive.comment:
        found.fact("comment", archive.comment.decode("utf-8", "replace"))
    found.fact("entries", len(entries))
    encoding = _names_in([one for one in entries if not one.flag_bits & 0x800], found)
    listing = _Listing(found)
    other: dict[str, dict[str, str]] = {}
    for one in entries:
        name = _zip_name(one, encoding)
        listing.add(name)
        if not one.is_dir():
            _zip_member(archive, one, name, other, found)
    listing.end()
    if other:
        _by_library(source, other, found)


def _names_in(entries: list[zipfile.ZipInfo], found: Findings) -> str:
    """Old zips do not say in which encoding their names are; UTF-8 if they fit it, else the likeliest."""
    raw = b"\n".join(one.orig_filename.encode("cp437", "replace") for one in entries[:2_000])
    if raw.isascii():
        return ""
    try:
        raw.decode("utf-8")
        encoding = "utf-8"
    except UnicodeDecodeError:
        encoding, fit = best_fit(raw)
        encoding = encoding if fit > 0.4 else "cp437"
    found.fact("names", f"their encoding is not stated; read as {encoding}")
    return encoding


def _zip_name(one: zipfile.ZipInfo, encoding: str) -> str:
    stated = _stated_name(one.extra)
    if stated:
        return stated
    if not encoding or one.flag_bits & 0x800:
        return one.orig_filename
    return one.orig_filename.encode("cp437", "replace").decode(encoding, "replace")


def _stated_name(extra: bytes) -> str:
    """The name in the Info-ZIP Unicode Path field (0x7075), where a packer wrote one."""
    while len(extra) >= _FIELD.size:
        kind, length = _FIELD.unpack_from(extra)
        if kind == 0x7075 and length > 5:
            return extra[_FIELD.size + 5 : _FIELD.size + length].decode("utf-8", "replace")
        extra = extra[_FIELD.size + length :]
    return ""


def _zip_member(
    archive: zipfile.ZipFile, one: zipfile.ZipInfo, name: str, other: dict[str, dict[str, str]], found: Findings
) -> None:
    moment = "{:04}-{:02}-{:02} {:02}:{:02}:{:02}".format(*one.date_time)
    about = _about(name, modified=moment)
    if one.flag_bits & 1:
        found.left(name, "zip member", _ENCRYPTED, parameters=about)
    elif stat.S_ISLNK(one.external_attr >> 16):
        found.left(name, "zip member", "it is a link, and links are never followed", parameters=about)
    elif because := _not_by_zipfile(archive, one):
        if libarchive is None:
            found.left(name, "zip member", f"{because}; libarchive13 might read it", parameters=about)
        other[one.orig_filename] = about
    else:
        found.member(name, "zip member", _zip_chunks(archive, one), size=one.file_size, parameters=about)


def _not_by_zipfile(archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> str:
    """Why the standard library cannot open a member, told before any of its bytes are sent; "" if it can."""
    try:
        archive.open(one).close()
    except (NotImplementedError, RuntimeError, *_DAMAGED) as fault:
        return f"it cannot be unpacked ({plain(fault)})"
    return ""


def _zip_chunks(archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(one) as member:
        yield from _chunks(member)


def _chunks(member: IO[bytes] | io.BufferedIOBase) -> Iterator[bytes]:
    while chunk := member.read(_CHUNK):
        yield chunk


def _by_library(source: Source, wanted: dict[str, dict[str, str]], found: Findings) -> None:
    """Members that zipfile cannot decompress, by libarchive; what it does not reach is named as well."""
    if libarchive is None:
        return
    left = dict(wanted)
    with source.open() as handle:
        try:
            with libarchive.fd_reader(handle.fileno()) as archive:
                for entry in archive:
                    about = left.pop(str(entry.pathname), None)
                    if about is not None:
                        found.member(
                            str(entry.pathname), "zip member", entry.get_blocks(), size=entry.size, parameters=about
                        )
        except libarchive.ArchiveError as fault:
            found.weak(f"the archive breaks off ({plain(fault)})")
    for name, about in left.items():
        found.left(
            name, "zip member", "it is damaged, or compressed in a way that cannot be undone here", parameters=about
        )


def _tar(handle: BinaryIO | io.BufferedIOBase, media_type: str, found: Findings) -> None:
    found.kind(media_type, "tarfile", "")
    listing = _Listing(found)
    try:
        archive = tarfile.open(fileobj=handle, mode="r|", errorlevel=2)  # noqa: SIM115  # only reads a borrowed handle
        for one in archive:
            listing.add(one.name)
            _tar_member(archive, one, found)
    except Enough:
        listing.send()
        raise
    except _DAMAGED as fault:
        if not listing.count:
            raise CannotRead(f"the archive is damaged ({plain(fault)})") from fault
        found.weak(f"the archive breaks off after {listing.count} entries ({plain(fault)})")
    listing.end()


def _tar_member(archive: tarfile.TarFile, one: tarfile.TarInfo, found: Findings) -> None:
    about = _about(one.name, owner=one.uname, modified=str(int(one.mtime)))
    if one.isdir():
        return
    if not one.isreg():
        found.left(one.name, "tar member", "it is a link or a device, and these are never followed", parameters=about)
        return
    content = archive.extractfile(one)
    if content is None:
        found.left(one.name, "tar member", "the archive holds no bytes for it", parameters=about)
        return
    found.member(one.name, "tar member", _exactly(content, one.size), size=one.size, parameters=about)


def _exactly(content: IO[bytes], size: int) -> Iterator[bytes]:
    """The bytes of a member, and a refusal if there are fewer than it declares."""
    given = 0
    for chunk in _chunks(content):
        given += len(chunk)
        yield chunk
    if given != size:
        raise CannotRead(f"{size:,} bytes are declared and {given:,} are there")


def _single(handle: BinaryIO, source: Source, found: Findings) -> None:
    """One compressed stream; if a tar is inside, its members come out at once."""
    opened = _SINGLE[source.kind.media_type]
    name = _inner_name(source.name)
    try:
        with opened(handle) as peek:
            tar = peek.read(_TAR_BLOCK)[257:262] == b"ustar"
    except _DAMAGED as fault:
        raise CannotRead(f"the archive is damaged ({plain(fault)})") from fault
    handle.seek(0)
    with opened(handle) as content:
        if tar:
            _tar(content, source.kind.media_type, found)
            return
        found.kind(source.kind.media_type, "probanda archives", "1")
        found.text(name, Pinpoint(path="listing from entry 1"))
        found.member(name, "decompressed", _chunks(content))


def _inner_name(name: str) -> str:
    path = PurePosixPath(name)
    if path.suffix.lower() in {".gz", ".bz2", ".xz", ".lzma", ".z", ".zst", ".lz4"}:
        return path.stem
    return (
        f"{path.stem}.tar"
        if path.suffix.lower() in {".tgz", ".tbz2", ".txz"}
        else f"{path.name or 'content'}, unpacked"
    )


def _library(source: Source, found: Findings) -> None:
    if libarchive is None:
        found.kind(source.kind.media_type, "", "")
        raise CannotRead(_NO_LIBRARY)
    found.kind(source.kind.media_type, "libarchive", str(libarchive.ffi.version_number()))
    listing = _Listing(found)
    raw = source.kind.media_type in {
        "application/zstd",
        "application/x-lz4",
        "application/x-compress",
        "application/lzip",
    }
    with source.open() as handle:
        try:
            with libarchive.fd_reader(handle.fileno(), **({"format_name": "raw"} if raw else {})) as archive:
                for entry in archive:
                    name = _inner_name(source.name) if raw else str(entry.pathname)
                    listing.add(name)
                    _entry(entry, name, found)
        except libarchive.ArchiveError as fault:
            if not listing.count:
                raise CannotRead(_library_why(fault)) from fault
            found.weak(f"the archive breaks off after {listing.count} entries ({plain(fault)})")
    listing.end()


def _library_why(fault: Exception) -> str:
    said = plain(fault)
    if "ncrypt" in said or "assphrase" in said:
        return _ENCRYPTED
    return f"the archive is damaged or of a kind that libarchive does not know ({said})"


def _entry(entry: "libarchive.ArchiveEntry", name: str, found: Findings) -> None:
    about = _about(name, modified=str(int(entry.mtime or 0)))
    if entry.isdir:
        return
    if not entry.isreg:
        found.left(name, "archive member", "it is a link or a device, and these are never followed", parameters=about)
        return
    found.member(name, "archive member", _blocks(entry), size=entry.size, parameters=about)


def _blocks(entry: "libarchive.ArchiveEntry") -> Iterator[bytes]:
    try:
        yield from entry.get_blocks(_CHUNK)
    except libarchive.ArchiveError as fault:
        raise CannotRead(_library_why(fault)) from fault
