import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.exchanges import DOMAIN, Origin, origin_of, slug


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("BidSwitch", "bidswitch.com"),
        ("bid switch", "bidswitch.com"),
        ("Google Authorized Buyers", "google.com"),
        ("Google Curated", "google.com"),
        ("google.com", "google.com"),
        ("Media.net", "media.net"),
        ("exchange.example", "exchange.example"),
    ],
)
def test_a_known_name_and_a_domain_have_their_domain(name: str, domain: str) -> None:
    assert origin_of(name) == Origin(domain, known=True)


@pytest.mark.parametrize(
    ("name", "origin"),
    [
        ("Northlight Exchange", "northlight-exchange"),
        ("  A & B  ", "a-b"),
        ("No.Such Exchange!", "no-such-exchange"),
    ],
)
def test_an_unknown_name_becomes_a_slug_that_says_so(name: str, origin: str) -> None:
    assert origin_of(name) == Origin(origin, known=False)


def test_names_that_lose_letters_do_not_fall_together() -> None:
    assert slug("广告交易") != slug("广告平台")
    assert slug("Ad广告") != slug("Ad")
    assert slug("x" * 100) != slug("x" * 101)


@given(st.text(min_size=1))
def test_every_name_has_one_origin_without_a_slash(name: str) -> None:
    origin = origin_of(name)

    assert origin == origin_of(name)
    assert origin.domain
    assert set(origin.domain) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-")
    assert origin.known == bool(DOMAIN.match(origin.domain))
