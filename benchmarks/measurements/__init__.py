"""Every measurement, one a file, in the order of the page."""

from importlib import import_module
from types import ModuleType

NAMES = (
    "http",
    "listeners",
    "blocks",
    "catalogue",
    "captured",
    "typeahead",
    "similar",
    "submit",
    "drain",
    "ticks",
    "watch",
    "digest",
    "feed",
    "socket",
    "import-latency",
    "import",
    "start",
)
LONG = ("watch-million",)  # only when they are named


def module_of(name: str) -> ModuleType:
    """The module with `measure`; imported when it is run, because each one imports what it measures."""
    return import_module(f"benchmarks.measurements.{name.replace('-', '_') if name != 'import' else 'import_'}")
