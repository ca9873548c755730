"""Rules that are refused, each with its name, its line and a cure; and what is only said."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from test_rules_arranged import ARTICLES, DAY, compiled, rule

from stylo.errors import BadOption
from stylo.records.merchandising import LARGEST, read_rules, read_text
from stylo.rules.checking import check_rules
from stylo.rules.columns import ArticleColumns, read_stock
from stylo.rules.compiled import compile_rules
from stylo.tables.ids import ArticleIds

PIN = rule("pin", 'articles = ["0000000001", "0000000002"]', "first")

YOUNG = "[audiences.young]\nage = {max = 20}\n"


def refused(text: str) -> str:
    with pytest.raises(BadOption) as refusal:
        check_rules(compiled(text), "rules.toml")
    assert "stylo rules check" in refusal.value.cure
    return refusal.value.where.casefold()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", "x: this key is not known"),
        ("[[pin]\n", "line 1"),
        (rule("pin", ""), "Line 1, pin 'r', articles: Field required"),
        ("\n\n" + rule("cap", 'of = "type"\nmost = 1\ncolour = 2'), "Line 3, cap 'r', colour: this key is not known"),
        (rule("cap", 'of = "type"\nmost = 0'), "would leave nothing"),
        (rule("boost", "where = {new = true}\nby = 0.5"), "greater than 1"),
        (rule("exclude", ""), "say which articles"),
        (rule("exclude", "where = {price = {}}"), "give min, max or both"),
        (rule("exclude", "where = {price = {min = 9, max = 1}}"), "above max"),
        (rule("exclude", "where = {price = [[1]]}"), "write a value, a list of values, or"),
        (rule("diversity", "lambda = 1.5"), "between 0 and 1"),
        ('[pin]\nname = "r"\narticles = ["0000000001"]', "pin: rules stand under two brackets: [[pin]]"),
        ('[audiences.""]\nage = {max = 20}', "at least 1 character"),
        (rule("pin", 'articles = ["0000000001"]\nfrom = 2020-02-02\nuntil = 2020-02-01'), "after until"),
        (YOUNG + rule("pin", 'articles = ["0000000001"]\naudience = "yung"'), "is 'young' meant?"),
        (PIN + PIN, "several rules have the name 'first'"),
        ("[audiences.everyone]\nage = {max = 20}", "is there already"),
        ("[audiences.odd]\nunknown = true", "give age, club, section or purchases"),
    ],
)  # fmt: skip
def test_a_file_that_makes_no_sense_is_refused_with_line_and_rule(text: str, said: str) -> None:
    with pytest.raises(BadOption) as refusal:
        read_rules(text)
    assert said in refusal.value.where


def test_a_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(BadOption, match="bytes"):
        read_rules("#" * (LARGEST + 1))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (rule("exclude", 'where = {prize = {max = 3}}'), "there is no column 'prize': is 'price' meant?"),
        (rule("exclude", 'where = {type = "Dres"}'), "there is no product_type_name 'Dres': is 'Dress' meant?"),
        (rule("exclude", 'articles = ["0000000099"]'), "Rule 'r': there is no article 0000000099"),
        (rule("exclude", 'articles = ["99"]'), "'99' is not an article id"),
        (rule("exclude", 'where = {type = {max = 3}}'), "holds no numbers"),
        (rule("exclude", 'where = {price = "cheap"}'), "holds numbers, and not 'cheap'"),
        (rule("boost", 'where = {new = true}\nalong = "type"'), "does not hold numbers"),
        ('[audiences.a]\nsection = "Womens"', "audience 'a': there is no section_name 'Womens'"),
    ],
)  # fmt: skip
def test_what_is_named_and_not_there_is_refused_with_what_may_be_meant(text: str, said: str) -> None:
    assert said.casefold() in refused(text)


@pytest.mark.parametrize(
    ("other", "names"),
    [
        (rule("exclude", 'articles = ["0000000002"]', "out"), ("pin 'first'", "exclude 'out'", "0000000002")),
        (rule("exclude", 'where = {type = "Dress"}', "out"), ("pin 'first'", "exclude 'out'")),
        (rule("cap", 'of = "product"\nmost = 1', "one"), ("pin 'first'", "cap 'one'", "at most 1")),
        (rule("cap", 'where = {type = "Dress"}\nmost = 0', "none"), ("pin 'first'", "cap 'none'", "at most 0")),
    ],
)  # fmt: skip
def test_a_pin_and_a_rule_that_forbids_it_are_refused_with_both_names(
    other: str, names: tuple[str, ...]
) -> None:
    said = refused(PIN + other)
    assert all(name in said for name in names)


def test_boost_and_bury_of_the_same_articles_and_two_diversities_are_refused() -> None:
    both = rule("boost", "where = {new = true}", "up") + rule("bury", "where = {is_new = true}", "down")
    assert "boost 'up' and bury 'down'" in refused(both)
    assert "diversity 'a' and diversity 'b'" in refused(
        rule("diversity", "lambda = 0.1", "a") + rule("diversity", "lambda = 0.2", "b")
    )


def test_rules_that_never_hold_together_do_not_contradict() -> None:
    pin = rule("pin", 'articles = ["0000000001"]\nuntil = 2020-09-30', "first")
    later = rule("exclude", 'articles = ["0000000001"]\nfrom = 2020-10-01', "out")
    check_rules(compiled(pin + later), "rules.toml")
    ages = "[audiences.young]\nage = {max = 29}\n[audiences.old]\nage = {min = 30}\n"
    apart = rule("pin", 'articles = ["0000000001"]\naudience = "young"', "p") + rule(
        "exclude", 'articles = ["0000000001"]\naudience = "old"', "x"
    )
    check_rules(compiled(ages + apart), "rules.toml")
    assert refused(ages.replace("max = 29", "max = 30") + apart)


def test_a_pinned_article_that_is_out_of_stock_waits() -> None:
    stock = pl.DataFrame({"article": [1], "stock": [0.0]}, {"article": pl.Int32, "stock": pl.Float64})
    rules = compiled(PIN + rule("exclude", "where = {stock = {max = 0}}", "sold out"), stock)
    check_rules(rules, "rules.toml")
    assert [
        each.place + 1 for each in rules.plan(None, DAY).arrange(ARTICLES["article"].to_numpy() - 1, 3)
    ] == [2, 3, 4]


def test_what_has_gone_since_is_said_and_the_rest_of_the_rule_holds() -> None:
    rules = compiled(rule("pin", 'articles = ["0000000099", "0000000003"]', "first"))
    assert rules.notes(DAY) == ["Rule 'first': there is no article 0000000099."]
    assert rules.plan(None, DAY).arrange(ARTICLES["article"].to_numpy() - 1, 1)[0].place == 2


def test_a_rule_whose_column_has_gone_chooses_nothing() -> None:
    rules = compiled(rule("exclude", "where = {stock = {max = 0}}"))
    assert "there is no column 'stock'" in rules.notes(DAY)[0]
    assert len(rules.plan(None, DAY).arrange(ARTICLES["article"].to_numpy() - 1, 8)) == 8


def test_stock_is_a_table_of_articles_with_columns_of_numbers_and_texts(tmp_path: Path) -> None:
    path = tmp_path / "stock.csv"
    path.write_text("article_id,stock,brand,margin\n0000000001,0,Divided,\n0000000077,5,,0.5\n")
    columns = ArticleColumns.of(ARTICLES, read_stock(path))
    assert columns.frame.height == ARTICLES.height
    assert columns.frame.select("stock", "brand", "margin").row(0) == (0.0, "Divided", None)
    assert columns.frame.select("stock", "brand", "margin").row(1) == (None, None, None)
    assert columns.notes == ("stock.csv names 1 articles that are not in the catalogue.",)
    assert read_stock(tmp_path / "none.csv") is None


def test_the_sizes_of_an_article_are_counted_together(tmp_path: Path) -> None:
    ids = ArticleIds(
        pl.DataFrame({"article": [1, 2], "sku": ["TEE-S", "HAT"], "other_skus": ["TEE-M\tTEE-L", None]})
    )
    path = tmp_path / "stock.csv"
    path.write_text("article_id,stock,brand,margin\nTEE-M,2,,0.4\nHAT,1,Ours,0.1\nTEE-S,3,Ours,0.5\n")
    stock = read_stock(path, ids)
    assert stock is not None
    assert stock.rows() == [(1, 5.0, "Ours", 0.4), (2, 1.0, "Ours", 0.1)]


def test_stock_that_no_row_gives_stays_unknown_where_sizes_are_added_up(tmp_path: Path) -> None:
    skus = {"article": [1, 2, 3], "sku": ["TEE-S", "HAT", "BAG"], "other_skus": ["TEE-M", None, "BAG-L"]}
    path = tmp_path / "stock.csv"
    path.write_text("article_id,stock\nTEE-S,5\nTEE-M,\nHAT,\nBAG,\nBAG-L,\n")
    stock = read_stock(path, ArticleIds(pl.DataFrame(skus)))
    assert stock is not None
    assert stock.rows() == [(1, 5.0), (2, None), (3, None)]
    sold_out = compiled(rule("exclude", "where = {stock = {max = 0}}"), stock.cast({"article": pl.Int32}))
    assert not sold_out.rules[0].mask.any()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("article_id;stock\n0000000001;0\n", "first column"),
        ("stock,article_id\n0,0000000001\n", "first column"),
        ("article_id,stock\n1,0\n", "no article id"),
        ("article_id,stock\n0000000001,0\n0000000001,1\n", "twice"),
        ("", "not a table"),
        ("article_id,price\n0000000001,0\n", "catalogue has, too"),
        ("article_id,article\n0000000001,0\n", "'article' that cannot be told"),
        ("article_id,stock,stock\n0000000001,0,1\n", "'stock' that cannot be told"),
    ],
)
def test_a_stock_file_that_is_no_such_table_is_refused(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "stock.csv"
    path.write_text(content)
    with pytest.raises(BadOption, match=said):
        ArticleColumns.of(ARTICLES, read_stock(path))


def test_a_file_that_begins_with_a_byte_order_mark_or_has_windows_lines_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_bytes(b"\xef\xbb\xbf" + PIN.replace("\n", "\r\n").encode())
    assert len(read_rules(read_text(path))) == 1
    assert len(read_rules("\ufeff" + PIN)) == 1


def test_half_a_character_is_refused() -> None:
    with pytest.raises(BadOption, match="UTF-8"):
        read_rules("# \ud800")


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ("price = 10", 1),
        ("price = [10, 20.0]", 2),
        ("product_code = 10.0", 2),
        ("product_code = 10.5", 0),
        (f"price = {10**400}", 0),
        ("paid = 19.99", 1),
        ("stock = 0", 1),
        ("stock = [0, 7.5]", 2),
    ],
)
def test_a_number_fits_a_column_however_it_is_held(where: str, count: int) -> None:
    stock = pl.DataFrame(
        {"article": [1, 2], "stock": [0.0, 7.5], "paid": [19.99, 5.0]},
        {"article": pl.Int32, "stock": pl.Float64, "paid": pl.Float32},
    )
    found = compiled(rule("exclude", f"where = {{{where}}}"), stock)
    assert int(found.rules[0].mask.sum()) == count
    assert bool(found.problems) is (count == 0)


def test_pins_of_several_rules_are_counted_against_a_cap() -> None:
    def pin(article: int, name: str, more: str = "") -> str:
        return rule("pin", f'articles = ["000000000{article}"]\n{more}', name)

    cap = rule("cap", 'of = "product"\nmost = 1', "one")
    said = refused(pin(1, "a") + pin(2, "b") + cap)
    assert "pin 'a', pin 'b' and cap 'one'" in said
    check_rules(compiled(pin(1, "a") + pin(3, "b") + cap), "rules.toml")
    days = pin(1, "a", "until = 2020-09-30"), pin(2, "b", "from = 2020-10-01")
    check_rules(compiled("".join(days) + cap), "rules.toml")
    ages = "[audiences.young]\nage = {max = 29}\n[audiences.old]\nage = {min = 30}\n"
    apart = pin(1, "a", 'audience = "young"') + pin(2, "b", 'audience = "old"')
    check_rules(compiled(ages + apart + cap), "rules.toml")
    # Nobody is young and old: with the pin for everyone, each has two of the three.
    two = rule("cap", 'of = "type"\nmost = 2', "two")
    check_rules(compiled(ages + apart + pin(3, "c") + two), "rules.toml")
    assert "and cap 'two'" in refused(ages + apart + pin(3, "c") + two.replace("most = 2", "most = 1"))


def test_many_articles_that_are_not_there_are_said_in_one_line() -> None:
    gone = ", ".join(f'"00000{number:05d}"' for number in range(100, 400))
    found = compiled(rule("exclude", f"articles = [{gone}]"))
    assert len(found.problems) == 1
    assert found.problems[0].endswith("0000000104 …")
    skus = ARTICLES.with_columns(sku=pl.Series([f"SKU-{n}" for n in range(8)]))
    text = rule("exclude", 'articles = ["SKU-3", "sku-3", "SKU-9", "0000000001"]')
    rules = compile_rules(read_rules(text), ArticleColumns.of(skus))
    assert rules.problems == ("rule 'r': there is no article sku-3, SKU-9",)
    assert rules.rules[0].mask.nonzero()[0].tolist() == [0, 3]
