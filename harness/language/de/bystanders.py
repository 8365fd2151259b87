"""German sentences that are heard around a caller."""

from __future__ import annotations

from harness.language.bystanders import Bystanders

GERMAN_BYSTANDERS = Bystanders(
    news=(
        "Der Stadtrat hat sich auf einen neuen Plan für den alten Hafen geeinigt.",
        "Im Norden bleibt es kalt, gegen Abend fällt ein wenig Regen.",
        "Und nun zum Sport: Die Gastgeber konnten ihre Führung nicht halten.",
        "Besucher sagen, das neue Museum sei einen langen Spaziergang wert.",
        "Nach dem Sturm vom Wochenende fahren die Züge wieder.",
        "Bleiben Sie dran, nach einer kurzen Pause sind wir wieder da.",
    ),
    hold=(
        "Danke, dass Sie warten. Ihr Anruf ist uns wichtig.",
        "Im Moment sind alle Plätze besetzt. Bitte bleiben Sie in der Leitung.",
        "Sie werden mit dem nächsten freien Mitarbeiter verbunden.",
    ),
    chat=(
        "Und dann hat sie gesagt, sie bleibt lieber zu Hause.",
        "Reichst du mir bitte das Brot?",
        "Das habe ich ihm im Sommer schon gesagt, aber er hört ja nie zu.",
        "Wir sollten wirklich wieder einmal ans Meer fahren.",
        "Nein, das war die andere, die mit der grünen Tür.",
        "Hast du gesehen, wie spät es war, als sie heimkamen?",
    ),
)
