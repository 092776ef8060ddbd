"""Error sentences of signers."""

from typing import Final

from xinfu.errors import ConfigError, InputError, IntegrityError, Wording

ALGORITHM_FAILED: Final = Wording(
    ConfigError,
    "algorithm.failed",
    "The system's libcrypto could not work with an SM2 key: {reason}.",
    "系统 libcrypto 无法使用 SM2 密钥：{reason}。",
    facts=("reason",),
)
ALGORITHM_UNAVAILABLE: Final = Wording(
    ConfigError,
    "algorithm.unavailable",
    "SM2 is not available: this system has no libcrypto of OpenSSL 3 with SM2 and SM3.",
    "SM2 不可用：本系统没有带 SM2 与 SM3 的 OpenSSL 3 libcrypto。",
    help_en="Install OpenSSL 3 (its package is often called libssl3), or choose EdDSA or ES256.",
    help_zh="请安装 OpenSSL 3（软件包常名为 libssl3），或改用 EdDSA、ES256。",
)
KEY_UNREADABLE: Final = Wording(
    InputError,
    "key.unreadable",
    "This is not an unencrypted PKCS#8 private key of Ed25519, P-256 or SM2.",
    "这不是 Ed25519、P-256 或 SM2 的明文 PKCS#8 私钥。",
    help_en="Convert it: openssl pkcs8 -topk8 -nocrypt -in KEY.",
    help_zh="请转换：openssl pkcs8 -topk8 -nocrypt -in 密钥文件。",
)
KEYRING_BROKEN: Final = Wording(
    IntegrityError,
    "keyring.broken",
    "A sealed secret was changed, or belongs to another place.",
    "某个已封装的秘密被改动过，或不属于此处。",
    help_en="Restore it from a backup, or replace the key or secret.",
    help_zh="请从备份恢复，或更换该密钥或秘密。",
)
KEYRING_EXISTS: Final = Wording(
    ConfigError,
    "keyring.exists",
    "There is a master key at {path} already.",
    "{path} 已有主密钥。",
    help_en="Use it, or move it away if nothing was ever sealed under it.",
    help_zh="请继续使用它；若从未用它封装过，可先移走。",
)
KEYRING_FILE: Final = Wording(
    ConfigError,
    "keyring.file",
    "The master key file {path} cannot be used: {why}.",
    "主密钥文件 {path} 无法使用：{why}。",
    help_en="`xinfu init` makes one; a node cannot open its store without the one it was made with.",
    help_zh="可用 `xinfu init` 生成；已有的存储必须使用原来的主密钥。",
)
KEYRING_MASTER_KEY: Final = Wording(
    ConfigError,
    "keyring.master-key",
    "A keyring needs at least one master key of 32 bytes.",
    "密钥环至少需要一个 32 字节的主密钥。",
)
KEYRING_MASTER_KEY_LINE: Final = Wording(
    ConfigError,
    "keyring.master-key",
    "The master key file{where} contains a line that is not a master key.",
    "主密钥文件{where}中有一行不是主密钥。",
    help_en="Each line is 32 bytes in base64url.",
    help_zh="每行为 base64url 编码的 32 字节。",
)
KEYRING_PERMISSIONS: Final = Wording(
    ConfigError,
    "keyring.permissions",
    "Others than its owner may use the master key file {path} (mode {mode:04o}).",
    "主密钥文件 {path} 对所有者以外的人开放（权限 {mode:04o}）。",
    help_en="chmod 600 {path}, and take it for known if others have accounts on this machine.",
    help_zh="请执行 chmod 600 {path}；若机器上有他人账户，应视为已泄露并轮换。",
)
KEYRING_UNKNOWN_KEY: Final = Wording(
    IntegrityError,
    "keyring.unknown-key",
    "A secret is sealed under a master key that this node does not hold.",
    "某个秘密由本节点没有的主密钥封装。",
    help_en="Put the old master key back as a further line of the master key file.",
    help_zh="请把旧主密钥作为主密钥文件的另一行放回。",
)
