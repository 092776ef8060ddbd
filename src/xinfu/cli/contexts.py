"""`xinfu contexts`: manage the participants that a node hosts."""

from pathlib import Path

import click
from msgspec.structs import asdict, replace

from xinfu.api import HostedView, LimitsView
from xinfu.cli import errors
from xinfu.cli.confirmation import agreed, confirm
from xinfu.cli.options import calling, forced
from xinfu.cli.output import Output, table
from xinfu.client import Node
from xinfu.client.files import check_free, write_file

BOUNDS = ("datasets", "negotiations", "transfers", "reads")


@click.group(name="contexts")
def contexts_group() -> None:
    """Manage hosted participants: add, limit, close them."""


@contexts_group.command(name="list")
@calling
async def list_command(node: Node, out: Output, /) -> None:
    """List the participants hosted by the node."""
    found = await node.contexts.list()
    out.give(found, _lines(out, found))


@contexts_group.command(name="show")
@click.argument("id_", metavar="ID")
@calling
async def show_command(node: Node, out: Output, /, id_: str) -> None:
    """Show a participant, and its use of the node's limits."""
    found = await node.contexts.show(id_)
    used, limits = asdict(found.used), asdict(found.context.limits)
    columns = out.pick("what used limit", "项目 已用 上限").split()
    rows = [(name, str(used[name]), _bound(limits[name])) for name in BOUNDS]
    out.give(found, [*_lines(out, [found.context]), *_places(out, found.context), "", *table(columns, rows)])


@contexts_group.command(name="add")
@click.argument("id_", metavar="ID")
@click.option("--name-zh", default="", help="Its name in Chinese.")
@click.option("--name-en", default="", help="Its name in English.")
@click.option("--participant", help="Its identifier (default: derived from the node's address).")
@click.option("--entity", default="", help="Its subject code (主体标识码), for signing digital contracts.")
@click.option("--connector", default="", help="The code of this node as the participant's connector.")
@click.option(
    "--grade",
    type=click.IntRange(1, 5),
    help="The grade of its assets that state none (default: they are not offered).",
)
@click.option(
    "--folder",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A folder of the node's machine from which it may publish (default: none).",
)
@click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="HOST|NET",
    help="A non-public address at which its sources may be; http:// before it allows plain http.",
)
@click.option("--limit", "limits", multiple=True, metavar="WHAT=N", help=f"A limit on {', '.join(BOUNDS)}.")
@click.option(
    "--key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the participant's API key to this file (mode 0600) instead of printing it.",
)
@forced
@calling
async def add_command(
    node: Node,
    out: Output,
    /,
    id_: str,
    name_zh: str,
    name_en: str,
    participant: str | None,
    entity: str,
    connector: str,
    grade: int | None,
    folders: tuple[Path, ...],
    sources: tuple[str, ...],
    limits: tuple[str, ...],
    key_file: Path | None,
    force: bool,
) -> None:
    """Host another participant; its API key is printed once."""
    if key_file is not None:
        check_free(key_file, overwrite=force)
    name = {"zh": name_zh or id_, "en": name_en or id_}
    made = await node.contexts.add(
        id_,
        name=name,
        participant=participant,
        entity=entity,
        connector=connector,
        grade=grade,
        folders=folders,
        sources=sources,
        limits=_bounded(LimitsView(), limits),
    )
    _give_key(out, made.api_key, key_file, made.context)


@contexts_group.command(name="places")
@click.argument("id_", metavar="ID")
@click.option(
    "--folder",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A folder of the node's machine from which it may publish.",
)
@click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="HOST|NET",
    help="A non-public address at which its sources may be; http:// before it allows plain http.",
)
@calling
async def places_command(
    node: Node, out: Output, /, id_: str, folders: tuple[Path, ...], sources: tuple[str, ...]
) -> None:
    """Set where a participant's sources may be, replacing the previous places; without options, nowhere.

    Files must be below these folders; tables and APIs at public addresses, or at the addresses given here. Sources that
    are elsewhere are no longer opened.
    """
    made = await node.contexts.change(id_, folders=folders, sources=sources)
    out.give(made, [*_lines(out, [made]), *_places(out, made)])


@contexts_group.command(name="limit")
@click.argument("id_", metavar="ID")
@click.argument("limits", nargs=-1, required=True, metavar="WHAT=N...")
@calling
async def limit_command(node: Node, out: Output, /, id_: str, limits: tuple[str, ...]) -> None:
    """Set limits of a participant; WHAT=none removes a limit."""
    before = await node.contexts.show(id_)
    made = await node.contexts.change(id_, limits=_bounded(before.context.limits, limits))
    out.give(made, _lines(out, [made]))


@contexts_group.command(name="grade")
@click.argument("id_", metavar="ID")
@click.argument("grade", type=click.IntRange(1, 5))
@agreed
@calling
async def grade_command(node: Node, out: Output, /, id_: str, grade: int, yes: bool) -> None:
    """Set the grade of a participant's assets that state none, such as those from EDC clients.

    Asks first if that lowers the grade.
    """
    before = (await node.contexts.show(id_)).context.grade
    if before is not None and grade < before:
        confirm(
            out,
            f"Lower the grade of all assets of {id_} that name none from {before} to {grade}?",
            f"将 {id_} 未标明分级的全部数据资源由 {before} 级降为 {grade} 级？",
            yes=yes,
        )
    made = await node.contexts.change(id_, grade=grade)
    out.give(made, _lines(out, [made]))


@contexts_group.command(name="close")
@click.argument("id_", metavar="ID")
@agreed
@calling
async def close_command(node: Node, out: Output, /, id_: str, yes: bool) -> None:
    """Close a participant: streams stop, processes end, peers are notified; its records stay. Asks first."""
    confirm(
        out,
        f"Close {id_}? Its negotiations and transfers end for good.",
        f"关闭 {id_}？其协商与传输将永久终止。",
        yes=yes,
    )
    made = await node.contexts.close(id_)
    out.give(made, _lines(out, [made]))


@contexts_group.command(name="reopen")
@click.argument("id_", metavar="ID")
@calling
async def reopen_command(node: Node, out: Output, /, id_: str) -> None:
    """Reopen a closed participant."""
    made = await node.contexts.reopen(id_)
    out.give(made, _lines(out, [made]))


@contexts_group.command(name="key")
@click.argument("id_", metavar="ID")
@click.option(
    "--key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the key to this file (mode 0600) instead of printing it.",
)
@forced
@agreed
@calling
async def key_command(
    node: Node, out: Output, /, id_: str, key_file: Path | None, force: bool, yes: bool
) -> None:
    """Make a new API key that opens only this participant; the previous key becomes invalid. Asks first."""
    if key_file is not None:
        check_free(key_file, overwrite=force)
    confirm(
        out,
        f"Make a fresh key of {id_}? The one before opens nothing any more.",
        f"为 {id_} 生成新密钥？原密钥随即失效。",
        yes=yes,
    )
    _give_key(out, (await node.contexts.new_key(id_)).api_key, key_file)


def _give_key(out: Output, key: str, file: Path | None, made: HostedView | None = None) -> None:
    shown = {} if made is None else {"context": made}
    lines = [] if made is None else _lines(out, [made])
    if file is None:
        out.give({**shown, "api_key": key}, [*lines, key])
        return
    write_file(file, f"{key}\n".encode("ascii"), overwrite=True, mode=0o600)
    out.give({**shown, "key_file": str(file)}, [*lines, str(file)])


def _bounded(before: LimitsView, said: tuple[str, ...]) -> LimitsView:
    """Return the limits with the given changes.

    Raises:
        InputError: `cli.limit`.
    """
    for each in said:
        what, _, bound = each.partition("=")
        if what not in BOUNDS or not (bound == "none" or (bound.isdecimal() and len(bound) < 10)):
            raise errors.CLI_LIMIT(given=each, bounds=", ".join(BOUNDS), bounds_zh="、".join(BOUNDS))
        before = replace(before, **{what: None if bound == "none" else int(bound)})
    return before


def _lines(out: Output, found: list[HostedView]) -> list[str]:
    columns = out.pick("id participant name state limits", "标识 参与方 名称 状态 上限").split()
    return table(columns, [_row(out, each) for each in found])


def _places(out: Output, each: HostedView) -> list[str]:
    """Return lines with the places where its sources may be."""
    none = out.pick("none", "无")
    return [
        out.pick("Folders: ", "可发布的文件夹：") + (", ".join(each.folders) or none),
        out.pick("Private addresses: ", "可访问的非公网地址：") + (", ".join(each.sources) or none),
    ]


def _row(out: Output, each: HostedView) -> tuple[str, ...]:
    state = out.pick("closed", "已关闭") if each.closed else out.pick("open", "开放")
    limits = [f"{name}={bound}" for name, bound in asdict(each.limits).items() if bound is not None]
    return (each.id, each.participant, out.of(each.name), state, " ".join(limits))


def _bound(bound: int | None) -> str:
    return "" if bound is None else str(bound)
