"""pedalboard's own effects: our table against its classes, blocks of any size, what they do by theory."""

from __future__ import annotations

import importlib.util
import sys

import numpy as np
import pytest

from app.errors import ModelRunError, NotFoundError
from endpoints.effects.applying import applied
from endpoints.effects.channels import Linked
from endpoints.effects.parameter import Scale
from endpoints.effects.pedalboard_library import MISSING, open_pedalboard
from endpoints.effects.pedalboard_set.effects import BUILT_IN, MODES
from endpoints.effects.pedalboard_set.plugin import PedalboardEffect

RATE = 48000

needs_pedalboard = pytest.mark.skipif(
    importlib.util.find_spec("pedalboard") is None, reason="pedalboard is not installed: requirements-pedalboard.txt"
)
every = pytest.mark.parametrize("uri", BUILT_IN)

HEARD = {
    "pedalboard:Compressor": {"threshold_db": -30.0, "ratio": 4.0},
    "pedalboard:HighShelfFilter": {"gain_db": 6.0},
    "pedalboard:LowShelfFilter": {"gain_db": 6.0},
    "pedalboard:NoiseGate": {"threshold_db": -20.0},
    "pedalboard:PeakFilter": {"gain_db": 6.0},
    "pedalboard:Delay": {"delay_seconds": 0.01, "feedback": 0.5},
}
"""Values at which an effect does something; the others do so as they are."""

NEUTRAL = {
    "pedalboard:Chorus": {"mix": 0.0},
    "pedalboard:Clipping": {"threshold_db": 0.0},
    "pedalboard:Compressor": {"ratio": 1.0},
    "pedalboard:Delay": {"mix": 0.0},
    "pedalboard:Gain": {"gain_db": 0.0},
    "pedalboard:NoiseGate": {"threshold_db": -100.0},
    "pedalboard:Phaser": {"mix": 0.0},
}
"""Values at which it changes no bit."""

NEARLY = {
    "pedalboard:Bitcrush": {"bit_depth": 32.0},
    "pedalboard:HighShelfFilter": {"gain_db": 0.0},
    "pedalboard:LowShelfFilter": {"gain_db": 0.0},
    "pedalboard:PeakFilter": {"gain_db": 0.0},
    "pedalboard:Reverb": {"wet_level": 0.0, "dry_level": 0.5},
}
"""Values at which it changes no more than rounding does."""


def noise(samples: int = 30000, channels: int = 2) -> np.ndarray:
    return (0.2 * np.random.default_rng(5).standard_normal((channels, samples))).astype(np.float32).clip(-0.9, 0.9)


def through(uri: str, sound: np.ndarray, values: dict[str, float], *sizes: int, rate: int = RATE) -> np.ndarray:
    effect = Linked(lambda: PedalboardEffect(uri, rate), len(sound))
    parts, at, turn = [], 0, 0
    while at < sound.shape[1]:
        size = sizes[turn % len(sizes)] if sizes else sound.shape[1]
        parts.append(sound[:, at : at + size])
        at, turn = at + size, turn + 1
    return np.concatenate(list(applied(effect, parts, lambda _: values)), axis=1)


def level(sound: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(sound.astype(np.float64) ** 2)))


def square(loud: float) -> np.ndarray:
    wave = np.sign(np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE + 0.01))
    return (wave * 10 ** (loud / 20)).astype(np.float32)[None]


@needs_pedalboard
@every
def test_our_table_says_what_the_class_has(uri: str) -> None:
    told = BUILT_IN[uri]
    effect = getattr(open_pedalboard(), told.kind)()
    has = {name for name, held in vars(type(effect)).items() if isinstance(held, property) and not name.startswith("_")}
    # Frozen, the reverb lets through nothing that it did not hear before.
    assert {parameter.name for parameter in told.parameters} == has - {"freeze_mode"}
    for parameter in told.parameters:
        value = getattr(effect, parameter.name)
        if parameter.scale is Scale.CHOICE:
            assert value == getattr(type(effect).Mode, MODES[round(parameter.default)])
            assert len(parameter.choices) == len(MODES) == len(type(effect).Mode.__members__)
        else:
            assert np.float32(value) == np.float32(parameter.default)


@needs_pedalboard
@every
def test_the_ends_of_each_range_give_finite_sound_and_end_below_half_the_rate(uri: str) -> None:
    for parameter in PedalboardEffect(uri, 8000).parameters:
        assert parameter.unit != "Hz" or parameter.maximum <= 3600.0
        for end in (parameter.minimum, parameter.maximum, 1e9):
            assert np.abs(through(uri, noise(4000), {parameter.name: end}, rate=8000)).max() < 100


@needs_pedalboard
@every
def test_blocks_of_any_size_give_the_same_bits_and_reset_forgets(uri: str) -> None:
    sound, values = noise(12000), HEARD.get(uri, {})
    whole = through(uri, sound, values)
    assert whole.shape == sound.shape and not np.array_equal(whole, sound)
    for sizes in ((1000,), (1, 2, 333, 5000)):
        assert np.array_equal(through(uri, sound, values, *sizes), whole)
    effect = PedalboardEffect(uri, RATE)
    part = sound[: effect.channels]
    first = effect.process(part, {})
    effect.process(part, {parameter.name: parameter.maximum for parameter in effect.parameters})
    effect.reset()
    assert np.array_equal(effect.process(part, {}), first)


@needs_pedalboard
@pytest.mark.parametrize("uri", NEUTRAL)
def test_neutral_values_change_no_bit(uri: str) -> None:
    assert np.array_equal(through(uri, noise(), NEUTRAL[uri], 1000), noise())


@needs_pedalboard
@pytest.mark.parametrize("uri", NEARLY)
def test_neutral_values_change_next_to_nothing(uri: str) -> None:
    assert np.abs(through(uri, noise(), NEARLY[uri], 1000) - noise()).max() < 1e-5


@needs_pedalboard
@every
def test_a_click_comes_out_where_it_went_in(uri: str) -> None:
    """Nothing sounds before it, and the effect answers at its sample."""
    click = np.zeros((2, 6000), np.float32)
    rest = through(uri, click, {}, 700)
    click[:, 1000] = 0.5
    changed = np.abs(through(uri, click, {}, 700) - rest)
    assert changed[:, :1000].max() == 0 and changed[0, 1000] > 0


@needs_pedalboard
def test_what_they_do_by_theory() -> None:
    turned = {"threshold_db": -30.0, "ratio": 4.0, "attack_ms": 1.0}
    assert level(through("pedalboard:Compressor", square(-6.0), turned)[:, -4800:]) == pytest.approx(-24.0, abs=0.05)
    assert level(through("pedalboard:Compressor", square(-40.0), turned)[:, -4800:]) == pytest.approx(-40.0, abs=0.05)
    assert level(through("pedalboard:Gain", square(-20.0), {"gain_db": 6.0})) == pytest.approx(-14.0, abs=0.01)
    assert level(through("pedalboard:Clipping", square(0.0), {"threshold_db": -12.0})) == pytest.approx(-12.0, abs=0.01)
    assert np.array_equal(through("pedalboard:Invert", noise(), {}), -noise())
    tone = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE).astype(np.float32)[None]
    for uri in ("pedalboard:HighpassFilter", "pedalboard:LowpassFilter"):
        passed = through(uri, tone, {"cutoff_frequency_hz": 1000.0})[:, 4800:]
        assert level(passed) - level(tone) == pytest.approx(-3.01, abs=0.05)
    bell = {"cutoff_frequency_hz": 1000.0, "gain_db": 6.0}
    assert level(through("pedalboard:PeakFilter", tone, bell)[:, 4800:]) - level(tone) == pytest.approx(6.0, abs=0.05)
    click = np.zeros((1, 2000), np.float32)
    click[0, 100] = 1.0
    echo = through("pedalboard:Delay", click, {"delay_seconds": 0.03125, "mix": 0.25})
    assert echo[0, 100] == pytest.approx(0.75) and echo[0, 1600] == pytest.approx(0.25)
    high, low = (
        level(through("pedalboard:LadderFilter", noise(), {"mode": mode, "cutoff_hz": 2000.0})) for mode in (1.0, 0.0)
    )
    assert high > low + 3


@needs_pedalboard
def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(NotFoundError, match="There is no effect “pedalboard:Nothing”; there are pedalboard:Bitcrush, "):
        PedalboardEffect("pedalboard:Nothing", RATE)
    effect = PedalboardEffect("pedalboard:Gain", RATE)
    with pytest.raises(ValueError, match="takes 1 channels"):
        effect.process(np.zeros((2, 10), np.float32), {})
    with pytest.raises(ValueError, match="has no parameter volume"):
        effect.process(np.zeros((1, 10), np.float32), {"volume": 1.0})
    with pytest.raises(ValueError, match="which is no number"):
        effect.process(np.zeros((1, 10), np.float32), {"gain_db": float("inf")})
    with pytest.raises(ModelRunError, match="not finite numbers"):
        effect.process(np.full((1, 10), np.nan, np.float32), {})


def test_without_pedalboard_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pedalboard", None)
    with pytest.raises(ModelRunError) as missing:
        PedalboardEffect("pedalboard:Reverb", RATE)
    assert missing.value.message == MISSING
