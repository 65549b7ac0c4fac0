"""Hostile files made when a test needs them, so that none of them lies anywhere at rest."""

import io
import stat
import struct
import zipfile
import zlib
from pathlib import Path

import pikepdf

MIB = 1 << 20
# Joined only here, at run time: a file that held it whole would be taken away by any scanner.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
EICAR_SHA256 = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"
CLIMBING = ("../evil.txt", "..\\evil.txt", "/evil.txt", "C:\\evil.txt", "a/../../evil.txt")
SECRET = "the words of a file that is none of its business"
NAMES = (
    "a\u202egnp.exe",
    "-rf",
    "..",
    "CON",
    "x" * 999,
    "line\nbreak.txt",
    "nul\x00byte",
    "<img src=x onerror=alert(1)>.pdf",
    "caf\u00e9.txt",
    "cafe\u0301.txt",
    ".htaccess",
    "\u0645\u0644\u0641.pdf",
    " lead and trail ",
)


def zipped(parts: dict[str, bytes]) -> bytes:
    """A zip of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def flat_bomb(size: int) -> bytes:
    """A zip of one entry of so many zeros."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("zeros", "w", force_zip64=True) as part,
    ):
        for _ in range(size // MIB):
            part.write(bytes(MIB))
    return out.getvalue()


def climbing() -> bytes:
    """A zip whose entries climb out by their names and through a link."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in CLIMBING:
            archive.writestr(name, "climbed out")
        link = zipfile.ZipInfo("s")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "../..")
        archive.writestr("s/evil.txt", "climbed out")
    return out.getvalue()


def nested(levels: int) -> bytes:
    """A zip in a zip, so many levels, with a text at the bottom."""
    content = zipped({"bottom.txt": b"here is the bottom"})
    for level in range(levels):
        content = zipped({f"level {level}.zip": content})
    return content


def png_bomb() -> bytes:
    """A valid picture of 900 million points in about 110 KB."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    side = 30_000
    machine = zlib.compressobj(9)
    rows = b"".join(machine.compress(bytes(1 + side // 8)) for _ in range(side)) + machine.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def outward(kind: str, target: Path) -> bytes:
    """The smallest document or workbook with an external entity that names a file of the machine."""
    types = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    entity = f'<!DOCTYPE x [<!ENTITY out SYSTEM "{target.as_uri()}">]>'
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    sheet = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    main = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}[kind]
    parts = {
        "[Content_Types].xml": f'{types}<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'{links}<Relationship Id="r1" Type="{office}/officeDocument" Target="{main}"/></Relationships>',
    }
    if kind == "docx":
        parts[main] = (
            f'{entity}<w:document xmlns:w="{word}"><w:body><w:p><w:r><w:t>&out;</w:t></w:r></w:p></w:body></w:document>'
        )
    else:
        parts[main] = (
            f'<workbook xmlns="{sheet}" xmlns:r="{office}"><sheets><sheet name="a" sheetId="1" r:id="r1"/>'
            "</sheets></workbook>"
        )
        parts["xl/_rels/workbook.xml.rels"] = (
            f'{links}<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="r2" Type="{office}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
        )
        parts["xl/worksheets/sheet1.xml"] = (
            f'<worksheet xmlns="{sheet}"><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData>'
            "</worksheet>"
        )
        parts["xl/sharedStrings.xml"] = f'{entity}<sst xmlns="{sheet}"><si><t>&out;</t></si></sst>'
    return zipped({name: text.encode() for name, text in parts.items()})


def two_faced() -> bytes:
    """A PDF of one page with a whole zip behind it."""
    out = io.BytesIO()
    with pikepdf.new() as paper:
        paper.add_blank_page()
        paper.save(out)
    return out.getvalue() + zipped({"behind.txt": b"behind the paper"})


def programs(canary: Path) -> dict[str, bytes]:
    """Files that leave a mark when anything runs them."""
    mark = f"touch '{canary}'"
    return {
        "run.sh": f"#!/bin/sh\n{mark}\n".encode(),
        "run.py": f"#!/usr/bin/env python3\nopen({str(canary)!r}, 'w')\n".encode(),
        "run.desktop": f'[Desktop Entry]\nType=Application\nExec=sh -c "{mark}"\n'.encode(),
        "photo.gif": b"GIF89a<html><script>fetch('http://127.0.0.1:1/')</script></html>",
        "invoice.pdf": b"MZ" + bytes(range(256)) * 8,
        "$(touch mark).txt": b"a name that a shell would run",
    }


def everything(canary: Path, secret: Path) -> dict[str, bytes]:
    """All of them by name; the secret is a file of the machine that none of them may bring in."""
    secret.write_text(SECRET)
    return {
        "eicar.com": EICAR,
        "points.png": png_bomb(),
        "flat.zip": flat_bomb(2_048 * MIB),
        "climbing.zip": climbing(),
        "nested.zip": nested(30),
        "outward.docx": outward("docx", secret),
        "outward.xlsx": outward("xlsx", secret),
        "two faced.pdf": two_faced(),
        "nothing.bin": b"",
        **programs(canary),
    }
