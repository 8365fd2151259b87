"""What a JSON file tells of a call beside its words: facts, tags, and the day of the call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from harness.errors import Fault
from harness.importing.json_files import JsonDocument
from harness.scenario.fields import day
from harness.scenario.wording import shown


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """Facts by name, tags, and the day; empty where nothing is told."""

    facts: Mapping[str, str]
    tags: tuple[str, ...]
    today: date | None


def document_facts(
    document: JsonDocument, held: Mapping[str, Any], faults: list[Fault]
) -> DocumentFacts:
    """Return what stands under ``facts``, ``tags`` and ``today``; what is wrong is added."""
    facts = held.get("facts") or {}
    if isinstance(facts, dict):
        facts = {name: value for name, value in facts.items() if value is not None}
    if not isinstance(facts, dict) or not all(map(_is_plain, facts.values())):
        problem = f"expected names with their values, got {shown(facts)}"
        faults.append(document.fault(("facts",), problem))
        facts = {}
    return DocumentFacts(
        {str(name): str(value) for name, value in facts.items() if str(value).strip()},
        _tags(document, held.get("tags") or (), faults),
        _today(document, held, faults),
    )


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _tags(document: JsonDocument, given: object, faults: list[Fault]) -> tuple[str, ...]:
    if isinstance(given, str):
        return tuple(given.split())
    if isinstance(given, list | tuple) and all(map(_is_plain, given)):
        return tuple(map(str, given))
    problem = f"expected a list of words, or words with spaces between, got {shown(given)}"
    faults.append(document.fault(("tags",), problem))
    return ()


def _today(document: JsonDocument, held: Mapping[str, Any], faults: list[Fault]) -> date | None:
    try:
        found = day(held.get("today"))
    except ValueError as error:
        faults.append(document.fault(("today",), str(error)))
        return None
    return found if isinstance(found, date) else None
