"""Every policy that is bad is refused by its code before it is published, and opens nothing when a peer sends it."""

import pytest
from tests.odrl.bad_policies import BAD, Bad

from xinfu import odrl
from xinfu.errors import XinfuError
from xinfu.odrl import Effect, PolicyKind, Situation

TOO_LARGE = [name for name, bad in BAD.items() if bad.code == "policy.too-large"]
EMPTY = {"nothing", "no permission"}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_it_is_refused_by_its_code_with_a_sentence_in_both_languages(bad: Bad) -> None:
    with pytest.raises(XinfuError) as caught:
        odrl.check(odrl.read(bad.make()))
    error = caught.value
    assert error.code == bad.code
    assert error.en
    assert error.zh
    assert len(error.en) + len(error.zh) + len(error.help_en) < 13_000


@pytest.mark.parametrize("name", [name for name in BAD if name not in TOO_LARGE])
def test_from_a_peer_it_is_read_kept_whole_and_opens_nothing(name: str) -> None:
    policy = odrl.read(BAD[name].make(), kind=PolicyKind.AGREEMENT)
    assert odrl.read(odrl.write(policy), kind=PolicyKind.AGREEMENT) == policy
    decision = odrl.evaluate(odrl.compile(policy), Situation(purpose="a", action="use"))
    assert decision.effect is Effect.DENY or name == "two permissions of which one is barred"
    assert odrl.sentences(policy, "zh")
