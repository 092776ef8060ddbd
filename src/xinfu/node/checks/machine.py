"""The machine beneath a node: key files, certificate, disk, database, and what the configuration opens."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509

from xinfu.errors import XinfuError
from xinfu.node import errors
from xinfu.node.config import Config
from xinfu.ports.clock import Clock
from xinfu.services.finding import Finding, Grade, finding_of, fine

_LOW_BYTES: Final = 1 << 30
_EMPTY_BYTES: Final = 100 << 20
SOON_DAYS: Final = 21
"""A certificate or credential that ends sooner is worth a warning."""


def key_files(config: Config) -> list[Finding]:
    """The master key, the API key and the database's password are their owner's alone."""
    named = [config.keys.master, config.keys.api]
    named += [config.store.password_file] if config.store.url and config.store.password_file else []
    return [_key_file(config.at(each)) for each in named]


def _key_file(path: Path) -> Finding:
    try:
        mode = path.stat().st_mode & 0o777
    except OSError as error:
        return Finding(
            code="key-file.missing",
            grade=Grade.FAULT,
            en=f"The key file {path.name} cannot be looked at: {error.strerror}.",
            zh=f"无法查看密钥文件 {path.name}：{error.strerror}。",
            help_en="Put it back from where keys are kept; a new one opens nothing of this store.",
            help_zh="请从密钥备份处恢复；新密钥无法打开现有存储。",
            about=path.name,
        )
    if mode & 0o077:
        return Finding(
            code="key-file.loose",
            grade=Grade.FAULT,
            en=f"Others than its owner can read or change {path.name} (mode {mode:04o}).",
            zh=f"{path.name} 可被所有者以外的用户读取或修改（权限 {mode:04o}）。",
            help_en=f"chmod 600 {path.name}; if others were on this machine, make a new key.",
            help_zh=f"请执行 chmod 600 {path.name}；若他人曾登录本机，请更换密钥。",
            about=path.name,
        )
    return fine(
        "key-file.private",
        f"{path.name} is its owner's alone.",
        f"{path.name} 仅所有者可读。",
        about=path.name,
    )


def clock_jumps(clock: Clock) -> list[Finding]:
    """The time of the node is not in doubt; while it is, every use is refused."""
    if clock.is_trusted():
        return []
    return [
        Finding(
            code="clock.jumped",
            grade=Grade.FAULT,
            en="The clock has jumped: nothing is used, and nothing expires, until the time is certain.",
            zh="时钟发生跳变：在时间确定之前，拒绝一切使用，也不做到期处理。",
            help_en="Set the time right. One that was set back counts again where it had been, one set ahead after a minute.",
            help_zh="请校正时间。回拨的时钟须走到原先的时刻，前拨的时钟须稳定一分钟，方可恢复。",
        )
    ]


def certificate(config: Config, now: datetime) -> list[Finding]:
    """The certificate of our own listeners, where they speak TLS themselves."""
    if config.tls.cert is None:
        return []
    path = config.at(config.tls.cert)
    try:
        chain = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        return [
            Finding(
                code="certificate.unreadable",
                grade=Grade.FAULT,
                en=f"The certificate {path.name} cannot be read.",
                zh=f"无法读取证书 {path.name}。",
                help_en="Give a PEM certificate chain that the node may read.",
                help_zh="请提供节点可读的 PEM 证书链。",
                about=path.name,
            )
        ]
    until = min(each.not_valid_after_utc for each in chain)
    return [certificate_until(until, now, path.name)]


def certificate_until(until: datetime, now: datetime, about: str) -> Finding:
    """How long a certificate still holds."""
    days = (until - now).days
    on = until.astimezone(UTC).date().isoformat()
    if until <= now:
        return Finding(
            code="certificate.expired",
            grade=Grade.FAULT,
            en=f"The certificate has expired on {on}: partners refuse to connect.",
            zh=f"证书已于 {on} 过期，对方将拒绝连接。",
            help_en="Renew it and start the node or proxy again.",
            help_zh="请更新证书并重启节点或代理。",
            about=about,
        )
    if days < SOON_DAYS:
        return Finding(
            code="certificate.expires-soon",
            grade=Grade.WARNING,
            en=f"The certificate expires in {days} days, on {on}.",
            zh=f"证书将在 {days} 天后（{on}）过期。",
            help_en="Renew it before then.",
            help_zh="请在此之前更新证书。",
            about=about,
        )
    return fine(
        "certificate.valid",
        f"The certificate holds for {days} days more.",
        f"证书还有 {days} 天有效。",
        about=about,
    )


def disk(config: Config) -> list[Finding]:
    """Room on the disk of the node's folder and store."""
    folder = config.at(".") if config.store.url else config.at(config.store.path).parent
    try:
        free = shutil.disk_usage(folder).free
        writable = os.access(folder, os.W_OK)
    except OSError as error:
        return [
            Finding(
                code="disk.unreachable",
                grade=Grade.FAULT,
                en=f"The node's folder cannot be looked at: {error.strerror}.",
                zh=f"无法查看节点目录：{error.strerror}。",
            )
        ]
    said = f"{free / 2**30:.1f} GiB"
    if not writable:
        return [
            Finding(
                code="disk.read-only",
                grade=Grade.FAULT,
                en="The node may not write into the folder of its store.",
                zh="节点无权写入存储目录。",
                help_en="Check owner, permissions and mount options of the folder.",
                help_zh="请检查目录的属主、权限与挂载选项。",
            )
        ]
    if free < _LOW_BYTES:
        return [
            Finding(
                code="disk.low",
                grade=Grade.FAULT if free < _EMPTY_BYTES else Grade.WARNING,
                en=f"Only {said} are free where the store lies.",
                zh=f"存储所在磁盘仅剩 {said}。",
                help_en="Make room before steps are refused.",
                help_zh="请尽快清理，否则步骤将被拒绝。",
            )
        ]
    return [fine("disk.room", f"{said} are free where the store lies.", f"存储所在磁盘剩余 {said}。")]


def opened_rules(config: Config) -> list[Finding]:
    """Return findings for what the configuration allows beyond the defaults."""
    found: list[Finding] = []
    if config.development:
        found.append(
            Finding(
                code="rules.development",
                grade=Grade.WARNING,
                en="Development is on: plain http and loopback addresses are allowed.",
                zh="开发模式已开启：允许明文 http 与环回地址。",
                help_en="Never use it with real data; set development = false.",
                help_zh="切勿用于真实数据；请设置 development = false。",
            )
        )
    for name, entries in (("allow", config.outbound.allow), ("sources", config.outbound.sources)):
        for entry in entries:
            what = entry.host or entry.cidr or ""
            purposes = ", ".join(entry.purposes) or "all"
            plain = entry.http and name == "allow"
            found.append(
                Finding(
                    code="rules.open",
                    grade=Grade.WARNING if plain else Grade.OK,
                    en=f"[outbound] {name} opens {what} for {purposes}"
                    + (", plain http too." if entry.http else "."),
                    zh=f"[outbound] {name} 放行 {what}（用途：{purposes}）"
                    + ("，含明文 http。" if entry.http else "。"),
                    help_en="Take away http where TLS will do." if plain else "",
                    help_zh="若可使用 TLS，请去掉 http。" if plain else "",
                    about=what,
                )
            )
    if not found:
        found.append(
            fine("rules.closed", "No address is opened beyond public ones.", "除公网地址外未放行任何地址。")
        )
    return found


async def database(config: Config) -> list[Finding]:
    """A PostgreSQL server keeps what it says it keeps."""
    if config.store.url is None:
        return []
    import asyncpg  # it is there where a database is configured

    from xinfu.stores.postgres_place import Database

    password = config.at(config.store.password_file) if config.store.password_file else None
    try:
        connection = await Database(config.store.url, password_file=password, wait_s=5).connect()
    except XinfuError as error:
        return [finding_of("database.away", error)]
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        told = errors.STORE_AWAY(error=type(error).__name__)
        return [finding_of("database.away", told)]
    try:
        names = ("fsync", "full_page_writes", "synchronous_commit")
        values = {name: str(await connection.fetchval(f"SHOW {name}")) for name in names}
        isolation = str(await connection.fetchval("SHOW default_transaction_isolation"))
    finally:
        await connection.close()
    off = [name for name in names if values[name] == "off"]
    if off:
        return [
            Finding(
                code="database.forgets",
                grade=Grade.FAULT,
                en=f"The database has {', '.join(off)} off: a power cut may lose what was promised.",
                zh=f"数据库关闭了 {', '.join(off)}：断电可能丢失已承诺的数据。",
                help_en="Switch them on in postgresql.conf.",
                help_zh="请在 postgresql.conf 中开启。",
            )
        ]
    return [
        fine(
            "database.durable",
            f"The database answers and keeps what it commits; its isolation is {isolation}.",
            f"数据库可用且提交即落盘，隔离级别为 {isolation}。",
        )
    ]
