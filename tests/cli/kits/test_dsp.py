"""The table of stored answers for the DSP kit, against the kit's own description."""

import re
from pathlib import Path

import pytest

from xinfu.cli.kits import dsp
from xinfu.ports.records import Act, Event

WORDS = {
    "request": Event.REQUESTED,
    "counter-request": Event.COUNTERED,
    "accepted": Event.ACCEPTED,
    "verification": Event.VERIFIED,
    "offer": Event.OFFERED,
    "agreement": Event.AGREED,
    "start": Event.TRANSFER_STARTED,
}
ACTS = {
    "offer": Act.OFFER,
    "counter-request": Act.COUNTER,
    "accepted": Act.ACCEPT,
    "agreement": Act.AGREE,
    "verification": Act.VERIFY,
    "finalized": Act.FINALIZE,
    "termination": Act.TERMINATE,
    "start": Act.START,
    "suspension": Act.SUSPEND,
    "completion": Act.COMPLETE,
}


def described(folder: Path) -> dict[str, dict[Event, tuple[Act, ...]]]:
    """Rows `| CN:01-01 | ACN0101 | script | ... |` of the kit's description, as scripts by subject."""
    rows: dict[str, dict[Event, tuple[Act, ...]]] = {}
    text = (folder / "tck" / "dsp" / "README.md").read_text()
    for line in re.findall(r"^\| (?:CN|TP)(?:_C)?:\d\d-\d\d \| .*$", text, re.MULTILINE):
        _, test, subject, script, *_ = (cell.strip() for cell in line.split("|"))
        rows[subject] = read_script(test, script)
    return rows


def read_script(test: str, script: str) -> dict[Event, tuple[Act, ...]]:
    """`request: offer, then termination; accepted: nothing` as events and acts."""
    if script == "none":
        return {}
    if test.startswith("TP:"):
        return {Event.TRANSFER_REQUESTED: acts(script)}
    found: dict[Event, tuple[Act, ...]] = {}
    for part in script.split(";"):
        event, _, what = part.strip().partition(": ")
        if event == "request acknowledged":
            acknowledged = Event.TRANSFER_REQUEST_ACKNOWLEDGED if test.startswith("TP") else None
            found[acknowledged or Event.REQUEST_ACKNOWLEDGED] = acts(what)
        elif what != "nothing":
            found[WORDS[event]] = acts(what)
    return found


def acts(listed: str) -> tuple[Act, ...]:
    return tuple(ACTS[word.strip().removeprefix("then ")] for word in listed.split(","))


def ours() -> dict[str, dict[Event, tuple[Act, ...]]]:
    """Our stored answers, grouped by dataset or agreement."""
    scripts: dict[str, dict[Event, tuple[Act, ...]]] = {}
    for _, answer in dsp.answers():
        subject = answer.dataset or answer.agreement
        if subject is not None:
            scripts.setdefault(subject, {})[answer.on] = answer.do
    return scripts


def test_answers_are_those_that_the_kit_describes(shared: Path) -> None:
    wanted = {subject: script for subject, script in described(shared).items() if script}
    assert len(described(shared)) == 63
    assert ours() == wanted


def test_configuration_names_the_ids_of_the_kits_example(shared: Path) -> None:
    example = read_properties((shared / "tck" / "dsp" / "tck.properties.example").read_text())
    written = read_properties(
        dsp.properties(suite_port=1, protocol="http://a", version_base="http://b", triggers="http://c")
    )
    ids = {key: value for key, value in example.items() if key.split("_")[0] in {"CN", "TP", "CAT"}}
    assert {key: value for key, value in written.items() if key in ids} == ids


def read_properties(text: str) -> dict[str, str]:
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return {key: value for key, _, value in (line.partition("=") for line in lines)}


def test_what_no_script_names_is_met_with_silence() -> None:
    quiet = {
        answer.on: answer
        for _, answer in dsp.answers()
        if answer.dataset is None and answer.agreement is None
    }
    assert set(quiet) == set(Event)
    assert {answer.do for answer in quiet.values()} == {(Act.NOTHING,)}
    assert all(answer.priority < 0 for answer in quiet.values())


def test_ids_of_answers_are_unique() -> None:
    ids = [name for name, _ in dsp.answers()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("test", "subject"), [("CN_01_01", "ACN0101"), ("TP_C_02_05", "ATPC0205"), ("CAT_01_01", "CAT0101")]
)
def test_subject_of_a_test_is_its_number(test: str, subject: str) -> None:
    assert dsp.subject(test) == subject
