"""Lines of the caller's stream are the same however they are made."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.audio.codec import encode_base64
from harness.recording.lines import wire_line, without_payloads
from harness.recording.model import AudioRange, Direction
from harness.recording.writer import AppendedAudio, AppendLines


def plainly(at_s: float, message: str, sound: bytes, start: int, samples: int) -> bytes:
    where = AudioRange("caller", start, samples)
    return wire_line(at_s, Direction.SENT, without_payloads(message, ((sound, where),)))


SHAPES = [
    '{"type":"input_audio_buffer.append","audio":"%s"}',
    '{"realtimeInput":{"audio":{"data":"%s","mimeType":"audio/pcm;rate=16000"}}}',
    '{\n "audio": "%s"\n}',
    '{"n":0.125,"audio":"%s","m":987654321}',
    '{"m":987654321,"audio":"%s"}',
    '{"audio":"none of %d"}',
]


@given(
    frames=st.lists(
        st.tuples(
            st.sampled_from(SHAPES),
            st.binary(max_size=40),
            st.floats(min_value=-5.0, max_value=7200.0).map(lambda at: round(at, 6)),
            st.integers(min_value=0, max_value=10**9),
        ),
        max_size=12,
    )
)
def test_a_line_is_what_it_would_be_alone(frames):
    lines = AppendLines()
    for shape, sound, at_s, start in frames:
        text = encode_base64(sound)
        message = shape % text if "%s" in shape else shape % len(sound)
        one = at_s, message, sound, start, len(sound) // 2
        sent = AppendedAudio((at_s,), (message,), (sound,), *one[3:])
        assert lines.lines(sent) == [plainly(*one)]


def test_ids_that_change_make_no_difference():
    lines = AppendLines()
    for number in range(12):
        sound = bytes([number] * 960)
        message = orjson.dumps({"event_id": f"e{number}", "audio": encode_base64(sound)}).decode()
        one = 0.02 * number, message, sound, 480 * number, 480
        sent = AppendedAudio((one[0],), (message,), (sound,), *one[3:])
        assert lines.lines(sent) == [plainly(*one)]


@given(
    kinds=st.lists(st.sampled_from(["quiet", "loud", "odd", "other"]), max_size=20),
    cut=st.integers(min_value=0, max_value=20),
)
def test_messages_in_a_row_are_written_as_they_are_one_by_one(kinds, cut):
    """Silence is the same message again; others are like it, longer, or of another shape."""
    sounds = {"quiet": bytes(8), "loud": bytes(range(8)), "odd": bytes(9), "other": bytes(8)}
    shapes = {"other": SHAPES[2]}
    made = {
        kind: shapes.get(kind, SHAPES[0]) % encode_base64(sound) for kind, sound in sounds.items()
    }
    at_s = [0.02 * number for number in range(len(kinds))]
    sent = AppendedAudio(
        at_s, [made[kind] for kind in kinds], [sounds[kind] for kind in kinds], 100, 4
    )
    singly = [
        plainly(at_s[number], made[kind], sounds[kind], 100 + 4 * number, 4)
        for number, kind in enumerate(kinds)
    ]
    lines = AppendLines()
    assert lines.lines(sent) == singly
    assert lines.lines(sent.part(0, cut)) + lines.lines(sent.part(cut, len(kinds))) == singly


@pytest.mark.parametrize("number", [0, 1])
def test_binary_sound_is_its_place_alone(number):
    lines = AppendLines()
    for _ in range(number + 1):
        (line,) = lines.lines(AppendedAudio((1.5,), (b"\x01\x02",), (b"\x01\x02",), 7, 1))
    assert json.loads(line)["message"] == {"binary": {"track": "caller", "start": 7, "samples": 1}}
