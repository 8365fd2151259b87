"""Tool calls of an agent as a GPT-Live backend would make them: delegations and their responses.

The agent makes a call in an answer of its own; here a delegation is created for it, and a response
of the backend contains it. Once its result came, the delegation continues with another response,
which ends when the voice begins to speak, or calls again.

The events are those of the Responses API (openai 3.57, ``openai.types.responses``), each with its
``sequence_number`` inside its response. Their snapshots of a response leave out its input and clear
its instructions, tools and output, as ``openai.types.live.ResponseEvent`` has it.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.protocol.items import ErrorInfo, Item, Response, ResponseUsage
from harness.protocol.serving import NewId
from harness.protocol.wire import JsonObject

_CODES = ("server_error", "rate_limit_exceeded", "invalid_prompt")
"""Codes for the failure of a response that an agent may name, of those that the vendor has."""


class BackendWork:
    """The delegations of one session; every method returns the Responses events of a moment.

    ``at_s`` is the server's clock in seconds, for ``created_at``.
    """

    def __init__(self, new_id: NewId) -> None:
        self._new_id = new_id
        self._response: JsonObject | None = None
        self._sequence = self._calls = 0
        self._model = ""
        self.delegation_id: str | None = None
        """The newest one."""

    def configured(self, model: str) -> None:
        """Note the backend that the client asked for."""
        self._model = model

    def called(self, call: Item, at_s: float) -> tuple[JsonObject | None, tuple[JsonObject, ...]]:
        """Return the delegation, if a call begins one, and the events of the call."""
        begun: tuple[JsonObject, ...] = ()
        delegation: JsonObject | None = None
        if self._response is None:
            begun = tuple(self._begin(at_s))
            self.delegation_id = self._new_id("item")
            delegation = {
                "id": self.delegation_id,
                "type": "delegation",
                "target": "responses",
                "response_id": self._snapshot["id"],
            }
        events = tuple(self._call(call))
        self._calls += 1
        return delegation, (*begun, *events)

    def resumed(self, at_s: float) -> tuple[JsonObject, ...]:
        """Continue with the results that came."""
        return () if self._response is not None else tuple(self._begin(at_s))

    def spoken(self) -> tuple[JsonObject, ...]:
        """End what runs: the voice speaks of it. A response that calls is not over by that."""
        return () if self._calls else tuple(self._end("completed"))

    def done(self, response: Response, *, failed: bool) -> tuple[JsonObject, ...]:
        """End what runs: the agent's answer, which contained it, has ended."""
        return tuple(self._end("failed" if failed else "completed", response))

    @property
    def _snapshot(self) -> JsonObject:
        assert self._response is not None  # events are of a response that runs
        return self._response

    def _event(self, kind: str, **fields: object) -> JsonObject:
        event = {"type": f"response.{kind}", "sequence_number": self._sequence, **fields}
        self._sequence += 1
        return event

    def _begin(self, at_s: float) -> Iterator[JsonObject]:
        self._sequence = self._calls = 0
        self._response = {
            "id": self._new_id("resp"),
            "object": "response",
            "created_at": int(at_s),
            "status": "in_progress",
            "model": self._model,
            "error": None,
            "incomplete_details": None,
            "instructions": None,
            "metadata": {},
            "output": [],
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": None,
        }
        yield self._event("created", response=self._response)
        yield self._event("in_progress", response=self._response)

    def _call(self, call: Item) -> Iterator[JsonObject]:
        item = {
            "type": "function_call",
            "id": self._new_id("fc"),
            "status": "completed",
            "call_id": call.call_id,
            "name": call.name,
            "arguments": call.arguments,
        }
        place = {"output_index": self._calls}
        named = {"item_id": item["id"], **place}
        begun = {**item, "status": "in_progress", "arguments": ""}
        yield self._event("output_item.added", **place, item=begun)
        yield self._event("function_call_arguments.delta", **named, delta=call.arguments)
        whole = {"name": call.name, "arguments": call.arguments}
        yield self._event("function_call_arguments.done", **named, **whole)
        yield self._event("output_item.done", **place, item=item)

    def _end(self, status: str, response: Response | None = None) -> Iterator[JsonObject]:
        if self._response is None:
            return
        ended = {**self._response, "status": status}
        if response is not None and response.usage is not None:
            ended["usage"] = _usage(response.usage)
        if response is not None and response.error is not None:
            ended["error"] = _error(response.error)
        yield self._event(status, response=ended)
        self._response, self._calls = None, 0


def _usage(used: ResponseUsage) -> JsonObject:
    """Return the tokens of a backend, which reads and writes text alone."""
    cached = {"cached_tokens": used.cached_text_tokens, "cache_write_tokens": 0}
    return {
        "input_tokens": used.input_text_tokens,
        "input_tokens_details": cached,
        "output_tokens": used.output_text_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": used.input_text_tokens + used.output_text_tokens,
    }


def _error(error: ErrorInfo) -> JsonObject:
    code = error.code if error.code in _CODES else _CODES[0]
    return {"code": code, "message": error.message}
