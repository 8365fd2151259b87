"""Short samples of voice platforms' transcripts: shapes of their documentation, words of our own.

Each holds the same call: the agent greets, the caller asks, a tool is called if the platform
writes tools, and the agent answers.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

LINES = [
    ("agent", "Boat shop, hello.", 0.5, 1.5),
    ("caller", "Is the red canoe free?", 2.0, 3.5),
    ("agent", "Yes, it is free.", 5.0, 6.0),
]
ARGUMENTS = {"boat": "red canoe"}
RESULT = {"free": True}
ARGS, OUTPUT = json.dumps(ARGUMENTS), json.dumps(RESULT)
CALLED_S, ANSWERED_S = 3.8, 4.4
EPOCH_S = 1_790_000_000.0
ASKED = 2
"""The number of lines before the tool call."""

Row = Callable[[str, str, float, float], Any]


def rows(make: Row, *called: Any) -> list[Any]:
    """Return a row for each line, and between them the rows of the tool call."""
    made = [make(*line) for line in LINES]
    return [*made[:ASKED], *called, *made[ASKED:]]


def ms(at_s: float) -> int:
    return round(at_s * 1000)


def iso(at_s: float) -> str:
    return f"2026-09-21T14:13:{20 + at_s:06.3f}Z"


def role(who: str, agent: str = "assistant", caller: str = "user") -> str:
    return agent if who == "agent" else caller


def words(text: str, start_s: float, end_s: float, **more: Any) -> list[dict[str, Any]]:
    each_s = (end_s - start_s) / len(text.split())
    return [
        {"word": word.lower().strip(",.?"), "punctuated_word": word, **more,
         "start": start_s + number * each_s, "end": start_s + (number + 1) * each_s}
        for number, word in enumerate(text.split())
    ]  # fmt: skip


def jsonl(messages: list[Any]) -> str:
    return "\n".join(map(json.dumps, messages)) + "\n"


# --- Vapi, Retell, ElevenLabs ----------------------------------------------------------------

VAPI = rows(
    lambda w, t, a, b: {"role": role(w, "bot"), "message": t, "time": ms(EPOCH_S + a),
                        "secondsFromStart": a, "duration": ms(b - a)},
    {"role": "tool_calls", "secondsFromStart": CALLED_S,
     "toolCalls": [{"id": "c1", "function": {"name": "find_boat", "arguments": ARGS}}]},
    {"role": "tool_call_result", "secondsFromStart": ANSWERED_S, "toolCallId": "c1",
     "result": OUTPUT},
)  # fmt: skip
RETELL = rows(
    lambda w, t, a, b: {"role": role(w, "agent"), "content": t, "words": words(t, a, b)},
    {"role": "tool_call_invocation", "tool_call_id": "c1", "name": "find_boat", "arguments": ARGS,
     "time_sec": CALLED_S},
    {"role": "tool_call_result", "tool_call_id": "c1", "content": OUTPUT, "time_sec": ANSWERED_S},
)  # fmt: skip
_REQUEST = {"request_id": "c1", "tool_name": "find_boat"}
ELEVENLABS = rows(
    lambda w, t, a, b: {"role": role(w, "agent"), "message": t, "time_in_call_secs": int(a),
                        "tool_calls": [], "tool_results": []},
    {"role": "agent", "message": None, "time_in_call_secs": 3, "tool_results": [],
     "tool_calls": [{**_REQUEST, "params_as_json": ARGS}]},
    {"role": "agent", "message": None, "time_in_call_secs": 4, "tool_calls": [],
     "tool_results": [{**_REQUEST, "result_value": OUTPUT, "is_error": False}]},
)  # fmt: skip

# --- telephone platforms ---------------------------------------------------------------------


def connect(who: str, text: str, start_s: float, end_s: float) -> dict[str, Any]:
    named = role(who, "AGENT", "CUSTOMER")
    return {"ParticipantId": named, "ParticipantRole": named, "Content": text, "Id": "x",
            "BeginOffsetMillis": ms(start_s), "EndOffsetMillis": ms(end_s),
            "Sentiment": "NEUTRAL"}  # fmt: skip


def connect_by_id(who: str, text: str, start_s: float, end_s: float) -> dict[str, Any]:
    row = connect(who, text, start_s, end_s)
    del row["ParticipantRole"]
    return {**row, "ParticipantId": role(who, "p-7", "p-4")}


CONNECT_PEOPLE = [
    {"ParticipantId": "p-4", "ParticipantRole": "CUSTOMER"},
    {"ParticipantId": "p-7", "ParticipantRole": "AGENT"},
]
TWILIO = rows(
    lambda w, t, a, b: {"media_channel": 1 if w == "agent" else 2, "sentence_index": 0,
                        "start_time": f"{a:.2f}", "end_time": f"{b:.2f}", "transcript": t}
)  # fmt: skip
TWILIO_PEOPLE = [
    {"channel_participant": 1, "role": "Agent", "full_name": None},
    {"channel_participant": 2, "role": "Customer", "full_name": None},
]
TWILIO_WEBHOOKS = [
    {"TranscriptionEvent": "transcription-started", "Timestamp": iso(0)},
    {"TranscriptionEvent": "transcription-content", "Timestamp": iso(1), "Final": "false",
     "Track": "outbound_track", "TranscriptionData": json.dumps({"transcript": "Boat"})},
    *rows(lambda w, t, a, b: {
        "TranscriptionEvent": "transcription-content", "Timestamp": iso(b), "Final": "true",
        "Track": role(w, "outbound_track", "inbound_track"),
        "TranscriptionData": json.dumps({"transcript": t, "confidence": 0.9})}),
]  # fmt: skip
RELAY = [
    {"type": "setup", "sessionId": "VX1", "callSid": "CA1", "direction": "inbound"},
    {"type": "text", "token": "Boat shop,", "last": False},
    {"type": "text", "token": " hello.", "last": True},
    {"type": "prompt", "voicePrompt": "Is the red", "lang": "en-US", "last": False},
    {"type": "prompt", "voicePrompt": "Is the red canoe free?", "lang": "en-US", "last": True},
    {"type": "text", "token": "Yes, it is free.", "last": True},
]


def genesys(who: str, text: str, start_s: float, end_s: float) -> dict[str, Any]:
    return {"text": text.lower(), "decoratedText": text, "startTimeMs": ms(EPOCH_S + start_s),
            "duration": {"milliseconds": ms(end_s - start_s)}, "phraseIndex": 0,
            "participantPurpose": role(who, "internal", "external")}  # fmt: skip


GENESYS_LIVE = [
    {"topicName": "v2.conversations.c1.transcription", "eventBody": {"conversationId": "c1",
     "transcripts": [{"channel": role(w, "INTERNAL", "EXTERNAL"), "isFinal": True,
                      "alternatives": [{"transcript": t, "confidence": 0.9, "offsetMs": ms(a),
                                        "durationMs": ms(b - a)}]}]}}
    for w, t, a, b in LINES
]  # fmt: skip

# --- frameworks ------------------------------------------------------------------------------

LIVEKIT = rows(
    lambda w, t, a, b: {"id": "i", "type": "message", "role": role(w), "content": [t],
                        "interrupted": False, "created_at": EPOCH_S + b,
                        "metrics": {"started_speaking_at": EPOCH_S + a,
                                    "stopped_speaking_at": EPOCH_S + b}},
    {"id": "i", "type": "function_call", "call_id": "c1", "name": "find_boat", "arguments": ARGS,
     "created_at": EPOCH_S + CALLED_S},
    {"id": "i", "type": "function_call_output", "call_id": "c1", "name": "find_boat",
     "output": OUTPUT, "is_error": False, "created_at": EPOCH_S + ANSWERED_S},
)  # fmt: skip
LIVEKIT_JOB = rows(
    lambda w, t, a, b: {"message": {"id": "i", "role": role(w, "ASSISTANT", "USER"),
                                    "content": [{"text": t}], "created_at": iso(b)}},
    {"function_call": {"call_id": "c1", "name": "find_boat", "arguments": ARGS}},
    {"function_call_output": {"call_id": "c1", "output": OUTPUT, "is_error": False}},
)  # fmt: skip
PIPECAT = rows(lambda w, t, a, b: {"role": role(w), "content": t, "timestamp": iso(a)})
PIPECAT_CONTEXT = [
    {"role": "system", "content": "You rent out boats."},
    *rows(
        lambda w, t, a, b: {"role": role(w), "content": t},
        {"role": "assistant", "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "find_boat", "arguments": ARGS}}
        ]},
        {"role": "tool", "tool_call_id": "c1", "content": OUTPUT},
    ),
]  # fmt: skip


def rtvi(kind: str, **data: Any) -> dict[str, Any]:
    return {"label": "rtvi-ai", "type": kind, "data": data}


RTVI = [
    rtvi("bot-output", text=LINES[0][1], spoken=False, aggregated_by="sentence"),
    rtvi("bot-started-speaking"),
    rtvi("bot-output", text="Boat", spoken=True, aggregated_by="word"),
    rtvi("bot-output", text="shop,", spoken=True, aggregated_by="word"),
    rtvi("bot-output", text="hello.", spoken=True, aggregated_by="word"),
    rtvi("user-transcription", text="Is the red", final=False, user_id="u"),
    rtvi("user-transcription", text=LINES[1][1], final=True, user_id="u"),
    rtvi("llm-function-call-in-progress", function_name="find_boat", tool_call_id="c1",
         arguments=ARGUMENTS),
    rtvi("llm-function-call-stopped", tool_call_id="c1", cancelled=False, result=RESULT),
    rtvi("bot-tts-text", text="Yes,"),
    rtvi("bot-output", text="Yes, it is", spoken=True, aggregated_by="word"),
    rtvi("bot-output", text="free.", spoken=True, aggregated_by="word"),
]  # fmt: skip

# --- recognizers -----------------------------------------------------------------------------


def deepgram(who: str, text: str, start_s: float, end_s: float) -> dict[str, Any]:
    named = role(who, "agent", "customer")
    return {"start": start_s, "end": end_s, "confidence": 0.9, "channel": 0, "transcript": text,
            "words": words(text, start_s, end_s), "speaker": named}  # fmt: skip


DEEPGRAM_AGENT = [
    {"type": "Welcome", "request_id": "r"},
    {"type": "SettingsApplied"},
    *rows(
        lambda w, t, a, b: {"type": "ConversationText", "role": role(w), "content": t},
        {"type": "FunctionCallRequest", "functions": [
            {"id": "c1", "name": "find_boat", "arguments": ARGS, "client_side": True}]},
        {"type": "FunctionCallResponse", "id": "c1", "name": "find_boat", "content": OUTPUT},
    ),
]  # fmt: skip
DEEPGRAM_HISTORY = rows(
    lambda w, t, a, b: {"type": "History", "role": role(w), "content": t},
    {"type": "History", "function_calls": [
        {"id": "c1", "name": "find_boat", "client_side": False, "arguments": ARGS,
         "response": OUTPUT}]},
)  # fmt: skip


def assemblyai(speakers: tuple[str, str]) -> dict[str, Any]:
    made = rows(lambda w, t, a, b: {
        "speaker": role(w, *speakers), "text": t, "start": ms(a), "end": ms(b), "confidence": 0.9,
        "words": []})  # fmt: skip
    return {"id": "a1", "status": "completed", "audio_duration": 7, "utterances": made}


def whisperx(speakers: tuple[str, str]) -> dict[str, Any]:
    made = rows(lambda w, t, a, b: {
        "start": a, "end": b, "text": f" {t}", "speaker": role(w, *speakers),
        "words": words(t, a, b, speaker=role(w, *speakers))})  # fmt: skip
    return {"segments": made, "word_segments": [], "language": "en"}


# --- benchmarks ------------------------------------------------------------------------------


def tick(number: int, *, agent: str = "", caller: str = "", **tools: Any) -> dict[str, Any]:
    chunks = {
        "agent_chunk": {"role": "assistant", "content": agent, "contains_speech": bool(agent)},
        "user_chunk": {"role": "user", "content": caller, "contains_speech": bool(caller)},
    }
    return {"tick_id": number, "tick_duration_seconds": 0.5, **chunks, **tools}


TICKS = [
    tick(0),
    tick(1, agent="Boat shop, "),
    tick(2, agent="hello."),
    tick(4, caller="Is the red "),
    tick(5, caller="canoe free?"),
    tick(6, agent_tool_calls=[{"id": "c1", "name": "find_boat", "arguments": ARGUMENTS}]),
    tick(7, agent_tool_results=[{"id": "c1", "role": "tool", "content": OUTPUT, "error": False}]),
    tick(8, agent="Yes, it "),
    tick(9, agent="is free."),
]


def simulation(**more: Any) -> dict[str, Any]:
    return {"task_id": "7", "trial": 0, "termination_reason": "user_stop", "ticks": TICKS, **more}


EVALS_TEXT = "\n".join(
    [
        "ASSISTANT 500..1500ms: Boat shop, hello.",
        "USER 2000..3500ms: Is the red canoe free?",
        "DELEGATION 3600ms: target=responses",
        "TOOL 3700ms: name=find_boat status=in_progress",
        f"TOOL 3750ms: name=find_boat status=completed arguments={ARGS}",
        f"TOOL 3800ms: name=find_boat status=called arguments={ARGS}",
        f"TOOL 4400ms: name=find_boat status=completed arguments={ARGS} result={OUTPUT}",
        'BACKEND 4500ms: target=responses status=completed result="Free."',
        "ASSISTANT 5000..6000ms: Yes, it is free.",
        "",
    ]
)
EVALS_EVENTS = [
    {"type": kind, "event_time_ms": ms(at_s), "event": {"type": kind, **more}}
    for kind, at_s, more in [
        ("session.started", 0.0, {}),
        ("session.output_transcript.delta", 1.0,
         {"delta": "Boat shop,", "start_ms": 500, "end_ms": 1000}),
        ("session.output_transcript.delta", 1.5,
         {"delta": " hello.", "start_ms": 1000, "end_ms": 1500}),
        ("session.input_transcript.delta", 3.0,
         {"delta": "Is the red ", "start_ms": 2000, "end_ms": 2800}),
        ("session.input_transcript.delta", 3.5,
         {"delta": "canoe free?", "start_ms": 2800, "end_ms": 3500}),
        ("tool.called", 3.81, {"offset_ms": 3800, "name": "find_boat", "arguments": ARGUMENTS,
                               "call_id": "c1"}),
        ("tool.completed", 4.41, {"offset_ms": 4400, "name": "find_boat", "call_id": "c1",
                                  "result": RESULT}),
        ("session.output_transcript.delta", 6.0,
         {"delta": "Yes, it is free.", "start_ms": 5000, "end_ms": 6000}),
    ]
]  # fmt: skip

SAMPLES: dict[str, tuple[object, bool]] = {
    "vapi call.json": ({"id": "x", "type": "inboundPhoneCall", "messages": VAPI}, True),
    "vapi report.json": (
        {"message": {"type": "end-of-call-report", "artifact": {"messages": VAPI}}},
        True,
    ),
    "retell call.json": (
        {"call_id": "x", "transcript": "Agent: …", "transcript_with_tool_calls": RETELL},
        True,
    ),
    "retell webhook.json": (
        {"event": "call_ended", "call": {"transcript_with_tool_calls": RETELL}},
        True,
    ),
    "elevenlabs conversation.json": ({"status": "done", "transcript": ELEVENLABS}, True),
    "elevenlabs webhook.json": (
        {"type": "post_call_transcription", "data": {"transcript": ELEVENLABS}},
        True,
    ),
    "connect file.json": (
        {"Channel": "VOICE", "Participants": CONNECT_PEOPLE, "Transcript": rows(connect_by_id)},
        False,
    ),
    "connect segments.json": (
        {"Segments": [{"Transcript": row} for row in rows(connect)]},
        False,
    ),
    "connect stream.jsonl": (
        jsonl([{"EventType": "SEGMENTS", "Segments": [{"Transcript": x}]} for x in rows(connect)]),
        False,
    ),
    "twilio sentences.json": (
        {"transcript": {"channel": {"participants": TWILIO_PEOPLE}}, "sentences": TWILIO},
        False,
    ),
    "twilio webhooks.jsonl": (jsonl(TWILIO_WEBHOOKS), False),
    "twilio relay.jsonl": (jsonl(RELAY), False),
    "twilio relay logged.jsonl": (
        jsonl([{"ts": EPOCH_S, "direction": "in", "message": json.dumps(x)} for x in RELAY]),
        False,
    ),
    "genesys file.json": (
        {"conversationStartTime": ms(EPOCH_S), "transcripts": [{"phrases": rows(genesys)}]},
        False,
    ),
    "genesys notifications.jsonl": (jsonl(GENESYS_LIVE), False),
    "livekit history.json": ({"items": LIVEKIT}, True),
    "livekit report.json": (
        {"job_id": "AJ_1", "room": "r", "events": [], "chat_history": {"items": LIVEKIT}},
        True,
    ),
    "pipecat transcript.json": (PIPECAT, False),
    "pipecat by line.jsonl": (jsonl(PIPECAT), False),
    "pipecat context.json": ({"messages": PIPECAT_CONTEXT}, True),
    "pipecat rtvi.jsonl": (jsonl(RTVI), True),
    "deepgram roles.json": ({"results": {"utterances": rows(deepgram)}}, False),
    "deepgram agent.jsonl": (jsonl(DEEPGRAM_AGENT), True),
    "deepgram history.json": (DEEPGRAM_HISTORY, True),
    "assemblyai roles.json": (assemblyai(("Agent", "Customer")), False),
    "assemblyai webhook.json": ({"data": assemblyai(("agent", "caller"))}, False),
    "whisperx roles.json": (whisperx(("AGENT", "CUSTOMER")), False),
    "whisperx in an envelope.json": ({"output": whisperx(("agent", "user"))}, False),
    "evals events.jsonl": (jsonl(EVALS_EVENTS), True),
    "evals talk.transcript.txt": (EVALS_TEXT, True),
}
"""By file: its content, and whether it shows tool calls. None needs an option."""

SIMULATED: dict[str, tuple[object, str]] = {
    "tau2 results.json": ({"simulations": [simulation(messages=[])]}, "task-7-trial-0"),
    "tau2 one.json": (simulation(messages=None), "task-7-trial-0"),
    "livekit export.json": (
        {"run": {"id": "R", "jobs": [{"id": "job-1", "status": "STATUS_COMPLETED"}]},
         "summary": {"chat_history": {"job-1": {"items": LIVEKIT_JOB}}}},
        "job-1",
    ),
    "livekit export in camel case.json": (
        {"run": {"jobs": []}, "summary": {"chatHistory": {"job-2": {"items": [
            {"functionCall" if "function_call" in x else "functionCallOutput"
             if "function_call_output" in x else "message": next(iter(x.values()))}
            for x in LIVEKIT_JOB]}}}},
        "job-2",
    ),
}  # fmt: skip
"""Files that name their calls themselves; all show tool calls."""

SIDES_OPEN: dict[str, tuple[object, str]] = {
    "twilio.json": ({"sentences": TWILIO}, "1, 2"),
    "deepgram channels.json": (
        {"results": {"utterances": [
            {**deepgram(*line), "channel": int(line[0] == "agent"), "speaker": 0}
            for line in LINES]}},
        "1, 0",
    ),
    "deepgram paragraphs.json": (
        {"results": {"channels": [{"alternatives": [{"paragraphs": {"paragraphs": [
            {"speaker": int(w == "agent"), "start": a, "end": b,
             "sentences": [{"text": t, "start": a, "end": b}]} for w, t, a, b in LINES]}}]}]}},
        "1, 0",
    ),
    "deepgram words.json": (
        {"results": {"channels": [
            {"alternatives": [{"words": [
                one for w, t, a, b in LINES if w == side for one in words(t, a, b)]}]}
            for side in ("caller", "agent")]}},
        "1, 0",
    ),
    "deepgram live.jsonl": (
        jsonl([{"type": "Results", "channel_index": [int(w == "agent"), 2], "start": a,
                "duration": b - a, "is_final": True,
                "channel": {"alternatives": [{"transcript": t}]}} for w, t, a, b in LINES]),
        "1, 0",
    ),
    "assemblyai.json": (assemblyai(("A", "B")), "A, B"),
    "whisperx.json": (whisperx(("SPEAKER_01", "SPEAKER_00")), "SPEAKER_01, SPEAKER_00"),
}  # fmt: skip
"""Files that distinguish speakers but do not name the agent, and the speakers in their order."""
