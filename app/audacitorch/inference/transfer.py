"""Samples from numpy to the processor that a model runs on, and its results back.

Beside a GPU they pass through pinned host memory, which the GPU reads and writes by itself.
"""

from __future__ import annotations

import functools

import numpy as np
import torch
from numpy.typing import NDArray


class Transfer:
    """The way to one device and back.

    Args:
        device: where to.
        staged: whether to go through host buffers that are kept; by default where the device is a CUDA GPU.
    """

    def __init__(self, device: torch.device, staged: bool | None = None) -> None:
        self._device = device
        self._staged = device.type == "cuda" if staged is None else staged
        self._out = _HostBuffer()
        self._back = _HostBuffer()
        self._sent: torch.cuda.Event | None = None

    def send(self, samples: NDArray[np.float32]) -> torch.Tensor:
        """Return a copy on the device, of the same shape: a model that works in place must not change its caller's."""
        if not self._staged:
            copied = torch.empty(samples.shape, dtype=torch.float32)
            copied.numpy()[...] = samples
            return copied.to(self._device)
        if self._sent is not None:
            self._sent.synchronize()
        host = self._out.take(samples.shape)
        host.numpy()[...] = samples
        sent = torch.empty(samples.shape, dtype=torch.float32, device=self._device)
        sent.copy_(host, non_blocking=True)
        if self._device.type == "cuda":
            self._sent = torch.cuda.Event()  # type: ignore[no-untyped-call]
            self._sent.record(torch.cuda.current_stream(self._device))
        return sent

    def fetch(self, tensor: torch.Tensor) -> NDArray[np.float32]:
        """Return a tensor's values as float32, in its shape; without a copy where they are on the CPU as such."""
        if not self._staged:
            array: NDArray[np.float32] = tensor.to("cpu", torch.float32).contiguous().numpy()
            return array
        ready = tensor.to(torch.float32).contiguous()
        host = self._back.take(tuple(ready.shape))
        host.copy_(ready, non_blocking=True)
        if ready.is_cuda:
            torch.cuda.current_stream(ready.device).synchronize()
        fetched: NDArray[np.float32] = host.numpy().copy()
        return fetched


class _HostBuffer:
    """Memory that grows to the largest thing that it had to hold; pinned where the system allows that."""

    def __init__(self) -> None:
        self._memory = torch.empty(0)

    def take(self, shape: tuple[int, ...]) -> torch.Tensor:
        size = int(np.prod(shape))
        if self._memory.numel() < size:
            try:
                self._memory = torch.empty(size, dtype=torch.float32, pin_memory=torch.cuda.is_available())
            except RuntimeError:
                self._memory = torch.empty(size, dtype=torch.float32)
        return self._memory[:size].view(shape)


@functools.lru_cache(maxsize=8)
def transfer(device: torch.device) -> Transfer:
    """Return this process's way to a device; for one thread at a time."""
    return Transfer(device)
