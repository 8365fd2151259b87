"""Several orders of one question: read back together, looked up together, told together.

Where the client takes only one call at a time, the next lookup follows the result of the one
before. Either way nothing is told before all results are there, in whatever order they come.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.agent.desk.rules import Behaviour
from harness.agent.desk.speech_acts import Scene
from harness.agent.desk.talk import Asked, DeskReply, Returned
from harness.agent.desk.toolbox import failure, order_sentences
from harness.language.values import ValueKind


def awaits(scene: Scene, returned: Returned) -> bool:
    """Whether this is the result of one of several lookups."""
    return any(
        call.name == returned.name and call.arguments == returned.arguments
        for call in scene.state.awaited
    )


def on_result(scene: Scene, returned: Returned, result: Mapping[str, Any]) -> DeskReply:
    """Keep a result; look up what is left, or tell all when it was the last."""
    state = scene.state
    left = tuple(call for call in state.awaited if call.arguments != returned.arguments)
    values = returned.arguments.values()
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
    scene.update(order=None, orders=(), confirmed=False)  # whatever comes next is about one of them
    if Behaviour.SHORT_SPEECH not in scene.shown:
        said.append(scene.pick("chatter"))
    return DeskReply(" ".join((*said, scene.pick("anything_else"))))
