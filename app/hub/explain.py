"""What went wrong at the hub, in one sentence and with what to do about it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.errors import HubError
from app.hub.failures import PassingError

if TYPE_CHECKING:
    from huggingface_hub.errors import HfHubHTTPError

_TRUE = ("1", "on", "yes", "true")
_SIGN_IN = "sign in with HF_TOKEN or “hf auth login”"


def offline() -> bool:
    """Whether the user wants no connection to the hub."""
    return any(os.environ.get(name, "").lower() in _TRUE for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"))


@contextmanager
def explaining(about: str, endpoint: str) -> Iterator[None]:
    """Turn every failure of the hub's client into a :class:`HubError`.

    Args:
        about: what is asked for, such as ``model.pt of owner/name``.
        endpoint: the hub's address.
    """
    import httpx2
    from huggingface_hub import errors

    host = urlsplit(endpoint).netloc
    try:
        yield
    except errors.OfflineModeIsEnabled as error:
        message = f"The hub is not asked for {about}, since it is switched off (HF_HUB_OFFLINE)."
        raise PassingError(message, after=float("inf"), everywhere=True) from error
    except errors.HfHubHTTPError as error:
        raise _refused(error, about) from error
    except errors.HFValidationError as error:
        raise HubError(f"{about} is not a name on the hub.") from error
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
        message = f"The hub is out of reach: no connection to {host}, which {about} should come from."
        raise PassingError(message, everywhere=True) from error
    except httpx2.TransportError as error:
        raise PassingError(f"The connection to the hub broke while it sent {about}.") from error
    except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
        raise HubError(f"The hub's answer about {about} makes no sense.") from error


def _refused(error: HfHubHTTPError, about: str) -> HubError:
    """Explain a status that is an error."""
    from huggingface_hub import errors

    response = error.response
    status = response.status_code
    model = about.rpartition(" of ")[2].partition(" at ")[0]
    signed_in = "authorization" in response.request.headers
    if isinstance(error, errors.GatedRepoError):
        page = f"https://huggingface.co/{model}"
        then = "the signed-in account has no access yet" if signed_in else f"then {_SIGN_IN}"
        return HubError(f"{model} is gated: ask for access on its page, {page}; {then}.")
    if response.headers.get("X-Error-Message", "").startswith("Invalid credentials"):
        return HubError(f"The hub refuses the token: {_SIGN_IN} anew, or without one for public models.")
    if isinstance(error, errors.RepositoryNotFoundError):
        hint = "the signed-in account may not see it" if signed_in else f"{_SIGN_IN} for a private one"
        return HubError(f"{model} was not found, or is private: check the name, or {hint}.")
    if isinstance(error, errors.RevisionNotFoundError):
        return HubError(f"{model} has no such revision: {about}.")
    if isinstance(error, errors.EntryNotFoundError):
        return HubError(f"There is no {about}.")
    if isinstance(error, errors.DisabledRepoError):
        return HubError(f"The hub has disabled {model}.")
    if status == 429:
        return _too_many(response.headers.get("Retry-After", ""), response.headers.get("RateLimit", ""))
    if status in (408, 500, 502, 503, 504):
        return PassingError(f"The hub has a fault of its own ({status}) with {about}; try again later.")
    if status in (401, 403):
        return HubError(f"The hub does not give {about} to this token: it lacks the permission to read it.")
    return HubError(f"The hub refuses {about} (status {status}).")


def _too_many(retry_after: str, rate_limit: str) -> HubError:
    """Explain a rate limit: how long to wait is told in one of two headers."""
    seconds = retry_after.strip()
    if not seconds.isdigit():
        seconds = rate_limit.rpartition(";t=")[2].strip()
    after = float(seconds) if seconds.isdigit() else None
    when = f"in {after:g} s" if after is not None else "later"
    return PassingError(
        f"The hub takes no more requests from here for now; try again {when}, or {_SIGN_IN} for more of them.",
        after=after,
        everywhere=True,
    )
