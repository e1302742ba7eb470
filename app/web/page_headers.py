"""What every answer says beside its content: who may frame a page or hear its address, and that streams must flow."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.types import Message


class PageHeaders:
    """Adds headers to answers.

    Args:
        embed: the sites whose pages may show this server's in a frame, beside its own.
    """

    def __init__(self, embed: Sequence[str]) -> None:
        policy = " ".join(["frame-ancestors 'self'", *embed])
        # An address may have a key in it, which no other site is to read.
        self._page = [(b"content-security-policy", policy.encode("latin-1")), (b"referrer-policy", b"same-origin")]
        if not embed:
            # For browsers that do not know the other; it cannot name a site.
            self._page.append((b"x-frame-options", b"SAMEORIGIN"))

    def added(self, message: Message) -> Message:
        """Return a message of an answer; the first one of a page, or of a stream of events, says more than it did."""
        if message["type"] != "http.response.start":
            return message
        headers = list(message.get("headers", ()))
        kind = next((value for name, value in headers if name.lower() == b"content-type"), b"")
        if kind.startswith(b"text/html"):
            headers += self._page
        elif kind.startswith(b"text/event-stream") and all(name.lower() != b"x-accel-buffering" for name, _ in headers):
            # nginx would collect events until there are some kilobytes of them.
            headers.append((b"x-accel-buffering", b"no"))
        return {**message, "headers": headers}
