"""Fetches a kit's published jars once, runs its tests in a Java process, reads one result a line.

A kit is a list of jars (`jars/<kit>.xml`) and one launcher (`jars/TckLauncher.java`). Java 17 or newer and Maven
are found on the PATH; without them nothing is started and the error says what to install.
"""

import asyncio
import hashlib
import os
import re
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from enum import StrEnum
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

import msgspec

from xinfu.cli import errors

_LINE: Final = re.compile(r"^(PASS|FAIL|SKIP) (.+?)(?: -- (.*))?$")

_PACKAGES: Final[Mapping[str, tuple[str, str]]] = {
    "dsp": (
        "org.eclipse.dataspacetck.dsp.verification",
        "org.eclipse.dataspacetck.dsp.system.DspSystemLauncher",
    ),
}


class TestOutcome(StrEnum):
    """The outcome of a test."""

    PASS = "PASS"  # noqa: S105 - a word of the kit, no password
    FAIL = "FAIL"
    SKIP = "SKIP"


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a test. `name` begins with the test's id, for example "CN:01-01: Verify ..."."""

    outcome: TestOutcome
    name: str
    reason: str = ""


def read_line(line: str) -> Result | None:
    """Read a line of the launcher's output; None if it is not the result of a test."""
    match = _LINE.match(line.strip())
    if match is None:
        return None
    return Result(outcome=TestOutcome(match[1]), name=match[2], reason=match[3] or "")


def tool(name: str, package: str) -> str:
    """Return the path of a program.

    Raises:
        ConfigError: `kit.tool-missing`.
    """
    path = shutil.which(name)
    if path is None:
        raise errors.KIT_TOOL_MISSING(tool=name, package=package)
    return path


def jar_folder(kit: str) -> Path:
    """Return the folder of the kit's jars; another list of jars has another folder."""
    listed = files("xinfu.cli.kits").joinpath("jars", f"{kit}.xml").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "xinfu" / f"{kit}-kit-{hashlib.sha256(listed).hexdigest()[:16]}"


def free_port() -> int:
    """Return a loopback port that was free a moment ago, for the kit to listen on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def fetch(kit: str) -> Path:
    """Return the folder of the kit's jars, fetched by Maven the first time, whole or not at all.

    Raises:
        ConfigError: `kit.tool-missing`.
        PeerError: `kit.unreachable`, when Maven could not fetch the jars.
    """
    folder = jar_folder(kit)
    if folder.is_dir():
        return folder
    maven = tool("mvn", "maven")
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    try:
        await _copy_jars(maven, kit, new)
        new.chmod(0o755)
        with suppress(OSError):  # somebody else was faster
            new.rename(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return folder


async def _copy_jars(maven: str, kit: str, folder: Path) -> None:
    with as_file(files("xinfu.cli.kits").joinpath("jars", f"{kit}.xml")) as listed:
        command = [
            maven,
            "-q",
            "-B",
            "-Dstyle.color=never",
            "-f",
            str(listed),
            "dependency:copy-dependencies",
        ]
        process = await asyncio.create_subprocess_exec(
            *command,
            "-DincludeScope=runtime",
            f"-DoutputDirectory={folder}",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
    if process.returncode != 0:
        raise errors.KIT_UNREACHABLE(said=_last_line(said))


def _last_line(said: bytes) -> str:
    lines = [line for line in said.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "no output"


async def run(kit: str, *, properties: Path, report: Path, pattern: str = "") -> AsyncIterator[Result]:
    """Run the kit and yield each test's result as it ends.

    Args:
        properties: the kit's configuration.
        report: where its JUnit-like report is written.
        pattern: a Java regular expression; only tests whose name it is found in. Empty: all.

    Raises:
        ConfigError: `kit.tool-missing`.
        PeerError: `kit.unreachable`, or `kit.broken` when it ended without a result.
    """
    java = tool("java", "default-jdk-headless")
    tool("javac", "default-jdk-headless")
    jars = await fetch(kit)
    package, launcher = _PACKAGES[kit]
    with as_file(files("xinfu.cli.kits").joinpath("jars", "TckLauncher.java")) as source:
        arguments = [
            str(source),
            package,
            launcher,
            str(properties),
            str(report),
            *([pattern] if pattern else []),
        ]
        process = await asyncio.create_subprocess_exec(
            *(java, "-cp", f"{jars}/*", *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        found = 0
        try:
            async for result in _results(process):
                found += 1
                yield result
            await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if not found:
        raise errors.KIT_BROKEN()


async def _results(process: asyncio.subprocess.Process) -> AsyncIterator[Result]:
    if process.stdout is None:
        return
    async for line in process.stdout:
        result = read_line(line.decode(errors="replace"))
        if result is not None:
            yield result
