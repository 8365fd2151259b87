"""The policy of the order desk: its replies and tool calls after words, results and instructions.

The desk knows only data that came over the wire: the session's instructions (read into rules), its
tools, and the conversation. ``respond`` is the whole of it; its state is a single immutable value.

A number goes through these steps, each of them only if the rules ask for it::

    heard ──▶ read back ──▶ accepted ──▶ looked up
                  ▲  │ no, or another number   │ a change
                  └──┘                         ▼
                                     proposed ──▶ agreed ──▶ carried out
                                        │ no
                                        ▼
                                     left alone
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from harness.agent.desk import speech_acts
from harness.agent.desk.answers import DeskAnswers
from harness.agent.desk.intents import Intent, goes_on, is_background, read_intents
from harness.agent.desk.rules import Behaviour, PromptWords, Rules, read_rules
from harness.agent.desk.speech_acts import DeskWords, Scene, due_reason, hand_over
from harness.agent.desk.toolbox import (
    Asked,
    DeskReply,
    DeskState,
    DeskToolCall,
    Due,
    Idle,
    Input,
    LastWords,
    Returned,
    Said,
    Shown,
    Terms,
    Toolbox,
    failure,
    forced_call,
    order_sentences,
    parsed,
)
from harness.agent.faults import OTHER_DAY, AgentFault, AgentQuirk, AgentSwitch
from harness.language.values import ValueKind
from harness.scenario.domain import Task, ToolRole, purpose_of

# Several orders of one question: read back together, looked up together, reported together.
#
# If the client takes only one call at a time, the next lookup follows the previous result. Either
# way the desk reports only after all results are there, in any order of arrival.


def awaits(scene: Scene, returned: Returned) -> bool:
    """Return whether this is the result of a lookup among several."""
    return any(
        call.name == returned.name and call.arguments == returned.arguments
        for call in scene.state.awaited
    )


def on_result(scene: Scene, returned: Returned, result: Mapping[str, Any]) -> DeskReply:
    """Keep a result; look up the remaining orders, or report all after the last result."""
    state = scene.state
    left = tuple(call for call in state.awaited if call.arguments != returned.arguments)
    values = returned.arguments.values()
    # Results may come in another order than the calls: the arguments tell which order it is.
    order = next((order for order in state.orders if order in values), "")
    scene.update(told={**state.told, order: _sentence(scene, order, result)}, awaited=left)
    if left:
        return DeskReply()
    if state.unmade:
        following, *rest = state.unmade
        scene.update(awaited=(following,), unmade=tuple(rest))
        return DeskReply("", (following,))
    return _tell_all(scene)


def _sentence(scene: Scene, order: str, result: Mapping[str, Any]) -> str:
    spoken = scene.language.speak(order, ValueKind.ID)
    if not result or failure(result) is not None:
        return scene.pick("order_missing", spoken=spoken)
    said = " ".join(order_sentences(result, scene.language, scene.words.records))
    return scene.pick("order_found", spoken=spoken, said=said)


def _tell_all(scene: Scene) -> DeskReply:
    told = scene.state.told
    said = [told[order] for order in scene.state.orders if order in told]
    scene.update(running=None, told={}, task=None, asked=Asked.ANYTHING_ELSE, failures=0)
    # the next request is about a single order of them
    scene.update(order=None, orders=(), confirmed=False)
    if Behaviour.SHORT_SPEECH not in scene.shown:
        said.append(scene.pick("chatter"))
    return DeskReply(" ".join((*said, scene.pick("anything_else"))))


# Changes to a tool call of the desk by faults and quirks: its tool and its arguments.

INVENTED = "search_orders"
"""The tool of ``INVENTS_TOOL``: a look-up in name."""

_Arguments = dict[str, Any]


def _as_text(arguments: _Arguments) -> _Arguments:
    return {name: str(value) for name, value in arguments.items()}


def _in_decimals(arguments: _Arguments) -> _Arguments:
    return {n: float(v) if isinstance(v, int) else v for n, v in arguments.items()}


_CHANGED: Mapping[AgentSwitch, Callable[[_Arguments], _Arguments]] = {
    AgentFault.SENDS_WRONG_TYPE: _as_text,
    AgentFault.ADDS_ARGUMENT: lambda arguments: {**arguments, "priority": "high"},
    AgentFault.LEAVES_ARGUMENT_OUT: lambda arguments: dict(list(arguments.items())[1:]),
    AgentQuirk.WRITES_DECIMALS: _in_decimals,
}
"""The change to the arguments of each call, by switch."""


def changed_call(call: DeskToolCall, switch: AgentSwitch | None) -> DeskToolCall:
    """Return the call as it is made with a switch on; unchanged for any other switch."""
    if switch is AgentFault.INVENTS_TOOL and purpose_of(call.name) is Task.LOOK_UP:
        return replace(call, name=INVENTED)
    if switch is None or switch not in _CHANGED:
        return call
    return replace(call, arguments=_CHANGED[switch](call.arguments))


# Dictated speech in a response's instructions: given words, or a choice of answers.
#
# As in ``rules``, this is not understanding: words in quotation marks after "say", and a choice
# between names, decided by the name most similar to the words of the call.

_LONGEST = 1000
"""Longer instructions are a prompt: quoted words in it are not for this response."""
_STEM = 4
"""This many letters of a word identify its topic: "ship" and "shipping"."""


def dictated(instructions: str, context: str, words: PromptWords) -> str:
    """Return the words to say verbatim, empty if the instructions leave them to the desk.

    ``context`` is the text of the call so far; without evidence, the last choice is taken.
    """
    if len(instructions) > _LONGEST:
        return ""
    options = _options(instructions, words)
    if options:
        # Reversed, so that the last of equally likely options is taken: it is often "other".
        return max(reversed(options), key=lambda option: _likeness(option, context))
    # "Say ... if asked" is a rule for the call, not the text of this response.
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


_STEPS = (Asked.READ_BACK, Asked.PROPOSAL, Asked.ADDRESS, Asked.AMOUNT)
"""Questions that are the next step towards the task until they are answered."""

_MOST_CHARS = 1000
"""Only this much of a turn is read: about a minute of speech.

The cost of reading grows faster than the length.
"""


_CALLS_IN_ROW: Mapping[AgentSwitch | None, int] = {
    AgentFault.REPEATS_IN_VAIN: 4,
    AgentQuirk.RETRIES_ONCE: 2,
}
"""How often a failing call is made before the agent reports it to the caller."""

_ASK_TO_RETRY = "failed_retry", Asked.RETRY
_AFTER_FAILURE: Mapping[AgentSwitch | None, tuple[str, Asked]] = {
    AgentFault.CLAIMS_AFTER_FAILURE: ("done_{task}", Asked.ANYTHING_ELSE),
    AgentFault.READS_ERROR_CODE: ("failed_code", Asked.RETRY),
    AgentFault.READS_JSON: ("failed_json", Asked.RETRY),
    AgentFault.OFFERS_NOTHING: ("failed_only", Asked.RETRY),
    AgentFault.BLAMES_CALLER: ("failed_blame", Asked.RETRY),
    AgentQuirk.TAKES_BLAME: ("failed_no_blame", Asked.RETRY),
    AgentQuirk.NAMES_FAILED_CHANGE: ("could_not_{task}", Asked.RETRY),
    AgentQuirk.PROMISES_LATER: ("later_{task}", Asked.ANYTHING_ELSE),
    AgentQuirk.SAYS_WHAT_NEXT: ("failed_what_next", Asked.RETRY),
}
"""The saying after the first failure of a call, and the question that is then open.

If there is no such saying for the task, the agent answers as without a fault.
"""


class Policy(Protocol):
    """Decides about a call: ``state`` is an immutable value, ``respond`` is the only decision."""

    state: DeskState

    def configure(self, instructions: str) -> None:
        """Follow these instructions from now on."""
        ...

    def goes_on(self, text: str) -> bool:
        """Return whether a caller who said this has more to say."""
        ...

    def restore(self, state: DeskState) -> None:
        """Return to an earlier state: later decisions never reached the caller."""
        ...

    def respond(self, inputs: Sequence[Input], words: LastWords | None, terms: Terms) -> DeskReply:
        """Decide the reply and the tool calls for the inputs."""
        ...

    def respond_stateless(
        self, turns: Sequence[Sequence[Input]], terms: Terms, *, own: bool
    ) -> DeskReply:
        """Answer outside of the conversation."""
        ...


class Desk:
    """The policy of a call; same seed, same inputs, same answers."""

    def __init__(
        self,
        words: DeskWords,
        *,
        seed: int,
        fault: AgentSwitch | None = None,
        kinds: Mapping[str, str] | None = None,
    ) -> None:
        """``kinds`` of arguments by name, if neither schema nor name determine them."""
        self._words, self._seed, self._fault = words, seed, fault
        self._kinds = kinds
        self._rules = Rules()
        self._shown: frozenset[Behaviour] = self._rules.shown(seed)
        self.state = DeskState()

    def configure(self, instructions: str) -> None:
        """Follow these instructions from now on."""
        self._rules = read_rules(instructions, self._words.prompts)
        self._shown = self._rules.shown(self._seed)

    def goes_on(self, text: str) -> bool:
        """Return whether a caller who said this has more to say."""
        return goes_on(text, self._words.intents)

    def restore(self, state: DeskState) -> None:
        """Return to an earlier state: later decisions never reached the caller."""
        self.state = state

    def respond(self, inputs: Sequence[Input], words: LastWords | None, terms: Terms) -> DeskReply:
        """Decide the reply and the tool calls for the inputs.

        ``words`` are the desk's own last words and how much of them was heard or sent, None before
        its first words. A required tool call is made without words.
        """
        said = dictated(terms.instructions or "", terms.context, self._words.prompts)
        scene = self._scene(terms)
        if said:  # results of tools are processed all the same
            self._react(scene, [each for each in inputs if isinstance(each, Returned)], words)
            reply = DeskReply(said)
        else:
            reply = self._react(scene, inputs, words)
        if terms.must_call and not reply.calls:
            call = forced_call(terms.tools, scene.state.facts, self._kinds)
            reply = DeskReply() if call is None else DeskReply("", (call,))
            scene.update(running=call, asked=Asked.NOTHING)
        self.state = scene.state
        return replace(reply, calls=tuple(changed_call(call, self._fault) for call in reply.calls))

    def respond_stateless(
        self, turns: Sequence[Sequence[Input]], terms: Terms, *, own: bool
    ) -> DeskReply:
        """Answer outside of the conversation, turn after turn, and return the last answer.

        The state is restored afterwards; if the turns are a conversation of their ``own``, only
        data in these turns is known.
        """
        kept = self.state
        reply = DeskReply()
        # Items of another conversation: the caller's order and address are unknown in it.
        if own:
            self.state = DeskState()
        try:
            for turn in turns:
                reply = self.respond(turn, None, terms)
        finally:
            # The caller never hears an answer out of band, so nothing of it is remembered.
            self.state = kept
        if any(turns):
            return reply
        said = dictated(terms.instructions or "", terms.context, self._words.prompts)
        return DeskReply(said or self._words.sayings["out_of_band_help"][0])

    def _scene(self, terms: Terms) -> Scene:
        rules, shown = self._rules, self._shown
        if terms.instructions is not None:
            rules = read_rules(terms.instructions, self._words.prompts)
            shown = rules.shown(self._seed)
        return Scene(
            self.state,
            rules,
            shown,
            Toolbox(terms.tools, self._kinds),
            self._seed,
            self._fault,
            self._words,
            together=terms.together,
        )

    def _react(self, scene: Scene, inputs: Sequence[Input], words: LastWords | None) -> DeskReply:
        returned = [each for each in inputs if isinstance(each, Returned)]
        said = [each for each in inputs if isinstance(each, Said)]
        replies = [_on_result(scene, each) for each in returned]
        if said and not (returned and scene.state.escalated):
            # Several items may be committed before a response: they are one turn of the caller.
            text = " ".join(each.text for each in said if each.text)[:_MOST_CHARS]
            audio_s = sum(each.audio_s or 0.0 for each in said) or None
            replies.append(_on_caller(scene, text, audio_s, words))
        if any(isinstance(each, Shown) for each in inputs):
            # The picture is answered first, then what was said about it.
            replies.insert(0, DeskReply(scene.pick("picture")))
        if not inputs:
            return _on_nothing(scene)
        if not replies and any(isinstance(each, Idle) for each in inputs):
            return DeskReply(scene.pick("still_here"))
        return _joined(replies)


def _joined(replies: Sequence[DeskReply]) -> DeskReply:
    # Two results may lead to the same question; it is asked once.
    said = " ".join(dict.fromkeys(reply.say for reply in replies if reply.say))
    calls = tuple(call for reply in replies for call in reply.calls)
    return DeskReply(said, calls, farewell=any(reply.farewell for reply in replies))


def _on_nothing(scene: Scene) -> DeskReply:
    """Repeat the open question: a request without new input means that it was not heard."""
    if scene.state.running is not None:
        return DeskReply(scene.pick("working"))
    if scene.state.asked is Asked.ORDER:
        return speech_acts.ask_order(scene)
    if scene.state.asked in _STEPS:
        return speech_acts.go_on(scene)
    key = "help" if scene.state.greeted else "greeting"
    scene.update(greeted=True)
    return DeskReply(scene.pick(key))


# --- caller turns ------------------------------------------------------------------------------


def _on_caller(
    scene: Scene, text: str, audio_s: float | None, words: LastWords | None
) -> DeskReply:
    if is_background(text, audio_s, scene.words.intents) and scene.state.asked is not Asked.ADDRESS:
        return _on_background(scene, words)
    scene.update(greeted=True)
    intents = read_intents(text, scene.words.intents)
    if scene.state.escalated:
        if Intent.GOODBYE in intents:
            return speech_acts.goodbye(scene)
        return DeskReply(scene.pick("handover_done"))
    _note_mood(scene, intents)
    answers = DeskAnswers(scene, text, intents, words)
    reason = due_reason(scene, intents, text)
    if reason is not None:
        if scene.fault is AgentFault.NEVER_ESCALATES:
            return DeskReply(scene.pick("no_handover"))
        return hand_over(scene, reason)
    reply = answers.to_open_question() or answers.to_new_request()
    if reply is not None:
        scene.update(unclear=0)
        return reply
    return answers.to_unclear_words()


def _on_background(scene: Scene, words: LastWords | None) -> DeskReply:
    if words is not None and words.heard and not words.whole:
        # Noise cut the desk short: its question was not heard, so it asks again.
        if scene.state.asked is Asked.READ_BACK:
            return speech_acts.read_back(scene)
        if scene.state.asked is Asked.PROPOSAL:
            return speech_acts.propose(scene)
    if Behaviour.QUIET_ON_BACKGROUND not in scene.shown:
        return DeskReply(scene.pick("clarify"))
    wait = scene.tools.call(ToolRole.WAIT, {})
    return DeskReply("", (wait,)) if wait is not None else DeskReply()


def _note_mood(scene: Scene, intents: frozenset[Intent]) -> None:
    if Intent.VERY_ANGRY in intents:
        scene.update(anger=scene.state.anger + 2)
    elif Intent.ANNOYED in intents:
        scene.update(anger=scene.state.anger + 1)


# --- tool results ------------------------------------------------------------------------------


def _on_result(scene: Scene, returned: Returned) -> DeskReply:
    purpose = purpose_of(returned.name)
    if purpose is ToolRole.WAIT:
        return DeskReply()
    result = parsed(returned.output, scene.words.records)
    if awaits(scene, returned):
        return on_result(scene, returned, result)
    nothing_found = purpose is Task.LOOK_UP and not result
    why = "not_found" if nothing_found else failure(result)
    if purpose is ToolRole.ESCALATE:
        scene.update(running=None, escalated=why is None)
        return DeskReply(scene.pick("stay" if why is None else "handover_failed"))
    scene.update(running=None)
    if why is not None:
        scene.update(failures=scene.state.failures + 1)
        return _on_failure(scene, why)
    scene.update(failures=0, task=None, asked=Asked.ANYTHING_ELSE)
    if purpose is Task.LOOK_UP:
        scene.update(record=result)
        if scene.fault is AgentFault.TELLS_OTHER_RESULT:
            result = {**result, "eta": OTHER_DAY}
        said = " ".join(order_sentences(result, scene.language, scene.words.records))
    else:
        said = ""
    return _after_success(scene, purpose, said)


def _after_success(scene: Scene, purpose: object, said: str) -> DeskReply:
    if scene.fault is AgentFault.ESCALATES_WITHOUT_CAUSE and not scene.state.escalated:
        done = said or speech_acts.done_words(scene, purpose, question=False)
        reply = hand_over(scene, Due.NONE)
        return DeskReply(f"{done} {reply.say}", reply.calls)
    if scene.fault is AgentQuirk.ANSWERS_SHORTLY:
        return DeskReply(said or scene.pick("done"))
    if not said:
        return DeskReply(speech_acts.done_words(scene, purpose, question=True))
    if Behaviour.SHORT_SPEECH not in scene.shown:
        said = f"{said} {scene.pick('chatter')}"
    return DeskReply(f"{said} {scene.pick('anything_else')}")


def _on_failure(scene: Scene, why: str) -> DeskReply:
    state = scene.state
    keeps = scene.fault is AgentFault.NEVER_ESCALATES or not scene.tools.has(ToolRole.ESCALATE)
    if state.failures < _CALLS_IN_ROW.get(scene.fault, 1):
        return speech_acts.carry_out(scene, again=True)
    if state.failures >= 2 and Behaviour.ESCALATE_ON_FAILURES in scene.shown and not keeps:
        return hand_over(scene, Due.FAILURES)
    if state.failures >= 2:
        scene.update(failures=0, task=None, asked=Asked.ANYTHING_ELSE)
        return DeskReply(scene.pick("failed_for_good"))
    if re.search(scene.words.records.missing, why, re.I):
        scene.update(order=None, confirmed=False, asked=Asked.ORDER)
        return DeskReply(scene.pick("failed_not_found"))
    key, asked = _AFTER_FAILURE.get(scene.fault, _ASK_TO_RETRY)
    key = key.format(task=(state.task or Task.LOOK_UP).value)
    if key not in scene.words.sayings:
        key, asked = _ASK_TO_RETRY
    scene.update(asked=asked)
    return DeskReply(scene.pick(key, why=why))
