"""node.toml: what is wrong in it is told with key and line; the environment counts before the file."""

from pathlib import Path
from typing import Any

import pytest

from xinfu.errors import ConfigError
from xinfu.node.config import Config, load

GOOD = """\
development = true
language = "zh"

[listen.management]
port = 9181

[listen.protocol]
host = "127.0.0.1"
port = 9282

[[trust.issuers]]
did = "did:web:issuer.example"

[[contexts]]
id = "bureau"
name_zh = "环境局"

[[answers]]
id = "a"
on = "requested"
do = ["hold"]
"""


LAST = GOOD.count("\n")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "node.toml"


def _load(path: Path, text: str, **environment: str) -> Config:
    path.write_text(text, encoding="utf-8")
    return load(path, environment)


def _refused(path: Path, text: str, **environment: str) -> ConfigError:
    with pytest.raises(ConfigError) as refused:
        _load(path, text, **environment)
    return refused.value


def test_a_file_is_read_with_defaults_for_what_it_leaves_out(path: Path) -> None:
    config = _load(path, GOOD)
    assert (config.listen.management.port, config.listen.protocol.port, config.listen.data.port) == (
        9181,
        9282,
        8383,
    )
    assert (config.contexts[0].id, config.contexts[0].name_zh) == ("bureau", "环境局")
    assert config.trust.issuers[0].types == ("MembershipCredential",)
    assert config.answers[0].do == ("hold",)
    assert config.keys.algorithm == "EdDSA"


def test_paths_are_relative_to_the_folder_of_the_file(path: Path) -> None:
    config = _load(path, GOOD)
    assert config.at(config.store.path) == path.parent.resolve() / "xinfu.sqlite"
    assert config.at("/elsewhere/x") == Path("/elsewhere/x").resolve()


def test_the_environment_counts_before_the_file(path: Path) -> None:
    config = _load(
        path,
        GOOD,
        XINFU_LISTEN_PROTOCOL_PORT="7000",
        XINFU_DEVELOPMENT="false",
        XINFU_LISTEN_PROTOCOL_PUBLIC_URL="https://a.example",
        XINFU_LISTEN_DATA_PUBLIC_URL="https://a.example",
        XINFU_LOG_LEVEL="DEBUG",
        XINFU_NEGOTIATION_COUNTER_OFFERS="refuse",
        XINFU_UNRELATED="x",
    )
    assert (config.listen.protocol.port, config.listen.protocol.host) == (7000, "127.0.0.1")
    assert (config.development, config.log.level) == (False, "DEBUG")
    assert config.negotiation.counter_offers == "refuse"


@pytest.mark.parametrize(
    ("name", "value"),
    [("XINFU_LISTEN_PROTOCOL_PORT", "many"), ("XINFU_DEVELOPMENT", "perhaps"), ("XINFU_LOG_LEVEL", "LOUD")],
)
def test_a_bad_value_of_the_environment_is_refused(path: Path, name: str, value: str) -> None:
    error = _refused(path, GOOD, **{name: value})
    assert error.code == "config.invalid"


UNKNOWN: dict[str, tuple[str, str, int]] = {
    "at the top": ("colour = 1\n" + GOOD, "colour", 1),
    "in a table": (GOOD + "[limits]\nbody_byte = 1\n", "limits.body_byte", LAST + 2),
    "in a table of a table": (GOOD + "[listen.data]\nhorst = 'a'\n", "listen.data.horst", LAST + 2),
    "in a list of tables": (GOOD + "[[contexts]]\nid = 'b'\nnam = 'x'\n", "nam", LAST + 3),
    "a table": (GOOD + "[lissen]\nport = 1\n", "lissen", LAST + 1),
}


@pytest.mark.parametrize(("text", "key", "line"), UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_key_is_refused_by_name_and_line(path: Path, text: str, key: str, line: int) -> None:
    error = _refused(path, text)
    assert error.code == "config.invalid"
    assert f"node.toml, line {line}:" in error.en
    assert f"第 {line} 行" in error.zh
    assert key in error.en


BAD: dict[str, tuple[str, str, int]] = {
    "a text for a number": (GOOD + '[limits]\nbody_bytes = "many"\n', "limits.body_bytes", LAST + 2),
    "a number for a text": (GOOD.replace('"127.0.0.1"', "7"), "listen.protocol.host", 8),
    "the second of two like keys": (GOOD.replace("port = 9282", "port = 'x'"), "listen.protocol.port", 9),
    "the first of two like keys": (GOOD.replace("port = 9181", "port = 'x'"), "listen.management.port", 5),
    "a port beyond the last": (GOOD.replace("9282", "65536"), "listen.protocol.port", 9),
    "a negative port": (GOOD.replace("9282", "-1"), "listen.protocol.port", 9),
    "a language that is not there": (GOOD.replace('"zh"', '"fr"'), "language", 2),
    "an algorithm that is not there": (GOOD + "[keys]\nalgorithm = 'RS256'\n", "keys.algorithm", LAST + 2),
    "an identity that is not there": (GOOD + "[identity]\nkind = 'magic'\n", "identity.kind", LAST + 2),
    "no time for a token": (GOOD + "[data]\ntoken_ttl_s = 0\n", "data.token_ttl_s", LAST + 2),
    "no room for a body": (GOOD + "[limits]\nbody_bytes = 0\n", "limits.body_bytes", LAST + 2),
    "a dotted key": ("limits.body_bytes = 'x'\n" + GOOD, "limits.body_bytes", 1),
    "an inline table": ("limits = {body_bytes = 'x'}\n" + GOOD, "limits.body_bytes", 1),
}


@pytest.mark.parametrize(("text", "key", "line"), BAD.values(), ids=BAD)
def test_a_bad_value_is_refused_by_name_and_line(path: Path, text: str, key: str, line: int) -> None:
    error = _refused(path, text)
    assert error.code == "config.invalid"
    assert f"node.toml, line {line}:" in error.en, error.en
    assert f"({key})" in error.en
    assert error.help_zh


OTHER: dict[str, tuple[str, str]] = {
    "no TOML": ("[listen\n", "config.not-toml"),
    "a key twice": ("a = 1\na = 2\n", "config.not-toml"),
    "no context": ("development = true\n", "config.no-context"),
    "an upper-case context": ("development = true\n[[contexts]]\nid = 'Bureau'\n", "config.context-id"),
    "a context with a slash": ("development = true\n[[contexts]]\nid = 'a/b'\n", "config.context-id"),
    "a context twice": (
        "development = true\n[[contexts]]\nid = 'a'\n[[contexts]]\nid = 'a'\n",
        "config.context-id",
    ),
    "an identity that proves nothing": (
        "[identity]\nkind = 'insecure-static'\n[[contexts]]\nid = 'a'\n",
        "config.insecure-identity",
    ),
    "public without TLS": ("[listen.protocol]\nhost = '0.0.0.0'\n[[contexts]]\nid = 'a'\n", "config.no-tls"),
    "loopback without TLS": ("[[contexts]]\nid = 'a'\n", "config.no-tls"),
    "a proxy without TLS": (
        "[listen.protocol]\npublic_url = 'http://a.example'\n[[contexts]]\nid = 'a'\n",
        "config.no-tls",
    ),
    "a certificate without its key": ("[tls]\ncert = 'a.pem'\n[[contexts]]\nid = 'a'\n", "config.no-tls"),
    "development in public": (
        "development = true\n[listen.data]\nhost = '0.0.0.0'\n[[contexts]]\nid = 'a'\n",
        "config.public-development",
    ),
    "an open door with two names": (
        GOOD + "[[outbound.allow]]\nhost = 'a.example'\ncidr = '10.0.0.0/8'\n",
        "config.outbound-entry",
    ),
    "an open door that is none": (
        GOOD + "[[outbound.allow]]\ncidr = '10.0.0.0/99'\n",
        "config.outbound-entry",
    ),
}


@pytest.mark.parametrize(("text", "code"), OTHER.values(), ids=OTHER)
def test_a_node_that_cannot_be_meant_so_is_refused(path: Path, text: str, code: str) -> None:
    """D-05, D-08, D-10."""
    error = _refused(path, text)
    assert error.code == code
    assert error.zh


ALLOWED: dict[str, str] = {
    "development on loopback": "development = true\n[[contexts]]\nid = 'a'\n",
    "development in public, forced by name": (
        "development = true\nforce_public_development = true\n"
        "[listen.protocol]\nhost = '0.0.0.0'\n[[contexts]]\nid = 'a'\n"
    ),
    "TLS of its own": "[tls]\ncert = 'a.pem'\nkey = 'a.key'\n[[contexts]]\nid = 'a'\n",
    "behind a proxy": (
        "[listen.protocol]\npublic_url = 'https://a.example'\n"
        "[listen.data]\npublic_url = 'https://a.example'\n[[contexts]]\nid = 'a'\n"
    ),
}


@pytest.mark.parametrize("text", ALLOWED.values(), ids=ALLOWED)
def test_a_node_that_can_be_meant_so_is_read(path: Path, text: str) -> None:
    assert _load(path, text).contexts[0].id == "a"


def test_a_file_that_is_not_there_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path / "node.toml", {})
    assert refused.value.code == "config.missing"
    assert "xinfu init" in refused.value.help_en


def test_a_file_that_is_no_text_is_refused(path: Path) -> None:
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError) as refused:
        load(path, {})
    assert refused.value.code == "config.missing"


@pytest.mark.parametrize("secret", ["master", "api"])
def test_secrets_are_named_by_file_and_never_stand_in_the_config(path: Path, secret: str) -> None:
    """D-06: what looks like a key in node.toml is a file's name."""
    config = _load(path, GOOD + f"[keys]\n{secret} = 'elsewhere.key'\n")
    kept: Any = getattr(config.keys, secret)
    assert config.at(kept) == path.parent.resolve() / "elsewhere.key"
