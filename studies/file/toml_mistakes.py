"""Messages for invalid TOML. The parser's own messages are about grammar; these say what to write."""

import re
from typing import Final

WORDS: Final = {
    r"Invalid statement|Invalid initial character for a key part": "a key or a [table] was expected",
    r"Expected '=' after a key.*": "after a key = and its value were expected",
    r"Expected newline or end of document.*": "the line was expected to end here: one key and its value on each",
    r"Expected '\]' .*": "the name of a table ends with ]",
    r"Expected '\]\]' .*": "the name of such a table ends with ]]",
    r"Expected (.*)": r"\1 was expected",
    r"Invalid value": "a value was expected: a number, true, false, a [list] or a text in quotation marks",
    r"Unclosed array": "a list is not closed: ] is missing",
    r"Unclosed inline table": "} is missing",
    r"Unterminated string": "a text is not closed: its quotation mark is missing",
    r"Unescaped .* in a string": r"a backslash in a text is written \\\\, or the text in single quotation marks",
    r"Invalid hex value|Escaped character is not.*": "there is no character of this number",
    r"Invalid date or datetime": "there is no such date",
    r"Cannot declare .*": "this table is in the file already",
    r"Cannot overwrite a value|Duplicate inline table key.*": "a key is given twice",
    r"Cannot (redefine|mutate) .*": "nothing can be added here to what the file has defined before",
    r"(Found invalid|Illegal) character (.*)": r"the character \2 cannot stand here",
    r"Exceeds the limit \(\d+ digits\).*": "a number has too many digits",
}
"""The parser's messages, as patterns, and ours; the first that fits."""


def in_words(message: str) -> str:
    """What the parser says, without the place, as it is told."""
    for theirs, ours in WORDS.items():
        if found := re.fullmatch(theirs, message, re.DOTALL):
            return found.expand(ours)
    return "this is not TOML"
