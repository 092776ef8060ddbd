"""`xinfu init`: write node.toml, the master key and the API key of a new node, without overwriting anything."""

import json
import os
import re
import secrets
from pathlib import Path
from typing import Final

import click
import msgspec

from xinfu.cli import errors
from xinfu.cli.options import CONFIG, speaking
from xinfu.cli.output import Output
from xinfu.signers.keyring import create_master_key

MASTER: Final = "master.key"
API: Final = "api.key"
DATA: Final = "data"
PORTS: Final = (8181, 8282, 8383)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a new node.toml; `ports` are those of management, protocol and data.

    `entity` and `connector` are codes by NDI-TR-2025-04. With a `place`, its region, the node is a service platform
    whose operator is `entity`; `platform` is the DID of the platform with which it files contracts.
    """

    id: str
    name_en: str = ""
    name_zh: str = ""
    issuer: bool = False
    development: bool = False
    ports: tuple[int, int, int] = PORTS
    public_url: str | None = None
    public_data_url: str | None = None
    trusts: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    language: str = "en"
    entity: str = ""
    connector: str = ""
    place: str = ""
    platform: str = ""


@click.command(name="init")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
@click.option("--id", "id_", help="Id of the participant, lower case (default: the folder's name).")
@click.option("--name-en", default="", help="Its name in English.")
@click.option("--name-zh", default="", help="Its name in Chinese.")
@click.option("--issuer", is_flag=True, help="The node issues membership credentials.")
@click.option("--trust", "trusts", multiple=True, metavar="DID", help="Trust the credentials of this issuer.")
@click.option("--development", is_flag=True, help="Allow http and loopback; never for real data.")
@click.option(
    "--ports",
    default=",".join(map(str, PORTS)),
    show_default=True,
    metavar="M,P,D",
    help="Ports of management, protocol and data; 0 takes a free one.",
)
@click.option("--public-url", help="https address of a proxy in front of the protocol listener.")
@click.option("--public-data-url", help="https address of a proxy in front of the data listener.")
@click.option(
    "--publish-from",
    "folders",
    multiple=True,
    metavar="FOLDER",
    help="A folder from which files may be published (default: data, next to node.toml).",
)
@speaking
def init_command(
    out: Output,
    folder: Path,
    id_: str | None,
    name_en: str,
    name_zh: str,
    issuer: bool,
    trusts: tuple[str, ...],
    development: bool,
    ports: str,
    public_url: str | None,
    public_data_url: str | None,
    folders: tuple[str, ...],
) -> None:
    """Write the configuration and the keys of a new node.

    FOLDER gets node.toml, master.key and api.key; the last two are readable only by their owner. It also gets an empty
    folder data, from which files may be published. Existing files are never overwritten.
    """
    settings = Settings(
        id=id_ or _slug(folder.resolve().name),
        name_en=name_en,
        name_zh=name_zh,
        issuer=issuer,
        development=development,
        ports=_ports(ports),
        public_url=public_url,
        public_data_url=public_data_url,
        trusts=trusts,
        folders=tuple(str(Path(each).resolve()) for each in folders),
        language=out.language,
    )
    write_node(folder, settings)
    made = {"folder": str(folder.resolve()), "id": settings.id, "files": [CONFIG, MASTER, API]}
    out.give(made, _told(out, folder, settings))


def write_node(folder: Path, settings: Settings) -> None:
    """Write the three files, all or none, and make the folder of data.

    Raises:
        ConflictError: `init.exists`. InputError: `init.folder`, `init.id`, `init.text`.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", settings.id):
        raise errors.INIT_ID(id=settings.id)
    text = node_toml(settings)
    for name in (CONFIG, MASTER, API):
        if (folder / name).exists():
            raise errors.INIT_EXISTS(name=name, folder=folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not settings.folders:
            (folder / DATA).mkdir(mode=0o750, exist_ok=True)
        create_master_key(folder / MASTER)
        _write_new(folder / API, secrets.token_urlsafe(32) + "\n", 0o600)
        _write_new(folder / CONFIG, text, 0o644)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise errors.INIT_FOLDER(folder=folder, why=why) from error


def node_toml(settings: Settings) -> str:
    """Return a node.toml with a comment on each table."""
    management, protocol, data = settings.ports
    lines = [
        "# A node of xinfu. docs/reference/settings.md explains every key. No secret stands in this file.",
        "",
        f"development = {_flag(settings.development)}  # allows http and loopback; never for real data",
        f"issuer = {_flag(settings.issuer)}  # issues membership credentials",
        f"language = {_text(settings.language)}",
        "",
        "[[contexts]]  # the participant that this node plays",
        f"id = {_text(settings.id)}",
        f"name_en = {_text(settings.name_en)}",
        f"name_zh = {_text(settings.name_zh)}",
        *_codes(settings),
        "",
        "[listen.management]  # for the operator; keep it off public networks",
        f"port = {management}",
        "",
        "[listen.protocol]  # for other participants",
        f"port = {protocol}",
        *_public(settings, settings.public_url),
        "",
        "[listen.data]  # for their downloads",
        f"port = {data}",
        *_public(settings, settings.public_data_url),
        "",
        "[keys]  # each of mode 0600; keep the master key out of backups of the store",
        f"master = {_text(MASTER)}",
        f"api = {_text(API)}",
        "",
        "[data]  # files may only be published from below these",
        f"folders = [{', '.join(map(_text, settings.folders or (DATA,)))}]",
    ]
    if not settings.development:
        lines += [
            "",
            "# [tls]  # TLS 1.3 without a proxy in front",
            '# cert = "cert.pem"',
            '# key = "key.pem"',
        ]
    for issuer in settings.trusts:
        lines += [
            "",
            "[[trust.issuers]]  # whose membership credentials are believed",
            f"did = {_text(issuer)}",
        ]
    return "\n".join([*lines, *_contracts(settings)]) + "\n"


def _codes(settings: Settings) -> list[str]:
    given = {"entity": settings.entity, "connector": settings.connector}
    return [f"{key} = {_text(code)}" for key, code in given.items() if code]


def _contracts(settings: Settings) -> list[str]:
    lines = []
    if settings.platform:
        lines += ["", "[contract]  # whom contracts are filed with", f"platform = {_text(settings.platform)}"]
    if settings.place:
        lines += [
            "",
            "[platform]  # numbers and files the contracts of its space",
            f"context = {_text(settings.id)}",
            f"entity = {_text(settings.entity)}",
            f"place = {_text(settings.place)}",
        ]
    return lines


def _public(settings: Settings, url: str | None) -> list[str]:
    if settings.development and url is None:
        return []
    if url is None:
        return [
            '# host = "0.0.0.0"',
            '# public_url = "https://..."  # of a proxy that speaks TLS; else set [tls]',
        ]
    return [f"public_url = {_text(url)}"]


def _text(value: str) -> str:
    """Return a text as a TOML string, which JSON can write because control characters are refused."""
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in value):
        raise errors.INIT_TEXT()
    return json.dumps(value, ensure_ascii=False)


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _write_new(path: Path, text: str, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)


def _ports(text: str) -> tuple[int, int, int]:
    parts = text.split(",")
    if len(parts) != 3 or not all(part.isdecimal() and int(part) < 65536 for part in parts):
        raise errors.INIT_PORTS(text=text)
    management, protocol, data = map(int, parts)
    return management, protocol, data


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:63] or "node"


def _told(out: Output, folder: Path, settings: Settings) -> list[str]:
    lines = [
        out.pick(
            f"Wrote {CONFIG}, {MASTER} and {API} in {folder}.",
            f"已在 {folder} 写入 {CONFIG}、{MASTER} 和 {API}。",
        )
    ]
    if not settings.development and settings.public_url is None:
        lines.append(
            out.pick(
                "Before it runs, give it TLS: [tls], or public_url of a proxy.",
                "运行前须配置 TLS：[tls]，或代理的 public_url。",
            )
        )
    if not settings.folders:
        place = folder / DATA
        lines.append(
            out.pick(f"Publish from {place}: put data there.", f"数据从 {place} 发布：请将数据放入该文件夹。")
        )
    lines.append(out.pick("Start it: ", "启动：") + f"xinfu run --config {folder / CONFIG}")
    return lines
