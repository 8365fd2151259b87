"""Voice-agent evaluation and regression harness.

In the order in which a call flows through them:

- ``scenario``   what the caller will do and what must be true afterwards (YAML files)
- ``speech``     engines: text to audio, audio to text
- ``caller``     a scenario as caller audio, with noise and impairments
- ``protocol``   wire JSON to neutral events and back, free of I/O
- ``transport``  frames in, frames out
- ``session``    one live call, and the clock it runs on
- ``judges``     a model for what the rules leave open: questions, answers, endpoints
- ``recording``  what happened: the only thing that the two halves share
- ``importing``  calls that were stored elsewhere, as recordings
- ``timeline``   a recording as facts about time
- ``dialogue``   who proposed, read back and accepted what
- ``scorers``    one pure question to a call per file
- ``judging``    a recording with its timeline, dialogue and verdicts, each made once
- ``results``    many scores as numbers to act on
- ``compare``    agent A against agent B, pair by pair
- ``gates``      what a run must keep: gates, baselines, quarantine
- ``load``       a load test: when calls are due, and from which load on an agent gets worse
- ``history``    runs over many nights: trends, steps, what changed, what it cost
- ``report``     results as pages that can be heard
- ``calls``      many calls: plan, run, listen, score
- ``agent``      the reference agent: a real server for the same protocols
- ``workflows``  carries out what a command asks for: runs, comparisons, nights
- ``cli``        the commands
- ``pytest_plugin``  scenario files as tests, and calls from tests

Beneath all of them:

- ``language``   what callers and agents say, as values: numbers, dates, consent, read-back
- ``audio``      PCM in memory, codecs, resampling, noise, activity
- ``plugins``    one registry for every kind of plug-in
- ``folder_lock``  one command at a time in a folder
- ``store_trouble``  what goes wrong at a store behind a URL, in one line
- ``storage``    files that are written whole, dataclasses as JSON
- ``units``      rates, frames, seconds
- ``errors``     one tree of errors
"""

from __future__ import annotations

__version__ = "0.1.0"
