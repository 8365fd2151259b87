"""English: how the details of an action are spoken of, as data."""

from __future__ import annotations

from harness.language.details import Details, End

_WHOLLY = r"(?:all|already|now|still|currently|completely|totally|quite|also|unfortunately|sadly)"

ENGLISH_DETAILS = Details(
    helping=frozenset(
        {
            "is", "has", "have", "are", "with", "include", "includes", "included", "add", "added",
            "want", "wants", "wanted", "need", "needs", "needed", "use", "should", "required", "to",
            "allowed", "available", "enable", "enabled", "request", "requested", "option", "flag",
            "of", "the", "a", "an", "for", "in", "on", "visibility", "mode", "type", "additional",
        }
    ),
    opposites={
        "private": (r"public(?:ly)?", r"visible to (?:everyone|all|others)"),
        "public": (r"private(?:ly)?", r"hidden"),
        "shared": (r"private", r"alone", r"by (?:myself|yourself)"),
        "ride": (r"private ride",),
        "smoking": (r"non[- ]?smoking", r"smoke[- ]?free"),
        "refundable": (r"non[- ]?refundable",),
        "on": (r"off",),
    },
    unwanted=(
        r"\b(?:no|not|without|never|none|neither|nor|non|decline[ds]?|skip|exclude[ds]?|excluding"
        r"|don't|doesn't|isn't|aren't|won't|wouldn't|didn't|can't|cannot|minus|off|disabled?"
        r"|rather than|instead of)\b"
    ),
    counted=frozenset({"number", "count", "size", "quantity", "num", "total"}),
    people=frozenset(
        {
            "people", "persons", "person", "guests", "passengers", "travelers", "travellers",
            "riders", "adults", "party", "group", "seats", "diners", "attendees", "participants",
            "members", "folks", "individuals", "pax",
        }
    ),
    starts=End(
        frozenset({"from", "origin", "source", "departure", "start", "begin", "pickup", "checkin"}),
        r"\b(?:from|out of|starting|beginning|check(?:ing)?[- ]?in)"
        r"(?: (?:on|at|from|is|the|date))*[\s:,]*$",
    ),
    ends=End(
        frozenset(
            {"to", "destination", "target", "arrival", "end", "until", "dropoff", "checkout"}
        ),
        r"\b(?:to|into|until|till|through|ending|going to|check(?:ing)?[- ]?out)"
        r"(?: (?:on|at|in|is|the|date))*[\s:,]*$",
    ),
    names=(
        r"(?<=[a-z,0-9] )(?!(?:I|AM|PM|A\.M|P\.M|OK|Okay|Yes|No|Mr|Mrs|Ms|Dr|Please|Is|Would|"
        r"Shall|Do|"
        r"The|A|An|You|Your|You'd|You'll|We|It|This|That|There|So|Buy|Book|Booking|"
        r"January|February|March|April|May|June|July|August|September|October|November|December|"
        r"Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b)"
        r"[A-Z][\w'’&.-]*[\w](?: (?:of the |of |the |de |la |and |& |at |vs )?[A-Z][\w'’&.-]*\w)*"
    ),
    clauses=r"[.!?;,]|\s[-–—]\s|[–—]|\b(?:and|but)\b",
    shares=(
        r"(?:each|per|apiece|a (?:night|day|month|week|year|person|piece|ticket)"
        r"|for (?:each|every))\b"
    ),
    ending=r"\bend(?:s|ing) (?:in|with)(?: the digits)? (\w+)",
    only=r"\b(?:only|just|solely) (?:for )?(?:one|the (?:first|second|third|last)|[A-Z]\w+)",
    not_meant=(
        r"\bleav(?:e|ing) (?:the |your )?§(?: \w+)? (?:alone|untouched|out\b(?! for))"
        rf"|§(?: \w+)?(?:['’]s| (?:is|are|was|were|has been|have been))(?: {_WHOLLY})* "
        r"(?:full\b(?! of)|ill|sick|closed|gone|taken|away|off|busy|unavailable|sold out"
        r"|fully booked|booked (?:out|up|solid)|out of (?:stock|order|service)"
        r"|on (?:leave|holiday|vacation))\b"
        rf"|§(?: \w+)? (?:is|are|was|were|will be)(?: not|n['’]t)(?: {_WHOLLY})* "
        r"(?:available|free|possible|open|working|in|there|running|offered)\b"
        r"|§(?: \w+)? (?:can['’]t|cannot|won['’]t|does ?n['’]t|does not|will not) "
        r"(?:work|do|make it|be (?:done|had|booked))\b"
        r"|§(?: \w+)? (?:has|have|had) (?:no|nothing)\b"
        r"|\b(?:(?:can['’]?t|cannot|can not|won['’]t|not able to|unable to) "
        r"(?:do|offer|make|get|find|touch|use)(?: you)?|(?:do not|don['’]t|no longer) have"
        r"|(?:no|nothing) (?:\w+ )?(?:left|free|open|rooms?|places?|seats?|tables?|slots?|space)"
        r" (?:on|at|in|with|for)|except(?: for)?|apart from|other than|excluding|skip(?:ping)?"
        r"|(?:won|don)['’]t touch|not touch(?:ing)?)(?: (?:a|an|any|the|your))* §"
    ),
    kept=r"\b(?:leav(?:e|es|ing)|keep(?:s|ing)?|stays?|remains?)\b",
    now_before=(
        r"(?:\bfrom|\binstead of|\brather than|\bnot|\bno longer|\bold|\b(?:current(?:ly)?"
        r"|original(?:ly)?|previous(?:ly)?|existing|so far|until now|at the moment)\b[^.;?!→()]*?"
        r"|\byou(?:['’]re| are) (?:now )?on|\byou (?:now )?have)"
        r"(?:\s+(?:a|an|the|your|is|in|for|of|on|set to))*\s*[:,]?\s*$"
    ),
    new_before=(
        r"(?:(?<!due )\bto|\binto|\bnew(?:\s+\w+){0,2}|→|->|=>|\bbecomes?|\bdown to|\bup to"
        r"|\bwould (?:be|have)|['’]d have)(?:\s+(?:a|an|the|your|our))*\s*:?\s*$"
    ),
    relative_times=(
        r"(?:an?|half an|one|two|three|four|five|\w+teen|\w+ty|\d+) (?:hours?|minutes?|days?|weeks?"
        r"|months?) (?:later|earlier|sooner|after that|before that)",
        r"the (?:next |same )?(?:day|night|morning|week|month) (?:after|before)(?: that)?",
    ),
    giving=(
        r"(?:yes|yeah|yep|ok|okay|sure|please|thanks|thank you|then|instead|though|rather|say)",
        r"(?:uh|um|er|hm)",
        r"(?:is|would be|works|sounds) ?(?:fine|good|better|ok|okay|great|best)?",
        r"(?:at|for|on|the|by|around|about|to)", r"(?:make|book|do|set) (?:it|that|me)",
        r"use", r"oh", r"wait", r"(?:can|could) (?:i|we|you) (?:do|make)",
        r"(?:it|that)(?:'s| is| should be|'d be| would be)?", r"i(?:'d| would)? (?:said|meant|say)",
    ),
)  # fmt: skip
