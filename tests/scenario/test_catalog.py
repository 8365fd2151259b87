"""Finding scenarios under folders and choosing among them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.errors import FaultyFiles, UsageError
from harness.scenario.catalog import Selection, default_paths, find


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for suite in ("desk", "bank"):
        folder = tmp_path / suite
        (folder / "targets").mkdir(parents=True)
        (folder / "targets" / "t.yaml").write_text("no scenario")
        (folder / "suite.yaml").write_text(f"format: 1\nsuite: {suite}\ninstructions: p.md\n")
        (folder / "p.md").write_text("Be kind.")
        for family, name, tags in (("a", "red fox", "x, y"), ("b", "blue owl", "x")):
            (folder / family).mkdir()
            (folder / family / f"{name[:3]}.yaml").write_text(
                f"format: 1\nname: {name}\ntags: [{tags}]\nturns: [{{say: Hi}}]\n"
            )
    return tmp_path


def names(*paths: Path, **wanted: Any) -> list[str]:
    found = find(paths, Selection(**wanted))
    return [f"{item.suite.suite.suite}/{item.scenario.name}" for item in found]


def test_a_folder_of_suites_a_suite_a_family_and_a_file_are_all_places(place: Path) -> None:
    every = ["bank/red fox", "bank/blue owl", "desk/red fox", "desk/blue owl"]
    assert names(place) == every
    assert names(place / "desk") == every[2:]
    assert names(place / "desk" / "b") == ["desk/blue owl"]
    assert names(place / "desk" / "b" / "blu.yaml", place / "desk") == every[2:]


RED, BLUE = "desk/red fox", "desk/blue owl"


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ({}, [RED, BLUE]),
        ({"names": ("RED*",)}, [RED]),
        ({"names": ("owl",)}, [BLUE]),
        ({"names": ("blu",)}, [BLUE]),
        ({"names": ("owl", "nobody")}, [BLUE]),
        ({"names": ("RED*", "owl")}, [RED, BLUE]),
        ({"names": ("red", "owl"), "not_tags": ("y",)}, [BLUE]),
        ({"tags": ("x", "y")}, [RED]),
        ({"tags": ("x",)}, [RED, BLUE]),
        ({"tags": ("y,z",)}, [RED]),
        ({"tags": ("z, x",)}, [RED, BLUE]),
        ({"tags": ("x,z", "y")}, [RED]),
        ({"not_tags": ("y",)}, [BLUE]),
        ({"not_tags": ("y,z",), "tags": ("x",)}, [BLUE]),
        ({"not_tags": ("z",)}, [RED, BLUE]),
        ({"names": ("o*",), "not_tags": ("z",)}, None),
        ({"not_tags": ("z", "x")}, None),
    ],
)
def test_scenarios_are_chosen_by_name_and_tags(
    place: Path, wanted: dict[str, Any], chosen: list[str] | None
) -> None:
    if chosen is None:
        with pytest.raises(UsageError, match="no scenario with "):
            names(place / "desk", **wanted)
    else:
        assert names(place / "desk", **wanted) == chosen


def test_a_name_with_brackets_is_found_as_it_is_written(place: Path) -> None:
    (place / "desk" / "a" / "red.yaml").write_text(
        "format: 1\nname: fox [red]\nturns: [{say: Hi}]\n"
    )
    assert names(place / "desk", names=("fox [RED]",)) == ["desk/fox [red]"]


def test_nothing_chosen_says_what_was_wanted_and_what_there_is(place: Path) -> None:
    with pytest.raises(UsageError) as caught:
        names(place / "desk", names=("cat*",), tags=("y,z",), not_tags=("x",))
    assert str(caught.value) == (
        "no scenario with name like 'cat*' and tag 'y' or 'z' and no tag 'x' "
        f"in {place / 'desk'}; "
        "names: red fox, blue owl; tags: x, y"
    )
    (place / "void").mkdir()
    with pytest.raises(UsageError, match="no scenario files"):
        names(place / "void")
    with pytest.raises(UsageError, match="gone: no such file or folder"):
        names(place / "gone")


def test_a_slip_in_a_name_or_a_tag_is_told(place: Path) -> None:
    for wanted, slips in (
        ({"names": ("blue awl",)}, " (did you mean 'blue owl'?)"),
        ({"names": ("zzzz",)}, ""),
    ):
        with pytest.raises(UsageError) as caught:
            names(place / "desk", **wanted)
        assert f"in {place / 'desk'}{slips}; names: " in str(caught.value)
    (place / "desk/red.yaml").write_text(
        "format: 1\nname: fox\ntags: [write]\nturns: [{say: Hi}]\n"
    )
    with pytest.raises(UsageError, match=r"\(did you mean 'write'\?\); names"):
        names(place / "desk", tags=("wirte",))


def test_faults_of_all_files_and_a_shared_suite_come_once_and_together(place: Path) -> None:
    (place / "desk" / "a" / "red.yaml").write_text("format: 1\nname: x\nturns: []\n")
    (place / "bank" / "suite.yaml").write_text("format: 1\nsuite: s\ninstructions: gone.md\n")
    with pytest.raises(FaultyFiles) as caught:
        names(place)
    assert [(fault.path.name, fault.key) for fault in caught.value.faults] == [
        ("suite.yaml", "instructions"),
        ("red.yaml", "turns"),
    ]


def test_the_same_name_twice_in_a_suite_is_a_fault_but_not_in_two_suites(place: Path) -> None:
    twin = place / "desk" / "b" / "twin.yaml"
    twin.write_text("format: 1\nname: red fox\nturns: [{say: Hi}]\n")
    with pytest.raises(FaultyFiles) as caught:
        names(place, names=("owl",))
    assert str(caught.value).startswith(f"{twin}:2: name: 'red fox' is the name of ")


def test_a_name_that_stands_twice_is_told_beside_every_other_fault_of_the_file(place: Path) -> None:
    desk = place / "desk" / "b"
    (desk / "twin.yaml").write_text("format: 1\nname: red fox\nturns: []\n")
    (desk / "twins.yaml").write_text(
        "format: 1\nname: red\nturns: [{say: Hi}]\nloud: yes\n"
        "cases: [{name: fox}, {name: fox}, {name: cub}]\n"
    )
    (desk / "other.yaml").write_text("format: 1\nname: red [fox]\nturns: [{silence: -1}]\n")
    for name in ("nameless_a", "nameless_b"):
        (desk / f"{name}.yaml").write_text("format: 1\nturns: [{say: Hi}]\ncases: [{name: x}]\n")
    (desk / "unreadable.yaml").write_text("format: 1\nname: [red fox\n")
    with pytest.raises(FaultyFiles) as caught:
        names(place)
    assert [(fault.path.stem, fault.key) for fault in caught.value.faults] == [
        ("nameless_a", "name"),
        ("nameless_b", "name"),
        ("other", "turns[0].silence"),
        ("twin", "turns"),
        ("twins", "loud"),
        ("twins", "cases[1].name"),
        ("unreadable", ""),
        ("twin", "name"),
        ("twins", "name"),
    ]
    assert str(caught.value.faults[-1]).endswith(
        f"'red [fox]' is the name of {desk / 'other.yaml'} too; results are told apart by name"
    )


def test_files_without_a_suite_may_have_one_name(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text("format: 1\nname: x\nturns: [{say: Hi}]\n")
    with pytest.raises(FaultyFiles) as caught:
        names(tmp_path)
    assert [fault.key for fault in caught.value.faults] == ["", ""]


def test_the_default_place_is_the_scenarios_folder_here() -> None:
    assert default_paths() == (Path("scenarios"),)


def test_a_link_to_itself_is_one_fault(place: Path) -> None:
    loop = place / "desk" / "a" / "loop.yaml"
    loop.symlink_to("loop.yaml")
    with pytest.raises(FaultyFiles) as caught:
        names(place)
    assert [fault.path for fault in caught.value.faults] == [loop]
    assert "cannot read the file" in str(caught.value)


def test_links_that_lead_out_of_the_suite_are_refused(place: Path) -> None:
    link = place / "desk" / "a" / "link.yaml"
    (place / "outside.txt").write_text("format: 1\nname: x\nturns: [{say: Hi}]\n")
    link.symlink_to(place / "outside.txt")
    with pytest.raises(FaultyFiles, match="leads out of the suite's folder") as caught:
        names(place / "desk")
    assert [fault.path for fault in caught.value.faults] == [link]


@pytest.mark.parametrize("state", ["missing", "faulty"])
def test_a_scenarios_own_faults_are_told_whatever_its_suite_is_like(
    place: Path, state: str
) -> None:
    suite = place / "desk" / "suite.yaml"
    if state == "missing":
        suite.unlink()
    else:
        suite.write_text("format: 1\n")
    for name in ("a/red.yaml", "b/blu.yaml"):
        (place / "desk" / name).write_text("format: 1\nname: x\nturns: []\n")
    with pytest.raises(FaultyFiles) as caught:
        names(place / "desk")
    faults = [(fault.path.name, fault.key) for fault in caught.value.faults]
    assert {("red.yaml", "turns"), ("blu.yaml", "turns")} <= set(faults)
    assert len(faults) == len(set(faults))
