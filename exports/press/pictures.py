"""Make a picture ready for binding: turned upright, in sRGB, no finer than paper shows.

Runs in the press only.
"""

import warnings
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pi_heif import register_heif_opener
from pikepdf import Dictionary, Name, Pdf, Stream
from PIL import Image, ImageCms, ImageOps, ImageSequence, UnidentifiedImageError

from exports.press.forms import add_page, stamp_form, written
from exports.press.order import Bounds, CannotAppend, Made

_SHEET = (7.6, 10.9)
_DOTS = 300
_ASSUMED_DOTS = 150.0
_FEW_PIXELS = 1_000_000
_QUALITY = 88
_FRAMES = 500
_SENSIBLE = (50.0, 1200.0)

register_heif_opener()


def make(data: bytes, bounds: Bounds) -> Made:
    """Give an image, or each page of a paged one, as plain pages; raises CannotAppend with the reason if it cannot."""
    Image.MAX_IMAGE_PIXELS = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _make(data, bounds)
    except UnidentifiedImageError:
        raise CannotAppend("The file is not an image of a kind that can be shown.") from None
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, AttributeError) as fault:
        # The decoders of many formats meet damage in many ways.
        raise CannotAppend(f"The image is damaged and could not be shown whole ({type(fault).__name__}).") from None


def _make(data: bytes, bounds: Bounds) -> Made:
    with Image.open(BytesIO(data)) as opened, Pdf.new() as target:
        frames = getattr(opened, "n_frames", 1)
        paged = opened.format in {"TIFF", "MPO"}
        if paged and frames > min(_FRAMES, bounds.pages):
            raise CannotAppend(f"The image has {frames:,} pages; at most {min(_FRAMES, bounds.pages):,} are appended.")
        photo = opened.format in {"JPEG", "MPO", "HEIF", "WEBP"}
        notes, sizes = [], []
        for frame in _frames(opened, whole=paged and opened.format == "TIFF"):
            _check_pixels(frame, bounds)
            size = _size(frame)
            picture, said = _upright(frame)
            if (picture.width > picture.height) != (frame.width > frame.height):
                size = size[::-1]
            image = image_of(target, _coarser(picture), photo=photo)
            sizes.append(_page(target, image, size))
            notes += [word for word in said if word not in notes]
        if frames > 1 and not paged:
            notes.append(f"first of {frames} frames")
        return Made(written(target), tuple(sizes), note="; ".join(notes))


def _frames(opened: Image.Image, *, whole: bool) -> Iterator[Image.Image]:
    yield from ImageSequence.Iterator(opened) if whole else [opened]


def _check_pixels(frame: Image.Image, bounds: Bounds) -> None:
    if frame.width * frame.height > bounds.pixels:
        raise CannotAppend(
            f"The image has {frame.width:,} by {frame.height:,} dots; at most {bounds.pixels:,} dots are shown."
        )


def _size(frame: Image.Image) -> tuple[float, float]:
    """Give the size in points at which the image was meant to be seen, if it says so sensibly."""
    dots = frame.info.get("dpi", (0, 0))
    stated = [float(value) for value in dots[:2]] if isinstance(dots, tuple) and len(dots) >= 2 else [0.0, 0.0]
    x, y = (value if _SENSIBLE[0] <= value <= _SENSIBLE[1] else _ASSUMED_DOTS for value in stated)
    return max(frame.width * 72 / x, 3.0), max(frame.height * 72 / y, 3.0)


def _upright(frame: Image.Image) -> tuple[Image.Image, list[str]]:
    """Turn, flatten and colour the image as a viewer would; also say what was done that a reader should know."""
    said = []
    profile = frame.info.get("icc_profile")
    turned = ImageOps.exif_transpose(frame)
    if turned.mode in {"RGBA", "LA", "PA"} or "transparency" in turned.info:
        clear = turned.convert("RGBA")
        turned = Image.new("RGB", clear.size, "white")
        turned.paste(clear, mask=clear.getchannel("A"))
        said.append("clear parts shown white")
    if turned.mode.startswith(("I", "F")):
        turned = _brightened(turned)
        said.append("brightness scaled to be seen")
    if profile and turned.mode in {"RGB", "CMYK", "L"}:
        turned = _in_srgb(turned, profile)
    if turned.mode not in {"1", "L", "RGB"}:
        turned = turned.convert("RGB")
    return turned, said


def _brightened(image: Image.Image) -> Image.Image:
    """Bring values finer than 256 steps into the range that can be seen."""
    extrema: Any = image.getextrema()
    low, high = extrema
    factor = 255 / max(high - low, 1)
    return image.point(lambda value: (value - low) * factor).convert("L")


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        mode = "L" if image.mode == "L" else "RGB"
        if mode == "L":
            return image
        changed = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # a profile that does not work is passed over by viewers, too
    return changed if changed is not None else image


def _coarser(image: Image.Image) -> Image.Image:
    """Make the image no finer than 300 dots an inch on the sheet it will fill."""
    wide = image.width > image.height
    sheet = _SHEET[::-1] if wide else _SHEET
    room = (int(sheet[0] * _DOTS), int(sheet[1] * _DOTS))
    scale = min(room[0] / image.width, room[1] / image.height, 1.0)
    if scale == 1.0:
        return image
    small = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    source = image.convert("L") if image.mode == "1" else image
    return source.resize(small, Image.Resampling.LANCZOS, reducing_gap=3.0)


def image_of(pdf: Pdf, picture: Image.Image, *, photo: bool = False) -> Stream:
    """Put a picture (mode 1, L or RGB) into *pdf*: exactly where that costs little, else as JPEG."""
    if picture.mode == "RGB" and _is_grey(picture):
        picture = picture.convert("L")
    if picture.mode == "1":
        return _stream(pdf, picture, zlib.compress(picture.tobytes(), 9), Name.FlateDecode, 1)
    out = BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY, subsampling=0)
    if not photo:
        exact = zlib.compress(picture.tobytes(), 6)
        if len(exact) <= out.tell() or picture.width * picture.height <= _FEW_PIXELS:
            return _stream(pdf, picture, exact, Name.FlateDecode, 8)
    return _stream(pdf, picture, out.getvalue(), Name.DCTDecode, 8)


def _is_grey(picture: Image.Image) -> bool:
    red, green, blue = picture.split()
    return red.tobytes() == green.tobytes() == blue.tobytes()


def _stream(pdf: Pdf, picture: Image.Image, data: bytes, filter_: Any, bits: int) -> Stream:
    return Stream(
        pdf,
        data,
        Dictionary(
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=picture.width,
            Height=picture.height,
            ColorSpace=Name.DeviceRGB if picture.mode == "RGB" else Name.DeviceGray,
            BitsPerComponent=bits,
            Filter=filter_,
        ),
    )


def _page(pdf: Pdf, image: Stream, size: tuple[float, float]) -> tuple[float, float]:
    content = f"q {size[0]:.3f} 0 0 {size[1]:.3f} 0 0 cm /I Do Q".encode("ascii")
    return add_page(pdf, stamp_form(pdf, content, *size, Dictionary(XObject=Dictionary(I=image))))
