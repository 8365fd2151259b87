"""What a tool's argument holds, as far as the words of its name tell: whole words, never parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.language.phrasebook import name_words
from harness.language.values import ValueKind


@dataclass(frozen=True, slots=True, eq=False)
class ArgumentNames:
    """The words in which programs name what they take, in one language; all in small letters."""

    kinds: Mapping[str, ValueKind]
    """Words that say it where they come last: "price" in ``total_price``."""
    before: Mapping[tuple[str, str], ValueKind]
    """Two last words that say it together: "phone", "number"."""
    links: frozenset[str]
    """Words behind which it is said of what, and not what: "of" in ``date_of_birth``."""
    counted: frozenset[str]
    """Words that count what follows such a link: "number" in ``number_of_guests``."""

    def kind_of(self, argument: str) -> ValueKind | None:
        """Return the kind that a name in snake_case, camelCase or kebab-case tells, if any does.

        The last word decides (``mailbox_id`` is an identifier, ``phone_model`` no number), or the
        last before a link (``date_of_birth``).
        """
        words = name_words(argument)
        link = next((at for at, word in enumerate(words) if at and word in self.links), None)
        if link is not None and words[link - 1] in self.counted:
            return None
        first, last = ("", *words[:link])[-2:] if words else ("", "")
        return self.before.get((first, last), self.kinds.get(last))
