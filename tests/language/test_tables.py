"""Language files: how they are read, what is refused, and that no row of a shipped file is dead."""

import ast
import re
import textwrap
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from itertools import pairwise
from pathlib import Path

import pytest

import harness.agent.desk
import harness.language
from harness.agent.desk.speech_acts import desk_named
from harness.errors import FaultyFiles
from harness.language.language import language_named
from harness.language.tables import Tables, Words


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


@dataclass(frozen=True)
class Part:
    said: str = ""


@dataclass(frozen=True)
class Whole:
    rows: tuple[str, ...]
    words: frozenset[str] = frozenset()
    order: Words = Words()  # noqa: RUF009 - immutable
    sizes: dict[str, Size] | None = None
    cost: float = 0.0
    pair: tuple[str, int] = ("", 0)
    many: tuple[frozenset[str], ...] = ()
    keyed: dict[tuple[str, str], int] | None = None
    part: Part = Part()
    loud: bool = False


def tables(tmp_path: Path, text: str, *, named: bool = True) -> Tables:
    path = tmp_path / "words.toml"
    path.write_text(textwrap.dedent(text), "utf-8")
    return Tables(path, {"number": r"\d+", "things": "{things}"}, named=named)


def test_a_table_fills_a_dataclass(tmp_path: Path) -> None:
    read = tables(
        tmp_path,
        """
        [whole]
        words = "to_do now"
        order = "b a b"
        cost = 1
        pair = ["x", 2]
        many = [["a b", "c"], "d e"]
        loud = true
        part.said = "hello"
        """,
    ).fill(Whole, "whole", rows=("made",))
    assert read == Whole(
        rows=("made",),
        words=frozenset({"to do", "now"}),
        order=Words(("b", "a", "b")),
        cost=1,
        pair=("x", 2),
        many=(frozenset({"a b", "c"}), frozenset({"d", "e"})),
        loud=True,
        part=Part("hello"),
    )


def test_a_single_value_is_read_as_its_type(tmp_path: Path) -> None:
    file = tables(tmp_path, '[a.b]\nx = "small"\n[keys]\n"c d" = 3\n')
    assert file.read(dict[str, Size], "a.b") == {"x": Size.SMALL}
    assert file.read(dict[tuple[str, str], int], "keys") == {("c", "d"): 3}


NAMED = r"""
[parts]
polite = '(?:please|{thanks})'
thanks = "thank you"
greetings = ["hello", "{polite} hi"]
[whole]
rows = ["{greetings}", "yes {polite}", '{number}{0,4}', "my {things}", '''
  one
  |two\s
  ''']
"""


def test_a_name_in_braces_stands_for_a_text_or_for_the_rows_of_a_list(tmp_path: Path) -> None:
    assert tables(tmp_path, NAMED).fill(Whole, "whole").rows == (
        "hello",
        "(?:please|thank you) hi",
        "yes (?:please|thank you)",
        r"\d+{0,4}",
        "my {things}",
        r"one|two\s",
    )


def test_names_of_sentences_stay(tmp_path: Path) -> None:
    file = tables(tmp_path, '[whole]\nrows = ["It is {number}."]\n', named=False)
    assert file.fill(Whole, "whole").rows == ("It is {number}.",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[whole", "expected TOML in UTF-8: Expected ']'"),
        ("[other]", "whole: is missing"),
        ("whole = 3", "whole: expected a table, got 3"),
        ("[whole]\ncost = 1", "whole.rows: is missing"),
        ("[whole]\nrows = []\nword = 'a'", "whole.word: unknown key; allowed: rows, words, order"),
        ("[whole]\nrows = []\nword = 'a'", "(did you mean 'words'?)"),
        ("[whole]\nrows = 'a b'", "whole.rows: expected a list, got 'a b'"),
        ("[whole]\nrows = ['a', 1]", "whole.rows[1]: expected text, got 1"),
        ("[whole]\nrows = []\ncost = 'a'", "whole.cost: expected a number, got 'a'"),
        ("[whole]\nrows = []\ncost = true", "whole.cost: expected a number, got True"),
        ("[whole]\nrows = []\nloud = 1", "whole.loud: expected true or false, got 1"),
        ("[whole]\nrows = []\norder = ['a']", "whole.order: expected text, got ['a']"),
        ("[whole]\nrows = []\npair = ['a']", "whole.pair: expected a list of 2, got ['a']"),
        ("[whole]\nrows = []\npart.sad = 'a'", "whole.part.sad: unknown key; allowed: said"),
        ("[whole]\nrows = ['{nmber}']", "whole.rows[0]: no text has the name {nmber}; names: rows"),
        ("[whole]\nrows = ['{nmber}']", "(did you mean 'number'?)"),
        ("[parts]\nrows = 'a'\n[whole]\nrows = ['{rows} b']", "{rows} is both a key of this table"),
        ("[parts]\na = '{b}'\nb = '{a}'\n[whole]\nrows = ['{a}c']", "{a} contains itself"),
        ("[parts]\na = ['{a}']\n[whole]\nrows = ['{a}']", "{a} contains itself"),
        ("[parts]\na = ['b']\n[whole]\nrows = ['c{a}']", "whole.rows[0]: expected text, got ['b']"),
    ],
)
def test_a_fault_names_file_key_value_and_what_is_allowed(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(FaultyFiles) as raised:
        tables(tmp_path, text).fill(Whole, "whole")
    assert str(raised.value).startswith(f"{tmp_path / 'words.toml'}: ")
    assert message in str(raised.value)


def test_an_unknown_member_of_an_enum_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        FaultyFiles, match=r"a\.x: expected one of small, large .did you mean 'small'.., got 'smal'"
    ):
        tables(tmp_path, "[a]\nx = 'smal'").read(dict[str, Size], "a")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FaultyFiles, match=r"none\.toml: cannot be read: No such file"):
        Tables(tmp_path / "none.toml")


# The shipped files.

FILES = [
    path
    for package in (harness.language, harness.agent.desk)
    for path in sorted(Path(package.__path__[0]).glob("*/*.toml"))
]
WORDS = re.compile(r"[\w\s'-]+")
"""A text of words, or a sentence without a full stop, which has no word twice either."""


@pytest.fixture(params=FILES, ids=lambda path: f"{path.parts[-3]}/{path.parent.name}/{path.stem}")
def file(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def leaves(value: object, place: str = "") -> Iterator[tuple[str, object]]:
    """Yield each list and each other value of a file with its place."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from leaves(one, f"{place}.{key}" if place else key)
    else:
        yield place, value


def test_no_row_is_there_twice(file: Path) -> None:
    for place, value in leaves(tomllib.loads(file.read_text("utf-8"))):
        rows = value if isinstance(value, list) and not place.startswith("feasts") else []
        if isinstance(value, str) and "\n" in value and WORDS.fullmatch(value):
            rows = value.split()
        assert [row for at, row in enumerate(rows) if row in rows[:at]] == [], place


def test_each_part_is_used(file: Path) -> None:
    text = file.read_text("utf-8")
    parts = tomllib.loads(text).get("parts", {})
    assert [name for name in parts if f"{{{name}}}" not in text] == []


def patterns(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | frozenset):
        for one in value:
            yield from patterns(one)
    elif isinstance(value, dict):
        yield from patterns(tuple(value.values()))
    elif is_dataclass(value):
        for one in fields(value):
            yield from patterns(getattr(value, one.name))


@pytest.mark.parametrize("tag", ["en", "de"])
def test_each_pattern_compiles(tag: str) -> None:
    language, desk = language_named(tag), desk_named(tag)
    parts = (language.phrases, language.actions, desk.intents, desk.prompts, desk.numbers)
    found = list(patterns(parts))
    assert len(found) > 5_000
    for pattern in dict.fromkeys(found):
        re.compile(pattern)


DOCUMENTED = {
    ("phrasebook", "Answers"): "replies.toml answers",
    ("phrasebook", "Wishes"): "wishes.toml wishes",
    ("phrasebook", "Asking"): "asking.toml asking",
    ("phrasebook", "Waiting"): "phrases.toml waiting",
    ("phrases", "Details"): "phrases.toml details",
}


@pytest.mark.parametrize("tag", ["en", "de"])
@pytest.mark.parametrize(("module", "name"), DOCUMENTED)
def test_the_comment_of_a_key_says_what_its_field_does(module: str, name: str, tag: str) -> None:
    folder = Path(harness.language.__path__[0])
    tree = ast.parse((folder / f"{module}.py").read_text("utf-8"))
    body = next(one.body for one in tree.body if isinstance(one, ast.ClassDef) and one.name == name)
    file, table = DOCUMENTED[module, name].split()
    text = (folder / tag / file).read_text("utf-8").partition(f"\n[{table}]\n")[2]
    comments = " ".join(re.sub(r"(?m)^# ?", "", text).split())
    for field, doc in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(doc, ast.Expr):
            assert isinstance(field.target, ast.Name)
            words = " ".join(ast.literal_eval(doc.value).split()).replace("``", "`")
            if re.search(rf"(?m)^{field.target.id} = ", text):
                assert words in comments, field.target.id
