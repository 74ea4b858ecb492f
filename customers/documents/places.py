"""Where a customer is: `**Timezone:**`, `**Country:**` and `**Slack channel:**`. Absent or wrong means unknown."""

import difflib
import re
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from customers.documents.findings import Say

_PACKED = (
    "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCR"
    "CUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHU"
    "IDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQ"
    "MRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSI"
    "SJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW"
)
COUNTRIES = frozenset(_PACKED[at : at + 2] for at in range(0, len(_PACKED), 2))
"""ISO 3166-1 alpha-2, and XK, which everybody uses for Kosovo."""

_CHANNEL = re.compile(r"<?#?(?P<name>[\w-]{1,80})>?")
_LINKED = re.compile(r"<#(?P<id>[CG][A-Z0-9]{6,12})(?:\|[^>]*)?>")
_MEANT = {"UK": "GB", "EN": "GB", "EL": "GR", "USA": "US", "GER": "DE", "JA": "JP"}


def timezone_of(value: str, say: Say) -> str | None:
    """An IANA zone that this system knows: `Europe/Berlin`."""
    if is_zone(value):
        return value
    say(f"“{value[:60]}” is not a time zone.", _suggestion(value))
    return None


@lru_cache(maxsize=1024)
def is_zone(name: str) -> bool:
    """Whether the name is in the IANA database; a path or an abbreviation such as `PST` is not."""
    if not re.fullmatch(r"[A-Za-z]+(?:/[A-Za-z0-9_+-]+){1,2}|UTC|GMT", name):
        return False
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


@lru_cache(maxsize=256)
def _suggestion(value: str) -> str:
    folded = {zone.casefold(): zone for zone in available_timezones()}
    wanted = value[:60].strip().replace(" ", "_").casefold()
    ending = [zone for key, zone in sorted(folded.items()) if key.rpartition("/")[2] == wanted.rpartition("/")[2]]
    close = ending or [folded[key] for key in difflib.get_close_matches(wanted, folded, n=1, cutoff=0.8)]
    return f"Did you mean {close[0]}?" if close else "Write it as Area/City, for example Europe/Berlin."


def country_of(value: str, say: Say) -> str | None:
    """A country's ISO code of two letters: `DE`."""
    code = value.upper()
    if code in COUNTRIES:
        return code
    meant = _MEANT.get(code)
    say(
        f"“{value[:60]}” is not a country code.",
        f"Did you mean {meant}?" if meant else "Write the ISO code of two letters, for example DE or US.",
    )
    return None


def channel_of(value: str, say: Say) -> str | None:
    """A channel's name with its `#`, or its id as Slack writes it: `#acme-team`, `C0123456789`."""
    if linked := _LINKED.fullmatch(value):
        return linked["id"]
    match = _CHANNEL.fullmatch(value)
    if match is None:
        say(f"“{value[:60]}” is not a channel name.", "Write it as Slack shows it, for example #acme.")
        return None
    name = match["name"]
    return name if re.fullmatch(r"[CG][A-Z0-9]{8,12}", name) else f"#{name.lower()}"
