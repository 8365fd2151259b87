"""The pages hold together: their files load, their commands exist, their links lead somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from support.pages import PAGES, ROOT, blocks, quoted, rows, section, slug

from harness.agent.faults import fault
from harness.cli.main import cli
from harness.judging.scorers.base import Measure
from harness.judging.scorers.registry import known_measures, known_options
from harness.results.gates.gate_file import Known, load_gate_file
from harness.results.history.cost import load_prices
from harness.runs.nightly import NightlyFile
from harness.scenario.catalog import load_target
from harness.scenario.document import read_document
from harness.scenario.load import SuiteFile, load_file, load_suite, model_of, read_suite

SUITE = read_suite(ROOT / "scenarios/order_desk", known_options())
PAGE_IDS = [str(page.relative_to(ROOT)) for page in PAGES]
PAGE_TEXTS = {name: page.read_text() for name, page in zip(PAGE_IDS, PAGES, strict=True)}


def test_the_helpers_find_tables_blocks_and_sections():
    table = "| a | b |\n|---|---|\n| `x` | y |\ntext\n| c |\n|--|\n| z |\n"
    assert rows(table) == [["`x`", "y"], ["z"]]
    assert blocks("```yaml\na: 1\n```\n", "yaml") == ["a: 1\n"]
    assert section("\n## A\none\n## B\ntwo\n", "A") == "one\n"


# --- files ---------------------------------------------------------------------------------------

WHOLE_FILES = [
    (name, block)
    for name, text in PAGE_TEXTS.items()
    for block in blocks(text, "yaml")
    if block.startswith("format:")
]


INSTALLED_BY_GUIDES = {
    "engine: phone_voice": "engine: default",
    "dialect: gateway": "dialect: openai_ga",
    "transport: patient": "transport: websocket",
}

OWN_SUITE = ("docs/start/another-domain.md",)
"""Pages whose scenarios are not calls to the shipped suite's agent."""


def suite_of(name: str, folder: Path) -> SuiteFile:
    if name not in OWN_SUITE:
        return SUITE
    folder.mkdir()
    (written,) = (block for page, block in WHOLE_FILES if page == name and "\nsuite:" in block)
    (folder / "suite.yaml").write_text(written)
    (folder / "prompt.md").write_text(blocks(PAGE_TEXTS[name], "text")[0])
    return read_suite(folder)


@pytest.mark.parametrize(("name", "block"), WHOLE_FILES, ids=lambda value: str(value)[:30])
def test_every_whole_file_in_the_pages_loads(tmp_path, name, block):
    path = tmp_path / "example.yaml"
    for installed, instead in INSTALLED_BY_GUIDES.items():
        block = block.replace(installed, instead)
    path.write_text(block)
    data = read_document(path).data
    if "suite" in data:
        (tmp_path / data["instructions"]).write_text(blocks(PAGE_TEXTS[name], "text")[0])
        assert load_suite(path).suite.suite == data["suite"], name
    elif "nightly" in data:
        assert model_of(read_document(path), NightlyFile, []).nightly == data["nightly"], name
    elif "models" in data:
        assert set(load_prices(path).models) == set(data["models"]), name
    elif "gates" in data:
        answer_length = Measure("answer_length", unit="words")  # of extend/scorer.md
        known = known_measures() | {"word_limit": (answer_length,)}
        assert load_gate_file(path, Known(known)).gates, name
    elif "turns" in data or "stored" in data:
        suite = suite_of(name, tmp_path / "suite")
        assert all(one.scenario.name.startswith(data["name"]) for one in load_file(path, suite))
    else:
        assert load_target(str(path), None).target == data["target"], name


def test_the_pages_show_a_scenario_and_a_target():
    shown = [block.splitlines()[1].split(":")[0] for _, block in WHOLE_FILES]
    assert {"name", "suite", "target"} <= set(shown)


# --- commands ------------------------------------------------------------------------------------


def commands() -> list[tuple[str, str]]:
    found = []
    for name, text in PAGE_TEXTS.items():
        shells = "\n".join(blocks(text, "bash"))
        lines = re.findall(r"^(?:.*&& )?(harness .*)$", shells, re.M)
        lines += [code for code in quoted(text) if re.match(r"harness [a-z]", code)]
        found += [(name, re.split(r" +#", line)[0].strip()) for line in lines]
    return found


@pytest.mark.parametrize(("name", "line"), commands())
def test_every_command_in_the_pages_exists_with_its_options(name, line):
    words = shlex.split(line)[1:]
    command: click.Command = cli
    while isinstance(command, click.Group) and words:
        below = command.get_command(click.Context(command), words.pop(0))
        assert below is not None, f"{name}: {line}"
        command = below
    context = click.Context(command)
    _, unknown, _ = command.make_parser(context).parse_args(words)  # raises on unknown options
    assert not unknown, f"{name}: {line}"


def test_the_commands_are_found():
    found = {line.split()[1] for _, line in commands()}
    assert {"run", "score", "report", "agent", "prove", "scenarios", "schema"} <= found


@pytest.mark.parametrize("path", PAGES, ids=PAGE_IDS)
def test_faults_given_on_command_lines_exist(path):
    for name in re.findall(r"(?:--fault |fault=)([a-z_]+)", path.read_text()):
        assert fault(name).value == name


# --- links ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES, ids=PAGE_IDS)
def test_relative_links_lead_somewhere(path):
    for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if "://" in link:
            continue
        file, _, anchor = link.partition("#")
        target = path.parent / file if file else path
        assert target.exists(), f"{path.name}: {link}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text(), re.M)
            assert anchor in {slug(heading) for heading in headings}, f"{path.name}: {link}"
