"""Why Dossier paused a weekly digest by itself, and what to do about it, in words."""

from customers.digests import UNKNOWN_ZONE

_REASONS = {
    UNKNOWN_ZONE: "its time zone is not known here",
    "outsiders": "people from outside your organisation can read there",
    "is_archived": "the channel is archived",
    "not_in_channel": "Dossier is not in the channel",
    "channel_not_found": "Slack does not show Dossier the channel any more",
    "user_not_in_channel": "Dossier is not in the channel",
    "no_permission": "Dossier may not post in the channel",
}
_READ_ONLY = "restricted_action"  # and what begins so
_INVITE = "Type /invite @Dossier in the channel, then /digest resume."
_MEND = {
    UNKNOWN_ZONE: "Choose another one with /digest here in the channel, then type /digest resume.",
    "outsiders": "Subscribe an internal channel with /digest here, or type /digest resume when this one is internal.",
    "is_archived": "Bring the channel back and type /digest resume there, or subscribe another one with /digest here.",
    "not_in_channel": _INVITE,
    "user_not_in_channel": _INVITE,
    "channel_not_found": "Type /invite @Dossier in the channel, then /digest resume; or subscribe another one with "
    "/digest here.",
}
_OTHERWISE = "Mend that and type /digest resume there, or subscribe another channel with /digest here."


def reason_words(why: str) -> str:
    """Why it is paused, from Slack's code."""
    if why.startswith(_READ_ONLY):
        return "only some people may post in the channel, and Dossier is none of them"
    return _REASONS.get(why, f"Slack refused it ({why})")


def mend_words(why: str) -> str:
    """What makes it go on."""
    return _MEND.get(why, _OTHERWISE)
