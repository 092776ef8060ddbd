"""A real server of the S3 API for tests: S3Proxy from its published jars, over a temporary folder, on a free port.

It checks signatures, conditions and ranges, and takes uploads in parts. obstore fills and reads it beside us, so what
we write is what others read. Over its folder a key of more than 255 bytes a part, a leading and a double slash are
not to be had; other keys are.
"""

import http.client
import os
import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

import obstore
from obstore.store import S3Store
from tests.conftest import absent

from xinfu.s3 import Bucket, Keys, request

HERE: Final = Path(__file__).parent / "s3proxy"
ACCESS: Final = "AKIATESTONLY"
SECRET: Final = "a secret that only tests know"
KEYS: Final = Keys(access=ACCESS, secret=SECRET)
REGION: Final = "us-east-1"
STOP_S: Final = 20
_SETTINGS: Final = """
s3proxy.authorization=aws-v4
s3proxy.endpoint=http://127.0.0.1:0
s3proxy.identity={identity}
s3proxy.credential={credential}
jclouds.provider=filesystem-nio2
jclouds.filesystem.basedir={folder}
"""
_OF_THE_SERVER: Final = re.compile(r"\.mpus-.*|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LISTENS: Final = re.compile(r"\{127\.0\.0\.1:(\d+)\}")


class FilledBucket:
    """A bucket of the server, seen by a client that is not ours."""

    def __init__(self, endpoint: str, name: str) -> None:
        self.endpoint = endpoint
        self.name = name
        self.ours = Bucket(endpoint=endpoint, region=REGION, name=name)
        self.theirs = S3Store(
            name,
            endpoint=endpoint,
            region=REGION,
            access_key_id=ACCESS,
            secret_access_key=SECRET,
            client_options={"allow_http": True},
        )

    def put(self, key: str, content: bytes | Path) -> None:
        """Store an object; a large file goes up in parts."""
        obstore.put(self.theirs, key, content)

    def put_exactly(self, key: str, content: bytes) -> None:
        """Store an object under a key that obstore does not take."""
        self._send("PUT", key, content)

    def get(self, key: str) -> bytes:
        """The content of an object."""
        return bytes(obstore.get(self.theirs, key).bytes())

    def visible(self) -> list[str]:
        """The keys of all objects. The server keeps uploads beside them, under names of its own."""
        listed = [each["path"] for page in obstore.list(self.theirs) for each in page]
        return sorted(key for key in listed if not _OF_THE_SERVER.fullmatch(key))

    def delete(self, key: str) -> None:
        """Remove an object."""
        self._send("DELETE", key)

    def _send(self, method: Literal["PUT", "DELETE"], key: str, content: bytes = b"") -> None:
        call = request(self.ours, method, key, body=content, keys=KEYS, now=datetime.now(UTC))
        connection = http.client.HTTPConnection(self.ours.host)
        connection.request(method, call.url.partition(self.ours.host)[2], content, dict(call.headers))
        assert connection.getresponse().status in {200, 204}
        connection.close()


class ObjectStore:
    """A running server."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path, endpoint: str) -> None:
        self._process = process
        self._folder = folder
        self.endpoint = endpoint

    def bucket(self) -> FilledBucket:
        """A fresh bucket."""
        name = f"t-{secrets.token_hex(6)}"
        (self._folder / name).mkdir()
        return FilledBucket(self.endpoint, name)

    def kill(self) -> None:
        """End it at once, with all that it is about to send."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(STOP_S)

    def halt(self) -> None:
        """Let it stand still, connections open."""
        self._process.send_signal(signal.SIGSTOP)


@contextmanager
def serving(folder: Path) -> Iterator[ObjectStore]:
    """A server for as long as the block lasts; skips where its programs are absent.

    Args:
        folder: empty; for its settings, its log and what it keeps.
    """
    jars = _jars()
    if shutil.which("java") is None or not jars.is_dir():
        absent("the S3 server is absent (java and the jars of S3Proxy): `make peers` installs it")
    kept = folder / "kept"
    kept.mkdir()
    settings = folder / "settings"
    settings.write_text(_SETTINGS.format(identity=ACCESS, credential=SECRET, folder=kept))
    command = [
        "java",
        "-Xmx192m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        f"-Djava.io.tmpdir={folder}",
    ]
    command += [f"-Dlogback.configurationFile={HERE / 'logback.xml'}", "-cp", f"{jars}/*"]
    command += ["org.gaul.s3proxy.Main", "--properties", str(settings)]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            listens = _LISTENS.search(process.stdout.readline())
            assert listens, (folder / "log").read_text()[-2000:]
            yield ObjectStore(process, kept, f"http://127.0.0.1:{listens[1]}")
        finally:
            process.send_signal(signal.SIGKILL)  # what it keeps goes with it
            process.wait(STOP_S)


def _jars() -> Path:
    """Where `make peers` puts its jars."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "xinfu" / f"s3proxy-{sha256((HERE / 'pom.xml').read_bytes()).hexdigest()[:16]}"
