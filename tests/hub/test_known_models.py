"""Every known repository, from the tests' hub to a working endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.audacitorch.describe import describe
from app.audacitorch.effect import AudacitorchEffect
from app.audacitorch.labeler import AudacitorchLabeler
from app.audacitorch.profile import read_profile, write_profile
from app.audacitorch.trial.inspection import inspect_model
from app.endpoint import FileOutput
from app.hub.catalogue import Catalogue, known_models
from app.hub.client import HubClient
from app.hub.entry import join_installed
from app.hub.ids import ModelReference
from app.hub.install import InstallOptions, install
from app.hub.installed import Installed
from app.hub.search import Query, search
from tests.audacitorch.models import Watch, read, region
from tests.hub_server.known import KNOWN, KnownModel
from tests.hub_server.networks import add_known_models
from tests.hub_server.server import HubServer, serve_hub


@pytest.fixture(scope="module")
def known_hub() -> Iterator[HubServer]:
    with serve_hub() as server:
        add_known_models(server)
        yield server


def test_they_are_those_that_ship_with_us() -> None:
    assert tuple(known.id for known in KNOWN) == known_models()


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.id)
def test_becomes_a_working_endpoint(known_hub: HubServer, known: KnownModel, tmp_path: Path) -> None:
    installed = Installed(tmp_path / "hub")
    profiles = []

    def check(folder: Path) -> None:
        profiles.append(inspect_model(folder))

    options = InstallOptions(check=check)
    model = install(HubClient(known_hub.url), installed, ModelReference(known.id), options)
    folder, path = installed.files(model), installed.profile(model)
    write_profile(path, profiles[0], folder)
    spec = describe(model.id, folder, read_profile(path, folder), profile_path=path)
    endpoint = (AudacitorchLabeler if known.classes else AudacitorchEffect)(**spec.arguments)
    endpoint.setup("cpu")
    assert (endpoint.card, endpoint.inputs, endpoint.outputs) == (spec.card, spec.inputs, spec.outputs)
    rng = np.random.default_rng(3)
    sound = (0.3 * rng.standard_normal((2, 30_000))).astype(np.float32)
    outputs = list(endpoint.process(region(tmp_path, sound), {}, Watch()))
    if known.classes:
        assert {label.label for label in outputs[0].labels} <= set(_labels(installed, known))
        assert outputs[0].labels[0].t == 0
        return
    assert tuple(output.label for output in outputs) == known.outputs
    assert all(isinstance(output, FileOutput) for output in outputs)
    result = read(outputs[0].path)
    assert result.shape == sound.shape
    if known.channels == 2:
        # At the model's own rate and back, so only nearly.
        assert np.corrcoef(result[0], sound[1])[0, 1] > 0.9
    else:
        assert np.corrcoef(result[0], sound[0])[0, 1] > 0.9


def _labels(installed: Installed, known: KnownModel) -> tuple[str, ...]:
    from app.audacitorch.metadata import read_metadata

    return read_metadata(installed.files(installed.get(known.id))).labels


def test_the_catalogue_knows_them_all(known_hub: HubServer, tmp_path: Path) -> None:
    catalogue = Catalogue(HubClient(known_hub.url), tmp_path / "cache")
    catalogue.refresh()
    assert catalogue.notice == ""
    entries = {entry.id: entry for entry in join_installed(catalogue.entries(), Installed(tmp_path / "none"))}
    assert set(entries) == {known.id for known in KNOWN}
    for known in KNOWN:
        entry = entries[known.id]
        assert entry.kind == ("Analyzer" if known.classes else "Effect")
        assert entry.sample_rate >= 8000 and entry.labels and entry.domains and entry.size > 1000
        assert entry.licence == known.licence
        assert ("No licence is stated." in entry.warnings) is (not known.licence)
    analyzers = search(entries.values(), Query(kind="Analyzer", domain="music", sort="likes"))
    assert [entry.id for entry in analyzers] == ["oreillyp/pitch-tracker", "aguilara42/openl3-labeler-w-timestamps"]
