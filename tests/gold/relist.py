"""``python -m tests.gold.relist``: removes from the known wrong verdicts those that are now right.

``--add`` puts those in that are newly wrong, for new calls, and writes the verdicts of today; never
to hide a step back. Prints each verdict that is wrong, with its reason.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # as pytest has it, see pyproject.toml

from gold.known import calls, key, known_wrong, write_known_wrong


def main(add: bool) -> None:
    """Rewrite the list."""
    known, wrong, told = known_wrong(), dict[str, str](), 0
    for call in calls():
        for scorer, score in call.scores().items():
            told += 1
            if score.outcome.value in call.verdict[scorer]:
                continue
            row = key(call, scorer)
            wrong[row] = score.outcome.value
            expected = "|".join(sorted(call.verdict[scorer]))
            new = "" if row in known else " (NEW)"
            print(f"{row}{new}\n    {expected}, got {score.outcome.value}: {score.reason}")
    kept = {row: known[row] for row in known if row in wrong}
    write_known_wrong(kept | wrong if add else kept)
    print(f"{told - len(wrong)} of {told} verdicts are right; {len(known) - len(kept)} came right")


if __name__ == "__main__":
    main("--add" in sys.argv[1:])
