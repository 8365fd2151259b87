"""`harness list`: the names that options and files may use, for people and for scripts."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.ci_desk import ci_desk
from support.offered import forget_installed, offer

from harness.agent.desk.speech_acts import DESKS
from harness.agent.faults import AgentFault, AgentQuirk
from harness.audio.noise import BEDS, SOUNDS
from harness.cli.main import run_command
from harness.judging.scorers.registry import SCORERS
from harness.language.language import LANGUAGES
from harness.protocol.dialect import DIALECTS
from harness.runs.choices import LISTED
from harness.speech.pyttsx3_tts import VOICES, EspeakSynthesizer, espeak_variants, espeak_voices

TARGET = "format: 1\ntarget: mine\nurl: wss://u:secret@x.example/v1?key=secret\nmodel: m\n"


@pytest.fixture(autouse=True)
def nothing_stays_installed() -> Iterator[None]:
    yield
    forget_installed()
    sys.modules.pop("ours", None)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AZURE_OPENAI_ENDPOINT", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    return ci_desk(tmp_path / "scenarios", good=("calm", "quiet"), bad=("wild",))


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, list[dict[str, str]]]:
    assert run_command(["list", *arguments, "--json"]) == 0
    found: dict[str, list[dict[str, str]]] = json.loads(capsys.readouterr().out)
    return found


def test_everything_that_has_a_name_is_listed_with_what_it_is(desk, capsys):
    found = listed(capsys)
    assert found.pop("format") == 1
    names = {kind: [one["name"] for one in entries] for kind, entries in found.items()}
    assert tuple(names) == tuple(LISTED)
    assert names == {
        "scenarios": ["calm", "quiet", "wild"],
        "tags": ["quiet"],
        "voices": ["default", "pyttsx3", *VOICES, "fixture"],
        "beds": list(BEDS),
        "faults": [one.value for one in (*AgentFault, *AgentQuirk)],
        "targets": ["reference", "openai", "azure"],
        "scorers": list(SCORERS.names()),
        "dialects": list(DIALECTS.names()),
        "transports": ["websocket"],
        "languages": list(LANGUAGES.names()),
        "recognizers": ["moonshine"],
        "judges": ["openai_chat"],
        "desks": list(DESKS.names()),
    }
    about = [one["about"] for kind in tuple(LISTED)[2:] for one in found[kind]]
    assert all(about)
    assert set(SOUNDS) == set(BEDS)
    options = {one["name"]: one["options"] for one in found["scorers"]}
    assert options["preamble"] == {"max_sentences": 2, "max_words": 25}
    assert options["escalation"] == {}
    assert {one["package"] for one in found["dialects"] + found["languages"]} == {"harness"}
    assert found["scenarios"][0]["path"] == "scenarios/calm.yaml"


def test_targets_of_a_suite_come_first_and_no_key_is_shown(desk, capsys):
    (desk / "targets").mkdir()
    (desk / "targets/mine.yaml").write_text(TARGET)
    found = listed(capsys, "targets", str(desk))["targets"]
    assert [one["name"] for one in found] == ["mine", "reference", "openai", "azure"]
    assert run_command(["list", "targets"]) == 0
    text = json.dumps(found) + capsys.readouterr().out
    assert "secret" not in text
    assert "key in OPENAI_API_KEY (set)" in text
    assert "AZURE_OPENAI_ENDPOINT is not set" in text


def test_without_suites_the_rest_is_listed_and_a_missing_path_is_said(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert listed(capsys)["scenarios"] == []
    assert run_command(["list", "faults"]) == 0
    output = capsys.readouterr().out
    assert "caught by time_to_first_audio" in output
    assert "caught by no scorer: it is no fault" in output
    assert run_command(["list", "scenarios", "nowhere"]) == 2
    assert run_command(["list", "nonsense"]) == 2
    assert "'scenarios', 'tags', 'voices'" in capsys.readouterr().err


def test_the_voices_that_are_listed_can_be_asked_for():
    names = espeak_voices("en")
    assert {"en-us", "en-gb-scotland"} <= set(names)
    assert {"f3", "m1"} <= set(espeak_variants())
    assert EspeakSynthesizer().name == "pyttsx3"


FINE = '''\
"""Plug-ins that work."""
from harness.api import Dialect, OpenAiGa, transport

class Gateway(OpenAiGa):
    """The ``gateway`` of our company.

    More about it.
    """
    name = "gateway"

connect = transport("websocket")
'''


def plugin(found: dict[str, list[dict[str, str]]], kind: str) -> dict[str, str]:
    return found[kind][-1]


@pytest.mark.parametrize(
    ("group", "kind", "attribute", "about"),
    [
        ("dialects", "dialects", "Gateway", "The gateway of our company."),
        ("transports", "transports", "connect", "Open a WebSocket connection"),
        ("synthesizers", "voices", "Gateway", "The gateway of our company."),
        ("recognizers", "recognizers", "Gateway", "The gateway of our company."),
        ("judges", "judges", "Gateway", "The gateway of our company."),
        ("desks", "desks", "Gateway.formats", "Plug-ins that work."),
    ],
)
def test_plugin_is_listed_with_its_package_and_summary(
    tmp_path, monkeypatch, capsys, group, kind, attribute, about
):
    monkeypatch.chdir(tmp_path)
    offer(monkeypatch, tmp_path, "ours", FINE, **{group: f"gateway = ours:{attribute}"})
    found = plugin(listed(capsys, kind), kind)
    assert found["about"].startswith(about)
    assert found == {"name": "gateway", "about": found["about"], "package": "ours 1"}
    assert run_command(["list", kind]) == 0
    assert re.search(rf"gateway +{about}.* ours 1\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("group", "code", "reason"),
    [
        ("dialects", "import missing", "dialect 'bad': its package cannot be loaded: No module"),
        ("dialects", "class It: ...", "It is no harness.protocol.dialect.Dialect"),
        ("scorers", "class It: ...", "expected a subclass of harness.judging.scorers.base.Scorer"),
        ("languages", "It = 3", "TypeError: expected a Language, got int"),
        ("transports", "1 / 0", "ZeroDivisionError: division by zero"),
    ],
)
def test_broken_plugin_is_listed_with_the_reason(
    tmp_path, monkeypatch, capsys, group, code, reason
):
    monkeypatch.chdir(tmp_path)
    offer(monkeypatch, tmp_path, "ours", code, **{group: "bad = ours:It"})
    found = plugin(listed(capsys, group), group)
    assert reason in found["about"]
    assert (found["package"], found["broken"]) == ("ours 1", True)
    assert run_command(["list", group]) == 0
    assert "ours 1; broken" in capsys.readouterr().out
