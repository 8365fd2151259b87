"""Finds words of the agent that may be a proposal of a write, although no rule recognizes one."""

from __future__ import annotations

from collections.abc import Sequence

from harness.judging.dialogue.actions import (
    Named,
    claims_done,
    denies_action,
    names_action,
    reads_only,
)
from harness.judging.dialogue.mentions import WriteWords
from harness.judging.dialogue.proposals import asked_for, asks_for
from harness.judging.dialogue.proposed_writes import Exchange
from harness.judging.dialogue.replies import Replies
from harness.language.consent import Consent, read_reply
from harness.language.phrasebook import matches, plain
from harness.language.questions import (
    QuestionKind,
    asks_a_value,
    asks_agreement,
    asks_to_be_told,
    read_question,
)

STATED = 2
"""Fewest values of a write that a turn must contain to describe it."""


def maybe_put(exchanges: Sequence[Exchange], replies: Replies) -> Exchange | None:
    """Return the newest exchange in which the agent may have proposed a write; None if none did.

    An exchange counts unless it is known to be about another subject. Turns without a reply of the
    caller are skipped.
    """
    words = replies.words
    for one in reversed(exchanges):
        answered = one.answers and one.utterances
        if answered and may_put(one.claimed, words) and not _answers_else(one, replies):
            return one
        # The search ends at the caller's own request.
        if any(words.names(replies.said(answer)) for answer in one.answers):
            return None
    return None


def _answers_else(one: Exchange, replies: Replies) -> bool:
    """Whether the replies answer another question that followed an unannounced statement.

    The caller said no to "anything else?", or the agent offered more information.
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
    """Return whether a turn may ask the caller to approve a write.

    It does not if each of its sentences asks for a value or for further wishes, offers
    information, denies the action, or states neither the action nor two values of the write.
    """
    language = words.language
    asking = language.phrases.asking
    if _asks_for_another(text, words):
        return False
    for sentence in language.sentences(text):
        asked = asked_for(sentence, language)
        refers = matches((*asking.pointing, *asking.referring), plain(sentence))
        other = bool(asked) and all(denies_action(one, words.spec, language) for one in asked)
        if words.denies(sentence) or (other and not refers):
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
    """Whether a turn asks permission for another tool and does not mention this write."""
    held = sum(words.stands(leaf, text) for leaf in words.values)
    if words.telling(text) or words.names(text) or held >= STATED:
        return False
    return any(asks_for(text, tool, words.language) for tool in words.others)


def _only_confirms(question: str, turn: str, words: WriteWords) -> bool:
    """Whether a question asks for further wishes, or confirms facts unrelated to the write."""
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
    # If the verbs of a tool are not known, any words may be about it.
    unknown = names_action("", words.spec, language) is Named.UNKNOWN
    held = sum(words.stands(leaf, question) for leaf in words.values)
    named = bool(words.telling(turn)) or words.names(turn) or held >= STATED
    return not (named or announced or unknown)
