"""What instructions of one response ask to be said: given words, or one of several answers.

As in ``rules``, this is no understanding: words in quotation marks behind "say", and a choice
between names of which the one counts that the call's own words resemble most.
"""

from __future__ import annotations

import re

from harness.agent.desk.rules import PromptWords

_LONGEST = 1000
"""Longer instructions are a prompt: what stands in quotation marks there is for its own time."""
_STEM = 4
"""So many letters of a word tell what it is about: "ship" and "shipping"."""


def dictated(instructions: str, context: str, words: PromptWords) -> str:
    """Return what is to be said word by word, empty where instructions leave it to the desk.

    ``context`` is what was said in the call; a choice that nothing speaks for is the last one.
    """
    if len(instructions) > _LONGEST:
        return ""
    options = _options(instructions, words)
    if options:
        return max(reversed(options), key=lambda option: _likeness(option, context))
    if re.search(words.at_times, instructions, re.I):
        return ""
    said = re.search(words.say, instructions, re.I | re.S)
    return "" if said is None else next(filter(None, said.groups()), "").strip()


def _options(instructions: str, words: PromptWords) -> tuple[str, ...]:
    found = re.search(words.one_of, instructions, re.I)
    if found is None:
        return ()
    listed = re.split(words.between, found[1], flags=re.I)
    options = tuple(part.strip(" \t\"'“”‘’`*.:") for part in listed)
    return tuple(filter(None, options)) if len(options) > 1 else ()


def _likeness(option: str, context: str) -> int:
    stems = {word[:_STEM] for word in re.findall(r"[^\W_]{3,}", option.lower())}
    return sum(word[:_STEM] in stems for word in re.findall(r"[^\W_]{3,}", context.lower()))
