"""The silence after each tool: when a wait begins, and which audio ends it."""

from __future__ import annotations

from typing import Any

import pytest
from support.call_script import record

from harness.recording.provenance import Origin, SourceKind
from harness.timeline.build import build
from harness.timeline.model import WaitEnd

HEARD, TOOL, CALLER, CALL = WaitEnd.HEARD, WaitEnd.TOOL, WaitEnd.CALLER, WaitEnd.CALL
LINE = WaitEnd.LINE
ASKED = "0.0-1.0 caller: Where is my order?\n"
PREAMBLE = ASKED + "1.5-2.7 agent: Let me look that up.\n"
LOOKED = PREAMBLE + "2.8-4.0 lookup_order\n"
ANSWER = "4.5-6.0 agent: It has shipped.\n"

# script, (from, until, end) of each wait
ROWS: dict[str, tuple[str, list[tuple[float, float, WaitEnd]]]] = {
    "an answer": (LOOKED + ANSWER, [(4.0, 4.5, HEARD)]),
    "no answer, and the call is over": (LOOKED + "8.0-8.1 bed:", [(4.0, 9.1, CALL)]),
    "no answer, and the caller asks again": (
        LOOKED + "9.0-10.0 caller: Hello?\n11.0-12.0 agent: It has shipped.",
        [(4.0, 9.0, CALLER)],
    ),
    "a caller who speaks on a line with a noise bed": (
        LOOKED + "0.0-10.0 bed:\n9.0-10.0 caller: Hello?",
        [(4.0, 9.0, CALLER)],
    ),
    "a murmur takes no floor": (
        LOOKED + "4.1-4.4 caller: Mm-hm. [backchannel]\n" + ANSWER,
        [(4.0, 4.5, HEARD)],
    ),
    "silence of the caller is no turn": (
        LOOKED + "4.1-4.4 caller: [silence]\n" + ANSWER,
        [(4.0, 4.5, HEARD)],
    ),
    "a failed tool owes an answer too": (
        PREAMBLE + "2.8-4.0 lookup_order [failed]\n" + ANSWER,
        [(4.0, 4.5, HEARD)],
    ),
    "a tool that was never answered has no result": (PREAMBLE + "2.8- lookup_order", []),
    # --- preambles
    "a preamble that still plays is no answer": (
        ASKED + "1.5-4.6 agent: Let me look that up.\n1.8-4.0 lookup_order\n9.0-9.1 bed:",
        [(4.0, 10.1, CALL)],
    ),
    "a preamble that begins to sound after the result is no answer": (
        ASKED + "1.8-4.0 lookup_order\n4.2-5.0 agent: Let me look that up. [created 1.7]\n"
        "5.5-7.0 agent: It has shipped. [created 4.1]",
        [(4.0, 5.5, HEARD)],
    ),
    "another sentence of the preamble's response is no answer": (
        ASKED + "1.5-2.7 agent: One moment. [response a]\n1.8-4.0 lookup_order\n"
        "4.5-5.0 agent: Let me see. [response a]\n6.0-7.0 agent: It has shipped.",
        [(4.0, 6.0, HEARD)],
    ),
    "an answer that begins the moment the result is there": (
        LOOKED + "4.2-6.0 agent: It has shipped. [created 4.0]",
        [(4.0, 4.2, HEARD)],
    ),
    # --- several tools
    "of parallel tools the last is owed the answer": (
        PREAMBLE + "2.8-4.0 lookup_order\n2.8-5.0 lookup_order\n5.5-6.0 agent: Both.",
        [(4.0, 4.0, TOOL), (5.0, 5.5, HEARD)],
    ),
    "a tool that ends first and was called last takes over nothing": (
        PREAMBLE + "2.8-5.0 lookup_order\n3.0-4.0 lookup_order\n5.5-6.0 agent: Both.",
        [(5.0, 5.5, HEARD), (4.0, 4.0, TOOL)],
    ),
    "tools that end together are owed one answer each": (
        PREAMBLE + "2.8-4.0 lookup_order\n3.0-4.0 lookup_order\n" + ANSWER,
        [(4.0, 4.5, HEARD), (4.0, 4.5, HEARD)],
    ),
    "a chained tool takes over": (
        LOOKED + "4.2-6.0 cancel_order\n6.5-7.0 agent: It is cancelled.",
        [(4.0, 4.2, TOOL), (6.0, 6.5, HEARD)],
    ),
    "a tool that is called once the answer was heard takes over nothing": (
        LOOKED + ANSWER + "6.5-7.0 cancel_order\n7.5-8.0 agent: It is cancelled.",
        [(4.0, 4.5, HEARD), (7.0, 7.5, HEARD)],
    ),
    "a tool that was never answered runs for nobody": (
        PREAMBLE + "2.8- cancel_order\n2.8-4.0 lookup_order\n" + ANSWER,
        [(4.0, 4.5, HEARD)],
    ),
    # --- sounds without a syllable
    "a click is no answer": (
        LOOKED + "4.5-4.55 agent: Tick.\n7.0-8.0 agent: It has shipped.",
        [(4.0, 7.0, HEARD)],
    ),
    "a click before speech of the same response belongs to it": (
        LOOKED + "4.5-6.0 agent: It has shipped. [pause 4.55-5.0]",
        [(4.0, 4.5, HEARD)],
    ),
    # --- tools of the server
    "the server's tool may be answered in the same response": (
        ASKED + "1.5-6.0 agent: Let me look. It has shipped. [pause 2.7-4.5] [came 1.4 4.3]\n"
        "2.8-4.0 lookup_order [server]",
        [(4.0, 4.5, HEARD)],
    ),
    "a preamble of the same response is no answer of the server's tool either": (
        ASKED + "1.5-4.6 agent: Let me look that up.\n1.8-4.0 lookup_order [server]\n9.0-9.1 bed:",
        [(4.0, 10.1, CALL)],
    ),
    "a response that was created before the server's tool ended may answer it": (
        PREAMBLE + "2.8-4.0 lookup_order [server]\n4.5-6.0 agent: It has shipped. [created 3.0]",
        [(4.0, 4.5, HEARD)],
    ),
    "the server's tool that never ended is waited for from its call": (
        PREAMBLE + "2.8- lookup_order [server] [unseen]\n9.0-9.1 bed:",
        [(2.8, 10.1, CALL)],
    ),
    "the server's tool that never ended, and was answered": (
        PREAMBLE + "2.8- lookup_order [server] [unseen]\n" + ANSWER,
        [(2.8, 4.5, HEARD)],
    ),
    # --- responses that are not announced
    "an answer that goes on from the preamble, on one track": (
        ASKED + "1.5-6.0 agent: Let me look. It has shipped. [stray] [response x] [pause 4.2-4.5]"
        " [came 1.4 3.0 4.3]\n2.8-4.0 lookup_order",
        [(4.0, 4.5, HEARD)],
    ),
    "the end of a preamble that had come before, on one track": (
        ASKED + "1.5-6.0 agent: Let me look. It may take long. [stray] [response x]"
        " [pause 4.2-4.5] [came 1.4 3.0]\n2.8-4.0 lookup_order\n12.0-13.0 caller: Hello?",
        [(4.0, 12.0, CALLER)],
    ),
    # --- the line
    "a session that follows and does not answer": (
        LOOKED + "5.0-7.0 line:\n18.0-19.0 caller: Hello?",
        [(4.0, 5.0, LINE), (7.0, 18.0, CALLER)],
    ),
    "a session that follows and answers": (
        LOOKED + "5.0-7.0 line:\n7.5-8.0 agent: It has shipped.",
        [(4.0, 5.0, LINE), (7.0, 7.5, HEARD)],
    ),
    "a result that comes while the line is gone": (
        LOOKED + "3.5-7.0 line:\n18.0-19.0 caller: Hello?",
        [(4.0, 4.0, LINE), (7.0, 18.0, CALLER)],
    ),
    "a line that is lost twice": (
        LOOKED + "5.0-7.0 line:\n9.0-11.0 line:\n12.0-12.5 agent: It has shipped.",
        [(4.0, 5.0, LINE), (7.0, 9.0, LINE), (11.0, 12.0, HEARD)],
    ),
    "a line that never comes back": (
        LOOKED + "12.0- line:",
        [(4.0, 12.0, LINE)],
    ),
    "a line that was lost after the answer takes nothing away": (
        LOOKED + ANSWER + "6.5-7.0 line:",
        [(4.0, 4.5, HEARD)],
    ),
    "an agent that hangs up": (LOOKED + "4.6- hangs_up:", [(4.0, 4.6, CALL)]),
    "a call that was over before its result came": (
        PREAMBLE + "2.8-4.0 lookup_order\n3.5- hangs_up:",
        [(4.0, 4.0, CALL)],
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_result_is_waited_for(name: str) -> None:
    script, waits = ROWS[name]
    told = build(record(script))
    found = told.result_waits
    assert [one.end for one in found] == [end for _, _, end in waits]
    times = [(one.from_s, one.until_s) for one in found]
    assert times == [pytest.approx((from_s, until_s), abs=1e-3) for from_s, until_s, _ in waits]
    after_line = [False, *(one.end is LINE for one in found)]
    for one in (one for one, later in zip(found, after_line, strict=False) if not later):
        tool = told.tools[one.tool]
        assert one.from_s == (tool.requested_s if tool.answered_s is None else tool.answered_s)


@pytest.mark.parametrize(
    ("script", "took_s"),
    [
        (LOOKED + ANSWER, 0.5),
        # the preamble still plays for 0.6 s
        (ASKED + "1.5-4.6 agent: Let me look.\n1.8-4.0 lookup_order\n"
         "5.5-7.0 agent: Shipped. [created 4.1]", 0.9),
        # and it goes on after a pause
        (ASKED + "1.5-5.0 agent: Let me look. [pause 3.9-4.5]\n1.8-4.0 lookup_order\n"
         "5.5-7.0 agent: Shipped. [created 4.1]", 0.5),
        # the caller speaks for 3 s more
        (PREAMBLE + "2.8-4.0 lookup_order\n3.5-7.0 caller: Hello?\n7.8-9.0 agent: Shipped.", 0.8),
        (PREAMBLE + "2.8-4.0 lookup_order\n3.5-3.9 caller: Hello?\n7.8-9.0 agent: Shipped.", 3.8),
        # a click is silence, and so is a murmur
        (LOOKED + "5.0-5.05 agent: Tick.\n7.0-8.0 agent: Shipped.", 3.0),
        (LOOKED + "5.0-5.4 caller: Mm-hm. [backchannel]\n7.0-8.0 agent: Shipped.", 3.0),
        (LOOKED + "9.0-10.0 caller: Hello?", 5.0),
    ],
)  # fmt: skip
def test_a_wait_is_as_long_as_the_silence_in_it(script: str, took_s: float) -> None:
    wait = build(record(script)).result_waits[0]
    assert wait.took_s == pytest.approx(took_s, abs=1e-3)
    assert wait.uncertainty_s == 0.0


@pytest.mark.parametrize(
    ("late", "uncertainty_s"),
    [
        ("4.1-4.2 late: [frames 0.03]", 0.03),
        ("4.1-4.2 late: [read 0.2] [stamps 0.1]", 0.3),
        ("1.1-1.2 late: [frames 0.03]", 0.0),
    ],
)
def test_a_wait_is_uncertain_by_our_own_lateness_in_it(late: str, uncertainty_s: float) -> None:
    wait = build(record(f"{LOOKED}{ANSWER}{late}")).result_waits[0]
    assert wait.uncertainty_s == pytest.approx(uncertainty_s)


@pytest.mark.parametrize(
    "preamble",
    [
        "2.0-3.2 agent: Let me look that up. [created 1.7] [came 1.75]",
        "1.5-3.2 agent: One moment. Let me look that up. [pause 1.7-2.0] [came 1.4]",
    ],
    ids=["queued", "second sentence"],
)
def test_a_preamble_that_came_before_the_call_answers_no_tool_of_the_server(preamble: str) -> None:
    script = f"{ASKED}{preamble}\n1.8- lookup_order [server] [unseen]\n9.0-10.0 caller: Hello?"
    (wait,) = build(record(script)).result_waits
    assert wait.end is CALLER


@pytest.mark.parametrize(
    ("responses", "empty"),
    [
        ("", ()),
        ("4.2-4.4 response: completed", ("completed",)),
        ("4.2-4.4 response: cancelled turn_detected", ("cancelled (turn_detected)",)),
        ("4.2-4.4 response: failed overloaded", ("failed (overloaded)",)),
        (
            "4.2-4.4 response: completed\n5.0-5.1 response: incomplete content_filter",
            ("completed", "incomplete (content_filter)"),
        ),
        ("3.0-3.9 response: completed", ()),  # before the result
        ("9.5-9.6 response: completed", ()),  # after the wait
        ("4.2- response:", ()),  # never ended
        ("4.2-4.4 response: completed [response resp_0]", ()),  # that of the preamble: it sounds
        ("4.2-4.4 response: completed [response tools]", ()),  # it called the tool
        ("4.5-4.55 agent: Tick. [done 4.6]", ()),  # it made a sound
    ],
)
def test_responses_without_audio_are_named(responses: str, empty: tuple[str, ...]) -> None:
    tool = "2.8-4.0 lookup_order [response tools]\n" if "tools]" in responses else ""
    script = (PREAMBLE + tool if tool else LOOKED) + responses + "\n9.0-10.0 caller: Hello?"
    (wait,) = build(record(script)).result_waits
    assert wait.empty_responses == empty


IMPORTED = Origin(SourceKind.AUDIO, "call.wav", sound=True)


@pytest.mark.parametrize(("until_s", "end"), [(4.5, HEARD), (9.0, CALLER)])
def test_in_an_imported_call_speech_begins_where_it_sounds(until_s: float, end: WaitEnd) -> None:
    """No event shows when its responses began: audio after the result may answer it."""
    answer = ANSWER if end is HEARD else ""
    recording = record(LOOKED + answer + "9.0-10.0 caller: Hello?", origin=IMPORTED)
    (wait,) = build(recording).result_waits
    assert (wait.until_s, wait.end) == (pytest.approx(until_s), end)


def test_in_a_text_session_the_answer_is_read() -> None:
    read: dict[str, Any] = {"in_text": True}
    script = ASKED + "1.5-2.0 agent: Let me look. [text]\n2.8-4.0 lookup_order\n"
    (wait,) = build(record(script + "4.5-4.8 agent: It has shipped. [text]", **read)).result_waits
    assert (wait.end, wait.until_s) == (HEARD, pytest.approx(4.8))
    (wait,) = build(record(script + "9.0-9.1 bed:", **read)).result_waits
    assert wait.end is CALL
