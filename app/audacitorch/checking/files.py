"""Findings in a model's files, before it is opened: what is missing, the licence, the README's header.

Standard library only.
"""

from __future__ import annotations

import re
from pathlib import Path

from app.audacitorch.archive.refusals import NEWER, NO_MEMORY, PAGE, POINTER
from app.audacitorch.archive.scan import scan_archive
from app.audacitorch.checking.ending import OUT_OF_MEMORY
from app.audacitorch.checking.report import ERROR, NOTE, WARNING, Finding, Kind
from app.audacitorch.metadata import LARGEST_FILE
from app.audacitorch.readme import licence_of, read_header
from app.errors import ModelFormatError
from app.plain_files import open_plain

NO_MODEL = Kind("no-model", ERROR, "There is nothing to run.", "Write model.pt with export, or with torch.jit.save.")
MODEL_REFUSED = Kind(
    "model-refused",
    ERROR,
    "torch does not open the file, or should not: it is damaged, no TorchScript archive, or does harm when opened.",
    "Export the model anew: torch.jit.save(torch.jit.script(module), 'model.pt'), with the operators of torch alone; "
    "torch.save writes another format.",
)
NOT_FETCHED = Kind(
    "model-not-fetched",
    ERROR,
    "What lies there stands in for the model: a pointer of Git LFS, or the page that was shown in place of a download.",
    "Fetch the file itself, with “git lfs pull” in the repository or “hf download OWNER/NAME”, and look at its size.",
)
TOO_NEW = Kind(
    "model-too-new",
    ERROR,
    "Nobody whose torch is older than the author's can open the model.",
    "Export the model with the torch that requirements.txt names, or an earlier one; the module may stay as it is.",
)
NO_README = Kind(
    "no-readme",
    WARNING,
    "The hub shows nothing of the model, and no program finds it, since its tags stand in README.md.",
    "Add a README.md that begins with the header “---”, “tags: audacity”, “license: mit”, “---”.",
)
README_HEADER = Kind(
    "readme-header",
    WARNING,
    "The hub reads tags and licence from that header only.",
    "Begin README.md with a line “---”, then “tags: audacity” and “license: mit”, and a line “---”.",
)
README_TAG = Kind(
    "readme-tag",
    WARNING,
    "Programs find models by the hub's tag audacity; this one is found by nobody.",
    "Add “tags: audacity” to the header of README.md (or “- audacity” to its list of tags).",
)
PIPELINE_TAG = Kind(
    "pipeline-tag",
    NOTE,
    "The hub files a model under its task only if the header names it.",
    "Add “pipeline_tag: audio-to-audio” (effects) or “pipeline_tag: audio-classification” (labelers) to the header of "
    "README.md.",
)
NO_LICENCE = Kind(
    "no-licence",
    WARNING,
    "Without a licence nobody is allowed to use the model, and its card says so.",
    "Add “license:” with a licence's id, such as mit, apache-2.0 or cc-by-4.0, to the header of README.md.",
)
LICENCE_ID = Kind(
    "licence-id",
    NOTE,
    "The hub knows licences by their ids, which are in lower case, and refuses a header with another.",
    "Write the licence's id, such as mit, apache-2.0 or cc-by-4.0; for any other “license: other” and “license_name:”.",
)

KINDS = (
    NO_MODEL,
    MODEL_REFUSED,
    NOT_FETCHED,
    TOO_NEW,
    NO_README,
    README_HEADER,
    README_TAG,
    PIPELINE_TAG,
    NO_LICENCE,
    LICENCE_ID,
)

_LICENCE = re.compile(r"[a-z0-9][a-z0-9.+-]{1,49}")


def check_model_file(folder: Path) -> list[Finding]:
    """Return what is wrong with ``model.pt`` as a file."""
    path = folder / "model.pt"
    try:
        open_plain(path).close()
        scan_archive(path)
    except FileNotFoundError:
        return [NO_MODEL.found("There is no model.pt.")]
    except ModelFormatError as error:
        return [refusal(error)]
    return []


def refusal(error: ModelFormatError) -> Finding:
    """Return what an error says that kept a model from being opened, with the mend that fits it."""
    if error.message == NO_MEMORY:
        return OUT_OF_MEMORY.found(error.message)
    kinds = {POINTER: NOT_FETCHED, PAGE: NOT_FETCHED, NEWER: TOO_NEW}
    return kinds.get(error.message, MODEL_REFUSED).found(error.message)


def check_readme(folder: Path) -> list[Finding]:
    """Return what is wrong with ``README.md``."""
    try:
        with open_plain(folder / "README.md") as file:
            text = file.read(LARGEST_FILE).decode("utf-8", errors="replace")
    except ModelFormatError as error:
        return [NO_README.found(error.message)]
    except OSError:
        return [NO_README.found("There is no README.md.")]
    header = read_header(text)
    if not header:
        return [README_HEADER.found("README.md has no header between two lines “---” at its beginning.")]
    found = []
    tags = [tag.lower() for tag in header.get("tags", [])]
    if "audacity" not in tags:
        found.append(README_TAG.found(f"The header of README.md has {len(tags)} tags, none of them audacity."))
    if not header.get("pipeline_tag"):
        found.append(PIPELINE_TAG.found("The header of README.md has no pipeline_tag."))
    return found + _licence(text, header)


def _licence(text: str, header: dict[str, list[str]]) -> list[Finding]:
    stated = licence_of(text)
    if not stated:
        return [NO_LICENCE.found("The header of README.md states no licence.")]
    ids = header.get("license") or header.get("licence") or []
    odd = [name for name in ids if not _LICENCE.fullmatch(name)]
    if odd:
        return [LICENCE_ID.found(f"The licence is written “{odd[0][:60]}”, which is no licence's id on the hub.")]
    return []
