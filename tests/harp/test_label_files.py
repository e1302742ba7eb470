import json
import re
import time

import pytest

from app.cli.processing import LABEL_FORMS
from app.harp.label_files import LABEL_FILES
from app.harp.labels import AudioLabel, LabelList, MidiLabel, argb

LABELS = LabelList(
    (
        AudioLabel(0.5, 'C "maj"\n7', 61.25, "root, third", argb(255, 0, 16)),
        AudioLabel(60.0, "A:min, sad", 5.0),
        MidiLabel(62.5, "hit", pitch=69.0),
    )
)
EXPECTED = {
    "audacity": '0.500000\t61.750000\tC "maj" 7\n60.000000\t65.000000\tA:min, sad\n62.500000\t62.500000\thit\n',
    "reaper": "#,Name,Start,End,Length,Color\n"
    'R1,"C ""maj"" 7",0:00.500000,1:01.750000,1:01.250000,FF0010\n'
    'R2,"A:min, sad",1:00.000000,1:05.000000,0:05.000000,\n'
    "M1,hit,1:02.500000,,,\n",
    "csv": "start,end,label,description\n"
    '0.500000,61.750000,"C ""maj"" 7","root, third"\n'
    '60.000000,65.000000,"A:min, sad",\n'
    "62.500000,62.500000,hit,\n",
    "srt": '1\n00:00:00,500 --> 00:01:01,750\nC "maj" 7\n\n'
    "2\n00:01:00,000 --> 00:01:05,000\nA:min, sad\n\n"
    "3\n00:01:02,500 --> 00:01:03,500\nhit\n",
    "lab": '0.500000\t61.750000\tC "maj" 7\n60.000000\t65.000000\tA:min, sad\n62.500000\t62.500000\thit\n',
}


def test_the_command_line_offers_every_form():
    assert tuple(LABEL_FILES) == LABEL_FORMS


@pytest.mark.parametrize("form", EXPECTED)
def test_labels_are_written_as_the_program_reads_them(form: str):
    assert LABEL_FILES[form].text(LABELS) == EXPECTED[form]


def test_json_has_all_that_labels_have():
    labels = json.loads(LABEL_FILES["json"].text(LABELS))["labels"]
    assert [one["label_type"] for one in labels] == ["AudioLabel", "AudioLabel", "MidiLabel"]
    assert (labels[0]["description"], labels[2]["pitch"]) == ("root, third", 69.0)


def test_praats_tiers_have_neither_gaps_nor_overlaps():
    text = LABEL_FILES["textgrid"].text(LABELS)
    assert text.startswith('File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = 65.000000\n')
    *tiers, points = re.split(r"    item \[\d+\]:\n", text)[1:]
    assert len(tiers) == 2, "labels that overlap stand in two tiers"
    for tier in tiers:
        times = re.findall(r"            xmin = (\S+)\n            xmax = (\S+)\n", tier)
        assert [start for start, _ in times[1:]] == [end for _, end in times[:-1]]
        assert (float(times[0][0]), float(times[-1][1])) == (0.0, 65.0)
        assert f"intervals: size = {len(times)}\n" in tier
    assert 'text = "C ""maj"" 7"' in tiers[0]
    assert 'number = 62.500000\n            mark = "hit"' in points


def test_points_stand_until_the_next_later_one_comes():
    points = LabelList(tuple(AudioLabel(at, "x") for at in (0.0, 0.0, 0.25, 3.0)))
    ends = re.findall(r"--> (\S+)", LABEL_FILES["srt"].text(points))
    assert ends == ["00:00:00,250", "00:00:00,250", "00:00:01,250", "00:00:04,000"]


def test_a_label_goes_to_the_first_tier_that_is_free():
    spans = ((0, 5), (1, 2), (1.5, 9), (2, 3), (5, 1))
    text = LABEL_FILES["textgrid"].text(LabelList(tuple(AudioLabel(t, str(n), d) for n, (t, d) in enumerate(spans))))
    tiers = re.split(r"    item \[\d+\]:\n", text)[1:]
    assert [re.findall(r'text = "(\d)"', tier) for tier in tiers] == [["0", "4"], ["1"], ["2"], ["3"]]


@pytest.mark.parametrize("form", ["srt", "textgrid"])
@pytest.mark.parametrize("length", [None, 1e6])
def test_as_many_labels_as_a_stranger_gives_are_written_at_once(form: str, length: float | None):
    many = LabelList(tuple(AudioLabel(number // 2 * 0.01, "x", length) for number in range(60_000)))
    begun = time.process_time()
    assert LABEL_FILES[form].text(many).count("x") >= 60_000
    assert time.process_time() - begun < 4, "seconds of the processor, which grew with the square"


@pytest.mark.parametrize("form", LABEL_FILES)
def test_no_labels_are_no_error(form: str):
    text = LABEL_FILES[form].text(LabelList())
    assert "hit" not in text
    assert text.count("\n") <= {"json": 10, "textgrid": 8}.get(form, 1)
