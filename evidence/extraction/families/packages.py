"""Opens the zip packages that office files are, with sizes checked before a part is read."""

import io
import zipfile
from collections.abc import Iterator

from lxml import etree

from evidence.extraction.families.plain import element_name, xml_tree
from evidence.extraction.findings import CannotRead, Findings, plain

PART = 128 * 1024 * 1024
WHOLE = 512 * 1024 * 1024
_CHUNK = 1 << 18
_OWN = (".rels", ".xml", ".vml")
_DAMAGED = (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, RuntimeError, KeyError)


class Package:
    """An office file as its parts; a part that declares too much or is damaged is refused by name."""

    def __init__(self, content: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except _DAMAGED as fault:
            raise CannotRead(f"the file is damaged ({plain(fault)})") from fault
        declared = sum(one.file_size for one in self._zip.infolist())
        if declared > WHOLE:
            raise CannotRead(f"it unpacks to {declared:,} bytes, more than the {WHOLE:,} a document may have")
        self.names = [one.filename for one in self._zip.infolist() if not one.is_dir()]

    def under(self, folder: str, ending: str = "") -> list[str]:
        """The names of the parts in a folder, in the order of the numbers in them."""
        found = [name for name in self.names if name.startswith(folder) and name.endswith(ending)]
        return sorted(found, key=lambda name: (len(name), name))

    def content(self, name: str) -> bytes:
        """One part whole; raises CannotRead if it is damaged or too large."""
        try:
            if self._zip.getinfo(name).file_size > PART:
                raise CannotRead(f"its part {name} declares more than {PART:,} bytes")
            with self._zip.open(name) as part:
                content = part.read(PART + 1)
        except _DAMAGED as fault:
            raise CannotRead(f"its part {name} is damaged ({plain(fault)})") from fault
        if len(content) > PART:
            raise CannotRead(f"its part {name} has more than {PART:,} bytes")
        return content

    def tree(self, name: str, found: Findings) -> etree._Element:
        """One XML part, parsed without its document type; raises CannotRead if it is damaged or has one."""
        content = self.content(name)
        if b"<!DOCTYPE" in content[:4096]:
            raise CannotRead(f"its part {name} carries a document type, which no office program writes; it is not read")
        return xml_tree(content, f"its part {name}", found)

    def trees(self, names: list[str], found: Findings) -> Iterator[tuple[str, etree._Element]]:
        """The parsed parts of these names that are there; what is damaged becomes a weakness."""
        for name in names:
            if name in self.names:
                try:
                    yield name, self.tree(name, found)
                except CannotRead as reason:
                    found.weak(str(reason))

    def members(self, folders: tuple[str, ...], method: str, found: Findings) -> None:
        """Hand over the embedded files and pictures that lie in these folders."""
        for name in self.names:
            if name.startswith(folders) and not name.endswith(_OWN) and "printerSettings" not in name:
                size = self._zip.getinfo(name).file_size
                found.member(name, method, self._chunks(name), size=size)

    def _chunks(self, name: str) -> Iterator[bytes]:
        with self._zip.open(name) as part:
            while chunk := part.read(_CHUNK):
                yield chunk


def facts(tree: etree._Element, found: Findings) -> None:
    """Keep the properties of a document, each under its own name."""
    for one in tree.iter():
        if one.text and one.text.strip() and not len(one) and element_name(one):
            found.fact(str(one.get(f"{{{one.nsmap.get('meta', '')}}}name") or element_name(one)), one.text)
