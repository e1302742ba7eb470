"""A folder of something learnt that anybody gives, as an endpoint: its own card, by what the chain says."""

from __future__ import annotations

import numpy as np

from app.errors import ModelFormatError, ModelRunError
from app.harp.card import ModelCard
from app.lv2_folders import look_for_lv2
from app.output_names import on_one_line
from endpoints.deepafx.serving import Trained, read_trained, tags_of

_RATE = 48000


class GivenFolder(Trained):
    """See :class:`endpoints.deepafx.serving.Trained`.

    Args:
        folder: with ``chain.json`` and ``encoder.safetensors``; nothing in it is trusted.
        owner: whose it is.
        lv2: as `app.lv2_folders.look_for_lv2` takes it.

    Raises:
        ModelFormatError: it is damaged, or needs a plugin that is not here.
    """

    def __init__(self, folder: str, owner: str = "", lv2: str = "") -> None:
        look_for_lv2(lv2)
        super().__init__(folder)
        result = self._result = read_trained(self.folder)
        effects = ", ".join(f"{link.uri} (version {link.version})" for link in result.plan.links)
        self.card = ModelCard(
            name=on_one_line(result.name, 80) or self.folder.name,
            author=owner,
            description=(
                "Hears your sound, and turns the knobs of effects for it, as it learnt from sounds before and after. "
                f"The effects, in this order: {effects}. {len(result.plan.knobs)} knobs are turned. It runs at the "
                "sound's own rate; all channels get the same settings."
            ),
            tags=tags_of("effect"),
            licence=on_one_line(result.licence, 100),
            warnings=result.notices,
        )

    def setup(self, device: str) -> None:
        """Need nothing more: what was learnt was read for the card."""


def tried(folder: str, owner: str = "", lv2: str = "") -> GivenFolder:
    """Return the endpoint of a folder, once a second of noise was heard and went through its chain.

    Raises:
        HarpistError: as :class:`GivenFolder`, and where something else than finite numbers came of it.
    """
    from endpoints.deepafx.applying import curve_of
    from endpoints.deepafx.chain import Chain, ChainError

    endpoint = GivenFolder(folder, owner, lv2)
    noise = np.random.default_rng(1).normal(0, 0.1, (2, _RATE)).astype(np.float32)
    found = curve_of(endpoint._result.encoder, iter([noise[0]]))
    if not np.isfinite(found).all():
        raise ModelRunError("Its encoder made something else than finite numbers of noise.")
    try:
        Chain(endpoint._result.plan, _RATE, 2).process(noise, found[0])
    except ChainError as error:
        raise ModelFormatError(str(error)) from error
    return endpoint
