from __future__ import annotations

import pytest

from nq57kit.submissions.comparisons import evidence_key


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/tin/1",
        "http://example.org/tin/1",
        "HTTPS://EXAMPLE.org/tin/1/",
        "example.org/tin/1",
        "www.example.org/tin/1",
        "https://example.org:443/tin/1",
        "https://example.org/tin/1?utm_source=zalo&utm_medium=x",
        "https://example.org/tin/1#binh-luan",
        "https://example.org/tin/1?fbclid=abc",
    ],
)
def test_one_page_has_one_key_however_it_is_written(text):
    assert evidence_key(text) == evidence_key("https://example.org/tin/1")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/tin/1", "https://example.org/tin/2"),
        ("https://example.org/Tin", "https://example.org/tin"),
        ("https://example.org/?id=1", "https://example.org/?id=2"),
        ("https://a.example.org/tin", "https://b.example.org/tin"),
        ("https://example.org/#/tin/1", "https://example.org/#/tin/2"),
        ("https://example.org/tin?utm_source=a&id=1", "https://example.org/tin?utm_source=a&id=2"),
    ],
)
def test_two_pages_have_two_keys(one, other):
    assert None not in (evidence_key(one), evidence_key(other))
    assert evidence_key(one) != evidence_key(other)


@pytest.mark.parametrize(
    "text", ["12/BC-TCCB", "Số 12/2026/QĐ-BNNMT", "Báo cáo số 3", "QD.BNN/2026 ", "", "-", "https://[x", "CV.12/abc"]
)
def test_the_number_of_a_document_or_a_broken_address_is_no_address(text):
    assert evidence_key(text) is None
