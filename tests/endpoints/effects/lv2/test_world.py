"""What LV2 plugins say of themselves, and which cannot be hosted."""

from __future__ import annotations

import pytest

from app.errors import ModelFormatError, ModelRunError, NotFoundError
from endpoints.effects.lv2 import library, world
from endpoints.effects.lv2.description import Kind
from endpoints.effects.lv2.library import MISSING, open_library
from endpoints.effects.lv2.world import World, open_world
from tests.lv2_plugins import needs_compiler, needs_lilv, trials

pytestmark = [needs_lilv, needs_compiler]


def opened() -> World:
    return open_world((str(trials()),))


def test_a_plugin_is_read_whole() -> None:
    told = opened().describe("urn:harpist:trial")
    assert (told.name, told.author, told.version) == ("Trial (α)", "Nobody", "2.4")
    assert told.licence == "http://opensource.org/licenses/mit"
    assert told.requires == ("http://lv2plug.in/ns/ext/urid#map",)
    assert told.latency_port == 5 and told.channels == 1
    kinds = [port.kind for port in told.ports]
    assert kinds == [Kind.AUDIO] * 2 + [Kind.CONTROL] * 4 + [Kind.ATOM, Kind.CV, Kind.CONTROL]
    gain = told.ports[2]
    assert (gain.symbol, gain.name, gain.minimum, gain.maximum, gain.default, gain.unit) == (
        "gain", "Gain", 0.0, 10.0, 1.0, "G",
    )  # fmt: skip
    told.check()


def test_inputs_that_only_steer_are_not_heard() -> None:
    told = opened().describe("urn:harpist:swap")
    assert [port.symbol for port in told.ports if port.side_chain] == ["key", "key2"]
    assert told.channels == 2
    told.check()


@pytest.mark.parametrize(
    ("uri", "sentence"),
    [
        ("needs", "Needs requires what Harpist has not: urn:harpist:something."),
        ("live", "Live is for live sound only; it cannot be used on a file."),
        ("deaf", "Deaf has no audio input: it makes sound, or analyses none; an effect with both is expected."),
        ("mute", "Mute has no audio output: it only listens; an effect with both is expected."),
        ("wide", "Wide takes 1 and returns 2 channels of sound; an effect with as many in as out is expected."),
        ("odd", "Odd has a port of an unknown kind, “Some”."),
    ],
)
def test_what_cannot_be_hosted_is_refused_in_a_sentence(uri: str, sentence: str) -> None:
    with pytest.raises(ModelFormatError) as refused:
        opened().describe(f"urn:harpist:{uri}").check()
    assert refused.value.message == sentence


@pytest.mark.parametrize(
    "uri", ["urn:harpist:nothing", "no uri", "", "urn:\x00", "urn:a b", "http://x.example/" + "y" * 9000]
)
def test_a_plugin_that_is_not_there(uri: str) -> None:
    with pytest.raises(NotFoundError) as refused:
        opened().describe(uri)
    assert refused.value.message.startswith("No LV2 plugin with the URI “") and len(refused.value.message) < 300


def test_an_empty_folder_has_none(tmp_path: object) -> None:
    assert World((str(tmp_path),)).uris() == []
    assert "urn:harpist:trial" in opened().uris()


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "NAMES", ("libnothing-of-the-kind.so.0",))
    monkeypatch.setattr(world, "open_library", open_library.__wrapped__)
    with pytest.raises(ModelRunError) as missing:
        World(())
    assert missing.value.message == MISSING
