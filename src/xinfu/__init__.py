"""xinfu (信符): the trusted data space in a box.

Reading order: `dsp`, `odrl`, `evidence`, `credentials`, `certificates` say what is true (pure values); `ports` says what
the inside needs; `services` are the use cases; `node` builds the parts. `xinfu.client` is for users.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`xinfu.connect`, imported when it is used: importing xinfu costs nothing."""
    if name == "connect":
        return import_module("xinfu.client").connect
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
