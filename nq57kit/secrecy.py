"""State secrets in a text: whether words name or mark one, deny one, or only speak of the law.

In: any text that a person or a unit gives. Out: a `Verdict`, a file's name as it may be shown, or `SecretError`, which never
holds a word of the text. What a whole workbook says, `submissions.secrets` tells. Source: contract §3, «STATE SECRETS»; the
degrees of secrecy are those of Luật Bảo vệ bí mật nhà nước, article 8. Every pattern is linear.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from nq57kit.errors import SecretError
from nq57kit.legacy import convert_legacy, find_legacy
from nq57kit.text import clean, plain

#: `secret`: named or marked; `denied`: spoken of to say that there is none (asked about, never refused); else None.
Verdict = Literal["secret", "denied"] | None
#: What stands for a file's name that tells a state secret itself.
HIDDEN_NAME: Final = "(tên tệp không hiển thị)"

#: What nobody sees between two letters; and «mật» as it is written with marks, without, in TCVN3 and in VNI.
_UNSEEN: Final = re.compile("[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")  # fmt: skip
_LETTERS: Final = ("mật", "mat", "mët", "maät", "bmnn")

_GAP, _START, _END = r"[\s\-_.]*", r"(?<![^\W\d_])", r"(?![^\W\d_])"
_HONEY: Final = r"(?! ?(?:độ|ong|hoa|mía|thiết|mã|khẩu|danh|thư|vụ|nghị|sáp)\b)"
_CLOSED: Final = r"(?= ?(?:$|[.,;:!?)\]}>»”’\"'/|\-–—]))"
_PAPERS: Final = "nhiệm vụ|đề tài|dự án|đề án|chương trình|công trình|tài liệu|văn bản|hồ sơ|công văn|báo cáo|nội dung|thông tin|danh mục"
#: A classification that no denial takes back: «(Mật)», «độ mật: Mật», «MẬT: …». In all patterns here one blank stands for
#: any white space.
_STAMPED: Final = re.compile(
    rf"[(\[{{<【] ?(?:độ |mức )?(?:(?:tuyệt|tối){_GAP})?mật ?[)\]}}>】:]|(?:^|[|/*_;.]) ?mật ?(?:[|/*_]|[:–—-](?! ?\d){_HONEY})"
    rf"|(?<!mật )độ mật ?(?:là|:|-|=)? ?(?:độ ?)?[\"'«“‘(]* ?(?:(?:tuyệt|tối){_GAP})?mật{_END}{_HONEY}"
)
#: «- Mật», «: MẬT» at the end, capital: in small letters it may be honey.
_TRAILING: Final = re.compile(r"[-–—:|/] ?M[Ậậ][Tt](?= ?(?:$|[.;!?)\]»”\"|]))")
#: What a denial may speak of.
_MARKS: Final = re.compile(
    rf"{_START}(?:tuyệt|tuyet){_GAP}(?:mật|mat){_END}|{_START}(?:tối|toi){_GAP}(?:mật|mat){_END}{_HONEY}"
    rf"|{_START}(?:{_PAPERS}) mật{_CLOSED}|{_START}(?:dấu|dau)(?: chỉ)?(?: độ)? ?[\"'«“‘]?(?:mật{_END}{_HONEY}|mat$)"
    rf"|[\"'«“‘„] ?mật ?[\"'»”’“]"
    rf"|{_START}(?:bí|bi){_GAP}(?:mật|mat){_GAP}(?:của |cua )?(?:(?:nhà|nha){_GAP}(?:nước|nuoc)|quốc gia){_END}"
    rf"|{_START}bmnn{_END}"
)
#: Outside the list of science tasks, teaching the law on secrets is no secret.
_ABOUT_LAW: Final = re.compile(
    r"(?:bảo vệ|bao ve|giữ gìn|giữ|pháp luật về|luật về|luật|quy định về|lộ|lọt) (?:thông tin |tài liệu )?"
    r"(?:(?:thuộc )?(?:danh mục |phạm vi )?(?:bí|bi) (?:mật|mat) (?:của )?(?:nhà nước|nha nuoc)|bmnn)"
)
#: What may stand between a denial and what it denies, and the denials. Nothing else may: «không … kế hoạch … (Tuyệt mật)».
_FILLERS_LISTED: Final = """
có phải là thuộc chứa nội dung thông tin tài liệu văn bản hồ sơ nhiệm vụ đề tài dự án khoa học công nghệ khcn kh&cn và các những
nào bất kỳ cứ gì danh mục phạm vi đóng dấu độ mức mật tuyệt tối hay hoặc ghi nêu tên mã số của liên quan đến được đang trong loại
phát sinh diện
"""
_DENIALS_LISTED: Final = "không chưa ko chẳng trừ cấm"
#: Words of a list that a comma may follow.
_LISTED: Final = re.compile("(?:mật|mat|tài|tai|án|an|vụ|vu|liệu|lieu|bản|ban|sơ|so|tên|ten),")
_FILLERS, _DENIALS = (frozenset(listed.split()) for listed in (_FILLERS_LISTED, _DENIALS_LISTED))
_PLAIN_FILLERS, _PLAIN_DENIALS = (frozenset(map(plain, words)) for words in (_FILLERS, _DENIALS))
_DENIED_AFTER: Final = re.compile(
    r" ?(?:\([^()]{0,20}\) ?)?[:=–-]? ?(?:không(?: có| thuộc| phải)?|khong|chưa có|0) ?(?:$|[.;,])"
)
#: A rule of what not to write: «…; không tính nhiệm vụ không sử dụng ngân sách nhà nước và nhiệm vụ bí mật nhà nước».
_RULE: Final = re.compile(r"(?:tuyệt đối )?không (?:được )?(?:tính|ghi) ")
_FARTHEST: Final = 160
#: A cell holds no more letters; what is longer are texts of a part together, and the search for old fonts keeps what it has seen.
_LONGEST_CELL: Final = 32_767

_HEADINGS: Final = re.compile(
    r"(?:có )?(?:là )?(?:thuộc )?(?:danh mục )?(?:mức )?(?:độ (?:bảo )?mật|mật|bí mật(?: nhà nước)?|bmnn"
    r"|(?:nhiệm vụ|đề tài|dự án)(?: thuộc)?(?: danh mục)? (?:bí )?mật(?: nhà nước)?|phân loại mật)"
    r" ?(?:không)? ?(?:\((?:có/không|x|nếu có)\))? ?[?*:]*"
)
_NO: Final = frozenset({"", "-", "không", "không mật", "không có", "không phải", "thường", "bình thường", "0", "no", "ko",
                        "không thuộc", "chưa", "công khai", "false"})  # fmt: skip


def spell(text: str) -> str:
    """Return a text as it is compared here: what is seen, wide letters and signs as plain ones, white space folded.

    Example:
        >>> spell("（M\u00adật）")
        '(Mật)'
    """
    return text if text.isascii() else clean(unicodedata.normalize("NFKC", _UNSEEN.sub("", text)))


def may_matter(text: str) -> bool:
    """Whether a text could speak of a secret at all: a fast look at what `spell` gives, or at raw text.

    Example:
        >>> may_matter("Mật ong"), may_matter("Vụ Pháp chế")
        (True, False)
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
    small = text.casefold()
    return any(letters in small for letters in _LETTERS)


def judge_secrecy(text: str, *, in_science: bool = False) -> Verdict:
    """Return whether a text names or marks a state secret, or denies one; `in_science` a list of science tasks.

    Example:
        >>> judge_secrecy("Đề tài A (Mật)"), judge_secrecy("Đơn vị không có nhiệm vụ thuộc bí mật nhà nước")
        ('secret', 'denied')
        >>> judge_secrecy("Nuôi ong lấy mật"), judge_secrecy("Tập huấn bảo vệ bí mật nhà nước")
        (None, None)
    """
    if not may_matter(text):
        return None
    readings = [spell(text)]
    if len(text) <= _LONGEST_CELL and (encoding := find_legacy(clean(text))) is not None:
        readings.append(convert_legacy(clean(text), encoding))
    verdicts = {_judge(" ".join(reading.split()), in_science=in_science) for reading in readings}
    return "secret" if "secret" in verdicts else "denied" if "denied" in verdicts else None


def _judge(spelled: str, *, in_science: bool) -> Verdict:
    reading = spelled.casefold()
    if _STAMPED.search(reading) or _TRAILING.search(spelled):
        return "secret"
    if not in_science:
        reading = _ABOUT_LAW.sub(" ", reading)
    verdict: Verdict = None
    for hit in _MARKS.finditer(reading):
        if not _is_denied(reading, hit):
            return "secret"
        verdict = "denied"
    return verdict


def _is_denied(reading: str, hit: re.Match[str]) -> bool:
    """Whether a denial stands before the hit with nothing but small words between, or right behind it."""
    before = reading[max(0, hit.start() - _FARTHEST) : hit.start()]
    fillers, denials = (
        (_PLAIN_FILLERS, _PLAIN_DENIALS) if hit[0].isascii() and reading.isascii() else (_FILLERS, _DENIALS)
    )
    for word in reversed(before.split()):
        bare = word.strip("\"'«»“”‘’").lstrip("(")
        if bare in denials:
            return True
        if bare not in fillers and not _LISTED.fullmatch(bare):
            break
    clause = re.split(r"[.;:!?]", before)[-1]
    return bool(_RULE.match(clause.strip()) or _DENIED_AFTER.match(reading, hit.end()))


def is_secret_text(text: str, *, in_science: bool = False) -> bool:
    """Whether a text names or marks a state secret, or is a mark and nothing else.

    Example:
        >>> is_secret_text("Đề tài A (Mật)"), is_secret_text("Nuôi ong lấy mật ong")
        (True, False)
    """
    return spell(text).casefold() == "mật" or judge_secrecy(text, in_science=in_science) == "secret"


def is_secret_heading(text: str) -> bool:
    """Whether a text heads a column or line of its own that asks for secrecy: «Độ mật», «Bí mật nhà nước (có/không)»."""
    return bool(_HEADINGS.fullmatch(spell(text).casefold().rstrip(" *")))


def says_yes(value: object) -> bool:
    """Whether an answer under such a heading is anything but a no.

    Example:
        >>> says_yes("x"), says_yes("Không"), says_yes(0), says_yes("Không thuộc danh mục bí mật nhà nước")
        (True, False, False, False)
    """
    if isinstance(value, bool | int | float):
        return bool(value)
    answer = spell("" if value is None else str(value)).casefold().rstrip(" .*")
    return answer not in _NO and not (answer.startswith(("không ", "chưa ")) and not is_secret_text(answer))


def show_name(file: str) -> str:
    """Return a file's name as it may be shown: that of a file whose name itself tells a state secret is not.

    Example:
        >>> show_name("bao-cao.xlsx"), show_name("Đề tài A (Mật).xlsx")
        ('bao-cao.xlsx', '(tên tệp không hiển thị)')
    """
    stem = file.rpartition(".")[0] or file
    readings = (file, stem, stem.replace("_", " "), stem.replace("_", ":"), stem.replace("-", " "))  # a name has no «:»
    return HIDDEN_NAME if any(is_secret_text(text) for text in readings) else file


def refuse_secrets(where: str, texts: Iterable[object] | Mapping[str, object], *, in_science: bool = False) -> None:
    """Raise SecretError where any text given by a person names or marks a state secret; the one gate of all inputs.

    `where` is told («register.csv, dòng 7»), a text never is. A mapping is a row by its headings, so that «Độ mật: x» counts.
    What is no text is passed over; a denial passes.

    Example:
        >>> refuse_secrets("nhận xét", ["Không có nhiệm vụ thuộc bí mật nhà nước."])
        >>> refuse_secrets("register.csv, dòng 2", {"name": "Đề tài A", "Độ mật": "x"})  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        nq57kit.errors.SecretError: register.csv, dòng 2: có nội dung ghi hoặc đánh dấu là bí mật nhà nước nên bị từ chối ...
    """
    named = texts.items() if isinstance(texts, Mapping) else (("", text) for text in texts)
    for heading, text in named:
        told = isinstance(text, str) and is_secret_text(text, in_science=in_science)
        if told or (is_secret_heading(heading) and says_yes(text)):
            raise SecretError(
                f"{show_name(where)}: có nội dung ghi hoặc đánh dấu là bí mật nhà nước nên bị từ chối toàn bộ; xóa nội dung "
                "đó và xử lý tệp theo quy định về bảo vệ bí mật nhà nước."
            )
