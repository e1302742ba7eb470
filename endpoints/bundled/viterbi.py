"""The most likely path through a hidden Markov model (Viterbi 1967; Rabiner 1989)."""

from __future__ import annotations

import torch


def viterbi(log_likelihood: torch.Tensor, log_transition: torch.Tensor) -> torch.Tensor:
    """Decode the most likely state of every frame; all states are as likely at the start.

    Args:
        log_likelihood: of each frame under each state, shape `(frames, states)`.
        log_transition: from state (row) to state (column), shape `(states, states)`.

    Returns:
        One state per frame, shape `(frames,)`, int64.
    """
    count = log_likelihood.shape[0]
    if count == 0:
        return torch.zeros(0, dtype=torch.long, device=log_likelihood.device)
    into = log_transition.t().contiguous()
    score = log_likelihood[0]
    origins: list[torch.Tensor] = []
    for i in range(1, count):
        best, origin = (into + score).max(dim=1)
        origins.append(origin)
        score = best + log_likelihood[i]
        score = score - score.max()  # keeps float32 exact over long sounds
    state = int(score.argmax().item())
    if count == 1:
        return torch.full((1,), state, dtype=torch.long, device=log_likelihood.device)
    back: list[list[int]] = torch.stack(origins).tolist()
    path = [state]
    for i in range(count - 1):
        state = back[count - 2 - i][state]
        path.append(state)
    return torch.tensor(path, dtype=torch.long, device=log_likelihood.device).flip(0)
