"""How the prompt of a run differs from the baseline's, in words and line by line."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.synthetic_run import result, run_results, score

from harness.results.gates.baseline import Baseline, baseline_of, read_baseline, write_baseline
from harness.results.gates.trusted_runs import MOST_LINES, prompt_sentence, prompts_since, together
from harness.results.model import AgentPrompt, RunResults

OLD = AgentPrompt(
    "old", "Be kind.\nRead codes back.\nSay goodbye.", {"look_up": "1", "cancel": "1"}
)
LINES = "\nA new line.\nSay goodbye."


def run(**prompts: str) -> RunResults:
    """A run of scenarios by name, each with the hash of its prompt; their suite is as theirs."""
    return run_results(
        tuple(
            result(name, score("preamble", "pass", ""), suite=f"desk {name}", scenario_hash="h",
                   prompt_hash=prompt)
            for name, prompt in prompts.items()
        )
    )  # fmt: skip


def before(*kept: AgentPrompt, **prompts: str) -> Baseline:
    return baseline_of(run(**prompts), Path("run"), kept)


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (AgentPrompt("new", "Be kind.\nSay goodbye.", OLD.tools), ["the prompt changed in 1 line"]),
        (AgentPrompt("new", "Be quick." + LINES, OLD.tools), ["the prompt changed in 2 lines"]),
        (AgentPrompt("new", OLD.instructions, {"look_up": "2", "refund": "1"}),
         ["tools: refund is new, cancel is gone, look_up changed"]),
        (AgentPrompt("new", "Be kind.\nSay goodbye.", {"look_up": "2", "cancel": "1"}),
         ["the prompt changed in 1 line", "tools: look_up changed"]),
        (AgentPrompt("new", OLD.instructions, OLD.tools),  # as its tools' order changed
         ["the prompt or the tools' descriptions differ"]),
    ],
)  # fmt: skip
def test_changed_lines_and_tools_are_named(new, words):
    found = prompts_since(before(OLD, a="old"), run(a="new"), (new,))
    assert list(found.words) == words
    shown = {line.kind for line in found.lines}
    assert ("removed" in shown) == words[0].startswith("the prompt changed")


def test_the_same_prompt_is_no_change():
    found = prompts_since(before(OLD, a="old"), run(a="old"), ())
    assert (found.words, found.lines) == ((), ())


@pytest.mark.parametrize(
    ("kept", "known", "why"),
    [
        ((), (AgentPrompt("new", ""),), "the baseline has no text; save it again"),
        ((OLD,), (), "no recording of the run is kept"),
    ],
)
def test_a_prompt_without_text_says_that_its_lines_are_not_known(kept, known, why):
    found = prompts_since(before(*kept, a="old", b="same"), run(a="new", b="same"), known)
    assert found.words == (
        "the prompt or the tools' descriptions differ in 1 of 2 scenarios "
        f"(in which lines is not known: {why})",
    )
    assert found.lines == ()


def test_prompts_of_several_suites_are_kept_apart():
    new = AgentPrompt("new", "Be quick." + LINES, OLD.tools)
    other = AgentPrompt("other", "Hello.")
    made = before(OLD, AgentPrompt("b", "Hi."), a="old", b="b")
    found = prompts_since(made, run(a="new", b="other"), (new, other))
    assert found.words == ("the prompt changed in 3 lines",)
    assert [line.text for line in found.lines if line.kind == "gap"] == [
        "desk a", "@@ -1,3 +1,3 @@", "desk b", "@@ -1 +1 @@"]  # fmt: skip
    part = prompts_since(made, run(a="new", b="other"), (new,))
    assert part.words == (
        "the prompt changed in 2 lines",
        "the prompt or the tools' descriptions of other suites differ "
        "(in which lines is not known: no recording of the run is kept)",
    )


def test_a_long_difference_is_cut():
    new = AgentPrompt("new", "\n".join(map(str, range(2 * MOST_LINES))))
    lines = prompts_since(before(OLD, a="old"), run(a="new"), (new,)).lines
    assert len(lines) == MOST_LINES + 1
    assert lines[-1].text == "and 404 more lines"


def test_a_baseline_keeps_its_prompts_and_older_files_have_none(tmp_path):
    made = before(OLD, a="old")
    path = tmp_path / "b.json"
    write_baseline(path, made)
    assert read_baseline(path) == made
    assert together([(made, Path("x"))]).prompts == (OLD,)
    text = path.read_text()
    path.write_text(text[: text.index(',\n  "prompts"')] + "\n}\n")
    assert read_baseline(path).prompts == ()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (("harness 1 → 2", "the prompt changed in 4 lines"), "The prompt changed in 4 lines."),
        (("the prompt or the tools' descriptions differ",), ""),
        ((), ""),
    ],
)
def test_a_sentence_names_the_changed_lines(changes, sentence):
    assert prompt_sentence(changes) == sentence
