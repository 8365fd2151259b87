"""English: sayings that agree, refuse or put off in words that say something else, as data.

British, Irish, American, Indian, Australian and Nigerian English; "I don't see why not" agrees.
"""

from __future__ import annotations

_DO_SO = r"(?= (?:do|go|get|have|take|give) (?:it|that|this|ahead)| so\b| then\b| now\b|$)"
_NOT_SAY = r"(?:wouldn't|would not|won't|will not|can't|cannot|couldn't|could not|never|not gonna)"
_FAULTS = r"(?:problems?|issues?|objections?|complaints?|qualms)"
_PUT = r"(?:put|stick|pencil|sign|mark|chalk|pop|bang|slot|squeeze|book|get)"
_FIRST = r"(?:talk|speak|check|ask|discuss|consult|run|think|look|get|see|shop|have (?:a|another))"
_END = r"(?: (?:please|thanks|thank you|mate|love|sir|then|so|go ahead|do|that's (?:fine|grand)))*$"

_LEAVE_GIVEN = (
    r"be my guest", r"feel free(?! to (?:call|ring|send|email|text))", r"knock yourself out",
    r"work away", r"^carry on(?! with)",
    r"go on (?:then|so|please|sure|go on)(?! (?:tell|what|how|explain|why))",
    r"do (?:please|go ahead|carry on|by all means)",
    r"(?:please |kindly )?do (?:so$|the needful)", r"make it (?:so|happen)$",
    r"kindly (?:proceed|go ahead|do)", r"get (?:it|that) (?:booked|sorted|ordered)$",
    r"get on with it", r"i'm all for it", r"^why the \w+ not",
    rf"{_PUT} (?:me|us|her|him|them) (?:down|in)(?: for (?:that|it|this))?(?! (?:not|touch))",
    r"(?:i'm|we're) (?:game|sold|up for (?:that|it)|on board|down (?:for|with) (?:that|it))$",
    r"thought you'd never ask", r"why (?:ever not|wouldn't (?:i|you|we|it)$)",
    r"(?:don't|do not|can't|cannot|couldn't) see (?:any reason |a reason )?why not",
    r"(?:there's |i see |see )?no reason (?:why )?not(?: to)?",
    r"(?:there's |see )?no reason why (?:i|we|you) (?:shouldn't|wouldn't)",
    rf"{_NOT_SAY} say no(?! (?:more|to (?:this|that) (?:kind|sort)))(?: to (?:it|that|one))?",
    r"don't mind if (?:i|we) do", r"(?:^|i |we )wouldn't mind(?: (?:that|it|one|at all))?$",
    r"(?:wouldn't|couldn't|can't|won't) (?:hurt|go amiss|do any harm)", r"^no harm(?: in \w+)?",
    r"(?:can't|couldn't) argue with that", r"^no (?:arguments?|complaints) (?:here|from me)",
    r"(?:nothing would|it would) please me more",
    r"(?:i |we )?wouldn't (?:have|be) (?:rung|rang|called|phoned|calling|ringing|asked|asking"
    r"|phoning) (?:you )?(?:if|otherwise|unless).*",
    rf"(?:(?:you|i|we) )?(?:might|may)(?: just)? as well{_DO_SO}",
    r"(?:the )?(?:sooner|quicker|earlier) the better",
    r"(?:i'd|we'd|i would|we would|only too) (?:be )?(?:very |more than |only too )*(?:happy|glad"
    r"|delighted)(?: to)?$",
    rf"(?<=\w )but (?:yes|yeah|yep|ok(?:ay)?|alright|all right|fine|sure|aye){_END}",
    rf"(?<=\w )but (?:go (?:ahead|on|for it)|do it|that's (?:fine|ok(?:ay)?|grand)){_END}",
    r"like a shot$",
)  # fmt: skip

_IT_IS_SO = (
    r"^no (?:corrections?|changes?|edits?|adjustments?|amendments?)(?: (?:is|are))?"
    r"(?: (?:necessary|needed|required|from (?:me|us)|to (?:make|that|it)))*$",
    r"couldn't be (?:happier|clearer|easier)(?: with (?:that|it|this))?$",
    r"(?:bang|dead|bob) on(?! (?:\d|one|two|three|four|five|six|seven|eight|nine|ten|time))",
    r"(?<!not )(?:damn|darn|bloody|too|dead) (?:right|straight)(?: (?:i|we) (?:do|am|are|would"
    r"|did))?",
    r"you're not wrong",
    r"(?:i'm )?afraid so(?! \w+ (?:people|things|times))",
    r"(?:hell|heck|damn|god|lord|jesus) (?:yes|yeah|yea|yep|aye)",
    r"^(?:(?:yes|yeah|yep|oh) )*(?:i'm )?(?:absolutely |quite |very |dead |pretty )*"
    r"(?:positive|certain)$",
    r"(?:that|this)(?:'s| is) (?:me|us|him|her|mine|ours|them)$",
    r"^you said it$", r"(?:cent|hundred) per ?cent$",
    r"^(?:it|that) is so$", r"^(?:yes )?(?:that|this) only$",
)  # fmt: skip

_FINE = (
    r"happy (?:days|out)", r"^sweet(?: as)?$", r"^sound(?: man| job| out)?$",
    r"^(?:class|top|magic|champion|mint|ace|cracking|deadly|tip top|first rate|beaut)$",
    r"^(?:jolly good|very good|very well|good stuff|right you are|fair enough)$",
    r"ok(?:a?y|ey|ie|i)?[- ]?do(?:key|kie|ky|ki|ke|kay)",
    r"^no (?:dramas?|wahala|bother|sweat|biggie|hassle|shaking|stress)(?: at all)?",
    r"^(?:no|not a) problems?(?: at all)?$", r"^not a (?:bother|bother on me|hassle)(?: at all)?",
    r"^(?:can|will) do$", r"^(?:that |it )?works(?: (?:fine|well|great|perfectly))?$",
    r"(?:that|this|it)(?:'s not| is not| isn't) (?:a|any) (?:problem|bother|worry|hassle"
    r"|trouble)(?: at all)?",
    r"(?<!nobody )(?<!nothing )(?<!never )(?<!hardly )(?<!neither )(?<!none )"
    r"(?:works|suits|does)(?: for)? (?:me"
    r"|us)(?: (?:fine|grand|well|perfectly|rightly"
    r"|down to the ground|just fine))*",
    r"(?:can|could) (?:live|work|manage|cope|deal) with (?:that|it|this|those)",
    r"(?:it|that)'ll have to do(?! with)",
    r"beggars can't be choosers",
    rf"(?:have no|haven't any|don't have any|see no|got no|not got any) {_FAULTS}"
    r"(?: (?:with|to) (?:that|it|this))?(?: at all)?$",
)  # fmt: skip

_REFUSED = (
    r"over my dead body", r"in your dreams", r"dream on",
    r"you(?:'re| are|'ve got to be| have got to be| have to be|'ve to be|'ve gotta be"
    r"|'d want to be| must be| gotta be) (?:joking|kidding(?: me)?|having (?:me on|a laugh))",
    r"are you (?:having a laugh|out of your mind|mad|insane|deaf|nuts|taking the \w+)",
    r"(?:^|yeah right |yeah |oh |aye )as if\b.*", r"when (?:hell freezes|pigs (?:fly|have)).*",
    r"(?:fat|not a|not a snowball's) (?:chance|hope)(?: in hell)?", r"not on your (?:life|nelly)",
    r"don't (?:you |even )*(?:dare|bother|think about it)(?: (?:yourself|with (?:it|that)))?",
    r"^(?:i'll |we'll |i think i'll |oh |well )*(?:take a )?pass$", r"count (?:me|us) out",
    r"(?:i'll |we'll |let's |i'd )?give (?:it|that|this) a (?:miss|swerve|skip)",
    r"(?:that's|it's|it is|that is) a (?:hard |firm |definite |big )?no",
    r"(?:i|we) (?:already )?said no", r"out of the question",
    r"(?:that's |it's )?(?:just |only |pure )?(?:daylight |highway )?robbery",
    r"(?:that's |it's |what )?a rip[- ]?off", r"(?:that's |it's )?a bit (?:much|rich)$",
    r"^n?u+h[- ]u+h$", r"i doubt (?:it|that)$", r"include me out",
    r"i'm (?:all set|all good|grand|sorted) thanks", r"save (?:it|your breath)$",
)  # fmt: skip

_HELD_OFF = (
    r"hold (?:off|fire|your horses)(?: on (?:it|that|this))?",
    r"hang (?:fire|about)",
    r"^(?:whoa+|woah|steady on|not so fast)",
)

_PUT_OFF = (
    r"(?:it|that|this) can wait(?: (?:till|until) .*)?",
    rf"(?:i'll|we'll|i will|i'd better|we'd better|i better|(?:i|we) (?:need|have|want) to|i must"
    rf"|i'll have to|let me)(?: just)? {_FIRST}\b.* first(?:(?: and| then)* i'll .*)?$",
    r"(?:i'll|we'll|i will)(?: \w+)? (?:ring|phone|call) (?:you |ye )?back$",
)  # fmt: skip

_MIXED_UP = (
    r"(?:the )?(?:other|wrong) way (?:a)?round", r"vice versa", r"back to front",
    r"(?:you've |you )?(?:got |have |had )(?:them|it|those|that|these|the \w+) (?:backwards"
    r"|mixed up|swapped|reversed|muddled)(?: up| round)?",
)  # fmt: skip

RELUCTANT = (
    r"(?:i|we) (?:guess|suppose|reckon|imagine)(?: so| that)?",
    r"if (?:i|you|we) (?:must|have to|insist|say so)", r"^(?:if )?needs must",
    r"if (?:that's|it's|it is|that is) (?:no|not (?:too much|a|an)) (?:trouble|bother|hassle"
    r"|problem|imposition)",
    r"what choice (?:do|have) (?:i|we)(?: have| got)?", r"do (?:i|we) have (?:a|any|much) choice",
    r"(?:(?:i|we) (?:have|'ve got|got|'ve) )?(?:not much|no) (?:other )?choice",
    r"(?:i|we) (?:don't have|haven't(?: got)?) (?:a|any|much) choice",
)  # fmt: skip

SUFFICIENT = (
    r"(?:i'm|i am|we're|we are|you're|you are) (?:\w+ )?(?:good|okay|ok|fine|grand|alright"
    r"|all right|sorted|covered|all set|set|happy|well)(?: here| now| today| as (?:i|we|it)"
    r" (?:am|are|is)| (?:with )?(?:what|where) (?:i|we) (?:have|are|am)| thanks"
    r"| thank you| for (?:now|the moment|today))*",
    r"(?:(?:it|that|this)(?:'s| is) )?(?:fine|good|grand|okay|ok|happy|great)"
    r" (?:as (?:it is|we are|i am|they are)|the way (?:it is|we are|they are))",
)

TRAILING = (
    r"it is(?: then| so)?$",
    r"(?:yes|yeah|yea|yep|yup|aye|yah)(?: please| thanks| thank you| sir)?$",
)  # fmt: skip

PLAINLY = (
    r"yes", r"yeah", r"yea", r"yep", r"yup", r"ya", r"yeap", r"eah", r"aye", r"correct",
    r"exactly", r"precisely", r"indeed", r"of course", r"absolutely", r"definitely",
    r"certainly", r"obviously", r"totally", r"naturally", r"i do", r"i would",
    r"it (?:is|does)", r"affirmative", r"that (?:is|does|would)",
)  # fmt: skip

MINDING = (
    r"(?:i|we)(?: do| really| actually| would|'d)* (?:mind|object)(?! if (?:i|we) do)",
    r"rather (?:you|not)",
)

_NOT_MINDING = (
    r"none(?: (?:at all|whatsoever|here))?", r"not (?:at all|a bit|in the least|in the slightest)",
    r"(?:of course|course|certainly|definitely|absolutely) not",
    r"(?<!you )(?:i|we)? ?(?:really |do )?(?:don't|do not|wouldn't|would not) (?:mind|object"
    r"|have any \w+)(?: (?:at all|if you do|it|that))?",
    rf"(?:(?:it|that|there)(?:'s| is) )?(?:no|not a|not any) (?:{_FAULTS}|bother|harm|worries)"
    r"(?: (?:at all|with (?:that|it)|here|to (?:that|it)))?",
    r"nothing against (?:it|that)",
)  # fmt: skip

SAYINGS = {
    "no": _REFUSED,
    "go ahead": _LEAVE_GIVEN,
    "that's right": _IT_IS_SO,
    "that's fine": _FINE,
    "wait": _HELD_OFF,
    "maybe later": _PUT_OFF,
    "change it": _MIXED_UP,
    "okay": (r"^(?:k+|okey)$",),
}
NOT_MINDING = {"no": _NOT_MINDING}
