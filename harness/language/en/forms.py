"""English: what is written short, and endings that change no name."""

from __future__ import annotations

from harness.language.en.numbers import ORDINALS
from harness.language.values import WordForms

_STATES = {
    "AL": "alabama", "AK": "alaska", "AZ": "arizona", "AR": "arkansas", "CA": "california",
    "CO": "colorado", "CT": "connecticut", "DE": "delaware", "FL": "florida", "GA": "georgia",
    "HI": "hawaii", "ID": "idaho", "IL": "illinois", "IN": "indiana", "IA": "iowa",
    "KS": "kansas", "KY": "kentucky", "LA": "louisiana", "ME": "maine", "MD": "maryland",
    "MA": "massachusetts", "MI": "michigan", "MN": "minnesota", "MS": "mississippi",
    "MO": "missouri", "MT": "montana", "NE": "nebraska", "NV": "nevada", "NH": "newhampshire",
    "NJ": "newjersey", "NM": "newmexico", "NY": "newyork", "NC": "northcarolina",
    "ND": "northdakota", "OH": "ohio", "OK": "oklahoma", "OR": "oregon", "PA": "pennsylvania",
    "RI": "rhodeisland", "SC": "southcarolina", "SD": "southdakota", "TN": "tennessee",
    "TX": "texas", "UT": "utah", "VT": "vermont", "VA": "virginia", "WA": "washington",
    "WV": "westvirginia", "WI": "wisconsin", "WY": "wyoming",
}  # fmt: skip
"""Two capitals to the name of a state, without its space."""
_SUFFIXES = {1: "st", 2: "nd", 3: "rd"}

ENGLISH_FORMS = WordForms(
    full={
        "&": "and", "dr": "doctor", "mr": "mister", "mrs": "missus", "prof": "professor",
        "st": "saint", "mt": "mount", "ft": "fort", "jr": "junior", "sr": "senior",
        "vs": "versus", "intl": "international", "dept": "department", "bros": "brothers",
        "yearly": "annual", "cancelled": "canceled", "grey": "gray", "cheque": "check",
        "centre": "center", "theatre": "theater", "licence": "license", "programme": "program",
        "jewellery": "jewelry", "tyre": "tire", "catalogue": "catalog", "neighbour": "neighbor",
        "colour": "color", "favour": "favor", "labour": "labor", "harbour": "harbor",
        "flavour": "flavor", "honour": "honor",
    }
    | {word: f"{number}{_SUFFIXES.get(number, 'th')}" for word, number in ORDINALS.items()},
    regions=_STATES,
    articles=frozenset({"the", "a", "an"}),
    endings=r"'s?$|(?<=[^\Ws]{3})s$|(?<=al|ed|nt|te|ve|ct)ly$|(?<=ar)(?:y|ily)$",
)  # fmt: skip
