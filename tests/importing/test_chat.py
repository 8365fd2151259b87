"""Chats in OpenAI's message format: the lines read, their order, and refusals with their place."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from harness.errors import FaultyFiles
from harness.importing.chat import is_chat, read_chats
from harness.importing.model import NO_AUDIO, OfferedTool, SourceKind, Speaker, StoredCall
from harness.recording.tools import ToolOutcome

FIND = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"q": "x"}'}}
GET = {"id": "c2", "function": {"name": "get", "arguments": {}}}
INPUT_TEXT = {"type": "input_text", "text": "A"}
HELLO = {"role": "user", "content": "Hello."}


def stored(folder: Path, data: object, name: str = "chat.json") -> Path:
    path = folder / name
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def read(folder: Path, data: object) -> StoredCall:
    (call,) = read_chats(stored(folder, data))
    return call


def told(call: StoredCall) -> list[tuple[str, object]]:
    """Return lines and tools in a common order, as (who or tool, words or output)."""
    rows: list[tuple[str, object]] = []
    for number in range(len(call.lines) + 1):
        rows += [(t.name, t.output) for t in call.tools if t.after_line == number]
        rows += [(line.who.value, line.text) for line in call.lines[number : number + 1]]
    return rows


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([HELLO], [("caller", "Hello.")]),
        (
            [
                HELLO,
                {"role": "assistant", "content": "One moment.", "tool_calls": [FIND]},
                {"role": "tool", "tool_call_id": "c1", "content": "found"},
                {"role": "assistant", "content": "Here it is."},
            ],
            [
                ("caller", "Hello."),
                ("agent", "One moment."),
                ("find", "found"),
                ("agent", "Here it is."),
            ],
        ),
        (
            [
                {"role": "user", "content": [{"type": "text", "text": "A"}, "B"]},
                {"role": "assistant", "content": None, "audio": {"transcript": "Said aloud."}},
                {"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]},
                {"role": "user", "content": [{"type": "input_audio", "transcript": "Heard."}]},
                {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
            ],
            [
                ("caller", "A\nB"),
                ("agent", "Said aloud."),
                ("caller", None),
                ("caller", "Heard."),
                ("agent", "No."),
            ],
        ),
        (
            [
                HELLO,
                {"role": "assistant", "function_call": {"name": "find", "arguments": "{}"}},
                {"role": "function", "name": "find", "content": "old style"},
            ],
            [("caller", "Hello."), ("find", "old style")],
        ),
        (  # the responses format: items with a type
            [
                {
                    "type": "message",
                    "role": "user",
                    "content": [{"type": "input_text", "text": "A"}],
                },
                {"type": "reasoning", "summary": []},
                {"type": "function_call", "call_id": "c", "name": "find", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "c", "output": "out"},
                {"type": "custom_tool_call", "call_id": "d", "name": "run", "input": "ls"},
            ],
            [("caller", "A"), ("find", "out"), ("run", None)],
        ),
        (  # an id that comes again belongs to the last call without a result
            [
                HELLO,
                {"role": "assistant", "content": None, "tool_calls": [FIND]},
                {"role": "tool", "tool_call_id": "c1", "content": "1"},
                {"role": "assistant", "content": None, "tool_calls": [FIND]},
                {"role": "tool", "tool_call_id": "c1", "content": "2"},
            ],
            [("caller", "Hello."), ("find", "1"), ("find", "2")],
        ),
        (  # two calls at once, answered in the other order
            [
                HELLO,
                {
                    "role": "assistant",
                    "tool_calls": [
                        FIND,
                        {"id": "c2", "function": {"name": "get", "arguments": {}}},
                    ],
                },
                {"role": "tool", "tool_call_id": "c2", "content": "got"},
                {"role": "tool", "tool_call_id": "c1", "content": "found"},
            ],
            [("caller", "Hello."), ("find", "found"), ("get", "got")],
        ),
    ],
)
def test_messages_are_lines_and_tool_calls_in_their_order(
    tmp_path: Path, messages: list[Any], expected: list[Any]
) -> None:
    call = read(tmp_path, messages)
    assert told(call) == expected
    assert call == read(tmp_path, {"messages": messages})
    assert (call.kind, call.name, call.caller, call.agent) == (SourceKind.CHAT, "chat", None, None)


@pytest.mark.parametrize(
    ("message", "outcome"),
    [
        ({"content": '{"order": 7}'}, ToolOutcome.OK),
        ({"content": '{"error": "not_found"}'}, ToolOutcome.FAILED),
        ({"content": '{"error": null, "order": 7}'}, ToolOutcome.OK),
        ({"content": '{"ok": false}'}, ToolOutcome.FAILED),
        ({"content": "Error: 503"}, ToolOutcome.FAILED),
        ({"content": '"text"'}, ToolOutcome.OK),
        ({"content": "fine", "error": True}, ToolOutcome.FAILED),
        ({"content": "Error codes explained", "error": False}, ToolOutcome.OK),
        (None, ToolOutcome.UNSEEN),
    ],
)
def test_a_result_tells_whether_the_tool_failed(
    tmp_path: Path, message: dict[str, Any] | None, outcome: ToolOutcome
) -> None:
    result = [] if message is None else [{"role": "tool", "tool_call_id": "c1", **message}]
    call = read(tmp_path, [HELLO, {"role": "assistant", "tool_calls": [FIND]}, *result])
    assert [tool.outcome for tool in call.tools] == [outcome]


def test_what_stands_beside_the_messages_is_taken_along(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"q": {"type": "string"}}}
    tool = {"name": "find", "description": "Finds it", "parameters": schema}
    data = {
        "id": "call-7",
        "messages": [
            {"role": "system", "content": "Be kind."},
            HELLO,
            {"role": "developer", "content": "And brief."},
        ],
        "tools": [{"type": "function", "function": tool}, {"type": "web_search"}],
        "facts": {"order_id": "7"},
        "tags": ["night"],
        "today": "2026-04-25",
        "model": "whatever",
    }
    call = read(tmp_path, data)
    assert call.name == "call-7"
    assert call.instructions == "Be kind.\n\nAnd brief."
    assert call.offered == (OfferedTool("find", "Finds it", schema),)
    assert (call.facts, call.tags, call.today) == (
        {"order_id": "7"},
        ("night",),
        date(2026, 4, 25),
    )
    flat = {"input": "Hello.", "output": [], "instructions": "Be kind.", "tools": [tool]}
    other = read(tmp_path, flat)
    assert (other.instructions, other.offered) == ("Be kind.", call.offered)
    assert [(line.who, line.text) for line in other.lines] == [(Speaker.CALLER, "Hello.")]


def test_a_file_of_lines_holds_a_call_in_each(tmp_path: Path) -> None:
    rows = [[HELLO], {"messages": [HELLO], "id": "second"}]
    path = stored(tmp_path, "\n".join(map(json.dumps, rows)) + "\n\n", "calls.jsonl")
    assert [call.name for call in read_chats(path)] == ["calls-1", "second"]


def test_pictures_are_passed_over_and_told(tmp_path: Path) -> None:
    parts = [{"type": "text", "text": "Look."}, {"type": "image_url", "image_url": {}}]
    call = read(tmp_path, [{"role": "user", "content": parts}])
    assert call.lines[0].text == "Look."
    assert call.notes == (NO_AUDIO, "1 pictures or files in messages passed over")


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", ["chat.json: the file is empty; expected JSON"]),
        ("{\n  'a': 1}", ["chat.json:2: not JSON: Expecting property name enclosed in double"]),
        ('{"messages": []}', ["chat.json: no message of a user or an assistant in it"]),
        ('{"rows": []}', ["chat.json: no chat: expected a list of messages"]),
        ("7", ["chat.json: no chat: expected a list of messages"]),
        (
            '[{"role": "user", "content": "A"}]\n[{"role": "user", "con',
            ["chat.json:2: not JSON: Unterminated string"],
        ),
        (
            json.dumps([HELLO, {"role": "caller", "content": "B"}]),
            ["chat.json: [1].role: unknown role 'caller'; known: system, developer, user"],
        ),
        (
            json.dumps([HELLO, {"role": "tool", "tool_call_id": "c9", "content": "B"}]),
            ["chat.json: [1].tool_call_id: 'c9' is the result of no call before it; calls with"],
        ),
        (
            json.dumps([HELLO, {"role": "tool", "content": "B"}]),
            ["chat.json: [1]: this is the result of no call before it"],
        ),
        (
            json.dumps([HELLO]) + "\n" + json.dumps({"messages": [HELLO, "hi", {"role": "x"}]}),
            [
                "chat.json:2: messages[1]: expected a message ({role: …}), got 'hi'",
                "chat.json:2: messages[2].role: unknown role 'x'; known",
            ],
        ),
        (
            json.dumps(
                [
                    {"role": "user", "content": 7},
                    {"role": "user", "content": [{"type": "smell"}, 7, {"type": "text"}]},
                    {"role": "assistant", "tool_calls": "none"},
                    {"role": "assistant", "tool_calls": [{"id": "c1"}, 7]},
                    {"role": "tool", "tool_messages": [7]},
                ]
            ),
            [
                "chat.json: [0].content: expected text or a list of parts, got 7",
                "chat.json: [1].content[0].type: unknown part 'smell'; known: text",
                "chat.json: [1].content[1]: expected a part of a message ({type: …}), got 7",
                "chat.json: [1].content[2]: a part of type text needs 'text'",
                "chat.json: [2].tool_calls: expected a list of calls, got 'none'",
                "chat.json: [3].tool_calls[0]: the call has no name of a tool",
                "chat.json: [3].tool_calls[1]: expected a call ({id, function}), got 7",
                "chat.json: [4].tool_messages[0]: expected a result of a tool, got 7",
            ],
        ),
        (
            json.dumps({"messages": [HELLO], "today": "soon"}),
            ["chat.json: today: expected a day like 2026-04-25, got 'soon'"],
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, text: str, problems: list[str]
) -> None:
    try:
        faults = [
            str(fault) for call in read_chats(stored(tmp_path, text)) for fault in call.faults
        ]
    except FaultyFiles as faulty:
        faults = str(faulty).splitlines()
    lines = [line.replace(f"{tmp_path}/", "") for line in faults]
    assert [line.startswith(problem) for line, problem in zip(lines, problems, strict=True)] == [
        True
    ] * len(problems), lines


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FaultyFiles, match=r"none\.json: cannot be read: No such file"):
        read_chats(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("data", "chat"),
    [
        ([HELLO], True),
        ([{"type": "message", "role": "user"}], True),
        ({"messages": []}, True),
        ({"input": "Hello.", "output": []}, True),
        ([], False),
        ([{"task_id": 0, "traj": []}], False),
        ({"type": "session.created"}, False),
        ("text", False),
    ],
)
def test_a_chat_is_known_by_its_shape(data: object, chat: bool) -> None:
    assert is_chat(data) is chat


HISTORY: list[dict[str, Any]] = [
    {"id": "h0", "type": "agent_handoff", "old_agent_id": None, "new_agent_id": "front"},
    {"type": "message", "role": "user", "content": ["Is the boat free?"], "interrupted": False},
    {"type": "message", "role": "assistant", "content": ["I can see"], "interrupted": True},
    {"type": "function_call", "call_id": "c1", "name": "find", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "c1", "output": "It broke.", "is_error": True},
    {"type": "function_call", "call_id": "c2", "name": "find", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "c2", "output": "Error-free.", "is_error": False},
    {"type": "agent_config_update", "instructions": None, "tools_added": ["find"]},
    {"type": "message", "role": "assistant", "content": ["It is free."], "interrupted": False},
]


@pytest.mark.parametrize("data", [HISTORY, {"items": HISTORY}], ids=["list", "items"])
def test_livekit_history_is_read_as_it_is(tmp_path: Path, data: object) -> None:
    assert is_chat(data)
    call = read(tmp_path, data)
    assert call.faults == ()
    assert [(line.text, line.interrupted) for line in call.lines] == [
        ("Is the boat free?", False),
        ("I can see", True),
        ("It is free.", False),
    ]
    assert [tool.outcome for tool in call.tools] == [ToolOutcome.FAILED, ToolOutcome.OK]
    assert call.notes == (
        NO_AUDIO,
        "1 items of type 'agent_handoff' passed over",
        "1 items of type 'agent_config_update' passed over",
    )


@pytest.mark.parametrize(
    "item",
    [
        {"type": "mcp_call", "name": "find"},
        {"type": "aside", "content": "Words."},
        {"type": "novelty", "output": "{}"},
    ],
)
def test_item_that_may_be_words_or_a_call_is_not_passed_over(
    tmp_path: Path, item: dict[str, Any]
) -> None:
    assert "unknown role" in str(read(tmp_path, [HELLO, item]).faults[0])


def test_other_lists_of_items_are_no_chat() -> None:
    assert not is_chat({"items": [{"sku": "a", "count": 2}]})
