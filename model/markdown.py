"""Words of people in pages of ours: what they wrote is read as it was written, and lays nothing out."""

import re

_MARKS = re.compile(
    r"[\\`*\[<|~@]"  # code, emphasis, links and pictures, HTML, tables, strike-through, addresses
    r"|(?<![^\W_])_|_(?![^\W_])"  # emphasis; within a word it is none
    r"|&(?=#?\w)"  # entities
    r"|(?<=:)/|(?i:(?<=www))\."  # what some renderers make a link without being asked
)


def plain(text: str) -> str:
    """Write somebody's words into a line of markdown: on that line, and as words alone."""
    return _MARKS.sub(r"\\\g<0>", _line(text))


def typed(text: str) -> str:
    """Write what is to be typed, which may hold somebody's words, as code within a line of markdown."""
    line = _line(text)
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    return f"{fence}{line}{fence}" if fence == "`" else f"{fence} {line} {fence}"


def _line(text: str) -> str:
    """Return a text as one line of what can be seen: no control character, none that turns the writing round."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
