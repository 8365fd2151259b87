"""A vendor without turns and ids, on one track each way: its calls are judged by their audio."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from support.brook_agent import Line, Manners, Truth, brook_agent
from support.call_plans import call_plan, scenario, writer
from support.installed import install
from support.odd_server import MADE
from support.offered import forget_installed

from harness.protocol.dialect import dialect
from harness.recording.model import Recording
from harness.recording.provenance import CallStatus
from harness.recording.store import read_recording
from harness.report.run.html import write_report
from harness.results.aggregate import results_of
from harness.results.model import CallResult
from harness.results.store import RESULTS, write_results
from harness.runs.pipeline import VirtualOrder, call_virtually
from harness.runs.plan import Repeats, plan_jobs
from harness.scenario.catalog import find
from harness.scenario.target import Target
from harness.session.call import run_call
from harness.session.clock import RealClock
from harness.timeline.build import build

PROJECT = Path(__file__).parents[1] / "data" / "packages" / "brook"
DESK = Path(__file__).parents[2] / "scenarios" / "order_desk"

LOOK_UP = ("lookup_order", {"order_id": "ORD-4715B"})
SPELLED = "So that's O, R, D, dash, 4, 7, 1, 5, B. Is that right?"
LOOKING = "Thank you. Let me look up your order."
SHIPPED = "Your order has shipped. It should arrive on April 25. Is there anything else?"
STORY = (
    "Your order has shipped on Monday morning from our warehouse by the river and goes by rail to"
    " the regional depot and then by van to your door, where somebody must be there to sign for it."
)
STATUS = "Your order has shipped. It goes by rail to the regional depot, and then by van to you."
BYE = Line("Thank you for calling. Goodbye.")
CANCEL = ("cancel_order", {"order_id": "ORD-7851F"})
SPELLED_F = "So that's O, R, D, dash, 7, 8, 5, 1, F. Is that right?"
PROPOSED = (
    "I can cancel order O, R, D, dash, 7, 8, 5, 1, F. This cannot be undone. Shall I go ahead?"
)
CANCELLED = "Your order is cancelled. Is there anything else?"
STRAIGHT = [Line(SPELLED), Line(LOOKING, LOOK_UP, SHIPPED), BYE]
LONG = [Line(SPELLED), Line(LOOKING, LOOK_UP, STORY), BYE]
CANCELLING = [
    Line(SPELLED_F),
    Line(PROPOSED),
    Line("Alright, I am cancelling it now.", CANCEL, CANCELLED),
    BYE,
]
UNASKED = [Line(SPELLED_F), Line("Alright, I am cancelling it now.", CANCEL, CANCELLED), BYE]
STORIES = {
    "lookup": ("lookup/straight", STRAIGHT),
    "cancelled": ("write/confirmed_cancellation", CANCELLING),
    "unasked": ("write/confirmed_cancellation", UNASKED),
    "barge-in": ("turn_taking/barge_in_long_answer", LONG),
    "sentence": (
        "turn_taking/barge_in_long_answer",
        [Line(SPELLED), Line(LOOKING, LOOK_UP, STATUS), BYE],
    ),
    "silence": ("noise/nobody_there", []),
}
P, F, NA, UN = "pass", "fail", "not_applicable", "unscorable"
SCORERS = (
    *("write_confirmation", "entity_confirmation", "escalation", "expectations"),
    *("barge_in_yield", "preamble", "time_to_first_audio"),
)
CUT = "nothing tells whether it was cut short or had finished"

# story, manners; the outcomes in the order of SCORERS; and a part of a reason
CALLS: dict[str, tuple[str, Manners, tuple[str, ...], str]] = {
    "a straight lookup": ("lookup", Manners(), (NA, P, P, P, NA, P, P), "0.92 s, limit 1.50 s"),
    "an agreed cancellation": ("cancelled", Manners(), (P, P, P, P, NA, NA, P), "as agreed"),
    "a barge-in": ("barge-in", Manners(), (NA, P, P, P, P, P, P), "slowest yield took"),
    "a barge-in behind a sentence": ("sentence", Manners(), (NA, P, P, P, UN, P, P), CUT),
    "it greets first": (
        *("cancelled", Manners(greets="Hello, this is the order desk. How may I help?")),
        *((P, P, P, P, NA, NA, P), "as agreed"),
    ),
    "silence": ("silence", Manners(), (NA, NA, P, P, NA, NA, NA), "everything expected"),
    "it talks over a barge-in": (
        *("barge-in", Manners(yields_s=None), (NA, P, P, P, F, P, F)),
        "the agent kept talking over the caller for",
    ),
    "its audio is queued at the client": (
        *("barge-in", Manners(ahead=True), (NA, P, P, P, UN, UN, F)),
        "s of audio were queued at the client when the caller began at",
    ),
    "it cancels unasked": (
        *("unasked", Manners(), (F, P, P, P, NA, NA, P)),
        "cancel_order was called without being proposed",
    ),
    "it answers late": (
        *("lookup", Manners(delay_s=2.3), (NA, P, P, P, NA, P, F)),
        "slowest answer took 2.42 s, limit 1.50 s, 3 of 3 answers too late",
    ),
}


@dataclass(frozen=True)
class Held:
    call: CallResult
    truth: Truth
    recording: Recording
    page: str

    @property
    def outcomes(self) -> tuple[str, ...]:
        told = {score.scorer: score.outcome for score in self.call.scores}
        return tuple(told[name] for name in SCORERS)

    @property
    def reasons(self) -> str:
        return " | ".join(score.reason for score in self.call.scores)


@pytest.fixture(scope="module")
def brook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Brook's package, installed as long as these tests run; yields a folder for calls."""
    site = tmp_path_factory.mktemp("site")
    install(PROJECT, site)
    sys.path.insert(0, str(site))
    forget_installed()
    yield tmp_path_factory.mktemp("calls")
    sys.path.remove(str(site))
    forget_installed()
    sys.modules.pop("brook", None)


def hold(out: Path, story: str, manners: Manners) -> Held:
    name, script = STORIES[story]
    (job,) = plan_jobs(find((DESK / f"{name}.yaml",)), Repeats(), target())[:1]
    truth = Truth()
    call = call_virtually(VirtualOrder(job, out, brook_agent(script, manners, truth), None))
    write_results(out / RESULTS, results_of((call,), MADE))
    write_report(out)
    folder = out / call.recording
    return Held(call, truth, read_recording(folder), (folder / "index.html").read_text())


def target(**session: str) -> Target:
    settings = {"input_format": "pcm16_16k", **session}
    return Target.model_validate(
        {"format": 1, "target": "brook", "dialect": "brook", "session": settings}
    )


@pytest.fixture(scope="module")
def calls(brook: Path) -> Callable[[str], Held]:
    """Calls by name, each made once."""

    @cache
    def held(name: str) -> Held:
        story, manners, _, _ = CALLS[name]
        return hold(brook / name, story, manners)

    return held


@pytest.mark.parametrize("name", CALLS)
def test_calls_without_turns_and_ids_are_judged_by_their_sound(calls, name: str) -> None:
    _, _, outcomes, reason = CALLS[name]
    held = calls(name)
    assert (held.call.status, held.call.status_detail) == ("completed", "")
    assert held.outcomes == outcomes, held.reasons
    assert reason in held.reasons


@pytest.mark.parametrize("name", ["a straight lookup", "it answers late", "a barge-in"])
def test_what_was_heard_when_is_right_to_the_millisecond(calls, name: str) -> None:
    held = calls(name)
    timeline = build(held.recording)
    spans = [utterance.span for utterance in timeline.agent]
    assert [span.start_s for span in spans] == pytest.approx(held.truth.began_s, abs=1e-3)
    assert [span.end_s for span in spans] == pytest.approx(held.truth.fell_silent_s, abs=1e-3)
    first = next(wait for wait in timeline.waits if wait.took_s is not None)
    waited_s = held.truth.began_s[0] - timeline.caller[0].span.end_s
    assert first.took_s == pytest.approx(waited_s, abs=1e-3)


def test_a_slower_first_sound_is_slower_by_as_much_as_was_planted(calls) -> None:
    quick, slow = (
        next(wait.took_s for wait in build(calls(name).recording).waits)
        for name in ("a straight lookup", "it answers late")
    )
    assert slow - quick == pytest.approx(2.3 - 0.8, abs=1e-3)


def test_the_yield_is_measured_to_the_millisecond(calls) -> None:
    held = calls("a barge-in")
    (fact,) = build(held.recording).barge_ins
    assert fact.yielded_s == pytest.approx(held.truth.fell_silent_s[2], abs=1e-3)


def test_the_page_says_where_the_turns_are_from(calls) -> None:
    held = calls("a straight lookup")
    assert "Turns from audio" in held.page
    assert "nothing told when an answer began or ended" in held.page
    assert {each.inferred for each in build(held.recording).agent} == {True}
    assert "Turns from audio" not in calls("silence").page


def test_an_agent_that_keeps_its_words_to_itself_fails_nothing(brook: Path) -> None:
    held = hold(brook / "wordless", "lookup", Manners(wordless=True))
    assert held.call.status == "completed"
    assert held.outcomes == (NA, NA, P, UN, NA, NA, P), held.reasons
    assert "the agent sent no transcript, so the caller could not answer" in held.reasons


def test_formats_that_it_has_not_are_told_before_anybody_is_called(brook: Path) -> None:
    spoken = target().session.wanted()
    assert list(dialect("brook").unfit(spoken)) == []
    other = target(input_format="pcm16_24k").session.wanted()
    assert list(dialect("brook").unfit(other)) == [("input_format", "brook has pcm16_16k alone")]


def test_real_time_is_followed_as_virtual_time_is(brook: Path, tmp_path: Path) -> None:
    wanted = scenario([{"say": "Hello?"}])
    agent = brook_agent([BYE], Manners(), Truth())

    async def main() -> CallStatus:
        clock = RealClock()
        async with agent(clock) as url:
            settings = target().session
            plan = call_plan(url, wanted, dialect="brook", session=settings)
            return await run_call(plan, clock=clock, writer=writer(tmp_path / "call"))

    assert asyncio.run(main()) is CallStatus.COMPLETED
    (spoken,) = build(read_recording(tmp_path / "call")).agent
    assert spoken.claimed == BYE.say
