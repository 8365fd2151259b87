"""The public surface: the names that a plug-in, a test or a notebook may import.

Everything else in this package may change in any release. ``docs/reference/api.md`` lists the
names. ``API_VERSION`` counts changes of these names that break code which uses them. A language
package also uses the modules of ``harness.language``, as it has to fill in each part of a language.
"""

from __future__ import annotations

from harness.audio.pcm import Pcm
from harness.audio.resample import resample
from harness.errors import (
    ConnectFailed,
    FaultyFiles,
    HarnessError,
    OperationError,
    Unscorable,
    UsageError,
)
from harness.judges.base import JudgeReply, ModelJudge
from harness.judging.judge import Judged, judge
from harness.judging.scorers.base import (
    Evidence,
    Measure,
    MeasuredValue,
    Outcome,
    Score,
    ScoredCall,
    Scorer,
    scorer,
)
from harness.language.language import Language
from harness.protocol import events
from harness.protocol.commands import (
    AppendAudio,
    ConfigureSession,
    CreateItem,
    CreateResponse,
    SessionConfig,
    Tool,
)
from harness.protocol.dialect import (
    CloseMeaning,
    Dialect,
    DialectSession,
    Endpoint,
    Followed,
    Incoming,
    Inferred,
    Messages,
    Outgoing,
)
from harness.protocol.events import (
    AudioDelta,
    Interrupted,
    OutputItemDone,
    ServerError,
    ServerEvent,
    ServerToolCall,
    TranscriptDelta,
    UnknownEvent,
)
from harness.protocol.fields import Malformed, WireFault
from harness.protocol.fields import load as load_json
from harness.protocol.items import (
    AudioFormat,
    ErrorInfo,
    Item,
    ItemKind,
    Response,
    ResponseStatus,
    Role,
)
from harness.protocol.openai.ga import OpenAiGa
from harness.protocol.server_half import Served, ServerEnd
from harness.recording.model import Recording
from harness.recording.store import read_recording
from harness.results.aggregate import frame
from harness.results.model import CallResult, RunResults, ScoreResult
from harness.results.store import read_results
from harness.runs.run_suite import run_call
from harness.scenario.fields import Model, Text
from harness.scenario.load import LoadedScenario, load_scenario
from harness.scenario.model import JudgeSettings, Scenario, Suite
from harness.speech.base import (
    RecognizedSegment,
    Recognizer,
    Synthesizer,
    VoiceChoice,
    recognizer,
    synthesizer,
)
from harness.timeline.build import build as build_timeline
from harness.timeline.model import Timeline
from harness.transport.base import Arrival, Connect, Connection, transport

API_VERSION = 1
"""Raised when a name below is removed, or changes its meaning."""

__all__ = [
    "API_VERSION",
    "AppendAudio",
    "Arrival",
    "AudioDelta",
    "AudioFormat",
    "CallResult",
    "CloseMeaning",
    "ConfigureSession",
    "Connect",
    "ConnectFailed",
    "Connection",
    "CreateItem",
    "CreateResponse",
    "Dialect",
    "DialectSession",
    "Endpoint",
    "ErrorInfo",
    "Evidence",
    "FaultyFiles",
    "Followed",
    "HarnessError",
    "Incoming",
    "Inferred",
    "Interrupted",
    "Item",
    "ItemKind",
    "JudgeReply",
    "JudgeSettings",
    "Judged",
    "Language",
    "LoadedScenario",
    "Malformed",
    "Measure",
    "MeasuredValue",
    "Messages",
    "Model",
    "ModelJudge",
    "OpenAiGa",
    "OperationError",
    "Outcome",
    "Outgoing",
    "OutputItemDone",
    "Pcm",
    "RecognizedSegment",
    "Recognizer",
    "Recording",
    "Response",
    "ResponseStatus",
    "Role",
    "RunResults",
    "Scenario",
    "Score",
    "ScoreResult",
    "ScoredCall",
    "Scorer",
    "Served",
    "ServerEnd",
    "ServerError",
    "ServerEvent",
    "ServerToolCall",
    "SessionConfig",
    "Suite",
    "Synthesizer",
    "Text",
    "Timeline",
    "Tool",
    "TranscriptDelta",
    "UnknownEvent",
    "Unscorable",
    "UsageError",
    "VoiceChoice",
    "WireFault",
    "build_timeline",
    "events",
    "frame",
    "judge",
    "load_json",
    "load_scenario",
    "read_recording",
    "read_results",
    "recognizer",
    "resample",
    "run_call",
    "scorer",
    "synthesizer",
    "transport",
]
