"""A YAML file as plain data, with the line number of each key.

YAML 1.2 core values only: null, booleans, finite numbers and text (a bare date is text). Custom
tags, merge keys and second documents are refused. Reading is bounded in bytes, nodes and depth, so
that a hostile or mistaken file (aliases that multiply) ends in an error message, not in swap.
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from harness.errors import Fault, FaultyFiles
from harness.files import open_plain

KeyPath = tuple[str | int, ...]
"""A place in a document: ("turns", 2, "say")."""

MAX_BYTES = 1_000_000
MAX_NODES = 50_000
MAX_DEPTH = 60

_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Document:
    """The data of a file, and the line (from 1) of every key and list item."""

    path: Path
    data: dict[str, Any]
    lines: Mapping[KeyPath, int]
    faults: tuple[Fault, ...] = ()
    """Faults of values left out of ``data``; empty unless the reader requested a partial result."""

    def fault(self, key: KeyPath, problem: str) -> Fault:
        """Make the fault of a place; a missing key gets the line of its container."""
        known = key
        while known and known not in self.lines:
            known = known[:-1]
        return Fault(self.path, self.lines.get(known), key_text(key), problem)


def key_text(key: KeyPath) -> str:
    """Return a place as text for people: ``turns[2].noise_only.for``."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read_document(path: Path, *, strict: bool = True) -> Document:
    """Read a YAML file whose top is a mapping.

    Not ``strict``: faults of single values are kept in the document, so that later checks add more.

    Raises:
        FaultyFiles: it cannot be read or is not such YAML; every fault that can be found at once.
    """
    root = _compose(read_text(path), path)
    if not isinstance(root, MappingNode):
        problem = "the file is empty"
        if root is not None:
            problem = f"expected keys and values at the top, got {_node_kind(root)}"
        raise _fault(path, None if root is None else _line(root), problem)
    builder = _Builder(path)
    data = builder.build(root, ())
    # A fault without a key concerns the whole file: no later check can add to it.
    if builder.faults and (strict or not all(fault.key for fault in builder.faults)):
        raise FaultyFiles(tuple(builder.faults))
    return Document(path, data, builder.lines, tuple(builder.faults))


def read_value(text: str, path: Path) -> Any:
    """Return the value of a piece of YAML inside a file; None for an empty text.

    Raises:
        FaultyFiles: it is not such YAML.
    """
    root = _compose(text, path)
    builder = _Builder(path)
    value = None if root is None else builder.build(root, ())
    if builder.faults:
        raise FaultyFiles(tuple(builder.faults))
    return value


def stays_inside(path: Path, folder: Path) -> bool:
    """Return whether a path, links followed, is in a folder; a link to itself is not followed."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def read_text(path: Path) -> str:
    """Read a UTF-8 file of sensible size.

    Raises:
        FaultyFiles: it is not there, no plain file, not readable, not UTF-8 or too large.
    """
    try:
        raw = _read_bytes(path)
    except OSError as error:
        raise _fault(path, None, f"cannot read the file: {error.strerror or error}") from error
    # One byte over the limit is enough to see that a file is too large.
    if len(raw) > MAX_BYTES:
        raise _fault(path, None, f"the file is larger than {MAX_BYTES:,} bytes")
    return decoded(raw, path)


def decoded(raw: bytes, path: Path) -> str:
    """Return a file's content as text, without a byte order mark.

    Raises:
        FaultyFiles: it is not UTF-8.
    """
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, byte = raw.count(b"\n", 0, error.start) + 1, raw[error.start]
        problem = f"not UTF-8 text (byte 0x{byte:02x}); save it as UTF-8"
        raise _fault(path, line, problem) from error


def _read_bytes(path: Path) -> bytes:
    """Read at most a single byte over the limit."""
    with open_plain(path) as file:
        return file.read(MAX_BYTES + 1)


def _fault(path: Path, line: int | None, problem: str) -> FaultyFiles:
    return FaultyFiles.at(path, problem, line=line)


def _compose(text: str, path: Path) -> Node | None:
    try:
        with warnings.catch_warnings():
            # legal YAML, the last anchor counts
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            node: Node | None = YAML(typ="safe", pure=True).compose(text)
            return node
    except MarkedYAMLError as error:
        # ruamel's words are for those who write parsers: the frequent mistakes get plain ones.
        mark = error.problem_mark or error.context_mark
        what = " ".join(str(part) for part in (error.context, error.problem) if part)
        if "scanning a quoted scalar" in what and "end of stream" in what:
            mark, what = error.context_mark, "this quotation mark is never closed"
        elif "'\\t'" in what:
            what = "a tab where YAML takes only spaces; indent with spaces"
        elif "expected <block end>" in what:
            what = (
                "this line does not stand under those before it; "
                "keys of one level begin in one column"
            )
        raise _fault(path, mark.line + 1 if mark else None, f"YAML syntax: {what}") from error
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problem = "YAML syntax: a character that YAML does not allow"
        raise _fault(path, line, problem) from error
    except (YAMLError, ValueError) as error:
        raise _fault(path, None, f"YAML syntax: {error}") from error
    except RecursionError as error:
        raise _fault(path, None, f"nested deeper than {MAX_DEPTH} levels") from error


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _node_kind(node: Node) -> str:
    if isinstance(node, SequenceNode):
        return "a list"
    return "keys and values" if isinstance(node, MappingNode) else f"{node.value!r}"


class _Builder:
    """Turns nodes into data, notes the lines and gathers the faults."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[KeyPath, int] = {}
        self.faults: list[Fault] = []
        self._nodes = 0

    def build(self, node: Node, key: KeyPath) -> Any:
        self._nodes += 1
        self.lines.setdefault(key, _line(node))
        # Exactly at the limit, so that it is reported once; beyond it no more nodes are built.
        if self._nodes == MAX_NODES:
            self._fault(node, (), f"more than {MAX_NODES:,} values, aliases counted where used")
        elif len(key) == MAX_DEPTH:
            self._fault(node, (), f"nested deeper than {MAX_DEPTH} levels")
        if self._nodes >= MAX_NODES or len(key) >= MAX_DEPTH:
            return None
        if isinstance(node, MappingNode):
            return self._mapping(node, key)
        if isinstance(node, SequenceNode):
            self._plain_tag(node, key, "seq")
            return [self.build(item, (*key, number)) for number, item in enumerate(node.value)]
        return self._scalar(node, key)

    def _fault(self, node: Node, key: KeyPath, problem: str) -> None:
        self.faults.append(Fault(self.path, _line(node), key_text(key), problem))

    def _plain_tag(self, node: Node, key: KeyPath, name: str) -> None:
        if str(node.tag) != _TAG + name:
            self._fault(node, key, f"tags such as {node.tag} are not used in these files")

    def _mapping(self, node: MappingNode, key: KeyPath) -> dict[str, Any]:
        self._plain_tag(node, key, "map")
        data: dict[str, Any] = {}
        for name_node, value_node in node.value:
            tag = str(name_node.tag)
            if not isinstance(name_node, ScalarNode) or tag != _TAG + "str":
                hint = (
                    "; merge keys are not used" if tag == _TAG + "merge" else "; put it in quotes"
                )
                self._fault(
                    name_node, key, f"expected text as a key, got {_node_kind(name_node)}{hint}"
                )
                continue
            name = str(name_node.value)
            place = (*key, name)
            if name in data:
                self._fault(
                    name_node, place, f"the key stands twice (first in line {self.lines[place]})"
                )
                continue
            self.lines[place] = _line(name_node)
            data[name] = self.build(value_node, place)
        return data

    def _scalar(self, node: Node, key: KeyPath) -> Any:
        text, kind = str(node.value), str(node.tag).removeprefix(_TAG)
        try:
            if kind == "null":
                return None
            if kind == "bool":
                return text.lower() == "true"
            if kind == "int":
                return _integer(text)
            if kind == "float":
                return _finite(text)
        except ValueError as error:
            self._fault(node, key, str(error))
            return None
        # YAML 1.1 gives bare dates, "<<" and "=" tags of their own; here they are text.
        if kind not in ("str", "timestamp", "merge", "value"):
            self._plain_tag(node, key, "str")
        try:  # JSON writes a character as an escaped pair; YAML gives its halves
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self._fault(node, key, "half of a surrogate pair is not a character")
            return None


def _integer(text: str) -> int:
    digits = text.replace("_", "").lower()
    # Python refuses to convert very long rows of digits with an error that names no place.
    if len(digits) > 300:
        raise ValueError("expected a number of sensible size")
    prefixed = digits.lstrip("+-")[:2] in ("0x", "0o", "0b")
    return int(digits, 0) if prefixed else int(digits)


def _finite(text: str) -> float:
    plain = text.replace("_", "").lower()
    number = math.inf if plain.endswith((".inf", ".nan")) else float(plain)
    if not math.isfinite(number):
        raise ValueError(f"expected a finite number, got {text}")
    return number
