"""Logs of Realtime sessions by any writer: messages, directions, times, and faults."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.errors import FaultyFiles
from harness.importing.realtime_log import is_realtime, read_log
from harness.recording.model import Direction

STARTED = {"type": "input_audio_buffer.speech_started", "item_id": "i"}
CREATE = {"type": "response.create"}
ODD = {"type": "vendor.novelty", "x": 1}


def stored(folder: Path, *rows: object) -> Path:
    path = folder / "log.jsonl"
    lines = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def session(id_: str) -> dict[str, Any]:
    return {"type": "session.created", "session": {"id": id_}}


def append(audio: object) -> dict[str, Any]:
    return {"type": "input_audio_buffer.append", "audio": audio}


def test_audio_that_was_left_out_everywhere_is_no_fault(tmp_path: Path) -> None:
    rows = [append("<4800 bytes>"), append("<4800 bytes>"), STARTED]
    assert len(read_log(stored(tmp_path, *rows))) == 3


@pytest.mark.parametrize(
    ("row", "message", "direction"),
    [
        (STARTED, STARTED, "received"),
        (CREATE, CREATE, "sent"),
        ({"event": CREATE, "direction": "in"}, CREATE, "sent"),  # its type is a client's
        ({"message": STARTED, "source": "client"}, STARTED, "received"),
        ({"data": json.dumps(STARTED)}, STARTED, "received"),
        ({"payload": ODD, "source": "server"}, ODD, "received"),
        ({"event": ODD, "dir": "->"}, ODD, "sent"),
        ({**ODD, "from": "Server"}, {**ODD, "from": "Server"}, "received"),
        ({"type": "ws", "data": STARTED}, STARTED, "received"),
        ({"type": "error", "error": {}}, {"type": "error", "error": {}}, "received"),
        ({"kind": "wire", "at_s": 1.0, "message": STARTED}, STARTED, "received"),
    ],
)
def test_a_line_is_a_message_or_holds_one(
    tmp_path: Path, row: dict[str, Any], message: dict[str, Any], direction: str
) -> None:
    (read,) = read_log(stored(tmp_path, row))
    assert (read.message, read.direction) == (message, Direction(direction))
    assert is_realtime(row) is (message is not ODD and "vendor" not in str(message))


@pytest.mark.parametrize(
    ("key", "times", "seconds"),
    [
        ("ts", [1.0, 2.5], 1.5),
        ("timestamp", ["2026-04-25T10:15:00Z", "2026-04-25T10:15:01.5+00:00"], 1.5),
        ("time", [1_777_111_222_000, 1_777_111_223_500], 1.5),
        ("time", [1_777_111_222.0, 1_777_111_223.5], 1.5),
        ("received_at", [1_777_111_222_000_000, 1_777_111_223_500_000], 1.5),
        ("t", [1_777_111_222_000_000_000, 1_777_111_223_500_000_000], 1.5),
        ("ts_ms", [1000, 2500], 1.5),
        ("time_s", [1000, 1001.5], 1.5),
        ("at", [500.25, 90_500.25], 90.0),  # 90,000 s would be a day
        ("at_s", [0, 3650.0], 3650.0),
        ("ts", ["1.0", "2.5"], 1.5),
        ("ts", [2.0, 1.9], 0.0),  # two writers
    ],
)
def test_a_time_has_the_unit_that_its_name_or_its_size_tells(
    tmp_path: Path, key: str, times: list[Any], seconds: float
) -> None:
    first, last = read_log(stored(tmp_path, *({key: time, "event": STARTED} for time in times)))
    assert first.at_s is not None
    assert last.at_s is not None
    assert last.at_s - first.at_s == pytest.approx(seconds)


def test_what_a_recording_notes_beside_its_messages_is_left_out(tmp_path: Path) -> None:
    rows = ({"kind": "event", "type": "speech_started"}, {"kind": "wire", "message": STARTED})
    assert [each.message for each in read_log(stored(tmp_path, *rows))] == [STARTED]
    (tmp_path / "list.json").write_text(json.dumps([STARTED, CREATE]), encoding="utf-8")
    assert [each.at_s for each in read_log(tmp_path / "list.json")] == [None, None]


@pytest.mark.parametrize(
    ("rows", "problems"),
    [
        ([""], ["log.jsonl: the file is empty; expected JSON"]),
        (
            [STARTED, '{"type": "response.cre'],
            ["log.jsonl:2: not JSON: Unterminated string"],
        ),
        (
            [STARTED, 7, {"role": "user"}],
            [
                "log.jsonl:2: expected a message ({type: …}) or an envelope around one, got 7",
                "log.jsonl:3: expected a message",
            ],
        ),
        (
            [STARTED, ODD, {"event": ODD, "source": "relay"}],
            [
                "log.jsonl:2: nothing tells who sent a message of type 'vendor.novelty'; name it",
                "log.jsonl:3: nothing tells who sent",
            ],
        ),
        (
            [{"ts": 4.0, "event": STARTED}, {"ts": 3.0, "event": CREATE}],
            ["log.jsonl:2: ts: it is 1.000 s before the time of a line above"],
        ),
        (
            [{"ts": 4.0, "event": STARTED}, CREATE],
            ["log.jsonl:2: it has no time, as other lines have ('ts')"],
        ),
        (
            [{"ts": "soon", "event": STARTED}, {"ts": [], "event": STARTED}],
            [
                "log.jsonl:1: ts: expected a number or a time like 2026-04-25T10:15:00Z, got",
                "log.jsonl:2: ts: expected a number or a time, got a list",
            ],
        ),
        ([{"kind": "event"}], ["log.jsonl: no message of a Realtime session in it"]),
        (
            [{"ts": "inf", "event": STARTED}, '{"ts": 1e999, "event": {"type": "error"}}'],
            [
                "log.jsonl:1: ts: expected a number or a time, got inf",
                "log.jsonl:2: ts: expected a number or a time, got inf",
            ],
        ),
        (
            [{"at_s": 0.0, "event": STARTED}, {"at_s": 5000.0, "event": CREATE}],
            ["log.jsonl: lasts 83 minutes by its times ('at_s'); no session is longer than 60"],
        ),
        (
            [{"ts": 1.0, "event": STARTED}, {"ts": "2026-04-25T10:15:00Z", "event": CREATE}],
            ["log.jsonl: lasts"],
        ),
        (
            [session("s1"), CREATE, session("s1"), session("s2")],
            ["log.jsonl:4: another session begins (s2; the first is s1): a log is one session"],
        ),
        (
            [session(""), session("")],
            ["log.jsonl:2: another session begins (no id; the first is without)"],
        ),
        (
            [append("AAAA"), append("%%"), append(5), append("")],
            ["log.jsonl:2: audio: expected base64, as in other lines, got '%%' (and 1 more)"],
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, rows: list[object], problems: list[str]
) -> None:
    with pytest.raises(FaultyFiles) as raised:
        read_log(stored(tmp_path, *rows))
    lines = str(raised.value).replace(f"{tmp_path}/", "").splitlines()
    assert len(lines) == len(problems), lines
    assert all(map(str.startswith, lines, problems)), lines


@pytest.mark.parametrize(("count", "reads"), [(4, False), (5, True)])
def test_a_log_with_the_newest_line_first_is_turned_round(
    tmp_path: Path, count: int, reads: bool
) -> None:
    rows = [{"ts": float(n), "event": append("AAAA")} for n in range(count)]
    path = stored(tmp_path, *reversed(rows))
    if reads:
        assert [message.at_s for message in read_log(path)] == [0.0, 1.0, 2.0, 3.0, 4.0]
    else:
        with pytest.raises(FaultyFiles, match="before the time of a line above"):
            read_log(path)
