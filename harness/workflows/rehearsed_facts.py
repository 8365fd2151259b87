"""What a page of a caller heard beforehand says at its head: who is near, and what the line does.

The words of the scenario stand there with their numbers; what is not given is not told.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.scenario.sound import BedNoise, Bursts, Caller, Loss, Network, PhoneLine, SecondTalker


def sound_facts(caller: Caller) -> Iterator[tuple[str, str]]:
    """Yield what is around the caller's voice: a name and a line of words each."""
    yield "Noise", "none" if caller.noise is None else _noise(caller.noise)
    if caller.second_talker is not None:
        yield "Somebody else", _talker(caller.second_talker)
    if caller.line is not None:
        yield from _line(caller.line)


def _noise(noise: BedNoise) -> str:
    when = "" if noise.bursts is None else f", in bursts of {_often(noise.bursts)}"
    return f"{noise.bed}, {_against(noise.snr_db)} the speech{when}"


def _talker(talker: SecondTalker) -> str:
    when = "all the time" if talker.bursts is None else f"in bursts of {_often(talker.bursts)}"
    return f"talks {when}, {_against(-talker.level_db)} the speech"


def _against(under_db: float) -> str:
    return f"{abs(under_db):g} dB {'over' if under_db < 0 else 'under'}"


def _often(bursts: Bursts) -> str:
    return f"{bursts.for_s:g} s, one in every {bursts.every:g} s"


def _line(line: PhoneLine) -> Iterator[tuple[str, str]]:
    sound = (
        line.band and f"{line.band} band",
        line.codec and f"codec {line.codec}",
        line.bitrate_kbps and f"{line.bitrate_kbps:g} kbit/s",
        line.gain_db and f"gain {line.gain_db:+g} dB",
        line.clip_dbfs is not None and f"clips at {line.clip_dbfs:g} dBFS",
    )
    if any(sound):
        yield "Line", ", ".join(part for part in sound if part)
    if line.loss is not None:
        yield "Loss", _loss(line.loss)
    if line.dropouts is not None:
        yield "Dropouts", _often(line.dropouts)
    if line.echo is not None:
        echo = f"{line.echo.delay_ms:g} ms late, {line.echo.level_db:g} dB"
        yield "Echo", f"{echo}; not heard here, where no agent speaks"
    if line.network is not None:
        yield "Network", f"{_network(line.network)}; not heard here: all of it comes, but late"


def _loss(loss: Loss) -> str:
    return f"{100 * loss.rate:g} % of packets, {loss.burst_ms:g} ms at a time"


def _network(network: Network) -> str:
    jitter = network.jitter_ms and f"jitter of {network.jitter_ms:g} ms"
    stalls = network.stalls and f"stalls of {_often(network.stalls)}"
    return ", ".join(part for part in (jitter, stalls) if part)
