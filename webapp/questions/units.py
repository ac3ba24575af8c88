"""Units as people write them around a number: words for powers of ten, currencies, percent, and everything else."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SCALES = {
    10**2: "hundred",
    10**3: "thousand thousands k tsd",
    10**5: "lakh lakhs",
    10**6: "million millions mn mio mln mm",
    10**7: "crore crores",
    10**9: "billion billions bn bln mrd milliard milliards",
    10**12: "trillion trillions tn trn",
}
SCALES = {word: scale for scale, words in _SCALES.items() for word in words.split()}
# Single letters mean a power of ten only where they can't be a unit of their own.
_LETTERS = {"m": 10**6, "b": 10**9, "t": 10**12}

_CURRENCIES = {
    "$": "$ us$ usd dollar dollars usdollar usdollars",
    "€": "€ eur euro euros",
    "£": "£ gbp pound pounds",
    "¥": "¥ jpy yen cn¥ cny rmb yuan renminbi",
    "₹": "₹ inr rs rupee rupees",
    "₩": "₩ krw won",
}
CURRENCIES = {word: sign for sign, words in _CURRENCIES.items() for word in words.split()}
_PERCENT = {"%", "percent", "pct", "prozent", "pc"}
_TIMES = {"x", "×", "fold", "time", "times"}

_WORD = re.compile(r"[$€£¥₹₩%]|[^\s$€£¥₹₩%]+")
_JOINED = [
    (re.compile(r"\bper cent\b"), "percent"),
    (re.compile(r"\b(us|u\.s\.?)[ -]?(?=\$|dollars?\b)"), ""),
    (re.compile(r"\bcn ?(?=¥)"), ""),
]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit in two parts: a power of ten, and what is counted (`%`, a currency's sign, words, or nothing).

    `text` is the whole as written, in small letters with single spaces.
    """

    text: str
    scale: int
    base: str

    @property
    def currency(self) -> str:
        """The sign of the currency in it, or nothing."""
        return next((word for word in self.base.split() if word in _CURRENCIES), "")

    @property
    def without_currency(self) -> str:
        return " ".join(word for word in self.base.split() if word not in _CURRENCIES)

    @property
    def percent(self) -> bool:
        return self.base == "%"


def folded(text: str) -> str:
    """The text of a unit so that spellings compare equal: small letters, single spaces, no full stop at the end."""
    return " ".join(text.casefold().split()).strip(" .")


def read_unit(text: str) -> Unit:
    """The unit in the words around a number; all texts can be read."""
    text = whole = folded(text)
    for joined, word in _JOINED:
        text = joined.sub(word, text)
    scale, base = 1, []
    words = [word.strip(".,;-") or word for word in _WORD.findall(text)]
    for word in words:
        if word in SCALES:
            scale *= SCALES[word]
        elif word in _LETTERS and all(other == word or other in CURRENCIES for other in words):
            scale *= _LETTERS[word]
        elif word in _PERCENT:
            base.append("%")
        elif word in _TIMES:
            base.append("time")
        elif word in CURRENCIES:
            base.append(CURRENCIES[word])
        elif word != "of":
            base.append(word[:-1] if len(word) > 3 and word.endswith("s") else word)
    return Unit(whole, scale, " ".join(base))
