"""The changes of an offer, as lines for people."""

from typing import Final

from xinfu.cli.output import Output
from xinfu.client import Difference
from xinfu.odrl import read, sentences

AGAINST: Final = {"our offer": "我方要约", "the offer before": "上一份要约"}
WITHIN: Final = {
    "yes": ("it lies within", "完全包含于其中"),
    "no": ("it does not lie within", "超出其范围"),
    "unknown": ("whether it lies within needs a person", "是否超出其范围须由人员判断"),
}
EFFECTS: Final = {"stricter": "更严", "looser": "更宽", "other": "其他变化"}
"""What a step means for the one who uses the data."""


def difference(out: Output, found: Difference | None) -> list[str]:
    """Return each change, and whether the offer lies within the other offer."""
    if found is None:
        return []
    against = out.pick(found.against, AGAINST.get(found.against, found.against))
    if not found.changes:
        return [out.pick(f"  The same as {against}.", f"  与{against}相同。")]
    said = out.pick(*WITHIN[found.within])
    lines = [out.pick(f"  Against {against}: {said}", f"  与{against}相比：{said}")]
    for each in found.changes:
        effect = out.pick(each.effect, EFFECTS.get(each.effect, each.effect))
        lines.append(out.pick(f"    - {each.en} ({effect})", f"    · {each.zh}（{effect}）"))
    shown = out.pick(found.en, found.zh)
    lines += [f"    {shown}"] if shown else []
    if found.common is not None:
        lines += [
            out.pick(
                "  What both have in common, to send with `xinfu negotiate counter ID --common`:",
                "  双方共同接受的条款（可用 `xinfu negotiate counter ID --common` 发送）：",
            ),
            *(f"    {each}" for each in sentences(read(found.common), out.language)),
        ]
    return lines
