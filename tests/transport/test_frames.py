"""Frames are split at their ends, however the stream comes, and sent as RFC 6455 defines them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from harness.transport.frames import CutFrame, FrameCutter, MaskKeys, head_of

MOST = 70_000


def frame(opcode: Opcode, data: bytes = b"", *, fin: bool = True, mask: bool = False) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=mask)


SIZES = (0, 1, 125, 126, 127, 65_535, 65_536, MOST)
WHOLE = [CutFrame(b"x" * size, binary) for size in SIZES for binary in (False, True)]
CLOSE = frame(Opcode.CLOSE, b"\x03\xe8")
PARTS = [
    frame(Opcode.TEXT, b"one ", fin=False),
    frame(Opcode.PING, b"?"),
    frame(Opcode.CONT, b"two"),
]


def written(cut: CutFrame) -> bytes:
    if cut.other:
        return cut.data
    return frame(Opcode.BINARY if cut.binary else Opcode.TEXT, cut.data)


@given(
    cuts=st.lists(
        st.sampled_from([*WHOLE, *(CutFrame(part, other=True) for part in (CLOSE, PARTS[1]))]),
        max_size=6,
    ),
    chance=st.randoms(use_true_random=False),
)
def test_a_stream_is_cut_alike_in_whatever_pieces_it_comes(cuts, chance):
    stream = b"".join(map(written, cuts))
    cutter, found, at = FrameCutter(MOST), [], 0
    while at < len(stream):
        size = chance.choice([1, 2, 3, 9, 1000, 100_000])
        found += cutter.cut(stream[at : at + size])
        at += size
    assert found == cuts


def test_a_message_in_fragments_is_left_to_a_full_implementation_with_all_amid_it():
    stream = b"".join([*PARTS, frame(Opcode.TEXT, b"three")])
    *parts, last = FrameCutter(MOST).cut(stream)
    assert [(each.data, each.other) for each in parts] == [(part, True) for part in PARTS]
    assert last == CutFrame(b"three")


def test_a_new_message_amid_fragments_is_left_to_whoever_refuses_it():
    stream = [PARTS[0], frame(Opcode.TEXT, b"broken in")]
    assert [each.other for each in FrameCutter(MOST).cut(b"".join(stream))] == [True, True]


@pytest.mark.parametrize(
    "wrong",
    [frame(Opcode.TEXT, b"x" * (MOST + 1)), frame(Opcode.TEXT, b"masked", mask=True)],
    ids=["too long", "masked"],
)
def test_nothing_is_cut_behind_a_frame_that_may_not_be(wrong):
    cutter, fine = FrameCutter(MOST), frame(Opcode.TEXT, b"fine")
    head = wrong[:10]
    assert cutter.cut(fine + head) == [CutFrame(b"fine"), CutFrame(head, other=True)]
    assert cutter.cut(wrong[10:] + fine) == [CutFrame(wrong[10:] + fine, other=True)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("binary", [False, True])
def test_what_is_sent_is_read_as_it_was_meant(size, binary):
    key = MaskKeys().next()
    data = bytes(size)  # masked, zeros are the key over and over
    sent = head_of(size, binary=binary) + key + (key * (size // 4 + 1))[:size]
    reader = StreamReader()
    reader.feed_data(sent)
    parsing = Frame.parse(reader.read_exact, mask=True, max_size=None)
    with pytest.raises(StopIteration) as parsed:
        next(parsing)
    assert parsed.value.value == Frame(Opcode.BINARY if binary else Opcode.TEXT, data)


def test_no_key_comes_twice():
    keys = MaskKeys()
    found = [keys.next() for _ in range(2500)]
    assert len(set(found)) > 2495  # of four bytes each: two may be alike by chance
    assert {len(key) for key in found} == {4}
