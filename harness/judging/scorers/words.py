"""Expected and forbidden phrases of the agent, by its transcript and by ASR cross-check.

There are two sources: a recognizer that heard the played audio, and the agent's own transcript. A
verdict needs both to agree, or the recognizer alone if the service sent no transcript; if they
disagree, a person must listen. Words are known to be absent only if all of the place in question
was heard.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from harness.judging.dialogue.asr_crosscheck import said_at, witness
from harness.judging.dialogue.model import Agreement, spoken_responses
from harness.judging.scorers.arguments import filled, found
from harness.judging.scorers.base import Check, Evidence, Outcome, ScoredCall
from harness.judging.scorers.missing_evidence import (
    nameless_calls,
    unheard,
    unseen,
    unseen_tools,
    untold,
)
from harness.language.known_values import VALUES, contains_sounds, kinds_in, place_of
from harness.language.values import ValueKind
from harness.recording.model import WeighedValue
from harness.scenario.expectation import Words
from harness.scenario.fault_text import PLACEHOLDER
from harness.timeline.model import AgentUtterance, Span

# The evidence for words: a recognizer that heard the played audio, and the transcript.
#
# A recognizer writes unknown names as words that sound like them, so a phrase that the transcript
# claims counts as heard if it sounds alike. A phrase that only sounds alike and that the transcript
# does not claim is no proof either way.

ALIKE = 0.45
"""Maximum sound distance (0 equal, 1 unrelated) at which claimed words count as heard."""

NEARLY = 0.3
"""Maximum sound distance at which unclaimed words may have been said."""

LONG_PHONES = 8
"""A phrase of fewer phones is found nearly everywhere, so its likeness proves nothing."""

_PHONES_PER_S = 25.0
"""No human speaks faster: half a second of audio cannot contain a long phrase."""

_PATTERN_S = 0.3
"""Shorter audio contains no word that a pattern could find."""


class Recognized(Enum):
    """The recognizer's evidence for words in one utterance."""

    SAID = "said"
    ALIKE = "alike"
    """Sounds like it: enough if the transcript also has it."""
    NEARLY = "nearly"
    """Sounds very much like it: may have been said, whatever the transcript claims."""
    NOT = "not"
    NOTHING = "nothing"
    """No recognizer ran, or it heard no word in the audio."""


@dataclass(frozen=True, slots=True)
class Testimony:
    """The evidence for words in one utterance; ``claimed`` is None if there is no transcript."""

    utterance: AgentUtterance
    span: Span
    claimed: bool | None
    recognized: Recognized
    long: bool
    """Whether the words have enough phones for likeness to be evidence."""

    @property
    def sure(self) -> bool:
        """Whether all available sources show that the words were said."""
        if self.claimed is None:
            return self.recognized is Recognized.SAID
        alike = self.long and self.recognized in (Recognized.ALIKE, Recognized.NEARLY)
        return self.claimed and (self.recognized is Recognized.SAID or alike)

    @property
    def doubtful(self) -> bool:
        """Whether the sources disagree, or only a single source has the words."""
        return not self.sure and (
            bool(self.claimed) or self.recognized in (Recognized.SAID, Recognized.NEARLY)
        )


def testimonies(
    call: ScoredCall, words: Words, place: Span, *, by_beginning: bool
) -> tuple[Testimony, ...]:
    """Return the evidence for the words in each utterance that is audible in their place.

    ``by_beginning``: an utterance is at its beginning. Else an utterance that is audible on both
    sides of a tool call counts on the side on which the transcript has the words.
    """
    return tuple(
        told
        for _, utterance in spoken_responses(call.timeline.agent)
        for told in _tellings(call, words, utterance, place=None if by_beginning else place)
        if not by_beginning or place.start_s <= utterance.span.start_s < place.end_s
    )


def _tellings(
    call: ScoredCall, words: Words, utterance: AgentUtterance, *, place: Span | None
) -> Iterator[Testimony]:
    """Yield the evidence for the words in an utterance, if any of it is audible in their place."""
    span = utterance.span
    if place is not None and not (span.start_s < place.end_s and span.end_s > place.start_s):
        return
    at = _claimed_at(call, words, utterance)
    where = said_at(utterance, *at) if at is not None else span
    if at is not None and place is not None and not place.start_s <= where.start_s < place.end_s:
        return
    claimed = at is not None if utterance.claimed.strip() else None
    heard = _read(at) if utterance.as_text else _heard(call, words, utterance)
    yield Testimony(utterance, where, claimed, heard, _long(call, words, utterance))


def _read(at: tuple[int, int] | None) -> Recognized:
    """Return the evidence of a text answer, whose only source is the text: it needs no ASR."""
    return Recognized.NOT if at is None else Recognized.SAID


def _claimed_at(
    call: ScoredCall, words: Words, utterance: AgentUtterance
) -> tuple[int, int] | None:
    """Return the characters at which the transcript of the played audio has the words."""
    text = utterance.claimed_heard
    for phrase in words.phrases:
        place = place_of(filled(phrase, call.scenario), text, _kinds(call, phrase), call.language)
        if place is not None:
            return place
    return found(words.matches, text) if words.matches is not None else None


def _heard(call: ScoredCall, words: Words, utterance: AgentUtterance) -> Recognized:
    texts = [text for text in utterance.hearings if text.strip()]
    if not texts:
        too_short = utterance.recognized is not None and utterance.span.duration_s < _least_s(
            call, words
        )
        return Recognized.NOT if too_short else Recognized.NOTHING
    if words.matches is not None:
        said = any(found(words.matches, text) is not None for text in texts)
        return Recognized.SAID if said else Recognized.NOT
    found_here = {
        _phrase_heard(call, phrase, tuple(texts), utterance.weighed) for phrase in words.phrases
    }
    return next(state for state in Recognized if state in found_here)


def _phrase_heard(
    call: ScoredCall, phrase: str, texts: tuple[str, ...], weighed: tuple[WeighedValue, ...]
) -> Recognized:
    kinds, text = _kinds(call, phrase), filled(phrase, call.scenario)
    if any(place_of(text, heard, kinds, call.language) is not None for heard in texts):
        return Recognized.SAID
    values = _values(call, phrase)
    language = call.language
    told = (witness(value, kind, texts, language, weighed=weighed) for value, kind in values)
    if any(agreement is not Agreement.AGREE for agreement in told):
        return Recognized.NOT
    rest = _spoken(call, phrase, values=not values)
    alike = (contains_sounds(heard, rest, language.sounds) for heard in texts)
    distance = min(alike) if rest.strip() else 0.0
    if distance <= NEARLY:
        return Recognized.NEARLY
    return Recognized.ALIKE if distance <= ALIKE else Recognized.NOT


def _values(call: ScoredCall, phrase: str) -> list[tuple[str, ValueKind]]:
    """Return the values of a phrase's facts that have their own ASR check."""
    facts = (call.scenario.facts.get(name) for name in PLACEHOLDER.findall(phrase))
    return [
        (call.language.normalize(fact.value, fact.kind), fact.kind)
        for fact in facts
        if fact is not None and fact.kind in VALUES
    ]


def _kinds(call: ScoredCall, phrase: str) -> tuple[ValueKind, ...]:
    names = (name for name in PLACEHOLDER.findall(phrase) if name in call.scenario.facts)
    named = [call.scenario.facts[name].kind for name in names]
    return kinds_in(filled(phrase, call.scenario), named, call.language)


def _spoken(call: ScoredCall, phrase: str, *, values: bool = True) -> str:
    """Return a phrase as it sounds, with its facts' values or without those of ``_values``."""

    def said(name: str) -> str:
        fact = call.scenario.facts.get(name)
        if fact is None or (not values and fact.kind in VALUES):
            return ""
        return call.language.speak(fact.value, fact.kind)

    return PLACEHOLDER.sub(lambda match: said(match[1]), phrase)


def _long(call: ScoredCall, words: Words, utterance: AgentUtterance) -> bool:
    """Return whether the words, or all pattern matches in their place, have many phones."""
    said = [_spoken(call, phrase) for phrase in words.phrases]
    if words.matches is not None:
        places = ((text, found(words.matches, text)) for text in utterance.hearings)
        said = [text[slice(*place)] for text, place in places if place is not None]
    return all(len(call.language.sounds.of(spoken)) >= LONG_PHONES for spoken in said)


def _least_s(call: ScoredCall, words: Words) -> float:
    """Return the minimum duration of the words in seconds."""
    phones = [len(call.language.sounds.of(_spoken(call, phrase))) for phrase in words.phrases]
    return min(phones, default=_PATTERN_S * _PHONES_PER_S) / _PHONES_PER_S


def judge_says(call: ScoredCall, wanted: str | Words) -> Check:
    """Judge required words: a single utterance in their place is enough."""
    words = _words(wanted)
    what = f"says {_shown(call, words)}"
    place, problem = _place(call, words)
    if problem:
        return Check(what, Outcome.UNSCORABLE, f"{what}: {problem}")
    # Speech that began before a call was said before it, as a preamble is: fast services send the
    # call while its words still play.
    begun = words.turn is not None or words.before is not None
    told = testimonies(call, words, place, by_beginning=begun)
    if sure := next((one for one in told if one.sure), None):
        return _check(what, Outcome.PASS, "was heard", (sure,))
    if doubtful := [one for one in told if one.doubtful]:
        return _check(what, *_disagreement(doubtful[0]), tuple(doubtful[:1]))
    if deaf := [one for one in told if one.recognized is Recognized.NOTHING]:
        return _check(what, Outcome.UNSCORABLE, _unheard(deaf[0]), tuple(deaf))
    if silent := unheard(call.timeline.texts):
        return _check(what, Outcome.UNSCORABLE, silent, told)
    if why := call.timeline.unsaid:
        return _check(what, Outcome.UNSCORABLE, f"was not heard; {why}", told)
    reason = "was not heard" if told else "was not heard: the agent said nothing there"
    return _check(what, Outcome.FAIL, reason, told)


def judge_never_says(call: ScoredCall, wanted: str | Words) -> Check:
    """Judge forbidden words; their absence is known only if all was heard."""
    words = _words(wanted)
    what = f"never says {_shown(call, words)}"
    place, problem = _place(call, words)
    if problem:
        return Check(what, Outcome.UNSCORABLE, f"{what}: {problem}")
    told = testimonies(call, words, place, by_beginning=words.turn is not None)
    if sure := [one for one in told if one.sure and (one.claimed or one.long)]:
        return _check(what, Outcome.FAIL, "it was heard", tuple(sure))
    # a short phrase sounds like some words in nearly every call
    if doubtful := [
        one
        for one in told
        if one.sure
        or (one.doubtful and (one.claimed or one.long or one.recognized is Recognized.SAID))
    ]:
        return _check(what, *_disagreement(doubtful[0]), tuple(doubtful[:1]))
    if deaf := [one for one in told if one.recognized is Recognized.NOTHING]:
        return _check(what, Outcome.UNSCORABLE, _unheard(deaf[0]), tuple(deaf))
    if silent := unheard(call.timeline.texts):
        return _check(what, Outcome.UNSCORABLE, silent, told)
    return _check(what, Outcome.PASS, "it was not heard", told)


def _words(wanted: str | Words) -> Words:
    return Words(phrase=wanted) if isinstance(wanted, str) else wanted


def _shown(call: ScoredCall, words: Words) -> str:
    texts = [repr(filled(phrase, call.scenario)) for phrase in words.phrases]
    shown = " or ".join(texts) if texts else f"words matching '{words.matches}'"
    if words.turn is not None:
        return f"{shown} in answer to turn {words.turn}" if words.turn else f"{shown} at first"
    place = next((key for key in ("before", "after") if getattr(words, key)), None)
    return f"{shown} {place} {getattr(words, place)}" if place else shown


def _place(call: ScoredCall, words: Words) -> tuple[Span, str]:
    """Return the time in which to look for the words, or why this call has no such time."""
    if words.turn is not None:
        return _answer_to(call, words.turn)
    name = words.before or words.after
    if name is None:
        return Span(float("-inf"), float("inf")), ""
    first = next((tool for tool in call.timeline.tools if tool.name == name), None)
    until_s = float("inf") if first is None else first.requested_s
    if came := nameless_calls(call, before_s=until_s):
        return Span(0.0, 0.0), untold(came, f"when {name} was first called")
    if first is None:
        hidden = unseen_tools(call, (name,))
        why = unseen(call, hidden, "when it was called") if hidden else f"{name} was never called"
        return Span(0.0, 0.0), why
    if words.before is not None:
        return Span(float("-inf"), first.requested_s), ""
    return Span(first.requested_s, float("inf")), ""


def _answer_to(call: ScoredCall, turn: int) -> tuple[Span, str]:
    """Return the time from a turn of the script to the caller's next; 0 is before the first."""
    begun = {s.turn + 1: s.span.start_s for s in call.timeline.caller if s.turn is not None}
    taken = {step.turn + 1: step.at_s for step in call.timeline.steps}
    if turn and turn not in begun | taken:
        return Span(0.0, 0.0), f"turn {turn} never came"
    start_s = (begun | taken)[turn] if turn else float("-inf")
    # A step ends no answer: the caller did nothing.
    after = [begun_s for number, begun_s in begun.items() if number > turn]
    return Span(start_s, min(after, default=float("inf"))), ""


def _disagreement(told: Testimony) -> tuple[Outcome, str]:
    if told.claimed and told.utterance.recognized is None:
        return Outcome.UNSCORABLE, "the transcript says it, and no recognizer listened"
    if told.claimed and told.recognized is Recognized.NOTHING:
        return Outcome.REVIEW, "the transcript says it, no recognizer heard anything: listen"
    if told.claimed:
        return Outcome.REVIEW, "the transcript says it, the recognizer heard otherwise: listen"
    if told.recognized is Recognized.NEARLY:
        return Outcome.REVIEW, "the recognizer heard something very like it: listen"
    if told.claimed is None:
        reason = "the recognizer heard it, and it is too short to be sure of: listen"
        return Outcome.REVIEW, reason
    return Outcome.REVIEW, "the recognizer heard it, the transcript says otherwise: listen"


def _unheard(told: Testimony) -> str:
    if told.utterance.recognized is None:
        return "no recognizer listened"
    return "the recognizer heard no words in a part of what the agent said"


def _check(what: str, outcome: Outcome, reason: str, told: tuple[Testimony, ...]) -> Check:
    return Check(
        what,
        outcome,
        f"{what}: {reason}",
        tuple(Evidence(one.span.start_s, one.span.end_s, what) for one in told),
        heard=" / ".join(" | ".join(one.utterance.hearings) for one in told),
        claimed=" / ".join(one.utterance.claimed_heard for one in told),
    )
