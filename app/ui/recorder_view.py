"""The recorder of an endpoint's page, as HTML; ``static/recorder.js`` brings it to life."""

from __future__ import annotations


def recorder_html() -> str:
    """Return the recorder, closed: a button, what it says, and the handles that trim a recording (s)."""
    handles = "".join(
        f'<label>{words} (s)<input type="range" min="0" max="0" step="0.01" value="0" data-record-{name}></label>'
        for name, words in (("from", "Start"), ("to", "End"))
    )
    return (
        '<div class="hp-recorder" data-recorder role="group" aria-label="Recorder" hidden>'
        '<div class="hp-recorder-row"><button type="button" class="hp-copy" data-record-start>Record</button>'
        '<select data-record-device aria-label="Microphone" hidden></select>'
        '<p class="hp-none" role="status" data-record-said></p></div>'
        '<div class="hp-cut" data-record-cut hidden><canvas data-record-wave aria-hidden="true"></canvas>'
        f"{handles}</div></div>"
    )
