"""The words of the pages, explained: one or two short sentences each, for who reads them first."""

from __future__ import annotations

from markupsafe import Markup, escape

TERMS = {
    "time to first audio": (
        "The silence from the caller's last sound to the agent's first sound, as the caller hears "
        "it. Often written TTFA."
    ),
    "barge in yield": (
        "How long the agent goes on speaking after the caller has interrupted it. Short is good."
    ),
    "pause handling": (
        "Whether the agent waits when the caller pauses to think amid a line. Taking the floor "
        "there cuts the caller off; a short “mm-hm” does not."
    ),
    "selectivity": (
        "Whether the agent goes on through what is not meant for it (“mm-hm”, a noise, words to "
        "somebody else), and answers none of it."
    ),
    "barge-in": "The caller begins to speak while the agent is still speaking.",
    "yield": "The agent stops speaking because the caller has interrupted it.",
    "entity confirmation": (
        "Whether each exact value (an order number, a name) was read back to the caller and "
        "accepted before the agent used it."
    ),
    "read-back": "The agent says a value aloud, so that the caller can accept or correct it.",
    "write confirmation": (
        "Whether the agent said what it was about to change, and the caller agreed, before it "
        "changed anything."
    ),
    "tool use": (
        "Whether the agent calls its tools rightly, and tells the truth about what they did."
    ),
    "delivery": (
        "Whether the caller heard what the agent owed: an answer after each tool, and each answer "
        "to its end."
    ),
    "audio quality": "Whether the agent's audio came without gaps, noise and clipping.",
    "preamble": (
        "A short sentence before a tool is called (“Let me look that up”), so that the caller is "
        "not left in silence."
    ),
    "transcription": (
        "How well a service wrote down what the caller said, and how soon: no agent answers there."
    ),
    "escalation": "Handing the caller over to a human: when it is due, and only then.",
    "expectations": (
        "Whether what the scenario's “expect” says came true: which tools were called, with which "
        "values, and which never."
    ),
    "review": (
        "The two witnesses, the agent's own transcript and the recognizer, disagree, or the words "
        "leave it open. A person must listen. It is neither passed nor failed."
    ),
    "unscorable": "The recording does not hold what this question needs. No rate counts it.",
    "not applicable": "The question does not arise in this call. No rate counts it.",
    "broken": "The scorer itself failed. That is a fault of the scorer, not of the agent.",
    "does not count": (
        "The call ended for a reason that says nothing about how the agent behaves, such as a lost "
        "connection. No rate counts it."
    ),
    "agent_silent": (
        "The caller waited for an answer as long as the scenario allows, and none came. The call "
        "counts as failed."
    ),
    "timing_invalid": (
        "The harness itself was late on a busy machine, and a verdict hangs on that, at the second "
        "attempt too: it says nothing about the agent. Fewer calls at a time help; --concurrency "
        "auto measures how many."
    ),
    "caller_invalid": "The caller's own audio or script failed: not the agent's fault.",
    "socket_closed": "The connection was lost before the call was over.",
    "agent_error": "The agent's server sent an error that ended the call.",
    "harness_error": "The harness failed, or found nobody to talk to: not the agent's fault.",
    "not_called": "The budget was spent, or the run stopped, before this call: nobody was called.",
    "source_invalid": (
        "A stored call whose files cannot be read, or contradict each other: nothing is known of "
        "the agent. The others of the folder are judged."
    ),
    "interrupted": "Somebody stopped the run, or the words were cut short by the caller.",
    "flaky": "The same scenario passed some of its calls and failed others.",
    "pass^k": (
        "The chance that k calls of a scenario all pass: how far one can rely on it. pass@k is the "
        "chance that at least one of k does."
    ),
    "95 % interval": (
        "Where the true rate lies, in 95 of 100 such runs. Few calls make it wide: 3 of 3 passed "
        "may still be a true rate of 44 %."
    ),
    "p95": "Of 100 answers, 95 come at least as fast.",
    "gate": "A rule that the whole run must keep, such as a pass rate. One that breaks: exit 1.",
    "cut off": "The caller stops in the middle: what is crossed out was never said.",
    "reaction": "Said because the agent asked for it, by a rule of the scenario's “answers”.",
    "talk-over": "The agent began to speak before the caller had ended.",
    "turns from audio": (
        "The service sends one track of sound and tells of no turns. Where an answer begins and "
        "ends is estimated from who is heard when."
    ),
    "recognizer": (
        "A program that listens to what the caller could hear and writes it down: a second witness "
        "beside the agent's own transcript."
    ),
    "seed": "The number from which all dice of a call are thrown. The same seed, the same caller.",
    "scenario": "The file that says what the caller does, and what must be true afterwards.",
    "planted fault": "A misbehaviour of the reference agent that was switched on to see it caught.",
}


class GlossaryTerms:
    """The terms that one page uses; each is explained once, at its end."""

    def __init__(self) -> None:
        self._used: dict[str, None] = {}

    def term(self, name: str, text: str | None = None) -> str:
        """Return a term that explains itself, as ``text``; one that is not known is only text."""
        shown = name if text is None else text
        if name not in TERMS:
            return escape(shown)
        self._used.setdefault(name)
        place = anchor(name)
        return Markup(
            '<button type="button" class="term" popovertarget="{0}" aria-describedby="{0}">{1}'
            "</button>"
        ).format(place, shown)

    def used(self, *, all_of_them: bool) -> tuple[tuple[str, str, str], ...]:
        """Return (anchor, term, explanation) of the terms used so far, or of all."""
        names = TERMS if all_of_them else self._used
        return tuple((anchor(name), name.replace("_", " "), TERMS[name]) for name in names)


def anchor(name: str) -> str:
    """Return the id of a term's explanation."""
    return "term-" + "".join(sign if sign.isalnum() else "-" for sign in name)
