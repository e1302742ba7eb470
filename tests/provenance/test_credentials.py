"""Results signed with a studio's own certificate: who signed, and whether a byte was changed since."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("c2pa", reason="requirements-signing.txt is not installed")

import httpx

from app.cli import main
from app.config import Settings
from app.errors import SettingsError
from app.jobs.signing import Signing, signing
from app.provenance.credentials import Verdict, kind_of, verdict_on
from app.provenance.stamping import provenance_in, stamp
from tests.fixtures.endpoints.mirror import Mirror, spec
from tests.provenance.certificates import make
from tests.provenance.containers import GENERATED, MADE, SOUND, heard, sound
from tests.provenance.test_ways_out import CONTROLS, ask
from tests.serving import site

SIGNED = ("WAV PCM_16", "FLAC PCM_24", "MP3 MPEG_LAYER_III")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make(tmp_path_factory.mktemp("certificates"))


def test_what_is_signed_tells_who_did_and_whether_it_was_changed(tmp_path, pair, capsys):
    signs, files = Signing(*pair), []
    for kind in SOUND:
        path = sound(tmp_path / f"{kind}{SOUND[kind]}", kind)
        assert stamp(path, GENERATED)
        files.append(path)
    before = {path: (heard(path), path.read_bytes()) for path in files}
    signs.sign(files, GENERATED)
    for path in files:
        assert heard(path) == before[path][0] and provenance_in(path)[1] == GENERATED
        if not kind_of(path):
            assert path.read_bytes() == before[path][1] and verdict_on(path) is None
            continue
        assert verdict_on(path) == Verdict(True, "Test signer, Test studio", False)
        assert b"digitalsourcetype/trainedAlgorithmicMedia" in path.read_bytes()
        data = bytearray(path.read_bytes())
        data[-40] ^= 1
        changed = path.with_name(f"changed{path.suffix}")
        changed.write_bytes(data)
        assert verdict_on(changed) == Verdict(False, "Test signer, Test studio", False)
    assert {kind for kind in SOUND if kind_of(tmp_path / f"{kind}{SOUND[kind]}")} >= set(SIGNED)

    path = tmp_path / "WAV PCM_16.wav"
    assert main(["provenance", str(path), str(tmp_path / "changed.wav")]) == 0
    shown = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  signature")]
    assert shown == [
        "  signature intact since it was signed by Test signer, Test studio, "
        "whose certificate is on no list of the C2PA",
        "  signature broken: the file was changed since it was signed, or what signed it does not hold",
    ]
    assert main(["provenance", "--json", str(path)]) == 0
    assert json.loads(capsys.readouterr().out)["credentials"].startswith("intact since")


def test_a_server_signs_what_its_jobs_bring(tmp_path, pair):
    pem = tuple(map(str, pair))
    with site(tmp_path / "home", [spec(Mirror, "test/mirror")], no_provenance=False, sign=pem, workers=1) as made:
        take = sound(tmp_path / "take.wav", "WAV PCM_24")
        for answer in ask(made, "test/mirror", take, *CONTROLS.values()):
            result = tmp_path / "result.wav"
            result.write_bytes(httpx.get(answer["url"]).content)
            assert verdict_on(result) == Verdict(True, "Test signer, Test studio", False)
            assert heard(result) == heard(take) and provenance_in(result)[1].model == "test/mirror"
        assert not [path for path in made.settings.work.rglob("*") if path.name.endswith(".part")]


def test_what_cannot_sign_is_refused_at_the_start(tmp_path, pair):
    chain, key = pair
    other = make(tmp_path)[1]
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no key")
    coded = tmp_path / "coded.pem"
    coded.write_bytes(b"\xff\xfe")
    for certificates, secret, reason in (
        (chain, tmp_path / "no.pem", "no.pem: No such file or directory"),
        (chain, wrong, "a private key in PEM, without a password, is expected"),
        (chain, coded, "PEM is expected"),
        (wrong, key, "Nothing can be signed with"),
        (chain, other, "Nothing can be signed with"),
    ):
        with pytest.raises(SettingsError, match=reason):
            signing(Settings(home=tmp_path, sign=(str(certificates), str(secret))))
    run = subprocess.run(
        [sys.executable, "-m", "app", "serve", "--home", str(tmp_path / "home"), "--sign", str(chain)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2 and "--sign: expected 2 arguments" in run.stderr


def test_a_file_that_lies_about_its_credentials_is_broken_and_nothing_more(tmp_path, pair):
    path = sound(tmp_path / "a.wav", "WAV PCM_16")
    stamp(path, MADE)
    Signing(*pair).sign([path], MADE)
    good = path.read_bytes()
    at = good.index(b"C2PA") + 8
    for cut in (at + 20, at + 200, len(good) - 5):
        path.write_bytes(good[:cut])
        assert verdict_on(path) is None or not verdict_on(path).intact
    for place in range(at, at + 400, 40):
        path.write_bytes(good[:place] + b"\xff" * 8 + good[place + 8 :])
        found = verdict_on(path)
        assert found is None or not found.intact
