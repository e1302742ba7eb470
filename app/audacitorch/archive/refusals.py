"""The sentences with which a model.pt is refused before it is opened. Standard library only."""

from __future__ import annotations

from app.errors import ModelFormatError

NO_MODEL = "model.pt is not a TorchScript model, or is damaged"
EXPECTED = "an archive written by torch.jit.save is expected"

POINTER = "model.pt is only a Git LFS pointer; fetch the real file with “git lfs pull”."
PAGE = "model.pt is a web page or a server's answer, not a model; download the file itself."
NEWER = "model.pt was written by a newer torch than the one that is installed here."
NO_MEMORY = "The model does not fit into memory; a machine with more memory is needed."


def damaged(reason: str) -> ModelFormatError:
    """Return the error for a file that is no such archive, or no longer one; ``reason`` is a clause about it."""
    return ModelFormatError(f"{NO_MODEL}: {reason}; {EXPECTED}.")


def refused(reason: str) -> ModelFormatError:
    """Return the error for an archive that could be opened, but would do harm; ``reason`` is a clause about it."""
    return ModelFormatError(f"model.pt is not opened: {reason}.")


def shown(name: str) -> str:
    """Return a record's name without its folders, fit for a sentence.

    >>> shown("model/code/__torch__/unet.py")
    'unet.py'
    """
    last = "".join(character for character in name.replace("\\", "/").rsplit("/", 1)[-1] if character.isprintable())
    return last if len(last) <= 40 else last[:39] + "…"
