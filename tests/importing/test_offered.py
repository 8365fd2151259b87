"""Tools that a source describes: their kind by name, and that the suite wins."""

from __future__ import annotations

import pytest
from support.english import ENGLISH

from harness.importing.messages import kind_of, with_offered
from harness.importing.model import OfferedTool
from harness.scenario.model import Suite, ToolKind, ToolSpec

SUITE = Suite(
    format=1,
    suite="s",
    instructions="-",
    tools=(ToolSpec(name="get_order", kind=ToolKind.WRITE, description="ours"),),
)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (ToolKind.READ, "find_user_id_by_name_zip get_order_details list_all_airports lookupOrder"),
        (ToolKind.WRITE, "cancel_order exchange_delivered_order_items book_reservation sendGift"),
        (ToolKind.ESCALATE, "transfer_to_human_agents escalate_to_supervisor"),
        (ToolKind.NO_OP, "think wait_for_user"),
        (None, "process_x order_status refuel_data"),
    ],
)
def test_a_tools_verb_tells_what_it_does(kind: ToolKind | None, names: str) -> None:
    assert {name: kind_of(name, ENGLISH) for name in names.split()} == dict.fromkeys(
        names.split(), kind
    )


def test_the_suite_wins_and_what_is_not_sure_is_told() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    offered = (
        OfferedTool("get_order", "theirs"),
        OfferedTool("cancel_order", "Cancels", schema),
        OfferedTool("process_x"),
        OfferedTool("no name at all"),
        OfferedTool("cancel_order", "again"),
    )
    suite, notes = with_offered(SUITE, offered, ENGLISH)
    assert [(tool.name, tool.kind, tool.description) for tool in suite.tools] == [
        ("get_order", ToolKind.WRITE, "ours"),
        ("cancel_order", ToolKind.WRITE, "Cancels"),
        ("process_x", ToolKind.READ, ""),
    ]
    assert suite.tools[1].parameters == schema
    assert notes == (
        "what process_x does is not told by the name, so it is taken to read: "
        "describe it in the suite",
    )
    assert with_offered(SUITE, (), ENGLISH) == (SUITE, ())
