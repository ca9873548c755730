"""Text vectors: same words, same place; other words, another."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from stylo.content.text import text_vectors, tf_idf

TEXTS = [
    "Slim-fit jeans in washed denim.",
    "Jeans, jeans and again JEANS",
    "A knitted jumper in a soft wool blend; long sleeves",
    "Pyjamas à la Française – 2-pack, 100% cotton",
    "…",
    "A dress in washed cotton",
]


def shelf(*articles: tuple[str, str | None, str]) -> pl.DataFrame:
    """Articles of (name, description, product type)."""
    columns = ["prod_name", "detail_desc", "product_type_name"]
    frame = pl.DataFrame(articles, schema=dict.fromkeys(columns, pl.String), orient="row")
    return frame.with_columns(colour_group_name=pl.lit("Dark Blue"))


SHELF = shelf(
    ("Slim jeans", "Jeans in washed denim.", "Trousers"),
    ("Slim jeans", "Jeans in washed denim.", "Trousers"),
    ("Wide jeans", "Wide jeans in thick denim.", "Trousers"),
    ("Rosie", "Jumper in a soft wool blend.", "Sweater"),
)


def test_words_weigh_as_in_scikit_learn() -> None:
    theirs = TfidfVectorizer(sublinear_tf=True, token_pattern=r"[^\W_]+").fit(TEXTS)
    np.testing.assert_allclose(
        tf_idf(pl.Series(TEXTS)).toarray(), theirs.transform(TEXTS).toarray(), atol=1e-6
    )


def test_a_text_that_many_variants_share_counts_once() -> None:
    once, often = tf_idf(pl.Series(TEXTS)), tf_idf(pl.Series([*TEXTS, *(TEXTS[2:3] * 40)]))
    np.testing.assert_array_equal(often[: len(TEXTS)].toarray(), once.toarray())
    np.testing.assert_array_equal(often[-1].toarray(), once[2].toarray())


@pytest.mark.parametrize("texts", [[None], ["", None], ["- -", "!"]])
def test_texts_without_a_word_have_no_column(texts: list[str | None]) -> None:
    assert tf_idf(pl.Series(texts, dtype=pl.String)).shape == (len(texts), 0)


def test_vectors_have_length_one_and_the_same_words_the_same_vector() -> None:
    vectors = text_vectors(SHELF)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert (vectors[0] == vectors[1]).all()


def test_what_shares_words_is_nearer() -> None:
    slim, _, wide, jumper = text_vectors(SHELF)
    assert slim @ wide > slim @ jumper + 0.1


def test_a_long_description_does_not_drown_the_name() -> None:
    long = " ".join(f"word{number}" for number in range(300))
    with_it, same_name, other = text_vectors(
        shelf(("Slim jeans", long, "Trousers"), ("Slim jeans", None, "Skirt"), ("Rosie", None, "Skirt"))
    )
    # Of three fields of length one, the name and one of four attribute words are shared.
    assert with_it @ same_name > with_it @ other + 0.1


def test_an_article_moves_when_its_description_changes() -> None:
    changed = SHELF.with_columns(
        detail_desc=pl.when(pl.int_range(pl.len()) == 1)
        .then(pl.lit("Jumper in wool."))
        .otherwise("detail_desc")
    )
    before, after = text_vectors(SHELF), text_vectors(changed)
    assert before[1] @ before[3] < after[1] @ after[3]
    assert after[0] @ after[1] < 0.999


def test_the_same_articles_give_the_same_bytes() -> None:
    many = pl.concat([SHELF] * 30).with_columns(
        detail_desc=pl.format("{} number {}", "detail_desc", pl.int_range(pl.len()))
    )
    once, again = text_vectors(many, dimensions=16), text_vectors(many, dimensions=16)
    assert once.shape == (120, 16)
    assert once.tobytes() == again.tobytes()


@pytest.mark.parametrize("count", [1, 2, 3, 10])
def test_tiny_catalogues_and_missing_descriptions_work(count: int) -> None:
    articles = shelf(*((f"Name {number}", None, "Trousers") for number in range(count)))
    vectors = text_vectors(articles)
    assert len(vectors) == count
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert len(np.unique(vectors.round(4), axis=0)) == count


def test_the_order_of_the_articles_is_the_order_of_the_rows() -> None:
    forward, backward = text_vectors(SHELF), text_vectors(SHELF.reverse())
    np.testing.assert_allclose(forward @ forward.T, (backward @ backward.T)[::-1, ::-1], atol=1e-5)


def test_an_article_without_any_word_is_zero() -> None:
    nothing = shelf(("!", None, "?"), ("Slim", None, "Skirt")).with_columns(colour_group_name=pl.lit("-"))
    assert text_vectors(nothing).any(axis=1).tolist() == [False, True]
