from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ui.page_site import PageSite, page_site


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageSite]:
    with page_site(tmp_path_factory.mktemp("pages")) as made:
        yield made
