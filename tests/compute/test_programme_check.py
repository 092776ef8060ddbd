"""A programme whose code is not what it seems, or not as declared, is refused with the reason."""

from typing import Any

import pytest
from tests.compute.programme_samples import CODE, DECLARED, declaration, programme

from xinfu.compute.programme_check import MOST_CODE_BYTES, check_code, check_declaration, check_programme
from xinfu.errors import InputError

MAIN = b"def main(inputs, *, k):\n    return []\n"


def told(code: bytes, arguments: tuple[str, ...] = ("k",)) -> str:
    with pytest.raises(InputError) as error:
        check_code(code, arguments)
    return error.value.code


def test_the_sample_is_right_and_its_code_is_tied_to_it() -> None:
    check_programme(programme(), CODE)
    check_code(MAIN, ["k"])
    check_code("def main(inputs, k):\n    return '统计：а'  # é\n".encode(), ["k"])
    with pytest.raises(InputError) as error:
        check_programme(programme(), CODE + b" ")
    assert error.value.code == "programme.code-digest"


@pytest.mark.parametrize(
    ("code", "found"),
    [
        (b"\xff", "programme.code-unreadable"),
        (MAIN + b"#" * MOST_CODE_BYTES, "programme.code-size"),
        (b"\xef\xbb\xbf" + MAIN, "programme.code-hidden"),
        (MAIN.replace(b"\n", b"\r\n"), "programme.code-hidden"),
        (MAIN.replace(b"    ", b"\t"), "programme.code-hidden"),
        (MAIN + b"# \x1b[2J", "programme.code-hidden"),
        (MAIN + "# \u202e".encode(), "programme.code-hidden"),
        (MAIN + "ｏpen = 1".encode(), "programme.code-hidden"),
        (MAIN + "f'{ｏpen}'".encode(), "programme.code-hidden"),
        (b"# -*- coding: utf-7 -*-\n" + MAIN, "programme.code-encoding"),
        (b"#!python\n  # vim: set fileencoding=utf-7\n" + MAIN, "programme.code-encoding"),
        (MAIN + b"def", "programme.code-syntax"),
        (MAIN + b"x = " + b"(" * 1000, "programme.code-syntax"),
        (MAIN + b"x = " + b"-" * 100_000 + b"1", "programme.code-syntax"),
        (MAIN + b"x = 1" + b"+1" * 100_000, "programme.code-syntax"),
        (MAIN + "оpen = 1".encode(), "programme.code-name"),
        (MAIN + "f'{оpen}'".encode(), "programme.code-name"),
        (MAIN + "import os as оs".encode(), "programme.code-name"),
        (MAIN + "print(а=1)".encode(), "programme.code-name"),
        (b"x = 1\n", "programme.code-main"),
        (b"async " + MAIN, "programme.code-main"),
        (b"@wrapped\n" + MAIN, "programme.code-main"),
        (b"if 1:\n " + MAIN.replace(b"\n    ", b"\n  "), "programme.code-main"),
        (MAIN + MAIN, "programme.code-main"),
        (MAIN + b"main = print\n", "programme.code-main"),
        (MAIN + b"import other as main\n", "programme.code-main"),
        (MAIN + b"import main.other\n", "programme.code-main"),
        (MAIN + b"from other import *\n", "programme.code-main"),
        (MAIN + b"def f():\n    global main\n", "programme.code-main"),
        (MAIN + b"(main := 1)\n", "programme.code-main"),
        (MAIN + b"for main in []: pass\n", "programme.code-main"),
        (b"def main(k):\n    return []\n", "programme.code-main"),
        (b"def main(inputs, **k):\n    return []\n", "programme.code-main"),
        (b"def main(inputs, *k):\n    return []\n", "programme.code-main"),
        (b"def main(inputs, /, k):\n    return []\n", "programme.code-main"),
        (b"def main(inputs):\n    return []\n", "programme.code-arguments"),
        (b"def main(inputs, k, *, more=1):\n    return []\n", "programme.code-arguments"),
    ],
)
def test_code_that_hides_or_differs_is_refused(code: bytes, found: str) -> None:
    assert told(code) == found


def test_a_use_of_main_binds_nothing() -> None:
    check_code(MAIN + b"def again(x):\n    return main(x, k=x.main, main=1)\n", ["k"])


def with_argument(**changes: Any) -> dict[str, Any]:
    return {"arguments": [DECLARED["arguments"][0] | changes]}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"name": "Failures"}, "programme.name"),
        ({"name": "a@b"}, "programme.name"),
        ({"name": "a\n"}, "programme.name"),
        ({"version": "v1"}, "programme.version"),
        ({"version": "1.0\n"}, "programme.version"),
        ({"about": "a\u202eb"}, "programme.text"),
        ({"about": "a" * 1001}, "programme.text"),
        ({"environment": {"numpy; rm": "1"}}, "programme.environment-name"),
        (with_argument(name="inputs"), "programme.argument-shadows"),
        (with_argument(name="open"), "programme.argument-shadows"),
        (with_argument(name="lambda"), "programme.argument-shadows"),
        (with_argument(name="Threshold"), "programme.word"),
        (with_argument(name="_"), "programme.word"),
        (with_argument(default=-1), "programme.range"),
        (with_argument(default="1"), "programme.range"),
        (with_argument(about="\x1b[1m"), "programme.text"),
        (with_argument(accepts={"type": "number", "least": 1, "most": 0}), "programme.range"),
        ({"arguments": DECLARED["arguments"][:1] * 2}, "programme.repeated"),
        (
            {"arguments": [DECLARED["arguments"][0] | {"name": f"a{n}"} for n in range(33)]},
            "programme.too-many",
        ),
        ({"inputs": []}, "programme.no-input"),
        ({"inputs": [{"name": "../a"}]}, "programme.word"),
        ({"inputs": [{"name": "a", "columns": ["x", "x"]}]}, "programme.repeated"),
        ({"inputs": [{"name": "a", "columns": ["\u200b"]}]}, "programme.text"),
        ({"output": {"columns": [], "most_rows": 1}}, "programme.output"),
        ({"output": DECLARED["output"] | {"most_rows": 0}}, "programme.output"),
        ({"output": DECLARED["output"] | {"most_rows": 10**9}}, "programme.output"),
    ],
    ids=str,
)
def test_a_declaration_that_is_wrong_is_refused(changes: dict[str, Any], found: str) -> None:
    with pytest.raises(InputError) as error:
        check_declaration(declaration(**changes))
    assert error.value.code == found
