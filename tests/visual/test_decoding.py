"""Bytes to pictures: what each kind of file means, worked out here without Pillow's own conversions."""

from __future__ import annotations

import colorsys
import io
import struct
import tracemalloc
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from helpers import jpeg
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageCms

from benchmarks.spoilt_pictures import ORIENTATION_6, RED_IS_BLUE, exif_with, saved, spoilt_pictures
from stylo.visual.decoding import UnreadablePhoto, decode, on_white, open_image, thumbnail

Values = NDArray[np.float64]


def read(data: bytes) -> NDArray[np.int_]:
    """The pixels of a file, small enough that none is scaled."""
    return np.asarray(open_image(data, 10_000), dtype=int)


def laid_on_white(colours: Values, opacity: Values) -> Values:
    """Colours (h, w, 3) of 0 to 255 under opacity (h, w) of 0 to 1: what a browser shows on a white page."""
    return colours * opacity[..., None] + 255 * (1 - opacity[..., None])


# PNG, written by hand: every type of colour, every depth, with and without a transparent colour.

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(samples: NDArray[np.int_], kind: int, depth: int, *extra: bytes) -> bytes:
    """Samples (h, w, channels) as a PNG."""
    height, width, channels = samples.shape
    rows = b""
    for row in samples.reshape(height, width * channels):
        bits = "".join(f"{sample:0{depth}b}" for sample in row)
        bits += "0" * (-len(bits) % 8)
        rows += b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *extra, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_every_kind_of_png_shows_what_its_standard_says(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(_CHANNELS)), "type of colour")
    depth = data.draw(st.sampled_from(_DEPTHS[kind]), "bits")
    draw = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1), "seed"))
    height, width = draw.integers(1, 9, 2)
    samples = draw.integers(0, 2**depth, (height, width, _CHANNELS[kind]))
    most = 2**depth - 1
    extra = []
    opacity = np.ones((height, width))
    if kind == 3:
        palette = draw.integers(0, 256, (2**depth, 3))
        alphas = draw.choice([0, 255, 99], draw.integers(0, 2**depth + 1))
        extra.append(chunk(b"PLTE", palette.astype(np.uint8).tobytes()))
        if len(alphas):
            extra.append(chunk(b"tRNS", alphas.astype(np.uint8).tobytes()))
        colours = palette[samples[..., 0]].astype(float)
        opacity = np.concatenate([alphas, np.full(2**depth, 255)])[samples[..., 0]] / 255
    else:
        light = samples * 255 / most
        grey = kind in (0, 4)
        colours = np.repeat(light[..., :1], 3, axis=2) if grey else light[..., :3]
        if kind in (4, 6):
            opacity = light[..., -1] / 255
        elif data.draw(st.booleans(), "with a transparent colour"):
            clear = samples[draw.integers(height), draw.integers(width)]
            extra.append(chunk(b"tRNS", struct.pack(f">{len(clear)}H", *clear)))
            # Of 16 bits a channel, Pillow keeps eight.
            deep = kind == 2 and depth == 16
            same = (samples >> 8) == (clear >> 8) if deep else samples == clear
            opacity = 1.0 - same.all(axis=2)
    expected = laid_on_white(colours, opacity)
    found = read(png(samples, kind, depth, *extra))
    assert np.abs(found - expected).max() <= (
        3 if depth == 16 else 1
    )  # 16 bits: colour and opacity lose up to 1 each


# Every mode of Pillow's, its raw bytes drawn at random; what they mean is worked out beside.


def grey(light: NDArray[np.uint8]) -> Values:
    return np.repeat(light[..., None].astype(float), 3, axis=-1)


def ycbcr(raw: NDArray[np.uint8]) -> Values:
    """ITU-T T.871, the colours of JPEG files."""
    y, cb, cr = np.moveaxis(raw.astype(float), -1, 0) - np.array([0, 128, 128])[:, None, None]
    rgb = np.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb], axis=-1)
    return np.clip(rgb, 0, 255)


def hsv(raw: NDArray[np.uint8]) -> Values:
    rgb = [colorsys.hsv_to_rgb(*pixel) for pixel in (raw / 255).reshape(-1, 3)]
    return 255 * np.array(rgb).reshape(raw.shape)


def cmyk(raw: NDArray[np.uint8]) -> Values:
    ink = raw / 255
    return 255 * (1 - ink[..., :3]) * (1 - ink[..., 3:])


def premultiplied(raw: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], Values]:
    """Raw bytes that a premultiplied picture can hold, and their meaning: the colour, and white that shines through."""
    raw = raw.copy()
    raw[..., :-1] = np.minimum(raw[..., :-1], raw[..., -1:])
    return raw, raw[..., :-1].astype(float) + 255 - raw[..., -1:]


MEANINGS: dict[str, tuple[int, Callable[[NDArray[np.uint8]], Values]]] = {
    "L": (1, lambda raw: grey(raw[..., 0])),
    "LA": (2, lambda raw: laid_on_white(grey(raw[..., 0]), raw[..., 1] / 255)),
    "RGB": (3, lambda raw: raw.astype(float)),
    "RGBX": (4, lambda raw: raw[..., :3].astype(float)),
    "RGBA": (4, lambda raw: laid_on_white(raw[..., :3].astype(float), raw[..., 3] / 255)),
    "CMYK": (4, cmyk),
    "YCbCr": (3, ycbcr),
    "HSV": (3, hsv),
}
KEPT_BY = {
    "L": ("PNG", "WEBP"),
    "LA": ("PNG", "WEBP"),
    "RGB": ("PNG", "WEBP"),
    "RGBA": ("PNG", "WEBP"),
}


@given(st.sampled_from(sorted(MEANINGS)), st.integers(0, 2**32 - 1))
@settings(max_examples=120, deadline=None)
def test_every_mode_means_in_every_format_what_its_arithmetic_says(mode: str, seed: int) -> None:
    channels, meaning = MEANINGS[mode]
    draw = np.random.default_rng(seed)
    height, width = draw.integers(1, 9, 2)
    raw = draw.integers(0, 256, (height, width, channels)).astype(np.uint8)
    image = Image.frombytes(mode, (int(width), int(height)), raw.tobytes())
    expected = meaning(raw)
    assert np.abs(np.asarray(on_white(image), dtype=int) - expected).max() <= 1
    for kind in KEPT_BY.get(mode, ()):
        options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
        assert np.abs(read(saved(image, kind, **options)) - expected).max() <= 1, kind


@pytest.mark.parametrize("mode", ["La", "RGBa"])
def test_premultiplied_colours_let_white_shine_through(mode: str) -> None:
    channels = len(mode)
    raw = np.random.default_rng(0).integers(0, 256, (30, 20, channels)).astype(np.uint8)
    raw, expected = premultiplied(raw)
    found = np.asarray(on_white(Image.frombytes(mode, (20, 30), raw.tobytes())), dtype=int)
    assert np.abs(found - expected).max() <= 2


def test_a_picture_of_one_bit_is_black_and_white_and_its_transparent_value_white() -> None:
    bits = np.random.default_rng(0).integers(0, 2, (9, 13)).astype(bool)
    image = Image.fromarray(bits)
    assert np.array_equal(read(saved(image, "PNG")), np.repeat(255 * bits[..., None], 3, axis=2))
    assert (read(saved(image, "PNG", transparency=0)) == 255).all()


def test_lab_is_read_as_colour() -> None:
    """Neutral tones, and the red of sRGB: (54.29, 80.81, 69.89) under D50 (B. Lindbloom's calculator)."""
    image = Image.new("LAB", (3, 1))
    for place, (light, a, b) in enumerate([(100, 0, 0), (53.585, 0, 0), (54.29, 80.81, 69.89)]):
        image.putpixel((place, 0), (round(light * 2.55), round(128 + a), round(128 + b)))
    found = np.asarray(on_white(image), dtype=int)
    assert np.abs(found[0] - [[255, 255, 255], [128, 128, 128], [255, 0, 0]]).max() <= 6


@pytest.mark.parametrize("alphas", [0, bytes([0, 128] + [255] * 254)])
def test_a_transparent_entry_of_a_palette_is_white(alphas: int | bytes) -> None:
    image = Image.new("P", (3, 1))
    image.putpalette([200, 0, 0, 0, 100, 0, 0, 0, 50])
    image.putdata([0, 1, 2])
    half = [0, 100, 0] if alphas == 0 else [127, 177, 127]
    found = read(saved(image, "PNG", transparency=alphas))
    assert np.abs(found[0] - [[255, 255, 255], half, [0, 0, 50]]).max() <= 1


def test_a_palette_with_alpha_beside_it_is_laid_on_white() -> None:
    image = Image.merge("RGBA", [Image.linear_gradient("L").crop((0, 0, 8, 256))] * 4)
    ramp = np.arange(256)[:, None, None] * np.ones((1, 8, 3))
    expected = laid_on_white(ramp, ramp[..., 0] / 255)
    assert np.abs(np.asarray(on_white(image.convert("PA")), dtype=int) - expected).max() <= 10


# Deep grey.

RAMP = np.linspace(0, 65535, 512).reshape(16, 32)


@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I;16L", "I;16N"])
def test_sixteen_bits_of_grey_are_scaled_to_eight(mode: str) -> None:
    raw = RAMP.astype(">u2" if mode == "I;16B" else "<u2")
    image = Image.frombytes(mode, (32, 16), raw.tobytes())
    expected = grey(raw.astype(float) / 257)
    assert np.abs(np.asarray(on_white(image), dtype=int) - expected).max() <= 1
    if mode in ("I;16", "I;16B"):
        assert np.abs(read(saved(image, "PNG")) - expected).max() <= 1


@pytest.mark.parametrize(
    ("mode", "white"),
    [("I", 255), ("I", 65535), ("I", 2_000_000), ("F", 1), ("F", 255), ("F", 65535), ("F", 9e30)],
)
def test_whole_numbers_and_floats_are_scaled_by_the_white_that_they_need(mode: str, white: float) -> None:
    values = (RAMP / 65535 * white).astype(np.int32 if mode == "I" else np.float32)
    image = Image.fromarray(values)
    assert image.mode == mode
    found = np.asarray(on_white(image), dtype=int)
    assert np.abs(found - grey(values.astype(float) / white * 255)).max() <= 1


def test_floats_that_are_no_numbers_are_black_and_those_without_end_white() -> None:
    values = np.array([[np.nan, np.inf, -np.inf, -5, 0.5]], np.float32)
    assert np.asarray(on_white(Image.fromarray(values)))[0, :, 0].tolist() == [0, 255, 0, 0, 128]


# Frames, orientation, profiles, scale.


@pytest.mark.parametrize("kind", ["WEBP", "PNG", "MPO"])
def test_of_several_frames_the_first_counts(kind: str) -> None:
    first, *others = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    data = saved(
        first, kind, save_all=True, append_images=others, **({"lossless": True} if kind == "WEBP" else {})
    )
    assert np.abs(read(data) - [255, 0, 0]).max() <= 3


TURNS: dict[int, Callable[[NDArray[np.int_]], NDArray[np.int_]]] = {
    1: lambda lying: lying,
    2: np.fliplr,
    3: lambda lying: np.rot90(lying, 2),
    4: np.flipud,
    5: lambda lying: lying.swapaxes(0, 1),
    6: lambda lying: np.rot90(lying, -1),
    7: lambda lying: np.rot90(lying, 2).swapaxes(0, 1),
    8: np.rot90,
}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", sorted(TURNS))
def test_a_photo_that_lies_on_its_side_is_turned_upright(kind: str, orientation: int) -> None:
    lying = np.zeros((32, 48, 3), np.uint8)
    lying[:16, :16] = 255
    lying[:16, 32:] = (255, 0, 0)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(Image.fromarray(lying), kind, exif=exif, **({"lossless": True} if kind == "WEBP" else {}))
    found, expected = read(data), TURNS[orientation](lying.astype(int))
    assert found.shape == expected.shape
    assert np.abs(found - expected).mean() < 6


@pytest.mark.parametrize(
    "other",
    [
        struct.pack("<HHIf", 0x0100, 11, 1, 33.5),  # a width that is a float
        struct.pack("<HHII", 0x0100, 5, 1, 99_999),  # a fraction beyond the end
        struct.pack("<HHII", 0x0100, 99, 1, 1),  # a type that there is not
        struct.pack("<HHII", 0x0132, 2, 2**31, 8),  # a text longer than the file
        struct.pack("<HHII", 0x8769, 4, 1, 8),  # a part that contains itself
    ],
)
def test_a_malformed_entry_of_exif_keeps_no_photo_from_being_turned(other: bytes) -> None:
    data = saved(Image.new("RGB", (48, 32), (200, 30, 30)), "JPEG", exif=exif_with(ORIENTATION_6, other))
    assert read(data).shape == (48, 32, 3)


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0nonsense", exif_with(ORIENTATION_6)[:24]])
def test_exif_that_cannot_be_read_says_nothing(exif: bytes) -> None:
    assert read(saved(Image.new("RGB", (48, 32)), "JPEG", exif=exif)).shape == (32, 48, 3)


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_colours_are_those_of_the_embedded_profile(kind: str) -> None:
    red = Image.new("RGB", (16, 16), (200, 30, 90))
    options = {"lossless": True} if kind == "WEBP" else {}
    found = read(saved(red, kind, icc_profile=RED_IS_BLUE, **options))
    assert np.abs(found - [90, 30, 200]).max() <= 4


def test_a_profile_holds_for_the_colours_and_leaves_the_transparency() -> None:
    image = Image.new("RGBA", (2, 1), (200, 30, 90, 255))
    image.putpixel((1, 0), (200, 30, 90, 0))
    found = read(saved(image, "PNG", icc_profile=RED_IS_BLUE))
    assert np.abs(found[0] - [[90, 30, 200], [255, 255, 255]]).max() <= 2


@pytest.mark.parametrize(
    "profile",
    [SRGB, b"no profile", SRGB[:200], RED_IS_BLUE.replace(b"RGB XYZ", b"CMYKXYZ"), bytes(5_000_000)],
)
def test_srgb_itself_and_a_profile_that_is_broken_or_foreign_change_nothing(profile: bytes) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    assert np.array_equal(
        read(saved(Image.fromarray(pixels), "WEBP", lossless=True, icc_profile=profile)), pixels
    )


def test_the_inverted_inks_of_adobe_are_turned_round() -> None:
    """Photoshop's JPEGs hold 255 less the ink; Pillow writes such, with Adobe's mark."""
    data = saved(Image.new("CMYK", (16, 16), (0, 200, 200, 30)), "JPEG", quality=95)
    assert b"Adobe" in data
    assert np.abs(read(data) - cmyk(np.array([[[0, 200, 200, 30]]], np.uint8))).max() <= 4


def test_the_colour_survives_the_jpegs_own_scaling() -> None:
    pixels = decode(jpeg((200, 30, 30), size=(1166, 1750)), 224)
    assert np.abs(pixels.astype(int) - [200, 30, 30]).max() <= 3


def test_a_photo_is_decoded_at_the_smallest_scale_of_its_own_that_is_large_enough() -> None:
    assert open_image(jpeg(size=(1166, 1750)), 224).size == (292, 438)
    assert open_image(jpeg(size=(447, 700)), 224).size == (447, 700)
    assert open_image(jpeg(size=(448, 700)), 224).size == (224, 350)


def test_one_pixel_is_a_picture() -> None:
    assert decode(jpeg((200, 30, 30), size=(1, 1)), 224).shape == (224, 224, 3)
    assert Image.open(io.BytesIO(thumbnail(jpeg(size=(1, 1)), 320))).size == (320, 320)


def test_a_thumbnail_keeps_the_shape() -> None:
    small = Image.open(io.BytesIO(thumbnail(jpeg(size=(1166, 1750)), 320)))
    assert small.size == (320, 480)
    assert small.format == "JPEG"


# What cannot be read.


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a picture",
        jpeg()[:200],
        jpeg(size=(400, 600))[:-300],
        saved(Image.new("RGB", (90, 140)), "PNG")[:60],
    ],
)
def test_what_is_no_picture_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadablePhoto):
        decode(data, 224)


def header_says(width: int, height: int) -> bytes:
    """A small JPEG whose header claims another size."""
    data = bytearray(jpeg())
    size = data.index(b"\xff\xc0") + 5
    data[size : size + 4] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return bytes(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("side", [10_001, 20_000])
def test_a_picture_of_too_many_pixels_is_refused_before_it_fills_the_memory(kind: str, side: int) -> None:
    data = saved(Image.new("1", (side, side)), "PNG") if kind == "PNG" else header_says(side, side)
    tracemalloc.start()
    with pytest.raises(UnreadablePhoto, match="pixels"):
        decode(data, 224)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    "raised",
    [
        struct.error("unpack"),
        TypeError("x"),
        SyntaxError("x"),
        KeyError(3),
        ZeroDivisionError(),
        RecursionError("x"),
        OverflowError("x"),
        IndexError("x"),
        EOFError(),
        AssertionError(),
        MemoryError(),
        OSError("image file is truncated"),
        OSError(5, "Input/output error"),
        Image.DecompressionBombError("x"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_a_decoder_raises_is_an_unreadable_photo_with_a_reason(
    raised: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise raised

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", fail)
    with pytest.raises(UnreadablePhoto, match=r"\w") as told:
        open_image(saved(Image.new("RGB", (3, 3)), "PNG"), 224)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("seed", range(3))
def test_a_spoilt_file_is_a_picture_or_unreadable_and_nothing_else(seed: int) -> None:
    for data in spoilt_pictures(330, seed):
        try:
            picture = open_image(data, 224)
        except UnreadablePhoto as error:
            assert str(error)
        else:
            assert picture.mode == "RGB"
            assert thumbnail(saved(picture, "PNG"), 32)


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "BMP", "EPS", "PPM"])
def test_pictures_of_other_kinds_are_refused(kind: str) -> None:
    with pytest.raises(UnreadablePhoto, match="it is not a JPEG, PNG or WebP"):
        open_image(saved(Image.new("RGB", (8, 8)), kind), 224)
