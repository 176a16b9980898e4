"""Floors in one currency, as long as there is no table of rates."""


class OneCurrency:
    def convert(self, amount: float, currency: str, to: str) -> float | None:
        return amount if currency == to else None
