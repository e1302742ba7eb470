from __future__ import annotations

import torch

from endpoints.bundled.music_tags import FAMILIES, INSTRUMENTS, LABELS, MSD, MTT, VIEWS, members


def test_there_are_fifty_tags_in_each_set_and_every_label_has_one_of_them() -> None:
    assert len(set(MTT)) == len(set(MSD)) == 50
    assert len(set(LABELS)) == len(LABELS)
    for view in (FAMILIES, INSTRUMENTS):
        for tags in view.values():
            assert tags
            assert set(tags) <= {*MTT, *MSD}


def test_a_label_counts_the_tags_of_its_group() -> None:
    counted = members(MTT, FAMILIES)
    row = counted[LABELS.index("drums (all)")]
    assert [MTT[i] for i in torch.nonzero(row)[:, 0]] == ["drums", "beat", "beats"]
    assert not counted[LABELS.index("techno")].any(), "a label of another view"
    assert torch.equal(members(MTT, VIEWS[2])[[LABELS.index(tag) for tag in MTT]], torch.eye(50, dtype=torch.bool))


def test_no_tag_counts_for_two_families() -> None:
    assert members(MTT, FAMILIES).sum(0).max() == 1
