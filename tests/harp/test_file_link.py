from __future__ import annotations

from app.harp.card import ModelCard
from app.harp.controls import AudioTrack, FileTrack, LabelTrack
from app.harp.file_link import told, with_link
from app.harp.labels import LabelList, OutputLabel
from app.harp.wire import controls_answer

SOUND, LABELS = AudioTrack("Sound", ""), LabelTrack("Labels", "")
NEEDED, SPARE = FileTrack("Score", ""), FileTrack("Settings", "", required=False)


def test_harp_is_told_of_no_file_that_can_be_done_without() -> None:
    assert told([SOUND, SPARE, LABELS, NEEDED]) == [SOUND, LABELS, NEEDED]
    answer = controls_answer(ModelCard("", "", ""), [SOUND], [SOUND, LABELS, SPARE])
    assert [item["type"] for item in answer["outputs"]] == ["audio_track", "json"]


def test_labels_lead_to_it_unless_they_lead_elsewhere() -> None:
    labels = LabelList((OutputLabel(0.0, "a"), OutputLabel(1.0, "b", link="https://b")), "said")
    linked = with_link(labels, "http://here")
    assert [label.link for label in linked.labels] == ["http://here", "https://b"] and linked.notice == "said"
