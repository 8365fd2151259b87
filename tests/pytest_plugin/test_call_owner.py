"""Two tests of one scenario are two calls, whose seeds follow from the tests' names alone."""

from __future__ import annotations

import pytest
from support.small_desk import results_of

from harness.scenario.identity import own_seed

from .conftest import Project

pytest_plugins = ["pytester"]

TESTS = """\
import pytest


@pytest.fixture
def seeds(request):
    def note(*outcomes):
        with (request.config.rootpath / "seeds.log").open("a") as log:
            told = [request.node.name, *(str(one.result.seed) for one in outcomes)]
            log.write(" ".join(told) + "\\n")

    return note


@pytest.fixture(scope="module")
def shared(call_agent):
    return call_agent.sync("desk/fine.yaml")


@pytest.fixture(scope="module", params=["slow", "quick"])
def each(request, call_agent):
    return call_agent.sync("desk/fine.yaml")


@pytest.fixture
def own(call_agent):
    return call_agent.sync("desk/fine.yaml")


def test_one(call_agent, seeds):
    seeds(call_agent.sync("desk/fine.yaml"))


@pytest.mark.xdist_group("some")
def test_other(own, seeds):
    seeds(own)


def test_twice(call_agent, seeds):
    seeds(call_agent.sync("desk/fine.yaml"), call_agent.sync("desk/fine.yaml"))


def test_both_clocks(call_agent, seeds):
    both = (call_agent.sync("desk/fine.yaml", real_time=real) for real in (False, True))
    seeds(*both)


@pytest.mark.parametrize("scorer", ["expectations", "pause_handling"])
def test_shared(shared, seeds, scorer):
    seeds(shared)


def test_each(each, seeds):
    seeds(each)


@pytest.mark.parametrize("number", [1, 2])
def test_seed(call_agent, seeds, number):
    seeds(call_agent.sync("desk/fine.yaml", seed=40))
"""


@pytest.fixture
def desk(project: Project) -> Project:
    project.scenario("fine")
    (project.path / "test_two.py").write_text(TESTS)
    return project


def seeds_of(desk: Project, *arguments: str) -> dict[str, list[int]]:
    """Run pytest and return the seeds of each test's calls."""
    log = desk.path / "seeds.log"
    log.unlink(missing_ok=True)
    assert desk.run("--harness-report", "out", "--harness-force", *arguments).ret == 0
    lines = [line.split() for line in log.read_text().splitlines()]
    return {name: list(map(int, seeds)) for name, *seeds in lines}


def test_each_test_has_calls_of_its_own_and_tests_share_those_of_a_fixture(desk: Project):
    found = seeds_of(desk)
    first, second = found["test_twice"]
    assert second == first + 1
    virtual, real = found["test_both_clocks"]
    assert virtual == real
    assert found["test_shared[expectations]"] == found["test_shared[pause_handling]"]
    assert found["test_seed[1]"] == found["test_seed[2]"] == [own_seed("small desk", "fine", 40)]
    several = {tuple(seeds) for seeds in found.values()}
    assert len(several) == len(found) - 2
    results = results_of(desk.path / "out")
    yaml = own_seed("small desk", "fine", 7)
    # test_both_clocks has two calls of one seed, which the clocks tell apart
    wanted = [*(seed for seeds in several for seed in seeds), yaml]
    assert sorted(call["seed"] for call in results["calls"]) == sorted(wanted)
    assert [call["seed"] for call in results["attempts"]] == found["test_seed[1]"]


def test_a_test_has_the_same_calls_alone_and_in_any_worker(desk: Project):
    found = seeds_of(desk, "-k", "not real")
    assert seeds_of(desk, "-n", "2", "--dist", "loadgroup") == found
    alone = seeds_of(desk, "test_two.py::test_other", "test_two.py::test_shared[pause_handling]")
    assert alone == {name: found[name] for name in alone}
    assert len(alone) == 2


AGAIN = """\
from _pytest.runner import runtestprotocol


def pytest_runtest_protocol(item, nextitem):
    runtestprotocol(item, nextitem=nextitem, log=False)
    runtestprotocol(item, nextitem=nextitem)
    return True
"""


def test_a_test_that_is_run_again_makes_the_same_calls_again(desk: Project):
    found = seeds_of(desk, "-k", "test_one or test_twice")
    (desk.path / "conftest.py").write_text(AGAIN)
    assert seeds_of(desk, "-k", "test_one or test_twice") == found
    results = results_of(desk.path / "out")
    assert [len(results[kind]) for kind in ("calls", "attempts")] == [3, 3]
