"""Every error that a user can meet, each carrying the one sentence that the user reads.

The tree::

    HarpistError
    ├── InputError             what the caller sent cannot be used
    │   ├── RequestError       the call itself: not JSON, a wrong number of values
    │   ├── TooLargeError      a file or request beyond the server's limit
    │   ├── AudioFileError     a file that is not readable sound
    │   ├── MidiFileError      a file that is not readable MIDI
    │   └── ControlError       a control's value: wrong type, out of range, unknown
    ├── AccessError            a path or resource that the caller may not have
    ├── SignInError            the caller has to show who they are first
    ├── NotFoundError          no such endpoint, job or file
    │   └── GoneError          a file that was deleted by whom it belonged to
    ├── InUseError             what is to be deleted is still worked on
    ├── BusyError              the queue is full, or the server is shutting down
    │   └── LimitError         a caller has had a fair share
    ├── StorageError           the server's disk is full
    ├── StartingError          the server starts, and what was asked for is not ready yet
    ├── ModelError             the model, not the caller, is at fault
    │   ├── ModelFormatError   not a model, or metadata without a plain meaning
    │   └── ModelRunError      the model failed on this region, or gave a wrong result
    ├── WorkerError            the process that ran the job is at fault
    │   ├── WorkerCrashError   it died
    │   └── DeadlineError      it took longer than allowed
    ├── JobCancelledError      the caller, or a vanished client, ended the job
    ├── HubError               the Hugging Face hub did not give what was asked for
    ├── AudacityError          Audacity, on this machine, did not do what was asked for
    └── SettingsError          a setting, flag or environment variable is wrong

A message says what was wrong and what is expected, in one sentence on one line, with no path of the
server, no traceback and no name of another caller.
"""

from __future__ import annotations


class HarpistError(Exception):
    """Base of all errors that a user may read; ``status`` is the HTTP status it maps to."""

    status = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InputError(HarpistError):
    """What the caller sent cannot be used."""

    status = 400


class RequestError(InputError):
    """The call itself is malformed: not JSON, not a list, a wrong number of values."""


class TooLargeError(InputError):
    """A file or request is larger than the server takes."""

    status = 413


class AudioFileError(InputError):
    """A file that is not readable sound, or holds none."""


class MidiFileError(InputError):
    """A file that is not readable MIDI."""


class ControlError(InputError):
    """A control's value has a wrong type, is out of range, or names no control."""


class AccessError(HarpistError):
    """A path or resource that the caller may not have."""

    status = 403


class SignInError(HarpistError):
    """The server wants to know who asks, and the caller has not shown it."""

    status = 401


class NotFoundError(HarpistError):
    """No such endpoint, job or file."""

    status = 404


class GoneError(NotFoundError):
    """What is asked for was deleted by whom it belonged to."""

    status = 410


class InUseError(HarpistError):
    """What is to be deleted is still worked on."""

    status = 409


class BusyError(HarpistError):
    """The queue is full, or the server is shutting down."""

    status = 429


class LimitError(BusyError):
    """A caller has had a fair share.

    Attributes:
        again: in how many seconds it may be tried again; 0 where waiting does not help.
    """

    def __init__(self, message: str, again: float = 0.0) -> None:
        super().__init__(message)
        self.again = again


class StorageError(HarpistError):
    """The server's disk is full, or cannot be written."""

    status = 507


class StartingError(HarpistError):
    """The server has begun to answer, but what was asked for is not ready yet."""

    status = 503


class ModelError(HarpistError):
    """The model, not the caller, is at fault."""


class ModelFormatError(ModelError):
    """Not a TorchScript model, or metadata without a plain meaning."""


class ModelRunError(ModelError):
    """The model failed on this region, or returned something that is no result."""


class WorkerError(HarpistError):
    """The process that ran the job is at fault."""


class WorkerCrashError(WorkerError):
    """The process that ran the job died."""


class DeadlineError(WorkerError):
    """The job took longer than the server allows."""

    status = 504


class JobCancelledError(HarpistError):
    """The caller ended the job, or went away."""

    status = 499


class HubError(HarpistError):
    """The Hugging Face hub did not give what was asked for."""

    status = 502


class AudacityError(HarpistError):
    """Audacity, on this machine, did not do what was asked for: it is closed, busy or waits for its user."""

    status = 503


class SettingsError(HarpistError):
    """A setting, flag or environment variable is wrong."""


def error_kinds() -> dict[str, type[HarpistError]]:
    """Map the name of every class in the tree to the class: how errors cross a process boundary."""
    classes = [item for item in globals().values() if isinstance(item, type) and issubclass(item, HarpistError)]
    return {kind.__name__: kind for kind in classes}
