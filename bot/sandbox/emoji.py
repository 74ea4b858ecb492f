"""The emoji shortcodes this workspace draws; an unknown one is shown as it was written.

Coloured circles carry meaning in health reports, so they are drawn by the page and need no emoji font.
"""

from __future__ import annotations

import html
import re

__all__ = ["drawn", "shown"]

_CIRCLE = re.compile(r"(?:large_)?(green|blue|orange|purple|yellow|red|black|white)_circle")

_EMOJI: dict[str, str] = {
    "+1": "👍",
    "-1": "👎",
    "alarm_clock": "⏰",
    "arrow_down": "⬇️",
    "arrow_lower_right": "↘️",
    "arrow_right": "➡️",
    "arrow_up": "⬆️",
    "arrow_upper_right": "↗️",
    "ballot_box_with_check": "☑️",
    "bar_chart": "📊",
    "bell": "🔔",
    "bookmark": "🔖",
    "books": "📚",
    "bug": "🐛",
    "bulb": "💡",
    "bust_in_silhouette": "👤",
    "busts_in_silhouette": "👥",
    "calendar": "📆",
    "chart_with_downwards_trend": "📉",
    "chart_with_upwards_trend": "📈",
    "clipboard": "📋",
    "date": "📅",
    "exclamation": "❗",
    "eyes": "👀",
    "fire": "🔥",
    "gear": "⚙️",
    "handshake": "🤝",
    "hammer_and_wrench": "🛠️",
    "heart": "❤️",
    "heavy_check_mark": "✔️",
    "hourglass": "⌛",
    "hourglass_flowing_sand": "⏳",
    "information_source": "ℹ️",
    "inbox_tray": "📥",
    "large_red_square": "🟥",
    "link": "🔗",
    "lock": "🔒",
    "mag": "🔍",
    "mega": "📣",
    "memo": "📝",
    "no_entry": "⛔",
    "office": "🏢",
    "package": "📦",
    "page_facing_up": "📄",
    "paperclip": "📎",
    "pencil2": "✏️",
    "pushpin": "📌",
    "question": "❓",
    "raised_hands": "🙌",
    "recycle": "♻️",
    "repeat": "🔁",
    "rocket": "🚀",
    "rotating_light": "🚨",
    "round_pushpin": "📍",
    "seedling": "🌱",
    "small_blue_diamond": "🔹",
    "sparkles": "✨",
    "speech_balloon": "💬",
    "star": "⭐",
    "stopwatch": "⏱️",
    "sunny": "☀️",
    "tada": "🎉",
    "thumbsup": "👍",
    "ticket": "🎫",
    "triangular_flag_on_post": "🚩",
    "wave": "👋",
    "warning": "⚠️",
    "white_check_mark": "✅",
    "wrench": "🔧",
    "x": "❌",
    "zap": "⚡",
}


def drawn(name: str) -> str | None:
    """Return an emoji as HTML, None when its name is not known."""
    if circle := _CIRCLE.fullmatch(name):
        return _dot(circle[1])
    return _EMOJI.get(name)


def shown(text: str) -> str:
    """Return plain text as HTML, with coloured circles drawn by the page."""
    return html.escape(text).translate(_CIRCLES)


def _dot(colour: str) -> str:
    return f'<span class="dot {colour}" role="img" aria-label="{colour} circle"></span>'


_COLOURS = {
    "🟢": "green",
    "🟡": "yellow",
    "🟠": "orange",
    "🔴": "red",
    "🔵": "blue",
    "🟣": "purple",
    "⚫": "black",
    "⚪": "white",
}
_CIRCLES = {ord(character): _dot(colour) for character, colour in _COLOURS.items()}
