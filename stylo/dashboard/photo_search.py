"""Search by photo: a picture from anywhere, and what in the shop looks like it."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.cards import cards
from stylo.dashboard.choices import choices
from stylo.dashboard.components import component, heard
from stylo.dashboard.links import values
from stylo.dashboard.notices import tell, untrained
from stylo.dashboard.shop import Shop
from stylo.dashboard.site import LARGEST_MB
from stylo.dashboard.take_along import take_along
from stylo.dashboard.text import plain
from stylo.dashboard.twins import alike, matches, weights
from stylo.dashboard.uploads import decoder
from stylo.errors import StyloError
from stylo.visual.encoder import SIZE
from stylo.visual.photos import UnreadablePhoto
from stylo.visual.prepared import WHOLE
from stylo.visual.uploads import DecoderBusy

_SHOWN = 48
_SEEN_AT = 640
_PICTURE, _PASTE = "picture", "paste"
# The part of the last picture, by the picture: what a widget says is forgotten when its page is left.
_CROPPED = "cropped"
Crop = tuple[float, float, float, float]


def page(shop: Shop) -> None:
    st.title(text.PHOTO_SEARCH, anchor=False)
    if shop.lookalikes is None:
        tell(text.NO_VECTORS)
        return
    try:
        with st.spinner(text.LOADING_NETWORK):
            _ = shop.encoder
    except StyloError as error:
        tell(f"{text.NO_ENCODER} {error.problem} {error.cure}")
        return
    left, right = st.columns([1, 3], gap="large")
    with left:
        _take()
        data = st.session_state.get(_PICTURE)
        crop = None if data is None else _crop(data)
        chosen = {facet: values(key) for facet, key in text.FACET_KEYS.items()}
        narrowed = shop.facets.narrow(None, chosen)
        choices(narrowed, chosen)
    with right:
        if data is None or crop is None:
            st.info(text.PHOTO_HELP, icon=":material/add_a_photo:")
            return
        untrained(shop)
        _results(shop, data, crop, narrowed.mask)


def _take() -> None:
    """Keeps the bytes of a new picture for this visitor, by whichever way it came."""
    st.file_uploader(
        text.UPLOAD,
        type=["jpg", "jpeg", "png", "webp"],
        max_upload_size=LARGEST_MB,
        key="upload",
        on_change=_taken,
        args=("upload",),
    )
    component("paste")(
        key=_PASTE, data={"words": text.PASTE_WORDS}, on_pasted_change=heard(_PASTE, "pasted", _pasted)
    )
    if st.toggle(text.CAMERA, key="camera-on"):
        st.camera_input(
            text.CAMERA, key="camera", label_visibility="collapsed", on_change=_taken, args=("camera",)
        )


def _taken(box: str) -> None:
    """What was put into a box last counts, and goes when it is taken out; leaving the page takes nothing out."""
    file = st.session_state.get(box)
    st.session_state[_PICTURE] = None if file is None else file.getvalue()


def _pasted(picture: str) -> None:
    _, _, encoded = picture.partition("base64,")
    try:
        st.session_state[_PICTURE] = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        st.session_state[_PICTURE] = b""


def _crop(data: bytes) -> Crop | None:
    """The picture with its frame; None, and a word, if it is none."""
    shown = None
    with _decoding():
        shown = decoder().preview(data, _SEEN_AT)
    if shown is None:
        return None
    mark = hashlib.sha256(data).hexdigest()[:16]
    key = f"crop-{mark}"
    # Told again what it said last: it is set up anew where the page was left, or something comes above it.
    chosen = st.session_state.get(_CROPPED, {}).get(mark, WHOLE)
    state = component("crop")(
        key=key,
        data={
            "src": f"data:image/jpeg;base64,{base64.b64encode(shown).decode()}",
            "version": mark,
            "crop": _sane(chosen),
            "words": text.CROP_WORDS,
        },
        default={"crop": list(_sane(chosen))},
        on_crop_change=heard(key, "crop", lambda part: st.session_state.update({_CROPPED: {mark: part}})),
    )
    return _sane(state.crop)


def _sane(crop: Any) -> Crop:
    """Left, top, width and height as shares of the picture; the whole where they are none."""
    try:
        left, top, width, height = (float(value) for value in crop)
    except (TypeError, ValueError):
        return WHOLE
    fits = 0 <= left < 1 and 0 <= top < 1 and 0 < width <= 1.001 - left and 0 < height <= 1.001 - top
    return (left, top, width, height) if fits else WHOLE


def _results(shop: Shop, data: bytes, crop: Crop, passes: np.ndarray) -> None:
    assert shop.lookalikes is not None
    chosen = weights()
    query = None
    with _decoding():
        query = shop.lookalikes.of_prepared(decoder().prepare(data, SIZE, crop), shop.encoder)
    if query is None:
        return
    among = np.isin(
        shop.lookalikes.articles["article"].to_numpy(), shop.articles["article"].to_numpy()[passes]
    )
    found = shop.lookalikes.find(query, _SHOWN, chosen, among=among)
    if found.is_empty():
        st.info(text.NOTHING_LEFT, icon=":material/search_off:")
        return
    if not alike(found):
        st.info(text.NOTHING_ALIKE, icon=":material/search_off:")
    if not take_along(shop, "alike", found["article"].to_list(), text.PHOTO_SEARCH):
        cards(shop, "alike", text.PHOTO_SEARCH, matches(shop, found))


@contextmanager
def _decoding() -> Iterator[None]:
    """Says what is wrong with a picture, or that it has to wait, where it cannot be decoded."""
    try:
        yield
    except UnreadablePhoto as error:
        st.error(plain(text.NO_PICTURE.format(reason=error)))
    except DecoderBusy:
        st.warning(text.PICTURES_WAIT)
