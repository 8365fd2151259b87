"""The contract of `harness.testing`, held by the four built-in dialects and by broken ones."""

from __future__ import annotations

import importlib.util
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.protocol.commands import TRANSCRIPTION, SemanticVad, ServerVad, SessionConfig
from harness.protocol.decoding import DialectBroke
from harness.protocol.dialect import Dialect, Incoming, dialect
from harness.protocol.events import OutputItemDone, ServerError
from harness.protocol.fields import load as load_json
from harness.protocol.items import AudioFormat, ErrorInfo, Item, ItemKind
from harness.scenario.fields import Model
from harness.scenario.session_settings import SessionSettings
from harness.testing import DialectContract

CALL = {"type": "function_call", "id": "i2", "call_id": "c1", "name": "book", "arguments": "{}"}
BROOK = Path(__file__).parents[1] / "data" / "packages" / "brook" / "brook.py"


def done(item: dict[str, Any], response: str = "r2") -> dict[str, Any]:
    return {
        "type": "response.output_item.done",
        "response_id": response,
        "output_index": 0,
        "item": item,
    }


class TestOpenAiGa(DialectContract):
    dialect = dialect("openai_ga")
    handshake = (
        {"type": "session.created", "session": {"type": "realtime"}},
        {"type": "session.updated", "session": {"type": "realtime"}},
    )
    tool_call = ({"type": "response.created", "response": {"id": "r2"}}, done(CALL))
    interruption = (
        {"type": "input_audio_buffer.speech_started", "item_id": "u", "audio_start_ms": 0},
    )
    error = ({"type": "error", "error": {"type": "server_error", "message": "Broken."}},)


class TestOpenAiBeta(TestOpenAiGa):
    dialect = dialect("openai_beta")
    handshake = (
        {"type": "session.created", "session": {}},
        {"type": "session.updated", "session": {}},
    )


class TestGeminiLive(DialectContract):
    dialect = dialect("gemini_live")
    handshake = ({"setupComplete": {}},)
    tool_call = ({"toolCall": {"functionCalls": [{"id": "c1", "name": "book", "args": {}}]}},)
    interruption = ({"serverContent": {"interrupted": True}},)
    error_close = (1011, "Internal error encountered.")


class TestOpenAiLive(DialectContract):
    dialect = dialect("openai_live")
    handshake = ({"type": "session.started", "event_id": "e", "session": {"id": "s"}},)
    tool_call = (
        {"type": "response.event", "event_id": "e", "delegation_id": "d", "event": done(CALL)},
    )
    error = ({"type": "error", "event_id": "e", "error": {"message": "Broken."}},)


def brook() -> Dialect:
    spec = importlib.util.spec_from_file_location("brook", BROOK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: Dialect = module.Brook()
    return made


class TestBrook(DialectContract):
    dialect = brook()
    handshake = ({"brook": "flowing"},)
    tool_call = ({"brook": "craft", "named": "book", "with": {}},)
    error = ({"brook": "dry", "why": "no water"},)


# --- dialects that break the contract ------------------------------------------------------------


def broken(**methods: Any) -> DialectContract:
    """Return the contract of a dialect some methods of whose session are others."""
    made = brook()
    made.session_class = type("Broken", (made.session_class,), methods)
    contract = TestBrook()
    contract.dialect = made
    contract.limit_s = 0.3
    return contract


def receive(*events: Any, after_s: float = 0.0) -> Any:
    def received(self: object, message: str | bytes) -> Incoming:
        time.sleep(after_s)
        return Incoming("odd", events)

    return received


def raises(self: object, *values: object) -> Any:
    raise KeyError("type")


NAMELESS = OutputItemDone("", 0, Item(kind=ItemKind.FUNCTION_CALL, arguments="[]"))
WORDLESS = ServerError(ErrorInfo())


@pytest.mark.parametrize(
    ("test", "methods", "said"),
    [
        ("handshake_makes_the_session_ready", {"receive": receive()}, "still awaited: flowing"),
        ("handshake_makes_the_session_ready", {"awaited": None}, "ready before the handshake"),
        ("handshake_makes_the_session_ready", {"append_audio": lambda *_: 7}, "text or bytes"),
        ("tool_call_is_reported_and_answered", {"receive": receive()}, "no message of tool_call"),
        ("tool_call_is_reported_and_answered", {"receive": receive(NAMELESS)}, "has no name"),
        ("tool_call_is_reported_and_answered", {"answer_tool": lambda *_: ()}, "carries the res"),
        ("error_is_reported", {"receive": receive()}, "no message of error"),
        ("error_is_reported", {"receive": receive(WORDLESS)}, "without words"),
        ("error_is_reported", {"receive": receive(after_s=1.0)}, "still works after 0.3 s"),
        ("message_that_is_cut_off_is_reported", {"receive": receive()}, "ignored: odd"),
        ("message_that_is_cut_off_is_reported", {"receive": raises}, "KeyError: 'type'"),
    ],
)
def test_a_dialect_that_breaks_the_contract_is_found(test, methods, said):
    with pytest.raises((AssertionError, pytest.fail.Exception, DialectBroke), match=said):
        getattr(broken(**methods), f"test_{test}")()


@pytest.mark.parametrize(
    ("methods", "said"),
    [
        ({"receive": receive()}, "neither event nor breach"),
        ({"receive": raises}, "KeyError: 'type'"),
        ({"receive": receive(WORDLESS)}, "no tool call is understood"),
    ],
)
def test_a_dialect_that_breaks_on_odd_messages_is_found(methods, said):
    with pytest.raises((AssertionError, HarnessError), match=said):
        broken(**methods).test_odd_message_is_reported("unknown type", ready=False)


def test_a_close_without_a_meaning_in_words_is_found():
    with pytest.raises(AssertionError):
        broken(closed=lambda *_: "lost").test_closed_socket_has_a_meaning(1011, "", ready=True)
    with pytest.raises(KeyError):
        broken(closed=raises).test_closed_socket_has_a_meaning(1011, "", ready=True)


def test_an_interruption_that_stops_nothing_is_found():
    contract = broken()
    contract.interruption = contract.tool_call
    with pytest.raises(AssertionError, match="stops it"):
        contract.test_interruption_stops_playback()


def test_a_close_that_reports_no_error_is_found():
    contract = broken()
    contract.error_close = (1011, "")
    with pytest.raises(AssertionError, match="no meaning"):
        contract.test_error_is_reported()


# --- the settings of the sessions -----------------------------------------------------------------


def requested(spoken: Dialect, **given: Any) -> SessionConfig:
    """Return the settings that a session of the contract gets."""
    contract = TestBrook()
    contract.dialect = spoken
    contract.wanted = SessionConfig(**given)
    return contract.opened().session.wanted


def test_session_gets_the_settings_that_each_call_sets():
    asked = requested(dialect("openai_ga"), instructions="Be brief.")
    assert asked == replace(SessionSettings().wanted(), instructions="Be brief.")
    assert None not in (asked.input_format, asked.output_format, asked.modalities)
    assert asked.turn_detection == ServerVad()


@pytest.mark.parametrize(
    "given",
    [
        {"modalities": ("text",), "output_format": AudioFormat.PCMU},
        {"turn_detection": SemanticVad("low")},
        {"turn_detection": None, "turn_detection_off": True},
    ],
)
def test_settings_of_the_test_are_kept(given):
    asked = requested(dialect("openai_ga"), **given)
    assert {name: getattr(asked, name) for name in given} == given


def test_default_format_that_the_vendor_lacks_is_its_first():
    made = brook()
    made.formats = (AudioFormat.PCMU,)
    asked = requested(made, output_format=AudioFormat.PCM16_24K)
    assert (asked.input_format, asked.output_format) == (AudioFormat.PCMU, AudioFormat.PCM16_24K)


def test_transcription_session_gets_no_settings_of_answers():
    asked = requested(dialect("openai_ga"), type=TRANSCRIPTION, transcription_model="m")
    assert asked.input_format is AudioFormat.PCM16_24K
    assert (asked.output_format, asked.modalities) == (None, None)


def test_vendor_settings_have_their_defaults():
    class Region(Model):
        region: str = "eu"

    made = brook()
    made.settings = Region
    assert requested(made).vendor == Region()
    assert requested(made, vendor=Region(region="us")).vendor == Region(region="us")


# --- messages without a field ---------------------------------------------------------------------


def test_each_missing_field_that_breaks_a_dialect_is_listed():
    class Reads(type(brook()).session_class):
        def receive(self, message: str | bytes) -> Incoming:
            raw = load_json(message)
            assert raw["outer"]["inner"]
            assert all(each["name"] for each in raw["many"])
            return Incoming("read", json=True)

    contract = broken()
    contract.dialect.session_class = Reads
    contract.handshake = contract.tool_call = ()
    contract.error = ({"outer": {"inner": 1}, "many": [{"name": "n"}]},)
    with pytest.raises(pytest.fail.Exception) as found:
        contract.test_message_without_a_field_is_reported()
    listed = [line.partition(":")[0] for line in str(found.value).splitlines()[1:]]
    assert listed == [
        f"without {each}" for each in ("outer", "outer.inner", "many", "many[0].name")
    ]


def test_missing_field_is_reported_with_the_name_of_the_message():
    contract = TestBrook()
    decoded = contract.take(contract.opened(contract.handshake), {"brook": "murmur"})
    assert (decoded.kind, decoded.json) == ("murmur", True)
    assert [each.detail for each in decoded.breaches] == ["no field 'bit'"]
