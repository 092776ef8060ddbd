"""`xinfu publish --http`: an API is offered and got, and what does not describe one is refused."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.cli.conftest import Call, Space, document, failure


class Air(BaseHTTPRequestHandler):
    """Tells what it was asked."""

    def do_GET(self) -> None:
        body = f"{self.path} {self.headers.get('X-Fixed')} {self.headers.get('X-Key')}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def api() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Air)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_api_is_published_and_got(call: Call, space: Space, api: str, tmp_path: Path) -> None:
    call("secrets", "set", "air-key", "--json", at=space.provider, input="hush\n")
    described = ("--http", api, "--path", "air", "--api-query", "a=1", "--header", "X-Fixed=ours")
    secret = ("--header", "X-Key=secret:air-key")
    allowed = ("--allow", "query,path", "--allow", "header:Accept")
    made = document(
        call(
            "publish",
            "--grade",
            "1",
            "live",
            *described,
            *secret,
            *allowed,
            "--unrestricted",
            "--json",
            at=space.provider,
        )
    )
    assert made["asset"]["source"]["passes"] == {
        "path": True,
        "query": True,
        "methods": [],
        "body": False,
        "headers": ["Accept"],
    }
    said = document(call("get", "provider", "live", "-o", "live.txt", "--json", at=space.consumer))
    assert said["verified"] is False
    assert (tmp_path / "live.txt").read_bytes() == b"/v1/air?a=1 ours hush"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--allow", "path"), "publish.no-api"),
        (("--http", "https://api.example.com", "--header", "X-Key"), "publish.header"),
        (("--http", "https://api.example.com", "--allow", "cookies"), "publish.passes"),
        (("--http", "https://api.example.com", "--allow", "header"), "publish.passes"),
        (("--http", "http://169.254.169.254/"), "address.refused"),
        (("--http", "https://api.example.com/?a=b"), "source.url"),
        (("--http", "https://api.example.com", "--header", "X=secret:absent"), "secret.not-found"),
        (("--http", "https://api.example.com", "--path", "../x"), "source.path"),
    ],
)
def test_what_does_not_describe_an_api_is_refused(
    call: Call, space: Space, options: tuple[str, ...], code: str
) -> None:
    refused = call("publish", "--grade", "1", "live", *options, "--unrestricted", "--json", at=space.provider)
    assert failure(refused)["code"] == code
