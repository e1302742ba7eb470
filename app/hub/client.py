"""The one door to the Hugging Face hub: a model's files, pinned to a commit, in a local cache.

Files come through ``huggingface_hub``, which resumes broken downloads and honours ``HF_TOKEN``, ``HF_ENDPOINT`` and
``HF_HUB_OFFLINE``.
"""

from __future__ import annotations

from pathlib import Path

from app.errors import HubError

MODEL_FILES = ("model.pt", "metadata.json", "README.md")


def download_model(repo_id: str, cache: Path, revision: str | None = None) -> Path:
    """Bring a model's files here and return their folder; a model that is already here works without a network.

    Args:
        repo_id: ``owner/name``.
        cache: folder of the local cache; made when missing.
        revision: branch, tag or commit; ``None`` for the default branch.

    Raises:
        HubError: the repository is not there, not readable with this token, not a model, or the hub is out of reach.
    """
    # Imported late: it takes half a second that a server without hub models need not spend.
    import huggingface_hub
    from huggingface_hub import errors

    def fetch(*, local_only: bool) -> Path:
        return Path(
            huggingface_hub.snapshot_download(
                repo_id,
                revision=revision,
                cache_dir=cache,
                allow_patterns=list(MODEL_FILES),
                local_files_only=local_only,
            )
        )

    try:
        folder = fetch(local_only=False)
    except (errors.GatedRepoError, errors.RepositoryNotFoundError) as error:
        gated = isinstance(error, errors.GatedRepoError)
        reason = "is gated: ask for access on its page" if gated else "was not found, or is private"
        raise HubError(f"{repo_id} {reason}, and sign in with HF_TOKEN or “hf auth login”.") from error
    except errors.RevisionNotFoundError as error:
        raise HubError(f"{repo_id} has no revision {revision}.") from error
    except errors.HFValidationError as error:
        raise HubError(f"“{repo_id[:80]}” is not a hub id: expected OWNER/NAME.") from error
    except (errors.HfHubHTTPError, errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled, OSError) as error:
        try:
            folder = fetch(local_only=True)
        except (errors.LocalEntryNotFoundError, OSError):
            raise HubError(f"{repo_id} is not on this machine, and the hub is out of reach.") from error
    missing = [name for name in MODEL_FILES[:2] if not (folder / name).is_file()]
    if missing:
        raise HubError(f"{repo_id} is not an audacitorch model: it has no {' and no '.join(missing)}.")
    return folder
