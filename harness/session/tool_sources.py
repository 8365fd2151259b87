"""The sources from which an agent's server reports its tools: a file and a webhook, for all calls.

A report goes to the call that it names. A notice without a call id belongs to the only call that
was in progress at the time that it contains; if there were several, or it contains no time, it is
refused. Its arrival time is not used: it may be late, and belong to a call that is over.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from os import SEEK_END
from pathlib import Path
from urllib.parse import quote

from harness.recording.tool_notices import (
    SPANS,
    Notice,
    NoticeFault,
    ToolNotice,
    read_json,
    read_notice,
    read_spans,
)
from harness.scenario.target import ToolsFrom
from harness.session.clock import Clock
from harness.session.tools import NoticeRefused, ToldTools, Why

FILE, WEBHOOK, TRACES = "file", "webhook", "spans"
"""Sources of a call."""

CALL_ID_HEADER, URL_HEADER = "X-Harness-Call-Id", "X-Harness-Tools-Url"
"""Connection headers from which the server learns the call's id and the URL for its reports."""

_MOST_OVER = 1000
"""How many finished calls the register remembers."""

_KNOWN_BY = 64
"""Number of last-read bytes that identify a file."""
_BOM = b"\xef\xbb\xbf"


class CallRegister:
    """The calls in progress whose tools are reported by the same sources."""

    def __init__(self) -> None:
        self._open: list[ToldTools] = []
        self._over: deque[ToldTools] = deque(maxlen=_MOST_OVER)

    @contextmanager
    def under_way(self, call: ToldTools) -> Iterator[None]:
        """Deliver notices to a call inside the block."""
        self._open.append(call)
        try:
            yield
        finally:
            self._open.remove(call)
            call.over()
            self._over.append(call)

    @property
    def calls(self) -> tuple[ToldTools, ...]:
        """The calls in progress."""
        return tuple(self._open)

    def take(self, source: str, notices: Sequence[Notice], arrived_s: float | None) -> None:
        """Deliver notices to their calls, all or none; raises NoticeRefused.

        A refusal is noted by the calls that it may concern.
        """
        of_calls: dict[int, tuple[ToldTools, list[Notice]]] = {}
        for notice in notices:
            call = self._call_of(source, notice)
            of_calls.setdefault(id(call), (call, []))[1].append(notice)
        tried = []
        for call, its in of_calls.values():
            try:
                tried.append(call.tried(source, its, arrived_s))
            except NoticeRefused as refused:
                call.refuse(source, str(refused), counts=refused.why is not Why.UNKNOWN_TOOL)
                raise
        for take in tried:
            take()

    def refuse(self, source: str, refused: NoticeRefused, *, counts: bool) -> None:
        """Note, in every call in progress, a notice that cannot be assigned to a single call."""
        for call in self._open:
            call.refuse(source, str(refused), counts=counts)
        if not self._open:
            sys.stderr.write(f"harness: tools told by {source}: {refused}\n")

    def _call_of(self, source: str, notice: Notice) -> ToldTools:
        try:
            return self._found(notice)
        except NoticeRefused as refused:
            self.refuse(source, refused, counts=refused.why is Why.FAULTY)
            raise

    def _found(self, notice: Notice) -> ToldTools:
        """Return the call of a notice: by its name, by an id that may be its name, by its time."""
        named = [call for call in self._open if notice.call in call.ids]
        if notice.call:
            if len(named) == 1:
                return named[0]
            raise self._lost(notice.call, len(named))
        hinted = [call for call in self._open if notice.hint and notice.hint in call.ids]
        if len(hinted) == 1:
            return hinted[0]
        at_s = _time_of(notice)
        if at_s is None:
            line = "call: expected the id in X-Harness-Call-Id, or else a time, got neither"
            raise NoticeRefused(Why.FAULTY, line)
        at_its_time = [call for call in (*self._open, *self._over) if call.covers(at_s)]
        if len(at_its_time) == 1 and at_its_time[0] in self._open:
            return at_its_time[0]
        if all(call in self._over for call in at_its_time):
            raise NoticeRefused(Why.OVER, "call: none is named, and none was under way at its time")
        line = f"call: none is named, and {len(at_its_time)} were under way at its time"
        raise NoticeRefused(Why.FAULTY, line)

    def _lost(self, call: str, count: int) -> NoticeRefused:
        if count:
            line = f"call: {count} calls under way have the id {call!r}"
            return NoticeRefused(Why.FAULTY, f"{line}; use the one in X-Harness-Call-Id")
        if any(call in each.ids for each in self._over):
            return NoticeRefused(Why.OVER, f"call: {call!r} is over")
        line = f"call: no call under way has the id {call!r}"
        return NoticeRefused(Why.UNKNOWN_CALL, f"{line}; it was sent in X-Harness-Call-Id")


def _time_of(notice: Notice) -> float | None:
    if isinstance(notice, ToolNotice):
        return notice.ended_s if notice.started_s is None else notice.started_s
    return notice.at_s


class NoticeFile:
    """A file of records or spans that grows; its earlier content belongs to no future call.

    A file that is started anew, or replaced, is detected by the bytes at the end of the last read.
    """

    def __init__(self, path: Path, register: CallRegister) -> None:
        self.path, self._register = path, register
        self._rest = self._seen = b""
        self._read = 0
        self._watching: tuple[ToldTools, ...] = ()
        """The calls that were in progress at the last look."""
        self._turn = asyncio.Lock()
        if path.is_file():
            with suppress(OSError), path.open("rb") as file:
                self._read = file.seek(0, SEEK_END)
                file.seek(max(0, self._read - _KNOWN_BY))
                self._seen = file.read(_KNOWN_BY)

    async def look(self, clock: Clock) -> None:
        """Take the lines written since the last look."""
        async with self._turn:
            data, anew = await clock.engine(self._new, 0.0)
            if anew:
                self._begun_anew()
            *lines, self._rest = (self._rest + data).split(b"\n")
            self._watching = self._register.calls
            self._take(line for line in lines if line.strip())

    async def look_last(self, clock: Clock, call: ToldTools) -> None:
        """Take also an unfinished last line; half a line may have reported any tool."""
        await self.look(clock)
        line = self._rest.strip()
        if not line:
            return
        with suppress(NoticeFault):
            if isinstance(read_json(line), dict):
                self._rest = b""
                self._take([line])
                return
        call.refuse(FILE, "the last line is half written, and may tell of a tool")

    def _new(self) -> tuple[bytes, bool]:
        """Return the bytes written since the last look, and whether the file was started anew."""
        if not self.path.is_file():
            return b"", False
        try:
            with self.path.open("rb") as file:
                file.seek(self._read - len(self._seen))
                data = file.read()
                anew = not data.startswith(self._seen)
                if anew:
                    self._read, self._seen = 0, b""
                    file.seek(0)
                    data = file.read()
        except OSError:
            return b"", False
        new = data[len(self._seen) :]
        self._read += len(new)
        self._seen = data[-_KNOWN_BY:]
        return new, anew

    def _begun_anew(self) -> None:
        line = f"{self.path} was begun anew; what it told just before is lost"
        for call in self._watching:
            if call in self._register.calls:
                call.refuse(FILE, line)
        self._rest = b""

    def _take(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            try:
                for notice in _notices(line):
                    self._bring(notice)
            except NoticeFault as fault:
                self._refuse(str(fault))

    def _bring(self, notice: Notice | NoticeFault) -> None:
        if isinstance(notice, NoticeFault):
            self._refuse(str(notice))
            return
        with suppress(NoticeRefused):  # the calls that it may concern have noted it
            self._register.take(FILE, [notice], None)

    def _refuse(self, line: str) -> None:
        self._register.refuse(FILE, NoticeRefused(Why.FAULTY, line), counts=True)


def _notices(line: bytes) -> Iterator[Notice | NoticeFault]:
    """Yield the notices of a line, or the fault of a part of it; raises NoticeFault."""
    try:
        row = read_json(line.removeprefix(_BOM))
    except NoticeFault as fault:
        raise NoticeFault(f"the line is {fault}") from None
    if not (isinstance(row, dict) and SPANS in row):
        yield read_notice(row)
        return
    for read in read_spans(row):
        yield read.notice or NoticeFault(f"{read.place}: {read.fault}")


class ToolSources:
    """All report sources of a target's tools; shared by its calls."""

    def __init__(self, settings: ToolsFrom, clock: Clock, register: CallRegister, url: str) -> None:
        self._settings, self._clock, self._register = settings, clock, register
        self.url = url
        """URL of the webhook for tool reports; empty if there is none."""
        path = settings.file
        self._file = NoticeFile(Path(path).expanduser(), register) if path else None

    @contextmanager
    def call(self, tools: Sequence[str]) -> Iterator[CallNotices]:
        """Accept reports of a call's tools inside the block."""
        hooks = (WEBHOOK, TRACES) if self._settings.webhook else ()
        told = ToldTools(
            f"call_{secrets.token_hex(12)}",
            tools,
            wall=self._clock.wall,
            sources=(*((FILE,) if self._file else ()), *hooks),
            ahead_s=self._settings.clock_ahead_s,
        )
        with self._register.under_way(told):
            yield CallNotices(told, self)

    async def look(self) -> None:
        """Take new reports from the file."""
        if self._file is not None:
            await self._file.look(self._clock)

    async def settle(self, call: ToldTools) -> None:
        """Wait for the server's late reports of a call that is over, and take all of them."""
        await asyncio.sleep(self._settings.wait_s)
        if self._file is not None:
            await self._file.look_last(self._clock, call)
            if not self._file.path.is_file():
                call.refuse(FILE, f"{self._file.path}: no such file", counts=False)


@dataclass(frozen=True, slots=True)
class CallNotices:
    """The reports of a call, and their sources."""

    told: ToldTools
    sources: ToolSources

    def headers(self, own: Mapping[str, str]) -> dict[str, str]:
        """Return the connection's headers, which give the server the call's id and the webhook."""
        told = {CALL_ID_HEADER: self.told.call_id}
        if self.sources.url:
            told[URL_HEADER] = self.sources.url
        return told | {name: self._filled(value) for name, value in own.items()}

    def url(self, url: str) -> str:
        """Return the agent's URL with the placeholders in its query filled."""
        return self._filled(url, quoted=True)

    def _filled(self, value: str, *, quoted: bool = False) -> str:
        for place, word in (("call_id", self.told.call_id), ("tools_url", self.sources.url)):
            value = value.replace(f"{{{place}}}", word)
            if quoted:
                value = value.replace(quote(f"{{{place}}}"), quote(word, safe=""))
        return value
