"""English replies of callers: yes, no and neither, as data."""

from __future__ import annotations

from harness.language.phrasebook import Answers

# English: how callers doubt, correct a statement, or only listen, as data.

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


# English: sayings that agree, refuse or put off in words that say something else, as data.
#
# British, Irish, American, Indian, Australian and Nigerian English; "I don't see why not" agrees.

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

_FINE_SAYINGS = (
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
    "that's fine": _FINE_SAYINGS,
    "wait": _HELD_OFF,
    "maybe later": _PUT_OFF,
    "change it": _MIXED_UP,
    "okay": (r"^(?:k+|okey)$",),
}
NOT_MINDING = {"no": _NOT_MINDING}


_IT = (
    r"(?:that one|this one|that|this|it|all of (?:that|this)|everything|all|you|the|they|these"
    r"|those|both(?: of (?:them|these|those))?)"
)
_EVERY = r"(?: all| both| also| still| just| really| definitely| certainly| absolutely| exactly)?"
_IS = (
    rf"(?:'s| is| s|s|'re| are| was){_EVERY}"
    rf"|{_EVERY} (?:looks?|sounds?|seems?|appears?)(?: like| to be)?"
    rf"|(?:'ll| will|'d| would| should| could| can| ought to)(?: be)?"
)
_BE = rf"(?:{_IS}){_EVERY}"
_NOT = (
    r"(?:don't|do not|don not|dont|doesn't|does not|didn't|did not|never|can't|cannot|couldn't"
    r"|won't|wouldn't|haven't)"
)
_OBJECT = r"(?:it|this|that|them|those|these|any of (?:it|them)|(?:the|my|your) \w+)"
_GOOD = (
    r"(?:great|perfect|perfectly|awesome|excellent|wonderful|fantastic|lovely|brilliant|super|cool"
    r"|terrific|amazing|splendid|nice|good|fine|okay|ok|all right|alright|acceptable|ideal"
    r"|convenient|suitable|marvelous|fabulous|delightful|beautiful|swell|smashing|superb|fab"
    r"|dandy|outstanding|peachy|grand(?! (?:total|hotel|piano|central|plaza|street|road|avenue)))"
)
_GREAT = _GOOD.replace("|okay|ok|all right|alright", "")
_VERY = (
    r"(?:just |really |very |so |pretty |quite |about |totally |absolutely |all |simply "
    r"|more than )*"
)
_RIGHT = r"(?:(?<!all )rights?|correct|accurate|exact|spot[- ]on|true|on point)"
_FINE = (
    rf"(?:that|this|it)(?:'s| is|{_IS})? {_VERY}(?:{_GOOD}|{_RIGHT})"
    r"|(?:that|this|it)(?:'s| is)? (?:what )?(?:will |would |should )?works?"
)
_LATER = r"(?:later(?: on)?|(?:at )?(?:some|an)other (?:time|day)|(?:in )?a (?:bit|little) later)"
_MEASURE = (
    r"(?:late|early|expensive|dear|pricey|steep|costly|much|far|long|big|small|soon|high|low|rich"
    r"|short|tight|slow|loud|many)"
)
_NO_CONDITION = (
    r"(?<!not )(?<!\bare )(?<!isn't )(?<!never )(?<!if it's )(?<!if that's )(?<!unless it's )"
)
_MAYBE = r"(?:maybe|perhaps|possibly|probably)"

ENGLISH_ANSWERS = Answers(
    interjections=(
        r"yes", r"yeah", r"yea", r"yep", r"yup", r"ya", r"yeap", r"eah", r"no+(?! one\b)", r"nope",
        r"nah", r"ok(?:ay)?", r"alright", r"all right(?! (?:with|by|for))", r"oh", r"well",
        r"right", r"u+h+", r"u+m+", r"h*m+", r"e+r+m*", r"a+h+", r"m", r"so", r"and",
        r"u+h[- ]?hu+h", r"m+[- ]?h+m*", r"sure(?! (?:thing|is|does|do|would|will|why))",
        r"thank you(?: (?:very|so) much)?", r"thanks(?: a lot| so much)?",
    ),
    courtesies=(
        r"please", r"thank you(?: (?:very|so) much)?", r"thanks(?: a lot| so much)?", r"just",
        r"kindly", r"then", r"now", r"right (?:now|away)", r"sir", r"ma'am", r"for me", r"for us",
        r"again", r"actually", r"i (?:already )?said", r"(?:as|like) i said", r"sorry",
        r"very much", r"ok(?:ay)?", r"alright", r"all right", r"right", r"so", r"and", r"oh",
        r"well", r"today", r"u+h+", r"u+m+", r"my friend", r"man", r"dear", r"mate", r"pal",
        r"hon(?:ey)?", r"darling", r"bro", r"boss", r"buddy", r"madam", r"ji", r"love$", r"pet$",
        r"exactly", r"surely",
        r"certainly", r"absolutely", r"definitely", r"as well", r"too",
    ),
    tags=(r"ok(?:ay)?", r"alright", r"all right", r"right", r"please", r"thanks", r"thank you"),
    agreeing_alone=(
        r"yes", r"yeah", r"yea", r"yep", r"yup", r"ya", r"yeap", r"eah", r"aye", r"correct",
        r"(?:exactly|just|precisely)(?: that| so)?", r"indeed", r"sure(?: thing)?", r"surely",
        r"of course",
        r"absolutely", r"definitely", r"certainly", r"obviously", r"duh", r"totally", r"naturally",
        r"affirmative", r"by all means", r"why not", r"i do", r"it (?:sure )?(?:is|does)",
        r"(?:it |that )?sure (?:is|does|would|will|do)", r"that (?:is|does|will|would)$", r"i am$",
        r"i would(?: please| too)?", r"i agree", r"i'm sure", r"i'm (?:in|ready)",
        r"i am (?:ready|sure)", r"i'm (?:absolutely|quite|very|totally) sure",
        r"please do(?! (?:it|that|this|so)\b)", r"proceed", r"confirmed", r"agreed",
        r"you're right", r"you are (?:right|correct)",
        r"you(?:'ve| have)? (?:got|have) (?:it|that|this|everything)(?: all)?(?: (?:right"
        r"|correct|down))?",
        r"(?:the )?right one", r"you (?:did|do|are|should)(?! not)", r"you bet(?:cha)?",
        r"you know it", r"for sure", r"without a doubt",
        r"(?:that|this|it)(?:'s| is| was) (?:the (?:right )?one)",
        r"you (?:can|may)(?: do (?:that|it|so))?", r"righto", r"righty[- ]oh?", r"roger(?: that)?",
        r"(?:can|could|would|will) you(?: please)? (?:do (?:it|that|so)|go ahead)",
        r"would you please",
        r"i(?:'d| would| will|'ll) (?:like|appreciate|love|want) (?:that|it|to|too)",
        r"i(?:'d| would) (?:like|love) to (?:do (?:that|so|it))?", r"with pleasure", r"gladly",
        r"100 percent",
        r"(?:you|i|we|they|it|that|he|she) (?:have|has|had|do|does|did|am|is|are|was|were|can|may"
        r"|will|would)(?: indeed)?$",
    ),
    agreeing=(
        r"go (?:right |on )?ahead", r"go on(?= with\b|$)", r"go for (?:it|that)",
        r"(?:let's |i'll |i will )?go with (?:it|that|this)",
        r"(?:let's )?(?:do|try) (?:it|that|so|this)(?! (?:not|with|about))",
        r"get (?:it|that) (?:going|started|done)", r"give (?:it|that) a (?:go|try|shot)",
        r".* please do (?:that|it|so)$", r"proceed(?:ing)?(?: with| to)",
        r"(?:you )?(?:can|may|please) proceed", r"i (?:can |do |hereby )?(?:confirm|acknowledge)",
        r"confirm(?:ing|ed)?(?: (?:to|that|it|this))?$", r"confirm(?:ing|ed) (?:to|that|it|this)",
        rf"{_IT}{_BE} {_VERY}{_RIGHT}", rf"(?:that's )?(?:sounds?|looks?|seems?) {_VERY}{_RIGHT}",
        r"exactly as i", r"i (?:so|fully|completely|totally|hereby) (?:confirm|agree)",
        rf"{_VERY}correct", r"(?:correct|accurate|exact|spot[- ]on|true)",
        r"i'll take (?:it|that|this|them|the)", r"i will take (?:it|that|this|them|the)",
        r"sign me up", r"count me in", r"let's go", r"(?:permission|approval) granted",
        r"you(?:'ve| have)? (?:got|have) (?:it|that|this|everything)(?: \w+)? (?:right|correct"
        r"|perfect)",
    ),
    contented=(
        r"(?:that|this|it)(?:'s| is)(?: \w+)? (?:no|not a) (?:problem|issue|trouble)",
        rf"{_IT}{_BE} {_VERY}{_GOOD}", rf"(?:that|this|it|all|is)(?:'s is| be)? {_VERY}{_GREAT}",
        rf"(?:sounds?|looks?|seems?)(?: like)? (?:a )?{_VERY}{_GOOD}",
        rf"(?:i think |i guess )?{_IT}(?:'ll| will|'d| would| should| could"
        rf"|'s going to)?{_EVERY} (?:works?|suits?|do(?! (?:not|it|that|so|you|i|they)\b)"
        r"|does it|fit|go)",
        rf"i (?:think|guess|suppose|believe) (?:{_FINE})",
        rf"{_VERY}{_GREAT}(?! (?:to know|question|try|grief|morning|afternoon|evening|bye|day"
        r"|night|luck))",
        r"(?:works|fine|good|great|okay|ok|all right|alright|perfect) (?:with|by|for) (?:me|us)",
        r"(?:that|this|it) (?:\w+ )?time works?",
        r"(?:i'm|i am|we're) (?:\w+ )?(?:fine|good|okay|ok|happy|cool|all right|alright"
        r"|comfortable) with",
        r"(?:i|we) (?:really |do |would )?(?:like|love) (?:it|that|this|the sound)",
        r"that's the (?:spirit|one|ticket)",
        r"(?:that|this|it)(?:'s| is| s|s| was| will be|'ll be| would be)(?: definitely| exactly"
        r"| just| all)? (?:it|all)$",
        r"(?:that|this|it)(?:'s| is| s|s| was)?(?: exactly| just| precisely)? (?:what|as"
        r"|the way|how) i(?:'m| am|'ve| have|'d)? (?:just )?"
        r"(?:said|say|want|wanted|need|needed|ordered|order|asked|like|meant|looking|requested"
        r"|told)",
        r"(?:just |exactly )(?:what|as) i(?:'d| have|'ve)? (?:said|want|wanted|need|needed"
        r"|ordered|asked|like)",
        r"(?:all|everything|we're|we are|you're|you are)(?:'s| is| are)? (?:all )?(?:set|clear"
        r"|there|good|correct|right|fine|in order|there)",
        r"all (?:good|clear|set|correct)", r"good to go", r"i can make (?:that|it)$", r"deal",
        r"it(?:'s| is) a (?:deal|date|plan)", r"no (?:problems?|issues?|objections?|complaints?)",
        r"sounds? like (?:a (?:plan|deal|winner|good \w+|great \w+)|fun)",
        r"(?:it|that|this) suits", r"there we go",
        r"it should be (?:fun|good|fine|great|nice|ok|okay)",
        r"(?:that|it|this)(?:'s| is)? (?:the )?(?:exact|right|very) (?:thing|one)",
        r"wonderful job", r"(?:you did )?a? ?great job",
    ),
    liking=(
        rf"(?:(?:that|this|it)(?:{_IS}) |(?:sounds?|looks?|seems?)(?: like)? )?{_VERY}(?:nice"
        r"|cool|fun|interesting|okay|ok|lovely)",
        r"i (?:really |do )?like (?:it|that|this)",
    ),
    refusing=(
        r"no+(?! problem| issue| trouble)", r"nope", r"nah", r"negative",
        r"(?<!i )(?<!we )(?<!you )(?<!they )(?:don't|do not|dont)",
        r"not (?:now|yet|today|tonight|really|interested|right|correct|quite|the|this|that"
        r"|at (?:all|this|the)|for|just|necessary|needed|so)",
        r"^(?:please |so |well |actually )*not",
        r"(?:absolutely|definitely|certainly|of course|surely|probably|maybe|please) not",
        r"nothing(?! (?:wrong|but))",
        rf"(?:i|we) (?:really |actually |just |also |currently )*(?:{_NOT}|would not"
        r"|will not) (?:really |actually |even |currently |yet )*(?:want|need|think so|like"
        r"|care|agree|do|have to|wish|wanna|require|confirm|authori[sz]e|be|book|buy|make"
        r"|order|take|play|go)",
        r"i do not$", r"i don't$", r"i'd rather you didn't", rf"you {_NOT} (?:have|need) to",
        r"(?:that|this|it|they|these|those|which)(?:'s| is| are|'re| was| were| will| would"
        r"| does| did|'ll|'d)? (?:really |quite |just |definitely )?not",
        r"(?:that|this|it|they|these|those|the \w+) (?:isn't|wasn't|doesn't|didn't|won't|can't"
        r"|wouldn't|aren't|weren't)",
        r"wrong", r"incorrect", r"mistaken", r"forget (?:it|that|about it)", r"let it be",
        r"actually (?:it's|it is|that's|the|my|not)", r"rather not", r"scratch that",
        r"cancel that request", r"(?<!as )(?<!like )(?<!what )i (?:said|meant)",
        r"^(?:no |but )?i asked for", r"i mean(?! it\b)",
        r"sorry (?:it's|it is|that's)", r"it should be(?! (?:fun|good|fine|great|nice|ok|okay))",
        r"changed my mind", r"correction", r"never ?mind", r"neither",
        r"none of (?:it|them|those|these)", r"no longer want", r"pass on (?:that|it|this)",
        r"i'll pass", r"i'm (?:not|afraid not)", r"i am not", r"hard pass", r"bag it",
        r"rain check",
        rf"{_NO_CONDITION}(?:far |way |much |just |bit |little )*too {_MEASURE}"
        r"(?! (?:trouble|bother))",
        rf"{_NO_CONDITION}a (?:bit|little|tad|touch) (?:too )?{_MEASURE}",
        r"(?:is|are|'s|was) (?:\w+ )?(?:a nightmare|no good|no use|hopeless|murder|a write[- ]off"
        r"|a non[- ]?runner|a disaster|impossible)",
    ),
    leaving=(
        r"(?:rather|sooner|prefer(?: to)?) (?:just )?(?:stay(?:ing)?|stick(?:ing)?|remain|wait"
        r"|hang on to|hold on to)",
        r"(?:^(?:just |please |then |rather |better |let's |so |i'll |i will |i'd )*|(?:like"
        r"|want|prefer|rather) (?:to )?)"
        r"(?:leave|keep|skip|drop|forget)(?! (?:going|in mind|me|us))",
        r"(?:leave|drop|skip|keep|forget) (?:it|that|them|this|about it)", r"keep (?:the|my)",
    ),
    denying=(
        r"not", r"isn't", r"wasn't", r"won't", r"can't", r"cannot", r"doesn't", r"didn't", r"don't",
        r"do not", r"dont", r"shouldn't", r"wouldn't", r"couldn't", r"aren't", r"haven't", r"never",
    ),
    pausing=(
        r"(?<!bus )(?<!last )(?<!next )(?<!the )stop",
        r"(?<!can )(?<!will )(?<!'ll )(?<!happy to )"
        r"(?<!\bi )(?<!\bwe )wait(?! (?:for|until|till))",
        r"hold on", r"hang on", r"hold it", r"hold up",
    ),
    deferring=(
        rf"{_MAYBE}(?: \w+){{0,3}} {_LATER}", rf"{_LATER},? {_MAYBE}", rf"^{_LATER}$",
        r"(?:will|i'll|i can|let's|may|might|can)(?! decide| think| check"
        rf"| see) (?:\w+ ){{0,6}}{_LATER}",
    ),
    joining=(r"actually", r"sorry"),
    sayings=SAYINGS,
    conceding=(r"but", r"though", r"although"),
    closing=(r"(?:that|this)(?:'s| is|'ll be| will be) (?:all|it)(?: for (?:now|today))?",),
    pronouns=frozenset({"it", "that", "this", "them", "so", "either", "anything"}),
    because=(r"(?:and |but )?(?:since|because|seeing (?:that|as)|given that)",),
    forbidding=(
        r"(?:and |but |just |please |also )*(?:don't|do not|dont|never)(?! (?:want|need|like|think"
        r"|do|go|bother|dare|know|care|wish|wanna|agree|you|i|we)\b)",
    ),
    insisting=(
        r"(?:and |but |just |please )*(?:make sure|be sure|ensure|see to it|see that)",
    ),
    not_minding=NOT_MINDING,
    plainly=PLAINLY,
    minding=MINDING,
    trailing=TRAILING,
    reluctant=RELUCTANT,
    sufficient=SUFFICIENT,
    harmless=(
        r"no (?:worries|doubt|objections?|rush|hurry)",
        r"(?<!that's )(?<!this is )(?<!that is )(?<!it's )(?:there(?:'s| is"
        r"| are) )?no (?:problem|problems|issue|issues)(?: (?:here|there"
        r"|at all|with (?:that|it|this|me)))?",
        r"(?<!that's )(?<!it's )(?<!this is )(?<!that is )not a problem",
        r"not a (?:doubt|bad idea)", r"why not(?= \w)", r"not bad",
        r"no (?:need|reason) to (?:repeat|spell|wait|worry)",
        r"no longer (?:needed?|wanted|use|using|have|live|work)",
        r"(?:no|without) (?:additional|extra|other|further|more) \w+",
        r"don't worry(?: about (?:the |that |it ?)?\w*)?",
        r"don't (?:mind|wait|forget(?: \w+)?|hesitate)", r"no matter(?: what)?",
        r"can't (?:complain|go wrong|beat that)",
        r"couldn't be (?!worse)\w+(?: with (?:that|it|this))?",
        r"(?:can't|won't|don't want to|not going to) wait",
        r"(?:couldn't|can't|could not) (?:agree|ask for) more",
        r"couldn't have (?:said|put) it better(?: myself)?",
        r"nothing (?:else|more|wrong)(?: \w+ (?:that|it|this))?", r"wait for (?:it|that)",
        r"not only", r"i (?:don't|do not) need anything else",
        r"if you (?:could|can|would|will|please)", r"if you (?:don't mind|wouldn't mind)",
        r"(?:i |we )?(?:don't|do not) see (?:any|a) (?:problems?|issues?|reason"
        r"|why)(?: (?:with (?:that|it)|why|not|to|here))*",
        r"if (?:that's|it's) (?:possible|okay|ok|all right)", r"if possible", r"if so",
        r"if (?:that|this|it)(?:'s| is) (?:the|my|our) (?:only|best|last) \w+",
        r"in case (?:i|we|they|it) (?:can't|cannot|don't|won't|doesn't)(?: \w+)?",
        r"(?<!^)not at all",
    ),
    reasons=(
        rf"(?:because |since |as )?(?:i|we) (?:really |just )?{_NOT} (?:really |even "
        r"|actually )?"
        rf"(?:want|need|use|like|order|get|got|receive|afford|wear|live|have)(?:ed|d)? {_OBJECT}",
        r"(?:because )?i(?:'m| am| was| won't be) (?:not )?(?:home|at home|there|in town)",
        rf"(?:it|they|that|the \w+|my \w+) (?:just )?{_NOT} (?:fit|work|arrived?|come|came|show)",
        r"(?:it|they)(?:'s| is| was| were| are|'re) not (?:needed|what i \w+|in stock)",
        r"(?:it|they)(?:'s| is| was| were| are|'re) the wrong \w+",
        r"i (?:got|bought|ordered|chose) the wrong \w+",
        r"(?:i|we) (?:can't|couldn't) (?:make|use|find|wait|go|come|do|manage|be)(?! (?:it|that"
        r"|this)\b)",
    ),
    hedging=(
        r"but", r"except", r"if", r"unless", r"although", r"however", r"maybe", r"perhaps",
        r"probably", r"not (?:really )?sure", r"not certain",
        rf"i (?:think|guess|suppose|believe)(?! {_FINE})(?! so$)", r"i (?:guess|suppose) so",
        r"(?:i )?don't know", r"no idea", r"almost", r"nearly", r"partly", r"part of (?:it|that)",
        r"half of", r"let me (?:think|check|see|decide|ask|call|talk|get back|know)",
        r"(?:think|thinking) (?:about|over)", r"(?:call|get back to) you(?: back)?",
        r"^(?:please )?(?:\w+ )?first",
        r"(?:check|see|ask|know|tell|show|look|hear|find|change|fix|discuss)\b.* first$",
        r"one (?:moment|second|sec|minute)", r"(?<!as )(?<!like )(?<!than )before",
        r"(?:only|just) (?:the|one|if|when)",
        r"^(?:\S+ ){0,4}(?<!hour )(?<!hours )(?<!minutes )(?<!day )(?<!days )(?<!week )later(?!"
        r" today"
        r"| tonight| this| that| on (?:the|mon|tues|wed|thurs|fri|sat|sun))",
        r"do it tomorrow", r"other (?:one|order)", r"(?:a|another|one) questions?", r"though",
        r"sleep on it", r"good to know", r"what happens", r"kind of", r"sort of", r"depends",
        r"as long as", r"provided", r"once", r"as soon as", r"after(?! all)", r"until",
        r"\w+ more$", r"double (?:it|that)", r"at the end of", r"supposedly",
        r"more or less", r"in case",
    ),
    correcting=CORRECTING,
    unsure=UNSURE,
    acknowledging=ACKNOWLEDGING,
    openings=(
        r"(?:and|but) (?:please )?(?:don't|do not|dont)",
        r"(?<!if )(?<!what )(?<!how )(?<!when )(?<!where )(?<!actually )(?<!sorry )(?:and |but "
        r"|also |so )*(?:can|could|would|will) you",
        r"(?<!if )(?<!what )(?<!how )(?<!when )(?<!where )(?<!that )(?<!actually )(?<!sorry"
        r" )(?:and |but |also |so )*(?:can|could|may) (?:i|we)",
        r"u+h+", r"u+m+", r"but(?= (?:with|for|from|under|make|can you make|i want it) )",
        r"(?:and |but )?(?:also|then) (?:i'm|i am|i was|i'd|i need|i want|could|can|what|where"
        r"|are|is|do|does|how)",
        r"(?:and )?(?:what's|what is|what are|what will|where's|where is|where are|how much"
        r"|how long|how many|(?<!everything )(?<!all )is there|(?<!all )are there|do they"
        r"|does it"
        r"|do you)",
        r"and (?:i'm|i am|i was|i also|i'd|i need|i want|what|where|when|how|do|does|is|are)",
        r"(?:thank you|thanks)(?: so much| very much)?",
    ),
    value_word="this",
    mending=(
        r"no", r"nope", r"sorry", r"i mean", r"i meant", r"make that", r"scratch that",
        r"correction", r"(?:or )?rather", r"wait", r"oops", r"(?:my|a) mistake", r"actually",
        r"pardon me", r"excuse me", r"hang on", r"hold on", r"that's (?:wrong|not right)",
    ),
    resuming=(
        r"u+h+", r"u+m+", r"e+r+", r"well", r"it's", r"it is", r"that's", r"it should be",
        r"i'm", r"i am", r"at", r"on", r"for", r"to say",
    ),
    carrying_on=(
        r"for", r"to", r"with", r"from", r"in", r"on", r"at", r"by", r"into", r"until", r"per",
        r"each", r"instead", r"then",
    ),
)  # fmt: skip
