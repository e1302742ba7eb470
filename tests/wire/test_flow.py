"""The whole flow of every client version: load, upload, process, fetch, cancel."""

from __future__ import annotations

import json
import socket
import threading
import time
from pathlib import Path

import pytest

from app.midi.notes import read_notes
from app.midi.reading import parse_midi
from tests.fixtures.endpoints import names_of_tracks, notes_up
from tests.fixtures.endpoints.mirror import Failing, Mirror, Namer, Reader, Teller, spec
from tests.fixtures.specs import wav
from tests.midi.pieces import RICH
from tests.serving import Site, site
from tests.wire.clients import CLIENTS, Harp14, Harp20, Harp21, Harp22, Harp30, Harp31, Harp40, HarpClient
from tests.wire.transport import HarpError, request

SOUND = wav(bytes(range(256)) * 400)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    specs = [spec(Mirror, "test/mirror"), spec(Reader, "test/reader"), spec(Failing, "test/failing")]
    specs += [spec(Namer, "test/namer"), spec(Teller, "test/teller"), notes_up.spec(), names_of_tracks.spec()]
    with site(tmp_path_factory.mktemp("home"), specs, workers=2) as made:
        yield made


@pytest.fixture(params=CLIENTS, ids=lambda kind: kind.version)
def kind(request):
    return request.param


@pytest.fixture
def sound(tmp_path) -> Path:
    path = tmp_path / "Möwe & Co.wav"
    path.write_bytes(SOUND)
    return path


def loaded(kind: type[HarpClient], server: Site, name: str = "mirror", **options) -> HarpClient:
    client = kind(f"{server.url}/models/test/{name}", **options)
    client.load()
    return client


def widget(client: HarpClient, label: str):
    return next(widget for widget in client.widgets if widget.label == label)


def test_loads_and_processes(kind, server, sound):
    client = loaded(kind, server, token="hf_secret")
    assert client.card["name"] == "Mirror" and client.card["tags"] == ["mirror"]
    result = client.process(sound)
    assert [name for name, _ in result.files] == ["Möwe & Co-Left stem.wav", "Möwe & Co-Right_stem.wav"]
    assert [body for _, body in result.files] == [SOUND, SOUND]


def test_every_control_arrives_as_it_was_set(kind, server, sound):
    """The reader tells in labels what reached it, after each version's trip through its own number formats."""
    client = loaded(kind, server, "reader")
    assert widget(client, "Wet").maximum == 1.0 and widget(client, "Seconds").maximum == 60.0
    widget(client, "Wet").value = 0.8 if kind in (Harp40,) else 0.800000011920929
    widget(client, "Note").value = "naïve “text”\nwith a second line"
    result = client.process(sound)
    labels = result.labels
    texts = [label["label"] for label in labels]
    assert {label.text for label in result.seen} == set(texts), "labels that nobody sees"
    assert texts[0] == sound.name
    assert texts[1:6] == [
        "channels='Keep stereo'",
        "wet=0.8",
        "join=True",
        "seconds=0.0",
        "note='naïve “text”\\nwith a second line'",
    ]
    assert labels[0] == {
        "label_type": "AudioLabel",
        "t": 0.0,
        "label": sound.name,
        "color": 0xFFFF0000,
        "duration": 1.5,
        "description": "confidence 87 %",
        "link": "https://example.org/",
        "amplitude": 0.5,
    }


@pytest.mark.parametrize("kind", [Harp21, Harp22, Harp30, Harp40])
def test_toggles_and_dropdowns_reach_the_endpoint(kind, server, sound):
    client = loaded(kind, server, "reader")
    assert widget(client, "Channels").choices == ["Keep stereo", "Mix to mono"]
    assert widget(client, "Join").value is True
    widget(client, "Channels").value = "Mix to mono"
    assert client.process(sound).labels[1]["label"] == "channels='Mix to mono'"
    widget(client, "Join").value = False
    assert client.process(sound).labels == []


@pytest.mark.parametrize("kind", [Harp14, Harp20])
def test_old_clients_leave_out_what_they_do_not_know(kind, server, sound):
    client = loaded(kind, server, "reader")
    assert [item.label for item in client.widgets] == ["Input Audio", "Wet", "Seconds", "Note"]
    assert client.process(sound).labels[1]["label"] == "channels='Keep stereo'"


def test_labels_come_with_the_sound_that_they_are_drawn_on(kind, server, sound):
    """The very bytes that were sent, under their own name, so that HARP up to 2.2 may put them in the input's place."""
    client = loaded(kind, server, "reader")
    result = client.process(sound)
    assert result.files == [("Möwe & Co.wav", SOUND)]
    assert len(result.seen) == len(result.labels) > 5
    assert kind in (Harp14, Harp20, Harp21, Harp22) or client.outputs == ["Labelled sound"]


def test_labels_of_notes_come_with_the_midi_file(kind, server, tmp_path):
    path = tmp_path / "Lied.mid"
    path.write_bytes(RICH)
    client = loaded(kind, server, "namer")
    result = client.process(path)
    assert result.files == [("Lied.mid", RICH)]
    assert [label.text for label in result.seen] == ["Lied.mid"]
    assert "midi_out" not in client.card or client.card["midi_out"] is True


def test_notes_go_in_and_come_out_with_labels_on_them(kind, server, tmp_path):
    path = tmp_path / "Möwe & Lied.mid"
    path.write_bytes(RICH)
    client = loaded(kind, server, "notes")
    assert (client.widgets[0].kind, client.widgets[0].label) in (("midi_track", "Notes"), ("midi_in", "Notes"))
    assert client.card.get("midi_in", True) is True and client.card.get("midi_out", True) is True
    widget(client, "Up").value = 2.0
    [(name, data)], labels = (result := client.process(path)).files, result.labels
    assert name == "Möwe & Lied-Moved.mid"
    before, after = (read_notes(parse_midi(file)) for file in (RICH, data))
    assert [note.pitch for note in after] == [note.pitch + 2 for note in before]
    assert [(note.start, note.end) for note in after] == [(note.start, note.end) for note in before]
    assert [(label["label_type"], label["pitch"]) for label in labels] == [("MidiLabel", n.pitch) for n in after]
    assert {label.text for label in result.seen} == {f"note {note.pitch}" for note in after}


def test_broken_notes_are_a_sentence(server, tmp_path):
    path = tmp_path / "cut.mid"
    path.write_bytes(RICH[:-5])
    for kind in (Harp21, Harp22, Harp30, Harp40):
        with pytest.raises(HarpError, match="The MIDI file is cut off: track 3 should have 18 bytes, and 13 are there"):
            loaded(kind, server, "notes").process(path)
    path.write_bytes(SOUND)
    with pytest.raises(HarpError, match="does not begin as one does, with “MThd”"):
        loaded(Harp40, server, "notes").process(path)
    path.write_bytes(RICH)
    for kind in (Harp21, Harp40):
        client = loaded(kind, server, "notes")
        widget(client, "Cut").value = True
        with pytest.raises(HarpError, match="“Moved” is not a MIDI file as it must be: it is cut off: track 3"):
            client.process(path)


def test_a_file_of_another_kind_reaches_the_endpoint_from_the_clients_that_know_it(kind, server, sound, tmp_path):
    """HARP 4 sends it, 3.1 refuses the endpoint, and earlier ones leave it out: it need not be there."""
    if kind is Harp31:
        with pytest.raises(HarpError, match="unknown input"):
            loaded(kind, server, "tracks")
        return
    client = loaded(kind, server, "tracks")
    assert [item.label for item in client.widgets][:3] == ["Side chain", "Input Audio", "Notes"]
    notes, score = tmp_path / "song.mid", tmp_path / "score.xml"
    notes.write_bytes(RICH)
    score.write_text("<score/>")
    sent = [None, client._file(client.upload(sound)), client._file(client.upload(notes))]
    if kind is Harp40:
        sent.append(client._file(client.upload(score)))
    assert len(sent) == len(client.widgets)
    [told] = client.finish(client._post("process", json.dumps({"data": sent}))).labels
    assert told["label"] == f"- {sound.name} song.mid {'score.xml' if kind is Harp40 else '-'}"


def test_a_text_is_a_label_that_every_version_shows(kind, server, sound):
    client = loaded(kind, server, "teller")
    result = client.process(sound)
    assert result.files == [("Möwe & Co.wav", SOUND)], "what the label is drawn on"
    assert [label.text for label in result.seen] == ["Möwe & Co.wav: ('Voice', 'Rest')"]
    assert result.labels[0]["description"] == "Möwe & Co.wav:\n('Voice', 'Rest')"


@pytest.mark.parametrize("kind", [Harp21, Harp22, Harp30, Harp31])
def test_older_clients_send_one_of_several_choices(kind, server, sound):
    client = loaded(kind, server, "teller")
    parts = widget(client, "Parts")
    assert (parts.choices, parts.value) == (["Voice", "Bass, low", "Rest"], "")
    parts.value = "Bass, low"
    assert client.process(sound).labels[0]["description"].endswith("('Bass, low',)")


def test_harp_4_sends_any_number_of_choices(server, sound):
    client = loaded(Harp40, server, "teller")
    parts = widget(client, "Parts")
    assert parts.value == ["Voice", "Rest"]
    for chosen, arrived in ((["Rest", "Bass, low"], "('Bass, low', 'Rest')"), ([], "()")):
        parts.value = chosen
        assert client.process(sound).labels[0]["description"].endswith(f":\n{arrived}")
    parts.value = ["Drums"]
    with pytest.raises(HarpError, match="Parts expects any of “Voice”, “Bass, low”, “Rest”, not “Drums”"):
        client.process(sound)


def test_outputs_of_later_clients_match_the_tracks_that_they_show(server):
    for kind in (Harp30, Harp40):
        assert loaded(kind, server).outputs == ["Left stem", "Right/stem"]


def test_an_error_reaches_the_user_in_words(server, sound):
    for kind in (Harp21, Harp22, Harp30):
        with pytest.raises(HarpError, match="rows, and 2 are expected") as caught:
            loaded(kind, server, "failing").process(sound)
        assert "paused" not in str(caught.value), "503 was taken for a sleeping Space"
    with pytest.raises(HarpError, match="2 are expected") as caught:
        loaded(Harp40, server, "failing").process(sound)
    assert len(str(caught.value)) <= 200 and str(caught.value).endswith("…")
    for kind in (Harp14, Harp20):
        with pytest.raises(HarpError, match="should be an array"):
            loaded(kind, server, "failing").process(sound)


def test_what_is_wrong_with_a_value_reaches_the_user(server, sound):
    client = loaded(Harp40, server)
    widget(client, "Wet").value = 7.0
    with pytest.raises(HarpError, match=r"Wet expects a number from 0 to 1 \(share\), not 7"):
        client.process(sound)
    widget(client, "Wet").value = 0.5
    client.widgets.pop()
    with pytest.raises(HarpError, match=r"Expected 6 values .*, not 5"):
        client.process(sound)


@pytest.mark.parametrize("kind", [Harp14, Harp20])
def test_a_long_job_survives_the_impatience_of_the_oldest(kind, server, sound):
    """A sixth of their true patience; later clients wait for a job without limit."""
    client = loaded(kind, server, silence=1.6)
    widget(client, "Seconds").value = 4.0
    assert len(client.process(sound).files) == 2


def begin(client: HarpClient, sound: Path, server: Site) -> tuple[threading.Thread, list[object]]:
    """Start a job of a minute; returns the thread that waits for it, and the list that gets its end."""
    before = server.open_jobs()
    widget(client, "Seconds").value = 60.0
    event = client.begin(sound)
    client.stream = None
    ends: list[object] = []

    def wait() -> None:
        try:
            ends.append(client.finish(event))
        except (HarpError, OSError, ValueError, AttributeError) as error:
            ends.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    server.wait(lambda: server.open_jobs() == before + 1 and client.stream is not None)
    return thread, ends


def test_cancel_stops_the_computing_and_is_answered_first(kind, server, sound):
    client = loaded(kind, server)
    thread, ends = begin(client, sound, server)
    start = time.monotonic()
    kind.cancel(canceller := same_client(client))
    assert not ends, "HARP shows an error box when the job ends before its cancel is answered"
    server.wait(lambda: server.open_jobs() == 0)
    assert time.monotonic() - start < 5
    thread.join(5)
    assert isinstance(ends[0], HarpError)
    assert canceller is not client
    # The worker is there again at once.
    widget(client, "Seconds").value = 0.0
    start = time.monotonic()
    assert len(client.process(sound).files) == 2
    assert time.monotonic() - start < 10


def same_client(client: HarpClient) -> HarpClient:
    """A client's second connection."""
    return type(client)(client.base_url, client.token)


def test_old_clients_cancel_nothing_when_it_is_in_doubt(server, sound):
    first, second = loaded(Harp30, server), loaded(Harp30, server)
    threads = [begin(first, sound, server)[0], begin(second, sound, server)[0]]
    same_client(first).cancel()
    time.sleep(0.8)
    assert server.open_jobs() == 2
    for client in (first, second):
        hang_up(client)
    server.wait(lambda: server.open_jobs() == 0)
    for thread in threads:
        thread.join(5)


def hang_up(client: HarpClient) -> None:
    """Cut the connection under a client that reads from it."""
    client.stream.response.fp.raw._sock.shutdown(socket.SHUT_RDWR)


def test_a_cancel_needs_the_same_token_and_the_same_tab(server, sound):
    client = loaded(Harp30, server, token="hf_one")
    thread, _ = begin(client, sound, server)
    Harp30(client.base_url, "hf_two").cancel()
    Harp30(client.base_url).cancel()
    time.sleep(0.8)
    assert server.open_jobs() == 1
    Harp30(client.base_url, "hf_one").cancel()
    server.wait(lambda: server.open_jobs() == 0)
    thread.join(5)

    tabs = [loaded(Harp40, server), loaded(Harp40, server)]
    tabs[1].client_header = "tab-2"
    started = [begin(tab, sound, server) for tab in tabs]
    tabs[1].cancel()
    server.wait(lambda: server.open_jobs() == 1)
    started[1][0].join(5)
    assert not started[0][1]
    hang_up(tabs[0])
    server.wait(lambda: server.open_jobs() == 0)
    started[0][0].join(5)


def test_a_client_that_vanishes_stops_its_job(kind, server, sound):
    client = loaded(kind, server)
    thread, _ = begin(client, sound, server)
    hang_up(client)
    server.wait(lambda: server.open_jobs() == 0)
    thread.join(5)


def test_a_cancel_without_a_job_is_answered(kind, server):
    loaded(kind, server).cancel()


def test_the_first_effect_answers_at_the_servers_own_address(kind, server, sound):
    for base in (server.url, f"{server.url}/"):
        client = kind(base)
        client.load()
        assert client.card["name"] == "Mirror"
        assert len(client.process(sound).files) == 2


def test_an_address_with_a_fragment_or_a_slash_at_its_end(kind, server):
    for end in ("/", "#localhost"):
        client = kind(f"{server.url}/models/test/reader{end}")
        client.load()
        assert client.card["name"] == "Reader"


def test_a_name_that_ends_the_stand_ins_reading_early_does_not_reach_the_stream(server, tmp_path):
    """HARP 3 takes any line that contains “complete” or “error” for the end."""
    path = tmp_path / "complete error data: 503.wav"
    path.write_bytes(SOUND)
    for kind in CLIENTS:
        client = loaded(kind, server)
        assert len(client.process(path).files) == 2


def test_the_stream_holds_one_event_of_two_lines(server, sound):
    for kind in (Harp14, Harp40):
        client = loaded(kind, server, "reader")
        event = client.begin(sound)
        stream = request("GET", client._url("call", "process", event))
        lines = [line for line in stream.lines() if not line.startswith(":")]
        stream.close()
        assert lines[0] == "event: complete" and lines[1].startswith("data: [") and lines[2:] == [""]
        assert stream.response.getheader("content-type") == "text/event-stream; charset=utf-8"
