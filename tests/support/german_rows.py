"""The rows of ``tests/language/german``: readings of German text, one question per row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from harness.language.consent import read_reply
from harness.language.language import language_named
from harness.language.phrases import ToolEffect
from harness.language.places import value_places
from harness.language.questions import (
    QuestionKind,
    asks_agreement,
    asks_confirmation,
    asks_leave,
    read_question,
)
from harness.language.tool_meaning import announces, claims, meaning_of, says
from harness.language.values import ValueKind, same_value

FOLDER = Path(__file__).parents[1] / "language" / "german"
TODAY = date(2026, 3, 3)
GERMAN = language_named("de")


@dataclass(frozen=True, slots=True)
class GermanRow:
    """A row: the question to the language, the right answer, and the product's answer."""

    name: str
    wanted: Any
    answer: Callable[[], Any]

    @property
    def wrong(self) -> str:
        """The error message, empty if the answer is right."""
        told = self.answer()
        return "" if told == self.wanted else f"{self.name}: expected {self.wanted}, got {told}"

    @property
    def negative(self) -> bool:
        """Whether the right answer is to find no value, or to say no."""
        return self.wanted in ([], False, "no", "unclear", "nothing")


def german_rows(file: str) -> tuple[GermanRow, ...]:
    """Return the rows of a file."""
    data = YAML(typ="base").load((FOLDER / file).read_text(encoding="utf-8"))
    return tuple(row for section, rows in data.items() for row in _SECTIONS[section](rows))


def _found(kinds: dict[str, Any]) -> Iterator[GermanRow]:
    for kind, rows in kinds.items():
        for text, values in rows.items():
            wanted = [values] if isinstance(values, str) else list(values)
            yield GermanRow(
                f"{kind} in {text!r}", wanted, lambda t=text, k=kind, w=wanted: _values(t, k, w)
            )


def _values(text: str, kind: str, wanted: list[str]) -> list[str]:
    """Return the values in a text; if several readings are wanted, all readings in order."""
    found = GERMAN.find(text, ValueKind(kind), TODAY)
    open_ones = [one for one in wanted if "|" in one]
    if len(open_ones) != len(found) or not open_ones:
        return [one.value for one in found]
    pairs = zip(found, open_ones, strict=True)
    return [
        want if set(one.readings) == set(want.split("|")) else "|".join(one.readings)
        for one, want in pairs
    ]


def _spoken(kinds: dict[str, Any]) -> Iterator[GermanRow]:
    for kind, rows in kinds.items():
        for value, words in rows.items():
            yield GermanRow(
                f"{kind} {value}",
                (words, True),
                lambda v=value, k=kind: _said(v, ValueKind(k)),
            )


def _said(value: str, kind: ValueKind) -> tuple[str, bool]:
    """Return the words for a value, and whether they are read as it."""
    words = GERMAN.speak(value, kind)
    return words, _are_same(words, value, kind)


def _are_same(one: str, other: str, kind: ValueKind) -> bool:
    return same_value(GERMAN.normalize(one, kind), GERMAN.normalize(other, kind), kind)


def _same(kinds: dict[str, Any]) -> Iterator[GermanRow]:
    for kind, rows in kinds.items():
        for one, other, same in rows:
            yield GermanRow(
                f"{kind} {one!r} and {other!r}",
                same == "true",
                lambda a=one, b=other, k=kind: _are_same(a, b, ValueKind(k)),
            )


def _stands(kinds: dict[str, Any]) -> Iterator[GermanRow]:
    for kind, rows in kinds.items():
        for value, text, there in rows:
            yield GermanRow(
                f"{kind} {value} in {text!r}",
                there == "true",
                lambda v=value, t=text, k=kind: bool(
                    value_places(v, t, ValueKind(k), GERMAN, TODAY)
                ),
            )


def _sentences(rows: dict[str, Any]) -> Iterator[GermanRow]:
    for text, parts in rows.items():
        yield GermanRow(f"sentences of {text!r}", tuple(parts), lambda t=text: GERMAN.sentences(t))


def _replies(rows: list[dict[str, Any]]) -> Iterator[GermanRow]:
    for row in rows:
        verbs = GERMAN.actions.forms(row["verb"]).asked if "verb" in row else ()
        for verdict in ("yes", "no", "unclear"):
            for said in row.get(verdict, ()):
                yield GermanRow(
                    f"{row['asked'][-40:]!r} {said!r}",
                    verdict,
                    lambda s=said, q=row["asked"], v=verbs: (
                        read_reply(s, GERMAN, question=q, verbs=v).consent.value
                    ),
                )


def _asks(kinds: dict[str, Any]) -> Iterator[GermanRow]:
    for kind, rows in kinds.items():
        for text in rows:
            yield GermanRow(f"asks {text!r}", kind, lambda t=text: _asked(t))


def _asked(text: str) -> str:
    """Return the request of a text, as the rows call it."""
    kind = read_question(text, GERMAN).kind
    if kind is QuestionKind.WISHES:
        return "more"
    if kind in (QuestionKind.OPEN, QuestionKind.CHOICE):
        return "open"
    if not asks_confirmation(text, GERMAN) and not asks_leave(text, GERMAN):
        return "open" if "?" in text and not asks_agreement(text, GERMAN) else "nothing"
    return "confirm" if kind is QuestionKind.READ_BACK else "leave"


def _phrases(kinds: dict[str, Any]) -> Iterator[GermanRow]:
    for method, verdicts in kinds.items():
        for verdict, texts in verdicts.items():
            for text in texts:
                yield GermanRow(
                    f"{method} {text!r}",
                    verdict == "yes",
                    lambda m=method, t=text: getattr(GERMAN.phrases, m)(t),
                )


def _actions(rows: list[dict[str, Any]]) -> Iterator[GermanRow]:
    for row in rows:
        meaning = meaning_of(
            row["tool"],
            row["description"],
            tuple(row.get("verbs", ())),
            ToolEffect(row["effect"]),
            GERMAN.actions,
        )
        asks = {
            "says": lambda t, m: says(t, m.said),
            "claims": lambda t, m: claims(t, m, GERMAN.actions),
            "announces": lambda t, m: announces(t, m, GERMAN.phrases.announcing),
        }
        for way, ask in asks.items():
            for text, wanted in row.get(way, ()):
                yield GermanRow(
                    f"{row['tool']} {way} {text!r}",
                    wanted == "true",
                    lambda t=text, m=meaning, a=ask: a(t, m),
                )


def _named(kinds: dict[str, list[str]]) -> Iterator[GermanRow]:
    for kind, names in kinds.items():
        for name in names:
            yield GermanRow(name, kind, lambda n=name: _kind_of(n))


def _kind_of(name: str) -> str:
    kind = GERMAN.arguments.kind_of(name)
    return "nothing" if kind is None else kind.value


_SECTIONS: dict[str, Callable[[Any], Iterator[GermanRow]]] = {
    "found": _found,
    "spoken": _spoken,
    "same": _same,
    "stands": _stands,
    "sentences": _sentences,
    "replies": _replies,
    "asks": _asks,
    "phrases": _phrases,
    "actions": _actions,
    "named": _named,
}
