"""What words say about figures: their scale and currency, whether they are of this period, amounts written in words.

In: texts of a sheet (headings, lines, cells), the words of `words.csv` (the only place that lists them). Out: `Remark`s,
texts without them, amounts. Nothing is converted here: a reading is offered, never taken.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache, lru_cache
from typing import Final, NamedTuple

from nq57kit.submissions.contract import read_csv
from nq57kit.text import format_number, match_key, plain, tidy

#: Kinds of words by which a figure is another than the form asks for.
_DANGEROUS: Final = ("scale", "currency", "cumulative", "remainder", "other")
_DONG: Final = r"(?:\s*(?:đồng|dong|đ|vnđ|vnd)(?!\w))?"
_POWER: Final = r"(?:x\s*)?(?:1(?:[., ]?000)+|10\^?[369]|10[³⁶⁹])(?![0-9]|[.,][0-9])"
_DASHES: Final = str.maketrans("−–—‑", "----")
#: A half, quarter, month or year that a heading names.
_HALF: Final = r"(?:6|sáu|sau) tháng (?:đầu|cuối) năm|(?:6|sau) thang (?:dau|cuoi) nam"
_PERIOD: Final = r"(?:năm|nam) 20[0-9]{2}|(?:quý|quy) [1-4ivx]{1,3}(?!\w)|(?:tháng|thang) [0-9]{1,2}(?![0-9])"
_SUPERSCRIPTS: Final = str.maketrans("³⁶⁹", "369")
_BRACKETS: Final = re.compile(r"\([^()]{0,120}\)|\[[^\[\]]{0,120}\]")
_MARKS: Final = re.compile(r"[*†‡¹²³⁰⁴-⁹]+|(?<=[^\W\d_])[0-9]{1,2}\)?$|^\(?[0-9ivx]{1,3}[.)]\s")
_SAYS_UNIT: Final = re.compile(r"đvt|đơn vị|dvt|don vi|tính bằng|tinh bang|tính theo|unit")
_ADDED_UP: Final = re.compile(r"(?:muc|phan|nhom|nguon|nhiem vu|[ivx]{1,4}|[a-d]|[0-9]{1,2})(?: |$)")
#: What stands before «triệu đồng» where it is a sum, not a unit of measure.
_COUNTED: Final = re.compile(r"(?:[0-9]|hàng|nhiều|vài|mấy|một|chục|trăm)\s*$")
_NUMBER: Final = re.compile(r"[0-9][0-9.,]*(?: [0-9]{3}(?![0-9]))*")
_GROUPED: Final = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]+)?|[1-9][0-9]{0,2}(?: [0-9]{3})+(?:,[0-9]+)?")
_DECIMAL: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_TWO_READINGS: Final = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")


#: What the groups of three digits of a number are called, the last first.
_GROUPS: Final = (" nghìn tỷ", " tỷ", " triệu", " nghìn", "")


class Remark(NamedTuple):
    """A word that changes what a figure means: its kind, the word as found, the factor of a scale.

    A half of a year is of the kind «half», its factor 1 or 2; the caller knows which half is meant.

    Example:
        >>> find_remarks("Dự toán (triệu đồng)")
        (Remark(kind='scale', word='triệu đồng', factor=1000000),)
    """

    kind: str
    word: str
    factor: int = 0


def lower(text: str) -> str:
    """Return cleaned text in small letters, with one kind of dash (`text.fold` would move tones within words)."""
    return tidy(text).casefold().translate(_DASHES)


@cache
def words_of(*kinds: str) -> dict[str, tuple[str, int]]:
    """Return the words of some kinds: kind and factor of each.

    Example:
        >>> words_of("scale")["triệu"]
        ('scale', 1000000)
    """
    return {
        row["word"]: (row["kind"], int(row["factor"] or 0)) for row in read_csv("words.csv") if row["kind"] in kinds
    }


@cache
def _pattern(*kinds: str, bare: bool = False) -> re.Pattern[str]:
    """The words of some kinds, the longest first, and powers of ten; `bare` for texts without marks."""
    words = {plain(word) if bare else word for word in words_of(*kinds)}
    parts = (re.escape(word) + ("(?!\\w)" if word[-1].isalnum() else "") for word in sorted(words, key=len)[::-1])
    named = rf"(?<!\w)(?P<half>{_HALF})(?: 20[0-9]{{2}})?|(?<!\w)(?P<period>{_PERIOD})"
    return re.compile(rf"(?:(?P<power>{_POWER})|{named}|(?<![^\W\d])(?P<word>{'|'.join(parts)})){_DONG}")


@lru_cache(maxsize=4096)
def _find(text: str) -> tuple[tuple[Remark, int, int], ...]:
    """The remarks of a text in small letters, with where they begin and end."""
    bare = text.isascii()
    kinds = words_of(*_DANGEROUS, "neutral")
    if bare:
        kinds = {plain(word): kind for word, kind in kinds.items()}
    found = []
    for match in _pattern(*_DANGEROUS, "neutral", bare=bare).finditer(text):
        if match["half"]:
            kind, factor = "half", 1 if re.search("đầu|dau", match[0]) else 2
        elif match["period"]:
            kind, factor = "other", 0
        else:
            kind, factor = kinds[match["word"]] if match["word"] else ("scale", _power(match["power"]))
        if kind != "neutral":
            found.append((Remark(kind, match[0], factor), *match.span()))
    return tuple(found)


def _power(text: str) -> int:
    digits = re.sub(r"[^0-9]", "", text.translate(_SUPERSCRIPTS))
    return int(digits) if digits.endswith("000") else int(10 ** int(digits[2:]))


def find_remarks(text: str) -> tuple[Remark, ...]:
    """Return the words of `text` by which its figures are others than asked for; «giải ngân» is no «ngàn».

    Example:
        >>> [remark.word for remark in find_remarks("Còn lại chưa giải ngân (1.000đ)")]
        ['còn lại', 'chưa', '1.000đ']
        >>> find_remarks("Tỷ lệ giải ngân")
        ()
    """
    return tuple(remark for remark, _, _ in _find(lower(text)))


def find_unit(text: str) -> Remark | None:
    """Return the scale or currency that a line or cell states for figures beside it, None for a sum or plain words.

    Example:
        >>> find_unit("ĐVT: triệu đồng").factor, find_unit("Đã hỗ trợ 500 triệu đồng"), find_unit("Đơn vị tính: đồng")
        (1000000, None, None)
    """
    text = lower(text)
    for remark, start, end in _find(text):
        if remark.kind not in ("scale", "currency") or _COUNTED.search(text[:start]):
            continue
        before, after = text[:start].rstrip(), text[end:].lstrip()
        said = _SAYS_UNIT.search(before) or (before.endswith(("(", "[")) and after[:1] in (")", "]"))
        alone = not re.search(r"\w", _pattern("plain").sub("", before + " " + after))
        in_dong = remark.kind == "scale" and remark.word.endswith(("đồng", "dong", "đ", "vnd", "vnđ"))
        if said or (not remark.word[:1].isdecimal() and (alone or in_dong)):
            return remark
    return None


def shorten(text: str) -> tuple[str, str]:
    """Return a heading without brackets, footnote marks, numbering and plain units, and that without remarks too.

    Example:
        >>> shorten("(7) Số lượng¹ (cuộc)"), shorten("Kinh phí lũy kế")
        (('số lượng', 'số lượng'), ('kinh phí lũy kế', 'kinh phí'))
    """
    small = lower(text)
    rest = small
    for _, start, end in reversed(_find(small)):
        rest = rest[:start] + " " + rest[end:]
    return _bare(small), _bare(rest)


def _bare(text: str) -> str:
    text = " ".join(_MARKS.sub(" ", _BRACKETS.sub(" ", text)).split())
    return _plain_end().sub("", text).strip(" .,;:/-")


@cache
def _plain_end() -> re.Pattern[str]:
    words = "|".join(map(re.escape, sorted(words_of("plain"), key=len)[::-1]))
    return re.compile(rf"(?<![\s,;:/-])(?:[\s,;:/-]+(?:{words})(?!\w)){{1,4}}\W*$")


@cache
def keys_of(kind: str) -> tuple[str, ...]:
    """Return the words of one kind as `text.match_key` writes them.

    Example:
        >>> "tong cong" in keys_of("total")
        True
    """
    return tuple(map(match_key, words_of(kind)))


def is_total(text: str) -> bool:
    """Whether a text heads a row of totals: a word for it, alone or with what it adds up.

    Example:
        >>> is_total("TỔNG CỘNG (I+II)"), is_total("Cộng mục II"), is_total("Total:"), is_total("Tổng kết hội thi")
        (True, True, True, False)
    """
    key = match_key(_BRACKETS.sub(" ", text))
    for word in keys_of("total"):
        if key == word or (key.startswith(word + " ") and (" " in word or _ADDED_UP.match(key, len(word) + 1))):
            return True
    return False


# --------------------------------------------------------------------------- amounts in words


def says_about(text: str) -> bool:
    """Whether a text in small letters says that its number is none: «khoảng 20», «20 trở lên», «20+».

    Example:
        >>> says_about("khoảng 20"), says_about("20 tin")
        (True, False)
    """
    return text.endswith("+") or bool(_about().search(text))


def leave_about(text: str) -> str:
    """Return a text without the words by which its number is none.

    Example:
        >>> leave_about("khoảng 20")
        '20'
    """
    return _about().sub(" ", text.rstrip("+")).strip()


@cache
def _about() -> re.Pattern[str]:
    words = (
        re.escape(word) if not word[0].isalnum() else rf"(?<!\w){re.escape(word)}(?!\w)" for word in words_of("about")
    )
    return re.compile("|".join(words))


@cache
def _amount() -> re.Pattern[str]:
    scales = "|".join(re.escape(word) for word in sorted(words_of("scale"), key=len)[::-1])
    return re.compile(rf"(?P<number>{_NUMBER.pattern})?\s*(?P<scales>(?:(?:{scales})(?!\w|[.,][0-9])\s*)*)")


def read_amount(text: str) -> tuple[Fraction, ...]:
    """Return what an amount of digits and words of scale can be: one reading, two, or none.

    Example:
        >>> [int(one) for one in read_amount("1 tỷ 200 triệu đồng")], [int(one) for one in read_amount("1.5 tỷ")]
        ([1200000000], [1500000000])
        >>> [int(one) for one in read_amount("1.500 triệu")], read_amount("1 tỷ 200")
        ([1500000000, 1500000], ())
    """
    text = lower(text)
    if text.endswith("-"):  # a sign behind, as books have it, or a range that was broken off
        return ()
    sign = -1 if text.startswith(("-", "âm ")) or (text.startswith("(") and text.endswith(")")) else 1
    text = _currency().sub("", text.strip("()+- ").removeprefix("âm ")).strip()
    totals: list[Fraction] = [Fraction(0)]
    least: int | None = None
    at = 0
    while at < len(text):
        match = _amount().match(text, at)
        if match is None or not match["number"]:
            return ()
        factor = 1
        for word in match["scales"].split():
            factor *= words_of("scale")[word][1]
        values = [value * factor for value in _numbers(match["number"], scaled=bool(match["scales"]))]
        if not values or (least and (max(values) >= least or (factor == 1 and max(values) < 1_000))):
            return ()
        totals = [total + value for total in totals for value in values]
        least, at = factor, match.end()
    return tuple(dict.fromkeys(sign * total for total in totals)) if at else ()


@cache
def _currency() -> re.Pattern[str]:
    return re.compile(r" ?(?<!\w)(?:đồng|vnđ|vnd|₫|đ)\.?$|(?<=[0-9])đ$")


def _numbers(text: str, *, scaled: bool) -> list[Fraction]:
    """What digits with points and commas can be; before a word of scale «1.500» has two readings."""
    text = text.rstrip(".,")
    grouped, decimal = _GROUPED.fullmatch(text), _DECIMAL.fullmatch(text)
    found = []
    if grouped or ("," in text and _TWO_READINGS.fullmatch(text)):
        whole, _, rest = text.partition("," if grouped else "\0")
        digits = re.sub(r"[., ]", "", whole)
        found.append(Fraction(int(digits)) + (Fraction(int(rest), 10 ** len(rest)) if rest else 0))
    if decimal and (not grouped or (scaled and "." in text)):
        found.append(Fraction(text.replace(",", ".")))
    return found


def say_number(text: str) -> str:
    """Return a number as written, and said so that its points and commas cannot be mistaken.

    Example:
        >>> say_number("1.234"), say_number("1,234"), say_number("1.500.000"), say_number("12")
        ('1.234 (1 nghìn 234)', '1,234 (1 phẩy 234)', '1.500.000 (1 triệu 500 nghìn)', '12')
    """
    whole, _, decimals = text.partition(",")
    groups = whole.lstrip("-").split(".")
    if len(groups) > len(_GROUPS) or (len(groups) == 1 and not decimals):
        return text
    said = [f"{int(group)}{name}" for group, name in zip(groups, _GROUPS[-len(groups) :], strict=True) if int(group)]
    return (
        f"{text} ({'trừ ' if text[:1] == '-' else ''}{' '.join(said) or '0'}{f' phẩy {decimals}' if decimals else ''})"
    )


def show_amount(value: Fraction) -> str:
    """Return an amount as an official writes it, with the digits that it has.

    Example:
        >>> show_amount(Fraction(15000001, 10))
        '1.500.000,1'
    """
    digits = len(f"{float(value):.6f}".rstrip("0").partition(".")[2])
    return format_number(value if digits else int(value), digits)
