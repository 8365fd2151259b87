"""The public surface: the names that a plug-in, a test or a notebook may import.

Everything else in this package may change in any release. ``docs/reference/api.md`` lists the
names. ``API_VERSION`` counts changes of these names that break code which uses them. A language
package also uses the modules of ``harness.language``, as it has to fill in each part of a language.
"""

from __future__ import annotations

from harness.audio.pcm import Pcm
from harness.audio.resample import resample
from harness.errors import ConnectFailed, HarnessError, SpeechFailed, Unscorable, UsageError
from harness.judges.base import AskAgain, JudgeReply, JudgeUnavailable, ModelJudge
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
from harness.judging.scorers.missing_evidence import words_unknown
from harness.language.language import Language
from harness.protocol import commands, events, items
from harness.protocol.dialect import (
    CloseMeaning,
    Dialect,
    DialectSession,
    Endpoint,
    Followed,
    Incoming,
    Inferred,
    Outgoing,
)
from harness.protocol.fields import Malformed, WireFault
from harness.protocol.fields import load as load_json
from harness.protocol.openai.ga import OpenAiGa
from harness.protocol.server_half import Served, ServerEnd
from harness.recording.model import Recording
from harness.recording.store import read_recording
from harness.results.aggregate import frame
from harness.results.model import CallResult, RunResults, ScoreResult
from harness.results.store import read_results
from harness.runs.run_suite import run_call
from harness.scenario.fields import Model
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
from harness.transport.base import Arrival, Closed, Connect, Connection, Stalled, transport

API_VERSION = 1
"""Raised when a name below is removed, or changes its meaning."""

__all__ = [
    "API_VERSION",
    "Arrival",
    "AskAgain",
    "CallResult",
    "CloseMeaning",
    "Closed",
    "Connect",
    "ConnectFailed",
    "Connection",
    "Dialect",
    "DialectSession",
    "Endpoint",
    "Evidence",
    "Followed",
    "HarnessError",
    "Incoming",
    "Inferred",
    "JudgeReply",
    "JudgeSettings",
    "JudgeUnavailable",
    "Judged",
    "Language",
    "LoadedScenario",
    "Malformed",
    "Measure",
    "MeasuredValue",
    "Model",
    "ModelJudge",
    "OpenAiGa",
    "Outcome",
    "Outgoing",
    "Pcm",
    "RecognizedSegment",
    "Recognizer",
    "Recording",
    "RunResults",
    "Scenario",
    "Score",
    "ScoreResult",
    "ScoredCall",
    "Scorer",
    "Served",
    "ServerEnd",
    "SpeechFailed",
    "Stalled",
    "Suite",
    "Synthesizer",
    "Timeline",
    "Unscorable",
    "UsageError",
    "VoiceChoice",
    "WireFault",
    "build_timeline",
    "commands",
    "events",
    "frame",
    "items",
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
    "words_unknown",
]
