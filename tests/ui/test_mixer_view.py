from __future__ import annotations

from app.ui.mixer_view import mixable, mixer, strip
from app.ui.waveform_view import Peaks


def peaks(seconds: float, rate: int = 44100) -> Peaks:
    return Peaks(seconds, rate, 2, (-0.5, -0.5), (0.5, 0.5))


def test_only_several_stems_of_one_length_are_mixed() -> None:
    assert mixable([peaks(3.0), peaks(3.05)])
    assert not mixable([peaks(3.0)]) and not mixable([]) and not mixable([peaks(3.0), peaks(3.2)])


def test_a_stem_s_name_is_no_html() -> None:
    shown = strip('"><b>Vocals')
    assert "<b>" not in shown and 'aria-label="Solo &quot;&gt;&lt;b&gt;Vocals"' in shown


def test_the_mixer_is_as_long_as_its_longest_stem() -> None:
    shown = mixer("PLAYERS", [peaks(75.0), peaks(75.05, 48000)])
    assert 'data-seconds="75.050000"' in shown and 'data-rate="48000"' in shown
    assert 'max="75.05"' in shown and "0:00 of 1:15" in shown and "PLAYERS" in shown
