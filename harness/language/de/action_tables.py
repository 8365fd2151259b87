"""German verbs and nouns for tool actions, as tables.

Tools are named in English by most programs, whatever language their agents speak: an action has the
name of the English action whose names and nouns it shares, and here the German words for it.
"""

from __future__ import annotations

SAID = """
look up
  names  nachsehen nachschauen nachschlagen suchen heraussuchen raussuchen prüfen überprüfen
  names  abrufen aufrufen
  names  abfragen ansehen anschauen anzeigen finden ermitteln laden kontrollieren checken
  also   schauen sehen gucken nachgucken überprüfen einsehen vergleichen bestätigen erkundigen
  also   nachprüfen
  also   zugreifen öffnen klären nachfragen holen auslesen durchsuchen informieren
  things suche abfrage prüfung überprüfung
verify
  names  prüfen überprüfen verifizieren identifizieren bestätigen legitimieren authentifizieren
  also   kontrollieren abgleichen sicherstellen
  things überprüfung prüfung verifizierung identifizierung sicherheitsabfrage abgleich legitimation
calculate
  names  berechnen ausrechnen errechnen kalkulieren schätzen umrechnen
  also   zusammenrechnen durchrechnen prüfen rechnen
  things berechnung kostenvoranschlag kalkulation
translate
  names  übersetzen
  things übersetzung
escalate
  names  verbinden weiterleiten durchstellen übergeben weitergeben weiterverbinden eskalieren
  also   hinzuholen dazuholen
  things weiterleitung übergabe eskalation
hand over
  names  verbinden weiterleiten durchstellen übergeben weitergeben weiterverbinden eskalieren
  also   hinzuholen holen rufen
  things weiterleitung übergabe
call a ride
  names  rufen bestellen buchen schicken
  also   organisieren
send money
  names  überweisen senden schicken transferieren
  also   zahlen anweisen
  things überweisung zahlung
ask for money
  names  anfordern einfordern
  also   berechnen einziehen
  things zahlungsaufforderung anforderung
share a place
  names  teilen senden schicken
place
  names  aufgeben anlegen bestellen erstellen auslösen absenden abschicken
  also   kaufen ordern platzieren
  maybe  eröffnen aufnehmen eingeben eintragen
  things bestellung auftrag
book
  names  buchen reservieren vereinbaren eintragen mieten ausmachen vormerken einbuchen
  also   reinschieben dazwischenschieben bestellen einplanen festmachen anmelden ansetzen
  also   einschieben vergeben freihalten sichern
  maybe  machen planen halten speichern festhalten anlegen aufnehmen nehmen einrichten
  things buchung reservierung terminvereinbarung anmietung
buy
  names  kaufen bestellen erwerben nachbestellen ordern vorbestellen
  also   buchen reservieren holen
  things kauf bestellung
obtain
  names  besorgen beantragen anfordern holen
  also   bestellen buchen kaufen reservieren
  maybe  schicken
cancel
  names  stornieren kündigen absagen abbestellen widerrufen annullieren rückgängig_machen abmelden
  names  streichen
  also   auflösen zurückziehen rückabwickeln abbrechen
  maybe  beenden stoppen löschen rausnehmen schließen
  things stornierung storno kündigung absage widerruf stornierungen abmeldung
delete
  names  löschen entfernen austragen herausnehmen rausnehmen
  also   streichen tilgen
  maybe  stornieren
  things löschung
pay
  names  bezahlen zahlen begleichen abbuchen belasten einziehen
  also   abrechnen berechnen
  things zahlung bezahlung abbuchung
transfer
  names  überweisen umbuchen transferieren übertragen
  also   schicken senden zahlen
  things überweisung umbuchung übertragung
deposit
  names  einzahlen
  also   gutschreiben
  things einzahlung
withdraw
  names  abheben auszahlen
  things abhebung auszahlung
refund
  names  erstatten zurückerstatten zurückzahlen zurücküberweisen gutschreiben
  also   zurückgeben zurückbuchen
  things erstattung rückerstattung rückzahlung gutschrift
return
  names  zurückschicken zurücksenden umtauschen zurückgeben austauschen ersetzen zurücknehmen
  also   tauschen erstatten
  things rücksendung umtausch retoure rückgabe austausch
change
  names  ändern aktualisieren anpassen bearbeiten korrigieren wechseln umstellen abändern
  names  berichtigen
  also   umändern tauschen austauschen einstellen setzen erhöhen senken
  maybe  verschieben umbuchen hinzufügen eintragen hinterlegen speichern übernehmen vermerken
  maybe  verlegen
  things änderung aktualisierung anpassung korrektur umstellung wechsel
upgrade
  names  upgraden hochstufen aufwerten herabstufen
  also   ändern wechseln umstellen umbuchen
  things upgrade hochstufung
redirect
  names  umleiten weiterleiten nachsenden
  also   liefern schicken ändern
  things umleitung weiterleitung nachsendung
reschedule
  names  verschieben verlegen umbuchen vorverlegen vorziehen umlegen umplanen umtragen
  also   schieben
  also   ändern tauschen
  things verschiebung umbuchung verlegung terminänderung
add
  names  hinzufügen ergänzen hinzubuchen dazubuchen beifügen zubuchen aufnehmen
  also   eintragen aktivieren einrichten aufladen dazunehmen dazutun anlegen
  maybe  hinterlegen speichern vermerken notieren setzen packen
  things ergänzung zubuchung
create
  names  anlegen erstellen eröffnen einrichten anmelden registrieren aufsetzen erfassen ausstellen
  also   aufnehmen eintragen hinterlegen aufmachen vereinbaren
  maybe  machen melden speichern starten
  things anmeldung registrierung erstellung anlage eröffnung
request
  names  anfordern beantragen anfragen bestellen
  also   einreichen stellen
  things anforderung antrag anfrage
give
  names  gewähren gutschreiben ausstellen anbieten erlassen einlösen vergeben
  also   geben schicken abziehen
send
  names  senden schicken verschicken zusenden zuschicken versenden übermitteln mailen
  names  benachrichtigen
  also   ausstellen rausschicken liefern
  maybe  geben teilen
  things versand zusendung benachrichtigung
share
  names  teilen freigeben
  also   senden schicken
  things freigabe
call
  names  anrufen telefonieren zurückrufen
  also   melden kontaktieren
  things anruf rückruf
contact
  names  kontaktieren benachrichtigen verständigen
  also   anrufen schreiben informieren
remind
  names  erinnern
  also   benachrichtigen
  things erinnerung
play
  names  abspielen spielen
  also   starten anmachen
  maybe  zeigen
start
  names  starten beginnen
  also   einschalten aktivieren anmachen
stop
  names  beenden stoppen anhalten pausieren
  also   ausschalten stornieren schließen kündigen trennen
turn on
  names  einschalten anschalten aktivieren freischalten anmachen
  also   öffnen einrichten
  things aktivierung freischaltung
turn off
  names  ausschalten abschalten deaktivieren ausmachen
  also   beenden schließen
  things deaktivierung abschaltung
block
  names  sperren blockieren einfrieren
  also   stilllegen stornieren deaktivieren
  maybe  sichern
  things sperrung sperre
unlock
  names  entsperren freischalten freigeben reaktivieren
  also   zurücksetzen öffnen
  things entsperrung freischaltung freigabe
reset
  names  zurücksetzen neustarten
  also   neu_starten
  things neustart zurücksetzung
renew
  names  verlängern erneuern
  also   bestellen
  things verlängerung erneuerung
record
  names  notieren vermerken erfassen aufnehmen festhalten hinterlegen speichern eintragen
  names  aufschreiben
  also   melden
  maybe  machen
  things vermerk notiz erfassung
report
  names  melden reklamieren anzeigen beanstanden
  also   einreichen eröffnen anlegen aufnehmen
  things meldung reklamation beschwerde schadensmeldung
confirm
  names  bestätigen annehmen genehmigen freigeben
  things bestätigung genehmigung
decline
  names  ablehnen zurückweisen verweigern
  also   absagen
  things ablehnung
assign
  names  zuweisen zuteilen beauftragen einteilen
  also   schicken
  maybe  geben
  things zuweisung
subscribe
  names  abonnieren anmelden
  also   eintragen
  things anmeldung abonnement
check in
  names  einchecken
  things check-in
leave
  names  hinterlassen
  also   ausrichten
"""
"""Per action: the verbs that name it, those that mean it in speech (also) or next to its object
(maybe), and the nouns for it (things). A verb of two words is joined by an underscore.
"""


# German: the objects of tools, by the English nouns in their names.

NOUNS = """
order: bestellung auftrag order
booking reservation: buchung reservierung
appointment: termin
ticket: ticket karte fahrkarte fahrschein eintrittskarte
flight: flug
train: zug bahn
seat: platz sitzplatz sitz
table: tisch
room: zimmer einzelzimmer doppelzimmer raum
hotel: hotel
car: auto wagen mietwagen fahrzeug
account: konto kundenkonto
card: karte kreditkarte bankkarte
address: adresse anschrift lieferadresse
payment: zahlung
refund: rückerstattung erstattung rückzahlung
invoice bill: rechnung
contract: vertrag
subscription: abo abonnement
customer: kunde kundin
parcel package shipment: paket sendung lieferung
delivery: lieferung zustellung
item product: artikel produkt
phone number: nummer
phone: telefon telefonnummer
email: e-mail mail
name: name
date: datum
time: uhrzeit zeit
password: passwort kennwort
prescription: rezept
medicine medication: medikament
doctor: arzt ärztin
claim: schaden schadensfall anspruch
policy insurance: versicherung police vertrag
meter: zähler
reading: stand zählerstand
tariff plan: tarif
line: leitung anschluss
sim: sim-karte sim karte
router: router
technician: techniker
repair: reparatur
loan: kredit darlehen
book: buch
breakfast: frühstück
baggage luggage bag: gepäck koffer
meal: essen mahlzeit
membership: mitgliedschaft
course class: kurs
event: veranstaltung
reminder: erinnerung
note: notiz vermerk
message: nachricht
location: standort ort
balance: kontostand guthaben
transfer: überweisung
money: geld
gift wrap: geschenkverpackung
voucher coupon: gutschein
return: rücksendung retoure
exchange: umtausch
stay: aufenthalt
lamp light: lampe licht
door: tür
heating thermostat: heizung thermostat
ride taxi cab: taxi fahrt
call callback: anruf rückruf
person human agent representative: mensch mitarbeiter mitarbeiterin kollege kollegin berater
user: benutzer nutzer
file: datei
bike: fahrrad rad
bouquet: strauß blumenstrauß
flowers: blumen
pizza: pizza
work: arbeit
waste bin: mülltonne tonne
permit: genehmigung ausweis
license: führerschein lizenz
passport: pass reisepass
visit: besuch
window: fenster
aisle: gang
smoking: raucher
parking: parkplatz
newsletter: newsletter
notification: benachrichtigung
"""
"""Nouns of tools to German nouns, in the singular."""
