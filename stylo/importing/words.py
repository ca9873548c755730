"""Words by which exports name options, people and colours, in a few languages."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

#: Names of options that say in which colour, size or pattern a variant is; without case and signs.
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "colour": ("color", "colour", "farbe", "couleur", "colore", "kleur", "färg", "pa color", "pa colour", "pa farbe"),
    "size": (
        "size", "größe", "groesse", "grösse", "taille", "talla", "taglia", "maat", "storlek", "shoe size", "schuhgröße",
        "pa size", "pa groesse",
    ),
    "pattern": ("pattern", "muster", "print", "motif", "pa pattern"),
}  # fmt: skip
_PEOPLE = (
    ("Women", r"women'?s?|woman|womenswear|ladies|ladieswear|female|damen|frauen|femmes?|donna|mujer"),
    ("Kids", r"kids?|children'?s?|child|girls?|boys?|baby|toddlers?|kinder|mädchen|jungen|enfants?"),
    ("Men", r"men'?s?|man|menswear|male|herren|männer|hommes?|uomo|hombre"),
    ("Unisex", r"unisex"),
)
_COLOURS = (
    ("Black", r"black|schwarz|noir|anthracite|anthrazit"),
    ("White", r"white|wei(?:ß|ss)|blanc|ivory|cream|creme|ecru|off.?white"),
    ("Grey", r"gr[ea]y|grau|gris|silver|silber|charcoal"),
    ("Beige", r"beige|sand|nude|camel|tan|khaki"),
    ("Brown", r"brown|braun|marron|chocolate|cognac"),
    ("Blue", r"blue|blau|bleu|navy|denim|indigo|marine"),
    ("Turquoise", r"turquoise|türkis|teal|petrol|mint"),
    ("Green", r"green|grün|vert|olive|oliv"),
    ("Yellow", r"yellow|gelb|jaune|gold|mustard|senf"),
    ("Orange", r"orange|apricot|coral|koralle|rust"),
    ("Pink", r"pink|rosa|rose|fuchsia"),
    ("Red", r"red|rot|rouge|burgundy|bordeaux|wine"),
    ("Lilac Purple", r"purple|lilac|lila|violet|lavender"),
)


def for_whom(text: pl.Expr) -> pl.Expr:
    """Women, Kids, Men or Unisex, by the first of these that a text names; null where it names none."""
    return _first_of(_PEOPLE, text)


def main_colour(text: pl.Expr) -> pl.Expr:
    """The main colour that a colour's name names; null where it names none."""
    return _first_of(_COLOURS, text)


def _first_of(words: tuple[tuple[str, str], ...], text: pl.Expr) -> pl.Expr:
    names = [pl.when(text.str.contains(rf"(?i)\b(?:{each})\b")).then(pl.lit(name)) for name, each in words]
    return pl.coalesce(names)
