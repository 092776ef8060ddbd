"""A story of S03 as a demo would leave it, with measurements of the generator and without nodes."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from xinfu_scenarios.diary import Event, Party, ReceiptFile, Refusal, Side
from xinfu_scenarios.s03.air import grade, read_measured
from xinfu_scenarios.s03.generator import write_generated
from xinfu_scenarios.s03.params import Generated, Params
from xinfu_scenarios.s03.story import Contract, Control, Delivery, Rule, Story
from xinfu_scenarios.words import BEIJING_TIME, Text

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=BEIJING_TIME)
DIGEST = hashlib.sha256(b"policy").hexdigest()


def words(en: str, zh: str) -> Text:
    return Text(en=en, zh=zh)


def moment(number: int) -> datetime:
    return NOW + timedelta(milliseconds=17 * number)


def story_of(paths: Sequence[Path]) -> Story:
    measured = read_measured(paths, Params())
    refusals = (("wrong purpose", "用途不符"), ("too late", "超过期限"), ("one byte changed", "改动一个字节"))
    return Story(
        played_at=NOW,
        generated=measured.generated,
        parties=(
            Party(
                side=Side.PROVIDER,
                name=words("Environment bureau", "生态环境局"),
                id="did:web:localhost:environment",
                wants=words("Keeps control.", "掌握数据使用。"),
            ),
            Party(
                side=Side.CONSUMER,
                name=words("Emergency bureau", "应急管理局"),
                id="did:web:localhost:emergency",
                wants=words("Grades the alert.", "研判预警。"),
            ),
        ),
        rules=tuple(Rule(sentence=words(f"Rule {one}.", f"规则 {one}。"), control=one) for one in Control),
        contracts=(
            Contract(
                id="urn:uuid:0",
                product=words("Air", "空气"),
                digest=DIGEST,
                agreed_at=NOW,
                finalized_after_ms=9,
            ),
        ),
        deliveries=tuple(
            Delivery(name=path.name, size_bytes=path.stat().st_size, sha256=DIGEST, hours=hours)
            for path, hours in zip(paths, measured.hours, strict=True)
        ),
        events=tuple(
            Event(
                at=moment(number),
                side=side,
                title=words(f"Step {number}", f"步骤 {number}"),
                detail=words("", ""),
            )
            for number, side in enumerate((Side.PROVIDER, Side.CONSUMER, Side.PROVIDER))
        ),
        air=grade(measured, Params()),
        receipt_files=(
            ReceiptFile(name="receipts/agreement.json", about=words("Agreed", "已达成"), sha256=DIGEST),
        ),
        trust_files=("trust/provider.did.json",),
        altered_file="receipts/altered.json",
        refusals=tuple(
            Refusal(
                tried=words(en, zh),
                code=f"policy.refused-{number}",
                answer=words(f"No: {en}.", f"拒绝：{zh}。"),
                way_out=words("Ask again.", "重新申请。"),
                at=moment(number),
            )
            for number, (en, zh) in enumerate(refusals)
        ),
        page=Path("page.html"),
        receipts=(),
        lines=(),
    )


@pytest.fixture(scope="session")
def generated_story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """A story on generated data."""
    return story_of([write_generated(tmp_path_factory.mktemp("generated"), Generated())])


@pytest.fixture
def tell() -> Callable[[Sequence[Path]], Story]:
    """Makes a story of any files."""
    return story_of


HEAD = "year,month,day,hour,PM2.5,PM10,SO2,NO2,CO,O3,station"


def write_hours(path: Path, *, station: str = "Tap", value: int = 40) -> Path:
    lines = [
        f"2024,12,{day},{hour},{value},50,5,20,800,30,{station}"
        for day in range(20, 24)
        for hour in range(24)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def hours_file() -> Callable[..., Path]:
    """Writes four days of one station with the same hour again and again."""
    return write_hours
