"""Error sentences of dataplanes / vault."""

from typing import Final

from xinfu.errors import ConflictError, IntegrityError, StoreError, Wording

VAULT_BUSY: Final = Wording(
    ConflictError,
    "vault.busy",
    "The object is landing already.",
    "该对象正在落地。",
    help_en="Wait for its end.",
    help_zh="请等待其完成。",
)
VAULT_FILE_MISSING: Final = Wording(
    StoreError,
    "vault.file-missing",
    "A sealed file of the object is not in the vault's folder.",
    "受控存储文件夹中缺少该对象的封存文件。",
    help_en="Check that the folder in [vault] is there and mounted.",
    help_zh="请检查 [vault] 指定的文件夹是否存在并已挂载。",
)
VAULT_FULL: Final = Wording(
    StoreError,
    "vault.full",
    "The disk of the vault is full.",
    "受控存储所在磁盘已满。",
    help_en="Free space, then let it land again: what has arrived is kept.",
    help_zh="请清理空间后重新落地，已收到的部分会保留。",
)
VAULT_KEY_MISSING: Final = Wording(
    StoreError,
    "vault.key-missing",
    "The key of the object is not in the vault's folder.",
    "受控存储文件夹中没有该对象的密钥。",
    help_en="Check that the folder in [vault] is there and mounted; a backup without keys opens nothing.",
    help_zh="请检查 [vault] 指定的文件夹是否存在并已挂载；不含密钥的备份无法打开任何内容。",
)
VAULT_UNREADABLE: Final = Wording(
    StoreError, "vault.unreadable", "The disk of the vault cannot be read.", "受控存储所在磁盘无法读取。"
)
VAULT_UNWRITABLE: Final = Wording(
    StoreError,
    "vault.unwritable",
    "The vault cannot be written to: {why}.",
    "无法写入受控存储：{why}。",
    help_en="Check the folder in [vault] and its permissions.",
    help_zh="请检查 [vault] 指定的文件夹及其权限。",
)
VAULT_DAMAGED: Final = Wording(
    IntegrityError,
    "vault.damaged",
    "What lies in the vault is not what was sealed there: it was altered, cut or put elsewhere.",
    "受控存储中的内容与封存时不一致：已被改动、截断或移位。",
    help_en="Nothing of it is given out. Destroy the object and let the data land again.",
    help_zh="不会给出任何内容。请销毁该对象后重新落地。",
)
