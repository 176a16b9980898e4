"""Further models come from the environment, as JSON."""

import json

import pytest
from pydantic import ValidationError

from embedder.settings import Settings


def test_a_further_model_is_named_with_its_folder_or_with_its_own_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    models = {"large": "/models/large", "words": {"model": "-", "backend": "hash"}}
    monkeypatch.setenv("EMBEDDER_MODELS", json.dumps(models))
    monkeypatch.setenv("ENCODER_BACKEND", "onnx")
    monkeypatch.setenv("ENCODER_BATCH_SIZE", "7")

    found = Settings().further_models

    assert {name: (one.model, one.backend) for name, one in found.items()} == {
        "large": ("/models/large", "torch"),
        "words": ("-", "hash"),
    }
    assert {one.batch_size for one in found.values()} == {7}


def test_without_further_models_there_are_none() -> None:
    assert Settings().further_models == {}


def test_a_further_model_of_an_unknown_backend_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBEDDER_MODELS", '{"large": {"model": "x", "backend": "magic"}}')

    with pytest.raises(ValidationError, match="backend"):
        Settings()
