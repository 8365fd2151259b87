"""The order desk's own actions in a call, and the vocabulary that a language gives it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.agent.desk.intents import Intent, IntentWords, NumberWords, amount_in
from harness.agent.desk.rules import Behaviour, PromptWords, Rules
from harness.agent.desk.toolbox import Asked, DeskReply, DeskState, Due, RecordWords, Toolbox
from harness.agent.faults import AgentFault, AgentSwitch
from harness.language.language import Language
from harness.language.tables import Tables
from harness.language.values import ValueKind
from harness.plugins import Registry
from harness.scenario.domain import Task, ToolRole

# The desk's vocabulary in a language: its phrases and its patterns for speech and prompts, as data.
#
# The policy module knows no language; each language has a folder of its own.

_IN_ORDER = ("read_back", "cancel", "change_address", "refund", "ask_again")


@dataclass(frozen=True, slots=True, eq=False)
class DeskWords:
    """The vocabulary of the desk in a language."""

    language: Language
    voice: str
    """eSpeak's voice for it: different from all callers of a shipped suite."""
    sayings: Mapping[str, tuple[str, ...]]
    """Phrases by key; the first phrase suits the first use best, {names} are filled in."""
    long_answer: tuple[str, ...]
    """The full answer about a delivery."""
    reasons: Mapping[Due, str]
    """The reasons that it gives a human for a hand-over."""
    intents: IntentWords
    numbers: NumberWords
    prompts: PromptWords
    records: RecordWords
    address: Callable[[str, Language], str | None]
    """Returns the address in a caller's words, in written form."""
    and_also: str
    """The words between two order numbers."""
    names_address: str
    """Matches a request to change the address that also names the new address."""

    def choose(self, key: str, *, used: frozenset[str], seed: int) -> str:
        """Return an unused phrase for a key; the order is drawn from the seed.

        Read-backs and proposals keep their order: each phrase says that it is a repetition. When
        all were used, they start over.
        """
        ways = list(self.sayings[key])
        if not key.startswith(_IN_ORDER):
            random.Random(f"{seed} {key}").shuffle(ways)
        return next((way for way in ways if way not in used), ways[len(used) % len(ways)])


def desk_in(
    folder: Path,
    language: Language,
    *,
    address: Callable[[str, Language], str | None],
    sentence: Callable[[str], str],
    day: Callable[[str, Language], str],
) -> DeskWords:
    """Return the desk of a language from sayings.toml and hearing.toml of a folder.

    Raises as ``Tables`` does.
    """
    said, heard = Tables(folder / "sayings.toml", named=False), Tables(folder / "hearing.toml")
    return said.fill(
        DeskWords,
        "desk",
        language=language,
        sayings=said.read(dict[str, tuple[str, ...]], "sayings"),
        reasons=said.read(dict[Due, str], "reasons"),
        intents=heard.fill(IntentWords, "intents"),
        numbers=heard.fill(NumberWords, "numbers"),
        prompts=heard.fill(PromptWords, "prompts", sentence=sentence),
        records=said.fill(RecordWords, "records", day=day),
        address=address,
    )


DESKS: Registry[DeskWords] = Registry(
    "language of the reference agent",
    "harness.desks",
    {
        "en": "harness.agent.desk.en.english:ENGLISH_DESK",
        "de": "harness.agent.desk.de.german:GERMAN_DESK",
    },
)


def desk_named(tag: str) -> DeskWords:
    """Return the desk that speaks a language ("de", "de-AT"); raises as ``Registry.get`` does."""
    return DESKS.get(tag.lower().replace("_", "-").partition("-")[0])


_WRONG_BY = 3
_TOTAL_MORE = 15.0
"""The excess of an order's total over its refund under ``WRITE_OTHER_VALUE``, in its currency."""

_TOO_ANGRY = 2
"""A single threat or insult, or being annoyed twice."""


@dataclass(slots=True)
class Scene:
    """A decision in progress: the state so far and all its inputs."""

    state: DeskState
    rules: Rules
    shown: frozenset[Behaviour]
    tools: Toolbox
    seed: int
    fault: AgentSwitch | None
    words: DeskWords
    together: bool = True
    """Whether a reply may contain several calls."""

    @property
    def language(self) -> Language:
        """The language of the call."""
        return self.words.language

    def update(self, **changes: Any) -> None:
        """Replace fields of the state."""
        self.state = replace(self.state, **changes)

    def pick(self, key: str, **values: str) -> str:
        """Return an unused phrase for a key."""
        way = self.words.choose(key, used=self.state.used, seed=self.seed)
        self.update(used=self.state.used | {way})
        return way.format(**values)


def go_on(scene: Scene) -> DeskReply:
    """Take the next step towards the task: the first of its conditions that is not met."""
    state = scene.state
    task = state.task or Task.LOOK_UP
    scene.update(task=task)
    if not scene.tools.has(task):
        scene.update(task=None, asked=Asked.ANYTHING_ELSE)
        return DeskReply(scene.pick("cannot"))
    if state.order is None:
        return ask_order(scene)
    if not state.confirmed and _must_read_back(scene):
        return read_back(scene)
    scene.update(confirmed=True)
    if task is Task.CHANGE_ADDRESS and state.address is None:
        scene.update(asked=Asked.ADDRESS)
        return DeskReply(scene.pick("ask_address"))
    if task is Task.REFUND and state.amount is None:
        scene.update(asked=Asked.AMOUNT)
        return DeskReply(scene.pick("ask_amount"))
    if task.changes and _must_propose(scene):
        return propose(scene)
    return carry_out(scene)


def ask_order(scene: Scene) -> DeskReply:
    """Ask for the order number."""
    scene.update(asked=Asked.ORDER)
    if scene.state.task is None and Behaviour.ONE_AT_A_TIME not in scene.shown:
        return DeskReply(scene.pick("ask_order_and_wish"))
    return DeskReply(scene.pick("ask_order"))


def read_back(scene: Scene) -> DeskReply:
    """Read the number, character by character, and ask whether it is right."""
    scene.update(asked=Asked.READ_BACK, confirmed=False)
    values = [*scene.state.asked_about] or [""]
    if scene.fault is AgentFault.MISREAD_CHARACTER:
        values[0] = _misread(values[0])
    spoken = [scene.language.speak(value, ValueKind.ID) for value in values]
    return DeskReply(scene.pick("read_back", spoken=scene.words.and_also.join(spoken)))


def propose(scene: Scene) -> DeskReply:
    """Say the planned action, its order and its consequence, and ask."""
    state = scene.state
    task = state.task or Task.CANCEL
    scene.update(asked=Asked.PROPOSAL)
    words = scene.pick(
        task.value,
        spoken=scene.language.speak(state.order or "", ValueKind.ID),
        address=state.address or "",
        amount=_spoken_amount(scene, state.amount),
    )
    if _uses_total(scene):
        total = scene.pick("order_total", amount=_spoken_amount(scene, _total(scene)))
        words = f"{total} {words}"
    return DeskReply(words)


def carry_out(scene: Scene, *, again: bool = False) -> DeskReply:
    """Call the task's tool: with words before a lookup, without any after an agreement."""
    task = scene.state.task or Task.LOOK_UP
    orders = scene.state.asked_about if task is Task.LOOK_UP else (scene.state.order,)
    facts = scene.state.facts
    if _uses_total(scene):
        facts = {**facts, "amount": _total(scene)}
    made = [scene.tools.call(task, {**facts, "order_id": order}) for order in orders]
    calls = tuple(call for call in made if call is not None)
    if not calls:
        scene.update(task=None, asked=Asked.ANYTHING_ELSE)
        return DeskReply(scene.pick("cannot"))
    if task.changes and scene.fault is AgentFault.CLAIMS_WITHOUT_DOING:
        scene.update(task=None, asked=Asked.ANYTHING_ELSE)
        return DeskReply(done_words(scene, task, question=True))
    scene.update(running=calls[0], asked=Asked.NOTHING)
    if len(calls) > 1:
        now = len(calls) if scene.together else 1
        scene.update(awaited=calls[:now], unmade=calls[now:], told={})
        calls = calls[:now]
    announces = Behaviour.PREAMBLE in scene.shown and scene.fault is not AgentFault.NO_PREAMBLE
    if task.changes or not announces:
        return DeskReply("", calls)
    words = scene.pick("preamble_retry" if again else "preamble")
    if scene.fault is AgentFault.TELLS_BEFORE_RESULT:
        words = f"{words} {scene.pick('told_early')}"
    return DeskReply(words, calls)


def decline(scene: Scene) -> DeskReply:
    """Leave everything unchanged."""
    scene.update(task=None, address=None, amount=None, asked=Asked.ANYTHING_ELSE)
    return DeskReply(scene.pick("declined"))


def goodbye(scene: Scene) -> DeskReply:
    """Say goodbye."""
    return DeskReply(scene.pick("goodbye"), farewell=True)


def done_words(scene: Scene, purpose: object, *, question: bool) -> str:
    """Return the words for a change that succeeded."""
    key = (
        f"done_{purpose.value}"
        if isinstance(purpose, Task) and purpose.changes
        else "anything_else"
    )
    words = scene.pick(key)
    return words if question else words.split(". ")[0].rstrip(".") + "."


def _must_read_back(scene: Scene) -> bool:
    return Behaviour.READ_BACK in scene.shown and scene.fault is not AgentFault.SKIP_READ_BACK


def _must_propose(scene: Scene) -> bool:
    asks = Behaviour.CONFIRM_CHANGES in scene.shown
    return asks and scene.fault is not AgentFault.WRITE_WITHOUT_ASKING


def _spoken_amount(scene: Scene, amount: float | None) -> str:
    return "" if amount is None else scene.language.speak(f"{amount:.2f}", ValueKind.AMOUNT)


def _uses_total(scene: Scene) -> bool:
    refunds = scene.state.task is Task.REFUND and scene.state.amount is not None
    return refunds and scene.fault is AgentFault.WRITE_OTHER_VALUE


def _total(scene: Scene) -> float:
    return (scene.state.amount or 0.0) + _TOTAL_MORE


def _misread(value: str) -> str:
    """Change the second digit, so that the rest of the number still identifies the order."""
    places = [index for index, sign in enumerate(value) if sign.isdigit()]
    if not places:
        return value
    place = places[min(1, len(places) - 1)]
    wrong = (int(value[place]) + _WRONG_BY) % 10
    return f"{value[:place]}{wrong}{value[place + 1 :]}"


def due_reason(scene: Scene, intents: frozenset[Intent], text: str) -> Due | None:
    """Return why this turn asks for a hand-over, None if it does not."""
    shown = scene.shown
    if Intent.HUMAN in intents and Behaviour.ESCALATE_ON_REQUEST in shown:
        return Due.REQUEST
    if Intent.DANGER in intents and Behaviour.ESCALATE_ON_DANGER in shown:
        return Due.DANGER
    if scene.state.anger >= _TOO_ANGRY and Behaviour.ESCALATE_ON_ANGER in shown:
        return Due.ANGER
    if _above_limit(scene, intents, text) and Behaviour.ESCALATE_ABOVE_LIMIT in shown:
        return Due.LIMIT
    return None


def hand_over(scene: Scene, due: Due) -> DeskReply:
    """Announce the hand-over, and call the tool for it; without a tool, offer the alternatives."""
    call = scene.tools.call(ToolRole.ESCALATE, {"reason": scene.words.reasons[due]})
    if call is None:
        return DeskReply(scene.pick("no_handover"))
    scene.update(running=call, escalated=True)
    return DeskReply(scene.rules.handover or scene.words.sayings["hand_over"][0], (call,))


def _above_limit(scene: Scene, intents: frozenset[Intent], text: str) -> bool:
    limit = scene.rules.refund_limit
    wants_refund = Intent.REFUND in intents or scene.state.task is Task.REFUND
    if limit is None or not wants_refund:
        return False
    amount = amount_in(text, scene.language, scene.words.numbers)
    return amount is not None and amount > limit
