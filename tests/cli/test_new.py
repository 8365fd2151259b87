"""`harness new`: each package works as it is written, and is found once it is installed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from compileall import compile_dir
from pathlib import Path

import pytest
from support.installed import install
from support.offered import forget_installed

from harness.cli.main import run_command
from harness.cli.new import KINDS, STARTERS
from harness.judging.scorers.registry import SCORERS

ROOT = Path(__file__).parents[2]
NEW = {"scorer": "word_limit", "language": "nl-be", "dialect": "our_gateway"}
ABOUT = {
    "scorer": "Pass when every answer has at most max_words words, as far as it was heard.",
    "language": 'The language "nl-be": English, with two parts replaced.',
    "dialect": "JSON over a WebSocket: PCM16 at 24 kHz both ways, tools, interruptions.",
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed packages; the working directory is another."""
    site, work = tmp_path / "site", tmp_path / "work"
    site.mkdir()
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(site), str(ROOT))))
    yield site
    forget_installed()


def installed(site: Path, kind: str) -> Path:
    """Write a package, install it, and return its folder."""
    assert run_command(["new", kind, NEW[kind], "--to", "mine/it"]) == 0
    install(Path("mine/it"), site)
    forget_installed()
    return Path("mine/it").resolve()


def ran(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=cwd, text=True, capture_output=True, check=False
    )


@pytest.mark.parametrize("kind", KINDS)
def test_package_passes_its_tests_and_is_listed(site: Path, tmp_path: Path, kind: str) -> None:
    folder = installed(site, kind)
    tested = ran("pytest", "-q", "-p", "no:cacheprovider", str(folder), cwd=tmp_path)
    assert tested.returncode == 0, tested.stdout
    listed = ran("harness", "list", f"{kind}s", "--json", cwd=tmp_path)
    entry = json.loads(listed.stdout)[f"{kind}s"][-1]
    assert (entry["name"], entry["about"]) == (NEW[kind], ABOUT[kind])
    assert entry["package"] == f"{folder_name(folder)} 0.1"


def folder_name(folder: Path) -> str:
    (module,) = (path.stem for path in folder.glob("*.py") if not path.name.startswith("test_"))
    return module.replace("_", "-")


def test_scorer_judges_a_stored_call_in_any_suite(site: Path, tmp_path: Path) -> None:
    folder = installed(site, "scorer")
    suite = tmp_path / "suite"
    suite.mkdir()
    (suite / "suite.yaml").write_text("format: 1\nsuite: s\ninstructions: prompt.md\n")
    (suite / "prompt.md").write_text("Be brief.\n")
    stored = str(folder / "calls/stored.jsonl")
    ran("harness", "import", stored, "--suite", str(suite), "--out", "out", cwd=tmp_path)
    results = json.loads((tmp_path / "out/results.json").read_bytes())
    judged = [next(s for s in c["scores"] if s["scorer"] == "word_limit") for c in results["calls"]]
    assert {score["reason"] for score in judged} == {
        "the longest answer has 3 words, limit 35",
        "the longest answer has 9 words, limit 35",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_the_example_is_left_and_only_public_names_are_imported(
    site: Path, kind: str
) -> None:
    compile_dir(STARTERS, quiet=1)  # as pip does
    assert run_command(["new", kind, NEW[kind], "--to", "it"]) == 0
    files = [path for path in Path("it").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} <= {".py", ".toml", ".md", ".yaml", ".jsonl"}
    text = "\n".join(f"{path}\n{path.read_text(encoding='utf-8')}" for path in files)
    assert not re.search("(?i)example[^s ]|a example", text)
    modules = re.findall(r"^from (harness[\w.]*)", text, re.MULTILINE)
    language = kind == "language"
    assert {
        name
        for name in modules
        if name not in ("harness.api", "harness.testing")
        and not (language and name.startswith("harness.language."))
    } == set()


def test_dialect_does_not_have_the_module_of_the_vendors_sdk(site: Path) -> None:
    (site / "deepgram.py").write_text("")
    assert run_command(["new", "dialect", "deepgram"]) == 0
    assert Path("deepgram_dialect/deepgram_dialect.py").is_file()
    about = Path("deepgram_dialect/pyproject.toml").read_text(encoding="utf-8")
    assert 'deepgram = "deepgram_dialect:DeepgramDialect"' in about


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["scorer", "Word-Limit"], "allowed: a word of small letters, digits and _, such as"),
        (["scorer", "others"], "scorer 'others': not a valid name; allowed: a word"),
        (["dialect", "dialect"], "dialect 'dialect': not a valid name; allowed: a word"),
        (["dialect", "class"], "dialect 'class': not a valid name; allowed: a word"),
        (["language", "Dutch!"], "allowed: a language tag in small letters, such as nl or de-ch"),
        (["scorer", "preamble"], "scorer 'preamble': harness has one of this name"),
        (["scorer", "json"], "scorer 'json': a module json is installed; choose another name"),
        (["scorer", "fine", "--to", "full"], "full is there already; name another folder with"),
        (["scorer", "fine", "--to", "file/it"], "file"),
    ],
)
def test_refused_in_one_line(
    site: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    Path("full").mkdir()
    Path("file").write_text("")
    code = run_command(["new", *arguments])
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("harness: error: ")
    assert message in line
    assert code == (3 if "file/it" in arguments else 2)
    assert sorted(path.name for path in Path().iterdir()) == ["file", "full"]


def test_name_of_an_installed_plugin_is_refused_with_its_package(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    installed(site, "scorer")
    assert "word_limit" in SCORERS.names()
    assert run_command(["new", "scorer", "word_limit", "--to", "again"]) == 2
    assert "word-limit 0.1 has one of this name" in capsys.readouterr().err
