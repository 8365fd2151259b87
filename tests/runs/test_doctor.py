"""Servers with one fault each, and the doctor's report: in virtual time, on loopback."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from support.minting import minting
from support.scripted_server import Reply, Script, Session, scripted_server

from harness.cli.doctor import doctor
from harness.errors import UsageError
from harness.protocol.audio_bytes import bytes_of
from harness.protocol.items import AudioFormat
from harness.recording.provenance import CallStatus
from harness.runs.doctor import (
    Examination,
    Finding,
    Verdict,
    clock_finding,
    examination_of,
    examined,
    one_line,
)
from harness.runs.routes import route_to
from harness.scenario.media_files import OwnAudio
from harness.scenario.script import Pause, Sound, Tongue, Turn
from harness.scenario.session_settings import SessionSettings
from harness.scenario.target import Auth
from harness.session.virtual_time import run_virtual

SUITE = (Path("scenarios/order_desk/lookup"),)
REPLY = Reply("One moment.", 1.0)


@asynccontextmanager
async def answering(answer: str) -> AsyncIterator[str]:
    """A server that says so to any request."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/realtime"


@asynccontextmanager
async def scripted(script: Script) -> AsyncIterator[str]:
    async with scripted_server(script) as (url, _):
        yield url


@asynccontextmanager
async def at(url: str) -> AsyncIterator[str]:
    yield url


def told(folder: Path, server: AbstractAsyncContextManager[str], **target: Any) -> Examination:
    found: list[Finding] = []

    async def main() -> CallStatus | None:
        async with server as url:
            job = examination_of(url, SUITE)
            whom = job.target.model_copy(update=target)
            return await examined(replace(job, target=whom), route_to(whom), folder, found.append)

    return Examination(run_virtual(main()), tuple(found))


def audio(samples: Any) -> str:
    return base64.b64encode(np.asarray(samples, "<i2").tobytes()).decode()


AT = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}


def answers(*sounds: str) -> Reply:
    """An answer of this sound alone."""

    async def does(session: Session) -> None:
        empty = {"id": "r", "object": "realtime.response", "output": []}
        await session.send("response.created", response={**empty, "status": "in_progress"})
        for sound in sounds:
            await session.send("response.output_audio.delta", **AT, delta=sound)
        await session.done("r", "completed", [])

    return Reply(raw=does)


def sends(text: str) -> Reply:
    async def does(session: Session) -> None:
        await session.socket.send(text)

    return Reply(raw=does)


def error(**fields: str) -> str:
    return json.dumps({"type": "error", "event_id": "e", "error": fields})


def ulaw() -> str:
    """Audio like speech, in a codec that was not requested."""
    rng = np.random.default_rng(1)
    hum = np.convolve(rng.standard_normal(72_000), np.hanning(14), "same")
    track = (4000 * hum / np.abs(hum).max()).astype(np.int16)
    return base64.b64encode(bytes_of(track, AudioFormat.PCMU)).decode()


@dataclass(frozen=True)
class Ill:
    """A server with a fault: the step that reports it, the observation, and the remedy."""

    server: Any
    step: str
    seen: str
    advice: str
    verdict: Verdict = Verdict.WRONG
    target: dict[str, Any] = field(default_factory=dict)


def http(status: str) -> Any:
    return lambda: answering(status)


def on(script: Any) -> Any:
    return lambda: scripted(script())


def unasked(*replies: Reply) -> Any:
    """The first reply comes when the session is open, whatever the caller says then."""
    return on(lambda: Script(list(replies), greets=True, yields=False))


def writes(*messages: str) -> Any:
    return on(lambda: Script([], before_reply=list(messages)))


def written(kind: str, **fields: Any) -> str:
    """A service's transcript events of the caller's first turn."""
    type_ = f"conversation.item.input_audio_transcription.{kind}"
    return json.dumps({"type": type_, "event_id": "e", "item_id": "item_user_1", **fields})


NO_WORDS = {"type": "server_error", "code": "audio_unintelligible", "message": "No words."}
WRITES = SessionSettings(type="transcription", input_transcription="gpt-transcribe")
BETA = {"type": "invalid_request_error", "code": "beta_api_shape_disabled", "message": "No beta."}
MODEL = {"type": "invalid_request_error", "code": "model_not_found", "message": "No such model."}
ILL = {
    "unknown host": Ill(lambda: at("ws://nowhere.invalid/x"), "name", "is unknown here", "name"),
    "nobody": Ill(lambda: at("ws://127.0.0.1:9/x"), "connect", "is the server running", ""),
    "401": Ill(http("401 No"), "connect", "HTTP 401", "`auth`"),
    "403": Ill(http("403 No"), "connect", "HTTP 403", "may this key"),
    "404": Ill(http("404 No"), "connect", "HTTP 404", "/v1/realtime"),
    "429": Ill(http("429 No"), "connect", "HTTP 429", "wait"),
    "500": Ill(http("500 No"), "connect", "HTTP 500", "status page"),
    "no session": Ill(
        on(lambda: Script([], greeting=[])), "session", "session.created did not come", "`dialect`"
    ),
    "wrong model": Ill(
        on(lambda: Script([], greeting=[error(**MODEL)])), "session", "No such model", "`model`"
    ),
    "another model": Ill(
        on(lambda: Script([REPLY], echo={"model": "gpt-realtime-2.1-mini"})), "session",
        "model: asked gpt-realtime-2.1, served gpt-realtime-2.1-mini", "`model`", Verdict.WARNING,
        {"model": "gpt-realtime-2.1"},
    ),
    "a model that ends": Ill(
        on(lambda: Script([REPLY], echo={"model": "gpt-realtime"})), "model",
        "gpt-realtime: OpenAI has announced its shutdown for 2027-01-20", "gpt-realtime-2.1",
        Verdict.WARNING, {"model": "gpt-realtime"},
    ),
    "a transcriber that ends": Ill(
        on(lambda: Script([REPLY])), "model", "input_transcription whisper-1", "gpt-transcribe",
        Verdict.WARNING, {"session": SessionSettings(input_transcription="whisper-1")},
    ),
    "shorter answers": Ill(
        on(lambda: Script([REPLY], echo={"max_output_tokens": 100})), "session",
        "max_output_tokens: asked 900, served 100", "`session`", Verdict.WARNING,
        {"session": SessionSettings(max_output_tokens=900)},
    ),
    "beta refused": Ill(
        on(lambda: Script([], greeting=[error(**BETA)])), "session", "No beta", "openai_ga"
    ),
    "settings refused": Ill(
        on(lambda: Script([], refuse_session="Invalid tools[0].")), "session", "tools[0]",
        "JSON Schema",
    ),
    "tools dropped": Ill(
        on(lambda: Script([REPLY], echo={"tools": []})), "session", "does not have the tool(s)",
        "JSON Schema", Verdict.WARNING,
    ),
    "silent": Ill(on(lambda: Script([])), "answer", "did not answer", "turn_detection: none"),
    "no audio": Ill(on(lambda: Script([answers()])), "answer", "without any sound", "modalities"),
    "digital silence": Ill(
        on(lambda: Script([answers(audio(np.zeros(24_000)))])), "answer", "all silence", "voice"
    ),
    "unreadable sound": Ill(
        on(lambda: Script([answers("<none>")])), "answer", "not heard", "`dialect`"
    ),
    "wrong codec": Ill(
        on(lambda: Script([answers(ulaw())])), "answer", "sounds like", "output_format"
    ),
    "slow": Ill(
        on(lambda: Script([Reply("Yes?", 1.0, delay_s=6.0)])), "answer", "Yes?", "callers wait",
        Verdict.WARNING,
    ),
    "eager, then again": Ill(
        unasked(Reply("I missed that.", 0.6, delay_s=4.0), REPLY), "answer",
        'before the caller had finished: "I missed that.", then "One moment." (1.0 s of sound)',
        "turn detection", Verdict.WARNING,
    ),
    "an error before the line": Ill(
        unasked(sends(error(message="No such model."))), "answer", "No such model.", "`model`"
    ),
    "an error of its own shape, and no session": Ill(
        on(lambda: Script([], greeting=['{"type": "session.error", "detail": "No seats."}'])),
        "session", "did not come within 10 s; it reported: No seats.", "`dialect`",
    ),
    "words of no type": Ill(
        on(lambda: Script([], before_reply=['{"detail": "Not now."}'])), "answer",
        "a message without type: Not now.", "turn_detection: none",
    ),
    "eager, and goes on": Ill(
        unasked(Reply("I missed that.", 10.0, delay_s=4.0)), "answer",
        'before the caller had finished: "I missed that." (10.0 s of sound)',
        "turn detection", Verdict.WARNING,
    ),
    "eager alone": Ill(
        unasked(Reply("I missed that.", 0.6, delay_s=4.0)), "answer",
        '"I missed that." came before the caller had finished, and then no answer',
        "turn detection",
    ),
    "a click": Ill(
        on(lambda: Script([answers(audio(8000 * np.sin(np.arange(1440) / 16)))])), "answer",
        "answered without sound", "voice",
    ),
    "nothing written": Ill(
        writes(), "words", "nothing was written down of what was said", "turn_detection: none",
        target={"session": WRITES},
    ),
    "cannot write": Ill(
        writes(written("failed", content_index=0, error=NO_WORDS)), "words", "No words.", "",
        target={"session": WRITES},
    ),
    "fails": Ill(
        on(lambda: Script([Reply(fails="Out of order.")])), "answer", "Out of order.", ""
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ILL)
def test_a_fault_is_told_at_its_step_with_what_to_do(tmp_path, monkeypatch, name):
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
    ill = ILL[name]
    found = told(tmp_path, ill.server(), **ill.target)
    odd = [each for each in found.found if each.verdict is not Verdict.OK and each.step != "frames"]
    assert [each.step for each in odd] == [ill.step], odd
    assert odd[0].verdict is ill.verdict
    assert ill.seen in odd[0].seen
    assert ill.advice in odd[0].advice
    assert "\n" not in odd[0].seen + odd[0].advice
    assert found.well == (ill.verdict is Verdict.WARNING)


def test_a_server_that_is_well_is_told_step_by_step(tmp_path):
    found = told(tmp_path, scripted(Script([REPLY])))
    assert found.well
    assert found.status is CallStatus.COMPLETED
    steps = {each.step: each for each in found.found}
    assert list(steps) == ["connect", "clock", "session", "say", "answer", "frames"]
    assert steps["session"].seen == "6 tools"  # this server reports no model and no voice
    assert steps["answer"].seen == '"One moment." (1.0 s of sound)'
    assert steps["answer"].took_s == pytest.approx(0.7, abs=0.4)


def test_the_name_of_a_deployment_is_no_model_to_compare(tmp_path):
    server = scripted(Script([REPLY], echo={"model": "gpt-realtime-2025-08-28"}))
    found = told(tmp_path, server, model="our-service-desk")
    assert [each for each in found.found if each.verdict is not Verdict.OK] == []


def test_of_a_session_that_writes_down_the_words_are_what_counts(tmp_path):
    told_words = written("completed", content_index=0, transcript="Hello, my order.")
    found = told(tmp_path, writes(told_words)(), session=WRITES)
    assert (found.well, found.status) == (True, CallStatus.COMPLETED)
    steps = {each.step: each for each in found.found}
    assert list(steps) == ["connect", "clock", "session", "say", "words", "frames"]
    assert steps["session"].seen == "gpt-transcribe writes down what is said"
    assert steps["words"].seen == '"Hello, my order." (written down)'
    assert steps["words"].took_s == pytest.approx(0.4, abs=0.4)


def test_every_connection_goes_with_a_key_that_was_minted_for_it(tmp_path, monkeypatch):
    monkeypatch.setenv("LASTING", "sk-lasting-33333333")
    script = Script([REPLY])
    seen: list[str | None] = []

    @asynccontextmanager
    async def server() -> AsyncIterator[str]:
        async with scripted_server(script) as (url, sessions):
            yield url
            for session in sessions:
                assert session.socket.request is not None
                seen.append(session.socket.request.headers["Authorization"])

    with minting(200, b'{"value": "ek_one_1111"}', b'{"value": "ek_two_2222"}') as (url, asked):
        found = told(tmp_path, server(), auth=Auth(bearer_env="LASTING", client_secret=url))
    assert found.well
    assert [each.step for each in found.found][:3] == ["key", "connect", "clock"]
    assert found.found[0].seen == f"a key for one connection was minted at {url}"
    assert found.found[0].took_s is not None
    assert seen == ["Bearer ek_one_1111", "Bearer ek_two_2222"]
    assert [key for key, _ in asked] == ["Bearer sk-lasting-33333333"] * 2


@pytest.mark.parametrize(
    ("status", "answer", "advice"),
    [
        (401, b"Wrong key.", "`auth`"),
        (404, b"", "/client_secrets"),
        (200, b"{}", "/client_secrets"),
    ],
)
def test_a_key_that_is_not_minted_is_told_before_any_connection(
    tmp_path, monkeypatch, status, answer, advice
):
    monkeypatch.setenv("LASTING", "sk-lasting-33333333")
    with minting(status, answer) as (url, _):
        auth = Auth(bearer_env="LASTING", client_secret=url)
        found = told(tmp_path, at("ws://127.0.0.1:9/x"), auth=auth)
    (only,) = found.found
    assert (only.step, only.verdict, found.status) == ("key", Verdict.WRONG, None)
    assert "no key was minted" in only.seen
    assert advice in only.advice


@pytest.mark.parametrize(
    ("ahead_s", "verdict", "seen"),
    [
        (0.9, Verdict.OK, "agrees with the server's"),
        (-5.0, Verdict.OK, "agrees with the server's"),
        (61.0, Verdict.WARNING, "this machine's clock is 61 s ahead of the server's"),
        (-3600.0, Verdict.WARNING, "this machine's clock is 3600 s behind the server's"),
    ],
)
def test_a_clock_that_is_wrong_is_told(ahead_s, verdict, seen):
    found = clock_finding(ahead_s)
    assert (found.verdict, found.seen) == (verdict, seen)
    assert bool(found.advice) == (verdict is Verdict.WARNING)


@pytest.mark.parametrize(
    ("say", "plain"),
    [
        ("Hello there.", "Hello there."),
        (("It's", Pause(pause=1.2), "ORD-8263K,", Sound(sound="cough"), "yes."),
         "It's ORD-8263K, yes."),
        (("It's in", Tongue(language="de"), "Halle", Pause(pause=1.2), "an der Saale."),
         ("It's in", Tongue(language="de"), "Halle an der Saale.")),
        (OwnAudio(file="mine.wav", transcript="Hello."),
         OwnAudio(file="mine.wav", transcript="Hello.")),
    ],
)  # fmt: skip
def test_the_line_is_said_in_one_go(say, plain):
    loaded = examination_of("ws://127.0.0.1:9/", SUITE).loaded
    mine = loaded.scenario.model_copy(update={"turns": (Turn(silence=1.0), Turn(say=say))})
    (turn,) = one_line((replace(loaded, scenario=mine),)).scenario.turns
    assert turn == Turn(say=plain)


def test_a_greeting_is_no_answer_to_the_line(tmp_path):
    found = told(tmp_path, unasked(Reply("Hi, the desk.", 0.4), REPLY)())
    assert [each for each in found.found if each.verdict is not Verdict.OK] == []
    (answer,) = (each for each in found.found if each.step == "answer")
    assert answer.seen == '"One moment." (1.0 s of sound)'
    assert answer.took_s == pytest.approx(0.7, abs=0.4)


def test_a_suite_without_a_line_to_say_is_no_use():
    loaded = examination_of("ws://127.0.0.1:9/", SUITE).loaded
    mute = loaded.scenario.model_copy(update={"turns": (Turn(silence=1.0),)})
    with pytest.raises(UsageError, match="no scenario here has a line to say"):
        one_line((replace(loaded, scenario=mute),))


def test_nobody_there_is_exit_code_3():
    ran = CliRunner().invoke(
        doctor, [str(SUITE[0]), "--target", "ws://127.0.0.1:9/x"], standalone_mode=False
    )
    assert ran.return_value == 3
    first, last = ran.output.splitlines()
    assert first.startswith("WRONG  connect")
    assert first.endswith("is the server running, and the port right?")
    assert last == "Not well: see WRONG above."
