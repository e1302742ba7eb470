"""Stand-ins for HARP's clients, 1.4.1 to 4.0: as strict as each one's parser, and as easily misled."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.wire.drawing import Seen, seen
from tests.wire.pasted import is_local, with_http
from tests.wire.transport import HarpError, Stream, child_url, form_of, request

LABELS_OF_1 = {"AudioLabel": "amplitude", "SpectrogramLabel": "frequency", "MidiLabel": "pitch"}
LABELS = {**LABELS_OF_1, "OutputLabel": ""}


def text_of(value: Any) -> str:
    """Return a JSON value as the clients' library writes it: ``true`` is ``1``, null and a list are nothing."""
    if value is None or isinstance(value, list):
        return ""
    return str(int(value)) if isinstance(value, bool) else str(value)


def float_of(value: Any) -> float:
    """Return a JSON value after its trip through text and a 32-bit float."""
    return struct.unpack("<f", struct.pack("<f", float(text_of(value) or 0.0)))[0]


def strict_json(text: str) -> Any:
    """Parse JSON without Python's leniency: no NaN, no Infinity, an array or object at the top."""

    def refuse(name: str) -> float:
        raise HarpError(f"not JSON: {name}")

    try:
        value = json.loads(text, parse_constant=refuse)
    except ValueError as error:
        raise HarpError("Failed to parse the data portion of the received JSON.") from error
    if not isinstance(value, (dict, list)):
        raise HarpError("Failed to parse the data portion of the received JSON.")
    return value


@dataclass
class Widget:
    """One input as a client keeps it; ``value`` is what it will send."""

    kind: str
    label: str
    value: Any = None
    choices: list[str] = field(default_factory=list)
    minimum: float = 0.0
    maximum: float = 0.0


@dataclass
class Result:
    """What a client got: files by the name it gave them, and labels; and what its user sees of those."""

    files: list[tuple[str, bytes]] = field(default_factory=list)
    labels: list[dict[str, Any]] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)


class HarpClient:
    """A client of one version; subclasses say what differs."""

    version = ""
    prefix: tuple[str, ...] = ("gradio_api",)
    listed, typed = "inputs", "type"
    kinds = ("audio_track", "midi_track", "slider", "text_box", "number_box", "toggle", "dropdown")
    label_kinds = LABELS
    range_keys = ("min", "max")
    whole_stream = False
    process_silence: float | None = None
    tells_meta = True
    has_token = True
    wants_c_file = False
    client_header = ""
    draws_on_outputs = True

    def __init__(self, base_url: str, token: str = "", silence: float = 10.0) -> None:
        self.base_url, self.token, self.silence = self.reached(base_url), token, silence
        self.card: dict[str, Any] = {}
        self.widgets: list[Widget] = []
        self.outputs: list[str] = []
        self.stream: Stream | None = None

    @classmethod
    def reached(cls, address: str) -> str:
        """Return the URL that the client asks for what its user pasted."""
        if not is_local(address) and not any(part in address for part in ("gradio.live", "hf.space")):
            raise HarpError(f"Invalid URL: {address}. URL does not match any of the expected patterns.")
        return address

    # ----- the calls

    def load(self) -> None:
        """Ask for the card and the controls."""
        data = self._array(self._fetch("controls", self._post("controls", '{"data": []}'), self.silence))
        record = data[0] if data else None
        if not isinstance(record, dict) or not isinstance(record.get("card"), dict):
            raise HarpError("Couldn't load the modelCard dict from the controls response.")
        if not isinstance(record.get(self.listed), list):
            raise HarpError("Couldn't load the controls array/list from the controls response.")
        self.card = record["card"]
        for key in ("name", "description", "author"):
            assert isinstance(self.card[key], str)
        if not isinstance(self.card.get("tags"), list):
            raise HarpError("Failed to load the tags array from JSON. tags is null.")
        self._read_card(record)
        self.widgets = [widget for item in record[self.listed] if (widget := self._widget(item)) is not None]

    def process(self, path: Path | None, name: str = "") -> Result:
        """Upload a file to every audio track (``None``: leave them empty), run, and fetch what came of it."""
        return self.finish(self.begin(path, name))

    def begin(self, path: Path | None, name: str = "") -> str:
        """Upload and call process; returns the event's id."""
        sent = self._file(self.upload(path, name)) if path else None
        values = [sent if w.kind.startswith(("audio", "midi")) else w.value for w in self.widgets]
        return self._post("process", json.dumps({"data": values}, indent=2))

    def finish(self, event: str) -> Result:
        """Wait for a job and fetch its outputs."""
        silence = self.process_silence and self.process_silence * self.silence / 10.0
        return self._result(self._array(self._fetch("process", event, silence)))

    def cancel(self) -> None:
        """Ask for a cancel; raises HarpError where the client would show an error box."""
        self._fetch("cancel", self._post("cancel", '{"data": []}'), self.silence)

    def upload(self, path: Path, name: str = "") -> str:
        """Send a file; returns the server's name of it."""
        kind, body = form_of(path, name or path.name)
        headers = {**self._headers(), "Content-Type": kind}
        stream = request("POST", self._url("upload"), headers=headers, body=body, silence=self.silence)
        text = stream.text()
        if stream.status != 200:
            raise HarpError(f"Request failed with status code: {stream.status}")
        paths = strict_json(text)
        if not isinstance(paths, list) or not paths or not isinstance(paths[0], str) or not paths[0]:
            raise HarpError("Parsed JSON does not contain the expected array.")
        return paths[0]

    # ----- the wire

    def _url(self, *parts: str) -> str:
        return child_url(self.base_url, *self.prefix, *parts)

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "*/*"}
        if self.has_token and self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return headers

    def _post(self, call: str, body: str) -> str:
        headers = {**self._headers(), "Content-Type": "application/json"}
        if self.client_header and call != "controls":
            headers["x-harp-client"] = self.client_header
        stream = request("POST", self._url("call", call), headers=headers, body=body.encode(), silence=self.silence)
        text = stream.text()
        if stream.status != 200:
            raise HarpError(f"Request to {call} failed with status code: {stream.status}")
        answer = strict_json(text)
        if not isinstance(answer, dict) or not answer.get("event_id"):
            raise HarpError(f"event_id not found in the response from {call}")
        return str(answer["event_id"])

    def _fetch(self, call: str, event: str, silence: float | None) -> str:
        """Return what the client takes for the answer. The status is not looked at."""
        headers = self._headers()
        if self.client_header and call != "controls":
            headers["x-harp-client"] = self.client_header
        self.stream = stream = request("GET", self._url("call", call, event), headers=headers, silence=silence)
        try:
            return stream.text() if self.whole_stream else self._first_answer(stream)
        finally:
            stream.close()

    def _first_answer(self, stream: Stream) -> str:
        lines = stream.lines()
        line = ""
        for line in lines:
            if "complete" in line:
                return next(lines, "")
            if "error" in line:
                raise HarpError(self._shown(next(lines, "")))
        return line

    def _shown(self, line: str) -> str:
        """Return what the user sees of an error's data line."""
        if "503" in line:
            return "The gradio app is currently paused by the developer. Please try again later."
        return line

    def _array(self, answer: str) -> list[Any]:
        _, found, data = answer.partition("data: ")
        if not found:
            raise HarpError("Key data: not found in response")
        value = strict_json(data.strip())
        if not isinstance(value, list):
            raise HarpError("Parsed data field should be an array.")
        return value

    # ----- what is in it

    def _read_card(self, record: dict[str, Any]) -> None:
        outputs = record.get("outputs")
        if not isinstance(outputs, list):
            raise HarpError("Couldn't load the controls array/list from the controls response.")
        self.outputs = [item["label"] for item in outputs if item["type"] in ("audio_track", "midi_track")]

    def _widget(self, item: Any) -> Widget | None:
        """Return the input as the client keeps it, ``None`` for one that it drops."""
        assert isinstance(item, dict)
        kind = text_of(item.get(self.typed))
        if kind not in self.kinds:
            return None
        assert isinstance(item["label"], str) and isinstance(item["info"], str)
        widget = Widget(kind, item["label"])
        if kind in ("slider", "number_box"):
            low, high = ("minimum", "maximum") if kind == "slider" else self.range_keys
            widget.minimum, widget.maximum = float_of(item.get(low)), float_of(item.get(high))
            widget.value = float_of(item["value"])
        elif kind == "toggle":
            widget.value = text_of(item["value"]) == "1"
        elif kind == "dropdown":
            # A choice that is no list, or an empty one, crashes the client.
            widget.choices = [text_of(choice[0]) for choice in item["choices"] if self._is_list(choice)]
            if not widget.choices:
                return None
            widget.value = self._chosen(item) if "value" in item else widget.choices[0]
        elif kind in ("text", "text_box"):
            assert isinstance(item["value"], str)
            widget.value = item["value"]
        return widget

    def _chosen(self, item: dict[str, Any]) -> Any:
        return text_of(item["value"])

    @staticmethod
    def _is_list(choice: Any) -> bool:
        assert isinstance(choice, list) and choice, "the client has crashed"
        return True

    def _file(self, path: str) -> dict[str, Any]:
        return {"path": path, "meta": {"_type": "gradio.FileData"}} if self.tells_meta else {"path": path}

    def _result(self, outputs: list[Any]) -> Result:
        result = Result()
        for output in outputs:
            if not isinstance(output, dict) or not isinstance(output.get("meta"), dict):
                raise HarpError("An element of the array of processed outputs does not have a meta object.")
            kind = output["meta"]["_type"]
            if kind == "gradio.FileData":
                result.files.append(self.download(output["url"]))
            elif kind == "pyharp.LabelList":
                assert isinstance(output["labels"], list), "the client has crashed"
                result.labels += [self._label(label) for label in output["labels"]]
            else:
                raise AssertionError(f"an output that no client knows: {kind}")
        if self.draws_on_outputs and len(result.files) != len(self.outputs):
            raise HarpError(f"{len(result.files)} files for {len(self.outputs)} displays: the session is corrupt")
        result.seen = seen(result.labels, len(self.outputs) if self.draws_on_outputs else 1)
        return result

    def _label(self, label: dict[str, Any]) -> dict[str, Any]:
        """Return a label with the fields of a right type; the client ignores the others without a word."""
        if label["label_type"] not in self.label_kinds:
            raise HarpError(f"Unknown label type: {label['label_type']}")
        number, text = (int, float), (str,)
        kinds = {"t": number, "label": text, "duration": number, "description": text, "color": (int,), "link": text}
        if extra := self.label_kinds[label["label_type"]]:
            kinds[extra] = number
        for name, value in label.items():
            assert name == "label_type" or isinstance(value, kinds[name]), f"{name} is lost on the client"
        return label

    def download(self, url: str) -> tuple[str, bytes]:
        """Fetch an output; returns the name that the client gives it, and the bytes."""
        if self.wants_c_file:
            if "/c/file=" not in url:
                raise HarpError("The url does not contain the expected substring '/c/file='.")
            url = url.replace("/c/file=", "/file=")
        stream = request("GET", url, headers=self._headers(), silence=self.silence)
        if stream.status != 200:
            stream.close()
            raise HarpError(f"Request failed with status code: {stream.status}")
        assert stream.response.getheader("Content-Length"), "the client does not know how much to write"
        return unquote(urlsplit(url).path.rpartition("/")[2]), stream.data()


class Harp30(HarpClient):
    """HARP 3.0: the line reader, with its own reading of ``null``."""

    version = "3.0"

    def _shown(self, line: str) -> str:
        if "data: null" in line:
            return "Your ZeroGPU quota has been reached."
        return super()._shown(line)


class Harp22(HarpClient):
    """HARP 2.2: ``ctrls``, and from here on the ``gradio_api`` prefix and a token."""

    version = "2.2"
    listed, typed = "ctrls", "ctrl_type"
    kinds = ("audio_in", "midi_in", "slider", "text", "number_box", "toggle", "dropdown")
    draws_on_outputs = False

    def _read_card(self, record: dict[str, Any]) -> None:
        assert isinstance(self.card["midi_in"], bool) and isinstance(self.card["midi_out"], bool)


class Harp21(Harp22):
    """HARP 2.1: no prefix, no token, ``/c/file=``."""

    version = "2.1"
    prefix = ()
    has_token = False
    tells_meta = False
    wants_c_file = True


class Harp20(Harp21):
    """HARP 2.0: reads the whole stream, within 14 s of silence; knows no toggles and no dropdowns."""

    version = "2.0"
    kinds = ("audio_in", "midi_in", "slider", "text", "number_box")
    label_kinds = LABELS_OF_1
    whole_stream = True
    process_silence = 14.0


class Harp14(Harp20):
    """HARP 1.4.1 (C++): as 2.0, within 10 s of silence."""

    version = "1.4.1"
    process_silence = 10.0


class Harp31(HarpClient):
    """HARP 3.1: refuses an endpoint with an input or output that it does not know, and keeps the server's sentences."""

    version = "3.1"

    @classmethod
    def reached(cls, address: str) -> str:
        return with_http(address)

    def _read_card(self, record: dict[str, Any]) -> None:
        super()._read_card(record)
        if any(text_of(item.get("type")) not in ("audio_track", "midi_track", "json") for item in record["outputs"]):
            raise HarpError("The model has an unknown output.")

    def _widget(self, item: Any) -> Widget | None:
        if text_of(item.get(self.typed)) not in self.kinds:
            raise HarpError("The model has an unknown input.")
        return super()._widget(item)

    def _shown(self, line: str) -> str:
        return "The job failed."


class Harp40(HarpClient):
    """HARP 4.0: names its model tab, shows the message of an error, reads the true names of a range."""

    version = "4.0"
    kinds = (*HarpClient.kinds, "generic_file")
    range_keys = ("minimum", "maximum")
    client_header = "tab-1"

    @classmethod
    def reached(cls, address: str) -> str:
        return with_http(address)

    def _chosen(self, item: dict[str, Any]) -> Any:
        if not item["multiselect"]:
            return super()._chosen(item)
        return [text_of(choice) for choice in item["value"]]

    def _shown(self, line: str) -> str:
        message = strict_json(line.removeprefix("data: "))["error"]
        assert isinstance(message, str)
        return message.splitlines()[0][:200]


CLIENTS: tuple[type[HarpClient], ...] = (Harp14, Harp20, Harp21, Harp22, Harp30, Harp31, Harp40)
