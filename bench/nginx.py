"""nginx as the peer: it serves the same files from one folder, over plain TCP and over TLS 1.3."""

import asyncio
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

CONFIG = """\
daemon off;
worker_processes 1;
pid {home}/pid;
error_log {home}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  sendfile on;
  client_body_temp_path {home}/body;
  proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi;
  scgi_temp_path {home}/scgi;
  server {{ listen 127.0.0.1:{plain}; root {root}; }}
  server {{
    listen 127.0.0.1:{tls} ssl;
    ssl_protocols TLSv1.3;
    ssl_certificate {cert};
    ssl_certificate_key {key};
    root {root};
  }}
}}
"""


BALANCER = """\
daemon off;
worker_processes 1;
pid {home}/pid;
error_log {home}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {home}/body;
  proxy_temp_path {home}/proxy;
  fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi;
  scgi_temp_path {home}/scgi;
  upstream workers {{ {servers} keepalive 64; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://workers;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }}
  }}
}}
"""


class Nginx(msgspec.Struct, frozen=True, kw_only=True):
    """The addresses at which a running nginx serves a folder."""

    plain: str
    tls: str


@asynccontextmanager
async def serving(root: Path, *, cert: Path, key: Path) -> AsyncIterator[Nginx | None]:
    """Start an nginx with its default settings that serves `root`; None if nginx is absent."""
    program = _program()
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="xinfu-bench-") as home:
        plain, tls = _free_port(), _free_port()
        config = Path(home) / "nginx.conf"
        config.write_text(CONFIG.format(home=home, root=root, plain=plain, tls=tls, cert=cert, key=key))
        for folder in (Path(home), root):
            folder.chmod(0o755)  # its worker may have an account of its own
        process = await asyncio.create_subprocess_exec(
            program, "-c", str(config), "-p", home, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            await _listens(plain)
            yield Nginx(plain=f"http://127.0.0.1:{plain}", tls=f"https://127.0.0.1:{tls}")
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


@asynccontextmanager
async def balancing(port: int, workers: Sequence[int]) -> AsyncIterator[None]:
    """Start an nginx at a local `port` that passes requests to the ports of `workers` in turn."""
    program = _program()
    if program is None:
        raise RuntimeError("nginx is absent: `make peers` installs it")
    with tempfile.TemporaryDirectory(prefix="xinfu-bench-") as home:
        config = Path(home) / "nginx.conf"
        servers = " ".join(f"server 127.0.0.1:{each};" for each in workers)
        config.write_text(BALANCER.format(home=home, port=port, servers=servers))
        Path(home).chmod(0o755)
        process = await asyncio.create_subprocess_exec(
            program, "-c", str(config), "-p", home, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            await _listens(port)
            yield
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


def _program() -> str | None:
    return shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _listens(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
