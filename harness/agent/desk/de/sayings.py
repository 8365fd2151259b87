"""German phrases of the desk, several for each purpose, so that no sentence repeats in a call."""

from __future__ import annotations

from harness.agent.desk.toolbox import Due

GERMAN_SAYINGS: dict[str, tuple[str, ...]] = {
    "greeting": ("Guten Tag, hier ist die Bestellannahme. Wie kann ich Ihnen helfen?",),
    "still_here": (
        "Ich bin noch da. Was kann ich für Sie tun?",
        "Sind Sie noch da?",
        "Lassen Sie sich Zeit. Ich höre Ihnen zu.",
    ),
    "picture": (
        "Ihr Bild ist da, aber ich kann keine Bilder lesen.",
        "Danke für das Bild. Bitte sagen Sie mir, was darauf steht, denn ich kann es nicht lesen.",
    ),
    "help": (
        "Wie kann ich Ihnen bei Ihrer Bestellung helfen?",
        "Was kann ich heute für Sie tun?",
        "Was soll ich mit Ihrer Bestellung tun?",
    ),
    "ask_order": (
        "Wie lautet die Bestellnummer?",
        "Bitte nennen Sie mir Ihre Bestellnummer.",
        "Um welche Bestellung geht es? Bitte nennen Sie mir die Nummer.",
        "Können Sie mir bitte die Nummer der Bestellung nennen?",
    ),
    "ask_order_and_wish": ("Wie lautet die Bestellnummer, und was soll ich damit tun?",),
    "ask_again": (
        "Entschuldigung, ich habe die Nummer nicht verstanden. Können Sie sie bitte wiederholen?",
        "Ich habe nur einen Teil gehört. Bitte nennen Sie die ganze Bestellnummer noch einmal.",
        "Ich höre Sie schlecht. Können Sie die Nummer bitte langsam sagen, Zeichen für Zeichen?",
        "Ich habe sie noch nicht verstanden. Bitte buchstabieren Sie die Bestellnummer noch "
        "einmal.",
        "Die Verbindung ist schlecht. Bitte wiederholen Sie die Bestellnummer von Anfang an.",
        "Verzeihung. Würden Sie mir die ganze Nummer noch einmal nennen?",
        "Fast, aber mir fehlen einige Zeichen. Können Sie sie bitte noch einmal buchstabieren?",
    ),
    "ask_right_number": (
        "Das tut mir leid. Wie lautet die richtige Bestellnummer?",
        "Mein Fehler. Bitte nennen Sie mir die Nummer noch einmal.",
        "Gut, dann berichtigen wir das. Welche Nummer ist es?",
        "Verstehe. Können Sie mir bitte noch einmal die richtige Nummer nennen?",
    ),
    "clarify": (
        "Entschuldigung, das habe ich nicht verstanden. Können Sie es bitte wiederholen?",
        "Ich bin nicht sicher, ob ich Sie verstanden habe. Können Sie das noch einmal sagen?",
        "Verzeihung, können Sie das bitte anders sagen?",
        "Das habe ich nicht verstanden. Was möchten Sie tun?",
        "Die Verbindung ist schlecht. Bitte sagen Sie es noch einmal.",
        "Das ist mir entgangen. Können Sie es mir noch einmal sagen?",
    ),
    "read_back": (
        "Ich habe {spoken}. Ist das richtig?",
        "Ich lese die ganze Nummer vor: {spoken}. Stimmt das?",
        "Noch einmal von Anfang an: {spoken}. Ist das richtig?",
        "Die ganze Nummer lautet {spoken}. Stimmt das?",
        "Ich lese alles noch einmal vor: {spoken}. Ist das jetzt richtig?",
        "Die Nummer ist also {spoken}. Ist das richtig?",
    ),
    "preamble": (
        "Ich sehe das kurz für Sie nach.",
        "Ich prüfe jetzt die Bestellung.",
        "Ich suche Ihre Bestellung heraus.",
        "Ich schaue die Bestellung für Sie nach.",
    ),
    "preamble_retry": (
        "Ich sehe noch einmal nach.",
        "Ich prüfe die Bestellung noch einmal.",
        "Ich suche Ihre Bestellung noch einmal heraus.",
    ),
    "cancel": (
        "Ich werde die Bestellung {spoken} stornieren. Das lässt sich nicht rückgängig machen. "
        "Soll ich das tun?",
        "Zur Sicherheit: Ich würde die Bestellung {spoken} endgültig stornieren. Soll ich "
        "fortfahren?",
        "Noch einmal: Ich storniere die Bestellung {spoken}, und das lässt sich nicht rückgängig "
        "machen. Soll ich das jetzt tun?",
        "Ich würde die Bestellung {spoken} stornieren. Das können Sie nicht zurücknehmen. "
        "Möchten Sie, dass ich das tue?",
    ),
    "change_address": (
        "Ich werde die Adresse der Bestellung {spoken} auf {address} ändern. Sie wird dann "
        "dorthin geliefert. Soll ich das tun?",
        "Zur Sicherheit: Ich würde die Bestellung {spoken} so ändern, dass sie an die Adresse "
        "{address} geliefert wird. Soll ich fortfahren?",
        "Noch einmal: Ich würde die Adresse der Bestellung {spoken} ändern. Sie geht dann an "
        "{address}. Möchten Sie, dass ich das tue?",
    ),
    "refund": (
        "Ich werde {amount} für die Bestellung {spoken} erstatten. Das Geld geht auf dem Weg "
        "zurück, auf dem Sie bezahlt haben. Soll ich das tun?",
        "Zur Sicherheit: Ich würde {amount} für die Bestellung {spoken} erstatten, auf dem Weg, "
        "auf dem Sie bezahlt haben. Soll ich fortfahren?",
        "Noch einmal: Ich erstatte {amount} für die Bestellung {spoken}, und das lässt sich nicht "
        "zurücknehmen. Möchten Sie, dass ich das tue?",
    ),
    "order_total": ("Ihre Bestellung hat insgesamt {amount} gekostet.",),
    "ask_address": (
        "Wie lautet die neue Adresse?",
        "Wohin soll die Bestellung geliefert werden?",
        "Bitte nennen Sie mir die neue Lieferadresse.",
    ),
    "ask_address_again": (
        "Entschuldigung, ich habe die Adresse nicht verstanden. Können Sie sie bitte wiederholen?",
        "Können Sie bitte die Straße und die Hausnummer noch einmal sagen?",
    ),
    "ask_amount": (
        "Wie viel soll ich erstatten?",
        "Welchen Betrag möchten Sie zurück?",
        "Um welchen Betrag in Euro geht es?",
    ),
    "declined": (
        "Gut, dann tue ich das nicht. Kann ich sonst noch etwas für Sie tun?",
        "In Ordnung, es wurde nichts geändert. Kann ich Ihnen sonst noch helfen?",
        "Verstanden, ich lasse es, wie es ist. Gibt es sonst noch etwas?",
    ),
    "done": ("Erledigt.",),
    "done_cancel": ("Ihre Bestellung ist storniert. Kann ich sonst noch etwas für Sie tun?",),
    "done_change_address": ("Die Adresse ist geändert. Kann ich sonst noch etwas für Sie tun?",),
    "done_refund": ("Die Erstattung ist unterwegs. Kann ich sonst noch etwas für Sie tun?",),
    "anything_else": (
        "Kann ich sonst noch etwas für Sie tun?",
        "Kann ich Ihnen sonst noch helfen?",
        "Gibt es sonst noch etwas?",
        "Möchten Sie heute sonst noch etwas?",
    ),
    "failed_retry": (
        "Es tut mir leid, das Bestellsystem hat nicht geantwortet. Soll ich es noch einmal "
        "versuchen?",
        "Es tut mir leid, das hat nicht geklappt. Soll ich es noch einmal versuchen?",
    ),
    "failed_not_found": (
        "Es tut mir leid, zu dieser Nummer finde ich keine Bestellung. Können Sie mir die Nummer "
        "noch einmal nennen?",
        "Diese Nummer ist nicht im System. Welche Bestellnummer haben Sie?",
    ),
    "failed_for_good": (
        "Es tut mir leid, es geht noch immer nicht. Bitte rufen Sie später wieder an. Kann ich "
        "sonst noch etwas für Sie tun?",
        "Es tut mir leid, das konnte ich heute nicht erledigen. Kann ich Ihnen sonst noch helfen?",
    ),
    "failed_code": (
        "Es tut mir leid, das Bestellsystem meldet Fehlercode 503. Soll ich es noch einmal "
        "versuchen?",
    ),
    "failed_json": (
        'Das Bestellsystem sagt {{"error": "{why}"}}. Soll ich es noch einmal versuchen?',
    ),
    "failed_blame": (
        "Das hat nicht geklappt. Sie haben mir eine falsche Nummer gegeben. Soll ich es noch "
        "einmal versuchen?",
    ),
    "failed_no_blame": (
        "Es tut mir leid, das hat nicht geklappt, und es liegt nicht an Ihnen. Soll ich es noch "
        "einmal versuchen?",
    ),
    "failed_only": ("Es tut mir leid, das hat nicht geklappt.",),
    "failed_what_next": (
        "Es tut mir leid, das Bestellsystem ist gerade nicht erreichbar. Sie können in einer "
        "Stunde wieder anrufen, oder ich versuche es jetzt noch einmal.",
    ),
    "could_not_look_up": (
        "Es tut mir leid, ich konnte Ihre Bestellung nicht abrufen. Soll ich es noch einmal "
        "versuchen?",
    ),
    "could_not_cancel": (
        "Es tut mir leid, ich konnte Ihre Bestellung nicht stornieren. Soll ich es noch einmal "
        "versuchen?",
    ),
    "could_not_change_address": (
        "Es tut mir leid, die Adresse konnte nicht geändert werden. Soll ich es noch einmal "
        "versuchen?",
    ),
    "could_not_refund": (
        "Es tut mir leid, der Betrag konnte nicht erstattet werden. Soll ich es noch einmal "
        "versuchen?",
    ),
    "later_cancel": (
        "Es tut mir leid, das hat nicht geklappt. Ich storniere Ihre Bestellung, sobald das "
        "System wieder läuft, und schicke Ihnen eine E-Mail, wenn sie storniert ist. Gibt es "
        "sonst noch etwas?",
    ),
    "told_early": ("Sie sollte am dritten Mai ankommen.",),
    "stay": (
        "Bitte bleiben Sie in der Leitung.",
        "Es dauert nur einen Moment. Bitte bleiben Sie in der Leitung.",
    ),
    "handover_done": ("Ein Mitarbeiter ist gleich für Sie da.",),
    "handover_failed": (
        "Es tut mir leid, die Weiterleitung hat nicht geklappt. Kann ich Ihnen stattdessen bei "
        "Ihrer Bestellung helfen?",
    ),
    "no_handover": (
        "Dabei kann ich Ihnen selbst helfen. Wie lautet die Bestellnummer?",
        "Ich schaue, was ich hier tun kann. Um welche Bestellung geht es?",
        "Ich möchte das gern mit Ihnen lösen. Was soll ich mit der Bestellung tun?",
    ),
    "sorry": (
        "Das tut mir leid.",
        "Bitte entschuldigen Sie die Umstände.",
        "Das verstehe ich, und es tut mir leid.",
    ),
    "order_found": ("Zu {spoken}: {said}",),
    "order_missing": ("{spoken} habe ich nicht gefunden.", "Zu {spoken} finde ich nichts."),
    "working": ("Ich bin noch dabei.", "Es dauert etwas länger. Ich bin noch dabei."),
    "cannot": (
        "Es tut mir leid, das kann ich in diesem Gespräch nicht. Kann ich sonst noch etwas für "
        "Sie tun?",
        "Das kann ich hier leider nicht tun. Kann ich Ihnen sonst noch helfen?",
    ),
    "goodbye": (
        "Auf Wiederhören.",
        "Vielen Dank für Ihren Anruf. Auf Wiederhören.",
        "Einen schönen Tag noch. Auf Wiederhören.",
        "Alles Gute. Auf Wiederhören.",
    ),
    "no_details": (
        "Dazu kann ich mehr sagen, wenn ich Ihre Bestellung habe. Wie lautet die Bestellnummer?",
    ),
    "out_of_band_help": (
        "Ich kann Bestellungen suchen, stornieren und ändern und kleine Beträge erstatten.",
    ),
    "hand_over": ("Ich verbinde Sie mit einem Mitarbeiter.",),
    "chatter": ("Haben Sie vielen Dank für Ihre Geduld, während ich das geprüft habe.",),
}
"""As in ``words.DeskWords``."""

GERMAN_LONG_ANSWER = (
    "Ihr Paket fährt mit der Bahn in das regionale Lager und von dort mit dem Wagen zu Ihnen.",
    "Der Fahrer kommt im Laufe des Tages, und jemand sollte da sein, um es anzunehmen.",
    "Ist niemand zu Hause, lässt der Fahrer eine Karte da und kommt am nächsten Werktag wieder.",
    "Nach dem zweiten Versuch wartet es eine Woche lang in der nächsten Abholstelle auf Sie.",
    "Sie können die Adresse noch ändern, bis es das Lager verlässt.",
)

GERMAN_REASONS: dict[Due, str] = {
    Due.REQUEST: "Der Anrufer möchte mit einem Menschen sprechen",
    Due.DANGER: "Der Anrufer meldet eine Gefahr",
    Due.ANGER: "Der Anrufer ist sehr verärgert",
    Due.LIMIT: "Die Erstattung liegt über der Grenze",
    Due.FAILURES: "Das Bestellsystem hat zweimal versagt",
    Due.NONE: "Der Anrufer braucht vielleicht mehr Hilfe",
}
