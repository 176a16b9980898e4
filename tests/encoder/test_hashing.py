import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from encoder import EncoderSettings, HashEncoder, load_encoder


@given(st.lists(st.text()))
def test_every_text_gets_one_row_of_length_one(texts: list[str]) -> None:
    vectors = HashEncoder().encode(texts)

    assert vectors.dtype == np.float32
    assert vectors.shape == (len(texts), 256)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)


@given(st.text(), st.lists(st.text()))
def test_a_text_has_the_same_bytes_in_any_company(text: str, company: list[str]) -> None:
    alone = HashEncoder().encode([text])[0]

    assert HashEncoder().encode([*company, text])[-1].tobytes() == alone.tobytes()


def test_texts_that_share_words_are_nearer() -> None:
    cars, more_cars, soup = HashEncoder().encode(
        ["fast red cars", "red cars for sale", "soup recipes at home"]
    )

    assert cars @ more_cars > cars @ soup


def test_it_is_chosen_by_a_setting_and_its_identity_says_so() -> None:
    assert str(load_encoder(EncoderSettings(backend="hash")).identity) == "hash-256@1/hash/float32/256"
