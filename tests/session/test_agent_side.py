"""The agent as the caller's end sees it."""

from __future__ import annotations

import numpy as np
import pytest
from support.profiled import functions_called

from harness.protocol.events import (
    AudioDone,
    InputCommitted,
    InputTranscriptDone,
    InputTranscriptFailed,
    ResponseCreated,
    ResponseDone,
    ServerEvent,
    SpeechStarted,
    SpeechStopped,
    TextDelta,
    TextDone,
    TranscriptDelta,
    TranscriptDone,
    WorkDone,
)
from harness.protocol.items import (
    Content,
    ContentKind,
    ErrorInfo,
    Item,
    ItemKind,
    Response,
    ResponseStatus,
)
from harness.session.agent_side import AUTOMATIC_RESPONSE_S, AgentSide
from harness.session.playout import ContentKey, Playout
from harness.session.replies import MOST_CHARS


def agent() -> AgentSide:
    return AgentSide(Playout())


def created(name: str) -> ResponseCreated:
    return ResponseCreated(Response(name, ResponseStatus.IN_PROGRESS))


def done(name: str, status: ResponseStatus = ResponseStatus.COMPLETED) -> ResponseDone:
    return ResponseDone(Response(name, status))


def test_a_transcript_is_cut_at_the_share_that_was_heard():
    side = agent()
    side.received(1.0, created("r"))
    side.received(1.0, TranscriptDelta("r", "i", 0, 0, "0 1 2 3 "))
    side.received(1.0, TranscriptDelta("r", "i", 0, 0, "4 5 6 7 8 9"))
    assert side.words(1.0, since_s=0.0) == ""
    side.playout.arrived(1.0, ContentKey("r", "i", 0), np.ones(24_000, np.int16))
    assert side.words(1.5, since_s=0.0) == "0"  # ten digits usually take three seconds
    side.received(1.0, AudioDone("r", "i", 0, 0))
    assert side.words(1.5, since_s=0.0) == "0 1 2 3 4"
    side.received(1.6, TranscriptDone("r", "i", 0, 0, "abcdefghij"))
    assert side.words(9.0, since_s=0.0) == "abcdefghij"
    assert side.words(9.0, since_s=1.1) == ""


def test_words_after_a_flush_stay_what_was_heard():
    side = agent()
    side.received(1.0, created("r"))
    side.received(1.0, TranscriptDone("r", "i", 0, 0, "0 1 2 3 4 5 6 7 8 9"))
    side.playout.arrived(1.0, ContentKey("r", "i", 0), np.ones(24_000, np.int16))
    side.playout.flush(1.3)
    assert side.words(9.0, since_s=0.0) == "0 1 2"


@pytest.mark.parametrize(
    ("begun_s", "sound_s", "audible", "went_on"),
    [(1.0, 3.0, True, True), (1.0, 1.5, True, False), (1.0, 3.0, False, False),
     (2.5, 3.0, True, False)],
)  # fmt: skip
def test_an_answer_goes_on_behind_the_caller_s_turn(begun_s, sound_s, audible, went_on):
    side = agent()
    for at_s, deed in sorted(
        [
            (begun_s, lambda: side.received(begun_s, created("r"))),
            (2.0, lambda: side.turn_begun(2.0)),
            (sound_s, lambda: side.sounded(sound_s, "r", audible=audible)),
        ],
        key=lambda each: each[0],
    ):
        assert at_s >= 0
        deed()
    assert side.went_on is went_on
    side.turn_begun(4.0)
    assert not side.went_on


def test_busy_is_open_asked_owed_or_at_work():
    side = agent()
    assert not side.busy
    side.asked(1.0)
    assert side.busy
    side.received(1.1, created("r"))
    assert side.open_responses == {"r"}
    side.received(1.2, done("r"))
    assert not side.busy
    assert side.quiet_since_s(2.0) == 1.2
    side.tool_started(1)
    assert side.busy
    assert side.last_sign_s(5.0) == 5.0
    side.tool_ended(5.0, 1)
    side.owed = True
    assert side.busy
    side.received(6.0, created("s"))
    assert not side.owed


def test_a_refused_response_is_no_longer_waited_for():
    side = agent()
    side.asked(1.0)
    side.refused(1.5)
    assert side.quiet_since_s(2.0) == 1.5


def test_nobody_asks_while_the_vad_is_about_to_answer_by_itself():
    side = agent()
    assert side.may_be_asked(0.0)
    side.received(1.0, SpeechStarted("u", 900))
    assert not side.may_be_asked(10.0)
    side.received(11.0, SpeechStopped("u", 10_900))
    side.received(11.0, InputCommitted("u"))
    assert not side.may_be_asked(11.5)
    assert side.may_be_asked(11.0 + AUTOMATIC_RESPONSE_S)
    side.received(11.2, created("r"))
    assert not side.may_be_asked(11.3)
    side.received(11.4, done("r"))
    assert side.may_be_asked(11.4)


def test_failures_and_silent_answers_belong_to_their_response():
    side = agent()
    failed = Response("r", ResponseStatus.FAILED)
    side.received(1.0, created("r"))
    side.received(2.0, ResponseDone(failed))
    assert side.failure(0.5) == "the response failed"
    assert side.failure(1.5) is None
    side.received(3.0, created("s"))
    side.answered_silently(3.5, "s")
    assert side.silent_answer_s(2.5) == 3.5
    assert side.silent_answer_s(3.2) is None


DOWN = ErrorInfo("server_error", "Backend is down.")


def speaks(side: AgentSide) -> None:
    side.sounded(2.0, "r", audible=True)


def is_silent(side: AgentSide) -> None:
    side.answered_silently(2.0, "r")


@pytest.mark.parametrize(
    ("then", "failure"),
    [
        (lambda side: None, "Backend is down."),
        (lambda side: side.sounded(2.0, "r", audible=False), "Backend is down."),
        (speaks, None),
        (is_silent, None),
    ],
)
def test_an_error_before_the_callers_turn_explains_a_silence_unless_an_answer_followed(
    then, failure
):
    side = agent()
    side.failed(1.0, DOWN)
    then(side)
    assert side.failure(3.0) == failure


@pytest.mark.parametrize("whole", [True, False])
def test_an_error_before_a_text_that_was_read_explains_no_silence(whole):
    side = AgentSide(Playout(), reads=True)
    side.failed(1.0, DOWN)
    side.received(2.0, created("r"))
    if whole:
        side.received(2.1, TextDone("r", "i", 0, 0, TEXT))
    else:
        side.received(2.1, TextDelta("r", "i", 0, 0, TEXT))
        side.received(2.2, done("r"))
    assert side.failure(3.0) is None


def test_an_answer_is_first_heard_in_the_response_that_speaks_first():
    side = agent()
    for at_s, name in ((1.0, "r"), (2.0, "s")):
        side.received(at_s, created(name))
        samples = np.full(12_000, 5000, np.int16)
        side.playout.arrived(at_s, ContentKey(name, name, 0), samples)
    assert side.first_heard_s(0.9, since_s=0.0, after_s=0.0) is None
    assert side.first_heard_s(5.0, since_s=0.0, after_s=0.0) == 1.0
    assert side.first_heard_s(5.0, since_s=0.0, after_s=1.2) == pytest.approx(1.2)
    assert side.first_heard_s(5.0, since_s=1.5, after_s=0.0) == 2.0


def test_finished_parts_are_known():
    side = agent()
    side.received(1.0, AudioDone("r", "i", 0, 0))
    assert side.audio_done == {ContentKey("r", "i", 0)}


@pytest.mark.parametrize("names", [1, 3000])
def test_a_flood_of_responses_is_no_more_work_for_each_frame(names):
    tone = np.tile(np.array([8000, -8000], np.int16), 2400)

    def work(count: int) -> int:
        side = agent()
        for number in range(count):
            name = f"r{number % names}"
            side.received(1.0, created(name))
            side.received(1.0, TranscriptDelta(name, "i", 0, 0, "Hello."))
            side.playout.arrived(1.0, ContentKey(name, "i", 0), tone)
            side.received(1.0, AudioDone(name, "i", 0, 0))
        with functions_called() as called:
            first_s = side.first_heard_s(1.5, since_s=0.0, after_s=0.0)
            words = side.words(1.5, since_s=0.0)
        assert names == 1 or (first_s, words) == (1.0, "Hello. Hello.")
        return called.total()

    assert work(3000) < 1.5 * work(300)


def test_a_flood_of_words_is_listened_to_for_so_long_and_no_longer():
    side = agent()
    for item in ("i", "j"):
        for _ in range(50):
            side.received(1.0, TranscriptDelta("r", item, 0, 0, "x" * 1000))
        key = ContentKey("r", item, 0)
        side.playout.arrived(1.0, key, np.ones(2_400, np.int16))
    side.received(1.0, TranscriptDone("r", "j", 0, 0, "y" * 90_000))
    assert side.words(9.0, since_s=0.0) == "y" * MOST_CHARS


FRAME = np.full(480, 5000, np.int16)


def sound(side: AgentSide, at_s: float) -> bool:
    """Let a frame of audio arrive under the only name that the server has."""
    told = side.sounded(at_s, "the only", audible=True)
    heard = side.playout.arrived(at_s, ContentKey("the only", "i", 0), FRAME, told=told)
    side.playout.take(at_s)
    return heard


def test_sound_that_stutters_on_its_way_is_one_answer():
    side = agent()
    side.turn_begun(0.5)
    # At the pace of speech; every seventh comes late, and playback runs dry.
    for frame in range(50):
        sound(side, 1.0 + 0.02 * frame + (0.006 if frame % 7 == 3 else 0.0))
    assert side.playout.arrived_samples(ContentKey("the only", "i", 0)) == 50 * 480
    assert [span.item_start for span in side.playout.ended(9.0)][:2] == [0, 3 * 480]
    assert side.first_heard_s(9.0, since_s=1.001, after_s=0.0) is None


def test_sound_of_one_name_answers_anew_once_the_caller_said_more():
    side = agent()
    sound(side, 1.0)
    side.turn_begun(2.0)
    side.received(2.1, SpeechStarted("c", 0))
    sound(side, 2.2)  # of the old answer still: the caller speaks
    assert side.first_heard_s(9.0, since_s=2.0, after_s=0.0) is None
    side.received(2.5, SpeechStopped("c", 0))
    sound(side, 2.6)  # and here, after a short pause
    assert side.first_heard_s(9.0, since_s=2.0, after_s=0.0) is None
    sound(side, 4.0)
    assert side.first_heard_s(9.0, since_s=2.0, after_s=0.0) is None  # a click
    track(side, 4.02, (True, 4))
    assert side.first_heard_s(9.0, since_s=2.0, after_s=0.0) == 4.0


def silence(side: AgentSide, at_s: float) -> None:
    """Let a frame of silence arrive under that name."""
    told = side.sounded(at_s, "the only", audible=False)
    side.playout.arrived(at_s, ContentKey("the only", "i", 0), 0 * FRAME, told=told)
    side.playout.take(at_s)


def track(side: AgentSide, start_s: float, *pieces: tuple[bool, int]) -> float:
    """Continue a track for so many frames of audio (True) or silence each; return its end."""
    for loud, frames in pieces:
        for _ in range(frames):
            (sound if loud else silence)(side, start_s)
            start_s += 0.02
    return start_s


def test_on_a_track_with_silence_the_agent_is_done_when_it_was_silent_for_long_enough():
    side = agent()
    side.turn_begun(0.0)
    assert side.quiet_since_s(0.5) is not None  # it has not begun
    end_s = track(side, 1.0, (False, 20), (True, 20), (False, 20), (True, 10), (False, 80))
    sounded_s = end_s - 80 * 0.02
    assert side.first_heard_s(end_s, since_s=0.0, after_s=0.0) == pytest.approx(1.4)
    assert side.last_sign_s(end_s) == pytest.approx(sounded_s)
    assert side.speaking(sounded_s + 0.4)
    assert not side.speaking(sounded_s + 0.6)
    assert side.quiet_since_s(sounded_s + 0.99) is None
    assert side.quiet_since_s(sounded_s + 1.01) == pytest.approx(sounded_s)


def test_on_a_track_with_silence_an_answer_begins_behind_the_caller_and_a_pause():
    side = agent()
    end_s = track(side, 0.0, (True, 50))
    side.turn_begun(0.8)
    end_s = track(side, end_s, (False, 20), (True, 10))  # a pause of 0.4 s: it talks on
    assert side.first_heard_s(end_s, since_s=0.8, after_s=0.0) is None
    end_s = track(side, end_s, (False, 30), (True, 10))
    assert side.first_heard_s(end_s, since_s=0.8, after_s=0.0) == pytest.approx(end_s - 0.2)


def test_a_tools_result_is_taken_up_by_the_first_sound_behind_a_pause():
    side = agent()
    end_s = track(side, 0.0, (True, 50))
    side.tool_started(0)
    assert side.last_sign_s(end_s) == end_s
    side.tool_ended(end_s, 0)
    side.asked(end_s)
    end_s = track(side, end_s, (True, 5), (False, 20), (True, 5), (False, 60))
    assert side.busy  # its present words began before the result came
    assert side.quiet_since_s(end_s) is None
    end_s = track(side, end_s, (True, 5))
    assert not side.busy


def test_work_that_is_done_while_the_agent_speaks_is_in_what_it_says_once_it_is_silent():
    side = agent()
    end_s = track(side, 0.0, (True, 50))
    side.tool_ended(end_s, 0)
    side.asked(end_s)
    end_s = track(side, end_s, (True, 5))
    side.received(end_s, WorkDone())
    sounded_s = track(side, end_s, (True, 20))
    end_s = track(side, sounded_s, (False, 90))
    assert side.quiet_since_s(end_s) is None  # its answer may still be to come
    end_s = track(side, end_s, (False, 15))
    assert side.quiet_since_s(end_s) == pytest.approx(sounded_s)


def test_work_that_is_done_in_silence_is_still_to_be_told():
    side = agent()
    end_s = track(side, 0.0, (True, 50))
    side.asked(end_s)
    side.received(end_s + 0.1, WorkDone())
    end_s = track(side, end_s, (False, 200))
    assert side.quiet_since_s(end_s) is None
    end_s = track(side, end_s, (True, 5), (False, 60))
    assert side.quiet_since_s(end_s) is not None


def test_words_on_a_track_with_silence_are_those_since_the_caller_spoke():
    side = agent()
    side.received(0.0, TranscriptDelta("the only", "i", 0, 0, "Hello."))
    end_s = track(side, 0.0, (True, 50), (False, 50))
    side.turn_begun(end_s)
    side.received(end_s, TranscriptDelta("the only", "i", 0, 0, "Is that right?"))
    assert side.words(end_s, since_s=end_s) == ""  # no part of it was heard yet
    end_s2 = track(side, end_s, (True, 50))
    assert side.words(end_s2 + 0.02, since_s=end_s) == "Is that right?"


def test_words_on_a_track_that_is_heard_late_were_all_said_once_the_agent_is_silent():
    side = agent()
    end_s = track(side, 0.0, (True, 50))
    side.received(end_s, TranscriptDelta("the only", "i", 0, 0, "Is that right?"))
    for _ in range(10):  # a network that stalled sends more at once: from here on, sound waits
        sound(side, end_s)
    late_s = track(side, end_s, (False, 70))
    assert side.words(late_s - 1.0, since_s=0.0) != "Is that right?"  # more of it may come
    assert side.words(late_s, since_s=0.0) == "Is that right?"


def test_an_agent_that_chose_to_say_nothing_is_believed_where_nothing_is_announced():
    side = agent()
    side.answered_silently(1.0, "the only")
    assert side.silent_answer_s(0.5) == 1.0
    assert side.silent_answer_s(1.5) is None


def test_sound_of_one_name_goes_on_after_a_noise_that_stopped_it():
    side = agent()
    sound(side, 1.0)
    side.received(1.01, SpeechStarted("c", 0))
    side.playout.flush(1.01)
    assert not sound(side, 1.1)
    side.received(1.2, SpeechStopped("c", 0))
    assert sound(side, 1.3)


def test_what_comes_late_of_a_response_that_was_stopped_stays_unheard():
    side = agent()
    side.received(0.9, created("the only"))
    sound(side, 1.0)
    side.playout.flush(1.01)
    side.received(1.01, done("the only", ResponseStatus.CANCELLED))
    side.turn_begun(1.2)
    assert not sound(side, 3.0)
    side.received(3.5, created("the only"))
    assert sound(side, 3.6)


def test_parts_that_were_whole_are_forgotten_when_their_names_come_again():
    side = agent()
    for at_s in (1.0, 5.0):
        side.received(at_s, created("r"))
        assert not side.audio_done
        side.received(at_s, AudioDone("r", "i", 0, 0))


def test_an_older_silent_answer_of_the_same_name_answers_nothing():
    side = agent()
    side.received(1.0, created("r"))
    side.answered_silently(1.1, "r")
    side.received(5.0, created("r"))
    assert side.silent_answer_s(0.0) == 1.1
    assert side.silent_answer_s(4.0) is None


TEXT = "It has shipped."
WHOLE = Item("i", ItemKind.MESSAGE, content=(Content(ContentKind.OUTPUT_TEXT, text=TEXT),))
STREAMED = (TextDelta("r", "i", 0, 0, "It has "), TextDelta("r", "i", 0, 0, "shipped."))


@pytest.mark.parametrize(
    ("came", "output"),
    [
        (STREAMED, ()),
        ((*STREAMED, TextDone("r", "i", 0, 0, TEXT)), (WHOLE,)),
        ((), (WHOLE,)),
        ((TextDone("r", "i", 0, 0, TEXT),), ()),
    ],
)
def test_a_text_is_read_once_it_is_whole(came: tuple[ServerEvent, ...], output: tuple[Item, ...]):
    side = AgentSide(Playout(), reads=True)
    side.received(1.0, created("r"))
    for event in came:
        side.received(1.1, event)
    assert side.words(1.5, since_s=0.0) == ""
    assert side.first_heard_s(1.5, since_s=0.0, after_s=0.5) is None
    assert side.quiet_since_s(1.5) is None
    side.received(2.0, ResponseDone(Response("r", ResponseStatus.COMPLETED, output=output)))
    assert side.words(2.0, since_s=0.0) == TEXT
    assert side.first_heard_s(2.0, since_s=0.0, after_s=0.5) == 2.0
    assert side.first_heard_s(2.5, since_s=0.0, after_s=2.2) == 2.2
    assert side.quiet_since_s(2.0) == 2.0
    assert side.failure(0.5) is None


def test_a_text_that_nobody_announced_is_read_as_it_comes_whole():
    side = AgentSide(Playout(), reads=True)
    side.received(1.0, TextDelta("r", "i", 0, 0, "It has "))
    assert side.words(1.0, since_s=0.0) == ""
    side.received(1.2, TextDone("r", "i", 0, 0, TEXT))
    assert side.words(1.2, since_s=0.0) == TEXT
    assert side.first_heard_s(1.2, since_s=0.0, after_s=0.0) == 1.2


def test_of_a_flood_of_text_no_more_is_read_than_a_caller_reacts_to():
    side = AgentSide(Playout(), reads=True)
    side.received(1.0, created("r"))
    for _ in range(30):
        side.received(1.0, TextDelta("r", "i", 0, 0, "y" * 1000))
    side.received(1.1, done("r"))
    assert side.words(1.1, since_s=0.0) == "y" * MOST_CHARS


@pytest.mark.parametrize(
    ("text", "shown"), [("x" * 200, "x" * 200), ("x" * 201, "x" * 200 + "...")]
)
def test_a_long_answer_in_text_is_told_by_its_beginning(text: str, shown: str):
    side = agent()
    side.received(1.0, created("r"))
    side.received(1.1, TextDone("r", "i", 0, 0, text))
    told = f"the agent answered in text, which no caller hears: {shown!r}"
    assert side.failure(0.5) == told
    assert side.failure(1.5) is None


def test_a_turn_is_answered_once_all_of_it_is_written_down():
    side = AgentSide(Playout(), transcribes=True)
    side.turn_begun(1.0)
    side.received(1.2, SpeechStarted("a"))
    assert (side.busy, side.silent_answer_s(1.0)) == (True, None)
    side.received(2.0, InputCommitted("a"))
    side.received(2.2, SpeechStarted("b"))
    side.received(2.4, InputTranscriptDone("a", 0, "Where is"))
    assert (side.busy, side.quiet_since_s(2.4)) == (True, None)
    side.received(3.0, InputTranscriptFailed("b"))
    assert (side.busy, side.quiet_since_s(3.0), side.silent_answer_s(1.0)) == (False, 3.0, 3.0)
    assert side.silent_answer_s(3.5) is None
