"""Logs for operators: one line per event, ids and kinds only. Tokens and customer text never get here.

An exception is logged as its type and the places it passed; its message is left out, because drivers and validators
like to quote what they were given.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog


def _places(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    problem = event.pop("exc_info", None)
    if problem is True:
        problem = sys.exc_info()[1]
    if isinstance(problem, tuple):
        problem = problem[1]
    if isinstance(problem, BaseException):
        frames = traceback.extract_tb(problem.__traceback__)
        event["error"] = type(problem).__name__
        event["at"] = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames[-6:]))
    return event


class _KindOnly(logging.Handler):
    """Foreign libraries' records: their logger, their level, and the constant part of their text."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().log(
            record.levelno,
            "library",
            logger=record.name,
            said=record.msg[:200] if record.args and isinstance(record.msg, str) else _first_words(record),
            exc_info=record.exc_info,
        )


def _first_words(record: logging.LogRecord) -> str:
    """An interpolated text may quote a payload: only its first words, up to the first sign of a value."""
    words = str(record.msg).split("\n")[0]
    for sign in ("(", ":", "{", "<", "'", '"'):
        words = words.split(sign)[0]
    return words[:80]


def set_up(level: str) -> None:
    """Everything goes to standard error, as key=value lines."""
    structlog.configure(
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.add_log_level,
            _places,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.root.handlers[:] = [_KindOnly()]
    logging.root.setLevel(max(logging.WARNING, getattr(logging, level)))
