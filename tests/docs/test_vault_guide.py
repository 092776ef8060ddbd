"""The Python of docs/how-to/use-the-vault.md runs as it stands on the page."""

import asyncio
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.nodes import OPEN, world

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "use-the-vault.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.slow
async def test_the_guide_runs_as_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with world(tmp_path) as nodes:
        path = nodes.provider.folder / "air.parquet"
        pq.write_table(
            pa.table({"station": ["songjia", "yuelu"] * 2, "pm25": [80.0, 60.0, 90.0, 70.0]}), path
        )
        form = {"asset": {"id": "air", "source": {"kind": "file", "path": str(path)}}, "policy": OPEN}
        await nodes.provider.post("/publications", form)
        names = {
            "lab_url": nodes.consumer.urls["management"],
            "lab_key": nodes.consumer.api_key,
            "bureau_did": nodes.provider.did,
        }
        code = compile("\n".join(BLOCK.findall(PAGE.read_text(encoding="utf-8"))), str(PAGE), "exec")
        await asyncio.to_thread(exec, code, names)
    assert capsys.readouterr().out.splitlines() == ["75.0", str(path.stat().st_size), "4"]
