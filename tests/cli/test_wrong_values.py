"""Wrong values in every kind of file, as a new user writes them: one line each, with the remedy.

``tests/data/wrong_values.jsonl`` holds a row for each: the file, the text to replace, the new text
(an empty ``old`` adds ``new`` at the end), and the message. ``…`` at the end of a line replaces
the list of known values, which grows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from harness.cli.main import run_command
from harness.errors import FaultyFiles
from harness.runs.nightly import load_nightly

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "data/wrong_values.jsonl").read_text().splitlines()
]
FILES = {
    "suite.yaml": """\
format: 1
suite: desk
instructions: prompt.md
tools:
  - name: look
    kind: read
    exact: [order_id]
    parameters: {type: object, properties: {order_id: {type: string}}}
    mock: {returns: {order_id: "{order_id}"}, latency_s: 0.3}
  - name: cancel
    kind: write
    exact: [order_id]
    parameters: {type: object, properties: {order_id: {type: string}}}
  - name: hand_over
    kind: escalate
    parameters: {type: object, properties: {}}
""",
    "one.yaml": """\
format: 1
name: one
facts: {id: {value: AB-12, kind: id}}
caller:
  noise: {bed: cafe, snr_db: 10}
turns:
  - say: "It's {id}."
  - silence: 250 ms
answers:
  - {if_agent_asks: right, say: "Yes."}
expect:
  tools: [{name: look, arguments: {order_id: "{id}"}}]
""",
    "prompt.md": "Be kind.\n",
    "targets/t.yaml": "format: 1\ntarget: t\n",
    "gates.yaml": "format: 1\n",
    "nightly.yaml": "format: 1\nnightly: n\n",
}


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "desk" / "targets").mkdir(parents=True)
    return tmp_path / "desk"


def told(desk: Path, row: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the messages of `scenarios check` or the nightly about a desk with a wrong value."""
    for name in ("suite.yaml", "one.yaml", "prompt.md"):
        (desk / name).write_text(FILES[name])
    text, nightly = FILES[row["file"]], desk.parent / "nightly.yaml"
    assert row["old"] in text
    wrong = text.replace(row["old"], row["new"], 1) if row["old"] else text + row["new"]
    (nightly if row["file"] == nightly.name else desk / row["file"]).write_text(f"{wrong}\n")
    if row["file"] == nightly.name:
        with pytest.raises(FaultyFiles) as faulty:
            load_nightly(nightly)
        found = str(faulty.value).replace(f"{desk.parent}/", "")
    else:
        assert run_command(["scenarios", "check", str(desk)]) == 2, row
        output = capsys.readouterr()
        assert output.out == ""
        found = output.err.replace("harness: error: ", "")
    return found.replace(f"{desk}/", "").splitlines()


def unlike(wanted: list[str], found: list[str]) -> Iterator[str]:
    if len(wanted) != len(found):
        yield f"{len(found)} lines: {found}"
    for want, line in zip(wanted, found, strict=False):
        head, more, _ = want.partition("…") if want.endswith("…") else (want, "", "")
        if not (line.startswith(head) if more else line == want):
            yield line


@pytest.mark.parametrize("file", sorted({row["file"] for row in ROWS}))
def test_every_wrong_value_is_told_with_its_place_and_what_is_allowed(
    file: str, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = {
        json.dumps(row["new"]): lines
        for row in ROWS
        if row["file"] == file and (lines := list(unlike(row["told"], told(desk, row, capsys))))
    }
    assert odd == {}


def test_there_are_rows_of_every_file_and_none_twice() -> None:
    keys = [(row["file"], row["old"], row["new"]) for row in ROWS]
    assert len(set(keys)) == len(keys) >= 230
    counts = {name: len(list(rows)) for name, rows in groupby(sorted(keys), key=lambda key: key[0])}
    assert set(counts) == FILES.keys() - {"prompt.md"}
