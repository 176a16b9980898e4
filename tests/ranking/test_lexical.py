"""Vectors of words: equal on every machine, near where words are shared."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.lexical import WordEncoder

TEXTS = (
    "Automotive video for drivers in Germany",
    "Automotive display for families",
    "Cooking recipes and desserts",
    "Football matches and leagues on the radio",
    "Video gaming and consoles",
)
encoder = st.lists(st.text(max_size=30), max_size=5).map(WordEncoder.of)


def nearest(query: str) -> str:
    words = WordEncoder.of(TEXTS)
    [vector] = words.encode([query])
    return TEXTS[int(np.argmax(words.encode(TEXTS) @ vector))]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("where do i find football leagues", TEXTS[3], id="shared words"),
        pytest.param("gamers with a console", TEXTS[4], id="other forms of words"),
        pytest.param("automotive for families please", TEXTS[1], id="the rare word decides"),
        pytest.param("COOKING", TEXTS[2], id="case"),
    ],
)
def test_a_query_is_near_what_shares_its_words(query: str, found: str) -> None:
    assert nearest(query) == found


@given(words=encoder, texts=st.lists(st.text(max_size=40), max_size=5))
def test_rows_have_length_one_whatever_the_text(words: WordEncoder, texts: list[str]) -> None:
    vectors = words.encode(texts)

    assert vectors.shape == (len(texts), 1024)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_words_that_no_text_has_change_nothing() -> None:
    words = WordEncoder.of(TEXTS)

    plain, wordy = words.encode(["cooking recipes", "qqq cooking xyz recipes jjj"])

    assert np.array_equal(plain, wordy)


def test_the_order_of_texts_changes_nothing() -> None:
    there, back = WordEncoder.of(TEXTS), WordEncoder.of(TEXTS[::-1])

    assert np.array_equal(there.encode(TEXTS), back.encode(TEXTS))


def test_words_have_the_same_places_on_every_machine() -> None:
    [vector] = WordEncoder.of(TEXTS).encode(["cooking"])

    assert int(np.argmin(vector)) == 64
    assert WordEncoder.model == "words-1024"
