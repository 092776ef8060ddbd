"""`xinfu publish`: offer a file, a folder, objects of a store, a table or an HTTP API under rules."""

from pathlib import Path
from typing import Any, Final

import click

from xinfu.api import ReplacementView
from xinfu.cli import errors
from xinfu.cli.apis import api_of, in_api
from xinfu.cli.options import calling
from xinfu.cli.output import Output, size
from xinfu.cli.places import in_store, store_of
from xinfu.cli.rules import policy_of, rule_lines, rule_options
from xinfu.cli.tables import in_table, table_of
from xinfu.client import AssetView, Node, policy, read_policy
from xinfu.odrl import read
from xinfu.odrl.control.grades import name_of
from xinfu.odrl.engine.renewal import renewed_measures
from xinfu.odrl.model.meters import Measure


@click.command(name="publish")
@click.argument("what", metavar="PATH|NAME")
@click.option("--id", "id_", help="Id of the dataset (default: the name of the file or folder).")
@in_store
@in_table
@in_api
@click.option(
    "--grade",
    type=click.IntRange(1, 5),
    help="The sensitivity of the data (分类分级), 1 public to 5 important: see `xinfu grades list`.",
)
@click.option("--title", help="Title in English.")
@click.option("--title-zh", help="Title in Chinese.")
@click.option("--description", help="Description in English.")
@click.option("--description-zh", help="Description in Chinese.")
@click.option("--keyword", "keywords", multiple=True, help="A keyword; may be repeated.")
@click.option("--media-type", help="The media type, such as text/csv (default: by the name of the file).")
@click.option("--generated", is_flag=True, help="Mark the data as generated.")
@click.option(
    "--derived-from",
    "sources",
    multiple=True,
    metavar="AGREEMENT",
    help="An agreement whose data it was made from, which has to permit the offer; may be repeated.",
)
@click.option("--replace", is_flag=True, help="Replace the dataset that is published under this id.")
@click.option(
    "--reason",
    help="The reason for the replacement, for the evidence log; required for a lower grade, wider terms, or a wider audience.",
)
@click.option("--past", is_flag=True, help="Accept rules whose time is over.")
@rule_options
@click.option(
    "--access",
    "access_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file with the policy that decides who sees the offer (default: every proven participant).",
)
@click.option(
    "--unrestricted",
    is_flag=True,
    help="Permit every use to everyone, instead of the default terms of the grade.",
)
@calling
async def publish_command(
    node: Node,
    out: Output,
    /,
    what: str,
    id_: str | None,
    grade: int | None,
    title: str | None,
    title_zh: str | None,
    description: str | None,
    description_zh: str | None,
    keywords: tuple[str, ...],
    media_type: str | None,
    generated: bool,
    sources: tuple[str, ...],
    replace: bool,
    reason: str | None,
    past: bool,
    access_file: Path | None,
    unrestricted: bool,
    **rules: Any,
) -> None:
    """Offer a file, a folder, objects of a store, a table or an HTTP API under rules.

    All given rules must hold; without any, the default rules of the data's grade apply. PATH is on the node's machine;
    with --s3, --table, --query or --http NAME is the id of the dataset.
    Publishing the same source again measures it anew; any other change under an existing id needs --replace.
    Existing agreements keep their terms.
    """
    stated = [place(rules) for place in (store_of, table_of, api_of)]
    source = next((each for each in stated if each is not None), None)
    said = policy_of(rules)
    if said is None and grade is None and not unrestricted:
        raise errors.PUBLISH_NO_RULES()
    unruled = policy() if unrestricted else None
    made = await node.publish(
        what if source is None else source,
        id=id_ or (Path(what).resolve().name if source is None else what),
        grade=grade,
        policy=unruled if said is None else said,
        access=read_policy(access_file) if access_file else None,
        title=_by_language(title, title_zh),
        description=_by_language(description, description_zh),
        keywords=keywords,
        media_type=media_type,
        generated=generated,
        derived_from=sources,
        replace=replace,
        reason=reason,
        past=past,
    )
    asset, rules_ = made.asset, made.policy.policy.rules
    _say_what_renews(out, made.policy.policy.odrl)
    out.give(
        made,
        [
            out.pick(
                f"Published {asset.id}, {_extent(asset)}{_graded(asset, 'en')}, under these rules:",
                f"已发布 {asset.id}（{_extent(asset)}{_graded(asset, 'zh')}），规则如下：",
            ),
            *rule_lines(out, rules_),
            *_replaced(out, made.replaced),
        ],
    )


_COUNTING: Final = {
    Measure.COUNT: "--times N/participant",
    Measure.BYTES: "--bytes SIZE/participant",
    Measure.ROWS: "--rows N/participant",
    Measure.METERED: "--in-use LENGTH/participant",
}


def _say_what_renews(out: Output, document: dict[str, Any]) -> None:
    """Warn of limits that a further agreement with the same participant grants again."""
    words = ", ".join(_COUNTING[each] for each in renewed_measures(read(document)))
    if words:
        out.warn(
            f"Each agreement counts by itself: a renewed one gives as much again. To count all together: {words}.",
            f"每份协议单独计数：续签或另签协议后可再次使用同样的额度。如需合并计数，请用 {words}。",
        )


def _replaced(out: Output, found: ReplacementView | None) -> list[str]:
    """Return lines that compare the replaced publication with the new one."""
    if found is None:
        return []
    lines = [out.pick("It replaces what was published under this id:", "已替换此标识下原有的发布：")]
    if found.source:
        lines.append(out.pick("  source: ", "  数据源：") + " → ".join(found.source))
    if found.grade:
        none = out.pick("none", "未分级")
        names = [none if each is None else name_of(each, out.language) for each in found.grade]
        lines.append(out.pick("  grade: ", "  分级：") + " → ".join(names))
    lines += [f"  - {out.pick(each.en, each.zh)}" for each in (*found.terms, *found.access)]
    return lines


def _extent(asset: AssetView) -> str:
    """Return the size of a file, or the columns of a table."""
    columns = ", ".join(f"{column.name} {column.type}" for column in asset.columns)
    return columns or size(asset.size_bytes) or "live"


def _graded(asset: AssetView, language: str) -> str:
    """Return the stated grade."""
    if asset.grade is None:
        return ""
    return {"zh": "，分级 ", "en": ", grade "}[language] + name_of(asset.grade, language)


def _by_language(en: str | None, zh: str | None) -> dict[str, str]:
    return {language: text for language, text in (("en", en), ("zh", zh)) if text}
