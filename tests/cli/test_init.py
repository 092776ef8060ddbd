"""`xinfu init`: what it writes, for whose eyes, and what it never writes over."""

import json
import stat
from pathlib import Path

import pytest
from tests.cli.conftest import Call, document, failure

from xinfu.cli.init import Settings, node_toml
from xinfu.errors import InputError
from xinfu.node.config import load
from xinfu.signers.keyring import MasterKeyring


def test_what_it_writes_is_a_configuration_that_loads(call: Call, tmp_path: Path) -> None:
    options = [
        "--id",
        "bureau",
        "--name-zh",
        "环境局",
        "--name-en",
        'The "Bureau"',
        "--development",
        "--issuer",
    ]
    document(call("init", "n", *options, "--ports", "1,2,3", "--trust", "did:web:a.example", "--json"))
    config = load(tmp_path / "n" / "node.toml", {})
    assert config.development
    assert config.issuer
    assert config.contexts[0].name_zh == "环境局"
    assert config.contexts[0].name_en == 'The "Bureau"'
    assert (config.listen.management.port, config.listen.protocol.port, config.listen.data.port) == (1, 2, 3)
    assert [issuer.did for issuer in config.trust.issuers] == ["did:web:a.example"]


def test_the_public_addresses_of_a_proxy_make_it_fit_for_production(call: Call, tmp_path: Path) -> None:
    urls = ["--public-url", "https://a.example", "--public-data-url", "https://d.example"]
    document(call("init", "n", *urls, "--json"))
    config = load(tmp_path / "n" / "node.toml", {})
    assert not config.development
    assert config.listen.data.public_url == "https://d.example"


def test_keys_are_for_their_owner_alone_and_never_printed(call: Call, tmp_path: Path) -> None:
    ended = call("init", "n", "--development")
    for name in ("master.key", "api.key"):
        assert stat.S_IMODE((tmp_path / "n" / name).stat().st_mode) == 0o600
        assert (tmp_path / "n" / name).read_text().strip() not in ended.output
    assert len((tmp_path / "n" / "api.key").read_text().strip()) >= 32
    MasterKeyring.from_file(tmp_path / "n" / "master.key")


@pytest.mark.parametrize("name", ["node.toml", "master.key", "api.key"])
def test_what_is_there_is_never_written_over(call: Call, tmp_path: Path, name: str) -> None:
    (tmp_path / "n").mkdir()
    (tmp_path / "n" / name).write_text("mine")
    refused = call("init", "n", "--json")
    assert failure(refused)["code"] == "init.exists"
    assert [each.name for each in (tmp_path / "n").iterdir()] == [name]
    assert (tmp_path / "n" / name).read_text() == "mine"


def test_a_bad_id_and_bad_ports_write_nothing(call: Call, tmp_path: Path) -> None:
    assert failure(call("init", "n", "--id", "Bureau 1", "--json"))["code"] == "init.id"
    assert failure(call("init", "n", "--ports", "1,2", "--json"))["code"] == "init.ports"
    assert failure(call("init", "n", "--ports", "1,2,99999", "--json"))["code"] == "init.ports"
    assert not (tmp_path / "n").exists()


def test_the_id_is_made_from_the_folder(call: Call) -> None:
    assert document(call("init", "City Bureau_7", "--json"))["id"] == "city-bureau-7"


def test_a_platform_and_one_who_files_with_it_are_configurations_that_load(tmp_path: Path) -> None:
    told = {
        "operator": Settings(id="operator", development=True, entity="12430200000000001D", place="4302"),
        "firm": Settings(
            id="firm",
            development=True,
            entity="91430200MA0000002E",
            connector="591430200MA0000002E4302A7K2M9QXY",
            platform="did:web:operator.example",
        ),
    }
    for name, settings in told.items():
        (tmp_path / f"{name}.toml").write_text(node_toml(settings), encoding="utf-8")
    operator, firm = (load(tmp_path / f"{name}.toml", {}) for name in told)
    assert (operator.platform.context, operator.platform.place) == ("operator", "4302")
    assert operator.platform.entity == "12430200000000001D"
    assert (firm.contexts[0].entity, firm.contexts[0].connector) == (
        "91430200MA0000002E",
        "591430200MA0000002E4302A7K2M9QXY",
    )
    assert firm.contract.platform == "did:web:operator.example"


def test_a_name_cannot_smuggle_in_a_setting() -> None:
    with pytest.raises(InputError) as caught:
        node_toml(Settings(id="n", name_en='x"\ndevelopment = true\n'))
    assert caught.value.code == "init.text"


def test_a_folder_that_cannot_be_made_is_told(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = call("init", "file/n", "--json")
    assert ended.exit_code == 2
    assert json.loads(ended.stdout)["error"]["code"] == "init.folder"


def test_without_tls_it_says_what_is_missing(call: Call) -> None:
    assert "TLS" in call("init", "n").stdout
    assert "TLS" not in call("init", "m", "--development").stdout


def test_a_new_node_publishes_from_a_folder_of_data_and_says_so(call: Call, tmp_path: Path) -> None:
    told = call("init", "n", "--development").stdout
    assert str(Path("n") / "data") in told
    assert (tmp_path / "n" / "data").is_dir()
    config = load(tmp_path / "n" / "node.toml", {})
    assert [config.at(each) for each in config.data.folders] == [tmp_path / "n" / "data"]


def test_a_node_with_folders_of_its_own_makes_no_folder_of_data(call: Call, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    told = call("init", "n", "--development", "--publish-from", "mine").stdout
    assert str(Path("n") / "data") not in told
    assert not (tmp_path / "n" / "data").exists()
