"""Voice activity without a network: where somebody speaks, and where nobody does.

A frame is speech if its spectrum is unlikely to be the background's (the likelihood ratio of J. Sohn, N. S. Kim, W.
Sung: "A statistical model-based voice activity detection", IEEE Signal Processing Letters 6(1), 1999); their hidden
Markov model, run forwards and backwards, carries it over short gaps. The background is followed by its low quantiles
(V. Stahl, A. Fischer, R. Bippus: "Quantile based noise estimation", ICASSP 2000), and a stretch without any voiced
sound, such as a clap, a door or hiss, is no speech.
"""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from endpoints.bundled.frames import centred_frames, full_of_sound
from endpoints.bundled.segments import led_by, run_means, runs

SAMPLE_RATE = 16000


class ClassicalVoiceActivity(nn.Module):
    """Mono sound at 16 kHz to stretches of speech and of no speech."""

    window: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.rate = float(SAMPLE_RATE)
        self.hop = 160  # 10 ms
        self.size = 512
        self.lowest_bin, self.highest_bin = 4, 128  # 125 to 4000 Hz
        self.rumble_bins = 11  # up to 86 Hz: an offset or mains hum is no voice, and would make any clap sound voiced
        self.begin, self.cease = 0.01, 0.01  # chances per frame that speech begins or ends
        self.least_ratio = 0.45  # mean log-likelihood ratio at which speech and no speech are as likely
        self.least_voicing = 0.5
        self.shortest_speech, self.shortest_gap = 6, 15  # frames
        self.register_buffer("window", torch.hann_window(self.size))

    def analyse(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Power spectrum and periodicity of each frame.

        Args:
            x: mono signal, shape `(samples,)`.

        Returns:
            Power, shape `(frames, bins)`; the height of the autocorrelation's peak between 70 and 400 Hz,
            0 to about 1, shape `(frames,)`.
        """
        short = centred_frames(x, self.size, self.hop)
        long = centred_frames(x, 2 * self.size, self.hop)
        taper = torch.hann_window(2 * self.size, device=x.device)
        own = torch.fft.irfft(torch.fft.rfft(taper, 4 * self.size).abs().pow(2))
        powers: list[torch.Tensor] = []
        voicings: list[torch.Tensor] = []
        for start in range(0, short.shape[0], 512):
            spectra = torch.fft.rfft(short[start : start + 512] * self.window)
            powers.append(spectra[:, self.lowest_bin : self.highest_bin].abs().pow(2))
            power = torch.fft.rfft(long[start : start + 512] * taper, 4 * self.size).abs().pow(2)
            power[:, : self.rumble_bins] = 0.0
            echo = torch.fft.irfft(power)
            echo = echo / own / (echo[:, :1] / own[0]).clamp_min(1e-9)
            voicings.append(echo[:, 40:229].max(dim=1)[0])
        return torch.cat(powers), torch.cat(voicings)

    def background(self, power: torch.Tensor, heard: torch.Tensor) -> torch.Tensor:
        """Follow the background: per bin, a low quantile of the 4 s around each frame; 0 where none of it is heard.

        Args:
            power: shape `(frames, bins)`.
            heard: whether a frame is full of sound, shape `(frames,)`.

        Returns:
            Shape `(frames, bins)`.
        """
        step, around = 10, 20
        count = power.shape[0]
        power = torch.where(heard.unsqueeze(1), power, torch.full_like(power, float("inf")))
        smooth = torch.nn.functional.avg_pool1d(power.t().unsqueeze(0), step, step, 0, True)
        padded = torch.nn.functional.pad(smooth, (around, around), mode="constant", value=float("inf"))
        nearby = torch.sort(padded[0].unfold(1, 2 * around + 1, 1), dim=2)[0]
        known = torch.isfinite(nearby).sum(2, keepdim=True)
        low = nearby.gather(2, ((known - 1) // 7).clamp_min(0)).squeeze(2)
        low = torch.where(known[:, :, 0] > 0, low, torch.zeros_like(low))
        noise = torch.nn.functional.interpolate(low.unsqueeze(0), size=count, mode="linear", align_corners=False)
        return noise[0].t() * 1.35  # the quantile of an average of ten lies below the mean

    def likelihood_ratio(self, power: torch.Tensor, heard: torch.Tensor) -> torch.Tensor:
        """Mean over the bins of the log-likelihood ratio of speech to background (Sohn 1999, equation 4).

        Args:
            power: shape `(frames, bins)`.
            heard: whether a frame is full of sound, shape `(frames,)`.

        Returns:
            Shape `(frames,)`.
        """
        floor = power.max() * 1e-6 + 1e-7
        noise = self.background(power, heard) + floor
        smooth = torch.nn.functional.avg_pool1d(power.t().unsqueeze(0), 5, 1, 2, count_include_pad=False)[0].t()
        snr = (smooth / noise).clamp_min(1.0)
        return (snr - 1.0 - snr.log()).clamp_max(8.0).mean(1)

    def posterior(self, evidence: torch.Tensor) -> torch.Tensor:
        """Probability of speech in each frame, given all frames (forward-backward over two states).

        Args:
            evidence: log-likelihood ratio of each frame, shape `(frames,)`.

        Returns:
            Shape `(frames,)`.
        """
        ratios: list[float] = evidence.exp().tolist()
        count = len(ratios)
        forward: list[float] = []
        p = 0.5
        for ratio in ratios:
            p = (p * (1.0 - self.cease) + (1.0 - p) * self.begin) * ratio
            q = p / ratio
            p = p / (p + 1.0 - q)
            forward.append(p)
        result: list[float] = []
        b = 0.5
        for i in range(count):
            p = forward[count - 1 - i]
            result.append(p * b / (p * b + (1.0 - p) * (1.0 - b)))
            seen = ratios[count - 1 - i] * b
            speech, silent = (1.0 - self.cease) * seen + self.cease * (1.0 - b), self.begin * seen
            silent += (1.0 - self.begin) * (1.0 - b)
            b = speech / (speech + silent)
        return torch.tensor(result, device=evidence.device).flip(0)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Find speech in `x`, shape `(channels, samples)`: probabilities `(n, 2)` and seconds `(n, 2)`."""
        mono = x.mean(0)
        length = mono.shape[0]
        power, voicing = self.analyse(mono)
        heard = full_of_sound(mono, self.size, self.hop, power.shape[0])
        evidence = 2.0 * (self.likelihood_ratio(power, heard) - self.least_ratio)
        speech = self.posterior(evidence.clamp(-0.4, 1.5))
        states = (speech <= 0.5).to(torch.long)

        first, end, state = runs(states)
        steady = torch.nn.functional.avg_pool1d(voicing.view(1, 1, -1), 3, 1, 1).view(-1)
        for i in range(state.shape[0]):
            brief = int(end[i] - first[i]) < self.shortest_speech
            if int(state[i]) == 0 and (brief or float(steady[first[i] : end[i]].max()) < self.least_voicing):
                states[first[i] : end[i]] = 1
        first, end, state = runs(states)
        for i in range(1, state.shape[0] - 1):  # the gaps between two stretches of speech
            if int(state[i]) == 1 and int(end[i] - first[i]) < self.shortest_gap:
                states[first[i] : end[i]] = 0
        first, end, state = runs(states)
        mean = run_means(speech, first, end)
        probabilities = led_by(torch.stack([mean, 1.0 - mean], 1), state)
        seconds = torch.stack([first * self.hop - 0.5 * self.hop, end * self.hop - 0.5 * self.hop], 1)
        seconds = seconds.clamp(0.0, float(length)) / self.rate
        seconds[-1, 1] = length / self.rate
        return probabilities, seconds
