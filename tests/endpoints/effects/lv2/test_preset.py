"""A preset is read by lilv as it was written."""

from __future__ import annotations

from pathlib import Path

import pytest

from endpoints.effects.lv2.preset import preset_text
from tests.lv2_plugins import needs_lilv
from tests.lv2_presets import preset_of_file


@needs_lilv
def test_lilv_reads_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "preset.ttl"
    values = {"gain": 0.125, "mode": 3.0, "late": -1234.5, "tiny": 1.5e-7}
    path.write_text(preset_text("urn:harpist:trial", 'My "α"\npreset\\', values), encoding="utf-8")
    preset = preset_of_file(path)
    assert preset.label == 'My "α" preset\\' and preset.plugin == "urn:harpist:trial"
    assert preset.values == pytest.approx(values, rel=1e-6)


def test_what_is_no_turtle_is_refused() -> None:
    with pytest.raises(ValueError, match="no URI"):
        preset_text("urn:a> . <b", "x", {})
    with pytest.raises(ValueError, match="not finite"):
        preset_text("urn:a", "x", {"a": float("nan")})
    with pytest.raises(ValueError, match="no symbol"):
        preset_text("urn:a", "x", {'a" ; b': 1.0})
