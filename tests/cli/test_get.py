"""`xinfu get`: the whole path; resumed, reused, refused."""

import contextlib
import os
import pty
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.cli.conftest import Call, Space, document, failure, heeding_interrupts
from tests.object_store import ACCESS, SECRET, ObjectStore

MIB = 1 << 20


def publish(call: Call, space: Space, name: str, content: bytes, *rules: str) -> None:
    """A file of the provider, under rules."""
    (space.files / name).write_bytes(content)
    document(call("publish", "--grade", "1", str(space.files / name), *rules, "--json", at=space.provider))


@contextmanager
def getting(
    space: Space, folder: Path, dataset: str, stderr: int = subprocess.PIPE
) -> Iterator[subprocess.Popen[bytes]]:
    """`xinfu get` in a process of its own."""
    at = {"XINFU_URL": space.consumer.management, "XINFU_API_KEY": space.consumer.api_key}
    process = subprocess.Popen(
        [sys.executable, "-m", "xinfu", "get", "provider", dataset],
        cwd=folder,
        env={**os.environ, **at, "LANG": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=stderr,
        preexec_fn=heeding_interrupts,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def part_of(process: subprocess.Popen[bytes], part: Path) -> None:
    """Return when some of the file is there."""
    while not (part.exists() and part.stat().st_size > 4 * MIB):
        assert process.poll() is None, "it was over too early"
        time.sleep(0.002)


def test_the_agreement_that_it_names_can_be_shown(call: Call, space: Space, tmp_path: Path) -> None:
    publish(call, space, "named.csv", b"a\n1\n", "--id", "named", "--unrestricted")
    for place, words in (("first.csv", "Agreed: "), ("second.csv", "Using the agreement ")):
        got = call("get", "provider", "named", "-o", str(tmp_path / place), "--lang", "en", at=space.consumer)
        named = got.output.partition(words)[2].partition("\n")[0].removesuffix(".")
        shown = call("agreements", "show", named, at=space.consumer)
        assert (got.exit_code, shown.exit_code) == (0, 0), (got.output, shown.output)


def test_get_ends_with_the_bytes_that_were_published(call: Call, space: Space, tmp_path: Path) -> None:
    publish(call, space, "air.csv", b"a,b\n1,2\n" * 1000, "--purpose", "research", "--member")
    said = document(call("get", "provider", "air.csv", "--purpose", "research", "--json", at=space.consumer))
    assert (tmp_path / "air.csv").read_bytes() == b"a,b\n1,2\n" * 1000
    assert (said["verified"], said["bytes"], said["new_agreement"]) == (True, 8000, True)


def test_people_read_the_rules_the_agreement_and_the_end(call: Call, space: Space) -> None:
    publish(call, space, "told.csv", b"x", "--purpose", "research")
    told = call("get", "provider", "told.csv", "--purpose", "research", "--lang", "zh", at=space.consumer)
    assert told.exit_code == 0
    assert "正在协商" in told.stderr
    assert "已达成协议" in told.stderr
    assert "已按提供方清单校验" in told.stdout


def test_what_is_declared_opens_a_rule_and_what_is_not_is_advised(
    call: Call, space: Space, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.yaml"
    constraint = "{leftOperand: algorithm, operator: eq, rightOperand: mean}"
    rules.write_text(f"permission:\n- action: use\n  constraint:\n  - {constraint}\n", encoding="utf-8")
    publish(call, space, "mean.csv", b"a\n1\n", "--policy", str(rules))
    ask = ("get", "provider", "mean.csv", "--json")
    silent = failure(call(*ask, at=space.consumer))
    assert silent["code"] == "offer.declaration"
    assert "--declare algorithm=mean" in silent["help_zh"]
    assert failure(call(*ask, "--declare", "algorithm=sum"))["code"] == "offer.declaration"
    assert document(call("agreements", "list", "--dataset", "mean.csv", "--json")) == []
    assert document(call(*ask, "--declare", "algorithm=mean"))["bytes"] == 4
    assert failure(call(*ask, "--declare", "mood=good", "--force"))["code"] == "transfer.declaration"


def test_a_live_agreement_is_used_again_unless_a_new_one_is_wanted(call: Call, space: Space) -> None:
    publish(call, space, "again.csv", b"x", "--purpose", "research")
    ask = ("get", "provider", "again.csv", "--force", "--purpose", "research", "--json")
    first = document(call(*ask, at=space.consumer))
    second = document(call(*ask))
    third = document(call(*ask, "--new"))
    assert second["agreement"] == first["agreement"]
    assert second["new_agreement"] is False
    assert third["agreement"] != first["agreement"]


def test_an_agreement_for_another_purpose_is_not_used(call: Call, space: Space) -> None:
    publish(call, space, "two.csv", b"x", "--purpose", "research", "--purpose", "health")
    first = document(call("get", "provider", "two.csv", "--purpose", "research", "--json", at=space.consumer))
    other = document(call("get", "provider", "two.csv", "--purpose", "health", "--force", "--json"))
    assert other["agreement"] != first["agreement"]


def test_without_the_purpose_that_an_offer_needs_nothing_is_negotiated(call: Call, space: Space) -> None:
    publish(call, space, "needs.csv", b"1", "--purpose", "research")
    error = failure(call("get", "provider", "needs.csv", "--json", at=space.consumer))
    assert error["code"] == "offer.declaration"
    assert "--purpose research" in error["help_en"]
    assert "--purpose research" in error["help_zh"]
    listed = document(call("negotiate", "list", "--dataset", "needs.csv", "--json"))
    assert listed == []
    by_hand = document(call("negotiate", "start", "provider", "needs.csv", "--anyway", "--json"))
    assert by_hand["dataset"] == "needs.csv"


def _small_files() -> None:
    """No file of the process may be larger than three mebibytes and a half."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (7 * MIB // 2, 7 * MIB // 2))


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "What has arrived is kept"), ("zh", "已收到的部分会保留")],
)
def test_a_place_that_is_full_is_told_and_what_came_is_gone_on_from(
    call: Call, space: Space, tmp_path: Path, language: str, said: str
) -> None:
    name = f"large-{language}.bin"
    publish(call, space, name, random.Random(3).randbytes(5 * MIB))
    at = {"XINFU_URL": space.consumer.management, "XINFU_API_KEY": space.consumer.api_key}
    ended = subprocess.run(
        [sys.executable, "-m", "xinfu", "get", "provider", name, "--lang", language],
        cwd=tmp_path,
        env={**os.environ, **at},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=_small_files,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Traceback" not in ended.stderr
    assert said in ended.stderr
    assert "[save.failed]" in ended.stderr
    done = document(call("get", "provider", name, "--json", at=space.consumer))
    assert done["resumed_from"] == 3 * MIB
    assert (tmp_path / name).read_bytes() == (space.files / name).read_bytes()


def test_a_file_that_is_there_stays_unless_it_is_forced_and_nothing_is_negotiated(
    call: Call, space: Space, tmp_path: Path
) -> None:
    publish(call, space, "there.csv", b"new")
    (tmp_path / "mine.csv").write_bytes(b"mine")
    ask = ("get", "provider", "there.csv", "-o", "mine.csv", "--json")
    assert failure(call(*ask, at=space.consumer))["code"] == "save.exists"
    assert (tmp_path / "mine.csv").read_bytes() == b"mine"
    assert failure(call(*ask[:4], "no/such/folder.csv", "--json"))["code"] == "save.no-folder"
    assert not (tmp_path / "no").exists()
    assert document(call("negotiate", "list", "--dataset", "there.csv", "--json")) == []
    document(call(*ask, "--force"))
    assert (tmp_path / "mine.csv").read_bytes() == b"new"
    (tmp_path / "folder").mkdir()
    assert document(call(*ask[:4], "folder", "--json"))["file"] == "folder/there.csv"
    assert (tmp_path / "folder" / "there.csv").read_bytes() == b"new"


def test_a_wrong_purpose_is_refused_with_rule_and_remedy_in_both_languages(call: Call, space: Space) -> None:
    publish(call, space, "other.csv", b"1", "--purpose", "research")
    ask = ("get", "provider", "other.csv", "--purpose", "marketing")
    refused = call(*ask, "--json", at=space.consumer)
    error = failure(refused)
    assert (refused.exit_code, error["code"]) == (3, "purpose.not-included")
    assert "marketing" in error["en"]
    assert "marketing" in error["zh"]
    assert "research" in error["help_en"]
    assert "research" in error["help_zh"]
    assert error["help_zh"] in call(*ask, "--lang", "zh").stderr
    assert error["help_en"] in call(*ask, "--lang", "en").stderr


def test_a_use_after_the_permitted_time_is_refused(call: Call, space: Space) -> None:
    publish(call, space, "late.csv", b"1", "--until", "2020-01-01T00:00:00+08:00", "--past")
    refused = call("get", "provider", "late.csv", "--json", at=space.consumer)
    assert refused.exit_code == 3
    assert failure(refused)["code"].startswith("time.")


def test_more_uses_than_were_granted_are_refused(call: Call, space: Space) -> None:
    publish(call, space, "twice.csv", b"12", "--times", "2")
    ask = ("get", "provider", "twice.csv", "--force", "--json")
    document(call(*ask, at=space.consumer))
    document(call(*ask))
    refused = call(*ask)
    assert (refused.exit_code, failure(refused)["code"]) == (3, "count.exhausted")
    assert failure(refused)["help_zh"]
    assert failure(refused)["help_zh"] not in failure(refused)["zh"]


def test_a_folder_is_saved_below_the_name_that_was_asked_for(
    call: Call, space: Space, tmp_path: Path
) -> None:
    (space.files / "set" / "sub").mkdir(parents=True)
    (space.files / "set" / "sub" / "a.csv").write_bytes(b"a")
    document(
        call(
            "publish", "--grade", "1", str(space.files / "set"), "--unrestricted", "--json", at=space.provider
        )
    )
    said = document(call("get", "provider", "set", "-o", "copy", "--json", at=space.consumer))
    assert said["files"] == 1
    assert (tmp_path / "copy" / "sub" / "a.csv").read_bytes() == b"a"


@pytest.mark.parametrize("dataset", ["..", "a/..", "urn:x:.."])
def test_an_id_that_is_no_name_asks_for_one(call: Call, space: Space, dataset: str) -> None:
    assert failure(call("get", "provider", dataset, "--json", at=space.consumer))["code"] == "get.no-name"


def test_a_download_that_was_killed_goes_on_where_it_was(call: Call, space: Space, tmp_path: Path) -> None:
    content = os.urandom(MIB) * 96
    publish(call, space, "big.bin", content, "--unrestricted")
    part = tmp_path / "big.bin.part"
    with getting(space, tmp_path, "big.bin") as process:
        part_of(process, part)
        process.kill()
        process.communicate()
    assert not (tmp_path / "big.bin").exists()
    there = part.stat().st_size
    said = document(call("get", "provider", "big.bin", "--json", at=space.consumer))
    assert (tmp_path / "big.bin").read_bytes() == content
    assert said["resumed_from"] == there // MIB * MIB > 0
    assert said["new_agreement"] is False
    assert sorted(each.name for each in tmp_path.iterdir()) == ["big.bin"]


def test_an_interrupted_download_keeps_its_part_and_ends_with_130(
    call: Call, space: Space, tmp_path: Path
) -> None:
    (space.files / "held.bin").touch()
    os.truncate(space.files / "held.bin", 384 * MIB)
    document(
        call(
            "publish",
            str(space.files / "held.bin"),
            "--unrestricted",
            "--grade",
            "1",
            "--json",
            at=space.provider,
        )
    )
    with getting(space, tmp_path, "held.bin") as process:
        part_of(process, tmp_path / "held.bin.part")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Interrupted" in said
    assert b"Traceback" not in said
    assert (tmp_path / "held.bin.part").exists()


def test_people_at_a_terminal_see_a_bar(call: Call, space: Space, tmp_path: Path) -> None:
    publish(call, space, "bar.bin", os.urandom(3 * MIB), "--unrestricted")
    ours, theirs = pty.openpty()
    with getting(space, tmp_path, "bar.bin", stderr=theirs) as process:
        process.communicate(timeout=30)
    os.close(theirs)
    seen = b""
    with contextlib.suppress(OSError):  # the end of a terminal is an error on Linux
        while chunk := os.read(ours, 4096):
            seen += chunk
    os.close(ours)
    assert process.returncode == 0
    assert b"bar.bin" in seen
    assert b"3.0/3.0 MiB" in seen


@pytest.mark.peer("s3")
def test_get_lets_a_dataset_land_in_a_bucket(
    call: Call, space: Space, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(call, space, "landing.bin", bytes(9 * MIB), "--purpose", "research")
    bucket = object_store.bucket()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    place = f"s3://{bucket.name}/lab/"
    arguments = (
        "get",
        "provider",
        "landing.bin",
        "--purpose",
        "research",
        "-o",
        place,
        "--endpoint",
        bucket.endpoint,
        "--json",
    )
    said = document(call(*arguments, at=space.consumer))
    assert (said["file"], said["verified"]) == (f"{place}landing.bin", True)
    assert bucket.get("lab/landing.bin") == bytes(9 * MIB)
    again = document(call(*arguments, at=space.consumer))
    assert again["resumed_from"] == 9 * MIB


class Sink(BaseHTTPRequestHandler):
    """Keeps what is put into it."""

    def do_PUT(self) -> None:
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        self.server.got = (self.headers["Authorization"], body)  # type: ignore[attr-defined]  # for the test
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


def test_a_push_goes_where_it_is_asked_to(call: Call, space: Space, tmp_path: Path) -> None:
    publish(call, space, "pushed.csv", b"a,b\n" * 1000, "--unrestricted")
    (tmp_path / "token").write_text("hush-hush\n")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/in"
        to = ("--push-to", url, "--push-method", "PUT", "--push-token-file", str(tmp_path / "token"))
        said = call("get", "provider", "pushed.csv", *to, "--json", at=space.consumer)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert document(said)["pushed_to"] == url
    assert "hush" not in said.output
    assert server.got == ("Bearer hush-hush", b"a,b\n" * 1000)  # type: ignore[attr-defined]  # see above


def test_what_is_got_again_under_the_same_key_is_no_second_use(
    call: Call, space: Space, tmp_path: Path
) -> None:
    publish(call, space, "keyed.csv", b"a\n", "--times", "2")
    asked = ("get", "provider", "keyed.csv", "--force", "--json")
    for _ in range(3):
        document(call(*asked, "--key", "r-1", at=space.consumer))
        assert (tmp_path / "keyed.csv").read_bytes() == b"a\n"
        (tmp_path / "keyed.csv").unlink()
    document(call(*asked, "--key", "r-2", at=space.consumer))
    assert failure(call(*asked, "--key", "r-3", at=space.consumer))["code"] == "count.exhausted"
    told = failure(call(*asked, "--key", "r-1", "--vault", at=space.consumer))
    assert told["code"] == "get.key-elsewhere"


def test_rules_of_a_few_words_are_counted_owed_and_told(call: Call, space: Space, tmp_path: Path) -> None:
    """What stands on one line of the shell is what both nodes keep."""
    rules = ("--times", "2/year", "--delete-after", "30d", "--notify", "24h", "--prohibit", "distribute")
    publish(call, space, "words.csv", b"a\n1\n", *rules)
    ask = ("get", "provider", "words.csv", "--json", "-o")
    for name in ("first.csv", "second.csv"):
        document(call(*ask, str(tmp_path / name), at=space.consumer))
    assert failure(call(*ask, str(tmp_path / "third.csv"), at=space.consumer))["code"] == "count.exhausted"
    (agreement,) = document(call("agreements", "list", "--dataset", "words.csv", "--json", at=space.consumer))
    owed = document(call("duties", "list", "--agreement", agreement["id"], "--json", at=space.consumer))
    assert {each["action"] for each in owed} == {"delete", "inform"}
