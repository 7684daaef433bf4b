"""Vietnamese text: cleaning, matching keys, numbers and dates as an official writes them.

In: strings and numbers. Out: strings. Knows no table, file or report.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from importlib import resources

_SWAPPED = str.maketrans(",.", ".,")
_COUNTS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười")
_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
#: Characters that a person does not see: control characters that are no white space, zero-width ones, BOM, bidi marks, tags.
#: The soft hyphen U+00AD is not among them: in TCVN3 text it stands for «ư».
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff]"
)
#: What a terminal obeys or swallows instead of showing it: control characters, what turns the direction, separates lines,
#: joins or hides letters (soft hyphen, zero-width signs, variation selectors, tags), halves of letters, what is no letter.
_CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ud800-\udfff\ufdd0-\ufdef\U000e0000-\U0010ffff]"
)
_AMPERSAND = re.compile(" ?& ?")  # as `clean` leaves blanks
_DASH = re.compile(" ?- ?")
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "‑": "-"})
_CURLY = str.maketrans({"“": '"', "”": '"', "„": '"', "‟": '"', "‘": "'", "’": "'", "‛": "'"})


def clean(text: str) -> str:
    """Return `text` in NFC, without invisible characters, white space folded and trimmed.

    Letters, quotes and dashes stay as they were written; only what nobody sees changes.

    Example:
        >>> clean("  Vụ\\u00a0 Khoa học\\u200b ")
        'Vụ Khoa học'
    """
    if not (text.isascii() and text.isprintable()):  # what is printed of ASCII is seen, and nothing of it composed
        text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    return " ".join(text.split())


def tidy(text: str) -> str:
    """Return `text` as `clean` does, with the curly quotes that a word processor puts in made straight.

    For what a person typed into a form; the plan's own words keep their quotes.

    Example:
        >>> tidy("Hội nghị “Khoa học”")
        'Hội nghị "Khoa học"'
    """
    return clean(text).translate(_CURLY)


def plain(text: str) -> str:
    """Return `text` without Vietnamese marks, for consoles that cannot print them.

    Example:
        >>> plain("Đơn vị đã gửi – 2 báo cáo")
        'Don vi da gui - 2 bao cao'
    """
    bare = unicodedata.normalize("NFD", text.translate(_QUOTES).replace("đ", "d").replace("Đ", "D"))
    return "".join(ch for ch in bare if not unicodedata.combining(ch))


def escape_controls(text: str, *, json: bool = False) -> str:
    """Return `text` with what a terminal would obey, such as ESC, written out: nothing that a unit sends moves a cursor.

    `json`: in the way that JSON reads back as the same text.

    Example:
        >>> print(escape_controls("\\x1b[2JOK"))
        \\x1b[2JOK
    """

    def write_out(found: re.Match[str]) -> str:
        if not json:
            return f"\\x{ord(found[0]):02x}"
        units = found[0].encode("utf-16-be", "surrogatepass").hex()
        return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))

    return _CONTROLS.sub(write_out, text)


def fold(text: str) -> str:
    """Return `text` cleaned and case-folded, with one spelling of quotes, dashes and «&».

    Tones are kept but their place is not («hoà» and «hòa» fold alike), so two names that differ
    in one tone stay two names.

    Example:
        >>> fold("Thuỷ  Lợi & HOÀ") == fold("thủy lợi và hòa")
        True
    """
    spelled = _DASH.sub("-", _AMPERSAND.sub(" và ", clean(text).translate(_QUOTES))).casefold()
    words = [_tone_last(word) for word in unicodedata.normalize("NFD", spelled).split()]
    return unicodedata.normalize("NFC", " ".join(words))


@cache
def _signs_of_codes() -> dict[int, str | None]:
    """What is read as another sign in a code: `lookalikes.csv`, and what nobody sees or what stands for a blank.

    The list is that of Unicode's security mechanisms (UTS #39, confusables.txt, read in its version 13.0.0) for the signs
    of the ministry's codes: Latin capitals, Đ, «-» and «/», as they look in Greek, Cyrillic and Latin.
    """
    text = resources.files("nq57kit").joinpath("lookalikes.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    signs: dict[int, str | None] = {int(point, 16): row["sign"] for row in rows for point in row["code_points"].split()}
    unseen = (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
    return signs | dict.fromkeys(unseen)


@lru_cache(maxsize=65536)
def code_key(text: str) -> str:
    """Return the key of a code: equal for spellings that a person takes for the same, so that a task counts once.

    Dashes, blanks, case, width, letters that look alike (Ð and Đ, Cyrillic «А» and «A») do not matter; digits and letters
    are never taken for each other, nor a letter for the same with a Vietnamese mark. The code is shown as it was written.

    Example:
        >>> code_key("ÐTÐL.CN – 01/26") == code_key("đtđl.cn-01/26"), code_key("O1") == code_key("01")
        (True, False)
    """
    signs = _signs_of_codes()
    wide = unicodedata.normalize("NFKC", text.translate(signs)).upper().translate(signs)
    seen = "".join(sign for sign in wide if unicodedata.category(sign)[0] not in "CZ")
    return re.sub("-+", "-", fold(re.sub("D[\u0335\u0336]", "Đ", seen)).replace(" ", ""))


_TONES = "\u0300\u0301\u0303\u0309\u0323"


def _tone_last(word: str) -> str:
    """Move the tone mark of a decomposed word to its end (so that its place does not matter)."""
    tones = "".join(ch for ch in word if ch in _TONES)
    return "".join(ch for ch in word if ch not in _TONES) + tones if tones else word


#: The letters of the Vietnamese alphabet in their order, with those of foreign names; ă, â, đ, ê, ô, ơ, ư are letters.
_ALPHABET = {letter: place for place, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
#: The tones in their order: ngang, huyền, hỏi, ngã, sắc, nặng.
_TONE_ORDER = {tone: place for place, tone in enumerate("\u0300\u0309\u0303\u0301\u0323", start=1)}


def sort_key(text: str) -> tuple[tuple[tuple[int, int], ...], tuple[int, ...], str]:
    """Return a key that sorts text by the Vietnamese alphabet, as CLDR has it for «vi».

    Letters decide first over the whole text (a, ă, â, …, d, đ, …), then tones (ngang, huyền, hỏi, ngã, sắc, nặng), then
    the spelling. Blanks and signs come before digits, digits before letters; case does not matter.

    Example:
        >>> sorted(["Đo đạc", "Dân tộc", "Ấp", "Ăn", "An", "Ủy", "Ưu"], key=sort_key)
        ['An', 'Ăn', 'Ấp', 'Dân tộc', 'Đo đạc', 'Ủy', 'Ưu']
        >>> sorted(["mạ", "má", "mã", "mả", "mà", "ma"], key=sort_key)
        ['ma', 'mà', 'mả', 'mã', 'má', 'mạ']
    """
    letters: list[tuple[int, int]] = []
    tones: list[int] = []
    for ch in unicodedata.normalize("NFC", text).casefold():
        parts = unicodedata.normalize("NFD", ch)
        tone = next((_TONE_ORDER[mark] for mark in parts if mark in _TONE_ORDER), 0)
        letter = unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in _TONES))
        if letter in _ALPHABET:
            letters.append((2, _ALPHABET[letter]))
        elif letter:
            rank = 1 if letter.isdecimal() else 3 if letter[:1].isalpha() else 0
            letters.append((rank, ord(letter[0])))
        tones.append(tone)
    return tuple(letters), tuple(tones), text


def match_key(text: str) -> str:
    """Return a key for near matches: no marks, no case, only letters and digits.

    Used to *suggest* and to find headers; names that decide something are compared by `fold`.

    Example:
        >>> match_key("Vụ Kế hoạch – Tài chính")
        'vu ke hoach tai chinh'
    """
    return " ".join(re.findall(r"[0-9a-z]+", plain(clean(text)).casefold().replace("&", " va ")))


def format_number(value: float | int | Fraction | None, digits: int = 0) -> str:
    """Return a number as Vietnamese writes it: «1.234,5»; «–» where there is none.

    Example:
        >>> format_number(1234567), format_number(1234.5, 1), format_number(None)
        ('1.234.567', '1.234,5', '–')
    """
    if value is None:
        return "–"
    # Adding nothing makes 1 of True, which would share a place in the cache with it.
    return _format_decimal((float(value) if isinstance(value, Fraction) else value) + 0, digits)


@lru_cache(maxsize=4096)
def _format_decimal(value: float, digits: int) -> str:
    text = f"{Decimal(str(value)):,.{digits}f}".translate(_SWAPPED)  # halves to the even digit, as decimals count them
    return text if text.strip("-0,") else text.lstrip("-")  # what is rounded to nothing has no sign


def spell_number(value: int) -> str:
    """Return a count up to ten in words, a larger one in digits.

    Example:
        >>> spell_number(10), spell_number(12)
        ('mười', '12')
    """
    return _COUNTS[value] if 0 <= value < len(_COUNTS) else format_number(value)


def format_percent(value: float | Fraction | None, digits: int = 1) -> str:
    """Return a ratio (0 to 1) as a percentage, «50,0%»; «–» where there is none.

    Example:
        >>> format_percent(0.4996), format_percent(None)
        ('50,0%', '–')
    """
    if value is None:
        return "–"
    return format_number(float(value * 100), digits) + "%"


def format_date(day: date | None) -> str:
    """Return a date as an official writes it: «18/5/2026», days and January, February with a zero.

    Nghị định 30/2020/NĐ-CP, Phụ lục I: days below 10 and the months 1 and 2 carry a leading zero.

    Example:
        >>> format_date(date(2026, 5, 18)), format_date(date(2026, 1, 5))
        ('18/5/2026', '05/01/2026')
    """
    if day is None:
        return "–"
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"{day.day:02d}/{month}/{day.year}"


def format_weekday(day: date) -> str:
    """Return a day with the name that it has in the week.

    Example:
        >>> format_weekday(date(2026, 12, 16))
        'thứ Tư, 16/12/2026'
    """
    return f"{_WEEKDAYS[day.weekday()]}, {format_date(day)}"


def format_time(moment: datetime) -> str:
    """Return an aware time as «23:59 ngày 19/6/2026» in the zone that it carries.

    Example:
        >>> format_time(datetime(2026, 6, 19, 23, 59))
        '23:59 ngày 19/6/2026'
    """
    return f"{moment:%H:%M} ngày {format_date(moment.date())}"
