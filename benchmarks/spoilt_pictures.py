"""Pictures that are spoilt on purpose, and what becomes of them where pictures come in.

    python -m benchmarks.spoilt_pictures
    python -m benchmarks.spoilt_pictures --count 500 --seed 7

Every kind that is accepted, with EXIF, profiles, palettes, frames and scans: bytes changed, pieces doubled, gone or cut
off, entries of EXIF drawn by chance, other sizes in the header. The same seed gives the same pictures.

decoder   the process that decodes what the service and the dashboard are sent: the time and memory that it took
script    a folder of them, read as visual_features.py reads it
"""

from __future__ import annotations

import argparse
import io
import random
import struct
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

from stylo.parallel.workers import LOCAL, InProcess
from stylo.tables.ids import article_id
from stylo.visual.encoder import SIZE
from stylo.visual.photos import UnreadablePhoto, open_photos
from stylo.visual.reading import Picture, Reader
from stylo.visual.thumbnails import Thumbnails
from stylo.visual.uploads import DecoderBusy, UploadDecoder

_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
#: sRGB's own profile with the names of two primaries exchanged: what is stored as red is blue.
RED_IS_BLUE = _SRGB.replace(b"rXYZ", b"?XYZ", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"?XYZ", b"bXYZ", 1)
ORIENTATION_6 = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)
# Orientation, size, resolution, text, further parts, several pictures in one.
_TAGS = (0x0112, 0x0100, 0x0101, 0x011A, 0x0128, 0x0132, 0x8769, 0x8825, 0xB001, 0xB002, 0x0201, 0x0202)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    """A picture as a file."""
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def exif_with(*entries: bytes) -> bytes:
    """EXIF of these entries of 12 bytes, little-endian."""
    return b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + b"".join(entries) + b"\0" * 4


def of_scans(side: int, scans: int) -> bytes:
    """A grey JPEG of so many scans, the last of them again and again: a dozen bytes each."""
    data = saved(Image.new("L", (side, side), 128), "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * (scans - data.count(b"\xff\xda")) + data[-2:]


@cache
def whole() -> tuple[bytes, ...]:
    """Small pictures with much in them that can be spoilt."""
    shades = [Image.linear_gradient("L"), Image.radial_gradient("L"), Image.linear_gradient("L")]
    small = Image.merge("RGB", shades).resize((24, 16))
    exif = exif_with(ORIENTATION_6, struct.pack("<HHIf", 0x0100, 11, 1, 33.5))
    clear = small.convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize((24, 16)))
    palette, deep = small.quantize(16), np.linspace(0, 65535, 512).reshape(16, 32).astype(np.uint16)
    frames = {"save_all": True, "append_images": [small.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]}
    return (
        saved(small, "JPEG", exif=exif, icc_profile=RED_IS_BLUE),
        saved(small, "JPEG", progressive=True, xmp=b'<x tiff:Orientation="6">'),
        saved(small.convert("CMYK"), "JPEG"),
        saved(small, "MPO", **frames),
        saved(clear, "PNG", exif=exif, icc_profile=RED_IS_BLUE),
        saved(palette, "PNG", transparency=3),
        saved(small, "PNG", **frames),
        saved(Image.fromarray(deep), "PNG"),
        saved(small, "WEBP", exif=exif, icc_profile=RED_IS_BLUE),
        saved(clear, "WEBP", lossless=True),
        saved(small, "WEBP", **frames),
    )


def spoilt_pictures(count: int, seed: int) -> Iterator[bytes]:
    """So many, of every kind in turn."""
    for number in range(count):
        draw = random.Random(seed * 1_000_003 + number)
        data = whole()[number % len(whole())]
        if draw.random() < 0.25:
            data = _with_drawn_exif(draw)
        elif draw.random() < 0.1:
            data = _of_another_size(data, draw)
        yield data if draw.random() < 0.1 else spoilt(data, draw)


def spoilt(data: bytes, draw: random.Random) -> bytes:
    """A file with some bytes changed, most of them near the front; sometimes cut, or with a piece doubled or gone."""
    changed = bytearray(data)
    for _ in range(draw.randint(1, 6)):
        reach = len(changed) if draw.random() < 0.3 else min(len(changed), 160)
        changed[draw.randrange(reach)] = draw.choice([0, 1, 0x7F, 0x80, 0xFF, draw.randrange(256)])
    start, length = draw.randrange(len(changed)), draw.randint(1, 40)
    match draw.randrange(8):
        case 0:
            del changed[start:]
        case 1:
            del changed[start : start + length]
        case 2:
            changed[start:start] = changed[start : start + length]
    if changed.startswith(b"\x89PNG"):
        _mend_check_sums(changed)
    return bytes(changed)


def _mend_check_sums(data: bytearray) -> None:
    """Gives the chunks of a PNG their check sums, so that what is wrong inside them gets as far as the decoder."""
    place = 8
    while place + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, place)
        end = place + 8 + length
        if end + 4 > len(data):
            return
        struct.pack_into(">I", data, end, zlib.crc32(data[place + 4 : end]))
        place = end + 4


def _with_drawn_exif(draw: random.Random) -> bytes:
    """A picture whose EXIF has entries of any type, number and value."""

    def entry() -> bytes:
        count = draw.choice([0, 1, 1, 1, 2, 1000, 2**31, 2**32 - 1])
        value = draw.choice([struct.pack("<f", 6), struct.pack("<f", float("nan")), draw.randbytes(4)])
        value = draw.choice([value, struct.pack("<HH", draw.randrange(12), 0), struct.pack("<I", 8)])
        return struct.pack("<HHI", draw.choice(_TAGS), draw.randrange(20), count) + value

    exif = exif_with(*(entry() for _ in range(draw.randint(1, 4))))
    return saved(Image.new("RGB", (24, 16), (200, 30, 30)), draw.choice(["JPEG", "PNG", "WEBP"]), exif=exif)


def _of_another_size(data: bytes, draw: random.Random) -> bytes:
    """A picture whose header tells another width and height than it has."""
    changed, size = bytearray(data), [draw.choice([0, 1, 300, 5_000, 2**14 - 1, 2**16 - 1]) for _ in range(2)]
    if changed.startswith(b"\x89PNG"):
        struct.pack_into(">II", changed, 16, *size)
        _mend_check_sums(changed)
    elif changed.startswith(b"\xff\xd8"):
        frame = next(place for mark in (b"\xff\xc0", b"\xff\xc2") if (place := changed.find(mark)) >= 0)
        struct.pack_into(">HH", changed, frame + 5, *size)
    elif changed[12:16] == b"VP8X":
        changed[24:30] = b"".join(max(side - 1, 0).to_bytes(3, "little") for side in size)
    return bytes(changed)


def decoded(data: bytes, decoder: UploadDecoder) -> str:
    """What the decoder's process makes of one, as the service and the page ask it."""
    try:
        decoder.preview(data, 640)
        decoder.prepare(data, SIZE)
    except (UnreadablePhoto, DecoderBusy) as error:
        return "refused" if isinstance(error, UnreadablePhoto) and str(error) else "lost"
    return "pictures"


def read_by_script(pictures: Iterator[bytes], folder: Path) -> Counter[str]:
    """What `visual_features.py` makes of a folder of them."""
    for number, data in enumerate(pictures, 1):
        path = folder / "photos" / article_id(number)[:3] / f"{article_id(number)}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    photos = open_photos(folder / "photos")
    reader = Reader(photos, Thumbnails(folder / "thumbnails"), {})
    kinds = {Picture: "pictures", UnreadablePhoto: "refused"}
    return Counter(kinds[type(reading)] for reading in LOCAL.map(InProcess(reader.read), photos.articles))


def main() -> None:
    parser = argparse.ArgumentParser(description="Spoilt pictures, everywhere where pictures come in.")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    decoder, slowest = UploadDecoder(), 0.0
    found: Counter[str] = Counter()
    processes = set()
    started = time.perf_counter()
    for data in spoilt_pictures(options.count, options.seed):
        began = time.perf_counter()
        found[decoded(data, decoder)] += 1
        slowest = max(slowest, time.perf_counter() - began)
        processes.add(decoder.process_id)
    memory = _peak_megabytes(decoder.process_id)
    decoder.close()
    print(
        f"decoder: {dict(found)} in {time.perf_counter() - started:.0f} s, the slowest {slowest:.2f} s, "
        f"{memory} MB at most, {len(processes)} process(es)"
    )
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        found = read_by_script(spoilt_pictures(options.count, options.seed), Path(folder))
    print(f"script: {dict(found)} in {time.perf_counter() - started:.0f} s")


def _peak_megabytes(process: int | None) -> int:
    status = Path(f"/proc/{process}/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) // 1000


if __name__ == "__main__":
    main()
