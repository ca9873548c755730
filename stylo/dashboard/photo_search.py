"""Search by photo: a picture from anywhere, and what in the shop looks like it."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import streamlit as st

from stylo.dashboard import text
from stylo.dashboard.article.twins import alike, filter_row, matches, narrowed, weights
from stylo.dashboard.components import component, heard
from stylo.dashboard.discover.choices import choices
from stylo.dashboard.links import ARTICLE, address, put, value, values
from stylo.dashboard.lists.take_along import cards_along
from stylo.dashboard.notices import no_such_article, tell, untrained
from stylo.dashboard.once import once_a_shop
from stylo.dashboard.shop import Shop
from stylo.dashboard.site import LARGEST_MB
from stylo.dashboard.text import plain
from stylo.dashboard.uploads import decoder
from stylo.errors import BadIdentifier, StyloError, UnknownArticle
from stylo.system.garbage import freeze_heap
from stylo.visual.alike import Lookalikes, Mask, Query
from stylo.visual.encoder import SIZE, Encoder
from stylo.visual.photos import UnreadablePhoto
from stylo.visual.prepared import WHOLE
from stylo.visual.thumbnails import LARGE
from stylo.visual.uploads import DecoderBusy

_SHOWN = 48
_SEEN_AT = 640
_PICTURE, _PASTE = "picture", "paste"
# The part of the last picture, by the picture: what a widget says is forgotten when its page is left.
_CROPPED = "cropped"
# The same in the address, of an article's photo: left, top, width and height.
_PART = "part"
Crop = tuple[float, float, float, float]


def page(shop: Shop) -> None:
    st.title(text.PHOTO_SEARCH, anchor=False)
    if shop.lookalikes is None:
        tell(text.NO_VECTORS)
        return
    row = _article(shop)
    encoder = _encoder(shop)
    if encoder is None and row is None:
        return
    left, right = st.columns([1, 3], gap="large")
    with left:
        _take()
        data = st.session_state.get(_PICTURE) if row is None else _photo_of(shop, row)
        crop = None if data is None else _crop(data, of_article=row is not None)
    with right:
        if data is None or crop is None:
            if data is None:
                st.info(text.PHOTO_HELP, icon=":material/add_a_photo:")
            return
        untrained(shop)
        _results(shop, data, crop, row, encoder)


def _encoder(shop: Shop) -> Encoder | None:
    """The network that looks at pictures; None, and why, where there is none."""
    try:
        with st.spinner(text.LOADING_NETWORK):
            return _ready_encoder(shop)
    except StyloError as error:
        tell(f"{text.NO_ENCODER} {error.problem} {error.cure}")
        return None


@once_a_shop
def _ready_encoder(shop: Shop) -> Encoder:
    encoder = shop.encoder
    encoder.warm_up()
    freeze_heap()
    return encoder


def _article(shop: Shop) -> dict[str, Any] | None:
    """The article whose photo the address asks for; None if it asks for none, or there is none, which is said."""
    number = value(ARTICLE)
    if not number:
        return None
    try:
        return shop.article(number)
    except (BadIdentifier, UnknownArticle) as error:
        no_such_article(shop, number, error)
    return None


def _photo_of(shop: Shop, row: Mapping[str, Any]) -> bytes | None:
    """The photo of an article, with the way to it and to a picture of one's own; None, and a word, if it has none."""
    name = plain(row["prod_name"] or row["article_id"])
    found = shop.pictures.find(row["article"], LARGE)
    said = text.PHOTO_OF if found else text.NO_PHOTO_OF
    st.markdown(said.format(name=name, article=plain(row["article_id"])))
    return found


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
    _keep(None if file is None else file.getvalue())


def _pasted(picture: str) -> None:
    _, _, encoded = picture.partition("base64,")
    try:
        _keep(base64.b64decode(encoded, validate=True))
    except binascii.Error:
        _keep(b"")


def _keep(picture: bytes | None) -> None:
    """A picture of the visitor's own takes the place of an article's photo."""
    st.session_state[_PICTURE] = picture
    put({ARTICLE: [], _PART: []})


def _crop(data: bytes, *, of_article: bool) -> Crop | None:
    """The picture with its frame; None, and a word, if it is none.

    The frame on an article's photo stands in the address, as the photo does.
    """
    shown = None
    with _decoding():
        shown = decoder().preview(data, _SEEN_AT)
    if shown is None:
        return None
    mark = hashlib.sha256(data).hexdigest()[:16]
    key = f"crop-{mark}"
    # Told again what it said last: it is set up anew where the page was left, or something comes above it.
    chosen = _sane(address().get(_PART) if of_article else st.session_state.get(_CROPPED, {}).get(mark))

    def moved(part: Any) -> None:
        if of_article:
            put({_PART: [] if _sane(part) == WHOLE else [f"{share:g}" for share in _sane(part)]})
        else:
            st.session_state[_CROPPED] = {mark: part}

    state = component("crop")(
        key=key,
        data={
            "src": f"data:image/jpeg;base64,{base64.b64encode(shown).decode()}",
            "version": mark,
            "crop": chosen,
            "words": text.CROP_WORDS,
        },
        default={"crop": list(chosen)},
        on_crop_change=heard(key, "crop", moved),
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


def _results(
    shop: Shop, data: bytes, crop: Crop, row: Mapping[str, Any] | None, encoder: Encoder | None
) -> None:
    """What looks like the picture; without a network, like the whole photo of the article."""
    lookalikes = shop.lookalikes
    assert lookalikes is not None
    with st.container(key="weights"):
        chosen = weights()
        with filter_row():
            among = narrowed(shop, lookalikes, row) & _chosen(shop, lookalikes)
    query = _query(lookalikes, data, crop, row, encoder)
    if query is None:
        return
    if row is not None:
        among &= lookalikes.articles["article"].to_numpy() != row["article"]
    found = lookalikes.find(query, _SHOWN, chosen, among=among)
    if found.is_empty():
        st.info(text.NOTHING_LEFT, icon=":material/search_off:")
        return
    if not alike(lookalikes, query, found):
        st.info(text.NOTHING_ALIKE, icon=":material/search_off:")
    cards_along(shop, "alike", text.PHOTO_SEARCH, matches(shop, found), name=text.PHOTO_SEARCH)


def _query(
    lookalikes: Lookalikes, data: bytes, crop: Crop, row: Mapping[str, Any] | None, encoder: Encoder | None
) -> Query | None:
    """What is searched for; None, and why, where the picture is no good."""
    if encoder is not None:
        with _decoding():
            return lookalikes.of_prepared(decoder().prepare(data, SIZE, crop), encoder)
    elif row is not None:
        with suppress(UnknownArticle):
            return lookalikes.of_article(row["article"])
        st.info(text.NO_TWINS)
    return None


def _chosen(shop: Shop, lookalikes: Lookalikes) -> Mask:
    """The filters, folded away; gives which of the rows of `lookalikes` pass."""
    chosen = {facet: values(key) for facet, key in text.FACET_KEYS.items()}
    narrowed = shop.facets.narrow(None, chosen)
    count = sum(map(len, chosen.values()))
    with st.popover(text.filters(count), icon=":material/tune:", key="filters-fold"):
        choices(shop.facets, narrowed, chosen)
    return np.isin(
        lookalikes.articles["article"].to_numpy(), shop.articles["article"].to_numpy()[narrowed.mask]
    )


@contextmanager
def _decoding() -> Iterator[None]:
    """Says what is wrong with a picture, or that it has to wait, where it cannot be decoded."""
    try:
        yield
    except UnreadablePhoto as error:
        st.error(plain(text.NO_PICTURE.format(reason=error)))
    except DecoderBusy:
        st.warning(text.PICTURES_WAIT)
