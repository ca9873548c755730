"""What a picture may ask of the machine, told from its first bytes and its markers, before anything is decoded."""

from __future__ import annotations

import re
import struct

SEVERAL_SCANS = "JPEG in several scans"
#: The most pixels of each kind: so many unpack in less than 300 MB. A JPEG is scaled while it is unpacked; one in
#: several scans, as a progressive one, needs up to 6 bytes for each pixel all the same, a PNG 11, a WebP 18.
LARGEST_PIXELS = {"JPEG": 100_000_000, SEVERAL_SCANS: 40_000_000, "PNG": 24_000_000, "WebP": 14_000_000}
#: The most that are left of a JPEG when it is scaled.
LARGEST_SCALED = 40_000_000
#: Encoders write 10 scans or so. A scan of a few bytes can take as long as a whole picture.
MOST_SCANS = 50

# Within a scan, 0xFF is followed by 0 where it is data, and by 0xD0 to 0xD7 between restarts.
_MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])", re.DOTALL)
_START, _END, _SCAN, _ALONE = 0xD8, 0xD9, 0xDA, 0x01


def too_many_pixels(kind: str, width: int, height: int, data: bytes) -> str:
    """Why a picture of this size is refused, for a person; empty if it is not.

    Parameters
    ----------
    kind : JPEG, MPO, PNG or WEBP, as Pillow calls it.
    """
    name = {"WEBP": "WebP", "MPO": "JPEG"}.get(kind, kind)
    if name == "JPEG" and width * height > LARGEST_PIXELS[SEVERAL_SCANS] and _scans(data, 1) > 1:
        name = SEVERAL_SCANS
    most = LARGEST_PIXELS[name]
    if width * height <= most:
        return ""
    return f"{width} × {height} pixels are too many: a {name} may have {most // 1_000_000} million"


def too_much(data: bytes) -> str:
    """Why a file is refused before Pillow sees it, for a person; empty if it is not. O(bytes), without a copy.

    A JPEG has its scans counted. Of a WebP the size is read, for Pillow makes room for it as soon as it opens it.
    """
    if data.startswith(b"\xff\xd8"):
        # Quick, and no fewer: what looks like a scan may be one of a small picture inside, or behind the end.
        possible = data.count(b"\xff\xda")
        several = possible > MOST_SCANS and _scans(data, MOST_SCANS) > MOST_SCANS
        return f"it has more than {MOST_SCANS} scans" if several else ""
    size = webp_size(data)
    return too_many_pixels("WEBP", *size, data) if size else ""


def _scans(data: bytes, enough: int) -> int:
    """Scans of a JPEG up to its end, counted until there are more than enough."""
    place = count = 0
    while count <= enough and (found := _MARKER.search(data, place)):
        place, marker = found.end(), found[1][0]
        if marker == _END:
            break
        if marker in (_START, _ALONE):
            continue
        count += marker == _SCAN
        if place + 2 <= len(data):
            place += max(2, int.from_bytes(data[place : place + 2], "big"))
    return count


def webp_size(data: bytes) -> tuple[int, int] | None:
    """Width and height that the first chunk of a WebP tells; None for anything else."""
    if len(data) < 30 or data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    match data[12:16]:
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", data, 26)
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", data, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    return None
