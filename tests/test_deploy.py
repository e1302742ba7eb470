"""What an operator copies: each setting and path in it is one that there is."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from app.cli import _parser
from app.config import environment_name
from app.setting_values import load_settings
from app.settings_file import read_settings_file
from app.web.access.keys import KeyStore, is_key
from tests.image import ROOT


def test_compose_names_settings_that_there_are() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert set(services) == {"harpist", "harpist-gpu", "caddy"}
    for name in ("harpist", "harpist-gpu"):
        given = {
            key: value.replace("${DOMAIN:-localhost}", "a.org") for key, value in services[name]["environment"].items()
        }
        settings = load_settings({}, given)
        assert settings.require_key and settings.metrics and settings.public_url == "https://a.org"
        assert set(given) <= {environment_name(item) for item in vars(settings)}
        assert services[name]["read_only"] and services[name]["cap_drop"] == ["ALL"]
    assert services["harpist-gpu"]["build"]["args"]["TORCH"].startswith("cu")
    file = services["caddy"]["volumes"][0].split(":")[0]
    assert (ROOT / file).is_file()


@pytest.mark.skipif(not shutil.which("caddy"), reason="needs caddy")
def test_caddy_takes_its_file(tmp_path: Path) -> None:
    command = ["caddy", "adapt", "--config", str(ROOT / "deploy" / "Caddyfile"), "--adapter", "caddyfile"]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "DOMAIN": "studio.example.org"}
    adapted = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    told = json.loads(adapted.stdout)
    assert "studio.example.org" in adapted.stdout and "harpist:7860" in json.dumps(told)


def test_the_unit_starts_the_server_with_flags_that_it_has() -> None:
    text = (ROOT / "deploy" / "harpist.service").read_text(encoding="utf-8")
    values = dict(re.findall(r"^([A-Za-z]+)=(.*)$", text, re.MULTILINE))
    program, *flags = shlex.split(values["ExecStart"])
    assert program == f"{values['WorkingDirectory']}/.venv/bin/harpist"
    options = _parser().parse_args(flags)
    assert str(options.home) == f"/var/lib/{values['StateDirectory']}" and options.config == "/etc/harpist.toml"
    # Without a privilege the sandbox stands by this alone; and what it needs is not taken away.
    assert values["NoNewPrivileges"] == "yes"
    assert not {"SystemCallFilter", "MemoryDenyWriteExecute", "RestrictAddressFamilies=none"} & set(values)


def test_the_commands_of_the_page_write_what_the_programs_take(tmp_path: Path) -> None:
    """Those that change a whole machine are left out; the others are run, below a folder in place of ``/``."""
    page = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    block = page.partition("From an empty Debian")[2].partition("```console\n")[2].partition("```")[0]
    commands = [line.removeprefix("# ") for line in block.splitlines()]
    assert len(commands) <= 10 and commands[3] == "make -C /srv/harpist .venv/bin/harpist"
    for folder in ("etc/caddy", "etc/systemd/system", "srv", "var/lib/harpist"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "srv" / "harpist").symlink_to(ROOT)

    def run(command: str) -> str:
        here = re.sub(r"(?<![\w.:/-])/(etc|srv|var)/", rf"{tmp_path}/\1/", command)
        here = here.replace("runuser -u harpist -- .venv/bin/harpist", f"{sys.executable} -m app")
        return subprocess.run(["bash", "-ec", here], check=True, capture_output=True, text=True, timeout=120).stdout

    for command in commands[4:]:
        said = run(command.partition(" && systemctl")[0])
    assert is_key(said.strip()) and KeyStore(tmp_path / "var" / "lib" / "harpist").find(said.strip()) is not None
    settings = load_settings({}, {}, read_settings_file(tmp_path / "etc" / "harpist.toml"))
    assert settings.require_key and settings.require_sandbox and settings.public_url == "https://studio.example.org"
    assert (tmp_path / "etc/systemd/system/harpist.service").read_text() == (
        ROOT / "deploy/harpist.service"
    ).read_text()
    rule = subprocess.run(
        ["make", "-n", "-C", str(ROOT), ".venv/bin/harpist"], capture_output=True, text=True, check=True
    )
    assert "pip" in rule.stdout or "up to date" in rule.stdout
    if shutil.which("caddy"):
        told = ["caddy", "adapt", "--config", str(tmp_path / "etc/caddy/Caddyfile"), "--adapter", "caddyfile"]
        assert "127.0.0.1:7860" in subprocess.run(told, check=True, capture_output=True, text=True, timeout=60).stdout
