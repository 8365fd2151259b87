"""English: how callers doubt, correct what was stated, or only listen, as data."""

from __future__ import annotations

UNSURE = (
    r"not (?:really |quite |so |very |totally |entirely )?sure",
    r"(?:i )?(?:don't|do not) know", r"not certain", r"no idea", r"^(?:only |but )?if(?! not)",
    r"(?:i )?(?:can't|couldn't) (?:decide|say|tell|remember|recall|be sure|think)",
    r"(?:don't|do not) (?:\w+ )?(?:remember|recall|care)", r"wouldn't know", r"dunno",
    r"(?:no|not a|haven't a|haven't got a) clue", r"hard to say", r"beats me", r"search me",
    r"(?:up to|whatever) you(?: \w+)?$", r"either way$", r"in two minds", r"on the fence",
    r"(?:not|isn't) (?:too |really |that )?(?:fussed|bothered)", r"no preference",
    r"(?:doesn't|does not) (?:really )?matter",
)  # fmt: skip

CORRECTING = (
    r"^(?:very )?(?:nearly|almost|close)", r"^not (?:quite|exactly)", r"though$", r"^except",
    r"^but", r"^only",
)  # fmt: skip

ACKNOWLEDGING = (
    r"dear", r"(?:my )?goodness", r"wow", r"gosh", r"oh (?:dear|my|boy|man)",
    r"i (?:think|believe) so",
    r"i(?:'m| am)?(?: still| already| can| do)? (?:heard|hear|know|knew|understand"
    r"|understood"
    r"|see|got (?:it|that)|get (?:it|that)|remember|here|listening|there)",
    r"i've heard",
    r"(?:as )?you(?:'ve| have)? (?:already )?(?:told|said|mentioned|asked|explained)",
    r"(?:about|regarding|concerning|speaking of) (?:that|this|it|the|my)", r"hello", r"hi",
    r"hey", r"good (?:morning|afternoon|evening)", r"speaking", r"this is",
    r"who(?:'s| is) (?:this|there)", r"tell me more", r"(?:say|explain|repeat) (?:that|it)",
    r"come again", r"i(?:'m| am) sorry", r"listen", r"one (?:more )?thing",
    r"(?:i(?:'d| would) (?:like|prefer)|i (?:want|need)|(?:can|could|may) i|let me) (?:to )?"
    r"(?:speak|talk)",
    r"(?:connect|transfer|put|get) me (?:to|through|a (?:person|human))",
)  # fmt: skip
