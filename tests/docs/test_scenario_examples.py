"""Parts of scenarios that pages show, copied into the shipped suite: checked, and called."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from support.pages import ROOT, blocks, page
from support.pictures import png

from harness.audio.pcm import Pcm
from harness.audio.wav import write
from harness.judging.scorers.registry import known_options
from harness.recording.store import read_recording
from harness.runs.embedded import embedded_agent
from harness.runs.pipeline import VirtualOrder, call_virtually
from harness.runs.plan import Repeats, plan_jobs
from harness.scenario.catalog import load_target
from harness.scenario.load import LoadedScenario, load_scenario
from harness.scenario.model import Scenario
from harness.scenario.script import Turn

PAGES = ("scenarios/", "caller-audio.md")
VALUE = {"order_id": "ORD-4715B", "wrong_id": "ORD-4715C"}
HELLO = 'turns:\n  - say: "Hi, where is my order? It\'s {}."\n'
NEW_TOOL = "return_order"
"""A tool of the page's own, which the shipped suite does not have."""

WORLD = re.findall(r"^world:\n(?:  .*\n)+", page("scenarios/"), re.M)[0]
"""The world of the page's own suite, for examples that expect its end state."""

CANCELS = "mocks: {cancel_order: {world: {change: orders, set: {status: cancelled}}}}\n"


def keys_of(block: str) -> set[str]:
    return set(re.findall(r"^(\w+):", block, re.M))


EXAMPLES = {
    f"{name} {number}": block
    for name in PAGES
    for number, block in enumerate(blocks(page(name), "yaml"))
    if not block.startswith("format:")
    and NEW_TOOL not in block
    and keys_of(block) <= set(Scenario.model_fields)
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped suite without its scenarios, with the files that the examples name."""
    folder = tmp_path_factory.mktemp("examples") / "desk"
    shutil.copytree(ROOT / "scenarios/order_desk/prompts", folder / "prompts")
    shutil.copy(ROOT / "scenarios/order_desk/suite.yaml", folder)
    steps = page("scenarios/").split("`prompts/angry_callers.md`", 1)[1]
    (folder / "prompts/angry_callers.md").write_text(blocks(steps, "text")[0])
    hum = 0.2 * np.sin(np.linspace(0, 2 * np.pi * 120, 24_000)) * np.hanning(24_000)
    sound = np.concatenate([hum, np.zeros(12_000)])
    for name in ("order.wav", "yes.wav"):
        write(folder / name, Pcm((sound * 32_767).astype(np.int16), 24_000))
    (folder / "bill.png").write_bytes(png())
    return folder


def whole(block: str, number: int) -> str:
    """Return an example as a file: with the facts and the world that it uses, and turns."""
    keys = keys_of(block)
    text = f"format: 1\nname: example {number}\n"
    own = re.findall(r"(\w+): \{(?:value|kind)", block)
    if "facts" not in keys:
        used = set(re.findall(r"\{(\w+)\}", block))
        facts = "".join(
            f'  {name}: {{value: "{VALUE.get(name, "1234")}", kind: id}}\n' for name in sorted(used)
        )
        text += f"facts:\n{facts}" if facts else ""
    if "turns" not in keys:
        told = " and ".join(f"{{{name}}}" for name in own) or "here"
        text += HELLO.format(told) + '  - say: "Thank you."\n'
    if "world" not in keys and re.search(r"^  world:", block, re.M):
        text += WORLD + CANCELS
    return text + block


def loaded(desk: Path, name: str) -> LoadedScenario:
    number = list(EXAMPLES).index(name)
    path = desk / f"example_{number}.yaml"
    path.write_text(whole(EXAMPLES[name], number))
    return load_scenario(path, scorers=known_options())


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_that_is_copied_into_the_shipped_suite_is_valid(desk: Path, name: str) -> None:
    loaded(desk, name)


def is_acted_on(turn: Turn) -> bool:
    return turn.step is not None or turn.start is not None


CALLED = [
    name for name, block in EXAMPLES.items() if "session_update:" in block or "within:" in block
]


def test_what_waits_and_what_is_done_to_the_session_are_called() -> None:
    assert len(CALLED) == 2


@pytest.mark.parametrize("name", CALLED)
def test_an_example_does_what_it_shows_with_the_reference_agent(
    desk: Path, name: str, tmp_path: Path
) -> None:
    one = loaded(desk, name)
    (job,) = plan_jobs((one,), Repeats(), load_target("reference", desk))
    call = call_virtually(VirtualOrder(job, tmp_path, embedded_agent, None))
    assert (call.status, call.status_detail) == ("completed", "")
    told = [score.outcome for score in call.scores if score.scorer == "expectations"]
    assert told == (["pass"] if "expect:" in EXAMPLES[name] else ["not_applicable"])
    recording = read_recording(tmp_path / call.recording)
    steps = [turn.step for turn in one.scenario.turns if turn.step is not None]
    assert len(recording.steps) == len(steps)
    spoken = {each.turn for each in recording.utterances}
    assert {n for n, turn in enumerate(one.scenario.turns) if turn.say is not None} <= spoken
