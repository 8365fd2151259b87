"""Which words of the agent may have put a write to the caller, though no rule knows a proposal."""

from __future__ import annotations

from collections.abc import Sequence

from harness.dialogue.actions import Named, claims_done, denies_action, names_action, reads_only
from harness.dialogue.exchanges import Exchange
from harness.dialogue.proposals import asked_for, asks_for
from harness.dialogue.replies import Replies
from harness.dialogue.write_words import WriteWords
from harness.language.consent import Consent, read_reply
from harness.language.questions import (
    QuestionKind,
    asks_a_value,
    asks_agreement,
    asks_to_be_told,
    read_question,
)

STATED = 2
"""So many values of a write in one turn describe it."""


def maybe_put(exchanges: Sequence[Exchange], replies: Replies) -> Exchange | None:
    """Return the newest words of the agent that may have put a write to the caller, if any.

    Words of the agent may do so unless they are known to be about something else. What was said
    before the caller's own request is no answer to it, and neither is what the caller did not reply
    to.
    """
    words = replies.words
    for one in reversed(exchanges):
        answered = one.answers and one.utterances
        if answered and may_put(one.claimed, words) and not _answers_else(one, replies):
            return one
        if any(words.names(replies.said(answer)) for answer in one.answers):
            return None
    return None


def _answers_else(one: Exchange, replies: Replies) -> bool:
    """Whether the replies are to another question behind what was stated, but not announced.

    "Anything else?" got a no, or the agent offered to tell more about it.
    """
    words = replies.words
    language = words.language
    sentences = language.sentences(one.claimed)
    if any(words.names(s) and language.phrases.announces(s) for s in sentences):
        return False
    asked = read_question(one.claimed, language)
    if asked.kind is QuestionKind.WISHES:
        said = [replies.said(answer) for answer in one.answers]
        return all(read_reply(text, language).consent is Consent.NO for text in said)
    if asked.kind is not QuestionKind.LEAVE or not asks_to_be_told(asked.asked, language):
        return False
    held = any(words.stands(leaf, asked.asked) for leaf in words.values)
    return (asked.offers or not held) and not words.names(asked.asked)


def may_put(text: str, words: WriteWords) -> bool:
    """Return whether a turn may put a write to the caller for approval.

    It does not where each of its sentences asks for a value or for more wishes, offers to tell
    something, denies the action, or states something that neither names it nor two values of it.
    """
    language = words.language
    if _asks_for_another(text, words):
        return False
    for sentence in language.sentences(text):
        asked = asked_for(sentence, language)
        if words.denies(sentence) or (
            asked and all(denies_action(one, words.spec, language) for one in asked)
        ):
            continue
        if asks_a_value(sentence, language):
            if any(words.stands(leaf, sentence) for leaf in words.values):
                return True
        elif "?" in sentence:
            if not _only_confirms(sentence, text, words):
                return True
        elif not claims_done(sentence, words.spec, language) and (
            len(words.telling(sentence)) >= STATED
            or words.names(sentence)
            or asks_agreement(sentence, language)
        ):
            return True
    return False


def _asks_for_another(text: str, words: WriteWords) -> bool:
    """Whether a turn asks leave for another tool alone: it holds nothing of this write."""
    if words.telling(text) or words.names(text):
        return False
    return any(asks_for(text, tool, words.language) for tool in words.others)


def _only_confirms(question: str, turn: str, words: WriteWords) -> bool:
    """Whether a question is for more wishes, or confirms what has nothing of the write."""
    language = words.language
    if asks_to_be_told(question, language):
        return not words.names(question)
    kind = read_question(question, language).kind
    if kind is not QuestionKind.READ_BACK:
        return kind is QuestionKind.WISHES
    announced = any(
        language.phrases.announces(one) and not reads_only(one, language)
        for one in language.sentences(turn)
    )
    # Of a tool whose verbs are not known, no words are known to be about something else.
    unknown = names_action("", words.spec, language) is Named.UNKNOWN
    held = sum(words.stands(leaf, question) for leaf in words.values)
    named = bool(words.telling(turn)) or words.names(turn) or held >= STATED
    return not (named or announced or unknown)
