"""Voice-agent evaluation and regression harness.

In the order in which a call flows through them:

- ``scenario``   the files that a user writes: scenarios, suites, targets
- ``speech``     engines: text to speech, speech recognition, voice activity
- ``caller``     a scenario as caller audio, with noise and line impairments
- ``protocol``   a vendor's messages as neutral events and commands, without I/O
- ``transport``  connections: messages in and out, with times
- ``session``    one live call, and its clock
- ``judges``     a model judge for open questions: questions, answers, endpoints
- ``recording``  the recording of a call: the only data that the two halves share
- ``importing``  calls that were stored elsewhere, as recordings
- ``timeline``   facts about time in a recording
- ``judging``    a recording judged: dialogue, scorers, verdicts
- ``results``    results of many calls: store, rates, gates, compare, history, load
- ``report``     results as pages that can be heard, as text, and in CI formats
- ``agent``      the reference agent: a real server for the same protocols
- ``runs``       many calls: plan, execute, judge, resume, verify; the work of each command
- ``cli``        the commands
- ``pytest_plugin``  scenario files as tests, and calls from tests
- ``api``        the names that plug-ins, tests and notebooks may import
- ``testing``    the contract of a dialect, for the tests of its package

Below all of them:

- ``language``   what callers and agents say, as values: numbers, dates, consent, read-back
- ``audio``      PCM in memory, codecs, resampling, noise, activity
- ``plugins``    one registry for every kind of plug-in
- ``files``      atomic writes, locks, JSON of dataclasses, and failures of stores
- ``text``       numbers with their nouns
- ``units``      rates, frames, seconds
- ``errors``     one tree of errors
"""

from __future__ import annotations

__version__ = "0.1.0"
