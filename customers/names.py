"""Finding a customer by what somebody typed: exact → alias → unique prefix → similar with a clear margin → ask.

The index holds every name in memory and answers in about two milliseconds for 100,000 of them: sorted word suffixes
for prefixes, trigrams to find candidates for typing mistakes, rapidfuzz only to rank those candidates.
"""

import re
import unicodedata
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

CHOICES = 5  # names offered when it is not clear which one is meant
SIMILAR = 88.0  # WRatio from which a typing mistake is forgiven …
MARGIN = 8.0  # … when the next best is this far behind …
LETTERS = 3  # … and the query is at least this long (WRatio gives 90 to any short substring)
SUGGESTED = 60.0  # WRatio from which a name is worth offering
POSTINGS = 12_000  # candidates looked at for one query, rarest trigrams first
CANDIDATES = 400  # candidates ranked for one query
PREFIXED = 200  # names with one prefix that are looked at; so many are never unique

_SELECTORS = re.compile("[\u034f\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")  # how an emoji is drawn


@dataclass(frozen=True, slots=True)
class Named:
    """One customer's names: `name` as written, `aliases` from the document and its slug."""

    customer_id: int
    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """Exactly one customer is meant."""

    customer_id: int


@dataclass(frozen=True, slots=True)
class Choices:
    """It is not clear who is meant; (id, name) pairs, best first; empty when nothing is like it."""

    names: tuple[tuple[int, str], ...]


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """The key of a name: compatibility forms and case folded, accents and invisible characters dropped, words spaced.

    A right-to-left override, a NUL or an emoji is no letter and disappears; "Ünïcode & Söhne" → "unicode sohne".
    Vowel signs of other scripts stay: without them different names would be one.
    """
    letters = []
    for char in unicodedata.normalize("NFKD", _SELECTORS.sub("", text[:400])).casefold():
        kind = unicodedata.category(char)
        if kind[0] in "LN" or kind == "Mc" or (kind == "Mn" and not _is_accent(char)):
            letters.append(char)
        elif kind[0] not in "MC" or char in "\t\n\r":
            letters.append(" ")
    return " ".join(unicodedata.normalize("NFC", "".join(letters)).split())


def _is_accent(mark: str) -> bool:
    """Accents, and the points of Hebrew and Arabic, by their Unicode combining class."""
    order = unicodedata.combining(mark)
    return order == 1 or 10 <= order <= 36 or order >= 200


def _trigrams(key: str) -> set[str]:
    padded = f"  {key} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


class NameIndex:
    """Immutable once built; build it in a thread when the catalogue is large (about 1.5 s for 100,000 names)."""

    def __init__(self, named: Iterable[Named], version: int = 0) -> None:
        self.version = version
        self._ids: list[int] = []
        self._names: list[str] = []
        self._keys: list[str] = []  # one per (customer, distinct key), a customer's keys next to each other
        self._first: array[int] = array("L")  # customer number → its first key
        self._owner: array[int] = array("L")  # key number → customer number
        self._exact: dict[str, list[int]] = {}
        postings: defaultdict[str, array[int]] = defaultdict(lambda: array("L"))
        suffixes: list[tuple[str, int]] = []
        for one in named:
            number = len(self._ids)
            self._ids.append(one.customer_id)
            self._names.append(one.name)
            self._first.append(len(self._keys))
            for key in dict.fromkeys(filter(None, map(fold, (one.name, *one.aliases)))):
                at = len(self._keys)
                self._keys.append(key)
                self._owner.append(number)
                self._exact.setdefault(key, []).append(number)
                suffixes.append((key, at))
                suffixes += [(key[i + 1 :], at) for i, char in enumerate(key) if char == " "]
                for gram in _trigrams(key):
                    postings[gram].append(at)
        suffixes.sort()
        self._suffixes = [suffix for suffix, _ in suffixes]
        self._suffix_key = array("L", (at for _, at in suffixes))
        self._postings = dict(postings)

    def __len__(self) -> int:
        return len(self._ids)

    def resolve(self, query: str) -> Found | Choices:
        """Who is meant by `query`; never a guess."""
        key = fold(query)
        if not key:
            return Choices(())
        if called := self._called(key):
            return self._decide(called)
        starting, within = self._prefixed(key, PREFIXED)
        if len(starting) + len(within) >= PREFIXED:
            return self._choices(starting or within)
        if starting:
            return self._decide(starting)
        if within:
            return self._decide(within) if len(key) >= LETTERS else self._choices(within)
        ranked = self._similar(key)
        if not ranked:
            return Choices(())
        (best, score, at), rest = ranked[0], ranked[1:]
        clear = not rest or score - rest[0][1] >= MARGIN
        if score >= SIMILAR and clear and len(key) >= LETTERS and not _is_part(key, self._keys[at]):
            return Found(self._ids[best])
        return self._choices([number for number, _, _ in ranked])

    def exact(self, text: str) -> int | None:
        """The customer with exactly this name, else with this alias or slug; None when nobody or more than one is."""
        numbers = set(self._called(fold(text)))
        return self._ids[numbers.pop()] if len(numbers) == 1 else None

    def typeahead(self, typed: str, limit: int = 20) -> tuple[tuple[int, str], ...]:
        """Names for a select that loads as somebody types: prefixes of any word first, then typing mistakes."""
        key = fold(typed)
        if not key:
            first = range(min(limit, len(self._ids)))
            return tuple((self._ids[n], self._names[n]) for n in first)
        starting, within = self._prefixed(key, limit)
        numbers = list(dict.fromkeys(self._exact.get(key, []) + starting + within))
        if len(numbers) < limit and len(key) >= LETTERS:
            numbers = list(dict.fromkeys(numbers + [number for number, _, _ in self._similar(key, limit)]))
        return tuple((self._ids[n], self._names[n]) for n in numbers[:limit])

    def _called(self, key: str) -> list[int]:
        """Customers whose name is `key`; when there is none, those with such an alias or slug."""
        exact = self._exact.get(key, [])
        return [number for number in exact if self._keys[self._first[number]] == key] or exact

    def _decide(self, numbers: Sequence[int]) -> Found | Choices:
        distinct = list(dict.fromkeys(numbers))
        return Found(self._ids[distinct[0]]) if len(distinct) == 1 else self._choices(distinct)

    def _choices(self, numbers: Sequence[int]) -> Choices:
        return Choices(tuple((self._ids[n], self._names[n]) for n in list(dict.fromkeys(numbers))[:CHOICES]))

    def _prefixed(self, key: str, limit: int) -> tuple[list[int], list[int]]:
        """Customers with a name that starts with `key`, and those where a later word does."""
        starting: dict[int, None] = {}
        within: dict[int, None] = {}
        at = bisect_left(self._suffixes, key)
        while at < len(self._suffixes) and len(starting) + len(within) < limit:
            suffix = self._suffixes[at]
            if not suffix.startswith(key):
                break
            number = self._suffix_key[at]
            (starting if suffix == self._keys[number] else within)[self._owner[number]] = None
            at += 1
        return list(starting), [n for n in within if n not in starting]

    def _similar(self, key: str, limit: int = CHOICES) -> list[tuple[int, float, int]]:
        """(customer number, WRatio, number of the key that is so similar) of the best few, best first."""
        from rapidfuzz import fuzz, process  # only a typing mistake needs it

        counts: dict[int, int] = {}
        looked_at = 0
        grams = sorted((self._postings[g] for g in _trigrams(key) if g in self._postings), key=len)
        for posting in grams:
            if looked_at and looked_at + len(posting) > POSTINGS:
                break
            looked_at += len(posting)
            for at in posting:
                counts[at] = counts.get(at, 0) + 1
        best = sorted(counts, key=lambda at: (-counts[at], abs(len(self._keys[at]) - len(key))))[:CANDIDATES]
        keys = {at: self._keys[at] for at in best}
        ranked: dict[int, tuple[int, float, int]] = {}
        for _text, score, at in process.extract(key, keys, scorer=fuzz.WRatio, limit=None, score_cutoff=SUGGESTED):
            ranked.setdefault(self._owner[at], (self._owner[at], score, at))
        return list(ranked.values())[:limit]


def _is_part(key: str, other: str) -> bool:
    """A word, or more letters than a slip, left out or added: "ace" in "palace" scores 90 and means nothing."""
    words, others = set(key.split()), set(other.split())
    if words < others or others < words:
        return True
    if key not in other and other not in key:
        return False
    from rapidfuzz import fuzz

    return fuzz.ratio(key, other) < SIMILAR
