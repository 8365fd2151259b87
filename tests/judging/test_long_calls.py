"""Judging does not look at everything again around everything: long calls are only long."""

from __future__ import annotations

import json
from dataclasses import replace
from time import process_time

import pytest
from support.call_script import Row, record
from support.profiled import functions_called

from harness.judging.judge import judge
from harness.judging.scorers.base import Outcome, kind_of
from harness.language.known_values import near_value
from harness.language.language import language_named
from harness.language.values import ValueKind
from harness.protocol.events import ResponseCreated, ResponseDone

TOLD = (ResponseCreated, ResponseDone)

TURN = """
{0}.0-{0}.5 caller: Where is my order? It's ORD-4715B. [backchannel]
{0}.6-{0}.9 caller: It's ORD-4715B.
{1}.2-{1}.9 agent: ORD-4715B, is that right?
{2}.0-{2}.3 caller: Yes.
{2}.5-{2}.9 agent: One moment. [of 2.0]
{2}.6-{2}.8 lookup_order order_id=ORD-4715B
{2}.7-{2}.9 caller: Wait. [barge-in]
"""


WRITE = """
{0}.0-{0}.3 caller: Please cancel my order ORD-4715B.
{0}.4-{1}.9 agent: Shall I cancel order ORD-4715B? That cannot be undone.
{2}.0-{2}.2 caller: Yes, please.
{2}.3-{2}.7 agent: One moment.
{2}.4-{2}.6 cancel_order order_id=ORD-4715B
"""


def work(turns: int, *, turn: str = TURN, by_sound: bool = False) -> int:
    """Return how many calls of functions judging a call of so many rounds takes.

    ``by_sound``: no event reports when an answer begins or ends, and all have the same id.
    """
    rows = "\n".join(turn.format(3 * n, 3 * n + 1, 3 * n + 2) for n in range(turns))
    recording = record(rows)
    if by_sound:
        events = tuple(e for e in recording.events if not isinstance(e.event, TOLD))
        generated = tuple(replace(part, response_id="") for part in recording.generated)
        played = tuple(replace(run, response_id="") for run in recording.played)
        recording = replace(recording, events=events, generated=generated, played=played)
    judged = judge(recording)
    with functions_called() as called:
        assert len(judged.judgements) > 5
    return called.total()


@pytest.mark.parametrize("by_sound", [False, True])
def test_judging_a_call_of_twice_the_length_is_twice_the_work(by_sound: bool) -> None:
    """If every item is compared with every other, it is 3.2 times (and more, the longer)."""
    work(2, by_sound=by_sound)  # look-ups that happen once for all calls
    short, long = work(40, by_sound=by_sound), work(80, by_sound=by_sound)
    assert long < 2.5 * short


LISTS = {
    "written": ("ORD-{}B", ", "),
    "written without a dash": ("KX{}", " and "),
    "spelled": ("O R D {} B", ". Then "),
    "put right": ("ORD-{}B", ", no, "),
    "asked one by one": ("Is it ORD-{}B?", " "),
}
"""The spoken form of a list of identifiers: an item, and the separator."""

LISTED = """
0.0-0.5 caller: Which orders are there?
1.0-{end}.0 agent: {listed}. Shall I look for ORD-4715B? {heard}
{reply}.0-{reply}.5 caller: Yes, {listed}, ORD-4715B.
{reply}.6-{reply}.9 lookup_order order_id=ORD-4715B
"""


@pytest.mark.parametrize("heard", ["", "[heard: nothing like it, four eight and so on]"])
@pytest.mark.parametrize("listed", LISTS)
def test_a_list_of_twice_as_many_values_is_twice_the_work(listed: str, heard: str) -> None:
    """Comparing each value with all others, or counting its place anew, is 3.5 times and more."""

    def needed(values: int) -> int:
        one, between = LISTS[listed]
        said = between.join(one.format(1000 + number) for number in range(values))
        times = {"end": 2 + values, "reply": 3 + values}
        return work(1, turn=LISTED.format(listed=said, heard=heard, **times).replace("{", "{{"))

    needed(10)
    assert needed(200) < 2.6 * needed(100)


def test_what_was_said_before_a_write_is_read_once_for_all_proposals_of_it() -> None:
    """Each write is held against all proposals: four times the work. Anew for each, 5.8 times."""
    work(2, turn=WRITE)
    short, long = work(20, turn=WRITE), work(40, turn=WRITE)
    assert long < 4.0 * short


ASKED = """
0.0-0.5 caller: Please refund order ORD-4715B, 40.50 dollars.
1.0-9.0 agent: {agent} [text]
9.5-9.9 caller: {caller}
10.0-10.5 refund_order order_id=ORD-4715B amount=40.5
"""

ANSWERS = {
    "codes": "ORD-{}B or ",
    "codes put right": "no, it is ORD-{}B, ",
    "dotted": "a.b.",
    "dashes": "A-4-",
    "dots": ".",
    "commas": "one, two; and: three - ",
    "yes and no": "yes no ",
    "times": "at 5:30 pm, half past six, ",
    "number words": "four seven one five ",
    "names": "Mr. John Smith, Anna Lee, ",
}
"""Phrases that are said over and over."""


@pytest.mark.parametrize("by", ["agent", "caller"])
@pytest.mark.parametrize("what", ANSWERS)
def test_an_answer_of_twice_the_length_takes_twice_the_time(what: str, by: str) -> None:
    """Held against each other, or read from the start for each, it is more than three times."""

    def took_s(size: int) -> float:
        one = ANSWERS[what]
        said = "".join(one.format(1000 + at % 9000) for at in range(size // len(one)))
        agent = said if by != "caller" else "Shall I refund 40.50 dollars?"
        caller = said if by != "agent" else "Yes."
        recording = record(ASKED.format(agent=agent, caller=caller), in_text=True)
        before_s = process_time()
        assert len(judge(recording).judgements) > 5
        return process_time() - before_s

    def is_linear() -> bool:
        return took_s(16_000) < max(7 * took_s(4_000), 1.0)

    took_s(500)
    assert any(is_linear() for _ in range(3))  # other work on the machine may disturb one


def judged_long(script: str | list[Row]) -> dict[str, str]:
    """Return the reasons of the scorers that did not judge a call for its length."""
    found = judge(record(script, in_text=True)).judgements
    assert Outcome.BROKEN not in {one.score.outcome for one in found}
    return {
        one.scorer.scorer_name: one.score.reason
        for one in found
        if one.score.outcome is Outcome.UNSCORABLE and "too long" in one.score.reason
    }


OF_WORDS = {
    "write_confirmation", "entity_confirmation", "escalation", "expectations", "tool_use",
    "delivery", "preamble",
}  # fmt: skip


@pytest.mark.parametrize(
    ("agent", "caller", "options", "reason"),
    [
        ("a" * 100_001, "Yes.", {}, "an answer at 0:09.0 has 100,001 characters, at most 100,000"),
        ("Yes?", "a" * 100_001, {}, "what the caller says at 0:09.5 has 100,001 characters"),
        ("Yes?", "Yes.", {"output": "a" * 1_000_001}, "the output of refund_order at 0:10.0 has 1"),
        ("Yes?", "Yes.", {"raw": "a" * 100_001}, "the call of refund_order at 0:10.0 has 100,001"),
        (
            "Yes?",
            "Yes.",
            {"raw": json.dumps({"of": [{"id": n} for n in range(101)]})},
            "refund_order at 0:10.0 has 101 values in its arguments, at most 100 are read",
        ),
    ],
)
def test_a_call_with_too_much_text_is_judged_by_its_audio_alone(
    agent: str, caller: str, options: dict[str, str], reason: str
) -> None:
    rows = [
        Row(1.0, 9.0, "agent", agent, {"text": ""}),
        Row(9.5, 9.9, "caller", caller, {}),
        Row(10.0, 10.5, "refund_order", "order_id=ORD-4715B", options),
    ]
    unread = judged_long(rows)
    assert set(unread) == OF_WORDS
    assert all(reason in one for one in unread.values())


def test_texts_at_the_limits_are_judged() -> None:
    assert judged_long(ASKED.format(agent="a" * 100_000, caller="Yes.")) == {}


def test_a_call_with_too_many_characters_in_all_is_not_judged_by_its_words() -> None:
    row = "{0}.0-{0}.9 agent: " + "a" * 99_000 + " [text]"
    rows = "\n".join(row.format(at) for at in range(1, 12))
    assert set(judged_long(rows)) == OF_WORDS
    assert "the call has 1,089,000 characters, at most 500,000" in judged_long(rows)["delivery"]


def test_a_write_that_is_proposed_too_often_is_unscorable_for_its_scorer_alone() -> None:
    round_ = (
        "{0}.0-{0}.3 agent: Shall I refund 40.50 dollars for ORD-4715B? [text]\n"
        "{0}.4-{0}.9 caller: Yes, " + "but what of the weather and the roads then, " * 40
    )
    rows = "\n".join(round_.format(at) for at in range(1, 22))
    tool = "\n30.0-30.5 refund_order order_id=ORD-4715B amount=40.5"
    assert list(judged_long(rows + tool)) == ["write_confirmation"]


def test_many_writes_in_a_long_call_are_unscorable_for_their_scorer_alone() -> None:
    """Each is looked for in all turns before it: 100 writes in a call of 400 turns took minutes."""
    rows = "\n".join(WRITE.format(3 * n, 3 * n + 1, 3 * n + 2) for n in range(100))
    assert judged_long(rows) == {
        "write_confirmation": "too long to judge: too many writes, with too much said before them"
    }


def test_a_call_of_forty_writes_is_judged() -> None:
    rows = "\n".join(WRITE.format(3 * n, 3 * n + 1, 3 * n + 2) for n in range(40))
    assert judged_long(rows) == {}


def test_a_value_that_is_a_text_is_not_looked_for_by_its_sounds() -> None:
    """Compared with each stretch of as many words, a text of 3,000 words takes minutes."""
    english = language_named("en")

    def work(value: str) -> int:
        with functions_called() as called:
            assert near_value(value, "we have Oak lane and Elm road " * 40, kind, english) is None
        return called.total()

    kind = ValueKind.NAME
    assert near_value("Jon Smyth", "You are John Smith.", kind, english) == (8, 18)
    assert work("Maple garden " * 100) < 10 * work("Maple garden")


def test_a_reason_with_a_long_word_is_compared_in_linear_time() -> None:
    """From each letter of it anew, it takes minutes; another long text takes as long as this."""

    def least_s(reason: str) -> float:
        took_s = []
        for _ in range(3):
            before_s = process_time()
            assert kind_of(reason) == reason.replace("KX-41b", "…")
            took_s.append(process_time() - before_s)
        return min(took_s)

    long_word, short_words = (f"said {each * 10_000} and KX-41b" for each in ("aaaaa", "aaaa "))
    assert least_s(long_word) < 30 * least_s(short_words)
