"""What a file is, told from its bytes first and its name second."""

import io
import re
import zipfile
from dataclasses import dataclass

_HEAD = 8192


@dataclass(frozen=True, slots=True)
class Kind:
    """The family whose reader takes a file, its media type, and for the unreadable what it is in plain words."""

    family: str
    media_type: str
    said: str = ""


def _office(family: str, part: str) -> Kind:
    return Kind(family, f"application/vnd.openxmlformats-officedocument.{part}")


def _unread(media_type: str, said: str) -> Kind:
    return Kind("", media_type, said)


UNKNOWN = _unread("application/octet-stream", "no reader knows this kind of file")
TEXT = Kind("plain", "text/plain")
_MP4 = Kind("media", "video/mp4")
_ZIP = Kind("archives", "application/zip")

_MAGIC: tuple[tuple[int, bytes, Kind], ...] = (
    (0, b"SQLite format 3\0", Kind("databases", "application/vnd.sqlite3")),
    (0, b"!BDN", Kind("outlook", "application/vnd.ms-outlook-pst")),
    (0, b"{\\rtf", Kind("office", "application/rtf")),
    (0, b"7z\xbc\xaf\x27\x1c", Kind("archives", "application/x-7z-compressed")),
    (0, b"Rar!\x1a\x07", Kind("archives", "application/vnd.rar")),
    (0, b"\x1f\x8b", Kind("archives", "application/gzip")),
    (0, b"BZh", Kind("archives", "application/x-bzip2")),
    (0, b"\xfd7zXZ\0", Kind("archives", "application/x-xz")),
    (0, b"\x28\xb5\x2f\xfd", Kind("archives", "application/zstd")),
    (0, b"\x04\x22\x4d\x18", Kind("archives", "application/x-lz4")),
    (0, b"\x1f\x9d", Kind("archives", "application/x-compress")),
    (0, b"LZIP", Kind("archives", "application/lzip")),
    (0, b"MSCF", Kind("archives", "application/vnd.ms-cab-compressed")),
    (0, b"!<arch>\n", Kind("archives", "application/x-archive")),
    (0, b"070701", Kind("archives", "application/x-cpio")),
    (0, b"070707", Kind("archives", "application/x-cpio")),
    (0, b"xar!", Kind("archives", "application/x-xar")),
    (257, b"ustar", Kind("archives", "application/x-tar")),
    (32769, b"CD001", Kind("archives", "application/x-iso9660-image")),
    (0, b"\xff\xd8\xff", Kind("media", "image/jpeg")),
    (0, b"\x89PNG\r\n\x1a\n", Kind("media", "image/png")),
    (0, b"GIF8", Kind("media", "image/gif")),
    (0, b"BM", Kind("media", "image/bmp")),
    (0, b"II*\0", Kind("media", "image/tiff")),
    (0, b"MM\0*", Kind("media", "image/tiff")),
    (0, b"\0\0\1\0", Kind("media", "image/vnd.microsoft.icon")),
    (0, b"8BPS", Kind("media", "image/vnd.adobe.photoshop")),
    (0, b"\xff\x4f\xff\x51", Kind("media", "image/jp2")),
    (4, b"jP  \r\n", Kind("media", "image/jp2")),
    (8, b"WEBP", Kind("media", "image/webp")),
    (8, b"WAVE", Kind("media", "audio/wav")),
    (8, b"AVI ", _unread("video/x-msvideo", "AVI video is stored and not read")),
    (8, b"AIFF", Kind("media", "audio/aiff")),
    (8, b"AIFC", Kind("media", "audio/aiff")),
    (0, b"ID3", Kind("media", "audio/mpeg")),
    (0, b"fLaC", Kind("media", "audio/flac")),
    (0, b"OggS", Kind("media", "audio/ogg")),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Kind("media", "audio/x-ms-wma")),
    (0, b"\x1aE\xdf\xa3", _unread("video/x-matroska", "Matroska and WebM video are stored and not read")),
    (0, b"FLV\1", _unread("video/x-flv", "Flash video is stored and not read")),
    (0, b"#!AMR", _unread("audio/amr", "AMR sound is stored and not read")),
    (
        0,
        b"MZ",
        _unread("application/x-msdownload", "it is a program for Windows; programs are stored and never opened"),
    ),
    (0, b"\x7fELF", _unread("application/x-elf", "it is a program; programs are stored and never opened")),
    (0, b"\xca\xfe\xba\xbe", _unread("application/java-vm", "it is a program; programs are stored and never opened")),
    (4, b"Standard Jet DB", _unread("application/msaccess", "Access databases are stored and not read yet")),
    (4, b"Standard ACE DB", _unread("application/msaccess", "Access databases are stored and not read yet")),
    (40, b" EMF", _unread("image/emf", "Windows metafiles are stored and not read")),
    (0, b"ITSF", _unread("application/vnd.ms-htmlhelp", "compiled Windows help is stored and not read")),
    (0, b"\xd7\xcd\xc6\x9a", _unread("image/wmf", "Windows metafiles are stored and not read")),
    (0, b"%!PS", _unread("application/postscript", "PostScript is a program for printers; it is stored and never run")),
)

_FTYP = {
    b"heic": Kind("media", "image/heic"),
    b"heix": Kind("media", "image/heic"),
    b"mif1": Kind("media", "image/heif"),
    b"msf1": Kind("media", "image/heif"),
    b"avif": _unread("image/avif", "AVIF pictures are stored and not read yet"),
    b"M4A ": Kind("media", "audio/mp4"),
}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Names of streams in an OLE file, as they stand in it: UTF-16.  The first that is found decides.
_STREAMS = tuple(
    (name.encode("utf-16-le"), kind)
    for name, kind in (
        ("EncryptedPackage", Kind("office", "application/x-encrypted-office")),
        ("__properties_version1.0", Kind("outlook", "application/vnd.ms-outlook")),
        ("WordDocument", Kind("office", "application/msword")),
        ("PowerPoint Document", Kind("office", "application/vnd.ms-powerpoint")),
        ("Workbook", Kind("sheets", "application/vnd.ms-excel")),
        ("Book", Kind("sheets", "application/vnd.ms-excel")),
        ("VBA", _unread("application/vnd.ms-office.vbaProject", "it holds macros; programs are stored and never run")),
    )
)
_OOXML = (
    (b"wordprocessingml", _office("office", "wordprocessingml.document")),
    (b"spreadsheetml", _office("sheets", "spreadsheetml.sheet")),
    (b"presentationml", _office("office", "presentationml.presentation")),
    (b"ms-excel.sheet.binary", Kind("sheets", "application/vnd.ms-excel.sheet.binary.macroEnabled.12")),
    (b"ms-excel", _office("sheets", "spreadsheetml.sheet")),
    (b"ms-word", _office("office", "wordprocessingml.document")),
    (b"ms-powerpoint", _office("office", "presentationml.presentation")),
)
_BY_NAME = {
    "eml": Kind("mail", "message/rfc822"),
    "emlx": Kind("mail", "message/x-emlx"),
    "mht": Kind("mail", "multipart/related"),
    "mhtml": Kind("mail", "multipart/related"),
    "mbox": Kind("mail", "application/mbox"),
    "csv": Kind("plain", "text/csv"),
    "tsv": Kind("plain", "text/tab-separated-values"),
    "json": Kind("plain", "application/json"),
    "mp3": Kind("media", "audio/mpeg"),
    "aac": Kind("media", "audio/aac"),
    "tar": Kind("archives", "application/x-tar"),
    "lzma": Kind("archives", "application/x-lzma"),
    "dbf": _unread("application/vnd.dbf", "dBase tables are stored and not read yet"),
    "mdb": _unread("application/msaccess", "Access databases are stored and not read yet"),
    "one": _unread("application/onenote", "OneNote files are stored and not read"),
}
_MAIL_HEAD = re.compile(rb"\A(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}", re.MULTILINE)
_MAIL_NAMES = re.compile(
    rb"^(from|to|subject|date|received|message-id|return-path|mime-version|content-type):", re.IGNORECASE | re.MULTILINE
)
_HTML = re.compile(rb"<(!doctype\s+html|html|head|body|title|script|table|div|meta)\b", re.IGNORECASE)
_SPLIT = re.compile(r"\.(z\d\d|r\d\d|7z\.\d{3}|zip\.\d{3}|rar\.\d{3}|part0*[2-9]\d*\.rar)$", re.IGNORECASE)
_PART = _unread("application/zip", "it is one part of a split archive; the parts are read only when joined")


def detect(content: bytes, name: str) -> Kind:
    """The kind of a file from its whole content and its name; content wins over the name."""
    head = content[:_HEAD]
    if not content:
        return Kind("", "application/x-empty", "the file has no bytes")
    if _SPLIT.search(name) and _binary(head):
        return _PART
    if b"%PDF-" in head[:1024]:
        return Kind("pdf", "application/pdf")
    return _container(content) or _magic(content) or _text(content, head, name)


def _container(content: bytes) -> Kind | None:
    if content.startswith(_OLE):
        return _ole(content)
    return _zip(content) if content[:4] in {b"PK\3\4", b"PK\5\6", b"PK\7\x08"} else None


def _magic(content: bytes) -> Kind | None:
    if content[4:8] == b"ftyp":
        return _FTYP.get(content[8:12], _MP4)
    for offset, magic, kind in _MAGIC:
        if content.startswith(magic, offset) and (magic != b"BM" or content[6:10] == bytes(4)):
            return kind
    return None


def _ole(content: bytes) -> Kind:
    """A compound file is what its directory says; each entry of that begins at a multiple of 128 bytes."""
    for name, kind in _STREAMS:
        at = content.find(name + b"\0\0")
        while at >= 0:
            if at % 128 == 0:
                return kind
            at = content.find(name + b"\0\0", at + 1)
    return Kind("objects", "application/x-ole-storage")


def _zip(content: bytes) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = set(package.namelist())
            if "[Content_Types].xml" in names and package.getinfo("[Content_Types].xml").file_size < 1 << 20:
                return _ooxml(package.read("[Content_Types].xml"))
            if "mimetype" in names and package.getinfo("mimetype").file_size < 200:
                return _opendocument(package.read("mimetype").decode("ascii", "replace").strip())
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError):
        return _ZIP
    return _ZIP


def _ooxml(types: bytes) -> Kind:
    main = b" ".join(found for found in re.findall(rb'ContentType="([^"]+)"', types) if b"main" in found.lower())
    for word, kind in _OOXML:
        if word in (main or types):
            return kind
    return _ZIP


def _opendocument(media_type: str) -> Kind:
    if not media_type.startswith("application/vnd.oasis.opendocument."):
        return _ZIP
    return Kind("sheets" if "spreadsheet" in media_type else "office", media_type)


def _text(content: bytes, head: bytes, name: str) -> Kind:
    ending = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    named = _BY_NAME.get(ending)
    if named and (named.family in {"media", "archives", ""} or (named.family == "mail" and b":" in head)):
        return named
    if _binary(head):
        return _PART if ending == "zip" and b"PK\5\6" in content[-66_000:] else _sound(head)
    opening = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if opening.startswith(b"From ") and _MAIL_NAMES.search(head):
        return Kind("mail", "application/mbox")
    unified = opening.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if _MAIL_HEAD.match(unified) and len(set(_MAIL_NAMES.findall(unified.split(b"\n\n")[0]))) >= 2:
        return Kind("mail", "message/rfc822")
    if opening[:1] == b"<" and (marked := _markup(opening)):
        return marked
    return named or (Kind("plain", "text/html") if ending in {"html", "htm", "xhtml"} else TEXT)


def _markup(opening: bytes) -> Kind | None:
    if re.search(rb"<svg\b", opening, re.IGNORECASE) and not _HTML.match(opening):
        return Kind("plain", "image/svg+xml")
    if _HTML.search(opening[:2048]):
        return Kind("plain", "text/html")
    if opening.startswith((b"<?xml", b"<!DOCTYPE", b"<!--")) or re.match(rb"<[A-Za-z_][\w:.-]*[\s/>]", opening):
        return Kind("plain", "application/xml")
    return None


def _sound(head: bytes) -> Kind:
    if head[:1] == b"\xff" and head[1] & 0xE0 == 0xE0:
        return Kind("media", "audio/mpeg")
    return UNKNOWN


def _binary(head: bytes) -> bool:
    """Whether these bytes are no text in any encoding; UTF-16 and UTF-32 have their NULs in a pattern."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
        return False
    nuls = head.count(0)
    if nuls:
        even, odd = head[::2].count(0), head[1::2].count(0)
        return not (max(even, odd) > len(head) * 0.15 and min(even, odd) < max(even, odd) * 0.2)
    odd_ones = sum(1 for byte in head if byte < 9 or 13 < byte < 27 or 27 < byte < 32)
    return odd_ones > len(head) * 0.02
