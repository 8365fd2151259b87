"""English: how callers ask, wish for something and want something else, as data."""

from __future__ import annotations

from harness.language.phrasebook import Wishes

_WISHED_OTHER = (
    r"(?:^(?:maybe |perhaps |just |no |well )*|(?:want|need|like|find|have|get|try|book|see|show"
    r"|take|give|for|about|is there)(?: \w+)? )"
    r"(?:another|some other|any other|(?:a |an |something )(?:\w+ )?different|different)"
    r"(?! (?:question|request|thing|favou?r|matter|account|quote|opinion|look|think|day|time))"
)

_PREFERRING = (
    r"(?:would|'d|might) be (?:much |far |a lot )?(?:better|easier|preferable|handier"
    r"|more convenient)",
    r"(?:works|suits) (?:me |us )?better",
    r"(?:i|we)(?:'d| would) (?:much |really |far )?(?:prefer|sooner)(?! (?:not|it if|you|to not))",
)
_SHORT_WHILE = (
    r"(?:an?|one|two|three|four|five|ten|a couple(?: of)?|a few|\d+)(?: quick| little| more)*"
    r" (?:moments?|seconds?|secs?|minutes?|mins?|mo|tick|ticks)(?: please| thanks| thank you)*"
)

ENGLISH_WISHES = Wishes(
    requesting=(
        r"go ahead and",
        r"i(?:'d| would| will|'ll) (?:just |really |actually )?(?:like|love|need"
        r"|want)(?: (?:for )?you)?(?: to(?! know))?",
        r"i(?:'m| am)? (?:just |really |actually |do )?(?:want|wish|wanna|need"
        r"|require)(?:ing)?(?: (?:for )?you)?(?: to(?! know))?",
        r"(?:can|could|would|will) you(?: please| just| also)*", r"you (?:can|may)(?: please)?",
        r"(?:can|could|may|might) (?:i|we)(?! know| ask)(?: please| just)?(?: have| get)?",
        r"let's", r"let us", r"i(?:'ll| will)(?: just)?(?: take| have| use| go with)?",
        r"let me (?:have|get)",
        r"(?:give|get) (?:me|us)(?! (?:the|their|its|his|her|a|an|more"
        r"|some) (?:\w+ )*(?:address|number|price|cost|details|name|confirmation|rating|fare"
        r"|total|information))",
        r"do(?! (?:they|you|we|i|the|it|that|this|not)\b)",
        r"we(?:'d| would| will) (?:like|need)(?: to)?", r"we (?:want|need)(?: to)?",
    ),
    objects=(
        r"it", r"this", r"that", r"them", r"'?em", r"those", r"these", r"both(?: of them)?",
        r"all of (?:it|them)", r"order", r"order number",
        r"(?:the|my|that|this|your|these|those)(?: whole| entire| full)?"
        r" (?!(?:for|please|now|then|right|today|as|and|one|other|to|on|in|at|with|if|but)\b)\w+",
    ),
    questioning=(
        r"(?:what|where|who|whose|when|which|how)(?:'s|'re|'ll|'d| is| are| was| were| will"
        r"| would| do| does| did| can| could| should| much| many| long| far| soon| about| time"
        r"| kind| type| else)?(?! i(?:'m|'d| am| was)? (?:said|want|need|order|ask|like|mean"
        r"|look|hop)\w*)",
        r"(?:does|did) \w+",
        r"(?:is|are|was|were|isn't|aren't) (?:it|that|this|there|they|the|these|those|you|my|we"
        r"|he|she)",
        r"(?:does|did|doesn't|didn't) (?:you|they|it|he|she|we|i|the|this|that)",
        r"do (?:you|they|we|i)(?! not)", r"(?:can|could|may) (?:you|i|we)",
        r"(?:will|would) (?:you|i|it|that|they|there)",
        r"(?:has|have|had) (?:you|they|it|he|she|we|i)",
        r"(?:please )?(?:tell|inform|show) (?:me|us)", r"let (?:me|us) know", r"find out",
        r"i(?:'d| would)?(?: also)? (?:want|need|like|wish) to know", r"i (?:was )?wonder(?:ing)?",
        r"may i know",
        r"(?:please )?(?:give|get|send|text|email) me (?:the|their|its|his|her|a|an"
        r"|that) (?:\w+ )*(?:address|number|price|cost|details|name|confirmation|rating|fare"
        r"|total)",
        r"(?:please )?give (?:the|their)",
    ),
    retracting=(
        r"what$", r"what (?:did you say|was that|do you mean|happens|if|for)", r"pardon", r"sorry$",
        r"excuse me", r"hello", r"who(?:'s| is) (?:this|there|calling|speaking)", r"who are you",
        r"(?:(?:can|could|would|will) you |please )*(?:please )?(?:repeat|say (?:that|it)"
        r"|explain|clarify|hear me|go over|slow down)",
        r"come again", r"are you (?:sure|there|serious|a|kidding|joking)", r"why(?! (?:not|don't))",
        r"really$", r"how come", r"is (?:that|this|it) (?:right|correct|true|okay|ok|free|final)$",
        r"huh", r"say (?:that|what)", r"can (?:i|we) (?:think|speak|talk|change|cancel)",
        r"could (?:i|we) (?:think|speak|talk|change|cancel)", r"what about (?:the|my) other",
        r"did i", r"(?:can|could|may) i (?:\w+ )*(?:speak|talk)",
        r"would (?:it|that|there) (?:cost|be)", r"is there a (?:fee|charge|catch)",
    ),
    changing=(
        r"(?<!may )(?<!might )(?<!the )(?<!of )(?<!this )(?<!that )change(?! of\b)", r"switch",
        r"(?<!is that )(?<!is this )(?<!is it )instead(?! of or)",
        r"rather (?:have|be|take|get|go|do|watch|visit|like|see|leave)",
        r"(?:i|we|i'd|we'd|i would)(?: actually| really| much)? (?:prefer|rather)(?! not)",
        r"(?:it|that|they|there|the \w+) should be(?! (?:fun|good|fine|great|nice|ok|okay|all"
        r"|enough|it))",
        r"i meant",
        r"actually (?:it's|it is|it was|that's|the|my|make|i|we|can|could|book|let's|lets|cast"
        r"|play|get|put|just|is|there|change|please|there's|not)",
        r"on second thoughts?", r"one more (?:change|thing to change)", _WISHED_OTHER,
        r"(?:some|any)?(?:thing|one|where|place|body) else", r"(?:i|we) mis\w+", r"modify",
        r"correct (?:it|that) to", r"update (?:it|that|the|my)",
        r"would (?:work|be|suit) (?:me |us )?better", r"better (?:make|change)",
        r"(?<!and )(?<!me )(?<!i'll )(?<!to )(?:search|look|looking|searching|find) (?:for )?"
        r"(?:more|again|further)",
        r"keep (?:looking|searching|going)", r"(?:other|more) (?:options?|ones?|choices?)",
        r"check that$", *_PREFERRING,
        r"(?:can|could) (?:it|that) be (?!ok|okay|alright|right|late|true|possible)"
        r"(?:on |at |in |for )?(?:the |a )?\w+",
        r"^(?:(?:just|please|can you|could you) )*(?:lose|ditch|scrap|knock off|take off|take out"
        r"|leave off|leave out|hold) the",
        r"(?:pop|drop|stick|throw|bung) (?:it|them) (?:in|behind|under|at|by|round|inside"
        r"|outside)(?: the| my)? \w+",
    ),
    preferring=_PREFERRING,
    staying=(
        r"(?:rather|sooner|prefer(?: to)?) (?:just )?(?:stay\w*|stick\w*|remain|keep|wait|leave"
        r"|hang on to|hold on to)",
    ),
    restating=(r"i (?:said|meant|asked for|ordered|wanted)", r"i told you"),
    contrasting=(
        r"(?:(?<!do )(?<!does )(?<!did )(?<!is )(?<!are )(?<!was )(?<!will )(?<!would )(?<!can )"
        r"(?<!could )(?<!have )(?<!has )(?<!am )(?<!'s )(?<!'re )(?<!'m )(?<!rather )(?<!prefer )"
        r"(?<!probably )(?<!definitely )(?<!absolutely )(?<!certainly )(?<!course )(?<!maybe )"
        r"(?<!better )(?<!why )(?<!if )(?<!or )(?<!hope )(?<!think )(?<!still )(?<!perhaps )not"
        r"|rather than|instead of)",
    ),
    giving=(
        r"(?:with(?! respect)|to(?! be)|from|under|in(?! fact| case| that)|into|out of"
        r"|for(?! the record| what)|at(?! the moment| least| that)|on(?! second| the other)"
        r"|by(?! the way)|make (?:it|that)|(?:can|could) you make (?:it|that)"
        r"|i(?:'d| would)? (?:want|need|like|prefer) (?:it|them|that))",
    ),
    busy=(
        r"(?:i'm|i am|we're|we are|i'll be|we'll be|he's|she's) (?:(?:still|already|usually"
        r"|always|all) )*(?:out|away|off|abroad|busy|tied up|working|teaching|booked|engaged"
        r"|(?:in|at) (?:work|school|college|court|class|a meeting|meetings)"
        r"|on (?:holiday|leave|shift|a course|the road)|not (?:in|home|around|about|free))",
        r"(?:i|we) (?:work|don't finish|finish)",
        r"(?:i|we)(?:'ve| have)(?: got)? (?:work|school|meetings?|class(?:es)?"
        r"|an? (?:\w+ )?(?:meeting|appointment|class|shift))",
    ),
    other=(r"another", r"different", r"new", r"(?<!no )other", r"changed", r"else"),
    setting=(
        r"(?:please |can you |could you |let's |lets |and |oh )*make (?:it|that|this)",
        r"i(?:'d| would)? prefer",
        r"(?:please )?(?:it|that) (?:will|would|needs to|has to) (?:only |just )?be (?:for|on"
        r"|at|in)",
        r"for (?:the|a|an|two|three|\d+)(?! (?:information|help|record))",
    ),
    taking_up=(
        r"(?:book|reserve|schedule|order|buy|purchase|get)(?: me| us)?", r"place",
        r"make(?: me| us)?(?= an? | the | \w+ reservations?)", r"submit", r"send", r"finali[sz]e",
        r"complete", r"process", r"add", r"play", r"start", r"confirm", r"arrange", r"set up",
        r"put (?:it|that) through", r"go (?:on )?with", r"transfer", r"fix",
    ),
    informing=(
        r"tell", r"give", r"find", r"show", r"check(?! in| out)", r"search", r"look", r"recommend",
        r"suggest", r"know", r"name", r"send me", r"explain", r"describe", r"hear about",
        r"see (?:if|what|whether)", r"offer", r"help",
    ),
    inviting=(r"please", r"pretty please"),
    picking=(
        r"^(?:the )?(?:very )?(?:first|second|third|fourth|last|latter|former|earlier|earliest"
        r"|later|latest|cheaper|cheapest|bigger|smaller|faster)(?: (?:one|option|of them|two))?$",
    ),
    places={
        "first": 0, "former": 0, "second": 1, "third": 2, "fourth": 3, "last": -1, "latter": -1,
    },
    stating=(
        r"is", r"are", r"was", r"were", r"isn't", r"aren't", r"will", r"would", r"seems?",
        r"looks?", r"sounds?", r"too", r"has", r"had", r"costs?", r"(?!let's)\w+'s",
    ),
    affirming=(r"right", r"that right"),
    opposites={"with": "without", "without": "with"},
    undoing=(r"(?:cancel|remov|delet|refund|return|clos|stop|end|terminat|unsubscrib|undo)\w*",),
    no_values=(
        r"(?:that|this|the|which|any|another|other|same|no|each|every|right|good|nice|last"
        r"|first|a)(?: \w+)? one",
        r"one (?:of|more|thing|additional|other|last|final|quick|question|second|moment|sec"
        r"|minute)",
        r"for one",
    ),
    named_values=(
        r"(?:mon|tues|wednes|thurs|fri|satur|sun)day", r"today", r"tonight", r"tomorrow", r"noon",
        r"midnight", r"january", r"february", r"april", r"june", r"july", r"august", r"september",
        r"october", r"november", r"december",
    ),
    small_words=(
        r"i(?:'\w+)?", r"you(?:'\w+)?", r"we(?:'\w+)?", r"me", r"us", r"my", r"your", r"our",
        r"it(?:'\w+)?", r"its", r"that(?:'\w+)?", r"this", r"these", r"those", r"them", r"they",
        r"he", r"she", r"his", r"her", r"their", r"the", r"an?", r"of", r"to", r"for", r"from",
        r"on", r"in", r"at", r"by", r"with", r"as", r"and", r"or", r"but", r"so", r"if", r"is",
        r"are", r"was", r"were", r"be", r"been", r"am", r"do", r"does", r"did", r"will", r"would",
        r"can", r"could", r"should", r"shall", r"may", r"might", r"have", r"has", r"had", r"like",
        r"want", r"need", r"please", r"just", r"then", r"now", r"there", r"here", r"some", r"any",
        r"all", r"ok(?:ay)?", r"yes", r"no", r"not", r"don't", r"what", r"which", r"when", r"where",
        r"who", r"how", r"one", r"go", r"ahead", r"get", r"let(?:'s)?", r"also", r"too", r"very",
        r"much", r"right", r"confirm\w*", r"correct", r"going", r"today", r"more", r"about", r"up",
        r"out", r"actually", r"prefer", r"sure",
    ),
    articles=frozenset({"the", "my", "your"}),
    counting_one=frozenset({"a", "an", "one"}),
    several=(r"both", r"(?:a )?(?:couple|pair)", r"several", r"a few"),
    adding=(r"and",),
    units=(r"of (?:them|those|these)$",),
    while_wanted=(
        rf"^(?:(?:just|only|maybe|like|for) )*{_SHORT_WHILE}$",
        rf"(?:give|gimme|spare|grant)(?: me| us)? (?:just )?{_SHORT_WHILE}$",
        rf"^(?:i|we) (?:just )?need (?:just )?{_SHORT_WHILE}$",
    ),
)  # fmt: skip
