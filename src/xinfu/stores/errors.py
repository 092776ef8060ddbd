"""Error sentences of stores."""

from typing import Final

from xinfu.errors import ConfigError, ConflictError, InputError, StoreError, Wording

STORE_AWAY: Final = Wording(
    StoreError,
    "store.away",
    "The database cannot be reached; nothing of this step was kept.",
    "无法连接数据库，本步骤未保存任何内容。",
    help_en="It is tried again by itself; look whether the database runs.",
    help_zh="系统会自动重试，请检查数据库是否在运行。",
)
STORE_AWAY_AT_START: Final = Wording(
    StoreError,
    "store.away",
    "The database {shown} cannot be reached.",
    "无法连接数据库 {shown}。",
    help_en="Look whether PostgreSQL runs and listens there; `xinfu run` waits for it.",
    help_zh="请检查 PostgreSQL 是否在该处运行并监听；`xinfu run` 会持续等待。",
)
STORE_BROKEN: Final = Wording(
    StoreError,
    "store.broken",
    "The store cannot be written or read ({error}); nothing of this step was kept.",
    "存储无法读写（{error}），本步骤未保存任何内容。",
    help_en="Look at the disk and the permissions of the store's folder.",
    help_zh="请检查磁盘以及存储目录的权限。",
)
STORE_BROKEN_DATABASE: Final = Wording(
    StoreError,
    "store.broken",
    "The store cannot be written or read ({error}); nothing of this step was kept.",
    "存储无法读写（{error}），本步骤未保存任何内容。",
    help_en="Look at the database's own log.",
    help_zh="请查看数据库日志。",
)
STORE_BUSY: Final = Wording(
    ConflictError,
    "store.busy",
    "Another process has held the store for more than {waited_s:g} seconds.",
    "另一进程占用存储已超过 {waited_s:g} 秒。",
    help_en="Stop the other process, or try again.",
    help_zh="请停止另一进程，或稍后重试。",
)
STORE_BUSY_CONNECTIONS: Final = Wording(
    ConflictError,
    "store.busy",
    "No connection to the database became free within {waited_s:g} seconds.",
    "{waited_s:g} 秒内没有空闲的数据库连接。",
    help_en="Try again; allow more connections in [store] if this lasts.",
    help_zh="请重试；若持续出现，请在 [store] 中增加连接数。",
)
STORE_BUSY_FILE: Final = Wording(
    ConflictError,
    "store.busy",
    "Another process has held {path} for more than {waited_s:g} seconds.",
    "另一进程占用 {path} 已超过 {waited_s:g} 秒。",
    help_en="Stop the other process, or try again.",
    help_zh="请停止另一进程，或稍后重试。",
)
STORE_CLOSED: Final = Wording(StoreError, "store.closed", "The store is closed.", "存储已关闭。")
STORE_ENCODING: Final = Wording(
    ConfigError,
    "store.encoding",
    "The database holds text as {encoding}; it has to be UTF8.",
    "数据库文本编码为 {encoding}，须为 UTF8。",
    help_en="Make the database with ENCODING 'UTF8' TEMPLATE template0.",
    help_zh="请以 ENCODING 'UTF8' TEMPLATE template0 创建数据库。",
)
STORE_FOREIGN: Final = Wording(
    ConfigError,
    "store.foreign",
    "The database holds tables that are not xinfu's.",
    "该数据库中有不属于信符的表。",
    help_en="Name another database, or move this one away.",
    help_zh="请指定其他数据库，或将其移走。",
)
STORE_FOREIGN_FILE: Final = Wording(
    ConfigError,
    "store.foreign",
    "{path} is not a store of xinfu.",
    "{path} 不是信符的存储文件。",
    help_en="Name another file, or move this one away.",
    help_zh="请指定其他文件，或将该文件移走。",
)
STORE_FULL: Final = Wording(
    StoreError,
    "store.full",
    "The disk of the store is full; nothing of this step was kept.",
    "存储所在磁盘已满，本步骤未保存任何内容。",
    help_en="Make room on the disk and try again.",
    help_zh="请清理磁盘空间后重试。",
)
STORE_FULL_DATABASE: Final = Wording(
    StoreError,
    "store.full",
    "The disk of the store is full; nothing of this step was kept.",
    "存储所在磁盘已满，本步骤未保存任何内容。",
    help_en="Make room on the database's disk and try again.",
    help_zh="请清理数据库磁盘空间后重试。",
)
STORE_LOCKED: Final = Wording(
    StoreError,
    "store.locked",
    "Another step held what this one needs for too long; nothing of this step was kept.",
    "另一步骤占用所需记录过久，本步骤未保存任何内容。",
    help_en="Try again.",
    help_zh="请重试。",
)
STORE_NEWER: Final = Wording(
    ConfigError,
    "store.newer",
    "The store has version {found!r}; this program knows versions up to {head!r}.",
    "存储的版本为 {found!r}，本程序最高只支持 {head!r}。",
    help_en="Run the newer xinfu that wrote it, or restore a backup made before the upgrade.",
    help_zh="请使用写入该存储的新版信符，或恢复升级前的备份。",
)
STORE_PASSWORD_FILE: Final = Wording(
    ConfigError,
    "store.password-file",
    "Others can read the password in {name}: its mode is {mode:04o}.",
    "其他用户可读取 {name} 中的密码：其权限为 {mode:04o}。",
    help_en="Give it to its owner alone: chmod 600 {name}.",
    help_zh="请只允许所有者读取：chmod 600 {name}。",
)
STORE_PASSWORD_FILE_EMPTY: Final = Wording(
    ConfigError,
    "store.password-file",
    "There is no password in {name}: the file is absent, empty or unreadable.",
    "{name} 中没有密码：文件不存在、为空或无法读取。",
    help_en="Write the password alone into the file and give it mode 0600.",
    help_zh="请在文件中只写入密码，并将权限设为 0600。",
)
STORE_PASSWORD_IN_URL: Final = Wording(
    ConfigError,
    "store.password-in-url",
    "The address of the database holds a password.",
    "数据库地址中含有密码。",
    help_en="Put the password into [store] password_file (mode 0600), or name a file in PGPASSFILE.",
    help_zh="请将密码写入 [store] password_file（权限 0600），或用 PGPASSFILE 指定文件。",
)
STORE_REFUSED: Final = Wording(
    ConfigError,
    "store.refused",
    "The database refuses us ({error}).",
    "数据库拒绝连接（{error}）。",
    help_en="Check user, password, database name and rights on the schema.",
    help_zh="请检查用户、密码、数据库名以及对模式的权限。",
)
STORE_REFUSED_NO_DATABASE: Final = Wording(
    ConfigError,
    "store.refused",
    "There is no database {database} at {server}.",
    "{server} 上没有数据库 {database}。",
    help_en="Create it: createdb {database}, with host, port and user as in [store] url.",
    help_zh="请先创建：createdb {database}（主机、端口与用户同 [store] url）。",
)
STORE_TEXT_UNUSABLE: Final = Wording(
    InputError,
    "store.text-unusable",
    "A value is not valid Unicode text, or is a number beyond 64 bits.",
    "某个值不是合法的 Unicode 文本，或是超出 64 位的整数。",
)
STORE_UNREACHABLE: Final = Wording(
    ConfigError,
    "store.unreachable",
    "The store's file {path} cannot be opened: {why}.",
    "无法打开存储文件 {path}：{why}。",
    help_en="Check the folder's owner and permissions.",
    help_zh="请检查目录的属主和权限。",
)
STORE_UNSURE: Final = Wording(
    StoreError,
    "store.unsure",
    "The connection to the database broke during the commit: the step was kept whole or not at all.",
    "提交过程中数据库连接中断：该步骤要么完整保存，要么完全未保存。",
    help_en="Look, or repeat: a repeat changes nothing that was kept.",
    help_zh="请查看结果或重试：已保存的内容不会因重试而改变。",
)
STORE_URL: Final = Wording(
    ConfigError,
    "store.url",
    "The address of the store does not begin with postgresql://.",
    "存储地址须以 postgresql:// 开头。",
    help_en="Write [store] url as postgresql://user@host:port/database.",
    help_zh="[store] url 的写法为 postgresql://用户@主机:端口/数据库。",
)
