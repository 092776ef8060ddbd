"""xinfu (信符): the trusted data space in a box.

Reading order: `dsp`, `odrl`, `evidence`, `credentials`, `certificates` are the rules, as pure values; `ports` are the
interfaces of the core to the outside; `services` are the use cases; `node` builds the parts. `xinfu.client` is for
users.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import `xinfu.connect` when it is first used, so that importing xinfu is cheap."""
    if name == "connect":
        return import_module("xinfu.client").connect
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
