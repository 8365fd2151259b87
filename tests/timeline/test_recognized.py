"""Which utterance owns a recognized segment, if bounds meet and shares are equal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.recording.model import Recognition, RecognizedWords, WeighedValue
from harness.timeline.model import AgentUtterance, Span
from harness.timeline.utterances import with_recognized

TICKS = st.integers(0, 16)
SPANS = st.tuples(TICKS, TICKS).map(lambda pair: (min(pair) / 2, max(pair) / 2))


def utterance(start_s: float, end_s: float) -> AgentUtterance:
    span = Span(start_s, end_s)
    return AgentUtterance("i", "r", span, (span,), "", "", None, 0.0, 0.0)


def owners(line: RecognizedWords, said: tuple[AgentUtterance, ...]) -> list[int]:
    """Return the owners of a line by the plain rule, with a scan of every utterance."""
    shared = [min(line.end_s, u.span.end_s) - max(line.start_s, u.span.start_s) for u in said]
    length_s = line.end_s - line.start_s
    most = [n for n, u in enumerate(said) if shared[n] >= min(length_s, u.span.duration_s) / 2]
    if most or not shared or max(shared) <= 0:
        return most
    return [shared.index(max(shared))]


def heard(said: tuple[AgentUtterance, ...], *lines: RecognizedWords) -> list[str | None]:
    return [u.recognized for u in with_recognized(said, Recognition("x", "1", lines))]


@pytest.mark.parametrize(
    ("line", "said", "found"),
    [
        ((2.0, 2.0), [(1, 3), (2, 4), (5, 6)], ["a", "a", ""]),  # no length, at a bound and inside
        ((3.0, 3.0), [(1, 3), (3, 4)], ["a", "a"]),
        ((2.0, 4.0), [(2, 2), (4, 4), (5, 5)], ["a", "a", ""]),  # an utterance without a length
        ((0.0, 9.0), [(1, 2), (3, 4)], ["a", "a"]),  # a line over two that are shorter
        ((3.0, 7.0), [(0, 4), (6, 10)], ["a", ""]),  # a quarter of each: the first
        ((3.0, 7.5), [(0, 4), (6, 10)], ["", "a"]),  # more of the second
        ((4.0, 6.0), [(0, 4), (6, 10)], ["", ""]),  # touches both, shares nothing
        ((5.0, 6.0), [(0, 9), (1, 2)], ["a", ""]),  # the long utterance ends after all later ones
    ],
)
def test_a_line_belongs_to(line, said, found) -> None:
    spans = tuple(utterance(*span) for span in said)
    words = RecognizedWords(*line, "a")
    assert heard(spans, words) == found
    assert [n for n, text in enumerate(found) if text] == owners(words, spans)


@given(st.lists(SPANS, max_size=8), st.lists(SPANS, max_size=8))
def test_owners_are_those_of_the_rule(said, lines) -> None:
    spans = tuple(utterance(*span) for span in sorted(said))
    words = [RecognizedWords(*line, str(number)) for number, line in enumerate(lines)]
    texts: list[list[str]] = [[] for _ in spans]
    for line in words:
        for index in owners(line, spans):
            texts[index].append(line.text)
    assert heard(spans, *words) == [" ".join(each) for each in texts]


@given(st.lists(SPANS, max_size=8), st.lists(SPANS, max_size=8))
def test_weighed_values_lie_in_more_than_half_of_an_utterance(said, places) -> None:
    spans = tuple(utterance(*span) for span in sorted(said))
    weighed = tuple(WeighedValue(*place, "id", "A1", 0.5, "B1") for place in places)
    for each in with_recognized(spans, Recognition("x", "1", (), weighed)):
        span = each.span
        assert each.weighed == tuple(
            value
            for value in weighed
            if min(value.end_s, span.end_s) - max(value.start_s, span.start_s) > span.duration_s / 2
        )
