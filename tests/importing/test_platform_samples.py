"""Samples of each platform are imported with no option: speakers, lines, and tools run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.platform_samples import (
    ARGS,
    ASKED,
    CONNECT_PEOPLE,
    LINES,
    OUTPUT,
    PIPECAT_CONTEXT,
    RELAY,
    SAMPLES,
    SIDES_OPEN,
    SIMULATED,
    VAPI,
    connect,
    jsonl,
    rows,
    simulation,
    tick,
)

from harness.cli.main import Exit, run_command
from harness.importing.audio_call import Told
from harness.importing.model import Estimate, StoredCall
from harness.importing.sources import find_sources
from harness.importing.transcript import side_of
from harness.recording.tools import ToolOutcome
from harness.results.store import read_results

SAID = [(who, text) for who, text, _, _ in LINES]


def write(folder: Path, name: str, data: object) -> Path:
    path = folder / name
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def said(call: StoredCall) -> list[tuple[str, str | None]]:
    return [(line.who.value, line.text) for line in call.lines]


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_is_read_without_an_option(tmp_path: Path, name: str) -> None:
    data, shows_tools = SAMPLES[name]
    (source,) = find_sources([write(tmp_path, name, data)])
    call = source.call
    assert (call.faults, said(call)) == ((), SAID)
    assert (Estimate.TOOLS in call.estimated) is not shows_tools
    told = [(t.name, t.arguments, t.output, t.after_line, t.outcome) for t in call.tools]
    assert told == [("find_boat", ARGS, OUTPUT, ASKED, ToolOutcome.OK)] * (
        shows_tools and "relay" not in name
    )


@pytest.mark.parametrize("name", SIMULATED)
def test_simulations_name_their_calls(tmp_path: Path, name: str) -> None:
    data, call_name = SIMULATED[name]
    (source,) = find_sources([write(tmp_path, name, data)])
    assert (source.call.faults, source.name, said(source.call)) == ((), call_name, SAID)
    (tool,) = source.call.tools
    assert (tool.name, tool.output, tool.after_line) == ("find_boat", OUTPUT, ASKED)


@pytest.mark.parametrize("name", SIDES_OPEN)
def test_speakers_without_roles_are_named_and_never_guessed(tmp_path: Path, name: str) -> None:
    data, speakers = SIDES_OPEN[name]
    path = write(tmp_path, name, data)
    (source,) = find_sources([path])
    agent, caller = speakers.split(", ")
    (fault,) = source.call.faults
    asked = (
        f"nothing tells who of {speakers} is the caller; add --caller {agent} or --caller {caller}"
    )
    assert str(fault).startswith(f"{path}: {asked}")
    (source,) = find_sources([path], told=Told(caller_name=caller))
    assert (source.call.faults, said(source.call)) == ((), SAID)
    (source,) = find_sources([path], told=Told(caller_name="nobody"))
    assert "--caller nobody is none of them" in str(source.call.faults[0])


CALL = {"messages": VAPI}
FILES: dict[str, tuple[list[Any], list[tuple[str, int]]]] = {
    "a call a line": ([{"id": "c1", **CALL}, CALL], [("c1", 3), ("calls-2", 3)]),
    "a report a line": (
        [{"Channel": "VOICE", "Participants": CONNECT_PEOPLE, "Transcript": rows(connect)}] * 2,
        [("calls-1", 3), ("calls-2", 3)],
    ),
    "a row of a call a line": (VAPI, [("calls", 3)]),
    "a chat a line": ([{"messages": PIPECAT_CONTEXT}] * 2, [("calls-1", 3), ("calls-2", 3)]),
}


@pytest.mark.parametrize("case", FILES)
def test_lines_of_a_file_are_calls_or_parts_of_one(tmp_path: Path, case: str) -> None:
    data, told = FILES[case]
    sources = find_sources([write(tmp_path, "calls.jsonl", jsonl(data))])
    assert [(source.name, len(source.call.lines)) for source in sources] == told


def test_a_broken_call_costs_no_other_and_a_broken_row_its_call(tmp_path: Path) -> None:
    text = jsonl([CALL, {"messages": [{"role": "user", "secondsFromStart": 1}]}, CALL]) + "{"
    sources = find_sources([write(tmp_path, "calls.jsonl", text)])
    assert [bool(source.call.faults) for source in sources] == [False, True, False, True]
    assert "calls.jsonl:2: messages[0]: nothing is said" in str(sources[1].call.faults[0])
    assert "calls.jsonl:4: not JSON" in str(sources[3].call.faults[0])
    (source,) = find_sources([write(tmp_path, "one.jsonl", jsonl(VAPI) + "{")])
    assert "one.jsonl:6: not JSON" in str(source.call.faults[0])


def test_only_an_agent_calls_tools(tmp_path: Path) -> None:
    called = [{"id": "c1", "name": "find_boat", "arguments": ARGS}]
    lines = [{"speaker": "A", "text": "Hello."}, {"speaker": "B", "text": "Hi."}]
    path = write(tmp_path, "call.json", {"segments": [*lines, {**lines[1], "tool_calls": called}]})
    (source,) = find_sources([path])
    assert [who for who, _ in said(source.call)] == ["caller", "agent", "agent"]
    assert [(tool.name, tool.after_line) for tool in source.call.tools] == [("find_boat", 3)]


def test_tools_of_our_own_shape_lie_between_its_lines(tmp_path: Path) -> None:
    lines = [{"who": w, "text": t, "start": a} for w, t, a, _ in LINES]
    tools: list[dict[str, Any]] = [{"name": "a", "requested": 3.8}, {"name": "b", "after_line": 1}]
    path = write(tmp_path, "call.json", {"lines": lines, "tools": tools})
    (source,) = find_sources([path])
    told = [(tool.name, tool.after_line, tool.requested_s) for tool in source.call.tools]
    assert told == [("a", 2, 3.8), ("b", 1, None)]
    tools[1]["after_line"] = 4
    path = write(tmp_path, "call.json", {"lines": lines, "tools": tools})
    (source,) = find_sources([path])
    assert "b stands after line 4 of 3" in str(source.call.faults[0])


@pytest.mark.parametrize(
    ("messages", "lines", "outputs"),
    [
        (  # cut off before any of it was audible
            [*RELAY, {"type": "interrupt", "utteranceUntilInterrupt": ""}],
            [*SAID[:2], ("agent", "Yes, it is free.")],
            [],
        ),
        (  # cut off by the caller's next line
            [*RELAY, {"type": "interrupt", "utteranceUntilInterrupt": "Yes, it"},
             {"type": "text", "token": " Sorry?"}],
            [*SAID[:2], ("agent", "Yes, it"), ("agent", " Sorry?")],
            [],
        ),
        (  # reported twice, and answered for another call
            [{"label": "rtvi-ai", "type": "user-transcription", "data": {"text": "Hi."}},
             {"type": "llm-function-call", "data": {"function_name": "f", "tool_call_id": "1"}},
             {"type": "llm-function-call-in-progress",
              "data": {"function_name": "f", "tool_call_id": "1"}},
             {"type": "llm-function-call-result", "data": {"tool_call_id": "2", "result": 1}},
             {"type": "bot-transcription", "data": {"text": "Ho."}}],
            [("caller", "Hi."), ("agent", "Ho.")],
            [None],
        ),
        (  # no speaker of the call
            [{"type": "ConversationText", "role": "system", "content": "Be brief."},
             {"type": "ConversationText", "role": "user", "content": "Hi."},
             {"type": "ConversationText", "role": "assistant", "content": " "}],
            [("caller", "Hi.")],
            [],
        ),
    ],
)  # fmt: skip
def test_what_the_messages_of_a_log_do(
    tmp_path: Path, messages: list[Any], lines: list[Any], outputs: list[Any]
) -> None:
    (source,) = find_sources([write(tmp_path, "log.jsonl", jsonl(messages))])
    assert said(source.call) == [(who, text.strip()) for who, text in lines]
    assert [tool.output for tool in source.call.tools] == outputs
    cut = [line.text for line in source.call.lines if line.interrupted]
    assert cut == ([lines[2][1]] if "interrupt" in json.dumps(messages) else [])


@pytest.mark.parametrize("more", [[], [{"type": "Welcome", "request_id": "r"}]])
def test_a_log_of_words_alone_does_not_show_that_no_tool_ran(
    tmp_path: Path, more: list[Any]
) -> None:
    said_alone = [{"type": "ConversationText", "role": "user", "content": "Hi."}] * 2
    (source,) = find_sources([write(tmp_path, "log.json", [*more, *said_alone])])
    assert (Estimate.TOOLS in source.call.estimated) is not bool(more)


def test_ticks_with_pauses_and_several_utterances(tmp_path: Path) -> None:
    ticks = [
        {"agent_chunk": {"content": "One", "utterance_ids": ["u1"]}},
        {"agent_chunk": {"content": " ", "utterance_ids": []}},
        {"agent_chunk": {"content": "two.", "utterance_ids": ["u2"]}, "user_chunk": None},
        "broken",
        *[{"agent_chunk": {"content": " "}}] * 6,
        {"agent_chunk": {"content": "Three."}, "user_chunk": {"content": "Hm."}},
    ]
    path = write(tmp_path, "r.json", {"task_id": 1, "ticks": ticks})
    (source,) = find_sources([path])
    assert said(source.call) == [("agent", "One two."), ("caller", "Hm."), ("agent", "Three.")]


def test_what_is_said_during_and_after_a_tool_call_is_apart(tmp_path: Path) -> None:
    ticks = [
        tick(1, agent="Let me look. "),
        tick(2, agent_tool_calls=[{"id": "c1", "name": "find_boat", "arguments": {}}]),
        tick(3, agent="One moment. "),
        tick(4, agent_tool_results=[{"id": "c1", "role": "tool", "content": "{}"}]),
        tick(5, agent="It is free."),
    ]
    (source,) = find_sources([write(tmp_path, "r.json", simulation(ticks=ticks))])
    texts = [text for _, text in said(source.call)]
    assert texts == ["Let me look.", "One moment.", "It is free."]
    assert [tool.after_line for tool in source.call.tools] == [1]


@pytest.mark.parametrize(
    ("label", "side"),
    [("HUMAN_AGENT", "agent"), ("AI_AGENT", "agent"), ("human", "caller"), ("customer agent", "")],
)
def test_roles_of_people_and_machines(label: str, side: str) -> None:
    assert side_of(label) == side


def test_one_folder_of_all_platforms_is_one_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk/suite.yaml").write_text("format: 1\nsuite: desk\ninstructions: prompt.md\n")
    (tmp_path / "desk/prompt.md").write_text("You rent out boats.")
    (tmp_path / "calls").mkdir()
    for name, (data, _) in SAMPLES.items():
        write(tmp_path / "calls", name, data)
    out = tmp_path / "run"
    given = [str(tmp_path / "calls"), "--suite", str(tmp_path / "desk"), "--out", str(out)]
    assert run_command(["import", *given]) in (Exit.OK, Exit.GATE_FAILED)
    calls = read_results(out / "results.json").calls
    assert {call.status for call in calls} == {"completed"}
    assert len(calls) == len(SAMPLES)
    told = f"{len(SAMPLES)} of {len(SAMPLES)} calls are transcripts without audio ("
    assert told in capsys.readouterr().err
