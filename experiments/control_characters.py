"""Show control characters and invisible characters as escapes."""

import re
from typing import Final

_FLAG: Final = "\U0001f3f4[\U000e0030-\U000e007a]+\U000e007f"
"""The flag of a region, the one emoji that is spelt with tags."""

_HIDDEN: Final = (
    "[\x00-\x1f\x7f-\x9f"  # C0, DEL, C1
    "\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # directions, breaks, no width
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f"  # of shorthand and music, tags
    "\ud800-\udfff]"  # bytes of a file's name that are no UTF-8
)
"""The joiners U+200C and U+200D are not among them: Persian, Hindi and emoji are spelt with them."""

_FOUND: Final = re.compile(f"{_FLAG}|({_HIDDEN})")


def visible(text: str, keep: str = "") -> str:
    r"""The text with each such character as an escape, `\\u001b`; letters of every script and emoji stay.

    Python and JSON read these escapes, so a JSON document keeps its content. Characters to `keep` stay: the newline
    where a text has several lines on purpose.
    """
    if text.isprintable():  # as most texts are; none of these characters is
        return text

    def shown(found: re.Match[str]) -> str:
        if found[1] is None or found[1] in keep:
            return found[0]
        units = found[1].encode("utf-16-be", "surrogatepass").hex(" ", 2)
        return "".join(f"\\u{unit}" for unit in units.split())

    return _FOUND.sub(shown, text)
