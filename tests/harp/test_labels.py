from app.harp.labels import AudioLabel, MidiLabel, argb, audacity_text


def test_colours_are_packed_as_harp_reads_them():
    assert argb(0x12, 0x34, 0x56, 0x78) == 0x78123456
    assert argb(255, 0, 0) == 0xFFFF0000


def test_audacitys_text_is_one_line_a_label():
    labels = [AudioLabel(0.0, "a\tb\nc", 1.25), MidiLabel(2.5, "A4", pitch=69.0)]
    assert audacity_text(labels) == "0.000000\t1.250000\ta b c\n2.500000\t2.500000\tA4\n"
    assert audacity_text([]) == ""
