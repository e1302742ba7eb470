"""Control ports as parameters: ranges, units, scales, choices."""

from __future__ import annotations

from endpoints.effects.lv2.knobs import parameters_of
from endpoints.effects.lv2.world import open_world
from endpoints.effects.parameter import GAIN, Parameter, Scale
from tests.lv2_plugins import needs_compiler, needs_lilv, trials

pytestmark = [needs_lilv, needs_compiler]


def knobs(uri: str, rate: int) -> dict[str, Parameter]:
    told = open_world((str(trials()),)).describe(uri)
    return {parameter.name: parameter for _, parameter in parameters_of(told, rate)}


def test_every_kind_of_port() -> None:
    found = knobs("urn:harpist:knobs", 48000)
    # “fixed” has no range, “again” is pressed, not turned.
    assert list(found) == ["cutoff", "level_in", "drive", "on", "stages", "shape", "bare", "time", "far"]
    assert found["level_in"] == Parameter("level_in", "Input", 0.015625, 64.0, 1.0, GAIN, Scale.LOGARITHMIC)
    assert found["drive"] == Parameter("drive", "Input", -12.0, 12.0, 3.3, "dB", Scale.LINEAR)
    assert found["on"] == Parameter("on", "On", 0.0, 1.0, 1.0, "", Scale.TOGGLE)
    assert found["stages"] == Parameter("stages", "Stages", 1.0, 8.0, 4.0, "", Scale.INTEGER)
    assert found["shape"].choices == ((0.0, "Soft"), (1.0, "Soft (1)"), (2.0, "Hard")) and found["shape"].default == 2.0
    assert found["bare"] == Parameter("bare", "Bare", 0.0, 1.0, 0.0, "", Scale.LINEAR)
    assert found["time"] == Parameter("time", "Time", 0.01, 2000.0, 20.0, "ms", Scale.LOGARITHMIC)
    # A default beyond the range widens it.
    assert found["far"] == Parameter("far", "Far", 0.0, 5.0, 5.0, "", Scale.LINEAR)


def test_ranges_that_are_shares_of_the_sample_rate() -> None:
    for rate in (44100, 96000):
        found = knobs("urn:harpist:knobs", rate)["cutoff"]
        assert (found.minimum, found.maximum, found.default) == (0.001 * rate, 0.5 * rate, 0.1 * rate)
        assert (found.unit, found.scale) == ("Hz", Scale.LOGARITHMIC)


def test_a_logarithmic_range_from_0_has_a_floor() -> None:
    gain = knobs("urn:harpist:trial", 48000)["gain"]
    assert (gain.minimum, gain.maximum, gain.default, gain.unit) == (1e-4, 10.0, 1.0, GAIN)
