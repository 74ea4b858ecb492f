"""Small charts as PNG: usage of one customer, adoption of many. The words beside a chart say the same.

matplotlib takes half a second and 50 MiB to import, so nothing is imported before the first chart is drawn; it is not
made for threads, so one chart is drawn at a time. The colours are Okabe and Ito's, which colour-blind people can tell
apart; the ground is opaque, so that a chart reads the same in light and in dark. Nothing that people typed is drawn:
no font has all letters.
"""

import threading
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

from customers import weeks
from customers.facts import percent
from customers.model import Week

_INK, _FAINT, _GROUND = "#1d1c1d", "#d6d4d2", "#fbfaf8"
_BLUE, _VERMILION, _GREY = "#0072b2", "#d55e00", "#767472"
_WIDTH, _HEIGHT = 4.8, 1.9  # inches
_DOTS = 220  # an inch: twice what a screen shows
_one_at_a_time = threading.Lock()


def usage_chart(recent: Sequence[Week], seats: int | None, title: str = "Weekly active users") -> bytes:
    """Active users by week with the last one marked, and the seats as a line; `recent` in any order.

    A week that is missing is a gap.
    """
    active = {weeks.number(one.start): one.active for one in recent}
    shown = range(min(active), max(active) + 1) if active else ()
    with _one_at_a_time:
        figure, axes = _paper(title)
        _line(axes, [weeks.start(one) for one in shown], [float(active.get(one, "nan")) for one in shown])
        if shown:
            axes.annotate(str(active[shown[-1]]), (len(shown) - 1, active[shown[-1]]), **_LABEL)
        if seats:
            axes.axhline(seats, color=_GREY, linewidth=1, linestyle=(0, (4, 3)))
            axes.annotate(f"{seats} seats", (0, seats), **_ABOVE)
        top = max([*active.values(), seats or 0, 1])
        axes.set_ylim(0, top * 1.22)
        return _png(figure)


def adoption_chart(points: Sequence[tuple[date, float | None]], title: str = "Adoption") -> bytes:
    """Shares (0 to 1; None where nothing is known) by the Monday of their week, oldest first."""
    with _one_at_a_time:
        from matplotlib.ticker import MultipleLocator

        figure, axes = _paper(title)
        shares = [None if share is None else share * 100 for _, share in points]
        _line(axes, [day for day, _ in points], [float("nan") if one is None else one for one in shares])
        known = [(at, one) for at, one in enumerate(shares) if one is not None]
        if known:
            axes.annotate(percent(known[-1][1] / 100), known[-1], **_LABEL)
        axes.set_ylim(0, max([100.0, *(one for _, one in known)]) * 1.12)
        axes.yaxis.set_major_locator(MultipleLocator(25))
        axes.yaxis.set_major_formatter("{x:.0f} %")
        return _png(figure)


_LABEL: dict[str, Any] = {
    "xytext": (7, 0), "textcoords": "offset points", "color": _VERMILION, "fontsize": 9, "fontweight": "bold",
    "va": "center", "annotation_clip": False,
}  # fmt: skip
_ABOVE: dict[str, Any] = {
    "xytext": (0, 3), "textcoords": "offset points", "color": _GREY, "fontsize": 7, "ha": "left", "va": "bottom",
}  # fmt: skip


def _paper(title: str) -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(_WIDTH, _HEIGHT), dpi=_DOTS, facecolor=_GROUND, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_facecolor(_GROUND)
    axes.set_title(title, loc="left", fontsize=9, fontweight="bold", color=_INK, parse_math=False)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_FAINT)
    axes.grid(axis="y", color=_FAINT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=7.5, colors=_INK)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True, min_n_ticks=1))
    return figure, axes


def _line(axes: Any, days: Sequence[date], values: Sequence[float]) -> None:
    """The values with a dot each, the last one in another colour; weeks by their number."""
    at = range(len(days))
    axes.plot(at, values, color=_BLUE, linewidth=1.8, marker="o", markersize=3.2)
    if days:
        axes.plot([len(days) - 1], [values[-1]], color=_VERMILION, marker="o", markersize=5.5, clip_on=False)
    every = max(1, -(-len(days) // 7))
    ticks = [one for one in at if (len(days) - 1 - one) % every == 0]
    axes.set_xticks(ticks, [weeks.label(days[one])[5:] for one in ticks])
    axes.set_xlim(-0.4, max(len(days) - 1, 1) + 0.8)


def _png(figure: Any) -> bytes:
    made = BytesIO()
    figure.savefig(made, format="png", metadata={"Software": None})
    return made.getvalue()
