"""``harness language check``: parts that are still English's, and how dialogues are judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.offered import forget_installed, offer

from harness.cli.main import run_command
from harness.errors import FaultyFiles, UsageError
from harness.language.de.german import GERMAN
from harness.language.en.english import ENGLISH
from harness.language.language import LANGUAGES, Language, language_named
from harness.runs.language_check import Origin, check_language

GERMAN_FILE = GERMAN.dialogues or Path()


@pytest.fixture(autouse=True)
def nothing_stays_installed() -> Iterator[None]:
    yield
    forget_installed()


@pytest.mark.parametrize("name", LANGUAGES.builtin)
def test_the_stock_dialogues_of_a_built_in_language_are_judged_rightly(name, capsys):
    found = check_language(language_named(name))
    assert [one for one in found.checked if not one.right] == []
    assert len({one.name for one in found.checked}) == 20
    assert set(found.parts.values()) == {Origin.OWN}
    assert run_command(["language", "check", name]) == 0
    assert "21 of 21 verdicts are right" in capsys.readouterr().out


def wrong(language: Language, tmp_path: Path, dialogues: str) -> list[str]:
    """Return the names of the dialogues that a language judges wrongly."""
    path = tmp_path / "dialogues.yaml"
    path.write_text(dialogues, encoding="utf-8")
    checked = check_language(replace(language, dialogues=path)).checked
    return [one.name for one in checked if not one.right]


def test_wrong_phrases_are_found_by_the_dialogues(tmp_path):
    stock = GERMAN_FILE.read_text(encoding="utf-8")
    assert wrong(GERMAN, tmp_path, stock) == []
    english = replace(GERMAN, phrases=ENGLISH.phrases)
    found = wrong(english, tmp_path, stock)
    assert {"confirmation given", "read-back accepted"} <= set(found)


OWN = """
tools: [{name: cancel_order, kind: write, description: Cancel an order., args: {order: string}}]
dialogues:
  own:
    verdict: {write_confirmation: pass}
    said: |
      agent: Soll ich die Bestellung ORD-4715B stornieren?
      caller: Ja.
      cancel_order {order: ORD-2958M} -> failed no such order
"""


def test_a_dialogue_of_its_own_has_its_own_verdict(tmp_path):
    assert wrong(GERMAN, tmp_path, OWN) == ["own"]


@pytest.mark.parametrize(
    ("given", "instead", "said"),
    [
        ("verdict: {write_confirmation: pass}\n", "\n", "dialogues.own: no stock dialogue has"),
        (
            "write_confirmation: pass",
            "write_conf: pass",
            "dialogues.own.verdict.write_conf: no suc",
        ),
        ("write_confirmation: pass", "delivery: good", "expected broken, fail, not_applicable, "),
        ("    said: |", "    says: |", "dialogues.own.says: unknown key"),
        (
            "agent: Soll",
            "agents: Soll",
            "own: expected `caller: …`, `agent: …` or a tool (cancel_o",
        ),
        ("cancel_order {order: ORD-29", "cancel {order: ORD-29", "got 'cancel {order: ORD-2958M}"),
        ("{order: ORD-2958M}", "{order: [}", "own:1: YAML syntax"),
    ],
)
def test_faults_of_a_file_are_named(tmp_path, given, instead, said):
    with pytest.raises((FaultyFiles, UsageError)) as error:
        wrong(GERMAN, tmp_path, OWN.replace(given, instead))
    assert said in str(error.value)


NEW = """
from dataclasses import replace
from harness.language.en.english import ENGLISH
NEW = replace(ENGLISH, name="xx", voice="es", common_words=frozenset(), dialogues=None)
"""


def test_parts_that_are_english_and_missing_dialogues_are_listed(tmp_path, monkeypatch, capsys):
    offer(monkeypatch, tmp_path, "newlang", NEW, languages="xx = newlang:NEW")
    assert run_command(["language", "check", "xx"]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "own voice still English's numbers, alphabet, " in out
    assert "left out common_words, dialogues" in out
    assert "missing stock dialogues: confirmation given, " in out
