"""Types of the Realtime API that are known and of which nothing is read, each with why.

A type that stands here is no riddle to a call: it is kept and listed, and named by nobody as a
message that was not understood. ``docs/protocol-coverage.md`` is made from it.
"""

from __future__ import annotations

from collections.abc import Mapping

IGNORED: Mapping[str, str] = {
    "conversation.created": "the id of the conversation: there is one in a session",
    "conversation.item.input_audio_transcription.segment": (
        "who of several people spoke when; the whole transcription follows, and the caller is one"
    ),
    "input_audio_buffer.dtmf_event_received": (
        "a key pressed on a SIP call, told to who watches beside it; over WebSocket keys are sound"
    ),
    "mcp_list_tools.in_progress": "the service asks a remote server for its tools",
    "mcp_list_tools.completed": "the service knows a remote server's tools; its calls are told",
    "mcp_list_tools.failed": "the service has no tools of a remote server, and so calls none",
    "response.cancelled": (
        "in a guide, and in no list of events: response.done says it with its status"
    ),
    "response.mcp_call.in_progress": "a remote tool runs: its item began before, and ends later",
    "response.mcp_call_arguments.delta": "a piece of arguments that the next event has whole",
    "transcription_session.updated": (
        "the beta's answer to transcription_session.update, which is never sent"
    ),
}
