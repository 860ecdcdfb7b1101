"""The examples of docs/policy-language.md: what is shown compiles, what is refused is refused."""

from __future__ import annotations

import datetime
import re
from importlib import resources
from pathlib import Path

import pytest
from lark import Lark

from zkproof.errors import PolicyError
from zkproof_circuits import library
from zkproof_circuits.circuit import Circuit
from zkproof_circuits.format import format_policy
from zkproof_circuits.includes import expand
from zkproof_circuits.language.layout import Layout
from zkproof_circuits.policy import compile_policy

PAGE = Path(__file__).parents[2] / "docs" / "policy-language.md"
BLOCK = re.compile(r"^```(head|policy|refused|include)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
[HEAD] = [text for kind, text in BLOCKS if kind == "head"]
SHOWN = [text for kind, text in BLOCKS if kind == "policy"]
INCLUDING = [text for kind, text in BLOCKS if kind == "include"]
REFUSED = [text for kind, text in BLOCKS if kind == "refused"]


def whole(text: str) -> str:
    return text if text.startswith("policy ") else HEAD + text


def compiled(text: str) -> Circuit:
    return compile_policy(whole(text), library.all_schemas(), today=datetime.date(2026, 11, 23))


def test_beginning_of_the_examples_compiles() -> None:
    assert len(compiled("").credentials) == 5


@pytest.mark.parametrize("text", SHOWN, ids=range(len(SHOWN)))
def test_example_compiles(text: str) -> None:
    circuit = compiled(text).at_once
    assert len(circuit.constraints) + len(circuit.revealed) > 1


@pytest.mark.parametrize("text", SHOWN, ids=range(len(SHOWN)))
def test_example_is_in_the_layout_of_the_formatter(text: str) -> None:
    written = format_policy(whole(text))
    lines = [line for line in written.splitlines() if line]
    assert [line for line in whole(text).splitlines() if line] == lines or "at least" in text


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_refused_example_is_refused_for_the_reason_it_gives(text: str) -> None:
    reason = text.splitlines()[0].removeprefix("# ")
    with pytest.raises(PolicyError) as caught:
        compiled(text)
    assert reason in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize("text", INCLUDING, ids=range(len(INCLUDING)))
def test_example_that_includes_another_policy_compiles_once_expanded(text: str) -> None:
    assert len(compiled(expand(whole(text), library.policy_text)).constraints) > 1
    with pytest.raises(PolicyError, match="expanded before"):
        compiled(text)


def test_every_construct_of_the_grammar_has_an_example() -> None:
    grammar = resources.files("zkproof_circuits.language").joinpath("grammar.lark")
    parser = Lark(grammar.read_text(encoding="utf-8"), parser="lalr", postlex=Layout())
    constructs = {
        rule.alias or str(rule.origin.name)
        for rule in parser.rules
        if not rule.origin.name.startswith("_")
        and not (rule.options.expand1 and rule.alias is None)
    }
    seen = {
        node.data
        for text in (*SHOWN, *INCLUDING)
        for node in parser.parse(whole(text)).iter_subtrees()
    }
    assert len(constructs) > 30
    # No packaged schema counts anything but days, months and years; percent is written as %.
    assert constructs - {str(name) for name in seen} == {"measure", "measure_of"}
