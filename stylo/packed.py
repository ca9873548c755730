"""Members of a zip that Python's zipfile cannot unpack: why, in words, before it is tried."""

from __future__ import annotations

import zipfile

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_NAMES = {
    1: "Shrink",
    6: "Implode",
    9: "Deflate64",
    10: "DCL Implode",
    93: "Zstandard",
    95: "XZ",
    96: "JPEG",
    97: "WavPack",
    98: "PPMd",
    99: "AES",
}
_ENCRYPTED, _PATCH, _STRONGLY_ENCRYPTED = 0x01, 0x20, 0x40


def why_not_unpacked(member: zipfile.ZipInfo) -> str | None:
    """Why a member cannot be unpacked here, to stand behind its name ("is encrypted"); None if it can be.

    Windows' Explorer packs large files with Deflate64, which Python does not know.
    """
    if member.flag_bits & (_ENCRYPTED | _STRONGLY_ENCRYPTED):
        return "is encrypted"
    if member.flag_bits & _PATCH:
        return "is a patch of another file"
    if member.compress_type not in _METHODS:
        name = _NAMES.get(member.compress_type, f"method {member.compress_type}")
        return f"is compressed with {name}, which cannot be unpacked here"
    return None


#: What to do about such a zip.
UNPACK_IT = "Unpack it with the program that made it, or repack it as an ordinary zip (Deflate, no password)."
