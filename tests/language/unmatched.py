"""Print the phrases of a language that no text of the tests contains: ``… unmatched de``.

Such a row is a candidate for a sentence in ``replies.yaml`` or ``german``, or for removal.
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from harness.language.language import language_named
from harness.language.phrasebook import few_repeats, plain

TESTS = Path(__file__).parents[1]


def lines() -> Iterator[str]:
    """Yield the lines of all test data, and of all strings in test modules."""
    for path in sorted((*TESTS.rglob("*.yaml"), *TESTS.rglob("*.py"))):
        text = path.read_text("utf-8")
        if path.suffix == ".py":
            strings = (getattr(one, "value", None) for one in ast.walk(ast.parse(text)))
            text = "\n".join(one for one in strings if isinstance(one, str))
        for line in text.splitlines():
            yield from re.split(r"(?<=[.?!,;:])\s+|\"", line)
            yield re.sub(r"^\s*(?:- )?(?:agent|caller)?:?", "", line)


def main(tag: str) -> None:
    """Print them with their place, and how many there are."""
    said = "\n".join(sorted({plain(line) for line in lines()}))
    phrases, count, missing = language_named(tag).phrases, 0, 0
    for part in (phrases.waiting, phrases.answers, phrases.wishes, phrases.asking, phrases):
        for field in fields(part):
            rows = getattr(part, field.name)
            if isinstance(rows, tuple) and rows and isinstance(rows[0], str):
                for row in rows:
                    pattern = re.compile(rf"\b(?:{few_repeats(row)})(?!['\w])", re.MULTILINE)
                    count, missing = count + 1, missing + (found := pattern.search(said) is None)
                    if found:
                        sys.stdout.write(f"{type(part).__name__}.{field.name}: {row}\n")
    sys.stdout.write(f"{missing} of {count}\n")


if __name__ == "__main__":
    main(sys.argv[1])
