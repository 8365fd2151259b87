"""The project file with defaults for options, and the file of environment variables.

``harness.toml``, or ``[tool.harness]`` in ``pyproject.toml``, here or in a folder above, as far as
the repository goes. A table per command holds its options by their long names. Strict: an unknown
key, or a value that its option would refuse, is an error with its place. The command line wins.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

import click
from dotenv.parser import parse_stream

from harness.errors import Fault, FaultyFiles
from harness.scenario.document import read_text

# ``--env-file``: keys from a file, for users who do not keep them in the shell.

F = TypeVar("F", bound=Callable[..., Any])

ENV_FILE = "env_file"
"""Name of the option, and of the key in a project file."""


def env_file_option(command: F) -> F:
    """Give a command ``--env-file``; the file is read before the command begins."""
    option = click.option(
        "--env-file",
        ENV_FILE,
        type=click.Path(path_type=Path),
        metavar="FILE",
        expose_value=False,
        callback=_read,
        help="Read variables such as OPENAI_API_KEY from FILE (NAME=VALUE lines). Those that are "
        "set already stay as they are.",
    )
    return option(command)


def read_env_file(path: Path) -> None:
    """Set the variables of a file that are not set; its content is never shown.

    Values are taken literally: a ``$`` in a key has no special meaning.

    Raises:
        FaultyFiles: the file cannot be read, or some of its lines set no variable; lists them all.
    """

    # Blank lines and comments are bindings, too: they have neither key nor error.
    bindings = [one for one in parse_stream(StringIO(read_text(path))) if one.key or one.error]
    faults = tuple(
        Fault(path, one.original.line, "", "expected NAME=VALUE")
        for one in bindings
        # Only the line is named: its text may be a key, and faults end up in logs.
        if one.error or not _can_be_set(one.key, one.value)
    )
    if faults:
        raise FaultyFiles(faults)
    for one in bindings:
        os.environ.setdefault(str(one.key), str(one.value))


def _can_be_set(name: str | None, value: str | None) -> bool:
    """Whether the system takes this as a variable: quotes let signs in that it refuses."""
    return (
        bool(name) and value is not None and "=" not in str(name) and "\0" not in f"{name}{value}"
    )


def _read(_context: click.Context, _option: click.Parameter, value: Path | None) -> None:
    if value is not None:
        read_env_file(value)


FILE = "harness.toml"
PYPROJECT = "pyproject.toml"

WITH_DEFAULTS = ("run", "compare", "score", "prove")
"""Commands whose defaults a project file may set."""
CALLING = ("run", "compare", "nightly", "list")
"""Commands that read the file of variables that it names."""
ON_THE_COMMAND_LINE = frozenset({"help", "force", "resume", "failed", ENV_FILE})
"""Options that are meant for a single use, or are given elsewhere."""
_ALONE = ("scenario",)
"""Options whose single value may be written without brackets, as in a nightly file."""
_TARGETS = ("target", "targets", "a", "b")
"""Options whose value may be a file, or the name of something that is not a file."""

# "[run]", "[ tool.harness.run ] # comment"; not "[[array]]", which no option uses.
_TABLE = re.compile(r"\s*\[([^\[\]]+)\]\s*(?:#.*)?")
# tomllib has the line only in its message: "Expected '=' (at line 3, column 5)".
_LINE = re.compile(r" ?\(at line (\d+), column \d+\)")

Defaults = dict[str, dict[str, Any]]
"""By command and option, as click takes them."""

CommandOf = Callable[[str], click.Command | None]
"""Returns the command of a name."""


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """A project file as it was read; ``prefix`` is the harness's table in it."""

    path: Path
    text: str
    data: Mapping[str, Any]
    prefix: str

    def fault(self, keys: tuple[str, ...], problem: str) -> Fault:
        """Return the fault of a key, with its line."""
        return Fault(self.path, self._line(keys), ".".join(keys), problem)

    def beside(self, value: str) -> str:
        """Return a path of the file as it is seen from here."""
        return str(Path(os.path.relpath(self.path.parent)) / value)

    def _line(self, keys: tuple[str, ...]) -> int | None:
        """Return the line of a key; a key inside braces has the line of its container."""
        wanted = (*filter(None, self.prefix.split(".")), *keys)
        places = list(self._places())
        # The longest match first: the key itself, else the table around it.
        for length in range(len(wanted), 0, -1):
            for number, here in places:
                if here[:length] == wanted[:length]:
                    return number
        return None

    def _places(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        table: tuple[str, ...] = ()
        for number, line in enumerate(self.text.splitlines(), start=1):
            if found := _TABLE.fullmatch(line):
                table = _parts(found[1])
            # A cheap second reading of the text, because tomllib gives no positions; a key with a
            # dot inside quotes gets the line of its table.
            yield number, table if found else (*table, *_parts(line.partition("=")[0]))


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def project_defaults(command_of: CommandOf) -> Defaults:
    """Return the defaults of the project file; empty without a file.

    Raises:
        FaultyFiles: with every fault of the file.
    """
    file = find_project()
    if file is None:
        return {}
    reader = _Reader(file, command_of)
    defaults = reader.defaults()
    if reader.faults:
        raise FaultyFiles(tuple(reader.faults))
    return defaults


def find_project() -> ProjectFile | None:
    """Return the nearest project file; raises FaultyFiles if it is no TOML, or if there are two."""
    for folder in _folders(Path.cwd()):
        named, pyproject = folder / FILE, folder / PYPROJECT
        own = _file(named, "") if named.is_file() else None
        shared = _file(pyproject, "tool.harness") if pyproject.is_file() else None
        if own is not None and shared is not None:
            problem = f"{own.path} beside it says the same kind of thing; keep one of the two"
            raise FaultyFiles((shared.fault((), problem),))
        if own is not None or shared is not None:
            return own or shared
    return None


def _folders(start: Path) -> Iterator[Path]:
    """Yield this folder, and those above it inside its repository."""
    above = (start, *start.parents)
    # 0 without a repository: then the folders above are not known to belong to this project.
    depth = next((n for n, folder in enumerate(above) if (folder / ".git").exists()), 0)
    yield from above[: depth + 1]


def _file(path: Path, prefix: str) -> ProjectFile | None:
    """Read a file; None for a ``pyproject.toml`` without a table for the harness."""
    shown = Path(os.path.relpath(path))
    text = _text(shown)
    # before parsing: faults of an unrelated pyproject.toml must not fail a command
    if prefix and prefix not in text:
        return None
    data = _toml(shown, text)
    for part in filter(None, prefix.split(".")):
        data = data.get(part) if isinstance(data, dict) else None
    if data is None:
        return None
    if not isinstance(data, dict):
        raise FaultyFiles((ProjectFile(shown, text, {}, prefix).fault((), "expected a table"),))
    return ProjectFile(shown, text, data, prefix)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")  # some editors write a byte order mark
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise FaultyFiles.at(path, f"cannot read the file: {reason}") from error


def _toml(path: Path, text: str) -> Any:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _LINE.search(str(error))
        problem = f"no TOML: {_LINE.sub('', str(error))}"
        line = int(found[1]) if found else None
        raise FaultyFiles.at(path, problem, line=line) from error
    # tomllib reads nested arrays by recursion.
    except RecursionError as error:
        raise FaultyFiles.at(path, "no TOML: nested too deep") from error


class _Reader:
    """Turns a project file into defaults, and collects its faults."""

    def __init__(self, file: ProjectFile, command_of: CommandOf) -> None:
        self._file, self._command_of = file, command_of
        self.faults: list[Fault] = []

    def defaults(self) -> Defaults:
        """Return the whole; not to be used if there are faults."""
        found: Defaults = {}
        for name, value in self._file.data.items():
            if name == ENV_FILE and isinstance(value, str):
                continue
            if name == ENV_FILE:
                self._fault((name,), f"expected a text, got {value!r}")
            elif name not in WITH_DEFAULTS:
                self._fault(
                    (name,), f"unknown key; allowed: {', '.join((ENV_FILE, *WITH_DEFAULTS))}"
                )
            elif not isinstance(value, dict):
                self._fault((name,), f"expected a table [{name}], got {value!r}")
            else:
                found[name] = dict(self._options(name, value))
        # click sets the variables before the command begins, as if the option were typed for each
        # of them.
        env_file = self._file.data.get(ENV_FILE)
        if isinstance(env_file, str):
            for name in CALLING:
                found.setdefault(name, {})[ENV_FILE] = self._file.beside(env_file)
        return found

    def _options(self, command: str, table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        known = {_long(one): one for one in self._command(command).params}
        allowed = sorted(known.keys() - ON_THE_COMMAND_LINE)
        for key, value in table.items():
            option = known.get(key.replace("-", "_"))
            if option is None:
                self._fault((command, key), f"unknown key; allowed: {', '.join(allowed)}")
            elif _long(option) in ON_THE_COMMAND_LINE:
                self._fault((command, key), "is said on the command line, each time that it holds")
            else:
                yield option.name or "", self._value((command, key), option, value)

    def _value(self, keys: tuple[str, ...], option: click.Parameter, value: Any) -> Any:
        if not option.multiple and option.nargs == 1:
            return self._one(keys, option, value)
        # A list is expected for options that may be given again; for these a single text is as
        # clear.
        if option.name in _ALONE and isinstance(value, str):
            value = [value]
        if not isinstance(value, list):
            self._fault(keys, f"expected a list, got {value!r}")
            return None
        return [self._one(keys, option, one) for one in value]

    def _one(self, keys: tuple[str, ...], option: click.Parameter, value: Any) -> Any:
        kind = _kind(option)
        # bool is a subclass of int: `repeat = true` would count as 1
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self._fault(keys, f"expected {_WORDS[kind]}, got {value!r}")
            return None
        # A target may be a file, an address or a name such as "openai": only the ending shows a
        # file.
        named = isinstance(value, str) and value.endswith((".yaml", ".yml"))
        # Paths of a project file are relative to that file, those of the command line to the
        # working folder; the URL of a store is neither.
        path = isinstance(option.type, click.Path) and "://" not in str(value)
        if path or (named and option.name in _TARGETS):
            value = self._file.beside(value)
        try:
            return option.type.convert(value, option, click.Context(self._command(keys[0])))
        except click.BadParameter as error:
            self._fault(keys, error.message.rstrip("."))
        return None

    def _command(self, name: str) -> click.Command:
        command = self._command_of(name)
        assert command is not None  # it is among WITH_DEFAULTS
        return command

    def _fault(self, keys: tuple[str, ...], problem: str) -> None:
        self.faults.append(self._file.fault(keys, problem))


_WORDS: dict[Any, str] = {
    bool: "true or false", int: "a whole number", (int, float): "a number", str: "a text",
}  # fmt: skip


def _kind(option: click.Parameter) -> Any:
    # Before int: otherwise `real_time = 1` would be valid.
    if isinstance(option.type, click.types.BoolParamType):
        return bool
    if isinstance(option.type, click.types.IntParamType):
        return int
    if isinstance(option.type, click.types.FloatParamType):
        return (int, float)
    return str


def _long(option: click.Parameter) -> str:
    """Return the name of an option on the command line ("tag" of ``--tag``)."""
    if isinstance(option, click.Argument):
        return option.name or ""
    # The last name is the long one: "-h", "--help".
    return option.opts[-1].lstrip("-").replace("-", "_")
