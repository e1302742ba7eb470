"""``harpist publish FOLDER OWNER/NAME``: an exported model goes to the Hugging Face hub."""

from __future__ import annotations

from pathlib import Path

from app.hub.publish import prepare, publish


def publish_model(
    folder: Path, model_id: str, *, private: bool, message: str, tag: str, dry_run: bool, update: bool
) -> int:
    """Print what is sent, then send it unless it is a dry run; returns the exit code.

    Raises:
        HarpistError: the folder cannot be published as it is, or the hub does not take it.
    """
    publication = prepare(folder, model_id, private=private, message=message, tag=tag)
    print(publication.text(), flush=True)
    if dry_run:
        print("Nothing was sent.")
        return 0
    published = publish(publication, update=update)
    if published.changed:
        print(f"Published as {published.commit}: {published.url}")
    else:
        print(f"The hub has all of this already, at {published.commit}: {published.url}")
    return 0
