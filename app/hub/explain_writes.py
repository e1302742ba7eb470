"""What went wrong while something was published, in one sentence and with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.errors import HarpistError, HubError
from app.hub.explain import explaining

if TYPE_CHECKING:
    from huggingface_hub.errors import HfHubHTTPError

NO_TOKEN = (
    "Publishing needs a token that may write: make one at https://huggingface.co/settings/tokens, then set HF_TOKEN "  # noqa: S105
    "or run “hf auth login”."
)


@contextmanager
def explaining_writes(model_id: str, endpoint: str) -> Iterator[None]:
    """Turn every failure of the hub's client while it writes into a :class:`HubError`.

    Args:
        model_id: what is published, ``owner/name``.
        endpoint: the hub's address.
    """
    import httpx2
    from huggingface_hub import errors

    with explaining(model_id, endpoint):
        try:
            yield
        except HarpistError:
            raise
        except errors.HfHubHTTPError as error:
            if refused := _refused(error, model_id):
                raise refused from error
            raise
        except httpx2.TransportError as error:
            host = urlsplit(endpoint).netloc
            raise HubError(f"The connection to {host} failed; {model_id} is not published.") from error
        except (RuntimeError, ValueError) as error:
            # The client wraps what befell one file; what it found wrong by itself is a ValueError of many lines.
            cause = error.__cause__
            if isinstance(cause, errors.HfHubHTTPError):
                raise (_refused(cause, model_id) or cause) from error
            if isinstance(cause, httpx2.TransportError):
                raise HubError(f"The connection to the hub broke; {model_id} is not published.") from error
            raise HubError(f"The hub does not take {model_id}: {_one_line(str(error))}") from error


def _refused(error: HfHubHTTPError, model_id: str) -> HubError | None:
    """Explain a status that has another meaning for what is written than for what is read."""
    response = error.response
    told = _one_line(response.headers.get("X-Error-Message", ""))
    if told.startswith("Invalid credentials"):
        return None
    owner = model_id.partition("/")[0]
    status = response.status_code
    if "storage" in told.lower():
        return HubError(f"The hub has no room for {model_id}: {told}")
    if status in (401, 403):
        return HubError(
            f"This token may not write to {owner} on the hub; one with the permission “write”, of an account that may "
            f"publish as {owner}, is needed."
        )
    if status == 409:
        return HubError(f"{model_id} was made on the hub by someone else just now; look at it, then try again.")
    if status == 412:
        return HubError(f"{model_id} has got another commit meanwhile; look at it, then try again.")
    if status == 413:
        return HubError(f"The hub takes no files of this size for {model_id}.")
    if status in (400, 422):
        return HubError(f"The hub does not take {model_id}: {told or f'status {status}'}")
    return None


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]
