"""Every pattern of the package takes a time that follows the length of the text: none hangs on what a unit sends.

The patterns are not listed here: they are found in the source. For each, strings are made from its own parse tree that make a
backtracking engine try again and again (what comes before a repetition, then what it repeats, many times, then nothing that
fits). The time for twice the length is set against that for the length, so nothing depends on the machine.
"""

from __future__ import annotations

import ast
import importlib
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import nq57kit

# The parse tree of a pattern has no public name.
from re import _constants as sre  # isort: skip
from re import _parser as parser  # isort: skip

PACKAGE = Path(nq57kit.__file__).parent
HOW = {"match": "match", "fullmatch": "fullmatch"}  # all others look everywhere
USES = {"match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
#: Patterns that a function makes of words: how to get them.
BUILT: dict[str, Callable[[Any], list[re.Pattern[str]]]] = {
    "nq57kit.submissions.secrets": lambda module: [module._own_sentences()],
    "nq57kit.submissions.wording": lambda module: [
        module._pattern("scale", "plain"), module._pattern("plain"), module._pattern("scale", bare=True),
        module._plain_end(), module._about(), module._amount(),
    ],
    "nq57kit.plan.settings": lambda _: [re.compile(r"\A\s*ten\s*=")],
    "nq57kit.reports.docx": lambda _: [re.compile(r"^Báo cáo\b[\s:]*", re.IGNORECASE)],
}  # fmt: skip
#: Of these a repetition is tried.
POOL = " a0A.,-_/:;'\"<>()[]{}&|*#@\tđậ«»=%\n\0"
LONGEST = 8_000


def find_patterns() -> Iterator[tuple[str, re.Pattern[Any], str]]:
    """Every pattern in the source: module and line, the pattern, and how it is used."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(("nq57kit", *(part for part in parts if part != "__init__")))
        source = path.read_text(encoding="utf-8")
        if not re.search(r"\bre\s*\.\s*\w", source):  # every process of the tests parses what is left
            continue
        nodes = list(ast.walk(ast.parse(source)))
        calls = [node for node in nodes if is_pattern(node)]
        if not calls or name.endswith("__main__"):
            continue
        module = importlib.import_module(name)
        uses: dict[str, set[str]] = {}
        for node in nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in USES:
                uses.setdefault(node.value.id, set()).add(HOW.get(node.attr, "search"))
        names = {id(node.value): node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
                 for node in nodes if isinstance(node, (ast.Assign, ast.AnnAssign))}  # fmt: skip
        built = False
        for call in calls:
            try:
                pattern = re.compile(*evaluate(call, module))
            except NameError:
                built = True
                continue
            kind = call.func.attr
            home = names.get(id(call))
            used = uses.get(home.id, {"search"}) if isinstance(home, ast.Name) else {"search"}
            for how in sorted(used if kind == "compile" else {HOW.get(kind, "search")}):
                yield f"{name}:{call.lineno}", pattern, how
        for pattern in BUILT[name](module) if built else []:
            yield f"{name}:{pattern.pattern[:20]}", pattern, "search"


def is_pattern(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
        return False
    return isinstance(node.func.value, ast.Name) and node.func.value.id == "re" and node.func.attr in USES | {"compile"}


def evaluate(call: ast.Call, module: ModuleType) -> tuple[Any, int]:
    """The text and the flags of a call, in the module's own names."""

    def value(node: ast.expr) -> Any:
        return eval(compile(ast.Expression(node), "pattern", "eval"), vars(module))  # noqa: S307 - our own source

    flags = next((value(word.value) for word in call.keywords if word.arg == "flags"), 0)
    place = {"compile": 1, "match": 2, "fullmatch": 2, "search": 2}.get(call.func.attr)
    if place is not None and len(call.args) > place:
        flags = value(call.args[place])
    return value(call.args[0]), flags


PATTERNS = list(find_patterns())


def attack(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str]]:
    """What stands before a repetition, and what it repeats, of each repetition; and the whole, again and again."""
    tree = parser.parse(
        pattern.pattern, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags
    )
    seen = set()
    for before, again in [*repetitions(tree), *(("", whole) for whole in texts_of(tree)[:3])]:
        for pair in ((before, again), ("", before + again), ("", again), ("", before)):
            if pair[1] and pair not in seen:
                seen.add(pair)
                yield pair


def repetitions(tree: Any) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []

    def walk(sequence: Any, before: list[str]) -> None:
        for kind, value in sequence:
            if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
                if value[1] >= 16:
                    signs = [sign for one in value[2] if is_class(one[0]) for sign in signs_of(*one)[:8]]
                    found.extend(
                        (start, text) for start in before[:3] for text in (*texts_of(value[2])[:6], *signs) if text
                    )
                walk(value[2], before)
            elif kind is sre.SUBPATTERN:
                walk(value[3], before)
            elif kind is sre.ATOMIC_GROUP:
                walk(value, before)
            elif kind is sre.BRANCH:
                for branch in value[1]:
                    walk(branch, before)
            elif kind in (sre.ASSERT, sre.ASSERT_NOT):
                walk(value[1], before)
            before = [start + text for start in before for text in texts_of([(kind, value)])[:2]][:4]

    walk(tree, [""])
    return found


def texts_of(sequence: Any) -> list[str]:
    """Some texts that a part of a pattern matches."""
    texts = [""]
    for kind, value in sequence:
        if kind is sre.LITERAL:
            some = [chr(value)]
        elif is_class(kind):
            some = signs_of(kind, value)[:3] or ["x"]
        elif kind in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            some = [text * max(value[0], 1) for text in texts_of(value[2])][:3] + ([""] if value[0] == 0 else [])
        elif kind is sre.SUBPATTERN:
            some = texts_of(value[3])
        elif kind is sre.ATOMIC_GROUP:
            some = texts_of(value)
        elif kind is sre.BRANCH:
            some = [text for branch in value[1] for text in texts_of(branch)[:2]][:6]
        else:
            some = [""]
        texts = [start + text for start in texts for text in some][:6]
    return texts


def is_class(kind: Any) -> bool:
    return kind in (sre.IN, sre.ANY, sre.NOT_LITERAL)


def signs_of(kind: Any, value: Any) -> list[str]:
    """The signs of `POOL` that a class of signs takes; else the first that it names."""
    found = [sign for sign in POOL if takes(kind, value, sign)]
    named = (
        [chr(one[1] if one[0] is sre.LITERAL else one[1][0]) for one in value if one[0] in (sre.LITERAL, sre.RANGE)]
        if kind is sre.IN
        else []
    )
    return found or named


def takes(kind: Any, value: Any, sign: str) -> bool:
    code = ord(sign)
    if kind is sre.ANY:
        return sign != "\n"
    if kind is sre.NOT_LITERAL:
        return code != value
    word = sign.isalnum() or sign == "_"
    categories = {
        sre.CATEGORY_DIGIT: sign.isdecimal(), sre.CATEGORY_NOT_DIGIT: not sign.isdecimal(),
        sre.CATEGORY_SPACE: sign.isspace(), sre.CATEGORY_NOT_SPACE: not sign.isspace(),
        sre.CATEGORY_WORD: word, sre.CATEGORY_NOT_WORD: not word,
    }  # fmt: skip
    hit = any(
        (one is sre.LITERAL and code == what)
        or (one is sre.RANGE and what[0] <= code <= what[1])
        or (one is sre.CATEGORY and categories[what])
        for one, what in value
    )
    return hit != any(one is sre.NEGATE for one, _ in value)


def time_of(pattern: re.Pattern[Any], how: str, text: Any, times: int = 1) -> float:
    took = []
    for _ in range(times):
        start = time.process_time()
        getattr(pattern, how)(text)
        took.append(time.process_time() - start)
    return min(took)


def find_slow(pattern: re.Pattern[Any], how: str) -> tuple[str, str, str] | None:
    """The first attack that takes far more than twice the time for twice the length; None where there is none."""
    for before, again in attack(pattern):
        for end in ("", "\x01"):

            def text(count: int, before: str = before, again: str = again, end: str = end) -> Any:
                whole = before + again * count + end
                return whole.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else whole

            count, took = 4, time_of(pattern, how, text(4))
            while count * len(again) < LONGEST:
                more = count + 4 if count < 64 else 2 * count  # a few at a time, where one more could double the time
                longer = time_of(pattern, how, text(more))
                grown = 1.6 if count < 64 else 2.9
                if longer > 0.02 and longer > grown * took:  # beyond what a clock tells: look again
                    took, longer = time_of(pattern, how, text(count), 3), time_of(pattern, how, text(more), 3)
                    if longer > grown * took:
                        return before, again, end
                count, took = more, longer
    return None


def test_the_patterns_are_found() -> None:
    assert len(PATTERNS) > 100
    assert {place.partition(":")[0] for place, _, _ in PATTERNS} >= {"nq57kit.text", "nq57kit.secrecy", *BUILT}


@pytest.mark.parametrize(("place", "pattern", "how"), PATTERNS, ids=lambda one: one if isinstance(one, str) else "")
def test_a_pattern_takes_a_time_that_follows_the_length_of_the_text(
    place: str, pattern: re.Pattern[Any], how: str
) -> None:
    assert find_slow(pattern, how) is None


@pytest.mark.parametrize(
    "pattern",
    [
        r"không(?: (?:phải|là))*(?: phải| là)* bí mật",
        r"(?:a+)+b",
        r"\s*-\s*",
        r"<!--.*?-->",
        r"<[^>]+>",
        r"(?:a|aa)+$",
        r"^#+\s+(.+?)\s*#*\s*$",
    ],
)
def test_a_pattern_that_tries_again_and_again_would_be_found(pattern: str) -> None:
    assert find_slow(re.compile(pattern, re.DOTALL), "search") is not None
