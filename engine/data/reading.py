"""Bytes of an image file to pixels: the one place that calls the decoders."""

from __future__ import annotations

import importlib
import io
import re

import numpy as np
from PIL import Image

from engine.data.picture import (
    Array,
    Picture,
    Unreadable,
    check_pixels,
    memory_for,
    on_white,
    oriented,
)
from engine.data.tiff import read_tiff

__all__ = ["EXTENSIONS", "read_picture"]

for _format in ("Bmp", "Gif", "Jpeg", "Png", "WebP"):
    importlib.import_module(f"PIL.{_format}ImagePlugin")  # registers itself; the others stay away

EXTENSIONS = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "PNG": (".png",),
    "BMP": (".bmp", ".dib"),
    "TIFF": (".tif", ".tiff"),
    "GIF": (".gif",),
    "WEBP": (".webp",),
}
"""The formats that are read, by content, with the names that fit them."""

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_ORIENTATION = 274


def read_picture(data: bytes, *, at_least: int | None = None) -> Picture:
    """The image in ``data``, upright, on white where it is transparent, with its own values.

    The format is told by the content. Images of 8 bits or fewer come as uint8 over the full range
    (palette, CMYK and 1-bit images converted); deeper ones keep their values. Of several pages or
    frames the first is taken. ``at_least`` allows a JPEG to be decoded at a fraction of its size
    whose sides are no smaller than that.

    Raises Unreadable with the reason for everything else; no decoder's exception passes.
    """
    if not data:
        raise Unreadable("The file is empty.")
    try:
        return _read(data, at_least)
    except Unreadable:
        raise
    except Image.UnidentifiedImageError:
        raise Unreadable(_no_image(data)) from None
    except Image.DecompressionBombError:
        raise Unreadable("The image promises far more pixels than are read.") from None
    except MemoryError:
        raise Unreadable("There is not enough memory to decode the image.") from None
    except Exception as error:  # decoders raise almost anything, even SyntaxError
        text = str(error).replace("\n", " ").strip().rstrip(".")[:160] or type(error).__name__
        raise Unreadable(f"The image is damaged: {text}.") from None


def _read(data: bytes, at_least: int | None) -> Picture:
    if data[:4] in _TIFF:
        return read_tiff(data)
    with Image.open(
        io.BytesIO(data), formats=[form for form in EXTENSIONS if form != "TIFF"]
    ) as image:
        check_pixels(*image.size)
        with memory_for(image.width * image.height):
            return _decode(image, data, at_least)


def _decode(image: Image.Image, data: bytes, at_least: int | None) -> Picture:
    kind = "JPEG" if image.format == "MPO" else str(image.format)
    if kind == "JPEG":
        _check_jpeg_end(data)
    width, height, mode = image.width, image.height, image.mode
    if kind == "PNG" and data[24:25] == b"\x10":
        pixels, mode, notes = _deep_png(data)
    else:
        if at_least is not None:
            image.draft(None, (at_least, at_least))
        image.load()  # before anything that loads too and swallows the error, as getexif does
        pixels, notes = _pixels(image)
    if kind != "JPEG" and getattr(image, "is_animated", False):
        notes.add("pages")
    turn = _orientation(image)
    if turn in range(2, 9):
        notes.add("rotated")
        width, height = (height, width) if turn >= 5 else (width, height)
    return Picture(oriented(pixels, turn), width, height, mode, kind, frozenset(notes))


def _pixels(image: Image.Image) -> tuple[Array, set[str]]:
    """The pixels ``[h, w, 1 or 3]`` of a decoded image and the notes about its mode."""
    mode = image.mode
    if mode == "1":
        return np.asarray(image.convert("L"))[:, :, None], {"bilevel"}
    if mode == "L" and "transparency" not in image.info:
        return np.asarray(image)[:, :, None], set()
    if mode == "RGB" and "transparency" not in image.info:
        return np.asarray(image), set()
    if mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        notes = {"alpha"} | ({"palette"} if mode in ("P", "PA") else set())
        whole = np.asarray(image.convert("RGBA"))
        grey = mode in ("L", "LA", "La")
        colour = whole[:, :, :1] if grey else whole[:, :, :3]
        return on_white(colour, whole[:, :, 3:]), notes
    if mode == "P":
        return np.asarray(image.convert("RGB")), {"palette"}
    if mode in ("CMYK", "YCbCr", "HSV", "RGBX"):
        return np.asarray(image.convert("RGB")), {"cmyk"} if mode == "CMYK" else set()
    if mode.startswith("I") or mode == "F":
        values = np.asarray(image)[:, :, None]
        return values, {"float"} if mode == "F" else set()
    raise Unreadable(f"Its colours are stored as {mode}, which is not read.")


def _deep_png(data: bytes) -> tuple[Array, str, set[str]]:
    """A PNG of 16 bits with all its bits; Pillow keeps only 8 of them in colour images."""
    import imagecodecs

    pixels = imagecodecs.png_decode(data)
    pixels = pixels[:, :, None] if pixels.ndim == 2 else pixels
    count = pixels.shape[2]
    mode = "RGB;16" if count > 2 else "L;16"
    if count in (2, 4):
        return on_white(pixels[:, :, : count - 1], pixels[:, :, count - 1 :]), mode, {"alpha"}
    return pixels, mode, set()


def _check_jpeg_end(data: bytes) -> None:
    """Refuses a JPEG without an end marker after its first scan: the rest of it is grey.

    libjpeg invents the end of a file that was overwritten with zeros. Within a scan the byte FF is
    always followed by 00 or a restart marker, so the marker FFD9 is never image data.
    """
    at = 2
    while data[at : at + 1] == b"\xff" and data[at + 1 : at + 2] not in (b"", b"\xda"):
        if data[at + 1] == 0xFF:  # fill byte
            at += 1
            continue
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    if data.find(b"\xff\xd9", at) < 0:
        raise Unreadable("The file is cut off or overwritten: the end of the JPEG is missing.")


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # damaged EXIF data says nothing about the pixels
        return 1
    return value if isinstance(value, int) else 1


_TEXT = re.compile(rb"^[\x09\x0a\x0d\x20-\x7e\x80-\xff]+$")


def _no_image(data: bytes) -> str:
    head = data[:512]
    if not any(data[:65536]):
        return "The file holds only zeros."
    if head.startswith(b"version https://git-lfs"):
        return "The file is a Git LFS pointer; the image itself has not been downloaded."
    if head.lstrip()[:1] == b"<":
        return "The file is a web page or XML, not an image."
    if _TEXT.match(head):
        return "The file holds text, not an image."
    return "The content is not a JPEG, PNG, BMP, TIFF, GIF or WebP image, or its start is damaged."
