from __future__ import annotations

from pathlib import Path

import pytest

from app.config import SETTINGS, environment_name
from app.errors import SettingsError
from app.setting_values import load_settings, parse_setting


def test_a_flag_wins_over_the_environment_and_that_over_the_default() -> None:
    environment = {"HARPIST_PORT": "9000", "HARPIST_WORKERS": "3"}
    settings = load_settings({"port": 8000}, environment)
    assert (settings.port, settings.workers, settings.queue) == (8000, 3, SETTINGS["queue"].default)


def test_the_home_folder_is_made_absolute() -> None:
    assert load_settings({}, {"HARPIST_HOME": "somewhere"}).home == Path("somewhere").absolute()
    assert load_settings({}, {}).home == Path.home() / ".harpist"


def test_a_list_comes_separated_by_commas_in_the_environment() -> None:
    assert load_settings({}, {"HARPIST_MODEL": "a/b, c/d,"}).model == ("a/b", "c/d")


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("port", "many", "The setting port expects a whole number (TCP port), not “many”."),
        ("port", "70000", "The setting port expects a number from 0 to 65535, not 70000."),
        ("job_timeout", "soon", "The setting job_timeout expects a number (seconds), not “soon”."),
        ("job_timeout", "0", "The setting job_timeout expects more than 0 seconds, not 0."),
        ("keep", "nan", "The setting keep expects more than 0 minutes, not nan."),
        ("device", "gpu", "The setting device expects auto, cpu, cuda, cuda:N or mps, not “gpu”."),
        ("device", "cuda:x", "The setting device expects auto, cpu, cuda, cuda:N or mps, not “cuda:x”."),
        ("too_loud", "louder", "The setting too_loud expects float, scale or clip, not “louder”."),
        ("backend", "cloud", "The setting backend expects local or ray, not “cloud”."),
        ("ray_address", "studio", "The setting ray_address expects HOST:PORT, such as 127.0.0.1:6379, not “studio”."),
        ("ray_min", "9", "The setting ray_min expects no more than ray_max."),
        ("ray_cpus", "0", "The setting ray_cpus expects more than 0 CPUs, not 0."),
        ("ray_max", "0", "The setting ray_max expects at least 1, not 0."),
        ("precision", "int8", "The setting precision expects float32, tf32, bfloat16 or float16, not “int8”."),
        ("workers", "0", "The setting workers expects at least 1, not 0."),
        ("warm", "-1", "The setting warm expects at least 0, not -1."),
        ("memory", "nan", "The setting memory expects at least 0, not nan."),
        ("grace", "-0.5", "The setting grace expects at least 0, not -0.5."),
        ("allow", "hugggof", "The setting allow expects OWNER/NAME, such as OWNER/*, not “hugggof”."),
        ("max_model", "0", "The setting max_model expects at least 1, not 0."),
        (
            "public_url",
            "studio.example.org",
            "The setting public_url expects an address such as https://studio.example.org/harpist, not "
            "“studio.example.org”.",
        ),
        ("embed", "*", "The setting embed expects a site, such as https://huggingface.co, not “*”."),
        ("share_workers", "maybe", "The setting share_workers expects auto, yes or no, not “maybe”."),
    ],
)
def test_says_what_a_setting_expects(name: str, text: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({}, {environment_name(name): text})
    assert caught.value.message == sentence


@pytest.mark.parametrize(("text", "value"), [("yes", True), ("True", True), ("1", True), ("no", False), ("0", False)])
def test_a_yes_or_no_is_read_from_the_environment(text: str, value: bool) -> None:
    assert load_settings({}, {"HARPIST_REQUIRE_SANDBOX": text}).require_sandbox is value
    with pytest.raises(SettingsError, match="expects yes or no, not “maybe”"):
        load_settings({}, {"HARPIST_REQUIRE_SANDBOX": "maybe"})


def test_every_setting_reads_its_own_default_back() -> None:
    for name, item in SETTINGS.items():
        if item.default not in ((), ""):
            assert parse_setting(name, str(item.default)) == item.default


@pytest.mark.parametrize("device", ["auto", "cpu", "cuda", "cuda:0", "cuda:12", "mps"])
def test_knows_every_device(device: str) -> None:
    assert load_settings({"device": device}, {}).device == device
