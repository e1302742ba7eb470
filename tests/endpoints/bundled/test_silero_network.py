"""The rewritten network beside the package's own TorchScript, frame by frame."""

from __future__ import annotations

import pytest
import torch

from app.audacitorch.torchscript import open_archive
from endpoints.bundled import load
from endpoints.bundled.network_weights import SILERO_VAD
from endpoints.bundled.silero_network import HOP, REACH, STEP, SileroNetwork, silero_network


@pytest.fixture(scope="module")
def network() -> SileroNetwork:
    return silero_network(SILERO_VAD.read())


@pytest.fixture(scope="module")
def original() -> torch.jit.ScriptModule:
    """The package's own program, opened and run here only; the package itself is not imported either."""
    return open_archive(SILERO_VAD.found(), torch.device("cpu")).eval()


def as_published(original: torch.jit.ScriptModule, x: torch.Tensor) -> torch.Tensor:
    """Probabilities of the original, which takes 512 samples at a time and remembers the others."""
    original.reset_states()
    filled = torch.nn.functional.pad(x, (0, -len(x) % HOP))
    with torch.inference_mode():
        return torch.cat([original(part[None], 16000)[0] for part in filled.split(HOP)])


def sound(kind: str) -> torch.Tensor:
    generator = torch.Generator().manual_seed(6)
    if kind == "speech":
        return torch.from_numpy(load("voice_activity").example()[0])[0]
    noise = torch.randn(12 * 16000 + 1, generator=generator)
    return {"noise": 0.1 * noise, "loud noise": 3 * noise, "one sample": noise[:1]}[kind]


@pytest.mark.parametrize("kind", ["speech", "noise", "loud noise", "one sample"])
def test_probabilities_are_those_of_the_original(
    network: SileroNetwork, original: torch.jit.ScriptModule, kind: str
) -> None:
    x = sound(kind)
    with torch.inference_mode():
        found = network(x)
    torch.testing.assert_close(found, as_published(original, x), atol=1e-5, rtol=0)
    assert (float(found.max()) > 0.99) == (kind == "speech"), "else the comparison would show little"


def test_a_place_is_heard_with_the_ten_seconds_before_it(
    network: SileroNetwork, original: torch.jit.ScriptModule
) -> None:
    x = sound("speech").repeat(4)
    with torch.inference_mode():
        found = network(x)
        for frame in (400, 655):
            start = max(0, frame // STEP * STEP - REACH) * HOP
            expected = as_published(original, x[start : (frame + 1) * HOP])[-1]
            # But for the 4 ms that the first of these frames hears of the one before.
            torch.testing.assert_close(found[frame], expected, atol=1e-3, rtol=0)
        later = network(x[3 * STEP * HOP :])
        heard = REACH + STEP
        torch.testing.assert_close(later[heard:], found[3 * STEP + heard :], atol=1e-5, rtol=0)
        assert (later[:REACH] - found[3 * STEP :][:REACH]).abs().max() > 0.01, "else it would show little"


def test_how_much_is_done_at_once_changes_nothing(network: SileroNetwork) -> None:
    x = sound("speech").repeat(4)
    small = silero_network(SILERO_VAD.read())
    small.most = 20
    with torch.inference_mode():
        torch.testing.assert_close(small(x), network(x), atol=1e-5, rtol=0)


def test_other_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="not the weights of silero-vad"):
        silero_network(b"something else")
