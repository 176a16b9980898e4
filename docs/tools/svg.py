"""The little SVG that pictures are made of. Each has a ground of its own, to be read in light and dark."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final, Literal

WIDTH: Final = 760
Tone = Literal["texts", "orders", "aim"]
Side = Literal["start", "middle", "end"]
Point = tuple[float, float]

STYLE: Final = """<style>
  text { fill: #1f2328; font: 13px sans-serif }
  .ground { fill: #ffffff }
  .quiet { fill: #59636e }
  .line { stroke: #d1d9e0 }
  .curve { stroke-width: 2.5 }
  .texts { fill: #2f6fd0; stroke: #2f6fd0 }
  .orders { fill: #c26a00; stroke: #c26a00 }
  .aim { fill: #0f8268; stroke: #0f8268 }
  .bar { stroke: none }
  .curve { fill: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .ground { fill: #0d1117 }
    .quiet { fill: #9aa4af }
    .line { stroke: #30363d }
    .texts { fill: #6ea8ff; stroke: #6ea8ff }
    .orders { fill: #f0a040; stroke: #f0a040 }
    .aim { fill: #45c4a0; stroke: #45c4a0 }
    .bar { stroke: none }
    .curve { fill: none }
  }
</style>"""


def picture(title: str, height: int, parts: Iterable[str]) -> str:
    """`title` is read to those who cannot see it."""
    words = escape(title)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        f' aria-label="{words}">'
    )
    ground = f'<rect class="ground" width="{WIDTH}" height="{height}" rx="6"/>'
    return "\n".join([head, f"<title>{words}</title>", STYLE, ground, *parts, "</svg>"]) + "\n"


def words(text: str, at: Point, side: Side = "start", *, quiet: bool = False) -> str:
    kind = ' class="quiet"' if quiet else ""
    return f'<text{kind} x="{at[0]:.1f}" y="{at[1]:.1f}" text-anchor="{side}">{escape(text)}</text>'


def line(start: Point, end: Point) -> str:
    return f'<line class="line" x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"/>'


def bar(tone: Tone, at: Point, width: float, height: float) -> str:
    return f'<rect class="{tone} bar" x="{at[0]:.1f}" y="{at[1]:.1f}" width="{width:.1f}" height="{height}"/>'


def curve(tone: Tone, points: Sequence[Point]) -> str:
    return f'<polyline class="{tone} curve" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>'
