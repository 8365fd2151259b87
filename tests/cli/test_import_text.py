"""``harness import`` of chats, session logs and benchmark results, as a user sees it."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import Any

import pytest
from support.pages import page

from harness.cli.main import Exit, run_command
from harness.importing.messages import ROLES
from harness.results.store import read_results
from harness.runs.import_calls import ImportRequest, planned_import
from harness.runs.stored_call import import_call

SECRETS = ("miller", "4715", "555 0123", "four seven one five", "ord4715b", "471155")
RESULT = '{"ok": true, "by": "Miller", "pin": 471155}'
CHAT: dict[str, Any] = {
    "id": "jane.miller@example.com",
    "messages": [
        {"role": "user", "content": "I'm Jane Miller, cancel ORD-4715B, phone +1 555 0123 456."},
        {
            "role": "assistant",
            "content": "Shall I cancel order O R D, dash, four seven one five B?",
        },
        {"role": "user", "content": "Yes, please."},
        {
            "role": "assistant",
            "tool_calls": [
                {
                    "id": "c1",
                    "function": {
                        "name": "cancel_order",
                        "arguments": '{"order_id": "ORD-4715B"}',
                    },
                }
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": RESULT},
        {"role": "assistant", "content": "It is cancelled."},
    ],
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "cancel_order",
                "description": "Cancel an order",
                "parameters": {"type": "object", "properties": {"order_id": {"type": "string"}}},
            },
        }
    ],
    "facts": {"name": "Jane Miller"},
}


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "suite.yaml").write_text("format: 1\nsuite: desk\ninstructions: prompt.md\n")
    (folder / "prompt.md").write_text("You rent out boats.")
    (folder / "calls.yaml").write_text("format: 1\nname: calls\nstored: {facts: {name: name}}\n")
    return folder


def example(name: str) -> str:
    """Return a file that the page shows."""
    found = re.search(
        rf"`{re.escape(name)}`:\n\n```jsonl?\n(.*?)^```$", page("import-text.md"), re.M | re.S
    )
    assert found is not None
    return found[1]


def imported(desk: Path, source: Path, *options: str) -> tuple[int, Path]:
    out = desk.parent / "run"
    given = ["--suite", str(desk), "--out", str(out), "--concurrency", "1", *options]
    return run_command(["import", str(source), *given]), out


@pytest.mark.parametrize(
    ("name", "call", "tags"),
    [
        ("boats.json", "call-0017", ("boats",)),
        ("session.jsonl", "session", ()),
        ("results.json", "task-7-trial-0", ("task-7", "reward-1")),
    ],
)
def test_the_files_of_the_page_are_calls(
    desk: Path, name: str, call: str, tags: tuple[str, ...]
) -> None:
    source = desk.parent / name
    source.write_text(example(name), encoding="utf-8")
    code, out = imported(desk, source)
    assert code in (Exit.OK, Exit.GATE_FAILED)
    (result,) = read_results(out / "results.json").calls
    assert (result.call, result.status, result.tags) == (call, "completed", tags)
    assert (out / result.recording / "index.html").exists()


def test_a_redacted_run_holds_no_secret_and_is_not_converted_again(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = desk.parent / "jane-miller.json"
    source.write_text(json.dumps(CHAT), encoding="utf-8")
    code, out = imported(desk, source, "--redact")
    assert code == Exit.OK
    (result,) = read_results(out / "results.json").calls
    verdicts = {score.scorer: score.outcome for score in result.scores}
    assert verdicts["write_confirmation"] == "pass"
    assert not leaks(out)
    assert imported(desk, source, "--redact", "--resume")[0] == Exit.OK
    assert read_results(out / "results.json").calls == (result,)
    assert run_command(["score", str(out)]) == Exit.OK
    assert read_results(out / "results.json").calls[0].scores == result.scores
    assert not leaks(out)
    printed = capsys.readouterr()
    assert "Miller" not in printed.out


def test_an_import_opens_no_connection(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("somebody was called")

    for name in ("getaddrinfo", "create_connection"):
        monkeypatch.setattr(socket, name, refused)
    monkeypatch.setattr(socket.socket, "connect", refused)
    source = desk.parent / "boats.json"
    source.write_text(example("boats.json"), encoding="utf-8")
    request = ImportRequest((source,), desk, out=desk.parent / "run", redact=True)
    (order,) = planned_import(request).orders.values()
    result = import_call(order)
    assert (result.status, result.status_detail) == ("completed", "")


def leaks(folder: Path) -> list[tuple[str, str]]:
    """Return which secrets are in which files, and in their names."""
    return [
        (secret, path.name)
        for path in folder.rglob("*")
        if "assets" not in path.parts
        for secret in SECRETS
        if secret in str(path.relative_to(folder)).lower()
        or (path.is_file() and secret.encode() in path.read_bytes().lower())
    ]


GOOD = json.dumps([{"role": "user", "content": "A"}, {"role": "assistant", "content": "B"}])
RUN = {"task_id": 7, "traj": json.loads(GOOD)}


@pytest.mark.parametrize(
    ("name", "text", "bad", "problem"),
    [
        ("c.jsonl", f'{GOOD}\n[{{"role": "us\n{GOOD}', "c-2", "c.jsonl:2: not JSON: Unterminated"),
        ("c.jsonl", f"{GOOD}\n7\n{GOOD}", "c-2", "c.jsonl:2: no chat: expected a list of"),
        (
            "c.jsonl",
            f'{GOOD}\n{{"messages": {GOOD}, "id": {{}}, "name": [1]}}',
            "c-2",
            "c.jsonl:2: name",
        ),
        (
            "r.json",
            json.dumps([RUN, {"task_id": 8, "traj": None}]),
            "task-8-trial-0",
            "r.json: [1].messages: expected messages, got nothing",
        ),
        (
            "r.json",
            json.dumps([RUN, {"task_id": 8, "ticks": [1]}]),
            "task-8-trial-0",
            "r.json: [1].ticks: nobody says anything in it",
        ),
        ("r.json", json.dumps([RUN, {"x": 1}]), "r-1", "r.json: [1]: expected a simulation"),
        (
            "r.json",
            json.dumps([RUN, {"task_id": 8, "traj": []}]),
            "task-8-trial-0",
            "r.json: [1].traj: nobody says anything in it",
        ),
    ],
)
def test_one_bad_call_of_a_file_never_costs_the_others(
    desk: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, bad: str, problem: str
) -> None:
    source = desk.parent / name
    source.write_text(text, encoding="utf-8")
    code, out = imported(desk, source)
    assert code == Exit.USAGE
    assert f"harness: error: {desk.parent}/{problem}" in capsys.readouterr().err
    calls = {call.call: call for call in read_results(out / "results.json").calls}
    assert calls.pop(bad).status == "source_invalid"
    assert {call.status for call in calls.values()} == {"completed"}


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("chat.json", "", "chat.json: the file is empty; expected JSON"),
        ("chat.txt", "{}", "chat.txt: is no transcript: expected a line"),
        ("chat.pdf", "{}", "chat.pdf: unknown kind of file '.pdf'; known"),
        (
            "chat.json",
            '[{"role": "user", "content": "A"}, {"role": "agent", "content": "B"}]',
            f"chat.json: [1].role: unknown role 'agent'; known: {', '.join(ROLES)}",
        ),
        (
            "log.jsonl",
            '{"ts": 2, "event": {"type": "response.create"}}\n'
            '{"ts": 1, "event": {"type": "response.create"}}\n',
            "log.jsonl:2: ts: it is 1.000 s before the time of a line above",
        ),
        ("other.json", '{"rows": []}', "other.json: is no chat, no Realtime log and no result"),
    ],
)
def test_a_bad_file_is_one_line_and_nothing_is_written(
    desk: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, problem: str
) -> None:
    source = desk.parent / name
    source.write_text(text, encoding="utf-8")
    code, out = imported(desk, source)
    told = capsys.readouterr().err.strip().replace(f"{desk.parent}/", "")
    assert code == Exit.USAGE
    assert told.count("\n") == 0
    assert told.removeprefix("harness: error: ").startswith(problem)
    assert not out.exists()
