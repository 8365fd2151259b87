"""A session that lasts too long ends as at the service, and calls know why."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import click
import pytest
from support.agent_driver import LOOKUP, Driver, asked

from harness.agent.desk.en.english import ENGLISH_DESK
from harness.agent.server.websocket_server import ServedAgent, serve
from harness.cli.options import Seconds
from harness.protocol.commands import ConfigureSession, CreateResponse, SessionConfig
from harness.recording.provenance import EndCause
from harness.recording.store import read_recording
from harness.runs.pipeline import ExpectedCaller, VirtualOrder, call_virtually
from harness.runs.plan import Repeats, plan_jobs
from harness.scenario.catalog import find
from harness.scenario.target import Target
from harness.session.clock import Clock

STRAIGHT = Path(__file__).parents[2] / "scenarios" / "order_desk" / "lookup" / "straight.yaml"


@pytest.mark.parametrize(
    ("limit_s", "words"), [(3600.0, "60 minutes"), (20.0, "20 seconds"), (90.0, "90 seconds")]
)
def test_a_session_ends_at_its_limit_with_an_error_and_the_same_words_in_the_close_frame(
    limit_s: float, words: str
) -> None:
    driver = Driver(limit_s=limit_s)
    assert driver.events[0]["session"]["expires_at"] == 100 + limit_s
    assert (driver.wait(limit_s - 0.1), driver.hung_up) == ([], None)
    (error,) = driver.wait(0.2)
    told = f"Your session hit the maximum duration of {words}."
    assert (error["error"]["code"], error["error"]["message"]) == ("session_expired", told)
    assert driver.hung_up == (1001, told)


def test_nothing_comes_of_a_session_that_is_over() -> None:
    driver = asked(limit_s=2.0)
    driver.do(CreateResponse())
    driver.wait(1.95)
    assert driver.wait(0.1)[-1]["error"]["code"] == "session_expired"
    assert driver.do(CreateResponse()) == driver.wait(60.0) == []


@pytest.mark.parametrize(("on_expiry", "limit_s"), [("end", 9.0), ("reconnect", 18.0)])
def test_a_call_that_is_longer_than_a_session_ends_with_it_or_goes_on_in_another(
    tmp_path: Path, on_expiry: str, limit_s: float
) -> None:
    @asynccontextmanager
    async def short_lived(
        clock: Clock, _fault: str | None, _spoken: str, _caller: ExpectedCaller
    ) -> AsyncIterator[str]:
        async with serve(ServedAgent(session_s=limit_s), clock=clock) as server:
            yield server.url

    target = Target.model_validate({"format": 1, "target": "short", "on_expiry": on_expiry})
    (job,) = plan_jobs(find((STRAIGHT,)), Repeats(), target)
    call = call_virtually(VirtualOrder(job, tmp_path, short_lived, None))
    recording = read_recording(tmp_path / call.recording)
    if on_expiry == "end":
        assert (call.status, recording.manifest.end_cause) == ("socket_closed", EndCause.EXPIRED)
        assert "maximum duration of 9 seconds" in recording.manifest.status_detail
    else:
        assert (call.status, len(recording.absences)) == ("completed", 1)
        assert [run.name for run in recording.tools] == ["lookup_order"]


def told(*said: str) -> Driver:
    """Return a session that gets the transcript of another: caller and agent in turns."""
    driver = Driver()
    prompt = "Always read back the number and ask whether it is right. Orders: ORD-4715B."
    config = SessionConfig(modalities=("text",), instructions=prompt, tools=(LOOKUP,))
    driver.do(ConfigureSession(config))
    for caller, agent in zip(said[::2], said[1::2], strict=True):
        driver.types(caller)
        content = [{"type": "output_text", "text": agent}]
        item = {"type": "message", "role": "assistant", "content": content}
        driver.send(type="conversation.item.create", item=item)
    return driver


ASKED = "Where is my order ORD-4715B?"
READ_BACK = "I have O R D dash 4 7 1 5 B. Is that right?"
YES = "Yes, that's right."


def test_a_conversation_that_is_told_goes_on_where_it_was() -> None:
    driver = told(ASKED, READ_BACK)
    driver.say(YES)
    assert [item["type"] for item in driver.output()][-1] == "function_call"


def test_a_read_back_that_was_cut_is_said_again_and_can_be_confirmed() -> None:
    driver = told(ASKED, "I have O R D")
    driver.do(CreateResponse())
    driver.wait(20.0)
    (said,) = driver.output()
    assert "four, seven, one, five, B" in said["content"][0]["text"]
    driver.say(YES)
    assert [item["type"] for item in driver.output()][-1] == "function_call"


def test_a_call_that_was_announced_and_never_made_is_made() -> None:
    driver = told(ASKED, READ_BACK, YES, "One moment, I'm")
    driver.do(CreateResponse())
    driver.wait(20.0)
    assert [item["type"] for item in driver.output()][-1] == "function_call"


def test_a_call_that_was_made_is_not_made_again() -> None:
    driver = told(ASKED, READ_BACK, YES, "One moment, I'm looking.")
    call = {"type": "function_call", "call_id": "c", "name": "lookup_order"}
    driver.send(type="conversation.item.create", item=call | {"arguments": "{}"})
    driver.do(CreateResponse())
    driver.wait(20.0)
    (said,) = driver.output()
    assert said["content"][0]["text"] in ENGLISH_DESK.sayings["working"]


@pytest.mark.parametrize(
    ("text", "found"), [("20s", 20.0), ("250ms", 0.25), ("7", 7.0), ("0", None), ("soon", None)]
)
def test_a_limit_is_given_as_files_write_durations(text: str, found: float | None) -> None:
    if found is not None:
        assert Seconds()(text) == found
        return
    with pytest.raises(click.BadParameter, match="expected"):
        Seconds()(text)
