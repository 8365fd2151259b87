"""Plug-ins of other packages: found by name, used in calls, and reported when broken."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from support.call_plans import call_plan, scenario, writer
from support.offered import forget_installed, offer
from support.scripted_server import Reply, Script, scripted_server
from support.small_desk import Command, all_text, results_of, small_desk, statuses

from harness.cli.main import run_command
from harness.errors import UnknownName, UsageError
from harness.protocol.dialect import DIALECTS, dialect
from harness.recording.provenance import CallStatus
from harness.session.call import run_call
from harness.session.clock import VirtualClock
from harness.session.virtual_time import run_virtual
from harness.speech.base import RECOGNIZERS, SYNTHESIZERS, synthesizer
from harness.transport.base import transport

TUNNEL = """\
from harness.transport import websocket

class Tunnel:
    def __init__(self, inner):
        self.inner = inner

    async def send(self, message):
        await self.inner.send(message)

    async def recv(self):
        return await self.inner.recv()

    async def close(self):
        await self.inner.close()

async def connect(url, *, headers, open_timeout_s):
    inside = url.replace("tunnel://", "ws://")
    return Tunnel(
        await websocket.connect(inside, headers=headers, open_timeout_s=open_timeout_s)
    )
"""

ENGINES = """\
from harness.audio.pcm import silence

class Mute:
    name, version = "mute", "1"

    def speak(self, text, voice):
        return silence(24_000, 24_000)

class Deaf:
    name, version = "deaf", "1"

    def hear(self, audio):
        return ()
"""

SPEAKS = """\
format: 1
name: speaks
caller: {voice: {engine: mute}}
turns: [{say: Hello.}]
"""


@pytest.fixture(autouse=True)
def nothing_stays_installed() -> Iterator[None]:
    yield
    forget_installed()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A suite with a single quiet scenario, in the working directory, as ``desk``."""
    monkeypatch.chdir(tmp_path)
    return small_desk(tmp_path / "desk", quiet=0.3)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run_command(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line.removeprefix("harness: error: ")


# --- found and used ------------------------------------------------------------------------------


def test_a_call_goes_over_a_transport_that_a_package_offers(tmp_path, monkeypatch):
    offer(monkeypatch, tmp_path, "tunnels", TUNNEL, transports="tunnel = tunnels:connect")

    async def main() -> CallStatus:
        async with scripted_server(Script([Reply("Hi.")])) as (url, sessions):
            inside = url.replace("ws://", "tunnel://")
            plan = call_plan(inside, scenario([{"say": "Hello?"}]), transport="tunnel")
            status = await run_call(plan, clock=VirtualClock(), writer=writer(tmp_path / "call"))
            assert sessions[0].received
            return status

    assert run_virtual(main()) is CallStatus.COMPLETED


def test_the_transport_of_a_target_file_is_the_one_that_is_called(
    desk, tmp_path, monkeypatch, capsys
):
    code = "async def connect(url, **_):\n    raise RuntimeError(f'dialled {url}')\n"
    offer(monkeypatch, tmp_path, "dialler", code, transports="dial = dialler:connect")
    Path("t.yaml").write_text("format: 1\ntarget: t\ntransport: dial\nurl: tel:5550123\n")
    assert run_command(["run", "desk", "--target", "t.yaml", "--out", "out"]) == 2
    (call,) = results_of(Path("out"))["calls"]
    said = "package dialler 1: connect raised RuntimeError: dialled tel:5550123"
    assert call["status_detail"] == said
    told = capsys.readouterr()
    assert said in told.out
    assert "Traceback" not in told.out + told.err


def test_voice_and_ears_of_a_package_are_known_by_name(tmp_path, monkeypatch):
    points = {"synthesizers": "mute = engines:Mute", "recognizers": "deaf = engines:Deaf"}
    offer(monkeypatch, tmp_path, "engines", ENGINES, **points)
    assert synthesizer("mute").version == "1"
    assert SYNTHESIZERS.names() == ("pyttsx3", "fixture", "mute")
    assert RECOGNIZERS.names() == ("moonshine", "deaf")


def test_a_scenario_is_spoken_by_the_engine_that_it_names(desk, tmp_path, monkeypatch, capsys):
    offer(monkeypatch, tmp_path, "engines", ENGINES, synthesizers="mute = engines:Mute")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    (desk / "quiet.yaml").write_text(SPEAKS)
    assert run_command(["run", "desk", "--out", "out"]) == 3
    (call,) = results_of(Path("out"))["calls"]
    assert call["status_detail"] == (
        "speech engine mute failed on 'Hello.': its clip holds no voice"
    )


def test_the_ears_of_the_suite_hear_its_calls(desk, tmp_path, monkeypatch):
    offer(monkeypatch, tmp_path, "engines", ENGINES, recognizers="deaf = engines:Deaf")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    with (desk / "suite.yaml").open("a") as file:
        file.write("recognizer: deaf\n")
    run_command(["run", "desk", "--out", "out"])
    heard = orjson.loads(Path("out/calls/quiet/001/heard.json").read_bytes())
    assert heard["engine"] == "deaf"


# --- not there, twice, broken --------------------------------------------------------------------

UNKNOWN = {
    "transport": (
        "transport: carrier_pigeon",
        "target t: unknown transport 'carrier_pigeon'; known: websocket",
    ),
    "dialect": (
        "dialect: klingon",
        "t.yaml:3: dialect: unknown dialect 'klingon'; known: gemini_live, openai_beta, "
        "openai_ga, openai_live",
    ),
}


@pytest.mark.parametrize("kind", UNKNOWN)
def test_a_target_that_names_what_nobody_offers_is_refused(desk, capsys, kind):
    line, said = UNKNOWN[kind]
    Path("t.yaml").write_text(f"format: 1\ntarget: t\n{line}\nurl: ws://127.0.0.1:9/\n")
    assert refused(capsys, "run", "desk", "--target", "t.yaml") == said


@pytest.mark.parametrize("command", [("scenarios", "check"), ("run",)], ids=" ".join)
def test_engines_that_nobody_offers_are_told_with_their_lines(desk, capsys, command):
    (desk / "quiet.yaml").write_text(SPEAKS)
    (desk / "other.yaml").write_text(SPEAKS.replace("name: speaks", "name: other"))
    with (desk / "suite.yaml").open("a") as file:
        file.write("recognizer: moonshin\n")
    assert run_command([*command, "desk"]) == 2
    said = capsys.readouterr().err.splitlines()
    known = "expected one of default, pyttsx3, fixture, got 'mute'"
    line = (desk / "suite.yaml").read_text().count("\n")
    assert [one.removeprefix("harness: error: desk/") for one in said] == [
        f"suite.yaml:{line}: recognizer: expected one of moonshine, got 'moonshin'"
        " (did you mean 'moonshine'?)",
        f"other.yaml:3: caller.voice.engine: {known}",
        f"quiet.yaml:3: caller.voice.engine: {known}",
    ]


def test_two_transports_of_one_name_are_an_error(tmp_path, monkeypatch):
    offer(monkeypatch, tmp_path, "tunnels", TUNNEL, transports="websocket = tunnels:connect")
    with pytest.raises(UsageError, match="two transports are named 'websocket'; one is tunnels:c"):
        transport("websocket")


def test_an_unknown_transport_lists_the_known_ones(tmp_path, monkeypatch):
    offer(monkeypatch, tmp_path, "tunnels", TUNNEL, transports="tunnel = tunnels:connect")
    with pytest.raises(UnknownName, match="unknown transport 'tunel'; known: tunnel, websocket"):
        transport("tunel")


BROKEN = {
    "scorers": "scorer 'odd': its package cannot be loaded: No module named 'not_there'",
    "transports": "transport 'odd': its package cannot be loaded: No module named 'not_there'",
    "dialects": "t.yaml:3: dialect: dialect 'odd': its package cannot be loaded: "
    "No module named 'not_there'",
}


@pytest.mark.parametrize("group", BROKEN)
def test_a_package_that_cannot_be_loaded_is_told_in_one_line(
    desk, tmp_path, monkeypatch, capsys, group
):
    offer(monkeypatch, tmp_path, "odd", "import not_there", **{group: "odd = odd:Odd"})
    line = {"transports": "transport: odd", "dialects": "dialect: odd"}.get(group, "model: x")
    Path("t.yaml").write_text(f"format: 1\ntarget: t\n{line}\nurl: ws://127.0.0.1:9/\n")
    assert refused(capsys, "run", "desk", "--target", "t.yaml") == BROKEN[group]


def test_a_dialect_that_a_package_offers_is_made_by_its_name(tmp_path, monkeypatch):
    code = "from harness.protocol.openai.ga import OpenAiGa\nclass Ours(OpenAiGa):\n name = 'ours'"
    offer(monkeypatch, tmp_path, "ours", code, dialects="ours = ours:Ours")
    assert DIALECTS.names()[-1] == "ours"
    assert dialect("ours").name == "ours"


PLAIN = """
from harness.protocol.dialect import Dialect
class Plain(Dialect):
    name = 'plain'
"""
HALF = f"""
from harness.api import DialectSession
class Half(DialectSession):
    def receive(self, message): ...
{PLAIN}    session_class = Half
"""
WHOLE = HALF.replace("): ...", "): ...\n    def append_audio(self, audio): ...", 1)


@pytest.mark.parametrize(
    ("package", "code", "missing"),
    [("empty", PLAIN, "session_class"), ("half", HALF, "append_audio")],
)
def test_a_dialect_with_a_method_missing_is_told_before_any_call(
    desk, tmp_path, monkeypatch, capsys, package, code, missing
):
    offer(monkeypatch, tmp_path, package, code, dialects=f"plain = {package}:Plain")
    Path("t.yaml").write_text("format: 1\ntarget: t\ndialect: plain\nurl: ws://127.0.0.1:9/\n")
    told = refused(capsys, "run", "desk", "--target", "t.yaml")
    assert "dialect 'plain': its package cannot be loaded: TypeError: " in told
    assert missing in told.rpartition("TypeError")[2]


def test_a_dialect_without_a_server_half_needs_a_url(desk, tmp_path, monkeypatch, capsys):
    offer(monkeypatch, tmp_path, "plain", WHOLE, dialects="plain = plain:Plain")
    Path("t.yaml").write_text("format: 1\ntarget: t\ndialect: plain\n")
    told = "t.yaml:3: dialect: 'plain' needs a url; the embedded agent does not speak it"
    assert refused(capsys, "run", "desk", "--target", "t.yaml") == told


RELAY = """
from harness.api import OpenAiGa

class Relay(OpenAiGa):
    name = "relay"
    paths = ("/relay",)

    def read(self, raw):
        return super().read({**raw, "type": str(raw.get("type")).removeprefix("relay.")})

    def encode_server(self, event, event_id):
        written = super().encode_server(event, event_id)
        return written.replace(b'"type":"', b'"type":"relay.', 1)
"""


def with_site(folder: Path) -> str:
    """Return a ``PYTHONPATH`` with the packages offered in a folder before the present one."""
    path = os.environ.get("PYTHONPATH")
    return os.pathsep.join((str(folder / "site"), *([path] if path else [])))


def relayed(desk: Path, monkeypatch: pytest.MonkeyPatch, *more: str) -> bytes:
    """Call the embedded agent by a package's dialect; return what the recording keeps of it."""
    offer(monkeypatch, desk.parent, "relay", RELAY, dialects="relay = relay:Relay")
    offer(monkeypatch, desk.parent, "odd", "import not_there", dialects="odd = odd:Odd")
    monkeypatch.setenv("PYTHONPATH", with_site(desk.parent))
    Path("t.yaml").write_text("format: 1\ntarget: t\ndialect: relay\n")
    run_command(["run", "desk", "--target", "t.yaml", "--out", "out", *more])
    assert [status for _, status in statuses(Path("out"))] == ["completed"]
    return all_text(Path("out"))


@pytest.mark.parametrize("more", [(), ("--real-time",)])
def test_a_server_half_of_a_package_is_the_embedded_agents(desk, monkeypatch, capfd, more):
    assert b"relay.session.created" in relayed(desk, monkeypatch, *more)
    assert "odd" not in capfd.readouterr().err


def test_a_package_that_cannot_be_loaded_stops_no_other_agent(tmp_path, monkeypatch):
    offer(monkeypatch, tmp_path, "odd", "import not_there", dialects="odd = odd:Odd")
    offer(monkeypatch, tmp_path, "relay", RELAY, dialects="relay = relay:Relay")
    path = with_site(tmp_path)
    for name, served_at in (("openai_ga", "/v1/realtime"), ("relay", "/relay")):
        monkeypatch.setenv("PYTHONPATH", path)
        with Command(tmp_path, "agent", "--port", "0", "--protocol", name) as command:
            assert command.process.stdout is not None
            line = command.process.stdout.readline().decode()
            command.process.send_signal(signal.SIGTERM)
            assert command.end()[0] == 0
        assert line.rstrip().endswith(served_at)
        assert (tmp_path / "stderr.txt").read_text().splitlines() == [
            "harness: not served: dialect 'odd': its package cannot be loaded: "
            "No module named 'not_there'"
        ]


def test_a_protocol_that_nobody_serves_is_told_with_those_that_are(tmp_path, monkeypatch, capsys):
    offer(monkeypatch, tmp_path, "relay", RELAY, dialects="relay = relay:Relay")
    offer(monkeypatch, tmp_path, "plain", WHOLE, dialects="plain = plain:Plain")
    assert refused(capsys, "agent", "--port", "0", "--protocol", "plain") == (
        "unknown protocol of the reference agent 'plain'; known: openai_ga, openai_beta, "
        "gemini_live, openai_live, relay"
    )


# --- URLs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("transport: dial", "3: transport: 'dial' needs a url; the embedded agent has none"),
        (
            "url: http://x",
            "3: url: expected ws://HOST:PORT/PATH or wss://HOST/PATH, got 'http://x'",
        ),
        ("url: ''", "3: url: expected text, got nothing"),
    ],
)
def test_a_url_must_be_one_for_its_transport(desk, capsys, lines, said):
    Path("t.yaml").write_text(f"format: 1\ntarget: t\n{lines}\n")
    assert refused(capsys, "run", "desk", "--target", "t.yaml") == f"t.yaml:{said}"
