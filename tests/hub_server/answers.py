"""The shapes of the hub's answers: JSON, and a refusal."""

from __future__ import annotations

import json
from typing import Any

from tests.hub_server.faults import Answer


def as_json(value: Any, status: int = 200, **headers: str) -> Answer:
    body = json.dumps(value).encode()
    return Answer(status, {"Content-Type": "application/json; charset=utf-8", **headers}, iter([body]), len(body))


def refuse(status: int, code: str, message: str, **headers: str) -> Answer:
    body = json.dumps({"error": message}).encode()
    told = {"Content-Type": "application/json", "X-Error-Code": code, "X-Error-Message": message, **headers}
    return Answer(status, {name: text for name, text in told.items() if text}, iter([body]), len(body))
