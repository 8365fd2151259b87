"""The same behaviour for every kind of plug-in: found, unknown, taken, broken, made on request."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.offered import forget_installed, offer

from harness.errors import BrokenPlugin, UnknownName, UsageError
from harness.judges.base import JUDGES
from harness.judging.scorers.registry import SCORERS
from harness.plugins import Factories, Registry
from harness.protocol.dialect import DIALECTS
from harness.speech.base import RECOGNIZERS, SYNTHESIZERS
from harness.transport.base import TRANSPORTS

ALL = (DIALECTS, JUDGES, RECOGNIZERS, SCORERS, SYNTHESIZERS, TRANSPORTS)

EVERY = pytest.mark.parametrize("registry", ALL, ids=lambda one: one.kind)


@pytest.fixture(autouse=True)
def nothing_stays_installed() -> Iterator[None]:
    yield
    forget_installed()
    for name in ("odd", "theirs"):
        sys.modules.pop(name, None)


def group(registry: Registry[object]) -> str:
    return registry.group.removeprefix("harness.")


@EVERY
def test_every_built_in_one_can_be_loaded(registry: Registry[object]) -> None:
    assert all(callable(registry.get(name)) for name in registry.builtin)
    assert registry.names() == tuple(registry.builtin)


@EVERY
def test_an_unknown_name_is_an_error_that_lists_the_known_ones(registry: Registry[object]) -> None:
    listed = ", ".join(sorted(registry.builtin))
    with pytest.raises(UnknownName) as unknown:
        registry.get("esperanto")
    assert str(unknown.value) == f"unknown {registry.kind} 'esperanto'; known: {listed}"


@EVERY
def test_a_package_adds_one_behind_the_built_in_ones(
    registry: Registry[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(monkeypatch, tmp_path, "theirs", "def one(): ...", **{group(registry): "a = theirs:one"})
    assert registry.names() == (*registry.builtin, "a")
    assert registry.get("a").__name__ == "one"


@EVERY
def test_a_name_that_is_taken_is_an_error_whichever_is_asked_for(
    registry: Registry[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = next(iter(registry.builtin))
    point = {group(registry): f"{taken} = theirs:one"}
    offer(monkeypatch, tmp_path, "theirs", "def one(): ...", **point)
    said = f"two {registry.kind}s are named '{taken}'; one is theirs:one"
    for asked in (lambda: registry.get(taken), lambda: registry.get("other"), registry.names):
        with pytest.raises(UsageError) as error:
            asked()
        assert str(error.value) == said


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import not_there", "No module named 'not_there'"),
        ("", "module 'odd' has no attribute 'one'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("raise SystemExit('bye')", "SystemExit: bye"),
        ("raise ValueError('no\\nmore')", "ValueError: no more"),
        ("def one(", "SyntaxError: '(' was never closed (odd.py, line 1)"),
    ],
)
@EVERY
def test_a_package_that_cannot_be_loaded_is_told_in_one_line(
    registry: Registry[object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: str,
    why: str,
) -> None:
    offer(monkeypatch, tmp_path, "odd", code, **{group(registry): "odd = odd:one"})
    with pytest.raises(BrokenPlugin) as broken:
        registry.get("odd")
    assert str(broken.value) == f"{registry.kind} 'odd': its package cannot be loaded: {why}"
    assert "odd" in registry.names()  # only a plug-in that is used is loaded


@pytest.mark.parametrize(
    "registry", [DIALECTS, RECOGNIZERS, SYNTHESIZERS], ids=lambda one: one.kind
)
def test_a_factory_that_raises_is_told_like_a_package_that_cannot_be_loaded(
    registry: Factories[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "def one(): raise RuntimeError('no licence')"
    offer(monkeypatch, tmp_path, "odd", code, **{group(registry): "odd = odd:one"})
    with pytest.raises(BrokenPlugin, match="cannot be loaded: RuntimeError: no licence"):
        registry.make("odd")
