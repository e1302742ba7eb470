from __future__ import annotations

from dataclasses import replace

import pytest

from app.audacitorch.profile import ModelProfile, read_profile
from app.audacitorch.trial.endpoint import Inspection
from app.audacitorch.trial.inspection import inspect_model
from app.endpoint import Region
from app.errors import ModelFormatError
from tests.audacitorch.models import Watch


def test_the_worker_writes_a_profile(tmp_path, models):
    inspection = Inspection(str(models / "gain"))
    inspection.setup("cpu")
    (output,) = inspection.process(Region((), tmp_path), {}, Watch())
    assert output.label == inspection.outputs[0].label == "profile"
    profile = read_profile(output.path, models / "gain")
    assert replace(profile, calibration=None) == ModelProfile(False, 1, 1, False, 2.5)
    assert profile.calibration == replace(inspect_model(models / "gain").calibration, chunk=profile.calibration.chunk)


def test_what_is_no_model_is_refused(tmp_path):
    with pytest.raises(ModelFormatError):
        Inspection(str(tmp_path)).process(Region((), tmp_path), {}, Watch())
    assert list(tmp_path.iterdir()) == []
