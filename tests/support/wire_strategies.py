"""Hypothesis strategies for neutral events and commands that the GA wire can carry."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.commands import (
    OFF,
    ResponseOptions,
    SemanticVad,
    ServerVad,
    SessionConfig,
    Tool,
)
from harness.protocol.items import (
    Content,
    ContentKind,
    ErrorInfo,
    Item,
    ItemKind,
    ItemStatus,
    Response,
    ResponseStatus,
    ResponseUsage,
    Role,
    TranscriptionUsage,
)
from harness.protocol.openai.items import FORMATS as ga_formats

IDS = st.text("abcXYZ0129_", min_size=1, max_size=12)
TEXTS = st.text(max_size=20)
COUNTS = st.integers(0, 10_000_000)
MAYBE_IDS = st.none() | IDS
MAYBE_TEXTS = st.none() | TEXTS
SOUNDS = st.binary(max_size=24)
FORMATS = st.sampled_from(list(ga_formats))
SCHEMAS = st.fixed_dictionaries({"type": st.just("object")}, optional={"required": st.lists(IDS)})
METADATA = st.dictionaries(IDS, TEXTS, max_size=3)
MODALITIES = st.sampled_from([("audio",), ("text",)])
TOKEN_LIMITS = st.just("inf") | st.integers(1, 4096)
STATUSES = st.none() | st.sampled_from(ItemStatus)
CHOICES = st.sampled_from(["none", "auto", "required"]) | st.builds(
    lambda name: {"type": "function", "name": name}, IDS
)

_KINDS = {
    Role.SYSTEM: [ContentKind.INPUT_TEXT],
    Role.USER: [ContentKind.INPUT_TEXT, ContentKind.INPUT_AUDIO],
    Role.ASSISTANT: [ContentKind.OUTPUT_TEXT, ContentKind.OUTPUT_AUDIO],
}


def _content(kind: ContentKind) -> st.SearchStrategy[Content]:
    if kind in (ContentKind.INPUT_TEXT, ContentKind.OUTPUT_TEXT):
        return st.builds(Content, st.just(kind), text=TEXTS)
    return st.builds(Content, st.just(kind), transcript=MAYBE_TEXTS, audio=st.none() | SOUNDS)


def _message(role: Role) -> st.SearchStrategy[Item]:
    kinds = st.sampled_from(_KINDS[role])
    return st.builds(
        Item,
        id=IDS,
        kind=st.just(ItemKind.MESSAGE),
        status=STATUSES,
        role=st.just(role),
        content=st.lists(kinds.flatmap(_content), max_size=2).map(tuple),
        phase=st.sampled_from([None, "commentary", "final_answer"])
        if role is Role.ASSISTANT
        else st.none(),
    )


ITEMS = st.one_of(
    *(_message(role) for role in Role),
    st.builds(
        Item,
        id=IDS,
        kind=st.just(ItemKind.FUNCTION_CALL),
        status=STATUSES,
        call_id=IDS,
        name=IDS,
        arguments=TEXTS,
    ),
    st.builds(
        Item,
        id=IDS,
        kind=st.just(ItemKind.FUNCTION_CALL_OUTPUT),
        status=STATUSES,
        call_id=IDS,
        output=TEXTS,
    ),
)
REFERENCES = st.builds(
    Item,
    id=IDS,
    kind=st.just(ItemKind.OTHER),
    extra=st.just({"type": "mcp_approval_response", "approval_request_id": "a", "approve": True}),
)
PARTS = st.builds(Content, st.just(ContentKind.OUTPUT_AUDIO), transcript=MAYBE_TEXTS) | st.builds(
    Content, st.just(ContentKind.OUTPUT_TEXT), text=MAYBE_TEXTS
)
ERRORS = st.builds(
    ErrorInfo, type=IDS, message=TEXTS, code=MAYBE_IDS, param=MAYBE_IDS, event_id=MAYBE_IDS
)
SHORT_ERRORS = st.builds(ErrorInfo, type=IDS, message=TEXTS, code=MAYBE_IDS)
PARAM_ERRORS = st.builds(ErrorInfo, type=IDS, message=TEXTS, code=MAYBE_IDS, param=MAYBE_IDS)
USAGES = st.builds(ResponseUsage, *([COUNTS] * 12))
RESPONSES = st.builds(
    Response,
    id=IDS,
    status=st.sampled_from(ResponseStatus).filter(
        lambda status: status is not ResponseStatus.IN_PROGRESS
    ),
    reason=st.sampled_from(
        [None, "turn_detected", "client_cancelled", "max_output_tokens", "content_filter"]
    ),
    error=st.none() | SHORT_ERRORS,
    output=st.lists(ITEMS, max_size=2).map(tuple),
    usage=st.none() | USAGES,
    metadata=st.none() | METADATA,
    conversation_id=MAYBE_IDS,
    modalities=MODALITIES,
    max_output_tokens=TOKEN_LIMITS,
    voice=MAYBE_IDS,
    audio_format=FORMATS,
)
TOOLS = st.none() | st.lists(st.builds(Tool, IDS, TEXTS, SCHEMAS), max_size=2).map(tuple)
VADS = st.builds(
    ServerVad,
    threshold=st.floats(0, 1),
    prefix_padding_ms=st.integers(0, 5000),
    silence_duration_ms=st.integers(0, 5000),
    create_response=st.booleans(),
    interrupt_response=st.booleans(),
    idle_timeout_ms=st.none() | st.integers(5000, 30_000),
) | st.builds(
    SemanticVad, st.sampled_from(["low", "medium", "high", "auto"]), st.booleans(), st.booleans()
)


def _configs() -> st.SearchStrategy[SessionConfig]:
    settings: dict[str, st.SearchStrategy[Any]] = {
        "instructions": MAYBE_TEXTS,
        "tools": TOOLS,
        "tool_choice": st.none() | CHOICES,
        "voice": st.none() | st.sampled_from(["marin", "alloy", "voice_12"]),
        "speed": st.none() | st.floats(0.25, 1.5),
        "input_format": st.none() | FORMATS,
        "output_format": st.none() | FORMATS,
        "transcription_model": st.sampled_from([None, "whisper-1", "gpt-4o-transcribe"]),
        "transcription_language": MAYBE_IDS,
        "noise_reduction": st.sampled_from([None, "near_field", "far_field"]),
        "modalities": st.none() | MODALITIES,
        "max_output_tokens": st.none() | TOKEN_LIMITS,
        "reasoning_effort": st.sampled_from([None, "minimal", "low", "xhigh"]),
        "parallel_tool_calls": st.none() | st.booleans(),
        "model": MAYBE_IDS,
        "prompt": st.none() | st.builds(lambda name: {"id": name}, IDS),
        "truncation": st.sampled_from(
            [None, "auto", "disabled", {"type": "retention_ratio", "retention_ratio": 0.5}]
        ),
        "tracing": st.sampled_from([None, OFF, "auto", {"workflow_name": "w"}]),
        "include": st.sampled_from([None, ("item.input_audio_transcription.logprobs",)]),
    }
    vads = st.builds(lambda vad: (vad, False), st.none() | VADS) | st.just((None, True))
    return st.builds(
        lambda vad, rest: SessionConfig(turn_detection=vad[0], turn_detection_off=vad[1], **rest),
        vads,
        st.fixed_dictionaries(settings),
    )


CONFIGS = _configs()
HEARD_USAGES = st.sampled_from(
    [
        TranscriptionUsage(2.5),
        TranscriptionUsage(total_tokens=3, input_tokens=1, output_tokens=2),
    ]
)
LIMITS = st.builds(
    e.RateLimit, st.sampled_from(["requests", "tokens"]), COUNTS, COUNTS, st.floats(0, 1e6)
)
_AT = (IDS, IDS, st.integers(0, 9), st.integers(0, 9))

EVENTS: st.SearchStrategy[e.ServerEvent] = st.one_of(
    st.builds(e.SpeechStarted, IDS, COUNTS),
    st.builds(e.SpeechStopped, IDS, COUNTS),
    st.builds(e.InputCommitted, IDS, MAYBE_IDS),
    st.builds(e.InputCleared),
    st.builds(e.InputTimedOut, IDS, COUNTS, COUNTS),
    st.builds(e.ItemAdded, ITEMS, MAYBE_IDS),
    st.builds(e.ItemDone, ITEMS | REFERENCES, MAYBE_IDS),
    st.builds(e.ItemRetrieved, ITEMS),
    st.builds(e.ItemDeleted, IDS),
    st.builds(e.ItemTruncated, IDS, COUNTS, COUNTS),
    st.builds(e.InputTranscriptDelta, IDS, COUNTS, TEXTS),
    st.builds(e.InputTranscriptDone, IDS, COUNTS, TEXTS, HEARD_USAGES),
    st.builds(e.InputTranscriptFailed, IDS, COUNTS, PARAM_ERRORS),
    st.builds(e.ResponseCreated, RESPONSES),
    st.builds(e.ResponseDone, RESPONSES),
    st.builds(e.OutputItemAdded, IDS, COUNTS, ITEMS),
    st.builds(e.OutputItemDone, IDS, COUNTS, ITEMS),
    st.builds(e.PartAdded, *_AT, PARTS),
    st.builds(e.PartDone, *_AT, PARTS),
    st.builds(e.AudioDelta, *_AT, SOUNDS),
    st.builds(e.AudioDone, *_AT),
    st.builds(e.TranscriptDelta, *_AT, TEXTS),
    st.builds(e.TranscriptDone, *_AT, TEXTS),
    st.builds(e.TextDelta, *_AT, TEXTS),
    st.builds(e.TextDone, *_AT, TEXTS),
    st.builds(e.ArgumentsDelta, IDS, IDS, COUNTS, IDS, TEXTS),
    st.builds(e.ArgumentsDone, IDS, IDS, COUNTS, IDS, TEXTS, IDS),
    st.builds(e.RateLimitsUpdated, st.lists(LIMITS, max_size=2).map(tuple)),
    st.builds(e.ServerError, ERRORS),
    st.builds(e.OutputBufferStarted, IDS),
    st.builds(e.OutputBufferStopped, IDS),
    st.builds(e.OutputBufferCleared, IDS),
)
"""Every server event but sessions (their raw description is compared apart) and unknown ones."""

SESSIONS = st.builds(
    lambda build, own_id, config: build(own_id, config),
    st.sampled_from([e.SessionCreated, e.SessionUpdated]),
    IDS,
    CONFIGS,
)

OPTIONS = st.builds(
    ResponseOptions,
    conversation=st.sampled_from([None, "auto", "none"]),
    instructions=MAYBE_TEXTS,
    modalities=st.none() | MODALITIES,
    metadata=st.none() | METADATA,
    voice=st.sampled_from([None, "cedar", "voice_12"]),
    output_format=st.none() | FORMATS,
    tools=TOOLS,
    tool_choice=st.none() | CHOICES,
    parallel_tool_calls=st.none() | st.booleans(),
    max_output_tokens=st.none() | TOKEN_LIMITS,
    input=st.none() | st.lists(ITEMS | REFERENCES, max_size=2).map(tuple),
)
COMMANDS: st.SearchStrategy[c.ClientCommand] = st.one_of(
    st.builds(c.ConfigureSession, CONFIGS, MAYBE_IDS),
    st.builds(c.AppendAudio, SOUNDS, MAYBE_IDS),
    st.builds(c.CommitAudio, MAYBE_IDS),
    st.builds(c.ClearAudio, MAYBE_IDS),
    st.builds(c.CreateItem, ITEMS, MAYBE_IDS, MAYBE_IDS),
    st.builds(c.TruncateItem, IDS, COUNTS, COUNTS, MAYBE_IDS),
    st.builds(c.DeleteItem, IDS, MAYBE_IDS),
    st.builds(c.RetrieveItem, IDS, MAYBE_IDS),
    st.builds(c.CreateResponse, OPTIONS, MAYBE_IDS),
    st.builds(c.CancelResponse, MAYBE_IDS, MAYBE_IDS),
    st.builds(c.ClearOutput, MAYBE_IDS),
)
