"""Articles are found by what words mean where the words themselves find little, and by words alone elsewhere."""

from __future__ import annotations

import socket
import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from search.garments import garments, named

from stylo.search import sentence_vectors as vectors_module
from stylo.search.article_finder import ENOUGH, FLOOR, MOST, ArticleFinder
from stylo.search.meaning import MeaningIndex
from stylo.search.sentence_vectors import DIMENSIONS, sentence_vectors
from stylo.search.text_index import TextIndex


def things(*things: tuple[str, str]) -> pl.DataFrame:
    """Articles of a type and a description."""
    return garments(*({"product_type_name": kind, "detail_desc": text} for kind, text in things))


SHOP = things(
    ("Gloves", "Warm gloves in a soft wool knit."),
    ("Sunglasses", "Sunglasses with plastic frames and tinted lenses."),
    ("Dress", "Long dress in lace."),
    ("Boots", "Rubber boots with a pull loop at the back."),
    ("Earring", "Small metal earrings."),
)


def best(articles: pl.DataFrame, query: str) -> str:
    found = ArticleFinder.of(articles).search(query)
    assert found.by_meaning
    return articles["product_type_name"][int(np.argmax(found.score))]


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("keep my hands warm", "Gloves"),
        ("something to decorate the ears", "Earring"),
        ("protect eyes from bright light", "Sunglasses"),
    ],
)
def test_what_is_meant_is_found_without_its_word(query: str, kind: str) -> None:
    assert best(SHOP, query) == kind


@pytest.mark.parametrize(
    "query", ["", "the of and", "xyzzy", "hochzeitskleid für sommer", "пальто", "连衣裙", "123 456"]
)
def test_nothing_that_is_understood_is_answered_by_words_alone(query: str) -> None:
    found, alone = ArticleFinder.of(SHOP).search(query), TextIndex.of(SHOP).search(query)
    assert not found.by_meaning
    assert found.score.tolist() == alone.score.tolist()
    assert (found.words, found.unknown) == (alone.words, alone.unknown)


@pytest.mark.parametrize(
    "query",
    [
        "something for a summer wedding",
        "summer wedding",
        "party outfit",
        "a walk in the snow",
    ],
)
def test_what_people_dress_for_is_answered_though_no_article_is_near(query: str) -> None:
    shop = things(("Dress", "Midi dress in satin."), ("Coat", "Wool coat."), ("Socks", "Socks in cotton."))
    finder = ArticleFinder.of(shop)
    found, alone = finder.search(query), finder.words.search(query)
    assert not alone.mask.any()
    assert finder.meaning is not None
    assert finder.meaning.similarities(finder.meaning.meant(found.asked)).max() < FLOOR
    assert found.by_meaning
    assert found.mask.any()


@pytest.mark.parametrize(
    "query",
    [
        "carburetor manual",
        "mortgage interest rates",
        "who won the election",
        "geschenk für meine oma",
        "jupe longue noire",
    ],
)
def test_other_matters_and_languages_find_nothing_in_a_small_shop(query: str) -> None:
    shop = things(("Dress", "Midi dress in satin."), ("Coat", "Wool coat."), ("Socks", "Socks in cotton."))
    found = ArticleFinder.of(shop).search(query)
    assert not found.mask.any()
    assert not found.by_meaning


def test_where_nothing_is_near_the_order_of_the_words_stays() -> None:
    articles = things(*[("Shirt", "Shirt with a python.")] * 3, ("Skirt", "Skirt for programming."))
    finder = ArticleFinder.of(articles)
    found, alone = (
        finder.search("python programming tutorial"),
        finder.words.search("python programming tutorial"),
    )
    assert alone.mask.all()
    assert not found.by_meaning
    assert found.score.tolist() == alone.score.tolist()


def test_of_articles_as_near_those_with_more_of_the_words_come_first() -> None:
    """The name of a colour is no part of an article's vector, so that all three are as near."""
    dress = {"product_type_name": "Dress", "detail_desc": "Dress in chiffon."}
    colours = ("Blue", "Light Blue", "Red")
    articles = garments(*({**dress, "colour_group_name": colour} for colour in colours))
    found = ArticleFinder.of(articles).search("light blue wedding dress for summer evenings")
    assert found.by_meaning
    assert np.argsort(-found.score).tolist() == [1, 0, 2]


def test_the_catalogues_own_word_is_meant_as_well() -> None:
    asked = TextIndex.of(things(("Dress", "Dress in lace."))).search("elegant gown").asked
    assert {"elegant", "gown", "dress"} <= set(asked)


@pytest.mark.parametrize("query", ["lace dress", "dress", "blak dreses", "0000000001"])
def test_where_enough_articles_have_every_word_the_answer_is_that_of_the_words(query: str) -> None:
    dress = {"product_type_name": "Dress", "colour_group_name": "Black", "detail_desc": "Dress in lace."}
    articles = garments(*[dress] * ENOUGH, {"product_type_name": "Skirt"})
    found, alone = ArticleFinder.of(articles).search(query), TextIndex.of(articles).search(query)
    assert alone.mask.any()
    assert not found.by_meaning
    assert found.score.tolist() == alone.score.tolist()


def test_all_that_words_find_stays_found_and_articles_with_every_word_come_first() -> None:
    articles = things(
        ("Trousers", "Warm trousers."),
        ("Gloves", "Mittens that keep hands warm in winter."),
        ("Hat", "Hands"),
    )
    for query in ("warm hands", "warm hands keep fingers"):
        found, alone = ArticleFinder.of(articles).search(query), TextIndex.of(articles).search(query)
        assert (found.mask | ~alone.mask).all()
        assert int(np.argmax(found.score)) == 1


def test_as_typed_meaning_is_not_asked() -> None:
    found = ArticleFinder.of(SHOP).search("keep my hands warm", literally=True)
    assert not found.by_meaning


def test_a_word_of_the_language_is_not_taken_for_a_misspelling_of_a_word_of_the_catalogue() -> None:
    articles = things(*[("Jacket", "Jacket in soft leather.")] * 60)
    assert TextIndex.of(articles).search("sort").corrected == "soft"
    assert ArticleFinder.of(articles).search("sort").corrected is None


def test_meaning_alone_finds_a_bounded_number() -> None:
    articles = things(*[("Gloves", f"Warm gloves number {n}") for n in range(2 * MOST)])
    found = ArticleFinder.of(articles).search("hands fingers cold winter")
    assert found.by_meaning
    assert MOST <= found.mask.sum() < 2 * MOST  # more only where they are as near as the last


def test_a_text_is_the_mean_of_its_tokens_however_often_it_stands() -> None:
    words = sentence_vectors()
    assert words is not None
    articles = named("Warm gloves", "Warm gloves", "Boots")
    index = MeaningIndex.of(articles, words)
    assert index.vectors.shape == (2, DIMENSIONS)
    assert index.rows.tolist() == [0, 0, 1]
    ids = words.tokenizer.encode("warm gloves", add_special_tokens=False).ids
    mean = words.weights[ids].astype(np.float64).mean(axis=0)
    unit = mean / np.linalg.norm(mean)
    assert index.vectors[0] * index.scales[0] == pytest.approx(unit, abs=np.abs(unit).max() / 127)
    assert index.similarities(index.meant(["warm", "gloves"]))[:2] == pytest.approx([1, 1], abs=1e-3)


def test_articles_without_any_text_are_near_to_nothing() -> None:
    found = ArticleFinder.of(garments({}, {})).search("keep my hands warm")
    assert not found.mask.any()
    assert np.isfinite(found.score).all()


def test_an_empty_catalogue_is_searched_as_well() -> None:
    found = ArticleFinder.of(garments()).search("keep my hands warm")
    assert len(found.score) == 0


def test_without_the_library_words_alone_are_searched_and_that_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vectors_module, "find_spec", lambda _: None)
    sentence_vectors.cache_clear()
    try:
        finder = ArticleFinder.of(SHOP)
    finally:
        sentence_vectors.cache_clear()
    found = finder.search("keep my hands warm")
    assert finder.part(found) == "unavailable"
    assert found.score.tolist() == TextIndex.of(SHOP).search("keep my hands warm").score.tolist()


def test_the_vectors_are_opened_without_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    sentence_vectors.cache_clear()
    assert best(SHOP, "keep my hands warm") == "Gloves"


def test_neither_the_package_nor_a_client_of_the_network_is_imported() -> None:
    program = (
        "import sys; from stylo.search.sentence_vectors import sentence_vectors; assert sentence_vectors()\n"
        "print([name for name in ('wordllama', 'requests', 'huggingface_hub') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
