"""Settings of a single dialect in a target file: checked, in the schema, in a matrix, sent."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator
from support.call_plans import call_plan, scenario
from support.offered import forget_installed, offer
from support.small_desk import small_desk

from harness.errors import BrokenPlugin, FaultyFiles, MissingVariable
from harness.judging.scorers.registry import known_options
from harness.protocol.dialect import dialect
from harness.runs.embedded import embedded_agent
from harness.runs.pipeline import VirtualOrder, call_virtually
from harness.runs.plan import Repeats, plan_jobs
from harness.runs.routes import route_to, stored_target
from harness.scenario.catalog import find, load_target
from harness.scenario.scenario_file import schema_for
from harness.scenario.target import Target

SONAR = """
import json
from pydantic import SecretStr
from harness.api import Dialect, DialectSession, Incoming, Model, Outgoing

class Eager(Model):
    after_ms: int = 500

class SonarSettings(Model):
    keyterms: tuple[str, ...] = ()
    greeting: str | None = None
    speed: float = 1.0
    eager: Eager = Eager()
    account_token: str | None = None
    pin: SecretStr | None = None

class SonarSession(DialectSession):
    def opening(self):
        return (Outgoing(json.dumps({"keyterms": self.wanted.vendor.keyterms})),)
    def receive(self, message):
        return Incoming("x")
    def append_audio(self, audio):
        return audio

class Sonar(Dialect):
    name = "sonar"
    session_class = SonarSession
    settings = SonarSettings
    lacks = ("transcription_model",)
    def unfit(self, wanted):
        yield from super().unfit(wanted)
        if wanted.vendor.speed > 2:
            yield "vendor.speed", "at most 2"

class Odd(Sonar):
    name = "odd"
    settings = dict
"""
RELAY = """
from dataclasses import replace
from harness.api import Model, OpenAiGa

class RelaySettings(Model):
    keyterms: tuple[str, ...] = ()
    token: str

class Relay(OpenAiGa):
    name = "relay"
    settings = RelaySettings
    def session(self, wanted):
        own = f"{' '.join(wanted.vendor.keyterms)} {wanted.vendor.token}"
        return super().session(replace(wanted, instructions=own))
"""
HEAD = "format: 1\ntarget: t\ndialect: sonar\nurl: ws://127.0.0.1:9/\n"


@pytest.fixture(autouse=True)
def sonar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    offer(monkeypatch, tmp_path, "sonar", SONAR, dialects="sonar = sonar:Sonar")
    yield
    for name in ("sonar", "relay", "odd"):
        sys.modules.pop(name, None)
    forget_installed()


def read(lines: str) -> Target:
    Path("t.yaml").write_text(HEAD + lines, encoding="utf-8")
    return load_target("t.yaml", None)


ALLOWED = "allowed: keyterms, greeting, speed, eager, account_token, pin"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("vendor: {keyterm: [a]}",
         f"t.yaml:5: vendor.keyterm: unknown key; {ALLOWED} (did you mean 'keyterms'?)"),
        ("vendor: {speed: fast}", "t.yaml:5: vendor.speed: expected a number, got 'fast'"),
        ("vendor: {eager: {after_ms: x}}",
         "t.yaml:5: vendor.eager.after_ms: expected a whole number, got 'x'"),
        ("vendor: {speed: 3}", "t.yaml:5: vendor.speed: at most 2"),
        ("vendor: {account_token: abc}",
         "t.yaml:5: vendor.account_token: a key does not stand in a file: put it into the"
         " environment, and write {env: VARIABLE}"),
        ("vendor: {pin: '1234'}", "t.yaml:5: vendor.pin: a key does not stand in a file: put it"
         " into the environment, and write {env: VARIABLE}"),
        ("vendor: {speed: 1}\nmatrix: {vendor.speed: [1, 2]}",
         "t.yaml:6: matrix.vendor.speed: is set beside the matrix, too; take it out there"),
        ("matrix: {vendor.speed: [1, 3]}", "t.yaml:5: matrix: speed=3: at most 2"),
        ("session: {output: text}", "t.yaml:5: session.output: sonar answers in audio only"),
        ("session:\n  input_transcription: x",
         "t.yaml:6: session.input_transcription: sonar has no such setting; take it out"),
        ("session:\n  input_transcription:\n    model: x",
         "t.yaml:7: session.input_transcription.model: sonar has no such setting; take it out"),
    ],
)  # fmt: skip
def test_vendor_settings_are_checked_with_their_place(lines: str, said: str) -> None:
    with pytest.raises(FaultyFiles) as refused:
        read(lines)
    assert str(refused.value) == said


def test_an_unknown_key_of_a_matrix_is_told_with_those_that_are_known() -> None:
    with pytest.raises(FaultyFiles, match=r"vendor\.keyterms.*did you mean 'vendor\.speed'"):
        read("matrix: {vendor.sped: [1, 2]}")


def test_a_dialect_without_settings_takes_none() -> None:
    lines = "format: 1\ntarget: t\nurl: ws://127.0.0.1:9/\nvendor: {speed: 1}\n"
    Path("t.yaml").write_text(lines, encoding="utf-8")
    with pytest.raises(FaultyFiles, match="vendor: openai_ga has no settings of its own"):
        load_target("t.yaml", None)


def test_settings_that_are_no_model_are_a_broken_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, tmp_path, "odd", SONAR, dialects="odd = odd:Odd")
    with pytest.raises(BrokenPlugin, match="settings: expected a class derived"):
        schema_for("target", known_options())


def test_a_session_gets_the_settings_and_no_file_gets_a_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = read("vendor: {keyterms: [Novak], account_token: {env: TOKEN}}")
    with pytest.raises(MissingVariable, match="TOKEN"):
        route_to(target)
    monkeypatch.setenv("TOKEN", "s3cret-value")
    route = route_to(target)
    plan = call_plan(route.url, scenario([{"say": "Hi."}]), vendor=route.vendor)
    session = dialect("sonar").session(plan.wanted)
    (opening,) = session.opening()
    assert orjson.loads(opening.message) == {"keyterms": ["Novak"]}
    assert session.wanted.vendor.account_token == "s3cret-value"
    assert "s3cret-value" in route.secrets
    assert stored_target(target)["vendor"] == {
        "keyterms": ["Novak"],
        "account_token": {"env": "TOKEN"},
    }
    assert "vendor" not in stored_target(read(""))


def test_a_call_is_recorded_with_its_settings_and_without_the_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, tmp_path, "relay", RELAY, dialects="relay = relay:Relay")
    monkeypatch.setenv("TOKEN", "s3cret-value")
    vendor = {"token": {"env": "TOKEN"}, "keyterms": ["Novak"]}
    data = {"format": 1, "target": "t", "dialect": "relay", "vendor": vendor}
    (job,) = plan_jobs(find((small_desk(tmp_path / "desk", quiet=0.3),)), Repeats(), Target(**data))
    out = tmp_path / "out"
    call = call_virtually(VirtualOrder(job, out, embedded_agent, None))
    assert call.status == "completed", call.status_detail
    folder = out / call.recording
    stored = orjson.loads((folder / "manifest.json").read_bytes())
    assert stored["target"]["vendor"] == vendor
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert any(b"Novak [redacted]" in each for each in files)
    assert not any(b"s3cret-value" in each for each in files)


def test_a_matrix_varies_vendor_settings() -> None:
    target = read("vendor: {greeting: Hi}\nmatrix: {vendor.speed: [1, 1.5], format: [pcm16_24k]}")
    cells = {name: cell.vendor for name, cell in target.cells()}
    assert cells == {
        "speed=1 pcm16_24k": {"greeting": "Hi", "speed": 1},
        "speed=1.5 pcm16_24k": {"greeting": "Hi", "speed": 1.5},
    }


@pytest.mark.parametrize(
    ("spoken", "vendor", "valid"),
    [
        ("sonar", {"keyterms": ["a"]}, True),
        ("sonar", {"keyterm": ["a"]}, False),
        ("sonar", {"speed": "fast"}, False),
        ("sonar", {"greeting": {"env": "HELLO"}}, True),
    ],
)
def test_the_schema_of_a_target_has_them(spoken: str, vendor: dict[str, Any], valid: bool) -> None:
    schema = schema_for("target", known_options())
    Draft202012Validator.check_schema(schema)
    data = {"format": 1, "target": "t", "dialect": spoken, "vendor": vendor}
    assert Draft202012Validator(schema).is_valid(data) is valid
