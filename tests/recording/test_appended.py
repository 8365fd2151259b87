"""Lines of the caller's stream are the same however they are made."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.audio.codec import encode_base64
from harness.recording.appended import AppendedAudio, AppendLines
from harness.recording.lines import wire_line
from harness.recording.messages import AudioRange, Direction
from harness.recording.payloads import without_payloads


def plainly(sent: AppendedAudio) -> bytes:
    where = AudioRange("caller", sent.start, sent.samples)
    return wire_line(
        sent.at_s, Direction.SENT, without_payloads(sent.message, ((sent.sound, where),))
    )


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
        sent = AppendedAudio(at_s, message, sound, start, len(sound) // 2)
        assert lines.line(sent) == plainly(sent)


def test_ids_that_change_make_no_difference():
    lines = AppendLines()
    for number in range(12):
        sound = bytes([number] * 960)
        message = orjson.dumps({"event_id": f"e{number}", "audio": encode_base64(sound)}).decode()
        sent = AppendedAudio(0.02 * number, message, sound, 480 * number, 480)
        assert lines.line(sent) == plainly(sent)


@pytest.mark.parametrize("number", [0, 1])
def test_binary_sound_is_its_place_alone(number):
    lines = AppendLines()
    for _ in range(number + 1):
        line = lines.line(AppendedAudio(1.5, b"\x01\x02", b"\x01\x02", 7, 1))
    assert json.loads(line)["message"] == {"binary": {"track": "caller", "start": 7, "samples": 1}}
