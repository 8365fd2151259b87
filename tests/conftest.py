"""Settings of all tests: no CI variables, a shared speech cache, no deadline for examples.

With CI variables set, the failures that the tests provoke would be reported as real ones. No
example fails for being slow.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

for name in [name for name in os.environ if name.startswith("GITHUB_")]:
    del os.environ[name]

# Many tests start processes of the harness; each would compile all of its files anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Use one process more than there are cores: it works while another waits in real time."""
    return (yield) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the guides: a page takes up to two minutes, and would be all that runs at last."""
    items.sort(key=lambda item: "test_guides.py" not in item.nodeid)


settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of this session of pytest that all of its workers have in common."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session", autouse=True)
def speech_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The speech cache of all tests and the processes that they start; never the user's own.

    A folder that HARNESS_CACHE_DIR names is used: it contains results from before the tests.
    """
    with pytest.MonkeyPatch.context() as patch:
        folder = os.environ.get("HARNESS_CACHE_DIR")
        folder = folder or str(shared_folder(tmp_path_factory) / "speech-cache")
        patch.setenv("HARNESS_CACHE_DIR", folder)
        yield Path(folder)
