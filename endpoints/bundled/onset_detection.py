"""Onsets: where notes and strokes begin.

They follow S. Böck, G. Widmer: "Maximum filter vibrato suppression for onset detection", DAFx 2013 (SuperFlux), and
are then moved to the steepest rise of the energy nearby. The threshold rises with the median around, as in J. P. Bello
et al.: "A tutorial on onset detection in music signals", IEEE Transactions on Speech and Audio Processing 13(5), 2005,
so that bowed and blown notes count where it is calm, and noise does not. How far it rises depends on what is around:
the flux of noise hardly ever leaves its median far behind, that of notes and strokes does all the time.
"""

import math

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from endpoints.bundled.frames import centred_frames, full_of_sound


def semitone_bands(
    size: int, rate: int, per_octave: int = 24, lowest: float = 30.0, highest: float = 17000.0
) -> torch.Tensor:
    """Triangular bands, equally wide in pitch, for spectra of frames of `size` samples: `(size // 2 + 1, bands)`."""
    count = math.floor(math.log2(highest / lowest) * per_octave) + 1
    centres = sorted({round(lowest * 2 ** (i / per_octave) * size / rate) for i in range(count)})
    bins = torch.arange(size // 2 + 1, dtype=torch.float32)
    bands = []
    for low, middle, high in zip(centres[:-2], centres[1:-1], centres[2:], strict=True):
        band = torch.minimum((bins - low) / (middle - low), (high - bins) / (high - middle)).clamp_min(0.0)
        bands.append(band / band.sum())
    return torch.stack(bands, 1)


class OnsetDetection(nn.Module):
    """Mono sound at 44.1 kHz to onsets."""

    window: torch.Tensor
    bands: torch.Tensor

    def __init__(self, rate: int) -> None:
        super().__init__()
        self.rate = float(rate)
        self.hop = 220  # 5 ms
        self.size = 2048
        self.threshold = 0.006  # mean growth of the logarithmic spectrum
        # How far a peak must stand out, in medians around; and at once, where the energy does not rise by so much.
        self.in_music, self.clear_in_music, self.rise_in_music = 0.4, 1.0, 2.0
        self.in_noise, self.clear_in_noise, self.rise_in_noise = 1.4, 1.9, 10.0
        self.like_noise, self.like_music = 2.2, 3.5  # 95th percentile of the flux, in medians: noise has 1.4 to 1.9
        self.cell = 44  # 1 ms
        self.register_buffer("window", torch.hann_window(self.size))
        self.register_buffer("bands", semitone_bands(self.size, rate))

    def flux(self, x: torch.Tensor) -> torch.Tensor:
        """SuperFlux: how much the spectrum grows, a note's wavering apart.

        Args:
            x: mono signal, shape `(samples,)`.

        Returns:
            Shape `(frames,)`, one value each 5 ms.
        """
        gain = 512.0 / x.abs().max().clamp_min(0.01)
        scale = 2.0 / self.window.sum() * gain
        frames = centred_frames(x, self.size, self.hop)
        blocks: list[torch.Tensor] = []
        for start in range(0, frames.shape[0], 1024):
            spectra = torch.fft.rfft(frames[start : start + 1024] * self.window).abs() * scale
            blocks.append(torch.log10(1.0 + spectra @ self.bands))
        spectra = torch.cat(blocks)
        widened = torch.nn.functional.max_pool1d(spectra.unsqueeze(0), 3, 1, 1)[0]
        before = torch.nn.functional.pad(widened, (0, 0, 2, 0))[: spectra.shape[0]]
        return (spectra - before).clamp_min(0.0).mean(1)

    def around(self, flux: torch.Tensor, heard: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What the flux is like over the heard of the 2 s around, to half a second.

        Args:
            flux: shape `(frames,)`.
            heard: which frames tell of it, shape `(frames,)`, bool.

        Returns:
            Its median, 0 without any; and how much of music there is in it, 0 (noise) to 1: each of shape `(frames,)`.
        """
        step = 100
        flux = torch.where(heard, flux, torch.full_like(flux, float("nan")))
        places = 1 + flux.shape[0] // step
        near = torch.nn.functional.pad(flux, (2 * step, 3 * step), value=float("nan")).unfold(0, 4 * step, step)
        median = near[:places].nanmedian(dim=1)[0].nan_to_num(0.0)
        high = near[:places].nanquantile(0.95, dim=1).nan_to_num(0.0)
        music = ((high / median.clamp_min(1e-9) - self.like_noise) / (self.like_music - self.like_noise)).clamp(
            0.0, 1.0
        )
        frames = flux.shape[0]
        return median.repeat_interleave(step)[:frames], music.repeat_interleave(step)[:frames]

    def peaks(self, flux: torch.Tensor, heard: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Find where the flux peaks.

        Args:
            flux: shape `(frames,)`.
            heard: which frames tell what is around, shape `(frames,)`, bool.

        Returns:
            Frames, int64; which of the peaks are clear, bool; and how much the energy must rise at the others, as a
            ratio: each of shape `(n,)`.
        """
        row = flux.view(1, 1, -1)
        highest = torch.nn.functional.max_pool1d(row, 13, 1, 6).view(-1)
        average = torch.nn.functional.avg_pool1d(torch.nn.functional.pad(row, (20, 14)), 35, 1).view(-1)
        above = flux - average - self.threshold
        median, music = self.around(flux, heard)
        least = self.in_noise + (self.in_music - self.in_noise) * music
        clear = self.clear_in_noise + (self.clear_in_music - self.clear_in_noise) * music
        rise = self.rise_in_noise + (self.rise_in_music - self.rise_in_noise) * music
        frames = torch.nonzero((flux >= highest) & (above > least * median)).flatten()
        return frames, (above > clear * median)[frames], rise[frames]

    def begins(self, x: torch.Tensor) -> bool:
        """Tell whether the mono signal `x` starts with a note or stroke: it swells or dies away.

        What goes on as it was had begun before: a region is often cut out of a note, or of noise.
        """
        steps = x[: self.cell * 300 + 1].diff().pow(2)  # the differences: a rumble's own waves say nothing
        energy = torch.nn.functional.pad(steps, (0, self.cell * 300 - steps.shape[0])).view(300, self.cell).mean(1)
        swells = energy[:5].mean() < 0.15 * energy[20:60].mean()
        dies_away = energy[:20].mean() > 2.5 * energy[200:].mean()
        return bool(swells.item()) or bool(dies_away.item())

    def forward(self, x: torch.Tensor, flux: torch.Tensor) -> torch.Tensor:
        """Place the peaks of the flux where the energy rises.

        Args:
            x: mono signal, shape `(samples,)`.
            flux: of :meth:`flux`, shape `(frames,)`.

        Returns:
            Seconds, ascending, shape `(n,)`.
        """
        heard = full_of_sound(x, self.size, self.hop, flux.shape[0])
        frames, clear, least_rise = self.peaks(flux, heard)
        if frames.shape[0] == 0:
            return torch.zeros(0, device=x.device)

        step = self.cell
        usable = x.shape[0] // step * step
        energy = torch.nn.functional.pad(x, (0, step + usable - x.shape[0])).view(-1, step).pow(2).mean(1)
        total = torch.nn.functional.pad(torch.cumsum(energy.to(torch.float64), 0), (1, 0))
        last = energy.shape[0]
        centre = (frames * self.hop / step).to(torch.long)
        at = (centre.unsqueeze(1) + torch.arange(-12, 40, device=x.device)).clamp(0, last)
        after = (total[(at + 5).clamp_max(last)] - total[at]) / 5.0
        before = (total[at] - total[(at - 10).clamp_min(0)]) / 10.0
        floor = energy.max().to(torch.float64) * 1e-6 + 1e-12
        rise, best = ((after + floor) / (before + floor)).flip(1).max(dim=1)  # of equal rises the last: a click's own
        sharp = at.flip(1).gather(1, best.unsqueeze(1)).squeeze(1).to(torch.float32) * step
        soft = (frames * self.hop + self.size // 4).to(torch.float32)
        place = torch.where(rise > 2.0, sharp, soft)

        # A tone that is cut off splashes over the spectrum: that is an end.
        cell = (place / step).to(torch.long).clamp(0, last)
        later = total[(cell + 20).clamp_max(last)] - total[cell]
        earlier = total[cell] - total[(cell - 20).clamp_min(0)]
        goes_on = later > torch.where(cell + 40 > last, 2.0, 0.5) * earlier
        audible = later > 20e-5 * energy.max()  # a mean 50 dB below the loudest millisecond
        kept = goes_on & audible & (clear | (rise > least_rise))
        if not self.begins(x):
            kept = kept & (cell >= 40)
        seconds = torch.sort(place[kept] / self.rate)[0]
        if seconds.shape[0] > 1:
            apart = torch.nn.functional.pad(seconds[1:] - seconds[:-1] > 0.02, (1, 0), value=True)
            seconds = seconds[apart]
        return seconds
