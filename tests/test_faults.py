"""A small campaign of faults: none of them is read as good."""

from faults import AS_GOOD, FOUND, campaign


def test_no_damage_is_read_as_good(finished_study):
    counts = campaign(finished_study.folder, flipped=12, files=1)
    wanted = {"world model (safetensors)", "scores (json)", "data (h5)", "journal"}
    assert wanted <= counts.keys()
    for kind, faults in counts.items():
        for fault, tally in faults.items():
            assert AS_GOOD not in tally, (kind, fault)
        assert faults["cut off"].keys() == {FOUND}, kind
