"""What is made from the program: the pages of docs/reference, and a stub. `make docs` writes them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tests.docs import (
    api,
    codes,
    commands,
    handles,
    interfaces,
    levels,
    management,
    observability,
    states,
    terms,
    words,
)

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs" / "reference"

PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "api.md": api.page,
    "commands.md": commands.page,
    "contract-interfaces.md": interfaces.page,
    "errors.md": codes.page,
    "levels.md": levels.page,
    "management-api.md": management.page,
    "observability.md": observability.page,
    "states.md": states.page,
    "terms.md": terms.page,
    "words.md": words.page,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
    handles.PATH.write_text(handles.stub(), encoding="utf-8")
