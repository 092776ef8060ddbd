"""The Python of docs/how-to/use-from-python.md runs as it stands on the page."""

import asyncio
import re
from pathlib import Path

import pytest
from tests.nodes import world

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "use-from-python.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.slow
async def test_the_python_guide_runs_as_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with world(tmp_path) as nodes:
        folder = nodes.provider.folder
        (folder / "air.csv").write_text("hour,pm25\n0,81\n")
        names = {
            "bureau_url": nodes.provider.urls["management"],
            "bureau_key": nodes.provider.api_key,
            "lab_url": nodes.consumer.urls["management"],
            "lab_key": nodes.consumer.api_key,
            "folder": folder,
        }
        code = compile("\n".join(BLOCK.findall(PAGE.read_text(encoding="utf-8"))), str(PAGE), "exec")
        await asyncio.to_thread(exec, code, names)
        assert (folder / "copy.csv").read_bytes() == (folder / "air.csv").read_bytes()
    said = capsys.readouterr().out
    assert "purpose is research" in said
    assert "purpose.not-included" in said
