from __future__ import annotations

import json

from app.errors import InputError
from app.web.json_answer import JsonAnswer
from app.web.problems import problem


def test_what_is_no_text_does_not_cost_the_answer():
    assert json.loads(JsonAnswer({"name": "take \udcff.wav"}).body) == {"name": "take ?.wav"}
    assert json.loads(problem(InputError("“\ud800” is no name.")).body) == {"error": "“?” is no name."}
