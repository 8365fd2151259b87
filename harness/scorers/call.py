"""A recording as scorers see it: timeline and dialogue, with the scenario and suite behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import orjson
from pydantic import ValidationError

from harness.dialogue.build import read
from harness.errors import Unscorable
from harness.recording.model import Recording
from harness.scenario.fields import Model
from harness.scenario.model import Scenario, Suite
from harness.scorers.base import ScoredCall
from harness.timeline.build import build

M = TypeVar("M", bound=Model)


def scored_call(recording: Recording) -> ScoredCall:
    """Return what scorers may look at; a recording alone is enough, no scenario file is read.

    Raises ``Unscorable`` where the stored scenario or suite does not fit the model any more.
    """
    scenario = _stored(Scenario, recording.manifest.scenario)
    suite = _stored(Suite, recording.manifest.suite)
    timeline = build(recording)
    return ScoredCall(
        timeline=timeline,
        dialogue=read(timeline, scenario, suite),
        scenario=scenario,
        suite=suite,
        instructions=recording.manifest.instructions,
    )


def _stored(model: type[M], data: Mapping[str, Any]) -> M:
    """Return a model from JSON data: strict models take lists and enum values only as JSON."""
    try:
        return model.model_validate_json(orjson.dumps(dict(data)))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(key) for key in first["loc"])
        raise Unscorable(
            f"the stored {model.__name__.lower()} is not valid here: {place}: {first['msg']}"
        ) from error
