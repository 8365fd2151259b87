"""The meaning of the caller's words as an answer to the open question, or as a new request."""

from __future__ import annotations

import re

from harness.agent.desk.intents import Certainty, Intent, Mention, amount_in, mentioned, several
from harness.agent.desk.rules import Behaviour
from harness.agent.desk.speech_acts import (
    Scene,
    ask_order,
    carry_out,
    decline,
    go_on,
    goodbye,
    propose,
    read_back,
)
from harness.agent.desk.toolbox import Asked, DeskReply, LastWords, order_sentences
from harness.agent.faults import AgentFault
from harness.language.consent import Consent, read_reply
from harness.language.language import Language
from harness.language.phrases import ToolEffect
from harness.language.tool_meaning import meaning_of
from harness.scenario.domain import Task

_TASKS: tuple[tuple[Intent, Task], ...] = (
    (Intent.CANCEL, Task.CANCEL),
    (Intent.CHANGE_ADDRESS, Task.CHANGE_ADDRESS),
    (Intent.REFUND, Task.REFUND),
    (Intent.LOOK_UP, Task.LOOK_UP),
)
_GUESS_AFTER = 2
"""After this many unclear numbers the best guess is read back rather than asked for again."""


class DeskAnswers:
    """A caller turn interpreted in its scene; every method returns None if it has no answer."""

    def __init__(
        self, scene: Scene, text: str, intents: frozenset[Intent], words: LastWords | None
    ) -> None:
        self._scene, self._text, self._intents = scene, text, intents
        self._consent = read_reply(text, scene.language, verbs=_proposed(scene)).consent
        self._heard_it = words is None or _heard_before_question(words, scene.language)
        self._heard_question = words is None or _question_began(words, scene.language)
        self._interrupted = words is not None and not words.whole
        self._mention = mentioned(text, scene.rules.orders, scene.language, scene.words.numbers)
        self._several = self._listed()
        if self._several:
            self._mention = Mention(Certainty.HEARD, self._several[0])
        self._was_asked = scene.state.asked

    def to_open_question(self) -> DeskReply | None:
        """Answer to the question that the desk has asked."""
        handlers = {
            Asked.READ_BACK: self._to_read_back,
            Asked.PROPOSAL: self._to_proposal,
            Asked.ORDER: self._to_order_question,
            Asked.ADDRESS: self._to_address_question,
            Asked.AMOUNT: self._to_amount_question,
            Asked.RETRY: self._to_retry_question,
            Asked.ANYTHING_ELSE: self._to_anything_else,
        }
        handler = handlers.get(self._was_asked)
        return handler() if handler is not None else None

    def to_new_request(self) -> DeskReply | None:
        """Take up a request or a number without an open question."""
        scene, intents = self._scene, self._intents
        if scene.state.running is not None:
            return DeskReply(scene.pick("working"))
        if Intent.DETAILS in intents:
            return self._details()
        task = self._wished()
        if task is not None or self._mention.certainty is not Certainty.NONE:
            return self._request(task)
        if intents & {Intent.GOODBYE, Intent.NOTHING_ELSE}:
            return goodbye(scene)
        if re.search(scene.words.intents.subject, self._text, re.I):
            return self._request(Task.LOOK_UP)
        if Intent.GREETING in intents:
            return DeskReply(scene.pick("help"))
        return None

    def to_unclear_words(self) -> DeskReply:
        """Ask again, with a different phrase."""
        scene = self._scene
        scene.update(unclear=scene.state.unclear + 1)
        if Behaviour.CLARIFY not in scene.shown and scene.state.order is not None:
            return go_on(scene)
        return DeskReply(scene.pick("clarify"))

    # --- open questions ------------------------------------------------------------------

    def _to_read_back(self) -> DeskReply | None:
        scene, mention = self._scene, self._mention
        if mention.certainty is Certainty.HEARD and mention.value not in scene.state.asked_about:
            scene.update(order=mention.value, orders=self._several)
            return read_back(scene)
        if self._interrupted and scene.fault is AgentFault.ACT_ON_INTERRUPTED_READ_BACK:
            return self._accept()
        if mention.certainty is Certainty.HEARD and self._consent is Consent.NO:
            # The caller insists on the number that is on file: an agent that misreads takes it as
            # agreed, an honest agent reads it again.
            return (
                self._accept() if scene.fault is AgentFault.MISREAD_CHARACTER else read_back(scene)
            )
        if mention.certainty in (Certainty.PARTIAL, Certainty.UNSURE):
            return self._number_unclear()
        if self._consent is Consent.NO:
            scene.update(order=None, asked=Asked.ORDER)
            return DeskReply(scene.pick("ask_right_number"))
        if self._consent is Consent.YES and (self._heard_it or not self._repeats_interrupted()):
            return self._accept()
        if self._consent is Consent.YES or self._interrupted:
            return read_back(scene)
        return self._still_read_back()

    def _repeats_interrupted(self) -> bool:
        return Behaviour.REPEAT_INTERRUPTED in self._scene.shown

    def _still_read_back(self) -> DeskReply | None:
        wished = self._wished()
        if wished is not None and wished is not self._scene.state.task:
            self._scene.update(task=wished)
        return read_back(self._scene)

    def _accept(self) -> DeskReply:
        self._scene.update(confirmed=True)
        return go_on(self._scene)

    def _to_proposal(self) -> DeskReply | None:
        scene, mention = self._scene, self._mention
        if mention.certainty is Certainty.HEARD and mention.value != scene.state.order:
            scene.update(order=mention.value, confirmed=False)
            return go_on(scene)
        if self._consent is Consent.NO or Intent.NEVER_MIND in self._intents:
            if scene.fault is AgentFault.WRITE_DESPITE_NO:
                return carry_out(scene)
            return decline(scene)
        acts_anyway = self._interrupted and scene.fault is AgentFault.ACT_ON_INTERRUPTED_READ_BACK
        if acts_anyway or (self._consent is Consent.YES and self._heard_it):
            return carry_out(scene)
        amount = self._amount()
        if amount is not None and scene.state.task is Task.REFUND:
            scene.update(amount=amount)
        return propose(scene)

    def _to_order_question(self) -> DeskReply | None:
        if self._mention.certainty is not Certainty.NONE:
            return self._number_given()
        wished = self._wished()
        if wished is not None and wished is not self._scene.state.task:
            self._scene.update(task=wished)
            return ask_order(self._scene)
        if Intent.GOODBYE in self._intents or Intent.NEVER_MIND in self._intents:
            return decline(self._scene) if Intent.NEVER_MIND in self._intents else None
        return self._number_unclear()

    def _to_address_question(self) -> DeskReply | None:
        address = self._address()
        if address is None:
            return DeskReply(self._scene.pick("ask_address_again"))
        self._scene.update(address=address)
        return go_on(self._scene)

    def _to_amount_question(self) -> DeskReply | None:
        words = self._scene.words
        bare = f"{self._text.rstrip('. ')} {words.numbers.currency}"
        amount = self._amount() or amount_in(bare, words.language, words.numbers)
        if amount is None:
            return DeskReply(self._scene.pick("ask_amount"))
        self._scene.update(amount=amount)
        return go_on(self._scene)

    def _to_retry_question(self) -> DeskReply | None:
        scene = self._scene
        if self._answered is Consent.NO and Intent.RETRY not in self._intents:
            scene.update(failures=0)
            return decline(scene)
        if self._consent is Consent.YES or Intent.RETRY in self._intents:
            return carry_out(scene, again=True)
        return None

    def _to_anything_else(self) -> DeskReply | None:
        scene = self._scene
        if self._wished() is not None or Intent.DETAILS in self._intents:
            return None
        if self._mention.certainty is Certainty.HEARD and self._consent is not Consent.NO:
            return None
        leaves = self._intents & {Intent.GOODBYE, Intent.NOTHING_ELSE, Intent.NEVER_MIND}
        if leaves or self._answered is Consent.NO:
            return goodbye(scene)
        if self._answered is Consent.YES:
            scene.update(asked=Asked.NOTHING)
            return DeskReply(scene.pick("help"))
        return None

    @property
    def _answered(self) -> Consent | None:
        """The reply to a question that the caller heard at least in part; None if there is none."""
        return self._consent if self._heard_question else None

    def _amount(self) -> float | None:
        words = self._scene.words
        return amount_in(self._text, words.language, words.numbers)

    def _address(self) -> str | None:
        words = self._scene.words
        return words.address(self._text, words.language)

    # --- requests ------------------------------------------------------------------------

    def _listed(self) -> tuple[str, ...]:
        """Return several orders to look up; empty for a single order, or for a change."""
        changes = [task for intent, task in _TASKS if task.changes and intent in self._intents]
        if changes or Intent.CORRECTION in self._intents:
            return ()
        scene = self._scene
        return several(self._text, scene.rules.orders, scene.language, scene.words.numbers)

    def _wished(self) -> Task | None:
        return next((task for intent, task in _TASKS if intent in self._intents), None)

    def _request(self, task: Task | None) -> DeskReply:
        scene = self._scene
        if task is not None:
            scene.update(task=task)
        if task is Task.REFUND and (amount := self._amount()) is not None:
            scene.update(amount=amount)
        if task is Task.CHANGE_ADDRESS:
            named = re.search(scene.words.names_address, self._text)
            scene.update(address=self._address() if named else None)
        reply = go_on(scene) if self._mention.certainty is Certainty.NONE else self._number_given()
        return DeskReply(f"{self._sympathy()}{reply.say}", reply.calls) if reply.say else reply

    def _sympathy(self) -> str:
        if Intent.ANNOYED not in self._intents:
            return ""
        return f"{self._scene.pick('sorry')} "

    def _number_given(self) -> DeskReply:
        scene, mention = self._scene, self._mention
        if mention.certainty is not Certainty.HEARD:
            return self._number_unclear()
        known = mention.value == scene.state.order and scene.state.confirmed
        same = known and not self._several
        scene.update(order=mention.value, orders=self._several, confirmed=same, unclear=0)
        return go_on(scene)

    def _number_unclear(self) -> DeskReply:
        """Ask for the number again; guess only if no rule forbids it, or as a last resort."""
        scene, mention = self._scene, self._mention
        asked_before = scene.state.unclear
        scene.update(unclear=asked_before + 1)
        may_guess = Behaviour.CLARIFY not in scene.shown or asked_before >= _GUESS_AFTER
        if mention.certainty is Certainty.UNSURE and may_guess:
            scene.update(order=mention.value, confirmed=False)
            return go_on(scene)
        scene.update(order=None, confirmed=False, asked=Asked.ORDER)
        return DeskReply(scene.pick("ask_again"))

    def _details(self) -> DeskReply:
        scene = self._scene
        if scene.state.record is None:
            scene.update(asked=Asked.ORDER)
            return DeskReply(scene.pick("no_details"))
        scene.update(asked=Asked.NOTHING)
        words = scene.words
        told = order_sentences(scene.state.record, words.language, words.records)
        return DeskReply(" ".join((*told, *words.long_answer)))


def _proposed(scene: Scene) -> tuple[str, ...]:
    """Return the verbs of the open proposal: a request with such a verb agrees to it."""
    task = scene.state.task
    if scene.state.asked is not Asked.PROPOSAL or task is None:
        return ()
    effect = ToolEffect.CHANGES if task.changes else ToolEffect.READS
    return meaning_of(task.value, "", (), effect, scene.language.actions).asked


def _heard_before_question(words: LastWords, language: Language) -> bool:
    """Return whether all before the closing question was heard: the values and the change."""
    return len(words.heard) >= len(words.text[: _question_at(words, language)].rstrip())


def _question_began(words: LastWords, language: Language) -> bool:
    """Return whether part of the closing question was heard, or everything."""
    return words.whole or len(words.heard) > _question_at(words, language)


def _question_at(words: LastWords, language: Language) -> int:
    parts = language.sentences(words.text)
    return words.text.rfind(parts[-1]) if parts else 0
