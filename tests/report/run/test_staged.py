"""Actions of a scenario apart from words are on the axis, under it and in the transcript."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from support.synthetic_run import bad_call, three_calls

import harness.report
from harness.judging.judge import judge
from harness.recording.model import (
    Absence,
    AbsenceCause,
    ImpairedSpan,
    Impairment,
    NoiseBurst,
    OtherSpeech,
    Recording,
    StepKind,
    StepTaken,
    TurnLeftOut,
    UtteranceKind,
)
from harness.recording.provenance import CallStatus
from harness.report.pages import PageFrame, render
from harness.report.run.call_view import CallPage, call_page
from harness.report.run.setup_view import Staged, told

RATE = 24_000
STATIC = Path(harness.report.__file__).parent / "static"


def staged_call() -> Recording:
    """A call whose first line has a pause, of which the line lost two pieces, and more."""
    recording = bad_call().recording("bad", seed=8, status=CallStatus.COMPLETED)
    first, second, *more = recording.utterances
    start = first.start
    first = replace(first, pauses=((start + RATE // 2, start + RATE),))
    second = replace(second, kind=UtteranceKind.NOISE, text="No, not <now>.")
    return replace(
        recording,
        utterances=(first, second, *more),
        impaired=(
            ImpairedSpan(Impairment.LOST, start + 100, 480),
            ImpairedSpan(Impairment.LOST, start + 4_800, 960),
            ImpairedSpan(Impairment.DROPPED, second.start, RATE // 2),
        ),
        left_out=(TurnLeftOut(9.5, 3),),
        others=(OtherSpeech(9 * RATE, RATE, "Dinner!"),),
        steps=(StepTaken(9.25, 2, StepKind.INJECT, "system: be brief"),),
    )


@pytest.fixture(scope="module")
def page() -> CallPage:
    return call_page(three_calls()[1], judge(staged_call()))


@pytest.mark.parametrize("what", Impairment)
def test_whatever_the_line_did_is_told(what: Impairment) -> None:
    made = staged_call()
    fault = ImpairedSpan(what, made.utterances[0].start, RATE // 4)
    shown = call_page(three_calls()[1], judge(replace(made, impaired=(fault,))))
    assert shown.staged[0].kind == what.value
    assert shown.staged[0].text.endswith(" for 0.25 s")
    assert f".script.{what.value} " in (STATIC / "report.css").read_text()


def rendered(page: CallPage) -> str:
    return render("call_body.html.j2", PageFrame(()), page=page, tracks={}, data={}, audio="a.wav")


def test_each_stands_on_the_axis_at_its_time(page: CallPage) -> None:
    assert page.lanes is not None
    found = [(block.kind, block.text) for block in page.lanes.staged]
    assert found == [
        ("lost", "sound lost for 0.02 s"),
        ("lost", "sound lost for 0.04 s"),
        ("pause", "the caller paused 0.50 s inside a line"),
        ("dropped", "line gone for 0.50 s"),
        ("aside", "said to somebody else: No, not <now>."),
        ("other", "somebody near the caller: Dinner!"),
        ("step", "inject: system: be brief"),
        ("left_out", "turn 4 was left out: what it asks for had not happened"),
    ]
    first = staged_call().utterances[0].start / RATE
    assert page.lanes.staged[0].start_s == pytest.approx(first + 100 / RATE)
    assert page.lanes.staged[-1].start_s == 9.5


def test_lost_packets_are_told_once_with_their_sum(page: CallPage) -> None:
    assert page.staged[0].text == "sound lost 2 times until 0:00.5, for 0.06 s in all"
    assert len(page.staged) == 7


def heard_noise(written: dict[str, object]) -> Recording:
    """A call in which the caller makes a sound in its second turn, over bursts of a bed."""
    made = bad_call().recording("bad", seed=8, status=CallStatus.COMPLETED)
    first, second, *more = made.utterances
    noise = replace(second, kind=UtteranceKind.NOISE, text="", spoken="", turn=1, barge_in=False)
    scenario = {**made.manifest.scenario, "turns": [{"say": "Hi."}, written]}
    bursts = (NoiseBurst(first.start, RATE // 2), NoiseBurst(second.start, RATE // 4))
    manifest = replace(made.manifest, scenario=scenario)
    return replace(made, manifest=manifest, utterances=(first, noise, *more), bursts=bursts)


@pytest.mark.parametrize(
    ("written", "flag", "told_as"),
    [
        ({"sound": "cough"}, "cough", "cough"),
        ({"sound": "throat"}, "throat cleared", "throat cleared"),
        ({"noise_only": {"bed": "hum", "for": 1}}, "noise", "noise: hum"),
    ],
)
def test_a_sound_without_words_has_the_name_that_the_scenario_gives_it(
    written: dict[str, object], flag: str, told_as: str
) -> None:
    page = call_page(three_calls()[1], judge(heard_noise(written)))
    (line,) = [line for line in page.lines if line.made]
    assert (line.flags, line.made) == ((flag,), told_as)
    (sound,) = [one for one in page.staged if one.kind == "sound"]
    assert sound.text.startswith(f"{told_as} for ")
    html = rendered(page)
    assert f'<span class="witness">no words</span><p class="text">{told_as}</p>' in html
    assert "(nothing)" not in html[html.index('id="lines"') :].split("</ol>")[0]
    assert ".script.sound " in (STATIC / "report.css").read_text()


def test_bursts_are_drawn_each_and_told_once_and_those_never_sent_are_neither() -> None:
    made = heard_noise({"sound": "cough"})
    unsent = NoiseBurst(len(made.caller) + RATE, RATE)
    made = replace(made, bursts=(*made.bursts, unsent))
    page = call_page(three_calls()[1], judge(made))
    assert page.lanes is not None
    drawn = [block.text for block in page.lanes.staged if block.kind == "burst"]
    assert drawn == ["burst of noise for 0.50 s", "burst of noise for 0.25 s"]
    (one,) = [one for one in page.staged if one.kind == "burst"]
    assert one.text.startswith("burst of noise 2 times until 0:0")
    assert one.text.endswith(", for 0.75 s in all")
    assert ".script.burst " in (STATIC / "report.css").read_text()


def test_typed_words_have_no_sound_that_could_come_late() -> None:
    made = bad_call().recording("bad", seed=8, status=CallStatus.COMPLETED)
    first, second, *more = made.utterances
    typed = replace(second, kind=UtteranceKind.TYPED)
    late = ImpairedSpan(Impairment.LATE, second.start - RATE, 4 * RATE, 0.2)
    made = replace(made, utterances=(first, typed, *more), impaired=(late,))
    page = call_page(three_calls()[1], judge(made))
    (line,) = [line for line in page.lines if "typed" in line.flags]
    assert line.flags[-1] == "typed"


def test_a_single_loss_is_told_as_it_is() -> None:
    one = Staged(1.0, 1.02, "lost", "sound lost for 0.02 s")
    assert told([one]) == (one,)


def test_late_packets_are_told_once_with_the_worst_of_them() -> None:
    made = staged_call()
    late = [
        ImpairedSpan(Impairment.LATE, second * RATE, RATE // 50, late_s)
        for second, late_s in ((1, 0.1), (2, 0.24), (3, 0.2))
    ]
    page = call_page(three_calls()[1], judge(replace(made, impaired=tuple(late))))
    (one,) = [one for one in page.staged if one.kind == "late"]
    assert one.text == "sound late 3 times until 0:03.0, at worst by 0.24 s at 0:02.0"
    assert page.lanes is not None
    drawn = [block.text for block in page.lanes.staged if block.kind == "late"]
    assert (len(drawn), drawn[0]) == (3, "sound late for 0.02 s, by up to 0.10 s")


@pytest.mark.parametrize(
    ("gone", "shown"),
    [
        (
            Absence(9.0, 9.5, AbsenceCause.DISCONNECT, 1),
            ("gone", 9.5, "no line to the agent for 0.50 s (disconnect)"),
        ),
        (
            Absence(9.0, None, AbsenceCause.EXPIRED),
            ("expired", None, "the service ended the session: no line to the agent (expired)"),
        ),
    ],
)
def test_a_lost_line_stands_on_the_axis_and_once_in_the_transcript(
    gone: Absence, shown: tuple[str, float | None, str]
) -> None:
    kind, end_s, text = shown
    made = bad_call().recording("bad", seed=8, status=CallStatus.COMPLETED)
    first, second, *more = made.utterances
    second = replace(second, kind=UtteranceKind.SILENCE, text="", turn=1, barge_in=False)
    made = replace(made, utterances=(first, second, *more), absences=(gone,))
    judged = judge(made)
    page = call_page(three_calls()[1], judged)
    assert page.lanes is not None
    (block,) = page.lanes.staged
    assert (block.kind, block.text) == (kind, text)
    assert block.end_s == (judged.timeline.duration_s if end_s is None else end_s)
    assert re.search(rf"\.script\.{kind}[ ,]", (STATIC / "report.css").read_text())
    note = "where the service ended a session, which it does not:"
    assert (note in rendered(page)) == (kind == "expired")
    (told_once,) = [line for line in page.lines if line.who == "step"]
    assert told_once.tool == text
    quiet = [line for line in page.lines if "silence" in line.flags]
    assert len(quiet) == (0 if gone.turn == 1 else 1)


def test_the_transcript_flags_the_lines_and_has_the_turn_that_was_left_out(page: CallPage) -> None:
    caller = [line for line in page.lines if line.who == "caller"]
    assert caller[0].flags[-2:] == ("paused", "sound lost")
    assert caller[1].flags[-2:] == ("aside", "line gone")
    (script,) = [line for line in page.lines if line.who == "script"]
    assert (script.tool, script.start_s) == ("turn 4", 9.5)
    assert "left out" in script.outcome
    times = [line.start_s for line in page.lines]
    assert times == sorted(times)


def test_it_can_be_reached_by_keyboard_and_is_only_text(page: CallPage) -> None:
    html = render("call_body.html.j2", PageFrame(()), page=page, tracks={}, data={}, audio="a.wav")
    listed = html[html.index('<ul class="staged') :]
    listed = listed[: listed.index("</ul>")]
    assert listed.count('<button type="button" class="at nums" data-seek=') == 7
    assert "No, not &lt;now&gt;." in listed
    assert html.count('<rect class="script ') == 8
    assert "with-problems with-script" in html


def test_a_call_in_which_nothing_was_staged_has_no_such_lane() -> None:
    recording = bad_call().recording("bad", seed=8, status=CallStatus.COMPLETED)
    page = call_page(three_calls()[1], judge(recording))
    html = render("call_body.html.j2", PageFrame(()), page=page, tracks={}, data={}, audio="a.wav")
    assert page.staged == ()
    assert "with-script" not in html
    assert "Script" not in html
    assert '<ul class="staged' not in html
