"""The page maps requirements of the guides to keys and tests that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from support.pages import ROOT, page, quoted, rows

from harness.judging.scorers.registry import known_options
from harness.scenario.scenario_file import KINDS, schema_for

ROWS = rows(page("guide-coverage.md"))
LATER = {"WebRTC", "SIP, telephone"}
TESTS = {
    name
    for file in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^(?:async )?def (test_\w+)\(", file.read_text(), re.M)
}


def keys(
    part: Mapping[str, Any], whole: Mapping[str, Any], at: str, seen: int = 0
) -> Iterator[str]:
    """Yield every key of a file, with its parent keys: ``caller.noise.bed``."""
    if seen > 12:
        return
    reference = part.get("$ref")
    if reference is not None:
        yield from keys(whole["$defs"][reference.rpartition("/")[2]], whole, at, seen + 1)
    for name, inner in part.get("properties", {}).items():
        yield f"{at}{name}"
        yield from keys(inner, whole, f"{at}{name}.", seen + 1)
    for inner in (*part.get("anyOf", ()), *part.get("oneOf", ())):
        yield from keys(inner, whole, at, seen + 1)
    for name in ("items", "additionalProperties"):
        if isinstance(part.get(name), Mapping):
            below = at if name == "items" else f"{at}*."
            yield from keys(part[name], whole, below, seen + 1)


KEYS = {
    key
    for kind in KINDS
    for schema in (schema_for(kind, known_options()),)
    for key in keys(schema, schema, "")
}


def test_the_table_has_all_that_the_guides_ask_for() -> None:
    assert len(ROWS) == 53
    assert len({row[0] for row in ROWS}) == 53


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_names_keys_and_tests_that_there_are(row: list[str]) -> None:
    asked, written, shown = row
    if asked in LATER:
        assert (written, shown) == ("later", "")
        return
    for each in quoted(written):
        assert each.partition(":")[0] in KEYS | {"phase"}, each
    assert quoted(shown), "no test shows it"
    assert set(quoted(shown)) <= TESTS
    assert quoted(written) or written.startswith("nothing")
