"""Words that sentences share: lists of names, comparisons, ratios that do not round into a verdict.

In: numbers and names. Out: parts of Vietnamese sentences.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from nq57kit.text import format_number, format_percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nq57kit.indicators.model import Results

__all__ = [
    "at_least",
    "compare_counts",
    "compare_ratios",
    "count_units",
    "list_names",
    "lower_first",
    "million",
    "no_comparison",
    "precise_percent",
]

#: How many names a sentence lists before it counts the others.
_NAMES: Final = 10
#: Comparators of the plan's targets within a sentence.
_ASKED: Final[Mapping[str, str]] = {">=": "ít nhất", ">": "trên", "<=": "không quá", "<": "dưới"}


def list_names(names: Sequence[str], limit: int = _NAMES) -> str:
    """Return names as a list; from `limit` on the others are counted. Names with «và» or commas stand between semicolons.

    Example:
        >>> list_names(["Vụ PC", "Vụ KHTC", "VP Bộ"]), list_names(["A", "B", "C", "D"], limit=2)
        ('Vụ PC, Vụ KHTC và VP Bộ', 'A, B và 2 đơn vị khác')
        >>> list_names(["Thanh tra Bộ", "Báo Nông nghiệp và Môi trường"])
        'Thanh tra Bộ; Báo Nông nghiệp và Môi trường'
    """
    shown = names[:limit] if len(names) > limit + 1 else names
    others = f"{format_number(len(names) - len(shown))} đơn vị khác" if len(shown) < len(names) else ""
    if any("," in name or " và " in name for name in shown) and len(names) > 1:
        return "; ".join(shown) + (f" và {others}" if others else "")
    last = others or (shown[-1] if len(shown) > 1 else "")
    first = shown if others or len(shown) < 2 else shown[:-1]
    return ", ".join(first) + (f" và {last}" if last else "")


def lower_first(label: str) -> str:
    """Return a label as it stands within a sentence; abbreviations keep their capitals.

    Example:
        >>> lower_first("Bài toán KHCN được công bố"), lower_first("AI, chatbot")
        ('bài toán KHCN được công bố', 'AI, chatbot')
    """
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def count_units(names: Sequence[str]) -> str:
    """Return «3 đơn vị: A, B và C».

    Example:
        >>> count_units(["Vụ PC"])
        '1 đơn vị: Vụ PC'
    """
    return f"{format_number(len(names))} đơn vị: {list_names(names)}"


def precise_percent(value: float | None, against: float | None = None) -> str:
    """Return a ratio as a percentage, with as many digits as keep it apart from the target it is judged against.

    Example:
        >>> precise_percent(0.4996, 0.5), precise_percent(0.411, 0.5), precise_percent(0.5, 0.5)
        ('49,96%', '41,1%', '50,0%')
    """
    if value is None or against is None or value == against:
        return format_percent(value)
    for digits in range(1, 7):
        text = format_percent(value, digits)
        if text != format_percent(against, digits):
            return text
    return format_percent(value, 6)


def no_comparison(results: Results) -> str:
    """Return what a sentence says where there is nothing to compare with."""
    period = results.inputs.period
    if period.is_year or period.previous is None:
        return "không có số liệu cùng kỳ để so sánh"
    return f"không có số liệu kỳ trước ({period.previous.label}) để so sánh"


def compare_ratios(results: Results, now: float | None, before: float | None) -> str:
    """Return «tăng 3,2 điểm phần trăm so với năm 2026 (41,0%)», or that there is nothing to compare with."""
    previous = results.inputs.period.previous
    if now is None or before is None or previous is None:
        return no_comparison(results)
    points = format_number(abs(now - before) * 100, 1)
    if points == format_number(0, 1):
        return f"không thay đổi đáng kể so với {previous.label} ({format_percent(before)})"
    way = "tăng" if now > before else "giảm"
    return f"{way} {points} điểm phần trăm so với {previous.label} ({format_percent(before)})"


def compare_counts(results: Results, now: int | None, before: int | None, text: Any = format_number) -> str:
    """Return «tăng 12,5% so với năm 2026 (1.234)», or that there is nothing to compare with; `text` writes a value."""
    previous = results.inputs.period.previous
    if now is None or before is None or previous is None:
        return no_comparison(results)
    if now == before:
        return f"bằng {previous.label}"
    way = "tăng" if now > before else "giảm"
    if before == 0:
        return f"{way} so với {previous.label} ({text(before)})"
    return f"{way} {format_percent(abs(now - before) / before)} so với {previous.label} ({text(before)})"


def million(value: int | None) -> str:
    """Return đồng as «1.234,5 triệu đồng»; whole millions have no decimals.

    Example:
        >>> million(1_234_500_000), million(16_978_000_000)
        ('1.234,5 triệu đồng', '16.978 triệu đồng')
    """
    if value is None:
        return "–"
    return f"{format_number(value / 1_000_000, 1).removesuffix(',0')} triệu đồng"


def at_least(comparator: str | None, target: float) -> str:
    """Return what is asked, in words: «ít nhất 50%»; of everything there is no more: «100%».

    Example:
        >>> at_least(">=", 0.5), at_least(">=", 1.0)
        ('ít nhất 50%', '100%')
    """
    words = "" if target >= 1 else _ASKED.get(comparator or "", "")
    return f"{words} {format_percent(target, 0)}".strip()
