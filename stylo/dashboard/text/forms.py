"""Text from the data escaped for Markdown, and the form of what stands in sentences."""

from __future__ import annotations

import re
from datetime import date

from stylo.user_paths import printable

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])")
# Streamlit makes pictures, other signs and links of these, escaped or not: `:material/home:`, `:dog:`, `->` between
# spaces, `a@b.c`, `www.b.c`, `https://b.c`.
_SIGNS = re.compile(
    r":(?=[\w+-][\w+/-]*:)|(?<!\S)[<>~-](?=[-=]>?(?!\S)|>(?!\S))|(?<=[\w.+-])@(?=[\w-]+\.\w)|(?i:https?(?=://)|www(?=\.))",
    re.ASCII,
)
# A script with its options, or a module with all that follows it, up to the end of the clause.
_WORD = r"(?:'[^']*'|\\'|[^\s',;.]|[.,;](?=\S))+"
_COMMAND = re.compile(rf"python [\w-]+\.py(?: --[\w-]+(?: (?!-){_WORD})?)*|python -m {_WORD}(?: {_WORD})*")
_NEGATIVE = re.compile(r"(?<![\w.-])-(?=\d)")
_JOINER = "\u2060"  # is not seen


def plain(text: str) -> str:
    """Escape text from the data so that Markdown shows it character by character, never as markup."""
    words = _SIGNS.sub(lambda sign: sign.group() + _JOINER, " ".join(printable(text).split()))
    return _MARKDOWN.sub(r"\\\1", words)


def commands(words: str) -> list[str]:
    """The commands that a sentence names, each once, as they can be pasted into a shell."""
    return list(dict.fromkeys(_COMMAND.findall(words)))


def minus(words: str) -> str:
    """A sentence of another part, with the minus of a number as wide as a plus; hyphens of days and names stay."""
    return _NEGATIVE.sub("−", words)


def signed(value: float, form: str) -> str:
    """A difference with its sign, which is a minus as wide as a plus; `form` as of `format`, without the sign."""
    return f"{value:+{form}}".replace("-", "−")


def percent(share: float) -> str:
    """A share in percent with as many digits as say something: 68%, 6.8%, 0.68%, 0.068%."""
    points = 100 * share
    if not points or abs(points) >= 9.95:
        return f"{points:.0f}%"
    return f"{points:.1f}%" if abs(points) >= 0.995 else f"{points:.2g}%"


def day(of: date) -> str:
    """A day as people write it."""
    return f"{of.day} {of:%b %Y}"
