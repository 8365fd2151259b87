"""When a human must take over, by the rules, and how that is said."""

from __future__ import annotations

from harness.agent.desk.intents import Intent
from harness.agent.desk.order_numbers import amount_in
from harness.agent.desk.rules import Behaviour
from harness.agent.desk.speech_acts import Scene
from harness.agent.desk.talk import DeskReply
from harness.scenario.trade import Task, ToolRole

_TOO_ANGRY = 2
"""One threat or insult, or being annoyed twice."""


def due_reason(scene: Scene, intents: frozenset[Intent], text: str) -> str | None:
    """Return why this turn asks for a hand-over, None if it does not."""
    shown = scene.shown
    if Intent.HUMAN in intents and Behaviour.ESCALATE_ON_REQUEST in shown:
        return "the caller asks for a human"
    if Intent.DANGER in intents and Behaviour.ESCALATE_ON_DANGER in shown:
        return "the caller reports a danger"
    if scene.state.anger >= _TOO_ANGRY and Behaviour.ESCALATE_ON_ANGER in shown:
        return "the caller is very angry"
    if _above_limit(scene, intents, text) and Behaviour.ESCALATE_ABOVE_LIMIT in shown:
        return "the refund is above the limit"
    return None


def hand_over(scene: Scene, reason: str) -> DeskReply:
    """Say that a human takes over, and call the tool for it; without one, offer what there is."""
    call = scene.tools.call(ToolRole.ESCALATE, {"reason": reason})
    if call is None:
        return DeskReply(scene.pick("no_handover"))
    scene.update(running=call, escalated=True)
    return DeskReply(scene.rules.handover, (call,))


def _above_limit(scene: Scene, intents: frozenset[Intent], text: str) -> bool:
    limit = scene.rules.refund_limit
    wants_refund = Intent.REFUND in intents or scene.state.task is Task.REFUND
    if limit is None or not wants_refund:
        return False
    amount = amount_in(text, scene.language)
    return amount is not None and amount > limit
