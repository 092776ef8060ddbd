"""`xinfu events`: what happened, and what happens."""

import json
import os
import signal
import subprocess
import sys
from typing import Any

from tests.cli.conftest import Call, Space, document, failure, heeding_interrupts


def publish(call: Call, space: Space, name: str) -> None:
    (space.files / name).write_bytes(b"a\n1\n")
    document(
        call(
            "publish", "--grade", "1", str(space.files / name), "--unrestricted", "--json", at=space.provider
        )
    )


def test_what_happened_is_shown_and_ends(call: Call, space: Space) -> None:
    publish(call, space, "seen")
    text = ""
    while "asset=seen" not in text:  # it gets its place a moment after it was recorded
        text = call("events", "--kind", "publication", at=space.provider).stdout
    assert all("  publication  -  asset=" in line for line in text.splitlines())
    rows = [json.loads(line) for line in call("events", "--json", at=space.provider).stdout.splitlines()]
    assert [row["index"] for row in rows] == list(range(len(rows)))
    last = call("events", "--json", "--since", str(rows[-1]["index"]), at=space.provider).stdout.splitlines()
    assert json.loads(last[0]) == rows[-1]


def test_the_log_is_searched(call: Call, space: Space) -> None:
    publish(call, space, "first.csv")
    publish(call, space, "second.csv")
    words = ("evidence", "find", "--dataset", "first.csv", "--kind", "publication", "--json")
    found: list[Any] = []
    while not found:  # it is found by its dataset a moment after it was recorded
        found = document(call(*words, at=space.provider))
    assert [each["entry"]["facts"]["asset"] for each in found] == ["first.csv"]
    lines = call("evidence", "find", "--kind", "publication", at=space.provider).stdout.splitlines()
    assert lines[0].split()[:4] == ["index", "at", "kind", "outcome"]
    places = [next(place for place, line in enumerate(lines) if name in line) for name in ("second", "first")]
    assert places == sorted(places)
    text = call(
        "evidence", "find", "--kind", "publication", "--oldest-first", "--limit", "1", at=space.provider
    )
    assert len(text.stdout.splitlines()) == 2
    told = failure(call("evidence", "find", "--since", "yesterday", "--json", at=space.provider))
    assert told["code"] == "query.since"


def test_what_happens_is_followed_until_interrupted(call: Call, space: Space) -> None:
    environment = os.environ | {
        "XINFU_URL": space.provider.management,
        "XINFU_API_KEY": space.provider.api_key,
    }
    words = [
        sys.executable,
        "-m",
        "xinfu",
        "events",
        "--follow",
        "--json",
        "--since",
        "0",
        "--kind",
        "publication",
    ]
    with subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        preexec_fn=heeding_interrupts,
    ) as running:
        assert running.stdout is not None
        try:
            publish(call, space, "followed")
            for line in running.stdout:
                if json.loads(line)["facts"]["asset"] == "followed":
                    break
            publish(call, space, "followed-again")
            assert json.loads(running.stdout.readline())["facts"]["asset"] == "followed-again"
            running.send_signal(signal.SIGINT)
            running.communicate(timeout=60)
        finally:
            running.kill()
        assert running.returncode == 130


def test_a_kind_that_does_not_exist_is_said(call: Call, space: Space) -> None:
    told = failure(call("events", "--kind", "made-up", "--json", at=space.provider))
    assert told["code"] == "query.kind"
