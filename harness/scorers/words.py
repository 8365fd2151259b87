"""Expectations on words: what the agent must be heard to say, and what never.

There are two witnesses: a recognizer that heard the played audio, and the agent's own transcript of
it. They must agree. A verdict needs both, or the recognizer alone where the service sent no
transcript; where they disagree a person must listen. That a thing was never said is known only if
all of the place in question was heard.
"""

from __future__ import annotations

from harness.scenario.expectation import Words
from harness.scorers.arguments import filled
from harness.scorers.base import Evidence, Outcome, ScoredCall
from harness.scorers.checks import Check
from harness.scorers.testimony import Recognized, Testimony, testimonies
from harness.scorers.unheard import nameless_calls, unheard, unseen, unseen_tools, untold
from harness.timeline.model import Span


def judge_says(call: ScoredCall, wanted: str | Words) -> Check:
    """Judge what must be heard: one utterance in its place is enough."""
    words = _words(wanted)
    what = f"says {_shown(call, words)}"
    place, problem = _place(call, words)
    if problem:
        return Check(what, Outcome.UNSCORABLE, f"{what}: {problem}")
    # What was begun before a call was said before it, as a preamble is: fast services send the call
    # while its words still play.
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
    """Judge what must never be heard; that it was not is known only where all was heard."""
    words = _words(wanted)
    what = f"never says {_shown(call, words)}"
    place, problem = _place(call, words)
    if problem:
        return Check(what, Outcome.UNSCORABLE, f"{what}: {problem}")
    told = testimonies(call, words, place, by_beginning=words.turn is not None)
    if sure := [one for one in told if one.sure and (one.claimed or one.long)]:
        return _check(what, Outcome.FAIL, "it was heard", tuple(sure))
    # a short phrase sounds like something in nearly every call
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
    """Return the time in which the words are looked for, or why there is none in this call."""
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
    """Return the time from one turn of the script to the caller's next; 0 is before the first.

    A step ends nobody's answer: the caller did nothing.
    """
    begun = {s.turn + 1: s.span.start_s for s in call.timeline.caller if s.turn is not None}
    taken = {step.turn + 1: step.at_s for step in call.timeline.steps}
    if turn and turn not in begun | taken:
        return Span(0.0, 0.0), f"turn {turn} never came"
    start_s = (begun | taken)[turn] if turn else float("-inf")
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
