"""Every command that speaks to a node, on real ones: what it prints as JSON, and to people in both languages."""

import json
import stat
import time
from pathlib import Path

import pytest
from tests.cli.conftest import Call, Space, document, failure


@pytest.fixture
def dataset(call: Call, space: Space, tmp_path: Path) -> str:
    """A dataset of the provider that nobody else asks for, under a name of its own."""
    name = f"{tmp_path.name}.csv"
    (space.files / name).write_bytes(b"a,b\n1,2\n")
    rules = ["--purpose", "research", "--until", "2099-12-31T23:59:59+08:00", "--times", "9", "--member"]
    titles = ["--title", "Air", "--title-zh", "空气", "--generated"]
    document(
        call("publish", "--grade", "1", str(space.files / name), *rules, *titles, "--json", at=space.provider)
    )
    return name


def test_the_catalog_shows_rules_as_sentences_in_both_languages(
    call: Call, space: Space, dataset: str
) -> None:
    shown = document(call("catalog", "provider", "--dataset", dataset, "--json", at=space.consumer))
    (one,) = shown["datasets"]
    assert one["title"] == {"en": "Air", "zh": "空气"}
    assert one["generated"] is True
    assert len(one["offers"]) == 1
    english = call("catalog", "provider", "--dataset", dataset).stdout
    chinese = call("catalog", "provider", "--dataset", dataset, "--lang", "zh").stdout
    assert "research" in english
    assert "generated" in english
    assert "by contract only" in english
    assert "模拟生成" in chinese
    assert "仅合约约束" in chinese
    assert "空气" in chinese


def test_a_participant_is_found_by_its_did_and_at_an_address(call: Call, space: Space) -> None:
    by_did = document(call("catalog", space.provider.participant, "--json", at=space.consumer))
    at = ("--at", space.provider.base)
    by_address = document(call("catalog", space.provider.participant, *at, "--json", at=space.consumer))
    assert by_did["participant"] == by_address["participant"] == space.provider.participant


def test_what_is_not_offered_ends_with_4(call: Call, space: Space) -> None:
    ended = call("get", "provider", "nothing", "--json", at=space.consumer)
    assert ended.exit_code == 4
    assert failure(ended)["code"] == "dataset.not-found"
    ended = call("catalog", "nobody", "--json", at=space.consumer)
    assert failure(ended)["code"] == "participant.unknown"


def test_nothing_is_published_without_a_rule_unless_it_is_meant(call: Call, space: Space) -> None:
    (space.files / "free.csv").write_bytes(b"1")
    path = str(space.files / "free.csv")
    refused = call("publish", path, "--json", at=space.provider)
    assert (refused.exit_code, failure(refused)["code"]) == (2, "publish.no-rules")
    made = document(call("publish", "--grade", "1", path, "--unrestricted", "--json", at=space.provider))
    assert made["asset"]["id"] == "free.csv"


def test_a_policy_file_stands_alone(call: Call, space: Space, tmp_path: Path) -> None:
    (space.files / "p.csv").write_bytes(b"1")
    path = str(space.files / "p.csv")
    (tmp_path / "policy.json").write_text(json.dumps({"permission": [{"action": "use"}]}))
    both = call(
        "publish",
        "--grade",
        "1",
        path,
        "--policy",
        "policy.json",
        "--times",
        "3",
        "--json",
        at=space.provider,
    )
    assert failure(both)["code"] == "rules.both"
    (tmp_path / "bad.json").write_text("[")
    assert (
        failure(call("publish", "--grade", "1", path, "--policy", "bad.json", "--json"))["code"]
        == "rules.unreadable"
    )
    assert (
        failure(call("publish", "--grade", "1", path, "--policy", "none.json", "--json"))["code"]
        == "rules.unreadable"
    )
    document(
        call("publish", "--grade", "1", path, "--policy", "policy.json", "--access", "policy.json", "--json")
    )


def test_a_rule_that_cannot_be_judged_is_refused_by_name(call: Call, space: Space) -> None:
    (space.files / "u.csv").write_bytes(b"1")
    refused = call(
        "publish",
        "--grade",
        "1",
        str(space.files / "u.csv"),
        "--until",
        "tomorrow",
        "--json",
        at=space.provider,
    )
    error = failure(refused)
    assert (refused.exit_code, error["code"]) == (2, "policy.moment")
    assert "2026-12-31T23:59:59+08:00" in error["help_en"]


def test_a_negotiation_is_held_countered_and_accepted_by_hand(call: Call, space: Space, dataset: str) -> None:
    terms = ("--purpose", "research", "--times", "20")
    mine = document(call("negotiate", "start", "provider", dataset, *terms, "--json", at=space.consumer))
    theirs = waiting(call, space, dataset)
    assert theirs["held"] is True
    listed = call("negotiate", "list", "--dataset", dataset, at=space.provider)
    assert "waits for a person here" in listed.stdout
    counter = ("--purpose", "research", "--times", "12")
    document(call("negotiate", "counter", theirs["id"], *counter, "--json", at=space.provider))
    offered(call, space, mine["id"])
    document(call("negotiate", "accept", mine["id"], "--json", at=space.consumer))
    shown = document(call("negotiate", "show", mine["id"], "--wait", "20", "--json", at=space.consumer))
    assert shown["negotiation"]["state"] == "FINALIZED"
    assert [each["kind"] for each in shown["timeline"]]
    (agreement,) = document(call("agreements", "list", "--dataset", dataset, "--json", at=space.consumer))
    assert "12" in json.dumps(agreement["policy"]["odrl"])


def test_a_counter_without_terms_is_refused(call: Call, space: Space) -> None:
    assert (
        failure(call("negotiate", "counter", "x", "--json", at=space.consumer))["code"]
        == "negotiate.no-terms"
    )


def test_a_negotiation_is_ended_with_words_that_the_other_side_reads(
    call: Call, space: Space, dataset: str
) -> None:
    mine = document(
        call("negotiate", "start", "provider", dataset, "--times", "20", "--json", at=space.consumer)
    )
    theirs = waiting(call, space, dataset)
    document(
        call(
            "negotiate",
            "terminate",
            "--yes",
            theirs["id"],
            "--reason",
            "Not this year.",
            "--json",
            at=space.provider,
        )
    )
    shown = call("negotiate", "show", mine["id"], "--wait", "20", at=space.consumer)
    assert "TERMINATED" in shown.stdout
    assert "Not this year." in shown.stdout


@pytest.mark.parametrize("act", ["hold", "release", "agree", "verify", "finalize", "accept"])
def test_an_act_on_an_unknown_negotiation_ends_with_4(call: Call, space: Space, act: str) -> None:
    ended = call("negotiate", act, "urn:uuid:none", "--json", at=space.consumer)
    assert ended.exit_code == 4
    assert failure(ended)["code"] == "negotiation.not-found"


def test_a_held_negotiation_is_released(call: Call, space: Space, dataset: str) -> None:
    document(call("negotiate", "start", "provider", dataset, "--times", "20", "--json", at=space.consumer))
    theirs = waiting(call, space, dataset)
    assert document(call("negotiate", "release", theirs["id"], "--json", at=space.provider))["held"] is False
    assert document(call("negotiate", "hold", theirs["id"], "--json", at=space.provider))["held"] is True


def test_transfers_are_listed_shown_suspended_resumed_and_ended(
    call: Call, space: Space, dataset: str
) -> None:
    got = document(call("get", "provider", dataset, "--purpose", "research", "--json", at=space.consumer))
    shown = document(call("transfers", "show", got["transfer"], "--wait", "20", "--json"))
    assert shown["transfer"]["state"] == "COMPLETED"
    (agreement,) = document(call("agreements", "list", "--dataset", dataset, "--json"))
    document(call("agreements", "show", agreement["id"], "--json"))
    listed = document(call("transfers", "list", "--agreement", got["agreement"], "--json"))
    assert [each["id"] for each in listed] == [got["transfer"]]
    again = call("transfers", "complete", got["transfer"], "--json")
    assert (again.exit_code, failure(again)["code"]) == (1, "transfer.wrong-state")
    for act in ("suspend", "resume", "complete", "terminate"):
        assert call("transfers", act, "urn:uuid:none", "--json").exit_code == 4


def test_ending_an_agreement_asks_first_and_says_whose_breach_it_is(
    call: Call, space: Space, dataset: str
) -> None:
    document(call("get", "provider", dataset, "--purpose", "research", "--json", at=space.consumer))
    (ours,) = document(call("agreements", "list", "--dataset", dataset, "--json"))
    end = ("agreements", "terminate", ours["id"])
    asked = call(*end, input="n\n")
    assert "our own breach" in asked.stderr
    assert "abc-7" in call(*end, "--clause", "abc-7", input="n\n").stderr
    assert "我方违约" in call(*end, "--lang", "zh", input="n\n").stderr
    nobody = call(*end, input="")
    assert (nobody.exit_code, "--yes" in nobody.stderr) == (2, True)
    assert failure(call(*end, "--json"))["code"] == "cli.unconfirmed"
    assert document(call("agreements", "show", ours["id"], "--json"))["state"] == "ACTIVE"
    done = call(*end, input="y\n")
    assert done.exit_code == 0
    shown = call("agreements", "show", ours["id"])
    assert "recorded as a breach by us" in shown.stdout, shown.stdout
    assert document(call("agreements", "show", ours["id"], "--json"))["breach"] is True


def test_under_a_clause_an_end_is_no_breach(call: Call, space: Space, dataset: str) -> None:
    document(call("get", "provider", dataset, "--purpose", "research", "--json", at=space.consumer))
    (ours,) = document(call("agreements", "list", "--dataset", dataset, "--json"))
    ended = document(call("agreements", "terminate", ours["id"], "--clause", "7.2", "--yes", "--json"))
    assert (ended["ended_clause"], ended["breach"]) == ("7.2", False)
    assert "under the clause 7.2" in call("agreements", "show", ours["id"]).stdout


BINDING = {
    "negotiation": ("negotiate", "terminate", "urn:uuid:none"),
    "contract": ("contract", "end", "none", "--reason", "over"),
    "participant": ("contexts", "close", "none"),
    "key": ("contexts", "key", "none"),
    "secret": ("secrets", "remove", "none"),
    "answer": ("answers", "remove", "none"),
    "template": ("contract-templates", "remove", "none"),
}


@pytest.mark.parametrize("command", BINDING.values(), ids=BINDING)
def test_what_ends_or_deletes_goes_on_only_after_a_yes(
    call: Call, space: Space, command: tuple[str, ...]
) -> None:
    asked = call(*command, "--json", at=space.consumer)
    assert (asked.exit_code, failure(asked)["code"]) in {
        (2, "cli.unconfirmed"),
        (4, "negotiation.not-found"),
        (4, "contract.not-found"),
    }
    assert failure(call(*command, "--yes", "--json", at=space.consumer))["code"] != "cli.unconfirmed"


def test_a_suspended_agreement_opens_nothing_and_says_so(call: Call, space: Space, dataset: str) -> None:
    document(call("get", "provider", dataset, "--purpose", "research", "--json", at=space.consumer))
    (theirs,) = document(call("agreements", "list", "--dataset", dataset, "--json", at=space.provider))
    document(call("agreements", "suspend", theirs["id"], "--reason", "audit", "--json"))
    refused = call(
        "get", "provider", dataset, "--purpose", "research", "--force", "--json", at=space.consumer
    )
    assert refused.exit_code == 3
    assert failure(refused)["zh"]
    document(call("agreements", "resume", theirs["id"], "--json", at=space.provider))
    told_by = time.monotonic() + 10  # the other side is told of it
    while (
        document(call("agreements", "list", "--dataset", dataset, "--json", at=space.consumer))[0]["state"]
        != "ACTIVE"
    ):
        assert time.monotonic() < told_by
        time.sleep(0.02)
    document(
        call("get", "provider", dataset, "--purpose", "research", "--force", "--json", at=space.consumer)
    )
    ended = document(
        call("agreements", "terminate", "--yes", theirs["id"], "--clause", "7.2", "--json", at=space.provider)
    )
    assert (ended["state"], ended["ended_clause"]) == ("TERMINATED", "7.2")


def test_answers_are_set_listed_and_removed(call: Call, space: Space) -> None:
    made = document(
        call(
            *("answers", "set", "ask-me", "--on", "requested", "--do", "hold", "--dataset", "none", "--json"),
            at=space.provider,
        )
    )
    assert (made["on"], made["do"], made["version"]) == ("requested", ["hold"], 1)
    assert "ask-me" in call("answers", "list").stdout
    document(call("answers", "remove", "--yes", "ask-me", "--json"))
    assert document(call("answers", "list", "--json")) == []
    wrong = call("answers", "set", "x", "--on", "full-moon", "--do", "hold", "--json")
    assert wrong.exit_code == 2


def test_the_address_book_is_kept(call: Call, space: Space) -> None:
    made = ("participants", "set", "friend", "did:web:friend.example", "--json")
    document(call(*made, at=space.consumer))
    listed = document(call("participants", "list", "--json"))
    assert {"provider", "operator", "friend"} <= {each["id"] for each in listed}
    assert "did:web:friend.example" in call("participants", "list").stdout


def test_a_credential_goes_from_the_issuer_to_its_holder(call: Call, space: Space, tmp_path: Path) -> None:
    options = ("--claim", "memberOf=space", "--claim", "level=3", "-o", "member.jwt", "--json")
    document(call("issue", space.consumer.participant, *options, at=space.operator))
    held = document(call("credential", "add", "member.jwt", "--json", at=space.consumer))
    assert held["issuer"] == space.operator.participant
    assert "jwt" not in held
    other = call("credential", "add", "member.jwt", "--json", at=space.provider)
    assert (other.exit_code, failure(other)["code"]) == (2, "credential.unreadable")
    (tmp_path / "empty").write_text("")
    assert failure(call("credential", "add", "empty", "--json"))["code"] == "credential.unreadable"
    assert failure(call("credential", "add", "none", "--json"))["code"] == "credential.unreadable"


def test_only_an_issuer_issues(call: Call, space: Space) -> None:
    refused = call("issue", space.consumer.participant, "--json", at=space.consumer)
    assert refused.exit_code == 4
    bad = call("issue", space.consumer.participant, "--claim", "x", "--json", at=space.operator)
    assert failure(bad)["code"] == "issue.claim"
    assert call("issue", space.consumer.participant, at=space.operator).stdout.count(".") == 2


def test_a_fresh_key_signs_and_the_exchange_goes_on(call: Call, space: Space, dataset: str) -> None:
    key = document(call("keys", "rotate", "--json", at=space.consumer))
    assert key["use"] == "message"
    assert "d" not in key["public_jwk"]
    document(call("get", "provider", dataset, "--purpose", "research", "--json", at=space.consumer))


def test_receipts_are_written_and_hold_when_checked(
    call: Call, space: Space, dataset: str, tmp_path: Path
) -> None:
    got = document(call("get", "provider", dataset, "--purpose", "research", "--json", at=space.consumer))
    written = document(call("receipts", got["negotiation"], "-o", "r", "--json"))
    assert len(written["files"]) == len(list((tmp_path / "r").iterdir())) > 2
    checked = call("verify", *written["files"], "--json")
    assert checked.exit_code == 3
    assert json.loads(checked.stdout)["exit_code"] == 3
    nothing = call("receipts", "urn:uuid:none", "--json")
    assert (nothing.exit_code, failure(nothing)["code"]) == (4, "receipts.none")


def test_no_command_ever_prints_a_key(call: Call, space: Space, dataset: str) -> None:
    calls = [
        ("catalog", "provider"),
        ("get", "provider", dataset, "--purpose", "research"),
        ("negotiate", "list"),
        ("agreements", "list"),
        ("transfers", "list"),
        ("answers", "list"),
        ("participants", "list"),
        ("keys", "rotate"),
        ("keys", "certificate", "request"),
        ("get", "provider", "nothing"),
    ]
    said = "".join(
        call(*each, *more, at=space.consumer).output for each in calls for more in ((), ("--json",))
    )
    assert space.consumer.api_key not in said
    assert (space.consumer.folder / "master.key").read_text().strip() not in said
    assert "Bearer" not in said


def test_the_key_may_come_from_a_file(call: Call, space: Space, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(space.consumer.api_key + "\n")
    at = ("--url", space.consumer.management, "--api-key-file", "key")
    document(call("catalog", "provider", *at, "--json"))
    (tmp_path / "wrong").write_text("w" * 40)
    refused = call(
        "catalog", "provider", "--url", space.consumer.management, "--api-key-file", "wrong", "--json"
    )
    assert (refused.exit_code, failure(refused)["code"]) == (3, "api.key")
    assert stat.S_ISREG((tmp_path / "key").stat().st_mode)


def waiting(call: Call, space: Space, dataset: str) -> dict[str, object]:
    """The newest negotiation about a dataset as the provider has it, once it waits for a person."""
    for _ in range(200):
        found = document(call("negotiate", "list", "--dataset", dataset, "--json", at=space.provider))
        if found and found[-1]["held"]:
            shown: dict[str, object] = found[-1]
            return shown
    raise AssertionError("it never waited for a person")


def offered(call: Call, space: Space, id_: str) -> None:
    """Wait until an offer of the provider's is on the table."""
    for _ in range(200):
        shown = document(call("negotiate", "show", id_, "--json", at=space.consumer))["negotiation"]
        if shown["state"] == "OFFERED":
            return
    raise AssertionError("no offer came")


@pytest.mark.parametrize(
    ("limit", "is_told"),
    [("3", True), ("3/participant", False), ("3/day", False)],
)
def test_a_limit_that_a_renewed_agreement_gives_again_is_told(
    call: Call, space: Space, limit: str, is_told: bool
) -> None:
    file = space.files / f"again-{limit.replace('/', '-')}.csv"
    file.write_text("1\n")
    made = call("publish", "--grade", "1", str(file), "--times", limit, at=space.provider)
    assert made.exit_code == 0
    assert ("--times N/participant" in made.stderr) is is_told
    zh = call(
        "publish",
        "--grade",
        "1",
        str(file),
        "--times",
        limit,
        "--lang",
        "zh",
        "--replace",
        "--reason",
        "r",
        at=space.provider,
    )
    assert ("合并计数" in zh.stderr) is is_told
