"""`xinfu verify` as an auditor uses it: files in, sentences and an exit code out, nothing else needed."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.evidence.book import OWN, PEER, Book, message_entry, state_entry, token
from tests.evidence.signing import Ed25519Key, Es256Key, Key

from xinfu.cli.verify import verify_command
from xinfu.credentials import OwnKey, build_did_document, render_did_document
from xinfu.evidence import build, canonical, files_of

LOG, NEXT, SENDER, OTHER = Ed25519Key(1), Es256Key(2), Es256Key(3), Ed25519Key(4)
BODY = '{"purpose":"应急"}'.encode()


class Desk:
    """An auditor's folder, and the command run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, data: bytes) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return str(path)

    def did(self, name: str, did: str, *, log: Key | None = None, sign: Key | None = None) -> str:
        keys = [OwnKey(id=f"{did}#l", jwk=log.jwk, use="log")] if log else []
        keys += [OwnKey(id=f"{did}#s", jwk=sign.jwk)] if sign else []
        return self.put(name, render_did_document(build_did_document(did, keys)))

    def log(self, name: str, book: Book) -> str:
        for path, data in files_of(book.entries, book.checkpoint):
            self.put(f"{name}/{path}", data)
        return str(self.folder / name)

    def verify(self, *arguments: str, lang: str = "en") -> Result:
        return CliRunner().invoke(verify_command, [*arguments, "--lang", lang], catch_exceptions=False)

    def findings(self, *arguments: str) -> dict[str, Any]:
        result = self.verify(*arguments, "--json")
        found: dict[str, Any] = json.loads(result.output)
        assert found["exit_code"] == result.exit_code
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def message_receipt() -> bytes:
    book = Book(LOG)
    said = token(SENDER, BODY)
    book.append(state_entry(0), message_entry(1, BODY, said), state_entry(2))
    return build(book.prove(1), attachments={"token": said.encode(), "body": BODY}).to_bytes()


def state_receipt(key: Key = LOG) -> bytes:
    book = Book(key)
    book.append(*(state_entry(number) for number in range(5)))
    return build(book.prove(3)).to_bytes()


def test_a_receipt_is_established_by_the_did_document(desk: Desk) -> None:
    did = desk.did("did.json", OWN, log=LOG, sign=SENDER)
    result = desk.verify(desk.put("r.json", state_receipt()), "--trust", did)
    assert result.exit_code == 0, result.output
    assert result.output.rstrip().endswith("Intact, signer established.")
    assert f"entry 3 in the log of {OWN}" in result.output


@pytest.mark.parametrize("key", [LOG, NEXT], ids=["Ed25519", "ES256"])
def test_a_jwk_file_or_a_verifier_key_is_an_anchor_too(desk: Desk, key: Key) -> None:
    receipt = desk.put("r.json", state_receipt(key))
    jwk = desk.put("key.jwk", canonical(key.jwk | {"kid": "x"}))
    keys = desk.put("keys.json", canonical({"keys": [OTHER.jwk, key.jwk]}))
    word = key.note_key(OWN).vkey()
    in_file = desk.put("log.vkey", word.encode() + b"\n")
    for anchor in (jwk, keys, word, in_file, json.dumps(key.jwk)):
        assert desk.verify(receipt, "--trust", anchor).exit_code == 0


def test_without_an_anchor_it_ends_with_3_and_says_so_in_both_languages(desk: Desk) -> None:
    receipt = desk.put("r.json", state_receipt())
    english, chinese = desk.verify(receipt), desk.verify(receipt, lang="zh")
    assert english.exit_code == chinese.exit_code == 3
    assert "Intact, signer not established." in english.output
    assert "完整，但签署者未确认。" in chinese.output
    assert "give its DID document" in english.output


def test_the_document_of_somebody_else_establishes_nothing(desk: Desk) -> None:
    receipt = desk.put("r.json", state_receipt())
    for did in (desk.did("a.json", OWN, log=OTHER), desk.did("b.json", PEER, log=LOG)):
        assert desk.verify(receipt, "--trust", did).exit_code == 3


def test_a_message_key_of_the_log_owner_does_not_sign_its_log(desk: Desk) -> None:
    receipt = desk.put("r.json", state_receipt(SENDER))
    assert desk.verify(receipt, "--trust", desk.did("did.json", OWN, log=LOG, sign=SENDER)).exit_code == 3


def test_a_message_is_established_by_the_documents_of_both_sides(desk: Desk) -> None:
    receipt = desk.put("r.json", message_receipt())
    own, peer = desk.did("own.json", OWN, log=LOG), desk.did("peer.json", PEER, sign=SENDER)
    assert desk.verify(receipt, "--trust", own).exit_code == 3
    result = desk.verify(receipt, "--trust", own, "--trust", peer)
    assert result.exit_code == 0
    assert f"{PEER} signed the message" in result.output


def test_one_changed_byte_ends_with_1_and_the_place(desk: Desk) -> None:
    did = desk.did("did.json", OWN, log=LOG)
    receipt = desk.put("r.json", state_receipt().replace(b"AGREED", b"AGREEE"))
    for arguments in ([receipt], [receipt, "--trust", did]):
        result = desk.verify(*arguments)
        assert result.exit_code == 1
        assert "[proven.entry]" in result.output
        assert result.output.rstrip().endswith("breaks off (proven.entry)")
    assert "（proven.entry）" in desk.verify(receipt, lang="zh").output


@pytest.mark.parametrize("data", [None, b"", b"{", b"{}", b"\xff\xfe", b'{"type":"xinfu.receipt"}'], ids=str)
def test_what_is_no_receipt_ends_with_2(desk: Desk, data: bytes | None) -> None:
    path = str(desk.folder / "none.json") if data is None else desk.put("bad.json", data)
    result = desk.verify(path)
    assert result.exit_code == 2
    assert Path(path).name in result.output


def test_a_folder_is_no_receipt(desk: Desk) -> None:
    assert desk.verify(str(desk.folder)).exit_code == 2


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"kty":"RSA"}',
        b'{"keys":[{"kty":"RSA"}]}',
        b"a+b+c",
        b'{"verificationMethod":1,"id":"x"}',
    ],
)
def test_an_anchor_that_nobody_can_read_ends_with_2(desk: Desk, data: bytes) -> None:
    receipt = desk.put("r.json", state_receipt())
    result = desk.verify(receipt, "--trust", desk.put("anchor", data))
    assert result.exit_code == 2
    assert "Intact" not in result.output


def test_the_worst_of_several_files_counts(desk: Desk) -> None:
    did = desk.did("did.json", OWN, log=LOG)
    good, other = desk.put("good.json", state_receipt()), desk.put("other.json", state_receipt(OTHER))
    bad = desk.put("bad.json", state_receipt().replace(b"AGREED", b"AGREEE"))
    none = desk.put("none.json", b"")
    for files, code in (([good], 0), ([good, other], 3), ([good, other, none], 2), ([good, none, bad], 1)):
        assert desk.verify(*files, "--trust", did).exit_code == code


def test_json_says_the_same(desk: Desk) -> None:
    did = desk.did("did.json", OWN, log=LOG)
    found = desk.findings(desk.put("r.json", state_receipt()), "--trust", did)
    (file,) = found["files"]
    assert (file["outcome"], file["exit_code"]) == ("established", 0)
    assert {check["verdict"] for check in file["checks"]} == {"yes"}
    assert file["sentence"] == {"en": "Intact, signer established.", "zh": "完整，签署者已确认。"}
    broken = desk.findings(desk.put("b.json", state_receipt().replace(b"AGREED", b"AGREEE")))
    assert [check["at"] for check in broken["files"][0]["checks"] if check["verdict"] == "no"] == [
        "proven.entry"
    ]
    unreadable = desk.findings(desk.put("n.json", b"{}"))
    assert unreadable["files"][0]["outcome"] == "unreadable"


def test_a_log_is_checked_from_end_to_end(desk: Desk) -> None:
    book = Book(LOG)
    book.add_key(LOG, 1)
    book.append(*(state_entry(number) for number in range(2, 301)))
    did = desk.did("did.json", OWN, log=LOG)
    folder = desk.log("log", book)
    receipt = desk.put("r.json", build(book.prove(280)).to_bytes())
    assert desk.verify("--log", folder, "--trust", did).exit_code == 0
    assert desk.verify(receipt, "--log", folder, "--trust", did).exit_code == 0
    assert desk.verify(receipt, "--log", folder).exit_code == 3
    bundle = desk.folder / "log/tile/entries/001.p/44"
    bundle.write_bytes(bundle.read_bytes().replace("第270条".encode(), "第271条".encode()))
    result = desk.verify("--log", folder, "--trust", did)
    assert result.exit_code == 1
    assert "(entry 269)" in result.output


def test_a_folder_without_a_log_ends_with_2(desk: Desk) -> None:
    assert desk.verify("--log", str(desk.folder)).exit_code == 2
    assert desk.verify("--log", str(desk.folder / "absent")).exit_code == 2


def rotated(desk: Desk) -> tuple[str, str, str, str]:
    """An old receipt, a newer one, the log, and today's DID document."""
    book = Book(LOG)
    book.add_key(LOG, 1)
    old = desk.put("old.json", build(book.prove(book.append(state_entry(2)))).to_bytes())
    book.key = NEXT
    book.retire_key(LOG, 3)
    book.add_key(NEXT, 4)
    last = book.append(state_entry(5))
    keys = [book.prove(index) for index in (0, 2, 3)]
    new = desk.put("new.json", build(book.prove(last), keys=keys).to_bytes())
    return old, new, desk.log("log", book), desk.did("today.json", OWN, log=NEXT)


def test_an_old_receipt_verifies_after_a_rotation(desk: Desk) -> None:
    old, new, folder, today = rotated(desk)
    assert desk.verify(new, "--trust", today).exit_code == 0
    assert desk.verify(old, "--trust", today).exit_code == 3
    assert desk.verify(old, new, "--trust", today).exit_code == 0
    assert desk.verify(old, "--log", folder, "--trust", today).exit_code == 0
    assert desk.verify(old, "--trust", desk.did("then.json", OWN, log=LOG)).exit_code == 0


def test_a_fork_is_refuted_by_the_log(desk: Desk) -> None:
    _, _, folder, today = rotated(desk)
    fork = Book(LOG)
    fork.add_key(LOG, 1)
    forged = desk.put("forged.json", build(fork.prove(fork.append(state_entry(66)))).to_bytes())
    found = desk.findings(forged, "--log", folder, "--trust", today)
    assert found["exit_code"] == 1
    assert found["files"][0]["outcome"] == "broken"


def test_something_has_to_be_given(desk: Desk) -> None:
    result = desk.verify()
    assert result.exit_code == 2
    assert "--log" in result.output


def test_it_runs_in_a_fresh_process_that_loads_no_part_of_a_node(desk: Desk) -> None:
    receipt = desk.put("r.json", state_receipt())
    did = desk.did("did.json", OWN, log=LOG)
    code = (
        "import sys\n"
        "from xinfu.cli.verify import verify_command\n"
        "sys.argv = ['verify', *sys.argv[1:]]\n"
        "try:\n    verify_command()\n"
        "finally:\n"
        "    parts = ('xinfu.node', 'xinfu.web', 'xinfu.services', 'xinfu.stores', 'aiohttp', 'sqlalchemy')\n"
        "    loaded = [name for name in sys.modules if name.startswith(parts)]\n"
        "    print('loaded', loaded)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, receipt, "--trust", did],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"LANG": "zh_CN.UTF-8", "PYTHONIOENCODING": "utf-8"},
    )
    assert result.returncode == 0, result.stderr
    assert "完整，签署者已确认。" in result.stdout
    assert result.stdout.rstrip().endswith("loaded []")


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
def test_work_grows_with_the_number_of_receipts_and_not_faster(desk: Desk, as_json: bool) -> None:
    few, many = (checks_of(desk, count, as_json=as_json) for count in (10, 40))
    assert many <= 4 * few


def test_work_against_a_copy_of_the_log_grows_with_the_receipts_and_not_faster(desk: Desk) -> None:
    few, many = (leaves_of(desk, count) for count in (32, 256))
    assert many <= 12 * few


def receipts_of_rotated(desk: Desk, count: int) -> tuple[Book, list[str]]:
    """Receipts of a log whose key was rotated, each asked for when its entry was the newest, as a node gives them."""
    book = Book(LOG)
    book.add_key(LOG, 1)
    book.add_key(NEXT, 2)
    files = []
    for number in range(count):
        place = book.append(state_entry(100 + number))
        receipt = build(book.prove(place), keys=[book.prove(0), book.prove(1)])
        files.append(desk.put(f"{count}/{number}.json", receipt.to_bytes()))
    return book, files


def checks_of(desk: Desk, count: int, *, as_json: bool) -> int:
    """How many signatures are checked for so many receipts."""
    _, files = receipts_of_rotated(desk, count)
    trust = desk.did("did.json", OWN, log=LOG, sign=SENDER)
    flags = ["--json"] if as_json else []
    return calls("signature_holds", lambda: desk.verify(*files, "--trust", trust, *flags))


def leaves_of(desk: Desk, count: int) -> int:
    """How many entries are hashed for so many receipts beside a copy of the log."""
    book, files = receipts_of_rotated(desk, count)
    return calls("leaf_hash", lambda: desk.verify(*files, "--log", desk.log(f"log-{count}", book)))


def calls(name: str, work: Callable[[], Result]) -> int:
    """How often a function of this name is called while the command runs."""
    counted = 0

    def count(frame: FrameType, event: str, _: object) -> None:
        nonlocal counted
        counted += event == "call" and frame.f_code.co_name == name

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        result = work()
    finally:
        sys.setprofile(before)
    assert result.exit_code in {0, 3}, result.output
    return counted


def test_a_receipt_through_a_pipe_is_read_once(desk: Desk) -> None:
    receipt = desk.put("r.json", state_receipt())
    trust = desk.did("did.json", OWN, log=LOG, sign=SENDER)
    pipe = desk.folder / "pipe"
    os.mkfifo(pipe)
    program = "from xinfu.cli.verify import verify_command; verify_command()"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(pipe), "--trust", trust], stdout=subprocess.PIPE, text=True
    ) as reader:
        pipe.write_bytes(Path(receipt).read_bytes())
        output, _ = reader.communicate(timeout=60)
    assert reader.returncode == 0, output
