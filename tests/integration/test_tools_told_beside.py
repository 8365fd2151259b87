"""Agents whose own server runs the tools and reports them outside the call: judged like mocks.

The agent is the reference agent behind a gateway with the suite's tools (``support/own_tools.py``);
the harness sees no sign of a tool in the events of the session. Every way of reporting must give
the verdicts that the same calls get when the harness mocks the tools.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.own_tools import Ran, Teller, mocked_call, post, told_call, told_calls, verdicts

from harness.judging.judge import Judged

STRAIGHT = "scenarios/order_desk/lookup/straight.yaml"
CANCELLED = "scenarios/order_desk/write/confirmed_cancellation.yaml"
REFUSED = "scenarios/order_desk/write/refused_cancellation.yaml"
UNASKED = "write_without_asking"


class ByWebhook(Teller):
    async def begins(self, call: str, url: str) -> None:
        self.told = [await post(url, {"call": call, "event": "hello"})]

    async def started(self, ran: Ran) -> None:
        notice = {"id": ran.id, "name": ran.name, "arguments": json.loads(ran.arguments)}
        self.told.append(await post(ran.url, {"call": ran.call, "event": "started", **notice}))

    async def ended(self, ran: Ran) -> None:
        end = {"call": ran.call, "id": ran.id, "event": "ended"}
        answer = "error" if ran.failed else "output"
        self.told.append(await post(ran.url, {**end, answer: json.loads(ran.answer.output)}))


class ByFile(Teller):
    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, row: dict[str, Any]) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps(row) + "\n")

    async def begins(self, call: str, url: str) -> None:
        self.write({"call": call, "event": "hello"})

    async def ended(self, ran: Ran) -> None:
        times = {"started_at": round(1000 * ran.started_s, 3), "ended_at": 1000 * ran.ended_s}
        answer = {"error" if ran.failed else "output": json.loads(ran.answer.output)}
        tool = {"id": ran.id, "name": ran.name, "arguments": ran.arguments}
        self.write({"call": ran.call, **tool, **times, **answer})


def span(ran: Ran | None, name: str, attributes: dict[str, str], trace: str) -> dict[str, Any]:
    """A span as exporters write it."""
    rows = [{"key": key, "value": {"stringValue": text}} for key, text in attributes.items()]
    row = {"traceId": trace, "spanId": "eee19b7ec3c1b174", "name": name, "attributes": rows}
    if ran is not None:
        row["startTimeUnixNano"] = str(round(ran.started_s * 1e9))
        row["endTimeUnixNano"] = str(round(ran.ended_s * 1e9))
        row["status"] = {"code": 2 if ran.failed else 1}
    return row


def export(*spans: dict[str, Any]) -> dict[str, Any]:
    scope = {"scope": {"name": "desk"}, "spans": list(spans)}
    return {"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [scope]}]}


TRACE = "5b8efff798038103d269b633813fc60c"


def genai(ran: Ran) -> dict[str, Any]:
    """GenAI semantic conventions; the call is named by another span of the trace."""
    told = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": ran.name,
        "gen_ai.tool.call.id": ran.id,
        "gen_ai.tool.call.arguments": ran.arguments,
        "gen_ai.tool.call.result": ran.answer.output,
    }
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.conversation.id": ran.call}
    tool = span(ran, f"execute_tool {ran.name}", told, TRACE)
    return export(tool, span(ran, "invoke_agent desk", agent, TRACE))


def openinference(ran: Ran) -> dict[str, Any]:
    """Return an OpenInference span; it does not name the call."""
    told = {
        "openinference.span.kind": "TOOL",
        "tool.name": ran.name,
        "input.value": ran.arguments,
        "output.value": ran.answer.output,
    }
    return export(span(ran, ran.name, told, TRACE))


class BySpans(Teller):
    """Sends each tool's span once it has ended, to the webhook's server or into a file."""

    def __init__(self, shape: Callable[[Ran], dict[str, Any]], path: Path | None = None) -> None:
        self.shape, self.path = shape, path

    async def ended(self, ran: Ran) -> None:
        if self.path is not None:
            with self.path.open("a") as file:
                file.write(json.dumps(self.shape(ran)) + "\n")
            return
        server = ran.url.removesuffix("/tools")
        assert await post(f"{server}/v1/traces", self.shape(ran)) == (200, "{}")


WAYS = ["webhook", "file", "spans", "openinference", "spans in a file"]


def told(folder: Path, way: str, path: str, **more: Any) -> Judged:
    """Make one call to an agent that reports its tools in this way."""
    log = folder / "tools.jsonl"
    tellers: dict[str, Teller] = {
        "webhook": ByWebhook(),
        "file": ByFile(log),
        "spans": BySpans(genai),
        "openinference": BySpans(openinference),
        "spans in a file": BySpans(genai, log),
    }
    asked = {"file": str(log)} if "file" in way else {"webhook": {}}
    return told_call(folder / way, path, asked, tellers[way], **more)


@pytest.fixture(scope="module")
def mocked(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Judged]:
    made: dict[tuple[str, str | None], Judged] = {}

    def call(path: str, fault: str | None = None) -> Judged:
        if (path, fault) not in made:
            folder = tmp_path_factory.mktemp("mocked")
            made[path, fault] = mocked_call(folder, path, fault=fault)
        return made[path, fault]

    return call


@pytest.mark.parametrize(
    ("way", "path"),
    [*((way, STRAIGHT) for way in WAYS), *((way, CANCELLED) for way in WAYS[:3])],
)
def test_a_tool_that_is_told_beside_the_call_is_judged_like_a_mock(tmp_path, mocked, way, path):
    call, same = told(tmp_path, way, path), mocked(path)
    assert verdicts(call) == verdicts(same)
    assert set(verdicts(call).values()) <= {"pass", "not_applicable"}
    (tool,), (mock,) = call.timeline.tools, same.timeline.tools
    assert (tool.name, tool.arguments, tool.output) == (mock.name, mock.arguments, mock.output)
    assert tool.requested_s == pytest.approx(mock.requested_s, abs=0.002)
    assert (tool.outcome, tool.by_server, mock.by_server) == (mock.outcome, True, False)


@pytest.mark.parametrize("way", WAYS[:3])
def test_a_write_that_nobody_confirmed_is_caught_in_what_is_told(tmp_path, mocked, way):
    call = told(tmp_path, way, CANCELLED, fault=UNASKED)
    assert verdicts(call) == verdicts(mocked(CANCELLED, UNASKED))
    assert verdicts(call)["write_confirmation"] == "fail"


def test_calls_at_the_same_time_share_a_port_and_each_gets_its_own(tmp_path, mocked):
    paths = (STRAIGHT, CANCELLED)
    calls = told_calls(tmp_path, paths, {"webhook": {}}, ByWebhook())
    assert [[tool.name for tool in call.timeline.tools] for call in calls] == [
        ["lookup_order"], ["cancel_order"]
    ]  # fmt: skip
    assert [verdicts(call) for call in calls] == [verdicts(mocked(path)) for path in paths]
    both = [call.timeline.notice_sources[0].call_id for call in calls]
    assert len(set(both)) == 2


def test_a_tool_that_was_never_called_is_known_once_the_server_told_of_the_call(tmp_path):
    # A caller who refuses: the suite wants cancel_order never called, and no report names it.
    call = told(tmp_path, "webhook", REFUSED)
    assert [tool.name for tool in call.timeline.tools] == []
    assert verdicts(call)["expectations"] == "pass"
    assert verdicts(call)["write_confirmation"] == "not_applicable"


def test_a_server_that_tells_nothing_leaves_open_what_it_ran(tmp_path):
    silent = told_call(tmp_path, STRAIGHT, {"webhook": {}}, Teller())
    scores = {each.scorer.scorer_name: each.score for each in silent.judgements}
    assert scores["expectations"].outcome.value == "unscorable"
    assert "told nothing of this call by webhook or spans" in scores["expectations"].reason
    assert {"unscorable"} == {scores[name].outcome.value for name in ("preamble", "escalation")}


def test_what_is_told_once_the_caller_has_hung_up_is_waited_for(tmp_path):
    class Buffered(ByFile):
        """Keeps its lines until the call is over, and half a second more."""

        kept: tuple[dict[str, Any], ...] = ()

        def write(self, row: dict[str, Any]) -> None:
            self.kept = (*self.kept, row)

        async def over(self) -> None:
            await asyncio.sleep(0.5)
            for row in self.kept:
                super().write(row)

    log = tmp_path / "tools.jsonl"
    call = told_call(tmp_path, STRAIGHT, {"file": str(log)}, Buffered(log))
    assert [tool.name for tool in call.timeline.tools] == ["lookup_order"]
    assert verdicts(call)["expectations"] == "pass"


def test_what_is_told_twice_is_one_call(tmp_path):
    log = tmp_path / "tools.jsonl"

    class Twice(ByWebhook):
        """Reports by the webhook and in its file, there under no id and half a second early."""

        async def ended(self, ran: Ran) -> None:
            await super().ended(ran)
            row = {"call": ran.call, "name": ran.name, "arguments": ran.arguments}
            ByFile(log).write({**row, "started_at": ran.started_s - 0.5, "output": "{}"})

    call = told_call(tmp_path, STRAIGHT, {"webhook": {}, "file": str(log)}, Twice())
    assert [source.heard for source in call.timeline.notice_sources] == [True, True, False]
    assert len(call.timeline.tools) == 1


def test_what_is_refused_is_told_to_both_sides_and_the_call_goes_on(tmp_path):
    class Clumsy(ByWebhook):
        """Makes every mistake once before it reports its tool."""

        async def started(self, ran: Ran) -> None:
            tool = {"call": ran.call, "name": ran.name, "arguments": ran.arguments}
            wrong: list[Any] = [
                {**tool, "call": "call_of_another"},
                {**tool, "name": "lookup_oder"},
                {**tool, "started_at": ran.started_s - 3600},
                {"call": ran.call, "arguments": ran.arguments},
                b'{"call": ',
            ]
            for body in wrong:
                self.told.append(await post(ran.url, body))
            await super().started(ran)

    teller = Clumsy()
    call = told_call(tmp_path, STRAIGHT, {"webhook": {}}, teller)
    assert [status for status, _ in teller.told] == [200, 404, 422, 422, 422, 400, 200, 200]
    (hook, _) = call.timeline.notice_sources
    assert [each.reason for each in hook.refused] == [line for _, line in teller.told[1:6]]
    shown = [each.detail for each in call.timeline.violations or ()]
    assert [line for _, line in teller.told[1:6]] == shown[:5]
    assert [tool.name for tool in call.timeline.tools] == ["lookup_order"]
    assert call.timeline.status.value == "completed"
    # It was called as expected; a refused notice may have reported another tool.
    assert verdicts(call)["entity_confirmation"] == "unscorable"
