"""Old Vietnamese fonts: TCVN3 (.VnTime) and VNI text, recognised and converted.

In: text, or a cell of it. Out: its encoding (or None) and its conversion. A text is old only if it has no letter that Unicode
Vietnamese alone has, and each of its words with marks becomes a Vietnamese syllable by one of the two tables,
at least one of them not being one as it stands: so «mét», «Lào», «Müller» and «café» are left alone.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from nq57kit.text import clean

if TYPE_CHECKING:
    from nq57kit.submissions.cells import Cell

_TCVN3: Final = dict(
    zip(
        "µ¸¶·¹¨»¾¼½Æ©ÇÊÈÉË®ÌÐÎÏÑªÒÕÓÔÖ×ÝØÜÞßãáâä«åèæçé¬êíëìîïóñòô\u00adõøö÷ùúýûüþ¡¢§£¤¥¦",
        "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵĂÂĐÊÔƠƯ",
        strict=True,
    )
)
_VNI_TONES: Final = {"ø": "\u0300", "ù": "\u0301", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_VNI_HATS: Final = {
    **dict(zip("âàáåãä", ("\u0302" + tone for tone in ("", *"\u0300\u0301\u0309\u0303\u0323")), strict=True)),
    **dict(zip("êèéúüë", ("\u0306" + tone for tone in ("", *"\u0300\u0301\u0309\u0303\u0323")), strict=True)),
}
_VNI_ALONE: Final = {"ñ": "đ", "ö": "ư", "ô": "ơ", "î": "ỵ", "æ": "ỉ", "ó": "ĩ", "ò": "ị"}
_ONLY_UNICODE: Final = re.compile(
    "[\u0102\u0103\u0110\u0111\u0128\u0129\u0168\u0169\u01a0\u01a1\u01af\u01b0\u1ea0-\u1ef9\u0300-\u036f]"
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_TCVN3_WORD: Final = re.compile("[A-Za-z" + re.escape("".join(_TCVN3)) + "]+")
_ONSETS_LISTED: Final = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x"
_RIMES_LISTED: Final = """
a ai ao au ay ac ach am an ang anh ap at ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
e ec em en eng eo ep et ê êch êm ên ênh êp êt êu i ia iêc iêm iên iêng iêp iêt iêu ich im in inh ip it iu
o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong op ot
ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt
u ua uân uâng uât uây uc uê uêch uênh ui um un ung uơ uôc uôi uôm uôn uông uôt up ut uy uya uych uyên uyêt uyn
uynh uyt uyu ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu y yên yêt yêu yêm yêng ynh yt ych yn
"""
_ONSETS: Final = tuple(_ONSETS_LISTED.split())
_RIMES: Final = frozenset(_RIMES_LISTED.split())
_TONES: Final = "\u0300\u0301\u0303\u0309\u0323"


@lru_cache(maxsize=8192)
def find_legacy(text: str) -> str | None:
    """Return «TCVN3» or «VNI» for text of an old font, else None.

    Example:
        >>> find_legacy("hép møt tÕt"), find_legacy("Xin chaøo caùc baïn"), find_legacy("Hà Nội, 5 µm")
        ('TCVN3', 'VNI', None)
    """
    if text.isascii() or _ONLY_UNICODE.search(text):
        return None
    for encoding, pattern in (("TCVN3", _TCVN3_WORD), ("VNI", _WORD)):
        words = [word for word in pattern.findall(text) if not word.isascii()]
        evidence = [word for word in words if len(word) > 1 and word[0] != "µ" and not _is_syllable(word)]
        if evidence and all(_is_syllable(convert_legacy(word, encoding)) for word in words if len(word) > 1):
            return encoding
    return None


def convert_legacy(text: str, encoding: str) -> str:
    """Return text of an old font as Unicode (NFC); `encoding` as `find_legacy` gives it.

    Capitals of TCVN3 lie in fonts of their own, so capital letters with marks may come out small.

    Example:
        >>> convert_legacy("Xin chaøo caùc baïn", "VNI")
        'Xin chào các bạn'
    """
    if encoding == "TCVN3":
        return "".join(_TCVN3.get(char, char) for char in text)
    parts: list[str] = []
    for char in text:
        small = char.lower()
        vowel = unicodedata.normalize("NFD", parts[-1][-1])[0].lower() if parts and parts[-1] else ""
        marks = _VNI_TONES.get(small) if vowel and vowel in "aeouyươ" else None
        if marks is None and vowel in ("a", "e", "o") and parts[-1].isascii():
            marks = _VNI_HATS.get(small)
        if marks is not None:
            parts[-1] = unicodedata.normalize("NFC", parts[-1] + marks)
        elif small in _VNI_ALONE:
            alone = _VNI_ALONE[small]
            parts.append(alone if char == small else alone.upper())
        else:
            parts.append(char)
    return "".join(parts)


def convert_cell(cell: Cell) -> tuple[str, Cell] | None:
    """Return the encoding of a cell's text of an old font, and the cell as Unicode; None for any other cell.

    Example:
        >>> from nq57kit.submissions.cells import Cell
        >>> encoding, converted = convert_cell(Cell(5, 2, "TËp huÊn c¸n bé"))
        >>> encoding, converted.text, convert_cell(Cell(5, 2, "Tập huấn cán bộ"))
        ('TCVN3', 'Tập huấn cán bộ', None)
    """
    if not isinstance(cell.value, str) or cell.value.isascii():
        return None
    text = clean(cell.value)
    encoding = find_legacy(text)
    return None if encoding is None else (encoding, cell._replace(value=convert_legacy(text, encoding)))


@lru_cache(maxsize=8192)
def _is_syllable(word: str) -> bool:
    """Whether `word` can be a Vietnamese syllable: an onset and a rime, in small, capital or title letters."""
    if not (word.islower() or word.isupper() or word.istitle()):
        return False
    parts = unicodedata.normalize("NFD", word.lower())
    if sum(char in _TONES for char in parts) > 1:
        return False
    bare = unicodedata.normalize("NFC", "".join(char for char in parts if char not in _TONES))
    if bare in _RIMES or bare == "gi":
        return True
    return any(bare.startswith(onset) and bare[len(onset) :] in _RIMES for onset in _ONSETS) or (
        bare.startswith("gi") and bare[1:] in _RIMES  # «giêng», «giết»: the «i» belongs to both
    )
