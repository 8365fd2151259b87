"""Models whose shutdown is announced are named with the day; no other model is."""

from __future__ import annotations

import inspect

import pytest
from openai.types.realtime import AudioTranscription, RealtimeSessionCreateRequest
from pydantic import BaseModel

from harness.protocol.commands import SessionConfig
from harness.protocol.dialect import dialect
from harness.protocol.openai.ga import retiring
from harness.scenario.catalog import BUILT_IN

OPENAI = "wss://api.openai.com/v1/realtime"
AZURE = "wss://desk.openai.azure.com/openai/v1/realtime"
ENDS = "OpenAI has announced its shutdown for"
ASKED: list[tuple[SessionConfig, list[tuple[str, str]]]] = [
    (SessionConfig(), []),
    (SessionConfig(model="gpt-realtime-2.1", transcription_model="gpt-transcribe"), []),
    (SessionConfig(model="gpt-realtime-2.1-mini"), []),
    (SessionConfig(model="our-desk"), []),
    (
        SessionConfig(model="gpt-realtime"),
        [(f"model gpt-realtime: {ENDS} 2027-01-20", "use gpt-realtime-2.1")],
    ),
    (
        SessionConfig(model="gpt-realtime-mini", transcription_model="whisper-1"),
        [
            (f"model gpt-realtime-mini: {ENDS} 2027-01-20", "use gpt-realtime-2.1-mini"),
            (
                f"session.input_transcription whisper-1: {ENDS} 2027-02-26",
                "use gpt-transcribe or gpt-live-transcribe",
            ),
        ],
    ),
]


@pytest.mark.parametrize(("asked", "told"), ASKED)
def test_a_model_that_ends_is_named_with_its_day(asked, told):
    for name in ("openai_ga", "openai_beta"):
        assert list(dialect(name).retiring(asked, OPENAI)) == told


@pytest.mark.parametrize(
    ("name", "url"), [("openai_ga", AZURE), ("gemini_live", OPENAI), ("openai_live", OPENAI)]
)
def test_other_services_have_days_of_their_own(name, url):
    assert list(dialect(name).retiring(SessionConfig(model="gpt-realtime"), url)) == []


@pytest.mark.parametrize(
    ("vendor", "field", "key"),
    [
        (RealtimeSessionCreateRequest, "model", "model"),
        (AudioTranscription, "model", "transcription_model"),
    ],
)
def test_all_that_the_vendors_types_call_deprecated_is_known(
    vendor: type[BaseModel], field: str, key: str
):
    words = _documentation(vendor, field)
    day = words.partition("shutdown date:")[2].split()[0].rstrip(".")
    names = [
        name
        for name in words.partition("Deprecated values:")[2].split('"')[1::2]
        if not name.startswith("gpt-audio")
    ]
    assert names
    for name in names:
        ((seen, _),) = retiring(SessionConfig(**{key: name}))
        assert name in seen
        assert seen.endswith(day)


def _documentation(vendor: type[BaseModel], field: str) -> str:
    """The text below a field, which the package has in its source alone."""

    source = inspect.getsource(vendor)
    return source.partition(f"    {field}: ")[2].partition('"""')[2].partition('"""')[0]


def test_no_target_that_is_built_in_names_a_model_that_ends():
    model = BUILT_IN["openai"]().model
    assert model == "gpt-realtime-2.1"
    assert list(retiring(SessionConfig(model=model))) == []
