"""Every command of the pages is run, in order, in a folder of its own, and ends as it says."""

from __future__ import annotations

import re
import shlex
import shutil
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import orjson
import pytest
from support.guide import Guide, RunCommand, WriteFile, appears, read_guide
from support.guide_shell import PORT, Done, carry_out, environment, free_port
from support.pages import DOCS, PAGES, ROOT, page
from support.warm import warm as warm_command

from harness.agent.faults import CAUGHT_BY, MAY_TRIP, AgentFault

OPENAI = "wss://api.openai.com/v1/realtime"

GUIDES = [
    "/".join(path.relative_to(DOCS).parts[1:])  # extend/dialect.md, ci.md
    for path in PAGES
    if path.name != "README.md" and "\n```bash\n" in path.read_text()
]


WARM = {
    "another-domain.md",
    "ci.md",
    "command-line.md",
    "compare.md",
    "gemini-live.md",
    "import.md",
    "judge-check.md",
    "nightly.md",
    "openai-agent.md",
    "own-server.md",
    "reference-agent.md",
    "report.md",
    "write-a-scenario.md",
}
"""Pages whose commands are carried out by a harness that is loaded already, which saves some 4 s of
processor time each. The others show a cold start, among them all that install something."""


@pytest.fixture(scope="module")
def warm():
    with warm_command("harness") as arguments:
        yield shlex.join(arguments)


@pytest.mark.parametrize("name", GUIDES)
def test_every_command_of_a_page_does_what_the_page_says(tmp_path, name, warm):
    port = free_port()
    guide = at_port(read_guide(page(name)), port)
    folder = tmp_path / "page"
    shutil.copytree(ROOT / "scenarios", folder / "scenarios")
    (folder / "audio_fixtures").symlink_to(ROOT / "audio_fixtures")

    done = carry_out(guide, folder, environment(tmp_path, warm if name in WARM else ""))

    for one in done:
        ended_as_told = one.exit_code in (one.command.exit_codes or (None,))
        assert ended_as_told, f"{one.command.line}\nexit code {one.exit_code}\n{one.output}"
    assert len(done) == sum(isinstance(step, RunCommand) for step in guide.steps)
    for block, outputs in groupby(done, key=lambda one: one.command.block):
        check_printed(guide.printed.get(block, ()), list(outputs))
    if name in LEFT:
        LEFT[name](folder)


def a_rule_taken_out_of_the_prompt_is_missed_by_its_own_scorers(folder: Path) -> None:
    (contrast,) = orjson.loads((folder / "reports/ab/compare.json").read_bytes())["contrasts"]
    assert contrast["pairs"] == 12
    found = [one for one in contrast["findings"] if one["verdict"] != "no_evidence"]
    rule = AgentFault.WRITE_WITHOUT_ASKING  # the behaviour of an agent without this rule
    scorers = {one["scorer"] for one in found}
    assert set(CAUGHT_BY[rule]) <= scorers <= {*CAUGHT_BY[rule], *MAY_TRIP[rule]}
    assert all(one["verdict"] == "worse" and one["p_adjusted"] < 0.05 for one in found)


LEFT: dict[str, Callable[[Path], None]] = {
    "compare.md": a_rule_taken_out_of_the_prompt_is_missed_by_its_own_scorers,
}
"""Closer checks of the files that a page leaves."""


def test_the_pages_that_are_looked_at_more_closely_are_guides():
    assert set(GUIDES) >= LEFT.keys() | WARM


def check_printed(wanted: tuple[str, ...], done: list[Done]) -> None:
    output = "\n".join(one.output for one in done)
    missing = [line for line in wanted if not appears(line, output)]
    assert not missing, f"not printed: {missing}\n{output}"


def at_port(guide: Guide, port: int) -> Guide:
    """Return the guide with a free port, and the reference agent there in place of OpenAI's."""
    here = f"ws://127.0.0.1:{port}/v1/realtime"
    steps: list[WriteFile | RunCommand] = []
    for step in guide.steps:
        if isinstance(step, WriteFile):
            text = step.text.replace(PORT, str(port)).replace(OPENAI, here)
            steps.append(replace(step, text=text))
            continue
        steps.append(replace(step, line=step.line.replace(PORT, str(port))))
        if step.line.startswith("harness init mine"):
            targets = "mine/scenarios/targets"
            own = (ROOT / "harness/cli/starter/en/scenarios/targets/own.yaml").read_text()
            steps.append(WriteFile(f"{targets}/own.yaml", own.replace(PORT, str(port))))
            steps.append(WriteFile(f"{targets}/openai.yaml", STAND_IN.format(url=here)))
    if any("openai" in step.line for step in steps if isinstance(step, RunCommand)):
        steps.insert(0, RunCommand(f"harness agent --port {port}", (), 0))
    return replace(guide, steps=tuple(steps))


STAND_IN = """\
format: 1
target: openai
url: {url}
model: gpt-realtime-2.1
auth: {{bearer_env: OPENAI_API_KEY}}
"""
"""In place of the built-in target of this name: a file of the suite comes first."""


# --- the reader of pages itself ------------------------------------------------------------------

PAGE = """\
# A page

Text with `harness run` in it. `notes/one.txt`:

```text
hello
```

```bash
cat notes/one.txt
# a remark
cd notes && ls missing \\
    one.txt         # exit code 1, 2 or 64
pwd
```

```output
hello
…/notes
```

```yaml
shown: only
```

```bash
false
echo never
```
"""


def test_files_are_written_commands_run_in_one_shell_and_the_first_wrong_end_stops(tmp_path):
    folder = tmp_path / "page"
    folder.mkdir()
    done = carry_out(read_guide(PAGE), folder, environment(tmp_path))
    assert [(one.exit_code, one.command.exit_codes, one.command.block) for one in done] == [
        (0, (0,), 1),
        (2, (1, 2, 64), 1),
        (0, (0,), 1),
        (1, (0,), 2),
    ]
    assert done[0].output == "hello\n"
    check_printed(read_guide(PAGE).printed[1], done)
    with pytest.raises(AssertionError, match=r"not printed: \['hallo'\]"):
        check_printed(("hallo",), done)


def test_a_server_keeps_running_beside_the_commands_after_it(tmp_path):
    guide = read_guide("```bash\necho up; sleep 600   # keeps running\nkill -0 $!\n```\n")
    (tmp_path / "page").mkdir()
    server, asked = carry_out(guide, tmp_path / "page", environment(tmp_path))
    assert (server.exit_code, server.output, asked.exit_code) == (None, "up\n", 0)


COMMANDS = """\
```bash
harness --version
cd inner && harness scenarios check none.yaml    # exit code 2
harness schema | head -n 1
harness talk 'straight lookup' --target ws://127.0.0.1:9    # keeps running
```
"""


def test_a_warm_harness_has_its_own_folder_streams_and_end_and_ends_with_its_page(tmp_path, warm):
    shutil.copytree(ROOT / "scenarios", tmp_path / "page/inner/scenarios")
    guide, tools = read_guide(COMMANDS), environment(tmp_path, warm)
    version, check, schema, talk = carry_out(guide, tmp_path / "page", tools)
    assert version.output.startswith("harness, version ")
    assert (check.exit_code, "none.yaml" in check.output) == (2, True)
    assert schema.output == "{\n"
    found = re.search(r"talk page: http://127.0.0.1:(\d+)/", talk.output)
    assert found is not None
    with pytest.raises(ConnectionRefusedError):  # its terminal is gone, so it goes, too
        call_for(60, int(found[1]))


def call_for(limit_s: float, port: int) -> None:
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        socket.create_connection(("127.0.0.1", port)).close()


@pytest.mark.parametrize(
    ("wanted", "printed", "there"),
    [
        ("2 passed", "collected\n2 passed in 3 s", True),
        ("a … c", "a b c", True),
        (
            "All calls passed, and this is a long line",
            "All calls passed, and\nthis is a long line",
            True,
        ),
        ("a  b", "a b", True),
        ("…/index.html", "report: x/index.html", True),
        ("c … a", "a b c", False),
        ("3 passed", "13 failed", False),
    ],
)
def test_a_printed_line_is_found_whatever_the_width_of_the_terminal(wanted, printed, there):
    assert appears(wanted, printed) is there


def test_the_navigation_leads_to_every_page():
    assert set(PAGES[1:]) == set(DOCS.rglob("*.md"))
