"""``harness prove`` on the command line, with a single fault over a single scenario."""

from __future__ import annotations

import signal
import socket
import sys
from pathlib import Path

import orjson
import pytest
from support.small_desk import Command, small_desk, statuses
from websockets.sync.client import connect

from harness.cli.main import run_command
from harness.errors import OperationError
from harness.runs.embedded import READY, AgentRequest, agent_process, serve_until_stopped
from harness.speech import moonshine_asr, pyttsx3_tts

LOOKUP = Path(__file__).parents[2] / "scenarios" / "order_desk" / "lookup"


def scenario() -> str:
    (found,) = [path for path in LOOKUP.glob("*.yaml") if "straight" in path.read_text()]
    return str(found)


def test_a_fault_that_is_caught_is_a_good_row_and_the_runs_can_be_kept(tmp_path, capsys):
    out = tmp_path / "proof"
    arguments = ["prove", scenario(), "--fault", "no_preamble", "--out", str(out)]
    assert run_command(arguments) == 0
    output = capsys.readouterr()
    assert output.out.splitlines()[-1] == (
        "2 of 2 rows as they must be; 1 of 1 faults caught (recall 100%); 1 of 1 rules proven; "
        "0 false alarms in 2 calls"
    )
    lines = [" ".join(line.split()) for line in output.out.splitlines()]
    assert "good agent 1 ok none" in lines
    assert "no_preamble 1 ok 1 preamble" in lines
    assert lines[-3:-1] == ["rule faults caught recall false alarms", "preamble 1 of 1 1.00 0"]
    assert "== good" in output.err
    assert "== no_preamble" in output.err
    for name in ("good", "no_preamble"):
        assert (out / name / "index.html").exists()
        assert statuses(out / name) == [("straight lookup", "completed")]


def test_a_fault_that_no_scenario_shows_is_not_proven(capsys):
    assert run_command(["prove", scenario(), "--fault", "never_escalates"]) == 1
    output = capsys.readouterr().out
    assert "never_escalates: not caught by escalation" in output
    assert "NOT PROVEN" in output
    assert "1 of 2 rows as they must be; 0 of 1 faults caught (recall 0%)" in output


def test_a_quirk_trips_nothing_and_a_fault_may_end_its_calls(tmp_path, capsys):
    out = tmp_path / "proof"
    names = [word for name in ("silent_after_tool", "quiet_voice") for word in ("--fault", name)]
    assert run_command(["prove", scenario(), *names, "--out", str(out)]) == 0
    output = capsys.readouterr().out
    lines = [" ".join(line.split()) for line in output.splitlines()]
    assert "silent_after_tool 1 ok 1 delivery" in lines
    assert "quiet_voice 1 ok none" in lines
    assert "3 of 3 rows as they must be; 1 of 1 faults caught" in output
    assert statuses(out / "silent_after_tool") == [("straight lookup", "agent_silent")]


def test_a_switch_takes_the_scenarios_that_show_it_or_all(capsys):
    names = [word for name in ("late_result", "promises_later") for word in ("--fault", name)]
    assert run_command(["prove", str(LOOKUP), *names]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "good agent 2 ok none" in lines
    assert "promises_later 2 ok none" in lines  # none of these scenarios has a call that fails
    assert "late_result 1 ok 1 delivery" in lines
    assert "delivery.late_result 1 of 1 1.00 0" in lines


def test_a_time_limit_that_a_protocol_does_not_have_is_refused(capsys):
    asked = ["agent", "--port", "0", "--protocol", "openai_live", "--session-limit", "5s"]
    assert run_command(asked) == 2
    assert capsys.readouterr().err.splitlines() == [
        "harness: error: --session-limit goes with --protocol openai_ga or openai_beta or "
        "gemini_live: "
        "sessions of openai_live end by rules of their own; leave it out"
    ]


LIGHT_LACKS = (
    "does not go with --light: the light agent speaks the GA protocol and English, understands "
    "nothing and has no faults; leave it out"
)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--light", "--fault", "late_answer"], f"--fault {LIGHT_LACKS}"),
        (["--light", "--protocol", "gemini_live"], f"--protocol {LIGHT_LACKS}"),
        (["--light", "--language", "de"], f"--language {LIGHT_LACKS}"),
        (["--think", "1s"], "--think goes with --light: give both, or none"),
        (["--at-once", "4"], "--at-once goes with --light: give both, or none"),
        (["--tool", "lookup_order"], "--tool goes with --light: give both, or none"),
    ],
)
def test_what_does_not_go_with_a_light_agent_is_refused(capsys, options, said):
    assert run_command(["agent", "--port", "0", *options]) == 2
    assert capsys.readouterr().err.splitlines() == [f"harness: error: {said}"]


def test_the_light_agent_says_what_it_is(tmp_path):
    arguments = ["agent", "--light", "--port", "0", "--truth", str(tmp_path / "truth.jsonl")]
    with Command(tmp_path, *arguments) as command:
        assert command.process.stdout is not None
        line = command.process.stdout.readline().decode()
        command.process.send_signal(signal.SIGTERM)
        assert command.end()[0] == 0
    assert line.startswith(f"light {READY}ws://127.0.0.1:")
    assert line.endswith(
        "/v1/realtime (understands nothing; for load and timing, never for judging an agent)\n"
    )


def test_the_light_agent_is_served_in_a_process_of_its_own():
    with agent_process(None, light=True) as url, connect(url) as socket:
        created = orjson.loads(socket.recv())
    assert created["session"]["model"] == "light-reference"


def test_a_port_in_use_is_one_line(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run_command(["agent", "--port", str(port)]) == 3
    output = capsys.readouterr()
    assert output.err.splitlines() == [
        f"harness: error: port {port} on 127.0.0.1 is in use; choose another with --port, or 0 "
        "for a free one"
    ]
    assert output.out == ""


def test_an_address_of_another_machine_is_one_line(capsys):
    assert run_command(["agent", "--host", "192.0.2.1", "--port", "0"]) == 3
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("harness: error: cannot listen on 192.0.2.1, port 0: ")


def test_a_truth_log_that_cannot_be_written_is_one_line(capsys, tmp_path):
    path = tmp_path / "nowhere" / "truth.jsonl"
    assert run_command(["agent", "--port", "0", "--truth", str(path)]) == 3
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"harness: error: cannot write {path}: ")


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_agent_serves_runs_until_it_is_stopped_and_that_is_a_good_end(tmp_path, number):
    desk, out = small_desk(tmp_path / "desk", quiet=0.3), tmp_path / "out"
    with Command(tmp_path, "agent", "--port", "0", "--truth", tmp_path / "truth.jsonl") as command:
        assert command.process.stdout is not None
        line = command.process.stdout.readline().decode()
        assert line.startswith(READY)
        url = line.removeprefix(READY).strip()
        run_command(["run", str(desk), "--target", url, "--out", str(out)])
        command.process.send_signal(number)
        assert command.end()[0] == 0
        assert command.stderr == ""
        assert command.left_over() == []
    assert statuses(out) == [("quiet", "completed")]
    assert (tmp_path / "truth.jsonl").exists()


@pytest.mark.parametrize(("language", "heard"), [("en", True), ("de", False)])
def test_no_first_caller_waits_for_its_voice_and_its_recognizer(
    tmp_path, monkeypatch, language, heard
):
    loaded: list[object] = []
    asked: list[dict[str, object]] = []
    ask = pyttsx3_tts._process.ask
    monkeypatch.setattr(moonshine_asr, "_loaded", loaded)
    monkeypatch.setattr(
        pyttsx3_tts._process, "ask", lambda request: (asked.append(request), ask(request))[1]
    )

    def ready(_url: str) -> None:
        assert (bool(loaded), len(asked)) == (heard, 1)
        signal.raise_signal(signal.SIGTERM)

    serve_until_stopped(AgentRequest("127.0.0.1", 0, "openai_ga", language=language), ready)
    assert asked


def test_an_agent_is_served_in_the_protocol_that_a_target_speaks():
    with agent_process(None, "openai_beta") as url, connect(f"{url}?model=x") as socket:
        created = orjson.loads(socket.recv())
    assert (created["type"], created["session"]["modalities"]) == (
        "session.created",
        ["text", "audio"],
    )


def test_an_agent_that_does_not_start_is_an_error_of_ours(capfd):
    with pytest.raises(OperationError, match="did not start"), agent_process("no_such_fault"):
        pass
    assert "unknown fault 'no_such_fault'" in capfd.readouterr().err
