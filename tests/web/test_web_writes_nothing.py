"""web decodes, calls one verb of the services and encodes: it opens no write step and stops no stream itself."""

import ast
from pathlib import Path

import pytest

import xinfu.web

_WEB = Path(xinfu.web.__file__).parent
_FORBIDDEN = {"step", "stop_running"}


def _calls(text: str) -> list[str]:
    """The forbidden calls of a module: `x.step(…)`, `stop_running(…)`, `x.stop_running(…)`."""
    called = (node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    names = (
        (each, each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "")) for each in called
    )
    return [f"line {each.lineno}: {name}" for each, name in names if name in _FORBIDDEN]


@pytest.mark.parametrize("path", sorted(_WEB.rglob("*.py")), ids=lambda path: str(path.relative_to(_WEB)))
def test_a_module_of_web_opens_no_write_step(path: Path) -> None:
    assert _calls(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "text",
    [
        "async with parts.store.step(id) as step: pass",
        "transfer.stop_running(parts, record)",
        "stop_running(x)",
    ],
)
def test_such_a_call_is_found(text: str) -> None:
    text = f"async def handler():\n    {text}\n"
    assert len(_calls(text)) == 1
