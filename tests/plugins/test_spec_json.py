"""What a card says of the weights' terms."""

from __future__ import annotations

from app.plugins.spec_json import terms_of
from app.weights import HubWeights


def weights(repo: str, licence: str) -> HubWeights:
    return HubWeights(repo, 40 * "0", ("a.safetensors",), {}, licence)


def test_each_licence_is_told_once_and_few_repositories_by_name() -> None:
    few = [weights("a/x", "cc-by-nc-4.0"), weights("b/t5", "mit"), weights("a/y", "cc-by-nc-4.0"), weights("c/z", "")]
    limit = "for non-commercial use only"
    assert terms_of(few) == f"a/x, a/y: cc-by-nc-4.0, {limit}; b/t5: mit; c/z: no licence is stated"
    many = [*(weights(f"a/{number}", "cc-by-nc-4.0") for number in range(9)), weights("b/t5", "mit")]
    assert terms_of(many) == f"a/0 and 8 others: cc-by-nc-4.0, {limit}; b/t5: mit"
