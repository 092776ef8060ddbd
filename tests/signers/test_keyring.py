"""Master key files: who may read them, and how they rotate (D-06, M10)."""

import os
from pathlib import Path

import pytest

from xinfu.credentials.base64url import encode
from xinfu.errors import ConfigError, IntegrityError
from xinfu.signers.keyring import MasterKeyring, create_master_key, rotate_master_key

OLD, NEW = b"\x01" * 32, b"\x02" * 32


def _file(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "master.key"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_created_master_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    create_master_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    keyring = MasterKeyring.from_file(path)
    assert keyring.open(keyring.seal(b"s", context="c", name="n"), context="c", name="n") == b"s"


def test_a_master_key_is_never_written_over(tmp_path: Path) -> None:
    path = _file(tmp_path, encode(OLD))
    with pytest.raises(ConfigError) as refused:
        create_master_key(path)
    assert refused.value.code == "keyring.exists"
    assert path.read_text() == encode(OLD)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o606, 0o644, 0o610, 0o601])
def test_a_master_key_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    path = _file(tmp_path, encode(OLD), mode)
    with pytest.raises(ConfigError) as refused:
        MasterKeyring.from_file(path)
    assert refused.value.code == "keyring.permissions"


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_master_key_of_its_owner_is_read(tmp_path: Path, mode: int) -> None:
    MasterKeyring.from_file(_file(tmp_path, encode(OLD) + "\n", mode))


def test_a_credential_of_the_service_manager_may_be_read_by_its_group(tmp_path: Path) -> None:
    MasterKeyring.from_file(_file(tmp_path, encode(OLD), 0o440), credential=True)
    with pytest.raises(ConfigError):
        MasterKeyring.from_file(_file(tmp_path, encode(OLD), 0o444), credential=True)


@pytest.mark.parametrize(
    "text", ["", "\n", "short", encode(OLD) + "=", encode(OLD)[:-1], encode(OLD) + "\nnot a key", "中文"]
)
def test_a_file_without_whole_keys_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        MasterKeyring.from_file(_file(tmp_path, text))
    assert refused.value.code == "keyring.master-key"
    assert "short" not in str(refused.value)


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    for path in (tmp_path / "absent", tmp_path, pipe):
        with pytest.raises(ConfigError) as refused:
            MasterKeyring.from_file(path)
        assert refused.value.code == "keyring.file"


def test_after_a_rotation_old_envelopes_open_and_new_ones_use_the_new_key(tmp_path: Path) -> None:
    path = _file(tmp_path, encode(OLD) + "\n")
    before = MasterKeyring.from_file(path).seal(b"s", context="c", name="n")
    rotate_master_key(path)
    after = MasterKeyring.from_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert after.open(before, context="c", name="n") == b"s"
    assert not after.is_current(before)
    assert after.is_current(after.seal(b"s", context="c", name="n"))


def test_an_envelope_of_a_lost_master_key_says_so() -> None:
    envelope = MasterKeyring([OLD]).seal(b"s", context="c", name="n")
    with pytest.raises(IntegrityError) as refused:
        MasterKeyring([NEW]).open(envelope, context="c", name="n")
    assert refused.value.code == "keyring.unknown-key"


def test_a_keyring_shows_no_key() -> None:
    assert OLD.hex() not in repr(MasterKeyring([OLD]))
    assert encode(OLD) not in repr(MasterKeyring([OLD]))
