"""Finds the action and the values of a write, and other write tools, in a text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from harness.dialogue.actions import Named, names_action
from harness.dialogue.leaves import Leaf
from harness.dialogue.mentions import value_stands
from harness.language.language import Language
from harness.scenario.model import ToolSpec


@dataclass(frozen=True)
class WriteWords:
    """Finds a write in a text; ``others`` are the other write tools."""

    spec: ToolSpec
    others: tuple[ToolSpec, ...]
    values: Sequence[Leaf]
    language: Language
    today: date | None

    def stands(self, leaf: Leaf, text: str) -> bool:
        """Return whether a text contains a value, in any of its forms."""
        return value_stands(leaf, text, self.language, self.today)

    def telling(self, text: str) -> list[Leaf]:
        """Return the values in a text that describe the action."""
        return [leaf for leaf in self.values if leaf.tells_what and self.stands(leaf, text)]

    def names(self, text: str, spec: ToolSpec | None = None) -> bool:
        """Return whether a text names the action of the write, or of ``spec`` if given."""
        return names_action(text, spec or self.spec, self.language) is Named.YES

    def denies(self, text: str) -> bool:
        """Return whether a text names the action only to deny it: "I won't cancel it"."""
        asking = self.language.phrases.asking
        return self.names(text) and not self.names(
            re.sub(asking.denied, " ", text, flags=re.IGNORECASE)
        )
