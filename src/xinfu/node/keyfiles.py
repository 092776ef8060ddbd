"""Files that hold one key or password alone, readable by their owner alone."""

from pathlib import Path
from typing import Final

SHORTEST: Final = 16


def own_key(path: Path) -> str | None:
    """The key in a file that its owner alone can read; None when there is none worth the name."""
    try:
        loose = path.stat().st_mode & 0o077
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return None if loose or len(key) < SHORTEST else key
