"""What `/metrics` shows is exactly what docs/reference/observability.md lists."""

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.nodes import World

from xinfu.node.metrics import METRICS, PROCESS
from xinfu.node.telemetry import SAID, SPANS
from xinfu.ports.observer import WorkKind

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "observability.md"

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_what_metrics_show_is_exactly_what_is_documented(world: World) -> None:
    site = world.provider
    said = await site.send("GET", f"{site.urls['management']}/metrics", headers={"X-Api-Key": site.api_key})
    families = list(text_string_to_metric_families(said.body.decode()))
    shown = {f"{each.name}_total" if each.type == "counter" else each.name for each in families}
    text = PAGE.read_text(encoding="utf-8").partition("## Spans")[0]
    listed = set(re.findall(r"^\| `((?:xinfu|process)_[a-z_]+)` \|", text, re.MULTILINE))
    assert shown == listed
    about = {each.name: each.about for each in METRICS}
    for each in families:
        name = f"{each.name}_total" if each.type == "counter" else each.name
        if name in about:
            assert each.documentation == about[name]
        else:
            assert name in PROCESS


async def test_every_label_that_is_shown_is_documented(world: World) -> None:
    await world.provider.publish("documented")
    await world.agree("documented")
    site = world.provider
    said = await site.send("GET", f"{site.urls['management']}/metrics", headers={"X-Api-Key": site.api_key})
    named = {each.name: set(each.labels) for each in METRICS}
    for family in text_string_to_metric_families(said.body.decode()):
        for sample in family.samples:
            base = re.sub(r"_(bucket|sum|count)$", "", sample.name)
            wanted = named.get(sample.name, named.get(base, set()))
            assert set(sample.labels) - {"le"} == wanted, sample.name


async def test_every_kind_of_work_has_a_span_and_all_but_commits_a_line() -> None:
    assert set(SPANS) == set(WorkKind)
    assert set(SAID) == set(WorkKind) - {WorkKind.COMMIT}
