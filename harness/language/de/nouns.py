"""German: what tools are about, by the English nouns in their names."""

from __future__ import annotations

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
"""Nouns of tools to what Germans say, in the singular."""
