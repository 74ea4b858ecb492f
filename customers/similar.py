"""Finding requests that say the same thing: "SSO with Okta" and "Okta SSO login".

Two titles are alike when they share words, and the more so the rarer the words. Words are compared by their stems,
long ones by their beginning, and a word that no title has by a letter or two of difference. Order does not count.
"""

import heapq
import math
import re
from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from customers.names import fold

SIMILAR = 0.46  # score from which a title is worth showing …
NEAR_BEST = 0.7  # … and share of the best score
LETTERS = 3  # a shorter title says nothing
LENGTH = 300  # characters of a title that are read …
WORDS = 16  # … and different words
POSTINGS = 20_000  # titles looked at for one query, those with its rarest words first
RANKED = 100  # titles ranked exactly for one query
VARIANTS = 6  # known words that one word may stand for
BEGINNING = 7  # letters that two forms of a long word begin with …
SHARE = 0.6  # … and the share of the longer one they are
SHORTENED = 3  # letters that a short form leaves out at least: "auth" is authentication, "mode" is no model
FORM = 0.9  # how much another form of a word counts …
SLIP = 0.8  # … and one typed wrongly
LONE = 0.7  # what one shared word is worth where both titles have more
RAREST = 2000  # a word in fewer than one of so many titles weighs no more than one in so many

# Words that say nothing about what is wanted; they count only where a title has no others.
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        """
        a an the to of for in on with via and or by from at as is be are we our us i my you your it its this that these
        can could would should will need needs want wants like please add adding support supports supporting allow
        allows enable ability able have has when if so into per using use not do does make provide feature request
        all any also because just more only than
        """,
    )
)
_LETTER_HYPHEN = re.compile(r"\b([^\W\d_])[-‐‑](?=[^\W\d_])")  # e-mail is email
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Known:
    """A request that exists: its title as written, how many customers want it, its status."""

    id: int
    title: str
    customers: int
    status: str


@dataclass(frozen=True, slots=True)
class Match:
    """A request that says much the same; `score` is `SIMILAR` or more, and 1.0 for the same words."""

    id: int
    title: str
    score: float
    customers: int
    status: str


def words(title: str) -> tuple[str, ...]:
    """The stems of a title's words, each once: "Exporting the reports" → export, report. Both parts of "sign-on"."""
    text = _LETTER_HYPHEN.sub(r"\1", title[:LENGTH])
    typed = re.findall(r"[a-z0-9]+", text.lower()) if text.isascii() else _split(fold(text))
    telling = [word for word in typed if word not in _EMPTY] or typed
    return tuple(dict.fromkeys(map(stem, telling)))[:WORDS]


def _split(key: str) -> list[str]:
    """Words of folded text; scripts that write no spaces give pairs of letters instead."""
    found: list[str] = []
    for word in key.split():
        if len(word) > 2 and _UNSPACED.fullmatch(word):
            found += [word[at : at + 2] for at in range(len(word) - 1)]
        else:
            found.append(word)
    return found


@lru_cache(maxsize=16_384)
def stem(word: str) -> str:
    """A word without the endings that English plurals and verbs have; always the same for the same word."""
    if word.endswith("ies") and len(word) > 5:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word[: -len(ending)]
            if word[-1] == word[-2] and word[-1] not in "ls":
                word = word[:-1]  # logging → log
    if word.endswith("e") and len(word) > 4:
        return word[:-1]  # share, sharing
    return word


class SimilarIndex:
    """All requests by their words. Build it in a thread when there are many (about a second for 50,000).

    `add` and `remove` change it in place; they and `find` belong to one thread. `version` is the owner's mark.
    """

    def __init__(self, items: Iterable[Known] = (), version: int = 0) -> None:
        self.version = version
        self._items: list[Known | None] = []  # by number; None is removed
        self._numbers: dict[int, int] = {}  # id → number
        self._terms: dict[str, int] = {}
        self._sorted: list[str] = []  # the same terms, for beginnings
        self._postings: list[array[int]] = []  # term → numbers of the titles with it
        self._first: array[int] = array("L", [0])  # number → where its terms begin in _used; one more at the end
        self._used: array[int] = array("L")
        for item in items:
            self._append(item)
        self._sorted = sorted(self._terms)
        self._weights = array("f", (sum(map(self._weight, self._of(at))) for at in range(len(self._items))))

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, item: Known) -> None:
        """Add one, or replace the one with its id."""
        number = self._numbers.get(item.id)
        known = None if number is None else self._items[number]
        if number is not None and known is not None and known.title == item.title:
            self._items[number] = item
            return
        self.remove(item.id)
        for term in self._append(item):
            insort(self._sorted, term)
        self._weights.append(sum(map(self._weight, self._of(len(self._items) - 1))))

    def remove(self, id: int) -> None:
        """Forget one; nothing happens when it is not here."""
        number = self._numbers.pop(id, None)
        if number is not None:
            self._items[number] = None

    def find(self, title: str, limit: int = 3) -> tuple[Match, ...]:
        """The requests most like `title`, best first, then those of more customers, then the older ones."""
        asked = words(title)
        if sum(map(len, asked)) < LETTERS:
            return ()
        variants = self._variants(asked)
        wanted = [self._asked_weight(meant) for meant in variants]
        scored = []
        for number in self._candidates(variants, wanted):
            item = self._items[number]
            score = self._score(variants, wanted, number)
            if item is not None and score >= SIMILAR:
                scored.append(Match(item.id, item.title, round(score, 2), item.customers, item.status))
        scored.sort(key=lambda match: (-match.score, -match.customers, match.id))
        return tuple(match for match in scored[:limit] if match.score >= NEAR_BEST * scored[0].score)

    def _append(self, item: Known) -> list[str]:
        """Store it and return the terms that are new."""
        number, fresh = len(self._items), []
        self._items.append(item)
        self._numbers[item.id] = number
        for term in words(item.title):
            at = self._terms.setdefault(term, len(self._postings))
            if at == len(self._postings):
                self._postings.append(array("L"))
                fresh.append(term)
            self._postings[at].append(number)
            self._used.append(at)
        self._first.append(len(self._used))
        return fresh

    def _of(self, number: int) -> "array[int]":
        return self._used[self._first[number] : self._first[number + 1]]

    def _weight(self, term: int) -> float:
        """Inverse document frequency, bounded, so that one odd word does not outweigh all others."""
        total = len(self._items)
        return math.log(1 + total / max(len(self._postings[term]), total / RAREST))

    def _asked_weight(self, meant: dict[int, float]) -> float:
        """Of a word somebody typed: that of the best known word it stands for; a word nobody used is a rare one."""
        if meant:
            return self._weight(max(meant, key=lambda term: meant[term]))
        return math.log(1 + min(len(self._items), RAREST))

    def _variants(self, asked: Sequence[str]) -> list[dict[int, float]]:
        """Per word, the terms it may stand for and how well (up to 1). Two words may be one: "web hook"."""
        found: list[dict[int, float]] = []
        joined: dict[int, float] = {}
        for at, word in enumerate(asked):
            meant = dict(joined)
            joined = {}
            both = stem(word + asked[at + 1]) if at + 1 < len(asked) else ""
            if both in self._terms:
                joined = {self._terms[both]: 1.0}
                meant |= joined
            found.append(meant | self._standing_for(word))
        return found

    def _standing_for(self, word: str) -> dict[int, float]:
        """The word itself and other forms of it; when nobody ever used it, what it may be short for, or a slip of."""
        letters = _beginning(word)
        forms = self._beginning(word[:letters]) if len(word) >= letters else []
        meant = {word: 1.0} if word in self._terms else {}
        meant |= {other: FORM for other in forms if other != word and _are_forms(word, other)}
        if not meant and len(word) >= 4 and word.isalpha():
            longer = [other for other in self._beginning(word) if len(other) >= len(word) + SHORTENED]
            meant = dict.fromkeys(sorted(longer, key=len) or self._slips(word), SLIP)
        return {self._terms[other]: quality for other, quality in list(meant.items())[:VARIANTS]}

    def _beginning(self, letters: str) -> list[str]:
        low = bisect_left(self._sorted, letters)
        return self._sorted[low : bisect_left(self._sorted, letters + "\U0010ffff", low)]

    def _slips(self, word: str) -> list[str]:
        """Known words with the same first letter that differ by a slip: one letter, two in words of eight or more.

        In a word of four letters only two that changed places; anything else is another word there.
        """
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        allowed = 2 if len(word) >= 8 else 1
        others = [other for other in self._beginning(word[0]) if abs(len(other) - len(word)) <= allowed]
        near = process.extract(word, others, scorer=OSA.distance, score_cutoff=allowed, limit=None)
        near.sort(key=lambda one: (one[1], one[0]))
        return [other for other, _, _ in near if len(word) > 4 or sorted(other) == sorted(word)]

    def _candidates(self, variants: Sequence[dict[int, float]], wanted: Sequence[float]) -> list[int]:
        """Numbers of the titles that share most with what is asked, found by its rarest words."""
        sizes = [sum(len(self._postings[term]) for term in meant) for meant in variants]
        order = sorted((at for at in range(len(variants)) if sizes[at]), key=lambda at: sizes[at])
        shared: dict[int, float] = {}
        looked_at = 0
        for at in order:
            looked_at += sizes[at]
            if shared and looked_at > POSTINGS:
                break
            with_it: dict[int, float] = {}
            for term, quality in sorted(variants[at].items(), key=lambda one: one[1]):
                with_it |= dict.fromkeys(self._postings[term], quality * wanted[at])
            if not shared:
                shared = with_it
                continue
            for number, weight in with_it.items():
                shared[number] = shared.get(number, 0.0) + weight
        total, weights = sum(wanted), self._weights
        return heapq.nsmallest(
            RANKED, shared, key=lambda number: (-shared[number] / total - shared[number] / weights[number], number)
        )

    def _score(self, variants: Sequence[dict[int, float]], wanted: Sequence[float], number: int) -> float:
        """How alike: mostly how much of one title is in the other, and how much they have in common."""
        places = {term: at for at, term in enumerate(self._of(number))}
        weights = [self._weight(term) for term in places]
        covered = [0.0] * len(weights)
        shared, common = 0.0, 0
        for meant, weight in zip(variants, wanted, strict=True):
            best, at = max(
                ((quality, places[term]) for term, quality in meant.items() if term in places), default=(0, 0)
            )
            covered[at] = max(covered[at], best)
            shared += best * weight
            common += best > 0
        in_known = shared / sum(wanted)
        in_asked = sum(share * weight for share, weight in zip(covered, weights, strict=True)) / sum(weights)
        if common == 1 and len(variants) > 1:
            in_asked *= LONE  # a title of one word is not the same as a longer one that has it
            in_known *= LONE if len(weights) > 1 else 1.0
        return 0.6 * max(in_known, in_asked) + 0.8 * in_known * in_asked / (in_known + in_asked)


def _beginning(word: str) -> int:
    """Letters that two forms of a word must share at its beginning; fewer where endings are not those of English."""
    return BEGINNING if word.isascii() else BEGINNING - 2


def _are_forms(one: str, other: str) -> bool:
    """Two words that begin alike for most of their length: "configuration" and "configure"."""
    from rapidfuzz.distance import Prefix

    alike = Prefix.similarity(one, other)
    return alike >= _beginning(one) and alike >= SHARE * max(len(one), len(other))
