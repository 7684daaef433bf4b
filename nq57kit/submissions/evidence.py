"""Evidence: when two addresses are one.

In: the text of an «evidence_url» cell. Out: a key to compare by, or None for what is no address. Nothing is fetched.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

__all__ = ["evidence_key"]

_SCHEME: Final = re.compile(r"https?://", re.IGNORECASE)
#: A host without a scheme; its last part in small letters, since «QD.BNN/2026» is a document.
_BARE_HOST: Final = re.compile(r"(?:[A-Za-z0-9-]+\.)+[a-z]{2,}(?::\d+)?/")
_TRACKING: Final = re.compile(r"(?:utm_[^=]*|fbclid|gclid)(?:=|$)", re.IGNORECASE)
_PORTS: Final = (":80", ":443")


def evidence_key(text: str) -> str | None:
    """Return what an address is compared by; None for what is no address (the number of a document).

    Scheme, «www.», case of the host, default ports, a slash at the end, fragments and the marks of campaigns
    («utm_…») do not matter.

    Example:
        >>> evidence_key("HTTPS://Example.org/tin/1/?utm_source=zalo") == evidence_key("example.org/tin/1")
        True
        >>> evidence_key("12/BC-TCCB") is None
        True
    """
    text = text.strip()
    if not (_SCHEME.match(text) or text[:4].casefold() == "www." or _BARE_HOST.match(text)):
        return None
    try:
        parts = urlsplit("//" + _SCHEME.sub("", text, count=1))
    except ValueError:
        return None
    host = parts.netloc.rpartition("@")[2].casefold().removeprefix("www.")
    for port in _PORTS:
        host = host.removesuffix(port)
    query = "&".join(part for part in parts.query.split("&") if part and not _TRACKING.match(part))
    route = parts.fragment if parts.fragment[:1] in ("!", "/") else ""  # a page of its own in some applications
    return host + parts.path.rstrip("/") + (f"?{query}" if query else "") + (f"#{route}" if route else "")
