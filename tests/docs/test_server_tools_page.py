"""The page on tools of the agent's own server: files load, lines are read, its code posts."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from support.pages import blocks, page, quoted, rows, section

from harness.recording.tool_notices import SPANS, Notice, ToolNotice, read_notice, read_spans
from harness.scenario.catalog import load_target
from harness.scenario.target import ToolsFrom, Webhook
from harness.session.clock import RealClock
from harness.session.tool_sources import CALL_ID_HEADER, URL_HEADER
from harness.session.webhook import _STATUS, hooked

PAGE = page("server-tools.md")


class Nobody:
    def tool_began(self, run: Any) -> None: ...

    def tool_ended(self, run: Any) -> None: ...


@pytest.mark.parametrize("text", blocks(PAGE, "yaml"))
def test_its_target_files_load(tmp_path: Path, text: str) -> None:
    (tmp_path / "own.yaml").write_text(text)
    assert load_target(str(tmp_path / "own.yaml"), None).tools_from is not None


def test_its_lines_are_read() -> None:
    told: list[Notice | None] = []
    for line in "".join(blocks(PAGE, "json")).splitlines():
        row = json.loads(line)
        told += [s.notice for s in read_spans(row)] if SPANS in row else [read_notice(row)]
    assert None not in told
    tools = [each for each in told if isinstance(each, ToolNotice)]
    names = [each.name for each in tools]
    assert names == ["lookup_order", "", "cancel_order", "lookup_order"]
    assert {each.call for each in told if each is not None} == {"call_5f2d…"}
    assert tools[0].started_s == tools[3].started_s


def test_its_code_tells_of_a_tool() -> None:
    (code,) = blocks(PAGE, "python")
    names: dict[str, Any] = {}
    exec(code, names)

    async def main() -> tuple[Any, ...]:
        settings = ToolsFrom(webhook=Webhook())
        async with hooked(settings, RealClock(), secret=None) as sources:
            with sources.call(("lookup_order",)) as beside:
                beside.told.started(Nobody())
                where = sources.url, beside.told.call_id
                await asyncio.to_thread(names["lookup_order"], *where, "ORD-4715B")
                return beside.told.runs("webhook")

    (run,) = asyncio.run(main())
    assert (run.name, run.arguments) == ("lookup_order", '{"order_id":"ORD-4715B"}')
    assert (run.outcome.value, run.output) == ("ok", '{"status":"shipped"}')


def test_every_key_and_every_answer_is_told() -> None:
    text = PAGE
    for key in (*ToolsFrom.model_fields, *Webhook.model_fields):
        assert f"{key}:" in text, key
    told = [cell for row in rows(section(PAGE, "By a webhook")) for cell in row[:1]]
    statuses = {int(number) for cell in told for number in cell.split(", ")}
    assert statuses == {200, 400, 401, 403, 405, 413, 415, 421, *_STATUS.values()}
    assert {CALL_ID_HEADER, URL_HEADER} <= set(quoted(PAGE))
