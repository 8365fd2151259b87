"""Detects texts that name a tool's action, claim that it is done, or state its consequences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

from harness.language.known_values import place_of
from harness.language.language import Language
from harness.language.phrasebook import Patterns
from harness.language.phrases import ToolEffect
from harness.language.tool_meaning import (
    Meaning,
    announces,
    claims,
    claims_by_verb,
    may_say,
    meaning_of,
    says,
    says_getting,
    says_object,
    says_only_reading,
    says_opposite,
    says_other,
)
from harness.scenario.model import Consequence, ToolKind, ToolSpec

_EFFECTS = {
    ToolKind.READ: ToolEffect.READS,
    ToolKind.WRITE: ToolEffect.CHANGES,
    ToolKind.ESCALATE: ToolEffect.HANDS_OVER,
    ToolKind.NO_OP: ToolEffect.NONE,
}


class Named(Enum):
    """Whether a text names a tool's action."""

    YES = "yes"
    NO = "no"
    """The tool's verbs are known, and the text names another action or none of its words."""
    UNKNOWN = "unknown"
    """The tool's action is unknown, or the text names only its object or an ambiguous verb."""


@dataclass(frozen=True, slots=True)
class ToolWords:
    """The words of a tool: ``verbs`` are patterns of requests for it, ``objects`` its nouns."""

    verbs: Patterns
    objects: tuple[str, ...]


def names_action(text: str, spec: ToolSpec, language: Language) -> Named:
    """Return whether a text announces, proposes or describes a tool's action."""
    return _named(text, _meaning(spec, language), language)


@lru_cache(maxsize=16_384)
def _named(text: str, meaning: Meaning, language: Language) -> Named:
    if says(text, meaning.said) or says_getting(text, meaning, language.actions):
        return Named.YES
    thing = says_object(text, meaning, language.actions)
    if may_say(text, meaning):
        return Named.YES if thing else Named.UNKNOWN
    if not meaning.known:
        return Named.UNKNOWN
    return Named.UNKNOWN if thing and not says_other(text, meaning, language.actions) else Named.NO


def announces_action(sentence: str, spec: ToolSpec, language: Language) -> bool:
    """Return whether a sentence announces, without a condition, that a tool will be called."""
    phrases = language.phrases
    meaning = _meaning(spec, language)
    return phrases.announces(sentence) and announces(sentence, meaning, phrases.announcing)


def denies_action(words: str, spec: ToolSpec, language: Language) -> bool:
    """Return whether words that begin with a verb, normalized by ``plain``, exclude a tool."""
    if names_action(words, spec, language) is not Named.NO:
        return False
    meaning = _meaning(spec, language)
    # Another verb excludes the tool only if it means a lookup or the opposite action: verbs such
    # as "set up", "record" and "move" are too general.
    return says_only_reading(words, language.actions) or says_opposite(
        words, meaning, language.actions
    )


def ends_its_object(spec: ToolSpec, language: Language) -> bool:
    """Return whether a tool's action ends its object: cancels it, deletes it."""
    actions = _meaning(spec, language).actions
    return bool(actions) and all(action.ends for action in actions)


def reads_only(text: str, language: Language) -> bool:
    """Return whether a text names a lookup or reading data out, and no change."""
    reads = any(says(text, action.said) for action in language.actions.reading)
    return reads and not any(says(text, one.said) for one in language.actions.changing)


def names_object(text: str, spec: ToolSpec, language: Language) -> bool:
    """Return whether a text names the object of a tool."""
    return says_object(text, _meaning(spec, language), language.actions)


def names_action_of_it(words: str, stated: str, spec: ToolSpec, language: Language) -> bool:
    """Return whether words may name the tool's action, and ``stated`` names its object."""
    meaning = _meaning(spec, language)
    return may_say(words, meaning) and says_object(stated, meaning, language.actions)


def may_name(words: str, spec: ToolSpec, language: Language) -> bool:
    """Return whether words contain a general verb that the tool shares with other actions."""
    return may_say(words, _meaning(spec, language))


def names_vaguely(text: str, spec: ToolSpec, language: Language) -> bool:
    """Return whether a text can name a tool by general verbs alone, without its object."""
    meaning = _meaning(spec, language)
    vague = all(action.vague for action in meaning.actions) and not meaning.own
    return vague and not says_object(text, meaning, language.actions)


def names_other_action(text: str, spec: ToolSpec, language: Language) -> bool:
    """Return whether a text names another known change, and not the tool's action."""
    if names_action(text, spec, language) is Named.YES:
        return False
    return says_other(text, _meaning(spec, language), language.actions)


def tool_words(spec: ToolSpec, language: Language) -> ToolWords:
    """Return the patterns of requests for a tool's action, and its objects."""
    meaning = _meaning(spec, language)
    return ToolWords(meaning.asked, meaning.objects)


def claims_done(sentence: str, spec: ToolSpec, language: Language) -> bool:
    """Return whether a sentence claims that a tool's action is done; a question does not."""
    return claims(sentence, _meaning(spec, language), language.actions)


def claims_by_name(sentence: str, spec: ToolSpec, language: Language) -> bool:
    """Return whether a sentence claims with a verb of the tool that its action is done."""
    return claims_by_verb(sentence, _meaning(spec, language), language.actions)


def names_consequence(text: str, spec: ToolSpec, language: Language) -> bool:
    """Return whether a text states a consequence, in usual phrases or in those of the suite."""
    told = spec.consequence.words if isinstance(spec.consequence, Consequence) else ()
    return language.phrases.names_consequence(text) or any(
        place_of(words, text, (), language) is not None for words in told
    )


def _meaning(spec: ToolSpec, language: Language) -> Meaning:
    effect, actions = _EFFECTS[spec.kind], language.actions
    meaning = meaning_of(spec.name, spec.description, spec.says, effect, actions)
    properties = spec.parameters.get("properties")
    if effect is ToolEffect.CHANGES and not actions.switches.isdisjoint(properties or ()):
        return replace(meaning, switching=actions.switching)
    return meaning
