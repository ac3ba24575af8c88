"""Texts that say nearly the same, found among many thousands without comparing each with each."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import ceil

_WORD = re.compile(r"\w+(?:[.,]\d+)*")
_MOST_CANDIDATES = 50


def words_of(text: str) -> list[str]:
    """The words of a text that are compared."""
    return _WORD.findall(text.casefold())


def similar(texts: Sequence[str], threshold: float = 0.85) -> Iterator[tuple[int, int, float]]:
    """(later, earlier, similarity) for each text that is nearly an earlier one; the nearest earlier one counts.

    Similarity is Jaccard's: the share of words the two have in common. Two sets that similar must share one of their
    rarest words, so each text is only compared with those (prefix filtering: Chaudhuri, Ganti & Kaushik 2006). Where
    a rare word is shared by very many texts, the latest of them stand for all.
    """
    sets = [frozenset(words_of(text)) for text in texts]
    counts = Counter(word for words in sets for word in words)
    index: defaultdict[str, list[int]] = defaultdict(list)
    same: dict[frozenset[str], int] = {}
    for number, words in enumerate(sets):
        if len(words) < 3:
            continue
        if words in same:
            yield number, same[words], 1.0
            continue
        same[words] = number
        ordered = sorted(words, key=lambda word: (counts[word], word))
        prefix = ordered[: len(words) - ceil(threshold * len(words)) + 1]
        best, nearest = 0.0, -1
        candidates: set[int] = set()
        for word in prefix:
            candidates.update(index[word][-_MOST_CANDIDATES:])
        for other in candidates:
            common = len(words & sets[other])
            likeness = common / (len(words) + len(sets[other]) - common)
            if likeness > best or (likeness == best and other < nearest):
                best, nearest = likeness, other
        if best >= threshold:
            yield number, nearest, best
        for word in prefix:
            index[word].append(number)
