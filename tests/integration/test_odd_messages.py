"""Whatever a server sends: its call is judged, or says why not, and every page is drawn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from support.call_script import record
from support.odd_messages import ODD, documented, odd_calls, paths, with_value
from support.stored_messages import decoded, served

from harness.files import to_json
from harness.judging.judge import judge
from harness.recording.model import Direction, Recording, WireMessage
from harness.report.pages import PageFrame, render
from harness.report.run.call_rows import in_folders, neighbours
from harness.report.run.call_view import call_page, player_data
from harness.results.aggregate import Made, results_of
from harness.results.store import from_json
from harness.runs.call_result import result_of
from harness.timeline.build import build
from harness.timeline.usage import usage

SCRIPT = """
0.0-2.0    caller: Hi, where is my order? It's ORD-4715B.
2.8-6.0    agent: I have O, R, D, dash, 4, 7, 1, 5, B. Is that right? [stopped 2.4] [phase x]
6.5-7.5    caller: Yes, that's right.
8.3-9.3    agent: Let me look that up for you. [of 3.0] [cancelled 8.9] [truncated 1000]
8.9-10.4   lookup_order order_id=ORD-4715B
8.8-10.0   caller: Wait. [barge-in]
11.0-12.0  agent: It is on its way.
"""


CALL = decoded(record(SCRIPT), served(record(SCRIPT)))
TALK = decoded(CALL, documented())
MADE = Made("2026-01-01T00:00:00+00:00", "mine", "virtual", {}, False, "")


def drawn(recording: Recording) -> str:
    """Judge a call, store and read its result, and draw its page."""
    found = results_of((result_of(judge(recording), "calls/odd/001"),), MADE)
    (call,) = from_json(to_json(found), Path("results.json")).calls
    page = call_page(call, judge(recording))
    return render(
        "call.html.j2",
        PageFrame((), "../"),
        page=page,
        around=neighbours((call,), in_folders)[0],
        audio="call.flac",
        tracks={"caller": "caller.flac"},
        data=player_data(page, "nonce"),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(odd_calls((CALL, TALK)))
def test_a_call_with_odd_messages_is_judged_stored_and_drawn(call: Recording) -> None:
    assert "</html>" in drawn(call)


def every_odd_value() -> list[WireMessage]:
    """Return each field of each documented message with each odd value in turn."""
    known = {
        event.message["type"]: event
        for event in documented()
        if event.direction is Direction.RECEIVED
    }
    return [
        replace(event, message=with_value(event.message, path, value))
        for event in known.values()
        for path in paths(event.message)
        for value in (..., *ODD)
    ]


def test_every_field_of_every_known_event_may_hold_anything() -> None:
    odd = decoded(CALL, every_odd_value())
    assert build(odd).violations
    assert usage(odd).responses
