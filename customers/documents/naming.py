"""Names of customers: the slug that identifies one, the title in a heading, and names that nobody has yet."""

import hashlib
import re
import unicodedata

LONGEST = 80  # characters of a slug; a longer one is cut and made unique with a digest

_QUALIFIER = re.compile(r"\s*\([^()]*\)\s*$")
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i", "ħ": "h"})
_ACCENTS = re.compile("[\u0300-\u036f]")
_PLACEHOLDER = re.compile(r"\[[^\]]*\]|<[^>]*>|\{[^}]*\}|_?\(?to be added.*", re.IGNORECASE)
_LINK = re.compile(r"\[([^\[\]]+)\]\([^()]*\)")
_EMPHASIS = re.compile(r"(\*\*|__|\*|_|`)(?=\S)(.+)(?<=\S)\1")


def slug_of(name: str) -> str:
    """The identity of a customer: "Demo Account (Internal Testing)" → "demo-account".

    The bracketed qualifier at the end is dropped, case and accents are folded, everything but letters and digits
    becomes a hyphen. Letters of other scripts stay as they are; a name without letters gets a digest of itself.
    """
    base = _QUALIFIER.sub("", name[:10_000])
    return _hyphenated(base) or _hyphenated(name[:10_000]) or f"customer-{_digest(name)}"


def _hyphenated(text: str) -> str:
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    folded = unicodedata.normalize("NFC", _ACCENTS.sub("", folded).translate(_LETTERS))
    kept = "".join(char if unicodedata.category(char)[0] in "LNM" else " " for char in folded)
    slug = "-".join(kept.split())
    if len(slug) <= LONGEST:
        return slug
    return f"{slug[: LONGEST - 9].strip('-')}-{_digest(slug)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def title_of(heading: str) -> str:
    """The name in a heading's text, without a link or emphasis around the whole: "[Acme](acme.md)" → "Acme"."""
    title = heading.strip()
    for pattern, group in ((_LINK, 1), (_EMPHASIS, 2)):
        if match := pattern.fullmatch(title):
            title = match[group].strip()
    return title


def is_placeholder(title: str) -> bool:
    """Whether nobody has put a name here yet: `[Customer Name]` of the template, or nothing at all."""
    return not title or _PLACEHOLDER.fullmatch(title) is not None
