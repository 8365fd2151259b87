"""`harness list`: the names that options and files may use, for people and for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.ci_desk import ci_desk
from support.offered import forget_installed, offer

from harness.agent.faults import AgentFault, AgentQuirk
from harness.audio.noise import BEDS, SOUNDS
from harness.cli.main import run_command
from harness.judging.scorers.registry import SCORERS
from harness.protocol.dialect import DIALECTS
from harness.runs import listing
from harness.speech.pyttsx3_tts import VOICES, EspeakSynthesizer, espeak_variants, espeak_voices

TARGET = "format: 1\ntarget: mine\nurl: wss://u:secret@x.example/v1?key=secret\nmodel: m\n"


PACKAGES = Path(__file__).parents[1] / "data" / "packages"


@pytest.fixture(autouse=True)
def nothing_stays_installed() -> Iterator[None]:
    yield
    forget_installed()


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
    assert tuple(names) == tuple(listing.KINDS)
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
        "recognizers": ["moonshine"],
        "languages": ["en", "de"],
        "desks": ["en", "de"],
        "judges": ["openai_chat"],
    }
    about = [one["about"] for kind in [*listing.KINDS][2:] for one in found[kind]]
    assert all(about)
    assert set(SOUNDS) == set(BEDS)
    options = {one["name"]: one["options"] for one in found["scorers"]}
    assert options["preamble"] == {"max_sentences": 2, "max_words": 25}
    assert options["escalation"] == {}
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


LANGUAGE = (PACKAGES / "esperanto/esperanto.py").read_text(encoding="utf-8")
MUTE = """
class Mute:
    \"\"\"Says nothing.\"\"\"
    name, version = "mute", "1"
"""
OFFERED = [
    ("dialects", "brook", "brook:Brook", (PACKAGES / "brook/brook.py").read_text(), "Takes the ca"),
    ("languages", "eo", "esper:ESPERANTO", LANGUAGE, "Esperanto as far as two calls to an or"),
    ("scorers", "short", "short:SHORT", "SHORT = 7", "expected a subclass of harness.judging"),
    ("transports", "tin", "tin:connect", "1 / 0", "ZeroDivisionError"),
    ("recognizers", "keen", "keen:Ears", "def Ears(): raise OSError('no licence')", "no licence"),
    ("judges", "openai_chat", "second:judge", "judge = 1", "two judges are named 'openai_chat'"),
    ("voices", "mute", "mute:Mute", MUTE, "Says nothing."),
]


@pytest.mark.parametrize(("kind", "name", "point", "code", "about"), OFFERED)
def test_plugins_of_packages_are_listed_with_their_package_or_what_is_wrong(
    tmp_path, monkeypatch, capsys, kind, name, point, code, about
):
    module, group = point.partition(":")[0], "synthesizers" if kind == "voices" else kind
    offer(monkeypatch, tmp_path, module, code, **{group: f"{name} = {point}"})
    found = listed(capsys, kind)[kind][-1]
    broken = kind not in ("dialects", "languages", "voices")
    assert (found["name"], found["broken"]) == (name, broken)
    assert (found["package"], found["package_version"]) == (module, "1")
    assert about in found["about"]
    assert run_command(["list", kind]) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.rstrip().endswith(f"{module} 1{'; BROKEN' if broken else ''}")


def test_the_voices_that_are_listed_can_be_asked_for():
    names = espeak_voices("en")
    assert {"en-us", "en-gb-scotland"} <= set(names)
    assert {"f3", "m1"} <= set(espeak_variants())
    assert EspeakSynthesizer().name == "pyttsx3"
