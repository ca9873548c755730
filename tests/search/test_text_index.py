"""Articles are found by words, and a slip of the finger is forgiven."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from garments import found, garments, named
from hypothesis import given, settings
from hypothesis import strategies as st

from stylo.search.postings import FIELDS
from stylo.search.text_index import TextIndex
from stylo.search.vocabulary import parts_of


def test_every_word_must_be_there_in_any_field() -> None:
    articles = garments(
        {"prod_name": "Anna", "product_type_name": "Dress", "colour_group_name": "Black"},
        {"prod_name": "Berta", "product_type_name": "Dress", "colour_group_name": "Red"},
        {"prod_name": "Cleo", "product_type_name": "Skirt", "colour_group_name": "Black"},
    )
    assert found(articles, "black dress") == ["Anna"]
    assert found(articles, "dress") == ["Anna", "Berta"]


def test_the_type_counts_most_then_the_name_and_the_description_least() -> None:
    articles = garments(
        {"prod_name": "in words", "detail_desc": "Jacket lined in corduroy."},
        {"prod_name": "by section", "section_name": "Corduroy"},
        {"prod_name": "Corduroy"},
        {"prod_name": "said first", "detail_desc": "Corduroy jacket with a lining."},
    )
    assert found(articles, "corduroy") == ["Corduroy", "said first", "by section", "in words"]
    assert TextIndex.of(articles).search("corduroy").score == pytest.approx([0.3, 0.6, 0.9, 0.7])
    typed = garments({"prod_name": "Trousers press"}, {"prod_name": "Anna", "product_type_name": "Trousers"})
    assert found(typed, "trousers") == ["Anna", "Trousers press"]


def test_who_asks_for_a_type_or_colour_gets_nothing_that_only_mentions_it() -> None:
    articles = garments(
        {"prod_name": "Anna", "product_type_name": "Dress", "colour_group_name": "Black"},
        {"prod_name": "Berta", "product_type_name": "Dress", "detail_desc": "Dress with black lace."},
        {"prod_name": "Cleo", "product_type_name": "Scarf", "detail_desc": "Black, for any dress."},
        {"prod_name": "Bag", "product_type_name": "Bag", "colour_group_name": "Black"},
        {"prod_name": "Baggy jeans", "product_type_name": "Trousers", "colour_group_name": "Black"},
        {"prod_name": "Skirt", "garment_group_name": "Dresses/Skirts girls", "colour_group_name": "Black"},
        {"prod_name": "Tunic", "colour_group_name": "Black", "detail_desc": "Wide dress in jersey."},
    )
    assert found(articles, "black dress") == ["Anna", "Tunic"]
    assert found(articles, "black bag") == ["Bag"]
    assert found(articles, "black scarf") == ["Cleo"]


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_searched_and_may_be_null(field: str) -> None:
    articles = garments({field: "Corduroy"}, {field: None})
    assert TextIndex.of(articles).search("corduroy").mask.tolist() == [True, False]


def test_exact_comes_before_plural_before_beginning() -> None:
    assert found(named("Dressed up", "Dresses", "Dress", "Skirt"), "dress") == [
        "Dress",
        "Dresses",
        "Dressed up",
    ]


@pytest.mark.parametrize("query", ["t-shirt", "tshirt", "T shirt", "T-SHIRTS", "t-shi", "t shi", "‘T–shirt’"])
def test_a_t_shirt_is_found_however_it_is_written_and_is_no_shirt(query: str) -> None:
    articles = named("T-shirt", "Tshirt", "Slim T shirt", "Two t-shirts", "Polo shirt")
    assert sorted(found(articles, query)) == sorted(articles["prod_name"][:4])
    assert found(articles, "shirt") == ["Polo shirt"]


@pytest.mark.parametrize("query", ["v-neck", "V neck", "vneck"])
def test_a_v_neck_is_not_a_vest_with_a_neckline(query: str) -> None:
    assert found(named("V-neck jumper", "Jumper, V neck", "Neck vest"), query) == [
        "V-neck jumper",
        "Jumper, V neck",
    ]


@pytest.mark.parametrize("query", ["rain coat", "raincoat", "rain-coat"])
def test_two_words_are_also_found_as_one(query: str) -> None:
    assert "Raincoat" in found(named("Raincoat", "Coat", "Rain boots"), query)


def test_words_tied_by_a_hyphen_are_found_as_one_wherever_they_stand_together() -> None:
    assert found(named("Off-shoulder top", "Top, off shoulder", "Shoulder bag"), "offshoulder") == [
        "Off-shoulder top",
        "Top, off shoulder",
    ]


def test_accents_and_apostrophes_do_not_matter_on_either_side() -> None:
    articles = named("Chloé", "Bjork", "Men's")
    assert [found(articles, query) for query in ("chloe", "björk", "mens", "men’s")] == [
        ["Chloé"],
        ["Bjork"],
        ["Men's"],
        ["Men's"],
    ]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("trainers", "Cloud"),
        ("trainer", "Cloud"),
        ("gym shoes", "Cloud"),
        ("trainrs", "Cloud"),
        ("jumper", "Ohlsson"),
        ("pullovers", "Ohlsson"),
        ("pants", "Noa"),
        ("handbag", "Sara"),
        ("dressing gown", "Diva"),
        ("night dress", "Luna"),
        ("nightie", "Luna"),
        ("roll neck", "Emma"),
        ("navy", "Noa"),
        ("midi dress", "Evelyn"),
        ("mens bag", "Sara"),
        ("stripy", "Freddy"),
        ("gathered", "Plain"),
    ],
)
def test_british_and_american_words_find_what_the_catalogue_calls_the_same(query: str, name: str) -> None:
    articles = garments(
        {"prod_name": "Trainer socks", "product_type_name": "Socks"},
        {"prod_name": "Cloud", "product_type_name": "Sneakers"},
        {"prod_name": "Ohlsson", "product_type_name": "Sweater"},
        {"prod_name": "Noa", "product_type_name": "Trousers", "colour_group_name": "Dark Blue"},
        {"prod_name": "Sara", "product_type_name": "Bag", "index_group_name": "Menswear"},
        {"prod_name": "Diva", "product_type_name": "Robe"},
        {"prod_name": "Luna", "product_type_name": "Night gown"},
        {"prod_name": "Emma", "product_type_name": "Top", "detail_desc": "Polo-neck top with long sleeves."},
        {"prod_name": "Evelyn", "product_type_name": "Dress", "detail_desc": "Calf-length dress in jersey."},
        {"prod_name": "Freddy", "product_type_name": "T-shirt", "graphical_appearance_name": "Stripe"},
        {
            "prod_name": "Plain",
            "product_type_name": "Skirt",
            "detail_desc": "Knee-length skirt with gathers.",
        },
    )
    told = TextIndex.of(articles).search(query)
    assert articles["prod_name"].filter(told.mask).to_list() == [name]
    assert told.all_words


def test_a_word_with_synonyms_is_looked_for_as_it_is_where_the_catalogue_has_none_of_them() -> None:
    articles = garments({"prod_name": "Trainers"}, {"prod_name": "Cloud", "product_type_name": "Trainers"})
    assert found(articles, "trainers") == ["Cloud", "Trainers"]
    both = garments({"prod_name": "Sneaker", "product_type_name": "Trainers"}, {"prod_name": "Sneakers"})
    assert found(both, "trainers") == ["Sneaker", "Sneakers"]


@pytest.mark.parametrize(
    ("query", "names"), [("necklace", []), ("never sold", []), ("spotty", []), ("neckline", ["Top"] * 60)]
)
def test_a_word_of_the_language_is_not_taken_for_another(query: str, names: list[str]) -> None:
    articles = garments(
        *[{"prod_name": "Top", "detail_desc": "Fine, with a wide neckline, solid, sporty, newer."}] * 60
    )
    assert found(articles, query) == names
    assert TextIndex.of(articles).search(query).corrected is None


def test_words_may_be_taken_literally() -> None:
    index = TextIndex.of(
        garments(
            {"prod_name": "Trainer socks", "product_type_name": "Socks"},
            {"prod_name": "Cloud", "product_type_name": "Sneakers"},
            {"prod_name": "Cluod", "product_type_name": "Hat"},
        )
    )
    assert index.search("trainers", literally=True).mask.tolist() == [True, False, False]
    assert index.search("cluod hat", literally=True).mask.tolist() == [False, False, True]
    told = index.search("sneekers", literally=True)
    assert (told.mask.any(), told.corrected, told.unknown) == (False, None, ("sneekers",))


def test_a_misspelt_word_is_corrected_and_told() -> None:
    articles = garments(
        {"prod_name": "Anna", "product_type_name": "Dress", "colour_group_name": "Black"},
        {"prod_name": "Berta", "product_type_name": "Dress", "colour_group_name": "Red"},
    )
    told = TextIndex.of(articles).search("Blak dreses")
    assert told.mask.tolist() == [True, False]
    assert (told.corrected, told.unknown, told.all_words) == ("black dress", (), True)
    assert told.words == ("black", "dress")
    assert TextIndex.of(articles).search("Black DRESSES").corrected is None


def test_a_correction_counts_less_than_the_word_itself() -> None:
    index = TextIndex.of(named("Jacket"))
    assert (
        0 < index.search("jaket").score[0] < index.search("jack").score[0] < index.search("jacket").score[0]
    )


@pytest.mark.parametrize(("blacks", "corrected"), [(49, None), (50, "black")])
def test_a_word_that_few_have_is_also_corrected_where_fifty_times_more_have_another(
    blacks: int, corrected: str | None
) -> None:
    """Else `blak` would find the one Blake and none that is black."""
    index = TextIndex.of(named("Blake", *["Black"] * blacks))
    told = index.search("blak")
    assert told.corrected == corrected
    assert told.mask.sum() == 1 + (blacks if corrected else 0)
    assert (told.score[1] > told.score[0]) == bool(corrected)


def test_a_rare_word_of_the_catalogue_stays_above_the_common_one_that_it_resembles() -> None:
    names = found(named(*["Pink"] * 60, "Pynk"), "pynk")
    assert names == ["Pynk", *["Pink"] * 60]


def test_a_word_that_nobody_has_is_told_and_passed_over() -> None:
    told = TextIndex.of(named("Red top", "Blue top")).search("red xyzzy")
    assert told.mask.tolist() == [True, False]
    assert (told.unknown, told.all_words, told.words) == (("xyzzy",), False, ("red",))


def test_where_no_article_has_all_words_those_with_more_of_them_come_first() -> None:
    articles = named("Striped", "Striped linen", "Linen", "Wool", "Wide")
    told = TextIndex.of(articles).search("striped linen wool")
    assert told.mask.tolist() == [True, True, True, True, False]
    assert int(told.score.argmax()) == 1
    assert (told.unknown, told.all_words) == ((), False)


def test_small_words_are_not_looked_for_unless_they_are_all_there_is() -> None:
    articles = named("Dress", "Theo coat")
    assert found(articles, "the dress with a") == ["Dress"]
    assert found(articles, "the") == ["Theo coat"]


@pytest.mark.parametrize(
    ("digits", "names"),
    [
        ("0108775015", ["one"]),
        ("108775015", ["one"]),
        ("0108775", ["one", "other"]),
        ("108775", ["one", "other"]),
        ("5044", ["other"]),
        ("7750", ["one", "other"]),
        ("877", []),
        ("0108775016", []),
        ("01087750151", []),
        ("50440", []),
        ("one 0108775015", ["one"]),
        ("0108775015, 0200000001", ["one", "third"]),
    ],
)
def test_four_digits_and_more_find_article_ids(digits: str, names: list[str]) -> None:
    articles = garments(
        {"article_id": "0108775015", "prod_name": "one"},
        {"article_id": "0108775044", "prod_name": "other"},
        {"article_id": "0200000001", "prod_name": "third"},
    )
    assert found(articles, digits) == names


def test_a_whole_number_comes_before_the_beginning_of_one_before_the_inside() -> None:
    articles = garments(
        {"article_id": "0999108775", "prod_name": "inside"},
        {"article_id": "0108775001", "prod_name": "beginning"},
        {"article_id": "0555555555", "prod_name": "108775"},
    )
    assert found(articles, "108775") == ["108775", "beginning", "inside"]


@pytest.mark.parametrize("query", ["", "   ", "!!! ... --", "\x00", "👗", "'--"])
def test_where_nothing_is_asked_nothing_is_found(query: str) -> None:
    told = TextIndex.of(named("Dress")).search(query)
    assert not told.mask.any()
    assert (told.words, told.unknown, told.corrected) == ((), (), None)


@pytest.mark.parametrize(
    "query",
    [
        "dress.*",
        "(dress",
        "[dress]",
        "dress\\",
        "<b>dress</b>",
        "dress\x00",
        "👗dress",
        "dress' --",
        "%dress_",
    ],
)
def test_marks_are_no_orders(query: str) -> None:
    assert "Dress" in found(named("Dress", "Skirt"), query)


@pytest.mark.parametrize("query", ["dress " * 2000, "a" * 10_000, "é" * 10_000, "9" * 10_000, "-" * 10_000])
def test_a_very_long_query_is_read_as_far_as_it_is_sane(query: str) -> None:
    told = TextIndex.of(named("Dress")).search(query)
    assert told.mask.tolist() == [query.startswith("dress")]


def test_the_first_twelve_words_count() -> None:
    names = [f"{letter}{letter}{letter}" for letter in "bcdfghjklmnpqr"]
    told = TextIndex.of(named(*names)).search(" ".join(names))
    assert told.mask.tolist() == [True] * 12 + [False] * 2


def test_an_empty_catalogue_has_nothing() -> None:
    told = TextIndex.of(named()).search("dress 0108775015")
    assert told.score.shape == (0,)
    assert (told.words, told.unknown, told.all_words) == ((), ("dress", "0108775015"), False)


def test_the_same_catalogue_scores_the_same_in_any_order() -> None:
    articles = named("Red dress", "Dresses", "Dressed in red", "Blue")
    turned = articles.reverse()
    for query in ("red dress", "dres", "rad dress"):
        one, other = (TextIndex.of(frame).search(query).score for frame in (articles, turned))
        np.testing.assert_array_equal(one, other[::-1])


_NAMES = st.lists(
    st.lists(st.sampled_from(["mug", "mugs", "mugel", "belt", "sandal", "sandals"]), max_size=4).map(
        " ".join
    ),
    max_size=8,
)


@given(_NAMES, st.sampled_from(["mug", "mu", "belt mug", "mugs sandals", "sandal b", "b s"]))
@settings(max_examples=60)
def test_found_is_what_a_loop_over_all_words_finds(names: list[str], query: str) -> None:
    def has(name: str, word: str) -> bool:
        return any(there.startswith(word) or there == word.removesuffix("s") for there in name.split())

    told = TextIndex.of(named(*names)).search(query)
    known = [word for word in query.split() if any(has(name, word) for name in names)]
    every = [bool(known) and all(has(name, word) for word in known) for name in names]
    some = [any(has(name, word) for word in known) for name in names]
    assert told.mask.tolist() == (every if any(every) else some)


@given(st.text(max_size=30))
def test_whatever_is_typed_gets_an_answer(query: str) -> None:
    told = TextIndex.of(named("Red dress", "T-shirt")).search(query)
    assert told.score.dtype == np.float32
    assert bool(told.words or told.unknown) == bool(parts_of(query))


@pytest.fixture(scope="module")
def real(hm_sample: Path) -> tuple[pl.DataFrame, TextIndex]:
    articles = pl.read_csv(hm_sample / "articles.csv", infer_schema=False)
    return articles, TextIndex.of(articles)


@pytest.mark.sample
def test_black_dresses_are_found_by_any_spelling(real: tuple[pl.DataFrame, TextIndex]) -> None:
    articles, index = real
    told = index.search("blak dreses")
    assert told.corrected == "black dress"
    black = (articles["product_type_name"] == "Dress") & (articles["colour_group_name"] == "Black")
    assert told.mask[black.to_numpy()].all()
    best = articles.filter(told.score == told.score.max())
    colours = best["colour_group_name"], best["perceived_colour_master_name"]
    assert ((colours[0] == "Black") | (colours[1] == "Black")).all()
    assert ((best["product_type_name"] == "Dress") | best["prod_name"].str.contains("(?i)dress")).all()


@pytest.mark.sample
@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("tshirt", "T-shirt"),
        ("T shirts", "T-shirt"),
        ("sneekers", "Sneakers"),
        ("trousars", "Trousers"),
        ("swimsut", "Swimsuit"),
        ("cardigans", "Cardigan"),
        ("leggins", "Leggings/Tights"),
    ],
)
def test_all_of_a_type_are_found(real: tuple[pl.DataFrame, TextIndex], query: str, kind: str) -> None:
    articles, index = real
    assert index.search(query).mask[(articles["product_type_name"] == kind).to_numpy()].all()


@pytest.mark.sample
def test_every_article_is_the_only_one_under_its_number(real: tuple[pl.DataFrame, TextIndex]) -> None:
    articles, index = real
    for row in range(0, articles.height, 5000):
        for number in (articles["article_id"][row], articles["article_id"][row].removeprefix("0")):
            assert np.flatnonzero(index.search(number).score == 1).tolist() == [row]


@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("连衣裙", ["裙", "衣", "连", "连衣", "衣裙", "连衣裙", "红 连衣裙"]),
        ("红色长款连衣裙", ["红色连衣裙", "长款", "款连"]),
        ("Nike 运动T恤", ["恤", "t恤", "T恤", "运动", "nike", "Nike运动"]),
        ("ロングワンピース", ["ワンピース", "ワンピ", "ンピ", "ﾜﾝﾋﾟｰｽ", "ロング ワンピース"]),
        ("はな柄のスカート", ["柄", "スカート", "柄の", "花柄のスカート"]),
        ("롱원피스", ["원피스", "원", "롱", "피스"]),
        ("เสื้อยืดผ้าฝ้าย", ["เสื้อ", "ยืด", "ผ้าฝ้าย", "ฝ้าย"]),
        ("ເສື້ອຢືດ", ["ຢືດ"]),
        ("T-恤", ["恤", "-恤", "t-恤", "T-"]),
        ("T-ผ", ["ผ", "-ผ"]),
    ],
)
def test_in_scripts_without_spaces_a_word_is_found_inside_others(name: str, queries: list[str]) -> None:
    articles = named("Dress", name, "外套", "コート", "바지", "กางเกง")
    for query in queries:
        assert found(articles, query)[0] == name, query


def test_letters_that_stand_apart_are_no_word() -> None:
    assert found(named("衣服裙", "连衣裙"), "衣裙") == ["连衣裙"]


def test_what_sounds_differently_is_another_word() -> None:
    assert found(named("ガーゼ", "カーゼ"), "ガーゼ") == ["ガーゼ"]


_HAN = st.text("连衣裙红色长款外套ワンピースのひらがな원피스ผ้าย 、-T恤", min_size=1, max_size=12)


@given(st.lists(_HAN, min_size=1, max_size=6), st.data())
@settings(max_examples=60, deadline=None)
def test_any_piece_of_a_name_without_spaces_finds_its_article(names: list[str], data: st.DataObject) -> None:
    row = data.draw(st.integers(0, len(names) - 1))
    first = data.draw(st.integers(0, len(names[row]) - 1))
    piece = names[row][first : data.draw(st.integers(first + 1, len(names[row])))]
    told = TextIndex.of(named(*names)).search(piece)
    assert told.mask[row] or not parts_of(piece)


@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("Café crème", ["cafe", "CAFÉ", "cafe\u0301 cre\u0300me", "ｃａｆé"]),
        ("Straße", ["strasse", "STRASSE", "straße", "STRAẞE"]),
        ("KIRMIZI İpek ıslak", ["kirmizi", "kırmızı", "ipek", "IPEK", "İPEK", "islak", "ISLAK"]),
        ("ΦΟΡΕΜΑΤΑ ΜΑΚΡΎΣ", ["φορεματα", "φορέματα", "μακρυς", "μακρύσ"]),
        ("Чёрное ПЛАТЬЕ", ["черное", "чёрное платье", "плат"]),
        ("قُمَيْص أَحْمَر", ["قميص", "احمر", "قميـص"]),
        ("کیف دستی", ["كيف", "كيف دستي"]),
        ("שִׂמְלָה", ["שמלה"]),
        ("Robe d'été", ["été", "ete", "d’été", "dété", "robe d'été"]),
        ("Maglia dell’estate", ["estate", "dell'estate", "dellestate"]),
        ("O'Neill men's", ["oneill", "o'neill", "O’NEILL", "neill", "mens", "men’s"]),
        ("Levi's 501® 2-in-1", ["levis", "levi’s", "501", "2-in-1"]),
        ("Soft\u00ad shell zero\u200bwidth", ["soft shell", "zerowidth"]),
        ("B29XL４２", ["b29xl42", "B29"]),
        ("कुर्ती", ["कुर्ती", "कुर"]),
    ],
)
def test_a_word_is_the_same_in_every_way_of_writing_it(name: str, queries: list[str]) -> None:
    articles = named("Skirt", name, "Коат", "Ρόμπα")
    for query in queries:
        assert found(articles, query)[:1] == [name], query
