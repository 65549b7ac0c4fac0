"""Write a dossier and its originals as a bundle that anyone can check: BagIt 1.0, signed, with its own verifier.

The format is told in `docs/bundle-format.md`.  Bytes are computed in one place, in one order, and go either into a
folder (`write`) or out as one tar stream (`tar`).  The same inputs give the same bytes.
"""

import hashlib
import json
import os
import secrets
import shutil
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from core import clock
from core.errors import Conflict, Invalid, Tampered, Unavailable
from exports import verifier
from exports.contents import Dossier, FileEntry, to_json

PDF: Final = "data/dossier.pdf"
_BLOCK = 512
_DISK_FULL = "the bundle could not be written: {}; nothing of it was left behind. Make room and order it again"


class BundleExists(Conflict):
    """There is something at that place already; a bundle never overwrites."""


class WrongOriginals(Conflict):
    """The originals that came are not those that the dossier names."""


class TooLarge(Invalid):
    """The records of this dossier are larger than a verifier reads; choose fewer exhibits for each dossier."""


class OriginalChanged(Tampered):
    """An original is no longer what was recorded, so the bundle was not made."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs bundles: the public key (32 bytes) and a function that signs a text with Ed25519 (64 bytes)."""

    public: bytes
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Written:
    """One file of a bundle as it was written; `size` is in bytes, digests in hexadecimal."""

    path: str
    size: int
    sha256: str
    sha512: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was written: every file, and the statement that was signed over all of them."""

    files: tuple[Written, ...]
    statement: bytes
    signature: bytes
    key_id: str

    @property
    def digest(self) -> str:
        """The SHA-256 of the signed statement: one value that stands for every byte of the bundle."""
        return hashlib.sha256(self.statement).hexdigest()

    def digests(self) -> dict[str, str]:
        """Give what the register keeps: the SHA-256 of the dossier, of both tag lists and of the statement."""
        kept = (PDF, *verifier.TAG_LISTS, verifier.STATEMENT)
        return {one.path: one.sha256 for one in self.files if one.path in kept}


@dataclass(frozen=True, slots=True)
class Enclosed:
    """What else goes into a bundle: proofs from the log, listed and signed, and stamps on the statement, beside it."""

    proofs: Mapping[str, bytes] = field(default_factory=dict)
    stamps: Mapping[str, bytes] = field(default_factory=dict)


NOTHING: Final = Enclosed()
Chunks = Iterable[bytes]
Originals = Iterable[tuple[str, Chunks]]
Part = tuple[str, int, Iterator[bytes]]


@dataclass(slots=True)
class _Bag:
    """The files given out so far; what the lists say follows from it."""

    files: dict[str, Written] = field(default_factory=dict)
    statement: bytes = b""
    signature: bytes = b""

    def lines(self, algorithm: str, names: Iterable[str]) -> bytes:
        return "".join(f"{getattr(self.files[name], algorithm)}  {name}\n" for name in sorted(names)).encode()

    def payload(self) -> list[Written]:
        return [one for one in self.files.values() if one.path.startswith("data/")]

    def count(self, path: str, chunks: Chunks) -> Iterator[bytes]:
        """Pass chunks on and note their digests; the note is there once the last chunk has been taken."""
        short, long, size = hashlib.sha256(), hashlib.sha512(), 0
        for chunk in chunks:
            short.update(chunk)
            long.update(chunk)
            size += len(chunk)
            yield chunk
        self.files[path] = Written(path, size, short.hexdigest(), long.hexdigest())


def write(
    folder: Path, dossier: Dossier, pdf: bytes, originals: Originals, signer: Signer, enclosed: Enclosed = NOTHING
) -> Manifest:
    """Write the bundle into *folder*, which must not exist, and give what was written.

    *originals* yields (path in the bundle, chunks) for exactly the files that the dossier gives, in its order.  All is
    written under a temporary name beside *folder*, synced and renamed at the end: what bears the name is whole.
    Raises BundleExists, WrongOriginals, OriginalChanged, TooLarge, or Unavailable when the disk is full.
    """
    if folder.exists() or folder.is_symlink():
        raise BundleExists(f"there is already something at {folder}; choose another place")
    started = folder.with_name(f".{folder.name}.{secrets.token_hex(8)}.part")
    bag = _Bag()
    try:
        started.mkdir(mode=0o700, parents=True)
        for name, _size, chunks in _parts(bag, dossier, pdf, originals, signer, enclosed):
            _put(started / name, chunks)
        _sync_folders(started)
        started.rename(folder)
        _sync(folder.parent)
    except OSError as fault:
        raise Unavailable(_DISK_FULL.format(fault.strerror)) from fault
    finally:
        shutil.rmtree(started, ignore_errors=True)
    return _manifest(bag)


def manifest(
    dossier: Dossier, pdf: bytes, originals: Originals, signer: Signer, enclosed: Enclosed = NOTHING
) -> Manifest:
    """Give what a bundle would hold, by going through all of its bytes and writing none."""
    bag = _Bag()
    for _path, _size, chunks in _parts(bag, dossier, pdf, originals, signer, enclosed):
        for _chunk in chunks:
            pass
    return _manifest(bag)


def tar(
    dossier: Dossier, pdf: bytes, originals: Originals, signer: Signer, name: str, enclosed: Enclosed = NOTHING
) -> Iterator[bytes]:
    """Yield the same bundle as one tar stream in which every path begins with *name*; nothing touches the disk.

    If an original turns out to be changed the stream breaks off with OriginalChanged, before lists and signature.
    """
    at = int(clock.parse(dossier.cover.made_at).timestamp())
    for path, size, chunks in _parts(_Bag(), dossier, pdf, originals, signer, enclosed):
        yield _tar_head(f"{name}/{path}", size, at)
        yield from chunks
        yield b"\0" * (-size % _BLOCK)
    yield b"\0" * (2 * _BLOCK)


def bundle_name(dossier: Dossier) -> str:
    """Give the name that the folder or stream of a bundle bears by default, in plain ASCII."""
    return f"probanda-{dossier.cover.dossier_number}-v{dossier.cover.version}"


def _parts(
    bag: _Bag, dossier: Dossier, pdf: bytes, originals: Originals, signer: Signer, enclosed: Enclosed
) -> Iterator[Part]:
    document = json.loads(to_json(dossier))["dossier"]
    yield _text(bag, PDF, pdf)
    yield from _originals(bag, dossier, originals)
    for path, data in {verifier.DOSSIER: to_json(dossier).encode(), **verifier.records(document)}.items():
        yield _text(bag, path, data)
    for path, data in sorted(enclosed.proofs.items()):
        yield _text(bag, path, data)
    yield from _tags(bag, dossier, signer)
    lists = {}
    for algorithm, path in zip(verifier.ALGORITHMS, verifier.TAG_LISTS, strict=True):
        lists[path] = bag.lines(algorithm, verifier.TAGS)
    for path, data in lists.items():
        yield _text(bag, path, data)
    bag.statement = verifier.statement(document, lists, signer.public)
    bag.signature = signer.sign(bag.statement)
    yield _text(bag, verifier.STATEMENT, bag.statement)
    yield _text(bag, verifier.SIGNATURE, bag.signature)
    for path, data in sorted(enclosed.stamps.items()):
        yield _text(bag, path, data)


def _text(bag: _Bag, path: str, data: bytes) -> Part:
    if path != PDF and len(data) > verifier.MOST_KEPT:
        raise TooLarge(f"{path} would have {len(data)} bytes; choose fewer exhibits for each dossier")
    return path, len(data), bag.count(path, [data])


def _originals(bag: _Bag, dossier: Dossier, originals: Originals) -> Iterator[Part]:
    wanted = [file for file in dossier.files() if file.original]
    given = iter(originals)
    for file in wanted:
        path, chunks = next(given, ("", ()))
        if path != file.original:
            raise WrongOriginals(f"the dossier gives {file.original} next, but {path or 'nothing'} came")
        yield path, file.size, _unchanged(file, bag.count(path, chunks), bag)
    if surplus := next(given, None):
        raise WrongOriginals(f"{surplus[0]} came, which the dossier does not give")


def _unchanged(file: FileEntry, chunks: Iterator[bytes], bag: _Bag) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > file.size:
            break
        yield chunk
    else:
        if bag.files[file.original] == Written(file.original, file.size, file.sha256, file.sha512):
            return
    raise OriginalChanged(f"{file.number} is no longer what was recorded; the bundle was not made")


def _tags(bag: _Bag, dossier: Dossier, signer: Signer) -> Iterator[Part]:
    payload = bag.payload()
    tags = {
        "bagit.txt": verifier.BAGIT,
        "bag-info.txt": _bag_info(dossier, payload),
        verifier.LISTS[0]: bag.lines("sha256", (one.path for one in payload)),
        verifier.LISTS[1]: bag.lines("sha512", (one.path for one in payload)),
        "README.txt": _readme(dossier, signer),
        "verify.py": Path(verifier.__file__).read_bytes(),
        verifier.KEY: verifier.public_key(signer.public),
    }
    for path, data in tags.items():
        yield _text(bag, path, data)


def _line(text: str) -> str:
    """Give *text* on one line, since a line break in bag-info.txt would begin another entry (EXC-1)."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split()) or "-"


def _bag_info(dossier: Dossier, payload: list[Written]) -> bytes:
    cover = dossier.cover
    said = {
        "Source-Organization": cover.office,
        "External-Identifier": f"{cover.dossier_number} version {cover.version}",
        "External-Description": cover.title or cover.case_title,
        "Internal-Sender-Identifier": cover.case_id,
        "Bagging-Date": cover.made_at[:10],
        "Bag-Software-Agent": "Probanda",
        "Payload-Oxum": f"{sum(one.size for one in payload)}.{len(payload)}",
    }
    return "".join(f"{label}: {_line(value)}\n" for label, value in said.items()).encode()


_README = """\
{title}
{rule}
Dossier {number}, version {version}, of case {case} ({case_number}).
Made by {office} on {at} (UTC) for: {purpose}.

What is here
  data/dossier.pdf       the dossier, to be read and printed
  data/originals/        the exhibits' files, byte for byte as they came in, under generated names
  data/records/          the same facts for machines: dossier.json holds everything, hashes and custody stand beside
                         it; the .csv files open in a spreadsheet
  data/proofs/           that each exhibit's record stands in the office's log, as it was signed and witnessed
  signature/             what was signed, by which key
  Files given: {given}, withheld: {withheld}; the dossier says which and why.

How to check it, on any machine, without network and without the system that made it
  1. Python 3.9 or later:   python3 -I verify.py
     It reads every byte and says in plain words what it found. It ends with ALL HOLDS, or names each fault.
  2. The key that signed has the fingerprint
       {fingerprint}
     Compare it with the one that {office} has published, by a way that did not come with this bundle; or let the
     verifier compare it:   python3 -I verify.py --key FINGERPRINT
  3. Other programs agree:  bagit.py --validate .
                            sha256sum -c manifest-sha256.txt tagmanifest-sha256.txt
                            openssl pkeyutl -verify -pubin -inkey signature/key.pub -rawin \\
                                -in signature/statement.json -sigfile signature/statement.sig
  4. One page on an exhibit: python3 -I verify.py --explain E1
     The log, witnesses and time stamps that you trust are named with --log, --witness and --root.
  A file that a system adds by itself (such as .DS_Store or Thumbs.db) is reported as one that does not belong here.
"""


def _readme(dossier: Dossier, signer: Signer) -> bytes:
    cover, files = dossier.cover, dossier.files()
    title = _line(cover.title or cover.case_title)
    given = sum(bool(file.original) for file in files)
    return _README.format(
        title=title, rule="=" * min(len(title), 118), number=_line(cover.dossier_number), version=cover.version,
        case=_line(cover.case_title), case_number=_line(cover.case_number), office=_line(cover.office),
        at=cover.made_at, purpose=_line(cover.purpose), given=given, withheld=len(files) - given,
        fingerprint=hashlib.sha256(signer.public).hexdigest(),
    ).encode()  # fmt: skip


def _put(path: Path, chunks: Iterable[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.writelines(chunks)
        file.flush()
        os.fsync(file.fileno())


def _sync_folders(root: Path) -> None:
    for folder, _folders, _files in os.walk(root):
        _sync(Path(folder))


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _tar_head(path: str, size: int, at: int) -> bytes:
    head = tarfile.TarInfo(path)
    head.size, head.mtime, head.mode = size, at, 0o644
    return head.tobuf(tarfile.PAX_FORMAT)


def _manifest(bag: _Bag) -> Manifest:
    key_id: str = json.loads(bag.statement)["key"]
    return Manifest(tuple(bag.files.values()), bag.statement, bag.signature, key_id)
