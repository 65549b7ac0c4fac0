"""Reads pictures (facts, place, text by OCR) and the facts that sound and video carry."""

import io
import subprocess
import time
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pi_heif
import tinytag
from PIL import ExifTags, Image, ImageSequence, UnidentifiedImageError, __version__

from evidence.extraction.findings import CannotRead, Findings, Source, plain
from evidence.pinpoints import Pinpoint

PIXELS = 100_000_000
_FRAMES = 50
_OCR_SIDE = 5_000
_OCR_SECONDS = 30
_LANGUAGES = 7
_PREFERRED = ("eng", "ara", "fas", "tir", "amh", "ben", "chi_sim", "pus", "fra", "deu", "ita", "ell", "tur", "rus")
_TESSERACT = Path("/usr/bin/tesseract")
_NO_OCR = "text in pictures is not read, as tesseract is not installed (package tesseract-ocr would change that)"
_SECRETIVE = {
    "MakerNote",
    "ExifOffset",
    "GPSInfo",
    "ExifInteroperabilityOffset",
    "YCbCrPositioning",
    "UserComment",
    "PrintImageMatching",
    "ComponentsConfiguration",
    "FileSource",
    "SceneType",
}


def read(source: Source, found: Findings) -> None:
    """Read a picture, or the tags of sound and video."""
    if source.kind.media_type.startswith("image/"):
        _picture(source, found)
    else:
        _sound(source, found)


def _picture(source: Source, found: Findings) -> None:
    found.kind(source.kind.media_type, "Pillow", __version__)
    if source.kind.media_type in {"image/heic", "image/heif"}:
        pi_heif.register_heif_opener()
    Image.MAX_IMAGE_PIXELS = None  # the limit is our own, told in words, just below
    try:
        image = Image.open(io.BytesIO(source.bytes()))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as fault:
        raise CannotRead(f"the picture cannot be opened ({plain(fault)})") from fault
    width, height = image.size
    found.fact("width in pixels", width)
    found.fact("height in pixels", height)
    found.fact("format", image.format)
    _exif(image, found)
    if width * height > PIXELS:
        raise CannotRead(f"it has {width:,} by {height:,} pixels; pictures over {PIXELS:,} pixels are not decoded")
    _frames(image, found)


def _frames(image: Image.Image, found: Findings) -> None:
    count = int(getattr(image, "n_frames", 1))
    if count > 1:
        found.fact("frames", count)
    one_page = count == 1 or image.format in {"GIF", "WEBP", "PNG"}
    try:
        for number, frame in enumerate(ImageSequence.Iterator(image), 1):
            text = recognise(frame, found)
            if text:
                found.text(text, Pinpoint() if one_page else Pinpoint(page=number))
            if one_page or number >= _FRAMES:
                break
    except (OSError, ValueError, SyntaxError) as fault:
        found.weak(f"the picture is damaged ({plain(fault)})")


def _exif(image: Image.Image, found: Findings) -> None:
    """Facts from EXIF under their standard names, and the place in decimal degrees."""
    try:
        exif = image.getexif()
        inner = exif.get_ifd(ExifTags.IFD.Exif)
        place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    except (OSError, ValueError, SyntaxError, KeyError, TypeError, AttributeError, EOFError) as fault:
        found.weak(f"its EXIF data is damaged ({plain(fault)})")
        return
    facts = [(ExifTags.TAGS.get(number, ""), value) for number, value in [*exif.items(), *inner.items()]]
    facts += [(str(ExifTags.GPSTAGS.get(number, number)), value) for number, value in place.items()]
    degrees = _degrees(place)
    told = [("place (latitude, longitude)", degrees)] if degrees else []
    for name, value in facts:
        said = " ".join(str(value).split()).strip("\0 ")
        if name and said and name not in _SECRETIVE and not isinstance(value, dict | bytes) and "IFD" not in name:
            told.append((f"EXIF {name}", said[:500]))
    for name, said in told:
        found.fact(name, said)
    if told:
        found.text("\n".join(f"{name}: {said}" for name, said in told), Pinpoint(path="EXIF"))


def _degrees(place: Mapping[int, Any]) -> str:
    found = []
    for value, side, negative in ((2, 1, "S"), (4, 3, "W")):
        try:
            parts = [float(Fraction(str(part))) for part in place[value]]
            number = parts[0] + parts[1] / 60 + parts[2] / 3600
        except (KeyError, TypeError, ValueError, ZeroDivisionError, IndexError):
            return ""
        found.append(f"{-number if str(place.get(side, '')).upper().startswith(negative) else number:.6f}")
    return ", ".join(found)


def recognise(image: Image.Image, found: Findings) -> str:
    """The text in one picture by tesseract, or "" where it finds none; what stops it is told as a weakness."""
    if not _TESSERACT.exists():
        found.weak(_NO_OCR)
        return ""
    shrunk = image.convert("L")
    shrunk.thumbnail((_OCR_SIDE, _OCR_SIDE))
    written = io.BytesIO()
    shrunk.save(written, "PNG", compress_level=1)
    languages = _languages()
    began = time.monotonic()
    try:
        done = subprocess.run(  # a fixed program with fixed arguments; the picture goes in by a pipe
            [str(_TESSERACT), "stdin", "stdout", "-l", languages],
            input=written.getvalue(), capture_output=True, timeout=_OCR_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        found.weak(f"text recognition of one picture took more than {_OCR_SECONDS} seconds and was stopped")
        return ""
    if done.returncode:
        found.weak(f"text recognition of one picture ended with an error after {time.monotonic() - began:.0f} seconds")
        return ""
    text = done.stdout.decode("utf-8", "replace").strip()
    if text:
        found.fact("text recognised by", f"tesseract ({languages})") if "ocr" not in _said else None
        _said.add("ocr")
    return text


_said: set[str] = set()
_ENDINGS = {"mpeg": "mp3", "aiff": "aif", "mp4": "m4a", "x-ms-wma": "wma"}


def _languages() -> str:
    """The languages whose data is installed, the usual ones of the work first, and not too many: each costs time."""
    folders = [*Path("/usr/share/tesseract-ocr").glob("*/tessdata"), Path("/usr/share/tessdata")]
    installed = {path.stem for folder in folders for path in folder.glob("*.traineddata")} - {"osd", "equ", "snum"}
    chosen = [name for name in _PREFERRED if name in installed] + sorted(installed.difference(_PREFERRED))
    return "+".join(chosen[:_LANGUAGES]) or "eng"


def _sound(source: Source, found: Findings) -> None:
    found.kind(source.kind.media_type, "tinytag", tinytag.__version__)
    with source.open() as handle:
        try:
            tag = tinytag.TinyTag.get(filename=_named(source), file_obj=handle)
        except (tinytag.TinyTagException, OSError, ValueError, IndexError, KeyError) as fault:
            raise CannotRead(f"its tags cannot be read ({plain(fault)})") from fault
    words: dict[str, str] = {}
    for name, value in _tags(tag.as_dict()):
        found.fact(name, value)
        if name in {"title", "artist", "album", "comment", "composer", "albumartist", "genre", "lyrics"}:
            words[name] = value
    if words:
        found.text("\n".join(f"{name}: {value}" for name, value in words.items()), Pinpoint())
    found.weak("speech is not transcribed: only the tags of the file are read")


def _named(source: Source) -> str:
    """A name whose ending tells the library which format to expect."""
    form = source.kind.media_type.rsplit("/", 1)[-1]
    return f"file.{_ENDINGS.get(form, form)}"


def _tags(tags: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, value in tags.items():
        if name in {"filename", "images"} or value is None:
            continue
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str | int | float) and str(one).strip():
                yield name, str(one)
