"""How the time of judging grows with the length of an answer and the number of values in it.

Judges a call in which one side says a value over and over, of each kind of value and of plain
words, as the agent's and as the caller's words, with 10, 100 and 1,000 values, and 50,000
characters of each. Prints a JSON line: ``worst_by_values`` is how many times longer 1,000 values
take than 100, for the slowest kind (10 is in proportion; the time of a call with no values is taken
off), ``by_values`` the milliseconds of each kind, ``worst_s`` the longest time of 50,000
characters and ``worst_kind`` its kind. Times are processor time, the shortest of three.

``--quick`` leaves out the 50,000 characters.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.call_script import record  # type: ignore[import-not-found]

from harness.judging.judge import judge

VALUES = (10, 100, 1_000)
CHARACTERS = 50_000
REPEATS = 3

KINDS = {
    "codes": "ORD-{}B or ",
    "codes spelled": "O R D, {} B, then ",
    "amounts": "${}.50 and forty dollars, ",
    "dates": "May third, April 25, next Friday, ",
    "phone numbers": "555-123-{}, ",
    "letters": "O as in Oscar, R D dash ",
    "digits": "4 7 1 5 ",
    "number words": "four seven one five ",
    "times": "at 5:30 pm, half past six, ",
    "names": "Mr. John Smith, Anna Lee, ",
    "e-mail addresses": "jo{}@example.com ",
    "yes and no": "yes no ",
    "questions": "Is it ORD-{}B? ",
    "words": "the order is on its way to you ",
}
_CALL = """
0.0-0.5 caller: Please refund order ORD-4715B, 40.50 dollars.
1.0-9.0 agent: {agent} [text]
9.5-9.9 caller: {caller}
10.0-10.5 refund_order order_id=ORD-4715B amount=40.5
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    _took_s("words", "agent", 10)  # read once for all calls
    by_values: dict[str, list[int]] = {}
    growth: dict[str, float] = {}
    longest = (0.0, "")
    for kind, one in KINDS.items():
        for side in ("agent", "caller"):
            empty_s = _took_s(kind, side, 0)
            took_s = [_took_s(kind, side, values) for values in VALUES]
            by_values[f"{kind}, {side}"] = [round(each * 1000) for each in took_s]
            # Below a millisecond the clock and the other work of a call decide.
            few_s, many_s = (max(each - empty_s, 0.001) for each in took_s[1:])
            growth[f"{kind}, {side}"] = many_s / few_s
            if not quick:
                whole_s = _took_s(kind, side, CHARACTERS // len(one))
                longest = max(longest, (whole_s, f"{kind}, {side}"))
    worst = max(growth, key=lambda each: growth[each])
    figures = {
        "worst_by_values": round(growth[worst], 1),
        "grows_most": worst,
        "by_values": by_values,
    }
    if not quick:
        figures |= {"worst_s": round(longest[0], 2), "worst_kind": longest[1]}
    print(json.dumps(figures))


def _took_s(kind: str, side: str, values: int) -> float:
    """Return the processor time of judging a call, in seconds."""
    times = []
    for repeat in range(REPEATS):
        said = "".join(KINDS[kind].format(1000 + at % 9000) for at in range(values))
        said = f"{said} and that is all for {repeat} {values}"  # no text is known from before
        texts = {"agent": "Shall I refund 40.50 dollars?", "caller": "Yes."} | {side: said}
        judged = judge(record(_CALL.format(**texts), in_text=True))
        before_s = process_time()
        assert judged.judgements
        times.append(process_time() - before_s)
    return min(times)


if __name__ == "__main__":
    main()
