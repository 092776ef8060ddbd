"""Both APIs are called as their OpenAPI pages say and as they do not say, by schemathesis: it finds nothing.

What it makes up is the same in each run. One of its checks is left out: a body that is well-formed may still be
refused for what it says, a policy that permits nothing or a file that is not there, and that is a 400 with its code.
The stream of events is left out as well: it is an answer without an end. Nothing is waited for that never comes.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from tests.nodes import Site, site

LONGEST_S = 300
"""A run takes about a minute; this only bounds one that hangs."""
SETTINGS = """[parameters]
"query.wait" = 0
"""
OPTIONS = (
    "--generation-deterministic",
    "--phases=examples,coverage,fuzzing",
    "--max-examples=8",
    "--exclude-checks=positive_data_acceptance",
    "--exclude-path=/api/v1/events",
    "--suppress-health-check=all",
    "--request-timeout=60",
    "--warnings=off",
    "--no-color",
)


@pytest_asyncio.fixture
async def node(tmp_path: Path) -> AsyncIterator[Site]:
    async with aiohttp.ClientSession() as session, site(tmp_path / "provider", session) as made:
        yield made


@pytest.mark.slow
@pytest.mark.timeout(LONGEST_S + 30)
@pytest.mark.parametrize("page", ["/api/v1/openapi.json", "/management/openapi.json"])
async def test_generated_calls_find_nothing(node: Site, tmp_path: Path, page: str) -> None:
    (tmp_path / "schemathesis.toml").write_text(SETTINGS)
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        node.urls["management"] + page,
        f"--header=X-Api-Key: {node.api_key}",
        *OPTIONS,
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), LONGEST_S)
    except TimeoutError:
        process.kill()
        said, _ = await process.communicate()
    told = said.decode(errors="replace")
    assert process.returncode == 0, told[:8000]
    assert " passed" in told
