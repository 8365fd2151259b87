"""Tool calls of an agent as a GPT-Live backend would make them: delegations and their responses.

The agent makes a call in an answer of its own; here a delegation is created for it, and a response
of the backend holds it. Once its result came, the delegation goes on with another response, which
ends when the voice begins to speak, or calls again.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.protocol.items import Item, Response
from harness.protocol.serving import NewId
from harness.protocol.wire import JsonObject


class BackendWork:
    """The delegations of one session; every method returns the Responses events of a moment."""

    def __init__(self, new_id: NewId) -> None:
        self._new_id = new_id
        self._response_id: str | None = None
        self._calls = 0
        self.delegation_id: str | None = None
        """The newest one."""

    def called(self, call: Item) -> tuple[JsonObject | None, tuple[JsonObject, ...]]:
        """Return the delegation, if a call begins one, and the events of the call."""
        begun: tuple[JsonObject, ...] = ()
        delegation: JsonObject | None = None
        if self._response_id is None:
            begun = self._begin()
            self.delegation_id = self._new_id("item")
            delegation = {
                "id": self.delegation_id,
                "type": "delegation",
                "target": "responses",
                "response_id": self._response_id,
            }
        item = {
            "type": "function_call",
            "id": self._new_id("fc"),
            "status": "completed",
            "call_id": call.call_id,
            "name": call.name,
            "arguments": call.arguments,
        }
        done = {
            "type": "response.output_item.done",
            "output_index": self._calls,
            "item": item,
        }
        self._calls += 1
        return delegation, (*begun, done)

    def resumed(self) -> tuple[JsonObject, ...]:
        """Go on with the results that came."""
        return () if self._response_id is not None else self._begin()

    def spoken(self) -> tuple[JsonObject, ...]:
        """End what runs: the voice speaks of it. A response that calls is not over by that."""
        return () if self._calls else tuple(self._end("completed"))

    def done(self, response: Response, *, failed: bool) -> tuple[JsonObject, ...]:
        """End what runs: the agent's answer, which held it, has ended."""
        return tuple(self._end("failed" if failed else "completed", response))

    def _begin(self) -> tuple[JsonObject, ...]:
        self._response_id, self._calls = self._new_id("resp"), 0
        created = {"id": self._response_id, "status": "in_progress", "output": []}
        return ({"type": "response.created", "response": created},)

    def _end(self, status: str, response: Response | None = None) -> Iterator[JsonObject]:
        if self._response_id is None:
            return
        ended: JsonObject = {"id": self._response_id, "status": status, "output": []}
        used = None if response is None else response.usage
        if used is not None:
            ended["usage"] = {
                "input_tokens": used.input_text_tokens,
                "output_tokens": used.output_text_tokens,
                "total_tokens": used.input_text_tokens + used.output_text_tokens,
            }
        error = None if response is None else response.error
        if error is not None:
            ended["error"] = {"code": error.code or "server_error", "message": error.message}
        self._response_id, self._calls = None, 0
        yield {"type": f"response.{status}", "response": ended}
