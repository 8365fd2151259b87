"""A person's call: judged like any other, with their words heard and not known."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from support.scripted_server import Script, served_beside

from harness.audio.pcm import Int16Array
from harness.caller.model import CallerScript
from harness.caller.render import render_script, voices_for
from harness.cli.main import run_command
from harness.errors import UsageError
from harness.importing.assemble import with_person_heard
from harness.recording.model import Recording
from harness.recording.provenance import CallStatus, Estimate, SourceKind
from harness.recording.saving import write_recording
from harness.recording.store import read_recording
from harness.report.run.setup_view import again, imported
from harness.results.model import CallResult, RunResults
from harness.runs.embedded import embedded_agent
from harness.runs.manual_call import TalkRequest, talk, talk_plan
from harness.runs.pipeline import ExpectedCaller, finish, place
from harness.runs.plan import Job
from harness.runs.processes import Stop, stop_signals
from harness.runs.routes import embedded_route
from harness.session.call_parts import Person
from harness.session.caller_stream import FRAME
from harness.session.clock import VirtualClock
from harness.session.virtual_time import run_virtual
from harness.speech.base import recognizer
from harness.speech.cache import cached_hearing
from harness.timeline import own_lateness

LOOKUP = "straight lookup"


def job_of(out: Path) -> Job:
    return talk_plan(TalkRequest(LOOKUP, out)).jobs[0]


async def _talk(job: Job, out: Path, said: CallerScript, heard: list[int]) -> None:
    clock = VirtualClock()
    caller = ExpectedCaller(job.loaded.suite.suite.language, said)
    person = Person(lambda sound: heard.append(len(sound)), print, call_s=60.0, agent_opens=False)
    async with embedded_agent(clock, None, job.target.dialect, caller) as url:
        speaking = asyncio.create_task(_speak(person, said))
        nobody = CallerScript((), (), None, {})
        route = embedded_route(url, job.target)
        assert await place(job, nobody, route, out, clock=clock, person=person) is None
        await speaking


async def _speak(person: Person, said: CallerScript) -> None:
    """Say the first line 1 s into the call, agree 10 s later, and hang up after 12 s more."""
    agree = next(clip for clip in said.answers if clip.text == "Yes, that's right.")
    pause, line = np.zeros(24_000, np.int16), said.turns[0].audio.samples
    sound = np.concatenate([pause, line, *[pause] * 10, agree.audio.samples, *[pause] * 12])
    for start in range(0, len(sound), FRAME):
        person.spoke(sound[start : start + FRAME])
        await asyncio.sleep(0.02)
    person.hang_up()


@pytest.fixture(scope="module")
def called(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recording, CallResult, list[int]]:
    out = tmp_path_factory.mktemp("talk")
    job = job_of(out)
    loaded = job.loaded
    voices = voices_for(loaded.path)
    said = render_script(loaded.scenario, loaded.suite, seed=job.seed, voices=voices)
    heard: list[int] = []
    run_virtual(_talk(job, out, said, heard))
    engine = cached_hearing(recognizer(loaded.suite.suite.recognizer))
    folder = job.folder(out)
    made = with_person_heard(read_recording(folder), engine, loaded.suite.language)
    write_recording(folder, made)
    return made, finish(out, job), heard


def test_the_agent_answers_a_person_as_it_answers_a_script(called) -> None:
    recording, _, heard = called
    assert recording.manifest.status is CallStatus.COMPLETED
    assert [run.name for run in recording.tools] == ["lookup_order"]
    assert len(recording.agent) - sum(heard) in (0, FRAME)  # the last frame is not heard
    assert recording.agent.samples.any()
    assert recording.caller == recording.caller_clean


def test_what_the_person_said_is_heard_and_marked_as_such(called) -> None:
    recording, result, _ = called
    said, agreed = recording.utterances
    assert "order" in said.text.lower()
    assert "right" in agreed.text.lower()
    assert (said.turn, agreed.turn) == (None, None)
    assert said.start / 24_000 == pytest.approx(1.1, abs=0.2)
    origin = recording.manifest.origin
    assert origin is not None
    assert (origin.kind, origin.sound) == (SourceKind.PERSON, True)
    assert origin.estimated == (Estimate.BOUNDS, Estimate.WORDS)
    assert result.estimated == ("bounds", "words")
    told = imported(origin)
    assert "Imported" not in told
    assert "A person called: where they spoke, and their words, are what moonshine heard." in told
    assert again(recording.manifest) is None


def test_it_is_judged_like_any_call(called) -> None:
    _, result, _ = called
    outcomes = {score.scorer: score.outcome for score in result.scores}
    assert result.passed is not None
    assert outcomes["expectations"] == "pass"
    assert outcomes["entity_confirmation"] == "pass"


class Handset:
    """A line whose person asks for the end, so often, as soon as they are or would be there."""

    def __init__(self, stop: Stop, asks: int, *, comes: bool) -> None:
        self._stop, self._asks, self._comes = stop, asks, comes
        self.told: list[str] = []

    async def called(self) -> None:
        if not self._comes:
            await self.listen(lambda _: None)

    async def listen(self, spoke: Callable[[Int16Array], None]) -> None:
        spoke(np.zeros(4_800, np.int16))
        await asyncio.sleep(0.3)
        for _ in range(self._asks):
            self._stop.ask()
        await asyncio.Event().wait()

    def play(self, samples: Int16Array) -> None:
        """No person is connected to hear it."""

    def tell(self, words: str) -> None:
        self.told.append(words)


NOBODY = "ws://127.0.0.1:9/"


def handset_talk(
    out: Path, asks: int, *, url: str = NOBODY, comes: bool = True
) -> tuple[RunResults, list[str]]:
    with stop_signals(itertools.count().__next__) as stop:
        handset = Handset(stop, asks, comes=comes)
        plan = talk_plan(TalkRequest(LOOKUP, out, target=url))
        return talk(plan, lambda _: nullcontext(handset)), handset.told


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server; and no stall is too long, since tests run in parallel."""
    monkeypatch.setattr(own_lateness, "STALL_S", 60.0)
    monkeypatch.setattr(own_lateness, "AWAY_S", 60.0)
    with served_beside(Script([])) as url:
        yield url


def test_ctrl_c_hangs_up_and_the_call_is_heard_and_judged(tmp_path: Path, server: str) -> None:
    results, told = handset_talk(tmp_path, 1, url=server)
    (result,) = results.calls
    assert (result.status, results.interrupted) == ("completed", False)
    assert result.estimated == ("bounds", "words")  # the words were recognized
    assert result.scores
    assert told == ["The call is over and is being judged. The terminal has the report."]


def test_a_second_ctrl_c_leaves_at_once_with_what_was_recorded(tmp_path: Path, server: str) -> None:
    results, told = handset_talk(tmp_path, 2, url=server)
    (result,) = results.calls
    assert (result.status, results.interrupted) == ("interrupted", True)
    assert told == []
    recording = read_recording(tmp_path / result.recording)
    assert recording.manifest.duration_s == pytest.approx(0.3, abs=0.3)


def test_ctrl_c_before_anybody_is_on_the_line_makes_no_call(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        handset_talk(tmp_path, 1, comes=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("session", "told"),
    [
        ("turn_detection: none", "turn_detection is none, .*: take server_vad, to talk with it"),
        (
            "type: transcription, input_transcription: {model: whisper-1}",
            "type is transcription, .*: take realtime",
        ),
        ("output: text", "output is text, .*: take audio"),
    ],
)
def test_a_target_with_which_nobody_can_talk_is_refused_with_what_to_do(
    tmp_path: Path, session: str, told: str
) -> None:
    target = tmp_path / "mute.yaml"
    target.write_text(f"format: 1\ntarget: mute\nurl: ws://127.0.0.1:9/\nsession: {{{session}}}\n")
    with pytest.raises(UsageError, match=rf"target mute: session\.{told}"):
        talk_plan(TalkRequest(LOOKUP, tmp_path, target=str(target)))


def test_a_suite_whose_language_nobody_hears_is_refused(tmp_path: Path) -> None:
    (tmp_path / "suite.yaml").write_text(
        "format: 1\nsuite: s\ninstructions: p.md\nlanguage: de\nrecognizer: moonshine\n"
    )
    (tmp_path / "p.md").write_text("Sei freundlich.")
    (tmp_path / "one.yaml").write_text("format: 1\nname: one\nturns: [{say: Hallo}]\n")
    with pytest.raises(UsageError, match="nobody could tell what you say"):
        talk_plan(TalkRequest(str(tmp_path / "one.yaml"), tmp_path))


def test_a_run_is_not_replaced_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "results.json").write_text("{}")
    assert run_command(["talk", LOOKUP, "--out", str(tmp_path)]) == 2
    assert "already holds a run" in capsys.readouterr().err
