"""The script's out-of-band questions: their answers are nobody's words in the call."""

from __future__ import annotations

from harness.protocol.events import ResponseCreated, ResponseDone, ServerEvent, TextDelta, TextDone
from harness.protocol.items import Response
from harness.recording.steps import StepAnswer, turn_asked_in
from harness.recording.writer import RecordingWriter
from harness.session.agent_side import AgentSide


class OutOfBand:
    """Takes what belongs to such answers, before anybody takes it for the agent's."""

    def __init__(self, agent: AgentSide, writer: RecordingWriter) -> None:
        self._agent, self._writer = agent, writer
        self._turns: dict[str, int] = {}
        self._texts: dict[str, str] = {}

    def take(self, at_s: float, event: ServerEvent) -> bool:
        """Return whether an event is of such an answer; the whole answer is noted."""
        if isinstance(event, ResponseCreated | ResponseDone):
            turn = turn_asked_in(event.response)
            if turn is None:
                return False
            self._turns[event.response.id] = turn
            if isinstance(event, ResponseDone):
                self._answered(at_s, turn, event.response)
            return True
        name = getattr(event, "response_id", None)
        if name is None or name not in self._turns:
            return False
        if isinstance(event, TextDelta):
            self._texts[name] = self._texts.get(name, "") + event.delta
        elif isinstance(event, TextDone):
            self._texts[name] = event.text
        return True

    def _answered(self, at_s: float, turn: int, response: Response) -> None:
        parts = (part for item in response.output for part in item.content)
        whole = " ".join(part.text or part.transcript or "" for part in parts).strip()
        text = whole or self._texts.pop(response.id, "").strip()
        self._writer.note(StepAnswer(at_s, turn, response.status, text))
        self._agent.asked_out_of_band.discard(turn)
