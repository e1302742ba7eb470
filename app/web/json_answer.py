"""JSON that always goes out."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import JSONResponse


class JsonAnswer(JSONResponse):
    """JSON in which what is no text, such as the bytes of a file's name that mean nothing, becomes a question mark."""

    def render(self, content: Any) -> bytes:
        """Return the answer's body."""
        return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(errors="replace")
