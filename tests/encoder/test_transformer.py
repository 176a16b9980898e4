"""With the real model, which takes some seconds to load."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from encoder import Encoder, EncoderMissing, EncoderSettings, load_encoder
from encoder.transformer import chosen_dtype

CARS = "Automotive video with car reviews"
SUVS = "Reviews of SUVs and trucks, video"
SOUP = "Recipes for soup and bread"


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder(EncoderSettings(dtype="float32"))


@pytest.fixture
def cpu_info(tmp_path: Path) -> Path:
    return tmp_path / "cpuinfo"


def test_importing_the_library_loads_no_model_library() -> None:
    heavy = "{'torch', 'transformers', 'sentence_transformers'}"
    program = f"import sys, encoder; assert not {heavy} & sys.modules.keys()"

    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_identity_names_weights_and_computation(encoder: Encoder) -> None:
    assert str(encoder.identity) == "all-MiniLM-L6-v2@53aa51172d14/torch/float32/384"


def test_rows_come_in_the_given_order_at_length_one(encoder: Encoder) -> None:
    vectors = encoder.encode([CARS, SOUP, SUVS, CARS])

    assert vectors.dtype == np.float32
    assert vectors.shape == (4, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert vectors[0].tobytes() == vectors[3].tobytes()
    assert vectors[0] @ vectors[2] > vectors[0] @ vectors[1]


def test_the_same_texts_in_another_order_have_the_same_bytes(encoder: Encoder) -> None:
    texts = [f"{CARS} number {'x' * number}" for number in range(70)]

    forwards, backwards = encoder.encode(texts), encoder.encode(texts[::-1])

    assert forwards.tobytes() == backwards[::-1].tobytes()


def test_company_in_the_batch_moves_no_more_than_the_last_bits(encoder: Encoder) -> None:
    alone = encoder.encode([CARS])[0]

    assert np.allclose(encoder.encode([CARS, SOUP * 20])[0], alone, atol=1e-5)


def test_no_texts_are_no_rows(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, 384)


def test_threads_may_share_an_encoder(encoder: Encoder) -> None:
    expected = encoder.encode([CARS, SOUP])

    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(encoder.encode, [[CARS, SOUP]] * 12))

    assert all(result.tobytes() == expected.tobytes() for result in results)


def test_bfloat16_is_nearly_the_same_and_says_so(encoder: Encoder) -> None:
    coarse = load_encoder(EncoderSettings(dtype="bfloat16"))

    vectors = coarse.encode([CARS, SOUP])

    assert coarse.identity.dtype == "bfloat16"
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert (vectors * encoder.encode([CARS, SOUP])).sum(axis=1).min() > 0.999


@pytest.mark.parametrize(
    ("flags", "settings", "dtype"),
    [
        pytest.param("fpu avx512_bf16", EncoderSettings(), "bfloat16", id="native"),
        pytest.param("fpu amx_bf16 avx2", EncoderSettings(), "bfloat16", id="native with tiles"),
        pytest.param("fpu avx2 avx512f", EncoderSettings(), "float32", id="not native"),
        pytest.param("fpu amx_bf16", EncoderSettings(dtype="float32"), "float32", id="told otherwise"),
        pytest.param("fpu", EncoderSettings(dtype="bfloat16"), "bfloat16", id="told to"),
        pytest.param("fpu amx_bf16", EncoderSettings(device="cuda"), "float32", id="not on the CPU"),
        pytest.param(
            "fpu amx_bf16", EncoderSettings(backend="onnx"), "float32", id="a model with its own type"
        ),
    ],
)
def test_auto_takes_bfloat16_where_the_cpu_computes_it(
    cpu_info: Path, flags: str, settings: EncoderSettings, dtype: str
) -> None:
    cpu_info.write_text(f"processor : 0\nflags : {flags}\n\nprocessor : 1\nflags : {flags}\n")

    assert chosen_dtype(settings, cpu_info) == dtype


def test_without_cpu_information_the_exact_way_is_taken(cpu_info: Path) -> None:
    assert chosen_dtype(EncoderSettings(), cpu_info) == "float32"


def test_a_number_type_that_a_backend_lacks_is_refused(cpu_info: Path) -> None:
    with pytest.raises(EncoderMissing, match="onnx encoder computes in float32 alone"):
        chosen_dtype(EncoderSettings(backend="onnx", dtype="bfloat16"), cpu_info)


def test_a_missing_library_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)

    with pytest.raises(EncoderMissing, match=r"install assort-encoder\[torch\]"):
        load_encoder(EncoderSettings())


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCODER_BACKEND", "hash")
    monkeypatch.setenv("ENCODER_BATCH_SIZE", "8")

    assert EncoderSettings() == EncoderSettings(backend="hash", batch_size=8)
